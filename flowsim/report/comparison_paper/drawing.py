"""The drawings of a comparison: each difference with its interval, and the lists over time.

Told apart by place, shape, fill and dashes, not by colour, so that they read the same on a grey
printer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flowsim.language import N_
from flowsim.report.comparison_paper.paper import ComparedFigure, ComparisonPaper
from flowsim.report.comparison_paper.tables import chosen_figures
from flowsim.report.document.blocks import Picture, Table
from flowsim.report.figures.drawing import BLACK, BLUE, GREY, ORANGE, SKY, WIDTH, Drawing
from flowsim.report.figures.panels import write_whole_numbers
from flowsim.report.numbers import MISSING
from flowsim.report.words import Value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["differences_drawing", "pictures"]

ROW, PANEL, MARGIN = 0.24, 0.62, 0.3  # inches
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*")
DIRECTIONS = {  # to the left and to the right of 0
    "time": (N_("shorter"), N_("longer")),
    "count": (N_("fewer"), N_("more")),
    "level": (N_("lower"), N_("higher")),
}
MOST_STEPS, MOST_OPTIONS = 4, 5
LEAST = 0.5  # people: below, a list is none that anybody would notice
PANEL_HEIGHT, LEGEND_HEIGHT = 2.3, 0.3
STYLES = ((BLACK, "-"), (BLUE, "--"), (ORANGE, "-."), (SKY, ":"), (GREY, (0, (6, 2, 1, 2, 1, 2))))


def pictures(paper: ComparisonPaper) -> Iterator[Picture]:
    """Return the differences with their intervals, and the waiting lists over time."""
    yield differences_picture(paper)
    waiting = paper.comparison.waiting
    steps = [] if waiting is None or waiting.empty else shown_steps(waiting, paper)
    if waiting is not None and steps:
        yield lists_picture(waiting, steps, paper)


# Differences ----------------------------------------------------------------------------------


def differences_picture(paper: ComparisonPaper) -> Picture:
    """Draw each difference of the board's table with its interval."""
    _, figures = paper._, chosen_figures(paper)
    drawing = differences_drawing(paper, figures)
    rows = tuple(
        (one.label, other, one.sentence(other), one.chance(other))
        for one in figures
        for other in paper.others
    )
    heads = (_("Figure"), _("Option"), _("Difference"), _("Chance that it is better"))
    clear = [one.difference(other).is_claimed for one in figures for other in paper.others]
    text = paper.ngettext(
        "Of {n} difference, {clear} is clear.", "Of {n} differences, {clear} are clear.", len(clear)
    ).format(n=len(clear), clear=sum(clear))
    return replace(drawing.picture(Table(drawing.title, heads, rows, "lllr")), text=text)


def differences_drawing(
    paper: ComparisonPaper, figures: Sequence[ComparedFigure] | None = None
) -> Drawing:
    """Draw differences from the base, a panel for each figure; default: of all figures compared."""
    _ = paper._
    chosen = figures or [paper.figure(name) for name in paper.figures]
    title = _("Differences from {base}").format(base=paper.base_in_words)
    said = " ".join(
        f"{one.label}, {other}: {one.sentence(other)}." for other in paper.others for one in chosen
    )
    caption = _(
        "Filled: a clear difference. Hollow: no clear one. Lines: intervals that hold all "
        "at once with a certainty of 95 %."
    )

    def drawn() -> Figure:
        from matplotlib.figure import Figure as NewFigure

        height = MARGIN + len(chosen) * (PANEL + ROW * len(paper.others))
        figure = NewFigure(figsize=(WIDTH, height), layout="constrained")
        panels = figure.subplots(len(chosen), 1, squeeze=False).ravel()
        for panel, one in zip(panels, chosen, strict=True):
            _draw_figure(panel, one)
        return figure

    return Drawing("differences", title, caption, said, pd.DataFrame(), drawn)


def _draw_figure(panel: Axes, one: ComparedFigure) -> None:
    """Draw one figure: a line for each variant, 0 where the base is."""
    scale = one.scale
    panel.axvline(0.0, color=GREY, linewidth=1.0, zorder=1)
    for row, other in enumerate(one.paper.others):
        found = one.exact(other)
        at, marker = found.mean / scale.size, MARKERS[row % len(MARKERS)]
        if not isnan(found.lower):
            ends = found.lower / scale.size, found.upper / scale.size
            panel.plot(ends, (row, row), color=BLACK, linewidth=1.6, marker="|", zorder=2)
        fill = BLACK if found.is_claimed else "white"
        style = {"marker": marker, "markersize": 7, "color": BLACK, "markerfacecolor": fill}
        panel.plot([at], [row], linestyle="none", zorder=3, **style)  # type: ignore[arg-type]
    _label(panel, one)


def _label(panel: Axes, one: ComparedFigure) -> None:
    others, scale = one.paper.others, one.scale
    panel.set_title(one.label, pad=3)
    panel.set_yticks(range(len(others)), [_short(other) for other in others])
    panel.set_ylim(len(others) - 0.4, -0.6)
    low, high = panel.get_xlim()
    reach = max(abs(low), abs(high)) or 1.0
    panel.set_xlim(-1.08 * reach, 1.08 * reach)
    less, more = map(one.paper._, DIRECTIONS[scale.kind])
    unit = f"  ({scale.unit})" if scale.unit else ""
    panel.set_xlabel(f"← {less}      {more} →{unit}", labelpad=1)
    panel.xaxis.set_major_formatter(lambda value, _: one.paper.exact(value, 4))
    panel.spines["left"].set_visible(False)


