"""The posts of a kind of staff, day by day: how many there are, who has them, which are vacant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from flowsim.scenario.pathway import StaffLine, Vacancy
from flowsim.scenario.quantities import Varying
from flowsim.scenario.schema import Run

__all__ = [
    "NOBODY",
    "amounts_vacant",
    "begins_line",
    "days_of_change",
    "filled_on",
    "n_persons",
    "numbers_of",
    "part_of",
    "persons_of",
    "posts_on",
    "vacated",
]

NOBODY = 1e-9  # a part of a post below it is nobody's


def posts_on(line: StaffLine, day: dt.date, value: str | None = None) -> float:
    """Return the full-time equivalents that a line has on a day, filled or not.

    Examples
    --------
    >>> hired = [{"fte": 4}, {"from": dt.date(2027, 4, 1), "fte": 5}]
    >>> posts_on(StaffLine(fte=hired), dt.date(2027, 4, 1))
    5.0
    """
    if line.fte is not None:
        return line.fte.on(day, value)
    assert line.money is not None  # the checks let through exactly one of the two
    assert line.cost_per_fte is not None
    return line.money.on(day, value) / line.cost_per_fte.on(day, value)


def vacant_on(line: StaffLine, day: dt.date, value: str | None) -> float:
    """Return the full-time equivalents that a vacancy leaves empty on a day."""
    its = (one for one in line.vacant if is_of(one, value))
    return sum(one.fte for one in its if one.from_ <= day <= one.until)


def filled_on(line: StaffLine, day: dt.date, value: str | None = None) -> float:
    """Return the full-time equivalents in post on a day, where nobody leaves by turnover."""
    if not in_force(line, day):
        return 0.0
    return max(posts_on(line, day, value) - vacant_on(line, day, value), 0.0)


def is_of(vacancy: Vacancy, value: str | None) -> bool:
    """Whether a vacancy is one of the team of a value; None for the only team."""
    return vacancy.in_ is None or vacancy.in_ == value


def in_force(line: StaffLine, day: dt.date) -> bool:
    """Whether a line has begun and not ended on a day."""
    return (line.from_ or day) <= day <= (line.until or day)


def days_of_change(line: StaffLine, run: Run) -> list[dt.date]:
    """Return the days of the run, after its first, on which a line's numbers may change."""
    years = {year for number in numbers_of(line) for year in number.years}
    days = {dt.date(year, 1, 1) for year in years if year > run.start.year}
    days |= {day for number in numbers_of(line) for day in number.days}
    return sorted(day for day in days if run.start < day <= run.until)


def begins_line(line: StaffLine, day: dt.date, value: str | None) -> bool:
    """Whether a new line of posts begins on a day: where a number by year changes."""
    before = day - dt.timedelta(days=1)
    by_year = (number for number in numbers_of(line) if number.is_by_year(value))
    return any(number.on(before, value) != number.on(day, value) for number in by_year)


def numbers_of(line: StaffLine) -> list[Varying]:
    """Return the numbers of a line that may change."""
    numbers = (line.fte, line.money, line.caseload, line.cost_per_fte)
    return [number for number in numbers if number is not None]


def persons_of(fte: float) -> Iterator[float]:
    """Split full-time equivalents into persons of 1.0 and one of what remains.

    Examples
    --------
    >>> [round(part, 6) for part in persons_of(2.25)]
    [1.0, 1.0, 0.25]
    """
    for person in range(n_persons(fte)):
        yield part_of(fte, person)


def n_persons(fte: float) -> int:
    """Return how many persons share some full-time equivalents."""
    whole = int(fte + NOBODY)
    return whole + (fte - whole >= NOBODY)


def part_of(fte: float, person: int) -> float:
    """Return the part of a post that a person has; 0 where there are not so many.

    Examples
    --------
    >>> [part_of(2.25, person) for person in range(4)]
    [1.0, 1.0, 0.25, 0.0]
    """
    whole = int(fte + NOBODY)
    if person < whole:
        return 1.0
    return fte - whole if person < n_persons(fte) else 0.0


def vacated(parts: Sequence[float], fte: float) -> list[int] | None:
    """Return the persons who leave in a vacancy; None if none make up its amount.

    Those of 1.0 leave first, the highest number first; then the one of a part.

    Parameters
    ----------
    parts : of a post that each person in force has, as from `persons_of`
    fte : how much is vacant

    Examples
    --------
    >>> vacated([1.0, 1.0, 1.0, 0.5], 2), vacated([1.0, 1.0, 0.5], 1.5), vacated([1.0, 1.0], 0.5)
    ([1, 2], [1, 2], None)
    """
    n_whole = sum(part == 1.0 for part in parts)
    for rest in ([], [n_whole] if n_whole < len(parts) else []):
        others = fte - sum(parts[k] for k in rest)
        n = round(others)
        if abs(others - n) < NOBODY and 0 <= n <= n_whole and n + len(rest) > 0:
            return [*range(n_whole - n, n_whole), *rest]
    return None


def amounts_vacant(parts: Sequence[float]) -> list[float]:
    """Return how much may be vacant of the posts of some persons.

    Examples
    --------
    >>> amounts_vacant([1.0, 1.0, 0.5])
    [0.5, 1.0, 1.5, 2.0, 2.5]
    """
    whole = [float(n) for n in range(sum(part == 1.0 for part in parts) + 1)]
    rest = [n + part for part in parts if part < 1.0 for n in whole]
    return sorted({*whole[1:], *rest})
