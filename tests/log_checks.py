"""Checks of one event log against the rules, from the log and the plan only.

`check(log)` walks down the rows and keeps its own account: where every participant is, which
places each holds, how many places each team has. It knows nothing of how the engines work.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from math import inf

import numpy as np

from flowsim.engine.eventlog import COLUMNS, EVENTS, EventLog
from flowsim.engine.plan import DATED, POISSON, Intervals

AWAY, ARRIVED, WAITING, INSIDE, BETWEEN, LEAVING = (
    "away",
    "arrived",
    "waiting",
    "inside",
    "between",
    "leaving",
)
Who = tuple[int, int]


@dataclass(eq=False)
class Person:
    """Where a participant is, by the rows so far."""

    who: Who
    referred_at: float
    state: str = AWAY
    episode: int = 0
    step: int = -1
    station: int = -1
    since: float = 0.0  # joined or started at
    held: frozenset[int] = frozenset()  # teams of which it holds a place
    kept_by: int = -1  # the step that kept them
    just_exited: bool = False


@dataclass
class Tally:
    """Counts that must agree in the end."""

    opening: Counter[int] = field(default_factory=Counter)
    new: Counter[int] = field(default_factory=Counter)
    left: Counter[int] = field(default_factory=Counter)
    listed: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    waits: dict[int, float] = field(default_factory=lambda: defaultdict(float))


def check(log: EventLog) -> None:
    """Assert every invariant; the message of a failure names the row.

    Where the engine has played on, its rows from the end on are walked down too, as if the run had
    lasted until the horizon: all rules but that of when it stops are the same.
    """
    _Walk(log).run()
    if log.after is not None:
        _Walk(whole(log)).run()
        check_playing_on(log)


def whole(log: EventLog) -> EventLog:
    """The log of a run that lasts until the horizon, as far as it was played on."""
    after = log.after
    assert after is not None
    assert (log.time < log.plan.end).all()
    assert (after.time >= log.plan.end).all()
    assert (after.time < log.plan.horizon).all()
    until = float(np.nextafter(after.time[-1], np.inf)) if len(after) else log.plan.end
    columns = {name: np.concatenate([getattr(log, name), getattr(after, name)]) for name in COLUMNS}
    plan = replace(log.plan, end=until)
    return replace(after, plan=plan, after=None, **columns)


def check_playing_on(log: EventLog) -> None:
    """No instant is played on once nobody is left to follow."""
    assert log.after is not None
    instants = [log.plan.end, *np.unique(log.after.time)]
    for instant in instants[:-1]:
        assert is_anyone_open(log, instant), f"played on after {instant} though nobody was open"


def is_anyone_open(log: EventLog, instant: float) -> bool:
    """Whether somebody is open when all that happens until an instant (it included) is done.

    By the rows alone. The end itself is looked at before anything happens at it.
    """
    plan, after = log.plan, log.after
    assert after is not None
    rows = [(log, i) for i in range(len(log))]
    rows += [(after, i) for i in range(len(after)) if after.time[i] <= instant != plan.end]
    window = (plan.report_from, plan.end)
    lists: dict[Who, float] = {}
    here: dict[Who, int] = {}
    waited: dict[Who, set[int]] = defaultdict(set)
    for part, i in rows:
        who = (int(part.source[i]), int(part.participant[i]))
        event, step = EVENTS[part.event[i]], int(part.step[i])
        if event == "referred" and window[0] <= part.time[i] < window[1]:
            here[who] = step
        elif event == "exited":
            here.pop(who, None)
        elif event == "joined":
            lists[who] = float(part.time[i])
            if who in here:
                here[who] = step
        if event in ("started", "withdrew", "turned_away") or (
            event == "team_ended" and who in lists
        ):
            lists.pop(who, None)
            waited[who].add(step)
    if any(window[0] <= joined < window[1] for joined in lists.values()):
        return True
    return any(
        step not in waited[who] and (step == at or step in plan.ahead[at])
        for who, at in here.items()
        for step in plan.sought
    )


class _Walk:
    """The walk down the rows; one method per kind of row."""

    def __init__(self, log: EventLog) -> None:
        self.log, self.plan = log, log.plan
        self.people: dict[Who, Person] = {}
        self.waiting: dict[int, list[Person]] = {k: [] for k in range(len(self.plan.stations))}
        self.places = dict.fromkeys(range(len(self.plan.teams)), 0)
        self.in_use: Counter[int] = Counter()
        self.maybe: Counter[int] = Counter()  # kept on a delay that outlasts the run: unknown
        self.inside = 0  # participants in the system
        self.tally = Tally()
        self.starts_in_year: Counter[tuple[int, int]] = Counter()
        self.to_start = 0  # starts still owed to the meeting row just read
        self.meeting_step = -1
        self.row = -1
        self.now = 0.0
        self.next_row = self._next_rows()
        self.met: dict[int, list[float]] = defaultdict(list)

    # --- the walk ---

    def run(self) -> None:
        log = self.log
        first = int(
            np.searchsorted(np.isin(log.event, _codes("was_waiting", "was_in_service")) == 0, True)
        )
        assert (np.diff(log.time[first:]) >= 0).all(), "a row goes back in time"
        assert (log.time[first:] >= 0).all()
        assert (log.time < self.plan.end).all()
        assert not np.isin(log.event[first:], _codes("was_waiting", "was_in_service")).any()
        for row in range(len(log)):
            self.row = row
            if row > first and log.time[row] > log.time[row - 1]:
                self.end_of_instant(float(log.time[row - 1]))
                self.pass_time(float(log.time[row]))
            elif row == first and log.time[row] > 0:
                self.pass_time(float(log.time[row]))
            self.now = float(log.time[row])
            event = EVENTS[log.event[row]]
            if event not in ("started", "released"):
                assert self.to_start == 0, self.at("a meeting started fewer than it says")
            if log.participant[row] < 0:
                getattr(self, f"on_{event}")()
            else:
                self.on_participant(event)
        if len(log) > first:
            self.end_of_instant(self.now)
        self.pass_time(self.plan.end)
        self.account()

    def at(self, text: str) -> str:
        row = self.log.to_frame().iloc[[max(0, self.row)]]
        return f"{text}\nrow {self.row}: {row.to_string(header=False)}"

    def _next_rows(self) -> list[int]:
        """Position of the same participant's next row, -1 if there is none."""
        following, last = [-1] * len(self.log), {}
        for row in range(len(self.log) - 1, -1, -1):
            who = (int(self.log.source[row]), int(self.log.participant[row]))
            following[row] = last.get(who, -1)
            last[who] = row
        return following

    def pass_time(self, until: float) -> None:
        """Little's law, first half: the number on the list, integrated."""
        start, until = max(self.now, 0.0), max(until, 0.0)
        for k, people in self.waiting.items():
            self.tally.listed[self.plan.stations[k].step] += len(people) * (until - start)

    # --- teams, posts, meetings ---

    def on_places(self) -> None:
        team, number = int(self.log.name[self.row]), int(self.log.number[self.row])
        assert number >= 0
        assert self.now == 0 or number != self.places[team], self.at("places unchanged")
        self.places[team] = number

    def on_filled_post(self) -> None:
        pass

    def on_left_post(self) -> None:
        pass

    def on_meeting(self) -> None:
        step = int(self.log.step[self.row])
        intake = self.plan.steps[step].intake
        number = int(self.log.number[self.row])
        assert intake is not None
        assert number == 0 or number >= intake.min, self.at("fewer than min")
        assert intake.max is None or number <= intake.max, self.at("more than max")
        self.to_start, self.meeting_step = number, step
        if intake.every is None:
            assert number > 0, self.at("an empty group")
        else:
            k = round((self.now - intake.first) / intake.every)
            assert self.now == intake.first + k * intake.every, self.at("not a meeting's instant")
            team = int(self.log.name[self.row])
            stations = [
                j
                for j, station in enumerate(self.plan.stations)
                if station.step == step and (station.teams or (-1,))[0] == team
            ]
            assert not all(_within(self.plan.stations[j].closed, self.now) for j in stations)
            if len(stations) == 1:
                self.met[stations[0]].append(self.now)

    # --- participants ---

    def on_participant(self, event: str) -> None:
        log, row = self.log, self.row
        who = (int(log.source[row]), int(log.participant[row]))
        if event in ("referred", "was_waiting", "was_in_service"):
            assert who not in self.people, self.at("comes for the first time twice")
            self.people[who] = Person(who, self.now)
        person = self.people[who]
        if event == "sustained":
            assert person.just_exited, self.at("sustained without an exit")
        person.just_exited = False
        getattr(self, f"on_{event}")(person, int(log.step[row]))
        assert int(log.episode[row]) == person.episode, self.at("wrong episode")

    def on_referred(self, person: Person, step: int) -> None:
        person.state, person.episode = ARRIVED, 1
        self.inside += 1

    def on_returned(self, person: Person, step: int) -> None:
        assert person.state == AWAY, self.at("returns without having left")
        person.state, person.episode = ARRIVED, person.episode + 1
        self.inside += 1

    def on_was_waiting(self, person: Person, step: int) -> None:
        assert self.now <= 0
        self.on_referred(person, step)
        self.on_joined(person, step)

    def on_was_in_service(self, person: Person, step: int) -> None:
        assert self.now <= 0
        self.on_referred(person, step)
        self._enter(person, step)
        person.state, person.held = INSIDE, frozenset(self.plan.stations[person.station].teams)
        self.in_use.update(person.held)
        self.tally.opening[step] += 1

    def on_joined(self, person: Person, step: int) -> None:
        assert person.state in (ARRIVED, BETWEEN), self.at("joins from nowhere")
        self._enter(person, step)
        person.state = WAITING
        self.waiting[person.station].append(person)

    def _enter(self, person: Person, step: int) -> None:
        source, ordinal = person.who
        values = self.log.values[self.log.first_participant[source] + ordinal]
        person.step, person.since = step, self.now
        person.station = self.plan.station_of(step, values)

    def on_started(self, person: Person, step: int) -> None:
        assert (person.state, person.step) == (WAITING, step), self.at("starts without waiting")
        station = self.plan.stations[person.station]
        assert not _within(station.closed, self.now), self.at("starts while closed")
        self.first_come_first_served(person)
        needed = frozenset(station.teams)
        self.unlist(person)
        for team in needed - person.held:
            free = self.places[team] - self.in_use[team]
            assert free > 0, self.at(f"no place free in {self.plan.teams[team].name}")
        intake = self.plan.steps[step].intake
        if intake is None:
            assert self.to_start == 0, self.at("a meeting started fewer than it says")
        else:
            assert self.to_start > 0, self.at("a start outside a meeting")
            assert self.meeting_step == step
            self.to_start -= 1
            year = person.station, self._year(self.now)
            self.starts_in_year[year] += 1
            limit = intake.max_per_year
            assert limit is None or self.starts_in_year[year] <= limit, self.at("max_per_year")
        given_up = person.held - needed
        self._hold(person, needed)
        if given_up:
            after = self.row + 1
            assert after < len(self.log), self.at("nothing released")
            assert EVENTS[self.log.event[after]] == "released", self.at("nothing released")
            assert self.log.number[after] == len(given_up), self.at("released another number")
            assert self.log.step[after] == person.kept_by, self.at("released by another step")
        else:
            person.kept_by = -1
        person.state, person.since = INSIDE, self.now
        self.tally.new[step] += 1

    def on_released(self, person: Person, step: int) -> None:
        assert person.kept_by == step, self.at("releases what it did not keep")
        if person.state == WAITING:
            assert self.log.number[self.row] == len(person.held)
            self._hold(person, frozenset())
        else:
            assert person.state == INSIDE, self.at("releases from nowhere")
        person.kept_by = -1

    def on_finished(self, person: Person, step: int) -> None:
        self._end_stay(person, step)
        person.state = BETWEEN
        following = self.next_row[self.row]
        event = EVENTS[self.log.event[following]] if following >= 0 else None
        if not self._has_delays(step):
            assert following >= 0, self.at("nothing follows the end of a stay")
            assert self.log.time[following] == self.now, self.at("a delay on a route without one")
        keeps = self.plan.steps[step].keeps_place and bool(person.held)
        if keeps and event == "joined":
            person.kept_by = step
        else:
            if keeps and event is None:
                self.maybe.update(person.held)
            self._hold(person, frozenset())

    def _has_delays(self, step: int) -> bool:
        declared = self.plan.steps[step]
        all_routes = [declared.routes, *(routes for _, _, routes in declared.routes_for)]
        return any(delay is not None for routes in all_routes for delay in routes.delays)

    def on_interrupted(self, person: Person, step: int) -> None:
        self._end_stay(person, step)
        person.state = LEAVING
        self._hold(person, frozenset())

    def on_withdrew(self, person: Person, step: int) -> None:
        assert not person.held, self.at("a keeper has no patience")
        assert self.plan.steps[step].patience is not None
        self._stop_waiting(person, step)

    def on_turned_away(self, person: Person, step: int) -> None:
        limit = self.plan.steps[step].max_waiting
        assert limit is not None
        assert person.since == self.now, self.at("turned away later than it joined")
        assert len(self.waiting[person.station]) > limit, self.at("turned away though not full")
        assert not person.held, self.at("turned away with a place")
        self._stop_waiting(person, step)

    def on_team_ended(self, person: Person, step: int) -> None:
        ended = [self.plan.teams[team] for team in self.plan.stations[person.station].teams]
        ended = [team for team in ended if team.until_at <= self.now]
        assert ended, self.at("no team has ended")
        if person.state == INSIDE:
            self._end_stay(person, step)
            self._hold(person, frozenset())
        else:
            assert not person.held, self.at("leaves with a place")
            self._stop_waiting(person, step)
        person.state = BETWEEN if any(team.ends_to >= 0 for team in ended) else LEAVING

    def on_exited(self, person: Person, step: int) -> None:
        assert person.state in (BETWEEN, LEAVING), self.at("exits from nowhere")
        assert person.step == step, self.at("exits from another step")
        assert not person.held
        assert int(self.log.name[self.row]) >= 0, self.at("no exit named")
        person.state, person.just_exited = AWAY, True
        self.inside -= 1

    def on_sustained(self, person: Person, step: int) -> None:
        exit_ = self.plan.exits[int(self.log.name[self.row])]
        assert exit_.sustained_share > 0
        following = self.next_row[self.row]
        if following >= 0:
            assert self.log.time[following] - self.now >= exit_.hold_time - 1e-9, self.at("undone")

    def _stop_waiting(self, person: Person, step: int) -> None:
        assert (person.state, person.step) == (WAITING, step), self.at("does not wait there")
        self.unlist(person)
        person.state = LEAVING

    def _end_stay(self, person: Person, step: int) -> None:
        assert (person.state, person.step) == (INSIDE, step), self.at("ends without a stay")
        self.tally.left[step] += 1

    def unlist(self, person: Person) -> None:
        """Little's law, second half: each wait, of what lies within the run."""
        self.waiting[person.station].remove(person)
        self.tally.waits[person.step] += self.now - max(person.since, 0.0)

    def _hold(self, person: Person, teams: frozenset[int]) -> None:
        self.in_use.subtract(person.held)
        self.in_use.update(teams)
        person.held = teams

    # --- the rules about order ---

    def rank(self, person: Person) -> tuple[float, ...]:
        """Who comes first: rank, joined, referred, source, ordinal."""
        priority = self.plan.steps[person.step].priority
        source, ordinal = person.who
        values = self.log.values[self.log.first_participant[source] + ordinal]
        matches = [i for i, (group, value) in enumerate(priority) if values[group] == value]
        rank = matches[0] if matches else len(priority)
        return (rank, person.since, person.referred_at, source, ordinal)

    def lacking(self, person: Person) -> frozenset[int]:
        return frozenset(self.plan.stations[person.station].teams) - person.held

    def first_come_first_served(self, person: Person) -> None:
        """Nobody who comes before, and lacks no more, is still waiting when this one starts."""
        mine, lacking = self.rank(person), self.lacking(person)
        one_by_one = self.plan.steps[person.step].intake is None
        for k, people in self.waiting.items():
            station = self.plan.stations[k]
            intake = self.plan.steps[station.step].intake
            if k != person.station and not (one_by_one and intake is None):
                continue
            if _within(station.closed, self.now):
                continue
            cut_off = intake.cut_off if intake else 0.0
            for other in people:
                in_time = other.since + cut_off <= self.now
                if other is not person and in_time and self.lacking(other) <= lacking:
                    assert self.rank(other) > mine, self.at(f"{other} should have come first")

    def end_of_instant(self, now: float) -> None:
        """Nobody waits who could start; no list is longer than its intake stop allows."""
        free = {t: n - self.in_use[t] - self.maybe[t] for t, n in self.places.items()}
        for k, people in self.waiting.items():
            station = self.plan.stations[k]
            step = self.plan.steps[station.step]
            if step.max_waiting is not None:
                initial = sum(
                    self.plan.sources[p.who[0]].kind not in (POISSON, DATED) for p in people
                )
                assert len(people) <= max(step.max_waiting, initial), self.at("list too long")
            if _within(station.closed, now) or (step.intake and step.intake.every is not None):
                continue
            if step.intake is None:
                for person in people:
                    assert any(free[t] <= 0 for t in self.lacking(person)), self.at(
                        f"before this row, {person} could start in {step.name}"
                    )
            else:
                self.no_group_could_form(k, free, now)

    def no_group_could_form(self, k: int, free: dict[int, int], now: float) -> None:
        intake = self.plan.steps[self.plan.stations[k].step].intake
        assert intake is not None
        left = dict(free)
        ready = 0
        for person in sorted(self.waiting[k], key=self.rank):
            lacking = self.lacking(person)
            if person.since + intake.cut_off <= now and all(left[t] > 0 for t in lacking):
                ready += 1
                for team in lacking:
                    left[team] -= 1
        most = inf if intake.max is None else intake.max
        if intake.max_per_year is not None:
            most = min(most, intake.max_per_year - self.starts_in_year[k, self._year(now)])
        assert min(ready, most) < intake.min, self.at("before this row a group could start")

    def _year(self, now: float) -> int:
        return (self.plan.start + dt.timedelta(days=int(now))).year

    # --- the account ---

    def account(self) -> None:
        """What came in is what went out and what is still inside."""
        there = [person for person in self.people.values() if person.state != AWAY]
        assert self.inside == len(there)
        assert not any(person.state in (ARRIVED, LEAVING) for person in there)
        rows = Counter(EVENTS[code] for code in self.log.event)
        came = sum(rows[e] for e in ("referred", "returned", "was_waiting", "was_in_service"))
        assert came == rows["exited"] + len(there)
        inside = Counter(person.step for person in there if person.state == INSIDE)
        for step in range(len(self.plan.steps)):
            participants = self.tally.opening[step] + self.tally.new[step]
            assert participants == self.tally.left[step] + inside[step]
        for people in self.waiting.values():
            for person in people:
                self.tally.waits[person.step] += self.plan.end - max(person.since, 0.0)
        for step, area in self.tally.listed.items():
            np.testing.assert_allclose(self.tally.waits[step], area, rtol=1e-9, atol=1e-6)
        self._ordinals()
        self._meetings()

    def _ordinals(self) -> None:
        """Ordinals of a source run from 0 without a gap, and all have a row of values."""
        counts = np.diff(self.log.first_participant)
        seen: dict[int, list[int]] = defaultdict(list)
        for source, ordinal in self.people:
            seen[source].append(ordinal)
        for source, count in enumerate(counts):
            assert sorted(seen[source]) == list(range(int(count))), self.plan.sources[source].name
        assert len(self.log.values) == counts.sum()

    def _meetings(self) -> None:
        """Every meeting was held, but for those in a closure or outside the team's life."""
        for k, held in self.met.items():
            station = self.plan.stations[k]
            intake = self.plan.steps[station.step].intake
            assert intake is not None
            assert intake.every is not None
            teams = [self.plan.teams[team] for team in station.teams]
            begin = max([0.0, *(team.from_at for team in teams)])
            end = min([self.plan.end, *(team.until_at for team in teams)])
            k0 = max(0, int((begin - intake.first) // intake.every) - 1)
            n = int((end - begin) // intake.every) + 4
            instants = [intake.first + j * intake.every for j in range(k0, k0 + n)]
            due = [t for t in instants if begin <= t < end and not _within(station.closed, t)]
            assert held == due, f"{station.name}: meetings at {held}, due at {due}"


def _codes(*names: str) -> list[int]:
    return [EVENTS.index(name) for name in names]


def _within(intervals: Intervals, now: float) -> bool:
    return any(start <= now < end for start, end in intervals)
