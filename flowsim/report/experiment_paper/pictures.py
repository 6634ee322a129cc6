"""The figures of an experiment, each with a sentence and a table, as parts of a page."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.report.document.blocks import Picture
from flowsim.report.experiment_paper.line_figure import line_picture, numeric_factor
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.tornado import DESIGN
from flowsim.report.tornado_picture import tornado_picture

__all__ = ["pictures"]


def pictures(paper: ExperimentPaper) -> Iterator[Picture]:
    """Give a tornado of each figure, or a line over the one numeric input of a grid."""
    factor = numeric_factor(paper)
    for kpi in paper.experiment.kpis:
        if paper.design == DESIGN:
            yield tornado_picture(paper.results, kpi, paper)
        elif factor is not None:
            picture = line_picture(kpi, factor, paper)
            if picture is not None:
                yield picture
