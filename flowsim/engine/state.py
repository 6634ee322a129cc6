"""The state of the SimPy model: people, their visits, teams and waiting lists."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from flowsim.engine.plan import Station, Step, Team


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
class Pool:
    """The state of a team; `posts` are its posts and the places each gives while filled."""

    team: Team
    posts: list[tuple[int, float]]
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
