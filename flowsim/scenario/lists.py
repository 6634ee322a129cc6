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
from flowsim.scenario.quantities import nearest, shown
from flowsim.scenario.source import Row, some

__all__ = ["ReferralList", "read_list"]

MOST_FAULTS = 20
DATE_WORDS = N_("a date as YYYY-MM-DD")
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

    def read(self, text: str) -> tuple[Row, ...]:
        """Read the rows inside the run, in the order of the list."""
        lines = text.removeprefix("\ufeff").splitlines()
        if not lines or not lines[0].strip():
            self.fault(1, "", _("no header"), _('a first line with the column "date"'))
            return ()
        separator = ";" if ";" in lines[0] else ","
        try:
            rows = list(csv.reader(lines, delimiter=separator))
        except csv.Error:
            self.fault(
                0, "", _("no readable list"), _("a CSV file, its columns separated by , or ;")
            )
            return ()
        columns = [column.strip() for column in rows[0]]
        if not self.check_columns(columns):
            return ()
        read = []
        for at, row in enumerate(rows[1:], 2):
            if any(row) and (one := self.row(at, columns, row)) is not None:
                read.append(one)
            if len(self.faults) == MOST_FAULTS:
                break
        return tuple(read)

    def check_columns(self, columns: list[str]) -> bool:
        """Check the header: a date, known groups, nothing personal."""
        allowed = ["date", *self.groups]
        if "date" not in columns and any(letter.isdigit() for letter in "".join(columns)):
            words = _('a first line with the column "date"')  # not shown: it may be about a person
            self.fault(1, "", _("no header, but what looks like a participant"), words)
            return False
        for column in columns:
            if column in allowed:
                continue
            if PERSONAL_COLUMN.search(column):
                self.fault(
                    1, column, _("the column {column}").format(column=shown(column)), _(PRIVACY)
                )
            else:
                near = nearest(column, allowed)
                words = _("columns {allowed}").format(allowed=", ".join(allowed))
                self.fault(
                    1, column, _("the column {column}").format(column=shown(column)), words, near
                )
        if "date" not in columns:
            self.fault(1, "", _("no column date"), _('a column "date", and columns for groups'))
        for column in sorted(column for column, n in Counter(columns).items() if n > 1):
            self.fault(1, column, _("the column twice"), _("each column once"))
        return not self.faults

    def row(self, line: int, columns: list[str], row: list[str]) -> Row | None:
        """Read one row; None if it is faulty or lies after the end of the run."""
        if len(row) != len(columns):
            self.fault(
                line,
                "",
                _("{n_row} columns").format(n_row=len(row)),
                _("{n_columns}, as in the first line").format(n_columns=len(columns)),
            )
            return None
        cells = {column: cell.strip() for column, cell in zip(columns, row, strict=True)}
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
        try:
            day = dt.date.fromisoformat(cell) if re.fullmatch(r"\d{4}-\d\d-\d\d", cell) else None
        except ValueError:
            day = None
        if day is None:
            hidden = _("a personal number") if PERSONAL_NUMBER.match(cell) else shown(cell)
            self.fault(line, "date", hidden, _(DATE_WORDS))
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
