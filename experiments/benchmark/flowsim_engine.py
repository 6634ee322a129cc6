"""The workloads in flowsim's engine alone: the event log of each replication, nothing measured."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from flowsim_run import load
from workloads import Workload

import flowsim


def prepare(workload: Workload) -> flowsim.Plan:
    """Return what `run` takes."""
    return flowsim.compile(load(workload))


def run(plan: flowsim.Plan, seed: int, replications: int) -> int:
    """Run replications on all cores that the process may use; return the rows of their logs."""

    def n_rows(replication: int) -> int:
        return len(flowsim.simulate(plan, seed=seed, replication=replication))

    n_cores = cores()
    if n_cores == 1:
        return sum(map(n_rows, range(replications)))
    with ThreadPoolExecutor(n_cores) as pool:
        return sum(pool.map(n_rows, range(replications)))


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
