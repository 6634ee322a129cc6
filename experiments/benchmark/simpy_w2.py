"""W2 in SimPy: a process for each participant, a resource for each team."""

from __future__ import annotations

from collections.abc import Callable, Generator
from random import Random
from typing import Any

import figures
import simpy
from workloads import Pathway, lognormal

Process = Generator[simpy.Event, Any, None]


class Association:
    """The two teams, and what happens to a participant."""

    def __init__(self, workload: Pathway, seed: int) -> None:
        self.workload = workload
        self.draw = Random(seed)
        self.env = simpy.Environment()
        self.receiving = simpy.Resource(self.env, workload.reception_places)
        self.coaches = simpy.PriorityResource(self.env, workload.coaching_places)
        self.reception_stay = lognormal(workload.reception_stay, workload.reception_cv)
        self.coaching_stay = lognormal(workload.coaching_stay, workload.coaching_cv)
        self.records = figures.Records()
        self.env.process(self.referrals(workload.reception_rate, self.reception))
        self.env.process(self.referrals(workload.coaching_rate, self.coaching))

    def referrals(self, rate: float, to: Callable[[bool], Process]) -> Process:
        while True:
            yield self.env.timeout(self.draw.expovariate(rate))
            self.records.referred.append(self.env.now)
            self.env.process(to(self.draw.random() < self.workload.young))

    def reception(self, young: bool) -> Process:
        env, visits, workload = self.env, self.records.reception, self.workload
        joined_at = env.now
        visits.joined.append(joined_at)
        with self.receiving.request() as place:
            yield place
            visits.started.append(env.now)
            visits.waits.append(env.now - joined_at)
            yield env.timeout(self.draw.lognormvariate(*self.reception_stay))
        visits.finished.append(env.now)
        u = self.draw.random()
        if u < workload.to_coaching:
            yield from self.coaching(young)
        else:
            ordinary = u < workload.to_coaching + workload.to_ordinary
            yield from self.leave("ordinary" if ordinary else "no_action", young)

    def coaching(self, young: bool) -> Process:
        env, visits = self.env, self.records.coaching
        joined_at = env.now
        visits.joined.append(joined_at)
        with self.coaches.request(priority=0 if young else 1) as place:
            patience = env.timeout(self.draw.expovariate(1.0 / self.workload.patience))
            yield place | patience
            if not place.triggered:
                visits.withdrew.append(env.now)
                exit_ = "withdrew"
            else:
                visits.started.append(env.now)
                visits.waits.append(env.now - joined_at)
                yield env.timeout(self.draw.lognormvariate(*self.coaching_stay))
                visits.finished.append(env.now)
                exit_ = self.outcome()
        yield from self.leave(exit_, young)

    def outcome(self) -> str:
        u, to_work = self.draw.random(), self.workload.to_work
        if u < to_work:
            return "work"
        return "studies" if u < to_work + self.workload.to_studies else "other"

    def leave(self, exit_: str, young: bool) -> Process:
        self.records.exits[exit_].append(self.env.now)
        if self.draw.random() < self.workload.returning:
            yield self.env.timeout(self.draw.expovariate(1.0 / self.workload.time_to_return))
            self.records.returned.append(self.env.now)
            yield from self.reception(young)


def replicate(workload: Pathway, seed: int) -> figures.Figures:
    """Run one replication and return its figures."""
    association = Association(workload, seed)
    association.env.run(until=workload.weeks)
    return figures.of_pathway(association.records, workload)
