"""Whom to follow after the end of the run: what the figures that are asked for need."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from flowsim.scenario.known import figure_of
from flowsim.scenario.schema import Scenario

__all__ = ["JOINED", "REFERRED", "Followed", "followed", "is_followed"]

JOINED, REFERRED = "joined", "referred"


@dataclass(frozen=True, slots=True)
class Followed:
    """Whether anybody is followed after the end, and to which steps everyone referred is."""

    plays_on: bool
    sought: tuple[int, ...]


def followed(scenario: Scenario, kpis: Collection[str] | None = None) -> Followed:
    """Return whom to follow for some figures.

    Parameters
    ----------
    kpis : names of the figures; default: those of a run, which are all of those who joined, and of
        those referred the ones to steps that sources refer to and those that the file names

    Examples
    --------
    >>> import flowsim
    >>> scenario = flowsim.load("scenarios/orebro.toml")
    >>> followed(scenario)
    Followed(plays_on=True, sought=(0, 1))
    >>> followed(scenario, ["coaching.wait.mean"])
    Followed(plays_on=False, sought=())
    """
    asked = list(_of_a_run(scenario) if kpis is None else _with_goals(scenario, kpis))
    wanted = {step for kpi in asked for step in _sought(kpi, scenario)}
    plays_on = kpis is None or any(is_followed(kpi, scenario) for kpi in asked)
    return Followed(plays_on, tuple(s for s, step in enumerate(scenario.steps) if step in wanted))


def is_followed(kpi: str, scenario: Scenario) -> bool:
    """Whether a figure is of people who are followed after the end."""
    return bool(_follows(kpi, scenario)[0])


def _sought(kpi: str, scenario: Scenario) -> Iterator[str]:
    follows, step = _follows(kpi, scenario)
    if follows == REFERRED:
        yield step


def _follows(kpi: str, scenario: Scenario) -> tuple[str, str]:
    try:
        figure, whose = figure_of(kpi, scenario)
    except KeyError:  # told elsewhere
        return "", ""
    return figure.follows, whose


def _of_a_run(scenario: Scenario) -> Iterator[str]:
    yield from (f"{referral.to}.referred.open" for referral in scenario.referrals.values())
    for given in scenario.observed.values():
        yield from given
    for planned in scenario.planned.values():
        yield from planned
    yield from (goal.kpi for goal in scenario.goals.values() if goal.kpi is not None)
    if scenario.run.precision is not None:
        yield scenario.run.precision.kpi


def _with_goals(scenario: Scenario, kpis: Collection[str]) -> Iterator[str]:
    """Find the figures themselves, and those that goals among them are about."""
    for kpi in kpis:
        yield kpi
        goal = scenario.goals.get(kpi.removeprefix("goals.").removesuffix(".met"))
        if kpi.startswith("goals.") and goal is not None and goal.kpi is not None:
            yield goal.kpi
