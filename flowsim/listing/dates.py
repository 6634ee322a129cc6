"""Dates as people write them, one column at a time: what is not sure is told, not guessed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flowsim.language import N_
from flowsim.listing.grid import Cell

__all__ = ["DATE_FORMS", "Dates", "read_dates"]

MISSING = frozenset(
    ("", "-", "–", "—", ".", "?", "null", "none", "nan", "nat", "n/a", "na", "saknas",
     "pågår", "pagar", "pågående", "ej avslutad", "ej avslut", "ongoing", "open", "aktiv",
     "active", "ingen")
)  # fmt: skip
ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\s*\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?Z?)?"
)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
SHORT = re.compile(r"(\d{2})(\d{2})(\d{2})")
SWEDISH = re.compile(r"(\d{1,2})\s*/\s*(\d{1,2})\s+(\d{4}|\d{2})")
TWO_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:\s+\d{1,2}[:.]\d{2}(?:[:.]\d{2})?)?")
SERIAL = re.compile(r"([2-7]\d{4})(?:[.,]\d+)?")
FAR_FROM = dt.date(2090, 1, 1)
LONG_AGO = dt.date(1950, 1, 1)
EXCEL_DAY_0 = dt.date(1899, 12, 30)
DATE_FORMS = ("day/month/year", "month/day/year")


@dataclass
class Dates:
    """The dates of a column.

    Parameters
    ----------
    days : a date for each cell; None where there is none
    bad : positions of cells that are no date
    far : positions of dates far ahead or long ago, which stand for none
    forms : the forms that occur, in words to be translated, with how many cells have each
    unsure : positions of dates that have day and month in an order that cannot be told
    """

    days: list[dt.date | None] = field(default_factory=list)
    bad: list[int] = field(default_factory=list)
    far: list[int] = field(default_factory=list)
    forms: dict[str, int] = field(default_factory=dict)
    unsure: list[int] = field(default_factory=list)


def read_dates(cells: Sequence[Cell], form: str = "") -> Dates:
    """Read the dates of a column.

    Parameters
    ----------
    cells : of the column
    form : of DATE_FORMS, how 01/02/2024 is to be read; empty: as the column shows, if it does

    Examples
    --------
    >>> read_dates(["2024-01-31", "31/1 2024", "240131", 45322, "2024-01-31 00:00"]).days
    [datetime.date(2024, 1, 31), datetime.date(2024, 1, 31), datetime.date(2024, 1, 31), \
datetime.date(2024, 1, 31), datetime.date(2024, 1, 31)]
    >>> read_dates(["01/02/2024"]).unsure, read_dates(["01/02/2024", "31/01/2024"]).unsure
    ([0], [])
    """
    known: dict[Cell, tuple[str, dt.date | None]] = {}
    found = Dates()
    pending: list[tuple[int, int, int, int]] = []
    for at, cell in enumerate(cells):
        key = cell.strip() if isinstance(cell, str) else cell
        if key not in known or type(key) is bool:
            known[key] = _read(key)
        kind, day = known[key]
        found.days.append(day)
        if kind == "two":
            assert isinstance(key, str)
            match = TWO_FIRST.fullmatch(key)
            assert match is not None
            pending.append((at, int(match[1]), int(match[2]), int(match[3])))
        elif kind == "bad":
            found.bad.append(at)
        elif kind:
            found.forms[kind] = found.forms.get(kind, 0) + 1
            if day is not None and not LONG_AGO <= day < FAR_FROM:
                found.far.append(at)
                found.days[at] = None
    _settle(found, pending, form)
    return found


def _settle(found: Dates, pending: list[tuple[int, int, int, int]], form: str) -> None:
    """Read dates whose first two numbers are day and month in either order."""
    if not pending:
        return
    day_first = any(a > 12 for _, a, _, _ in pending)
    month_first = any(b > 12 for _, _, b, _ in pending)
    chosen = form or ("" if day_first == month_first else DATE_FORMS[month_first])
    for at, a, b, year in pending:
        day, month = (b, a) if chosen == DATE_FORMS[1] else (a, b)
        if not chosen and a <= 12 and b <= 12 and a != b:
            found.unsure.append(at)
            continue
        if not chosen and b > 12:
            day, month = b, a
        if (read := _day(year, month, day)) is None:
            found.bad.append(at)
        found.days[at] = read
    if not found.unsure and chosen:
        found.forms[chosen] = len(pending)


def _read(cell: Cell) -> tuple[str, dt.date | None]:
    """Return the form of a cell and its date; "" for none, "two" where the order is open."""
    if cell is None:
        return "", None
    if isinstance(cell, dt.date):
        return N_("a date of the workbook"), cell
    if isinstance(cell, bool) or not isinstance(cell, (str, int, float)):
        return "bad", None
    if isinstance(cell, float):
        if cell != cell:
            return "", None
        text = f"{cell:.5f}".rstrip("0").rstrip(".")
    else:
        text = str(cell).strip()
    if text.casefold() in MISSING:
        return "", None
    for form, pattern, order in _FORMS:
        if match := pattern.fullmatch(text):
            day = order(match)
            return (form, day) if day is not None else ("bad", None)
    if TWO_FIRST.fullmatch(text):
        return "two", None
    return "bad", None


def _day(year: int, month: int, day: int) -> dt.date | None:
    """Return a date; None if the calendar lacks it."""
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _of_century(year: int) -> int:
    """Return the year that two digits stand for: none of a list lies far ahead."""
    return year if year > 99 else 2000 + year if year < 80 else 1900 + year


_FORMS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], dt.date | None]], ...] = (
    ("2024-01-31", ISO, lambda m: _day(int(m[1]), int(m[2]), int(m[3]))),
    ("20240131", COMPACT, lambda m: _day(int(m[1]), int(m[2]), int(m[3]))),
    ("240131", SHORT, lambda m: _day(_of_century(int(m[1])), int(m[2]), int(m[3]))),
    ("31/1 2024", SWEDISH, lambda m: _day(_of_century(int(m[3])), int(m[2]), int(m[1]))),
    (N_("Excel's number of a day"), SERIAL, lambda m: EXCEL_DAY_0 + dt.timedelta(days=int(m[1]))),
)
