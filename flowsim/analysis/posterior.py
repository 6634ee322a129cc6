"""What observed figures tell of the parameters of a model that can only be simulated.

A table of draws from the prior, each with the figures that the model gave, becomes draws of the
posterior: the neighbours of what was observed, weighted by Epanechnikov's kernel, each moved along
the local-linear regression of parameters on figures, with the spread that figures go with.

References
----------
Beaumont, Zhang and Balding 2002, Genetics 162:2025. Blum and Francois 2010, Statistics and
Computing 20:63. Saeilynoja, Buerkner and Vehtari 2022, Statistics and Computing 32:32. Talts et al.
2018, arXiv:1804.06788.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

__all__ = [
    "Posterior",
    "Table",
    "band",
    "passes",
    "rejection",
    "root",
]

Floats = NDArray[np.float64]
EDGE = 1e-9  # how near to its end a parameter is taken, as a share of its range
NORMAL_MAD = 1.482602218505602  # of the standard deviation of a normal
BAND_DRAWS = 4000
LEVEL = 0.99


def root(counts: Floats) -> Floats:
    """Return Anscombe's root of counts, whose variance hardly depends on their size.

    Examples
    --------
    >>> root(np.array([0.0, 1.0])).round(4).tolist()
    [1.2247, 2.3452]
    """
    return np.asarray(2.0 * np.sqrt(counts + 0.375), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Posterior:
    """Weighted draws of parameters.

    Parameters
    ----------
    values : of each draw (n, n_parameters)
    weights : of each draw (n,), which sum to 1
    """

    values: Floats
    weights: Floats

    @property
    def size(self) -> float:
        """How many draws of equal weight they are worth."""
        return float(1.0 / np.sum(self.weights**2))

    def below(self, point: Floats) -> Floats:
        """Return the share of the posterior below a point, for each parameter; ties by half."""
        less = (self.values < point).astype(np.float64) + 0.5 * (self.values == point)
        return np.asarray(self.weights @ less, dtype=np.float64)

    def quantiles(self, *levels: float) -> Floats:
        """Return quantiles of each parameter (n_levels, n_parameters)."""
        columns = []
        for column in self.values.T:
            order = np.argsort(column, kind="stable")
            up_to = np.cumsum(self.weights[order]) - 0.5 * self.weights[order]
            columns.append(np.interp(levels, up_to, column[order]))
        return np.array(columns).T

    def drawn(self, n: int, u: float) -> Floats:
        """Return draws of equal weight, systematically from u in [0, 1) on (n, n_parameters)."""
        up_to = np.cumsum(self.weights)
        at = np.searchsorted(up_to / up_to[-1], (np.arange(n) + u) / n, side="right")
        return self.values[np.minimum(at, len(self.values) - 1)]


@dataclass(frozen=True, eq=False)
class Table:
    """Draws of the prior with the figures that the model gave.

    Parameters
    ----------
    parameters : of each draw (n, n_parameters)
    low, high : the range of each parameter (n_parameters,)
    figures : of each draw, on a scale where their spread is even (n, n_figures)
    """

    parameters: Floats
    low: Floats
    high: Floats
    figures: Floats

    @cached_property
    def scale(self) -> Floats:
        """The spread of each figure: the median absolute deviation, 1 where it hardly varies."""
        middle = np.median(self.figures, axis=0)
        mad = NORMAL_MAD * np.median(np.abs(self.figures - middle), axis=0)
        deviation = np.std(self.figures, axis=0)
        scale = np.where(mad > 0, mad, deviation)
        return np.asarray(np.where(scale > 0, scale, 1.0), dtype=np.float64)

    @cached_property
    def scaled(self) -> Floats:
        """The figures in units of their spread."""
        return np.ascontiguousarray(self.figures / self.scale)

    @cached_property
    def logits(self) -> Floats:
        """The parameters on the logit of their range, where every value is possible."""
        share = (self.parameters - self.low) / (self.high - self.low)
        return np.asarray(special.logit(np.clip(share, EDGE, 1.0 - EDGE)), dtype=np.float64)

    def posterior(self, observed: Floats, n: int, without: int = -1) -> Posterior:
        """Return the posterior of what was observed, adjusted by regression.

        Parameters
        ----------
        observed : on the scale of the figures (n_figures,)
        n : how many neighbours
        without : a draw that is none of its own neighbours
        """
        near, weights = self.neighbours(observed, n, without)
        away = self.scaled[near] - observed / self.scale
        moved = _moved(self.logits[near], away, weights)
        share = special.expit(moved)
        return Posterior(self.low + (self.high - self.low) * share, weights)

    def neighbours(
        self, observed: Floats, n: int, without: int = -1
    ) -> tuple[NDArray[np.intp], Floats]:
        """Return the draws nearest to what was observed, and their weights."""
        away = self.scaled - observed / self.scale
        distance = np.einsum("ij,ij->i", away, away)
        if without >= 0:
            distance[without] = np.inf
        near = np.argpartition(distance, n)[: n + 1]
        widest = float(np.max(distance[near]))
        near = near[distance[near] < widest] if widest > 0 else near
        if not len(near):  # all of them equally far
            near = np.flatnonzero(distance == widest)
        weights = 1.0 - distance[near] / widest if widest > 0 else np.ones(len(near))
        weights = np.where(np.sum(weights) > 0, weights, 1.0)
        return near, weights / np.sum(weights)


def rejection(table: Table, observed: Floats, n: int, without: int = -1) -> Posterior:
    """Return the neighbours of what was observed as they are: plain rejection, for comparison."""
    near, _weights = table.neighbours(observed, n, without)
    return Posterior(table.parameters[near], np.full(len(near), 1.0 / len(near)))


def _moved(parameters: Floats, away: Floats, weights: Floats) -> Floats:
    """Return parameters moved to where figures are what was observed, with the spread there."""
    by = np.sqrt(weights)[:, np.newaxis]
    design = np.column_stack([np.ones(len(away)), away])
    means, *_ = np.linalg.lstsq(by * design, by * parameters, rcond=None)
    left = parameters - design @ means
    floor = np.maximum(1e-12 * np.var(parameters, axis=0), np.finfo(float).tiny)
    logs = np.log(np.maximum(left**2, floor))
    spreads, *_ = np.linalg.lstsq(by * design, by * logs, rcond=None)
    ratio = np.exp(-0.5 * (away @ spreads[1:]))
    return np.asarray(means[0] + left * ratio, dtype=np.float64)


@lru_cache(maxsize=8)
def band(n: int, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Return between what the ECDF of n uniforms lies everywhere at once.

    The pointwise level is found by simulation, so that the chance of leaving the band anywhere is
    1 - level.

    Returns
    -------
    lower and upper limits at 1/n, 2/n ... (n - 1)/n
    """
    points = np.arange(1, n) / n
    random = np.random.Generator(np.random.Philox(key=n))
    widest = np.array([_rarest(random.random(n), points) for _ in range(BAND_DRAWS)])
    chance = float(np.quantile(widest, 1.0 - level))
    lower = stats.binom.ppf(chance / 2, n, points)
    upper = stats.binom.ppf(1.0 - chance / 2, n, points)
    return lower / n, upper / n


def _rarest(uniforms: Floats, points: Floats) -> float:
    """Return how rare the rarest value of an ECDF is at its point, counted on both sides."""
    n = len(uniforms)
    counts = np.searchsorted(np.sort(uniforms), points, side="right")
    below = special.bdtr(counts, n, points)
    above = 1.0 - np.where(counts > 0, special.bdtr(counts - 1.0, n, points), 0.0)
    return float(2.0 * np.min(np.minimum(below, above)))


def passes(shares: Floats, level: float = LEVEL) -> bool:
    """Whether shares below the truth are uniform: their ECDF lies inside the band everywhere.

    Parameters
    ----------
    shares : of the posterior below the true value, of each data set (n,)
    level : of the band, which holds everywhere at once
    """
    n = len(shares)
    lower, upper = band(n, level)
    points = np.arange(1, n) / n
    ecdf = np.searchsorted(np.sort(shares), points, side="right") / n
    return bool(np.all((lower <= ecdf) & (ecdf <= upper)))
