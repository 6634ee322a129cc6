"""Pages of panels: one for each step or team, with their words, numbers, bands and caption.

Room is left for words letter by letter, as in DejaVu Sans. Other letters that a page may be shown
in (Verdana, Arial, Helvetica, Segoe UI, Roboto) are as wide or narrower.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flowsim.report.figures.drawing import (
    BLUE,
    CAPTION_SIZE,
    FONT,
    FONT_SIZE,
    PANEL_HEIGHT,
    ROW_HEIGHT,
    TITLE_SIZE,
    WIDTH,
)
from flowsim.report.numbers import number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ft2font import FT2Font

POINTS_PER_INCH = 72.0
LINE_HEIGHT = 1.3  # of the size of letters
MEASURED_AT = 100.0  # points
UNKNOWN = 1.0  # width of a letter that the font lacks: the widest, of Chinese and Japanese
FRACTION = 65536  # FreeType's widths are whole numbers of such a part of a point
LEVELS = {"p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}
LETTERS_ABREAST = 146  # of a caption over the whole width
LETTERS_OF_A_TITLE = 80
MOST_YEARS = 8  # marked on an axis
# inches:
EDGE = 0.06
GAP = 0.2  # between panels, and on the right for half of an axis's last number
TICK = 0.1  # a tick, and what is between it and its number


@dataclass(eq=False)
class Page:
    """A figure laid out in inches, by hand: no engine draws it twice to find room for its words.

    Parameters
    ----------
    figure, panels : matplotlib's; panels row by row
    titles : of the panels, perhaps on several lines
    n_columns : panels on a row
    heights : of the area of each panel
    caption : what stands below; perhaps nothing
    legend_lines : of the legend above all panels
    """

    figure: Figure
    panels: list[Axes]
    titles: list[str]
    n_columns: int
    heights: list[float]
    caption: str
    legend_lines: int = 0

    def legend(self, n_columns: int) -> None:
        """Put one legend for all panels above them, with the words of the first."""
        handles, labels = self.panels[0].get_legend_handles_labels()
        place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (0.0, 1.0)}
        self.figure.legend(handles, labels, ncols=n_columns, borderaxespad=0.2, **place)
        self.legend_lines = -(-len(labels) // n_columns)

    def write_left(self, words: str) -> None:
        """Label on the left of each row what is upward."""
        for panel in self.panels[:: self.n_columns]:
            panel.set_ylabel(words)

    def arrange(self, left: float = 0.0) -> Figure:
        """Return all panels and words their places, once all is drawn; return the figure.

        Parameters
        ----------
        left : at least so much room on the left of each panel [inches]
        """
        bottoms, whole = self._upright()
        lefts = [max(left, room) for room in self._rooms_left()]
        width = (WIDTH - sum(lefts) - GAP * self.n_columns) / self.n_columns
        for k, panel in enumerate(self.panels):
            column = k % self.n_columns
            at = sum(lefts[: column + 1]) + (width + GAP) * column
            height = self.heights[k]
            panel.set_position((at / WIDTH, bottoms[k] / whole, width / WIDTH, height / whole))
            panel.set_title(self.titles[k], y=1.0)  # else matplotlib looks for a place
            words_at = lefts[column] - EDGE - line_height()
            panel.yaxis.set_label_coords(-words_at / width, 0.5)
            panel.xaxis.set_label_coords(0.5, -(TICK + EDGE / 2 + line_height()) / height)
        return self.figure

    def _upright(self) -> tuple[list[float], float]:
        """Return the figure its height; return where each panel's area begins, and the height."""
        tops = []
        at = EDGE + line_height() * 1.1 * self.legend_lines
        for begin in range(0, len(self.panels), self.n_columns):
            row = range(begin, min(begin + self.n_columns, len(self.panels)))
            at += max(_title_height(self.titles[k]) for k in row)
            tops += [at + self.heights[k] for k in row]
            at += max(self.heights[k] + _room_below(self.panels[k]) for k in row)
        whole = at + _height(self.caption)
        self.figure.set_size_inches(WIDTH, whole)
        if self.caption:
            at = EDGE / whole
            self.figure.text(0.01, at, self.caption, size=CAPTION_SIZE, va="bottom")
        for panel, top, height in zip(self.panels, tops, self.heights, strict=True):
            panel.set_position((0.0, 1 - top / whole, 0.5, height / whole))  # its ticks need it
        return [whole - top for top in tops], whole

    def _rooms_left(self) -> list[float]:
        """Return for each column what the numbers and words on its left need."""
        return [
            max(map(_room_left, self.panels[column :: self.n_columns]))
            for column in range(self.n_columns)
        ]


def page(labels: Sequence[str], caption: str) -> Page:
    """Begin a page with a panel for each label, two on a row.

    Parameters
    ----------
    labels : titles of the panels
    caption : below them; perhaps empty
    """
    n_columns = min(len(labels), 2)
    letters = LETTERS_OF_A_TITLE // n_columns
    titles = ["\n".join(textwrap.wrap(one, letters, break_on_hyphens=False)) for one in labels]
    return _page(titles, n_columns, [PANEL_HEIGHT] * len(labels), caption)


def stack(labels: Sequence[str], n_rows: Sequence[int], caption: str) -> Page:
    """Begin a page with panels of bars below each other, each as high as its bars need."""
    return _page(list(labels), 1, [ROW_HEIGHT * n for n in n_rows], caption)


