"""What a list tells of each of its steps, before any of it becomes a scenario."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from flowsim.listing.arrivals import Arrivals, arrivals_in
from flowsim.listing.blurring import FEWEST, OTHER, blurred
from flowsim.listing.columns import slug
from flowsim.listing.flows import (
    Capacity,
    Inside,
    Routing,
    Waiting,
    capacity_of,
    inside_today,
    labels_of,
    routing_of,
    waiting_of,
    with_the_earlier,
)
from flowsim.listing.people import Listed, Window
from flowsim.listing.stays import MONTH, StayFit, fit_stays, stays_of
from flowsim.scenario.schema import BUILT_IN_EXITS

__all__ = ["STAY_CV", "STAY_MEAN", "StepFound", "steps_of"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
STAY_MEAN, STAY_CV = 11 * MONTH, 0.8  # where a list is too short to tell
SOON = 31.0  # days within which the next stay of a person counts as going on to it


@dataclass(frozen=True)
class StepFound:
    """What a list tells of a step.

    Parameters
    ----------
    name, label : of the step
    n : rows, to the nearest five
    arrivals : who comes to it from outside; None where too few do
    stay : how long stays last
    routing : how they end; labels that name steps lead there
    waiting : how people wait
    inside : who is inside today
    capacity : places
    """

    name: str
    label: str
    n: int
    arrivals: Arrivals | None
    stay: StayFit
    routing: Routing
    waiting: Waiting
    inside: Inside
    capacity: Capacity


def steps_of(listed: Listed, renamed: Mapping[str, str], default_label: str) -> list[StepFound]:
    """Describe each step of a list that enough people went through.

    Parameters
    ----------
    listed : the rows
    renamed : what a label counts as
    default_label : of the step, where the list has no steps
    """
    sizes = Counter(listed.step)
    labels = [label for label, n in sizes.items() if n >= FEWEST]
    names = _names(labels, default_label)
    went_on, came = _ways(listed)
    found = []
    for label in labels:
        chosen = listed.of_step(label)
        ends = labels_of(listed, chosen & ~(went_on != ""), renamed)
        ends.update(went_on[chosen & (went_on != "")].tolist())
        of_step = _step(
            listed, chosen, chosen & ~came, ends, _by_reason(listed, names, label, renamed)
        )
        found.append(
            StepFound(names[label], label or default_label, blurred(sizes[label]), *of_step)
        )
    return sorted(found, key=lambda step: step.arrivals is None)  # first those one comes to


def _names(labels: Sequence[str], default_label: str) -> dict[str, str]:
    """Return each step a name of its own, which no exit has."""
    names: dict[str, str] = {}
    taken = {*BUILT_IN_EXITS, OTHER}
    for label in labels:
        name = slug(label or default_label)
        while name in taken:
            name = f"step_{name}"[:60] if not name.startswith("step_") else f"{name}_x"
        names[label] = name
        taken.add(name)
    return names


def _ways(listed: Listed) -> tuple[NDArray[np.str_], Bools]:
    """Find for each row the step that the same person went on to, and who came from another."""
    went_on = np.full(len(listed), "", dtype=object)
    came = np.zeros(len(listed), dtype=bool)
    stays: dict[str, list[int]] = defaultdict(list)
    for at, name in enumerate(listed.ids):
        if name:
            stays[name].append(at)
    first = np.where(np.isnan(listed.referral), listed.start, listed.referral)
    for rows in stays.values():
        rows.sort(key=lambda at: first[at])
        for before, after in pairwise(rows):
            gap = first[after] - listed.end[before]
            if listed.step[before] != listed.step[after] and -SOON <= gap <= SOON:
                went_on[before], came[after] = listed.step[after], True
    return went_on.astype(str), came


def _by_reason(
    listed: Listed, names: Mapping[str, str], label: str, renamed: Mapping[str, str]
) -> int:
    """Return how many came to a step by a reason that names it, where no person can be followed."""
    if listed.ids:
        return 0
    reasons = Counter(renamed.get(one, one) for one in listed.reason if one)
    return sum(n for reason, n in reasons.items() if slug(reason) == names[label])


def _step(
    listed: Listed, chosen: Bools, from_outside: Bools, ends: Counter[str], n_by_reason: int
) -> tuple[Arrivals | None, StayFit, Routing, Waiting, Inside, Capacity]:
    window = listed.window
    stay = fit_stays(stays_of(listed, chosen), window)
    fit = stay.best
    settled = _settled(listed, chosen, from_outside)
    arrivals = _arrivals(listed, from_outside, stay, n_by_reason, settled)
    all_who_come = _arrivals(listed, chosen, stay, 0)
    per_day = (all_who_come.per_year if all_who_come else 0.0) / 365.25
    mean = fit.mean if fit else STAY_MEAN
    longest = _longest(stay)
    inside = inside_today(listed, chosen)
    if window.kind == "started":
        inside = with_the_earlier(inside, per_day, fit, window.end - window.begin)
    if window.kind == "closed":
        inside = Inside(_expected_inside(per_day, stay), is_estimated=True)
    capacity = capacity_of(listed, chosen, longest, per_day * mean)
    waiting = waiting_of(listed, chosen)
    return arrivals, stay, routing_of(ends), waiting, inside, capacity


def _longest(stay: StayFit) -> float:
    """Return the time after which nine in ten stays are over [days]."""
    if stay.best is None:
        return 2.0 * STAY_MEAN
    at = np.linspace(1.0, 20.0 * stay.best.mean, 4000)
    return float(at[np.argmax(stay.best.longer_than(at) < 0.1)])


def _expected_inside(per_day: float, stay: StayFit) -> tuple[tuple[float, float, int], ...]:
    """Return who is inside by rate and stay alone, by how long they have been there."""
    if stay.best is None:
        n = blurred(per_day * STAY_MEAN)
        return ((0.0, 22.0, n),) if n else ()
    found: list[tuple[float, float, int]] = []
    low = 0.0
    for high in (3.0, 6.0, 12.0, 24.0, 48.0):
        at = np.asarray(np.linspace(low, high, 100) * MONTH, dtype=float)
        n = blurred(per_day * float(np.trapezoid(stay.best.longer_than(at), at)))
        if n:
            found.append((low, high, n))
            low = high
    return tuple(found)


def _settled(listed: Listed, chosen: Bools, from_outside: Bools) -> float:
    """Return from when on one can tell who comes from outside and who from another step [days].

    Early in the window people come from stays that the list does not have. Later than that, the
    stay before is in the list: nine in ten of those who came from another step had been listed for
    no longer.
    """
    came = chosen & ~from_outside
    if came.sum() < FEWEST:
        return 0.0
    first = np.where(np.isnan(listed.referral), listed.start, listed.referral)
    others = ~chosen & ~np.isnan(listed.start) & ~np.isnan(listed.end)
    if not others.any():
        return 0.0
    before = float(np.quantile((listed.end - first)[others], 0.9)) + SOON
    return min(before, 0.7 * (listed.window.end - listed.window.begin))


def _arrivals(
    listed: Listed, chosen: Bools, stay: StayFit, n_by_reason: int, settled: float = 0.0
) -> Arrivals | None:
    """Count who comes: by referrals where the list has people who never started, else by starts."""
    window = listed.window
    if settled:
        later = window.first + dt.timedelta(days=int(settled))
        window = replace(window, first=later)
    never = chosen & np.isnan(listed.start)
    basis = "referral" if never.any() and window.kind != "closed" else "start"
    days = listed.referral if basis == "referral" else listed.start
    days = np.where(np.isnan(days), listed.start, days)[chosen]
    days = days[(days >= window.begin) & (days < window.end)]
    if n_by_reason:
        keep = len(days) - n_by_reason
        rng = np.random.default_rng(len(days))  # which of them came from another step, nobody knows
        days = rng.choice(days, max(keep, 0), replace=False)
    if len(days) < FEWEST:
        return None
    seen = None
    if window.kind == "closed":
        seen = _seen(stay, window.end - window.begin)
        if seen is None:
            return _by_ends(listed, chosen, window)
    return arrivals_in(days, window, seen, basis)


def _seen(stay: StayFit, length: float) -> Floats | None:
    """Return the chance that a stay that began on a day of the window ended within it."""
    if stay.best is None:
        return None
    left = length - np.arange(int(length)) - 0.5
    return 1.0 - stay.best.longer_than(left)


def _by_ends(listed: Listed, chosen: Bools, window: Window) -> Arrivals:
    """Take as many to come as leave: all that a list of the closed tells without a stay."""
    ends = listed.end[chosen & (listed.end >= window.begin)]
    return arrivals_in(ends, window, None, "end")
