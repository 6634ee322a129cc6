"""How many participants come, on average, and how many go through each step: before any run."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod

import numpy as np

from flowsim.scenario.distributions import survival
from flowsim.scenario.schema import Referral, Run, Scenario, Step
from flowsim.scenario.source import KeyPath, Row

__all__ = ["Arrivals", "Demand", "arrivals", "expected_referrals"]

LEAST_TIME = 1e-9  # days until an interruption that strikes at once


def expected_referrals(referral: Referral, first: dt.date, last: dt.date) -> float:
    """Return the average number of referrals by a rate or cohorts in some days, seasons left aside.

    Examples
    --------
    >>> first, last = dt.date(2017, 1, 1), dt.date(2017, 1, 10)
    >>> expected_referrals(Referral(to="mapping", rate="2 per day"), first, last)
    20.0
    """
    if referral.rate is None:
        inside = [c.count for c in referral.cohort if first <= c.date <= last]
        count = float(sum(inside))
    else:
        begin = max(referral.from_ or first, first)
        end = max(min(referral.until or last, last) + dt.timedelta(days=1), begin)
        pieces = [(begin, referral.rate)] + [(c.from_, c.rate) for c in referral.changes]
        days = [*(min(max(day, begin), end) for day, _ in pieces), end]
        rates = [rate for _, rate in pieces]
        count = sum((b - a).days * r for a, b, r in zip(days, days[1:], rates, strict=False))
    return count if referral.at_most is None else min(count, referral.at_most)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Participants who come from one source, or are there at the start, before the run ends.

    Parameters
    ----------
    path : the key that says how many
    source : the source; "" for those who are there at the start
    to : the step they come to
    count : how many, on average
    groups : the mix of groups in which they differ from all
    is_dated : whether each has a date of its own, in a cohort or list
    """

    path: KeyPath
    source: str
    to: str
    count: float
    groups: Mapping[str, Mapping[str, float]]
    is_dated: bool = False


def arrivals(scenario: Scenario) -> Iterator[Arrivals]:
    """Return who comes from each source, and who is there at the start; seasons included."""
    run = scenario.run
    for name, referral in scenario.referrals.items():
        key = next((key for key in ("rate", "cohort") if getattr(referral, key)), "file")
        rows = scenario._source.lists.get(name, ())
        count = expected_referrals(referral, run.start, run.until)
        if referral.rate is not None:
            count *= season(referral.seasonality or scenario.calendar.seasonality, run)
            count = count if referral.at_most is None else min(count, referral.at_most)
        mixes = listed_mixes(rows, scenario, referral) if rows else referral.groups
        path = ("referrals", name, key)
        yield Arrivals(path, name, referral.to, count + len(rows), mixes, key != "rate")
    for name, step in scenario.steps.items():
        there = float(step.initial.waiting + step.initial.in_service.count)
        if there:
            yield Arrivals(("steps", name, "initial"), "", name, there, {})


def season(factors: Sequence[float] | None, run: Run) -> float:
    """Return the mean factor of a run's months, a whole year's being 1."""
    years = run.until.year - run.start.year
    if factors is None or years > 1:
        return 1.0
    months = range(run.start.month - 1, 12 * years + run.until.month)
    chosen = [factors[month % 12] for month in months]
    return max(sum(chosen) / len(chosen) / (sum(factors) / 12), 1.0)


def listed_mixes(
    rows: Sequence[Row], scenario: Scenario, referral: Referral
) -> dict[str, dict[str, float]]:
    """Return the mix of each group in a list; who has no value there has one of the source's."""
    mixes = {}
    for group, mix in scenario.groups.items():
        counts = Counter(values.get(group) for _, values in rows)
        open_, usual = counts.pop(None, 0), referral.groups.get(group, mix)
        mixes[group] = {
            value: (counts[value] + open_ * usual.get(value, 0.0)) / len(rows) for value in mix
        }
    return mixes


