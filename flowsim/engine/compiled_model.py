"""The compiled engine: the event loop of `kernel`, handed a plan and a replication."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from flowsim.engine import eventlog
from flowsim.engine.arrays import Workspace
from flowsim.engine.eventlog import COLUMNS, EventLog, endless, too_long
from flowsim.engine.kernel import (
    DONE,
    ENDLESS_WAY,
    MOST_ROUNDS,
    TOO_MANY_ROWS,
    arrival_times,
    name_hash,
    run,
)
from flowsim.engine.plan import POISSON, Plan
from flowsim.errors import SimulationError
from flowsim.scenario.cost import Cost, amount, size

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]


def simulate(plan: Plan, *, seed: int, replication: int, keep: bool = True) -> EventLog:
    """Run one replication of a plan.

    Parameters
    ----------
    plan : what to simulate
    seed, replication : key of the draws
    keep : whether the log owns its columns; else it is lost at the next call in this thread

    Raises
    ------
    SimulationError
        If an instant never ends, the log gets too long, or there is no memory for it.
    """
    try:
        return _simulated(plan, seed, replication, keep)
    except MemoryError:
        _here.workspace = Workspace()  # what it has is given back
        raise SimulationError(no_memory(plan)) from None


def _simulated(plan: Plan, seed: int, replication: int, keep: bool) -> EventLog:
    if not hasattr(_here, "workspace"):
        _here.workspace = Workspace()
    space: Workspace = _here.workspace
    first, arrivals = _draw_arrivals(plan, np.uint64(seed), np.uint64(replication))
    space.prepare(plan, first, arrivals)
    space.set(key0=seed, key1=replication, most_rows=eventlog.MOST_ROWS)
    ended = run(space.world)
    if ended != DONE:
        raise SimulationError(_complaint(plan, space, ended))
    n_rows = space.get("n_rows")
    if n_rows > space.get("n_rows_room"):
        space.make_room_for_log(n_rows)
        run(space.world)
    n_before = space.get("n_rows_before")
    log = _log(plan, (seed, replication), space, slice(n_before), keep)
    if not plan.plays_on:
        return log
    return replace(log, after=_log(plan, (seed, replication), space, slice(n_before, n_rows), keep))


def _log(
    plan: Plan, key: tuple[int, int], space: Workspace, rows: slice, keep: bool
) -> EventLog:
    """Return some rows as a log, with the participants who had come by then."""
    columns = {name: space.arrays[f"log_{name}"][rows] for name in COLUMNS}
    n_groups = len(plan.groups)
    first = space.arrays["first"]
    values = space.arrays["values"][: first[-1] * n_groups].reshape(-1, n_groups)
    came = [_came(plan, space, s, rows.start is not None) for s in range(len(plan.sources))]
    if keep:
        columns = {name: column.copy() for name, column in columns.items()}
    if keep or came != np.diff(first).tolist():
        values = np.concatenate([values[b : b + n] for b, n in zip(first, came, strict=False)])
    first = np.concatenate([[0], np.cumsum(came, dtype=np.int64)])
    return EventLog(plan, *key, **columns, first_participant=first, values=values)


def _came(plan: Plan, space: Workspace, source: int, is_after: bool) -> int:
    """Return how many of a source had come by the end, or when playing on ended."""
    begin, end = space.arrays["first"][source : source + 2]
    if plan.sources[source].kind != POISSON:
        return int(end - begin)
    arrivals = space.arrays["arrivals"][begin:end]
    before = int(np.searchsorted(arrivals, plan.end))
    last = int(np.searchsorted(arrivals, space.instant("last"), side="right"))
    return max(before, last) if is_after else before


_here = threading.local()


def _draw_arrivals(plan: Plan, key0: np.uint64, key1: np.uint64) -> tuple[Longs, Floats]:
    """Return the first participant of each source, and when each participant is referred."""
    pieces = []
    for source in plan.sources:
        if source.kind == POISSON:
            pieces.append(
                arrival_times(
                    key0,
                    key1,
                    np.uint64(source.hash),
                    ARRIVAL_HASH,
                    source.starts,
                    source.rates,
                    source.end,
                    source.at_most,
                )
            )
        else:
            pieces.append(source.starts if len(source.starts) else np.zeros(source.count))
    first = np.zeros(len(pieces) + 1, dtype=np.int64)
    np.cumsum([len(piece) for piece in pieces], out=first[1:])
    return first, np.concatenate(pieces)


ARRIVAL_HASH = np.uint64(name_hash("arrival"))


def no_memory(plan: Plan) -> str:
    """Say that this machine has no room for a replication, and how much it takes."""
    cost = Cost(plan.scenario)
    return (
        f"out of memory: a replication with about {amount(cost.participants)} participants and "
        f"{amount(cost.rows)} rows takes about {size(cost.n_bytes)} in each thread; nothing of "
        "it is kept"
    )


def _complaint(plan: Plan, space: Workspace, ended: int) -> str:
    """Say which steps a run that cannot go on goes round in, as the last rows of its log tell."""
    n_rows = min(space.get("n_rows"), space.get("n_rows_room"))
    if ended == TOO_MANY_ROWS:
        return too_long(float(space.arrays["log_time"][n_rows - 1]))
    last = slice(max(n_rows - MOST_ROUNDS, 0), n_rows)
    time, step = space.arrays["log_time"][last], space.arrays["log_step"][last]
    steps = np.unique(step[(time == time[-1]) & (step >= 0)])
    names = [plan.steps[s].name for s in steps]
    if ended == ENDLESS_WAY:
        return f"teams that end send participants round in a circle of the steps {', '.join(names)}"
    return endless(float(time[-1]), names, MOST_ROUNDS)
