"""Times to an event of which some are seen only in part: survival and competing risks.

Who still waits when a period ends has waited at least so long. Leaving these people out makes waits
look shorter than they are; counting their wait so far as if it were over does too. Here they are
*censored*: they count as waiting for as long as they were seen, and no longer.

- `kaplan_meier` takes everything but a start as censored: how long the wait would be if nobody left
  the list, and if those who leave would have waited like the others. Kaplan, E. L. & Meier, P.,
  "Nonparametric estimation from incomplete observations", Journal of the American Statistical
  Association 53 (1958) 457-481.
- `aalen_johansen` takes the ways off the list as competing: the share that really has started, or
  withdrawn, within a time. Aalen, O. O. & Johansen, S., "An empirical transition matrix for
  non-homogeneous Markov chains based on censored observations", Scandinavian Journal of Statistics
  5 (1978) 141-150.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from flowsim.analysis.visits import Reconstruction
from flowsim.engine import kernel as compiled
from flowsim.engine.eventlog import WITHDREW as WITHDREW_EVENT

Floats = NDArray[np.float64]
Int64s = NDArray[np.int64]
CENSORED, STARTED, WITHDREW, OTHER = range(4)
HALF = 0.5 + 1e-12  # with the rounding of a product


@dataclass(frozen=True, eq=False, slots=True)
class SurvivalCurve:
    """A Kaplan-Meier curve; it falls at each of its times and is 1 before the first.

    Parameters
    ----------
    time : times at which somebody started, increasing (n_times,)
    n_at_risk, n_started : on the list just before, and starting then
    waiting : share not yet started at and after that time
    variance : Greenwood's, of `waiting`; NaN where nobody is left
    lower, upper : pointwise 95 % limits of `waiting`, by its log(-log); NaN where nobody is left
    """

    time: Floats
    n_at_risk: Int64s
    n_started: Int64s
    waiting: Floats
    variance: Floats
    lower: Floats
    upper: Floats

    @property
    def median(self) -> float:
        """First time at which half or less are waiting; NaN if there is none."""
        reached = np.flatnonzero(self.waiting <= HALF)
        return float(self.time[reached[0]]) if len(reached) else float("nan")

    def at(self, times: ArrayLike) -> Floats:
        """Return the share still waiting at some times."""
        return _steps(self.time, self.waiting, 1.0, times)


@dataclass(frozen=True, eq=False, slots=True)
class IncidenceCurves:
    """Aalen-Johansen curves, one for each cause; each is 0 before the first time.

    Parameters
    ----------
    time : times of events, increasing (n_times,)
    causes : the kinds of events (n_causes,)
    incidence : share with that event by then (n_times, n_causes)
    waiting : share without any; with those of `incidence` it makes 1 (n_times,)
    """

    time: Floats
    causes: Int64s
    incidence: Floats
    waiting: Floats

    def at(self, cause: int, times: ArrayLike) -> Floats:
        """Return the share with an event of a cause by some times; 0 if it never happened."""
        column = np.flatnonzero(self.causes == cause)
        if not len(column):
            return np.zeros(np.shape(times))
        return _steps(self.time, self.incidence[:, column[0]], 0.0, times)


@dataclass(frozen=True, eq=False, slots=True)
class Followed:
    """People followed from joining a list.

    Parameters
    ----------
    time : how long each was seen on it [days] (n,)
    cause : what ended it: CENSORED (nothing yet), STARTED, WITHDREW or OTHER (n,)
    """

    time: Floats
    cause: Int64s


def kaplan_meier(
    durations: ArrayLike, started: ArrayLike, entered: ArrayLike | None = None
) -> SurvivalCurve:
    """Estimate the share still waiting by time, from times of which some are censored.

    Parameters
    ----------
    durations : how long each was seen (n,)
    started : whether it then started; else it is censored, and at risk until then (n,)
    entered : from which duration on each was seen; whoever had started before would not be here.
        Left out: from the beginning (n,)

    Raises
    ------
    ValueError
        If a duration is negative or missing, or the lengths differ.

    Examples
    --------
    >>> curve = kaplan_meier([1, 2, 2, 4], [True, True, False, True])
    >>> curve.time.tolist(), curve.waiting.tolist(), curve.median
    ([1.0, 2.0, 4.0], [0.75, 0.5, 0.0], 2.0)
    >>> kaplan_meier([1, 4, 4], [True, True, False], [0, 0, 2]).waiting.tolist()
    [0.5, 0.25]
    """
    seen, event = _checked(durations, started)
    time, n_started = np.unique(seen[event != 0], return_counts=True)
    n_at_risk = _at_risk(seen, time)
    if entered is not None:
        late = np.asarray(entered, np.float64)
        if late.shape != seen.shape or not (late <= seen).all():
            raise ValueError("who entered must be one for each duration, and not after it")
        n_at_risk = n_at_risk - _at_risk(late, time)
    waiting = np.cumprod(1.0 - n_started / n_at_risk, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.cumsum(n_started / (n_at_risk * (n_at_risk - n_started)))
        variance = waiting**2 * spread
        exponent = special.ndtri(0.975) * np.sqrt(spread) / np.log(waiting)
        lower, upper = waiting ** np.exp(-exponent), waiting ** np.exp(exponent)
    for values in (variance, lower, upper):
        values[waiting == 0.0] = np.nan
    return SurvivalCurve(time, n_at_risk, n_started, waiting, variance, lower, upper)


def aalen_johansen(durations: ArrayLike, causes: ArrayLike) -> IncidenceCurves:
    """Estimate the share with each kind of event by time, from times of which some are censored.

    Parameters
    ----------
    durations : how long each was seen (n,)
    causes : whole numbers: what then happened, 0: nothing, it is censored (n,)

    Raises
    ------
    ValueError
        If a duration is negative or missing, or the lengths differ.

    Examples
    --------
    >>> curves = aalen_johansen([1, 2, 2, 4], [1, 2, 0, 1])
    >>> curves.incidence.tolist(), curves.waiting.tolist()
    ([[0.25, 0.0], [0.25, 0.25], [0.75, 0.25]], [0.75, 0.5, 0.0])
    """
    seen, cause = _checked(durations, causes)
    kinds = np.unique(cause[cause != 0])
    time, place = np.unique(seen[cause != 0], return_inverse=True)
    count = np.zeros((len(time), len(kinds)))
    np.add.at(count, (place, np.searchsorted(kinds, cause[cause != 0])), 1.0)
    n_at_risk = _at_risk(seen, time)
    waiting = np.cumprod(1.0 - count.sum(axis=1) / n_at_risk)
    before = np.concatenate([[1.0], waiting])[: len(time)]
    incidence = np.cumsum((before / n_at_risk)[:, None] * count, axis=0)
    return IncidenceCurves(time, kinds, incidence, waiting)


def joined_within(found: Reconstruction, step: int, start: float, end: float) -> Followed:
    """Those who joined the list of a step in [start, end), followed to `end`.

    They are the ones that `<step>.joined` counts: nobody who was there from the start of the run.

    Parameters
    ----------
    found : of one log
    step : its position in the plan
    start, end : of a period [days]
    """
    at, visit = found.at[: found.n_visits], found.visit[: found.n_visits]
    joined_at = at[:, compiled.JOINED_AT]
    chosen = (visit[:, compiled.VISIT_STEP] == step) & (visit[:, compiled.VISIT_INITIAL] == 0)
    chosen &= (joined_at >= start) & (joined_at < end)
    at, visit = at[chosen], visit[chosen]
    starts = ~np.isnan(at[:, compiled.STARTED_AT])
    until = np.where(starts, at[:, compiled.STARTED_AT], at[:, compiled.LEFT_AT])
    withdrew = visit[:, compiled.VISIT_END] == WITHDREW_EVENT
    cause = np.where(starts, STARTED, np.where(withdrew, WITHDREW, OTHER))
    is_over = until < end  # not so for NaN: still on the list
    cause[~is_over] = CENSORED
    return Followed(np.where(is_over, until, end) - at[:, compiled.JOINED_AT], cause)


def _checked(durations: ArrayLike, causes: ArrayLike) -> tuple[Floats, Int64s]:
    seen, cause = np.asarray(durations, np.float64), np.asarray(causes).astype(np.int64)
    if seen.ndim != 1 or seen.shape != cause.shape:
        raise ValueError(f"durations {seen.shape} and endings {cause.shape} must be of one length")
    if not (seen >= 0.0).all():
        raise ValueError("durations must be 0 or more, and none missing")
    return seen, cause


def _at_risk(seen: Floats, time: Floats) -> Int64s:
    """How many are seen at least as long as each time."""
    return len(seen) - np.searchsorted(np.sort(seen), time, side="left")


def _steps(time: Floats, level: Floats, before: float, at: ArrayLike) -> Floats:
    """Return a step function that is `before`, then each level from its time on."""
    place = np.searchsorted(time, np.asarray(at, np.float64), side="right")
    return np.concatenate([[before], level])[place]
