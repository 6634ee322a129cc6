"""How many participants come, on average, and how many go through each step: before any run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np

from flowsim.scenario.schema import Referral, Run, Scenario, Step
from flowsim.scenario.source import KeyPath

__all__ = ["Demand", "expected_participants", "expected_referrals"]


def expected_referrals(referral: Referral, run: Run) -> float:
    """Give the average number of referrals by a rate or cohorts, seasons left aside.

    Examples
    --------
    >>> run = Run(start=dt.date(2017, 1, 1), until=dt.date(2017, 1, 10))
    >>> expected_referrals(Referral(to="mapping", rate="2 per day"), run)
    20.0
    """
    if referral.rate is None:
        inside = [c.count for c in referral.cohort if run.start <= c.date <= run.until]
        count = float(sum(inside))
    else:
        end = min(referral.until or run.until, run.until) + dt.timedelta(days=1)
        begin = max(referral.from_ or run.start, run.start)
        pieces = [(begin, referral.rate)] + [(c.from_, c.rate) for c in referral.changes]
        days = [min(max(day, begin), end) for day, _ in pieces] + [max(end, begin)]
        rates = [rate for _, rate in pieces]
        count = sum((b - a).days * r for a, b, r in zip(days, days[1:], rates, strict=False))
    return count if referral.at_most is None else min(count, referral.at_most)


def expected_participants(scenario: Scenario) -> Iterator[tuple[KeyPath, float]]:
    """Give, for each source and each initial situation, its key and its average number."""
    for name, referral in scenario.referrals.items():
        key = next((key for key in ("rate", "cohort") if getattr(referral, key)), "file")
        listed = len(scenario._source.lists.get(name, ()))
        yield ("referrals", name, key), expected_referrals(referral, scenario.run) + listed
    for name, step in scenario.steps.items():
        yield ("steps", name, "initial"), float(step.initial.waiting + step.initial.in_service)


class Demand:
    """Average flows, as if groups were independent of each other and of the way taken so far.

    Flows solve the traffic equations: flow of a step = referrals to it + flows of all steps x
    shares of their routes to it, returns included. Withdrawals and intake stops are left aside.

    Parameters
    ----------
    scenario : a scenario whose names are right
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.days = (scenario.run.until - scenario.run.start).days + 1
        self.sources = {
            name: (expected_referrals(r, scenario.run) + len(scenario._source.lists.get(name, ())))
            / self.days
            for name, r in scenario.referrals.items()
        }
        self.total = sum(self.sources.values())
        self.flows = self.solved()

    def share(self, group: str, value: str) -> float:
        """Give the share of referrals with a value of a group."""
        if not self.total:
            return 0.0
        if group == "source":
            return self.sources.get(value, 0.0) / self.total
        mixes = {
            name: r.groups.get(group, self.scenario.groups[group])
            for name, r in self.scenario.referrals.items()
        }
        flows = self.sources.items()
        return sum(flow * mixes[name].get(value, 0.0) for name, flow in flows) / self.total

    def stay(self, step: Step) -> float:
        """Give the mean stay in a step [days], factors and interruptions by a rate included."""
        factors: dict[str, float] = {}
        for condition, factor in step.length_of_stay.factors.items():
            group, _, value = condition.partition("=")
            share = self.share(group, value)
            factors[group] = factors.get(group, 1.0) + share * (factor - 1.0)
        mean = step.length_of_stay.average * float(np.prod(list(factors.values())))
        rate = sum(interruption.rate or 0.0 for interruption in step.interruption)
        return float(-np.expm1(-rate * mean) / rate) if rate > 0 else mean

    def routes(self, step: Step) -> dict[str, float]:
        """Give the average shares of a step's routes."""
        shares: dict[str, float] = {}
        left = 1.0
        for condition, routes in step.next_for.items():
            group, _, value = condition.partition("=")
            part = left * self.share(group, value)
            left -= part
            for to, route in routes.items():
                shares[to] = shares.get(to, 0.0) + part * route.share
        for to, route in step.next.items():
            shares[to] = shares.get(to, 0.0) + left * route.share
        return shares

    def solved(self) -> dict[str, float]:
        """Solve the traffic equations: starts per day in each step."""
        names = list(self.scenario.steps)
        place = {name: at for at, name in enumerate(names)}
        matrix, referred = np.eye(len(names)), np.zeros(len(names))
        for name, referral in self.scenario.referrals.items():
            referred[place[referral.to]] += self.sources[name]
        for name, step in self.scenario.steps.items():
            for to, share in self.routes(step).items():
                back = self.scenario.exits[to].returns if to in self.scenario.exits else None
                if to in place:
                    matrix[place[to], place[name]] -= share
                elif back is not None:
                    matrix[place[back.to], place[name]] -= share * back.share
        try:
            flows = np.linalg.solve(matrix, referred)
        except np.linalg.LinAlgError:
            flows = referred
        return dict(zip(names, flows.tolist(), strict=True))
