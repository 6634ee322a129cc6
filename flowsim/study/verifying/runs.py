"""A run repeated: its folder against what its manifest gives today.

The run is repeated a block of replications at a time, and compared with the same rows of the kept
tables, so that memory holds one block however many replications there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flowsim.analysis import kpis
from flowsim.engine.compiling import compile_plan
from flowsim.engine.engines import simulate
from flowsim.engine.eventlog import EventLog
from flowsim.engine.plan import Plan
from flowsim.study import first_run
from flowsim.study.kept_tables import EVENTS, FIGURES, KeptTable
from flowsim.study.manifest import RunRecord
from flowsim.study.results import event_frame
from flowsim.study.tables import UNKNOWN
from flowsim.study.unknown.drawing import draw_inputs
from flowsim.study.unknown.playing import played
from flowsim.study.unknown.results import PLAYS, table_of
from flowsim.study.verifying.differences import Comparison, compare_events, compare_figures
from flowsim.study.verifying.verification import Verification

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
BLOCK = 20  # replications that are compared at a time


def verify(record: RunRecord, progress: Progress | None = None) -> Verification:
    """Repeat a run and compare every figure, and the events where they were kept.

    Parameters
    ----------
    record : from `manifest.read`
    progress : called with (replications compared, all replications)

    Raises
    ------
    ResultsError
        If a table is missing, damaged, or does not hold the replications of the manifest.
    SimulationError
        If an instant of the scenario never ends.
    """
    plan = compile_plan(record.scenario)
    if record.engine == "kernel" and first_run.is_due():
        first_run.compile_everything(plan)
    tables = _tables(plan, record)
    for begin, runs in _blocks(plan, record):
        end = begin + len(runs)
        for table in tables:
            table.compare(begin, end, runs)
        if progress is not None:
            progress(end, record.replications)
    for table in tables:
        table.kept.must_end()
    unknown = [_draws(plan, record)] if record.draws else []
    return Verification(
        folder=record.folder,
        language=record.scenario.scenario.language,
        replications=record.replications,
        comparisons=(*(table.comparison for table in tables), *unknown),
        changes=record.changes(),
        is_unchanged=record.is_unchanged,
    )


def _draws(plan: Plan, record: RunRecord) -> Comparison:
    """Repeat the draws of the uncertain inputs, some at a time."""
    inputs = draw_inputs(record.scenario, record.seed, record.draws)
    whole, names = kpis.names(plan), table_of(plan)
    kept = KeptTable(record.folder / UNKNOWN, FIGURES)
    comparison = Comparison("unknown")
    for first in range(0, record.draws, BLOCK // PLAYS):
        draws = range(first, min(first + BLOCK // PLAYS, record.draws))
        figures = np.concatenate([played(inputs, k, record.engine, whole) for k in draws])
        begin, end = PLAYS * first, PLAYS * draws.stop
        rows = kept.rows(begin, end)
        kept.must_hold(rows, begin, end)
        compare_figures(comparison, rows, kpis.frame(names, figures, range(begin, end)))
    kept.must_end()
    return comparison


# Repeating -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Run:
    """A replication, repeated."""

    log: EventLog
    figures: Floats
    by_month: Floats


def _blocks(plan: Plan, record: RunRecord) -> Iterator[tuple[int, list[_Run]]]:
    """Repeat replications, a block at a time, the compiled engine on all cores."""

    def repeat(replication: int) -> _Run:
        log = simulate(plan, seed=record.seed, replication=replication, engine=record.engine)
        return _Run(log, *kpis.measure_all(log))

    pool = ThreadPoolExecutor(os.cpu_count() if record.engine == "kernel" else 1)
    try:
        for begin in range(0, record.replications, BLOCK):
            block = range(begin, min(begin + BLOCK, record.replications))
            yield begin, list(pool.map(repeat, block))
    finally:  # all done; or stopped: by Ctrl-C, by a fault
        pool.shutdown(wait=False, cancel_futures=True)


# The tables ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Table:
    """A kept table, how its rows are laid out anew, and how the two are compared."""

    kept: KeptTable
    comparison: Comparison
    lay_out: Callable[[range, Sequence[_Run]], pd.DataFrame]

    def compare(self, begin: int, end: int, runs: Sequence[_Run]) -> None:
        """Compare the replications begin to end - 1."""
        kept = self.kept.rows(begin, end)
        repeated = self.lay_out(range(begin, end), runs)
        if self.comparison.table == "events":
            compare_events(self.comparison, kept, repeated)
            return
        self.kept.must_hold(kept, begin, end)
        compare_figures(self.comparison, kept, repeated)


def _tables(plan: Plan, record: RunRecord) -> list[_Table]:
    """Open the tables of a folder; that of events need not be there."""
    names, months = kpis.names(plan), kpis.monthly(plan)

    def of(name: str, lay_out: Callable[[range, Sequence[_Run]], pd.DataFrame]) -> _Table:
        columns = EVENTS if name == "events" else FIGURES
        kept = KeptTable(record.folder / f"{name}.parquet", columns)
        return _Table(kept, Comparison(name), lay_out)

    tables = [
        of("kpis", lambda at, runs: kpis.frame(names, np.stack([r.figures for r in runs]), at)),
        of("series", lambda at, runs: kpis.frame(months, np.stack([r.by_month for r in runs]), at)),
    ]
    if (record.folder / "events.parquet").exists():
        tables.append(of("events", lambda _, runs: pd.concat(event_frame(r.log) for r in runs)))
    return tables
