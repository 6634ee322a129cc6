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
    text : one sentence that says what there is to see
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
        with styled():
            self.figure.savefig(path, format=kind, dpi=DOTS_PER_INCH, metadata=self._metadata(kind))

    def svg(self) -> str:
        """Return it as the text of an SVG file."""
        text = io.StringIO()
        with styled():
            self.figure.savefig(text, format="svg", metadata=self._metadata("svg"))
        return text.getvalue()

    def _metadata(self, kind: str) -> dict[str, str | None]:
        if kind == "pdf":
            return {"Title": self.title, "Subject": self.text, "CreationDate": None}
        about: dict[str, str | None] = {"Title": self.title, "Description": self.text}
        return {**about, "Date": None} if kind == "svg" else {**about, "Software": None}
