"""Pages of panels: one for each step or team, with their words, numbers and caption."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from flowsim.report.figures.style import PANEL_HEIGHT, ROW_HEIGHT, WIDTH
from flowsim.report.numbers import number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

LETTERS_ABREAST = 146  # of a caption over the whole width
LETTERS_OF_A_TITLE = 80
MOST_YEARS = 8  # marked on an axis


def page(
    labels: Sequence[str], caption: str, height: float = PANEL_HEIGHT
) -> tuple[Figure, list[Axes]]:
    """Lay out a panel for each label, two on a row, with the caption below."""
    from matplotlib.figure import Figure as NewFigure

    n_columns = min(len(labels), 2)
    n_rows = -(-len(labels) // n_columns)
    whole = height * n_rows + _height(caption) + 0.3
    figure = NewFigure(figsize=(WIDTH, whole), layout="constrained")
    _write_caption(figure, caption)
    found: list[Axes] = list(figure.subplots(n_rows, n_columns, squeeze=False).ravel())
    letters = LETTERS_OF_A_TITLE // n_columns
    for axes, label in zip(found, labels, strict=False):
        axes.set_title("\n".join(textwrap.wrap(label, letters, break_on_hyphens=False)))
    for axes in found[len(labels) :]:
        axes.set_axis_off()
    return figure, found[: len(labels)]


def legend(figure: Figure, axes: Axes, n_columns: int) -> None:
    """Put one legend for all panels above them."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=n_columns)


def write_left(axes: Sequence[Axes], words: str) -> None:
    """Say on the left of each row what is upward."""
    for panel in axes:
        if panel.get_subplotspec().is_first_col():  # type: ignore[union-attr]
            panel.set_ylabel(words)


def write_whole_numbers(axis: Any, language: str) -> None:
    """Mark an axis at whole numbers only, written as the language does."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(integer=True))
    write_numbers(axis, language)


def write_numbers(axis: Any, language: str) -> None:
    """Write the numbers of an axis as the language does."""
    _write(axis, lambda value: number(value, language, _decimals(value)))


def write_percent(axis: Any, language: str) -> None:
    """Write the shares of an axis as percentages."""
    _write(axis, lambda value: percent(value, language, _decimals(100 * value)))


def _write(axis: Any, words: Callable[[float], str]) -> None:
    axis.set_major_formatter(lambda value, _: words(value))


def _decimals(value: float) -> int:
    """As few as tell a tick of an axis from its neighbours, at most two."""
    return next((d for d in (0, 1) if abs(round(value, d) - value) < 1e-9), 2)


def write_months(axes: Axes, months: Sequence[str]) -> None:
    """Mark years below a series of months, or, in a short one, months."""
    years = [k for k, month in enumerate(months) if month.endswith("-01")]
    if len(years) >= 2:
        chosen = years[:: -(-len(years) // MOST_YEARS)]
        axes.set_xticks(chosen, [months[k][:4] for k in chosen])
    else:
        chosen = list(range(0, len(months), max(-(-len(months) // 5), 1)))
        axes.set_xticks(chosen, [months[k] for k in chosen])
    axes.set_xlim(-0.5, len(months) - 0.5)


def stack(labels: Sequence[str], n_rows: Sequence[int], caption: str) -> tuple[Figure, list[Axes]]:
    """Lay out panels of bars below each other, each as high as its bars need."""
    from matplotlib.figure import Figure as NewFigure

    heights = [ROW_HEIGHT * n + 0.45 for n in n_rows]
    figure = NewFigure(figsize=(WIDTH, sum(heights) + _height(caption)), layout="constrained")
    _write_caption(figure, caption)
    grid = figure.subplots(len(labels), 1, squeeze=False, height_ratios=heights)
    axes: list[Axes] = list(grid.ravel())
    for panel, label in zip(axes, labels, strict=True):
        panel.set_title(label)
    return figure, axes


def _height(caption: str) -> float:
    return 0.12 * len(textwrap.wrap(caption, LETTERS_ABREAST)) + 0.1


def _write_caption(figure: Figure, caption: str) -> None:
    """Write the caption below all panels, over the whole width."""
    whole = figure.get_figheight()
    bottom = _height(caption) / whole
    engine = cast("ConstrainedLayoutEngine", figure.get_layout_engine())
    engine.set(rect=(0, bottom, 1, 1 - bottom))
    lines = "\n".join(textwrap.wrap(caption, LETTERS_ABREAST))
    figure.text(0.01, 0.04 / whole, lines, fontsize=6.5, va="bottom", linespacing=1.3)
