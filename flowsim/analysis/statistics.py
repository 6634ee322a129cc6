"""From many replications to one figure with its uncertainty.

Counts, means over time, quantiles and money are summarised by their mean over replications with
Student's t; ratios, and so means over people, by the ratio of the means with a jackknife interval,
because the mean of ratios is biased (Law, A. M., Simulation Modeling and Analysis, 5th ed., 2015,
chapter 9); chances by the share of the replications with Wilson's interval, which is never empty
and stays between 0 and 1. A quantile that is infinite in some replication, as it was not reached,
has no mean; told is in which share of the replications it was not.

No interval goes beyond what its figure can be (`within`): what lies outside is cut off. As the
truth is never there, the interval holds it as often as before, and nothing else moves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from flowsim.analysis.kpi_names import Kpi, KpiTable
from flowsim.analysis.samples import Samples

Floats = NDArray[np.float64]
LEVEL = 0.95
ENOUGH_FOR_QUANTILES = 100
ENOUGH_FOR_INTERVALS = 30  # replications; with fewer a warning stands beside the intervals
FIRST_LOOK = 50  # replications, before a precision may stop them
ENOUGH_OF_THE_SAME = 500  # replications, of a figure that never varies
ROOM = 8 * 2**20  # bytes of figures that are summarised at once


@dataclass(frozen=True, slots=True)
class Estimates:
    """A mean with its standard error, its interval and the number of values, all of one shape."""

    mean: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    n: NDArray[np.int64]


def summary(table: KpiTable, samples: Samples) -> pd.DataFrame:
    """Summarise every figure over the replications.

    Parameters
    ----------
    table : `kpis.names(plan)`
    samples : of `kpis.measure`, (n_periods, n_groups, n_kpis) each

    Returns
    -------
    period, group, kpi, unit, mean, std_error, lower, upper (95 % confidence), n (replications
    with a value), prediction_lower, prediction_upper (95 % for one more replication), not_reached
    (of the n, the share in which a quantile is infinite)
    """
    at_once = max(ROOM // (8 * max(len(samples), 1)), 1)
    parts = []
    for p, period in enumerate(table.periods):
        for g, group in enumerate(table.groups):
            kpis = [k for k, kpi in enumerate(table.kpis) if g == 0 or kpi.by_group]
            for begin in range(0, len(kpis), at_once):
                figures = _summary_of(table, samples, (p, g), kpis[begin : begin + at_once])
                figures.insert(0, "group", group)
                figures.insert(0, "period", period.name)
                parts.append(figures)
    return pd.concat(parts, ignore_index=True)


def _summary_of(
    table: KpiTable, samples: Samples, place: tuple[int, int], which: list[int]
) -> pd.DataFrame:
    """Summarise some figures of a period and group."""
    kpis = [table.kpis[k] for k in which]
    values = samples.figures(place, which)
    estimates = mean_interval(values)
    for k, kpi in enumerate(kpis):
        if kpi.kind in ("ratio", "chance"):
            own = (
                ratio_interval(*ratio_sums(table, kpi, samples, place))
                if kpi.kind == "ratio"
                else chance_interval(values[:, k])
            )
            for name in ("mean", "std_error", "lower", "upper"):
                getattr(estimates, name)[k] = getattr(own, name)
    least, most = np.array([kpi.limits for kpi in kpis]).T
    limits = (np.where(np.isinf(ends), np.nan, ends) for ends in prediction_interval(values))
    low, high = within((least, most), *limits)
    lower, upper = within((least, most), estimates.lower, estimates.upper)
    return pd.DataFrame(
        {
            "kpi": [kpi.name for kpi in kpis],
            "unit": [kpi.unit for kpi in kpis],
            "mean": estimates.mean,
            "std_error": estimates.std_error,
            "lower": lower,
            "upper": upper,
            "n": estimates.n,
            "prediction_lower": low,
            "prediction_upper": high,
            "not_reached": np.isinf(values).sum(axis=0) / np.maximum(estimates.n, 1),
        }
    )


def relative_half_width(table: KpiTable, samples: Samples, name: str) -> float:
    """Half the width of a figure's 95 % interval, relative to the figure.

    Parameters
    ----------
    table : `kpis.names(plan)`
    samples : of `kpis.measure`; the whole run and everybody are looked at
    name : the figure

    Returns
    -------
    NaN where the figure has been the same, or missing, in every replication: whatever its interval
    is, it says nothing; infinite where its mean is 0
    """
    kpi = table[name]
    values = samples.figures((0, 0), [table.position[name]])[:, 0]
    if is_constant(values):
        return float("nan")
    if kpi.kind == "ratio":
        found = ratio_interval(*ratio_sums(table, kpi, samples, (0, 0)))
    else:
        interval = chance_interval if kpi.kind == "chance" else mean_interval
        found = interval(values)
    return half_width_of(found)


def half_width_of(found: Estimates) -> float:
    """Return half the width of one interval relative to its mean; infinite where that is 0."""
    mean, half = abs(float(found.mean)), float(found.upper - found.lower) / 2
    return half / mean if mean > 0 and half == half else float("inf")


def is_constant(values: Floats) -> bool:
    """Whether a figure has been the same in all replications that have it, (n_replications,).

    Examples
    --------
    >>> nan = float("nan")
    >>> [is_constant(np.array(one)) for one in ([1.0, 1.0, nan], [nan, nan], [1.0, 2.0])]
    [True, True, False]
    """
    known = values[~np.isnan(values)]
    return len(known) == 0 or bool(known.min() == known.max())


def may_stop(half_width: float, wanted: float, n: int) -> bool:
    """Whether a relative precision may end the replications after n of them.

    Parameters
    ----------
    half_width : of `relative_half_width`; NaN: the figure has not varied
    wanted : the relative precision
    n : replications so far

    Not before 50: an interval of few values is now and then far too narrow, and a rule that stops
    at the first narrow one finds just these. A figure that has not varied has no precision; it is
    given up after 500, when it is another in at most 0.6 % of years (95 % confidence).

    Examples
    --------
    >>> may_stop(0.01, 0.05, 40), may_stop(0.01, 0.05, 50), may_stop(float("nan"), 0.05, 490)
    (False, True, False)
    """
    if np.isnan(half_width):
        return n >= ENOUGH_OF_THE_SAME
    return n >= FIRST_LOOK and is_precise(half_width, wanted)


def most_of_others(n: int, level: float = LEVEL) -> float:
    """Return the largest chance of a value that n replications may all have missed.

    It is 1 - (1 - level)^(1/n), exact for a binomial count of 0 (Clopper and Pearson 1934).

    Examples
    --------
    >>> round(most_of_others(500), 4), round(most_of_others(30), 3)
    (0.006, 0.095)
    """
    return float(1 - (1 - level) ** (1 / n))


def is_precise(half_width: float, wanted: float) -> bool:
    """Whether replications may stop: the sequential procedure for a relative precision.

    The actual error is at most `wanted` of the true value if the half-width is at most
    wanted / (1 + wanted) of the estimate (Law, A. M., Simulation Modeling and Analysis, 5th ed.,
    2015, section 9.4.1).

    Examples
    --------
    >>> is_precise(0.047, 0.05), is_precise(0.049, 0.05), is_precise(float("nan"), 0.05)
    (True, False, False)
    """
    return half_width <= wanted / (1 + wanted)


def within(
    limits: tuple[Floats | float, Floats | float], lower: Floats | float, upper: Floats | float
) -> tuple[Floats, Floats]:
    """Return an interval without what its figure cannot be.

    Parameters
    ----------
    limits : the least and the most that the figure can be
    lower, upper : ends of the interval, NaN: none

    Examples
    --------
    >>> lower, upper = within((0.0, 1.0), np.array([-0.002, 0.91]), np.array([0.03, 1.01]))
    >>> lower.tolist(), upper.tolist()
    ([0.0, 0.91], [0.03, 1.0])
    """
    least, most = limits
    return np.clip(lower, least, most), np.clip(upper, least, most)


def mean_interval(values: Floats, level: float = LEVEL) -> Estimates:
    """Mean over the first axis with Student's t interval, leaving out missing values.

    Parameters
    ----------
    values : (n_replications, ...), NaN: missing
    level : of confidence

    One value alone has no standard error and no interval (NaN); values of which one is infinite
    have no mean either.

    Examples
    --------
    >>> one = mean_interval(np.array([1.0, 2.0, 3.0, np.nan]))
    >>> float(one.mean), int(one.n), round(float(one.upper - one.mean), 4)
    (2.0, 3, 2.4841)
    >>> float(mean_interval(np.array([1.0, np.inf])).mean)
    nan
    """
    n, mean, deviation = _moments(values)
    std_error = deviation / np.sqrt(np.maximum(n, 1))
    half = _student(n, level) * std_error
    return Estimates(mean, std_error, mean - half, mean + half, n)


def chance_interval(values: Floats, level: float = LEVEL) -> Estimates:
    """Share of the replications in which something holds, with Wilson's score interval.

    Parameters
    ----------
    values : (n_replications, ...), 1 where it holds, 0 where not, NaN: missing
    level : of confidence

    It is not empty where something holds in all replications, or in none: ten of ten may well be
    a chance of 0.8.

    References
    ----------
    Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference,
    Journal of the American Statistical Association 22, 209-212.
    Brown, L. D., Cai, T. T. and DasGupta, A. (2001), Interval estimation for a binomial proportion,
    Statistical Science 16, 101-133.

    Examples
    --------
    >>> always = chance_interval(np.ones(10))
    >>> round(float(always.lower), 4), float(always.upper)
    (0.7225, 1.0)
    """
    n, share, deviation = _moments(values)
    std_error = deviation / np.sqrt(np.maximum(n, 1))
    z = float(special.ndtri((1 + level) / 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        spread = np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
        half = np.where(n > 1, z / (1 + z**2 / n) * spread, np.nan)
    # Exactly 0 and 1 where it never or always holds, which rounding may miss.
    lower = np.where(share == 0, 0.0 * half, middle - half)
    upper = np.where(share == 1, 1.0 + 0.0 * half, middle + half)
    return Estimates(share, std_error, lower, upper, n)


def ratio_interval(above: Floats, below: Floats, level: float = LEVEL) -> Estimates:
    """Ratio of the means over the first axis, with a jackknife interval.

    Parameters
    ----------
    above, below : numerators and denominators (n_replications, ...); NaN in either: left out
    level : of confidence

    The standard error is the jackknife's; the interval takes Student's t with n - 1 degrees of
    freedom about the ratio of the means.

    References
    ----------
    Miller, R. G. (1974), The jackknife: a review, Biometrika 61, 1-15.
    Efron, B. and Tibshirani, R. J. (1993), An Introduction to the Bootstrap, chapter 11.

    Examples
    --------
    >>> cost, exits = np.array([100.0, 120.0, 90.0]), np.array([10.0, 10.0, 10.0])
    >>> one = ratio_interval(cost, exits)
    >>> round(float(one.mean), 4), round(float(one.std_error), 4)
    (10.3333, 0.8819)
    """
    known = ~(np.isnan(above) | np.isnan(below))
    n = known.sum(axis=0)
    above, below = np.where(known, above, 0.0), np.where(known, below, 0.0)
    sum_above, sum_below = above.sum(axis=0), below.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(sum_below != 0, sum_above / sum_below, np.nan)
        without = (sum_above - above) / (sum_below - below)
        without = np.where(known & (sum_below - below != 0), without, np.nan)
    n_left, _, deviation = _moments(without)
    with np.errstate(invalid="ignore"):
        # The variance of n leave-one-out values, times (n - 1)^2 / n.
        std_error = np.where(n_left == n, deviation * (n - 1) / np.sqrt(np.maximum(n, 1)), np.nan)
    half = _student(n, level) * std_error
    return Estimates(ratio, std_error, ratio - half, ratio + half, n)


def prediction_interval(values: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Interval for the value of one more replication, such as the one year that was observed.

    Parameters
    ----------
    values : (n_replications, ...), NaN: missing
    level : of the interval

    From 100 values on these are order statistics at the positions p (n + 1), linear between them:
    one more value is as likely to fall into any of the n + 1 gaps (Hahn and Meeker, Statistical
    Intervals, 1991, section 5.2). Counts are skewed and whole, waits are skewed, and no shape need
    be assumed. Below that the tails are too thin to read off; mean +- t s sqrt(1 + 1/n) is used,
    exact for normal values (the same, chapter 4).
    """
    n, mean, deviation = _moments(values)  # NaN where a value is infinite
    half = _student(n, level) * deviation * np.sqrt(1 + 1 / np.maximum(n, 1))
    ordered = np.sort(values, axis=0)  # NaN last
    enough = n >= ENOUGH_FOR_QUANTILES
    low = np.where(enough, _quantile(ordered, n, (1 - level) / 2), mean - half)
    high = np.where(enough, _quantile(ordered, n, (1 + level) / 2), mean + half)
    return low, high


