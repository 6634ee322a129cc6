"""What a scenario file may say: every key, its meaning and its limits.

The JSON Schema that editors use is generated from these models (`flowsim schema`).
Inside, durations are days, rates are per day, dates are `datetime.date`, shares sum to 1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    PrivateAttr,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from flowsim.errors import Notice
from flowsim.scenario.calendar_days import ClosureDay, closure_span_fault
from flowsim.scenario.distributions import (
    Distribution,
    LengthOfStay,
    Part,
    Patience,
    ShortPart,
)
from flowsim.scenario.quantities import (
    Amount,
    CalendarLength,
    Count,
    Date,
    Duration,
    Limits,
    Rate,
    Share,
    Text,
    Varying,
    after_length,
    invalid,
    parse_length,
)
from flowsim.scenario.shares import SHARE_SCHEMA, read_mix, read_routes, read_shares
from flowsim.scenario.source import Source

__all__ = [
    "BUILT_IN_EXITS",
    "Calendar",
    "Closure",
    "Cohort",
    "Costs",
    "Distribution",
    "Exit",
    "Goal",
    "Heading",
    "Initial",
    "Intake",
    "Interruption",
    "LengthOfStay",
    "Observed",
    "Part",
    "Patience",
    "Population",
    "Precision",
    "RateChange",
    "Referral",
    "Returns",
    "Route",
    "Run",
    "Scenario",
    "StaffLine",
    "Step",
    "Sustained",
    "Team",
    "Turnover",
    "json_schema",
]

BUILT_IN_EXITS = ("withdrew", "turned_away", "interrupted")
"""Exits that exist without being declared."""

RESOLVED: Any = None
"""Default of a key that is always set while a file is read."""

NAME_PATTERN = r"^[a-z][a-z0-9_]*$"


# Forms that a value may take in the file


class Names:
    """Marks a table whose keys are names that the user chooses."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Tell editors what such a name looks like."""
        return {**handler(schema), "propertyNames": {"pattern": NAME_PATTERN}}


