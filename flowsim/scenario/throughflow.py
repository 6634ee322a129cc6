"""What comes to each waiting list, and what gets through it, on average: before any run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import product
from math import inf, prod

import numpy as np
from numpy.typing import NDArray

from flowsim.scenario.capacity import values_of
from flowsim.scenario.demand import Demand
from flowsim.scenario.limits import Limits, Station, closed_in
from flowsim.scenario.most_starts import Stay
from flowsim.scenario.schema import Scenario, Step

__all__ = ["Throughflow"]

Floats = NDArray[np.float64]
Part = tuple[str, Demand]
"""Those who come from a source and are of a kind."""
MOST_KINDS = 500  # kinds x steps; where there are more, groups are taken to be independent
ROUNDS = 200
ENOUGH = 1e-9  # by which nothing moves any more


class Throughflow:
    """Average flows in some days, of which each waiting list lets through what it can take.

    What comes to a list is what is referred to it, and what the lists before let through. People
    who give up are left aside: they would go neither through nor on.

    Parameters
    ----------
    scenario : a scenario whose names are right
    first, last : the days

    Attributes
    ----------
    stations : the waiting lists
    limits : what each can take
    users : stations that need places of a team, by its name and value
    coming, through : people who come to it and start in it [1/day], (n_stations,)
    """

    def __init__(self, scenario: Scenario, first: dt.date, last: dt.date) -> None:
        self.scenario, self.first, self.last = scenario, first, last
        self.steps = {name: at for at, name in enumerate(scenario.steps)}
        self.parts: list[Part] = [
            (source, demand)
            for demand in (Demand(scenario, first, last, kind) for kind in kinds_of(scenario))
            for source in scenario.referrals
        ]
        self.stations = [
            Station(name, values)
            for name, step in scenario.steps.items()
            for values in values_in(step, scenario)
        ]
        self.step_of = np.array([self.steps[one.step] for one in self.stations], dtype=np.int64)
        self.shares = np.array(
            [list(map(self.of, self.stations, [p] * self.n)) for p in self.parts]
        )
        self.shares = self.shares.reshape(len(self.parts), self.n)
        flows = self.unlimited()
        self.stays = self.mean_stays(flows)
        closed = {
            name: closed_in(scenario, step.team, first, last)
            for name, step in scenario.steps.items()
        }
        self.limits = [
            Limits(scenario, station, first, last, stay, closed[station.step])
            for station, stay in zip(self.stations, self.stays, strict=True)
        ]
        self.users = self.users_of_teams()
        self.solve(flows)

    @property
    def n(self) -> int:
        """Number of waiting lists."""
        return len(self.stations)

    def of(self, station: Station, part: Part) -> float:
        """Return the share of a part that comes to the station of its step."""
        source, demand = part
        return prod(demand.share(source, group, value) for group, value in station.values.items())

    def unlimited(self) -> Floats:
        """Return what would come to each step if all got through, (n_parts, n_steps)."""
        flows = [
            [demand.flows[source][step] for step in self.steps] for source, demand in self.parts
        ]
        return np.array(flows).reshape(len(self.parts), len(self.steps))

    def mean_stays(self, flows: Floats) -> list[Stay]:
        """Return the mean stay at each station; of those who would come there."""
        weights = self.shares * flows[:, self.step_of]
        stays = []
        for station, weight in zip(self.stations, weights.T, strict=True):
            step = self.scenario.steps[station.step]
            each = np.array([demand.stays[station.step, source] for source, demand in self.parts])
            total = weight.sum()
            mean = float(weight @ each / total) if total > 0 else step.length_of_stay.average
            stays.append(Stay(mean, is_constant(step)))
        return stays

    # What gets through --------------------------------------------------------------------

    def solve(self, flows: Floats) -> None:
        """Let lists limit what comes to the next, until nothing changes any more."""
        entering = self.entering()
        ways = [list(self.ways(part)) for part in self.parts]
        for _ in range(ROUNDS):
            self.coming = (self.shares * flows[:, self.step_of]).sum(axis=0)
            self.through = self.let_through(self.coming)
            some = np.divide(self.through, self.coming, out=np.ones(self.n), where=self.coming > 0)
            ended = np.array([limit.ended for limit in self.limits])
            if (some >= 1 - ENOUGH).all():
                return
            goes = self.by_step(self.shares * some)
            gone = self.by_step(self.shares * ended)
            before, flows = flows, entering.copy()
            for p, way in enumerate(ways):
                for begin, to, share, is_end in way:
                    part = gone if is_end else goes
                    flows[p, to] += before[p, begin] * part[p, begin] * share
            if (np.abs(flows - before) <= ENOUGH * (before + ENOUGH)).all():
                return

    def let_through(self, coming: Floats) -> Floats:
        """Return what starts, given what comes: no more than meetings and then places take."""
        alive = np.array([1.0 - limit.ended for limit in self.limits])
        own = np.array([limit.own for limit in self.limits])
        through = np.minimum(coming * alive, own)
        factor = np.ones(self.n)
        for stations in self.users.values():
            load = sum(ratio(through[s], self.limits[s].together[team]) for s, team in stations)
            if load > 1:
                at = [s for s, _ in stations]
                factor[at] = np.minimum(factor[at], 1.0 / load)
        return np.asarray(through * factor)

    def users_of_teams(self) -> dict[tuple[str, str | None], list[tuple[int, str]]]:
        """Return the stations that need places of each team, by its name and value."""
        found: dict[tuple[str, str | None], list[tuple[int, str]]] = {}
        for s, station in enumerate(self.stations):
            for name in self.scenario.steps[station.step].team:
                value = station.values.get(self.scenario.teams[name].per or "")
                found.setdefault((name, value), []).append((s, name))
        return found

    def by_step(self, shares: Floats) -> Floats:
        """Add up shares of stations, (n_parts, n_stations), over those of each step."""
        added = np.zeros((len(self.parts), len(self.steps)))
        np.add.at(added.T, self.step_of, shares.T)
        return added

    def entering(self) -> Floats:
        """Return who is referred to each step, (n_parts, n_steps)."""
        entering = np.zeros((len(self.parts), len(self.steps)))
        for p, (source, demand) in enumerate(self.parts):
            entering[p, self.steps[self.scenario.referrals[source].to]] = demand.referred(source)
        return entering

    def ways(self, part: Part) -> Iterator[tuple[int, int, float, bool]]:
        """Return the ways of a part from step to step, after a stay or at the end of a team."""
        source, demand = part
        for name, step in self.scenario.steps.items():
            for to, share in demand.onward(step, source):
                yield self.steps[name], self.steps[to], share, False
            then = next((self.scenario.teams[t].then for t in step.team if ends(self, t)), None)
            for to, share in demand.steps_at(then) if then else ():
                yield self.steps[name], self.steps[to], share, True


def ends(flow: Throughflow, team: str) -> bool:
    """Whether a team ends in the run, and sends people on."""
    parts = flow.scenario.teams[team]
    return parts.until is not None and parts.then is not None


def ratio(flow: float, most: float) -> float:
    """Return how many times the most a flow is; nothing of nothing is 0."""
    if flow == 0 or most == inf:
        return 0.0
    return flow / most if most > 0 else inf


def is_constant(step: Step) -> bool:
    """Whether all stays in a step are alike."""
    stay = step.length_of_stay
    return stay.distribution == "constant" and not stay.factors and not step.interruption


def values_in(step: Step, scenario: Scenario) -> Iterator[dict[str, str]]:
    """Return the values of the groups by which a step's teams are split; one set without any."""
    teams = {scenario.teams[name].per: scenario.teams[name] for name in step.team}
    split = {group: values_of(team, scenario.groups) for group, team in teams.items() if group}
    for values in product(*split.values()):
        yield dict(zip(split, map(str, values), strict=True))


def kinds_of(scenario: Scenario) -> list[dict[str, str]]:
    """Return the kinds of people that must be told apart: by the groups that teams are split by.

    Then those who do not get through in one place are not missed in another.
    """
    teams = {team.per: values_of(team, scenario.groups) for team in scenario.teams.values()}
    split = {group: values for group, values in teams.items() if group}
    if prod(map(len, split.values())) * len(scenario.steps) > MOST_KINDS:
        return [{}]
    return [dict(zip(split, map(str, values), strict=True)) for values in product(*split.values())]
