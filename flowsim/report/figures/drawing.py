"""A figure with what a reader who cannot see it needs: a sentence and the numbers.

All have one set of lines, shades and letters, for screen and for print. Colours are those of Okabe
and Ito (Color Universal Design, 2008), which colour-blind readers can tell apart. No meaning rests
on colour alone: each also has a line, a hatch or a place of its own.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from flowsim.report.document.blocks import Picture, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("svg", "png", "pdf")
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


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure of a run.

    Parameters
    ----------
    name : of its file, without ending
    title : what it shows
    caption : what stands below it: how it was made and is to be read
    text : one to four sentences that say what there is to see, for those who do not see it too
    table : the numbers drawn
    drawn : draws it, when it is asked for: whoever reads the numbers alone needs no matplotlib
    """

    name: str
    title: str
    caption: str
    text: str
    table: pd.DataFrame
    drawn: Callable[[], Figure]

    @cached_property
    def figure(self) -> Figure:
        """Matplotlib's."""
        with styled():
            return self.drawn()

    def save(self, path: str | Path) -> None:
        """Write it as SVG, PNG or PDF, as the file's ending says; the same run, the same bytes."""
        kind = Path(path).suffix.removeprefix(".")
        if kind not in FORMATS:
            raise ValueError(f'format: found "{kind}"; allowed: {", ".join(FORMATS)}')
        Path(path).write_bytes(self._written(kind))

    def svg(self) -> str:
        """Return it as the text of an SVG file."""
        return self._written("svg").decode()

    def png(self, dots_per_inch: int = DOTS_PER_INCH) -> bytes:
        """Return it as a PNG file, which says how many dots go on an inch."""
        return self._written("png", dots_per_inch)

    def _written(self, kind: str, dots_per_inch: int = DOTS_PER_INCH) -> bytes:
        """Return a file's bytes.

        By the canvas of a kind, as `Figure.savefig` draws twice: once to lay out, once to write;
        that of PDF takes a second to load, and is for PDF only.
        """
        backend = import_module(f"matplotlib.backends.backend_{'agg' if kind == 'png' else kind}")
        file, figure = io.BytesIO(), self.figure
        with styled():
            figure.dpi = dots_per_inch
            canvas = backend.FigureCanvas(figure)
            getattr(canvas, f"print_{kind}")(file, metadata=self._metadata(kind))
        return file.getvalue()

    def _metadata(self, kind: str) -> dict[str, str | None]:
        if kind == "pdf":
            return {"Title": self.title, "Subject": self.text, "CreationDate": None}
        about: dict[str, str | None] = {"Title": self.title, "Description": self.text}
        return {**about, "Date": None} if kind == "svg" else {**about, "Software": None}

    def picture(self, table: Table) -> Picture:
        """Return it as a part of a paper, with its numbers in words."""
        svg = inline(self.svg(), f"figure-{self.name.replace('.', '-')}", self.text)
        return Picture(svg, self.title, self.caption, self.text, table)


def inline(svg: str, name: str, text: str) -> str:
    """Return an SVG file as an element of a page.

    Its head and metadata go, and its ids get the figure's name before them, as those of two
    figures may not be alike in one page.

    Examples
    --------
    >>> inline('<?xml?><svg width="9pt"><g id="a"/><use href="#a"/></svg>', "one", "A & B")
    '<svg role="img" aria-label="A &amp; B" width="9pt"><g id="one-a"/><use href="#one-a"/></svg>'
    """
    body = svg[svg.index("<svg") :].strip()
    body = re.sub(r"<metadata>.*?</metadata>\s*|<!--.*?-->\s*", "", body, flags=re.DOTALL)
    body = re.sub(r"<title>.*?</title>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'((?:xlink:)?href="#|url\(#)', rf"\g<1>{name}-", body)
    label = text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return body.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
