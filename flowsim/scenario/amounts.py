"""Amounts as a file writes them: taken apart, put together again, multiplied."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowsim.scenario.quantities import DAYS_PER_UNIT, DURATION_PATTERN, RATE_PATTERN

__all__ = ["Amount", "amount_of", "in_one_unit", "times", "written"]

DURATION, RATE = re.compile(DURATION_PATTERN), re.compile(RATE_PATTERN)


@dataclass(frozen=True)
class Amount:
    """A number with its unit.

    Parameters
    ----------
    number : of the unit
    unit : "" of a plain number, "week" of a duration, "per week" of a rate
    """

    number: float
    unit: str = ""

    @property
    def kind(self) -> str:
        """What it is: "number", "duration" or "rate"."""
        return "number" if not self.unit else "rate" if self.is_rate else "duration"

    @property
    def is_rate(self) -> bool:
        """Whether it is so many in a time."""
        return self.unit.startswith("per ")

    @property
    def size(self) -> float:
        """What it is inside flowsim: days, or a number per day."""
        if not self.unit:
            return self.number
        days = DAYS_PER_UNIT[self.unit.removeprefix("per ")]
        return self.number / days if self.is_rate else self.number * days


def amount_of(value: object) -> Amount | None:
    """Take the amount of a value of the file apart; None if it is none.

    Examples
    --------
    >>> amount_of("4 weeks"), amount_of("150 per year")
    (Amount(number=4.0, unit='week'), Amount(number=150.0, unit='per year'))
    >>> amount_of(12), amount_of(True), amount_of("mapping")
    (Amount(number=12.0, unit=''), None, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return Amount(float(value)) if math.isfinite(value) else None
    if not isinstance(value, str):
        return None
    if duration := DURATION.match(value):
        return Amount(float(duration[1]), duration[2])
    rate = RATE.match(value)
    return Amount(float(rate[1]), f"per {rate[2]}") if rate else None


def in_one_unit(amounts: Sequence[Amount]) -> tuple[list[float], str]:
    """Return the numbers of amounts of one kind in one unit, and the unit: their own, else days.

    Examples
    --------
    >>> in_one_unit([Amount(4, "week"), Amount(6, "week")])
    ([4, 6], 'week')
    >>> in_one_unit([Amount(1, "week"), Amount(14, "day")])
    ([7.0, 14.0], 'day')
    """
    units = {amount.unit for amount in amounts}
    if len(units) == 1:
        return [amount.number for amount in amounts], units.pop()
    unit = "per day" if amounts[0].is_rate else "day"
    return [amount.size for amount in amounts], unit


def written(number: float, unit: str) -> Any:
    """Write a number of a unit as a file does, so that not one bit of it is lost.

    Examples
    --------
    >>> written(4.5, "week"), written(150.0, "per year"), written(0.25, "")
    ('4.5 weeks', '150.0 per year', 0.25)
    """
    if not unit:
        return number
    return f"{number!r} {unit}" if unit.startswith("per ") else f"{number!r} {unit}s"


def times(value: Any, by: float, *, whole: bool = False) -> Any:
    """Multiply a value of the file, or every number of a table by year or by group.

    Parameters
    ----------
    value : an amount, or a table of such
    by : the factor
    whole : whether what comes out is rounded to whole numbers

    Examples
    --------
    >>> times({"2017": 2, "2018": 3.5}, 0.5), times("6 weeks", 1.5), times(7, 0.8, whole=True)
    ({'2017': 1.0, '2018': 1.75}, '9.0 weeks', 6)
    """
    if isinstance(value, Mapping):
        return {key: times(entry, by, whole=whole) for key, entry in value.items()}
    amount = amount_of(value)
    if amount is None:
        return value
    product = amount.number * by
    return round(product) if whole and not amount.unit else written(product, amount.unit)
