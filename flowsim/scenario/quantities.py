"""What people write ("3 weeks", "120 per year", { 2016 = 0.6 }) and the numbers it stands for.

Inside flowsim a duration is a number of days and a rate a number per day. The types at the end
(`Duration`, `Rate`, `Date`, ...) are the fields of `schema.py`: each reads what a person types,
says in plain words what is allowed, and tells editors the same through the JSON Schema.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Annotated, Any

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from flowsim.language import N_, _
from flowsim.letters import is_blank

__all__ = [
    "Amount",
    "CalendarLength",
    "Count",
    "Date",
    "Duration",
    "Figure",
    "Length",
    "Limits",
    "Rate",
    "Share",
    "Text",
    "Varying",
    "VisibleText",
    "add_months",
    "after_length",
    "invalid",
    "nearest",
    "parse_duration",
    "parse_label",
    "parse_rate",
    "shown",
]

DAYS_PER_UNIT = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
BEYOND = 1e12
"""Limits from here on guard the arithmetic only, and are not worth telling."""
LONGEST_NAME = 200
"""Of longer names none is near: to compare them would take long, and help nobody."""
LONGEST = 1000 * DAYS_PER_UNIT["year"]
FIRST_DATE, LAST_DATE = dt.date(1800, 1, 1), dt.date(8999, 12, 31)

DURATION_WORDS = N_('a duration with a unit (days, weeks, months or years), such as "3 weeks"')
RATE_WORDS = N_('a rate with a unit (per day, week, month or year), such as "120 per year"')
LENGTH_WORDS = N_('a whole number of days or months, such as "3 years", "18 months" or "10 weeks"')
DATE_WORDS = N_("a date without quotes, such as 2017-01-01")

NUMBER_PATTERN = r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
DURATION_PATTERN = rf"^\s*({NUMBER_PATTERN})\s*(day|week|month|year)s?\s*$"
RATE_PATTERN = rf"^\s*({NUMBER_PATTERN})\s+per\s+(day|week|month|year)\s*$"


def invalid(found: object, allowed: str, *at: str | int, near: str = "") -> PydanticCustomError:
    """Build the error a field raises: what was found, what is allowed, and where below the field.

    Examples
    --------
    >>> str(invalid(-2, "a number >= 0"))
    'found -2; allowed: a number >= 0'
    """
    context: dict[str, Any] = {"found": shown(found), "allowed": allowed, "at": at, "near": near}
    return PydanticCustomError("flowsim", _("found {found}; allowed: {allowed}"), context)


@dataclass(frozen=True)
class Said:
    """A ready-made description of what was found, shown as it stands."""

    text: str


def shown(value: object) -> str:
    """Write a value the way it stands in the file, shortened.

    Examples
    --------
    >>> shown("3 weeks"), shown(True), shown(-2), shown({}), shown(float("nan"))
    ('"3 weeks"', 'true', '-2', 'a table', 'nan')
    """
    if isinstance(value, Said):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = value if len(value) <= 60 else value[:57] + "..."
        return '"' + text.replace("\n", "\\n") + '"'
    if isinstance(value, Mapping):
        return _("a table")
    if isinstance(value, (list, tuple)):
        return _("a list")
    if isinstance(value, (int, float)):
        return shown_number(value)
    return str(value)[:60] if value is not None else _("nothing")


def shown_number(value: float) -> str:
    """Write a number shortly; whole numbers too long to read in powers of ten."""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**15 else _("a whole number of over 15 digits")
    return repr(value)


def nearest(word: str, known: Sequence[str]) -> str:
    """Find the known name most like a word; empty if none is near.

    Examples
    --------
    >>> nearest("coachng", ["coaching", "mapping"]), nearest("work", ["studies"])
    ('coaching', '')
    """
    if len(word) > LONGEST_NAME:
        return ""
    names = [name for name in known if name != word and len(name) <= LONGEST_NAME]
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    return close[0] if close else ""


# Durations and rates


def parse_duration(value: object) -> float:
    """Read a duration [days].

    Raises
    ------
    ValueError
        If it is no text with a number and a unit, or longer than 1000 years.

    Examples
    --------
    >>> parse_duration("3 weeks"), parse_duration("6 months"), parse_duration("1.5 years")
    (21.0, 182.625, 547.875)
    """
    found = re.match(DURATION_PATTERN, value) if isinstance(value, str) else None
    if found is None:
        raise invalid(value, _(DURATION_WORDS) + hint(value, "weeks"))
    days = float(found[1]) * DAYS_PER_UNIT[found[2]]
    if not days <= LONGEST:
        raise invalid(value, _("a duration of at most 1000 years"))
    return days


def parse_rate(value: object) -> float:
    """Read a rate [1/day].

    Examples
    --------
    >>> parse_rate("3 per day"), parse_rate("7 per week"), parse_rate("365.25 per year")
    (3.0, 1.0, 1.0)
    """
    found = re.match(RATE_PATTERN, value) if isinstance(value, str) else None
    if found is None:
        raise invalid(value, _(RATE_WORDS) + hint(value, "per year"))
    rate = float(found[1]) / DAYS_PER_UNIT[found[2]]
    if not math.isfinite(rate):
        raise invalid(value, _("a finite rate"))
    return rate


def hint(value: object, unit: str) -> str:
    """Show how the very number found would be written with a unit, or with a point for a comma."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (
            _(' (write "{value} {unit}", if that is meant)').format(
                value=shown_number(value), unit=unit
            )
            if 0 <= value < 1e9
            else ""
        )
    if isinstance(value, str) and re.search(r"[0-9],[0-9]", value):
        return _(" (with a decimal point: {x})").format(x=shown(value.replace(",", ".")))
    return ""


