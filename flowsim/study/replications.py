"""Run a scenario many times and gather its figures."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from flowsim.analysis import kpis, statistics
from flowsim.engine.compiling import compile_plan
from flowsim.engine.engines import DEFAULT_ENGINE, simulate
from flowsim.engine.eventlog import EventLog
from flowsim.errors import SimulationError
from flowsim.scenario.schema import Precision, Scenario
from flowsim.study.results import Results

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
LOOK_EVERY = 10  # replications, between two looks at the precision


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
    engine : "simpy"
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
    (2, 'simpy')
    """
    key = scenario.run.seed if seed is None else seed
    limit, precision = _stop_rule(scenario, replications)
    began_at = time.perf_counter()
    plan = compile_plan(scenario)
    table = kpis.names(plan)
    values: list[Floats] = []
    series: list[Floats] = []
    logs: list[EventLog] = []
    reached = float("nan")
    for replication in range(limit):
        log = simulate(plan, seed=key, replication=replication, engine=engine)
        values.append(kpis.measure(log))
        series.append(kpis.measure_monthly(log))
        if events:
            logs.append(log)
        if progress is not None:
            progress(replication + 1, limit)
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


def _stop_rule(scenario: Scenario, replications: int | None) -> tuple[int, Precision | None]:
    """Return the most replications, and the precision at which to stop before."""
    if replications is not None:
        if replications < 1:
            raise SimulationError(f"replications: found {replications}; allowed: 1 or more")
        return replications, None
    precision = scenario.run.precision
    return (scenario.run.replications, None) if precision is None else (precision.max, precision)
