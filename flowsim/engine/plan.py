"""The plan: a scenario with everything decided, in days and positions, for both engines.

Nothing is parsed or looked up by name after this. Positions are those of the file order:
`plan.steps[3]` is the fourth step of the file. Days count from the start of the run; the run is
[0, plan.end), and playing on after it ends at plan.horizon at the latest. A *station* is a step
with a waiting list of its own: one for each step, or, where a team of the step is `per` a group,
one for each value of that group.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from flowsim.scenario.schema import Scenario
from flowsim.scenario.time_classes import TimeClass

Floats = NDArray[np.float64]
Intervals = tuple[tuple[float, float], ...]


def merged(intervals: list[tuple[float, float]]) -> Intervals:
    """Return the union of intervals [from, until), touching ones joined, in order.

    Examples
    --------
    >>> merged([(5.0, 8.0), (1.0, 3.0), (3.0, 4.0), (6.0, 7.0)])
    ((1.0, 4.0), (5.0, 8.0))
    """
    union: list[tuple[float, float]] = []
    for begin, end in sorted(intervals):
        if union and begin <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], end))
        else:
            union.append((begin, end))
    return tuple(union)


POISSON, DATED, WAITING, IN_SERVICE = range(4)


@dataclass(frozen=True, slots=True, eq=False)
class Variate:
    """A distribution in the kernel's terms, see `kernel.quantile`; `mean` in days."""

    kind: int
    a: float
    b: float
    c: float
    table: Floats
    mean: float


@dataclass(frozen=True, slots=True)
class Group:
    """A property of participants; the last group of a plan is their referral source."""

    name: str
    values: tuple[str, ...]
    hash: int


