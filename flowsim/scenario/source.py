"""Where a scenario came from: its text, its lines, what was set from outside, its lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowsim.errors import Fault, Notice
from flowsim.language import _
from flowsim.scenario.quantities import nearest, shown

__all__ = [
    "MOST_NAMED",
    "Draws",
    "Findings",
    "KeyPath",
    "Lists",
    "Row",
    "Setting",
    "Source",
    "has",
    "part_of_key",
    "places",
    "some",
    "spelled",
    "value_at",
]

Row = tuple[dt.date, dict[str, str]]
"""A participant of a list: the day of the referral, and the known groups."""

MOST_COMPARISONS = 100_000
"""Of wrong words with known names, so that the time for suggestions has an end."""

MOST_NAMED = 12

KeyPath = tuple[str | int, ...]
"""The keys that lead to a value; whole numbers are places in a list, from 0."""


@dataclass(frozen=True)
class Draws:
    """Draws of uncertain inputs that stand in a file of their own.

    Parameters
    ----------
    file : as the scenario names it
    keys : the key path of each column
    rows : the values of each draw, as the keys themselves are written
    """

    file: str
    keys: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


Lists = Path | Mapping[str, str]
"""Where CSV lists are found: in a folder, or by name as in the file among texts in memory."""


def has(table: Any, key: str | int) -> bool:
    """Whether a table has a key, or a list a place."""
    if isinstance(table, list):
        return isinstance(key, int) and key < len(table)
    return isinstance(table, dict) and key in table


def places(tables: Any, keys: Sequence[str]) -> KeyPath:
    """Return typed keys as a path: digits are a place where there is a list.

    Examples
    --------
    >>> places({"a": [{"b": 1}], "2019": 3}, ("a", "0", "b")), places({"2019": 3}, ("2019",))
    (('a', 0, 'b'), ('2019',))
    """
    path: KeyPath = ()
    for key in keys:
        is_place = isinstance(tables, list) and key.isdecimal()
        path = (*path, int(key) if is_place else key)
        tables = tables[path[-1]] if has(tables, path[-1]) else None
    return path


def value_at(tables: Any, path: KeyPath) -> Any:
    """Return what stands in tables at a path; None if nothing does."""
    for key in path:
        if not has(tables, key):
            return None
        tables = tables[key]
    return tables


@dataclass(frozen=True)
class Setting:
    """A value set from outside.

    Parameters
    ----------
    key, path : where, as it was written and part by part
    before : what stands in the file; None if nothing does
    value : what was set
    """

    key: str
    path: KeyPath
    before: Any
    value: Any


@dataclass
class Source:
    """What is known of a scenario beside its values.

    Parameters
    ----------
    text, name, file, path : the file, what the scenario and the file are called, where it lies
    tables : the values of the text
    data : the same with what was set from outside
    lines : of the text, by key path
    overrides, overridden : what was set from outside, by key and as paths
    lists_in : where CSV lists are looked for, in this order
    attachments : texts of the CSV lists
    lists : rows of the CSV lists, by source
    draws : of uncertain inputs, where the scenario names a file of them
    notices : warnings
    mended : of a text with slips in its TOML, what could be read
    slips, faulty : the slips, and the keys of which nothing more is said
    """

    text: str = ""
    name: str = "scenario"
    file: str = "scenario"
    path: Path | None = None
    tables: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    overrides: dict[str, Any] = field(default_factory=dict)
    overridden: set[KeyPath] = field(default_factory=set)
    lists_in: tuple[Lists, ...] = field(default=(), compare=False)
    attachments: dict[str, str] = field(default_factory=dict)
    lists: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    draws: Draws | None = None
    notices: list[Notice] = field(default_factory=list)
    mended: str = ""
    slips: list[Fault] = field(default_factory=list)
    faulty: list[KeyPath] = field(default_factory=list)

    def line(self, path: KeyPath) -> int:
        """Return the line of a key, or of the table it belongs in; 0 if it was set from outside."""
        if self.is_set(path):
            return 0
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return 0

    def at(self, path: KeyPath) -> Any:
        """Return what stands at a path, as in the file or as set; None if nothing does."""
        return value_at(self.data, path)

    def path_of(self, keys: Sequence[str]) -> KeyPath:
        """Return the path that typed keys stand for; digits are a place where there is a list."""
        return places(self.data, keys)

    def entry(self, path: KeyPath, at: int) -> KeyPath:
        """Return the path of a list's entry, where a single one may stand without the list."""
        return (*path, at) if isinstance(self.at(path), list) else path

    def is_set(self, path: KeyPath) -> bool:
        """Whether a value was set from outside."""
        return any(path[:end] in self.overridden for end in range(1, len(path) + 1))

    def table(self, *path: str | int) -> dict[str, Any]:
        """Return the table that stands in the file at a path; an empty one if there is none."""
        value = self.at(path)
        return value if isinstance(value, dict) else {}


