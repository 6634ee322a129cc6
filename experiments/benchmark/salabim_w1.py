"""W1 in salabim: a component for each participant, a resource with five places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import figures
import salabim as sim
from workloads import Queue

sim.yieldless(False)  # generators are faster here than greenlets


class Participant(sim.Component):
    """Waits for a place, and stays."""

    def setup(self, servers: sim.Resource, waits: list[float], stay: Callable[[], float]) -> None:
        self.servers, self.waits, self.stay = servers, waits, stay

    def process(self) -> Iterator[None]:
        joined_at = self.env.now()
        yield self.request(self.servers)
        self.waits.append(self.env.now() - joined_at)
        yield self.hold(self.stay())


def replicate(workload: Queue, seed: int) -> figures.Figures:
    """Run one replication and return its figures."""
    env = sim.Environment(trace=False, random_seed=seed)
    draw = Random(seed)
    servers = sim.Resource(
        "servers", capacity=workload.places, honor_only_first=True, monitor=False, env=env
    )
    waits: list[float] = []
    sim.ComponentGenerator(
        Participant,
        iat=lambda: draw.expovariate(workload.arrival_rate),
        number=workload.participants,
        env=env,
        servers=servers,
        waits=waits,
        stay=lambda: draw.expovariate(1.0 / workload.mean_stay),
    )
    env.run()
    return figures.of_queue(waits)
