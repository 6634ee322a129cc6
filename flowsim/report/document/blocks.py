"""What a paper for a board is made of, whatever form it is written down in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from flowsim.report.words import Value

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Block",
    "Book",
    "Bullets",
    "Cell",
    "Document",
    "Facts",
    "Heading",
    "Picture",
    "Prose",
    "Section",
    "Sheet",
    "Table",
]

Cell = str | Value
"""A text, or a number with its unit, an estimate or a difference as it is written."""


@dataclass(frozen=True)
class Prose:
    """A paragraph."""

    text: str
    kind: ClassVar[str] = "prose"


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str
    kind: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Bullets:
    """Sentences, one below the other."""

    items: tuple[str, ...]
    kind: ClassVar[str] = "bullets"


@dataclass(frozen=True)
class Facts:
    """Names, each with its value."""

    pairs: tuple[tuple[str, str], ...]
    kind: ClassVar[str] = "facts"


@dataclass(frozen=True)
class Table:
    """A table whose first column says what a row is about.

    Parameters
    ----------
    caption : what it shows
    heads : of the columns
    rows : cells; what follows a line break in one is small print
    align : for each column, l (texts) or r (numbers)
    note : what stands below it; perhaps empty
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    align: str
    note: str = ""
    kind: ClassVar[str] = "table"

    def __post_init__(self) -> None:
        widths = {len(self.heads), len(self.align), *map(len, self.rows)}
        if len(widths) > 1:
            raise ValueError(f"{self.caption}: rows of {sorted(widths)} cells")

    def with_columns(self, chosen: Sequence[int]) -> Table:
        """Return some of its columns."""
        heads, *rows = (tuple(row[k] for k in chosen) for row in (self.heads, *self.rows))
        align = "".join(self.align[k] for k in chosen)
        return Table(self.caption, heads, tuple(rows), align)


@dataclass(frozen=True)
class Picture:
    """A figure with what a reader who cannot see it needs.

    Parameters
    ----------
    svg : an element that can stand in a page, safe as it is
    title, caption : above and below it
    text : a sentence that says what there is to see
    table : the numbers drawn
    """

    svg: str
    title: str
    caption: str
    text: str
    table: Table
    kind: ClassVar[str] = "picture"


Block = Prose | Heading | Bullets | Facts | Table | Picture


@dataclass(frozen=True)
class Section:
    """A part of the paper.

    Parameters
    ----------
    name : of its anchor
    title : its heading
    blocks : what stands in it
    """

    name: str
    title: str
    blocks: tuple[Block, ...]


# The numbers of a workbook ---------------------------------------------------------------------


Formats = str | Sequence[str]
"""Of a column: Excel's code of a number format for all its rows, or one for each."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """A frame that becomes a sheet of a workbook.

    Parameters
    ----------
    name : what it is called, in the reader's language; shortened to what Excel allows
    about : a sentence that says what it holds
    frame : its columns are named as readers see them; a missing number is an empty cell
    formats : of a column with numbers, for all rows or one for each; left out: one decimal
    """

    name: str
    about: str
    frame: pd.DataFrame
    formats: Mapping[str, Formats] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Book:
    """What a workbook holds.

    Parameters
    ----------
    title : of its first sheet
    facts : names, each with its value: where the numbers come from
    sheets : what stands after the first sheet, which tells of them
    """

    title: str
    facts: tuple[tuple[str, str | float], ...]
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True)
class Document:
    """A whole paper.

    Parameters
    ----------
    title : its heading
    language : `sv` or `en`
    sections : in the order in which a board reads them
    version : of flowsim
    hash : of the results that it tells
    book : makes what a workbook of the same results holds; None: nothing
    """

    title: str
    language: str
    sections: tuple[Section, ...]
    version: str
    hash: str
    book: Callable[[], Book] | None = field(default=None, compare=False)
