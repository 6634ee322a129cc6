"""Where the start of a run stops being seen in its figures: MSER, Welch's procedure, trends.

A series here is an average over replications, one value for each span of equal length (a week, a
month). What a rule returns is a number of values to leave out from its beginning.

References
----------
White, K. P. (1997), An effective truncation heuristic for bias reduction in simulation output,
Simulation 69, 323-334.
Spratt, S. C. (1998), Heuristics for the startup problem, M.S. thesis, University of Virginia.
White, K. P., Cobb, M. J. and Spratt, S. C. (2000), A comparison of five steady-state truncation
heuristics for simulation, Proceedings of the 2000 Winter Simulation Conference, 755-760.
Hoad, K., Robinson, S. and Davies, R. (2010), Automating warm-up length estimation, Journal of the
Operational Research Society 61, 1389-1403.
Welch, P. D. (1983), The statistical analysis of simulation results, in Lavenberg, S. S. (ed.), The
Computer Performance Modeling Handbook, Academic Press, 268-328.
Fishman, G. S. (1973), Concepts and Methods in Discrete Event Digital Simulation, Wiley.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray
from scipy import special

__all__ = [
    "Trend",
    "batch_means",
    "first_reaching",
    "moving_year",
    "mser",
    "mser5",
    "slopes",
    "trend",
    "welch",
]

Floats = NDArray[np.float64]
FEWEST_BATCHES = 10


def batch_means(series: ArrayLike, batch: int) -> Floats:
    """Means of consecutive values along the last axis; values left over at the end are dropped.

    Parameters
    ----------
    series : (..., n)
    batch : how many values make one mean, >= 1

    Examples
    --------
    >>> batch_means([1.0, 3.0, 5.0, 7.0, 100.0], 2).tolist()
    [2.0, 6.0]
    """
    values = np.asarray(series, dtype=float)
    n_batches = values.shape[-1] // batch
    whole = values[..., : n_batches * batch]
    means: Floats = whole.reshape(*values.shape[:-1], n_batches, batch).mean(axis=-1)
    return means


def mser(series: ArrayLike, batch: int = 5) -> int | None:
    """Values to leave out by the marginal standard error rule, on batch means.

    Of all d up to half the batches it takes the one for which the squared standard error of what
    is kept, sum (y - mean)^2 / (n - d)^2, is least.

    Parameters
    ----------
    series : (n,)
    batch : values in a batch; 5 makes MSER-5

    Returns
    -------
    a multiple of `batch`; None where the least is at half the series, which then is too short to
    tell (White 1997), or where it has fewer than 10 batches

    A level that changes once, late in the series, is not seen: `trend` is there for that.

    References
    ----------
    White (1997); Spratt (1998) for the batches of five; White, Cobb and Spratt (2000).

    Examples
    --------
    >>> mser([0.0] * 10 + [8.0, 9.0] * 45)  # ten values of another level
    10
    >>> mser(np.arange(100.0)) is None  # what grows throughout has no level
    True
    """
    means = batch_means(series, batch)
    n = len(means)
    if n < FEWEST_BATCHES:
        return None
    most = n // 2
    kept = n - np.arange(most + 1)
    # Sums over all that is kept, from the end, of values near 0 so that squares do not cancel.
    around = means - means[most:].mean()
    sums = np.cumsum(around[::-1])[::-1][: most + 1]
    squares = np.cumsum(around[::-1] ** 2)[::-1][: most + 1]
    statistic = np.maximum(squares - sums**2 / kept, 0.0) / kept**2
    best = int(np.argmin(statistic))
    return None if best == most else best * batch


def mser5(series: ArrayLike) -> int | None:
    """Values to leave out by MSER-5, see `mser`.

    Examples
    --------
    >>> mser5([3.0] * 60)  # a level from the very start
    0
    """
    return mser(series, 5)


def welch(series: ArrayLike, window: int) -> Floats:
    """Welch's moving average: over 2 x window + 1 values, over fewer near both ends.

    Parameters
    ----------
    series : (..., n), an average over replications
    window : values on each side, >= 0

    Returns
    -------
    (..., n); the average at i takes in min(window, i, n - 1 - i) values on each side

    References
    ----------
    Welch (1983); he stops `window` values before the end, where this narrows the window instead.

    Examples
    --------
    >>> welch([0.0, 3.0, 6.0, 6.0, 6.0], 1).tolist()
    [0.0, 3.0, 5.0, 6.0, 6.0]
    """
    values = np.asarray(series, dtype=float)
    n = values.shape[-1]
    at = np.arange(n)
    reach = np.minimum(np.minimum(window, at), n - 1 - at)
    sums = np.concatenate([np.zeros((*values.shape[:-1], 1)), np.cumsum(values, axis=-1)], axis=-1)
    averages: Floats = (sums[..., at + reach + 1] - sums[..., at - reach]) / (2 * reach + 1)
    return averages


def moving_year(series: ArrayLike, n_a_year: int = 12) -> Floats:
    """Moving average over a year, from which a yearly cycle has gone.

    Parameters
    ----------
    series : (..., n), with an even number of values a year
    n_a_year : how many

    Returns
    -------
    (..., n); the first and the last of the n_a_year + 1 values that are averaged count half; NaN
    where no whole year lies around a value

    Examples
    --------
    >>> cycle = np.tile([0.0, 4.0], 7)
    >>> moving_year(cycle, 12)[5:9].tolist()
    [nan, 2.0, 2.0, nan]
    """
    values = np.asarray(series, dtype=float)
    averages = np.full(values.shape, np.nan)
    if values.shape[-1] > n_a_year:
        years = sliding_window_view(values, n_a_year, axis=-1).mean(axis=-1)
        half = n_a_year // 2
        averages[..., half:-half] = (years[..., :-1] + years[..., 1:]) / 2
    return averages


def first_reaching(curve: ArrayLike, level: float, tolerance: ArrayLike = 0.0) -> int | None:
    """Values before a smooth curve has come to a level: within a tolerance of it, or past it.

    Welch's procedure leaves to the eye where his curve gets flat; this reads it in the same way
    each time. Whoever looks at the figure may read it otherwise.

    Parameters
    ----------
    curve : (n,), NaN where it is not defined
    level : such as the mean of the second half
    tolerance : how near is near enough, such as the standard error of curve - level; (n,) or one

    Returns
    -------
    the position of the first such value; None if there is none

    References
    ----------
    Fishman (1973), the rule of crossing the mean, here on Welch's curve; the tolerance is ours.

    Examples
    --------
    >>> first_reaching([0.0, 5.0, 8.0, 10.5, 9.0], 10.0)
    3
    >>> first_reaching([0.0, 5.0, 8.0, 10.5, 9.0], 10.0, tolerance=2.0)
    2
    >>> first_reaching([0.0, 1.0, 2.0], 10.0) is None
    True
    """
    values = np.asarray(curve, dtype=float)
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return None
    above = values - level
    begins_above = above[known[0]] > 0
    reached = (np.abs(above) <= tolerance) | ((above > 0) != begins_above)
    found = known[reached[known]]
    return int(found[0]) if len(found) else None


@dataclass(frozen=True, slots=True)
class Trend:
    """The slope of a series, judged over replications.

    Parameters
    ----------
    slope : mean over replications, in whatever the slopes were given in
    std_error : of that mean
    p_value : two-sided, of no slope
    """

    slope: float
    std_error: float
    p_value: float


def slopes(batches: ArrayLike) -> Floats:
    """Least-squares slopes along the last axis, a batch.

    Parameters
    ----------
    batches : (..., n), n >= 2, such as batch means of the second half of a run

    Examples
    --------
    >>> slopes([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]]).tolist()
    [1.0, 0.0]
    """
    values = np.asarray(batches, dtype=float)
    at = np.arange(values.shape[-1]) - (values.shape[-1] - 1) / 2
    fitted: Floats = values @ (at / (at @ at))
    return fitted


def trend(found: ArrayLike) -> Trend:
    """Test whether slopes are 0 on average: Student's t over independent replications.

    The mean of the replications' slopes is the slope of their averaged series. Replications are
    independent, so the test keeps its level however much a series depends on its own past, which
    a test on one series (Mann-Kendall, or the t of a regression) does not.

    Parameters
    ----------
    found : a slope of each replication (n_replications,), at least 2

    Examples
    --------
    >>> one = trend([1.0, 2.0, 3.0])
    >>> one.slope, round(one.std_error, 4), round(one.p_value, 4)
    (2.0, 0.5774, 0.0742)
    """
    values = np.asarray(found, dtype=float)
    mean = float(values.mean())
    std_error = float(values.std(ddof=1) / np.sqrt(len(values)))
    if std_error == 0.0:
        return Trend(mean, std_error, 1.0 if mean == 0.0 else 0.0)
    tail = float(special.stdtr(len(values) - 1, -abs(mean) / std_error))
    return Trend(mean, std_error, 2 * tail)
