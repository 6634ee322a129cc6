"""flowsim find."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowsim.cli.long_runs import refuse_long
from flowsim.cli.options import (
    STOPPED,
    Engine,
    Force,
    Json,
    NoReport,
    Quiet,
    ScenarioFile,
    Seed,
    Settings,
)
from flowsim.cli.reporting import leave_report, print_result
from flowsim.cli.talking import console_of, progress_bar, tell_earlier, warn
from flowsim.language import N_, _


def find(
    scenario: ScenarioFile,
    over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=FROM:TO:STEP",
            help=N_(
                "What may be chosen: a range, or values with commas between; may be given many "
                "times, for all combinations. "
                "Example: --over teams.coaching.staff.coach.fte=3:8:0.5"
            ),
        ),
    ] = None,
    minimise: Annotated[
        str | None,
        typer.Option(
            metavar="KPI|KEY",
            help=N_(
                "The best has the least of this: a figure, or a key of --over. "
                "Example: --minimise teams.coaching.staff.coach.fte"
            ),
        ),
    ] = None,
    maximise: Annotated[
        str | None,
        typer.Option(
            metavar="KPI|KEY",
            help=N_("The best has the most of this. Example: --maximise outcomes.completed"),
        ),
    ] = None,
    subject_to: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LIMIT",
            help=N_(
                "What the best has to keep, on average over the runs, or in a share of them; may "
                "be given many times. joined.wait.mean is of those who joined a list, followed "
                "until they start; wait.mean of those who started. Example: --subject-to "
                "'coaching.joined.within_target >= 0.8 in 0.9 of runs'"
            ),
        ),
    ] = None,
    confidence: Annotated[
        float, typer.Option(help=N_("That the answer is right. Example: --confidence 0.99"))
    ] = 0.95,
    indifference: Annotated[
        float,
        typer.Option(
            metavar="SIZE",
            help=N_(
                "The smallest difference that matters in a figure that varies between runs, in "
                "its unit. Example: --indifference 3"
            ),
        ),
    ] = 0.0,
    max_replications: Annotated[
        int,
        typer.Option(
            min=2,
            max=1_000_000,
            help=N_("Most runs of each option. Example: --max-replications 10000"),
        ),
    ] = 2000,
    period: Annotated[
        str, typer.Option(help=N_("run, or a calendar year. Example: --period 2019"))
    ] = "run",
    set_: Settings = None,
    seed: Seed = None,
    engine: Engine = "kernel",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help=N_(
                "Folder for the results; default results/find-NAME-HASH. Example: --out my_search"
            ),
        ),
    ] = None,
    no_report: NoReport = False,
    as_json: Json = False,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Find the best option that keeps its limits, with a stated confidence."""
    errors = console_of(stderr=True)
    from flowsim.scenario.loading import load

    base = load(scenario, set=set_)
    if not quiet:
        warn(base, errors)
    from flowsim.analysis.selection import N_FIRST
    from flowsim.study import store
    from flowsim.study.search.finding import find as search
    from flowsim.study.search.found import default_folder
    from flowsim.study.search.option_grid import n_options, read_ranges

    fewest = min(N_FIRST, max_replications)  # of each option; how many more is seen on the way
    refuse_long([base], n_options(read_ranges(over or ())) * fewest, force, engine=engine)
    asked = [*(over or ()), str(minimise), str(maximise), *(subject_to or ()), *(set_ or ())]
    numbers = [confidence, indifference, max_replications, period, seed, engine]
    folder = out or default_folder(scenario, [*asked, *map(str, numbers)])
    try:
        with (
            store.whole_folder(folder, "search") as new,
            progress_bar(errors, quiet) as progress,
        ):
            finding = search(
                base,
                over=over or (),
                minimise=minimise,
                maximise=maximise,
                subject_to=subject_to or (),
                confidence=confidence,
                indifference=indifference,
                max_replications=max_replications,
                period=period,
                seed=seed,
                engine=engine,
                progress=progress,
            )
            finding.write(new.path)
            if not no_report:
                leave_report(finding, new.path)
    except KeyboardInterrupt:
        typer.echo(_("stopped; nothing was written"), err=True)
        raise typer.Exit(STOPPED) from None
    print_result(finding, folder, as_json, quiet)
    if not quiet:
        tell_earlier(new, base.scenario.language)
