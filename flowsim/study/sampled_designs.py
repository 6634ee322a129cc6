"""Points drawn in the unit cube, and the values of a factor that they stand for.

References
----------
McKay, M. D., Beckman, R. J. and Conover, W. J. (1979), A comparison of three methods for selecting
values of input variables, Technometrics 21, 239-245.
Saltelli, A. et al. (2010), Variance based sensitivity analysis of model output, Computer Physics
Communications 181, 259-270.
Morris, M. D. (1991), Factorial sampling plans for preliminary computational experiments,
Technometrics 33, 161-174.
"""

from __future__ import annotations

from math import exp, log

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.stats import qmc

from flowsim.study.experiment_schema import Factor

__all__ = ["between", "n_points", "unit_points"]

Floats = NDArray[np.float64]
MORRIS_LEVELS = 4
TAIL = 0.025


def n_points(design: str, n: int, n_factors: int) -> int:
    """Return how many points a drawn design has.

    Examples
    --------
    >>> n_points("lhs", 64, 3), n_points("sobol", 64, 3), n_points("morris", 10, 3)
    (64, 320, 40)
    """
    return n * {"lhs": 1, "sobol": n_factors + 2, "morris": n_factors + 1}[design]


def unit_points(design: str, n: int, n_factors: int, seed: int) -> Floats:
    """Draw the points of a design.

    Parameters
    ----------
    design : "lhs", "sobol" or "morris"
    n : points, base sample size (a power of 2) or trajectories
    n_factors : number of factors
    seed : key of the draws

    Returns
    -------
    (`n_points`, n_factors), from 0 to 1. Of "sobol", for each row of the base sample: the row of
    A, the rows of A with one column at a time from B, and the row of B. Of "morris", the
    trajectories one after the other.
    """
    if design == "lhs":
        found: Floats = qmc.LatinHypercube(n_factors, rng=np.random.default_rng(seed)).random(n)
        return found
    return _sobol(n, n_factors, seed) if design == "sobol" else _morris(n, n_factors, seed)


def _sobol(n: int, n_factors: int, seed: int) -> Floats:
    """Draw the matrices A and B from one scrambled sequence of Sobol, and mix their columns."""
    sequence = qmc.Sobol(2 * n_factors, rng=np.random.default_rng(seed))
    both = sequence.random(n)
    a, b = both[:, :n_factors], both[:, n_factors:]
    rows = np.repeat(a[:, None, :], n_factors + 2, axis=1)
    for k in range(n_factors):
        rows[:, 1 + k, k] = b[:, k]
    rows[:, -1] = b
    return rows.reshape(-1, n_factors)


def _morris(n: int, n_factors: int, seed: int) -> Floats:
    """Draw trajectories over `MORRIS_LEVELS` levels, each factor moved once, by half and more."""
    rng = np.random.default_rng(seed)
    jump = MORRIS_LEVELS / 2 / (MORRIS_LEVELS - 1)
    rows = np.empty((n, n_factors + 1, n_factors))
    for way in rows:
        low = rng.integers(0, MORRIS_LEVELS // 2, n_factors) / (MORRIS_LEVELS - 1)
        is_up = rng.random(n_factors) < 0.5
        way[:] = np.where(is_up, low, low + jump)
        for step, k in enumerate(rng.permutation(n_factors), start=1):
            way[step:, k] = low[k] + jump if is_up[k] else low[k]
    return rows.reshape(-1, n_factors)


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
