"""How often participants come to each step until the run ends, on average and never far too few.

A participant is a Markov chain of visits that a clock ends: with a clock as long as the run, a time
of mean m is survived with chance E[exp(-m / run)], so that even a way that goes round for ever has
a finite number of visits (Kao 1997, An introduction to stochastic processes, section 5.3). Starts
are no more than places and meetings allow.

Where it is not known before the run what happens, each of three extremes is looked at, and the one
with most rows counts: all who come are served; all who can give up, or be turned away, do; and all
ended teams have ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from math import inf, prod

import numpy as np
from numpy.typing import NDArray

from flowsim.scenario.capacity import mean_places, most_places, n_lists_of, values_of
from flowsim.scenario.demand import Arrivals, arrivals
from flowsim.scenario.distributions import survival
from flowsim.scenario.schema import Distribution, Scenario, Step

__all__ = ["Visits", "expected_visits"]

Floats = NDArray[np.float64]
Kind = dict[str, str]
"""The values of some groups; of the others, everybody is a mixture."""
MOST_KINDS = 128
SHORTEST = 1e-12
"""Chance that the run ends during a time, at least: so that going round is never for ever."""
ROUNDS = 30
"""Of limited starts that limit what follows: each gives a smaller number that is still enough."""


@dataclass(frozen=True, slots=True)
class Visits:
    """What participants do until the end of the run, all of them together.

    Parameters
    ----------
    joined, started : by step
    left : rows of exits, those that held included
    returned : by exit
    given_up : who left a list without a start
    """

    joined: dict[str, float]
    started: dict[str, float]
    left: float
    returned: dict[str, float]
    given_up: float

    @property
    def rows(self) -> float:
        """Rows in the event log: joined, started, finished; gave up; exited; returned."""
        inside = sum(self.joined.values()) + 2 * sum(self.started.values())
        return inside + self.given_up + self.left + sum(self.returned.values())


def expected_visits(scenario: Scenario, *, with_returns: bool = True) -> Visits:
    """Return how often participants come to each step until the end of the run."""
    groups = groups_that_matter(scenario)
    sizes = [len(values_in(scenario, group)) for group in groups]
    alone = prod(sizes) > MOST_KINDS
    divisions = [(group,) for group in groups] if alone else [tuple(groups)]
    come = list(arrivals(scenario))
    found = [
        Traffic(scenario, division, extreme, come, with_returns).visits()
        for extreme in extremes(scenario)
        for division in divisions
    ]
    return max(found, key=lambda visits: visits.rows)


def extremes(scenario: Scenario) -> Iterator[str]:
    """Return what may happen to everybody."""
    yield "served"
    if any(gives_up(step) for step in scenario.steps.values()):
        yield "given up"
    if any(ended_to(scenario, step) for step in scenario.steps.values()):
        yield "ended"


def gives_up(step: Step) -> bool:
    """Whether somebody may leave a step's list without a start."""
    waits = step.team or step.intake
    return bool(waits) and (step.patience is not None or step.max_waiting is not None)


def ended_to(scenario: Scenario, step: Step) -> str | None:
    """Return where the end of a step's teams sends participants; None if none ends in the run."""
    teams = (scenario.teams[name] for name in step.team)
    until = scenario.run.until
    return next((t.then for t in teams if t.then and t.until and t.until < until), None)


def groups_that_matter(scenario: Scenario) -> list[str]:
    """Return the groups on which routes or stays depend."""
    steps = scenario.steps.values()
    conditions = [c for s in steps for c in (*s.next_for, *s.length_of_stay.factors)]
    return list(dict.fromkeys(condition.partition("=")[0] for condition in conditions))


def values_in(scenario: Scenario, group: str) -> list[str]:
    """Return the values of a group; those of `source` are the sources."""
    initial = ""  # those who are there at the start come from no source
    return [*scenario.referrals, initial] if group == "source" else list(scenario.groups[group])


@dataclass(frozen=True, slots=True)
class Way:
    """Where a visit may lead: a step, or an exit and perhaps back from it; with its chance."""

    to: str | None
    exit: str | None
    chance: float


