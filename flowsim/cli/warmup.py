"""flowsim warmup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowsim.cli.long_runs import refuse_long
from flowsim.cli.options import (
    STOPPED,
    Engine,
    Force,
    NoReport,
    Quiet,
    ScenarioFile,
    Seed,
    Settings,
)
from flowsim.cli.reporting import leave_report, print_result
from flowsim.cli.talking import console_of, progress_bar, tell_earlier
from flowsim.language import N_, _

if TYPE_CHECKING:
    from flowsim.scenario.schema import Scenario
    from flowsim.study.warmup import WarmUp


def warmup(
    scenario: ScenarioFile,
    length: Annotated[
        str | None,
        typer.Option(
            help=N_("Another length of the run, from the same start. Example: --length '20 years'")
        ),
    ] = None,
    replications: Annotated[
        int | None,
        typer.Option(
            help=N_(
                "How many to average over, at least 10; more show a smaller rest of the start. "
                "Example: --replications 500"
            )
        ),
    ] = None,
    seed: Seed = None,
    set_: Settings = None,
    engine: Engine = "kernel",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help=N_(
                "Folder for the figure and the series; default results/NAME-warmup. "
                "Example: --out my_warmup"
            ),
        ),
    ] = None,
    no_report: NoReport = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help=N_("Print the answer as one JSON object. Example: --json")),
    ] = False,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Find how long a steady-state run should warm up, by MSER-5 and Welch's procedure."""
    loaded = _load(scenario, set_, length)
    refuse_long([loaded], replications, force, engine=engine)
    from flowsim.study import store
    from flowsim.study.warmup import default_folder, examine

    folder = out or default_folder(loaded)
    try:
        with (
            store.whole_folder(folder, "warm-up") as new,
            progress_bar(console_of(stderr=True), quiet) as progress,
        ):
            found = examine(
                loaded, replications=replications, seed=seed, engine=engine, progress=progress
            )
            _write(found, new.path)
            if not no_report:
                leave_report(found, new.path)
    except KeyboardInterrupt:
        typer.echo(_("stopped; nothing was written"), err=True)
        raise typer.Exit(STOPPED) from None
    print_result(found, folder, as_json, quiet)
    if not quiet:
        tell_earlier(new, loaded.scenario.language)


def _load(path: Path, settings: list[str] | None, length: str | None) -> Scenario:
    """Load a scenario; with another length, [run] is written anew, without what goes by date."""
    from flowsim.scenario.loading import load

    loaded = load(path, set=settings)
    if length is None:
        return loaded
    run = {
        "start": loaded.run.start,
        "length": length,
        "seed": loaded.run.seed,
        "replications": loaded.run.replications,
    }
    return loaded.with_({"run": run})


def _write(found: WarmUp, folder: Path) -> None:
    from flowsim.report.warmup_paper import WarmUpPaper, warmup_drawing
    from flowsim.study.csv_tables import write_csv

    found.write(folder)
    drawing = warmup_drawing(WarmUpPaper(found))
    write_csv(drawing.table, folder / "series.csv")
    for kind in ("svg", "png"):
        drawing.save(folder / f"warmup.{kind}")
