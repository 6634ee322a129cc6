"""What participants go through: referrals, steps and teams, key by key."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from flowsim.scenario.calendar_days import ClosureDay, closure_span_fault
from flowsim.scenario.distributions import (
    Distribution,
    LengthOfStay,
    Part,
    Patience,
    ShortPart,
)
from flowsim.scenario.forms import (
    Flag,
    Mix,
    Months,
    Names,
    OneOrList,
    Shares,
    TeamNames,
    read_tables,
)
from flowsim.scenario.quantities import (
    Amount,
    Count,
    Date,
    Duration,
    Label,
    Limits,
    Rate,
    Text,
    Varying,
)
from flowsim.scenario.shares import SHARE_SCHEMA, read_routes

__all__ = [
    "Closure",
    "Cohort",
    "Initial",
    "Intake",
    "Interruption",
    "RateChange",
    "Referral",
    "Route",
    "StaffLine",
    "Step",
    "Team",
    "Turnover",
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
        description="How often there is a meeting; without: a group starts as soon as enough wait.",
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

    label: Label | None = Field(default=None, description="What people see instead of the name.")
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

    label: Label | None = Field(default=None, description="What people see instead of the name.")
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

    label: Label | None = Field(default=None, description="What people see instead of the name.")
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
