"""How many are in a step at the start: a number, or numbers by the time they have been there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from flowsim.language import N_, _
from flowsim.scenario.quantities import (
    DAYS_PER_UNIT,
    LONGEST,
    NUMBER_PATTERN,
    Limits,
    Said,
    invalid,
)

__all__ = ["CLASS_PATTERN", "InService", "TimeClass", "parse_class"]

COUNTS = Limits(0, 50_000_000, whole=True)
CLASS_PATTERN = rf"^\s*({NUMBER_PATTERN})\s*-\s*({NUMBER_PATTERN})\s*(day|week|month|year)s?\s*$"
CLASS_WORDS = N_('a class of times such as "0-3 months", the shorter first, of at most 1000 years')
FORM_WORDS = N_(
    'a whole number, or a table by time such as { "0-3 months" = 14, "3-9 months" = 22 }'
)


@dataclass(frozen=True, slots=True)
class TimeClass:
    """How many have been in a step for a time between two.

    Parameters
    ----------
    low, high : the times [days]
    count : how many
    """

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class InService:
    """How many are in a step when the run begins.

    Parameters
    ----------
    count : all of them
    classes : by the time they have been there, in the order of the file; () where nothing says it

    Examples
    --------
    >>> InService.read({"0-2 weeks": 3, "2-4 weeks": 1})
    InService(count=4, classes=(TimeClass(low=0.0, high=14.0, count=3), TimeClass(low=14.0, \
high=28.0, count=1)))
    >>> bool(InService.read(0))
    False
    """

    count: int = 0
    classes: tuple[TimeClass, ...] = ()

    def __bool__(self) -> bool:
        return self.count > 0

    @classmethod
    def read(cls, value: object) -> InService:
        """Read a number, or a table of numbers by class.

        Raises
        ------
        ValueError
            If a class is none, its number is none, or classes overlap.
        """
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            return cls(read_count(value, _(FORM_WORDS)))
        if not value:
            raise invalid(Said(_("an empty table")), _(FORM_WORDS))
        classes = tuple(read_class(str(key), count) for key, count in value.items())
        check_apart(classes, [str(key) for key in value])
        count = sum(one.count for one in classes)
        if count > COUNTS.high:  # type: ignore[operator]
            raise invalid(count, _("{words}, in all").format(words=COUNTS.words))
        return cls(count, classes)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Tell pydantic to read the field with `read`."""
        return core_schema.no_info_plain_validator_function(cls.read)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe both forms for editors."""
        table = {
            "type": "object",
            "patternProperties": {CLASS_PATTERN: COUNTS.json},
            "additionalProperties": False,
            "minProperties": 1,
        }
        return {"anyOf": [COUNTS.json, table]}


def read_count(value: object, words: str, *at: str) -> int:
    """Read how many; a fault names the place below the field."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise invalid(value, words, *at)
    try:
        return int(COUNTS.read(value))
    except PydanticCustomError as error:
        raise invalid(value, str((error.context or {})["allowed"]), *at) from None


def read_class(key: str, count: object) -> TimeClass:
    """Read a class with its number."""
    times = parse_class(key)
    if times is None:
        raise invalid(Said(_("no class of times")), _(CLASS_WORDS), key)
    return TimeClass(*times, read_count(count, COUNTS.words, key))


def parse_class(text: str) -> tuple[float, float] | None:
    """Read the two times of a class [days]; None if it is none.

    Examples
    --------
    >>> parse_class("1-3 weeks"), parse_class("3-1 weeks"), parse_class("3 weeks")
    ((7.0, 21.0), None, None)
    """
    match = re.match(CLASS_PATTERN, text)
    if match is None:
        return None
    low, high = (float(match[i]) * DAYS_PER_UNIT[match[3]] for i in (1, 2))
    return (low, high) if low < high <= LONGEST else None


def check_apart(classes: tuple[TimeClass, ...], keys: list[str]) -> None:
    """Refuse classes that overlap: nobody could say how many have been there for how long."""
    in_order = sorted(range(len(classes)), key=lambda at: classes[at].low)
    for before, at in pairwise(in_order):
        if classes[at].low < classes[before].high * (1 - 1e-9):
            words = _('a class that does not overlap "{other}"').format(other=keys[before])
            raise invalid(Said(_("an overlap")), words, keys[at])
