"""The report that a command leaves in its folder of results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from flowsim.report.document.blocks import Document
    from flowsim.study.comparison.results import Comparison
    from flowsim.study.experiment.results import ExperimentResults
    from flowsim.study.results import Results

REPORT = "report.html"


def report_run(results: Results, folder: Path) -> None:
    """Write the report of a run."""
    from flowsim.report.run_paper import run_paper
    from flowsim.study.manifest import versions_now

    _write(folder, lambda: run_paper(results, versions_now()))


def report_comparison(comparison: Comparison, folder: Path) -> None:
    """Write the report of a comparison."""
    from flowsim.report.comparison_paper import comparison_paper
    from flowsim.study.manifest import versions_now

    _write(folder, lambda: comparison_paper(comparison, versions_now()))


def report_experiment(results: ExperimentResults, folder: Path) -> None:
    """Write the report of an experiment."""
    from flowsim.report.experiment_paper import experiment_paper
    from flowsim.study.manifest import versions_now

    _write(folder, lambda: experiment_paper(results, versions_now()))


def _write(folder: Path, tell: Callable[[], Document]) -> None:
    """Write a report; where it cannot be written, say so: the figures are worth more than it."""
    from flowsim.report.document.html import html
    from flowsim.study.store import write_file

    try:
        write_file(folder / REPORT, html(tell()), replace=True)
    except Exception as error:  # whatever it is: the run may have taken hours
        typer.echo(f"{REPORT}: not written: {error}; the figures are kept", err=True)
