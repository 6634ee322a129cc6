"""What the sections of an experiment's paper are written from: its points, figures and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import isnan

from flowsim.analysis.kpi_names import Kpi
from flowsim.language import catalogue
from flowsim.letters import shown
from flowsim.report.differences import sentence
from flowsim.report.sections.paper import HowRun, ScenarioPaper
from flowsim.report.words import Estimate, Scale, Value, scale_of
from flowsim.study.experiment.loading import told_in
from flowsim.study.experiment.points import MISSING, choice, spoken
from flowsim.study.experiment.results import ExperimentResults, PointFigure
from flowsim.study.experiment.schema import Factor

__all__ = ["ExperimentPaper"]


class ExperimentPaper(ScenarioPaper):
    """An experiment, told in a language; inputs are those of its base with what all points share.

    Parameters
    ----------
    results : what to tell
    language : `sv` or `en`; default: as the experiment says
    versions : what it was run with, by name
    """

    def __init__(
        self,
        results: ExperimentResults,
        language: str | None = None,
        versions: Mapping[str, str] | None = None,
    ) -> None:
        told = told_in(results.experiment, language or results.experiment.language)
        self.results = with_base_named(replace(results, experiment=told))
        self.experiment = self.results.experiment
        how = HowRun(self.experiment.seed, results.replications, results.engine, results.wall_time)
        super().__init__(self.experiment.plan, self.experiment.language, versions or {}, how)
        self.hash = results.hashes[0][:8]  # the first point's stands for all

    @property
    def title(self) -> str:
        """What the experiment is called."""
        return shown(self.experiment.title)

    @property
    def design(self) -> str:
        """How its points were chosen."""
        return self.experiment.file.experiment.design

    @property
    def base(self) -> str | None:
        """What the base point is called; None where there is nothing to compare with."""
        at = self.experiment.base_point
        alone = len(self.experiment.points) == 1
        return None if at is None or alone else self.point(at)

    @property
    def base_in_tables(self) -> str:
        """What the base point is called where a column says what each point is."""
        at = self.experiment.base_point
        if self.design == "list" or at is None:
            return self.base or ""
        return self._("point {number}").format(number=self.number(at))

    @property
    def has_costs(self) -> bool:
        """Whether the experiment asks for a cost."""
        return any(kpi.name.startswith("cost.") for kpi in self.experiment.kpis)

    def facts(self) -> str:
        """Describe how much was run, with which seed, and which period is told."""
        text = self._(
            "{points} points, {replications} replications of each with common random numbers, "
            "seed {seed}; {period}"
        )
        return text.format(
            points=self.number(len(self.experiment.points)),
            replications=self.number(self.results.replications),
            seed=self.experiment.seed,
            period=self.of_period(self.experiment.period),
        )

    # Points -----------------------------------------------------------------------------------

    def point(self, number: int) -> str:
        """Return what a point is called."""
        return shown(self.experiment.points[number].label)

    def factor(self, factor: Factor) -> str:
        """Return what is varied."""
        return shown(factor.label or factor.name)

    def level(self, factor: Factor, level: object) -> str:
        """Write a value of what is varied."""
        return shown(spoken(choice(factor, level), factor, self.language))

    def level_of(self, factor: Factor, level: object) -> str:
        """Write a value of what is varied at a point, or that the scenario decides."""
        return self._("as in the scenario") if level is MISSING else self.level(factor, level)

    def figures(self, kpi: Kpi) -> list[PointFigure]:
        """Return a figure of all points, in their order."""
        return [one for one in self.results.figures if one.kpi.name == kpi.name]

    def known(self, kpi: Kpi) -> list[PointFigure]:
        """Return a figure of the points that have it."""
        return [one for one in self.figures(kpi) if not isnan(one.mean)]

    # Figures ----------------------------------------------------------------------------------

    def scale(self, kpi: Kpi) -> Scale:
        """Choose how differences are told, the same at all points."""
        means = [abs(one.mean) for one in self.known(kpi)]
        return scale_of(kpi.name, kpi.unit, self.language, max(means, default=0.0))

    def of_point(self, one: PointFigure) -> Estimate:
        """Return a figure of a point as it is told."""
        return self.estimate(one.kpi.name, one.kpi.unit, one.mean, one.lower, one.upper)

    def difference(self, one: PointFigure, base: str | None = None) -> Value | str:
        """Describe how a point differs from the base point, whatever this one is called there."""
        if (apart := one.difference) is None:
            return self._("what the others are compared with")
        text = sentence(apart, self.scale(one.kpi), self.language)
        return Value(text, one.kpi.unit, apart.mean, apart.lower, apart.upper)


def with_base_named(results: ExperimentResults) -> ExperimentResults:
    """Return an experiment whose base point has a name, where all in it is as in the scenario."""
    if all(point.label for point in results.experiment.points):
        return results
    name = catalogue(results.experiment.language).gettext("the starting point")
    points = tuple(
        point if point.label else replace(point, label=name) for point in results.experiment.points
    )
    return replace(results, experiment=replace(results.experiment, points=points))