# Calendar lengths


@dataclass(frozen=True)
class Length:
    """A length counted on the calendar: whole months, then whole days."""

    months: int
    days: int


def parse_length(value: object) -> Length:
    """Read a length that is counted on the calendar.

    Examples
    --------
    >>> parse_length("1.5 years"), parse_length("2 weeks")
    (Length(months=18, days=0), Length(months=0, days=14))
    """
    found = re.match(DURATION_PATTERN, value) if isinstance(value, str) else None
    if found is None:
        raise invalid(value, _(LENGTH_WORDS) + hint(value, "years"))
    amount, unit = float(found[1]), found[2]
    if not amount * DAYS_PER_UNIT[unit] <= LONGEST:
        raise invalid(value, _("a length of at most 1000 years"))
    count = round(amount * {"day": 1, "week": 7, "month": 1, "year": 12}[unit], 9)
    if count != int(count):
        raise invalid(value, _(LENGTH_WORDS))
    return Length(int(count), 0) if unit in ("month", "year") else Length(0, int(count))


def add_months(day: dt.date, months: int) -> dt.date:
    """Move a date by whole months; a day the month lacks becomes its last.

    Examples
    --------
    >>> add_months(dt.date(2017, 1, 31), 1), add_months(dt.date(2017, 11, 1), 14)
    (datetime.date(2017, 2, 28), datetime.date(2019, 1, 1))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def after_length(day: dt.date, length: Length) -> dt.date:
    """Return the date a calendar length after a day.

    Raises
    ------
    ValueError
        If the date lies after the year 8999.
    """
    try:
        later = add_months(day, length.months) + dt.timedelta(days=length.days)
    except (ValueError, OverflowError):
        later = dt.date.max
    if later > LAST_DATE + dt.timedelta(days=1):
        raise ValueError(_("after the year 8999"))
    return later


def parse_date(value: object) -> dt.date:
    """Read a date; a date with a time of day, or in quotes, is a fault.

    Examples
    --------
    >>> parse_date(dt.date(2017, 1, 1))
    datetime.date(2017, 1, 1)
    """
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise invalid(value, _(DATE_WORDS))
    if not FIRST_DATE <= value <= LAST_DATE:
        raise invalid(
            value,
            _("a date from {first_date} to {last_date}").format(
                first_date=FIRST_DATE, last_date=LAST_DATE
            ),
        )
    return value


# Plain numbers and texts


@dataclass(frozen=True)
class Limits:
    """The numbers a field allows: finite, between two limits, whole if need be.

    Parameters
    ----------
    low, high : the limits, both allowed themselves; None where there is none
    whole : whole numbers only
    above : the lower limit itself is not allowed

    Examples
    --------
    >>> Limits(0, 1).read(0.25), Limits(1, whole=True).read(3), Limits(0, 1).words
    (0.25, 3, 'a number from 0 to 1')
    """

    low: float | None = None
    high: float | None = None
    whole: bool = False
    above: bool = False

    @property
    def words(self) -> str:
        """Which numbers are allowed, in words."""
        what = _("a whole number") if self.whole else _("a number")
        if self.low is None or self.low <= -BEYOND:
            return what
        if self.high is None or self.high >= BEYOND:
            return f"{what} {'>' if self.above else '>='} {self.low:g}"
        if self.above:
            return _("{what} above {low:g}, at most {high:.10g}").format(
                what=what, low=self.low, high=self.high
            )
        return _("{what} from {low:g} to {high:.10g}").format(
            what=what, low=self.low, high=self.high
        )

    @property
    def json(self) -> dict[str, Any]:
        """Which numbers are allowed, in JSON Schema."""
        schema: dict[str, Any] = {"type": "integer" if self.whole else "number"}
        if self.low is not None:
            schema["exclusiveMinimum" if self.above else "minimum"] = self.low
        if self.high is not None:
            schema["maximum"] = self.high
        return schema

    def read(self, value: object) -> float:
        """Read a number within the limits."""
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise invalid(value, self.words)
        if not math.isfinite(as_float(value)) or (self.whole and value != int(value)):
            raise invalid(value, self.words)
        if self.low is not None and (value < self.low or (self.above and value <= self.low)):
            raise invalid(value, self.words)
        if self.high is not None and value > self.high:
            words = (
                _("at most {high:g}").format(high=self.high) if self.high >= BEYOND else self.words
            )
            raise invalid(value, words)
        return int(value) if self.whole else float(value)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Tell pydantic to read the field with `read`."""
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the input for editors."""
        return self.json


def as_float(value: float) -> float:
    """Turn a number into floating point; one too large for it becomes infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def parse_text(value: object) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise invalid(value, _("a text in quotes"))
    return value


