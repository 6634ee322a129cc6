"""How much room words take in a figure, letter by letter: to leave room for them, not to set them.

Letters are those of DejaVu Sans. Others that a page may be shown in (Verdana, Arial, Helvetica,
Segoe UI, Roboto) are as wide or narrower, so that what has room in it has room in them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from flowsim.report.figures.style import FONT, FONT_SIZE

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

POINTS_PER_INCH = 72.0
LINE_HEIGHT = 1.3  # of the size of letters
MEASURED_AT = 100.0  # points
UNKNOWN = 1.0  # width of a letter that the font lacks: the widest, of Chinese and Japanese
FRACTION = 65536  # FreeType's widths are whole numbers of such a part of a point


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
