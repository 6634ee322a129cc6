"""From paired replications of two scenarios to the difference between them.

Replication i of both scenarios has the same luck (common random numbers), so the difference is
taken replication by replication. Means are compared by Student's t on the paired differences,
ratios of means by the paired jackknife: each replication is left out of both ratios at once. Both
are the same computation on pseudo-values, which for a mean are the values themselves.

References
----------
Hoenig, J. M. and Heisey, D. M. (2001), The abuse of power, The American Statistician 55, 19-24.
Law, A. M. (2015), Simulation Modeling and Analysis, 5th ed., sections 10.2 and 11.2.
Miller, R. G. (1974), The jackknife: a review, Biometrika 61, 1-15.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isfinite, isnan, log2, nan, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import special

from flowsim.analysis.kpi_names import Kpi
from flowsim.analysis.statistics import (
    LEVEL,
    Estimates,
    chance_interval,
    mean_interval,
    most_of_others,
    ratio_interval,
    within,
)

Floats = NDArray[np.float64]
ROUNDING = 1e-9  # of the larger value: two sums of the same amounts, added in another order
POWER = 0.8  # chance with which a difference of the size `detectable` is claimed


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One figure of one scenario, replication by replication.

    Parameters
    ----------
    values : (n_replications,), NaN: missing
    above, below : numerators and denominators (n_replications,) of a ratio of means; else None
    is_discrete : whether it counts something, so that equal differences may be mere coincidence
    is_chance : whether it is 1 where something holds and else 0
    limits : the least and the most that the figure can be
    """

    values: Floats
    above: Floats | None = None
    below: Floats | None = None
    is_discrete: bool = False
    is_chance: bool = False
    limits: tuple[float, float] = (-inf, inf)

    @classmethod
    def of(
        cls, kpi: Kpi, values: Floats, above: Floats | None = None, below: Floats | None = None
    ) -> Sample:
        """Return the values of a figure, (n_replications,) each.

        Parameters
        ----------
        above, below : of a ratio; without numerators they are value x denominator
        """
        if kpi.kind == "ratio" and below is not None:
            above = np.where(below == 0.0, 0.0, values * below) if above is None else above
            return cls(values, above, below, limits=kpi.limits)
        is_chance = kpi.kind == "chance"
        is_discrete = is_chance or kpi.kind == "count"
        return cls(values, None, None, is_discrete, is_chance, kpi.limits)

    def known(self) -> NDArray[np.bool_]:
        """Return which replications take part, (n_replications,)."""
        if self.above is None or self.below is None:
            return ~np.isnan(self.values)
        return ~(np.isnan(self.above) | np.isnan(self.below))

    def taken_at(self, pairs: NDArray[np.bool_]) -> tuple[float, Floats]:
        """Return the estimate from some replications, and its pseudo-values (n_pairs,)."""
        if self.above is None or self.below is None:
            values = self.values[pairs]
            return (float(values.mean()) if len(values) else nan), values
        return ratio_pseudo_values(self.above[pairs], self.below[pairs])


@dataclass(frozen=True, slots=True)
class Difference:
    """How much a variant differs from the base in one figure: variant - base.

    Parameters
    ----------
    mean : the difference; of a ratio, that of the ratios of means
    std_error : of the mean
    lower, upper : its interval; NaN where there is none; equal where it is the same in all
    n : pairs of replications in which both have the figure
    probability_better : share of the pairs in which the variant does better, ties half; NaN where
        no direction is better
    variance_reduction : variance of the difference with unpaired luck over that with paired luck;
        inf where pairing leaves no variance, NaN where there was none before
    detectable : size of a true difference that so many pairs claim with a chance of 80 %: half the
        interval and 0.84 standard errors; NaN where there is no interval, or one of no width. It
        follows from the spread alone. How many pairs the difference found would need is not told:
        that is the estimate itself in other words, and who doubles until it is claimed claims
        what is not there in 19 % of cases (Hoenig and Heisey 2001)
    sign : where a value is infinite (a quantile that is not reached), so that there is no mean: 1
        or -1 if a sign test claims that the variant has more or less, 0 if it claims nothing
    most_otherwise : where all pairs are equal: the largest share of courses of events in which
        they may differ although n pairs did not, at the level of the interval; else NaN
    """

    mean: float
    std_error: float
    lower: float
    upper: float
    n: int
    probability_better: float
    variance_reduction: float
    detectable: float
    sign: int | None = None
    most_otherwise: float = nan

    @property
    def is_claimed(self) -> bool:
        """Whether the interval, or a sign test, leaves out 0: the one rule for what is claimed."""
        return self.lower > 0 or self.upper < 0 or bool(self.sign)

    @property
    def is_constant(self) -> bool:
        """Whether it is the same in all replications."""
        return self.lower == self.upper


