"""Days of closures: every year ("07-06") or once (2019-07-06)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from flowsim.language import N_, _
from flowsim.scenario.quantities import Said, invalid, parse_date

__all__ = ["ClosureDay", "closure_span_fault"]

YEARLY_PATTERN = r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
DAY_WORDS = N_('a day of every year such as "07-06" (month-day), or a date such as 2019-07-06')


def read_closure_day(value: object) -> dt.date | tuple[int, int]:
    """Read a day of every year as (month, day), or a date.

    Examples
    --------
    >>> read_closure_day("07-06")
    (7, 6)
    """
    if not isinstance(value, str):
        return parse_dated(value)
    found = re.match(YEARLY_PATTERN, value)
    if found is None:
        raise invalid(value, _(DAY_WORDS))
    if value == "02-29":
        raise invalid(value, _('a day that every year has ("02-28" or "03-01")'))
    month, day = int(found[1]), int(found[2])
    try:
        dt.date(2019, month, day)
    except ValueError:
        raise invalid(value, _(DAY_WORDS)) from None
    return month, day


def parse_dated(value: object) -> dt.date:
    """Read the date of a closure that is not yearly."""
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise invalid(value, _(DAY_WORDS))
    return parse_date(value)


ClosureDay = Annotated[
    dt.date | tuple[int, int],
    BeforeValidator(read_closure_day),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": YEARLY_PATTERN},
                {"type": "string", "format": "date"},
            ]
        }
    ),
]


def closure_span_fault(first: dt.date | tuple[int, int], last: dt.date | tuple[int, int]) -> None:
    """Refuse a closure of a day of every year and a date, or one that ends before it begins."""
    if isinstance(first, tuple) != isinstance(last, tuple):
        raise invalid(Said(_("a day of every year and a date")), _("from and until of one kind"))
    if isinstance(first, dt.date) and isinstance(last, dt.date) and last < first:
        raise invalid(last, _("a date from {first} on").format(first=first), "until")
