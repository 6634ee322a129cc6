"""Files as people have them -> grids of cells: text with any separator, workbooks."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowsim.errors import Fault, ScenarioError
from flowsim.language import N_, _, digits
from flowsim.listing.grid import Cell, Grid
from flowsim.scenario.user_files import content_of, name_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MOST_ROWS", "grid_of_frame", "read_grids"]

MOST_BYTES = 200_000_000
MOST_UNPACKED = 500_000_000
MOST_ROWS = 1_000_000
SEPARATORS = ";\t,|"
WORKBOOKS = (".xlsx", ".xlsm")
FILE_WORDS = N_("a list as CSV (semicolon, comma or tab) or as an Excel workbook (.xlsx)")
ENCODING_WORDS = N_('text in UTF-8 or Windows-1252; save it as "CSV UTF-8"')
NO_PASSWORD = N_("a workbook without a password")
OPENED = N_("a workbook that Excel opens, saved as .xlsx, or CSV")
OLD_FILE = b"\xd0\xcf\x11\xe0"  # how old workbooks begin, and those with a password
DOS_LETTERS = re.compile("[A-Za-z][†„”\u008f\u008e\u0099][a-z]|[a-z][†„”]")


def read_grids(path: Path) -> list[Grid]:
    """Read a list, a grid for each of its sheets.

    Raises
    ------
    ScenarioError
        If it is no list, empty, too large, protected or broken, or in an unknown encoding.
    """
    try:
        content = content_of(path, MOST_BYTES)
    except ValueError as error:
        raise _refused(path, str(error), _(FILE_WORDS)) from None
    if len(content) > MOST_BYTES:
        text = _("a file of over {most} MB").format(most=MOST_BYTES // 1_000_000)
        raise _refused(path, text, _("a smaller one"))
    if not content.strip():
        raise _refused(path, _("an empty file"), _(FILE_WORDS))
    if content.startswith(OLD_FILE):
        words = _("a workbook without a password, saved as .xlsx, or CSV")
        raise _refused(path, _("a workbook that is protected or of an old kind"), words)
    if content.startswith(b"PK") or path.suffix.lower() in WORKBOOKS:
        grids = list(_sheets(path, content))
    else:
        grids = [_text_grid(path, content)]
    if not any(any(cell not in (None, "") for cell in row) for grid in grids for row in grid.rows):
        raise _refused(path, _("an empty list"), _(FILE_WORDS))
    if any(len(grid.rows) > MOST_ROWS for grid in grids):
        raise _too_long(path)
    return grids


def _too_long(path: Path) -> ScenarioError:
    n = digits(f"{MOST_ROWS:,}")
    return _refused(path, _("over {n} rows").format(n=n), _("at most {n} rows").format(n=n))


def _refused(path: Path, found: str, allowed: str) -> ScenarioError:
    return ScenarioError([Fault(name_of(path), 0, "", found, allowed)])


# Text -----------------------------------------------------------------------------------------


def _text_grid(path: Path, content: bytes) -> Grid:
    """Read a text file."""
    text = _decoded(path, content)
    separator = _separator(text)
    try:
        rows: list[list[Cell]] = [
            list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        ]
    except csv.Error:
        raise _refused(path, _("no readable list"), _(FILE_WORDS)) from None
    return Grid(None, rows)


def _decoded(path: Path, content: bytes) -> str:
    """Decode a text; an encoding that is neither of the usual ones is told, not guessed."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            raise _refused(path, _("bytes in an unknown encoding"), _(ENCODING_WORDS)) from None
    if b"\0" in content:
        raise _refused(path, _("a binary file"), _(FILE_WORDS))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        raise _refused(path, _("bytes in an unknown encoding"), _(ENCODING_WORDS)) from None
    if DOS_LETTERS.search(text):
        raise _refused(path, _("letters in an unknown encoding"), _(ENCODING_WORDS))
    return text


def _separator(text: str) -> str:
    r"""Return the sign that cuts most of the first lines into the same number of columns, above 1.

    Examples
    --------
    >>> _separator("a;b;c\n1,5;2;3"), _separator("a,b"), _separator("alone")
    (';', ',', ';')
    """
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:50]
    best, separator = (1, 0), ";"
    for sign in SEPARATORS:
        counts = [len(row) for row in csv.reader(lines, delimiter=sign)]
        usual = max(set(counts), key=counts.count) if counts else 1
        score = (counts.count(usual) if usual > 1 else 0, usual)
        if score[0] and score > best:
            best, separator = score, sign
    return separator


# Workbooks ------------------------------------------------------------------------------------


def _sheets(path: Path, content: bytes) -> Iterator[Grid]:
    """Read the sheets of a workbook: values as saved. Nothing is run, followed or worked out."""
    _must_unpack(path, content)
    try:
        import python_calamine as calamine
    except ImportError:
        words = _("CSV; or install what reads workbooks: {command}")
        words = words.format(command="pip install 'flowsim[import]'")
        raise _refused(path, _("a workbook"), words) from None
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.total_height > MOST_ROWS:
                raise _too_long(path)
            rows = sheet.to_python(skip_empty_area=False)
            yield Grid(name, [[_cell(cell) for cell in row] for row in rows])
    except calamine.PasswordError:
        raise _refused(path, _("a protected workbook"), _(NO_PASSWORD)) from None
    except (calamine.CalamineError, ValueError, OSError):
        raise _refused(path, _("a broken workbook"), _(OPENED)) from None


def _must_unpack(path: Path, content: bytes) -> None:
    """Refuse what is no workbook, or unpacks to more than fits: by unpacking, not by its word."""
    try:
        unpacked = 0
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if "[Content_Types].xml" not in archive.namelist():
                raise zipfile.BadZipFile
            for part in archive.infolist():
                if part.flag_bits & 1:
                    raise _refused(path, _("a protected workbook"), _(NO_PASSWORD))
                with archive.open(part) as file:
                    while chunk := file.read(2**20):
                        unpacked += len(chunk)
                        if unpacked > MOST_UNPACKED:
                            words = _("at most {most} MB, unpacked")
                            words = words.format(most=MOST_UNPACKED // 1_000_000)
                            raise _refused(path, _("a workbook that unpacks to more"), words)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, zlib.error):
        raise _refused(path, _("a broken workbook"), _(OPENED)) from None


def _cell(cell: Any) -> Cell:
    """Return a cell of a workbook; a moment becomes its day, an error of Excel's nothing."""
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, str) and cell.startswith("#") and cell.rstrip("!?/0A").startswith("#"):
        return None if cell in EXCEL_ERRORS else cell
    return cell  # type: ignore[no-any-return]


EXCEL_ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA")


# Frames ---------------------------------------------------------------------------------------


def grid_of_frame(frame: pd.DataFrame) -> Grid:
    """Return a data frame as a grid, its columns' names as the first row."""
    import pandas as pd

    columns: list[list[Cell]] = []
    for position in range(frame.shape[1]):
        values = frame.iloc[:, position].tolist()
        columns.append([None if pd.isna(value) else _plain(value) for value in values])
    rows = [list(row) for row in zip(*columns, strict=True)]
    return Grid(None, [[str(name) for name in frame.columns], *rows])


def _plain(value: Any) -> Cell:
    """Return a value of a frame as a cell."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, (str, int, float, bool, dt.date)):
        return value
    return str(value)
