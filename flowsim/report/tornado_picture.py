"""The tornado of a figure as a part of a paper; and that of all that a run assumes."""

from __future__ import annotations

import tempfile
from numbers import Real
from pathlib import Path

from flowsim.analysis.kpi_names import Kpi
from flowsim.letters import shown
from flowsim.report.document.blocks import Picture, Table
from flowsim.report.document.wording import Wording
from flowsim.report.run_paper.input_words import input_words
from flowsim.report.run_paper.pictures import inline
from flowsim.report.tornado import tornado
from flowsim.study.executors import threads
from flowsim.study.experiment.assumptions import MOVED_REPLICATIONS, assumptions_moved
from flowsim.study.experiment.results import ExperimentResults
from flowsim.study.experiment.running import run_experiment
from flowsim.study.replications import Progress
from flowsim.study.results import Results

__all__ = ["assumptions_picture", "tornado_picture"]


def assumptions_picture(
    results: Results, kpi: str, language: str, progress: Progress | None = None
) -> Picture:
    """Move each assumed amount of a run down and up, and draw what that does to a figure.

    Parameters
    ----------
    results : the run; at most 100 of its replications are run again for each amount
    kpi : the figure
    language : `sv` or `en`
    progress : told how far the work is

    Raises
    ------
    ResultsError
        If the scenario has no such figure, or nothing assumed that can be moved.
    """
    wording = Wording(results.scenario, language)
    experiment = assumptions_moved(
        results.scenario,
        kpi,
        language=language,
        seed=results.seed,
        replications=min(results.replications, MOVED_REPLICATIONS),
        words=lambda path: shown(input_words(path, wording)),
    )
    with tempfile.TemporaryDirectory() as folder, threads(None) as pool:
        moved = run_experiment(experiment, Path(folder), pool=pool, progress=progress)
        return tornado_picture(moved, experiment.kpis[0], wording)


def tornado_picture(results: ExperimentResults, kpi: Kpi, wording: Wording) -> Picture:
    """Return the tornado of a figure; its caption stands below it as text."""
    drawing = tornado(results, kpi, has_caption=False)
    rows = tuple(
        tuple(written(value, wording) for value in row)
        for row in drawing.table.itertuples(index=False)
    )
    heads = tuple(map(str, drawing.table.columns))
    table = Table(drawing.title, heads, rows, "ll" + "r" * (len(heads) - 3) + "l")
    svg = inline(drawing.svg(), drawing.name.replace(".", "-"), drawing.text)
    return Picture(svg, drawing.title, drawing.caption, drawing.text, table)


def written(value: object, wording: Wording) -> str:
    """Write a cell of a table of numbers and texts."""
    return wording.number(float(value), 3) if isinstance(value, Real) else str(value)
