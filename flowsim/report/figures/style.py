"""What all figures look like: one set of lines, shades and letters, for screen and for print.

Colours are those of Okabe and Ito (Color Universal Design, 2008), which colour-blind readers can
tell apart. No meaning rests on colour alone: each also has a line, a hatch or a place of its own.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

BLUE = "#0072B2"
ORANGE = "#E69F00"
SKY = "#56B4E9"
BLACK = "#1A1A1A"
GREY = "#767676"
PALE = "#D9D9D9"

WIDTH = 7.0  # inches: the text of an A4 page
PANEL_HEIGHT = 1.75  # of its area, without words around it
ROW_HEIGHT = 0.3  # of a bar
FONT = "DejaVu Sans"  # comes with matplotlib: the same letters on every machine
FONT_SIZE = 8.0
TITLE_SIZE = 8.5
CAPTION_SIZE = 6.5
DOTS_PER_INCH = 200

RC: dict[str, object] = {
    "font.family": "sans-serif",  # a reader of SVG may have others: see `lettering`
    "font.sans-serif": [FONT],
    "font.size": FONT_SIZE,
    "axes.titlesize": TITLE_SIZE,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": FONT_SIZE,
    "axes.labelcolor": BLACK,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": BLACK,
    "ytick.labelcolor": BLACK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "grid.color": PALE,
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.5,
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "legend.fontsize": FONT_SIZE,
    "text.parse_math": False,  # a dollar sign in a label is a dollar sign
    "svg.hashsalt": "flowsim",  # the same figure is the same file
    "svg.fonttype": "none",  # words stay words: to read aloud, to search, to copy
    "pdf.fonttype": 42,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw, or save, in the style of all figures; matplotlib's own settings come back after it."""
    import matplotlib as mpl

    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph", UserWarning)  # a letter no font has: a box
        mpl.rcdefaults()  # a user's matplotlibrc changes no figure
        mpl.rcParams.update(RC)  # type: ignore[arg-type]
        yield
