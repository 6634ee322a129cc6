"""A figure with what a reader who cannot see it needs: a sentence and the numbers."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from flowsim.report.figures.style import DOTS_PER_INCH, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("svg", "png", "pdf")


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
    figure : matplotlib's
    """

    name: str
    title: str
    caption: str
    text: str
    table: pd.DataFrame
    figure: Figure

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

        By the canvas of a kind, as `Figure.savefig` draws twice: once to lay out, once to write.
        """
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.backends.backend_pdf import FigureCanvasPdf
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        file = io.BytesIO()
        canvases = {"svg": FigureCanvasSVG, "pdf": FigureCanvasPdf, "png": FigureCanvasAgg}
        with styled():
            self.figure.dpi = dots_per_inch
            write = getattr(canvases[kind](self.figure), f"print_{kind}")  # without types
            write(file, metadata=self._metadata(kind))
        return file.getvalue()

    def _metadata(self, kind: str) -> dict[str, str | None]:
        if kind == "pdf":
            return {"Title": self.title, "Subject": self.text, "CreationDate": None}
        about: dict[str, str | None] = {"Title": self.title, "Description": self.text}
        return {**about, "Date": None} if kind == "svg" else {**about, "Software": None}
