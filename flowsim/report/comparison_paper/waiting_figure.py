"""The waiting lists of all options over time, each step in a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.document.blocks import Picture, Table
from flowsim.report.figures.drawing import Drawing
from flowsim.report.figures.style import BLACK, BLUE, GREY, ORANGE, SKY, WIDTH, styled
from flowsim.report.month_words import months_words
from flowsim.report.numbers import number
from flowsim.report.run_paper.pictures import inline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["waiting_picture"]

NAME = "waiting"
MOST_STEPS, MOST_OPTIONS = 4, 5
LEAST = 0.5  # people: below, a list is none that anybody would notice
PANEL_HEIGHT, LEGEND_HEIGHT = 2.3, 0.3
STYLES = ((BLACK, "-"), (BLUE, "--"), (ORANGE, "-."), (SKY, ":"), (GREY, (0, (6, 2, 1, 2, 1, 2))))


def waiting_picture(paper: ComparisonPaper) -> Picture | None:
    """Draw the number waiting month by month, a line and a band for each option.

    None where the lists were not kept, or where hardly anybody waits.
    """
    waiting = paper.comparison.waiting
    if waiting is None or waiting.empty:
        return None
    steps = shown_steps(waiting, paper)
    if not steps:
        return None
    options = paper.options[:MOST_OPTIONS]
    with styled():
        figure = drawn(waiting, steps, options, paper)
    title = paper._("People waiting, month by month")
    said = " ".join(text(waiting, steps, options, paper))
    drawing = Drawing(NAME, title, "", said, waiting, figure)
    svg = inline(drawing.svg(), f"figure-{NAME}", said)
    caption = paper._(
        "Lines: the mean over {n} simulated courses of events. Bands: where nine of ten of them "
        "lie, of the first option and the last. All options meet the same futures."
    ).format(n=paper.number(paper.how.replications))
    return Picture(svg, title, caption, said, table(waiting, steps, options, paper))


def shown_steps(waiting: pd.DataFrame, paper: ComparisonPaper) -> list[str]:
    """Return the steps with a list, those first where the options differ most."""
    means = waiting.pivot_table(index=["step", "month"], columns="scenario", values="mean")
    spread = (means.max(axis=1) - means.min(axis=1)).groupby("step").max()
    most = means.max(axis=1).groupby("step").max()
    steps = [step for step in paper.scenario.steps if most.get(step, 0.0) >= LEAST]
    return sorted(steps, key=lambda step: -float(spread[step]))[:MOST_STEPS]


def drawn(
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
    from matplotlib.ticker import MaxNLocator

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
    panel.yaxis.set_major_locator(MaxNLocator(integer=True))
    panel.yaxis.set_major_formatter(lambda value, _: number(value, paper.language))


def text(
    waiting: pd.DataFrame, steps: list[str], options: tuple[str, ...], paper: ComparisonPaper
) -> list[str]:
    """Say how many wait for each step in the last month, with each option."""
    said = []
    for step in steps:
        rows = waiting[waiting["step"] == step]
        last = rows["month"].max()
        ends = rows[rows["month"] == last].set_index("scenario")["mean"]
        with_each = ", ".join(
            paper._("{n} with {option}").format(n=paper.number(ends[one], 1), option=one)
            for one in options
            if one in ends
        )
        sentence = paper._("{step}: in {month} on average {numbers} wait.")
        month = months_words(last, last, paper)
        label = paper.label(step, "steps")
        said.append(sentence.format(step=label, month=month, numbers=with_each))
    return said


def table(
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
                    else ["–", "–"]
                )
            rows.append(tuple(cells))
    heads = [_("Step"), _("Month")]
    for option in options:
        heads += [option, _("{option}: nine of ten").format(option=option)]
    align = "ll" + "rr" * len(options)
    return Table(_("People waiting, month by month"), tuple(heads), tuple(rows), align)


def numbers(row: pd.Series, paper: ComparisonPaper) -> list[str]:
    """Write mean and band of a month."""
    between = paper.between("", float(row["p5"]), float(row["p95"]), "count")
    return [paper.number(float(row["mean"]), 1), between]
