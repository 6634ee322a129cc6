"""What the sections of a paper are written from: a run's figures, and the words of a language."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flowsim.report.board.units import WEEK, Unit, unit_of
from flowsim.report.catalogues import catalogue
from flowsim.report.kpi_words import kpi_words, name_words
from flowsim.report.numbers import MISSING, number, percent, span
from flowsim.report.terminal import shown
from flowsim.scenario.provenance import Input, inputs_of
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


class Paper:
    """A run, told in a language.

    Parameters
    ----------
    results : the run
    language : `sv` or `en`; as the scenario says if left out
    versions : what it was run with, by name
    """

    def __init__(self, results: Results, language: str, versions: Mapping[str, str]) -> None:
        self.results = told_in(results, language)
        self.scenario = self.results.scenario
        self.language = language
        self.versions = dict(versions)
        self.catalogue = catalogue(language)
        self._ = self.catalogue.gettext
        self.ngettext = self.catalogue.ngettext

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

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """What the scenario was given, with provenance."""
        return inputs_of(self.scenario)

    @cached_property
    def n_years(self) -> float:
        """Calendar years in the window; a part counts as its share of the year's days."""
        whole = {str(year.year): year.days for year in self.results.plan.years}
        return sum(part.days / whole[part.name] for part in self.results.table.periods[1:])

    @property
    def outcome(self) -> str | None:
        """The outcome that stands for success: the last that is not `completed`."""
        names = list(self.scenario.outcomes)
        return next((name for name in reversed(names) if name != "completed"), None) or (
            names[0] if names else None
        )

    # Words ------------------------------------------------------------------------------------

    def label(self, name: str, section: str = "") -> str:
        """Return the label of a named part of the scenario, beginning with a capital."""
        text = shown(name_words(name, self.scenario, section))
        return text[:1].upper() + text[1:]

    def kpi(self, name: str) -> str:
        """Return what a figure is called."""
        return shown(kpi_words(name, self.scenario))

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number as the language does."""
        return number(value, self.language, decimals)

    def percent(self, share: float, decimals: int = 0) -> str:
        """Write a share as a percentage."""
        return percent(share, self.language, decimals)

    def unit(self, kpi: str, unit: str) -> Unit:
        """Return how a figure is written."""
        return unit_of(kpi, unit, self.scenario.scenario.currency, self._)

    def value(self, kpi: str, amount: float, unit: str) -> str:
        """Write an amount of a figure with its unit."""
        if math.isnan(amount):
            return MISSING
        how = self.unit(kpi, unit)
        return how.with_word(self.number(amount / how.size, how.decimals(amount)), self.language)

    def time(self, days: float) -> str:
        """Write a time that somebody decided: in weeks, without a decimal where it has none."""
        weeks = days / WEEK
        whole = abs(weeks - round(weeks)) < 1e-9
        text = self.number(weeks, 0 if whole else 1)
        return self.unit("wait", "days").with_word(text, self.language)

    def between(self, kpi: str, low: float, high: float, unit: str) -> str:
        """Write an interval of a figure, without its unit's word; nothing counted is below 0."""
        if math.isnan(low) or math.isnan(high):
            return MISSING
        how = self.unit(kpi, unit)
        decimals = how.decimals(high)
        first, last = (self.number(x / how.size, decimals) for x in (low, high))
        text = first if first == last else span(first, last)
        return how.with_word(text, self.language) if unit == "share" else text


def told_in(results: Results, language: str) -> Results:
    """Return a run as if its scenario asked for another language; its hash stays the same."""
    scenario = results.scenario
    if scenario.scenario.language == language:
        return results
    heading = scenario.scenario.model_copy(update={"language": language})
    other = scenario.model_copy(update={"scenario": heading})
    return replace(results, plan=replace(results.plan, scenario=other))