def _page(titles: list[str], n_columns: int, heights: list[float], caption: str) -> Page:
    from matplotlib.figure import Figure as NewFigure

    figure = NewFigure(figsize=(WIDTH, sum(heights)))
    panels = [figure.add_axes((0.1, 0.1, 0.8 / n_columns, 0.2)) for _ in titles]
    lines = "\n".join(textwrap.wrap(caption, LETTERS_ABREAST))
    return Page(figure, panels, titles, n_columns, heights, lines)


# Room ---------------------------------------------------------------------------------------------


def _title_height(title: str) -> float:
    return line_height(TITLE_SIZE) * (title.count("\n") + 1) + GAP if title else EDGE


def _height(caption: str) -> float:
    n_lines = caption.count("\n") + 1
    return line_height(CAPTION_SIZE) * n_lines + 2 * EDGE if caption else 0.0


def _room_below(panel: Axes) -> float:
    """Numbers below a panel, and words below these."""
    return TICK + line_height() * (2 if panel.get_xlabel() else 1) + EDGE


def _room_left(panel: Axes) -> float:
    """Numbers on the left of a panel, and words on the left of these."""
    axis, (low, high) = panel.yaxis, sorted(panel.get_ylim())
    seen = [value for value in axis.get_majorticklocs() if low <= value <= high]
    numbers = axis.get_major_formatter().format_ticks(seen)
    words = line_height() + EDGE if panel.get_ylabel() else 0.0
    return EDGE + words + max(map(room, numbers), default=0.0) + TICK


# Numbers ------------------------------------------------------------------------------------------


def write_whole_numbers(axis: Any, language: str) -> None:
    """Mark an axis at whole numbers only, written as the language does."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(integer=True))
    write_numbers(axis, language)


def write_numbers(axis: Any, language: str) -> None:
    """Write the numbers of an axis as the language does."""
    _write(axis, lambda value: number(value, language, _decimals(value)))


def write_percent(axis: Any, language: str) -> None:
    """Write the shares of an axis as percentages; room above the whole is no share."""

    def words(value: float) -> str:
        return "" if value > 1 + 1e-9 else percent(value, language, _decimals(100 * value))

    _write(axis, words)


def _write(axis: Any, words: Callable[[float], str]) -> None:
    axis.set_major_formatter(lambda value, _: words(value))


def _decimals(value: float) -> int:
    """As few as tell a tick of an axis from its neighbours, at most two."""
    return next((d for d in (0, 1) if abs(round(value, d) - value) < 1e-9), 2)


def months_and_numbers(panel: Axes, months: Sequence[str], language: str) -> None:
    """Mark months below a panel, and numbers from 0 on its left."""
    panel.set_ylim(bottom=0)
    panel.grid(axis="y")
    write_numbers(panel.yaxis, language)
    write_months(panel, months)


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


def room(text: str, size: float = FONT_SIZE) -> float:
    """Return how wide a line of text is [inches].

    Parameters
    ----------
    text : on one line
    size : of its letters [points]

    Examples
    --------
    >>> round(room("100 %", 72.0), 2)  # three digits, a space and a sign, an inch high
    3.18
    """
    return sum(map(_advance, text)) * size / POINTS_PER_INCH


def line_height(size: float = FONT_SIZE) -> float:
    """Return how high a line of text is [inches]."""
    return LINE_HEIGHT * size / POINTS_PER_INCH


@lru_cache(maxsize=4096)
def _advance(letter: str) -> float:
    """Return how wide a letter is, as a share of the size of letters."""
    font = _font()
    if not font.get_char_index(ord(letter)):  # of another font, that the reader may have
        return UNKNOWN
    font.set_size(MEASURED_AT, POINTS_PER_INCH)
    return font.load_char(ord(letter)).linearHoriAdvance / FRACTION / MEASURED_AT


@lru_cache(maxsize=1)
def _font() -> FT2Font:
    from matplotlib.font_manager import findfont
    from matplotlib.ft2font import FT2Font

    return FT2Font(findfont(FONT))


# Bands ---------------------------------------------------------------------------------------


def bands_of(months: tuple[str, ...], values: NDArray[np.float64]) -> pd.DataFrame:
    """Return month, mean, p5, p25, median, p75 and p95 over replications.

    Parameters
    ----------
    months : (n_months,)
    values : (n_replications, n_months)

    Examples
    --------
    >>> bands_of(("2019-01",), np.array([[1.0], [2.0], [3.0]])).values.tolist()
    [['2019-01', 2.0, 1.1, 1.5, 2.0, 2.5, 2.9]]
    """
    levels = np.quantile(values, list(LEVELS.values()), axis=0)
    of_each = {"month": list(months), "mean": values.mean(axis=0)}
    return pd.DataFrame({**of_each, **dict(zip(LEVELS, levels, strict=True))})


def draw_bands(panel: Axes, table: pd.DataFrame, mean: str, half: str, nine: str) -> None:
    """Draw the bands, with the words of a legend; their edges are lines, for grey print."""
    at = np.arange(len(table))
    panel.fill_between(at, table["p5"], table["p95"], color=BLUE, alpha=0.18, lw=0, label=nine)
    panel.fill_between(at, table["p25"], table["p75"], color=BLUE, alpha=0.38, lw=0, label=half)
    for edge in ("p5", "p95"):
        panel.plot(at, table[edge], color=BLUE, linewidth=0.5)
    panel.plot(at, table["mean"], color=BLUE, linewidth=1.6, label=mean)
