"""From a kind of staff to its lines and posts: who is in force from when, with which part."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from math import inf

from flowsim.engine.plan import Stretch, merged
from flowsim.scenario.posts import (
    begins_line,
    n_persons,
    numbers_of,
    part_of,
    persons_of,
    posts_on,
    vacated,
)
from flowsim.scenario.schema import StaffLine

__all__ = ["lines_of", "settled", "stretches_of", "vacancies_of"]


def lines_of(
    staff: StaffLine, value: str | None, life: tuple[float, float], start: dt.date, end: float
) -> list[list[Stretch]]:
    """Return the lines of a role, each as its days of the same numbers, in order.

    A line ends where a number by year changes; one that changes by date goes on within it. The
    `fte` of a stretch is that of the whole line.

    Parameters
    ----------
    life : in which the role is there, [from, until) in days
    start, end : first day, and end of the run in days
    """
    from_at, until_at = life[0], min(life[1], end)
    if from_at >= until_at:
        return []
    days = {dt.date(year, 1, 1) for number in numbers_of(staff) for year in number.years}
    days |= {day for number in numbers_of(staff) for day in number.days}
    cuts = sorted(at for day in days if from_at < (at := float((day - start).days)) < until_at)
    lines: list[list[Stretch]] = []
    for since, until in pairwise([from_at, *cuts, until_at]):
        until = inf if until == end else until
        piece = Stretch(since, until, *figures_of(staff, start + dt.timedelta(days=since), value))
        if lines and figures(lines[-1][-1]) == figures(piece):
            before = lines[-1].pop()
            lines[-1].append(Stretch(before.from_at, until, *figures(before)))
        elif lines and not begins_line(staff, start + dt.timedelta(days=since), value):
            lines[-1].append(piece)
        else:
            lines.append([piece])
    return lines


def figures_of(staff: StaffLine, day: dt.date, value: str | None) -> tuple[float, float, float]:
    """Return fte, caseload and cost of a role on a day."""
    cost = staff.cost_per_fte.on(day, value) if staff.cost_per_fte else 0.0
    return (
        posts_on(staff, day, value),
        staff.caseload.on(day, value) if staff.caseload else 0.0,
        cost,
    )


def figures(piece: Stretch) -> tuple[float, float, float]:
    """Return what is the same throughout a stretch."""
    return piece.fte, piece.caseload, piece.cost_per_fte


def stretches_of(line: list[Stretch], person: int) -> tuple[Stretch, ...]:
    """Return a person's part of a line, where it has one.

    Examples
    --------
    >>> line = [Stretch(0.0, 9.0, 1.5, 20.0, 0.0), Stretch(9.0, inf, 2.0, 20.0, 0.0)]
    >>> [(one.from_at, one.fte) for one in stretches_of(line, 0)]
    [(0.0, 1.0)]
    >>> [(one.from_at, one.fte) for one in stretches_of(line, 1)]
    [(0.0, 0.5), (9.0, 1.0)]
    """
    own: list[Stretch] = []
    for piece in line:
        same = part_of(piece.fte, person), piece.caseload, piece.cost_per_fte
        if same[0] == 0.0:
            continue
        since = piece.from_at
        if own and own[-1].until_at == since and figures(own[-1]) == same:
            since = own.pop().from_at
        own.append(Stretch(since, piece.until_at, *same))
    return tuple(own)


def vacancies_of(
    staff: StaffLine, value: str | None, line: list[Stretch], start: dt.date, end: float
) -> list[list[tuple[float, float]]]:
    """Return the days on which the post of each person of a line is vacant.

    What has begun before the end of the run and ends at it or later lasts. A vacancy ends as well
    when the person is in force no longer.
    """
    away: list[list[tuple[float, float]]] = [
        [] for _ in range(max(n_persons(piece.fte) for piece in line))
    ]
    for vacancy in staff.vacant:
        since = max(float((vacancy.from_ - start).days), line[0].from_at)
        until = float((vacancy.until - start).days + 1)
        until = min(inf if until >= end else until, line[-1].until_at)
        if since >= min(until, end) or vacancy.in_ not in (None, value):
            continue
        piece = next(piece for piece in line if since < piece.until_at)
        persons = vacated(list(persons_of(piece.fte)), vacancy.fte)
        assert persons is not None  # the checks let no other amount through
        for person in persons:
            spans = merged([(one.from_at, one.until_at) for one in stretches_of(line, person)])
            last = next(last for first, last in spans if first <= since < last)
            away[person].append((since, min(until, last)))
    return away


def settled(line: list[Stretch], before: list[Stretch]) -> int:
    """Return how many of the first persons of a line are not new in their posts when it begins.

    They are there at the start of the run, or the line that ends then had them too.
    """
    if line[0].from_at == 0.0:
        return n_persons(line[0].fte)
    return n_persons(before[-1].fte) if before else 0
