"""flowsim run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowsim.cli.options import (
    STOPPED,
    Engine,
    Json,
    Out,
    Quiet,
    Replications,
    ScenarioFile,
    Seed,
    Settings,
)
from flowsim.cli.talking import console_of, progress_bar, warn

if TYPE_CHECKING:
    from flowsim.study.results import Results


def run(
    scenario: ScenarioFile,
    replications: Replications = None,
    seed: Seed = None,
    set_: Settings = None,
    engine: Engine = "kernel",
    events: Annotated[
        bool, typer.Option("--events", help="Keep every event as well. Example: --events")
    ] = False,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario: waiting times, throughput and cost, with intervals.

    Example: flowsim run scenarios/orebro.toml --set teams.coaching.staff.coach.fte=6
    """
    from flowsim.scenario.loading import load

    loaded = load(scenario, set=set_)
    errors = console_of(stderr=True)
    if not quiet:
        warn(loaded, errors)
    from flowsim.study import replications as study
    from flowsim.study import store
    from flowsim.study.results import default_folder

    key = loaded.run.seed if seed is None else seed
    folder = out or default_folder(loaded, key, engine)
    try:
        with store.whole_folder(folder) as open_folder, progress_bar(errors, quiet) as progress:
            results = study.run(
                loaded,
                replications=replications,
                seed=key,
                engine=engine,
                events=events,
                progress=progress,
            )
            results.write(open_folder)
    except KeyboardInterrupt:
        typer.echo("stopped; nothing was written", err=True)
        raise typer.Exit(STOPPED) from None
    _print(results, folder, as_json, quiet)


def _print(results: Results, folder: Path, as_json: bool, quiet: bool) -> None:
    if as_json:
        typer.echo(json.dumps(results.to_json(), indent=2, ensure_ascii=False))
    elif not quiet:
        from flowsim.report.terminal import show
        from flowsim.report.words import words

        console = console_of()
        show(results, console)
        written = words(results.scenario.scenario.language)["written_to"]
        console.print(written.format(folder=folder), markup=False, highlight=False)
