"""A table in so many letters: as it is, turned, in parts, or row by row; no word is broken.

Nor is a figure. What is wider than the room is first tried with its columns as rows, such as years
one below the other, then in parts that each have the first column, which names the rows; where not
even this one and another fit beside each other, each row becomes a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from rich.console import RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from flowsim.letters import shown
from flowsim.report.document.blocks import Table
from flowsim.report.document.terminal_text import pieces, width_of, wrapped

__all__ = ["drawn", "parts", "turned"]

BORDER = 3  # letters for a column beside its own, and one more at the edge
FRAME = 4  # lines of a table that are not its rows
ROW_WEIGHT = 10  # a line that a row takes less, beside one of a single cell


def drawn(table: Table, width: int) -> Iterator[RenderableType]:
    """Return what a table looks like in a width, its parts one below the other."""
    table = shown_of(table)
    chosen = parts(table, width)
    if len(chosen) != 1 and (other := parts(turned(table), width)) != chosen:
        ways = [way for way in (chosen, other) if way]
        chosen = min(ways, key=lambda way: sum(height(part, width) for part in way))
    if not chosen:
        yield from listed(table, width)
    for part in chosen:
        if part.caption:
            yield Text("\n".join(wrapped(part.caption, width)), "bold")
        yield as_rich(part, widths(part, width))


def shown_of(table: Table) -> Table:
    """Return a table of which nothing is obeyed; a line break in a cell is one here."""
    heads, *rows = (
        tuple("\n".join(map(shown, str(cell).split("\n"))) for cell in row)
        for row in (table.heads, *table.rows)
    )
    return replace(table, caption=shown(table.caption), heads=heads, rows=tuple(rows))


# Ways to fit ----------------------------------------------------------------------------------


def turned(table: Table) -> Table:
    """Return a table of numbers with its columns as rows.

    Examples
    --------
    >>> years = Table("Years", ("Figure", "2019", "2020"), (("Cost", "1", "2"),), "lrr")
    >>> turned(years).heads, turned(years).rows
    (('', 'Cost'), (('2019', '1'), ('2020', '2')))
    """
    if "l" in table.align[1:] or len(table.heads) < 3 or not table.rows:
        return table
    heads, *columns = zip(table.heads, *table.rows, strict=True)
    align = "l" + "r" * len(table.rows)
    return replace(table, heads=("", *heads[1:]), rows=tuple(columns), align=align)


def parts(table: Table, width: int) -> list[Table]:
    """Split a table into those that fit a width, each with the first column; none if none fits.

    Examples
    --------
    >>> wide = Table("Years", ("Figure", *"abc"), (("Cost", *["1" * 15] * 3),), "lrrr")
    >>> [part.heads for part in parts(wide, 46)], parts(wide, 20)
    ([('Figure', 'a', 'b'), ('Figure', 'c')], [])
    """
    n = len(table.heads)
    if sum(least(table, k) + BORDER for k in range(n)) < width:
        return [table]
    first = max(least(table, 0), min(longest(table, 0), width // 3)) + BORDER
    split: list[list[int]] = []
    room = 0
    for k in range(1, n):
        needed = least(table, k) + BORDER
        if needed > room:
            split.append([0])
            room = width - 1 - first
        if needed > room:
            return []
        split[-1].append(k)
        room -= needed
    return [table.with_columns(chosen) for chosen in split]


def listed(table: Table, width: int) -> Iterator[Text]:
    """Return a table row by row: what it is about, and below it each head with its cell."""
    if table.caption:
        yield Text("\n".join(wrapped(table.caption, width)), "bold")
    for row in table.rows:
        yield Text("\n".join(wrapped(row[0], width)), "bold")
        for head, cell in zip(table.heads[1:], row[1:], strict=True):
            yield Text("\n".join(wrapped(f"{head}: {cell}", width, "  ")))


# Widths of columns ----------------------------------------------------------------------------


def least(table: Table, k: int) -> int:
    """Return the width in which no word of a column is broken, and no line of a number."""
    is_number = table.align[k] == "r"
    words = [table.heads[k]] if is_number else cells(table, k)
    return max([longest(table, k) if is_number else 0, *(n for word in words for n in of(word))])


def of(cell: str) -> Iterator[int]:
    """Return the width of each part of a text that is never broken."""
    yield 0
    for word in cell.split():
        yield from map(width_of, pieces(word))


def longest(table: Table, k: int) -> int:
    """Return the width of the longest line of a column's cells."""
    return max((width_of(line) for row in table.rows for line in row[k].split("\n")), default=0)


def cells(table: Table, k: int) -> list[str]:
    """Return the cells of a column, its head first."""
    return [table.heads[k], *(row[k] for row in table.rows)]


def widths(table: Table, width: int) -> list[int]:
    """Return a width of each column: the least, and of what is left what saves most lines."""
    columns = range(len(table.heads))
    found = [least(table, k) for k in columns]
    left = width - 1 - sum(one + BORDER for one in found)

    @cache
    def lines(k: int, room: int) -> list[int]:
        return [len(wrapped(cell, room)) for cell in cells(table, k)]

    while True:
        now = [lines(k, found[k]) for k in columns]
        best, gain = None, 0.0
        for k in columns:
            for more in range(1, left + 1):
                then = lines(k, found[k] + more)
                if sum(then) < sum(now[k]):
                    saved = (cost(now) - cost([*now[:k], then, *now[k + 1 :]])) / more
                    best, gain = ((k, more), saved) if saved > gain else (best, gain)
                    break
        if best is None:
            return found
        found[best[0]] += best[1]
        left -= best[1]


def cost(lines: Sequence[Sequence[int]]) -> int:
    """Return how much room cells with so many lines take: in rows, and each for itself."""
    rows: list[int] = [max(row) for row in zip(*lines, strict=True)]
    return ROW_WEIGHT * sum(rows) + sum(sum(column) for column in lines)


def height(table: Table, width: int) -> int:
    """Return how many lines a table takes, with its frame and what stands above it."""
    sizes = widths(table, width)
    rows = [zip(row, sizes, strict=True) for row in (table.heads, *table.rows)]
    return FRAME + sum(max(len(wrapped(cell, size)) for cell, size in row) for row in rows)


def as_rich(table: Table, sizes: Sequence[int]) -> RichTable:
    """Return a table of rich with columns of some widths."""
    drawing = RichTable()
    for head, align, size in zip(table.heads, table.align, sizes, strict=True):
        drawing.add_column(
            Text("\n".join(wrapped(head, size))),
            justify="right" if align == "r" else "left",
            width=size,
            no_wrap=True,
        )
    for row in table.rows:
        told = zip(row, sizes, strict=True)
        drawing.add_row(*(Text("\n".join(wrapped(cell, size))) for cell, size in told))
    return drawing
