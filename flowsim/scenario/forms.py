"""Forms that a value may take in the file: a name or a list, shares, true or false."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema

from flowsim.language import _
from flowsim.scenario.quantities import Limits, Text, invalid
from flowsim.scenario.shares import SHARE_SCHEMA, read_mix, read_shares

__all__ = [
    "NAME_PATTERN",
    "Flag",
    "Mix",
    "Months",
    "Names",
    "OneOrList",
    "Shares",
    "TeamNames",
    "read_tables",
]

NAME_PATTERN = r"^[a-z][a-z0-9_]*$"


class Names:
    """Marks a table whose keys are names that the user chooses."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe editors what such a name looks like."""
        return {**handler(schema), "propertyNames": {"pattern": NAME_PATTERN}}


def read_flag(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise invalid(value, _("true or false, without quotes"))
    return value


def read_names(value: object) -> object:
    """Read one name, or a list of names."""
    if not isinstance(value, (str, list, tuple)):
        raise invalid(value, _("a name, or a list of names"))
    return [value] if isinstance(value, str) else value


def read_tables(value: object) -> object:
    """Read one table, or a list of tables."""
    if not isinstance(value, (Mapping, list, tuple)):
        raise invalid(value, _("a table, or a list of tables"))
    return [value] if isinstance(value, Mapping) else value


def one_or_list(item: dict[str, Any]) -> dict[str, Any]:
    """Describe one value or a list of such for editors."""
    return {"anyOf": [item, {"type": "array", "items": item}]}


class OneOrList:
    """Marks a list that may be a single table when it has one entry."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe both forms for editors."""
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


SHARES_TABLE = {"type": "object", "additionalProperties": SHARE_SCHEMA, "minProperties": 1}
Flag = Annotated[bool, BeforeValidator(read_flag)]
Shares = Annotated[dict[str, float], BeforeValidator(read_shares), WithJsonSchema(SHARES_TABLE)]
Mix = Annotated[
    dict[str, float],
    BeforeValidator(read_mix),
    WithJsonSchema({"anyOf": [{"type": "string"}, SHARES_TABLE]}),
]
TeamNames = Annotated[
    tuple[Text, ...],
    BeforeValidator(read_names),
    WithJsonSchema(one_or_list({"type": "string"})),
]
Months = Annotated[
    tuple[Annotated[float, Limits(0, 1e6)], ...], Field(min_length=12, max_length=12)
]
