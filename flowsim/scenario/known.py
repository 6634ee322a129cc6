"""The names that exist in a scenario, and the figures that can be asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flowsim.scenario.schema import BUILT_IN_EXITS, Scenario

__all__ = ["Known", "known_kpis"]

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


@dataclass(frozen=True)
class Known:
    """The names that a scenario's keys may refer to, in the order of the file.

    Names of tables that are faulty are among them, so that a reference to one is no second fault.
    """

    steps: list[str]
    exits: list[str]
    teams: list[str]
    groups: dict[str, list[str]]
    origins: list[str]  # values of the built-in group `source`
    outcomes: list[str]
    goals: list[str]
    payers: list[str]
    sources: list[str]

    @classmethod
    def of(cls, scenario: Scenario) -> Known:
        """Collect the names of a scenario and of the file it came from."""
        data = scenario._source.data
        steps = names("steps", scenario.steps, data)
        initial = [
            f"initial_{name}_{where}"
            for name, step in scenario.steps.items()
            for where in ("waiting", "in_service")
            if getattr(step.initial, where)
        ]
        exits = names("exits", scenario.exits, data)
        return cls(
            steps=steps,
            exits=exits + [name for name in BUILT_IN_EXITS if name not in exits],
            teams=names("teams", scenario.teams, data),
            groups={
                group: values(scenario.groups.get(group, {}), data.get("groups", {}).get(group))
                for group in names("groups", scenario.groups, data)
            },
            origins=names("referrals", scenario.referrals, data) + initial,
            outcomes=names("outcomes", scenario.outcomes, data),
            goals=names("goals", scenario.goals, data),
            payers=payers(scenario),
            sources=names("sources", scenario.sources, data),
        )

    @property
    def ends(self) -> list[str]:
        """Where a route may lead: steps and exits."""
        return list(dict.fromkeys(self.steps + self.exits))

    def values(self, group: str) -> list[str]:
        """The values of a group, the built-in one included."""
        return self.origins if group == "source" else self.groups.get(group, [])


def names(section: str, parts: Iterable[str], data: Mapping[str, Any]) -> list[str]:
    """Give the names of a section: those of the file, or those read."""
    table = data.get(section)
    return list(dict.fromkeys([*(table if isinstance(table, dict) else ()), *parts]))


def values(mix: Iterable[str], raw: object) -> list[str]:
    """Give the values of a group: those of the file, or those read."""
    if isinstance(raw, dict):
        return list(raw)
    return [raw] if isinstance(raw, str) else list(mix)


def payers(scenario: Scenario) -> list[str]:
    """Give everybody who pays."""
    found = ["association"]
    for team in scenario.teams.values():
        found += team.financed_by
        found += [line.paid_by for line in team.staff.values() if line.paid_by]
    return list(dict.fromkeys(found))


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
