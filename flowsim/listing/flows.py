"""What else a list tells of a step: where people go, how long they wait, who is inside today."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import special

from flowsim.analysis.survival import kaplan_meier
from flowsim.listing.blurring import (
    FEWEST,
    OTHER,
    around,
    blurred,
    grouped,
    merged_classes,
    rounded,
    two_decimals,
)
from flowsim.listing.people import Listed
from flowsim.listing.stays import MONTH, Fit

__all__ = [
    "CLASS_EDGES",
    "Capacity",
    "Inside",
    "Routing",
    "Waiting",
    "capacity_of",
    "inside_today",
    "routing_of",
    "waiting_of",
]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
CLASS_EDGES = (0, 1, 2, 3, 4, 6, 9, 12, 18, 24, 36, 48, 60, 84, 120, 240, 480)  # months
MOST_CLASSES = 8
NOTICED = 0.1  # of the days, from which on waiting beside free places is told


@dataclass(frozen=True)
class Routing:
    """How stays end.

    Parameters
    ----------
    n : ends with a reason, to the nearest five
    shares : by label, two decimals, their sum 1; `other` for all that is rare
    ranges : Jeffreys' 95 % intervals of the shares, two decimals
    n_together : how many labels are in `other`; 0 where fewer than two
    """

    n: int
    shares: Mapping[str, float]
    ranges: Mapping[str, tuple[float, float]]


def routing_of(labels: Counter[str]) -> Routing:
    """Return the shares of ends, with what is rare put together.

    Examples
    --------
    >>> routing_of(Counter({"work": 30, "studies": 12, "moved": 2})).shares
    {'work': 0.68, 'other': 0.32}
    >>> routing_of(Counter({"work": 45, "moved": 5})).ranges["work"]
    (0.79, 0.97)
    """
    counts = grouped(labels)
    n = sum(counts.values())
    if not n:
        return Routing(0, {}, {})
    shares = two_decimals({label: count / n for label, count in counts.items()})
    ranges = {}
    for label, count in counts.items():
        low, high = (
            float(special.betaincinv(count + 0.5, n - count + 0.5, p)) for p in (0.025, 0.975)
        )
        if len(counts) == 1:
            low = high = 1.0
        ranges[label] = (
            min(math.floor(low * 100) / 100, shares[label]),
            max(math.ceil(high * 100) / 100, shares[label]),
        )
    return Routing(blurred(n), shares, ranges)


# Waiting --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """How people wait for a step.

    Parameters
    ----------
    n_withdrew : who left without a start, to the nearest five
    patience : mean time until one gives up [days]; NaN where fewer than five did
    patience_range : 95 % of it
    today : how many wait when the window ends; 0 where fewer than five
    waited : how long those have waited on average [days]
    median : of the wait until the start, by Kaplan and Meier [days]
    is_known : whether the list has referrals
    """

    n_withdrew: int = 0
    patience: float = math.nan
    patience_range: tuple[float, float] = (math.nan, math.nan)
    today: int = 0
    waited: float = math.nan
    median: float = math.nan
    is_known: bool = False


def waiting_of(listed: Listed, chosen: Bools) -> Waiting:
    """Describe the waits of some rows: who starts, who gives up, who waits today."""
    which = chosen & ~np.isnan(listed.referral)
    if "referral" not in listed.has or which.sum() < FEWEST:
        return Waiting()
    window = listed.window
    referral, start, end = listed.referral[which], listed.start[which], listed.end[which]
    began = ~np.isnan(start)
    withdrew = ~began & ~np.isnan(end)
    until = np.where(began, start, np.where(withdrew, end, window.end))
    wait = np.maximum(until - referral, 0.0)
    late = np.zeros(len(wait))
    if window.kind == "active":
        late = np.where(began, 0.0, np.maximum(window.begin - referral, 0.0))
    now = ~began & ~withdrew
    n_now, n_withdrew = int(now.sum()), int(withdrew.sum())
    patience, span = math.nan, (math.nan, math.nan)
    if n_withdrew >= FEWEST:
        total = float(np.sum(wait - np.minimum(late, wait)))
        patience = rounded(total / n_withdrew)
        low, high = (
            total / float(special.gammaincinv(n_withdrew + 0.5, p)) for p in (0.975, 0.025)
        )
        span = around(low, patience, high)
    curve = kaplan_meier(wait, began)
    return Waiting(
        n_withdrew=blurred(n_withdrew),
        patience=patience,
        patience_range=span,
        today=n_now if n_now >= FEWEST else 0,
        waited=rounded(float(wait[now].mean())) if n_now >= FEWEST else math.nan,
        median=rounded(curve.median) if began.sum() >= FEWEST else math.nan,
        is_known=True,
    )


# Inside ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Inside:
    """Who is inside when the window ends.

    Parameters
    ----------
    classes : months from, months to, how many: five at least in each
    is_estimated : whether it is what rate and length of stay lead to, as no list shows it
    has_earlier : whether some of them began before the list, as rate and stay lead to expect
    """

    classes: tuple[tuple[float, float, int], ...] = ()
    is_estimated: bool = False
    has_earlier: bool = False

    @property
    def count(self) -> int:
        """How many in all."""
        return sum(n for _, _, n in self.classes)


def inside_today(listed: Listed, chosen: Bools) -> Inside:
    """Return how many are inside when the window ends, by the time they have been there."""
    which = chosen & ~np.isnan(listed.start) & np.isnan(listed.end)
    months = (listed.window.end - listed.start[which]) / MONTH
    counts = np.histogram(months, CLASS_EDGES)[0]
    n = int(counts.sum())
    fewest = max(FEWEST, math.ceil(n / MOST_CLASSES))
    return Inside(tuple(merged_classes(list(map(int, counts)), CLASS_EDGES, fewest)))


def with_the_earlier(inside: Inside, per_day: float, fit: Fit | None, length: float) -> Inside:
    """Add those who began before a list of the started begins, as rate and stay lead to expect.

    Parameters
    ----------
    inside : of the list
    per_day : how many come a day
    fit : of the stay
    length : of the window [days]
    """
    if fit is None:
        return inside
    edges = [length, 1.5 * length, 2 * length, 4 * length]
    earlier = []
    for low, high in pairwise(edges):
        at = np.linspace(low, high, 200)
        n = blurred(per_day * float(np.trapezoid(fit.longer_than(at), at)))
        if n:
            earlier.append((round(low / MONTH), round(high / MONTH), n))
    first = math.ceil(length / MONTH)
    kept = [(low, min(high, first) if low < first else high, n) for low, high, n in inside.classes]
    later = [(max(low, first), high, n) for low, high, n in earlier]
    return Inside((*kept, *later), inside.is_estimated, bool(later))


# Capacity -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Capacity:
    """How many places there seem to be.

    Parameters
    ----------
    places : the 95 % quantile over days of those inside at once, five at least
    is_seen : whether enough days show it; else it is what rate and length of stay lead to
    waits_beside : whether people waited on many days on which places were free
    """

    places: int
    is_seen: bool
    waits_beside: bool = False


def capacity_of(listed: Listed, chosen: Bools, longest: float, expected: float) -> Capacity:
    """Return the places of a step: never the most people that ever were there.

    Parameters
    ----------
    chosen : rows of the step
    longest : time after which nearly all stays are over [days]; a list of the started is full from
        then on, one of the closed as long before its end
    expected : people inside as rate and mean stay lead to expect
    """
    window = listed.window
    days = np.arange(window.begin, window.end)
    if window.kind == "started":
        days = days[days >= window.begin + longest]
    elif window.kind == "closed":
        days = days[days < window.end - longest]
    guess = max(math.ceil(rounded(expected)) if math.isfinite(expected) else FEWEST, FEWEST)
    if len(days) < 30:
        return Capacity(guess, False)
    which = chosen & ~np.isnan(listed.start)
    inside = _at_once(listed.start[which], listed.end[which], days)
    places = max(round(float(np.quantile(inside, 0.95))), FEWEST)
    queue = chosen & ~np.isnan(listed.referral)
    until = np.where(np.isnan(listed.start[queue]), listed.end[queue], listed.start[queue])
    waiting = _at_once(listed.referral[queue], until, days)
    idle = float(np.mean((waiting >= 1) & (inside < 0.9 * places)))
    return Capacity(places, True, bool(idle > NOTICED and queue.sum() >= FEWEST))


def _at_once(start: Floats, end: Floats, days: Floats) -> NDArray[np.int64]:
    """Return how many are there on each day."""
    begun = np.searchsorted(np.sort(start), days, side="right")
    over = np.searchsorted(np.sort(end[~np.isnan(end)]), days, side="right")
    return (begun - over).astype(np.int64)


def labels_of(listed: Listed, chosen: Bools, renamed: Mapping[str, str]) -> Counter[str]:
    """Count the reasons of ended stays, as the user wants them counted."""
    ended = chosen & ~np.isnan(listed.end) & ~np.isnan(listed.start)
    found = [renamed.get(listed.reason[at], listed.reason[at]) for at in np.flatnonzero(ended)]
    return Counter(
        OTHER if one.casefold() in (OTHER, "övrigt", "annat") else one for one in found if one
    )
