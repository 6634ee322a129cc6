"""Bars with two intervals, of the mean and of a single run; and the exits of a run as such."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from flowsim.analysis.kpi_names import exits_that_can_happen
from flowsim.report.figures import panels
from flowsim.report.figures.drawing import BLACK, SKY, WIDTH, Drawing
from flowsim.report.figures.material import MOST_NAMED, Floats, Material
from flowsim.report.figures.panels import (
    GAP,
    POINTS_PER_INCH,
    Page,
    line_height,
    room,
    write_numbers,
)
from flowsim.report.words import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["COLUMNS", "NAME", "Bar", "draw", "draw_bars", "numbers"]

LETTERS = 34  # of a label on one line
COLUMNS = ["mean", "lower", "upper", "prediction_lower", "prediction_upper"]
SPACE = 4 / POINTS_PER_INCH  # between a bar and words [inches]


class Bar(NamedTuple):
    """A bar: its name, its length and intervals, and its value in words."""

    label: str
    figure: Estimate
    written: str

    @property
    def lines(self) -> list[str]:
        """The name, on as many lines as it needs."""
        return textwrap.wrap(self.label, LETTERS)


def draw_bars(page: Page, parts: Sequence[Sequence[Bar]], language: str, unit: float = 1.0) -> None:
    """Draw bars into the panels of a page, the first one on top, and arrange the page.

    Parameters
    ----------
    page : with a panel for each part
    parts : bars of each panel
    language : "sv" or "en"
    unit : figures are drawn in such
    """
    left = max(room(line) for bars in parts for bar in bars for line in bar.lines) + 2 * SPACE
    for panel, bars in zip(page.panels, parts, strict=True):
        values = np.array([numbers(bar.figure) for bar in bars], dtype=float).reshape(-1, 5) / unit
        _draw_bars(panel, values)
        _write_names(panel, bars)
        _write_values(panel, bars, np.nan_to_num(values), WIDTH - left - GAP)
        write_numbers(panel.xaxis, language)
    page.arrange(left)


def numbers(figure: Estimate) -> tuple[float, ...]:
    """Return mean and intervals of a figure in the order of `COLUMNS`."""
    return figure.mean, figure.lower, figure.upper, figure.low, figure.high


def _draw_bars(panel: Axes, values: Floats) -> None:
    """Draw bars with their intervals: values (n_bars, 5) in the order of `COLUMNS`."""
    at = np.arange(len(values))
    panel.barh(at, np.nan_to_num(values[:, 0]), 0.62, color=SKY, edgecolor=BLACK, linewidth=0.4)
    panel.hlines(at, values[:, 3], values[:, 4], color=BLACK, linewidth=0.8)
    panel.hlines(at, values[:, 1], values[:, 2], color=BLACK, linewidth=2.6)
    panel.set_yticks([])
    panel.set_ylim(len(values) - 0.5, -0.5)
    panel.grid(axis="x")


def _write_names(panel: Axes, bars: Sequence[Bar]) -> None:
    """Write each line by itself: lines of narrower letters would else not end at the axis."""
    height = line_height() * POINTS_PER_INCH
    for at, bar in enumerate(bars):
        middle = (len(bar.lines) - 1) / 2
        for k, line in enumerate(bar.lines):
            shift = -SPACE * POINTS_PER_INCH, (middle - k) * height
            panel.annotate(
                line, (0, at), shift, panel.get_yaxis_transform(), textcoords="offset points",
                ha="right", va="center",
            )  # fmt: skip


def _write_values(panel: Axes, bars: Sequence[Bar], values: Floats, width: float) -> None:
    """Write values at the ends of bars, and make the axis so long that all have room.

    Parameters
    ----------
    panel, bars : where, and what
    values : (n_bars, 5), finite
    width : of the panel [inches]
    """
    ends = np.maximum(values.max(axis=1), 0.0)
    words = np.array([room(bar.written) + 2 * SPACE for bar in bars])
    reach = float(np.max(ends / np.maximum(1 - words / width, 0.25)))
    panel.set_xlim(min(0.0, float(values.min())), max(reach, 1e-9))
    for at, (end, bar) in enumerate(zip(ends, bars, strict=True)):
        shift = (SPACE * POINTS_PER_INCH, 0)
        panel.annotate(bar.written, (end, at), shift, textcoords="offset points", va="center")


# Exits of the whole run ---------------------------------------------------------------------------


NAME = "exits"


def draw(material: Material) -> Drawing | None:
    """Draw how many left by each exit; None where nobody left."""
    names = [material.plan.exits[e].name for e in exits_that_can_happen(material.plan)]
    figures = {name: material.figure(f"exits.{name}") for name in names}
    names.sort(key=lambda name: -figures[name].mean)
    if not any(figure.mean > 0 for figure in figures.values()):
        return None
    _ = material._
    shares = {name: material.figure(f"exits.{name}.share").mean for name in names}
    labels = [material.label(name, "exits") for name in names]
    written = [f"{figures[name].value} ({material.percent(shares[name])})" for name in names]
    how = _(
        "Exits in the whole run; the thick line holds the mean in 95 cases of 100, the thin one "
        "holds 95 of 100 single runs."
    )
    caption = material.caption(how)
    table = pd.DataFrame(
        [(name, *numbers(figures[name]), shares[name]) for name in names],
        columns=["exit", *COLUMNS, "share"],
    )
    text = _sentence(material, {name: figures[name].mean for name in names}, shares)

    def drawn() -> Figure:
        page = panels.stack([""], [len(names)], material.drawn(caption))
        page.panels[0].set_xlabel(_("exits in the whole run, on average"))
        chosen = [figures[name] for name in names]
        draw_bars(page, [list(map(Bar, labels, chosen, written))], material.language)
        return page.figure

    return Drawing(NAME, _("Exits by kind"), caption, text, table, drawn)


def _sentence(material: Material, exits: dict[str, float], shares: dict[str, float]) -> str:
    """Describe how many leave, by which exits most, and how many by the others.

    Parameters
    ----------
    exits : how many leave by each on average, most first
    shares : of all who leave
    """
    _, name_of = material._, material.name
    taken = [name for name, n in exits.items() if n > 0]
    others = taken[MOST_NAMED:]
    parts = [
        _("“{exit}” ({share})").format(
            exit=name_of(name, "exits"), share=material.percent(shares[name])
        )
        for name in taken[:MOST_NAMED]
    ]
    said = _("On average {n} people leave in the whole period.")
    more = _("They leave by {exits}.")
    if len(taken) == 1:
        said, more = _("On average {n} people leave in the whole period, all by “{exit}”."), ""
    elif others:
        more = material.ngettext(
            "Most leave by {exits}; {others} other exit has {rest}.",
            "Most leave by {exits}; {others} other exits together have {rest}.",
            len(others),
        )
    total = sum(exits.values())
    return f"{said} {more}".rstrip().format(
        n=material.number(total, 0 if total >= 100 else 1),
        exit=name_of(taken[0], "exits"),
        exits=listed(parts, _("and")),
        others=len(others),
        rest=material.percent(sum(shares[name] for name in others)),
    )


def listed(parts: list[str], word: str) -> str:
    """Write a list with a word before its last part.

    Examples
    --------
    >>> listed(["a", "b", "c"], "and"), listed(["a"], "and")
    ('a, b and c', 'a')
    """
    return f" {word} ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
