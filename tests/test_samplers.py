"""Samplers: quantiles against scipy's, samples against moments and Kolmogorov and Smirnov.

Run as a program, this file prints a few hundred variates of all kinds in hexadecimal, which one
test compares with and without the compiler.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import integrate, special, stats

from flowsim.engine import kernel

Floats = NDArray[np.float64]
NO_TABLE = np.empty((2, 0))
VALUES = np.array([[0.2, 0.5, 0.9, 1.0], [1.0, 4.0, 0.0, 10.0]])
MEANS = np.array([[0.6, 0.9, 1.0], [2.0, 10.0, 40.0]])
TAILS = [1e-12, 1e-9, 1e-6, 1e-4, 0.001, 0.01, 0.05]
GRID = np.array(
    [*TAILS, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, *(1 - u for u in reversed(TAILS))]
)


def pert(low: float, mode: float, high: float) -> Any:
    width = high - low
    return stats.beta(
        1 + 4 * (mode - low) / width, 1 + 4 * (high - mode) / width, loc=low, scale=width
    )


def triangular(low: float, mode: float, high: float) -> Any:
    return stats.triang((mode - low) / (high - low), loc=low, scale=high - low)


# Name, kind, parameters, the same distribution of scipy, largest relative error of a quantile.
CONTINUOUS = [
    ("exponential", kernel.EXPONENTIAL, (3.5,), stats.expon(scale=3.5), 1e-14),
    ("lognormal", kernel.LOGNORMAL, (1.2, 0.6), stats.lognorm(0.6, scale=math.exp(1.2)), 1e-13),
    ("gamma 0.3", kernel.GAMMA, (0.3, 5.0), stats.gamma(0.3, scale=5.0), 1e-11),
    ("gamma 1.7", kernel.GAMMA, (1.7, 2.0), stats.gamma(1.7, scale=2.0), 1e-11),
    ("erlang 4", kernel.GAMMA, (4.0, 0.5), stats.gamma(4.0, scale=0.5), 1e-11),
    ("gamma 90", kernel.GAMMA, (90.0, 0.1), stats.gamma(90.0, scale=0.1), 1e-11),
    ("weibull 0.7", kernel.WEIBULL, (0.7, 9.0), stats.weibull_min(0.7, scale=9.0), 1e-13),
    ("weibull 3", kernel.WEIBULL, (3.0, 9.0), stats.weibull_min(3.0, scale=9.0), 1e-13),
    ("uniform", kernel.UNIFORM, (2.0, 7.0), stats.uniform(2.0, 5.0), 1e-14),
    ("triangular", kernel.TRIANGULAR, (1.0, 2.0, 7.0), triangular(1.0, 2.0, 7.0), 1e-14),
    ("triangular from 0", kernel.TRIANGULAR, (0.0, 3.0, 4.0), triangular(0.0, 3.0, 4.0), 1e-14),
    ("triangular down", kernel.TRIANGULAR, (3.0, 3.0, 4.0), triangular(3.0, 3.0, 4.0), 1e-14),
    ("pert", kernel.PERT, (1.0, 2.0, 7.0), pert(1.0, 2.0, 7.0), 1e-10),
    ("pert from 0", kernel.PERT, (0.0, 3.0, 4.0), pert(0.0, 3.0, 4.0), 1e-10),
    ("pert down", kernel.PERT, (0.0, 0.0, 4.0), pert(0.0, 0.0, 4.0), 1e-10),
    ("pert up", kernel.PERT, (1.0, 4.0, 4.0), pert(1.0, 4.0, 4.0), 1e-10),
]
each_continuous = pytest.mark.parametrize(
    ("kind", "parameters", "twin", "error"),
    [case[1:] for case in CONTINUOUS],
    ids=[case[0] for case in CONTINUOUS],
)


def variates(kind: int, parameters: tuple[float, ...], u: Floats, table: Floats) -> Floats:
    a, b, c = (*parameters, 0.0, 0.0, 0.0)[:3]
    return np.array([kernel.quantile(kind, a, b, c, table, float(v)) for v in u])


def length_biased(kind: int, parameters: tuple[float, ...], u: Floats, table: Floats) -> Floats:
    a, b, c = (*parameters, 0.0, 0.0, 0.0)[:3]
    return np.array([kernel.length_biased_quantile(kind, a, b, c, table, float(v)) for v in u])


@pytest.fixture(scope="module")
def luck() -> Floats:
    """20,000 keyed uniforms; the seed is fixed, so that no test fails by chance."""
    key = np.uint64(20), np.uint64(26), np.uint64(1)
    blocks = [
        kernel.uniforms(*key, np.uint64(ordinal), np.uint64(2), np.uint64(0))
        for ordinal in range(5_000)
    ]
    return np.array(blocks).ravel()


# A sample of 20,000 from the right distribution fails one of these once in 10,000 seeds or less.
SIGNIFICANCE = 1e-4
SCORES = 4.0  # standard errors


def check_sample(x: Floats, mean: float, variance: float, fourth: float) -> None:
    """Compare mean and variance with theory; fourth is the central moment."""
    n = len(x)
    assert x.mean() == pytest.approx(mean, abs=SCORES * (variance / n) ** 0.5)
    assert x.var() == pytest.approx(variance, abs=SCORES * ((fourth - variance**2) / n) ** 0.5)


# Quantiles ------------------------------------------------------------------------------------


@each_continuous
def test_quantiles_equal_scipys(
    kind: int, parameters: tuple[float, ...], twin: Any, error: float
) -> None:
    np.testing.assert_allclose(
        variates(kind, parameters, GRID, NO_TABLE), twin.ppf(GRID), rtol=error
    )


@each_continuous
def test_samples_follow_the_distribution(
    kind: int, parameters: tuple[float, ...], twin: Any, error: float, luck: Floats
) -> None:
    x = variates(kind, parameters, luck, NO_TABLE)
    mean, variance, _, excess = (float(m) for m in twin.stats("mvsk"))
    check_sample(x, mean, variance, (excess + 3) * variance**2)
    assert stats.kstest(x, twin.cdf).pvalue > SIGNIFICANCE


def test_normal_quantile_equals_scipys_in_the_far_tails() -> None:
    u = np.array([2.0**-53, 1e-15, 1e-13, 1.4e-11, *GRID, 1 - 2.0**-53])
    z = np.array([kernel.normal_quantile(float(v)) for v in u])
    # scipy's own error reaches 1e-15; -0.0 + 0.0 for the median.
    np.testing.assert_allclose(z, special.ndtri(u), rtol=4e-15)


@pytest.mark.parametrize("shape", [0.02, 0.1, 0.5, 0.9, 1, 1.2, 1.3, 2, 6, 20, 63, 64, 300, 1e4])
def test_gamma_quantile_equals_scipys(shape: float) -> None:
    x = np.array([kernel.gamma_quantile(float(shape), float(u)) for u in GRID])
    # Where scipy gives 0, the quantile is below the smallest float, and ours is 0 as well.
    np.testing.assert_allclose(x, stats.gamma.ppf(GRID, shape), rtol=1e-11, atol=1e-300)


# From mpmath 1.4 with 40 digits; scipy 1.17 misses the last but one by 1e-9.
@pytest.mark.parametrize(
    ("shape", "u", "expected"),
    [
        (0.02, 0.5, 5.068667656480183e-16),
        (0.02, 0.99, 0.5588857841636861),
        (0.1, 1e-12, 6.073048362407975e-121),
        (0.5, 1e-06, 7.853981633978594e-13),
        (1.1, 0.9, 2.4739530823415703),
        (2.5, 0.0001, 0.04108868791420772),
        (5.0, 0.999999999999, 39.2358478401201),
        (20.0, 1e-09, 3.4742288093537663),
        (60.0, 0.6, 61.644494254294145),
        (100.0, 1e-12, 44.886022030017614),
        (400.0, 0.999999999, 531.8430839483044),
        (1e4, 1e-12, 9312.628969854226),
        (1e6, 1e-06, 995253.7719775001),
        (1e6, 0.999999999999, 1007050.656537417),
    ],
)
def test_gamma_quantile_has_nearly_full_precision(shape: float, u: float, expected: float) -> None:
    # For small shapes x goes as (u gamma(shape + 1))**(1 / shape), which multiplies rounding.
    assert kernel.gamma_quantile(shape, u) == pytest.approx(expected, rel=4e-15 / min(shape, 1.0))


def test_terms_of_temmes_expansion() -> None:
    """Derive the table again, in rationals: NIST DLMF 8.12.7 to 8.12.12."""
    rows, columns = len(kernel.LARGE_TERMS), len(kernel.LARGE_TERMS[0])
    length = 3 * columns
    # mu = sum of m[n] eta**n, from eta (1 + mu) = mu dmu/deta.
    m = [Fraction(0), Fraction(1)]
    for n in range(2, length):
        known = sum(m[i] * (n + 1 - i) * m[n + 1 - i] for i in range(2, n))
        m.append((m[n - 1] - known) / (n + 1))
    # eta / mu = sum of r[n] eta**n.
    r = [Fraction(1)]
    for n in range(1, length - 1):
        r.append(-sum(m[i + 1] * r[n - i] for i in range(1, n + 1)))
    # c0 = 1 / mu - 1 / eta; c_k = c_(k-1)' / eta + g_k / mu, g_k such that no pole remains.
    c = r[1:]
    for k in range(rows):
        row = kernel.LARGE_TERMS[k]
        assert row == tuple(float(term) for term in c[: len(row)])
        assert kernel.LARGE_TABLE[k].tolist() == [*row, *[0.0] * (columns - len(row))]
        c = [(n + 2) * c[n + 2] - c[1] * r[n + 1] for n in range(len(c) - 2)]


@given(
    shape=st.floats(0.05, 300.0),
    u=st.floats(1e-12, 1 - 1e-12),
    more=st.floats(1e-9, 0.5),
)
@settings(max_examples=500, deadline=None, derandomize=True)
def test_more_luck_is_a_longer_stay(shape: float, u: float, more: float) -> None:
    luckier = u + more * (1 - u)
    assert kernel.gamma_quantile(shape, u) <= kernel.gamma_quantile(shape, luckier)
    mode = shape / 300.0
    for by_length in (False, True):
        assert kernel.pert_quantile(0.0, mode, 1.0, by_length, u) <= kernel.pert_quantile(
            0.0, mode, 1.0, by_length, luckier
        )


def test_a_constant_stays_what_it_is() -> None:
    u = np.array([0.001, 0.5, 0.999])
    assert variates(kernel.CONSTANT, (4.5,), u, NO_TABLE).tolist() == [4.5] * 3
    assert length_biased(kernel.CONSTANT, (math.inf,), u, NO_TABLE).tolist() == [math.inf] * 3


@pytest.mark.parametrize("value", [0.0, 0.1, 7.3])
@pytest.mark.parametrize("kind", [kernel.UNIFORM, kernel.TRIANGULAR, kernel.PERT])
def test_without_width_it_is_the_low_end(kind: int, value: float) -> None:
    u = np.array([1e-9, 0.5, 1 - 1e-9])
    assert variates(kind, (value,) * 3, u, NO_TABLE).tolist() == [value] * 3
    assert length_biased(kind, (value,) * 3, u, NO_TABLE).tolist() == [value] * 3


def test_an_unknown_kind_is_not_a_number() -> None:
    assert math.isnan(kernel.quantile(10, 1.0, 1.0, 1.0, NO_TABLE, 0.5))
    assert math.isnan(kernel.length_biased_quantile(10, 1.0, 1.0, 1.0, NO_TABLE, 0.5))


# Beyond a time --------------------------------------------------------------------------------


def beyond(
    kind: int, parameters: tuple[float, ...], past: float, u: Floats, table: Floats
) -> Floats:
    a, b, c = (*parameters, 0.0, 0.0, 0.0)[:3]
    return np.array([kernel.quantile_beyond(kind, a, b, c, table, past, float(v)) for v in u])


@each_continuous
@pytest.mark.parametrize("passed", [0.001, 0.3, 0.6, 0.9, 0.999])
def test_beyond_a_time_it_is_the_quantile_of_what_is_left(
    kind: int, parameters: tuple[float, ...], twin: Any, error: float, passed: float
) -> None:
    u = np.array([0.001, 0.1, 0.5, 0.9, 0.999])
    past = float(twin.ppf(passed))
    expected = twin.isf((1 - u) * twin.sf(past))
    assert beyond(kind, parameters, past, u, NO_TABLE) == pytest.approx(expected, rel=1e-9)


@each_continuous
def test_beyond_nothing_it_is_the_quantile(
    kind: int, parameters: tuple[float, ...], twin: Any, error: float
) -> None:
    u = GRID[5:-5]
    expected = variates(kind, parameters, u, NO_TABLE)
    assert beyond(kind, parameters, 0.0, u, NO_TABLE) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("shape", [64.0, 400.0, 1e6, 1e8])
@pytest.mark.parametrize("z", [-4.0, -1.0, 0.0, 2.0, 5.0])
def test_the_tail_of_a_large_gamma(shape: float, z: float) -> None:
    """Where x itself is rounded, the tail of shape 1e8 has a relative error of about 1e-11."""
    x = shape + z * math.sqrt(shape)
    assert kernel.gamma_beyond(shape, x) == pytest.approx(special.gammaincc(shape, x), rel=1e-9)


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (kernel.CONSTANT, (3.0,)),
        (kernel.UNIFORM, (1.0, 3.0)),
        (kernel.TRIANGULAR, (1.0, 2.0, 3.0)),
        (kernel.PERT, (1.0, 2.0, 3.0)),
        (kernel.EMPIRICAL, ()),
    ],
)
def test_where_nothing_is_longer_it_is_the_time_itself(
    kind: int, parameters: tuple[float, ...]
) -> None:
    u = np.array([1e-9, 0.5, 1 - 1e-9])
    for past in (10.0, 12.5, 1e6):
        assert beyond(kind, parameters, past, u, VALUES).tolist() == [past] * 3


@pytest.mark.parametrize("kind", [case[1] for case in CONTINUOUS])
def test_far_beyond_all_that_is_likely_a_stay_still_ends(kind: int) -> None:
    for a, b, c in ((1000.0, 1000.01, 1001.0), (0.02, 2.0, 5.0), (64.0, 64.0, 65.0)):
        if kind == kernel.LOGNORMAL and b > 10:
            continue  # no stay has a logarithm so wide
        x = beyond(kind, (a, b, c), 3e5, np.array([1e-9, 0.5, 1 - 1e-9]), NO_TABLE)
        assert np.all(np.isfinite(x) & (x >= 3e5))


def test_empirical_beyond_a_time_chooses_among_what_is_longer() -> None:
    # Of 1, 4, 0 and 10 with 0.2, 0.3, 0.4 and 0.1, only 4 and 10 are above 1: shares 3/4, 1/4.
    u = np.array([0.001, 0.749, 0.751, 0.999])
    assert beyond(kernel.EMPIRICAL, (), 1.0, u, VALUES).tolist() == [4.0, 4.0, 10.0, 10.0]


def test_hyperexponential_beyond_a_time_follows_the_mixture_that_is_left(luck: Floats) -> None:
    past = 25.0
    weights = np.diff(MEANS[0], prepend=0.0) * np.exp(-past / MEANS[1])
    weights /= weights.sum()
    x = beyond(kernel.HYPEREXPONENTIAL, (), past, luck, MEANS) - past

    def cdf(t: Floats) -> Floats:
        parts = zip(weights, MEANS[1], strict=True)
        return sum(w * stats.expon.cdf(t, scale=m) for w, m in parts)

    assert stats.kstest(x, cdf).pvalue > SIGNIFICANCE
    # So far beyond that every exp(-past / mean) is 0, the longest mean is left.
    assert np.all(beyond(kernel.HYPEREXPONENTIAL, (), 1e6, luck[:9], MEANS) - 1e6 > 0)


# Tables ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("u", "value"),
    [(0.0, 1), (0.19, 1), (0.2, 4), (0.49, 4), (0.5, 0), (0.89, 0), (0.9, 10), (0.99, 10)],
)
def test_empirical_takes_the_first_sum_above_u(u: float, value: float) -> None:
    assert kernel.quantile(kernel.EMPIRICAL, 0.0, 0.0, 0.0, VALUES, u) == value


def frequencies(x: Floats, values: Floats, shares: Floats) -> float:
    counts = [int(np.sum(x == value)) for value in values]
    assert sum(counts) == len(x)
    return float(stats.chisquare(counts, len(x) * shares).pvalue)


def test_empirical_samples_follow_the_weights(luck: Floats) -> None:
    x = variates(kernel.EMPIRICAL, (), luck, VALUES)
    shares, values = np.diff(VALUES[0], prepend=0.0), VALUES[1]
    assert frequencies(x, values, shares) > SIGNIFICANCE
    mean = shares @ values
    check_sample(x, mean, shares @ (values - mean) ** 2, shares @ (values - mean) ** 4)


def test_length_biased_empirical_weighs_by_the_value(luck: Floats) -> None:
    x = length_biased(kernel.EMPIRICAL, (), luck, VALUES)
    # Weights 0.2 x 1, 0.3 x 4, 0.4 x 0, 0.1 x 10: shares 1/12, 1/2, 0, 5/12.
    assert frequencies(x, np.array([1.0, 4.0, 10.0]), np.array([1, 6, 5]) / 12) > SIGNIFICANCE
    assert length_biased(kernel.EMPIRICAL, (), np.array([0.0833, 0.0834]), VALUES).tolist() == [
        1.0,
        4.0,
    ]


def test_length_biased_without_any_length_is_0() -> None:
    nothing = np.array([[0.5, 1.0], [0.0, 0.0]])
    u = np.array([0.1, 0.9])
    for kind in (kernel.EMPIRICAL, kernel.HYPEREXPONENTIAL):
        assert length_biased(kind, (), u, nothing).tolist() == [0.0, 0.0]


def test_hyperexponential_spends_u_first_on_the_branch() -> None:
    # u = 0.75 is half way through the second branch, 0.6 to 0.9: its median, mean 10.
    x = kernel.quantile(kernel.HYPEREXPONENTIAL, 0.0, 0.0, 0.0, MEANS, 0.75)
    assert x == pytest.approx(10 * math.log(2), rel=1e-14)
    # At the very beginning of a branch what is left would be 0, at its end 1.
    edges = np.array([0.6, 0.9, np.nextafter(0.6, 0), np.nextafter(1.0, 0)])
    at_edges = variates(kernel.HYPEREXPONENTIAL, (), edges, MEANS)
    assert np.all((at_edges > 0) & (at_edges < 40 * 37))


def test_hyperexponential_samples_follow_the_mixture(luck: Floats) -> None:
    shares, means = np.diff(MEANS[0], prepend=0.0), MEANS[1]
    x = variates(kernel.HYPEREXPONENTIAL, (), luck, MEANS)

    def cdf(t: Floats) -> Floats:
        return sum(s * stats.expon.cdf(t, scale=m) for s, m in zip(shares, means, strict=True))

    assert stats.kstest(x, cdf).pvalue > SIGNIFICANCE
    m1, m2, m3, m4 = (math.factorial(k) * shares @ means**k for k in (1, 2, 3, 4))
    fourth = m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4
    check_sample(x, m1, m2 - m1**2, fourth)


def test_length_biased_hyperexponential_samples_follow_the_mixture(luck: Floats) -> None:
    weights = np.diff(MEANS[0], prepend=0.0) * MEANS[1]
    weights /= weights.sum()
    x = length_biased(kernel.HYPEREXPONENTIAL, (), luck, MEANS)

    def cdf(t: Floats) -> Floats:
        parts = zip(weights, MEANS[1], strict=True)
        return sum(w * stats.gamma.cdf(t, 2, scale=m) for w, m in parts)

    assert stats.kstest(x, cdf).pvalue > SIGNIFICANCE


# Length-biased --------------------------------------------------------------------------------


@each_continuous
def test_length_biased_quantiles_invert_the_integral(
    kind: int, parameters: tuple[float, ...], twin: Any, error: float
) -> None:
    """The integral of x f(x) / mean up to the quantile of u is u."""
    u = np.array([1e-4, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.9999])
    x = length_biased(kind, parameters, u, NO_TABLE)
    assert np.all(np.diff(x) > 0)
    # From quantile to quantile, so that every part is short; and split at a mode, so that it is
    # smooth.
    ends = parameters if len(parameters) == 3 else (twin.support()[0],)
    bounds = sorted({*ends, *(float(v) for v in x)})
    masses = [
        integrate.quad(lambda t: t * twin.pdf(t), *part, epsabs=0.0, epsrel=1e-11)[0] / twin.mean()
        for part in pairwise(bounds)
    ]
    below = dict(zip(bounds, np.cumsum([0.0, *masses]), strict=True))
    np.testing.assert_allclose([below[v] for v in x], u, rtol=1e-9)


@each_continuous
def test_length_biased_samples_have_the_mean_of_theory(
    kind: int, parameters: tuple[float, ...], twin: Any, error: float, luck: Floats
) -> None:
    x = length_biased(kind, parameters, luck, NO_TABLE)
    first, second, third = (twin.moment(k) for k in (1, 2, 3))
    mean = second / first
    spread = third / first - mean**2
    assert x.mean() == pytest.approx(mean, abs=SCORES * (spread / len(x)) ** 0.5)


# Without the compiler -------------------------------------------------------------------------


def everything() -> Iterator[float]:
    """A few hundred numbers of all kinds, through every branch."""
    word = np.uint64
    for n in range(8):
        key = word(2**64 - 1 - n), word(n), word(2**63 + n), word(n), word(5), word(64)
        yield from (float(x) for x in kernel.philox(*key))
        yield from kernel.uniforms(*key)
    u = np.array([2.0**-53, 1e-9, 0.01, 0.07, 0.2, 0.3, 0.5, 0.6, 0.8, 0.93, 0.999, 1 - 2.0**-53])
    more = [
        (kernel.CONSTANT, (2.0,), NO_TABLE),
        (kernel.EMPIRICAL, (), VALUES),
        (kernel.HYPEREXPONENTIAL, (), MEANS),
        *((kernel.GAMMA, (shape, 1.0), NO_TABLE) for shape in (0.02, 0.9, 1.2, 30.0, 64.0, 1e5)),
    ]
    for kind, parameters, table in [(*case[1:3], NO_TABLE) for case in CONTINUOUS] + more:
        yield from variates(kind, parameters, u, table)
        yield from length_biased(kind, parameters, u, table)
        for past in (0.0, 0.5, 3.0, 70.0, 1e4):
            yield from beyond(kind, parameters, past, u, table)
    yield from (float(kernel.choose(VALUES[0], float(v))) for v in u)
    times = kernel.arrival_times(
        word(1), word(2), word(2**63), word(4), np.array([0.0, 3.0, 5.0]),
        np.array([9.0, 0.0, 50.0]), 9.0, -1,
    )  # fmt: skip
    yield from times


def test_the_uncompiled_functions_give_the_same_numbers() -> None:
    """Bit for bit; a warning (of an overflow, say) would be an error there."""
    here = [float(x).hex() for x in everything()]
    assert len(here) > 700
    output = subprocess.run(
        [sys.executable, "-W", "error", __file__],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert output.split() == here


if __name__ == "__main__":
    for number in everything():
        print(float(number).hex())
