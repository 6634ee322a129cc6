"""In which inputs scenarios differ: key by key, with the value that each has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowsim.scenario.schema import Scenario
from flowsim.scenario.source import KeyPath, has

__all__ = ["Differing", "differing_inputs"]

Differing = tuple[KeyPath, tuple[object, ...]]
NO_INPUTS = {"scenario", "provenance", "sources", "observed", "planned"}
NO_RULES = {("run", "replications"), ("run", "seed"), ("run", "precision")}
WORDS = {"label"}


def differing_inputs(scenarios: Sequence[Scenario]) -> list[Differing]:
    """Return the key paths on which files with their settings differ, and the value of each.

    Names, sources and observed figures are no inputs; neither is how often it is run. A value
    that a scenario does not have is None.

    Examples
    --------
    >>> from flowsim.scenario.loading import load
    >>> name, five = "scenarios/orebro.toml", {"teams.coaching.staff.coach.fte.2019": 5}
    >>> differing_inputs([load(name), load(name, set=five)])
    [(('teams', 'coaching', 'staff', 'coach', 'fte', '2019'), (4.5, 5))]
    """
    found = apart((), [one._source.data for one in scenarios])
    return [(path, values) for path, values in found if path not in NO_RULES]


def apart(path: KeyPath, values: Sequence[object]) -> Iterator[Differing]:
    """Give where values differ, as deep down as all of them are tables."""
    if all(value == values[0] for value in values):
        return
    if not all(isinstance(value, dict) for value in values):
        yield path, tuple(values)
        return
    keys = dict.fromkeys(key for value in values for key in _table(value))
    for key in keys:
        if key not in WORDS and not (path == () and key in NO_INPUTS):
            inner = [_table(value)[key] if has(value, key) else None for value in values]
            yield from apart((*path, key), inner)


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
