"""Whether a waiting list grows: the end of a run held against what was before, run by run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from flowsim.report.run_paper.paper import Paper

__all__ = ["Trend", "trend_of"]

YEAR, QUARTER = 12, 3
LEAST_CHANGE = 0.5  # people: below, a change is none that anybody would notice
Span = tuple[int, int]


@dataclass(frozen=True)
class Trend:
    """The mean length of a waiting list in two spans of months.

    Parameters
    ----------
    way : "grows" or "shrinks", where the 95 % interval of the paired difference leaves out 0 and
        the change is at least half a person; else "stays"
    first, last : first and last month of each span, such as ("2018-10", "2018-12")
    before, after : people waiting on average
    """

    way: str
    first: tuple[str, str]
    last: tuple[str, str]
    before: float
    after: float


def trend_of(step: str, paper: Paper) -> Trend | None:
    """Compare the last three months with the same a year before; in a short run its two ends.

    None with fewer than two replications or three months, and where hardly anybody waited.
    """
    months = [period.name for period in paper.results.month_table.periods[1:]]
    spans = spans_of(len(months))
    if spans is None or paper.results.replications < 2:
        return None
    values = paper.monthly(f"{step}.waiting.mean")
    earlier, later = (values[:, begin:end].mean(axis=1) for begin, end in spans)
    names = [(months[begin], months[end - 1]) for begin, end in spans]
    before, after = float(earlier.mean()), float(later.mean())
    if max(before, after) < LEAST_CHANGE:
        return None
    return Trend(_way(later - earlier), names[0], names[1], before, after)


def spans_of(n_months: int) -> tuple[Span, Span] | None:
    """Return the months that are compared, [begin, end): alike in season where a year has passed.

    Examples
    --------
    >>> spans_of(36), spans_of(12), spans_of(2)
    (((21, 24), (33, 36)), ((4, 8), (8, 12)), None)
    """
    if n_months >= YEAR + QUARTER:
        last = n_months - QUARTER
        return (last - YEAR, n_months - YEAR), (last, n_months)
    third = n_months // 3
    return (
        ((n_months - 2 * third, n_months - third), (n_months - third, n_months)) if third else None
    )


def _way(change: NDArray[np.float64]) -> str:
    """Say which way a list goes, from the change in each replication."""
    mean, n = change.mean(), len(change)
    half = special.stdtrit(n - 1, 0.975) * change.std(ddof=1) / np.sqrt(n)
    if abs(mean) < LEAST_CHANGE or abs(mean) <= half:
        return "stays"
    return "grows" if mean > 0 else "shrinks"
