"""The plans of an experiment's points: each is checked and compiled once, and kept for the run."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from flowsim.engine.compiling import compile_plan
from flowsim.engine.plan import Plan
from flowsim.scenario.loading import varied
from flowsim.scenario.overrides import as_toml
from flowsim.scenario.schema import Scenario

__all__ = ["FEW_POINTS", "Plans"]

FEW_POINTS = 200
"""Up to so many points, each is checked before anything is run, and its plan is kept."""


class Plans:
    """Plans of a base scenario and its variants, by their settings; of very many, the last used.

    Parameters
    ----------
    base : the scenario that settings are made in; CSV lists are those that it has
    kpis : the figures that are asked for
    """

    def __init__(self, base: Scenario, kpis: Collection[str]) -> None:
        self.base = base
        self.kpis = kpis
        self._kept: dict[str, Plan] = {}

    def of(self, settings: Mapping[str, object]) -> Plan:
        """Return the plan of the base with some settings.

        Raises
        ------
        ScenarioError
            With every fault that the scenario has against them.
        """
        key = as_toml(settings)
        plan = self._kept.pop(key, None)
        if plan is None:
            lists = self.base.attachments
            scenario = varied(self.base, settings, (lists,)) if settings else self.base
            plan = compile_plan(scenario, self.kpis)
            while len(self._kept) > FEW_POINTS:
                del self._kept[next(iter(self._kept))]
        self._kept[key] = plan
        return plan
