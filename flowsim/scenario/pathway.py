"""What participants go through: referrals, steps and teams, key by key."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from flowsim.language import N_
from flowsim.scenario.by_date import ByDate
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
from flowsim.scenario.marking import Told
from flowsim.scenario.quantities import (
    Amount,
    Count,
    Date,
    Duration,
    Limits,
    Rate,
    Share,
    Text,
    Varying,
)
from flowsim.scenario.shares import SHARE_SCHEMA, read_routes
from flowsim.scenario.texts import Label, Words
from flowsim.scenario.time_classes import InService

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
    "Vacancy",
]

# Steps


class Route(ShortPart):
    """Where to go, and how large a share goes there."""

    share: Annotated[float, WithJsonSchema(SHARE_SCHEMA)] = Field(
        description=N_('The share that goes this way; "rest" is what the others leave.')
    )
    after: Annotated[Distribution | None, Told(N_("how long after"))] = Field(
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

    every: Annotated[Duration | None, Told(N_("how often"))] = Field(
        default=None,
        description="How often there is a meeting; without: a group starts as soon as enough wait.",
    )
    first: Annotated[Date | None, Told(N_("first"))] = Field(
        default=None, description="The first meeting; the start of the run if left out."
    )
    min: Annotated[int, Limits(1, 100_000, whole=True), Told(N_("fewest"))] = Field(
        default=1, description="The fewest who start together; else nobody starts."
    )
    max: Annotated[Annotated[int, Limits(1, 100_000, whole=True)] | None, Told(N_("most"))] = Field(
        default=None, description="The most who start together."
    )
    max_per_year: Annotated[Count | None, Told(N_("most in a year"))] = Field(
        default=None, description="The most who start in a calendar year."
    )
    cut_off: Annotated[Duration, Told(N_("days before the meeting"))] = Field(
        default=0.0,
        description="How long before a meeting one must have joined the waiting list.",
    )


class Initial(Part):
    """The situation at the start of the run."""

    waiting: Annotated[Count, Told(N_("waiting already"))] = Field(
        default=0, description="How many are on the waiting list."
    )
    waited: Annotated[Distribution | None, Told(N_("waited so far"))] = Field(
        default=None, description="How long those have waited already; not at all if left out."
    )
    in_service: Annotated[InService, Told(N_("inside already"))] = Field(
        default=InService(),
        description="How many are in the step already; a table by how long they have been there.",
    )


class Step(Part):
    """Something participants go through: they wait for it, stay in it and go on."""

    label: Label | None = Field(default=None, description="What people see instead of the name.")
    team: Annotated[TeamNames, Told(N_("team"))] = Field(
        default=(),
        description="The team whose place is needed; a list: one place of each; none: no limit.",
    )
    length_of_stay: Annotated[LengthOfStay, Told(N_("time in the step"), is_input=True)] = Field(
        description=N_("How long participants stay.")
    )
    next: Annotated[Routes, Told(N_("where they go next"), is_input=True)] = Field(
        default={}, description="Where they go afterwards: shares of steps and exits."
    )
    next_for: Annotated[dict[str, Routes], Told(N_("where some go next"), is_input=True)] = Field(
        default={},
        description='Other shares for some, by "group=value"; the first that matches holds.',
    )
    patience: Annotated[
        Patience | None,
        Told(
            N_("how long they wait before giving up"),
            is_input=True,
            leads_to="withdrew",
            way=N_("give up"),
            queue=N_("People may give up waiting: {steps}."),
        ),
    ] = Field(
        default=None, description="How long they wait before giving up; for ever if left out."
    )
    interruption: Annotated[
        tuple[Interruption, ...],
        BeforeValidator(read_tables),
        OneOrList(),
        Told(
            N_("stays that end too early"),
            is_input=True,
            breaks=N_("stays can be interrupted"),
            where="stay",
            leads_to="interrupted",
            way=N_("break off"),
        ),
    ] = Field(default=(), description="What may end a stay too early.")
    priority: Annotated[
        tuple[Text, ...],
        Told(
            N_("who starts first"),
            is_input=True,
            is_form=True,
            breaks=N_("some start before others"),
            where="list",
            queue=N_("With priority: {steps}."),
        ),
    ] = Field(
        default=(),
        description='Who starts first, best first, as "group=value"; all others come after.',
    )
    intake: Annotated[
        Intake | None,
        Told(
            N_("meetings and groups"),
            is_input=True,
            queue=N_("Starts at meetings or in groups: {steps}."),
        ),
    ] = Field(default=None, description="Starts only at meetings, or only as a group.")
    max_waiting: Annotated[
        Count | None,
        Told(
            N_("longest list"),
            is_input=True,
            breaks=N_("its list has a limit"),
            where="list",
            leads_to="turned_away",
            way=N_("list full"),
            queue=N_("Longest list: {steps}."),
        ),
    ] = Field(default=None, description="With so many waiting, whoever comes is turned away.")
    keeps_place: Annotated[
        Flag, Told(N_("keep their place while they wait to go on"), is_input=True)
    ] = Field(
        default=False,
        description="Whether participants hold their place until the next step lets them in.",
    )
    cost_per_participant: Annotated[Amount, Told(N_("cost of each start"), is_input=True)] = Field(
        default=0.0, description="Cost of each start."
    )
    cost_per_group: Annotated[Amount, Told(N_("cost of each group"), is_input=True)] = Field(
        default=0.0, description="Cost of each meeting or group that starts someone."
    )
    target_wait: Annotated[
        Duration | None, Told(N_("longest acceptable wait"), is_input=True, is_form=True)
    ] = Field(default=None, description="The longest wait that is acceptable.")
    initial: Annotated[Initial, Told(N_("situation at the start"), is_input=True)] = Field(
        default=Initial(), description="The situation at the start."
    )


# Teams


class Closure(Part):
    """Days on which nobody starts: every year ("07-06") or once (2019-07-06)."""

    from_: ClosureDay = Field(alias="from", description=N_("The first closed day."))
    until: ClosureDay = Field(description=N_("The last closed day."))
    pauses: Flag = Field(default=False, description="Whether stays also stand still meanwhile.")

    @model_validator(mode="after")
    def fits(self) -> Self:
        """Check that both days are of one kind and in order."""
        closure_span_fault(self.from_, self.until)
        return self


class Turnover(Part):
    """Staff who leave, and posts that stay vacant until filled again."""

    leave: Annotated[Rate, Told(N_("how often somebody leaves"))] = Field(
        description=N_("How often a person leaves.")
    )
    vacancy: Annotated[Distribution, Told(N_("how long a post stays vacant"))] = Field(
        description=N_("How long a post stays vacant.")
    )


class Vacancy(Part):
    """Posts that nobody fills for some time."""

    fte: Annotated[float, Limits(0, 100_000, above=True), Told(N_("full-time posts"))] = Field(
        description=N_("How many full-time posts are vacant.")
    )
    from_: Annotated[Date, Told(N_("from"))] = Field(
        alias="from", description=N_("The first vacant day.")
    )
    until: Annotated[Date, Told(N_("until"))] = Field(description=N_("The last vacant day."))
    in_: Text | None = Field(
        default=None,
        alias="in",
        description="Where the team is `per` a group: the value whose team has the vacancy.",
    )


class Needed(Part):
    """What a team does without a role that it needs."""

    places: Annotated[Share, Told(N_("places"))] = Field(
        description=N_("The share of the places that the team has while nobody of the role is in.")
    )


class CaseloadNorm(Part):
    """What a higher caseload costs in time."""

    at: Annotated[float, Limits(0, 1e6, above=True), Told(N_("participants per post"))] = Field(
        description=N_("Participants for each full-time post in post; above it stays get longer.")
    )
    stay: Annotated[float, Limits(1, 2), Told(N_("factor on the stay for each more"))] = Field(
        description=N_("The factor on a stay for each participant above it, such as 1.01.")
    )
    source: Words | None = Field(
        default=None, description="A key of [sources], perhaps with a page after a comma."
    )


class StaffLine(Part):
    """A kind of staff of a team."""

    fte: Annotated[Annotated[Varying, ByDate("fte")] | None, Told(N_("full-time posts"))] = Field(
        default=None, description="Full-time equivalents; may change by year, or on any day."
    )
    money: Annotated[Varying | None, Told(N_("money for posts a year"))] = Field(
        default=None,
        description="Money a year for staff, instead of fte: fte = money / cost_per_fte.",
    )
    caseload: Annotated[
        Annotated[Varying, ByDate("caseload")] | None, Told(N_("participants per full-time post"))
    ] = Field(
        default=None,
        description="Participants for each full-time equivalent; left out: gives no places.",
    )
    cost_per_fte: Annotated[
        Annotated[Varying, ByDate("cost_per_fte")] | None,
        Told(N_("cost of a full-time post a year")),
    ] = Field(default=None, description="Cost of a full-time equivalent a year.")
    takes_on: Annotated[Rate | None, Told(N_("how many somebody new takes on"))] = Field(
        default=None,
        description="How many somebody new in post takes on, such as 4 per month; all at once if "
        "left out.",
    )
    caseload_norm: Annotated[
        CaseloadNorm | None,
        Told(
            N_("norm of the caseload"),
            breaks=N_("stays are longer the more participants each has"),
            where="team",
        ),
    ] = Field(
        default=None, description="How much longer stays are where each has more participants."
    )
    needed: Annotated[Needed | None, Told(N_("what the team does without the role"))] = Field(
        default=None, description="Places that are left while nobody of the role is in post."
    )
    vacant: Annotated[tuple[Vacancy, ...], Told(N_("vacant posts"))] = Field(
        default=(), description="Posts that nobody fills from one day to another."
    )
    from_: Date | None = Field(default=None, alias="from", description="First day in post.")
    until: Date | None = Field(default=None, description=N_("Last day in post."))
    paid_by: Annotated[Text | None, Told(N_("paid by"))] = Field(
        default=None, description="Who pays this line whole; left out: as the team is financed."
    )


class Team(Part):
    """People or a site with a limited number of places."""

    label: Label | None = Field(default=None, description="What people see instead of the name.")
    staff: Annotated[
        dict[str, StaffLine], Names(), Told(N_("staff"), is_input=True, by_entry=True)
    ] = Field(default={}, description="Staff by role. Places = fte x caseload, added over roles.")
    places: Annotated[
        Annotated[Varying, ByDate("places")] | None, Told(N_("places"), is_input=True)
    ] = Field(default=None, description="Places, where no caseload says how many there are.")
    cost_per_place: Annotated[Varying | None, Told(N_("cost of a place a year"), is_input=True)] = (
        Field(default=None, description="Cost of a place a year, used or not.")
    )
    overheads: Annotated[Varying | None, Told(N_("other costs a year"), is_input=True)] = Field(
        default=None, description="Other costs of the team a year."
    )
    financed_by: Annotated[Shares, Told(N_("who pays"), is_input=True)] = Field(
        default={"association": 1.0},
        description="Who pays the team, in shares; the association if left out.",
    )
    turnover: Annotated[
        Turnover | None,
        Told(
            N_("staff who come and go"),
            is_input=True,
            breaks=N_("staff leave, so places come and go"),
            where="team",
        ),
    ] = Field(default=None, description="Staff who come and go.")
    closures: Annotated[tuple[Closure, ...] | None, Told(N_("closures"), is_input=True)] = Field(
        default=None, description="When nobody starts; as in the calendar if left out."
    )
    from_: Date | None = Field(
        default=None, alias="from", description="First day of the team; always there if left out."
    )
    until: Date | None = Field(default=None, description=N_("Last day of the team."))
    then: Annotated[Text | None, Told(N_("where people go when it ends"), is_input=True)] = Field(
        default=None,
        description="The step or exit to which those waiting and inside go when the team ends.",
    )
    per: Text | None = Field(
        default=None, description="A group: one such team, with lists of its own, for each value."
    )


# Referrals


class RateChange(Part):
    """A new rate of referrals from a day on."""

    from_: Date = Field(alias="from", description=N_("The first day of the new rate."))
    rate: Rate = Field(description=N_("The rate from then on."))


class Cohort(Part):
    """Participants who are all referred on one day."""

    date: Annotated[Date, Told(N_("day"))] = Field(description=N_("The day."))
    count: Annotated[int, Limits(1, whole=True), Told(N_("number"))] = Field(
        description=N_("How many.")
    )


class Referral(Part):
    """Where participants come from, and how many."""

    label: Label | None = Field(default=None, description="What people see instead of the name.")
    to: Annotated[Text, Told(N_("to"))] = Field(description=N_("The step they are referred to."))
    rate: Annotated[Rate | None, Told(N_("referrals"), is_input=True)] = Field(
        default=None, description="How many are referred on average; they come at random."
    )
    cohort: Annotated[tuple[Cohort, ...], Told(N_("groups on certain days"), is_input=True)] = (
        Field(default=(), description="Instead of a rate: so many on these days.")
    )
    file: Annotated[Text | None, Told(N_("list of referrals"), is_input=True)] = Field(
        default=None,
        description="Instead of a rate: a CSV list with the column date, and columns for groups.",
    )
    from_: Annotated[Date | None, Told(N_("from"))] = Field(
        default=None, alias="from", description="The first day of referrals."
    )
    until: Annotated[Date | None, Told(N_("until"))] = Field(
        default=None, description=N_("The last day of referrals.")
    )
    changes: Annotated[tuple[RateChange, ...], Told(N_("later rates"), is_input=True)] = Field(
        default=(), description="Other rates later on, each from its day."
    )
    seasonality: Annotated[Months | None, Told(N_("seasons"), is_input=True, is_form=True)] = Field(
        default=None,
        description="Twelve factors, January to December; as in the calendar if left out.",
    )
    groups: Annotated[
        dict[str, Mix], Names(), Told(N_("mix of participants"), is_input=True, is_form=True)
    ] = Field(
        default={}, description="The mix of these participants, where it is not that of [groups]."
    )
    at_most: Annotated[Count | None, Told(N_("at most"), is_input=True)] = Field(
        default=None, description="The most who are ever referred from here."
    )