def _short(name: str, most: int = 40) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


# Waiting lists --------------------------------------------------------------------------------


def lists_picture(waiting: pd.DataFrame, steps: list[str], paper: ComparisonPaper) -> Picture:
    """Draw the number waiting month by month, a line and a band for each option."""
    options = paper.options[:MOST_OPTIONS]
    title = paper._("People waiting, month by month")
    said = " ".join(said_of_lists(waiting, steps, options, paper))
    caption = paper._(
        "Lines: the mean over {n} simulated courses of events. Bands: where nine of ten of them "
        "lie, of the first option and the last."
    ).format(n=paper.number(paper.how.replications))
    drawing = Drawing(
        "waiting", title, caption, said, waiting,
        lambda: lists_figure(waiting, steps, options, paper),
    )  # fmt: skip
    return drawing.picture(table_of_lists(waiting, steps, options, paper))


def shown_steps(waiting: pd.DataFrame, paper: ComparisonPaper) -> list[str]:
    """Return the steps with a list, those first where the options differ most."""
    means = waiting.pivot_table(index=["step", "month"], columns="scenario", values="mean")
    spread = (means.max(axis=1) - means.min(axis=1)).groupby("step").max()
    most = means.max(axis=1).groupby("step").max()
    steps = [step for step in paper.scenario.steps if most.get(step, 0.0) >= LEAST]
    return sorted(steps, key=lambda step: -float(spread[step]))[:MOST_STEPS]


def lists_figure(
    waiting: pd.DataFrame, steps: list[str], options: tuple[str, ...], paper: ComparisonPaper
) -> Figure:
    """Return the figure: two panels on a row, one legend above them."""
    from matplotlib.figure import Figure as NewFigure

    n_columns = min(len(steps), 2)
    n_rows = -(-len(steps) // n_columns)
    height = PANEL_HEIGHT * n_rows + LEGEND_HEIGHT * (1 + len(options) // 3)
    figure = NewFigure(figsize=(WIDTH, height), layout="constrained")
    panels = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for panel, step in zip(panels, steps, strict=False):
        draw_step(panel, waiting[waiting["step"] == step], options, paper)
        panel.set_title(paper.label(step, "steps"))
    for panel in panels[len(steps) :]:
        panel.set_axis_off()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=min(len(options), 3))
    return figure


def draw_step(
    panel: Axes, rows: pd.DataFrame, options: tuple[str, ...], paper: ComparisonPaper
) -> None:
    """Draw one list: a line for each option, a band for the first and the last."""
    months: list[str] = []
    for option, (colour, dashes) in zip(options, STYLES, strict=False):
        own = rows[rows["scenario"] == option]
        months = list(own["month"]) if len(own) > len(months) else months
        at = np.arange(len(own))
        if option in (options[0], options[-1]):
            panel.fill_between(at, own["p5"], own["p95"], color=colour, alpha=0.15, lw=0)
        panel.plot(at, own["mean"], color=colour, linestyle=dashes, label=option)
    years = [k for k, month in enumerate(months) if month.endswith("-01")]
    marks = years if len(years) > 1 else list(range(0, len(months), max(len(months) // 4, 1)))
    panel.set_xticks(marks, [months[k][:4] if len(years) > 1 else months[k] for k in marks])
    panel.set_ylim(bottom=0)
    panel.set_ylabel(paper._("people waiting"))
    panel.grid(axis="y")
    write_whole_numbers(panel.yaxis, paper.language)


def said_of_lists(
    waiting: pd.DataFrame, steps: list[str], options: tuple[str, ...], paper: ComparisonPaper
) -> list[str]:
    """Describe how many wait for each step in the last month, with each option."""
    said = []
    for step in steps:
        rows = waiting[waiting["step"] == step]
        last = rows["month"].max()
        ends = rows[rows["month"] == last].set_index("scenario")["mean"]
        with_each = ", ".join(
            paper._("{n} with {option}").format(
                n=paper.value("", float(ends[one]), "count"),
                option=paper.base_in_words if one == paper.base else one,
            )
            for one in options
            if one in ends
        )
        sentence = paper._("{step}: in {month} on average {numbers} wait.")
        month = paper.months(last, last)
        label = paper.label(step, "steps")
        said.append(sentence.format(step=label, month=month, numbers=with_each))
    return said


def table_of_lists(
    waiting: pd.DataFrame, steps: list[str], options: tuple[str, ...], paper: ComparisonPaper
) -> Table:
    """Return the numbers drawn: a row for each step and month, the options beside each other."""
    _ = paper._
    rows = []
    for step in steps:
        one = waiting[waiting["step"] == step].set_index(["month", "scenario"])
        for month in dict.fromkeys(one.index.get_level_values("month")):
            cells = [paper.label(step, "steps"), str(month)]
            for option in options:
                cells += (
                    numbers(one.loc[(month, option)], paper)
                    if ((month, option) in one.index)
                    else [MISSING, MISSING]
                )
            rows.append(tuple(cells))
    heads = [_("Step"), _("Month")]
    for option in options:
        heads += [option, _("{option}: nine of ten").format(option=option)]
    align = "ll" + "rr" * len(options)
    return Table(_("People waiting, month by month"), tuple(heads), tuple(rows), align)


def numbers(row: pd.Series, paper: ComparisonPaper) -> list[Value]:
    """Write mean and band of a month."""
    one = paper.estimate("", "count", *(float(row[name]) for name in ("mean", "p5", "p95")))
    return [one.value, one.interval]
