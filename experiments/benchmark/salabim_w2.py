"""W2 in salabim: a component for each participant, a resource for each team."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import figures
import salabim as sim
from workloads import Pathway, lognormal

sim.yieldless(False)  # generators are faster here than greenlets


class Association:
    """The two teams, the draws and the records of one replication."""

    def __init__(self, workload: Pathway, seed: int) -> None:
        self.workload = workload
        self.draw = Random(seed)
        self.env = sim.Environment(trace=False, random_seed=seed)
        self.receiving = self.team("reception", workload.reception_places)
        self.coaches = self.team("coaching", workload.coaching_places)
        self.reception_stay = lognormal(workload.reception_stay, workload.reception_cv)
        self.coaching_stay = lognormal(workload.coaching_stay, workload.coaching_cv)
        self.records = figures.Records()
        self.refer(workload.reception_rate, to_coaching=False)
        self.refer(workload.coaching_rate, to_coaching=True)

    def team(self, name: str, places: int) -> sim.Resource:
        """All ask for one place, so that only the first in the list can get one."""
        return sim.Resource(
            name, capacity=places, honor_only_first=True, monitor=False, env=self.env
        )

    def refer(self, rate: float, *, to_coaching: bool) -> None:
        first = self.draw.expovariate(rate)  # a generator of components would begin at 0
        sim.ComponentGenerator(
            Participant,
            iat=lambda: self.draw.expovariate(rate),
            at=first,
            env=self.env,
            association=self,
            to_coaching=to_coaching,
        )


class Participant(sim.Component):
    """What happens to a participant."""

    def setup(self, association: Association, to_coaching: bool) -> None:
        self.of, self.direct = association, to_coaching
        self.young = association.draw.random() < association.workload.young

    def process(self) -> Iterator[None]:
        self.of.records.referred.append(self.env.now())
        direct, returns = self.direct, True
        while returns:
            exit_ = None if direct else (yield from self.reception())
            if exit_ is None:
                exit_ = yield from self.coaching()
            direct = False
            returns = yield from self.go_out(exit_)

    def reception(self) -> Iterator[None]:
        visits, draw, workload = self.of.records.reception, self.of.draw, self.of.workload
        joined_at = self.env.now()
        visits.joined.append(joined_at)
        yield self.request(self.of.receiving)
        visits.started.append(self.env.now())
        visits.waits.append(self.env.now() - joined_at)
        yield self.hold(draw.lognormvariate(*self.of.reception_stay))
        self.release()
        visits.finished.append(self.env.now())
        u = draw.random()
        if u < workload.to_coaching:
            return None
        return "ordinary" if u < workload.to_coaching + workload.to_ordinary else "no_action"

    def coaching(self) -> Iterator[None]:
        visits, draw, workload = self.of.records.coaching, self.of.draw, self.of.workload
        joined_at = self.env.now()
        visits.joined.append(joined_at)
        place = (self.of.coaches, 1, 0 if self.young else 1)
        yield self.request(place, fail_delay=draw.expovariate(1.0 / workload.patience))
        if self.failed():
            visits.withdrew.append(self.env.now())
            return "withdrew"
        visits.started.append(self.env.now())
        visits.waits.append(self.env.now() - joined_at)
        yield self.hold(draw.lognormvariate(*self.of.coaching_stay))
        self.release()
        visits.finished.append(self.env.now())
        u = draw.random()
        if u < workload.to_work:
            return "work"
        return "studies" if u < workload.to_work + workload.to_studies else "other"

    def go_out(self, exit_: str) -> Iterator[None]:
        draw, workload = self.of.draw, self.of.workload
        self.of.records.exits[exit_].append(self.env.now())
        if draw.random() >= workload.returning:
            return False
        yield self.hold(draw.expovariate(1.0 / workload.time_to_return))
        self.of.records.returned.append(self.env.now())
        return True


def replicate(workload: Pathway, seed: int) -> figures.Figures:
    """Run one replication and return its figures."""
    association = Association(workload, seed)
    association.env.run(till=workload.weeks)
    return figures.of_pathway(association.records, workload)
