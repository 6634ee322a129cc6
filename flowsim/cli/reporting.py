"""What a command tells of its results: on the screen, and in a report in their folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from flowsim.language import _

if TYPE_CHECKING:
    from flowsim.report.documents import Result

REPORT = "report.html"


def leave_report(result: Result, folder: Path) -> None:
    """Write a report; where it cannot be written, say so: the figures are worth more than it."""
    from flowsim.letters import escaped
    from flowsim.report.document.writers import WRITERS
    from flowsim.report.documents import document_of
    from flowsim.study.manifest import versions_now
    from flowsim.study.store import write_file

    try:
        content = WRITERS["html"](document_of(result, versions_now()))
        write_file(folder / REPORT, content, replace=True)
    except Exception as error:  # whatever it is: the run may have taken hours
        typer.echo(
            escaped(
                _("{report}: not written: {error}; the figures are kept").format(
                    report=REPORT, error=error
                )
            ),
            err=True,
        )


def print_result(result: Result, folder: Path, as_json: bool, quiet: bool) -> None:
    """Print the first page of the report and its tables, and where the results are."""
    if as_json:
        typer.echo(json.dumps(result.to_json(), indent=2, ensure_ascii=False))
    elif not quiet:
        from flowsim.cli.talking import console_of
        from flowsim.report.document.terminal import show
        from flowsim.report.documents import document_of
        from flowsim.report.words import written_to

        console, document = console_of(), document_of(result, is_short=True)
        show(document, console)
        written = written_to(folder, document.language)
        console.print(written, markup=False, highlight=False, soft_wrap=True)
