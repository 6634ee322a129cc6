"""The event log as XES, the interchange format of process mining.

A trace is a participant, an event is a row of the log. The activity (`concept:name`) of an event is
the label of its step; what happened to it is the transition of the standard lifecycle model, so
that tools find by themselves how long somebody waited (schedule to start) and was inside (start to
complete). Rows about teams, posts and meetings belong to no trace and are left out.

================================== ===================================================
event of the log                   transition of the activity
================================== ===================================================
joined, was_waiting                schedule
started, was_in_service            start
finished                           complete
withdrew, turned_away              withdraw (called off before it began)
interrupted                        ate_abort (cut short)
team_ended                         ate_abort if inside, else withdraw
released                           unknown: about a kept place, not about the stay
referred, returned                 complete of an activity "Referral", "Return"
exited, sustained                  complete of an activity named after the exit
================================== ===================================================

References
----------
IEEE Std 1849-2016, IEEE Standard for eXtensible Event Stream (XES) for Achieving Interoperability
in Event Logs and Event Streams: the concept, lifecycle, time and organizational extensions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TextIO
from xml.sax.saxutils import quoteattr

import numpy as np

from flowsim.engine import eventlog as log_events
from flowsim.engine.eventlog import EVENTS, EventLog
from flowsim.engine.plan import Plan
from flowsim.language import N_
from flowsim.letters import in_xml
from flowsim.report.log_labels import LogLabels, case, instants

REFERRAL, RETURN, HELD = N_("Referral"), N_("Return"), N_("{exit}: held")
TRANSITIONS = {
    log_events.REFERRED: "complete",
    log_events.RETURNED: "complete",
    log_events.JOINED: "schedule",
    log_events.WAS_WAITING: "schedule",
    log_events.STARTED: "start",
    log_events.WAS_IN_SERVICE: "start",
    log_events.FINISHED: "complete",
    log_events.WITHDREW: "withdraw",
    log_events.TURNED_AWAY: "withdraw",
    log_events.INTERRUPTED: "ate_abort",
    log_events.RELEASED: "unknown",
    log_events.EXITED: "complete",
    log_events.SUSTAINED: "complete",
}
BEGIN = {log_events.STARTED, log_events.WAS_IN_SERVICE}
END = {log_events.FINISHED, log_events.INTERRUPTED, log_events.TEAM_ENDED}
EXTENSIONS = (
    ("Concept", "concept"),
    ("Lifecycle", "lifecycle"),
    ("Time", "time"),
    ("Organizational", "org"),
)
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">
{extensions}
<global scope="trace">
<string key="concept:name" value="unknown"/>
</global>
<global scope="event">
<string key="concept:name" value="unknown"/>
<string key="lifecycle:transition" value="unknown"/>
<date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/>
</global>
<classifier name="Activity" keys="concept:name"/>
<classifier name="Activity and transition" keys="concept:name lifecycle:transition"/>
<classifier name="Activity and what happened" keys="concept:name event"/>
"""


def write_xes(path: Path, plan: Plan, logs: Iterable[EventLog]) -> int:
    """Write the logs of a run, a replication at a time.

    Parameters
    ----------
    path : the file
    plan : the plan of all the logs
    logs : one for each replication

    Returns
    -------
    number of rows that were left out, because they are about no participant
    """
    labels = LogLabels(plan)
    left_out = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_head(plan))
        for log in logs:
            left_out += int((log.source < 0).sum())
            _Traces(log, labels).write(file)
        file.write("</log>\n")
    return left_out


def _head(plan: Plan) -> str:
    extensions = "\n".join(
        f'<extension name="{name}" prefix="{prefix}" '
        f'uri="http://www.xes-standard.org/{prefix}.xesext"/>'
        for name, prefix in EXTENSIONS
    )
    scenario = plan.scenario
    return HEAD.format(extensions=extensions) + "".join(
        (
            _text("concept:name", scenario.scenario.title),
            _text("lifecycle:model", "standard"),
            _text("flowsim", version("flowsim")),
            _text("scenario", scenario.name),
        )
    )


