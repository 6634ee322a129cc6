"""flowsim verify."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from flowsim.cli.long_runs import refuse_long
from flowsim.cli.options import STOPPED, FolderOfAnyKind, Force
from flowsim.cli.talking import console_of, progress_bar
from flowsim.language import _

if TYPE_CHECKING:
    from flowsim.study.verifying.verification import Verification

DIFFERENT = 1


def verify(results: FolderOfAnyKind, force: Force = False) -> None:
    """Repeat what a folder holds, from it alone, and compare every figure to the last bit."""
    from flowsim.letters import escaped
    from flowsim.report.verification import lines

    verification = _verified(results, force)
    for line in lines(verification):
        typer.echo(escaped(line))
    if not verification.is_identical:
        raise typer.Exit(DIFFERENT)


def _verified(results: FolderOfAnyKind, force: bool) -> Verification:
    from flowsim.study.verifying.to_repeat import to_repeat
    from flowsim.study.verifying.verify import verify as verified

    if not force:
        known = to_repeat(results)
        refuse_long(known.scenarios, known.replications, force, engine=known.engine)
    try:
        with progress_bar(console_of(stderr=True), quiet=False) as progress:
            return verified(results, progress)
    except KeyboardInterrupt:
        typer.echo(_("stopped; nothing was verified"), err=True)
        raise typer.Exit(STOPPED) from None
