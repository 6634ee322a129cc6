"""From draws that are played twice to what we do not know, freed of luck, and who it comes from.

Each draw k of the uncertain inputs has two plays y_k1, y_k2 and their mean m_k, which is the
draw's own mean and half of the luck of a play. Spread out as they are, the m_k are too wide.

- The **split** is the one-way random-effects analysis of variance on the pairs: with W the mean of
  (y_k1 - y_k2)^2 / 2, what we do not know has the variance B = max(0, var(m) - W / 2), and one
  future has B + W (Searle, S. R., Casella, G. and McCulloch, C. E. 1992, Variance Components,
  chapter 3). Its interval is a bootstrap over draws.
- The **span** is that of f^-1(mean + sqrt(B / V) (y_k - mean)) with y_k = f(m_k), V their variance
  and W that of f(one play), at the positions p (n + 1). The power f = m^(1 - b/2), the logarithm at
  b = 2, makes luck even where its variance grows as the mean to the power b (Box, G. E. P. and Cox,
  D. R. 1964, Journal of the Royal Statistical Society B 26, 211-252; Bartlett, M. S. 1947,
  Biometrics 3, 39-52); b is the slope over ten classes of draws. Waits have luck that grows with
  the mean: shrunk as they are, their lower limit would be told far too high.
- **Which input stands for how much**: a regression of y on Legendre polynomials of each input's
  quantile, which are orthogonal over independent draws, so that the squares of the coefficients
  divide the variance (Sobol' 1993; Sudret, B. 2008, Reliability Engineering and System Safety 93,
  964-979). From each square its own error is taken off, so that luck and chance explain nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = ["LEVEL", "Share", "Span", "Split", "freed", "input_shares", "span", "split_of"]

Floats = NDArray[np.float64]
LEVEL = 0.9
"""Of the spans of what we do not know: nine of ten."""
CLASSES = 10
LEAST_CHANGE = 0.1
"""Of the logarithm of the mean between classes, below which luck counts as even."""
MOST_POWER, MOST_POWER_AT_ZERO = 2.0, 1.9
RESAMPLES = 400
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Span:
    """Between what nine of ten draws lie.

    Parameters
    ----------
    lower, upper : the limits
    lower_error, upper_error : standard errors of the limits
    """

    lower: float
    upper: float
    lower_error: float = float("nan")
    upper_error: float = float("nan")


@dataclass(frozen=True, slots=True)
class Split:
    """How much of the variance of one future comes from what we do not know.

    Parameters
    ----------
    share : the estimate
    lower, upper : its 95 % interval
    unknown, luck : the two variances
    """

    share: float
    lower: float
    upper: float
    unknown: float
    luck: float


@dataclass(frozen=True, slots=True)
class Share:
    """How much of what we do not know an input stands for.

    Parameters
    ----------
    name : of the input
    share : of the variance of the draws' own means
    lower, upper : its 95 % interval
    rises : whether the figure rises with the input
    """

    name: str
    share: float
    lower: float
    upper: float
    rises: bool


def split_of(plays: Floats, seed: int = 0) -> Split:
    """Divide the variance of a single play into what we do not know and luck.

    Parameters
    ----------
    plays : (n_draws, 2), no NaN
    seed : of the bootstrap

    Examples
    --------
    >>> one = split_of(np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]]))
    >>> one.share, one.luck
    (1.0, 0.0)
    """
    means = plays.mean(axis=1)
    means = means - means.mean()  # so that squares lose no digits
    within = (plays[:, 0] - plays[:, 1]) ** 2 / 2
    n = len(plays)
    weights = resampled(n, seed)
    luck = weights @ within / n
    first, second = weights @ means / n, weights @ means**2 / n
    between = np.maximum(0.0, (second - first**2) * n / (n - 1) - luck / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = between / (between + luck)
    known = shares[1:][~np.isnan(shares[1:])]
    lower, upper = np.quantile(known, [0.025, 0.975]) if len(known) else (np.nan, np.nan)
    return Split(float(shares[0]), float(lower), float(upper), float(between[0]), float(luck[0]))


@lru_cache(maxsize=8)
def resampled(n: int, seed: int) -> Floats:
    """Return how often each draw stands in the data and in each resample, (1 + RESAMPLES, n)."""
    generator = np.random.Generator(np.random.Philox(key=[seed % 2**64, 1]))
    return np.vstack([np.ones(n), generator.multinomial(n, np.full(n, 1 / n), RESAMPLES)])


def power_of_luck(plays: Floats, means: Floats) -> float:
    """Return the power of the mean with which the variance of luck grows, from 0 to 2.

    It is 0 for what may be negative, and where the means hardly differ.
    """
    if means.min() < 0 or plays.min() < 0:
        return 0.0
    order = np.argsort(means, kind="stable")
    within = (plays[:, 0] - plays[:, 1]) ** 2 / 2
    classes = np.array_split(order, min(CLASSES, max(1, len(means) // 5)))
    middle = np.array([means[one].mean() for one in classes])
    luck = np.array([within[one].mean() for one in classes])
    told = (middle > 0) & (luck > 0)
    if told.sum() < 3 or np.ptp(np.log(middle[told])) < LEAST_CHANGE:
        return 0.0
    slope = float(np.polyfit(np.log(middle[told]), np.log(luck[told]), 1)[0])
    has_zero = bool(means.min() == 0 or plays.min() == 0)
    return min(max(slope, 0.0), MOST_POWER_AT_ZERO if has_zero else MOST_POWER)


def freed(plays: Floats, means: Floats, *, is_difference: bool = False) -> Floats:
    """Return the draws' means with their luck taken out of the spread, in their order.

    Parameters
    ----------
    plays : (n_draws, 2), no NaN
    means : of each draw: the mean of its plays, or of a ratio sum over sum
    is_difference : luck then counts as even
    """
    power = 1 - (0.0 if is_difference else power_of_luck(plays, means)) / 2
    values, single = scaled(means, power), scaled(plays, power)
    variance = float(values.var(ddof=1))
    luck = float(((single[:, 0] - single[:, 1]) ** 2 / 2).mean())
    if variance == 0:
        return means.copy()
    by = np.sqrt(max(0.0, variance - luck / 2) / variance)
    middle = values.mean()
    return unscaled(middle + by * (values - middle), power)


def scaled(values: Floats, power: float) -> Floats:
    """Return values on the scale on which luck is even."""
    if power == 1:
        return values
    return np.asarray(np.log(values) if power <= 0 else values**power)


def unscaled(values: Floats, power: float) -> Floats:
    """Return values from that scale; below 0 of a power there is nothing."""
    if power == 1:
        return values
    return np.asarray(np.exp(values) if power <= 0 else np.maximum(values, 0.0) ** (1 / power))


def span(
    values: Floats, limits: tuple[float, float] = (-np.inf, np.inf), level: float = LEVEL
) -> Span:
    """Return the central span of values with the errors of its limits, from order statistics.

    Parameters
    ----------
    values : (n,), infinite ones last; no NaN
    limits : the least and the most that the figure can be
    level : of the span

    The error of a limit is half of its 95 % interval between two order statistics (Hahn and Meeker,
    Statistical Intervals, 1991, section 5.2), over 1.96.

    Examples
    --------
    >>> one = span(np.arange(1.0, 100.0))
    >>> round(one.lower, 6), round(one.upper, 6)
    (5.0, 95.0)
    """
    ordered = np.sort(values)
    n = len(ordered)
    ends, errors = [], []
    for share in ((1 - level) / 2, (1 + level) / 2):
        ends.append(float(np.clip(at(ordered, share * (n + 1)), *limits)))
        ranks = stats.binom.ppf([0.025, 0.975], n, share) + np.array([0.5, 0.5])
        low, high = (float(np.clip(at(ordered, rank), *limits)) for rank in ranks)
        errors.append((high - low) / (2 * Z) if np.isfinite(high - low) else float("nan"))
    return Span(ends[0], ends[1], errors[0], errors[1])


def at(ordered: Floats, position: float) -> float:
    """Return an order statistic at a position from 1, linear between two."""
    place = min(max(position - 1, 0.0), len(ordered) - 1.0)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    part = place - below
    if part == 0 or ordered[below] == ordered[above]:
        return float(ordered[below])
    return float(ordered[below] + part * (ordered[above] - ordered[below]))


def input_shares(
    values: Floats,
    uniforms: Floats,
    names: tuple[str, ...],
    luck: float = 0.0,
    *,
    alone: bool = False,
) -> tuple[Share, ...]:
    """Divide the variance of what we do not know between the inputs.

    Parameters
    ----------
    values : of the draws, on the scale on which luck is even (n_draws,)
    uniforms : the quantile of each input in each draw (n_draws, n_inputs)
    names : of the inputs
    luck : the variance of luck in `values`
    alone : each input by itself, for draws that hang together; shares then overlap

    Returns
    -------
    the shares, the largest first; they need not sum to 1: what is left, inputs do together
    """
    n, n_inputs = uniforms.shape
    moving = [j for j in range(n_inputs) if np.ptp(uniforms[:, j]) > 0]
    variance = float(values.var(ddof=1)) - luck
    if variance <= 0 or n < 10 or not moving:
        return ()
    degree = 2 if 1 + 2 * len(moving) <= n / 4 else 1
    x = 2 * uniforms - 1
    bases = [np.sqrt(3) * x, np.sqrt(5) * (3 * x**2 - 1) / 2][:degree]
    columns = {j: np.stack([base[:, j] for base in bases], axis=1) for j in moving}
    groups = [[j] for j in moving] if alone else [moving]
    shares = []
    for group in groups:
        design = np.column_stack([np.ones(n), *(columns[j] for j in group)])
        fit, errors = fitted(design, values)
        for at_input, j in enumerate(group):
            places = slice(1 + degree * at_input, 1 + degree * (at_input + 1))
            shares.append(share_of(names[j], fit[places], errors[places], variance))
    return tuple(sorted(shares, key=lambda one: -one.share))


def fitted(design: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Return least-squares coefficients and their squared errors."""
    inverse = np.linalg.pinv(design.T @ design)
    fit = inverse @ design.T @ values
    left = values - design @ fit
    freedom = max(len(values) - design.shape[1], 1)
    return fit, np.diag(inverse) * float(left @ left) / freedom


def share_of(name: str, fit: Floats, squared_errors: Floats, variance: float) -> Share:
    """Return an input's share from its coefficients, with their errors taken off."""
    explained = float((fit**2 - squared_errors).sum())
    error = float(np.sqrt((4 * fit**2 * squared_errors + 2 * squared_errors**2).sum()))
    share, half = explained / variance, Z * error / variance
    share, lower, upper = (min(max(one, 0.0), 1.0) for one in (share, share - half, share + half))
    return Share(name, share, lower, upper, rises=bool(fit[0] > 0))
