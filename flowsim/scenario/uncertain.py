"""What nobody has measured: between what an input may lie, as `[uncertain]` says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema, model_validator

from flowsim.language import N_, _
from flowsim.scenario.distributions import Part, ShortPart
from flowsim.scenario.forms import Flag
from flowsim.scenario.quantities import Limits, Text, invalid
from flowsim.scenario.texts import Words

__all__ = ["DRAWS", "Kind", "Multiplier", "UncertainInput"]

DRAWS = "draws"
"""The name beside those of entries: a CSV file with draws of its own."""
Kind = Literal["uniform", "loguniform", "triangular", "normal"]
Value = Annotated[Any, WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]})]
"""A value as the key itself is written."""
FORM = N_("a table with low and high, or with factor, and with source or why")


class Multiplier(Part):
    """Between what a factor lies that multiplies what the file says."""

    low: Annotated[float, Limits(0, 1e6)] = Field(description=N_("The least factor."))
    high: Annotated[float, Limits(0, 1e6)] = Field(description=N_("The greatest factor."))
    mode: Annotated[float, Limits(0, 1e6)] | None = Field(
        default=None, description="The most likely factor."
    )


class UncertainInput(ShortPart):
    """An input that nobody has measured. A text alone is the file of `draws`."""

    keys: tuple[Text, ...] = Field(
        default=(),
        description="Key paths that move together; without: the entry's name is the key path.",
    )
    low: Value | None = Field(
        default=None, description="The least it may be, written as the key itself is."
    )
    high: Value | None = Field(
        default=None, description="The most it may be, written as the key itself is."
    )
    mode: Value | None = Field(
        default=None, description="What is most likely, written as the key itself is."
    )
    factor: Multiplier | None = Field(
        default=None, description="Instead of low and high: what the file says is multiplied."
    )
    distribution: Kind | None = Field(
        default=None,
        description="How it is spread between low and high. Left out: triangular with a mode, "
        "loguniform for a factor, else uniform. Of normal these are the 2.5 % and 97.5 % "
        "quantiles, and what lies beyond is left out.",
    )
    whole: Flag = Field(default=False, description="Whether it is a whole number.")
    source: Words | None = Field(
        default=None, description="A key of [sources], perhaps with a page after a comma."
    )
    why: Words | None = Field(default=None, description="Why it may lie there; or a source.")
    file: Text | None = Field(
        default=None,
        description="Of the entry draws alone: a CSV file beside the scenario, whose columns are "
        "key paths and whose rows are draws.",
    )

    @classmethod
    def short_schema(cls) -> list[dict[str, Any]]:
        """The name of a file may stand instead of the table."""
        return [{"type": "string"}]

    @model_validator(mode="before")
    @classmethod
    def read(cls, value: object) -> object:
        """Read the name of a file alone."""
        if isinstance(value, str):
            return {"file": value}
        if not isinstance(value, (Mapping, UncertainInput)):
            raise invalid(value, _(FORM))
        return value

    @property
    def spread(self) -> Kind:
        """How it is spread between low and high."""
        if self.distribution is not None:
            return self.distribution
        if self.mode is not None or (self.factor is not None and self.factor.mode is not None):
            return "triangular"
        return "uniform" if self.factor is None or self.whole else "loguniform"
