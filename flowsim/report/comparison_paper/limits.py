"""What a comparison does not say."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.document.blocks import Bullets, Section
from flowsim.report.run_paper.limits import always
from flowsim.scenario.schema import Scenario

__all__ = ["section"]


def section(paper: ComparisonPaper) -> Section:
    """Return the limits that hold always, and those of this comparison."""
    items = (*always(paper), *of_this_comparison(paper))
    return Section("limits", paper._("What the model does not say"), (Bullets(items),))


def of_this_comparison(paper: ComparisonPaper) -> Iterator[str]:
    """Give what follows from comparing, and from these options."""
    yield paper._(
        "The options share all inputs but those that differ. An input that is wrong is wrong in "
        "all of them, and the difference between them may then be another one."
    )
    for option in paper.options:
        yield from still_waiting(option, paper)
    yield from without_cost(paper)


def still_waiting(option: str, paper: ComparisonPaper) -> Iterator[str]:
    """Say how many are not in the mean waits, as they had not started when the period ended."""
    for step in paper.scenario.steps:
        kpi = f"{step}.waiting.end"
        if paper.has(kpi) and paper.mean(kpi, option) >= 1:
            text = paper._(
                "{option}, {step}: on average {n} people still wait when the period ends. They "
                "are not part of the mean wait, which is therefore too short if the list grows."
            )
            n = paper.number(paper.mean(kpi, option), 1)
            yield text.format(option=option, step=paper.label(step, "steps"), n=n)


def without_cost(paper: ComparisonPaper) -> Iterator[str]:
    """Say which teams are given no cost."""
    free = [
        paper.label(name, "teams")
        for name in paper.scenario.teams
        if not any(has_cost(one, name) for one in paper.comparison.scenarios.values())
    ]
    if free:
        text = paper._("The scenario gives no cost for: {teams}. Real costs are higher.")
        yield text.format(teams=", ".join(free))


def has_cost(scenario: Scenario, name: str) -> bool:
    """Whether a scenario gives a team any cost."""
    if name not in scenario.teams:
        return False
    team = scenario.teams[name]
    costs = [team.cost_per_place, team.overheads]
    costs += [line.cost_per_fte for line in team.staff.values()]
    return any(cost is not None for cost in costs)
