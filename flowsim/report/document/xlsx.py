"""Frames of figures as a workbook for Excel: what it is, and a sheet with a table for each frame.

Numbers are numbers: a reader's Excel shows them as its own language does. No text is ever taken for
a formula, whatever sign it begins with.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from flowsim.errors import ResultsError
from flowsim.language import catalogue
from flowsim.letters import in_xml
from flowsim.report.document.blocks import Document, Sheet
from flowsim.report.document.office_file import same_bytes, shortened
from flowsim.report.numbers import number

__all__ = [
    "GENERAL",
    "MONEY",
    "NUMBER",
    "SHARE",
    "WHOLE",
    "distinct_heads",
    "sheet_name",
    "workbook",
    "xlsx",
]

GENERAL, WHOLE, NUMBER, MONEY, SHARE = "General", "#,##0", "#,##0.0", "#,##0", "0.0%"
LONGEST_NAME, LONGEST_HEAD, LONGEST_TEXT = 31, 255, 32_767  # of sheets, tables, cells in Excel
LONGEST_PROPERTY = 255
LARGEST = 10**15  # of larger numbers Excel forgets the last digits: they are texts
MOST_ROWS = 1_048_575  # below the head
RESERVED = "History"  # a sheet that Excel makes itself
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
NARROWEST, WIDEST, NUMBER_WIDTH, LOOKED_AT = 8, 60, 14, 300  # letters, and rows
LINE_HEIGHT = 15.0  # [points]
A4 = 9  # among Excel's papers
TEXT = {"quote_prefix": True, "text_wrap": True, "valign": "top"}
"""With a quote before it, a text stays one where somebody edits the cell."""
HEAD = {**TEXT, "bold": True, "font_color": "#FFFFFF", "bg_color": "#1F3A5F"}
BOLD, TITLE = {**TEXT, "bold": True}, {"quote_prefix": True, "bold": True, "font_size": 14}
LEFT = {"num_format": "0", "align": "left", "valign": "top"}


def xlsx(document: Document) -> bytes:
    """Write the numbers behind a paper as a file for Excel; the same paper gives the same bytes."""
    if document.book is None:
        raise ResultsError("xlsx: this paper has no numbers beside its tables")
    book = document.book()
    return workbook(book.title, document.language, book.facts, book.sheets)


def workbook(
    title: str, language: str, facts: Sequence[tuple[str, str | float]], sheets: Sequence[Sheet]
) -> bytes:
    """Write sheets as a file for Excel; the same sheets give the same bytes.

    Parameters
    ----------
    title : of the first sheet and of the file
    language : `sv` or `en`
    facts : names, each with its value: where the numbers come from
    sheets : what stands after the first sheet, which tells of them
    """
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True})
    book.set_properties({"title": shortened(in_xml(title), LONGEST_PROPERTY)})
    sheets = [that_fits(sheet, language) for sheet in sheets]
    names = [sheet_name(catalogue(language).gettext("About this workbook"), (RESERVED,))]
    for sheet in sheets:
        names.append(sheet_name(sheet.name, [RESERVED, *names]))
    looks = Looks(book)
    write_about(book.add_worksheet(names[0]), looks, title, facts)
    write_contents(book.worksheets_objs[0], looks, language, len(facts) + 3, names[1:], sheets)
    for name, sheet in zip(names[1:], sheets, strict=True):
        write_sheet(book.add_worksheet(name), looks, sheet)
    book.close()
    return same_bytes(file.getvalue())


def that_fits(sheet: Sheet, language: str) -> Sheet:
    """Return a sheet with no more rows than Excel takes; it says so where some are left out."""
    n = len(sheet.frame)
    if n <= MOST_ROWS:
        return sheet
    text = catalogue(language).gettext(
        "{about} Only the first {n} of {all} rows: a workbook has no room for more."
    )
    told, whole = (number(rows, language, 0) for rows in (MOST_ROWS, n))
    about = text.format(about=sheet.about, n=told, all=whole)
    return replace(sheet, frame=sheet.frame.iloc[:MOST_ROWS], about=about)


class Looks:
    """The looks of cells in a workbook, each made once.

    Parameters
    ----------
    book : that they are for
    """

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.head, self.text, self.bold = self.add(HEAD), self.add(TEXT), self.add(BOLD)
        self.title, self.left = self.add(TITLE), self.add(LEFT)
        self._numbers: dict[str, Format] = {}

    def add(self, properties: Mapping[str, object]) -> Format:
        """Return a new look."""
        return self.book.add_format(dict(properties))

    def number(self, code: str) -> Format:
        """Return the look of numbers in a format."""
        if code not in self._numbers:
            self._numbers[code] = self.add({"num_format": code, "valign": "top"})
        return self._numbers[code]


def sheet_name(wanted: str, taken: Sequence[str]) -> str:
    """Return a name that Excel allows for a sheet and that no other has.

    Examples
    --------
    >>> sheet_name("Waits: step by step, and month by month", [])
    'Waits step by step, and month…'
    >>> sheet_name("goals", ["Goals", "Goals (2)"])
    'goals (3)'
    """
    text = " ".join(NOT_IN_NAMES.sub(" ", in_xml(wanted)).split()).strip("'") or "–"
    return free_name(text, taken, LONGEST_NAME)


def distinct_heads(wanted: Sequence[str]) -> list[str]:
    """Return heads for the columns of a table, of which Excel wants no two alike.

    Examples
    --------
    >>> distinct_heads(["Input", "Two coaches", "INPUT"])
    ['Input', 'Two coaches', 'INPUT (2)']
    """
    heads: list[str] = []
    for one in wanted:
        heads.append(free_name(" ".join(in_xml(one).split()) or "–", heads, LONGEST_HEAD))
    return heads


def free_name(text: str, taken: Sequence[str], most: int) -> str:
    """Return a text, shortened and numbered where it must be, that no other is equal to."""
    used = {name.casefold() for name in taken}
    for at in range(1, len(used) + 2):
        ending = f" ({at})" if at > 1 else ""
        name = shortened(text, most - len(ending)) + ending
        if name.casefold() not in used:
            break
    return name


# The first sheet ------------------------------------------------------------------------------


def write_about(
    sheet: Worksheet, looks: Looks, title: str, facts: Sequence[tuple[str, str | float]]
) -> None:
    """Record what the workbook is and where it comes from."""
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 90)
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    write(sheet, (0, 0), title, looks.title, looks.title)
    for row, (name, value) in enumerate(facts, 2):
        make_room(sheet, row, [(name, 30), (value, 85)])
        write(sheet, (row, 0), name, looks.bold, looks.bold)
        write(sheet, (row, 1), value, looks.text, looks.left)


def write_contents(
    sheet: Worksheet,
    looks: Looks,
    language: str,
    row: int,
    names: Sequence[str],
    sheets: Sequence[Sheet],
) -> None:
    """Record what each sheet holds."""
    _ = catalogue(language).gettext
    for column, head in enumerate((_("Sheet"), _("What it holds"))):
        write(sheet, (row, column), head, looks.head, looks.head)
    for at, (name, other) in enumerate(zip(names, sheets, strict=True), row + 1):
        write(sheet, (at, 0), name, looks.text, looks.text)
        write(sheet, (at, 1), other.about, looks.text, looks.text)


# A sheet with a table -------------------------------------------------------------------------


def write_sheet(sheet: Worksheet, looks: Looks, what: Sheet) -> None:
    """Write a frame as a table with a head that stays, filters, and columns wide enough."""
    frame = what.frame
    heads = [in_xml(str(name)) for name in frame.columns]
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    for k, head in enumerate(heads):
        sheet.set_column(k, k, column_width(head, frame.iloc[:LOOKED_AT, k]))
        write(sheet, (0, k), head, looks.head, looks.head)
        write_column(sheet, looks, what, k)
    widths = [column_width(head, frame.iloc[:LOOKED_AT, k]) for k, head in enumerate(heads)]
    for row, values in enumerate(frame.itertuples(index=False, name=None), 1):
        make_room(sheet, row, list(zip(values, widths, strict=True)))
    if len(frame):
        columns = [{"header": head, "header_format": looks.head} for head in heads]
        style = {"style": "Table Style Light 1", "banded_rows": False, "columns": columns}
        sheet.add_table(0, 0, len(frame), len(heads) - 1, style)


def write_column(sheet: Worksheet, looks: Looks, what: Sheet, k: int) -> None:
    """Write the cells of a column below its head."""
    name = what.frame.columns[k]
    formats = what.formats.get(str(name), NUMBER)
    for row, value in enumerate(what.frame.iloc[:, k].tolist()):
        code = formats if isinstance(formats, str) else formats[row]
        write(sheet, (row + 1, k), value, looks.text, looks.number(code))


def write(
    sheet: Worksheet, place: tuple[int, int], value: object, as_text: Format, as_number: Format
) -> None:
    """Write a cell: a text is a text, a missing number or an empty text an empty cell."""
    if value == "":
        return
    if isinstance(value, int) and abs(value) >= LARGEST:
        value = str(value)
    if isinstance(value, str):
        sheet.write_string(*place, shortened(in_xml(value), LONGEST_TEXT), as_text)
    elif isinstance(value, (int, float)) and math.isfinite(value):
        sheet.write_number(*place, value, as_number)
    elif isinstance(value, float) and math.isinf(value):
        sheet.write_string(*place, "∞" if value > 0 else "−∞", as_text)


def make_room(sheet: Worksheet, row: int, cells: Sequence[tuple[object, float]]) -> None:
    """Make a row as high as its longest text needs, of cells with their widths in letters.

    Excel would find the height itself, but others do not.
    """
    lines = [math.ceil(len(text) / width) for text, width in cells if isinstance(text, str)]
    if max(lines, default=1) > 1:
        sheet.set_row(row, LINE_HEIGHT * max(lines))


def column_width(head: str, values: pd.Series) -> float:
    """Return how wide a column is, in letters: as its longest text, or as a number."""
    texts = [max(map(len, value.split("\n"))) for value in values if isinstance(value, str)]
    numbers = [NUMBER_WIDTH] if len(texts) < len(values) else []
    words = [len(word) + 3 for word in head.split()]  # the sign of the filter
    return min(max([NARROWEST, *texts, *numbers, *words]) + 2, WIDEST)
