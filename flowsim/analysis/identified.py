"""How many neighbours calibrate, whether figures are possible at all, and what they can tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from flowsim.analysis.posterior import Posterior, Table, passes

__all__ = ["apart", "calibration", "how_possible", "neighbours_that_pass", "told"]

Floats = NDArray[np.float64]
CENTRAL = (0.05, 0.95)
JUDGED = (0.05, 0.5, 0.95)
NEAREST = 50
HANGS_TOGETHER = 0.8


def calibration(table: Table, data_sets: Iterable[int], n: int) -> tuple[Floats, float]:
    """Return how the posterior calibrates itself, draws of the table being what was seen.

    Parameters
    ----------
    table : of the prior
    data_sets : the draws, none of which is its own neighbour
    n : how many neighbours

    Returns
    -------
    the share of the posterior below the truth (n_data_sets, n_parameters), and how far off its
    quantiles are: the mean pinball loss, over the range of each parameter
    """
    shares, losses = [], []
    for k in data_sets:
        posterior, truth = table.posterior(table.figures[k], n, without=k), table.parameters[k]
        shares.append(posterior.below(truth))
        above = truth - posterior.quantiles(*JUDGED)
        levels = np.array(JUDGED)[:, np.newaxis]
        loss = np.maximum(levels * above, (levels - 1.0) * above)
        losses.append(float(np.mean(loss / (table.high - table.low))))
    return np.array(shares), float(np.mean(losses))


def neighbours_that_pass(
    table: Table, data_sets: Iterable[int], tried: Iterable[int]
) -> int | None:
    """Return with how many neighbours every parameter calibrates itself and quantiles are best.

    Ranks alone cannot choose: the prior itself, for any data, has uniform ranks. The pinball loss
    of quantiles is the least for the true ones. None: none pass.
    """
    chosen, best = list(data_sets), dict[int, float]()
    for n in tried:
        shares, loss = calibration(table, chosen, n)
        if all(passes(column) for column in shares.T):
            best[n] = loss
    return min(best, key=best.__getitem__, default=None)


def how_possible(table: Table, observed: Floats, data_sets: Iterable[int]) -> float:
    """Return in which share of data sets of the prior figures lie as far out as what was observed.

    How far out is the distance to the nearest draws of the prior; a p value, at least
    1 / (n_data_sets + 1).
    """
    own = _far_out(table, observed, -1)
    others = [_far_out(table, table.figures[k], k) for k in data_sets]
    return (1 + sum(other >= own for other in others)) / (1 + len(others))


def _far_out(table: Table, figures: Floats, without: int) -> float:
    away = table.scaled - figures / table.scale
    distance = np.einsum("ij,ij->i", away, away)
    if without >= 0:
        distance[without] = np.inf
    at = min(NEAREST, len(distance) - 2)
    return float(np.partition(distance, at)[at])


def told(table: Table, posterior: Posterior) -> Floats:
    """Return the width of the posterior over that of the prior, for each parameter.

    1: the figures tell nothing of it; near 0: they tell it. Widths are those of the central 90 %.
    """
    low, high = posterior.quantiles(*CENTRAL)
    before = np.quantile(table.parameters, CENTRAL, axis=0)
    return np.asarray((high - low) / (before[1] - before[0]), dtype=np.float64)


def apart(posterior: Posterior) -> Iterator[tuple[int, int, float]]:
    """Return pairs of parameters that cannot be told apart, with their correlation."""
    values = posterior.values - posterior.weights @ posterior.values
    covariance = (values * posterior.weights[:, np.newaxis]).T @ values
    spread = np.sqrt(np.diag(covariance))
    for i, j in combinations(range(len(spread)), 2):
        size = spread[i] * spread[j]
        correlation = float(covariance[i, j] / size) if size > 0 else 0.0
        if abs(correlation) >= HANGS_TOGETHER:
            yield i, j, correlation
