"""flowsim run."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowsim.cli.long_runs import refuse_long
from flowsim.cli.options import (
    STOPPED,
    Draws,
    Engine,
    Force,
    Json,
    NoReport,
    Out,
    Precision,
    Quiet,
    Replications,
    ScenarioFileOrNone,
    Seed,
    Settings,
    draws_asked,
)
from flowsim.cli.reporting import leave_report, print_result
from flowsim.cli.talking import console_of, progress_bar, tell_earlier, warn
from flowsim.errors import ResultsError
from flowsim.language import N_, _
from flowsim.letters import escaped

if TYPE_CHECKING:
    from flowsim.study.replications import Progress
    from flowsim.study.results import Results


def run(
    scenario: ScenarioFileOrNone = None,
    replications: Replications = None,
    seed: Seed = None,
    set_: Settings = None,
    precision: Precision = None,
    engine: Engine = "kernel",
    draws: Draws = None,
    events: Annotated[
        bool, typer.Option("--events", help=N_("Keep every event as well. Example: --events"))
    ] = False,
    extend: Annotated[
        Path | None,
        typer.Option(
            metavar="RESULTS_DIR",
            help=N_(
                "Instead of a scenario: a run to which replications are added, until there are "
                "--replications in all. Example: --extend results/orebro-1f2e3d4c"
            ),
        ),
    ] = None,
    out: Out = None,
    no_report: NoReport = False,
    as_json: Json = False,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Run a scenario: waiting times, throughput and cost, with intervals."""
    if extend is not None:
        if replications is None or any(x is not None for x in (scenario, seed, set_, precision)):
            raise ResultsError(_("--extend: goes with --replications, and with no other settings"))
        folder, study = out or extend, _adding(extend, replications, quiet, force, draws or 0)
    elif scenario is not None:
        settings = [*(set_ or ()), *_as_setting(precision, replications)]
        folder, study = _beginning(scenario, settings, seed, engine, out, quiet)
        n = None if precision else replications
        refuse_long([study.args[0]], n, force, engine=engine)
        study = partial(study, events=events, replications=n, draws=draws_asked(draws))
    else:
        raise ResultsError(_("SCENARIO: found nothing; allowed: a scenario file, or --extend"))
    results = _carried_out(study, folder, quiet, not no_report)
    print_result(results, folder, as_json, quiet)
    if results.stopped:
        typer.echo(
            escaped(
                _(
                    "stopped; {replications} replications are kept. "
                    "To go on: flowsim run --extend {folder} --replications N"
                ).format(replications=results.replications, folder=folder)
            ),
            err=True,
        )
        raise typer.Exit(STOPPED)


def _beginning(
    path: Path, settings: list[str], seed: int | None, engine: str, out: Path | None, quiet: bool
) -> tuple[Path, partial[Results]]:
    """Return the folder of a new run, and what carries it out."""
    from flowsim.scenario.loading import load

    scenario = load(path, set=settings)
    if not quiet:
        warn(scenario, console_of(stderr=True))
    from flowsim.study import replications as study
    from flowsim.study.results import default_folder

    key = scenario.run.seed if seed is None else seed
    folder = out or default_folder(scenario, key, engine)
    return folder, partial(study.run, scenario, seed=key, engine=engine)


def _adding(
    folder: Path, replications: int, quiet: bool, force: bool, draws: int
) -> Callable[..., Results]:
    """Return what adds replications to a run."""
    from flowsim.study import manifest

    record = manifest.read(folder, "flowsim run --extend")
    more = max(replications - record.replications, 1)
    refuse_long([record.scenario], more, force, engine=record.engine)
    for change in record.changes() if not quiet else ():
        typer.echo(
            escaped(
                _(
                    "{folder}: was run with {name} {then}, and is extended with "
                    "{now}: the last bits may differ"
                ).format(folder=folder, name=change.name, then=change.then, now=change.now)
            ),
            err=True,
        )
    return partial(_added, folder, replications, draws)


def _added(folder: Path, replications: int, draws: int, progress: Progress | None) -> Results:
    """Add replications to a run; it is read once nobody else can write to its folder."""
    from flowsim.study import reading, tables
    from flowsim.study import replications as study

    earlier, events = reading.read(folder), (folder / tables.EVENTS).exists()
    return study.extend(earlier, replications, events=events, progress=progress, draws=draws)


def _as_setting(precision: str | None, most: int | None) -> list[str]:
    """Write --precision as a setting of the scenario, so that the manifest has it.

    Examples
    --------
    >>> _as_setting("mapping.wait.mean=0.05", 900)
    ['run.precision={ kpi = "mapping.wait.mean", relative_half_width = 0.05, max = 900 }']
    """
    if precision is None:
        return []
    kpi, _equals, share = precision.partition("=")
    try:
        width = float(share)
    except ValueError:
        raise ResultsError(
            _(
                '--precision: found "{precision}"; allowed: KPI=SHARE, such as '
                "mapping.wait.mean=0.05"
            ).format(precision=precision)
        ) from None
    limit = "" if most is None else f", max = {most}"
    wanted = f"{{ kpi = {json.dumps(kpi)}, relative_half_width = {width}{limit} }}"
    return [f"run.precision={wanted}"]


def _carried_out(study: Callable[..., Results], folder: Path, quiet: bool, report: bool) -> Results:
    """Run, and write the results folder, whole or not at all.

    A run that was stopped ends at once, without a report.
    """
    from flowsim.study import store

    try:
        with (
            store.whole_folder(folder, "run") as new,
            progress_bar(console_of(stderr=True), quiet) as progress,
        ):
            results = study(progress=progress)
            results.write(new.path)
            if report and not results.stopped:
                leave_report(results, new.path)
    except KeyboardInterrupt:
        typer.echo(_("stopped; nothing was written"), err=True)
        raise typer.Exit(STOPPED) from None
    if not quiet:
        tell_earlier(new, results.scenario.scenario.language)
    return results
