"""How many points a drawn design has, and the values of a factor that they stand for."""

from __future__ import annotations

from math import exp, log

import numpy as np
from scipy import special

from flowsim.study.experiment.schema import Factor

__all__ = ["MORRIS_LEVELS", "between", "n_points"]

MORRIS_LEVELS = 4
TAIL = 0.025


def n_points(design: str, n: int, n_factors: int) -> int:
    """Return how many points a drawn design has, with the dummy of `sensitivity`.

    Examples
    --------
    >>> n_points("lhs", 64, 3), n_points("sobol", 64, 3), n_points("morris", 10, 3)
    (64, 384, 50)
    """
    return n * {"lhs": 1, "sobol": n_factors + 3, "morris": n_factors + 2}[design]


def between(factor: Factor, u: float) -> float:
    """Return a factor's value at a quantile.

    Examples
    --------
    >>> between(Factor(name="x", low=2.0, high=4.0), 0.25)
    2.5
    >>> between(Factor(name="x", low=0.0, high=2.0, mode=1.0, distribution="triangular"), 0.5)
    1.0
    """
    low, high = factor.low or 0.0, factor.high or 0.0
    if factor.whole:
        return float(min(int(low + u * (high - low + 1)), int(high)))
    if factor.distribution == "loguniform":
        return exp(log(low) + u * (log(high) - log(low)))
    if factor.distribution == "triangular":
        return _triangular(u, low, factor.mode or 0.0, high)
    if factor.distribution == "normal":
        middle, edge = (low + high) / 2, float(special.ndtri(1 - TAIL))
        z = float(special.ndtri(TAIL + u * (1 - 2 * TAIL)))
        return middle + z / edge * (high - low) / 2
    return low + u * (high - low)


def _triangular(u: float, low: float, mode: float, high: float) -> float:
    share = (mode - low) / (high - low)
    if u < share:
        return low + float(np.sqrt(u * (high - low) * (mode - low)))
    return high - float(np.sqrt((1 - u) * (high - low) * (high - mode)))
