"""What a paper for Word looks like: built-in styles on A4, and tables as wide as the page.

A board pastes the paper into its own template, whose styles of the same names then take over. So
nothing is formatted but by a style, and only by those that every Word has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docx.document import Document as Word
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table as WordTable
from docx.table import _Cell as Cell
from docx.table import _Row as Row

from flowsim.letters import in_xml
from flowsim.report.document.blocks import Table
from flowsim.report.document.office_file import LANGUAGES

__all__ = [
    "NOTE",
    "TEXT_HEIGHT",
    "TEXT_WIDTH",
    "add_table",
    "column_widths",
    "set_language",
    "set_styles",
    "that_fit",
]

LETTER, PADDING = 0.19, 0.4  # [cm] of a letter in a cell, and left and right of a text
LONGEST_WORDS = 40, 20, 15, 11, 9  # of texts, tried in turn; longer are broken, numbers never
LONGEST_LINE = 50
BOLD = 1  # letters by which a word of a head is wider
CELL_ID, SMALL_ID = "NoSpacing", "Emphasis"
TABLE, CELL, NOTE = "Light Shading", "No Spacing", "Body Text 3"
MARGIN = 2.5  # [cm]
TEXT_WIDTH, TEXT_HEIGHT = 21.0 - 2 * MARGIN, 29.7 - 2 * MARGIN  # [cm] of A4
INK, BLUE = RGBColor(0x1A, 0x1A, 0x1A), RGBColor(0x1F, 0x3A, 0x5F)
COLOURS = {
    "Title": INK,
    "Subtitle": INK,
    "Heading 1": BLUE,
    "Heading 2": BLUE,
    "Heading 3": BLUE,
    "Caption": INK,
}
"""As Word's own colours of these are too pale to be read by everybody (WCAG 2.1, 1.4.3)."""
SIZES = {"Title": 24.0, "Heading 1": 16.0, CELL: 9.0, NOTE: 9.0, "Caption": 9.5}
KEPT = ("Normal Table", TABLE)
LINES = '<w:insideH {ns} w:val="single" w:sz="4" w:space="0" w:color="BFBFBF"/>'  # between rows


def set_styles(word: Word) -> None:
    """Set the page and the looks of the styles that a paper uses."""
    drop_other_tables(word)
    page = word.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(MARGIN)
    for name, colour in COLOURS.items():
        style_of(word, name).font.color.rgb = colour
    for name, size in SIZES.items():
        style_of(word, name).font.size = Pt(size)
    style_of(word, "Normal").paragraph_format.space_after = Pt(6)
    style_of(word, "Caption").font.bold, style_of(word, "Caption").font.italic = False, True
    style_of(word, "Caption").paragraph_format.space_before = Pt(10)
    style_of(word, "Caption").paragraph_format.space_after = Pt(4)
    style_of(word, NOTE).paragraph_format.space_before = Pt(4)
    for borders in word.styles[TABLE].element.xpath("./w:tblPr/w:tblBorders"):
        borders.append(parse_xml(LINES.format(ns=nsdecls("w"))))


def drop_other_tables(word: Word) -> None:
    """Take out the hundred looks of tables that python-docx brings along; no other is used."""
    for style in list(word.styles):
        if style.type == WD_STYLE_TYPE.TABLE and style.name not in KEPT:
            style.delete()


def style_of(word: Word, name: str) -> ParagraphStyle:
    """Return a style of paragraphs."""
    style = word.styles.get_by_id(word.styles[name].style_id, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(style, ParagraphStyle)
    return style


def set_language(word: Word, language: str) -> None:
    """Mark the language of all texts, so that they are read aloud and checked in it."""
    code = LANGUAGES[language]
    for mark in word.styles.element.iter(qn("w:lang")):
        mark.set(qn("w:val"), code)
    for mark in word.settings.element.iter(qn("w:themeFontLang")):
        mark.set(qn("w:val"), code)
    word.core_properties.language = code


# Tables --------------------------------------------------------------------------------------


def add_table(word: Word, table: Table) -> None:
    """Write a table below its caption; one that is too wide for the page as several."""
    parts = list(that_fit(table))
    for number, part in enumerate(parts, 1):
        of = f" ({number}/{len(parts)})" if len(parts) > 1 else ""
        caption = word.add_paragraph(in_xml(table.caption) + of, "Caption")
        caption.paragraph_format.keep_with_next = True
        write_table(word, part)
    if table.note:
        word.add_paragraph(in_xml(table.note), NOTE)


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
    first, *others = in_xml(text).split("\n")
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
    title.set(qn("w:val"), in_xml(caption))
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
    """Return a table in parts no wider than the page, each with the columns that name the rows.

    Examples
    --------
    >>> wide = Table("Years", ("Figure", *"abc"), (("Cost", *["1" * 30] * 3),), "lrrr")
    >>> [part.heads for part in that_fit(wide)]
    [('Figure', 'a', 'b'), ('Figure', 'c')]
    """
    widths = least_widths(table)
    names = [k for k in range(len(widths)) if k == 0 or "r" not in table.align[: k + 1]]
    if sum(widths[k] for k in names) > TEXT_WIDTH:  # Word opens no table of over 63 columns
        names = names[:1]
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
