"""What the sections of a comparison's paper are written from: options, figures, differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import isnan

import numpy as np

from flowsim.analysis import kpis
from flowsim.analysis.comparison import Difference
from flowsim.analysis.kpi_names import Kpi
from flowsim.analysis.statistics import prediction_interval
from flowsim.engine.plan import Plan
from flowsim.letters import shown
from flowsim.report import differences
from flowsim.report.input_words import input_words, value_words
from flowsim.report.sections.paper import HowRun, ScenarioPaper
from flowsim.report.words import Estimate, Scale, Value, in_language, scale_of
from flowsim.scenario.known import better
from flowsim.scenario.positions import key_parts
from flowsim.scenario.schema import Scenario
from flowsim.study.comparison.figures import chosen_figures
from flowsim.study.comparison.folder import comparison_hash
from flowsim.study.comparison.results import Comparison

__all__ = ["ComparedFigure", "ComparisonPaper"]


class ComparisonPaper(ScenarioPaper):
    """A base and its variants, told in a language; inputs and words are those of the base.

    Parameters
    ----------
    comparison : what to tell
    language : `sv` or `en`; default: as the base says
    versions : what it was run with, by name
    """

    def __init__(
        self,
        comparison: Comparison,
        language: str | None = None,
        versions: Mapping[str, str] | None = None,
    ) -> None:
        time = comparison.wall_time
        wall_time = 0.0 if isnan(time) else time
        how = HowRun(comparison.seed, comparison.replications, comparison.engine, wall_time)
        told_in = language or comparison.scenarios[comparison.base].scenario.language
        super().__init__(comparison.plans[comparison.base], told_in, versions or {}, how)
        self.hash = comparison_hash(comparison.scenarios, comparison.seed, comparison.engine)
        self.as_run = comparison
        self.comparison = renamed(comparison, option_names(comparison, self), told_in)

    @property
    def base(self) -> str:
        """What the base is called."""
        return self.comparison.base

    @property
    def others(self) -> tuple[str, ...]:
        """What the variants are called."""
        return self.comparison.others

    @property
    def options(self) -> tuple[str, ...]:
        """What all options are called, the base first."""
        return tuple(self.comparison.scenarios)

    @cached_property
    def plans(self) -> dict[str, Plan]:
        """The plan of each option."""
        return dict(zip(self.options, self.as_run.plans.values(), strict=True))

    @cached_property
    def figures(self) -> dict[str, Kpi]:
        """The figures compared, by name."""
        return {kpi.name: kpi for kpi in self.comparison.kpis}

    def figure(self, name: str, label: str = "", divisor: float = 1.0) -> ComparedFigure:
        """Return a figure of all options."""
        return ComparedFigure(self, label or self.kpi(name), name, divisor)

    def has(self, kpi: str) -> bool:
        """Whether a figure was compared, and any option has it."""
        if kpi not in self.figures:
            return False
        return not all(isnan(self.mean(kpi, option)) for option in self.options)

    def mean(self, kpi: str, option: str) -> float:
        """Return a figure of an option."""
        return self.comparison.own(kpi, option)[0]

    def difference(self, kpi: str, option: str) -> Difference:
        """Return how an option differs from the base."""
        return self.comparison.differences[kpi, option]

    def largest_change(self, kpi: str) -> float:
        """Return the size of the largest difference of any option; -1 where there is none."""
        sizes = [abs(self.difference(kpi, other).mean) for other in self.others]
        return max((size for size in sizes if not isnan(size)), default=-1.0)

    @property
    def has_costs(self) -> bool:
        """Whether costs were compared, and anything cost something."""
        costs = [kpi for kpi in self.figures if kpi.startswith("cost.") and self.has(kpi)]
        return any(self.mean(kpi, option) > 0 for kpi in costs for option in self.options)

    @cached_property
    def usual_figures(self) -> list[str]:
        """The figures that are compared where nobody names any."""
        names = {name: kpis.names(plan) for name, plan in self.as_run.plans.items()}
        return [kpi.name for kpi in chosen_figures(names, self.as_run.scenarios, None)]

    @cached_property
    def period_years(self) -> float:
        """How many years the compared period has."""
        if self.comparison.period == "run":
            return self.n_years
        days = {str(year.year): year.days for year in self.plan.years}
        parts = {part.name: part.days for part in kpis.names(self.plan).periods}
        return parts[self.comparison.period] / days[self.comparison.period]


@dataclass(frozen=True, eq=False)
class ComparedFigure:
    """A figure of all options, as it is written in a table or a sentence.

    Parameters
    ----------
    paper : that tells it
    label : what it is called
    name : of the figure
    divisor : of what is told a year; else 1
    """

    paper: ComparisonPaper
    label: str
    name: str
    divisor: float = 1.0

    @property
    def unit(self) -> str:
        """The unit in which it is worked out."""
        return self.paper.figures[self.name].unit

    @property
    def direction(self) -> int:
        """1 if higher is better, -1 if lower is, 0 if neither."""
        return better(self.name, self.paper.scenario)

    @cached_property
    def scale(self) -> Scale:
        """How differences are told: in the unit of the largest figure of any option."""
        means = [abs(self.own(option).mean) for option in self.paper.options]
        largest = max((mean for mean in means if not isnan(mean)), default=0.0)
        return scale_of(self.name, self.unit, self.paper.language, largest)

    def own(self, option: str) -> Estimate:
        """Return the figure of an option, with where one more course of events lies."""
        mean, lower, upper = self.paper.comparison.own(self.name, option)
        values = self.paper.comparison.samples[option][self.name].values
        low, high = (float(edge[0]) for edge in prediction_interval(values[:, np.newaxis]))
        one = self.paper.estimate(self.name, self.unit, mean, lower, upper)
        return replace(one, low=low, high=high) / self.divisor

    def difference(self, option: str) -> Difference:
        """Return how an option differs from the base."""
        one, by = self.paper.difference(self.name, option), self.divisor
        names = ("mean", "std_error", "lower", "upper")
        return replace(one, **{name: getattr(one, name) / by for name in names})

    # In words ---------------------------------------------------------------------------------

    def mean_words(self, option: str) -> Value:
        """Write the mean of an option."""
        return self.own(option).value

    def cell(self, option: str) -> Value:
        """Write the mean of an option, with its interval in small print."""
        one = self.own(option)
        if isnan(one.mean) or isnan(one.lower) or one.lower == one.upper:
            return one.value
        return Value(f"{one.value}\n{one.interval}", one.unit, *one.cell.numbers)

    def sentence(self, option: str) -> Value:
        """Say what may be said of the difference."""
        found, paper = self.difference(option), self.paper
        text = differences.sentence(found, self.scale, paper.base, paper.language)
        return Value(text, self.unit, found.mean, found.lower, found.upper)

    def difference_cell(self, option: str) -> Value:
        """Write the difference of an option, its interval, and whether it is clear."""
        found = self.difference(option)
        return differences.difference_cell(found, self.scale, self.paper.language, self.unit)

    def chance(self, option: str) -> Value:
        """Write the chance that an option is better than the base."""
        return differences.chance(self.difference(option), self.paper.language)

    def gain(self, option: str) -> Value:
        """Write how many times the variance of the difference fell by pairing."""
        return differences.gain(self.difference(option), self.paper.language)


def renamed(comparison: Comparison, names: Mapping[str, str], language: str) -> Comparison:
    """Return a comparison whose options have other names, told in a language."""
    waiting = comparison.waiting
    if waiting is not None:
        waiting = waiting.assign(scenario=waiting["scenario"].map(dict(names)))
    return replace(
        comparison,
        scenarios={
            names[name]: in_language(one, language) for name, one in comparison.scenarios.items()
        },
        samples={names[name]: samples for name, samples in comparison.samples.items()},
        waiting=waiting,
    )


def option_names(comparison: Comparison, paper: ScenarioPaper) -> dict[str, str]:
    """Name the options as a board reads them, none twice.

    What is called by its settings is told in words; the base of variants of one file is told as
    what they start from.
    """
    found: dict[str, str] = {}
    base = comparison.scenarios[comparison.base]
    for name, scenario in comparison.scenarios.items():
        told = shown(name)
        if name == comparison.base:
            if all(one.text == base.text for one in comparison.scenarios.values()):
                told = paper._("Starting point ({name})").format(name=told)
        elif is_named_by_settings(name, scenario):
            told = ", ".join(
                f"{input_words(key_parts(key), paper)} {value_words(value, paper)}"
                for key, value in scenario.overrides.items()
            )
        free = told not in found.values()
        found[name] = shown(told) if free else f"{shown(told)} ({len(found) + 1})"
    return found


def is_named_by_settings(name: str, scenario: Scenario) -> bool:
    """Whether a variant's name is what was set, as where `--set` made it."""
    keys = [part.partition("=")[0].strip() for part in name.split(", ") if "=" in part]
    return bool(keys) and set(keys) == set(scenario.overrides)
