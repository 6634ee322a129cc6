"""Numbers that change on a day: fte = [{ fte = 4 }, { from = 2027-04-01, fte = 5 }]."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from flowsim.language import N_, _
from flowsim.scenario.quantities import (
    AMOUNT,
    Since,
    Varying,
    invalid,
    nearest,
    parse_date,
    read_at,
    read_entry,
)

__all__ = ["ByDate"]

FORM = N_("a list such as [{{ {key} = 4 }}, {{ from = 2027-04-01, {key} = 5 }}]")


@dataclass(frozen=True)
class ByDate:
    """How a number is read that may also change by date; on its field, beside `Varying`.

    Parameters
    ----------
    key : of the field, which each entry of the list has too

    Examples
    --------
    >>> import datetime as dt
    >>> posts = ByDate("fte").read([{"fte": 4}, {"from": dt.date(2027, 4, 1), "fte": 5}])
    >>> posts.on(dt.date(2027, 3, 31)), posts.on(dt.date(2027, 4, 1))
    (4.0, 5.0)
    >>> ByDate("fte").read({"syd": [{"fte": 1}], "nord": 2}).on(dt.date(2027, 1, 1), "nord")
    2.0
    """

    key: str

    def read(self, value: object) -> Varying:
        """Read a number, a table by year or by value, or a list by date, also by value."""
        if isinstance(value, (list, tuple)):
            return Varying((("", self.changes(value)),))
        if isinstance(value, Mapping) and any(isinstance(one, list) for one in value.values()):
            return Varying(tuple((str(key), self.of_value(str(key), value[key])) for key in value))
        return Varying.validate(value)

    def of_value(self, value: str, entry: object) -> tuple[tuple[Since, float], ...]:
        """Read what stands for one value of a group."""
        return self.changes(entry, value) if isinstance(entry, list) else read_entry(value, entry)

    def changes(
        self, entries: list[Any] | tuple[Any, ...], *at: str | int
    ) -> tuple[tuple[Since, float], ...]:
        """Read a list: the first entry has no `from`, the others stand in order of theirs."""
        if not entries:
            raise invalid(entries, self.form, *at)
        pairs: list[tuple[Since, float]] = []
        for place, entry in enumerate(entries):
            here = (*at, place)
            since = self.since(entry, *here)
            if place and not isinstance(since, dt.date):
                raise invalid(None, _("from: the first day of this number"), *here, "from")
            if not place and since:
                words = _("no from in the first entry, which holds from the beginning")
                raise invalid(since, words, *here, "from")
            before = pairs[-1][0] if pairs else 0
            if isinstance(since, dt.date) and isinstance(before, dt.date) and since <= before:
                words = _("a date after {before}, that of the entry before").format(before=before)
                raise invalid(since, words, *here, "from")
            pairs.append((since, read_at(entry.get(self.key), *here, self.key)))
        return tuple(pairs)

    def since(self, entry: object, *at: str | int) -> Since:
        """Read from when on an entry holds; 0 where it does not say."""
        if not isinstance(entry, Mapping):
            raise invalid(entry, self.form, *at)
        if unknown := [str(key) for key in entry if key not in ("from", self.key)]:
            words = _("from and {key}").format(key=self.key)
            near = nearest(unknown[0], ["from", self.key])
            raise invalid(entry[unknown[0]], words, *at, unknown[0], near=near)
        if "from" not in entry:
            return 0
        try:
            return parse_date(entry["from"])
        except PydanticCustomError as error:
            words = str((error.context or {})["allowed"])
            raise invalid(entry["from"], words, *at, "from") from None

    @property
    def form(self) -> str:
        """What a list looks like."""
        return _(FORM).format(key=self.key)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Tell pydantic to read the field with `read`."""
        return core_schema.no_info_plain_validator_function(self.validate)

    def validate(self, value: object) -> Varying:
        """Accept what is read already, read the rest."""
        return value if isinstance(value, Varying) else self.read(value)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the input for editors."""
        amount = AMOUNT.json
        entry = {
            "type": "object",
            "properties": {"from": {"type": "string", "format": "date"}, self.key: amount},
            "required": [self.key],
            "additionalProperties": False,
        }
        by_date = {"type": "array", "items": entry, "minItems": 1}
        by_year = {"type": "object", "additionalProperties": amount, "minProperties": 1}
        by_value = {"anyOf": [amount, by_year, by_date]}
        table = {"type": "object", "additionalProperties": by_value, "minProperties": 1}
        return {"anyOf": [amount, table, by_date]}
