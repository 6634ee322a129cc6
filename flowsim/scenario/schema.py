"""What a scenario file may say: every key, its meaning and its limits.

The JSON Schema that editors use is generated from these models (`flowsim schema`).
Inside, durations are days, rates are per day, dates are `datetime.date`, shares sum to 1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    PrivateAttr,
    model_validator,
)
from pydantic_core import PydanticCustomError

from flowsim.errors import Notice
from flowsim.language import N_, _
from flowsim.scenario.distributions import (
    Distribution,
    LengthOfStay,
    Part,
    Patience,
    ShortPart,
)
from flowsim.scenario.forms import Mix, Months, Names, Shares
from flowsim.scenario.marking import Told
from flowsim.scenario.overrides import Overrides
from flowsim.scenario.pathway import (
    Closure,
    Cohort,
    Initial,
    Intake,
    Interruption,
    RateChange,
    Referral,
    Route,
    StaffLine,
    Step,
    Team,
    Turnover,
)
from flowsim.scenario.positions import key_parts
from flowsim.scenario.quantities import (
    CalendarLength,
    Date,
    Duration,
    Figure,
    Limits,
    Share,
    Text,
    Varying,
    VisibleText,
    after_length,
    invalid,
    parse_length,
)
from flowsim.scenario.source import Setting, Source, places, value_at
from flowsim.scenario.texts import TEXT_FORMS, Label, Words, is_two_texts
from flowsim.scenario.uncertain import UncertainInput

__all__ = [
    "BUILT_IN_EXITS",
    "COMPARED",
    "Calendar",
    "Closure",
    "Cohort",
    "Costs",
    "Distribution",
    "Exit",
    "GivenFigure",
    "Goal",
    "Heading",
    "Initial",
    "Intake",
    "Interruption",
    "LengthOfStay",
    "ObservedFigure",
    "Outcome",
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
    "UncertainInput",
    "json_schema",
]

BUILT_IN_EXITS = ("withdrew", "turned_away", "interrupted")
"""Exits that exist without being declared."""

COMPARED = ("observed", "planned")
"""Sections with figures by period that are shown beside the simulated ones."""

RESOLVED: Any = None
"""Default of a key that is always set while a file is read."""


# Exits, outcomes, goals


class Sustained(Part):
    """Exits that hold."""

    after: Duration = Field(description=N_("How long after the exit one looks."))
    share: Annotated[Share, Told(N_("share"))] = Field(
        description=N_("The share of exits that hold so long.")
    )


class Returns(Part):
    """Those who come back after an exit."""

    share: Share = Field(description=N_("The share who come back."))
    after: Distribution = Field(description=N_("How long after the exit."))
    to: Text = Field(description=N_("The step they come back to."))


class Exit(ShortPart):
    """A way to leave. A text alone is its label."""

    label: Label | None = Field(default=None, description="What people see instead of the name.")
    sustained: Annotated[Sustained | None, Told(N_("exits that hold"), is_input=True)] = Field(
        default=None, description="The share that holds."
    )
    returns: Annotated[Returns | None, Told(N_("those who come back"), is_input=True)] = Field(
        default=None, description="The share that comes back."
    )

    @classmethod
    def short_schema(cls) -> list[dict[str, Any]]:
        """A label may stand instead of the table."""
        return TEXT_FORMS

    @model_validator(mode="before")
    @classmethod
    def read(cls, value: object) -> object:
        """Read a label alone."""
        if not isinstance(value, (str, Mapping, Exit)):
            raise invalid(value, _("a label in quotes, or a table with label, sustained, returns"))
        return {"label": value} if isinstance(value, str) or is_two_texts(value) else value


class Outcome(ShortPart):
    """A set of exits that the board counts together. A list alone is its exits."""

    label: Label | None = Field(default=None, description="What people see instead of the name.")
    exits: tuple[Text, ...] = Field(description=N_("The exits that count."))

    @classmethod
    def short_schema(cls) -> list[dict[str, Any]]:
        """A list of exits may stand instead of the table."""
        return [{"type": "array", "items": {"type": "string"}}]

    @model_validator(mode="before")
    @classmethod
    def read(cls, value: object) -> object:
        """Read a list of exits alone."""
        if not isinstance(value, (list, tuple, Mapping, Outcome)):
            raise invalid(value, _("a list of exits, or a table with label and exits"))
        return {"exits": value} if isinstance(value, (list, tuple)) else value


class Goal(Part):
    """What the board wants: a figure to reach, or an outcome in time."""

    label: Label | None = Field(default=None, description="What people see instead of the name.")
    kpi: Text | None = Field(
        default=None, description=N_('The figure, such as "mapping.wait.mean".')
    )
    outcome: Text | None = Field(
        default=None, description="Instead of a figure: an outcome that shall be reached in time."
    )
    within: Annotated[Duration | None, Told(N_("how soon"), is_input=True)] = Field(
        default=None, description="How soon after the start of `of`."
    )
    of: Text | None = Field(default=None, description="The step from whose start time counts.")
    at_least: Annotated[Figure | None, Told(N_("at least"), is_input=True)] = Field(
        default=None, description="The least that meets the goal."
    )
    at_most: Annotated[Figure | None, Told(N_("at most"), is_input=True)] = Field(
        default=None, description="The most that meets the goal."
    )


# The association


class Population(Part):
    """Who could take part, and who counts as taking part."""

    target_group: Annotated[Varying | None, Told(N_("target group"), is_input=True)] = Field(
        default=None, description="How many people the association is there for."
    )
    counted_in: tuple[Text, ...] | None = Field(
        default=None,
        description="Steps in which one counts as a participant; every step if left out.",
    )


class Costs(Part):
    """The association's own costs and budget; money a year, unless it says otherwise."""

    administration: Annotated[Varying | None, Told(N_("administration a year"), is_input=True)] = (
        Field(default=None, description="Administration a year.")
    )
    structural: Annotated[Varying | None, Told(N_("structural measures a year"), is_input=True)] = (
        Field(default=None, description="Structural efforts (not for single participants) a year.")
    )
    contributions: Annotated[Shares, Told(N_("shares of the budget"), is_input=True)] = Field(
        default={}, description="Who pays the budget, in shares."
    )
    budget: Annotated[Varying | None, Told(N_("budget a year"), is_input=True)] = Field(
        default=None, description="The budget a year."
    )
    opening_equity: Annotated[Figure, Told(N_("equity at the start"), is_input=True)] = Field(
        default=0.0, description="Equity at the start of the run."
    )
    equity_ceiling: Annotated[
        Annotated[float, Limits(0, 100)] | None,
        Told(N_("highest equity, of the budget"), is_input=True),
    ] = Field(default=None, description="The most equity allowed, as a share of the budget.")


