"""The event log in words: labels of its parts, what happened, and instants as dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from flowsim.engine.eventlog import EVENTS
from flowsim.engine.plan import Plan
from flowsim.language import N_
from flowsim.report.words import Words

EVENT_WORDS = {
    "referred": N_("referred"),
    "returned": N_("came back"),
    "joined": N_("joined the waiting list"),
    "started": N_("started"),
    "released": N_("gave up a kept place"),
    "finished": N_("finished"),
    "exited": N_("left"),
    "withdrew": N_("withdrew while waiting"),
    "turned_away": N_("turned away"),
    "interrupted": N_("interrupted"),
    "team_ended": N_("the team ended"),
    "sustained": N_("the exit held"),
    "was_waiting": N_("was waiting at the start of the run"),
    "was_in_service": N_("was inside at the start of the run"),
    "left_post": N_("left a post"),
    "filled_post": N_("filled a post"),
    "places": N_("number of places"),
    "meeting": N_("meeting"),
}
INITIAL = {
    "waiting": N_("{step}: waiting at the start"),
    "in_service": N_("{step}: inside at the start"),
}
MILLISECONDS = 86_400_000  # of a day


class LogLabels(Words):
    """Words for the names of a plan, in the language of its scenario."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan.scenario)
        self.steps = {step.name: self._label(step.name, "steps") for step in plan.steps}
        self.exits = {end.name: self._label(end.name, "exits") for end in plan.exits}
        self.sources = {source.name: self._source(source.name) for source in plan.sources}
        self.teams = {
            team.name: self._label(team.declared, "teams") + team.name.removeprefix(team.declared)
            for team in plan.teams
        }
        self.events = {event: self._(EVENT_WORDS[event]) for event in EVENTS}

    def _label(self, name: str, section: str) -> str:
        """Return a label as the file has it; a name in words begins with a capital."""
        part = getattr(self.scenario, section).get(name)
        label: str = part.label if part and part.label else self.label(name, section)
        return label

    def _source(self, name: str) -> str:
        if name in self.scenario.referrals:
            return self._label(name, "referrals")
        for kind, text in INITIAL.items():
            step = name.removeprefix("initial_").removesuffix(f"_{kind}")
            if name == f"initial_{step}_{kind}" and step in self.steps:
                return self._(text).format(step=self.steps[step])
        return name


def instants(start: dt.date, days: Iterable[float] | NDArray[np.float64]) -> list[str]:
    """Write days since the start of a run as dates and times, to the millisecond.

    A model's day has 24 hours throughout the year. So has a day of universal time, which is why
    midnight of the model is written as midnight there.

    Examples
    --------
    >>> instants(dt.date(2025, 3, 30), [-1.0, 0.5, 400.000001])
    ['2025-03-29T00:00:00.000+00:00', '2025-03-30T12:00:00.000+00:00', \
'2026-05-04T00:00:00.086+00:00']
    """
    since = np.rint(np.asarray(days, dtype=np.float64) * MILLISECONDS).astype("timedelta64[ms]")
    written = np.datetime_as_string(np.datetime64(start, "ms") + since, unit="ms")
    return [f"{instant}+00:00" for instant in written.tolist()]


def case(replication: int, source: str, participant: int) -> str:
    """Name a participant, so that no two of a run have the same name."""
    return f"{replication}-{source}-{participant}"
