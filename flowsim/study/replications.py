"""Run a scenario many times and gather its figures."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from flowsim.analysis import kpis, statistics
from flowsim.engine.compiling import compile_plan
from flowsim.engine.engines import DEFAULT_ENGINE, simulate, whole_number
from flowsim.engine.eventlog import EventLog
from flowsim.scenario.schema import Precision, Scenario
from flowsim.study import first_run
from flowsim.study.results import Results

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
LOOK_EVERY = 10  # replications, between two looks at the precision
MOST_REPLICATIONS = 1_000_000
BLOCK = 200  # replications that are under way at most
T = TypeVar("T")


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
    replications : how many times; default: as the scenario says, by number or by precision
    seed : key of the draws; default: as the scenario says
    engine : "kernel" (compiled) or "simpy" (readable); their figures are the same
    events : whether to keep the event log of every replication
    progress : called with (replications done, all replications) after each

    With a precision, the run stops at the first look (after every tenth replication) at which the
    figure's interval is narrow enough, see `statistics.is_precise`, or at its `max`.

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
    (2, 'kernel')
    """
    key = whole_number("seed", scenario.run.seed if seed is None else seed, 0, 2**63 - 1)
    limit, precision = _stop_rule(scenario, replications)
    began_at = time.perf_counter()
    plan = compile_plan(scenario)
    if engine == "kernel" and first_run.is_due():
        first_run.compile_everything(plan)
    table = kpis.names(plan)
    values: list[Floats] = []
    series: list[Floats] = []
    logs: list[EventLog] = []
    reached = float("nan")

    def replicate(replication: int) -> tuple[Floats, Floats, EventLog]:
        log = simulate(plan, seed=key, replication=replication, engine=engine)
        return kpis.measure(log), kpis.measure_monthly(log), log

    for figures, by_month, log in _in_order(replicate, limit, engine):
        values.append(figures)
        series.append(by_month)
        if events:
            logs.append(log)
        if progress is not None:
            progress(len(values), limit)
        if precision is not None and len(values) % LOOK_EVERY == 0:
            everybody = np.stack([value[0, 0] for value in values])
            reached = statistics.relative_half_width(table, everybody, precision.kpi)
            if statistics.is_precise(reached, precision.relative_half_width):
                break
    return Results(
        plan=plan,
        seed=key,
        engine=engine,
        values=np.stack(values),
        series_values=np.stack(series),
        logs=tuple(logs),
        wall_time=time.perf_counter() - began_at,
        precision=precision,
        reached=reached,
    )


def _in_order(replicate: Callable[[int], T], limit: int, engine: str) -> Iterator[T]:
    """Run replications on all cores, and give what they return in the order of their numbers.

    The compiled engine lets other threads run beside it; the SimPy engine would only wait for them.
    """
    if engine == "simpy":
        yield from map(replicate, range(limit))
        return
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        for begin in range(0, limit, BLOCK):
            yield from pool.map(replicate, range(begin, min(begin + BLOCK, limit)))
    finally:  # all done; or stopped: by Ctrl-C, by a fault, because the precision is reached
        pool.shutdown(wait=False, cancel_futures=True)


def _stop_rule(scenario: Scenario, replications: int | None) -> tuple[int, Precision | None]:
    """Return the most replications, and the precision at which to stop before."""
    if replications is not None:
        return whole_number("replications", replications, 1, MOST_REPLICATIONS), None
    precision = scenario.run.precision
    return (scenario.run.replications, None) if precision is None else (precision.max, precision)