class GivenFigure(Part):
    """A figure that was observed or planned, perhaps with limits and a source."""

    value: Figure = Field(description=N_("The figure."))
    low: Figure | None = Field(default=None, description="The least it was.")
    high: Figure | None = Field(default=None, description="The most it was.")
    source: Words | None = Field(
        default=None, description="A key of [sources], perhaps with a page after a comma."
    )


class ObservedFigure(GivenFigure):
    """A figure that was observed, and what it was used for."""

    use: Literal["fit", "check", "input"] = Field(
        default="fit",
        description="What it was used for: inputs were set with it in view (fit); nothing was, so "
        "that it speaks for or against the model (check); or it is itself an input (input).",
    )


class Calendar(Part):
    """Closures and seasons for all teams and sources that do not say otherwise."""

    closures: Annotated[tuple[Closure, ...], Told(is_input=True)] = Field(
        default=(), description="When nobody starts."
    )
    seasonality: Annotated[Months | None, Told(is_input=True, is_form=True)] = Field(
        default=None, description="Twelve factors on referrals, January to December."
    )


# The run


class Precision(Part):
    """Replications until a figure is known precisely enough."""

    kpi: Text = Field(description=N_('The figure, such as "mapping.wait.mean".'))
    relative_half_width: Annotated[float, Limits(0, 1, above=True)] = Field(
        description=N_("Half the width of its 95 % interval, as a share of the figure.")
    )
    max: Annotated[int, Limits(2, 1_000_000, whole=True)] = Field(
        default=5000, description="The most replications."
    )


