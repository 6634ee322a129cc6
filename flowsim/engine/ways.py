"""Which steps lie ahead of a step: by its routes, and where its teams send people as they end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowsim.engine.plan import Routes, Station, Step, Team

__all__ = ["ahead_of", "ways_from"]


def ways_from(
    steps: Sequence[Step], stations: Sequence[Station], teams: Sequence[Team], end: float
) -> list[set[int]]:
    """Return the steps that one may come to next after each step."""
    onward = [
        {to for routes in _all_routes(step) for to in _possible(routes) if to >= 0}
        for step in steps
    ]
    for station in stations:
        ended = [teams[t] for t in station.teams if teams[t].until_at < end]
        onward[station.step] |= {team.ends_to for team in ended if team.ends_to >= 0}
    return onward


def ahead_of(onward: Sequence[set[int]]) -> tuple[frozenset[int], ...]:
    """Return the steps to which a way of any length leads from each step.

    Parameters
    ----------
    onward : the steps that one may come to next after each step

    Examples
    --------
    >>> [sorted(steps) for steps in ahead_of([{1}, {2}, {1}])]
    [[1, 2], [1, 2], [1, 2]]
    """
    return tuple(_ahead(onward, step) for step in range(len(onward)))


def _ahead(onward: Sequence[set[int]], step: int) -> frozenset[int]:
    seen: set[int] = set()
    next_ones = list(onward[step])
    while next_ones:
        at = next_ones.pop()
        if at not in seen:
            seen.add(at)
            next_ones += onward[at]
    return frozenset(seen)


def _all_routes(step: Step) -> Iterator[Routes]:
    yield step.routes
    for _, _, routes in step.routes_for:
        yield routes


def _possible(routes: Routes) -> Iterator[int]:
    """Find the targets to which some draw leads: those with a share, and the last one's rest."""
    below, last = 0.0, len(routes.targets) - 1
    for k, target in enumerate(routes.targets):
        until = 1.0 if k == last else float(routes.cumulative[k])
        if until > below:
            yield target
        below = max(below, until)
