"""Whether a stochastic option keeps a limit: looked at now and then, wrong with a stated chance.

Replications are added in stages, and after each stage a limit is declared kept or broken if a
confidence bound leaves no doubt; otherwise it stays open. The chance of a wrong declaration is
divided among the looks in proportion to the replications (Bonferroni; half of it is spent on the
last look, where most is known), so that looking several times costs no confidence. Means have
Student's t, ratios of means the jackknife, and a limit on the share of replications has the exact
binomial bound.

References
----------
Clopper, C. J. and Pearson, E. S. (1934), The use of confidence or fiducial limits illustrated in
    the case of the binomial, Biometrika 26, 404-413.
Lan, K. K. G. and DeMets, D. L. (1983), Discrete sequential boundaries for clinical trials,
    Biometrika 70, 659-663 (error spent in proportion to the information).
Jennison, C. and Turnbull, B. W. (2000), Group Sequential Methods with Applications to Clinical
    Trials, chapter 9 (repeated confidence intervals).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import ceil, inf, nan

import numpy as np
from scipy import special

from flowsim.analysis.comparison import Sample, own_interval


class Verdict(Enum):
    """What is declared: of a limit kept, broken or open, of an option the same."""

    KEPT = "kept"
    BROKEN = "broken"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure that shall be at least, or at most, something.

    Parameters
    ----------
    threshold : in the figure's unit
    at_least : whether it is a lower limit
    share : in how large a share of the replications it shall be kept, above 0 and below 1; without
        it the limit is on the mean over replications
    """

    threshold: float
    at_least: bool
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A limit of one option, as far as it is known.

    Parameters
    ----------
    value : the mean, or the share of replications that keep the limit
    lower, upper : bounds, each wrong with the chance spent on one look
    verdict : what is declared
    """

    value: float
    lower: float
    upper: float
    verdict: Verdict


def looks(first: int, most: int) -> list[int]:
    """Return after how many replications the limits are looked at: each time twice as many.

    Examples
    --------
    >>> looks(50, 500), looks(50, 20)
    ([63, 125, 250, 500], [20])
    """
    found = [most]
    while ceil(found[0] / 2) >= first:
        found.insert(0, ceil(found[0] / 2))
    return found


def judge(limit: Limit, sample: Sample, error: float) -> Judgement:
    """Look at a limit once.

    Parameters
    ----------
    limit : what shall be kept
    sample : the figure, replication by replication; a missing value (NaN: it is of nobody) is left
        out; an infinite one (a quantile that is not reached) is more than any limit, and so is the
        mean of values of which one is infinite
    error : greatest chance of a wrong declaration at this look, if means are normal

    Examples
    --------
    >>> waits = Sample(np.array([9.0, 11.0, 10.0, 10.5, 9.5, 10.2, 9.8, 10.0]))
    >>> judge(Limit(12.0, at_least=False), waits, 0.01).verdict.value
    'kept'
    >>> judge(Limit(10.1, at_least=False), waits, 0.01).verdict.value
    'open'
    >>> judge(Limit(12.0, at_least=False, share=0.9), waits, 0.01).verdict.value
    'open'
    """
    if limit.share is not None:
        kept = keeps(limit, sample)[sample.known()]
        lower, upper = binomial_bounds(int(kept.sum()), len(kept), error)
        is_kept, is_broken = lower >= limit.share, upper < limit.share
        value = float(kept.mean()) if len(kept) else nan
    elif np.isinf(sample.values).any():
        value = lower = upper = inf
        is_kept, is_broken = limit.at_least, not limit.at_least
    else:
        found = own_interval(sample, 1 - 2 * error)
        value, lower, upper = float(found.mean), float(found.lower), float(found.upper)
        at, kept_from = (lower, upper), limit.threshold
        is_kept = at[0] >= kept_from if limit.at_least else at[1] <= kept_from
        is_broken = at[1] < kept_from if limit.at_least else at[0] > kept_from
    verdict = Verdict.KEPT if is_kept else Verdict.BROKEN if is_broken else Verdict.OPEN
    return Judgement(value, lower, upper, verdict)


def keeps(limit: Limit, sample: Sample) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return which replications keep a limit, (n_replications,); a missing value does not."""
    if limit.at_least:
        return np.asarray(sample.values >= limit.threshold)
    return np.asarray(sample.values <= limit.threshold)


def binomial_bounds(n_kept: int, n: int, error: float) -> tuple[float, float]:
    """Return exact bounds of a share, each wrong with a chance of at most `error`.

    Examples
    --------
    >>> low, high = binomial_bounds(10, 10, 0.025)
    >>> round(low, 4), high
    (0.6915, 1.0)
    """
    if n == 0:
        return nan, nan
    lower = float(special.betaincinv(n_kept, n - n_kept + 1, error)) if n_kept > 0 else 0.0
    upper = float(special.betaincinv(n_kept + 1, n - n_kept, 1 - error)) if n_kept < n else 1.0
    return lower, upper


def together(verdicts: list[Verdict]) -> Verdict:
    """Return what the limits of an option say together: one that is broken is enough.

    Examples
    --------
    >>> together([Verdict.KEPT, Verdict.OPEN]).value, together([]).value
    ('open', 'kept')
    """
    if Verdict.BROKEN in verdicts:
        return Verdict.BROKEN
    return Verdict.OPEN if Verdict.OPEN in verdicts else Verdict.KEPT
