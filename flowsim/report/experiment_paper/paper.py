"""What the sections of an experiment's paper are written from: its points, figures and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import isnan

from flowsim.analysis.kpi_names import Kpi
from flowsim.letters import shown
from flowsim.report.catalogues import catalogue
from flowsim.report.document.scenario_paper import HowRun, ScenarioPaper
from flowsim.report.experiment import ExperimentText
from flowsim.study.experiment.loading import told_in
from flowsim.study.experiment.results import ExperimentResults, PointFigure

__all__ = ["ExperimentPaper"]


class ExperimentPaper(ScenarioPaper):
    """An experiment, told in a language; inputs are those of its base with what all points share.

    Parameters
    ----------
    results : what to tell
    language : `sv` or `en`
    versions : what it was run with, by name
    """

    def __init__(
        self, results: ExperimentResults, language: str, versions: Mapping[str, str]
    ) -> None:
        told = replace(results, experiment=told_in(results.experiment, language))
        self.results = with_base_named(told, catalogue(language).gettext)
        self.experiment = self.results.experiment
        how = HowRun(self.experiment.seed, results.replications, results.engine, results.wall_time)
        super().__init__(self.experiment.plan, language, versions, how)
        self.text = ExperimentText(self.results)

    @property
    def design(self) -> str:
        """How its points were chosen."""
        return self.experiment.file.experiment.design

    @property
    def base(self) -> str | None:
        """What the base point is called; None where there is nothing to compare with."""
        return self.text.base

    @property
    def has_costs(self) -> bool:
        """Whether the experiment asks for a cost."""
        return any(kpi.name.startswith("cost.") for kpi in self.experiment.kpis)

    def point(self, number: int) -> str:
        """Return what a point is called."""
        return shown(self.experiment.points[number].label)

    def figures(self, kpi: Kpi) -> list[PointFigure]:
        """Return a figure of all points, in their order."""
        return [one for one in self.results.figures if one.kpi.name == kpi.name]

    def known(self, kpi: Kpi) -> list[PointFigure]:
        """Return a figure of the points that have it."""
        return [one for one in self.figures(kpi) if not isnan(one.mean)]


def with_base_named(results: ExperimentResults, _: Callable[[str], str]) -> ExperimentResults:
    """Return an experiment whose base point has a name, where all in it is as in the scenario."""
    if all(point.label for point in results.experiment.points):
        return results
    points = tuple(
        point if point.label else replace(point, label=_("the starting point"))
        for point in results.experiment.points
    )
    return replace(results, experiment=replace(results.experiment, points=points))
