"""Bars with two intervals: of the mean, and of a single run."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from flowsim.report.figures import panels
from flowsim.report.figures.material import Figure
from flowsim.report.figures.style import BLACK, SKY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LETTERS = 34  # of a label on one line
COLUMNS = ["mean", "lower", "upper", "prediction_lower", "prediction_upper"]


def draw(
    panel: Axes,
    labels: Sequence[str],
    figures: Sequence[Figure],
    written: Sequence[str],
    language: str,
    unit: float = 1.0,
) -> None:
    """Draw a bar for each figure, the first one on top, and write its value at its end."""
    values = np.array(figures, dtype=float).reshape(len(figures), 5) / unit
    at = np.arange(len(figures))
    panel.barh(at, np.nan_to_num(values[:, 0]), 0.62, color=SKY, edgecolor=BLACK, linewidth=0.4)
    panel.hlines(at, values[:, 3], values[:, 4], color=BLACK, linewidth=0.8)
    panel.hlines(at, values[:, 1], values[:, 2], color=BLACK, linewidth=2.6)
    panel.set_yticks(at, ["\n".join(textwrap.wrap(label, LETTERS)) for label in labels])
    panel.tick_params(axis="y", length=0)
    panel.set_ylim(len(figures) - 0.5, -0.5)
    panel.grid(axis="x")
    panels.write_numbers(panel.xaxis, language)
    ends = np.nanmax(np.nan_to_num(values), axis=1)
    panel.set_xlim(min(0.0, float(np.nan_to_num(values).min())), max(float(ends.max()), 1e-9) * 1.3)
    for place, end, text in zip(at, ends, written, strict=True):
        panel.annotate(
            text, (max(end, 0.0), place), (3, 0), textcoords="offset points", va="center"
        )
