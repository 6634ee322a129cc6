"""What the sections about one scenario are written from: its inputs, how it was run, its words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from flowsim.analysis import kpis
from flowsim.engine.plan import Plan
from flowsim.report.document.blocks import Book, Document, Section
from flowsim.report.words import Words
from flowsim.scenario.provenance import Input, inputs_of

__all__ = ["HowRun", "ScenarioPaper"]


class HowRun(NamedTuple):
    """How a scenario was run.

    Parameters
    ----------
    seed, replications, engine : of the run
    wall_time : how long it took [s]
    """

    seed: int
    replications: int
    engine: str
    wall_time: float


class ScenarioPaper(Words):
    """A scenario that was run, told in a language.

    Parameters
    ----------
    plan : what was run
    language : `sv` or `en`
    versions : what it was run with, by name: flowsim, python, machine, and the libraries
    how : seed, replications, engine and time
    """

    hash: str = ""
    """What stands for the results that are told."""

    def __init__(self, plan: Plan, language: str, versions: Mapping[str, str], how: HowRun) -> None:
        super().__init__(plan.scenario, language)
        self.plan = replace(plan, scenario=self.scenario)
        self.versions = dict(versions)
        self.how = how

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """What the scenario was given, with provenance."""
        return inputs_of(self.scenario)

    @property
    def has_costs(self) -> bool:
        """Whether costs are told."""
        return True

    def document(
        self, title: str, sections: Iterable[Section | None], book: Callable[[], Book]
    ) -> Document:
        """Return the paper with those of its sections that there are."""
        there = tuple(section for section in sections if section is not None)
        version = self.versions.get("flowsim", "")
        return Document(title, self.language, there, version, self.hash, book)

    @cached_property
    def n_years(self) -> float:
        """Calendar years in the window."""
        return kpis.names(self.plan).years()

    @property
    def outcome(self) -> str | None:
        """The outcome that stands for success: the last that is not `completed`."""
        names = list(self.scenario.outcomes)
        return next((name for name in reversed(names) if name != "completed"), None) or (
            names[0] if names else None
        )
