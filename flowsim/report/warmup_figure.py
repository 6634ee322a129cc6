"""Welch's figure: each series from the start, its moving average, and where the start is over.

Told apart by line and shade, not by colour, so that it reads the same on a grey printer.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from flowsim.letters import shown
from flowsim.report.numbers import number
from flowsim.report.warmup import WarmUpText
from flowsim.scenario.quantities import DAYS_PER_UNIT
from flowsim.study.warmup import Finding, WarmUp

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "warmup"
FORMATS = ("svg", "png")
DOTS_PER_INCH = 150
WIDTH, ROW_HEIGHT, MARGIN = 9.0, 2.1, 1.2  # inches
YEARS_FROM = 3.0  # a longer run has years on its axis, a shorter one months


def draw(found: WarmUp) -> Figure:
    """Draw the series of a warm-up, two on a row."""
    from matplotlib.figure import Figure

    text = WarmUpText(found)
    n_rows = -(-len(found.findings) // 2)
    figure = Figure(figsize=(WIDTH, MARGIN + ROW_HEIGHT * n_rows), layout="constrained")
    panels = figure.subplots(n_rows, 2, squeeze=False).ravel()
    for panel, one in zip(panels, found.findings, strict=False):
        _draw_series(panel, one, text)
    for panel in panels[len(found.findings) :]:
        panel.set_axis_off()
    title = text._("Warm-up: {title}").format(title=shown(found.scenario.scenario.title))
    figure.suptitle(title.replace("$", r"\$"), fontsize=11)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return figure


def save(found: WarmUp, folder: Path) -> None:
    """Write the figure into a folder, as SVG and as PNG."""
    import matplotlib as mpl

    figure = draw(found)
    # The same run gives the same file: no date in it, and names that do not depend on luck.
    with mpl.rc_context({"svg.hashsalt": found.scenario.name}):
        figure.savefig(folder / f"{NAME}.svg", metadata={"Date": None})
        figure.savefig(folder / f"{NAME}.png", dpi=DOTS_PER_INCH)


def _draw_series(panel: Axes, one: Finding, text: WarmUpText) -> None:
    _, grid = text._, text.found.grid
    unit = "year" if grid.span * grid.n >= YEARS_FROM * DAYS_PER_UNIT["year"] else "month"
    at = (np.arange(grid.n) + 0.5) * grid.span / DAYS_PER_UNIT[unit]
    panel.plot(at, one.mean, color="0.65", linewidth=0.8, label=_("average over replications"))
    smooth = _("average over 12 months") if grid.is_yearly else _("moving average")
    panel.plot(at, one.smooth, color="0", linewidth=1.6, label=smooth)
    panel.axhline(
        one.level, color="0.4", linewidth=0.8, linestyle=":", label=_("level of the second half")
    )
    _mark(panel, one.mser, unit, "--", f"MSER-{grid.batch}")
    _mark(panel, one.welch, unit, "-.", "Welch")
    _mark(panel, text.found.days, unit, "-", _("recommended warm-up"))
    panel.set_title(text.name(one).replace("$", r"\$"), fontsize=9, loc="left")
    panel.set_xlabel(
        _("years since the start") if unit == "year" else _("months since the start"), fontsize=8
    )
    panel.set_ylabel(_("participants"), fontsize=8)
    panel.set_ylim(bottom=0)
    panel.set_xlim(0, grid.span * grid.n / DAYS_PER_UNIT[unit])
    panel.tick_params(labelsize=8)
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(lambda value, _: _tick(value, text.language))
    panel.spines[["top", "right"]].set_visible(False)


def _mark(panel: Axes, days: float | None, unit: str, style: str, label: str) -> None:
    """Draw an upright line where a rule finds the start to be over; none beyond the figure."""
    at = np.nan if days is None else days / DAYS_PER_UNIT[unit]
    width = 1.8 if style == "-" else 1.1
    panel.axvline(at, color="0.25", linewidth=width, linestyle=style, label=label)


def _tick(value: float, language: str) -> str:
    """Write a tick as the language does, with as many decimals as it has, at most two."""
    decimals = next((d for d in (0, 1) if round(value, d) == round(value, 2)), 2)
    return number(value, language, decimals)
