"""Whether a figure is the same thing in two scenarios: defined alike, and of as long a time."""

from __future__ import annotations

from flowsim.analysis.kpi_names import Kpi
from flowsim.scenario.known import figure_of
from flowsim.scenario.schema import Scenario

__all__ = ["is_defined_alike", "unlike"]

COMPLETED = "completed"
STOCKS = ("opening", "closing", "waiting.end", "budget.equity")


def unlike(kpi: Kpi, base: Scenario, other: Scenario, years: float, other_years: float) -> str:
    """Return why a figure of two scenarios cannot be laid side by side; empty where it can.

    Parameters
    ----------
    years, other_years : how long the compared period is in each

    Returns
    -------
    "definition", "length" (of a sum over periods of different length), or nothing

    Examples
    --------
    >>> import flowsim
    >>> base = flowsim.load("scenarios/orebro.toml")
    >>> other = base.with_({"steps.mapping.target_wait": "6 weeks"})
    >>> kpi = Kpi("mapping.wait.within_target", "share", "ratio")
    >>> unlike(kpi, base, other, 3.0, 3.0)
    'definition'
    """
    if not is_defined_alike(kpi.name, base, other):
        return "definition"
    return "" if years == other_years or is_of_any_length(kpi.name, base) else "length"


def is_defined_alike(kpi: str, base: Scenario, other: Scenario) -> bool:
    """Return whether a figure counts the same in two scenarios.

    Exits and steps that only one of them has are not looked at: whoever compares two associations
    compares theirs.
    """
    figure, name = figure_of(kpi, base)
    if figure.of == "goal":
        if not is_same_goal(name, figure.pattern, base, other):
            return False
        about = base.goals[name].kpi
        return about is None or is_defined_alike(about, base, other)
    if figure.needs.endswith("target_wait"):
        return base.steps[name].target_wait == other.steps[name].target_wait
    outcomes = {name} if figure.of == "outcome" else set()
    if f"outcomes.{COMPLETED}" in (figure.needs, *figure.sums):
        outcomes.add(COMPLETED)
    if not all(is_same_outcome(one, base, other) for one in outcomes):
        return False
    return not counts_participants(kpi, base) or counted_in(base, other) == counted_in(other, base)


def is_same_goal(name: str, pattern: str, base: Scenario, other: Scenario) -> bool:
    """Return whether a goal is about the same, and, where it is to be met, has the same limits."""
    ours, theirs = base.goals[name], other.goals[name]
    keys = ["kpi", "outcome", "within", "of"]
    keys += ["at_least", "at_most"] if pattern.endswith(".met") else []
    if any(getattr(ours, key) != getattr(theirs, key) for key in keys):
        return False
    return ours.outcome is None or is_same_outcome(ours.outcome, base, other)


def is_same_outcome(name: str, base: Scenario, other: Scenario) -> bool:
    """Return whether an outcome is the same exits, of those that both scenarios have."""
    both = base.exits.keys() & other.exits.keys()
    ours, theirs = (set(one.outcomes[name].exits) for one in (base, other))
    return ours & both == theirs & both


def counted_in(scenario: Scenario, other: Scenario) -> set[str]:
    """Return the steps in which one counts as a participant, of those that both have."""
    return set(scenario.population.counted_in or scenario.steps) & other.steps.keys()


def counts_participants(kpi: str, scenario: Scenario) -> bool:
    """Return whether a figure rests on who counts as a participant."""
    figure, _ = figure_of(kpi, scenario)
    named = figure.pattern in ("participants", "opening", "closing", "new", "left", "coverage")
    return named or "participants" in figure.sums


def is_of_any_length(kpi: str, scenario: Scenario) -> bool:
    """Return whether a figure means the same in a longer period: no sum, and not of participants.

    Who took part at any time grows with the period, but less than in proportion to it.
    """
    figure, name = figure_of(kpi, scenario)
    if figure.of == "goal":
        about = scenario.goals[name].kpi
        return about is None or is_of_any_length(about, scenario)
    is_stock = figure.pattern.endswith(STOCKS)
    return is_stock or not (figure.kind in ("count", "money") or counts_participants(kpi, scenario))
