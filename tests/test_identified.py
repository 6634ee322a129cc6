"""What counts can tell of hidden parameters, and what they cannot."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from flowsim.analysis.identified import (
    apart,
    calibration,
    how_possible,
    neighbours_that_pass,
    told,
)
from flowsim.analysis.posterior import Table, passes, root

Floats = NDArray[np.float64]
N = 20_000
LOW, HIGH = np.array([20.0, 0.1, 1.0]), np.array([80.0, 0.9, 5.0])


def counts(seed: int, *, together: bool) -> Table:
    """A rate, a share, and a parameter that no count depends on.

    together : only what rate and share give together is counted, else both ways out are
    """
    random = np.random.default_rng(seed)
    drawn = random.uniform(LOW, HIGH, (N, 3))
    means = [drawn[:, 0] * drawn[:, 1]]
    if not together:
        means.append(drawn[:, 0] * (1 - drawn[:, 1]))
    figures = random.poisson(10 * np.column_stack(means)).astype(np.float64)
    return Table(drawn, LOW, HIGH, root(figures))


def test_neighbours_that_calibrate_are_chosen_by_how_near_their_quantiles_are() -> None:
    """All draws as neighbours are a straight line through a curve; their ranks may still pass."""
    table = counts(9, together=False)
    n = neighbours_that_pass(table, range(300), (1_000, N - 2))
    assert n == 1_000
    shares, _loss = calibration(table, range(300, 800), n)
    assert all(passes(column) for column in shares.T)


def test_what_no_count_depends_on_is_as_wide_as_before() -> None:
    table = counts(10, together=False)
    posterior = table.posterior(root(np.array([300.0, 200.0])), 1_000)
    rate, share, unseen = told(table, posterior)
    # a 5 % quantile of a uniform, from so many draws: its error over the width of 0.9, twice
    error = np.sqrt(2 * 0.05 * 0.95 / posterior.size) / 0.9
    assert abs(unseen - 1) < 4 * error
    # known: the sum is Poisson(10 rate); the share is nearly normal with p (1 - p) / 500
    assert rate == pytest.approx(2 * 1.645 * np.sqrt(500) / 10 / (0.9 * 60), rel=0.2)
    assert share == pytest.approx(2 * 1.645 * np.sqrt(0.24 / 500) / (0.9 * 0.8), rel=0.2)
    assert list(apart(posterior)) == []


def test_what_cannot_be_told_apart_is_named() -> None:
    table = counts(11, together=True)
    pairs = list(apart(table.posterior(root(np.array([250.0])), 500)))
    assert [(i, j) for i, j, _ in pairs] == [(0, 1)]
    assert pairs[0][2] < -0.8


def test_figures_that_no_parameters_give_are_impossible() -> None:
    table = counts(12, together=False)
    possible = how_possible(table, root(np.array([300.0, 200.0])), range(999))
    impossible = how_possible(table, root(np.array([1_500.0, 1_500.0])), range(999))
    assert possible > 0.05
    assert impossible == 0.001


def test_figures_of_the_model_are_as_possible_as_chance_says() -> None:
    table = counts(13, together=False)
    p = np.array([how_possible(table, table.figures[k], range(300)) for k in range(N - 40, N)])
    share = float(np.mean(p <= 0.2))
    assert abs(share - 0.2) < 4 * np.sqrt(0.2 * 0.8 * (1 / 40 + 1 / 300))
