"""The event log in words: labels of its parts, what happened, and instants as dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from flowsim.engine.eventlog import EVENTS
from flowsim.engine.plan import Plan
from flowsim.report.kpi_words import name_words

ENGLISH = {
    "referred": "referred",
    "returned": "came back",
    "joined": "joined the waiting list",
    "started": "started",
    "released": "gave up a kept place",
    "finished": "finished",
    "exited": "left",
    "withdrew": "withdrew while waiting",
    "turned_away": "turned away",
    "interrupted": "interrupted",
    "team_ended": "the team ended",
    "sustained": "the exit held",
    "was_waiting": "was waiting at the start of the run",
    "was_in_service": "was inside at the start of the run",
    "left_post": "left a post",
    "filled_post": "filled a post",
    "places": "number of places",
    "meeting": "meeting",
    "referral": "Referral",
    "return": "Return",
    "held": "{exit}: held",
    "initial_waiting": "{step}: waiting at the start",
    "initial_in_service": "{step}: inside at the start",
    "left_out": "left out: {rows} rows about teams, posts and meetings, which belong to no "
    "participant",
    "written": "{path}: written",
}

SWEDISH = {
    "referred": "remitterad",
    "returned": "kom tillbaka",
    "joined": "ställd på väntelistan",
    "started": "påbörjade",
    "released": "lämnade en behållen plats",
    "finished": "färdig",
    "exited": "utskriven",
    "withdrew": "avstod under väntan",
    "turned_away": "avvisad",
    "interrupted": "avbruten",
    "team_ended": "teamet upphörde",
    "sustained": "avslutet höll",
    "was_waiting": "väntade när perioden började",
    "was_in_service": "pågick när perioden började",
    "left_post": "lämnade en tjänst",
    "filled_post": "tillträdde en tjänst",
    "places": "antal platser",
    "meeting": "möte",
    "referral": "Remiss",
    "return": "Återkomst",
    "held": "{exit}: höll",
    "initial_waiting": "{step}: väntande vid start",
    "initial_in_service": "{step}: pågående vid start",
    "left_out": "utelämnat: {rows} rader om team, tjänster och möten, som inte hör till någon "
    "deltagare",
    "written": "{path}: sparad",
}

LANGUAGES = {"en": ENGLISH, "sv": SWEDISH}
MILLISECONDS = 86_400_000  # of a day


class LogLabels:
    """Words for the names of a plan, in the language of its scenario."""

    def __init__(self, plan: Plan) -> None:
        self.scenario = plan.scenario
        self.words = LANGUAGES[plan.scenario.scenario.language]
        self.steps = {step.name: self._label(step.name, "steps") for step in plan.steps}
        self.exits = {end.name: self._label(end.name, "exits") for end in plan.exits}
        self.sources = {source.name: self._source(source.name) for source in plan.sources}
        self.teams = {
            team.name: self._label(team.declared, "teams") + team.name.removeprefix(team.declared)
            for team in plan.teams
        }
        self.events = {event: self.words[event] for event in EVENTS}

    def _label(self, name: str, section: str) -> str:
        label = name_words(name, self.scenario, section)
        part = getattr(self.scenario, section).get(name)
        return label if part and part.label else label[:1].upper() + label[1:]

    def _source(self, name: str) -> str:
        if name in self.scenario.referrals:
            return self._label(name, "referrals")
        for kind in ("waiting", "in_service"):
            step = name.removeprefix("initial_").removesuffix(f"_{kind}")
            if name == f"initial_{step}_{kind}" and step in self.steps:
                return self.words[f"initial_{kind}"].format(step=self.steps[step])
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
