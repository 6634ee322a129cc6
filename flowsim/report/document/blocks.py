"""What a paper for a board is made of, whatever form it is written down in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

__all__ = [
    "Block",
    "Bullets",
    "Document",
    "Facts",
    "Heading",
    "Picture",
    "Prose",
    "Section",
    "Table",
]


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
    rows: tuple[tuple[str, ...], ...]
    align: str
    note: str = ""
    kind: ClassVar[str] = "table"

    def __post_init__(self) -> None:
        widths = {len(self.heads), len(self.align), *map(len, self.rows)}
        if len(widths) > 1:
            raise ValueError(f"{self.caption}: rows of {sorted(widths)} cells")


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
    """

    title: str
    language: str
    sections: tuple[Section, ...]
    version: str
    hash: str
