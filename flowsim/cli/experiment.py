"""flowsim experiment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowsim.cli.long_runs import refuse_long
from flowsim.cli.options import STOPPED, Force, Json, NoReport, Quiet, Replications
from flowsim.cli.reporting import leave_report, print_result
from flowsim.cli.talking import console_of, progress_bar, teller
from flowsim.language import N_, _

if TYPE_CHECKING:
    from flowsim.study.experiment.results import ExperimentResults


def experiment(
    experiment: Annotated[
        Path,
        typer.Argument(
            metavar="EXPERIMENT", help=N_("The experiment file. Example: experiments/coaches.toml")
        ),
    ],
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=N_("Threads on this machine; default: one for each core. Example: --workers 4"),
        ),
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help=N_(
                "Let the workers of a Dask scheduler compute; it can run anything here, so name "
                "only one that you trust. Example: --dask tcp://10.0.0.5:8786"
            ),
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help=N_(
                "Folder for the results; default results/experiment-NAME. "
                "Example: --out my_experiment"
            ),
        ),
    ] = None,
    replications: Replications = None,
    no_report: NoReport = False,
    as_json: Json = False,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Run an experiment file: a question, and the scenarios that answer it."""
    from flowsim.errors import ResultsError
    from flowsim.letters import escaped
    from flowsim.study.experiment.loading import load_experiment

    if workers is not None and dask is not None:
        raise ResultsError(_("--workers: found --workers and --dask; allowed: one of the two"))
    loaded = load_experiment(experiment)
    if dask is None:  # how fast a cluster is, is not known here
        n = len(loaded.points) * (replications or loaded.most_replications)
        refuse_long([loaded.scenario], n, force, threads=workers)
    from flowsim.study import executors
    from flowsim.study.experiment.running import default_folder, run_experiment

    folder = out or default_folder(loaded)
    console = console_of(stderr=True)
    where = (
        executors.threads(workers)
        if dask is None
        else executors.cluster(dask, teller(console, quiet))
    )
    try:
        with where as pool, progress_bar(console, quiet) as progress:
            results = run_experiment(
                loaded, folder, replications=replications, pool=pool, progress=progress
            )
    except KeyboardInterrupt:
        again = _("stopped; what is finished is kept in {folder}: run it again to go on").format(
            folder=folder
        )
        typer.echo(escaped(again), err=True)
        raise typer.Exit(STOPPED) from None
    if results.experiment.file.experiment.design == "one_at_a_time":
        _draw(results, folder)
    if not no_report:
        leave_report(results, folder)
    print_result(results, folder, as_json, quiet)


def _draw(results: ExperimentResults, folder: Path) -> None:
    """Write a tornado for each figure beside its numbers."""
    from flowsim.report.experiment_paper.tornado import tornado
    from flowsim.study.csv_tables import csv_text
    from flowsim.study.store import write_file

    for kpi in results.experiment.kpis:
        drawing = tornado(results, kpi)
        write_file(folder / f"{drawing.name}.svg", drawing.svg(), replace=True)
        write_file(folder / f"{drawing.name}.csv", csv_text(drawing.table), replace=True)
