"""Whether two programs give the same figures, statistically.

Each figure's means over replications are compared by Welch's t. For one figure the limit is three
standard errors of the difference. A table of many figures is judged by the limit at which it has
the same chance of a false alarm as one figure has at three (Šidák 1967); else about one table in
four would fail by luck alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

ONE_FIGURE = 3.0  # standard errors
ROUNDING = 1e-9  # relative; a figure that luck does not move is the same to this
Figures = dict[str, float]


@dataclass(frozen=True)
class Comparison:
    """One figure of two programs.

    Parameters
    ----------
    workload, figure : what is compared
    program, baseline : names
    mean, baseline_mean : over replications
    z : difference in standard errors, as a standard normal variate
    """

    workload: str
    figure: str
    program: str
    baseline: str
    mean: float
    baseline_mean: float
    z: float


def compare(
    workload: str, found: Mapping[str, Sequence[Figures]], baseline: str
) -> list[Comparison]:
    """Compare each program's figures with those of one of them.

    Parameters
    ----------
    workload : its name
    found : figures of each replication, by program
    baseline : the program with which the others are compared
    """
    expected = found[baseline]
    rows = []
    for program, given in found.items():
        if program == baseline:
            continue
        for figure in shared_figures(given[0], expected[0]):
            ours = [one[figure] for one in given]
            theirs = [one[figure] for one in expected]
            means = fmean(ours), fmean(theirs)
            z = welch(ours, theirs)
            rows.append(Comparison(workload, figure, program, baseline, *means, z))
    return rows


def shared_figures(ours: Figures, theirs: Figures) -> list[str]:
    """Return the figures that both have; only counts of events may be missing."""
    missing = (set(ours) ^ set(theirs)) - {"events"}
    if missing:
        raise ValueError(f"figures that only one program gives: {', '.join(sorted(missing))}")
    return [figure for figure in theirs if figure in ours]


def welch(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the difference of two means in standard errors, as a standard normal variate.

    References
    ----------
    Welch, B. L. (1947). The generalization of Student's problem. Biometrika 34.
    Wallace, D. L. (1959). Bounds on normal approximations to Student's and the chi-square
    distributions. Annals of Mathematical Statistics 30.
    """
    difference = fmean(ours) - fmean(theirs)
    if abs(difference) <= ROUNDING * max(abs(fmean(ours)), abs(fmean(theirs))):
        return 0.0
    parts = [stdev(values) ** 2 / len(values) for values in (ours, theirs)]
    variance = sum(parts)
    if variance == 0.0:
        return math.copysign(math.inf, difference)
    below = sum(
        part**2 / (len(values) - 1) for part, values in zip(parts, (ours, theirs), strict=True)
    )
    return as_normal(difference / math.sqrt(variance), variance**2 / below)


def as_normal(t: float, freedom: float) -> float:
    """Return the standard normal variate that is as rare as Student's t (Wallace 1959)."""
    z = math.sqrt(freedom * math.log1p(t * t / freedom))
    return math.copysign(z * (8.0 * freedom + 1.0) / (8.0 * freedom + 3.0), t)


def limit(n_figures: int) -> float:
    """Return the limit for |z| at which so many figures have one figure's false alarms."""
    normal = NormalDist()
    inside = 1.0 - 2.0 * normal.cdf(-ONE_FIGURE)
    return normal.inv_cdf(0.5 + inside ** (1.0 / n_figures) / 2.0)


def disagreements(rows: Sequence[Comparison]) -> list[Comparison]:
    """Return the figures that differ by more than luck explains."""
    return [row for row in rows if abs(row.z) > limit(len(rows))] if rows else []
