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
from flowsim.analysis.statistics import prediction_interval, within
from flowsim.engine.plan import Plan
from flowsim.language import N_
from flowsim.letters import shown
from flowsim.report import differences
from flowsim.report.input_words import input_words, value_words
from flowsim.report.numbers import MISSING, NO_BREAK_SPACE, span
from flowsim.report.sections.paper import HowRun, ScenarioPaper
from flowsim.report.words import Estimate, Scale, Value, in_language, scale_of
from flowsim.scenario.known import better
from flowsim.scenario.positions import key_parts
from flowsim.scenario.schema import Scenario
from flowsim.study.comparison.figures import chosen_figures
from flowsim.study.comparison.folder import comparison_hash
from flowsim.study.comparison.results import Comparison

__all__ = ["ComparedFigure", "ComparisonPaper"]

WITHIN_TARGET = {  # with the target in its words
    ".wait.within_target": N_("{step}: started within {target}"),
    ".joined.within_target": N_("{step}: started within {target}, of all who joined"),
}


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
    def base_in_words(self) -> str:
        """What the base is called within a sentence."""
        is_start = self.base == self._("Starting point")
        return self._("the starting point") if is_start else self.base

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

    def figure(self, name: str, a_year: bool = False) -> ComparedFigure:
        """Return a figure of all options, perhaps a year."""
        return ComparedFigure(self, name, a_year)

    def label_of(self, kpi: str, option: str) -> str:
        """Return what a figure is called as an option defines it: within how long, or by whom."""
        for ending, text in WITHIN_TARGET.items():
            if kpi.endswith(ending):
                step = kpi.removesuffix(ending)
                target = self.comparison.scenarios[option].steps[step].target_wait or 0.0
                told = {"step": self.label(step, "steps"), "target": self.time(target)}
                return self._(text).format(**told)
        if self.comparison.unlike.get((kpi, option)) != "definition":
            return self.kpi(kpi)
        text = self._("{figure} (as {option} defines it)")
        return text.format(figure=self.kpi(kpi), option=option)

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

    def years_of(self, option: str) -> float:
        """Return how many years the compared period has in an option."""
        return kpis.names(self.plans[option]).years(self.comparison.period)