NO_DIFFERENCE = Difference(nan, nan, nan, nan, 0, nan, nan, nan)
"""Where two figures are not to be compared."""


def own_interval(sample: Sample, level: float = LEVEL) -> Estimates:
    """Return a scenario's own figure with its interval, as a run's summary has it.

    Examples
    --------
    >>> found = own_interval(Sample(np.array([1.0, 2.0, 3.0])))
    >>> float(found.mean), round(float(found.upper), 4)
    (2.0, 4.4841)
    """
    if sample.above is None or sample.below is None:
        interval = chance_interval if sample.is_chance else mean_interval
        found = interval(sample.values, level)
    else:
        found = ratio_interval(sample.above, sample.below, level)
    lower, upper = within(sample.limits, found.lower, found.upper)
    return replace(found, lower=lower, upper=upper)


def simultaneous_level(n_intervals: int, level: float = LEVEL) -> float:
    """Level of each of several intervals that together hold with `level` (Bonferroni).

    Examples
    --------
    >>> round(simultaneous_level(10), 4)
    0.995
    """
    return 1 - (1 - level) / max(n_intervals, 1)


def ratio_pseudo_values(above: Floats, below: Floats) -> tuple[float, Floats]:
    """Return a ratio of means and its jackknife pseudo-values.

    Parameters
    ----------
    above, below : numerators and denominators (n,), none missing

    Returns
    -------
    ratio; pseudo-values (n,): n x ratio - (n - 1) x ratio without the replication; their standard
    deviation over sqrt(n) is the jackknife's standard error. NaN where a denominator is 0.

    Examples
    --------
    >>> ratio, pseudo = ratio_pseudo_values(np.array([6.0, 2.0]), np.array([2.0, 2.0]))
    >>> ratio, pseudo.tolist()
    (2.0, [3.0, 1.0])
    """
    n, sum_above, sum_below = len(above), float(above.sum()), float(below.sum())
    if n == 0 or sum_below == 0:
        return nan, np.full(n, nan)
    ratio = sum_above / sum_below
    rest = sum_below - below
    with np.errstate(divide="ignore", invalid="ignore"):
        without = np.where(rest != 0, (sum_above - above) / rest, nan)
    return ratio, n * ratio - (n - 1) * without


def difference(base: Sample, other: Sample, *, level: float = LEVEL, better: int = 0) -> Difference:
    """Compare one figure of a variant with the base's.

    Parameters
    ----------
    base, other : run with the same seed; replication i of one is the pair of i of the other
    level : of confidence, see `simultaneous_level`
    better : 1 if higher is better, -1 if lower is, 0 if neither

    Examples
    --------
    >>> base, other = Sample(np.array([5.0, 9.0, 7.0])), Sample(np.array([4.0, 8.5, 5.5]))
    >>> found = difference(base, other, better=-1)
    >>> found.mean, round(found.std_error, 4), found.probability_better
    (-1.0, 0.2887, 1.0)
    """
    pairs = base.known() & other.known()
    n = int(pairs.sum())
    if np.isinf(base.values[pairs]).any() or np.isinf(other.values[pairs]).any():
        return _difference_of_infinite(base.values[pairs], other.values[pairs], level, better)
    (first, before), (second, after) = base.taken_at(pairs), other.taken_at(pairs)
    apart = after - before
    scale = float(np.abs(np.concatenate([before, after])).max()) if n else nan
    mean = 0.0 if abs(second - first) <= ROUNDING * scale else second - first
    deviation = _deviation(apart, ROUNDING * scale)
    quantile = float(special.stdtrit(n - 1, (1 + level) / 2)) if n > 1 else nan
    half = quantile * deviation / sqrt(n) if n > 1 else nan
    if deviation == 0 and mean != 0 and base.is_discrete and not _is_no_coincidence(n, level):
        half = nan
    widest = other.limits[1] - base.limits[0]  # as of shares, which differ by 100 % at most
    lower, upper = within((-widest, widest), mean - half, mean + half)
    return Difference(
        mean=mean,
        std_error=deviation / sqrt(n) if n > 1 else nan,
        lower=float(lower),
        upper=float(upper),
        n=n,
        probability_better=probability_better(base.values, other.values, better),
        variance_reduction=_variance_reduction(before, after, deviation),
        detectable=_detectable(deviation, n, quantile),
        most_otherwise=most_of_others(n, level) if mean == deviation == 0 else nan,
    )


