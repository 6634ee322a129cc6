"""Referral lists: CSV files with a date for each participant, and known groups."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from flowsim.errors import Fault
from flowsim.language import N_, _
from flowsim.letters import composed
from flowsim.scenario.quantities import nearest, shown
from flowsim.scenario.source import Row, some

__all__ = ["ReferralList", "read_list"]

MOST_FAULTS = 20
DATE_WORDS = N_("a date as YYYY-MM-DD")
DAY = re.compile(r"(\d{4}-\d\d-\d\d)([T ]\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?Z?)?")
YEAR_FIRST = re.compile(r"(\d{4})[-/. ]?(\d\d?)[-/. ]?(\d\d?)")
SERIAL = re.compile(r"[1-9]\d{4}(?:[.,]\d+)?")
EXCELS_DAY_0 = dt.date(1899, 12, 30)
SEPARATOR_LINE = re.compile(r"sep=(.)\s*", re.I)
"""What Excel writes, and reads, as the first line of a list whose separator it names."""
PERSONAL_COLUMN = re.compile(
    r"person|pnr|ssn|social|name|namn|mail|e-post|epost|phone|telefon|mobil|adress|address", re.I
)
PERSONAL_NUMBER = re.compile(r"^\s*(19|20)?[0-9]{6}[-+]?[0-9]{4}\s*$")
PRIVACY = N_(
    "no personal data: only the columns date and groups; take out names, numbers and addresses"
)


@dataclass
class ReferralList:
    """Reads one list; collects its faults.

    Parameters
    ----------
    file : the list as the user named it
    groups : the values of each group
    start, until : the first and last day of the run
    """

    file: str
    groups: Mapping[str, tuple[str, ...]]
    start: dt.date
    until: dt.date

    def __post_init__(self) -> None:
        self.faults: list[Fault] = []
        self.n_late = 0
        self.header = 1  # its line

    def read(self, text: str) -> tuple[Row, ...]:
        """Read the rows inside the run, in the order of the list."""
        lines = composed(text.removeprefix("\ufeff")).splitlines()
        told = SEPARATOR_LINE.match(lines[0]) if lines else None
        above = 1 if told else 0
        if len(lines) <= above or not lines[above].strip():
            self.fault(1 + above, "", _("no header"), _('a first line with the column "date"'))
            return ()
        separator = told[1] if told else next((s for s in ";\t" if s in lines[above]), ",")
        try:
            rows = list(csv.reader(lines[above:], delimiter=separator))
        except csv.Error:
            words = _("a CSV file, its columns separated by comma, semicolon or tab")
            self.fault(0, "", _("no readable list"), words)
            return ()
        columns = without_empty([column.strip() for column in rows[0]])
        self.header = 1 + above
        if not self.check_columns(columns):
            return ()
        read = []
        for at, row in enumerate(rows[1:], 2 + above):
            cells = [cell.strip() for cell in row]
            if any(cells) and (one := self.row(at, columns, cells)) is not None:
                read.append(one)
            if len(self.faults) == MOST_FAULTS:
                break
        return tuple(read)

    def check_columns(self, columns: list[str]) -> bool:
        """Check the header: a date, known groups, nothing personal."""
        allowed = ["date", *self.groups]
        if "date" not in columns and any(letter.isdigit() for letter in "".join(columns)):
            words = _('a first line with the column "date"')  # not shown: it may be about a person
            self.fault(self.header, "", _("no header, but what looks like a participant"), words)
            return False
        for column in columns:
            if column in allowed:
                continue
            found = _("the column {column}").format(column=shown(column))
            if PERSONAL_COLUMN.search(column):
                self.fault(self.header, column, found, _(PRIVACY))
            else:
                near = nearest(column, allowed)
                words = _("columns {allowed}").format(allowed=", ".join(allowed))
                self.fault(self.header, column, found, words, near)
        if "date" not in columns:
            self.fault(
                self.header, "", _("no column date"), _('a column "date", and columns for groups')
            )
        for column in sorted(column for column, n in Counter(columns).items() if n > 1):
            self.fault(self.header, column, _("the column twice"), _("each column once"))
        return not self.faults

    def row(self, line: int, columns: list[str], row: list[str]) -> Row | None:
        """Read one row; None if it is faulty or lies after the end of the run."""
        if len(row) > len(columns):  # spreadsheets write empty columns too
            row = [*row[: len(columns)], *without_empty(row[len(columns) :])]
        if len(row) != len(columns):
            self.fault(
                line,
                "",
                _("{n_row} columns").format(n_row=len(row)),
                _("{n_columns}, as in the first line").format(n_columns=len(columns)),
            )
            return None
        cells = dict(zip(columns, row, strict=True))
        n_before = len(self.faults)
        day = self.day(line, cells.pop("date"))
        for group, value in cells.items():
            if value and value not in self.groups[group]:
                self.value_fault(line, group, value)
        if day is None or len(self.faults) > n_before:
            return None
        return day, {group: value for group, value in cells.items() if value}

    def day(self, line: int, cell: str) -> dt.date | None:
        """Read a date inside the run; None if it is faulty or late."""
        day = read_day(cell)
        if day is None:
            self.fault(line, "date", *other_day(cell))
        elif day < self.start:
            self.fault(
                line,
                "date",
                str(day),
                _("a date from the start of the run ({start}) on").format(start=self.start),
            )
        elif day > self.until:
            self.n_late += 1
            return None
        return day

    def value_fault(self, line: int, group: str, value: str) -> None:
        """Add the fault of a value that its group does not have."""
        known = self.groups[group]
        if PERSONAL_NUMBER.match(value):
            self.fault(line, group, _("a personal number"), _(PRIVACY))
        else:
            self.fault(line, group, shown(value), some(known), nearest(value, known))

    def fault(self, line: int, column: str, found: str, allowed: str, near: str = "") -> None:
        """Add a fault; of very many, the first ones."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(self.file, line, column, found, allowed, near))


