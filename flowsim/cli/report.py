"""flowsim report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from flowsim.cli.options import ResultsFolder
from flowsim.cli.talking import write_new


def report(
    results: ResultsFolder,
    language: Annotated[
        Literal["sv", "en"] | None,
        typer.Option(
            help="Swedish or English; default: as the scenario says. Example: --language sv"
        ),
    ] = None,
    form: Annotated[
        Literal["html"],
        typer.Option(
            "--format", help="html: one page, for screen and print. Example: --format html"
        ),
    ] = "html",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The file; default report.html in the results folder. Example: --out report.html",
        ),
    ] = None,
) -> None:
    """Write a run as a report for a board: one file, with every assumption and its source.

    The same results give the same file.

    Example: flowsim report results/orebro-1f2e3d4c --language sv
    """
    from flowsim.report.document.html import html
    from flowsim.report.run_paper import run_paper
    from flowsim.report.words import words
    from flowsim.study import manifest, reading

    run = reading.read(results)
    versions = manifest.read(results).versions
    path = out or results / f"report.{form}"
    write_new(path, html(run_paper(run, versions, language)), replace=True)
    written = words(language or run.scenario.scenario.language)["written_to"]
    typer.echo(written.format(folder=path))