def spelled(path: KeyPath) -> str:
    """Write a key path as it can be typed, after --set as in provenance; places begin at 0.

    Examples
    --------
    >>> spelled(("steps", "coaching", "next_for", "age=16-29", "work"))
    'steps.coaching.next_for."age=16-29".work'
    >>> spelled(("calendar", "closures", 0, "from"))
    'calendar.closures.0.from'
    """
    return ".".join(str(key) if isinstance(key, int) else part_of_key(key) for key in path)


def part_of_key(key: str) -> str:
    """Write a key as in a file: in quotes where TOML wants them."""
    plain = key and all(c.isascii() and (c.isalnum() or c in "_-") for c in key)
    if plain:
        return key
    text = key.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'


def some(names: Sequence[str]) -> str:
    """Join names; of very many, the first ones."""
    return ", ".join(names[:MOST_NAMED]) + (", ..." if len(names) > MOST_NAMED else "")


class Findings:
    """Collects the faults and warnings of one scenario, with their lines."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.faults: list[Fault] = []
        self.notices: list[Notice] = []
        self._told: set[Fault] = set()
        self._silenced: set[KeyPath] = set()
        self._above: set[KeyPath] = set()  # every path that leads to one of them
        self._comparisons = MOST_COMPARISONS
        self.tell(*source.slips)
        for path in source.faulty:
            self.silence(path)

    def silence(self, path: KeyPath) -> None:
        """Report nothing of what follows from a path that is faulty already."""
        self._silenced.add(path)
        self._above.update(path[:end] for end in range(len(path) + 1))

    def is_silenced(self, path: KeyPath) -> bool:
        """Whether a path lies at or below one that is faulty already."""
        return any(path[:end] in self._silenced for end in range(len(path) + 1))

    def is_touched(self, path: KeyPath, *keys: str | int) -> bool:
        """Whether something at, above or below one of the keys of a table is faulty already."""
        return self.is_silenced(path) or any(
            (*path, key) in self._silenced or (*path, key) in self._above for key in keys
        )

    def are_sound(self, *sections: str) -> bool:
        """Whether nothing is faulty in some sections, nor in the file as a whole."""
        faulty = {fault.path.partition(".")[0] for fault in self.faults}
        faulty |= {str(path[0]) if path else "" for path in self._silenced}
        return faulty.isdisjoint(("", *sections))

    def fault(
        self, path: KeyPath, found: str, allowed: str, known: Sequence[str] = (), word: str = ""
    ) -> None:
        """Add a fault; of the known names, the one nearest to the word found is suggested."""
        if not self.is_silenced(path):
            self.add(path, found, allowed, self.nearest(word, known))

    def nearest(self, word: str, known: Sequence[str]) -> str:
        """Find the known name most like a word; of very many wrong words, of the first ones."""
        self._comparisons -= len(known)
        return nearest(word, known) if word and known and self._comparisons >= 0 else ""

    def add(self, path: KeyPath, found: str, allowed: str, near: str = "") -> None:
        """Add a fault with the name that was perhaps meant."""
        if self.source.is_set(path):
            found += _(" (set from outside)")
        line = self.source.line(path)
        self.tell(Fault(self.source.file, line, spelled(path), found, allowed, near))

    def tell(self, *faults: Fault) -> None:
        """Add faults that are not there yet."""
        for fault in faults:
            if fault not in self._told:
                self._told.add(fault)
                self.faults.append(fault)

    def unknown(self, path: KeyPath, word: str, what: str, known: Sequence[str]) -> None:
        """Add the fault of a name that does not exist."""
        self.fault(path, shown(word), f"{what} ({some(known)})" if known else what, known, word)

    def in_order(self, path: KeyPath, first: dt.date | None, last: dt.date | None) -> bool:
        """Check that a table's `until` does not come before its `from`."""
        if first is None or last is None or first <= last:
            return True
        words = _("a date from {first} on (its from)").format(first=first)
        self.fault((*path, "until"), str(last), words)
        return False

    def notice(self, path: KeyPath, message: str, kind: str) -> None:
        """Add a warning."""
        line = self.source.line(path)
        self.notices.append(Notice(self.source.file, line, spelled(path), message, kind))
