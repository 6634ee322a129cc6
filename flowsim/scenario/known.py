"""The names that exist in a scenario, and the figures that can be asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from flowsim.scenario.schema import BUILT_IN_EXITS, Scenario
from flowsim.scenario.source import Source

__all__ = ["Known", "NameList"]

STEP_MEASURES = (
    "wait.mean",
    "wait.median",
    "wait.p90",
    "wait.km_median",
    "wait.within_target",
    "listed.mean",
    "time_to_start.mean",
    "waiting.mean",
    "waiting.end",
    "still_waiting.mean",
    "in_service.mean",
    "blocked.mean",
    "joined",
    "started",
    "finished",
    "interrupted",
    "withdrew",
    "turned_away",
    "opening",
    "new",
    "participants",
    "left",
    "closing",
    "length_of_stay.mean",
    "meetings",
    "meetings.empty",
    "per_meeting.mean",
)
TEAM_MEASURES = ("utilisation", "places.mean", "vacant_fte.mean")
GENERAL = (
    "referred",
    "returned",
    "opening",
    "new",
    "participants",
    "left",
    "closing",
    "time_to_first_start.mean",
    "time_in_system.mean",
    "completed.share",
    "outcomes.sustained",
    "cost.total",
    "cost.administration",
    "cost.administration.share",
    "cost.per_participant",
    "coverage",
    "budget.result",
    "budget.equity",
    "budget.equity_share",
    "budget.administration_share",
)


class NameList(tuple[str, ...]):
    """Names in the order of the file, of which one is found at once however many there are.

    Examples
    --------
    >>> "b" in NameList(["a", "b"])
    True
    """

    def __contains__(self, name: object) -> bool:
        return name in self.all

    @cached_property
    def all(self) -> frozenset[str]:
        """The names, in no order."""
        return frozenset(self)


@dataclass(frozen=True)
class Known:
    """The names that a scenario's keys may refer to, in the order of the file.

    Names of tables that are faulty are among them, so that a reference to one is no second fault.
    """

    steps: NameList
    exits: NameList
    teams: NameList
    groups: dict[str, NameList]
    origins: NameList  # values of the built-in group `source`
    outcomes: NameList
    goals: NameList
    payers: NameList
    sources: NameList

    @classmethod
    def of(cls, scenario: Scenario) -> Known:
        """Collect the names of a scenario and of the file it came from."""
        source = scenario._source
        return cls(
            steps=names("steps", scenario.steps, source),
            exits=NameList(
                dict.fromkeys((*names("exits", scenario.exits, source), *BUILT_IN_EXITS))
            ),
            teams=names("teams", scenario.teams, source),
            groups={
                group: values(scenario.groups.get(group, {}), source.at(("groups", group)))
                for group in names("groups", scenario.groups, source)
            },
            origins=NameList(
                dict.fromkeys(
                    (*names("referrals", scenario.referrals, source), *initial_origins(scenario))
                )
            ),
            outcomes=names("outcomes", scenario.outcomes, source),
            goals=names("goals", scenario.goals, source),
            payers=payers(scenario),
            sources=names("sources", scenario.sources, source),
        )

    @cached_property
    def ends(self) -> NameList:
        """Where a route may lead: steps and exits."""
        return NameList(dict.fromkeys((*self.steps, *self.exits)))

    @cached_property
    def kpis(self) -> NameList:
        """The name of every figure that the scenario has."""
        return NameList(known_kpis(self))

    @cached_property
    def conditions(self) -> NameList:
        """Every "group=value" that there is."""
        return NameList(f"{g}={v}" for g in (*self.groups, "source") for v in self.values(g))

    def values(self, group: str) -> NameList:
        """The values of a group, the built-in one included."""
        return self.origins if group == "source" else self.groups.get(group, NameList())


def names(section: str, parts: Iterable[str], source: Source) -> NameList:
    """Give the names of a section: those of the file, or those read."""
    return NameList(dict.fromkeys((*source.table(section), *parts)))


def values(mix: Iterable[str], raw: object) -> NameList:
    """Give the values of a group: those of the file, or those read."""
    return NameList(raw if isinstance(raw, dict) else [raw] if isinstance(raw, str) else mix)


def initial_origins(scenario: Scenario) -> list[str]:
    """Give what the built-in group `source` has for those who are there at the start."""
    return [
        f"initial_{name}_{where}"
        for name, step in scenario.steps.items()
        for where in ("waiting", "in_service")
        if getattr(step.initial, where)
    ]


def payers(scenario: Scenario) -> NameList:
    """Give everybody who pays."""
    found = ["association"]
    for team in scenario.teams.values():
        found += team.financed_by
        found += [line.paid_by for line in team.staff.values() if line.paid_by]
    return NameList(dict.fromkeys(found))


def known_kpis(known: Known) -> list[str]:
    """Give the name of every figure that a scenario has."""
    kpis = list(GENERAL)
    kpis += [f"{step}.{measure}" for step in known.steps for measure in STEP_MEASURES]
    kpis += [f"{team}.{measure}" for team in known.teams for measure in TEAM_MEASURES]
    kpis += [f"cost.team.{team}" for team in known.teams]
    kpis += [f"exits.{name}{end}" for name in known.exits for end in ("", ".share")]
    kpis += [f"outcomes.{tag}{end}" for tag in known.outcomes for end in ("", ".share")]
    kpis += [f"cost.per.{tag}" for tag in known.outcomes]
    kpis += [f"{what}.{payer}" for payer in known.payers for what in ("cost.payer", "fte")]
    return kpis + [f"goals.{goal}{end}" for goal in known.goals for end in ("", ".met")]
