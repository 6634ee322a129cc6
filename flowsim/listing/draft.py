"""A scenario in the making: each value with where it comes from, and between what it may lie."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flowsim.listing.blurring import around, rounded
from flowsim.scenario.from_values import toml_text
from flowsim.scenario.overrides import as_toml
from flowsim.scenario.quantities import DAYS_PER_UNIT, add_months
from flowsim.scenario.share_tables import share_table
from flowsim.scenario.source import KeyPath, spelled

__all__ = ["Draft", "Entry", "duration_text", "rate_text", "span_texts", "uncertain_section"]

SOURCE = "list"
YEARS_AHEAD = 3
REPLICATIONS = 200


@dataclass(frozen=True)
class Entry:
    """A value of the scenario, and how it came there.

    Parameters
    ----------
    path : its keys
    value : as in the file
    how : in a sentence, in the language of the scenario
    is_assumed : whether nothing in the list says it
    low, high : between what it may lie, written as the value is; None where that is not known
    parts : of a table: what lies between what, by the keys below
    """

    path: KeyPath
    value: Any
    how: str
    is_assumed: bool = False
    low: Any = None
    high: Any = None
    parts: Mapping[tuple[str, ...], tuple[Any, Any, Any]] = field(default_factory=dict)


@dataclass
class Draft:
    """A scenario in the making.

    Parameters
    ----------
    title : of the scenario
    language : sv or en
    source : what the figures come from, in words
    first : the first day of the run
    """

    title: str
    language: str
    source: str
    first: dt.date
    entries: list[Entry] = field(default_factory=list)
    tables: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        until = add_months(self.first, 12 * YEARS_AHEAD) - dt.timedelta(days=1)
        self.tables["scenario"] = {"title": self.title, "language": self.language}
        run = {"start": self.first, "until": until, "replications": REPLICATIONS}
        self.tables["run"] = run

    def set(self, path: Sequence[str], value: Any) -> None:
        """Put a value at a place; it needs no provenance."""
        table = self.tables
        for key in path[:-1]:
            table = table.setdefault(key, {})
        table[path[-1]] = value

    def infer(self, path: Sequence[str], value: Any, how: str, **more: Any) -> None:
        """Put a value at a place that the list tells."""
        self.set(path, value)
        self.entries.append(Entry(tuple(path), value, how, **more))

    def assume(self, path: Sequence[str], value: Any, why: str) -> None:
        """Put a value at a place that no list tells."""
        self.set(path, value)
        self.entries.append(Entry(tuple(path), value, why, is_assumed=True))

    # Writing ----------------------------------------------------------------------------------

    def text(self, head: str) -> str:
        """Write it as a scenario file, which begins with a comment."""
        order = ("scenario", "run", "groups", "referrals", "teams", "steps", "exits", "outcomes")
        tables = {key: self.tables[key] for key in order if key in self.tables}
        tables["sources"] = {SOURCE: self.source}
        tables["provenance"] = {
            spelled(entry.path): self._provenance(entry) for entry in self.entries
        }
        comment = "".join(f"# {line}\n" for line in head.splitlines())
        uncertain = uncertain_section(self.entries)
        schema = "#:schema ./flowsim.schema.json\n"
        return f"{schema}{comment}\n{toml_text(tables)}{uncertain and chr(10)}{uncertain}"

    def _provenance(self, entry: Entry) -> str:
        """Write where a value comes from."""
        if entry.is_assumed:
            return f"assumed: {entry.how}"
        return f"derived: {SOURCE}, {entry.how}"


def _ranges(entry: Entry) -> Iterator[tuple[tuple[str, ...], Any, Any, Any]]:
    """Return the keys below a value, the value there, and between what it may lie."""
    if entry.low is not None:
        yield (), entry.value, entry.low, entry.high
    for keys, (value, low, high) in entry.parts.items():
        yield keys, value, low, high


def uncertain_section(entries: Sequence[Entry]) -> str:
    """Write between what the inferred values lie, as the section `[uncertain]`.

    Examples
    --------
    >>> entry = Entry(("referrals", "list", "rate"), "60 per year", "counted", low="50 per year",
    ...     high="70 per year")
    >>> print(uncertain_section([entry]))
    [uncertain]
    "referrals.list.rate" = { "low" = "50 per year", "mode" = "60 per year", "high" = \
"70 per year", "why" = "counted" }
    <BLANKLINE>
    """
    lines = []
    for entry in entries:
        ranges = {(*entry.path, *keys): told for keys, *told in _ranges(entry)}
        for path in _giving_way(ranges):
            del ranges[path]
        for path, (value, low, high) in ranges.items():
            if low == high:
                continue
            table = {"low": low, "mode": value, "high": high, "why": entry.how}
            lines.append(f"{as_toml(spelled(path))} = {as_toml(table)}")
    return "\n".join(["[uncertain]", *lines, ""]) if lines else ""


def _giving_way(ranges: Mapping[KeyPath, Sequence[Any]]) -> list[KeyPath]:
    """Return the largest share of each table: what the others leave is its."""
    largest: dict[KeyPath, KeyPath] = {}
    for path, (value, *_) in ranges.items():
        table = share_table(path)
        if table and value > ranges[largest.setdefault(table, path)][0]:
            largest[table] = path
    return list(largest.values())


# How amounts are written ----------------------------------------------------------------------


def unit_of(days: float) -> str:
    """Return the unit that a duration is told in.

    Examples
    --------
    >>> unit_of(5), unit_of(60), unit_of(335)
    ('day', 'week', 'month')
    """
    return "day" if days < 21 else "week" if days < 90 else "month"


def duration_text(days: float, unit: str = "") -> str:
    """Write a duration with two significant digits.

    Examples
    --------
    >>> duration_text(334.8), duration_text(25.0), duration_text(7), duration_text(1)
    ('11 months', '3.6 weeks', '7 days', '1 day')
    """
    unit = unit or unit_of(days)
    return amount_text(rounded(days / DAYS_PER_UNIT[unit]), unit)


def amount_text(amount: float, unit: str) -> str:
    """Write an amount of a unit of time as it is.

    Examples
    --------
    >>> amount_text(1.0, "day"), amount_text(12.5, "month")
    ('1 day', '12.5 months')
    """
    return f"{amount:g} {unit}" if amount == 1 else f"{amount:g} {unit}s"


def span_texts(low: float, value: float, high: float) -> tuple[str, str, str]:
    """Write a duration and its range in one unit, the range rounded away from it.

    Examples
    --------
    >>> span_texts(297.0, 334.8, 377.0)
    ('9.5 months', '11 months', '12.5 months')
    """
    unit = unit_of(value)
    size = DAYS_PER_UNIT[unit]
    told = rounded(value / size)
    least, most = around(low / size, told, high / size)
    return amount_text(least, unit), amount_text(told, unit), amount_text(most, unit)


def rate_text(per_year: float) -> str:
    """Write a rate, which is rounded already.

    Examples
    --------
    >>> rate_text(91.0)
    '91 per year'
    """
    return f"{per_year:g} per year"
