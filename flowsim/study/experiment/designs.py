"""How many points a drawn design has, and the values of a factor that they stand for."""

from __future__ import annotations

from flowsim.analysis.spreads import quantile
from flowsim.study.experiment.schema import Factor

__all__ = ["MORRIS_LEVELS", "between", "n_points"]

MORRIS_LEVELS = 4


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
    return quantile(
        factor.distribution,
        factor.low or 0.0,
        factor.high or 0.0,
        u,
        mode=factor.mode or 0.0,
        whole=factor.whole,
    )
