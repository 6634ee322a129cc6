"""Places, vacant posts and people month by month, of teams whose places vary within a year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flowsim.report.document.blocks import Table
from flowsim.report.run_paper.paper import RunPaper

__all__ = ["Course", "course_of", "tables"]

Floats = NDArray[np.float64]
LEAST_SWING = 0.1  # of the most places: less is not worth a table


@dataclass(frozen=True, eq=False)
class Course:
    """A team in the year in which its places vary most: means over replications, (n_months,).

    Parameters
    ----------
    months : their names
    places : places in force
    in_use : of these; kept ones included
    vacant : vacancies in full-time posts
    waiting : people on the lists of its steps
    """

    months: list[str]
    places: Floats
    in_use: Floats
    vacant: Floats
    waiting: Floats

    @property
    def swing(self) -> float:
        """Fewest places below most, of most."""
        most = float(self.places.max())
        return (most - float(self.places.min())) / most if most > 0 else 0.0


def course_of(team: str, paper: RunPaper) -> Course | None:
    """Return the year in which a team's places vary most; None where they hardly do.

    Years before a team begins, and after its end, are left out, and so are such months.
    """
    names = [period.name for period in paper.results.month_table.periods[1:]]
    parts = paper.scenario.teams[team]
    alive = [
        month
        for month, name in enumerate(names)
        if (parts.from_ is None or name > f"{parts.from_:%Y-%m}")
        and (parts.until is None or name < f"{parts.until:%Y-%m}")
    ]
    years = dict.fromkeys(names[month][:4] for month in alive)
    courses = [
        _course(team, [m for m in alive if names[m].startswith(year)], names, paper)
        for year in years
    ]
    best = max(courses, key=lambda one: one.swing, default=None)
    if best is None or best.swing < LEAST_SWING or best.places.max() - best.places.min() < 1:
        return None
    return best


def _course(team: str, months: list[int], names: list[str], paper: RunPaper) -> Course:
    def mean(kpi: str) -> Floats:
        return np.asarray(paper.monthly(kpi)[:, months].mean(axis=0))

    used = paper.results.table[f"{team}.utilisation"].numerator
    steps = [name for name, step in paper.scenario.steps.items() if team in step.team]
    nobody = np.zeros(len(months))
    return Course(
        months=[names[month] for month in months],
        places=mean(f"{team}.places.mean"),
        in_use=sum(map(mean, used), nobody),
        vacant=mean(f"{team}.vacant_fte.mean"),
        waiting=sum((mean(f"{step}.waiting.mean") for step in steps), nobody),
    )


def tables(paper: RunPaper) -> Iterator[Table]:
    """Return a table of each team whose places vary within a year."""
    _ = paper._
    for team in paper.scenario.teams:
        if (course := course_of(team, paper)) is None:
            continue
        columns = (course.places, course.in_use, course.vacant, course.waiting)
        rows = tuple(
            (
                paper.months(month, month),
                *(paper.value("", float(column[at]), "count") for column in columns),
            )
            for at, month in enumerate(course.months)
        )
        heads = (_("Month"), _("Places"), _("Places in use"), _("Vacant posts"), _("Waiting"))
        title = _("{team}: places, vacant posts and people waiting, month by month")
        note = _(
            "On average over each month and over the replications, of the year in which the "
            "places vary most. More can be inside than there are places: nobody is sent out."
        )
        yield Table(title.format(team=paper.label(team, "teams")), heads, rows, "lrrrr", note)