def parse_label(value: object) -> str:
    """Read a text that people shall see."""
    text = parse_text(value)
    if is_blank(text):
        raise invalid(value, _("a text that can be seen"))
    return text


# Numbers that vary by year and by value of a group


VARYING_WORDS = N_(
    "a number, a table by year such as { 2016 = 0.6, 2017 = 0.4 }, "
    "or a table by value of the group that the team has as per"
)
AMOUNT = Limits(0, 1e15)
Since = int | dt.date
"""From when on a number holds: a year, a day, or 0 for the beginning."""


@dataclass(frozen=True)
class Varying:
    """A number that may differ by calendar year and by value of a group.

    A year that is not listed takes the number of the listed year before it; a year before the first
    listed one takes the first. A key of four digits is a year, any other a value of the group.
    Some numbers may change on any day (`ByDate`).

    Parameters
    ----------
    series : for each value of the group ("" where there is none), its (since, number) pairs in
        order: since a year, since a day, or (0, number) where it holds from the beginning

    Examples
    --------
    >>> fte = Varying.read({"2016": 0.6, "2018": 0.4})
    >>> [fte.at(year) for year in (2015, 2016, 2017, 2018, 2030)]
    [0.6, 0.6, 0.6, 0.4, 0.4]
    >>> Varying.read({"ale": 1, "kungalv": {"2017": 2, "2018": 3}}).at(2018, "kungalv")
    3.0
    """

    series: tuple[tuple[str, tuple[tuple[Since, float], ...]], ...]

    @classmethod
    def read(cls, value: object) -> Varying:
        """Read a number, a table by year, or a table by value whose entries may be by year."""
        if not isinstance(value, Mapping):
            return cls((("", ((0, AMOUNT.read(value)),)),))
        keys = [str(key) for key in value]
        if not keys:
            raise invalid(Said(_("an empty table")), _(VARYING_WORDS))
        if all(map(is_year, keys)):
            return cls((("", read_years(value)),))
        if any(map(is_year, keys)):
            raise invalid(Said(_("years and values of a group mixed")), _(VARYING_WORDS))
        return cls(tuple((key, read_entry(key, entry)) for key, entry in value.items()))

    @classmethod
    def constant(cls, amount: float) -> Varying:
        """Make a number that never varies."""
        return cls((("", ((0, float(amount)),)),))

    @cached_property
    def _pairs(self) -> dict[str, tuple[tuple[Since, float], ...]]:
        return dict(self.series)

    @cached_property
    def by_group(self) -> tuple[str, ...]:
        """The group's values, in the order of the file; empty if the number is not by group."""
        return tuple(value for value, _ in self.series if value)

    @property
    def years(self) -> tuple[int, ...]:
        """The years listed anywhere, in order; empty if the number is not by year."""
        return tuple(sorted(since for since in self._listed if isinstance(since, int)))

    @property
    def days(self) -> tuple[dt.date, ...]:
        """The days listed anywhere, in order; empty if the number does not change by date."""
        return tuple(sorted(since for since in self._listed if isinstance(since, dt.date)))

    @property
    def _listed(self) -> set[Since]:
        return {since for _, pairs in self.series for since, _ in pairs if since}

    def is_by_year(self, value: str | None = None) -> bool:
        """Whether the number, for a value of the group, differs from year to year."""
        return any(since and isinstance(since, int) for since, _ in self._of(value))

    @property
    def numbers(self) -> tuple[float, ...]:
        """Every number in it."""
        return tuple(amount for _, pairs in self.series for _, amount in pairs)

    def at(self, year: int, value: str | None = None) -> float:
        """Return the number at the beginning of a calendar year, for a value of the group."""
        return self.on(dt.date(year, 1, 1), value)

    def on(self, day: dt.date, value: str | None = None) -> float:
        """Return the number on a day, for a value of the group."""
        pairs = self._of(value)
        before = [amount for since, amount in pairs if first_day(since) <= day]
        return before[-1] if before else pairs[0][1]

    def _of(self, value: str | None) -> tuple[tuple[Since, float], ...]:
        return self._pairs[value or "" if self.by_group else ""]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Tell pydantic to read the field with `read`."""
        return core_schema.no_info_plain_validator_function(cls.validate)

    @classmethod
    def validate(cls, value: object) -> Varying:
        """Accept what is read already, read the rest."""
        return value if isinstance(value, Varying) else cls.read(value)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the input for editors."""
        amount = AMOUNT.json
        by_year = {"type": "object", "additionalProperties": amount, "minProperties": 1}
        by_value = {"anyOf": [amount, by_year]}
        table = {"type": "object", "additionalProperties": by_value, "minProperties": 1}
        return {"anyOf": [amount, table]}


