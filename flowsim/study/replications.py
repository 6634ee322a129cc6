"""Run a scenario many times and gather its figures."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from flowsim.analysis import kpis
from flowsim.engine.compiling import compile_plan
from flowsim.engine.engines import DEFAULT_ENGINE, simulate
from flowsim.engine.eventlog import EventLog
from flowsim.errors import SimulationError
from flowsim.scenario.schema import Scenario
from flowsim.study.results import Results

Progress = Callable[[int, int], None]


def run(
    scenario: Scenario,
    *,
    replications: int | None = None,
    seed: int | None = None,
    engine: str = DEFAULT_ENGINE,
    events: bool = False,
    progress: Progress | None = None,
) -> Results:
    """Run a scenario and return its figures with intervals.

    Parameters
    ----------
    scenario : from `flowsim.load`
    replications : how many times; default: as the scenario says
    seed : key of the draws; default: as the scenario says
    engine : "simpy"
    events : whether to keep the event log of every replication
    progress : called with (replications done, all replications) after each

    Raises
    ------
    SimulationError
        If replications is below 1, the engine is unknown, or an instant never ends.

    Examples
    --------
    >>> import flowsim
    >>> scenario = flowsim.load("scenarios/orebro.toml")
    >>> results = flowsim.run(scenario, replications=2, seed=1)
    >>> results.replications, results.engine
    (2, 'simpy')
    """
    n = scenario.run.replications if replications is None else replications
    key = scenario.run.seed if seed is None else seed
    if n < 1:
        raise SimulationError(f"replications: found {n}; allowed: a whole number >= 1")
    began_at = time.perf_counter()
    plan = compile_plan(scenario)
    table = kpis.names(plan)
    values = np.empty((n, *table.shape))
    months = kpis.monthly(plan)
    series = np.empty((n, *months.shape))
    logs: list[EventLog] = []
    for replication in range(n):
        log = simulate(plan, seed=key, replication=replication, engine=engine)
        values[replication] = kpis.measure(log)
        series[replication] = kpis.measure_monthly(log)
        if events:
            logs.append(log)
        if progress is not None:
            progress(replication + 1, n)
    return Results(
        plan=plan,
        seed=key,
        engine=engine,
        values=values,
        series_values=series,
        logs=tuple(logs),
        wall_time=time.perf_counter() - began_at,
    )
