"""Indices of sensitivity: which of the drawn inputs matters most for each figure."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.errors import ResultsError
from flowsim.letters import shown
from flowsim.report.document.blocks import Block, Bullets, Prose, Section, Table
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.kpi_words import kpi_words
from flowsim.report.sensitivity import COLUMNS, HEADS, SensitivityText
from flowsim.study.experiment.indices import INDEXED_DESIGNS

__all__ = ["section"]


def section(paper: ExperimentPaper) -> Section | None:
    """Return a table of indices for each figure; None of designs that have none."""
    if paper.design not in INDEXED_DESIGNS:
        return None
    return Section("indices", paper._("Which input matters most"), tuple(tables(paper)))


def tables(paper: ExperimentPaper) -> Iterator[Block]:
    """Give the table of each figure, with how it is read; or why there is none."""
    for kpi in paper.experiment.kpis:
        try:
            text = SensitivityText(paper.results, kpi)
        except ResultsError as error:
            yield Prose(shown(str(error)))
            continue
        heads = [text._("Input"), *(text._(HEADS[name]) for name in COLUMNS[text.design])]
        title = text._("What matters for: {figure}").format(
            figure=shown(kpi_words(kpi.name, text.scenario))
        )
        rows = tuple(tuple(text.row(factor)) for factor in text.factors())
        align = "l" + "r" * (len(heads) - 1) + "l"
        yield Table(title, (*heads, text._("More than luck")), rows, align)
        yield Bullets(tuple(text.notes()))
