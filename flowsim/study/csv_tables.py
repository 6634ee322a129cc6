"""Tables as CSV, in which no text is a formula.

Spreadsheets compute a cell that begins with =, +, - or @ as soon as the file is opened, whatever
quotes stand around it. Such a text gets an apostrophe in front, by which they show it as a text.

References
----------
OWASP, CSV Injection, https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import IO

import pandas as pd

__all__ = ["EXCEL", "PLAIN", "CsvForm", "cell", "csv_text", "write_csv"]

BEGINNINGS = tuple("=+-@\t\n＝＋－＠")


@dataclass(frozen=True)
class CsvForm:
    """How a table is written, which is how what opens it takes it apart.

    Parameters
    ----------
    encoding : of the file; with a mark (utf-8-sig) Excel knows that it is UTF-8
    separator, decimal : between columns, and in numbers
    """

    encoding: str = "utf-8"
    separator: str = ","
    decimal: str = "."


PLAIN = CsvForm()
EXCEL = {"sv": CsvForm("utf-8-sig", ";", ","), "en": CsvForm("utf-8-sig")}
"""As Excel of a language opens it with a double click."""


def write_csv(
    frame: pd.DataFrame,
    out: Path | IO[str],
    *,
    head: bool = True,
    line_end: str = "\n",
    form: CsvForm = PLAIN,
) -> None:
    """Write a table: UTF-8, comma, decimal point, or in another form.

    Parameters
    ----------
    frame : the table
    out : a path, or an open file to go on in
    head : whether the names of the columns come first
    line_end : what ends a row
    form : its encoding is that of a path; an open file has its own
    """
    shown = frame.copy(deep=False)
    shown.columns = pd.Index([cell(name) for name in frame.columns])
    for at in range(len(frame.columns)):
        values = frame.iloc[:, at]
        if not pd.api.types.is_numeric_dtype(values):
            texts = {text: cell(text) for text in values.unique()}
            if any(text is not told for text, told in texts.items()):
                shown.isetitem(at, values.map(texts).astype(object))
    shown.to_csv(
        out,
        index=False,
        header=head,
        lineterminator=line_end,
        encoding=form.encoding,
        sep=form.separator,
        decimal=form.decimal,
    )


def csv_text(frame: pd.DataFrame) -> str:
    """Return a table as the text of a CSV file, see `write_csv`."""
    text = StringIO()
    write_csv(frame, text)
    return text.getvalue()


def cell(value: object) -> object:
    """Return what a cell holds: a text that would be a formula has an apostrophe in front.

    A line ends with a line feed alone: what follows another sign might begin a row.

    Examples
    --------
    >>> cell("=1+1"), cell(" @a"), cell("-1.5"), cell("A-B"), cell(-1.5)
    ("'=1+1", "' @a", '-1.5', 'A-B', -1.5)
    """
    if not isinstance(value, str):
        return value
    value = value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value
    if not value.lstrip(" ").startswith(BEGINNINGS):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value
