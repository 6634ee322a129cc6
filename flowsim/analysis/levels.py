"""How many wait for each step, and are in it, over time: from the event log of one replication."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flowsim.analysis.visits import reconstruct
from flowsim.engine import kernel as compiled
from flowsim.engine.eventlog import EventLog

Floats = NDArray[np.float64]
MEASURES = ("waiting", "in_service")
DECIMALS = 6  # of a participant; a level that never moves must not differ by rounding errors


def levels(log: EventLog, edges: Floats) -> Floats:
    """Time averages of the number waiting and the number in service of each step.

    Parameters
    ----------
    log : what happened
    edges : instants between which to average, increasing [days], shape (n_spans + 1,)

    Returns
    -------
    (2, n_steps, n_spans): first those on the waiting list, then those in the step (and those who
    have finished, but keep their place), in the order of `MEASURES`

    Examples
    --------
    >>> import flowsim
    >>> log = flowsim.simulate(flowsim.compile(flowsim.load("scenarios/orebro.toml")), seed=1)
    >>> levels(log, np.arange(0.0, 1092.0, 7.0)).shape
    (2, 3, 155)
    """
    found = reconstruct(log)
    joined, started, _, left = found.at[: found.n_visits].T
    step = found.visit[: found.n_visits, compiled.VISIT_STEP]
    end = np.full(len(step), log.plan.end)
    spells = (
        (joined, _first_known(started, left, end)),
        (started, _first_known(left, end)),
    )
    return np.array(
        [
            [occupancy(begin[step == s], until[step == s], edges) for s in range(n_steps(log))]
            for begin, until in spells
        ]
    )


def n_steps(log: EventLog) -> int:
    """Number of steps of what was run."""
    return len(log.plan.steps)


def occupancy(begin: Floats, until: Floats, edges: Floats) -> Floats:
    """Mean number of spells under way in each span of time.

    Parameters
    ----------
    begin, until : of each spell [days]; NaN in `begin`: it never began
    edges : instants that separate the spans, increasing [days], shape (n_spans + 1,)

    Examples
    --------
    >>> begin, until = np.array([0.0, 1.0]), np.array([3.0, 2.0])
    >>> occupancy(begin, until, np.array([0.0, 2.0, 4.0])).tolist()
    [1.5, 0.5]
    """
    began = ~np.isnan(begin)
    area = _time_since(begin[began], edges) - _time_since(until[began], edges)
    return np.round(np.diff(area) / np.diff(edges), DECIMALS)


def _time_since(instants: Floats, edges: Floats) -> Floats:
    """Time from each instant to an edge, added over the instants before it, for each edge."""
    ordered = np.sort(instants)
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    n_before = np.searchsorted(ordered, edges)
    since: Floats = n_before * edges - sums[n_before]
    return since


def _first_known(*instants: Floats) -> Floats:
    """The first of several instants that is not NaN, for each spell."""
    found = instants[0]
    for other in instants[1:]:
        found = np.where(np.isnan(found), other, found)
    return found
