"""How many can start in a step whose list is never empty: what places, groups and meetings take.

With stays that vary, free places come one by one, and a meeting or a group finds fewer of them than
there are on average; so what places take, and what meetings take, is more than both let through.
Stays that vary are taken to be exponential, others to be all alike.

References
----------
Kemeny, J. G. and Snell, J. L. (1960), Finite Markov Chains, Van Nostrand (chapter 4, the chain of
    those inside from meeting to meeting).
Bailey, N. T. J. (1954), On queueing processes with bulk service, Journal of the Royal Statistical
    Society B 16, 80-87 (lists that are served at fixed instants).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, exp, expm1, inf

import numpy as np

from flowsim.scenario.schema import Intake

__all__ = ["Stay", "idle_in_closure", "most_starts"]

MOST_IN_CHAIN = 200  # places; with more of them, chance takes hardly anything


@dataclass(frozen=True, slots=True)
class Stay:
    """A mean stay [days], and whether all are alike."""

    mean: float
    is_constant: bool = False


def most_starts(n_places: int, stay: Stay, intake: Intake | None) -> float:
    """Return how many can start in a step by itself, if its list is never empty [1/day].

    Parameters
    ----------
    n_places : places of its team
    stay : the time in the step
    intake : its meetings or groups, if any

    Examples
    --------
    >>> most_starts(12, Stay(6.0), None)
    2.0
    >>> most_starts(10, Stay(6.0, is_constant=True), Intake(every="1 week"))  # seven days a place
    1.4285714285714286
    """
    if n_places <= 0:
        return 0.0
    if intake is None:
        return n_places / stay.mean if stay.mean > 0 else inf
    if intake.every is None:
        most = intake.max or intake.min
        return in_groups(n_places, stay, intake.min, most)
    most = n_places if intake.max is None else min(intake.max, n_places)
    return at_meetings(n_places, stay, intake.every, intake.min, most)


def in_groups(n_places: int, stay: Stay, least: int, most: int) -> float:
    """Return the starts a day in groups that form as soon as `least` places are free.

    With exponential stays the next group waits for `least` of all to leave: the mean times from
    n to n - 1 of them inside, mean / n, added up.

    Examples
    --------
    >>> round(in_groups(3, Stay(6.0), 3, 3), 4)  # 3 / (6 (1/3 + 1/2 + 1))
    0.2727
    >>> in_groups(10, Stay(6.0, is_constant=True), 4, 4)  # two groups of four
    1.3333333333333333
    """
    if n_places < least:
        return 0.0
    if stay.mean == 0:
        return inf
    if stay.is_constant:
        return usable(n_places, least, most) / stay.mean
    return least / (stay.mean * float(np.sum(1.0 / np.arange(n_places - least + 1, n_places + 1))))


def usable(n_places: int, least: int, most: int) -> int:
    """Return how many places groups of `least` to `most` can fill together.

    Examples
    --------
    >>> usable(10, 4, 4), usable(10, 4, 6), usable(10, 1, 4)
    (8, 10, 10)
    """
    rest = n_places % most
    return n_places - (rest if rest < least else 0)


def at_meetings(n_places: int, stay: Stay, every: float, least: int, most: int) -> float:
    """Return the starts a day at meetings `every` so many days, `least` to `most` at each."""
    if n_places < least:
        return 0.0
    if stay.is_constant:
        n_meetings = max(ceil(stay.mean / every - 1e-9), 1)  # that a place misses, with its own
        return min(most, usable(n_places, least, most) / n_meetings) / every
    stays = exp(-every / stay.mean) if stay.mean > 0 else 0.0
    if n_places > MOST_IN_CHAIN or stays > 1 - 1e-9:
        return min(most, n_places * (1 - stays)) / every
    return at_a_meeting(n_places, stays, least, most) / every


@lru_cache(maxsize=4096)
def at_a_meeting(n_places: int, stays: float, least: int, most: int) -> float:
    """Return the mean starts at a meeting, by the chain of those inside just after each.

    Parameters
    ----------
    n_places : places
    stays : chance that one who is inside still is at the next meeting, below 1
    least, most : who start together

    Examples
    --------
    >>> round(at_a_meeting(1, 0.75, 1, 1), 12)  # the only place is free with chance 1/4
    0.25
    >>> at_a_meeting(2, 0.0, 1, 1)
    1.0
    """
    n = n_places + 1
    remain = binomials(n_places, stays)  # (inside after a meeting, inside before the next)
    free = n_places - np.arange(n)
    starts = np.where(free >= least, np.minimum(free, most), 0)
    chain = np.zeros((n, n))
    np.add.at(chain.T, np.arange(n) + starts, remain.T)
    equations = chain.T - np.eye(n)
    equations[-1] = 1.0
    share = np.linalg.solve(equations, np.eye(n)[-1])
    return float(share @ remain @ starts)


def binomials(n: int, chance: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the chances of k of j, for j and k from 0 to n, (n + 1, n + 1)."""
    rows = np.zeros((n + 1, n + 1))
    rows[0, 0] = 1.0
    for j in range(n):
        rows[j + 1] = rows[j] * (1 - chance)
        rows[j + 1, 1:] += rows[j, :-1] * chance
    return rows


def idle_in_closure(length: float, running: float, stay: float) -> float:
    """Return how long each place is lost in a closure [days]: who leaves has no successor.

    Parameters
    ----------
    length : of the closure [days]
    running : the part of it in which stays go on [days]; none of it where the closure pauses them
    stay : the mean stay [days]

    Examples
    --------
    >>> idle_in_closure(28.0, 0.0, 100.0), round(idle_in_closure(28.0, 28.0, 280.0), 2)
    (28.0, 1.35)
    """
    return length + stay * expm1(-running / stay) if stay > 0 else length
