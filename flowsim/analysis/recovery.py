"""How long a waiting list takes to be as short again as before a vacancy."""

from __future__ import annotations

import datetime as dt
from math import inf

import numpy as np
from numpy.typing import NDArray

from flowsim.engine.plan import Plan
from flowsim.scenario.pathway import Vacancy
from flowsim.scenario.schema import Scenario

__all__ = ["last_vacancy", "recovery_time"]

Floats = NDArray[np.float64]
BEFORE = 90.0  # days before the vacancy that its list is held against
SHORTEST = 1.0  # person: no list is asked to be shorter


def last_vacancy(step: str, plan: Plan) -> tuple[float, float] | None:
    """Return begin and end of the last vacancy of a step's teams [days].

    None where there is none, where the run ends first, or where the run has too few days before it.
    """
    spans = [
        (days(plan, vacancy.from_), days(plan, vacancy.until) + 1.0)
        for vacancy in vacancies(step, plan.scenario)
    ]
    begun = [span for span in spans if span[0] < plan.end]
    last = max(begun, key=lambda span: span[::-1], default=None)
    return None if last is None or last[0] < BEFORE or last[1] >= plan.end else last


def vacancies(step: str, scenario: Scenario) -> list[Vacancy]:
    """Return the vacancies of a step's teams."""
    teams = (scenario.teams[team] for team in scenario.steps[step].team)
    return [one for team in teams for line in team.staff.values() for one in line.vacant]


def days(plan: Plan, day: dt.date) -> float:
    """Return the midnight that begins a day [days since the start of the run]."""
    return float((day - plan.start).days)


def recovery_time(joined: Floats, until: Floats, span: tuple[float, float]) -> float:
    """Return how long after a vacancy a list is first as short as before it [days].

    Parameters
    ----------
    joined, until : when each came to the list and left it [days]; NaN in `until`: not in the run
    span : begin and end of the vacancy

    Returns
    -------
    days; infinite where the list is not that short before the run ends

    Examples
    --------
    >>> joined, until = np.array([0.0, 95.0, 96.0]), np.array([90.0, 130.0, 140.0])
    >>> recovery_time(joined, until, (91.0, 100.0))
    30.0
    """
    begin, end = span
    left = np.where(np.isnan(until), inf, until)
    area = np.minimum(left, begin) - np.maximum(joined, begin - BEFORE)
    usual = max(SHORTEST, float(np.maximum(area, 0.0).sum()) / BEFORE)
    came, gone = np.sort(joined), np.sort(left)
    instants = np.concatenate([[end], gone[(gone > end) & (gone < inf)]])
    length = np.searchsorted(came, instants, "right") - np.searchsorted(gone, instants, "right")
    short = np.flatnonzero(length <= usual)
    return float(instants[short[0]] - end) if len(short) else inf
