"""A paper in the terminal: its sections as headings, sentences and tables of rich."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import accumulate

from rich.console import Console, Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from flowsim.letters import shown
from flowsim.report.document.blocks import Block, Bullets, Document, Facts, Heading, Prose, Table

__all__ = ["show", "terminal"]

WIDTH = 100  # letters, where no console says another
BORDER = 3  # letters between two columns, and outside of all
NARROW = 9  # letters that a head of numbers may take, however short these are


def terminal(document: Document) -> str:
    """Write a paper as plain text."""
    file = io.StringIO()
    show(document, Console(width=WIDTH, file=file))
    return file.getvalue()


def show(document: Document, console: Console) -> None:
    """Print a paper; texts are shown and never obeyed."""
    console.print(Text(shown(document.title), "bold"))
    for number, section in enumerate(document.sections):
        if number:
            console.print(Text(f"\n{shown(section.title)}", "bold underline"))
        for block in section.blocks:
            console.print(Group(*lines(block, console.width)))


def lines(block: Block, width: int) -> Iterator[RenderableType]:
    """Give what a part of the paper looks like; of a figure its sentence."""
    match block:
        case Prose():
            yield Text(shown(block.text))
        case Heading():
            yield Text(shown(block.text), "bold")
        case Bullets():
            for item in block.items:
                yield Text(f"- {shown(item)}")
        case Facts():
            for name, value in block.pairs:
                yield Text(shown(f"{name}: {value}"))
        case Table():
            yield from (drawn(part, width) for part in that_fit(block, width))
            if block.note:
                yield Text(shown(block.note), "dim")
        case _:
            yield Text(shown(block.text))


def drawn(table: Table, width: int) -> RichTable:
    """Return a table of rich; a line break in a cell is one here, and no number is broken.

    Nor is a word above numbers, where there is room for it.
    """
    title = Text(shown(table.caption))
    columns = range(len(table.heads))
    room = sum(
        BORDER + (whole(table, k) if table.align[k] == "r" else longest_word(table, k))
        for k in columns
    )
    least_of = whole if room <= width else longest
    found = RichTable(title=title, title_justify="left", title_style="bold")
    for k, (head, align) in enumerate(zip(table.heads, table.align, strict=True)):
        text, is_number = Text(shown(head)), align == "r"
        least = least_of(table, k) if is_number else None
        found.add_column(
            text,
            justify="right" if is_number else "left",
            overflow="fold",
            min_width=least,
            max_width=None if least is None else max(least, NARROW),
        )
    for row in table.rows:
        found.add_row(*(Text("\n".join(map(shown, cell.split("\n")))) for cell in row))
    return found


def that_fit(table: Table, width: int) -> Iterator[Table]:
    """Give a table in parts that fit a width, each with the first column, which names the rows.

    Examples
    --------
    >>> wide = Table("Years", ("Figure", *"abc"), (("Cost", *["1" * 9] * 3),), "lrrr")
    >>> [part.heads for part in that_fit(wide, 42)]
    [('Figure', 'a', 'b'), ('Figure', 'c')]
    """
    n_columns = len(table.heads)
    first = min(longest(table, 0), width // 3) + 2 * BORDER
    needed = [max(whole(table, k), NARROW) + BORDER for k in range(1, n_columns)]
    if "l" in table.align[1:] or first + sum(needed) <= width:
        yield table
        return
    begin = 1
    while begin < n_columns:
        ends = accumulate(needed[begin - 1 :], initial=first)
        n = max(sum(end <= width for end in ends) - 1, 1)
        yield table.with_columns([0, *range(begin, min(begin + n, n_columns))])
        begin += n


def whole(table: Table, k: int) -> int:
    """Return the width in which no line of a column is broken, and no word of its head."""
    return max(longest(table, k), *map(len, table.heads[k].split()), 0)


def longest_word(table: Table, k: int) -> int:
    """Return the length of the longest word of a column."""
    cells = (table.heads[k], *(row[k] for row in table.rows))
    return max((len(word) for cell in cells for word in cell.split()), default=0)


def longest(table: Table, k: int) -> int:
    """Return the length of the longest line of a column's cells."""
    return max((len(line) for row in table.rows for line in row[k].split("\n")), default=0)
