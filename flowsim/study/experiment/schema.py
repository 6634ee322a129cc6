"""What an experiment file may say: a question, a base scenario, and what is varied in it.

The JSON Schema that editors use is generated from these models (`flowsim schema --experiment`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from flowsim.language import N_
from flowsim.scenario.distributions import Part
from flowsim.scenario.forms import NAME_PATTERN, Flag
from flowsim.scenario.quantities import Figure, Limits, Text
from flowsim.scenario.schema import drop_default
from flowsim.scenario.texts import Label, Words

__all__ = [
    "GIVEN_DESIGNS",
    "SAMPLED_DESIGNS",
    "Answer",
    "ExperimentFile",
    "ExperimentHeading",
    "Factor",
    "Level",
    "RestsOn",
    "StopRule",
    "Variant",
    "json_schema",
]

GIVEN_DESIGNS = ("grid", "list", "one_at_a_time")
SAMPLED_DESIGNS = ("lhs", "sobol", "morris")
MOST_REPLICATIONS = 1_000_000
Name = Annotated[Text, WithJsonSchema({"type": "string", "pattern": NAME_PATTERN})]
Settings = dict[str, Any]
"""Values by key path of the scenario, as --set takes them."""


class StopRule(Part):
    """How narrow a figure's interval shall become, in every point."""

    kpi: Text = Field(description=N_('The figure, such as "mapping.wait.mean".'))
    relative_half_width: Annotated[float, Limits(0, 1, above=True)] = Field(
        description=N_("Half the width of its 95 % interval, relative to the figure.")
    )
    max: Annotated[int, Limits(2, MOST_REPLICATIONS, whole=True)] = Field(
        default=5000, description="The most replications of a point."
    )


class ExperimentHeading(Part):
    """What is asked, of which scenario, and how it is varied."""

    title: Label = Field(description=N_("The question in words, such as a board asks it."))
    question: Text = Field(default="", description="A short name of the question, such as Q10.")
    source: Words = Field(default="", description="Document and section where it is asked.")
    language: Literal["sv", "en"] | None = Field(
        default=None, description="The language of reports; that of the base if left out."
    )
    base: Text = Field(description=N_("The scenario file, as seen from the folder of this file."))
    kpis: Annotated[tuple[Text, ...], Field(min_length=1)] = Field(
        description=N_("The figures that are kept.")
    )
    period: Text = Field(
        default="run", description='The period of the figures: "run" or a year such as "2019".'
    )
    replications: Annotated[int, Limits(1, MOST_REPLICATIONS, whole=True)] | None = Field(
        default=None, description="Replications of each point; those of the base if left out."
    )
    precision: StopRule | None = Field(
        default=None, description="Instead of replications: run until a figure is this precise."
    )
    seed: Annotated[int, Limits(0, 2**63 - 1, whole=True)] | None = Field(
        default=None, description="Key of the draws; that of the base if left out."
    )
    design: Literal["grid", "list", "one_at_a_time", "lhs", "sobol", "morris"] = Field(
        description=N_(
            "grid: all combinations; list: the variants; one_at_a_time: each factor alone; "
            "lhs, sobol and morris: drawn between low and high."
        )
    )
    n: Annotated[int, Limits(1, 100_000, whole=True)] | None = Field(
        default=None,
        description="Of drawn designs: points (lhs), base sample size (sobol), "
        "trajectories (morris).",
    )
    set: Settings = Field(
        default={}, description='Settings of all points, such as { "run.until" = 2021-12-31 }.'
    )


class Level(Part):
    """Several settings that belong together."""

    name: Name | None = Field(
        default=None, description="Its name, where the label is in two languages."
    )
    label: Label = Field(description=N_("What people see."))
    set: Settings = Field(description=N_("The settings, by key path of the scenario."))


class Factor(Part):
    """Something that is varied."""

    name: Name = Field(description=N_("Its name: the column in points.parquet."))
    label: Label | None = Field(default=None, description="What people see instead of the name.")
    key: Text | None = Field(
        default=None, description="The key path of the scenario, as --set takes it."
    )
    keys: tuple[Text, ...] = Field(
        default=(), description="Instead of key: key paths that all get the same value."
    )
    values: tuple[Any, ...] = Field(default=(), description="The values, one after the other.")
    levels: tuple[Level, ...] = Field(
        default=(), description="Instead of key and values: settings that go together."
    )
    low: Figure | None = Field(default=None, description="The lowest value.")
    high: Figure | None = Field(default=None, description="The highest value.")
    distribution: Literal["uniform", "loguniform", "triangular", "normal"] = Field(
        default="uniform",
        description="How values are drawn between low and high; of normal these are the 2.5 % and "
        "97.5 % quantiles, and what lies beyond is left out.",
    )
    mode: Figure | None = Field(default=None, description="The most likely value of a triangle.")
    whole: Flag = Field(default=False, description="Whether drawn values are whole numbers.")
    baseline: Annotated[Any, WithJsonSchema({})] = Field(
        default=None,
        description="The value of the base point; without it the first value of a grid, "
        "else that of the base scenario.",
    )
    unit: Text | None = Field(
        default=None,
        description='What a number is followed by: "months" writes 3 as "3 months"; "per year" '
        "makes rates.",
    )


class Variant(Part):
    """One point of a list."""

    name: Name = Field(description=N_("Its name."))
    label: Label | None = Field(default=None, description="What people see instead of the name.")
    set: Settings = Field(default={}, description="Its settings, by key path of the scenario.")


class RestsOn(Part):
    """The inputs that an answer rests on, by how they are known."""

    stated: tuple[Words, ...] = Field(default=(), description="What stands in a source.")
    derived: tuple[Words, ...] = Field(default=(), description="What is worked out from one.")
    assumed: tuple[Words, ...] = Field(default=(), description="What has no source.")


class Answer(Part):
    """What the board is told, and on what it rests."""

    text: Words = Field(
        default="",
        description="The answer in words, with figures in braces: {cost.total at more} is that "
        "of a point with its interval, {difference in cost.total at more} that from the base.",
    )
    holds: tuple[Text, ...] = Field(
        default=(),
        description='What must hold for the words to be true: "cost.total at more < 5e6".',
    )
    rests_on: RestsOn = Field(default=RestsOn(), description="The inputs that it rests on.")


class ExperimentFile(Part):
    """A whole experiment file."""

    experiment: ExperimentHeading = Field(description=N_("The question, the base and the design."))
    factors: tuple[Factor, ...] = Field(default=(), description="What is varied; not in a list.")
    variants: tuple[Variant, ...] = Field(
        default=(), description="The points of a list; the first is the base of comparison."
    )
    answer: Answer = Field(default=Answer(), description="What the board is told.")


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of an experiment file.

    Examples
    --------
    >>> json_schema()["title"]
    'flowsim experiment'
    """
    schema = ExperimentFile.model_json_schema(by_alias=True)
    for table in [schema, *schema["$defs"].values()]:
        for entry in table.get("properties", {}).values():
            entry.pop("title", None)
            drop_default(entry)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {**head, **schema, "title": "flowsim experiment"}