@dataclass(frozen=True, eq=False)
class ComparedFigure:
    """A figure of all options, as it is written in a table or a sentence.

    Its values, differences and intervals have one unit and one number of decimals, and a difference
    is that of the values as they are written.

    Parameters
    ----------
    paper : that tells it
    name : of the figure
    a_year : whether it is told a year
    """

    paper: ComparisonPaper
    name: str
    a_year: bool = False

    @property
    def label(self) -> str:
        """What it is called."""
        return self.label_of(self.paper.base)

    def label_of(self, option: str) -> str:
        """Return what it is called as an option defines it."""
        label = self.paper.label_of(self.name, option)
        return self.paper._("{figure}, a year").format(figure=label) if self.a_year else label

    @property
    def unit(self) -> str:
        """The unit in which it is worked out."""
        return self.paper.figures[self.name].unit

    @property
    def direction(self) -> int:
        """1 if higher is better, -1 if lower is, 0 if neither."""
        return better(self.name, self.paper.scenario)

    @cached_property
    def alike(self) -> tuple[str, ...]:
        """The options that mean the same by it as the base, the base first."""
        return tuple(one for one in self.paper.options if self.reason(one) != "definition")

    def reason(self, option: str) -> str:
        """Return why an option's is not to be compared with the base's; empty where it is."""
        return self.paper.comparison.unlike.get((self.name, option), "")

    @cached_property
    def scale(self) -> Scale:
        """How the line is told: in the unit of the largest figure of any option."""
        means = [abs(self.own(option).mean) for option in self.paper.options]
        largest = max((mean for mean in means if not isnan(mean)), default=0.0)
        return scale_of(self.name, self.unit, self.paper.language, largest)

    @cached_property
    def decimals(self) -> int:
        """With how many decimals the line is written."""
        found = [self.exact(other) for other in self.paper.others]
        means = [self.own(option).mean for option in self.paper.options]
        return differences.line_decimals(found, means, self.scale)

    def own(self, option: str) -> Estimate:
        """Return the figure of an option, with where one more course of events lies."""
        mean, lower, upper = self.paper.comparison.own(self.name, option)
        sample = self.paper.comparison.samples[option][self.name]
        edges = prediction_interval(sample.values[:, np.newaxis])
        low, high = (float(edge[0]) for edge in within(sample.limits, *edges))
        one = self.paper.estimate(self.name, self.unit, mean, lower, upper)
        years = self.paper.years_of(option) if self.a_year else 1.0
        return replace(one, low=low, high=high) / years

    def difference(self, option: str) -> Difference:
        """Return how an option differs from the base; the mean is that of the values as written."""
        found = self.exact(option)
        if isnan(found.mean) or found.mean == 0:
            return found
        apart = self._rounded(option) - self._rounded(self.paper.base)
        if found.is_constant:
            return replace(found, mean=apart, lower=apart, upper=apart)
        return replace(found, mean=apart)

    def exact(self, option: str) -> Difference:
        """Return how an option differs from the base, not rounded."""
        one = self.paper.difference(self.name, option)
        by = self.paper.years_of(self.paper.base) if self.a_year else 1.0
        names = ("mean", "std_error", "lower", "upper")
        return replace(one, **{name: getattr(one, name) / by for name in names})

    def reads_as_nothing(self, option: str) -> bool:
        """Whether an option's figure is written as 0."""
        return self._rounded(option) == 0

    def _rounded(self, option: str) -> float:
        size = self.scale.size
        return round(self.own(option).mean / size, self.decimals) * size

    # In words ---------------------------------------------------------------------------------

    def mean_words(self, option: str) -> Value:
        """Write the mean of an option."""
        one = self.own(option)
        return Value(self.scale.with_unit(self._written(one.mean)), self.unit, one.mean)

    def _written(self, value: float) -> str:
        return self.scale.written(value, self.paper.language, self.decimals)

    def cell(self, option: str) -> Value:
        """Write the mean of an option, with its interval in small print."""
        one = self.own(option)
        text = str(self.mean_words(option))
        ends = [self._written(end) for end in (one.lower, one.upper)]
        if not (MISSING in ends or ends[0] == ends[1]):
            text += f"\n{span(ends[0].removesuffix('%').rstrip(NO_BREAK_SPACE), ends[1])}"
        return Value(text, one.unit, *one.cell.numbers)

    def sentence(self, option: str) -> Value:
        """Describe what may be said of the difference."""
        found, paper = self.difference(option), self.paper
        text = self.reason_words(option) or differences.sentence(
            found, self.scale, paper.language, self.decimals
        )
        return Value(text, self.unit, found.mean, found.lower, found.upper)

    def reason_words(self, option: str) -> str:
        """State why there is no difference; empty where there is one."""
        _ = self.paper._
        texts = {
            "": "",
            "definition": _("not compared: defined otherwise"),
            "length": _("not compared: the periods are not equally long"),
        }
        return texts[self.reason(option)]

    def difference_cell(self, option: str) -> Value:
        """Write the difference of an option, its interval, and whether it is clear."""
        found, paper = self.difference(option), self.paper
        if reason := self.reason_words(option):
            return Value(f"{MISSING}\n{reason}", self.unit, found.mean, found.lower, found.upper)
        return differences.difference_cell(
            found, self.scale, paper.language, self.unit, self.decimals
        )

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
        unknown=comparison.unknown and comparison.unknown.renamed(names),
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
                told = paper._("Starting point")
        elif is_named_by_settings(name, scenario):
            told = ", ".join(
                f"{input_words(key_parts(key), paper)} = {value_words(value, paper)}"
                for key, value in scenario.overrides.items()
            )
        free = told not in found.values()
        found[name] = shown(told) if free else f"{shown(told)} ({len(found) + 1})"
    return found


def is_named_by_settings(name: str, scenario: Scenario) -> bool:
    """Whether a variant's name is what was set, as where `--set` made it."""
    keys = [part.partition("=")[0].strip() for part in name.split(", ") if "=" in part]
    return bool(keys) and set(keys) == set(scenario.overrides)