def ratio_of_differences(
    above: Floats, below: Floats, level: float = LEVEL
) -> tuple[float, float, float]:
    """Return the ratio of two mean differences, with Fieller's limits: cost per further exit.

    Parameters
    ----------
    above, below : differences, pair by pair (n,), none missing
    level : of confidence

    Returns
    -------
    ratio, lower, upper; NaN where the lower difference is not told from 0, as then no ratio is
    ruled out

    References
    ----------
    Fieller, E. C. (1954), Some problems in interval estimation, Journal of the Royal Statistical
    Society B 16, 175-185.

    Examples
    --------
    >>> cost, exits = np.full(4, 600.0), np.array([1.0, 2.0, 1.5, 1.5])
    >>> ratio, lower, upper = ratio_of_differences(cost, exits)
    >>> round(ratio), round(lower), round(upper)
    (400, 279, 706)
    """
    n = len(below)
    if n < 2:
        return nan, nan, nan
    x, y = float(above.mean()), float(below.mean())
    t = float(special.stdtrit(n - 1, (1 + level) / 2))
    ((var_x, cov), (_, var_y)) = np.cov(above, below) * t**2 / n
    a, b, c = y**2 - var_y, x * y - cov, x**2 - var_x
    if a <= 0:
        return nan, nan, nan
    half = sqrt(max(b**2 - a * c, 0.0)) / a
    return x / y, float(b / a - half), float(b / a + half)


def _difference_of_infinite(base: Floats, other: Floats, level: float, better: int) -> Difference:
    """Compare a figure that is infinite in some replications: by the sign test alone."""
    n_more, n_less = int((other > base).sum()), int((other < base).sum())
    n_apart = n_more + n_less
    fewer = min(n_more, n_less)
    doubt = 2 * float(special.bdtr(fewer, n_apart, 0.5)) if n_apart else 1.0
    sign = 0 if doubt > 1 - level else 1 if n_more > n_less else -1
    is_better = probability_better(base, other, better)
    return Difference(nan, nan, nan, nan, len(base), is_better, nan, nan, sign)


def probability_better(base: Floats, other: Floats, better: int) -> float:
    """Return the share of pairs in which the variant does better, ties half.

    Parameters
    ----------
    base, other : values (n_replications,), NaN: missing; such pairs are left out
    better : 1 if higher is better, -1 if lower is, 0 if neither

    Examples
    --------
    >>> probability_better(np.array([1.0, 2.0, 3.0]), np.array([0.0, 2.0, 2.0]), better=-1)
    0.8333333333333334
    """
    known = ~(np.isnan(base) | np.isnan(other))
    if better == 0 or not known.any():
        return nan
    base, other = base[known], other[known]
    finite = np.isfinite(base) & np.isfinite(other)
    apart = np.where(other > base, 1.0, -1.0)
    apart[finite] = other[finite] - base[finite]
    is_tie = other == base
    larger = np.maximum(np.abs(base[finite]), np.abs(other[finite]))
    is_tie[finite] = np.abs(apart[finite]) <= ROUNDING * larger
    return float(np.where(is_tie, 0.5, better * apart > 0).mean())


def _deviation(apart: Floats, rounding: float) -> float:
    """Return the standard deviation; 0 where all that differs is rounding."""
    if len(apart) < 2 or np.isnan(apart).any():
        return nan
    return 0.0 if np.ptp(apart) <= rounding else float(apart.std(ddof=1))


def _is_no_coincidence(n: int, level: float) -> bool:
    """Whether n equal differences could not well be luck: the sign test at the same level."""
    return n >= 1 - log2(1 - level)


def _variance_reduction(before: Floats, after: Floats, deviation: float) -> float:
    unpaired = float(before.var(ddof=1) + after.var(ddof=1)) if len(before) > 1 else nan
    if isnan(unpaired) or isnan(deviation):
        return nan
    if deviation == 0:
        scale = float(np.abs(np.concatenate([before, after])).max())
        return nan if unpaired <= (ROUNDING * scale) ** 2 else inf
    return unpaired / deviation**2


def _detectable(deviation: float, n: int, quantile: float) -> float:
    """Return the difference that a t interval of n pairs leaves 0 out for with `POWER`."""
    if not (isfinite(deviation) and deviation > 0):
        return nan
    return (quantile + float(special.ndtri(POWER))) * deviation / sqrt(n)
