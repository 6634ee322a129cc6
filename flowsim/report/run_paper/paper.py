"""What the sections of a run's paper are written from: its figures, and the words for them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flowsim.report.document.scenario_paper import HowRun, ScenarioPaper
from flowsim.report.document.wording import in_language
from flowsim.study.results import Results

__all__ = ["Estimate", "Paper"]


class Estimate(NamedTuple):
    """A figure over replications.

    Parameters
    ----------
    mean : of all replications
    lower, upper : 95 % interval of the mean
    low, high : 95 % interval of one more replication
    n : replications that have it
    unit : days, count, share, places, fte or the currency
    """

    mean: float
    lower: float
    upper: float
    low: float
    high: float
    n: int
    unit: str


class Paper(ScenarioPaper):
    """A run, told in a language.

    Parameters
    ----------
    results : the run
    language : `sv` or `en`; as the scenario says if left out
    versions : what it was run with, by name
    """

    def __init__(self, results: Results, language: str, versions: Mapping[str, str]) -> None:
        how = HowRun(results.seed, results.replications, results.engine, results.wall_time)
        super().__init__(results.plan, language, versions, how)
        self.results = told_in(results, language)

    # Figures ----------------------------------------------------------------------------------

    @cached_property
    def _estimates(self) -> dict[tuple[str, str], Estimate]:
        columns = ["period", "kpi", "mean", "lower", "upper", "prediction_lower"]
        columns += ["prediction_upper", "n", "unit"]
        table = self.results.summary(period=None)[columns]
        found = {}
        for period, kpi, mean, lower, upper, low, high, n, unit in table.itertuples(index=False):
            one = Estimate(mean, lower, upper, low, high, int(n), str(unit))
            found[str(period), str(kpi)] = one
        return found

    def has(self, kpi: str) -> bool:
        """Whether the scenario has a figure of this name, and any replication a value of it."""
        found = self._estimates.get(("run", kpi))
        return found is not None and not math.isnan(found.mean)

    def estimate(self, kpi: str, period: str = "run") -> Estimate:
        """Return a figure of the run, or of a calendar year."""
        return self._estimates[period, kpi]

    def monthly(self, kpi: str) -> NDArray[np.float64]:
        """Return a monthly figure (n_replications, n_months)."""
        values = self.results.series_values[:, 1:, 0, self.results.month_table.position[kpi]]
        return np.asarray(values, dtype=np.float64)

    @property
    def has_costs(self) -> bool:
        """Whether anything cost something."""
        return self.has("cost.total") and self.estimate("cost.total").mean > 0


def told_in(results: Results, language: str) -> Results:
    """Return a run as if its scenario asked for another language; its hash stays the same."""
    if results.scenario.scenario.language == language:
        return results
    other = in_language(results.scenario, language)
    return replace(results, plan=replace(results.plan, scenario=other))
