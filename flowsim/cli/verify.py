"""flowsim verify."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from flowsim.cli.long_runs import refuse_long
from flowsim.cli.options import STOPPED, Force, ResultsFolder
from flowsim.cli.talking import console_of, progress_bar

if TYPE_CHECKING:
    from flowsim.study.verifying import Verification

DIFFERENT = 1


def verify(results: ResultsFolder, force: Force = False) -> None:
    """Repeat a run from its folder alone and compare every figure to the last bit.

    Ends with 0 if all is identical, 1 if anything differs, 2 if the folder cannot be read.

    Example: flowsim verify results/orebro-1f2e3d4c
    """
    from flowsim.letters import escaped
    from flowsim.report.verification import lines

    verification = _verified(results, force)
    for line in lines(verification):
        typer.echo(escaped(line))
    if not verification.is_identical:
        raise typer.Exit(DIFFERENT)


def _verified(results: ResultsFolder, force: bool) -> Verification:
    from flowsim.study import manifest, verifying

    record = manifest.read(results)
    refuse_long([record.scenario], max(record.replications, 1), force, engine=record.engine)
    try:
        with progress_bar(console_of(stderr=True), quiet=False) as progress:
            return verifying.verify(record, progress)
    except KeyboardInterrupt:
        typer.echo("stopped; nothing was verified", err=True)
        raise typer.Exit(STOPPED) from None
