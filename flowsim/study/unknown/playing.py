"""Draws of the inputs, each played twice: what we do not know, and what is luck."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from flowsim.analysis import kpis as measuring
from flowsim.analysis.kpi_names import KpiTable
from flowsim.analysis.samples import Samples
from flowsim.engine.compiling import compile_plan
from flowsim.engine.engines import simulate
from flowsim.engine.plan import Plan
from flowsim.errors import ResultsError, ScenarioError
from flowsim.language import _
from flowsim.scenario.loading import drawn
from flowsim.study.unknown.drawing import InputDraws, draw_inputs, has_unknown
from flowsim.study.unknown.results import PLAYS, Unknown, table_of

__all__ = ["DRAWS", "MOST_DRAWS", "in_order", "plan_of_draw", "play", "played"]

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
DRAWS = 500
"""How many draws there are, where nobody says another number."""
MOST_DRAWS = 100_000
AT_ONCE = 50  # draws that are under way at most


def plan_of_draw(inputs: InputDraws, draw: int, kpis: Collection[str] | None = None) -> Plan:
    """Return the plan of a draw, compiled anew.

    Raises
    ------
    ResultsError
        If the scenario does not take what was drawn together, each of which it takes alone.
    """
    known = inputs.scenario
    try:
        variant = drawn(known, inputs.settings(draw))
    except ScenarioError as error:
        raise ResultsError(
            _("draw {draw} of the uncertain inputs: {fault}").format(
                draw=draw, fault=error.faults[0]
            )
        ) from None
    return compile_plan(variant, kpis)


def played(
    inputs: InputDraws,
    draw: int,
    engine: str,
    table: KpiTable,
    kpis: Collection[str] | None = None,
) -> Floats:
    """Play a draw with the luck of the replications 2k and 2k + 1.

    Parameters
    ----------
    table : `names` of the scenario as it is written

    Returns
    -------
    figures of everybody, (PLAYS, n_periods, 1, n_kpis)
    """
    plan = plan_of_draw(inputs, draw, kpis)
    measure = measuring.measurer(plan, table)
    logs = (
        simulate(plan, seed=inputs.seed, replication=PLAYS * draw + i, engine=engine, keep=False)
        for i in range(PLAYS)
    )
    return np.stack([measure(log)[:, :1] for log in logs])


def play(
    plan: Plan,
    seed: int,
    engine: str,
    n: int,
    *,
    kpis: Collection[str] | None = None,
    earlier: Unknown | None = None,
    progress: Progress | None = None,
) -> Unknown | None:
    """Draw the uncertain inputs of a scenario, and play each draw twice.

    Parameters
    ----------
    plan : of the scenario as it is written
    seed, engine : as of the run
    n : how many draws in all
    kpis : the figures that are asked for, as of the run
    earlier : draws that have been played already; not changed
    progress : called with (draws done, all draws)

    Returns
    -------
    None where nothing is uncertain, or n is 0. Ctrl-C ends it with the draws that are finished, at
    least two of them (`Unknown.stopped`)

    Raises
    ------
    ResultsError
        If the scenario does not take a draw.
    """
    if n == 0 or not has_unknown(plan.scenario):
        return earlier
    inputs = draw_inputs(plan.scenario, seed, n)
    whole, table = measuring.names(plan), table_of(plan)
    samples = Samples(table.shape) if earlier is None else earlier.samples.copy()
    stopped = False
    try:
        for figures in in_order(inputs, len(samples) // PLAYS, engine, whole, kpis):
            for one in figures:
                samples.append(one)
            if progress is not None:
                progress(len(samples) // PLAYS, n)
    except KeyboardInterrupt:
        finished = len(samples) // PLAYS
        if finished < 2:
            raise
        stopped = True
        samples.shorten(PLAYS * finished)
        inputs = draw_inputs(plan.scenario, seed, finished)
    return Unknown(inputs, table, samples, stopped=stopped)


def in_order(
    inputs: InputDraws, first: int, engine: str, table: KpiTable, kpis: Collection[str] | None
) -> Iterator[Floats]:
    """Play draws on all cores, and return their figures in the order of their numbers."""

    def one(draw: int) -> Floats:
        return played(inputs, draw, engine, table, kpis)

    if engine == "simpy":
        yield from map(one, range(first, len(inputs)))
        return
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        for begin in range(first, len(inputs), AT_ONCE):
            yield from pool.map(one, range(begin, min(begin + AT_ONCE, len(inputs))))
    finally:  # all done; or stopped
        pool.shutdown(wait=False, cancel_futures=True)
