"""What each participant went through, from the rows of an event log.

A *visit* is one coming to a step: from joining its list to leaving it, kept place included. An
*episode* is what lies between a referral, or a return, and the exit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flowsim.engine import kernel as compiled
from flowsim.engine.eventlog import EVENTS, EventLog
from flowsim.engine.plan import Plan


@dataclass(frozen=True, eq=False, slots=True)
class Reconstruction:
    """Visits and episodes as arrays; columns as in `engine.kernel`."""

    n_visits: int
    n_episodes: int
    n_team_rows: int
    at: NDArray[np.float64]
    visit: NDArray[np.int32]
    episode_at: NDArray[np.float64]
    episode: NDArray[np.int32]
    team_rows: NDArray[np.int32]
    carried: NDArray[np.int32]


def reconstruct(log: EventLog) -> Reconstruction:
    """Find all visits and episodes of a log.

    Parameters
    ----------
    log : what happened

    A visit still open at the end of the run has NaN for what has not happened. Who kept a place
    is taken to keep it until it starts, gives it up, or exits.
    """
    n_rows = len(log) + (0 if log.after is None else len(log.after))
    nothing = Reconstruction(
        n_visits=0,
        n_episodes=0,
        n_team_rows=0,
        at=np.empty((n_rows, 4)),
        visit=np.empty((n_rows, 7), dtype=np.int32),
        episode_at=np.empty((n_rows, 4)),
        episode=np.empty((n_rows, 4), dtype=np.int32),
        team_rows=np.empty(n_rows, dtype=np.int32),
        carried=np.full((4, log.first_participant[-1]), -1, dtype=np.int32),
    )
    return _continued(nothing, log, log.first_participant)


def played_on(found: Reconstruction, log: EventLog) -> Reconstruction:
    """Go on from the end with the rows of playing on, of those who had come before.

    Parameters
    ----------
    found : of `reconstruct`; its arrays are written on, so that it is of no use any more
    log : what happened, with its rows after the end
    """
    assert log.after is not None
    return _continued(found, log.after, log.first_participant)


def _continued(found: Reconstruction, rows: EventLog, first: NDArray[np.int64]) -> Reconstruction:
    n_visits, n_episodes, n_team_rows = compiled.reconstruct(
        rows.time,
        rows.source,
        rows.participant,
        rows.episode,
        rows.step,
        rows.event,
        rows.name,
        first,
        *_steps(rows.plan),
        found.n_visits,
        found.n_episodes,
        found.carried,
        found.at,
        found.visit,
        found.episode_at,
        found.episode,
        found.team_rows,
    )
    return replace(found, n_visits=n_visits, n_episodes=n_episodes, n_team_rows=n_team_rows)


def visits(log: EventLog) -> pd.DataFrame:
    """Return a table of all visits, in the order of joining.

    Columns: source, participant, episode, step, joined_at, started_at, finished_at, left_at
    [days], and ended: the event that ended it ("" while it goes on).
    """
    found = reconstruct(log)
    at, visit = found.at[: found.n_visits], found.visit[: found.n_visits]
    number = found.episode[visit[:, compiled.VISIT_EPISODE], compiled.EPISODE_NUMBER]
    table = _who(log, visit[:, compiled.VISIT_ROW])
    table["episode"] = number
    steps = [step.name for step in log.plan.steps]
    table["step"] = pd.Categorical.from_codes(visit[:, compiled.VISIT_STEP], steps)
    for column, name in enumerate(("joined_at", "started_at", "finished_at", "left_at")):
        table[name] = at[:, column]
    table["ended"] = np.array([*EVENTS, ""])[visit[:, compiled.VISIT_END]]
    return table


def episodes(log: EventLog) -> pd.DataFrame:
    """Return a table of all episodes, in the order in which they began.

    Columns: source, participant, episode, entered_at (referral or return; NaN if there from the
    start), first_start_at, enrolled_at (first start in a step of `counted_in`), exited_at
    [days], exit ("" if none yet), sustained.
    """
    found = reconstruct(log)
    at, episode = found.episode_at[: found.n_episodes], found.episode[: found.n_episodes]
    table = _who(log, episode[:, compiled.EPISODE_ROW])
    table["episode"] = episode[:, compiled.EPISODE_NUMBER]
    for column, name in enumerate(("entered_at", "first_start_at", "enrolled_at", "exited_at")):
        table[name] = at[:, column]
    exits = np.array([*(end.name for end in log.plan.exits), ""])
    table["exit"] = exits[episode[:, compiled.EPISODE_EXIT]]
    table["sustained"] = episode[:, compiled.EPISODE_HELD].astype(bool)
    return table


def _who(log: EventLog, rows: NDArray[np.int32]) -> pd.DataFrame:
    source = np.searchsorted(log.first_participant, rows, side="right") - 1
    names = [source.name for source in log.plan.sources]
    return pd.DataFrame(
        {
            "source": pd.Categorical.from_codes(source, names),
            "participant": rows - log.first_participant[source],
        }
    )


@lru_cache(maxsize=16)
def _steps(plan: Plan) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which steps keep a place (only those that have one), and which make a participant."""
    keeps = [
        step.keeps_place and bool(plan.stations[step.first_station].teams) for step in plan.steps
    ]
    counted = plan.scenario.population.counted_in
    counts = [counted is None or step.name in counted for step in plan.steps]
    return np.array(keeps, dtype=np.bool_), np.array(counts, dtype=np.bool_)