def read_flag(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise invalid(value, "true or false, without quotes")
    return value


def read_names(value: object) -> object:
    """Read one name, or a list of names."""
    if not isinstance(value, (str, list, tuple)):
        raise invalid(value, "a name, or a list of names")
    return [value] if isinstance(value, str) else value


def read_tables(value: object) -> object:
    """Read one table, or a list of tables."""
    if not isinstance(value, (Mapping, list, tuple)):
        raise invalid(value, "a table, or a list of tables")
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


# Steps


class Route(ShortPart):
    """Where to go, and how large a share goes there."""

    share: Annotated[float, WithJsonSchema(SHARE_SCHEMA)] = Field(
        description='The share that goes this way; "rest" is what the others leave.'
    )
    after: Distribution | None = Field(
        default=None, description="A delay on the way, spent on no waiting list."
    )

    @classmethod
    def short_schema(cls) -> list[dict[str, Any]]:
        """A share may stand instead of the table."""
        return [SHARE_SCHEMA]


Routes = Annotated[dict[str, Route], BeforeValidator(read_routes)]


class Interruption(Part):
    """Something that ends a stay too early."""

    rate: Rate | None = Field(default=None, description="How often it strikes a participant.")
    after: Distribution | None = Field(
        default=None, description="How long after the start it strikes; instead of a rate."
    )
    exit: Text = Field(default="interrupted", description="The exit of those who are interrupted.")


class Intake(Part):
    """When participants may start: only at meetings, or only as a group."""

    every: Duration | None = Field(
        default=None,
        description="How often there is a meeting. Left out: a group starts as soon as enough wait.",
    )
    first: Date | None = Field(
        default=None, description="The first meeting; the start of the run if left out."
    )
    min: Annotated[int, Limits(1, 100_000, whole=True)] = Field(
        default=1, description="The fewest who start together; else nobody starts."
    )
    max: Annotated[int, Limits(1, 100_000, whole=True)] | None = Field(
        default=None, description="The most who start together."
    )
    max_per_year: Count | None = Field(
        default=None, description="The most who start in a calendar year."
    )
    cut_off: Duration = Field(
        default=0.0,
        description="How long before a meeting one must have joined the waiting list.",
    )


class Initial(Part):
    """The situation at the start of the run."""

    waiting: Count = Field(default=0, description="How many are on the waiting list.")
    waited: Distribution | None = Field(
        default=None, description="How long those have waited already; not at all if left out."
    )
    in_service: Count = Field(default=0, description="How many are in the step already.")


class Step(Part):
    """Something participants go through: they wait for it, stay in it and go on."""

    label: Text | None = Field(default=None, description="What people see instead of the name.")
    team: TeamNames = Field(
        default=(),
        description="The team whose place is needed; a list: one place of each; none: no limit.",
    )
    length_of_stay: LengthOfStay = Field(description="How long participants stay.")
    next: Routes = Field(
        default={}, description="Where they go afterwards: shares of steps and exits."
    )
    next_for: dict[str, Routes] = Field(
        default={},
        description='Other shares for some, by "group=value"; the first that matches holds.',
    )
    patience: Patience | None = Field(
        default=None, description="How long they wait before giving up; for ever if left out."
    )
    interruption: Annotated[tuple[Interruption, ...], BeforeValidator(read_tables), OneOrList()] = (
        Field(default=(), description="What may end a stay too early.")
    )
    priority: tuple[Text, ...] = Field(
        default=(),
        description='Who starts first, best first, as "group=value"; all others come after.',
    )
    intake: Intake | None = Field(
        default=None, description="Starts only at meetings, or only as a group."
    )
    max_waiting: Count | None = Field(
        default=None, description="With so many waiting, whoever comes is turned away."
    )
    keeps_place: Flag = Field(
        default=False,
        description="Whether participants hold their place until the next step lets them in.",
    )
    cost_per_participant: Amount = Field(default=0.0, description="Cost of each start.")
    cost_per_group: Amount = Field(
        default=0.0, description="Cost of each meeting or group that starts someone."
    )
    target_wait: Duration | None = Field(
        default=None, description="The longest wait that is acceptable."
    )
    initial: Initial = Field(default=Initial(), description="The situation at the start.")


# Teams


class Closure(Part):
    """Days on which nobody starts: every year ("07-06") or once (2019-07-06)."""

    from_: ClosureDay = Field(alias="from", description="The first closed day.")
    until: ClosureDay = Field(description="The last closed day.")
    pauses: Flag = Field(default=False, description="Whether stays also stand still meanwhile.")

    @model_validator(mode="after")
    def fits(self) -> Self:
        """Check that both days are of one kind and in order."""
        closure_span_fault(self.from_, self.until)
        return self


class Turnover(Part):
    """Staff who leave, and posts that stay vacant until filled again."""

    leave: Rate = Field(description="How often a person leaves.")
    vacancy: Distribution = Field(description="How long a post stays vacant.")


class StaffLine(Part):
    """A kind of staff of a team."""

    fte: Varying | None = Field(default=None, description="Full-time equivalents.")
    money: Varying | None = Field(
        default=None,
        description="Money a year for staff, instead of fte: fte = money / cost_per_fte.",
    )
    caseload: Varying | None = Field(
        default=None,
        description="Participants for each full-time equivalent; left out: gives no places.",
    )
    cost_per_fte: Varying | None = Field(
        default=None, description="Cost of a full-time equivalent a year."
    )
    from_: Date | None = Field(default=None, alias="from", description="First day in post.")
    until: Date | None = Field(default=None, description="Last day in post.")
    paid_by: Text | None = Field(
        default=None, description="Who pays this line whole; left out: as the team is financed."
    )


class Team(Part):
    """People or a site with a limited number of places."""

    label: Text | None = Field(default=None, description="What people see instead of the name.")
    staff: Annotated[dict[str, StaffLine], Names()] = Field(
        default={}, description="Staff by role. Places = fte x caseload, added over roles."
    )
    places: Varying | None = Field(
        default=None, description="Places, where no caseload says how many there are."
    )
    cost_per_place: Varying | None = Field(
        default=None, description="Cost of a place a year, used or not."
    )
    overheads: Varying | None = Field(default=None, description="Other costs of the team a year.")
    financed_by: Shares = Field(
        default={"association": 1.0},
        description="Who pays the team, in shares; the association if left out.",
    )
    turnover: Turnover | None = Field(default=None, description="Staff who come and go.")
    closures: tuple[Closure, ...] | None = Field(
        default=None, description="When nobody starts; as in the calendar if left out."
    )
    from_: Date | None = Field(
        default=None, alias="from", description="First day of the team; always there if left out."
    )
    until: Date | None = Field(default=None, description="Last day of the team.")
    then: Text | None = Field(
        default=None,
        description="The step or exit to which those waiting and inside go when the team ends.",
    )
    per: Text | None = Field(
        default=None, description="A group: one such team, with lists of its own, for each value."
    )


# Referrals


class RateChange(Part):
    """A new rate of referrals from a day on."""

    from_: Date = Field(alias="from", description="The first day of the new rate.")
    rate: Rate = Field(description="The rate from then on.")


class Cohort(Part):
    """Participants who are all referred on one day."""

    date: Date = Field(description="The day.")
    count: Annotated[int, Limits(1, whole=True)] = Field(description="How many.")


class Referral(Part):
    """Where participants come from, and how many."""

    label: Text | None = Field(default=None, description="What people see instead of the name.")
    to: Text = Field(description="The step they are referred to.")
    rate: Rate | None = Field(
        default=None, description="How many are referred on average; they come at random."
    )
    cohort: tuple[Cohort, ...] = Field(
        default=(), description="Instead of a rate: so many on these days."
    )
    file: Text | None = Field(
        default=None,
        description="Instead of a rate: a CSV list with the column date, and columns for groups.",
    )
    from_: Date | None = Field(
        default=None, alias="from", description="The first day of referrals."
    )
    until: Date | None = Field(default=None, description="The last day of referrals.")
    changes: tuple[RateChange, ...] = Field(
        default=(), description="Other rates later on, each from its day."
    )
    seasonality: Months | None = Field(
        default=None,
        description="Twelve factors, January to December; as in the calendar if left out.",
    )
    groups: Annotated[dict[str, Mix], Names()] = Field(
        default={}, description="The mix of these participants, where it is not that of [groups]."
    )
    at_most: Count | None = Field(
        default=None, description="The most who are ever referred from here."
    )


# Exits, outcomes, goals


class Sustained(Part):
    """Exits that hold."""

    after: Duration = Field(description="How long after the exit one looks.")
    share: Share = Field(description="The share of exits that hold so long.")


class Returns(Part):
    """Those who come back after an exit."""

    share: Share = Field(description="The share who come back.")
    after: Distribution = Field(description="How long after the exit.")
    to: Text = Field(description="The step they come back to.")


class Exit(ShortPart):
    """A way to leave. A text alone is its label."""

    label: Text | None = Field(default=None, description="What people see instead of the name.")
    sustained: Sustained | None = Field(default=None, description="The share that holds.")
    returns: Returns | None = Field(default=None, description="The share that comes back.")

    @classmethod
    def short_schema(cls) -> list[dict[str, Any]]:
        """A label may stand instead of the table."""
        return [{"type": "string"}]

    @model_validator(mode="before")
    @classmethod
    def read(cls, value: object) -> object:
        """Read a label alone."""
        if not isinstance(value, (str, Mapping, Exit)):
            raise invalid(value, "a label in quotes, or a table with label, sustained, returns")
        return {"label": value} if isinstance(value, str) else value


class Goal(Part):
    """What the board wants: a figure to reach, or an outcome in time."""

    kpi: Text | None = Field(default=None, description='The figure, such as "mapping.wait.mean".')
    outcome: Text | None = Field(
        default=None, description="Instead of a figure: an outcome that shall be reached in time."
    )
    within: Duration | None = Field(default=None, description="How soon after the start of `of`.")
    of: Text | None = Field(default=None, description="The step from whose start time counts.")
    at_least: Annotated[float, Limits()] | None = Field(
        default=None, description="The least that meets the goal."
    )
    at_most: Annotated[float, Limits()] | None = Field(
        default=None, description="The most that meets the goal."
    )


# The association


class Population(Part):
    """Who could take part, and who counts as taking part."""

    target_group: Varying | None = Field(
        default=None, description="How many people the association is there for."
    )
    counted_in: tuple[Text, ...] | None = Field(
        default=None,
        description="Steps in which one counts as a participant; every step if left out.",
    )


class Costs(Part):
    """The association's own costs and budget; money a year, unless it says otherwise."""

    administration: Varying | None = Field(default=None, description="Administration a year.")
    structural: Varying | None = Field(
        default=None, description="Structural efforts (not for single participants) a year."
    )
    contributions: Shares = Field(default={}, description="Who pays the budget, in shares.")
    budget: Varying | None = Field(default=None, description="The budget a year.")
    opening_equity: Annotated[float, Limits(-1e15, 1e15)] = Field(
        default=0.0, description="Equity at the start of the run."
    )
    equity_ceiling: Annotated[float, Limits(0, 100)] | None = Field(
        default=None, description="The most equity allowed, as a share of the budget."
    )


class Observed(Part):
    """What really happened: a figure, perhaps with limits and a source."""

    value: Annotated[float, Limits()] = Field(description="The figure.")
    low: Annotated[float, Limits()] | None = Field(default=None, description="The least it was.")
    high: Annotated[float, Limits()] | None = Field(default=None, description="The most it was.")
    source: Text | None = Field(
        default=None, description="A key of [sources], perhaps with a page after a comma."
    )


class Calendar(Part):
    """Closures and seasons for all teams and sources that do not say otherwise."""

    closures: tuple[Closure, ...] = Field(default=(), description="When nobody starts.")
    seasonality: Months | None = Field(
        default=None, description="Twelve factors on referrals, January to December."
    )


# The run


class Precision(Part):
    """Replications until a figure is known precisely enough."""

    kpi: Text = Field(description='The figure, such as "mapping.wait.mean".')
    relative_half_width: Annotated[float, Limits(0, 1, above=True)] = Field(
        description="Half the width of its 95 % interval, as a share of the figure."
    )
    max: Annotated[int, Limits(2, 1_000_000, whole=True)] = Field(
        default=5000, description="The most replications."
    )


class Run(Part):
    """From when to when, and how often."""

    start: Date = Field(description="The first day of the run.")
    until: Date = Field(default=RESOLVED, description="The last day of the run.")
    length: CalendarLength | None = Field(
        default=None, description="Instead of `until`: how long the run is, on the calendar."
    )
    report_from: Date = Field(
        default=RESOLVED, description="The first day of the statistics; the start if left out."
    )
    warm_up: CalendarLength | None = Field(
        default=None, description="Instead of `report_from`: how long after the start they begin."
    )
    seed: Annotated[int, Limits(0, 2**63 - 1, whole=True)] = Field(
        default=1, description="The same seed gives the same results."
    )
    replications: Annotated[int, Limits(1, 1_000_000, whole=True)] = Field(
        default=200, description="How often the run is repeated with other luck."
    )
    precision: Precision | None = Field(
        default=None, description="Instead of `replications`: until precise enough."
    )

    @model_validator(mode="before")
    @classmethod
    def read(cls, value: object) -> object:
        """Turn `length` and `warm_up` into dates."""
        if not isinstance(value, Mapping):
            return value
        table = dict(value)
        for length, day in (("length", "until"), ("warm_up", "report_from")):
            if length in table and day in table:
                raise invalid(table[length], f"either {day} or {length}, not both", length)
        if "until" not in table and "length" not in table:
            raise invalid(None, "the last day of the run, or length instead", "until")
        start = table.get("start")
        if isinstance(start, dt.date) and not isinstance(start, dt.datetime):
            table.setdefault("report_from", start)
            set_date(table, start, "length", "until", 1)
            set_date(table, start, "warm_up", "report_from", 0)
        return table


def set_date(table: dict[str, Any], start: dt.date, key: str, day: str, last: int) -> None:
    """Set the day that a length after the start gives; `last` = 1 for the last day of it."""
    if key not in table:
        return
    try:
        length = parse_length(table[key])
        table[day] = after_length(start, length) - dt.timedelta(days=last)
    except PydanticCustomError as error:
        context = error.context or {}
        raise invalid(table[key], context["allowed"], key) from None
    except ValueError:
        raise invalid(table[key], "a length that ends before the year 9000", key) from None


class Heading(Part):
    """What the scenario is about."""

    title: Text = Field(description="The title of reports.")
    question: Text = Field(default="", description="The question that the scenario shall answer.")
    language: Literal["sv", "en"] = Field(default="en", description="The language of reports.")
    currency: Text = Field(default="SEK", description="The currency of all money.")


class Scenario(Part):
    """A whole scenario file, checked."""

    scenario: Heading = Field(description="What the scenario is about.")
    run: Run = Field(description="From when to when, and how often.")
    groups: Annotated[dict[str, Mix], Names()] = Field(
        default={}, description="Who a participant is: each group with the shares of its values."
    )
    calendar: Calendar = Field(
        default=Calendar(), description="For all teams and sources that do not say otherwise."
    )
    referrals: Annotated[dict[str, Referral], Names()] = Field(
        default={}, description="Where participants come from."
    )
    teams: Annotated[dict[str, Team], Names()] = Field(
        default={}, description="Who has places for participants."
    )
    steps: Annotated[dict[str, Step], Names()] = Field(description="What participants go through.")
    exits: Annotated[dict[str, Exit], Names()] = Field(
        default={}, description="How participants leave."
    )
    outcomes: Annotated[dict[str, tuple[Text, ...]], Names()] = Field(
        default={}, description="What the board counts: names for sets of exits."
    )
    goals: Annotated[dict[str, Goal], Names()] = Field(
        default={}, description="What the board wants."
    )
    population: Population = Field(
        default=Population(), description="Who could take part, and who counts as taking part."
    )
    costs: Costs = Field(default=Costs(), description="The association's own costs and budget.")
    observed: dict[str, dict[str, Observed]] = Field(
        default={}, description='What really happened, by year ("2019") or for the whole "run".'
    )
    sources: dict[str, Text] = Field(default={}, description="Where figures come from.")
    provenance: dict[str, Text] = Field(
        default={},
        description='For keys of this file: "stated: source", "derived: source, how" or "assumed".',
    )

    _source: Source = PrivateAttr(default_factory=Source)

    @property
    def text(self) -> str:
        """The text of the file."""
        return self._source.text

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self._source.name

    @property
    def path(self) -> Path | None:
        """Where the file lies; None if it was read from a text."""
        return self._source.path

    @property
    def overrides(self) -> dict[str, Any]:
        """Values set from outside, by key path."""
        return self._source.overrides

    @property
    def attachments(self) -> dict[str, str]:
        """Texts of the CSV lists, by name as in the file."""
        return self._source.attachments

    @property
    def lists(self) -> dict[str, tuple[tuple[dt.date, dict[str, str]], ...]]:
        """For each source with a file: date and known groups of each participant, in its order."""
        return self._source.lists

    @property
    def warnings(self) -> tuple[Notice, ...]:
        """What is allowed but deserves a thought."""
        return tuple(self._source.notices)


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of a scenario file, as a person writes it.

    Examples
    --------
    >>> json_schema()["title"]
    'flowsim scenario'
    """
    schema = Scenario.model_json_schema(by_alias=True)
    for table in [schema, *schema["$defs"].values()]:
        for variant in [table, *table.get("anyOf", ())]:
            for entry in variant.get("properties", {}).values():
                entry.pop("title", None)
                drop_default(entry)
    schema["$defs"]["Run"]["oneOf"] = [{"required": ["until"]}, {"required": ["length"]}]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {**head, **schema, "title": "flowsim scenario"}


def drop_default(entry: dict[str, Any]) -> None:
    """Leave out a default that is nothing a person would type, and the choice of nothing."""
    if isinstance(entry.get("default"), (float, list, dict, type(None))):
        entry.pop("default", None)
    kinds = [kind for kind in entry.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        del entry["anyOf"]
        entry.update(kinds[0] | {k: v for k, v in entry.items()})
    elif kinds:
        entry["anyOf"] = kinds
