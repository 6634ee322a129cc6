"""flowsim report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from flowsim.cli.long_runs import refuse_long
from flowsim.cli.options import STOPPED, FolderOfAnyKind, Force, Quiet, form_of_file
from flowsim.cli.talking import console_of, progress_bar
from flowsim.language import N_, _

if TYPE_CHECKING:
    from flowsim.report.document.blocks import Document

FORMS = ("html", "pdf", "docx", "xlsx", "json")


def report(
    results: FolderOfAnyKind,
    language: Annotated[
        Literal["sv", "en"] | None,
        typer.Option(
            help=N_("Swedish or English; default: as the scenario says. Example: --language sv")
        ),
    ] = None,
    form: Annotated[
        Literal["html", "pdf", "docx", "xlsx", "json"] | None,
        typer.Option(
            "--format",
            help=N_(
                "html: one page, for screen and print; pdf: tagged, for paper and for those who "
                "listen; docx: to paste into a paper of one's own; "
                "xlsx: all numbers as a workbook; json: for programs; default: as --out ends, else "
                "html. Example: --format docx"
            ),
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=N_(
                "The file; default report.html (or .pdf, .docx, .xlsx, .json) in the results "
                "folder. Example: --out report.html"
            ),
        ),
    ] = None,
    tornado: Annotated[
        str | None,
        typer.Option(
            metavar="KPI",
            help=N_(
                "With a figure of how much each assumed value of a run moves this one: each is "
                "taken 20 percent lower and higher, with 100 replications. "
                "Example: --tornado coaching.wait.mean"
            ),
        ),
    ] = None,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Write what a results folder holds as a report for a board: one file."""
    from flowsim.errors import ResultsError
    from flowsim.report.document.writers import WRITERS
    from flowsim.report.documents import document_of_folder
    from flowsim.report.words import written_to
    from flowsim.study.store import write_file

    chosen = form_of_file(out, form, FORMS) or "html"
    if tornado is not None and chosen in ("xlsx", "json"):
        raise ResultsError(
            _("--tornado: found --format {chosen}; allowed: html, pdf, docx").format(chosen=chosen)
        )
    if tornado is not None:
        refuse_tornado(results, force)
    path = out or results / f"report.{chosen}"
    if chosen == "xlsx":  # it holds numbers only: nothing is drawn for it
        paper = document_of_folder(results, language, is_short=True)
    else:
        paper = told(results, language, tornado, quiet)
    write_file(path, WRITERS[chosen](paper), replace=True)
    if not quiet:
        typer.echo(written_to(path, paper.language))


def refuse_tornado(folder: Path, force: bool) -> None:
    """Refuse a tornado of what is no run, or that is predicted to take long."""
    from flowsim.study import manifest
    from flowsim.study.experiment.assumptions import MOVED_REPLICATIONS, most_points

    record = manifest.read(folder, "flowsim report --tornado")
    n = most_points(record.scenario) * min(max(record.replications, 1), MOVED_REPLICATIONS)
    refuse_long([record.scenario], n, force)


def told(folder: Path, language: str | None, tornado: str | None, quiet: bool) -> Document:
    """Return the paper of what a folder holds."""
    from flowsim.report.documents import document_of_folder

    if tornado is None:
        return document_of_folder(folder, language)
    try:
        with progress_bar(console_of(stderr=True), quiet) as progress:
            return document_of_folder(folder, language, tornado, progress)
    except KeyboardInterrupt:
        typer.echo(_("stopped; nothing was written"), err=True)
        raise typer.Exit(STOPPED) from None
