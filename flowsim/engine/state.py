"""The state of the SimPy model: people, their visits, teams and waiting lists."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from math import inf

import numpy as np
from numpy.typing import NDArray

from flowsim.engine.plan import Post, Station, Step, Stretch, Team


@dataclass(eq=False, slots=True)
class Person:
    """A participant: who it is, and the places it holds."""

    source: int
    ordinal: int
    referred_at: float
    values: NDArray[np.int32]
    episode: int = 1
    at: int = -1  # the step of the list that it joined last
    has_left: bool = False  # by an exit, at least once
    waited_for: set[int] = field(default_factory=set)  # steps whose list it was on, and left
    times_at: dict[int, int] = field(default_factory=dict)
    holds: tuple[int, ...] = ()
    kept_by: int = -1

    def count(self, hash_: int) -> int:
        """Return how often it has been at this step or exit before, and count this time."""
        before = self.times_at.get(hash_, 0)
        self.times_at[hash_] = before + 1
        return before


@dataclass(eq=False, slots=True)
class Visit:
    """One person's time at one station, from joining the list to the end of the stay."""

    person: Person
    station: int
    number: int
    luck: tuple[float, float, float, float]
    joined_at: float
    joined_in: tuple[float, int] | None
    rank: int
    stage: str = "waiting"  # then "inside", or at once "over"

    @property
    def order(self) -> tuple[int, float, float, int, int]:
        """The order of the waiting list."""
        person = self.person
        return self.rank, self.joined_at, person.referred_at, person.source, person.ordinal


@dataclass(eq=False, slots=True)
class Seat:
    """The state of a post: who has it, whether a vacancy leaves it empty, and what is seen."""

    number: int
    post: Post
    has_person: bool = False
    is_away: bool = False
    filled: bool = False
    n_times: int = 0  # that it has been filled
    months: float = inf  # full ones that somebody new has been in post

    @property
    def place(self) -> tuple[int, int, int]:
        """Its place among what happens at one instant."""
        return self.post.team, self.post.line, self.post.person

    def stretch(self, now: float) -> Stretch:
        """Return part and caseload now, of somebody in post."""
        return next(one for one in self.post.stretches[::-1] if one.from_at <= now)

    def places(self, now: float) -> float:
        """Return what it gives while filled: part x caseload, or less of somebody new."""
        if not self.filled:
            return 0.0
        stretch = self.stretch(now)
        caseload = stretch.caseload
        if self.months < inf:
            caseload = min(caseload, self.post.takes_on * (1 + self.months))
        return stretch.fte * caseload


@dataclass(eq=False, slots=True)
class Pool:
    """The state of a team, with those of its posts."""

    team: Team
    seats: list[Seat]
    places: int = -1
    in_use: int = 0
    ended: bool = False

    @property
    def free(self) -> int:
        return self.places - self.in_use


@dataclass(eq=False, slots=True)
class Desk:
    """The state of a station: those waiting, in order, and those in the step."""

    station: Station
    step: Step
    waiting: list[Visit] = field(default_factory=list)
    n_keepers: int = 0
    inside: set[Visit] = field(default_factory=set)
    starts_in: dict[int, int] = field(default_factory=dict)

    def add(self, visit: Visit) -> None:
        insort(self.waiting, visit, key=lambda other: other.order)
        self.n_keepers += visit.person.kept_by >= 0

    def remove(self, visit: Visit) -> None:
        del self.waiting[bisect_left(self.waiting, visit.order, key=lambda other: other.order)]
        self.n_keepers -= visit.person.kept_by >= 0