def _moments(values: Floats) -> tuple[NDArray[np.int64], Floats, Floats]:
    """How many values, their mean and their standard deviation, NaN where undefined."""
    known = ~np.isnan(values)
    n = known.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(known, values, 0.0).sum(axis=0) / n
        mean = np.where(np.isinf(mean), np.nan, mean)
        squares = np.where(known, values - mean, 0.0) ** 2
        deviation = np.sqrt(np.where(n > 1, squares.sum(axis=0) / (n - 1), np.nan))
    return n, mean, deviation


def _student(n: NDArray[np.int64], level: float) -> Floats:
    quantile = special.stdtrit(np.maximum(n - 1, 1), (1 + level) / 2)
    return np.asarray(np.where(n > 1, quantile, np.nan), dtype=np.float64)


def _quantile(ordered: Floats, n: NDArray[np.int64], share: float) -> Floats:
    position = np.clip(share * (n + 1) - 1, 0, np.maximum(n - 1, 0))
    below = position.astype(np.int64)
    above = np.minimum(below + 1, np.maximum(n - 1, 0))
    low = np.take_along_axis(ordered, below[None], axis=0)[0]
    high = np.take_along_axis(ordered, above[None], axis=0)[0]
    with np.errstate(invalid="ignore"):  # NaN between infinite ones
        between: Floats = low + (high - low) * (position - below)
    return between


def ratio_sums(
    table: KpiTable, kpi: Kpi, samples: Samples, place: tuple[int, int]
) -> tuple[Floats, Floats]:
    """Numerators and denominators of a ratio, from the KPIs that it is made of."""

    def total(names: tuple[str, ...]) -> Floats:
        sums: Floats = samples.figures(place, [table.position[n] for n in names]).sum(axis=1)
        return sums

    below = total(kpi.denominator)
    if kpi.numerator:
        return total(kpi.numerator), below
    of = total((kpi.name,))
    return np.where(below == 0.0, 0.0, of * below), below
