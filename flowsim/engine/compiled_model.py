"""The compiled engine: the event loop of `kernel`, handed a plan and a replication."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

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
from flowsim.language import _
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
    log = _log(plan, seed, replication, space, slice(0, n_before), plan.end, keep)
    if not plan.plays_on:
        return log
    last = np.nextafter(max(space.instant("last"), 0.0), np.inf)  # who came at that instant too
    rows = slice(n_before, n_rows)
    after = _log(plan, seed, replication, space, rows, max(last, plan.end), keep)
    return replace(log, after=after)


def _log(
    plan: Plan, seed: int, replication: int, space: Workspace, rows: slice, end: float, keep: bool
) -> EventLog:
    """Return some rows as a log, with the participants who had come before an instant."""
    arrays = space.arrays
    columns: dict[str, Any] = {name: arrays[f"log_{name}"][rows] for name in COLUMNS}
    everybody: list[int] = arrays["first"].tolist()
    n_groups = len(plan.groups)
    values = arrays["values"][: everybody[-1] * n_groups].reshape(-1, n_groups)
    first, parts = [0], []
    for s, source in enumerate(plan.sources):
        begin, until = everybody[s], everybody[s + 1]
        if source.kind == POISSON:
            until = begin + int(arrays["arrivals"][begin:until].searchsorted(end))
        parts.append(values[begin:until])
        first.append(first[-1] + until - begin)
    if keep:
        columns = {name: column.copy() for name, column in columns.items()}
    if keep or first != everybody:
        values = np.concatenate(parts)
    return EventLog(
        plan, seed, replication, **columns, first_participant=np.array(first), values=values
    )


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
    """State that this machine has no room for a replication, and how much it takes."""
    cost = Cost(plan.scenario)
    return _(
        "out of memory: a replication with about {participants} participants and "
        "{rows} rows takes about {n_bytes} in each thread; nothing of "
        "it is kept"
    ).format(
        participants=amount(cost.participants), rows=amount(cost.rows), n_bytes=size(cost.n_bytes)
    )


def _complaint(plan: Plan, space: Workspace, ended: int) -> str:
    """Return the steps in which a run that cannot go on goes round, from its log's last rows."""
    n_rows = min(space.get("n_rows"), space.get("n_rows_room"))
    if ended == TOO_MANY_ROWS:
        return too_long(float(space.arrays["log_time"][n_rows - 1]))
    last = slice(max(n_rows - MOST_ROUNDS, 0), n_rows)
    time, step = space.arrays["log_time"][last], space.arrays["log_step"][last]
    steps = np.unique(step[(time == time[-1]) & (step >= 0)])
    names = [plan.steps[s].name for s in steps]
    if ended == ENDLESS_WAY:
        return _("teams that end send participants round in a circle of the steps {names}").format(
            names=", ".join(names)
        )
    return endless(float(time[-1]), names, MOST_ROUNDS)
