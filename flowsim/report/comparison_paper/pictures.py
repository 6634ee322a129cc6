"""The figures of a comparison, each with a sentence and a table, as parts of a page."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from flowsim.report import comparison_figure
from flowsim.report.comparison import ComparisonText
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.comparison_paper.result_table import chosen_figures
from flowsim.report.comparison_paper.waiting_figure import waiting_picture
from flowsim.report.document.blocks import Picture, Table
from flowsim.report.figures.drawing import Drawing
from flowsim.report.figures.style import styled
from flowsim.report.run_paper.pictures import inline

__all__ = ["pictures"]

NAME = "differences"


def pictures(paper: ComparisonPaper) -> Iterator[Picture]:
    """Give the differences with their intervals, and the waiting lists over time."""
    yield differences_picture(paper)
    waiting = waiting_picture(paper)
    if waiting is not None:
        yield waiting


def differences_picture(paper: ComparisonPaper) -> Picture:
    """Draw each difference of the table with its interval."""
    _, text = paper._, ComparisonText(paper.comparison, paper.language)
    kpis = tuple(paper.figures[one.name] for one in chosen_figures(paper))
    title = _("Differences from {base}").format(base=paper.base)
    said = " ".join(
        f"{text.name(kpi)}, {other}: {text.sentence(kpi, other)}."
        for other in paper.others
        for kpi in kpis
    )
    with styled():
        figure = comparison_figure.draw(paper.comparison, paper.language, kpis)
    clear = [paper.difference(kpi.name, other).is_claimed for kpi in kpis for other in paper.others]
    text_of_clear = paper.ngettext(
        "Of {n} difference, {clear} is clear.", "Of {n} differences, {clear} are clear.", len(clear)
    ).format(n=len(clear), clear=sum(clear))
    drawing = Drawing(NAME, title, "", said, pd.DataFrame(), figure)
    rows = tuple(
        (text.name(kpi), other, text.sentence(kpi, other), text.chance(found))
        for kpi in kpis
        for other in paper.others
        for found in (paper.difference(kpi.name, other),)
    )
    heads = (_("Figure"), _("Option"), _("Difference"), _("Chance that it is better"))
    table = Table(title, heads, rows, "lllr")
    caption = _(
        "Filled: a clear difference. Hollow: cannot be told apart. Lines: intervals that hold "
        "all at once with a confidence of 95 %. Counts and money are of the whole period."
    )
    return Picture(
        inline(drawing.svg(), f"figure-{NAME}", said), title, caption, text_of_clear, table
    )
