"""How long stays last, from a list in which some are seen only in part.

- A stay that goes on when the window ends is *censored*: it lasts longer than so far.
- A list of those who were active in a window has those who began before it only because they stayed
  long enough: such a stay is *left-truncated* at the time it had lasted when the window began.
- A list of those who were closed in a window has a stay only if it ended inside it: it is truncated
  on both sides, and its likelihood is that of its length given that.

The likelihood of each row is f(t) or S(t), over S(a) - S(b), where a and b are between what its
length had to lie to be listed (Klein, J. P. & Moeschberger, M. L., Survival Analysis, 2nd ed.,
2003, section 3.5). The mean of the closed stays, and a Kaplan-Meier curve that knows of no
truncation, are worked out too: to show what they get wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from flowsim.analysis.survival import kaplan_meier
from flowsim.listing.blurring import FEWEST
from flowsim.listing.people import Listed, Window

__all__ = ["FAMILIES", "FEWEST_TO_FIT", "Fit", "StayFit", "Stays", "fit_stays", "stays_of"]

Floats = NDArray[np.float64]
FEWEST_TO_FIT = 30
LEAST = 0.5  # days: dates are whole days, and nobody stays for no time
Z = 1.959963984540054
UNTOLD = 0.5  # of the standard error of the log mean: beyond, a list tells no mean
MOST_UNSEEN = 1 / 3  # of the stays: if more last longer than any that could be listed, none is told
CLOSE = 2.0  # of AIC: families that the list can hardly tell apart
MONTH = 365.25 / 12


@dataclass(frozen=True, eq=False)
class Stays:
    """Stays as far as they were seen.

    Parameters
    ----------
    seen : how long [days] (n,)
    ended : whether the stay then ended; else it goes on (n,)
    least, most : between what its length had to lie to be listed (n,)
    """

    seen: Floats
    ended: NDArray[np.bool_]
    least: Floats
    most: Floats

    def __len__(self) -> int:
        return len(self.seen)


def stays_of(listed: Listed, chosen: NDArray[np.bool_]) -> Stays:
    """Return the stays of some rows, those who never started left out."""
    window = listed.window
    which = chosen & ~np.isnan(listed.start)
    start, end = listed.start[which], listed.end[which]
    ended = ~np.isnan(end)
    seen = np.maximum(np.where(ended, end, window.end) - start, LEAST)
    least, most = np.zeros(len(start)), np.full(len(start), np.inf)
    if window.kind != "started":
        least = np.maximum(window.begin - start, 0.0)
    if window.kind == "closed":
        most = np.maximum(window.end - start, seen)
    return Stays(seen, ended, np.minimum(least, seen), most)


# Families -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Family:
    """A family of distributions of times.

    Parameters
    ----------
    name : as `distribution` in a scenario
    n_parameters : the scale, and perhaps a shape; all above 0
    logpdf, logsf : of times, the scale and the shape
    moments : mean and cv, of the scale and the shape
    """

    name: str
    n_parameters: int
    logpdf: Callable[[Floats, float, float], Floats]
    logsf: Callable[[Floats, float, float], Floats]
    moments: Callable[[float, float], tuple[float, float]]


def _lognormal_logpdf(t: Floats, scale: float, sigma: float) -> Floats:
    z = np.log(t / scale) / sigma
    return -0.5 * z * z - np.log(t * sigma) - 0.5 * math.log(2.0 * math.pi)


def _gamma_logpdf(t: Floats, scale: float, shape: float) -> Floats:
    x = t * (shape / scale)
    return np.asarray(shape * np.log(x) - x - special.gammaln(shape) - np.log(t), dtype=float)


def _weibull_logpdf(t: Floats, scale: float, shape: float) -> Floats:
    h = np.log(t / scale)
    return np.asarray(math.log(shape / scale) + (shape - 1.0) * h - np.exp(shape * h), dtype=float)


def _weibull_moments(scale: float, shape: float) -> tuple[float, float]:
    first, second = special.gammaln(1.0 + 1.0 / shape), special.gammaln(1.0 + 2.0 / shape)
    return scale * math.exp(first), math.sqrt(math.expm1(second - 2.0 * first))


FAMILIES = (
    Family(
        "lognormal",
        2,
        _lognormal_logpdf,
        lambda t, scale, sigma: special.log_ndtr(-np.log(t / scale) / sigma),
        lambda scale, sigma: (scale * math.exp(sigma**2 / 2), math.sqrt(math.expm1(sigma**2))),
    ),
    Family(
        "gamma",
        2,
        _gamma_logpdf,
        lambda t, scale, shape: np.log(special.gammaincc(shape, t * (shape / scale))),
        lambda scale, shape: (scale, 1.0 / math.sqrt(shape)),
    ),
    Family(
        "weibull",
        2,
        _weibull_logpdf,
        lambda t, scale, shape: -np.exp(shape * np.log(t / scale)),
        _weibull_moments,
    ),
    Family(
        "exponential",
        1,
        lambda t, scale, shape: -t / scale - math.log(scale),
        lambda t, scale, shape: -t / scale,
        lambda scale, shape: (scale, 1.0),
    ),
)
FAR = 300.0  # of the logarithm of a parameter


def _parameters(theta: Floats | tuple[float, ...]) -> tuple[float, float]:
    """Return the scale and the shape, 1 where there is none."""
    scale, *shape = np.exp(np.clip(theta, -FAR, FAR))
    return float(scale), float(shape[0]) if shape else 1.0


@dataclass(frozen=True)
class Fit:
    """A family fitted to stays.

    Parameters
    ----------
    family : its name, as `distribution` in a scenario
    mean, cv : of it [days], [-]
    mean_range, cv_range : 95 % intervals
    aic : Akaike's criterion: the smaller, the better
    error : standard error of the logarithm of the mean
    theta : its parameters
    """

    family: str
    mean: float
    cv: float
    mean_range: tuple[float, float]
    cv_range: tuple[float, float]
    aic: float
    error: float
    theta: tuple[float, ...]

    def longer_than(self, days: ArrayLike) -> Floats:
        """Return the share of stays that last longer."""
        family = next(one for one in FAMILIES if one.name == self.family)
        times = np.maximum(np.asarray(days, dtype=float), 1e-9)
        return np.asarray(np.exp(family.logsf(times, *_parameters(self.theta))), dtype=float)


@dataclass(frozen=True, eq=False)
class StayFit:
    """What a list says of how long stays last.

    Parameters
    ----------
    n, n_ended : stays, and those that ended
    fits : of all families, the best first; () with too few stays, or where they tell no mean
    why_not : why there is no fit: "few", "untold" or empty
    naive : mean of the ended stays, which is biased [days]; NaN where fewer than five ended
    median : by the curve that knows how the list was made [days]; NaN where it is not reached
    plain_median : by the Kaplan-Meier curve that does not
    curve : months, and the share that lasts longer, with two decimals (n_knots, 2)
    """

    n: int
    n_ended: int
    fits: tuple[Fit, ...]
    why_not: str
    naive: float
    median: float
    plain_median: float
    curve: Floats

    @property
    def best(self) -> Fit | None:
        """The family with the smallest AIC."""
        return self.fits[0] if self.fits else None

    @property
    def mean_range(self) -> tuple[float, float]:
        """Between what the mean may lie, by every family that fits nearly as well."""
        near = [fit for fit in self.fits if fit.aic - self.fits[0].aic < CLOSE]
        return min(fit.mean_range[0] for fit in near), max(fit.mean_range[1] for fit in near)


def fit_stays(stays: Stays, window: Window) -> StayFit:
    """Fit all families to stays.

    Parameters
    ----------
    stays : as they were seen
    window : of the list
    """
    n_ended = int(stays.ended.sum())
    fits: tuple[Fit, ...] = ()
    why_not = "few" if len(stays) < FEWEST_TO_FIT or n_ended < FEWEST_TO_FIT // 3 else ""
    if not why_not:
        weighed = _weighed(stays)
        tried = [_fit(family, *weighed) for family in FAMILIES]
        fits = tuple(sorted((fit for _, fit in tried if fit), key=lambda fit: fit.aic))
        least = min(aic for aic, _ in tried)
        # a family that fits better and tells no mean says that no mean is told
        if not fits or not fits[0].error < UNTOLD or fits[0].aic - least > CLOSE:
            fits, why_not = (), "untold"
    enough = n_ended >= FEWEST
    naive = float(stays.seen[stays.ended].mean()) if enough else math.nan
    curve, median = _curve(stays, window.kind)
    plain = kaplan_meier(stays.seen, stays.ended).median if enough else math.nan
    return StayFit(len(stays), n_ended, fits, why_not, naive, median, plain, curve)


def _weighed(stays: Stays) -> tuple[Stays, Floats]:
    """Return the different stays, with how many there are of each."""
    table = np.column_stack([stays.seen, stays.ended, stays.least, stays.most])
    rows, counts = np.unique(table, axis=0, return_counts=True)
    return Stays(rows[:, 0], rows[:, 1] > 0, rows[:, 2], rows[:, 3]), counts.astype(float)


def _fit(family: Family, stays: Stays, weights: Floats) -> tuple[float, Fit | None]:
    """Fit a family by maximum likelihood; return its AIC, and the fit if it tells a mean.

    It tells none where there is no maximum, or where too many stays would last longer than any that
    could have been listed.
    """

    def loss(theta: Floats) -> float:
        return -log_likelihood(family, theta, stays, weights)

    middle = math.log(max(float(np.average(stays.seen, weights=weights)), LEAST))
    begin = np.array([middle, 0.0])[: family.n_parameters]
    corners = np.vstack([begin, begin + 0.4 * np.eye(family.n_parameters)])
    options = {"xatol": 1e-4, "fatol": 1e-4, "initial_simplex": corners}  # far below any error
    done = optimize.minimize(loss, begin, method="Nelder-Mead", options=options)
    theta = np.asarray(done.x, dtype=float)
    aic = 2.0 * family.n_parameters + 2.0 * float(done.fun)
    covariance = _covariance(loss, theta) if done.success else None
    if covariance is None:
        return aic, None

    def log_moments(at: Floats) -> Floats:
        return np.log(family.moments(*_parameters(at)))

    centre = log_moments(theta)
    slopes = np.array(
        [
            (log_moments(theta + h) - log_moments(theta - h)) / 2e-5
            for h in 1e-5 * np.eye(len(theta))
        ]
    )
    errors = np.sqrt(np.maximum(np.einsum("ik,ij,jk->k", slopes, covariance, slopes), 0.0))
    if not np.all(np.isfinite(centre)) or not np.all(np.isfinite(errors)):
        return aic, None
    ranges = [
        tuple(np.exp(m + s * Z * e) for s in (-1, 1)) for m, e in zip(centre, errors, strict=True)
    ]
    (low, high), (low_cv, high_cv) = ranges
    fit = Fit(
        family.name, float(np.exp(centre[0])), float(np.exp(centre[1])), (float(low), float(high)),
        (float(low_cv), float(high_cv)), aic, float(errors[0]), tuple(map(float, theta)),
    )  # fmt: skip
    longest = float(np.where(np.isfinite(stays.most), stays.most, stays.seen).max())
    return aic, fit if fit.longer_than([longest])[0] < MOST_UNSEEN else None


def log_likelihood(family: Family, theta: Floats, stays: Stays, weights: Floats) -> float:
    """Return the logarithm of the likelihood of stays that were listed as they were."""
    scale_and_shape = _parameters(theta)
    ended, late, cut = stays.ended, stays.least > 0, np.isfinite(stays.most)
    each, listed = np.empty(len(stays)), np.zeros(len(stays))
    with np.errstate(all="ignore"):
        each[ended] = family.logpdf(stays.seen[ended], *scale_and_shape)
        each[~ended] = family.logsf(stays.seen[~ended], *scale_and_shape)
        listed[late] = family.logsf(stays.least[late], *scale_and_shape)
        beyond = np.exp(family.logsf(stays.most[cut], *scale_and_shape))
        listed[cut] = np.log(np.exp(listed[cut]) - beyond)
        total = float(np.sum(weights * (each - listed)))
    return total if math.isfinite(total) else -1e300


def _covariance(loss: Callable[[Floats], float], theta: Floats) -> Floats | None:
    """Return the inverse of the matrix of second derivatives; None if it has none."""
    n = len(theta)
    h = 1e-3 * np.eye(n)
    matrix = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            corners = [loss(theta + s * h[i] + t * h[j]) * s * t for s in (1, -1) for t in (1, -1)]
            matrix[i, j] = sum(corners) / 4e-6
    try:
        found = np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        return None
    return np.asarray(found, dtype=float) if np.all(np.diag(found) > 0) else None


# Curves ---------------------------------------------------------------------------------------


def _curve(stays: Stays, kind: str) -> tuple[Floats, float]:
    """Return the share that lasts longer by month, and its median.

    It is known at whole months, and no further than five people show it.
    By Kaplan and Meier with entries that are late where the list is one of the active; by
    Efron and Petrosian where both ends are cut off.
    """
    if len(stays) < FEWEST:
        return np.empty((0, 2)), math.nan
    if kind == "closed":
        time, longer = _efron_petrosian(stays)
        below = np.flatnonzero(longer <= 0.5)
        median = float(time[below[0]]) if len(below) else math.nan
    else:
        curve = kaplan_meier(stays.seen, stays.ended, stays.least)
        time, longer, median = curve.time, curve.waiting, curve.median
    knots = _knots(stays)
    place = np.searchsorted(time, knots * MONTH, side="right")
    share = np.concatenate([[1.0], longer])[place]
    return np.column_stack([knots, np.round(share, 2)]), median


def _knots(stays: Stays) -> Floats:
    """Return whole months between which five stays ended at least, as far as five are seen.

    A curve that falls by one person would be a number about that person.
    """
    knots, n_before = [0.0], 0
    for month in range(1, 241):
        day = month * MONTH
        n_ended = int(np.sum(stays.ended & (stays.seen <= day)))
        if np.sum((stays.seen > day) & (stays.least <= day)) < FEWEST:
            break
        if n_ended - n_before >= FEWEST:
            knots.append(float(month))
            n_before = n_ended
    return np.array(knots)


def _efron_petrosian(stays: Stays, rounds: int = 500) -> tuple[Floats, Floats]:
    """Return times, and the share that lasts longer, of stays cut off on both sides.

    References
    ----------
    Efron, B. & Petrosian, V., "Nonparametric methods for doubly truncated data", Journal of the
    American Statistical Association 94 (1999) 824-834.
    """
    time = np.unique(stays.seen)
    first = np.searchsorted(time, stays.least, side="left")
    last = np.searchsorted(time, stays.most, side="right")
    n_at = np.bincount(np.searchsorted(time, stays.seen), minlength=len(time)).astype(float)
    share = n_at / n_at.sum()
    for _ in range(rounds):
        below = np.concatenate([[0.0], np.cumsum(share)])
        weight = 1.0 / np.maximum(below[last] - below[first], 1e-300)
        ends = np.zeros(len(time) + 1)
        np.add.at(ends, first, weight)
        np.add.at(ends, last, -weight)
        new = n_at / np.maximum(np.cumsum(ends)[:-1], 1e-300)
        new /= new.sum()
        done = float(np.abs(new - share).max()) < 1e-7
        share = new
        if done:
            break
    return time, np.maximum(1.0 - np.cumsum(share), 0.0)
