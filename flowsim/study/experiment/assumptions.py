"""An experiment that nobody had to write: every assumed amount of a scenario lower and higher."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from flowsim.analysis import kpis as measuring
from flowsim.errors import ResultsError, ScenarioError
from flowsim.language import _
from flowsim.scenario.loading import proportional_settings
from flowsim.scenario.marking import models_in, told_of
from flowsim.scenario.positions import key_parts
from flowsim.scenario.proportional import share_at
from flowsim.scenario.provenance import inputs_of
from flowsim.scenario.quantities import DURATION_PATTERN, RATE_PATTERN, nearest
from flowsim.scenario.ranges import ranges_of
from flowsim.scenario.schema import Scenario
from flowsim.scenario.share_tables import shares_in
from flowsim.scenario.source import KeyPath, spelled
from flowsim.study.experiment.loading import Experiment
from flowsim.study.experiment.plans import Plans
from flowsim.study.experiment.points import base_point, points
from flowsim.study.experiment.schema import ExperimentFile

__all__ = [
    "MOVED_BY",
    "MOVED_REPLICATIONS",
    "assumed_with_ranges",
    "assumptions_moved",
    "most_points",
]

MOVED_BY = 0.2
"""How much lower and higher each assumed amount is taken, as a share of it."""
MOVED_REPLICATIONS = 100
"""Of each of them, at most."""
QUANTITIES = (re.compile(DURATION_PATTERN), re.compile(RATE_PATTERN))


@cache
def keys_of_form() -> frozenset[str]:
    """Return the keys whose numbers say how something is spread or what is wanted."""
    facts = (told_of(model) for model in models_in(Scenario) if model is not Scenario)
    return frozenset(key for keys in facts for key, told in keys.items() if told.is_form)


def assumptions_moved(
    scenario: Scenario,
    kpi: str,
    *,
    language: str,
    seed: int,
    replications: int,
    words: Callable[[KeyPath], str],
) -> Experiment:
    """Return the experiment that moves each assumed amount by itself, down and up by 20 %.

    Amounts are numbers, times and rates, those inside tables and lists too; not the form of a
    distribution. What cannot be moved alone, such as one of two shares that make a whole, is left.

    Parameters
    ----------
    scenario : as it was run
    kpi : the figure to follow
    language : `sv` or `en`
    seed, replications : of every point
    words : what an input is called, by its key path

    Raises
    ------
    ResultsError
        If the scenario has no such figure, or nothing assumed that can be moved.
    """
    plans = Plans(scenario, [kpi])
    table = measuring.names(plans.of(scenario.overrides))
    if kpi not in table.position:
        near = nearest(kpi, table.names)
        hint = _('; did you mean "{near}"?').format(near=near) if near else ""
        raise ResultsError(
            _('--tornado: found "{kpi}"; allowed: a figure of the scenario{hint}').format(
                kpi=kpi, hint=hint
            )
        )
    factors = list(_factors(plans, language, words))
    if not factors:
        raise ResultsError(_("nothing that is assumed can be moved alone"))
    file = ExperimentFile.model_validate(
        {
            "experiment": {
                "title": scenario.scenario.title,
                "language": language,
                "base": f"{scenario.name}.toml",
                "kpis": [kpi],
                "design": "one_at_a_time",
                "set": dict(scenario.overrides),
            },
            "factors": factors,
        }
    )
    return Experiment(
        name=scenario.name,
        text="",
        tables={},
        file=file,
        plans=plans,
        points=points(file, plans.of(scenario.overrides).scenario, seed),
        base_point=base_point(file),
        kpis=(table[kpi],),
        seed=seed,
        replications=replications,
    )


def _factors(
    plans: Plans, language: str, words: Callable[[KeyPath], str]
) -> Iterator[dict[str, Any]]:
    """Return a factor for each assumed amount that can be moved alone."""
    sign, space = ("\N{MINUS SIGN}", "\N{NO-BREAK SPACE}")
    gap = space if language == "sv" else ""
    for number, (path, value) in enumerate(assumed_amounts(plans.base)):
        levels = []
        for name, text, by in (("lower", sign, 1 - MOVED_BY), ("higher", "+", 1 + MOVED_BY)):
            setting = _possible(plans, path, value, by)
            if setting is not None and setting.get(spelled(path)) != value:
                label = f"{text}{MOVED_BY:.0%}".replace("%", f"{gap}%")
                levels.append({"name": name, "label": label, "set": setting})
        if levels:
            yield {"name": f"input{number}", "label": words(path), "levels": levels}


def assumed_amounts(scenario: Scenario) -> list[tuple[KeyPath, Any]]:
    """Return the amounts of a scenario that are assumed, with their key paths."""
    assumed = [one for one in inputs_of(scenario) if one.mark == "assumed"]
    return [pair for one in assumed for pair in amounts(one.path, one.value)]


def assumed_with_ranges(scenario: Scenario) -> tuple[int, int]:
    """Count the amounts that are assumed, and those of them that `[uncertain]` has a range for.

    An amount that has a range counts as an amount also where it is the form of a distribution.
    """
    moved = {one.path for entry in ranges_of(scenario) for one in entry.targets}
    draws = scenario._source.draws
    moved |= {scenario._source.path_of(key_parts(key)) for key in (draws.keys if draws else ())}
    assumed = [one.path for one in inputs_of(scenario) if one.mark == "assumed"]
    ranged = {path for path in moved if any(path[: len(one)] == one for one in assumed)}
    covered = {path for path, _ in assumed_amounts(scenario)}
    with_range = {path for path in covered if any(is_part(path, one) for one in ranged)}
    more = {path for path in ranged if not any(is_part(one, path) for one in covered)}
    return len(covered) + len(more), len(with_range) + len(more)


def is_part(path: KeyPath, other: KeyPath) -> bool:
    """Whether one of two paths leads to the other."""
    return path[: len(other)] == other or other[: len(path)] == path


def most_points(scenario: Scenario) -> int:
    """Return how many points the experiment of `assumptions_moved` has at most."""
    return 1 + 2 * len(assumed_amounts(scenario))


def _possible(plans: Plans, path: KeyPath, value: Any, by: float) -> dict[str, Any] | None:
    """Return the setting if the scenario takes it, perhaps in whole numbers; else None.

    A share moves the others of its table in proportion.
    """
    scenario, key = plans.base, spelled(path)
    at = share_at(scenario._source.data, key)
    if at is not None:
        share = shares_in(scenario._source.data, at[0])[at[1]]
        tries: list[dict[str, Any]] = [{key: _neat(share * by)}]
    else:
        moved = scaled(value, by)
        tries = [{key: moved}, *([{key: round(moved)}] if isinstance(moved, float) else [])]
    for setting in tries:
        try:
            own = proportional_settings(scenario._source, setting) if at else setting
            plans.of({**scenario.overrides, **own})
        except ScenarioError:
            continue
        return own
    return None


def amounts(path: KeyPath, value: Any) -> Iterator[tuple[KeyPath, Any]]:
    """Return the amounts of an input, each with the key path that sets it; a list is set whole.

    Examples
    --------
    >>> stay = {"distribution": "lognormal", "mean": "6 weeks", "cv": 0.5}
    >>> list(amounts(("steps", "a", "length_of_stay"), stay))
    [(('steps', 'a', 'length_of_stay', 'mean'), '6 weeks')]
    """
    if told_of(Scenario)[str(path[0])].is_form or path[-1] in keys_of_form():
        return
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from amounts((*path, key), entry)
    elif scaled(value, 2.0) != value:
        yield path, value


def scaled(value: Any, by: float) -> Any:
    """Multiply the amounts in a value; names and dates stay as they are.

    Examples
    --------
    >>> scaled([{"from": "2018", "rate": "235 per year", "count": 10}], 0.8)
    [{'from': '2018', 'rate': '188 per year', 'count': 8}]
    """
    if isinstance(value, Mapping):
        return {k: one if k in keys_of_form() else scaled(one, by) for k, one in value.items()}
    if isinstance(value, list):
        return [scaled(one, by) for one in value]
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return value
    if not isinstance(value, str):
        return _neat(value * by)
    for pattern in QUANTITIES:
        if found := pattern.match(value):
            return f"{_neat(float(found[1]) * by)}{value[found.end(1) :]}"
    return value


def _neat(amount: float) -> float | int:
    """Return a number without what multiplying added, whole where it is whole."""
    near = float(f"{amount:.10g}")
    return int(near) if near == int(near) else near
