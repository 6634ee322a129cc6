"""How long a vacancy keeps a waiting list the longer one, held against the option without it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.scenario.pathway import Vacancy
from flowsim.scenario.schema import Scenario

__all__ = ["longer_lists"]

LEAST = 0.5  # people: below, a difference is none that anybody would notice


def longer_lists(other: str, paper: ComparisonPaper) -> Iterator[str]:
    """Say in which months a vacancy of one of two options makes a list longer, and how much."""
    waiting, scenarios = paper.comparison.waiting, paper.comparison.scenarios
    for step in paper.scenario.steps if waiting is not None else ():
        has = [option for option in (paper.base, other) if vacancies(step, scenarios[option])]
        if len(has) == 1 and step in scenarios[other].steps:
            without = other if has[0] == paper.base else paper.base
            own, before = (of_option(step, option, waiting) for option in (has[0], without))
            begun = min(one.from_ for one in vacancies(step, scenarios[has[0]]))
            yield from told(step, own, before, f"{begun:%Y-%m}", paper)


def vacancies(step: str, scenario: Scenario) -> list[Vacancy]:
    """Return the vacancies of a step's teams."""
    teams = scenario.steps[step].team if step in scenario.steps else ()
    lines = [line for team in teams for line in scenario.teams[team].staff.values()]
    return [one for line in lines for one in line.vacant]


def of_option(step: str, option: str, waiting: pd.DataFrame) -> pd.Series:
    """Return how many wait for a step in each month, on average."""
    own = waiting[(waiting["step"] == step) & (waiting["scenario"] == option)]
    return own.set_index("month")["mean"]


def told(
    step: str, own: pd.Series, before: pd.Series, begun: str, paper: ComparisonPaper
) -> Iterator[str]:
    """Say in which months a list is the longer one, around the month in which it is most.

    Parameters
    ----------
    own, before : its length by month, with the vacancy and without it
    begun : the month in which the vacancy begins
    """
    both = pd.concat([own, before], axis=1, join="inner").set_axis(["own", "before"], axis=1)
    months = [str(month) for month in both.index]
    more = np.where(np.array(months) >= begun, both["own"] - both["before"], 0.0)
    if not len(more) or more.max() < LEAST:
        return
    first = last = peak = int(more.argmax())
    while first > 0 and more[first - 1] >= LEAST:
        first -= 1
    while last + 1 < len(more) and more[last + 1] >= LEAST:
        last += 1
    text = paper._(
        "With the vacancy the list for {step} is longer in {span}, most in {peak}: {own} people on "
        "average instead of {before}."
    )
    said = text.format(
        step=paper.name(step, "steps"),
        span=paper.months(months[first], months[last]),
        peak=paper.months(months[peak], months[peak]),
        own=paper.number(float(both["own"].iloc[peak]), 1),
        before=paper.number(float(both["before"].iloc[peak]), 1),
    )
    yield said + (paper._(" It still is when the run ends.") if last + 1 == len(more) else "")
