"""Run a scenario many times and gather its figures."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from flowsim.analysis import kpis as measuring
from flowsim.analysis import statistics
from flowsim.analysis.samples import Samples
from flowsim.engine.compiling import compile_plan
from flowsim.engine.engines import DEFAULT_ENGINE, simulate, whole_number
from flowsim.engine.eventlog import EventLog
from flowsim.scenario.schema import Precision, Scenario
from flowsim.study import first_run
from flowsim.study.forecast import check_kept
from flowsim.study.results import Results
from flowsim.study.unknown.drawing import has_unknown
from flowsim.study.unknown.playing import MOST_DRAWS, play

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
Figures = tuple[Floats, Floats, EventLog]
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
    kpis: Collection[str] | None = None,
    draws: int = 0,
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
    kpis : the figures that are asked for; they decide who is followed after the end, see
        `flowsim.compile`
    draws : how many draws of the inputs in `[uncertain]` are played besides, each twice, so that
        `Results.unknown` tells what we do not know; the command plays 500

    With a precision, the run stops at the first look (after 50 replications, and every tenth from
    there) at which the figure's interval is narrow enough, see `statistics.may_stop`, or at its
    `max`. Ctrl-C ends it
    with the replications that are finished, if there are any (`Results.stopped`).

    Raises
    ------
    SimulationError
        If replications is below 1, the engine is unknown, an instant never ends, or there is no
        memory for it.

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
    check_kept(scenario, limit)
    plan = compile_plan(scenario, kpis)
    if engine == "kernel" and first_run.is_due():
        first_run.compile_everything(plan)
    nothing = Results(
        plan=plan,
        seed=key,
        engine=engine,
        samples=Samples(measuring.names(plan).shape),
        months=Samples(measuring.monthly(plan).shape),
        logs=(),
        wall_time=0.0,
        precision=precision,
    )
    n_draws = whole_number("draws", draws, 0, MOST_DRAWS)
    return _with_draws(nothing, limit, events, progress, n_draws, kpis)


def extend(
    results: Results,
    replications: int,
    *,
    events: bool = False,
    progress: Progress | None = None,
    draws: int = 0,
) -> Results:
    """Add replications to a run; the figures are those of running all at once, to the last bit.

    Parameters
    ----------
    results : of an earlier run; not changed
    replications : how many there shall be in all
    events, progress : as of `run`
    draws : how many draws there shall be in all, at least; those that were played stay

    Raises
    ------
    SimulationError
        If there are as many replications already.
    """
    least = results.replications + 1
    limit = whole_number("replications", replications, least, MOST_REPLICATIONS)
    check_kept(results.scenario, limit)
    logs = tuple(
        simulate(results.plan, seed=results.seed, replication=n, engine=results.engine)
        for n in range(results.replications if events else 0)
    )
    earlier = dataclasses.replace(
        results,
        samples=results.samples.copy(),
        months=results.months.copy(),
        logs=logs,
        precision=None,
    )
    n_draws = whole_number("draws", draws, 0, MOST_DRAWS)
    return _with_draws(earlier, limit, events, progress, n_draws, None)


def _with_draws(
    begun: Results,
    limit: int,
    events: bool,
    progress: Progress | None,
    draws: int,
    kpis: Collection[str] | None,
) -> Results:
    """Run the replications that are still to come, and then the draws."""
    plays = draws if has_unknown(begun.scenario) else 0

    def of_runs(done: int, _limit: int) -> None:
        if progress is not None:
            progress(done, limit + plays)

    def of_draws(done: int, _draws: int) -> None:
        if progress is not None:
            progress(limit + done, limit + plays)

    results = _continued(begun, limit, events, of_runs)
    have = begun.unknown.draws if begun.unknown is not None else 0
    if results.stopped or plays <= have:
        return results
    try:
        unknown = play(
            begun.plan,
            begun.seed,
            begun.engine,
            plays,
            kpis=kpis,
            earlier=begun.unknown,
            progress=of_draws,
        )
    except KeyboardInterrupt:  # before two draws were played
        return dataclasses.replace(results, stopped=True)
    return dataclasses.replace(
        results, unknown=unknown, stopped=unknown is not None and unknown.stopped
    )


def _continued(begun: Results, limit: int, events: bool, progress: Progress | None) -> Results:
    """Run the replications that are still to come; what was begun is added to."""
    began_at = time.perf_counter()
    precision, samples, months = begun.precision, begun.samples, begun.months
    logs, reached, stopped = list(begun.logs), float("nan"), False

    def replicate(replication: int) -> Figures:
        log = simulate(
            begun.plan, seed=begun.seed, replication=replication, engine=begun.engine, keep=events
        )
        return *measuring.measure_all(log), log

    try:
        for figures, by_month, log in _in_order(replicate, begun.replications, limit, begun.engine):
            logs += [log] if events else []
            months.append(by_month)
            samples.append(figures)  # last: a replication is finished when its figures are here
            if progress is not None:
                progress(len(samples), limit)
            n = len(samples)
            if precision is not None and (n % LOOK_EVERY == 0 or n == limit):
                reached = statistics.relative_half_width(begun.table, samples, precision.kpi)
                if statistics.may_stop(reached, precision.relative_half_width, n):
                    break
    except KeyboardInterrupt:
        if len(samples) == 0:
            raise
        stopped = True
        months.shorten(len(samples))
        del logs[len(samples) :]
    wall_time = begun.wall_time + time.perf_counter() - began_at
    return dataclasses.replace(
        begun, logs=tuple(logs), wall_time=wall_time, reached=reached, stopped=stopped
    )


def _in_order(replicate: Callable[[int], T], first: int, limit: int, engine: str) -> Iterator[T]:
    """Run replications on all cores, and give what they return in the order of their numbers.

    The compiled engine lets other threads run beside it; the SimPy engine would only wait for them.
    """
    if engine == "simpy":
        yield from map(replicate, range(first, limit))
        return
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        for begin in range(first, limit, BLOCK):
            yield from pool.map(replicate, range(begin, min(begin + BLOCK, limit)))
    finally:  # all done; or stopped: by Ctrl-C, by a fault, because the precision is reached
        pool.shutdown(wait=False, cancel_futures=True)


def _stop_rule(scenario: Scenario, replications: int | None) -> tuple[int, Precision | None]:
    """Return the most replications, and the precision at which to stop before."""
    if replications is not None:
        return whole_number("replications", replications, 1, MOST_REPLICATIONS), None
    precision = scenario.run.precision
    return (scenario.run.replications, None) if precision is None else (precision.max, precision)