def first_day(since: Since) -> dt.date:
    """Return the first day of what holds since a year, a day or, with 0, the beginning."""
    if isinstance(since, dt.date):
        return since
    return dt.date(since, 1, 1) if since else dt.date.min


def is_year(key: str) -> bool:
    """Whether a key of a table is a calendar year."""
    return re.fullmatch(r"[0-9]{4}", key) is not None


def read_entry(value: str, entry: object) -> tuple[tuple[int, float], ...]:
    """Read the number, or the numbers by year, of one value of a group."""
    if not isinstance(entry, Mapping):
        return ((0, read_at(entry, value)),)
    wrong = [str(key) for key in entry if not is_year(str(key))]
    if wrong or not entry:
        raise invalid(Said(_("no year")), _(VARYING_WORDS), value, *wrong[:1])
    return read_years(entry, value)


def read_years(table: Mapping[Any, object], *at: str) -> tuple[tuple[int, float], ...]:
    """Read numbers by year, in order of the years."""
    pairs = [(int(key), read_at(amount, *at, str(key))) for key, amount in table.items()]
    return tuple(sorted(pairs))


def read_at(value: object, *at: str | int) -> float:
    """Read a number at a place below the field, so that a fault names that place."""
    try:
        return AMOUNT.read(value)
    except PydanticCustomError as error:
        raise invalid(value, str((error.context or {})["allowed"]), *at) from None


# Field types of the schema

Duration = Annotated[
    float,
    BeforeValidator(lambda value: parse_duration(value)),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN}),
]
Rate = Annotated[
    float,
    BeforeValidator(lambda value: parse_rate(value)),
    WithJsonSchema({"type": "string", "pattern": RATE_PATTERN}),
]
CalendarLength = Annotated[
    Length,
    BeforeValidator(lambda value: parse_length(value)),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN}),
]
Date = Annotated[
    dt.date, BeforeValidator(parse_date), WithJsonSchema({"type": "string", "format": "date"})
]
Text = Annotated[str, BeforeValidator(parse_text)]
VisibleText = Annotated[str, BeforeValidator(parse_label)]
Figure = Annotated[float, Limits(-1e15, 1e15)]
Amount = Annotated[float, Limits(0, 1e15)]
Share = Annotated[float, Limits(0, 1)]
Count = Annotated[int, Limits(0, 50_000_000, whole=True)]
