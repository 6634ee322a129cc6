"""Which direction of a figure is better, where that can be said without a judgement of values."""

from __future__ import annotations

from flowsim.scenario.schema import Goal, Scenario

HIGHER, LOWER, NEITHER = 1, -1, 0
OF_STEPS = {
    **dict.fromkeys(("wait.mean", "wait.median", "wait.p90", "listed.mean"), LOWER),
    **dict.fromkeys(("time_to_start.mean", "still_waiting.mean"), LOWER),
    **dict.fromkeys(("waiting.mean", "waiting.end"), LOWER),
    **dict.fromkeys(("withdrew", "turned_away", "interrupted"), LOWER),
    "wait.within_target": HIGHER,
}
OF_ALL = {
    "time_to_first_start.mean": LOWER,
    "time_in_system.mean": LOWER,
    "completed.share": HIGHER,
    "coverage": HIGHER,
}
LOSSES = ("withdrew", "turned_away", "interrupted")


def better(kpi: str, scenario: Scenario) -> int:
    """Return 1 if a higher figure is better, -1 if a lower one is, 0 if neither.

    Parameters
    ----------
    kpi : its name, as in docs/language.md
    scenario : which tells steps from other names, and what a goal wants

    Examples
    --------
    >>> import flowsim
    >>> scenario = flowsim.load("scenarios/orebro.toml")
    >>> [better(kpi, scenario) for kpi in ("coaching.wait.mean", "coverage", "referred")]
    [-1, 1, 0]
    """
    first, _, rest = kpi.partition(".")
    if first in scenario.steps and rest in OF_STEPS:
        return OF_STEPS[rest]
    if kpi in OF_ALL:
        return OF_ALL[kpi]
    if first == "exits":
        return LOWER if rest.removesuffix(".share") in LOSSES else NEITHER
    if first == "goals":
        name, _, measure = rest.partition(".")
        return _of_goal(scenario.goals[name], measure) if name in scenario.goals else NEITHER
    return {"cost": LOWER, "outcomes": HIGHER}.get(first, NEITHER)


def _of_goal(goal: Goal, measure: str) -> int:
    if measure == "met" or (not measure and goal.outcome is not None):
        return HIGHER
    if measure or (goal.at_least is None) == (goal.at_most is None):
        return NEITHER
    return HIGHER if goal.at_most is None else LOWER
