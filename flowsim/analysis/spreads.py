"""How an amount is spread between two others: its value at a quantile."""

from __future__ import annotations

from math import exp, log, sqrt

from scipy import special

__all__ = ["TAIL", "quantile"]

TAIL = 0.025
"""Beyond each end of a normal distribution, which is left out."""


def quantile(
    spread: str,
    low: float,
    high: float,
    u: float,
    *,
    mode: float | None = None,
    whole: bool = False,
) -> float:
    """Return the value of which a share u lies below.

    Parameters
    ----------
    spread : "uniform", "loguniform", "triangular" or "normal" (cut off at both ends)
    low, high : between what it lies; equal ends give that very value
    u : between 0 and 1
    mode : of a triangle, its top
    whole : whether each whole number from low to high is as likely, whatever the spread

    Examples
    --------
    >>> quantile("uniform", 2.0, 4.0, 0.25), quantile("triangular", 0.0, 2.0, 0.5, mode=1.0)
    (2.5, 1.0)
    >>> quantile("uniform", 1.0, 3.0, 0.99, whole=True)
    3.0
    """
    if low == high:
        return low
    if whole:
        return float(min(int(low + u * (high - low + 1)), int(high)))
    if spread == "loguniform":
        return exp(log(low) + u * (log(high) - log(low)))
    if spread == "triangular":
        return _triangular(u, low, low if mode is None else mode, high)
    if spread == "normal":
        middle, edge = (low + high) / 2, float(special.ndtri(1 - TAIL))
        z = float(special.ndtri(TAIL + u * (1 - 2 * TAIL)))
        return middle + z / edge * (high - low) / 2
    return low + u * (high - low)


def _triangular(u: float, low: float, mode: float, high: float) -> float:
    share = (mode - low) / (high - low)
    if u < share:
        return low + sqrt(u * (high - low) * (mode - low))
    return high - sqrt((1 - u) * (high - low) * (high - mode))
