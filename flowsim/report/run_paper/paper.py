"""What the sections of a run's paper are written from: its figures, and the words for them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from flowsim.report.sections.paper import HowRun, ScenarioPaper
from flowsim.report.words import Estimate, in_language
from flowsim.scenario.figures import Figure
from flowsim.scenario.known import figures_of, names_of
from flowsim.study.results import Results

__all__ = ["RunPaper"]


class RunPaper(ScenarioPaper):
    """A run, told in a language.

    Parameters
    ----------
    results : the run
    language : `sv` or `en`; default: as the scenario says
    versions : what it was run with, by name
    """

    def __init__(
        self,
        results: Results,
        language: str | None = None,
        versions: Mapping[str, str] | None = None,
    ) -> None:
        how = HowRun(results.seed, results.replications, results.engine, results.wall_time)
        told_in_language = language or results.scenario.scenario.language
        super().__init__(results.plan, told_in_language, versions or {}, how)
        self.results = told_in(results, told_in_language)
        self.hash = results.hash

    @cached_property
    def _estimates(self) -> dict[tuple[str, str], Estimate]:
        columns = ["period", "kpi", "unit", "mean", "lower", "upper", "prediction_lower"]
        table = self.results.summary(period=None)[[*columns, "prediction_upper", "n"]]
        found = {}
        for period, kpi, unit, mean, lower, upper, low, high, n in table.itertuples(index=False):
            about = str(kpi), str(unit), self.language
            found[str(period), str(kpi)] = Estimate(*about, mean, lower, upper, low, high, int(n))
        for (period, kpi), least in self._least(found).items():
            found[period, kpi] = replace(found[period, kpi], is_least=least)
        for (period, kpi), limits in self._not_known(found):
            found[period, kpi] = replace(found[period, kpi], unknown=limits)
        return found

    def _not_known(
        self, found: Mapping[tuple[str, str], Estimate]
    ) -> Iterator[tuple[tuple[str, str], tuple[float, float]]]:
        """Return between what means may lie for all that is known of the inputs."""
        unknown = self.results.unknown
        for period, kpi in found if unknown is not None else ():
            if period == "run" and unknown is not None:
                span = unknown.figure(kpi, period).span
                if span is not None:
                    yield (period, kpi), (span.lower, span.upper)

    def _least(self, found: Mapping[tuple[str, str], Estimate]) -> dict[tuple[str, str], bool]:
        """Return the means that are the least they can be: those of people some are still open."""
        figures = figures_of(names_of(self.scenario))
        still_open = {
            kpi: figure.still_open.replace(f"<{figure.of}>", of)
            for kpi, figure, of in figures
            if figure.still_open
        }
        return {
            (period, kpi): found[period, still_open[kpi]].mean > 0
            for period, kpi in found
            if kpi in still_open
        }

    def has(self, kpi: str) -> bool:
        """Whether the scenario has a figure of this name, and any replication a value of it."""
        found = self._estimates.get(("run", kpi))
        return found is not None and not math.isnan(found.mean)

    def figure(self, kpi: str, period: str = "run") -> Estimate:
        """Return a figure of the run, or of a calendar year."""
        return self._estimates[period, kpi]

    def figures_in(self, table: str) -> Iterator[tuple[str, Figure, str]]:
        """Return the figures that stand in a table of boards: name, what is known of it, whose."""
        for kpi, figure, of in figures_of(names_of(self.scenario)):
            if table in figure.tables and kpi in self.results.table.position:
                yield kpi, figure, of

    @cached_property
    def _monthly(self) -> NDArray[np.float64]:
        return self.results.series_values

    def monthly(self, kpi: str) -> NDArray[np.float64]:
        """Return a monthly figure (n_replications, n_months)."""
        at = self.results.month_table.position[kpi]
        values: NDArray[np.float64] = self._monthly[:, 1:, 0, at]
        return values

    @property
    def has_costs(self) -> bool:
        """Whether anything cost something."""
        return self.has("cost.total") and self.figure("cost.total").mean > 0


def told_in(results: Results, language: str) -> Results:
    """Return a run as if its scenario asked for another language; its hash stays the same."""
    if results.scenario.scenario.language == language:
        return results
    other = in_language(results.scenario, language)
    return replace(results, plan=replace(results.plan, scenario=other))
