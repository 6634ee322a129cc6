"""The fully sequential comparison of options in pairs: KN.

Two options are compared replication by replication, until one has fallen so far behind that it is
given up. How far is enough follows from the variance of their differences in a first stage, so that
common random numbers, which make that variance small, make the comparison short. The one better by
at least the indifference zone is given up with a chance of at most `error`, if means are normal.

References
----------
Kim, S.-H. and Nelson, B. L. (2001), A fully sequential procedure for indifference-zone selection
    in simulation, ACM Transactions on Modeling and Computer Simulation 11, 251-273.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flowsim.analysis.comparison import ROUNDING, Sample
from flowsim.errors import ResultsError
from flowsim.language import _

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the comparison of two options ended.

    Parameters
    ----------
    after : replications of each
    loser : 0 or 1, the one given up; -1 where both are exactly alike
    """

    after: int
    loser: int


def boundary_factor(n_first: int, error: float) -> float:
    """Return h^2 of KN (with c = 1): 2 eta (n_first - 1).

    Parameters
    ----------
    n_first : replications of the first stage, >= 2
    error : chance of giving up the better one of two, above 0 and below 1/2

    Examples
    --------
    >>> round(boundary_factor(10, 0.05), 3)
    6.013
    """
    eta = ((2 * error) ** (-2 / (n_first - 1)) - 1) / 2
    return float(2 * eta * (n_first - 1))


def compared(
    first: Sample, second: Sample, *, n_first: int, indifference: float, error: float
) -> Outcome | None:
    """Compare two options; the smaller one is the better.

    Parameters
    ----------
    first, second : the same figure with the same luck, replication by replication, none missing
    n_first : replications of the first stage, from which the variance is taken
    indifference : the smallest difference that matters, in the figure's unit; 0 only for figures
        that do not vary
    error : see `boundary_factor`

    Returns
    -------
    None while more replications are needed

    Examples
    --------
    >>> luck = np.random.default_rng(1).normal(size=200)
    >>> compared(Sample(luck), Sample(luck + 1), n_first=20, indifference=0.5, error=0.05)
    Outcome(after=20, loser=1)
    """
    n = min(len(first.values), len(second.values))
    if n < n_first:
        return None
    variance = first_stage_variance(first, second, n_first)
    if variance == 0:  # rare luck makes the difference, if anything does
        variance = first_stage_variance(first, second, n)
    lead = running(second, n_first, n) - running(first, n_first, n)  # > 0: the first is better
    if variance == 0:
        size = max(abs(float(running(first, n, n)[0])), 1e-300)
        is_alike = abs(lead[-1]) <= ROUNDING * size
        return Outcome(n_first, -1 if is_alike else int(lead[-1] > 0))
    if indifference <= 0:
        raise ResultsError(_("indifference: needed for a figure that varies between replications"))
    r = np.arange(n_first, n + 1)
    last = boundary_factor(n_first, error) * variance / indifference**2
    width = np.maximum(indifference * (last - r) / (2 * r), 0.0)
    ends = np.flatnonzero(np.abs(lead) > width)
    if len(ends) == 0:
        return None
    return Outcome(n_first + int(ends[0]), int(lead[ends[0]] > 0))


def first_stage_variance(first: Sample, second: Sample, n_first: int) -> float:
    """Return the variance of the paired differences; of ratios that of their pseudo-values."""
    chosen = np.zeros(len(first.values), dtype=np.bool_)
    chosen[:n_first] = True
    _, ours = first.taken_at(chosen)
    _, theirs = second.taken_at(chosen[: len(second.values)])
    difference = theirs - ours
    if np.ptp(difference) <= ROUNDING * max(np.abs(ours).max(), np.abs(theirs).max()):
        return 0.0  # not the rounding of sums
    return float(difference.var(ddof=1))


def running(sample: Sample, n_first: int, n: int) -> Floats:
    """Return the estimate after n_first, ..., n replications, (n - n_first + 1,)."""
    if sample.above is None or sample.below is None:
        above, below = sample.values[:n].cumsum(), np.arange(1.0, n + 1)
    else:
        above, below = sample.above[:n].cumsum(), sample.below[:n].cumsum()
    found: Floats = above[n_first - 1 :] / below[n_first - 1 :]
    return found