def without_empty(cells: list[str]) -> list[str]:
    """Return cells without the empty ones at the end."""
    n = len(cells)
    while n and not cells[n - 1]:
        n -= 1
    return cells[:n]


def read_day(cell: str) -> dt.date | None:
    """Read a date, also with the time of its midnight; None if it is another text.

    Examples
    --------
    >>> read_day("2025-01-02 00:00"), read_day("2025-01-02T00:00:00.000"), read_day("2025-02-30")
    (datetime.date(2025, 1, 2), datetime.date(2025, 1, 2), None)
    """
    found = DAY.fullmatch(cell)
    if found is None or (found[2] or "").strip("T 0:.,Z"):
        return None
    try:
        return dt.date.fromisoformat(found[1])
    except ValueError:
        return None


def other_day(cell: str) -> tuple[str, str]:
    """Describe what is no date of a list, and what to write instead.

    Examples
    --------
    >>> other_day("45659")
    ('45659, which is how Excel counts days', '2025-01-02: a date as YYYY-MM-DD')
    >>> other_day("2025-01-02 08:30")
    ('a time of day ("2025-01-02 08:30")', '2025-01-02: a date as YYYY-MM-DD')
    """
    if PERSONAL_NUMBER.match(cell):
        return _("a personal number"), _(DATE_WORDS)
    if SERIAL.fullmatch(cell):
        day = EXCELS_DAY_0 + dt.timedelta(days=int(cell[:5]))
        return _("{cell}, which is how Excel counts days").format(cell=cell), date_as(day)
    found = DAY.fullmatch(cell)
    if found is not None and read_day(found[1]) is not None:
        return _("a time of day ({cell})").format(cell=shown(cell)), date_as(found[1])
    if (found := YEAR_FIRST.fullmatch(cell)) is not None:
        day_told = "-".join((found[1], found[2].zfill(2), found[3].zfill(2)))
        if read_day(day_told) is not None:
            return shown(cell), date_as(day_told)
    return shown(cell), _(DATE_WORDS)


def date_as(day: object) -> str:
    """Describe how a list writes a day."""
    return f"{day}: {_(DATE_WORDS)}"


def read_list(
    text: str, file: str, groups: Mapping[str, tuple[str, ...]], start: dt.date, until: dt.date
) -> tuple[tuple[Row, ...], list[Fault], int]:
    r"""Read a list: its rows inside the run, its faults, and how many rows lie after the end.

    Examples
    --------
    >>> day = dt.date(2020, 1, 1)
    >>> read_list("date,age\n2020-01-01,young", "a.csv", {"age": ("young", "old")}, day, day)
    (((datetime.date(2020, 1, 1), {'age': 'young'}),), [], 0)
    """
    reader = ReferralList(file, groups, start, until)
    rows = reader.read(text)
    return rows, reader.faults, reader.n_late
