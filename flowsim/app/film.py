"""One course of events as a film: where everybody is at the end of each month."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass

import numpy as np

from flowsim.engine.compiling import compile_plan
from flowsim.engine.engines import simulate
from flowsim.report.document.blocks import Table
from flowsim.report.words import Value, Words
from flowsim.scenario.quantities import add_months
from flowsim.scenario.schema import Scenario

__all__ = ["Film", "film_of"]

MOST_PEOPLE = 400
"""Dots that move; the table counts everybody."""
MOST_MONTHS = 120
COMES = {
    **dict.fromkeys(("joined", "was_waiting"), "waits"),
    **dict.fromkeys(("started", "was_in_service"), "inside"),
    "exited": "left",
}
"""Where an event takes somebody; what is not here moves nobody."""


@dataclass(frozen=True)
class Film:
    """Where people are at the end of each month.

    Parameters
    ----------
    months : such as "2019-03"
    places : of each: what it is called, and its row and column on the screen
    people : of each that is shown, the place at the end of each month; -1: not there
    table : how many are in each place, month by month
    n_people : of all, shown or not
    """

    months: tuple[str, ...]
    places: tuple[tuple[str, int, int], ...]
    people: tuple[tuple[int, ...], ...]
    table: Table
    n_people: int

    @property
    def json(self) -> str:
        """What the script of the page reads; no text in it can end the element that it lies in."""
        people = [list(one) for one in self.people]
        text = json.dumps({"months": self.months, "places": self.places, "people": people})
        return text.replace("<", "\\u003c")


def film_of(scenario: Scenario, language: str) -> Film:
    """Play replication 0 of a scenario, and note where everybody is month by month."""
    words = Words(scenario, language)
    log = simulate(compile_plan(scenario, []), seed=scenario.run.seed, replication=0, keep=True)
    frame = log.to_frame()
    months, ends = months_of(scenario)
    places = places_of(scenario, words)
    number = {key: at for at, key in enumerate(places)}
    where: dict[tuple[str, int], list[int]] = {}
    moves = frame[frame["event"].isin(COMES)]
    columns = ("time", "source", "participant", "step", "event", "name")
    for time, source, participant, step, event, name in moves[list(columns)].itertuples(
        index=False
    ):
        kind = COMES[str(event)]
        key = (kind, str(name) if kind == "left" else str(step))
        from_month = int(np.searchsorted(ends, time, side="left"))
        line = where.setdefault((str(source), int(participant)), [-1] * len(months))
        for month in range(from_month, len(months)):
            line[month] = number[key]
    seen = sorted(where)
    every = max(-(-len(seen) // MOST_PEOPLE), 1)
    return Film(
        months=months,
        places=tuple(places.values()),
        people=tuple(tuple(where[one]) for one in seen[::every]),
        table=table_of(months, places, list(where.values()), words),
        n_people=len(seen),
    )


def months_of(scenario: Scenario) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the months of a run, the last of them where there are many, and when each ends."""
    run = scenario.run
    first = run.start.replace(day=1)
    names, ends = [], []
    while first <= run.until:
        after = add_months(first, 1)
        names.append(f"{first:%Y-%m}")
        ends.append(float((min(after, run.until + dt.timedelta(days=1)) - run.start).days))
        first = after
    return tuple(names[-MOST_MONTHS:]), np.array(ends[-MOST_MONTHS:])


def places_of(scenario: Scenario, words: Words) -> dict[tuple[str, str], tuple[str, int, int]]:
    """Return where somebody can be: a list and a step side by side, and all exits at the right."""
    places = {}
    for row, step in enumerate(scenario.steps):
        label = words.label(step, "steps")
        text = words._("{step}: waiting").format(step=label)
        places["waits", step] = (text, row, 0)
        places["inside", step] = (label, row, 1)
    exits = dict.fromkeys([*scenario.exits, *words_of_built_in_exits()])
    for row, name in enumerate(exits):
        places["left", name] = (words.label(name, "exits"), row, 2)
    return places


def words_of_built_in_exits() -> tuple[str, ...]:
    """Return the exits that every scenario has."""
    from flowsim.scenario.schema import BUILT_IN_EXITS

    return tuple(BUILT_IN_EXITS)


def table_of(
    months: tuple[str, ...],
    places: dict[tuple[str, str], tuple[str, int, int]],
    lines: list[list[int]],
    words: Words,
) -> Table:
    """Count people by place and month; places where nobody ever is are left out."""
    counts = [Counter(line[month] for line in lines) for month in range(len(months))]
    used = [at for at in range(len(places)) if any(one[at] for one in counts)]
    labels = [label for label, _row, _column in places.values()]
    rows = tuple(
        (month, *(Value(words.number(one[at]), "count", float(one[at])) for at in used))
        for month, one in zip(months, counts, strict=True)
    )
    heads = (words._("Month"), *(labels[at] for at in used))
    return Table(words._("People at the end of each month"), heads, rows, "l" + "r" * len(used))
