"""What can be said before a run: the load of each team, and warnings that follow from the file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from math import inf

from flowsim.scenario.capacity import mean_places, places_on, values_of
from flowsim.scenario.demand import Demand
from flowsim.scenario.references import varying_in
from flowsim.scenario.schema import Scenario, Team
from flowsim.scenario.source import Findings

__all__ = ["TeamLoad", "notice_load", "team_loads"]

DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class TeamLoad:
    """The work that comes to a team on average, beside its places.

    Parameters
    ----------
    team, per, value : the team; where there is one for each value of a group, the group and value
    needed : places that the work would fill, if there were no end of them
    places : mean places, over the days of the statistics on which it exists
    starts : participants who come to it [1/day]
    """

    team: str
    per: str | None
    value: str | None
    needed: float
    places: float
    starts: float

    @property
    def share(self) -> float:
        """Places needed over places; above 1, the list grows unless people give up."""
        if self.places == 0:
            return inf if self.needed else 0.0
        return self.needed / self.places

    @property
    def growth_per_week(self) -> float:
        """People by which the list grows each week, when more come than can be taken."""
        return DAYS_A_WEEK * self.starts * max(0.0, 1 - 1 / self.share) if self.share else 0.0


def team_loads(scenario: Scenario) -> Iterator[TeamLoad]:
    """Give the load of each team while it exists, by the traffic equations (see `Demand`)."""
    run = scenario.run
    demand_in = cache(partial(Demand, scenario))
    for name, team in scenario.teams.items():
        first = max(team.from_ or run.start, run.report_from)
        last = min(team.until or run.until, run.until)
        if first > last:
            continue
        demand = demand_in(first, last)
        steps = [key for key, step in scenario.steps.items() if name in step.team]
        for value in values_of(team, scenario.groups):
            needed = sum(demand.needed(key, team.per, value) for key in steps)
            starts = sum(demand.starts(key, team.per, value) for key in steps)
            places = mean_places(team, first, last, value)
            yield TeamLoad(name, team.per, value, needed, places, starts)


def notice_load(scenario: Scenario, findings: Findings) -> None:
    """Add the warnings about load, start and groups."""
    notice_overload(scenario, findings)
    notice_empty_start(scenario, findings)
    notice_full_start(scenario, findings)
    notice_groups(scenario, findings)


def notice_overload(scenario: Scenario, findings: Findings) -> None:
    """Warn of teams that on average need more places than they have."""
    for load in team_loads(scenario):
        if load.places > 0 and load.share > 1 + 1e-9:
            whose = f' for "{load.per}={load.value}"' if load.value else ""
            findings.notice(
                ("teams", load.team),
                f"load {100 * load.share:.0f} %{whose}: on average {load.needed:.1f} places are "
                f"needed and {load.places:.1f} are there, so the list grows unless people give up",
                "load",
            )


def is_steady(scenario: Scenario) -> bool:
    """Whether nothing in a scenario changes from year to year: no dates, no numbers by year."""
    for referral in scenario.referrals.values():
        dated = referral.from_ or referral.until or referral.changes
        if referral.rate is None or dated or referral.at_most is not None:
            return False
    for name, team in scenario.teams.items():
        if team.from_ or team.until or any(s.from_ or s.until for s in team.staff.values()):
            return False
        if any(number.years for _, number in varying_in(("teams", name), team)):
            return False
    closures = [c for team in scenario.teams.values() for c in team.closures or ()]
    closures += scenario.calendar.closures
    return not any(isinstance(closure.from_, dt.date) for closure in closures)


def notice_empty_start(scenario: Scenario, findings: Findings) -> None:
    """Warn of a run that starts empty although nothing in it changes over time."""
    run = scenario.run
    begun = any(s.initial.waiting or s.initial.in_service.count for s in scenario.steps.values())
    dated = scenario.observed or scenario.planned
    if run.report_from == run.start and not begun and not dated and is_steady(scenario):
        findings.notice(
            ("run",),
            "starts empty and has no warm_up, though nothing in the file changes from year to "
            "year; if the run is meant as steady, add warm_up (how long: flowsim warmup FILE), or "
            "initial participants",
            "start",
        )


def notice_full_start(scenario: Scenario, findings: Findings) -> None:
    """Warn of more participants in a step at the start than its team has places."""
    for name, team in scenario.teams.items():
        inside = [
            key
            for key, s in scenario.steps.items()
            if name in s.team and s.initial.in_service.count
        ]
        n_inside = sum(scenario.steps[key].initial.in_service.count for key in inside)
        n_places = places_at_start(team, scenario)
        if n_inside > n_places:
            findings.notice(
                ("steps", inside[0], "initial", "in_service"),
                f"{n_inside} participants are in {name} at the start, which has {n_places} places; "
                "nobody starts there until enough have left",
                "initial",
            )


def places_at_start(team: Team, scenario: Scenario) -> int:
    """Give the places of a team, or of all its likes, on the first day."""
    values = values_of(team, scenario.groups)
    return sum(places_on(team, scenario.run.start, value) for value in values)


def notice_groups(scenario: Scenario, findings: Findings) -> None:
    """Warn of groups that need several places at once of a team that others use too."""
    for name, step in scenario.steps.items():
        if step.intake is None or step.intake.min < 2:
            continue
        for team in step.team:
            others = [key for key, s in scenario.steps.items() if team in s.team and key != name]
            if others:
                findings.notice(
                    ("steps", name, "intake", "min"),
                    f"a group needs {step.intake.min} places of {team} at once, and "
                    f"{', '.join(others)} may take each as it gets free: the group may never start",
                    "group",
                )
