"""Regression-adjusted posteriors against those that are known, and their own calibration."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from flowsim.analysis.posterior import Posterior, Table, passes, rejection, root

Floats = NDArray[np.float64]
N, NEAR = 20_000, 1_000
DATA_SETS = 1_000


def gaussian(random: np.random.Generator, spread: float) -> Table:
    """A parameter that is uniform on (-5, 5), and a figure with normal error."""
    theta = random.uniform(-5, 5, (N, 1))
    figures = theta + random.normal(0, spread, (N, 1))
    return Table(theta, np.array([-5.0]), np.array([5.0]), figures)


def counts(random: np.random.Generator, n: int = N) -> Table:
    """A rate and a share, both uniform, and two counts that they give together."""
    low, high = np.array([20.0, 0.1]), np.array([80.0, 0.9])
    drawn = random.uniform(low, high, (n, 2))
    figures = random.poisson(
        np.column_stack([drawn[:, 0] * drawn[:, 1], drawn[:, 0] * (1 - drawn[:, 1])])
    )
    return Table(drawn, low, high, root(figures.astype(np.float64)))


@pytest.mark.parametrize("observed", [-2.0, 0.0, 3.0])
def test_a_normal_posterior_is_found(observed: float) -> None:
    """A flat prior and a normal error: the posterior is that normal, cut at the prior's ends."""
    found = gaussian(np.random.default_rng(4), 0.5).posterior(np.array([observed]), NEAR)
    known = stats.truncnorm((-5 - observed) / 0.5, (5 - observed) / 0.5, observed, 0.5)
    mean = float(found.weights @ found.values[:, 0])
    assert abs(mean - known.mean()) < 4 * known.std() / np.sqrt(found.size)
    for level in (0.1, 0.5, 0.9):
        at = np.array([known.ppf(level)])
        error = np.sqrt(level * (1 - level) / found.size)  # of a share of so many draws
        assert abs(found.below(at)[0] - level) < 4 * error


@pytest.mark.parametrize("observed", [30, 45, 60])
def test_a_gamma_posterior_is_found(observed: int) -> None:
    """A flat prior and a Poisson count: the posterior is a gamma, cut at the prior's ends."""
    random = np.random.default_rng(5)
    rate = random.uniform(10, 100, (N, 1))
    table = Table(rate, np.array([10.0]), np.array([100.0]), root(random.poisson(rate) * 1.0))
    found = table.posterior(root(np.array([float(observed)])), NEAR)
    gamma = stats.gamma(observed + 1)
    inside = gamma.cdf(100) - gamma.cdf(10)
    for level in (0.1, 0.5, 0.9):
        at = np.array([gamma.ppf(gamma.cdf(10) + level * inside)])
        error = np.sqrt(level * (1 - level) / found.size)
        assert abs(found.below(at)[0] - level) < 4 * error


def shares_below(
    table: Table, posterior: Callable[[Floats, int], Posterior], n: int = DATA_SETS
) -> Floats:
    """Simulation-based calibration: draws of the table itself are what was observed."""
    return np.array([posterior(table.figures[k], k).below(table.parameters[k]) for k in range(n)])


def test_it_calibrates_itself_and_rejection_and_narrowing_do_not() -> None:
    table = counts(np.random.default_rng(6))
    adjusted = shares_below(table, lambda figures, k: table.posterior(figures, NEAR, without=k))
    assert [passes(column) for column in adjusted.T] == [True, True]

    plain = shares_below(table, lambda figures, k: rejection(table, figures, 4 * NEAR, without=k))
    assert not all(passes(column) for column in plain.T)

    def narrowed(figures: Floats, k: int) -> Posterior:
        found = table.posterior(figures, NEAR, without=k)
        middle = found.quantiles(0.5)
        return Posterior(middle + 0.75 * (found.values - middle), found.weights)

    too_sure = shares_below(table, narrowed)
    assert [passes(column) for column in too_sure.T] == [False, False]


def test_the_band_holds_everywhere_at_once_as_often_as_it_says() -> None:
    random, n = np.random.default_rng(7), 4_000
    inside = sum(passes(random.random(200), 0.9) for _ in range(n)) / n
    # the level rests on 4,000 draws as well, so two errors add
    assert abs(inside - 0.9) < 4 * np.sqrt(2 * 0.9 * 0.1 / n)


def test_draws_of_equal_weight_have_the_weights() -> None:
    some = Posterior(np.array([[1.0], [2.0], [3.0]]), np.array([0.2, 0.5, 0.3]))
    drawn = some.drawn(10, 0.5)[:, 0].tolist()
    assert [drawn.count(value) for value in (1.0, 2.0, 3.0)] == [2, 5, 3]
    assert some.size == pytest.approx(1 / 0.38)


def test_a_figure_that_never_varies_changes_nothing() -> None:
    table = counts(np.random.default_rng(8), 4_000)
    more = Table(
        table.parameters, table.low, table.high, np.column_stack([table.figures, np.ones(4_000)])
    )
    one = table.posterior(table.figures[0], 400)
    other = more.posterior(more.figures[0], 400)
    np.testing.assert_allclose(one.values, other.values, rtol=1e-6)
