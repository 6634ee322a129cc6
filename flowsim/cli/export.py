"""flowsim export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from flowsim.cli.options import STOPPED, ResultsFolder, form_of_file
from flowsim.cli.talking import console_of, progress_bar
from flowsim.language import N_, _


def export(
    results: ResultsFolder,
    form: Annotated[
        Literal["parquet", "csv", "xes"],
        typer.Option(
            "--format",
            help=N_(
                "parquet (names as in the scenario), csv (labels and dates) or xes (for process "
                "mining). Example: --format xes"
            ),
        ),
    ],
    csv: Annotated[
        Literal["plain", "excel-sv", "excel-en"],
        typer.Option(
            "--csv",
            help=N_(
                "How a CSV file is written: plain (comma, decimal point), or as Excel in Swedish "
                "(semicolon, decimal comma) or English opens it with a double click. "
                "Example: --csv excel-sv"
            ),
        ),
    ] = "plain",
    replication: Annotated[
        int | None,
        typer.Option(min=0, help=N_("One replication only, from 0. Example: --replication 0")),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=N_("The file; default NAME-events.FORMAT here. Example: --out log.xes"),
        ),
    ] = None,
) -> None:
    """Write the event log of a run: who was referred, waited, started and left, and when."""
    from flowsim.errors import ResultsError
    from flowsim.letters import escaped
    from flowsim.report.exporting import LogFormat
    from flowsim.report.exporting import export as write
    from flowsim.study import manifest
    from flowsim.study.csv_tables import EXCEL, PLAIN

    form_of_file(out, form, [one.value for one in LogFormat])
    if csv != "plain" and form != "csv":
        text = _("--csv: found {csv} with --format {form}; allowed: --format csv")
        raise ResultsError(text.format(csv=csv, form=form))
    csv_form = PLAIN if csv == "plain" else EXCEL[csv.removeprefix("excel-")]
    record = manifest.read(results, "flowsim export")
    path = out or _default(results, form, replication)
    try:
        with progress_bar(console_of(stderr=True), quiet=False) as progress:
            left_out = write(record, LogFormat(form), path, replication, progress, csv_form)
    except KeyboardInterrupt:
        typer.echo(_("stopped; nothing was written"), err=True)
        raise typer.Exit(STOPPED) from None
    if left_out:
        text = _(
            "left out: {rows} rows about teams, posts and meetings, which belong to no participant"
        )
        typer.echo(text.format(rows=left_out), err=True)
    typer.echo(_("{path}: written").format(path=escaped(str(path))))


def _default(results: Path, form: str, replication: int | None) -> Path:
    """Name the file after the folder of results."""
    from flowsim.scenario.user_files import fitting, name_of, path_of

    one = "" if replication is None else f"-{replication}"
    return path_of(f"{fitting(name_of(results.resolve().name))}-events{one}.{form}")