class Demand:
    """Average flows in some days, as if in a source groups were independent of the way so far.

    Flows solve the traffic equations, for each source by itself: flow of a step = referrals to it +
    flows of all steps x shares of their routes to it, returns included. Withdrawals, intake stops
    and what steps can take are left aside (see `Throughflow`).

    Parameters
    ----------
    scenario : a scenario whose names are right
    first, last : the days
    kind : the values of some groups of those who are looked at; of other groups they are a mixture
    """

    def __init__(
        self,
        scenario: Scenario,
        first: dt.date,
        last: dt.date,
        kind: Mapping[str, str] | None = None,
    ) -> None:
        self.scenario, self.first, self.last = scenario, first, last
        self.kind = dict(kind or {})
        self.flows = {name: self.solved(name) for name in scenario.referrals}
        self.stays = {
            (name, source): self.stay(step, source)
            for name, step in scenario.steps.items()
            for source in scenario.referrals
        }

    def starts(self, step: str) -> float:
        """Return the starts in a step [1/day]."""
        return sum(flows[step] for flows in self.flows.values())

    def needed(self, step: str) -> float:
        """Return the places that a step would fill."""
        return sum(flows[step] * self.stays[step, source] for source, flows in self.flows.items())

    def referred(self, source: str) -> float:
        """Return the average number of referrals from a source, of the kind [1/day]."""
        listed = self.scenario._source.lists.get(source, ())
        n_listed = sum(self.first <= day <= self.last for day, _ in listed)
        count = partial(expected_referrals, self.scenario.referrals[source])
        start = self.scenario.run.start
        expected = count(start, self.last)
        if self.first > start:  # counted from the start, as `at_most` is
            expected -= count(start, self.first - dt.timedelta(days=1))
        share = prod(self.of_all(source, group, value) for group, value in self.kind.items())
        return share * (expected + n_listed) / ((self.last - self.first).days + 1)

    def share(self, source: str, group: str, value: str) -> float:
        """Return the share of those from a source, of the kind, with a value of a group."""
        if group in self.kind:
            return float(self.kind[group] == value)
        return self.of_all(source, group, value)

    def of_all(self, source: str, group: str, value: str) -> float:
        """Return the share of a source's referrals with a value of a group."""
        if group == "source":
            return float(value == source)
        mix = self.scenario.referrals[source].groups.get(group, self.scenario.groups[group])
        return mix.get(value, 0.0)

    def stay(self, step: Step, source: str) -> float:
        """Return the mean stay in a step [days], factors and interruptions included."""
        rate = sum(self.rates(step))
        if rate == 0:
            return step.length_of_stay.average * self.factor(step, source)
        return (1.0 - self.finish(step, source)) / rate

    def factor(self, step: Step, source: str) -> float:
        """Return by what stays are longer on average."""
        factors: dict[str, float] = {}
        for condition, factor in step.length_of_stay.factors.items():
            group, _, value = condition.partition("=")
            share = self.share(source, group, value)
            factors[group] = factors.get(group, 1.0) + share * (factor - 1.0)
        return prod(factors.values())

    def rates(self, step: Step) -> list[float]:
        """Return how often each interruption strikes, as if at random [1/day]."""
        return [
            (one.rate or 0.0) if one.after is None else 1.0 / max(one.after.average, LEAST_TIME)
            for one in step.interruption
        ]

    def finish(self, step: Step, source: str) -> float:
        """Return the share of stays that are not interrupted."""
        rate = sum(self.rates(step))
        if rate == 0:
            return 1.0
        return survival(step.length_of_stay, 1.0 / rate, self.factor(step, source))

    def routes(self, step: Step, source: str) -> dict[str, float]:
        """Return the average shares of a step's routes."""
        shares: dict[str, float] = {}
        left = 1.0
        for condition, routes in step.next_for.items():
            group, _, value = condition.partition("=")
            part = left * self.share(source, group, value)
            left -= part
            for to, route in routes.items():
                shares[to] = shares.get(to, 0.0) + part * route.share
        for to, route in step.next.items():
            shares[to] = shares.get(to, 0.0) + left * route.share
        return shares

    def onward(self, step: Step, source: str) -> Iterator[tuple[str, float]]:
        """Return the steps that people go on to from a step, or come back to, and their shares."""
        finish, rates = self.finish(step, source), self.rates(step)
        for to, share in self.routes(step, source).items():
            yield from self.steps_at(to, share * finish)
        for interruption, rate in zip(step.interruption, rates, strict=True):
            if rate > 0:
                share = (1.0 - finish) * rate / sum(rates)
                yield from self.steps_at(interruption.exit, share)

    def steps_at(self, to: str, share: float = 1.0) -> Iterator[tuple[str, float]]:
        """Return the step to which a way leads, by way of a return if need be, and its share."""
        back = self.scenario.exits[to].returns if to in self.scenario.exits else None
        if to in self.scenario.steps:
            yield to, share
        elif back is not None:
            yield back.to, share * back.share

    def solved(self, source: str) -> dict[str, float]:
        """Solve the traffic equations of a source: starts per day in each step."""
        names = list(self.scenario.steps)
        place = {name: at for at, name in enumerate(names)}
        matrix, referred = np.eye(len(names)), np.zeros(len(names))
        referred[place[self.scenario.referrals[source].to]] = self.referred(source)
        for name, step in self.scenario.steps.items():
            for to, share in self.onward(step, source):
                matrix[place[to], place[name]] -= share
        try:
            flows = np.linalg.solve(matrix, referred)
        except np.linalg.LinAlgError:
            flows = referred
        return dict(zip(names, flows.tolist(), strict=True))
