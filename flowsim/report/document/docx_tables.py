"""Tables of a paper for Word: as wide as the page, with a head that comes again on each page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from docx.document import Document as Word
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm
from docx.table import Table as WordTable
from docx.table import _Cell as Cell
from docx.table import _Row as Row

from flowsim.report.document.blocks import Table
from flowsim.report.document.docx_styles import NOTE, TABLE, TEXT_WIDTH
from flowsim.report.document.office_file import clean

__all__ = ["add_table", "column_widths", "that_fit"]

LETTER, PADDING = 0.19, 0.4  # [cm] of a letter in a cell, and left and right of a text
LONGEST_WORDS = 40, 20, 15, 11, 9  # of texts, tried in turn; longer are broken, numbers never
LONGEST_LINE = 50
BOLD = 1  # letters by which a word of a head is wider
CELL_ID, SMALL_ID = "NoSpacing", "Emphasis"


def add_table(word: Word, table: Table) -> None:
    """Write a table below its caption; one that is too wide for the page as several."""
    parts = list(that_fit(table))
    for number, part in enumerate(parts, 1):
        of = f" ({number}/{len(parts)})" if len(parts) > 1 else ""
        caption = word.add_paragraph(clean(table.caption) + of, "Caption")
        caption.paragraph_format.keep_with_next = True
        write_table(word, part)
    if table.note:
        word.add_paragraph(clean(table.note), NOTE)


def write_table(word: Word, table: Table) -> None:
    """Write rows and columns."""
    written = word.add_table(1 + len(table.rows), len(table.heads), TABLE)
    written.autofit = False
    say_what_it_is(written, table.caption)
    widths = [Cm(width) for width in column_widths(table)]
    for column, width in zip(written.columns, widths, strict=True):
        column.width = width
    for at, (row, texts) in enumerate(zip(written.rows, (table.heads, *table.rows), strict=True)):
        mark_row(row, is_head=at == 0)
        for cell, text, align, width in zip(row.cells, texts, table.align, widths, strict=True):
            cell.width = width
            write_cell(cell, text, align)


def write_cell(cell: Cell, text: str, align: str) -> None:
    """Write a cell; what follows a line break in it is small print."""
    first, *others = clean(text).split("\n")
    paragraph = cell.paragraphs[0]
    paragraph._p.style = CELL_ID  # as python-docx looks through all styles for a name
    if align == "r":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.add_run(first)
    for line in others:
        paragraph.add_run().add_break()
        paragraph.add_run(line)._r.style = SMALL_ID


def mark_row(row: Row, is_head: bool) -> None:
    """Keep a row on one page; the head comes again on each."""
    properties = row._tr.get_or_add_trPr()
    for name in ("w:cantSplit", *(["w:tblHeader"] if is_head else [])):
        properties.append(OxmlElement(name))


def say_what_it_is(table: WordTable, caption: str) -> None:
    """Give a table its text for those who do not see it, and say that its first row is a head."""
    properties = table._tbl.tblPr
    for look in properties.iter(qn("w:tblLook")):
        look.set(qn("w:val"), "0620")
        for part in ("firstRow", "lastRow", "firstColumn", "lastColumn", "noHBand", "noVBand"):
            look.set(qn(f"w:{part}"), "1" if part in ("firstRow", "noHBand", "noVBand") else "0")
    title = OxmlElement("w:tblCaption")
    title.set(qn("w:val"), clean(caption))
    properties.append(title)


# The width ------------------------------------------------------------------------------------


def column_widths(table: Table) -> list[float]:
    """Share the width of the page between columns: room for the longest word, then for more.

    Returns
    -------
    widths [cm], which are together that of the text
    """
    least = least_widths(table)
    wanted = [
        max(low, min(longest(column(table, k), "\n"), LONGEST_LINE) * LETTER + PADDING)
        for k, low in enumerate(least)
    ]
    left = TEXT_WIDTH - sum(least)
    more = [high - low for high, low in zip(wanted, least, strict=True)]
    if left < 0 or sum(more) == 0:
        return [TEXT_WIDTH * low / sum(least) for low in least]
    return [low + left * part / sum(more) for low, part in zip(least, more, strict=True)]


def that_fit(table: Table) -> Iterator[Table]:
    """Give a table in parts no wider than the page, each with the columns that name the rows.

    Examples
    --------
    >>> wide = Table("Years", ("Figure", *"abc"), (("Cost", *["1" * 30] * 3),), "lrrr")
    >>> [part.heads for part in that_fit(wide)]
    [('Figure', 'a', 'b'), ('Figure', 'c')]
    """
    widths = least_widths(table)
    names = [k for k in range(len(widths)) if k == 0 or "r" not in table.align[: k + 1]]
    chosen = list(names)
    for k in range(len(names), len(widths)):
        if len(chosen) > len(names) and sum(widths[c] for c in [*chosen, k]) > TEXT_WIDTH:
            yield table.with_columns(chosen)
            chosen = list(names)
        chosen.append(k)
    yield table.with_columns(chosen)


def least_widths(table: Table) -> list[float]:
    """Return how narrow columns can be [cm]: with all words whole, if the page has room for it."""
    widths: list[float] = []
    for most in LONGEST_WORDS:
        widths = [least_width(table, k, most) for k in range(len(table.heads))]
        if sum(widths) <= TEXT_WIDTH:
            break
    return widths


def least_width(table: Table, k: int, most: int) -> float:
    """Return how narrow a column can be [cm], if words longer than `most` may be broken."""
    head, *cells = column(table, k)
    numbers = longest(cells, r"[ \n]") if table.align[k] == "r" else 0
    words = max(longest([head], r"[ \n-]") + BOLD, 0 if numbers else longest(cells, r"[ \n-]"))
    return PADDING + LETTER * max(numbers, min(words, most))


def column(table: Table, k: int) -> list[str]:
    """Return the texts of a column."""
    return [table.heads[k], *(row[k] for row in table.rows)]


def longest(texts: list[str], between: str) -> int:
    """Return the length of the longest piece of texts."""
    return max((len(piece) for text in texts for piece in re.split(between, text)), default=0)