class Traffic:
    """The flows of a scenario in one extreme, kind by kind.

    Parameters
    ----------
    scenario : a scenario whose names are right
    division : groups whose values are kept apart
    extreme : "served", "given up" or "ended"
    come : who comes
    with_returns : False: as if nobody came back after an exit
    """

    def __init__(
        self,
        scenario: Scenario,
        division: Iterable[str],
        extreme: str,
        come: list[Arrivals],
        with_returns: bool,
    ) -> None:
        self.scenario, self.extreme, self.come = scenario, extreme, come
        self.with_returns = with_returns
        self.clock = float((scenario.run.until - scenario.run.start).days + 1)
        self.names = list(scenario.steps)
        self.place = {name: at for at, name in enumerate(self.names)}
        division = tuple(division)
        values = product(*(values_in(scenario, group) for group in division))
        self.kinds: list[Kind] = [dict(zip(division, some, strict=True)) for some in values]

    def visits(self) -> Visits:
        """Return the visits of all kinds together, starts no more than can be."""
        n = len(self.names)
        entered, flows, edges, left = np.zeros(n), np.zeros(n), np.zeros((n, n)), np.zeros(n)
        back: dict[str, Floats] = {}
        for kind in self.kinds:
            comes = self.entering(kind)
            if not comes.any():
                continue
            ways = [list(self.ways(step, kind)) for step in self.scenario.steps.values()]
            chances = self.chances(ways)
            flow = np.linalg.solve(np.eye(n) - chances.T, comes)
            entered, flows, edges = entered + comes, flows + flow, edges + flow[:, None] * chances
            for at, way in ((at, way) for at, some in enumerate(ways) for way in some if way.exit):
                if way.to is None:
                    left[at] += flow[at] * way.chance * self.rows_of_exit(str(way.exit))
                else:
                    back.setdefault(str(way.exit), np.zeros(n))[at] += flow[at] * way.chance
        joined, started = self.limited(entered, flows, edges)
        gone, goes_on = np.zeros(n), np.ones(n)
        if self.extreme == "served":
            leave = [gives_up(step) for step in self.scenario.steps.values()]
            gone = np.where(leave, joined - started, 0.0)
            goes_on = np.divide(started, flows, out=np.zeros(n), where=flows > 0)
        return Visits(
            joined=dict(zip(self.names, joined.tolist(), strict=True)),
            started=dict(zip(self.names, started.tolist(), strict=True)),
            left=float(left @ goes_on + gone.sum()),
            returned={name: float(some @ goes_on) for name, some in back.items()},
            given_up=float(gone.sum()) if self.extreme == "served" else float(joined.sum()),
        )

    def rows_of_exit(self, name: str) -> float:
        """Return the rows that leaving by an exit writes, on average."""
        end = self.scenario.exits.get(name)
        return 1.0 + (end.sustained.share if end and end.sustained else 0.0)

    def entering(self, kind: Kind) -> Floats:
        """Return who of a kind comes to each step from outside."""
        comes = np.zeros(len(self.names))
        for some in self.come:
            shares = [self.share(some, group, value) for group, value in kind.items()]
            comes[self.place[some.to]] += some.count * prod(shares)
        return comes

    def share(self, some: Arrivals, group: str, value: str) -> float:
        """Return the share of those who come together that has a value of a group."""
        if group == "source":
            return float(some.source == value)
        return some.groups.get(group, self.scenario.groups[group]).get(value, 0.0)

    def chances(self, ways: list[list[Way]]) -> Floats:
        """Return the chances of going on from step to step before the run ends."""
        chances = np.zeros((len(self.names), len(self.names)))
        for at, some in enumerate(ways):
            for way in some:
                if way.to is not None:
                    chances[at, self.place[way.to]] += way.chance
        return chances

    # Where a visit leads ----------------------------------------------------------------------

    def ways(self, step: Step, kind: Kind) -> Iterator[Way]:
        """Return where a visit to a step may lead."""
        to = ended_to(self.scenario, step)
        if self.extreme == "ended" and to is not None:
            yield from self.onward(to, 1.0)
        elif self.extreme == "given up" and gives_up(step):
            yield from self.ways_without_start(step)
        else:
            yield from self.ways_when_served(step, kind)

    def ways_without_start(self, step: Step) -> Iterator[Way]:
        """Return where those go who give up; all are turned away where that may be."""
        if step.max_waiting is not None or step.patience is None:
            yield from self.onward("turned_away", 1.0)
        else:
            at_once = step.patience.since == "referral"
            waits = 1.0 if at_once else survival(step.patience, self.clock)
            yield from self.onward(step.patience.exit, waits)

    def ways_when_served(self, step: Step, kind: Kind) -> Iterator[Way]:
        """Return where those go who start: by a route, or by an interruption's exit."""
        stays, rates = self.stays(step, kind), self.rates(step)
        mean = step.length_of_stay.average * self.factor(step, kind)
        cuts = [rate * mean / (1 + rate * mean) if rate < inf else 1.0 for rate in rates]
        for interruption, cut in zip(step.interruption, cuts, strict=True):
            yield from self.onward(interruption.exit, stays * cut / max(sum(cuts), 1.0))
        left = max(1.0 - sum(cuts), 0.0)
        for to, after, share in self.routes(step, kind):
            survives = 1.0 if after is None else survival(after, self.clock)
            yield from self.onward(to, stays * left * share * survives)

    def onward(self, to: str, chance: float) -> Iterator[Way]:
        """Return a way to a step, or to an exit, and the way back from it."""
        if to in self.place:
            yield Way(to, None, min(chance, 1.0 - SHORTEST))
            return
        yield Way(None, to, chance)
        end = self.scenario.exits.get(to)
        if end is not None and end.returns is not None and self.with_returns:
            back = end.returns.share * survival(end.returns.after, self.clock)
            yield Way(end.returns.to, to, min(chance * back, 1.0 - SHORTEST))

    def routes(self, step: Step, kind: Kind) -> Iterator[tuple[str, Distribution | None, float]]:
        """Return targets, delays and shares of the routes that a kind takes."""
        left = 1.0
        for condition, routes in step.next_for.items():
            part = left * self.matches(condition, kind)
            left -= part
            for to, route in routes.items():
                yield to, route.after, part * route.share
        for to, route in step.next.items():
            yield to, route.after, left * route.share

    def matches(self, condition: str, kind: Kind) -> float:
        """Return the share of a kind that a condition is true of."""
        group, _, value = condition.partition("=")
        if group in kind:
            return float(kind[group] == value)
        if group == "source":
            return 1.0 / (len(self.scenario.referrals) + 1)
        return self.scenario.groups[group].get(value, 0.0)

    def factor(self, step: Step, kind: Kind) -> float:
        """Return by what a kind's stays are longer."""
        factors = step.length_of_stay.factors
        return prod(1 + self.matches(c, kind) * (by - 1) for c, by in factors.items())

    def rates(self, step: Step) -> list[float]:
        """Return how often each interruption strikes [1/day]."""
        after = [i.after.average if i.after is not None else None for i in step.interruption]
        rates = [i.rate or 0.0 for i in step.interruption]
        return [
            rate if time is None else (1 / time if time > 0 else inf)
            for rate, time in zip(rates, after, strict=True)
        ]

    def stays(self, step: Step, kind: Kind) -> float:
        """Return the chance that the run does not end during a stay, cut short or not."""
        factor = self.factor(step, kind)
        cut = 1 + sum(self.rates(step)) * step.length_of_stay.average * factor
        return survival(step.length_of_stay, self.clock, factor / cut)

    # What places and meetings allow -----------------------------------------------------------

    def limited(self, entered: Floats, flows: Floats, edges: Floats) -> tuple[Floats, Floats]:
        """Return who joins and who starts at each step, starts no more than can be."""
        if self.extreme != "served":
            started = [
                flow if not (gives_up(step) or ended_to(self.scenario, step)) else 0.0
                for flow, step in zip(flows, self.scenario.steps.values(), strict=True)
            ]
            return flows, np.array(started)
        limits = np.array([self.most_starts(step) for step in self.scenario.steps.values()])
        onward = np.divide(edges, flows[:, None], out=np.zeros_like(edges), where=edges > 0)
        joined = flows
        for _ in range(ROUNDS if (flows > limits).any() else 0):
            joined = np.minimum(joined, entered + onward.T @ np.minimum(joined, limits))
        return joined, np.minimum(joined, limits)

    def most_starts(self, step: Step) -> float:
        """Return how many can start in a step, about: places by stays, and places at meetings."""
        run, n_lists = self.scenario.run, n_lists_of(step, self.scenario)
        survives = min(max(self.stays(step, kind) for kind in self.kinds), 1.0 - SHORTEST)
        limits = [self.starts_in(name, survives) for name in step.team]
        if step.intake is not None and step.intake.max_per_year is not None:
            limits.append(
                step.intake.max_per_year * (run.until.year - run.start.year + 1) * n_lists
            )
        if step.intake is not None and step.intake.every and step.intake.max is not None:
            limits.append(step.intake.max * (self.clock / step.intake.every + 1) * n_lists)
        return min(limits, default=inf) + step.initial.in_service.count

    def starts_in(self, name: str, survives: float) -> float:
        """Return how often a team's places can be taken, by the chance that a stay ends in time."""
        team, run = self.scenario.teams[name], self.scenario.run
        first, last = (
            max(team.from_ or run.start, run.start),
            min(team.until or run.until, run.until),
        )
        if first > last:
            return 0.0
        values = values_of(team, self.scenario.groups)
        most = sum(most_places(team, run, value) for value in values)
        mean = sum(mean_places(team, first, last, value) for value in values)
        lives = ((last - first).days + 1) / self.clock
        return most + mean * lives * survives / (1.0 - survives)
