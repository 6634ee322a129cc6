"""How many places a team has, day by day, before anybody leaves a post; and when it is closed."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from flowsim.scenario.calendar_days import ClosureDay
from flowsim.scenario.pathway import Closure
from flowsim.scenario.posts import NOBODY, filled_on, numbers_of
from flowsim.scenario.schema import Run, Scenario, Step, Team

__all__ = [
    "closures_of",
    "is_ever_open",
    "mean_places",
    "most_places",
    "n_lists_of",
    "places_on",
    "posts_filled",
    "spans_of",
    "values_of",
]

DAY = dt.timedelta(days=1)


def values_of(team: Team, groups: dict[str, dict[str, float]]) -> list[str | None]:
    """Return the values of the group for which there is such a team; [None] for a single team."""
    return list(groups[team.per]) if team.per else [None]


def n_lists_of(step: Step, scenario: Scenario) -> int:
    """Return how many waiting lists a step has: one for each combination of its teams' values."""
    groups = {scenario.teams[name].per for name in step.team} - {None}
    return math.prod(len(scenario.groups[str(group)]) for group in groups)


def places_on(team: Team, day: dt.date, value: str | None = None) -> int:
    """Return the places of a team on a day, all posts filled but those of a vacancy.

    Examples
    --------
    >>> team = Team(staff={"coach": {"fte": 4.5, "caseload": 21}})
    >>> places_on(team, dt.date(2017, 1, 1))
    94
    """
    if not (team.from_ or day) <= day <= (team.until or day):
        return 0
    total = team.places.on(day, value) if team.places is not None else 0.0
    for line in team.staff.values():
        if line.caseload is not None:
            total += filled_on(line, day, value) * line.caseload.on(day, value)
    places = math.floor(total + 1e-6)
    shares = [
        line.needed.places
        for line in team.staff.values()
        if line.needed is not None and not filled_on(line, day, value) > NOBODY
    ]
    return math.floor(min(shares) * places + 1e-6) if shares else places


def change_days(team: Team, first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the days in a span on which a team's places may change; the first too."""
    days = {first, team.from_, after(team.until)}
    numbers = [] if team.places is None else [team.places]
    for line in team.staff.values():
        days |= {line.from_, after(line.until)}
        days |= {day for one in line.vacant for day in (one.from_, after(one.until))}
        numbers += numbers_of(line)
    years = {year for number in numbers for year in number.years}
    days |= {dt.date(year, 1, 1) for year in years if year > first.year}
    days |= {day for number in numbers for day in number.days}
    return sorted(day for day in days if day is not None and first <= day <= last)


def after(day: dt.date | None) -> dt.date | None:
    """Return the day after a last day."""
    return None if day is None else day + DAY


def most_places(team: Team, run: Run, value: str | None = None) -> int:
    """Return the most places that a team has on any day of the run."""
    return max(places_on(team, day, value) for day in change_days(team, run.start, run.until))


def is_ever_open(team: Team, scenario: Scenario, value: str | None = None) -> bool:
    """Whether a team has places on any day of the run on which it is not closed."""
    run = scenario.run
    closures = scenario.calendar.closures if team.closures is None else team.closures
    days = [*change_days(team, run.start, run.until), run.until + DAY]
    return any(
        places_on(team, first, value) > 0
        and any(not is_closed(first + k * DAY, closures) for k in range((later - first).days))
        for first, later in pairwise(days)
    )


def is_closed(day: dt.date, closures: Sequence[Closure]) -> bool:
    """Whether some closures hold on a day; a yearly one may go over the turn of the year.

    Examples
    --------
    >>> winter = Closure.model_validate({"from": "12-20", "until": "01-06"})
    >>> is_closed(dt.date(2025, 1, 6), [winter]), is_closed(dt.date(2025, 1, 7), [winter])
    (True, False)
    """
    return any(holds(closure.from_, closure.until, day) for closure in closures)


def holds(first: ClosureDay, last: ClosureDay, day: dt.date) -> bool:
    """Whether a closure holds on a day."""
    if isinstance(first, dt.date) or isinstance(last, dt.date):
        return isinstance(first, dt.date) and isinstance(last, dt.date) and first <= day <= last
    at = (day.month, day.day)
    return first <= at <= last if first <= last else at >= first or at <= last


def mean_places(team: Team, first: dt.date, last: dt.date, value: str | None = None) -> float:
    """Return the average places of a team over some days on which it exists."""
    days = [*change_days(team, first, last), last + DAY]
    spans = [(day, (later - day).days) for day, later in pairwise(days)]
    return sum(places_on(team, day, value) * n for day, n in spans) / ((last - first).days + 1)


def posts_filled(team: Team) -> float:
    """Return the share of the time in which a post is filled, in the long run.

    Examples
    --------
    >>> leaves = {"leave": "1 per year", "vacancy": "3 months"}
    >>> posts_filled(Team(staff={"coach": {"fte": 4}}, turnover=leaves))
    0.8
    """
    if team.turnover is None:
        return 1.0
    return 1.0 / (1.0 + team.turnover.leave * team.turnover.vacancy.average)


def closures_of(team: Team, scenario: Scenario) -> Sequence[Closure]:
    """Return the closures of a team: its own, or the calendar's."""
    return scenario.calendar.closures if team.closures is None else team.closures


def spans_of(closure: Closure, first: dt.date, last: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """Return first and last days of a closure that may touch some days; a yearly one of each year.

    Examples
    --------
    >>> closed = Closure(**{"from": "12-23", "until": "01-06"})
    >>> [str(end) for _, end in spans_of(closed, dt.date(2025, 2, 1), dt.date(2025, 3, 1))]
    ['2025-01-06', '2026-01-06']
    """
    begin, end = closure.from_, closure.until
    if isinstance(begin, dt.date) and isinstance(end, dt.date):
        yield begin, end
        return
    assert isinstance(begin, tuple)
    assert isinstance(end, tuple)
    wraps = int(end < begin)
    for year in range(first.year - 1, last.year + 1):
        yield dt.date(year, *begin), dt.date(year + wraps, *end)
