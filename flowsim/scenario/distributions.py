"""Durations that vary: the distributions, and what each of them needs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema

from flowsim.language import N_, _
from flowsim.scenario.marking import Told
from flowsim.scenario.quantities import (
    DURATION_PATTERN,
    Duration,
    Limits,
    Said,
    Text,
    invalid,
    parse_duration,
)
from flowsim.scenario.shares import read_shares

__all__ = ["Distribution", "LengthOfStay", "Part", "Patience", "survival"]

Kind = Literal[
    "constant",
    "exponential",
    "lognormal",
    "gamma",
    "weibull",
    "erlang",
    "uniform",
    "triangular",
    "pert",
    "empirical",
    "hyperexponential",
]
NEEDS: dict[str, tuple[str, ...]] = {
    "constant": ("mean",),
    "exponential": ("mean",),
    "lognormal": ("mean", "cv"),
    "gamma": ("mean", "cv"),
    "weibull": ("mean", "cv"),
    "erlang": ("mean", "shape"),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "pert": ("low", "mode", "high"),
    "empirical": ("values",),
    "hyperexponential": ("shares", "means"),
}
VARIED_BY_CV = ("lognormal", "gamma", "weibull")
LEAST_CV = 1e-6
"""Of what varies less, the parameters are beyond what numbers can hold."""
MAY_HAVE = {"empirical": ("weights",)}
PARAMETERS = ("mean", "cv", "shape", "low", "mode", "high", "values", "weights", "shares", "means")
DISTRIBUTION_WORDS = N_(
    'a duration with a unit (days, weeks, months or years), such as "3 weeks", or a table such as '
    '{ distribution = "gamma", mean = "3 weeks", cv = 0.5 }'
)


class Part(BaseModel):
    """A table of the file: unknown keys are faults, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ShortPart(Part):
    """A table that may be written shortly, as a text or number."""

    @classmethod
    def short_schema(cls) -> list[dict[str, Any]]:
        """What may stand instead of the table, in JSON Schema."""
        return []

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe both forms for editors."""
        reference = handler(schema)
        target = handler.resolve_ref_schema(reference)
        if "anyOf" not in target:
            table = dict(target)
            target.clear()
            target["anyOf"] = [*cls.short_schema(), table]
        return reference


def read_share_list(shares: object) -> object:
    """Read shares that stand in a list."""
    if not isinstance(shares, (list, tuple)):
        return shares
    return tuple(read_shares({str(at): share for at, share in enumerate(shares)}).values())


class Distribution(ShortPart):
    """A duration that varies. A duration alone, such as "3 weeks", is the same for everybody."""

    distribution: Kind = Field(
        default="constant",
        description="The kind. Left out: gamma where there is a cv, else the same for everybody.",
    )
    mean: Annotated[Duration | None, Told(N_("mean"))] = Field(
        default=None, description="The average duration."
    )
    cv: Annotated[
        Annotated[float, Limits(0, 10)] | None,
        Told(N_("variation (standard deviation over mean)"), is_form=True),
    ] = Field(
        default=None,
        description="How much it varies: standard deviation over mean. 0 is not at all, 1 is much.",
    )
    shape: Annotated[
        Annotated[int, Limits(1, 1000, whole=True)] | None, Told(N_("stages"), is_form=True)
    ] = Field(default=None, description="For erlang: how many equal stages it is made of.")
    low: Annotated[Duration | None, Told(N_("shortest"))] = Field(
        default=None, description="The shortest possible."
    )
    mode: Annotated[Duration | None, Told(N_("most likely"))] = Field(
        default=None, description="The most likely."
    )
    high: Annotated[Duration | None, Told(N_("longest"))] = Field(
        default=None, description="The longest possible."
    )
    values: Annotated[tuple[Duration, ...], Told(N_("values"))] = Field(
        default=(), description="For empirical: the durations that occur, one of which is drawn."
    )
    weights: Annotated[tuple[Annotated[float, Limits(0, 1e12)], ...], Told(N_("weights"))] = Field(
        default=(),
        description="For empirical: how often each value occurs. Left out: equally often.",
    )
    shares: Annotated[
        tuple[float, ...],
        BeforeValidator(read_share_list),
        WithJsonSchema({"type": "array", "items": {"type": "number", "minimum": 0}}),
        Told(N_("shares")),
    ] = Field(
        default=(), description="For hyperexponential: the share of each kind of participant."
    )
    means: Annotated[tuple[Duration, ...], Told(N_("means"))] = Field(
        default=(), description="For hyperexponential: the average duration of each kind."
    )

    @classmethod
    def short_schema(cls) -> list[dict[str, Any]]:
        """A duration may stand instead of the table."""
        return [{"type": "string", "pattern": DURATION_PATTERN}]

    @model_validator(mode="before")
    @classmethod
    def read(cls, value: object) -> object:
        """Read a duration alone, and fill in the kind that is left out."""
        if isinstance(value, str):
            parse_duration(value)
            return {"mean": value}
        if isinstance(value, Distribution):
            return value
        if not isinstance(value, Mapping):
            raise invalid(value, _(DISTRIBUTION_WORDS))
        if "cv" not in value:
            return value
        kind, cv = value.get("distribution", "gamma"), value["cv"]
        if kind in VARIED_BY_CV and cv == 0 and not isinstance(cv, bool):
            return {key: value[key] for key in value if key not in ("cv", "distribution")}
        return {**value, "distribution": kind}

    @model_validator(mode="after")
    def fits(self) -> Self:
        """Check that the kind has what it needs, and nothing else."""
        kind, needs = self.distribution, NEEDS[self.distribution]
        takes = (*needs, *MAY_HAVE.get(kind, ()))
        for key in PARAMETERS:
            given = getattr(self, key)
            if key in needs and given in (None, ()):
                raise invalid(
                    None, _("{kind} needs {needs}").format(kind=kind, needs=listed(needs)), key
                )
            if key not in takes and given not in (None, ()):
                raise invalid(
                    Said(f"{key}"),
                    _("{kind} takes {takes}").format(kind=kind, takes=listed(takes)),
                    key,
                )
        if kind in VARIED_BY_CV and self.cv is not None and 0 < self.cv < LEAST_CV:
            words = _("0, or a number from {least} to 10").format(least=f"{LEAST_CV:f}")
            raise invalid(self.cv, words, "cv")
        self.check_sizes()
        return self

    def check_sizes(self) -> None:
        """Check what the numbers say together."""
        if self.mean is not None and self.mean <= 0 and self.distribution != "constant":
            raise invalid(
                Said(_("a mean of 0")),
                _("{distribution} needs a mean above 0").format(distribution=self.distribution),
                "mean",
            )
        if self.low is not None and self.high is not None:
            mode = self.low if self.mode is None else self.mode
            if not (self.low <= mode <= self.high and self.low < self.high):
                order = "low < high" if self.mode is None else "low <= mode <= high, low < high"
                raise invalid(Said(_("durations out of order")), order)
        if self.weights and len(self.weights) != len(self.values):
            raise invalid(
                Said(_("{n_weights} weights").format(n_weights=len(self.weights))),
                _("{n_values}, one for each value").format(n_values=len(self.values)),
                "weights",
            )
        if self.weights and not any(self.weights):
            raise invalid(
                Said(_("weights that are all 0")), _("at least one weight above 0"), "weights"
            )
        if len(self.shares) != len(self.means):
            raise invalid(
                Said(_("{n_means} means").format(n_means=len(self.means))),
                _("{n_shares}, one for each share").format(n_shares=len(self.shares)),
                "means",
            )
        if 0 in self.means:
            raise invalid(
                Said(_("a mean of 0")),
                _("{distribution} needs means above 0").format(distribution=self.distribution),
                "means",
            )

    @property
    def average(self) -> float:
        """The mean [days].

        Examples
        --------
        >>> Distribution(distribution="uniform", low="1 day", high="3 days").average
        2.0
        """
        match self.distribution:
            case "uniform":
                return ((self.low or 0) + (self.high or 0)) / 2
            case "triangular":
                return ((self.low or 0) + (self.mode or 0) + (self.high or 0)) / 3
            case "pert":
                return ((self.low or 0) + 4 * (self.mode or 0) + (self.high or 0)) / 6
            case "empirical":
                weights = self.weights or (1.0,) * len(self.values)
                return weighted(weights, self.values)
            case "hyperexponential":
                return weighted(self.shares, self.means)
        return self.mean or 0.0

    @property
    def is_zero(self) -> bool:
        """Whether it is 0 for everybody."""
        return self.average == 0


def listed(keys: tuple[str, ...]) -> str:
    """Join keys as one would say them.

    Examples
    --------
    >>> listed(("low", "mode", "high"))
    'low, mode and high'
    """
    return _(" and ").join(filter(None, [", ".join(keys[:-1]), keys[-1]]))


def weighted(weights: tuple[float, ...], values: tuple[float, ...]) -> float:
    """Average values by weights."""
    return math.fsum(w * v for w, v in zip(weights, values, strict=True)) / math.fsum(weights)


class LengthOfStay(Distribution):
    """How long a participant stays in a step, once started."""

    factors: Annotated[
        dict[str, Annotated[float, Limits(0, 1000)]],
        Told(
            N_("longer or shorter for some"),
            is_form=True,
            breaks=N_("stays differ between groups"),
            where="stay",
        ),
    ] = Field(
        default={},
        description='Longer or shorter for some: { "age=16-29" = 0.8 }. Several factors multiply.',
    )


class Patience(Distribution):
    """How long a participant waits before giving up."""

    since: Annotated[Literal["joining", "referral"], Told(N_("since"))] = Field(
        default="joining",
        description="From when it counts: joining this waiting list, or the first referral.",
    )
    exit: Annotated[Text, Told(N_("exit"))] = Field(
        default="withdrew", description="The exit of those who give up; withdrew if left out."
    )


def survival(time: Distribution, clock: float, factor: float = 1.0) -> float:
    """Return the chance that an exponential clock of some mean [days] outlasts a time.

    Exact where the time is constant, exponential, gamma, Erlang or a mixture of those; of others,
    the gamma distribution with the same mean and variation.

    Examples
    --------
    >>> survival(Distribution(distribution="exponential", mean="10 days"), 10.0)
    0.5
    >>> round(survival(Distribution(mean="10 days"), 10.0), 6)
    0.367879
    """
    scale = factor / clock
    if time.distribution == "hyperexponential":
        parts = zip(time.shares, time.means, strict=True)
        return sum(share / (1 + scale * mean) for share, mean in parts)
    if time.distribution == "empirical":
        weights = time.weights or (1.0,) * len(time.values)
        parts = zip(weights, time.values, strict=True)
        return sum(weight * math.exp(-scale * value) for weight, value in parts) / sum(weights)
    cv = {"exponential": 1.0, "erlang": (time.shape or 1) ** -0.5}.get(time.distribution)
    variation = (cv if cv is not None else time.cv or 0.0) ** 2
    mean: float = scale * time.average
    if variation < 1e-6:
        return math.exp(-mean)
    return float((1 + variation * mean) ** (-1 / variation))
