"""A paper in the terminal: its sections as headings, sentences and tables of rich."""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.text import Text

from flowsim.letters import shown
from flowsim.report.document.blocks import Block, Bullets, Document, Facts, Heading, Table
from flowsim.report.document.terminal_tables import drawn
from flowsim.report.document.terminal_text import wrapped

__all__ = ["show", "terminal"]

WIDTH = 100  # letters, where no console says another


def terminal(document: Document) -> str:
    """Write a paper as plain text."""
    file = io.StringIO()
    show(document, Console(width=WIDTH, file=file))
    return file.getvalue()


def show(document: Document, console: Console) -> None:
    """Print a paper; texts are shown and never obeyed."""
    console.print(text(document.title, console.width, "bold"))
    for number, section in enumerate(document.sections):
        if number:
            console.print()
            console.print(text(section.title, console.width, "bold underline"))
        for block in section.blocks:
            console.print(Group(*lines(block, console.width)))


def lines(block: Block, width: int) -> Iterator[RenderableType]:
    """Return what a part of the paper looks like; of a figure its sentence."""
    match block:
        case Heading():
            yield text(block.text, width, "bold")
        case Bullets():
            for item in block.items:
                yield text(item, width, first="- ")
        case Facts():
            for name, value in block.pairs:
                yield text(f"{name}: {value}", width)
        case Table():
            yield from drawn(block, width)
            if block.note:
                yield text(block.note, width, "dim")
        case _:
            yield text(block.text, width)


def text(words: str, width: int, style: str = "", first: str = "") -> Text:
    """Return a text in lines; what stands before the first one leaves room before others."""
    shown_lines = "\n".join(map(shown, words.split("\n")))
    return Text("\n".join(wrapped(shown_lines, width, first, " " * len(first))), style)
