"""How many come: a rate with its range, whether it differs by month, and when it changed."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from flowsim.listing.blurring import FEWEST, around, blurred, rounded
from flowsim.listing.people import Window

__all__ = ["Arrivals", "arrivals_in"]

Floats = NDArray[np.float64]
LEVEL = 0.01  # of the tests: one in a hundred lists without seasons or changes would show some
FEWEST_FOR_MONTHS = 60
FEWEST_FOR_CHANGE = 30
SHORTEST = 182.0  # days between changes
DRAWS = 1999


@dataclass(frozen=True)
class Arrivals:
    """How many come.

    Parameters
    ----------
    n : to the nearest five
    per_year : the rate now, after the last change
    range : 95 % of it
    months : twelve factors; () where no season is seen
    p_months : chance of such months without seasons; NaN where it was not tested
    changes : the first day of each new level, with the rate before and from then on
    p_change : chance of such a change without any; NaN where it was not tested
    basis : what was counted: "referral", "start" or "end"
    """

    n: int
    per_year: float
    range: tuple[float, float]
    months: tuple[float, ...]
    p_months: float
    changes: tuple[tuple[dt.date, float, float], ...]
    p_change: float
    basis: str


def arrivals_in(days: Floats, window: Window, seen: Floats | None, basis: str) -> Arrivals:
    """Describe those who came in a window.

    Parameters
    ----------
    days : on which each came, inside the window (n,)
    window : of the list
    seen : for each day of the window, the chance that who came then is listed (n_days,); None: 1
    basis : what was counted
    """
    exposure = np.ones(int(window.end - window.begin)) if seen is None else seen
    daily = np.bincount((days - window.begin).astype(int), minlength=len(exposure)).astype(float)
    months, p_months = _months(daily, exposure, window)
    weighed = exposure * _by_day(months, window) if months else exposure
    cut, p_change = _change(daily, weighed)
    parts = [slice(None)] if cut is None else [slice(None, cut), slice(cut, None)]
    rates = [_rate(daily[part], exposure[part]) for part in parts]
    last = parts[-1]
    n_last = float(daily[last].sum())
    spans = float(exposure[last].sum()) / 365.25
    low, high = (float(special.gammaincinv(n_last + 0.5, p)) / spans for p in (0.025, 0.975))
    changes: tuple[tuple[dt.date, float, float], ...] = ()
    if cut is not None:
        first = _first_of_month(window.first + dt.timedelta(days=cut))
        changes = ((first, rates[0], rates[1]),)
    return Arrivals(
        blurred(float(daily.sum())), rates[-1], around(low, rates[-1], high), months, p_months,
        changes, p_change, basis,
    )  # fmt: skip


def _rate(daily: Floats, exposure: Floats) -> float:
    """Return a rate a year, from the number to the nearest five."""
    return rounded(blurred(float(daily.sum())) / (float(exposure.sum()) / 365.25))


def _first_of_month(day: dt.date) -> dt.date:
    """Return the first of the nearest month: a change is known to the month at best.

    Examples
    --------
    >>> _first_of_month(dt.date(2024, 3, 20)), _first_of_month(dt.date(2024, 3, 10))
    (datetime.date(2024, 4, 1), datetime.date(2024, 3, 1))
    """
    month = day.year * 12 + day.month - 1 + (day.day > 15)
    return dt.date(month // 12, month % 12 + 1, 1)


# Months ---------------------------------------------------------------------------------------


def _month_of_days(window: Window) -> NDArray[np.int64]:
    """Return the month, from 0, of each day of the window."""
    first = np.datetime64(window.first)
    days = first + np.arange(int(window.end - window.begin))
    return (days.astype("datetime64[M]").astype(int) % 12).astype(np.int64)


def _months(daily: Floats, exposure: Floats, window: Window) -> tuple[tuple[float, ...], float]:
    """Test whether the twelve months differ (chi-square); return their factors if they do.

    Months with fewer than five take the mean of themselves and a neighbour, so that every factor
    stands for five people at least; factors are as coarse as three people.
    """
    n = float(daily.sum())
    if n < FEWEST_FOR_MONTHS or window.years < 0.99:
        return (), math.nan
    month = _month_of_days(window)
    counts = np.bincount(month, daily, 12).astype(float)
    seen = np.bincount(month, exposure, 12)
    expected = n * seen / seen.sum()
    p = float(stats.chi2.sf(np.sum((counts - expected) ** 2 / expected), 11))
    if p >= LEVEL:
        return (), p
    together = _joined(counts)
    factors = np.empty(12)
    for group in together:
        factors[group] = counts[group].sum() / seen[group].sum() * seen.sum() / n
    grain = _grain(3.0 / (n / 12.0))
    return tuple(float(round(round(one / grain) * grain, 2)) for one in factors), p


def _joined(counts: Floats) -> list[list[int]]:
    """Put months with fewer than five together with the smaller of their neighbours."""
    groups = [[month] for month in range(12)]
    while len(groups) > 1:
        totals = [counts[group].sum() for group in groups]
        at = int(np.argmin(totals))
        if totals[at] >= FEWEST:
            break
        before, after = (at - 1) % len(groups), (at + 1) % len(groups)
        other = before if totals[before] <= totals[after] else after
        merged = groups[at] + groups[other]
        groups = [group for i, group in enumerate(groups) if i not in (at, other)] + [merged]
    return groups


def _grain(least: float) -> float:
    """Return the step that factors are rounded to.

    Examples
    --------
    >>> _grain(0.03), _grain(0.18), _grain(3)
    (0.05, 0.2, 0.5)
    """
    return next((step for step in (0.05, 0.1, 0.2, 0.25) if step >= least), 0.5)


def _by_day(months: tuple[float, ...], window: Window) -> Floats:
    """Return the factor of each day of the window; months without anybody keep a little."""
    factors = np.maximum(np.array(months), 0.05)
    return np.asarray(factors[_month_of_days(window)] / factors.mean(), dtype=float)


# Changes --------------------------------------------------------------------------------------


def _change(daily: Floats, exposure: Floats) -> tuple[int | None, float]:
    """Find the day from which on another rate holds; None where chance explains it.

    The likelihood ratio of two rates against one, the largest over all days that leave half a year
    on both sides; its chance by drawing the same number of people evenly, DRAWS times, with a
    generator of a fixed seed: a test, whose answer must not differ from call to call.
    """
    n = int(daily.sum())
    clock = np.cumsum(exposure) / exposure.sum()
    inside = np.arange(len(daily))
    days = inside[(inside >= SHORTEST) & (inside < len(daily) - SHORTEST)]
    if n < FEWEST_FOR_CHANGE or not len(days):
        return None, math.nan
    at = days[:: max(len(days) // 200, 1)]
    share = clock[at - 1]

    def ratio(before: Floats) -> Floats:
        after = n - before
        first = special.xlogy(before, before / (n * share))
        return np.asarray(first + special.xlogy(after, after / (n * (1.0 - share))), dtype=float)

    observed = ratio(np.cumsum(daily)[at - 1])
    drawn = _drawn_ratios(n, share, ratio)
    p = (1 + int(np.sum(drawn >= observed.max()))) / (len(drawn) + 1)
    cut = int(at[int(np.argmax(observed))])
    enough = min(daily[:cut].sum(), daily[cut:].sum()) >= FEWEST  # else a rate tells of a few
    return (cut if p < LEVEL and enough else None), p


def _drawn_ratios(n: int, share: Floats, ratio: object) -> Floats:
    """Return the largest ratio of each of DRAWS lists with one rate."""
    rng = np.random.default_rng(1)
    parts = np.diff(np.concatenate([[0.0], share, [1.0]]))
    counts = rng.multinomial(n, parts / parts.sum(), size=DRAWS)
    before = np.cumsum(counts, axis=1)[:, :-1].astype(float)
    return np.array([ratio(row).max() for row in before])  # type: ignore[operator]