class Run(Part):
    """From when to when, and how often."""

    start: Date = Field(description=N_("The first day of the run."))
    until: Date = Field(default=RESOLVED, description=N_("The last day of the run."))
    length: CalendarLength | None = Field(
        default=None, description="Instead of `until`: how long the run is, on the calendar."
    )
    report_from: Date = Field(
        default=RESOLVED, description=N_("The first day of the statistics; the start if left out.")
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
                raise invalid(
                    table[length],
                    _("either {day} or {length}, not both").format(day=day, length=length),
                    length,
                )
        if "until" not in table and "length" not in table:
            raise invalid(None, _("the last day of the run, or length instead"), "until")
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
        raise invalid(table[key], _("a length that ends before the year 9000"), key) from None


class Heading(Part):
    """What the scenario is about."""

    title: Label = Field(description=N_("The title of reports."))
    question: Words = Field(default="", description="The question that the scenario shall answer.")
    language: Literal["sv", "en"] = Field(default="en", description="The language of reports.")
    currency: VisibleText = Field(default="SEK", description="The currency of all money.")


class Scenario(Part):
    """A whole scenario file, checked."""

    scenario: Heading = Field(description=N_("What the scenario is about."))
    run: Run = Field(description=N_("From when to when, and how often."))
    groups: Annotated[dict[str, Mix], Names(), Told(is_input=True, by_entry=True, is_form=True)] = (
        Field(
            default={},
            description="Who a participant is: each group with the shares of its values.",
        )
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
    steps: Annotated[dict[str, Step], Names()] = Field(
        description=N_("What participants go through.")
    )
    exits: Annotated[dict[str, Exit], Names()] = Field(
        default={}, description="How participants leave."
    )
    outcomes: Annotated[dict[str, Outcome], Names()] = Field(
        default={}, description="What the board counts: names for sets of exits."
    )
    goals: Annotated[dict[str, Goal], Names(), Told(is_form=True)] = Field(
        default={}, description="What the board wants."
    )
    population: Population = Field(
        default=Population(), description="Who could take part, and who counts as taking part."
    )
    costs: Costs = Field(default=Costs(), description="The association's own costs and budget.")
    observed: dict[str, dict[str, ObservedFigure]] = Field(
        default={}, description='What really happened, by year ("2019") or for the whole "run".'
    )
    planned: dict[str, dict[str, GivenFigure]] = Field(
        default={}, description='What a plan or budget says, by year ("2026") or for the "run".'
    )
    payers: Annotated[dict[str, Label], Names()] = Field(
        default={}, description="What people see instead of the names of those who pay."
    )
    sources: dict[str, Words] = Field(default={}, description="Where figures come from.")
    provenance: dict[str, Words] = Field(
        default={},
        description='For keys of this file: "stated: source", "derived: source, how" or "assumed".',
    )
    uncertain: dict[str, UncertainInput] = Field(
        default={},
        description="Between what inputs may lie that nobody has measured, by key path or by a "
        "name of your own.",
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
    def settings(self) -> tuple[Setting, ...]:
        """Values set from outside, each with what stands in the file in its place."""
        tables, overrides = self._source.tables, self.overrides
        paths = {key: places(tables, key_parts(key)) for key in overrides}
        return tuple(
            Setting(key, path, value_at(tables, path), overrides[key])
            for key, path in paths.items()
        )

    @classmethod
    def from_dict(
        cls,
        values: Mapping[str, object],
        name: str = "scenario",
        lists: Mapping[str, str] | None = None,
    ) -> Scenario:
        """Return the scenario that a file with these values would give, checked as a file is.

        Its text is these values as TOML, so that results of other values lie in other folders.

        Parameters
        ----------
        values : the tables of a scenario file
        name : what the scenario is called, as a file without its ending
        lists : texts of CSV lists, by name as in the values

        Raises
        ------
        ScenarioError
            With every fault found.

        Examples
        --------
        >>> import datetime as dt
        >>> desk = Scenario.from_dict(
        ...     {
        ...         "scenario": {"title": "A desk"},
        ...         "run": {"start": dt.date(2026, 1, 1), "length": "1 year"},
        ...         "referrals": {"all": {"to": "desk", "rate": "2 per week"}},
        ...         "teams": {"desk": {"places": 1}},
        ...         "steps": {
        ...             "desk": {"team": "desk", "length_of_stay": "3 days", "next": {"done": 1}}
        ...         },
        ...         "exits": {"done": "Done"},
        ...     }
        ... )
        >>> desk.run.until
        datetime.date(2026, 12, 31)
        """
        from flowsim.scenario.from_values import from_values  # which is built on this file

        return from_values(values, name, lists)

    def _repr_html_(self) -> str:
        """Show title, run and steps, in a notebook."""
        run = self.run
        rows = [
            (name, ", ".join(step.team), ", ".join(step.next)) for name, step in self.steps.items()
        ]
        head = f"<b>{escape(self.scenario.title)}</b>"
        question = f"<br>{escape(self.scenario.question)}" if self.scenario.question else ""
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
        )
        heads = "<tr><th>step</th><th>team</th><th>next</th></tr>"
        return (
            f"<p>{head}{question}<br>{run.start} to {run.until}, figures from {run.report_from}; "
            f"{run.replications} replications</p>"
            f"<table><thead>{heads}</thead><tbody>{body}</tbody></table>"
        )

    def with_(
        self, settings: Overrides, shares: Literal["as_written", "proportional"] = "as_written"
    ) -> Scenario:
        """Return a variant: this scenario with some values set, checked as a file is.

        Parameters
        ----------
        settings : values by key path, such as {"teams.coaching.staff.coach.fte": 6}, or texts, such
            as ["teams.coaching.staff.coach.fte=6"]; what was set before stays set
        shares : "proportional": one share of routes, of a mix, of `financed_by` or of weights is
            set as a share from 0 to 1, and the others of its table keep their proportions

        Raises
        ------
        ScenarioError
            With every fault found.

        Examples
        --------
        >>> from flowsim.scenario.loading import load
        >>> more = load("scenarios/orebro.toml").with_({"run.replications": 50})
        >>> more.run.replications, [(one.before, one.value) for one in more.settings]
        (50, [(400, 50)])
        """
        from flowsim.scenario.loading import varied  # which is built on this file

        return varied(self, settings, shares=shares)

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
    """Return the JSON Schema (draft 2020-12) of a scenario file, as a person writes it.

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
        entry.update({**kinds[0], **entry})
    elif kinds:
        entry["anyOf"] = kinds