class _Traces:
    """The participants of one replication."""

    def __init__(self, log: EventLog, labels: LogLabels) -> None:
        self.log, self.plan, self.labels = log, log.plan, labels
        self.days = log.time.tolist()
        self.times = instants(log.plan.start, log.time)
        self.columns = [
            getattr(log, column).tolist()
            for column in ("event", "step", "name", "episode", "number")
        ]
        self.resources: dict[int, str] = {}

    def write(self, file: TextIO) -> None:
        """Write a trace for each participant, source after source."""
        for source, participant, rows in self._participants():
            file.write("<trace>\n")
            file.write(self._attributes(source, participant))
            person = int(self.log.first_participant[source]) + participant
            file.writelines(self._events(person, rows))
            file.write("</trace>\n")

    def _participants(self) -> Iterator[tuple[int, int, list[int]]]:
        """Return source, ordinal and rows of everybody, the rows in the order of the log."""
        log = self.log
        rows = np.flatnonzero(log.source >= 0)
        person = log.first_participant[log.source[rows]] + log.participant[rows]
        order = np.argsort(person, kind="stable")
        rows, person = rows[order], person[order]
        for part in np.split(rows, np.flatnonzero(np.diff(person)) + 1):
            if len(part):
                yield int(log.source[part[0]]), int(log.participant[part[0]]), part.tolist()

    def _attributes(self, source: int, participant: int) -> str:
        plan, log = self.plan, self.log
        name = plan.sources[source].name
        values = log.values[log.first_participant[source] + participant]
        groups = plan.groups[:-1]  # the last one is the source itself
        return "".join(
            (
                _text("concept:name", case(log.replication, name, participant)),
                _whole("replication", log.replication),
                _text("source", self.labels.sources[name]),
                *(_text(group.name, group.values[values[g]]) for g, group in enumerate(groups)),
            )
        )

    def _events(self, person: int, rows: list[int]) -> Iterator[str]:
        inside: set[int] = set()
        events, steps, names, episodes, numbers = self.columns
        for row in rows:
            event, step = events[row], steps[row]
            yield "<event>\n"
            yield _text("concept:name", self._activity(event, step, names[row]))
            yield _text("lifecycle:transition", _transition(event, step in inside))
            yield f'<date key="time:timestamp" value="{self.times[row]}"/>\n'
            if event in BEGIN or (event in END and step in inside):
                yield self._resource(person, step)
            yield _text("event", EVENTS[event])
            yield _whole("episode", episodes[row])
            yield f'<float key="day" value="{self.days[row]!r}"/>\n'
            if event == log_events.RELEASED:
                yield _whole("places", numbers[row])
            yield "</event>\n"
            if event in BEGIN:
                inside.add(step)
            elif event in END:
                inside.discard(step)

    def _activity(self, event: int, step: int, name: int) -> str:
        labels = self.labels
        if event in (log_events.REFERRED, log_events.RETURNED):
            return labels._(REFERRAL if event == log_events.REFERRED else RETURN)
        if event in (log_events.EXITED, log_events.SUSTAINED):
            end = labels.exits[self.plan.exits[name].name]
            return end if event == log_events.EXITED else labels._(HELD).format(exit=end)
        return labels.steps[self.plan.steps[step].name]

    def _resource(self, person: int, step: int) -> str:
        """Return which teams do it; which person of a team does, the model does not know."""
        station = self.plan.station_of(step, self.log.values[person])
        if station not in self.resources:
            teams = [self.plan.teams[team].name for team in self.plan.stations[station].teams]
            name = " + ".join(self.labels.teams[team] for team in teams)
            told = _text("org:resource", name) + _text("org:group", name)
            self.resources[station] = told if teams else ""
        return self.resources[station]


def _transition(event: int, is_inside: bool) -> str:
    if event == log_events.TEAM_ENDED:
        return "ate_abort" if is_inside else "withdraw"
    return TRANSITIONS[event]


def _text(key: str, value: str) -> str:
    r"""Write an attribute; a character that XML 1.0 forbids becomes U+FFFD.

    Examples
    --------
    >>> print(_text("label", 'a < "b" & \x07'), end="")
    <string key="label" value='a &lt; "b" &amp; �'/>
    """
    return f'<string key="{key}" value={quoteattr(in_xml(value))}/>\n'


def _whole(key: str, value: int) -> str:
    return f'<int key="{key}" value="{value}"/>\n'
