"""The event log: the one row shape that both engines write, and its data dictionary.

========== ======= =====================================================================
column     dtype   meaning
========== ======= =====================================================================
time       float64 instant [days since the start of the run]
source     int32   referral source of the participant; -1 in rows of teams and posts
participant int64  ordinal within its source, from 0; -1 in rows of teams and posts
episode    int32   1, and one more at each return; 0 in rows of teams and posts
step       int32   the step it happened in; -1 where there is none
event      int8    what happened, see `EVENTS`
name       int32   exit (`exited`, `sustained`), team (`places`, `meeting`), post
                   (`left_post`, `filled_post`: a row of the staff table); else -1
number     int32   places (`places`), starts (`meeting`), places given up (`released`)
========== ======= =====================================================================

Rows stand in the order in which things happened and are never sorted. Numbers are positions in
the plan's lists; `EventLog.to_frame` shows names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flowsim.language import _, digits
from flowsim.scenario import cost

if TYPE_CHECKING:
    import pandas as pd

    from flowsim.engine.plan import Plan

EVENTS = (
    "referred",  # came for the first time
    "returned",  # came back after an exit
    "joined",  # the waiting list of the step
    "started",  # the length of stay begins
    "released",  # gave up places kept since an earlier step; `step` is the one that kept them
    "finished",  # the length of stay is over
    "exited",  # left the system; `step` is the one just left or waited for
    "withdrew",  # patience ran out
    "turned_away",  # the list was longer than `max_waiting`
    "interrupted",  # the stay was cut short
    "team_ended",  # a team of the step ceased to exist
    "sustained",  # the exit held
    "was_waiting",  # there at the start of the run, since `time`
    "was_in_service",  # there at the start of the run, since `time`
    "left_post",  # a person left, or the post ended
    "filled_post",  # a person came
    "places",  # the number of places of a team, from now on
    "meeting",  # an intake was held, or a group formed
)
(
    REFERRED,
    RETURNED,
    JOINED,
    STARTED,
    RELEASED,
    FINISHED,
    EXITED,
    WITHDREW,
    TURNED_AWAY,
    INTERRUPTED,
    TEAM_ENDED,
    SUSTAINED,
    WAS_WAITING,
    WAS_IN_SERVICE,
    LEFT_POST,
    FILLED_POST,
    PLACES,
    MEETING,
) = range(len(EVENTS))

COLUMNS = {
    "time": np.float64,
    "source": np.int32,
    "participant": np.int64,
    "episode": np.int32,
    "step": np.int32,
    "event": np.int8,
    "name": np.int32,
    "number": np.int32,
}


MOST_ROWS = cost.MOST_ROWS
"""Of a replication; one that comes to more, whatever was predicted, is stopped."""


@dataclass(frozen=True, eq=False, slots=True)
class EventLog:
    """What happened in one replication.

    Parameters
    ----------
    plan : the plan that was simulated
    seed, replication : the key of its draws
    time, source, participant, episode, step, event, name, number : columns, shape (n_rows,)
    first_participant : row of a source's first participant in `values`, shape (n_sources + 1,)
    values : value of each group for each participant, shape (n_participants, n_groups);
        the participant `ordinal` of a source stands in row first_participant[source] + ordinal
    after : rows of playing on, from the end on, with everybody who had come by then; None where
        nothing was played on. Only the figures of those who joined, or were referred, know them
    """

    plan: Plan
    seed: int
    replication: int
    time: NDArray[np.float64]
    source: NDArray[np.int32]
    participant: NDArray[np.int64]
    episode: NDArray[np.int32]
    step: NDArray[np.int32]
    event: NDArray[np.int8]
    name: NDArray[np.int32]
    number: NDArray[np.int32]
    first_participant: NDArray[np.int64]
    values: NDArray[np.int32]
    after: EventLog | None = None

    def __len__(self) -> int:
        return len(self.time)

    def __repr__(self) -> str:
        return f"<event log: {len(self)} rows, seed {self.seed}, replication {self.replication}>"

    def equals(self, other: EventLog) -> bool:
        """Whether two logs are the same to the last bit, with their tables and what came after."""
        if self.after is None or other.after is None:
            return self.after is other.after and self._rows_equal(other)
        return self._rows_equal(other) and self.after._rows_equal(other.after)

    def _rows_equal(self, other: EventLog) -> bool:
        same_rows = all(
            np.array_equal(getattr(self, column), getattr(other, column)) for column in COLUMNS
        )
        return (
            same_rows
            and np.array_equal(self.first_participant, other.first_participant)
            and np.array_equal(self.values, other.values)
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the log as a table with names instead of numbers."""
        import pandas as pd

        plan = self.plan
        sources = [source.name for source in plan.sources]
        steps = [step.name for step in plan.steps]
        return pd.DataFrame(
            {
                "time": self.time,
                "source": _named(self.source, sources),
                "participant": self.participant,
                "episode": self.episode,
                "step": _named(self.step, steps),
                "event": pd.Categorical.from_codes(self.event, list(EVENTS)),
                "name": self._names(),
                "number": self.number,
            }
        )

    def _names(self) -> NDArray[np.object_]:
        names = np.full(len(self), "", dtype=object)
        for events, labels in (
            ((EXITED, SUSTAINED), [end.name for end in self.plan.exits]),
            ((PLACES, MEETING), [team.name for team in self.plan.teams]),
            ((LEFT_POST, FILLED_POST), [post.name for post in self.plan.posts]),
        ):
            rows = np.isin(self.event, events) & (self.name >= 0)
            names[rows] = np.array([*labels, ""], dtype=object)[self.name[rows]]
        return names

    def participants(self) -> pd.DataFrame:
        """Return the table of participants: source, ordinal, and a column for each group."""
        import pandas as pd

        counts = np.diff(self.first_participant)
        source = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        ordinal = np.arange(len(source)) - self.first_participant[:-1][source]
        table = pd.DataFrame(
            {
                "source": _named(source, [source.name for source in self.plan.sources]),
                "participant": ordinal,
            }
        )
        for g, group in enumerate(self.plan.groups[:-1]):  # the last one is the source itself
            table[group.name] = _named(self.values[:, g], list(group.values))
        return table

    def staff(self) -> pd.DataFrame:
        """Return the table of posts: a row for each stretch of one part and cost, with its day."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "name": post.name,
                    "team": self.plan.teams[post.team].name,
                    "line": self.plan.lines[post.line].name,
                    "person": post.person,
                    "from": from_at,
                    "fte": fte,
                    "cost": cost,
                    "payer": self.plan.lines[post.line].paid_by or "",
                }
                for post in self.plan.posts
                for from_at, fte, cost in post.paid
            ],
            columns=["name", "team", "line", "person", "from", "fte", "cost", "payer"],
        )


def too_long(time: float) -> str:
    """State that a replication has more rows than a log may have, whatever was predicted."""
    return _(
        "more than {most_rows} rows in the event log of a replication on day {time:g}; "
        "give steps longer stays, exits later returns, or the run an earlier end"
    ).format(most_rows=digits(f"{MOST_ROWS:,}"), time=time)


def endless(time: float, steps: Iterable[str], rounds: int) -> str:
    """State that an instant never ends, and in which steps."""
    return _(
        "day {time:g} never ends: more than {rounds} rounds of events in the steps "
        "{steps}; give one of them a length of stay"
    ).format(time=time, rounds=rounds, steps=", ".join(steps))


def _named(index: NDArray[np.int32], names: list[str]) -> pd.Categorical:
    import pandas as pd

    return pd.Categorical.from_codes(index, names)
