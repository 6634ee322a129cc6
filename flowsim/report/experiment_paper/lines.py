"""A figure over the values of the one numeric input of a grid, as lines with intervals."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import pandas as pd

from flowsim.analysis.kpi_names import Kpi
from flowsim.report.document.blocks import Picture, Table
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.figures.drawing import BLACK, BLUE, GREY, ORANGE, SKY, WIDTH, Drawing
from flowsim.study.experiment.results import PointFigure
from flowsim.study.experiment.schema import Factor

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["line_picture", "numeric_factor"]

MOST_LINES, MOST_MARKS, HEIGHT = 5, 10, 2.8
STYLES = (
    (BLACK, "-", "o"),
    (BLUE, "--", "s"),
    (ORANGE, "-.", "D"),
    (SKY, ":", "^"),
    (GREY, "-", "v"),
)
Lines = dict[str, list[tuple[float, PointFigure]]]


def numeric_factor(paper: ExperimentPaper) -> Factor | None:
    """Return the one factor of a grid whose values are numbers; None if there are not just one."""
    if paper.design != "grid":
        return None
    found = [one for one in paper.experiment.file.factors if is_numeric(one)]
    return found[0] if len(found) == 1 else None


def is_numeric(factor: Factor) -> bool:
    """Whether all values of a factor are numbers, and there are several."""
    numbers = [isinstance(v, (int, float)) and not isinstance(v, bool) for v in factor.values]
    return len(numbers) > 1 and all(numbers)


def line_picture(kpi: Kpi, factor: Factor, paper: ExperimentPaper) -> Picture | None:
    """Draw a figure over the factor, a line for each combination of the others; None of too many.

    Its size is that of a figure on half a page; marks and dashes tell lines apart without colour.
    """
    lines = lines_of(kpi, factor, paper)
    if not lines or len(lines) > MOST_LINES:
        return None
    label = paper.factor(factor)
    title = paper._("{figure}, by {input}").format(figure=paper.kpi(kpi.name), input=label)
    text = " ".join(described(lines, factor, paper))
    name = f"line-{kpi.name.replace('.', '-')}"
    caption = paper._("Marks: the mean at each point. Bars: its interval of 95 %.")
    drawing = Drawing(
        name, title, caption, text, pd.DataFrame(), lambda: drawn(kpi, label, lines, paper)
    )
    return drawing.picture(table(kpi, lines, factor, paper))


def lines_of(kpi: Kpi, factor: Factor, paper: ExperimentPaper) -> Lines:
    """Return value and figure of the points on each line, by what the line is called."""
    others = [one for one in paper.experiment.file.factors if one.name != factor.name]
    lines: Lines = {}
    for one in paper.known(kpi):
        levels = paper.experiment.points[one.point].levels
        name = ", ".join(
            f"{paper.factor(other)} {paper.level(other, levels[other.name])}" for other in others
        )
        lines.setdefault(name, []).append((float(str(levels[factor.name])), one))
    return {name: sorted(points, key=lambda at: at[0]) for name, points in lines.items()}


def drawn(kpi: Kpi, label: str, lines: Lines, paper: ExperimentPaper) -> Figure:
    """Return the figure."""
    from matplotlib.figure import Figure as NewFigure

    scale = paper.scale(kpi)
    figure = NewFigure(figsize=(WIDTH, HEIGHT), layout="constrained")
    panel: Axes = figure.subplots()
    for (name, points), (colour, dashes, mark) in zip(lines.items(), STYLES, strict=False):
        x = [value for value, _ in points]
        y = [one.mean / scale.size for _, one in points]
        ends = [[end(one, side) / scale.size for _, one in points] for side in ("lower", "upper")]
        bars = [
            [mean - low for mean, low in zip(y, ends[0], strict=True)],
            [high - mean for mean, high in zip(y, ends[1], strict=True)],
        ]
        drawn_points = panel.errorbar(x, y, yerr=bars, capsize=3, label=name, color=colour)
        drawn_points.lines[0].set(linestyle=dashes, marker=mark, markersize=4)
    marked = sorted({value for points in lines.values() for value, _ in points})
    if len(marked) <= MOST_MARKS:
        panel.set_xticks(marked)
    panel.set_xlabel(label)
    word = scale.unit if kpi.unit != "share" else "%"
    panel.set_ylabel(word)
    panel.grid(axis="y")
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(lambda value, _: paper.exact(value, 3))
    if len(lines) > 1:
        figure.legend(loc="outside upper left", ncols=min(len(lines), 2))
    return figure


def end(one: PointFigure, side: str) -> float:
    """Return an end of an interval; the mean where there is none."""
    value: float = one.lower if side == "lower" else one.upper
    return one.mean if isnan(value) else value


def described(lines: Lines, factor: Factor, paper: ExperimentPaper) -> list[str]:
    """Describe what the figure is at the lowest and at the highest value."""
    said = []
    text = paper._("{line}from {first} at {low} to {last} at {high}.")
    for name, points in lines.items():
        (low, first), (high, last) = points[0], points[-1]
        said.append(
            text.format(
                line=f"{name}: " if name else "",
                first=paper.of_point(first).cell,
                low=paper.level(factor, low),
                last=paper.of_point(last).cell,
                high=paper.level(factor, high),
            )
        )
    return [f"{one[:1].upper()}{one[1:]}" for one in said]


def table(kpi: Kpi, lines: Lines, factor: Factor, paper: ExperimentPaper) -> Table:
    """Return the numbers drawn."""
    _ = paper._
    rows = tuple(
        (
            paper.level(factor, value),
            *((name,) if len(lines) > 1 else ()),
            paper.of_point(one).cell,
        )
        for name, points in lines.items()
        for value, one in points
    )
    heads = [paper.factor(factor), *([_("Line")] if len(lines) > 1 else [])]
    align = "l" * len(heads) + "r"
    return Table(paper.kpi(kpi.name), (*heads, _("On average")), rows, align)