@dataclass(frozen=True, slots=True, eq=False)
class Routes:
    """Where to go after a step. A target >= 0 is a step, -1 - exit otherwise."""

    cumulative: Floats
    targets: tuple[int, ...]
    delays: tuple[Variate | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Intake:
    """When starts may happen. `every` None: a group forms whenever `min` can start together.

    Meeting k = 0, 1, 2 ... is at first + k x every; those before the run are not held.
    `max` and `max_per_year` None: no limit.
    """

    every: float | None
    first: float
    min: int
    max: int | None
    max_per_year: int | None
    cut_off: float


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One step of the way. Conditions are pairs (group, value) of positions."""

    name: str
    hash: int
    per: tuple[int, ...]
    first_station: int
    stay: Variate
    factors: tuple[tuple[int, int, float], ...]
    priority: tuple[tuple[int, int], ...]
    routes: Routes
    routes_for: tuple[tuple[int, int, Routes], ...]
    patience: Variate | None
    since_referral: bool
    patience_exit: int
    interruptions: tuple[tuple[Variate, int], ...]
    keeps_place: bool
    intake: Intake | None
    max_waiting: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Station:
    """A step's waiting list: the teams it needs, and when they are closed.

    `closed` and `pauses` are disjoint, increasing intervals [from, until) in days; `pauses` are
    those in which stays stand still.
    """

    step: int
    name: str
    teams: tuple[int, ...]
    closed: Intervals
    pauses: Intervals


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line of staff: from_at <= in force < until_at, the same persons throughout.

    `paid_by` None: as the team is financed.
    """

    name: str
    hash: int
    team: int
    from_at: float
    until_at: float
    paid_by: str | None
    first_post: int
    n_posts: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of a post with one part and cost: from_at <= in force < until_at.

    `caseload` 0: costs, gives no places.
    """

    from_at: float
    until_at: float
    fte: float
    caseload: float
    cost_per_fte: float


@dataclass(frozen=True, slots=True, eq=False)
class Post:
    """One person's post in a line.

    `stretches` are disjoint and in order; where one does not begin as the one before it ends, the
    person's part is 0 between them. `vacant` are the days of vacancies, inside the line's life.
    `takes_on` is how many a month somebody new in post can take on, infinite where all at once;
    `settled` says that whoever has the post first is not new in it.
    """

    name: str
    team: int
    line: int
    person: int
    stretches: tuple[Stretch, ...]
    vacant: Intervals
    takes_on: float
    settled: bool

    @property
    def most_caseload(self) -> float:
        """The largest caseload that the post ever has."""
        return max(stretch.caseload for stretch in self.stretches)

    @property
    def paid(self) -> list[tuple[float, float, float]]:
        """From when on the post has which part [fte] and cost [a year for one fte]."""
        rows: list[tuple[float, float, float]] = []
        last = -inf
        for one in self.stretches:
            if not rows or last != one.from_at or rows[-1][1:] != (one.fte, one.cost_per_fte):
                rows.append((one.from_at, one.fte, one.cost_per_fte))
            last = one.until_at
        return rows

    @property
    def spans(self) -> Intervals:
        """When the person is in force, whatever its part."""
        return merged([(stretch.from_at, stretch.until_at) for stretch in self.stretches])


@dataclass(frozen=True, slots=True, eq=False)
class Team:
    """A pool of places. A team that is `per` a group appears once for each value of it.

    `places` is None where places come from caseloads, else ((from, number), ...). `ends_to` is
    where people go when the team ends: a step, or -1 - exit. Of each role that is `needed` there
    is the share of the places that is left without it, and its posts. `norm` is the caseload above
    which stays are longer, and the factor for each participant more; 1.0 for none. Costs are
    amounts a year, one for each of `plan.years`.
    """

    name: str
    declared: str
    group: int
    value: int
    from_at: float
    until_at: float
    ends_to: int
    places: tuple[tuple[float, int], ...] | None
    lines: tuple[int, ...]
    needed: tuple[tuple[float, tuple[int, ...]], ...]
    norm: tuple[float, float]
    leave_rate: float
    vacancy: Variate | None
    closed: Intervals
    pauses: Intervals
    cost_per_place: Floats
    overheads: Floats
    financed_by: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Where participants come from, in one of four ways (`kind`).

    POISSON: `starts` and `rates` (n,) give the rate [1/day] from each instant until the next, the
    last until `end`. DATED: participant i comes at starts[i] with the values given[i] (-1: drawn).
    WAITING and IN_SERVICE: `count` people are there at the start; WAITING ones since `waited`,
    IN_SERVICE ones for as long as `elapsed` says, without it as in a stationary system.
    `mix` holds the cumulative shares of each group but the last (the source itself).
    """

    name: str
    hash: int
    kind: int
    to: int
    starts: Floats
    rates: Floats
    end: float
    at_most: int
    count: int
    waited: Variate | None
    elapsed: tuple[TimeClass, ...]
    given: NDArray[np.int32]
    mix: tuple[Floats, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Exit:
    """A way out. `returns_to` is a step; `hold_time` is how long an exit must hold, in days."""

    name: str
    hash: int
    sustained_share: float
    hold_time: float
    return_share: float
    return_delay: Variate | None
    returns_to: int


@dataclass(frozen=True, slots=True)
class Year:
    """A calendar year, or the part of it inside the run: [start, end) in days."""

    year: int
    start: float
    end: float
    days: int


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A scenario ready to run; what both engines obey and the figures are read by.

    `horizon` is `end` where nothing is played on. `new_years` are the beginnings of the calendar
    years until then, the first one cut off at 0. `sought` are the steps to which everyone referred
    is followed, `ahead` the steps to which a way leads from each step.
    """

    scenario: Scenario
    start: dt.date
    report_from: float
    end: float
    horizon: float
    years: tuple[Year, ...]
    new_years: tuple[float, ...]
    sought: tuple[int, ...]
    ahead: tuple[frozenset[int], ...]
    groups: tuple[Group, ...]
    sources: tuple[Source, ...]
    steps: tuple[Step, ...]
    stations: tuple[Station, ...]
    teams: tuple[Team, ...]
    lines: tuple[Line, ...]
    posts: tuple[Post, ...]
    exits: tuple[Exit, ...]

    @property
    def plays_on(self) -> bool:
        """Whether both engines go on after the end, for the figures of those who joined."""
        return self.horizon > self.end

    def station_of(self, step: int, values: NDArray[np.int32]) -> int:
        """Position of the station where a participant with these values waits for a step."""
        index = 0
        for group in self.steps[step].per:
            index = index * len(self.groups[group].values) + int(values[group])
        return self.steps[step].first_station + index
