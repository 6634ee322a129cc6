"""Distributions of the scenario in the kernel's terms, see `kernel.quantile`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import gamma, inf, log, log1p, pi, sqrt

import numpy as np

from flowsim.engine import kernel
from flowsim.engine.plan import Floats, Variate
from flowsim.scenario import schema

NO_TABLE = np.empty((2, 0))


def cumulative(shares: Sequence[float] | Floats) -> Floats:
    """Running sums of shares; the last is exactly 1. Of none (a step without `next`): none."""
    sums: Floats = np.cumsum(shares) / np.sum(shares)
    sums[-1:] = 1.0
    return sums


def interruption_clock(cut: schema.Interruption) -> Variate:
    """Return the time from the start of a stay to its interruption."""
    if cut.after is not None:
        return variate(cut.after)
    assert cut.rate is not None  # the checks let through exactly one of the two
    return _plain(kernel.EXPONENTIAL, 1 / cut.rate, mean=1 / cut.rate) if cut.rate else NEVER


def variate(distribution: schema.Distribution) -> Variate:
    """Return a distribution of the scenario in the terms of `kernel.quantile`."""
    return _VARIATES[distribution.distribution](distribution)


def _plain(kind: int, a: float, b: float = 0.0, c: float = 0.0, *, mean: float) -> Variate:
    return Variate(kind, a, b, c, NO_TABLE, mean)


NEVER = _plain(kernel.CONSTANT, inf, mean=inf)


def _constant(d: schema.Distribution) -> Variate:
    mean = d.mean or 0.0
    return _plain(kernel.CONSTANT, mean, mean=mean)


def _by_mean(
    kind: int, parameters: Callable[[float, float], tuple[float, float]]
) -> Callable[[schema.Distribution], Variate]:
    """A distribution given by mean and cv; without either, it does not vary."""

    def made(d: schema.Distribution) -> Variate:
        mean, cv = d.mean or 0.0, d.cv or 0.0
        if mean == 0.0 or cv == 0.0:
            return _constant(d)
        return _plain(kind, *parameters(mean, cv), mean=mean)

    return made


def _lognormal(mean: float, cv: float) -> tuple[float, float]:
    variance = log(1 + cv * cv)
    return log(mean) - variance / 2, sqrt(variance)


def _gamma(mean: float, cv: float) -> tuple[float, float]:
    return 1 / (cv * cv), mean * cv * cv


def _weibull(mean: float, cv: float) -> tuple[float, float]:
    """Shape from the coefficient of variation, which falls as the shape grows."""
    from scipy.optimize import brentq  # half a second, which other distributions need not wait for

    def excess(shape: float) -> float:
        return gamma(1 + 2 / shape) / gamma(1 + 1 / shape) ** 2 - 1 - cv * cv

    if cv < LEAST_BY_GAMMA:
        shape = _steep_shape(cv)
    else:
        shape = float(brentq(excess, 0.05, 1000.0, xtol=1e-14))
    return shape, mean / gamma(1 + 1 / shape)


LEAST_BY_GAMMA = 0.0013  # below it the gamma functions of a Weibull's cv differ by rounding only
ZETA_2, ZETA_3, ZETA_4 = pi**2 / 6, 1.2020569031595942, pi**4 / 90


def _steep_shape(cv: float) -> float:
    """Return the shape of a Weibull distribution with a small coefficient of variation.

    With x = 1 / shape, log(1 + cv**2) = log G(1 + 2x) - 2 log G(1 + x), G the gamma function, is
    zeta(2) x**2 - 2 zeta(3) x**3 + 7/2 zeta(4) x**4 - ...; what is left out is below 1e-8 of it.

    References
    ----------
    Abramowitz & Stegun, Handbook of Mathematical Functions, 1964, 6.1.33.
    """
    wanted = log1p(cv * cv)
    x = sqrt(wanted / ZETA_2)
    for _ in range(10):
        x = sqrt(wanted / (ZETA_2 - 2 * ZETA_3 * x + 3.5 * ZETA_4 * x * x))
    return 1 / x


def _exponential(d: schema.Distribution) -> Variate:
    mean = d.mean or 0.0
    return _plain(kernel.EXPONENTIAL, mean, mean=mean) if mean else _constant(d)


def _erlang(d: schema.Distribution) -> Variate:
    mean, shape = d.mean or 0.0, d.shape or 1
    return _plain(kernel.GAMMA, float(shape), mean / shape, mean=mean) if mean else _constant(d)


def _between(kind: int, weight_of_mode: float) -> Callable[[schema.Distribution], Variate]:
    def made(d: schema.Distribution) -> Variate:
        low, high = d.low or 0.0, d.high or 0.0
        mode = high if d.mode is None else d.mode
        mean = (low + weight_of_mode * mode + high) / (2 + weight_of_mode)
        if kind == kernel.UNIFORM:
            return _plain(kind, low, high, mean=mean)
        return _plain(kind, low, mode, high, mean=mean)

    return made


def _table(kind: int, shares: tuple[float, ...], values: tuple[float, ...]) -> Variate:
    weights = np.array(shares or (1.0,) * len(values))
    table = np.vstack([cumulative(weights), np.array(values)])
    return Variate(kind, 0.0, 0.0, 0.0, table, float(weights @ table[1] / weights.sum()))


_VARIATES: dict[str, Callable[[schema.Distribution], Variate]] = {
    "constant": _constant,
    "exponential": _exponential,
    "lognormal": _by_mean(kernel.LOGNORMAL, _lognormal),
    "gamma": _by_mean(kernel.GAMMA, _gamma),
    "weibull": _by_mean(kernel.WEIBULL, _weibull),
    "erlang": _erlang,
    "uniform": _between(kernel.UNIFORM, 0.0),
    "triangular": _between(kernel.TRIANGULAR, 1.0),
    "pert": _between(kernel.PERT, 4.0),
    "empirical": lambda d: _table(kernel.EMPIRICAL, d.weights, d.values),
    "hyperexponential": lambda d: _table(kernel.HYPEREXPONENTIAL, d.shares, d.means),
}
