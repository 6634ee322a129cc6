"""W1 in SimPy: a process for each participant, a resource with five places."""

from __future__ import annotations

from collections.abc import Generator
from random import Random
from typing import Any

import figures
import simpy
from workloads import Queue

Process = Generator[simpy.Event, Any, None]


def replicate(workload: Queue, seed: int) -> figures.Figures:
    """Run one replication and return its figures."""
    draw = Random(seed)
    env = simpy.Environment()
    servers = simpy.Resource(env, workload.places)
    waits: list[float] = []

    def participant() -> Process:
        joined_at = env.now
        with servers.request() as place:
            yield place
            waits.append(env.now - joined_at)
            yield env.timeout(draw.expovariate(1.0 / workload.mean_stay))

    def referrals() -> Process:
        for _ in range(workload.participants):
            yield env.timeout(draw.expovariate(workload.arrival_rate))
            env.process(participant())

    env.process(referrals())
    env.run()
    return figures.of_queue(waits)
