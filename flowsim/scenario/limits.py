"""What limits the starts in a step, in some days: places, meetings, and a most in a year.

References: `most_starts`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf

from flowsim.scenario.capacity import (
    DAY,
    change_days,
    closures_of,
    places_on,
    posts_filled,
    spans_of,
)
from flowsim.scenario.most_starts import Stay, idle_in_closure, most_starts
from flowsim.scenario.quantities import DAYS_PER_UNIT
from flowsim.scenario.schema import Scenario, Step

__all__ = ["Limits", "Station", "closed_in"]

YEAR = DAYS_PER_UNIT["year"]
Span = tuple[int, int]
"""From a day of the run to another, both counted from its start, the second left out."""


@dataclass(frozen=True, slots=True)
class Station:
    """A waiting list: a step, and the values of the groups that its teams are split by."""

    step: str
    values: Mapping[str, str]


class Limits:
    """What a station can take in some days [starts/day], were its list never empty.

    Parameters
    ----------
    scenario : a scenario whose names are right
    station : the list
    first, last : the days
    stay : the time in the step
    closures : of its teams in these days, see `closed_in`

    Attributes
    ----------
    meetings : by the most at a meeting, and how many meetings are held; inf without such a limit
    max_per_year : by the most in a year; inf without such a limit
    places : of each team, by its places and the stay alone
    together : of each team, by its places as its meetings or groups find them free
    ended : the share of the days on which one of the teams has ended
    """

    def __init__(
        self,
        scenario: Scenario,
        station: Station,
        first: dt.date,
        last: dt.date,
        stay: Stay,
        closures: tuple[list[Span], list[Span]],
    ) -> None:
        self.scenario, self.station = scenario, station
        self.first, self.last = first, last
        self.step: Step = scenario.steps[station.step]
        self.n_days = (last - first).days + 1
        teams = {name: scenario.teams[name] for name in self.step.team}
        self.pieces = {name: self.places_in(name) for name in teams}
        self.closed, self.paused = closures
        self.meetings = self.at_meetings()
        limit = self.step.intake.max_per_year if self.step.intake is not None else None
        self.max_per_year = inf if limit is None else limit / YEAR
        kept = 1.0 - self.lost(stay.mean)
        shares = {name: kept * posts_filled(team) for name, team in teams.items()}
        self.places = {
            name: share * self.starts_in(name, stay, alone=True) for name, share in shares.items()
        }
        self.together = {
            name: share * self.starts_in(name, stay, alone=False) for name, share in shares.items()
        }
        gone = [(last - team.until).days for team in teams.values() if team.until is not None]
        self.ended = min(max(gone, default=0) / self.n_days, 1.0) if max(gone, default=0) > 0 else 0

    @property
    def own(self) -> float:
        """What can start whatever the places are."""
        return min(self.meetings, self.max_per_year)

    def at(self, day: dt.date) -> int:
        """Count the days from the first one."""
        return (day - self.first).days

    def places_in(self, name: str) -> list[tuple[Span, int]]:
        """Return the places of a team, from each day on which they change."""
        team = self.scenario.teams[name]
        days = sorted({self.first, *change_days(team, self.first, self.last), self.last + DAY})
        value = self.station.values.get(team.per or "")
        return [((self.at(a), self.at(b)), places_on(team, a, value)) for a, b in pairwise(days)]

    def starts_in(self, name: str, stay: Stay, *, alone: bool) -> float:
        """Return what the places of a team take, nobody closed or vacant."""
        intake = None if alone else self.step.intake
        if intake is not None and self.is_shared(name):
            # The most at a meeting then takes no place from the others: it is a limit by itself.
            intake = intake.model_copy(update={"max": None if intake.every else intake.max})
        area = 0.0
        for (begin, end), n_places in self.pieces[name]:
            area += (end - begin) * most_starts(n_places, stay, intake)
        return area / self.n_days

    def is_shared(self, name: str) -> bool:
        """Whether another step needs places of a team too."""
        return any(name in s.team for s in self.scenario.steps.values() if s is not self.step)

    # Closures -----------------------------------------------------------------------------

    def lost(self, stay: float) -> float:
        """Return the share of the time of each place that closures take."""
        idle, paused = 0.0, iter(self.paused)  # each of these lies in one of the closed ones
        still = next(paused, None)
        for begin, end in self.closed:
            running = end - begin
            while still is not None and still[0] < end:
                running -= still[1] - still[0]
                still = next(paused, None)
            idle += idle_in_closure(end - begin, running, stay)
        return idle / self.n_days

    # Meetings -----------------------------------------------------------------------------

    def at_meetings(self) -> float:
        """Return the starts a day that meetings allow; those in closures are not held.

        Counted is how many of the meetings in these days find people at work.
        """
        intake = self.step.intake
        if intake is None or intake.every is None or intake.max is None:
            return inf
        n_all = self.n_meetings((0, self.n_days), intake.every)
        if n_all == 0:
            return 0.0
        held = sum(self.n_meetings(span, intake.every) for span in self.open())
        return intake.max * held / n_all / intake.every

    def n_meetings(self, span: Span, every: float) -> int:
        """Return how many meetings there would be in a span of days."""
        intake = self.step.intake
        assert intake is not None
        since = self.at(intake.first or self.scenario.run.start)
        start = max(span[0], self.at(self.scenario.run.start))
        return max(ceil((span[1] - since) / every) - ceil((start - since) / every), 0)

    def open(self) -> Iterator[Span]:
        """Return the spans in which no team is closed, and each has places."""
        empty = [span for pieces in self.pieces.values() for span, n in pieces if n <= 0]
        at = 0
        for begin, end in union([*self.closed, *empty]):
            if at < begin:
                yield at, begin
            at = end
        if at < self.n_days:
            yield at, self.n_days


def closed_in(
    scenario: Scenario, teams: Iterable[str], first: dt.date, last: dt.date
) -> tuple[list[Span], list[Span]]:
    """Return the spans in which one of some teams is closed, and those in which stays stand still.

    Parameters
    ----------
    scenario, teams : which teams
    first, last : the days; spans are counted from the first
    """
    closed, paused = [], []
    for closure in (c for name in teams for c in closures_of(scenario.teams[name], scenario)):
        for begin, end in spans_of(closure, first, last):
            if begin <= last and end >= first:
                span = (max(begin, first) - first).days, (min(end, last) - first).days + 1
                closed.append(span)
                if closure.pauses:
                    paused.append(span)
    return union(closed), union(paused)


def union(spans: Iterable[Span]) -> list[Span]:
    """Join spans that overlap or touch.

    Examples
    --------
    >>> union([(5, 9), (0, 3), (7, 12), (12, 13)])
    [(0, 3), (5, 13)]
    """
    joined: list[Span] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((begin, end))
    return joined
