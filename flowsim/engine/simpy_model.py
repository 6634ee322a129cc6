"""The readable engine: the rules of `docs/semantics.md` as a SimPy model.

People are referred, wait at stations, stay in steps and leave. Each thing that takes time is a
SimPy process of a few lines (`referrals`, `patience`, `stay`, `delay`, `come_back`, `post`,
`meetings` ...); each thing that happens at an instant is a plain method that writes its rows of
the event log as it happens (`join`, `start`, `finish`, `leave` ...). `Rounds` decides what comes
first among things that happen at one instant.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from math import ceil, floor, inf
from typing import Any

import numpy as np
import simpy

from flowsim.engine import eventlog as log
from flowsim.engine import kernel
from flowsim.engine.plan import (
    DATED,
    IN_SERVICE,
    POISSON,
    WAITING,
    Intake,
    Intervals,
    Plan,
    Routes,
    Source,
    Step,
    Variate,
)
from flowsim.engine.rounds import (
    ARRIVALS,
    CAPACITY,
    ENDS,
    MAX_ROUNDS,
    MEETINGS,
    PATIENCE,
    PLACES,
    STARTS,
    STOPS,
    EndlessError,
    Rounds,
)
from flowsim.engine.state import Desk, Person, Pool, Seat, Visit
from flowsim.errors import SimulationError
from flowsim.scenario.time_classes import TimeClass

BLOCKS_PER_VISIT = 64
A_MONTH = 365.25 / 12  # [day]
LEAST_FACTOR = 1e-9  # of a stay that somebody is inside of; below it is over at once
ARRIVAL = kernel.name_hash("arrival")
TURNOVER = kernel.name_hash("turnover")
NO_TABLE = np.empty((2, 0))
LAST = 2**24 - 1  # after everything else of its place

Process = Generator[simpy.Event, None, None]
Row = tuple[float, int, int, int, int, int, int, int]


def simulate(plan: Plan, *, seed: int, replication: int) -> log.EventLog:
    """Run one replication of a plan with the SimPy engine.

    Parameters
    ----------
    plan : what to simulate
    seed, replication : key of all draws, each in [0, 2**64)

    Raises
    ------
    SimulationError
        If an instant never ends, or the log gets too long.
    """
    return Model(plan, seed, replication).run()


class Model:
    """One replication."""

    def __init__(self, plan: Plan, seed: int, replication: int) -> None:
        self.plan = plan
        self.seed, self.replication = seed, replication
        self.env = Rounds()
        self.seats = [Seat(p, post) for p, post in enumerate(plan.posts)]
        self.pools = [
            Pool(team, [seat for seat in self.seats if seat.post.team == t])
            for t, team in enumerate(plan.teams)
        ]
        self.desks = [Desk(station, plan.steps[station.step]) for station in plan.stations]
        self.people: list[dict[int, Person]] = [{} for _ in plan.sources]
        self.rows: list[Row] = []
        self.turned_away = [end.name for end in plan.exits].index("turned_away")
        self.called: tuple[float, int] = (-1.0, -1)
        self.listed: set[Visit] = set()  # those who joined their list in the window
        self.referred: list[Person] = []  # in the window

    def run(self) -> log.EventLog:
        for s, source in enumerate(self.plan.sources):
            if source.kind in (WAITING, IN_SERVICE):
                self.be_there(s, source)
        for process in self.processes():
            self.env.process(process)
        try:
            self.env.run(until=self.plan.end)
            n_before, came = len(self.rows), self.n_came()
            if not self.plan.plays_on:
                return self.log(self.rows, came)
            self.play_on()
        except EndlessError:
            raise SimulationError(self.endless()) from None
        after = self.log(self.rows[n_before:], self.n_came())
        return replace(self.log(self.rows[:n_before], came), after=after)

    def play_on(self) -> None:
        """Go on after the end, instant by instant, while there is somebody left to follow."""
        while self.env.peek() < self.plan.horizon and self.somebody_is_open():
            instant = self.env.peek()
            while self.env.peek() == instant:
                self.env.step()

    def somebody_is_open(self) -> bool:
        """Whether a list joined in the window holds somebody, or a step sought may come yet."""
        if self.listed:
            return True
        while self.referred and not self.may_start(self.referred[-1]):
            self.referred.pop()
        return bool(self.referred)

    def may_start(self, person: Person) -> bool:
        """Whether somebody, in its first episode, has yet to wait for a step that is sought."""
        if person.episode > 1 or person.has_left:
            return False
        to_come = [step for step in self.plan.sought if step not in person.waited_for]
        return any(step == person.at or step in self.plan.ahead[person.at] for step in to_come)

    def in_window(self) -> bool:
        """Whether the present instant lies in the window of the statistics."""
        return self.plan.report_from <= self.env.now < self.plan.end

    def n_came(self) -> list[int]:
        """How many have come so far, source by source."""
        return [len(people) for people in self.people]

    def endless(self) -> str:
        """Name the steps of an instant that never ends."""
        steps = {row[4] for row in self.rows[-MAX_ROUNDS:] if row[0] == self.env.now}
        names = [self.plan.steps[step].name for step in sorted(steps) if step >= 0]
        return log.endless(self.env.now, names, MAX_ROUNDS)

    def processes(self) -> Iterable[Process]:
        """Everything that goes on by itself from the start."""
        yield self.settle_at_start()
        for seat in self.seats:
            yield self.post(seat)
            for from_at, until_at in seat.post.vacant:
                yield self.vacancy(seat, from_at, until_at)
            for stretch in seat.post.stretches:
                yield self.capacity_change(seat.post.team, stretch.from_at)
        for t, team in enumerate(self.plan.teams):
            for at, _ in team.places or ():
                yield self.capacity_change(t, at)
            if team.until_at < inf:
                yield self.team_end(t)
        for d, desk in enumerate(self.desks):
            for _, until in desk.station.closed:
                yield self.starts_again(until)
            if desk.step.intake and desk.step.intake.every:
                yield self.meetings(d, desk.step.intake, desk.step.intake.every)
        for new_year in self.plan.new_years:  # yearly limits on starts begin anew
            yield self.starts_again(new_year)
        for s, source in enumerate(self.plan.sources):
            if source.kind in (POISSON, DATED):
                yield self.referrals(s, source)

    # Writing and drawing ----------------------------------------------------------------------

    def write(self, event: int, name: int = -1, number: int = 0, step: int = -1) -> None:
        """Write a row about a team, a post or a meeting."""
        self.append((self.env.now, -1, -1, 0, step, event, name, number))

    def tell(self, person: Person, event: int, step: int, name: int = -1, number: int = 0) -> None:
        """Write a row about a person."""
        self.tell_of(self.env.now, person, event, step, name, number)

    def tell_of(
        self, time: float, person: Person, event: int, step: int, name: int = -1, number: int = 0
    ) -> None:
        who = person.source, person.ordinal, person.episode
        self.append((time, *who, step, event, name, number))

    def append(self, row: Row) -> None:
        self.rows.append(row)
        if len(self.rows) > log.MOST_ROWS:
            raise SimulationError(log.too_long(self.env.now))

    def luck(
        self, source: int, ordinal: int, object_: int, visit: int, block: int = 0
    ) -> tuple[float, float, float, float]:
        """Return the four keyed uniforms of a block; the same key always gives the same four."""
        counter = (source, ordinal, object_, BLOCKS_PER_VISIT * visit + block)
        words = (np.uint64(word) for word in (self.seed, self.replication, *counter))
        return kernel.uniforms(*words)

    def luck_of(
        self, person: Person, object_: int, visit: int, block: int = 0
    ) -> tuple[float, float, float, float]:
        source = self.plan.sources[person.source]
        return self.luck(source.hash, person.ordinal, object_, visit, block)

    # Who comes --------------------------------------------------------------------------------

    def new_person(self, s: int, ordinal: int, referred_at: float) -> Person:
        source = self.plan.sources[s]
        values = np.empty(len(self.plan.groups), dtype=np.int32)
        values[-1] = s
        for g, group in enumerate(self.plan.groups[:-1]):
            given = source.given[ordinal, g] if len(source.given) else -1
            u = self.luck(source.hash, ordinal, group.hash, 0)[0]
            values[g] = given if given >= 0 else kernel.choose(source.mix[g], u)
        person = Person(s, ordinal, referred_at, values)
        self.people[s][ordinal] = person
        return person

    def referrals(self, s: int, source: Source) -> Process:
        """A source of participants: everyone of one instant is due in the same round."""
        for time, ordinals in groupby(*self.arrivals(source)):
            due = [
                (ordinal, self.env.at(time, ARRIVALS, source.to, s, ordinal))
                for ordinal in ordinals
            ]
            for ordinal, event in due:
                yield event
                person = self.new_person(s, ordinal, time)
                self.tell(person, log.REFERRED, source.to)
                if self.in_window():
                    self.referred.append(person)
                self.join(person, source.to)

    def arrivals(self, source: Source) -> tuple[Iterator[int], Callable[[int], float]]:
        """Return ordinals in order of time, and what gives the time of each."""
        times = source.starts
        if source.kind == POISSON:
            seed, replication, hash_, arrival = (
                np.uint64(word) for word in (self.seed, self.replication, source.hash, ARRIVAL)
            )
            times = kernel.arrival_times(
                seed, replication, hash_, arrival,
                source.starts, source.rates, source.end, source.at_most,
            )  # fmt: skip
        order = np.argsort(times, kind="stable")
        return (int(ordinal) for ordinal in order), lambda ordinal: float(times[ordinal])

    def be_there(self, s: int, source: Source) -> None:
        """People who wait, or are in service, when the run begins."""
        for ordinal in range(source.count):
            person = self.new_person(s, ordinal, 0.0)
            visit = self.visit(person, source.to)
            more = self.luck_of(person, self.plan.steps[source.to].hash, visit.number, 1)
            if source.kind == WAITING:
                self.was_waiting(visit, draw(source.waited, more[1]) if source.waited else 0.0)
            else:
                self.was_in_service(visit, *self.span_of_stay(visit, source, more[2]))

    def was_waiting(self, visit: Visit, waited: float) -> None:
        person = visit.person
        visit.joined_at = person.referred_at = 0.0 - waited
        visit.joined_in = None
        self.tell_of(visit.joined_at, person, log.WAS_WAITING, self.step_of(visit))
        self.desks[visit.station].add(visit)
        self.run_out_of_patience(visit)

    def span_of_stay(self, visit: Visit, source: Source, u: float) -> tuple[float, float]:
        """Return when the stay of somebody inside began, and when it ends."""
        step = self.desks[visit.station].step
        stay = step.stay
        if source.elapsed:
            past = self.elapsed(source.elapsed, visit.person.ordinal, u)
            return -past, self.length_beyond(visit, step, past) - past
        length = kernel.length_biased_quantile(
            stay.kind, stay.a, stay.b, stay.c, stay.table, visit.luck[0]
        )
        length = self.times_factors(length, visit.person, step)
        return length * u - length, length * u

    def elapsed(self, classes: Sequence[TimeClass], ordinal: int, u: float) -> float:
        """Return how long somebody has been inside: the classes count in the file's order."""
        for of_class in classes:
            if ordinal < of_class.count:
                return of_class.low + u * (of_class.high - of_class.low)
            ordinal -= of_class.count
        raise AssertionError("more people than the classes have")

    def length_beyond(self, visit: Visit, step: Step, past: float) -> float:
        """Return the whole stay of somebody who has been inside for so long already."""
        stay, factor = step.stay, self.times_factors(1.0, visit.person, step)
        if factor < LEAST_FACTOR:
            return past
        length = kernel.quantile_beyond(
            stay.kind, stay.a, stay.b, stay.c, stay.table, past / factor, visit.luck[0]
        )
        return max(factor * length, past)

    def was_in_service(self, visit: Visit, begun: float, end: float) -> None:
        desk, person = self.desks[visit.station], visit.person
        person.referred_at = begun
        self.tell_of(person.referred_at, person, log.WAS_IN_SERVICE, self.step_of(visit))
        self.hold_only(person, desk.station.teams)
        visit.stage = "inside"
        desk.inside.add(visit)
        self.env.process(self.stay(visit, end))

    # Waiting ----------------------------------------------------------------------------------

    def visit(self, person: Person, step: int) -> Visit:
        hash_ = self.plan.steps[step].hash
        number = person.count(hash_)
        return Visit(
            person=person,
            station=self.plan.station_of(step, person.values),
            number=number,
            luck=self.luck_of(person, hash_, number),
            joined_at=self.env.now,
            joined_in=(self.env.now, self.env.round),
            rank=self.rank(person, step),
        )

    def rank(self, person: Person, step: int) -> int:
        """Return the first entry of the step's priority that matches; after them, the rest."""
        priority = self.plan.steps[step].priority
        matches = (r for r, (group, value) in enumerate(priority) if person.values[group] == value)
        return next(matches, len(priority))

    def step_of(self, visit: Visit) -> int:
        return self.plan.stations[visit.station].step

    def join(self, person: Person, step: int) -> None:
        """Join the waiting list of a step."""
        self.tell(person, log.JOINED, step)
        visit = self.visit(person, step)
        desk = self.desks[visit.station]
        desk.add(visit)
        person.at = step
        if self.in_window():
            self.listed.add(visit)
        ended = [t for t in desk.station.teams if self.pools[t].ended]
        if ended:
            self.send_away(visit, ended[0])
            return
        if person.kept_by < 0:
            self.run_out_of_patience(visit)
        self.call_starts()

    def run_out_of_patience(self, visit: Visit) -> None:
        step, person = self.desks[visit.station].step, visit.person
        if step.patience is None:
            return
        since = person.referred_at if step.since_referral else max(visit.joined_at, 0.0)
        expires_at = since + draw(step.patience, visit.luck[1])
        if visit.joined_in is None:  # there from the start: not before the run begins
            expires_at = max(expires_at, 0.0)
        if expires_at < self.env.now:
            self.withdraw(visit)
        else:
            self.env.process(self.patience(visit, expires_at))

    def patience(self, visit: Visit, expires_at: float) -> Process:
        person = visit.person
        yield self.env.at(expires_at, PATIENCE, self.step_of(visit), person.source, person.ordinal)
        if visit.stage == "waiting":
            self.withdraw(visit)

    def withdraw(self, visit: Visit) -> None:
        step = self.step_of(visit)
        self.stop_waiting(visit)
        self.tell(visit.person, log.WITHDREW, step)
        self.leave(visit.person, step, self.plan.steps[step].patience_exit)

    def stop_waiting(self, visit: Visit) -> None:
        """Leave the list without a start, giving up places kept until now."""
        self.unlist(visit)
        visit.stage = "over"
        person = visit.person
        if person.kept_by >= 0:
            self.tell(person, log.RELEASED, person.kept_by, number=len(person.holds))
            person.kept_by = -1
            self.hold_only(person, ())

    def unlist(self, visit: Visit) -> None:
        self.desks[visit.station].remove(visit)
        self.listed.discard(visit)
        visit.person.waited_for.add(self.step_of(visit))

    # Starting ---------------------------------------------------------------------------------

    def call_starts(self) -> None:
        """Have this round look for starts, and for lists that are too long, once."""
        now = (self.env.now, self.env.round)
        if self.called != now:
            self.called = now
            self.env.in_this_round(STARTS).callbacks.append(lambda _: self.starts())
            self.env.in_this_round(STOPS).callbacks.append(lambda _: self.intake_stops())

    def starts(self) -> None:
        """Groups in file order, group after group; then one participant at a time."""
        for d, desk in enumerate(self.desks):
            if desk.step.intake and not desk.step.intake.every and self.is_open(desk):
                while group := self.group(desk, desk.step.intake):
                    self.hold_intake(d, group)
        while able := [visit for desk in self.desks if (visit := self.first_able(desk))]:
            self.start(min(able, key=lambda visit: visit.order))

    def first_able(self, desk: Desk) -> Visit | None:
        """Return the first on the list who finds the places it lacks."""
        if desk.step.intake or not desk.waiting or not self.is_open(desk):
            return None
        if all(self.pools[t].free > 0 for t in desk.station.teams):
            return desk.waiting[0]
        if not desk.n_keepers:
            return None
        keepers = (visit for visit in desk.waiting if visit.person.kept_by >= 0)
        return next((visit for visit in keepers if self.finds(visit, desk.station.teams)), None)

    def finds(self, visit: Visit, teams: tuple[int, ...]) -> bool:
        return all(self.pools[t].free > 0 for t in teams if t not in visit.person.holds)

    def is_open(self, desk: Desk) -> bool:
        return not any(begin <= self.env.now < end for begin, end in desk.station.closed)

    def group(self, desk: Desk, intake: Intake) -> list[Visit]:
        """Go down the list and take each who finds its places; fewer than `min` is nobody."""
        room = min(
            inf if intake.max is None else intake.max,
            inf
            if intake.max_per_year is None
            else intake.max_per_year - desk.starts_in.get(self.year(), 0),
        )
        free = {t: self.pools[t].free for t in desk.station.teams}
        taken: list[Visit] = []
        for visit in desk.waiting:
            if len(taken) >= room:
                break
            lacks = [t for t in desk.station.teams if t not in visit.person.holds]
            in_time = visit.joined_at + intake.cut_off <= self.env.now
            if in_time and all(free[t] > 0 for t in lacks):
                taken.append(visit)
                for t in lacks:
                    free[t] -= 1
        return taken if len(taken) >= intake.min else []

    def year(self) -> int:
        return bisect_right(self.plan.new_years, self.env.now)

    def hold_intake(self, d: int, group: list[Visit]) -> None:
        station = self.desks[d].station
        name = station.teams[0] if station.teams else -1
        self.write(log.MEETING, name, len(group), step=station.step)
        for visit in group:
            self.start(visit)

    def meetings(self, d: int, intake: Intake, every: float) -> Process:
        """Hold meeting k at first + k x every; one in a closure is dropped."""
        desk = self.desks[d]
        teams = [self.plan.teams[t] for t in desk.station.teams]
        k = max(0, ceil(-intake.first / every) - 1)
        while (time := intake.first + k * every) < self.plan.horizon:
            k += 1
            if time < 0:
                continue
            yield self.env.at(time, MEETINGS, desk.station.step, d)
            exists = all(team.from_at <= time < team.until_at for team in teams)
            if exists and self.is_open(desk):
                self.hold_intake(d, self.group(desk, intake))

    def start(self, visit: Visit) -> None:
        desk, person = self.desks[visit.station], visit.person
        self.unlist(visit)
        visit.stage = "inside"
        desk.inside.add(visit)
        desk.starts_in[self.year()] = desk.starts_in.get(self.year(), 0) + 1
        self.tell(person, log.STARTED, desk.station.step)
        lost = [t for t in person.holds if t not in desk.station.teams]
        if lost:
            self.tell(person, log.RELEASED, person.kept_by, number=len(lost))
        person.kept_by = -1
        self.hold_only(person, desk.station.teams)
        self.env.process(self.stay(visit, self.env.now + self.length_of_stay(visit)))

    def hold_only(self, person: Person, teams: tuple[int, ...]) -> None:
        """Take one place of each of the teams that it lacks, and give up its other places.

        A place given up by a start or an intake stop is free from the next round.
        """
        for t in teams:
            if t not in person.holds:
                self.pools[t].in_use += 1
        lost = tuple(t for t in person.holds if t not in teams)
        person.holds = teams
        if lost and self.env.phase >= MEETINGS:
            self.env.process(self.free_in_next_round(lost))
        elif lost:
            self.free(lost)

    def free_in_next_round(self, teams: tuple[int, ...]) -> Process:
        yield self.env.at(self.env.now, CAPACITY)
        self.free(teams)

    def free(self, teams: tuple[int, ...]) -> None:
        for t in teams:
            self.pools[t].in_use -= 1
        self.call_starts()

    def intake_stops(self) -> None:
        """Turn away the last of those who joined in this round while a list is too long."""
        now = (self.env.now, self.env.round)
        for desk in self.desks:
            limit = desk.step.max_waiting
            if limit is None:
                continue
            latest = [visit for visit in desk.waiting if visit.joined_in == now]
            latest.sort(key=lambda visit: (visit.person.source, visit.person.ordinal))
            while len(desk.waiting) > limit and latest:
                self.turn_away(latest.pop())

    def turn_away(self, visit: Visit) -> None:
        step = self.step_of(visit)
        self.stop_waiting(visit)
        self.tell(visit.person, log.TURNED_AWAY, step)
        self.leave(visit.person, step, self.turned_away)

    # In a step --------------------------------------------------------------------------------

    def length_of_stay(self, visit: Visit) -> float:
        step = self.desks[visit.station].step
        stay = self.times_factors(draw(step.stay, visit.luck[0]), visit.person, step)
        for t in self.desks[visit.station].station.teams:
            stay *= self.caseload_factor(self.pools[t])
        return stay

    def caseload_factor(self, pool: Pool) -> float:
        """Return how much longer a stay is where those in post have more than their norm."""
        at, stay = pool.team.norm
        if stay == 1.0:
            return 1.0
        fte = 0.0
        for seat in pool.seats:
            if seat.filled and seat.stretch(self.env.now).caseload > 0:
                fte += seat.stretch(self.env.now).fte
        return kernel.caseload_factor(at, stay, pool.in_use, fte)

    def times_factors(self, stay: float, person: Person, step: Step) -> float:
        for group, value, factor in step.factors:
            if person.values[group] == value:
                stay *= factor
        return stay

    def stay(self, visit: Visit, end: float) -> Process:
        """Be in a step until the stay is over or interrupted; if both at once, it is over."""
        person = visit.person
        pauses = self.desks[visit.station].station.pauses
        end = shifted(end, self.env.now, pauses)
        cut_at, exit_ = min(
            ((shifted(cut, self.env.now, pauses), exit_) for cut, exit_ in self.cuts(visit)),
            key=lambda cut: cut[0],
            default=(inf, -1),
        )
        yield self.env.at(
            min(end, cut_at), ENDS, self.step_of(visit), person.source, person.ordinal
        )
        if visit.stage == "inside":  # its team may have ended meanwhile
            self.stop_being_inside(visit)
            if cut_at < end:
                self.interrupt(visit, exit_)
            else:
                self.finish(visit)

    def cuts(self, visit: Visit) -> Iterator[tuple[float, int]]:
        """When each interruption would come, and the exit it leads to, in file order."""
        step = self.desks[visit.station].step
        for n, (clock, exit_) in enumerate(step.interruptions, start=1):
            block, lane = interruption_lane(n)
            luck = self.luck_of(visit.person, step.hash, visit.number, block)
            yield self.env.now + draw(clock, luck[lane]), exit_

    def stop_being_inside(self, visit: Visit) -> None:
        self.desks[visit.station].inside.remove(visit)
        visit.stage = "over"

    def interrupt(self, visit: Visit, exit_: int) -> None:
        step = self.step_of(visit)
        self.tell(visit.person, log.INTERRUPTED, step)
        self.hold_only(visit.person, ())
        self.leave(visit.person, step, exit_)

    def finish(self, visit: Visit) -> None:
        """The stay is over: choose the route, give up the places or keep them, and go on."""
        person, step_at = visit.person, self.step_of(visit)
        step = self.plan.steps[step_at]
        self.tell(person, log.FINISHED, step_at)
        routes = self.routes(person, step)
        route = kernel.choose(routes.cumulative, visit.luck[2])
        target, delay = routes.targets[route], routes.delays[route]
        if step.keeps_place and target >= 0 and person.holds:
            person.kept_by = step_at
        else:
            self.hold_only(person, ())
        if delay is not None:
            luck = self.luck_of(person, step.hash, visit.number, 1)
            self.env.process(self.delay(person, step_at, target, draw(delay, luck[0])))
        else:
            self.go_on(person, step_at, target)

    def routes(self, person: Person, step: Step) -> Routes:
        own = (routes for group, value, routes in step.routes_for if person.values[group] == value)
        return next(own, step.routes)

    def delay(self, person: Person, step: int, target: int, time: float) -> Process:
        """A delay on the way, on no list."""
        place = target if target >= 0 else step
        yield self.env.at(self.env.now + time, ARRIVALS, place, person.source, person.ordinal)
        self.go_on(person, step, target)

    def go_on(self, person: Person, step: int, target: int) -> None:
        """Join the next step, or leave by an exit."""
        if target >= 0:
            self.join(person, target)
        else:
            self.leave(person, step, -1 - target)

    # Leaving and coming back ------------------------------------------------------------------

    def leave(self, person: Person, step: int, exit_: int) -> None:
        """Exit. Whether the exit holds, and whether the person returns, is drawn here."""
        end = self.plan.exits[exit_]
        person.has_left = True
        self.tell(person, log.EXITED, step, exit_)
        luck = self.luck_of(person, end.hash, person.count(end.hash))
        returns_in = inf
        if end.return_delay is not None and luck[1] < end.return_share:
            returns_in = draw(end.return_delay, luck[2])
            self.env.process(self.come_back(person, end.returns_to, returns_in))
        if luck[0] < end.sustained_share and returns_in >= end.hold_time:
            self.tell(person, log.SUSTAINED, step, exit_)

    def come_back(self, person: Person, step: int, time: float) -> Process:
        yield self.env.at(self.env.now + time, ARRIVALS, step, person.source, person.ordinal)
        person.episode += 1
        self.tell(person, log.RETURNED, step)
        self.join(person, step)

    # Teams ------------------------------------------------------------------------------------

    def settle_at_start(self) -> Process:
        yield self.env.at(0.0, PLACES)
        self.settle()

    def capacity_changed(self) -> None:
        """Have this round count the places, and look for starts."""
        self.env.in_this_round(PLACES).callbacks.append(lambda _: self.settle())

    def settle(self) -> None:
        for t, pool in enumerate(self.pools):
            places = self.places_now(pool)
            if places != pool.places:
                pool.places = places
                self.write(log.PLACES, t, places)
        self.call_starts()

    def places_now(self, pool: Pool) -> int:
        """Places of a team: declared ones, or fte x caseload of those in post."""
        if pool.ended:
            return 0
        if pool.team.places is not None:
            declared = (number for at, number in pool.team.places[::-1] if at <= self.env.now)
            places = next(declared, 0)
        else:
            total = 0.0
            for seat in pool.seats:
                total += seat.places(self.env.now)
            places = floor(total + 1e-6)
        shares = [
            share
            for share, posts in pool.team.needed
            if not any(self.seats[p].filled for p in posts)
        ]
        return floor(min(shares) * places + 1e-6) if shares else places

    def capacity_change(self, t: int, at: float) -> Process:
        yield self.env.at(at, CAPACITY, t)
        self.capacity_changed()

    def starts_again(self, at: float) -> Process:
        """After a closure, or when a new year's starts may begin, those waiting may start."""
        yield self.env.at(at, CAPACITY)
        self.call_starts()

    def post(self, seat: Seat) -> Process:
        """A post: somebody comes, leaves, and somebody else comes, while it is in force."""
        post = seat.post
        line, team = self.plan.lines[post.line], self.plan.teams[post.team]
        spell = 0
        for time, until_at in post.spans:
            while time < until_at:
                yield self.env.at(time, CAPACITY, *seat.place)
                self.turn(seat, True)
                luck = self.luck(line.hash, post.person, TURNOVER, spell)
                leaves_at = time + exponential(team.leave_rate, luck[0])
                yield self.env.at(min(leaves_at, until_at), CAPACITY, *seat.place)
                self.turn(seat, False)
                vacancy = draw(team.vacancy, luck[1]) if team.vacancy else inf
                time, spell = leaves_at + vacancy, spell + 1

    def turn(self, seat: Seat, has_person: bool) -> None:
        """Somebody comes to a post or leaves it, seen or not."""
        seat.has_person = has_person
        self.look_at(seat)

    def vacancy(self, seat: Seat, from_at: float, until_at: float) -> Process:
        """A vacancy that the file tells of: meanwhile nobody is seen in the post."""
        yield self.env.at(from_at, CAPACITY, *seat.place)
        seat.is_away = True
        self.look_at(seat)
        yield self.env.at(until_at, CAPACITY, *seat.place)
        seat.is_away = False
        self.look_at(seat)

    def look_at(self, seat: Seat) -> None:
        """When all that this round does to a post is done: write whether that fills or empties it.

        It has somebody in it when the post itself and every vacancy say so.
        """
        due = self.env.in_this_round(CAPACITY, *seat.place)
        due.callbacks.append(lambda _: self.show(seat))

    def show(self, seat: Seat) -> None:
        filled = seat.has_person and not seat.is_away
        if filled != seat.filled:
            seat.filled = filled
            self.write(log.FILLED_POST if filled else log.LEFT_POST, seat.number)
            if filled:
                self.begin_to_take_on(seat)
        self.capacity_changed()

    def begin_to_take_on(self, seat: Seat) -> None:
        """Somebody new in post has room for few at first, and for more each month."""
        seat.n_times += 1
        post = seat.post
        if post.settled and self.env.now == post.stretches[0].from_at:
            seat.months = inf
        else:
            seat.months = 0 if post.takes_on < inf else inf
            self.env.process(self.months_in_post(seat, seat.n_times, self.env.now))

    def months_in_post(self, seat: Seat, n_times: int, since: float) -> Process:
        months = 0
        while seat.post.takes_on * (1 + months) < seat.post.most_caseload:
            months += 1
            yield self.env.at(since + months * A_MONTH, CAPACITY, *seat.place)
            if not seat.filled or seat.n_times != n_times:
                return
            seat.months = months
            self.capacity_changed()

    def team_end(self, t: int) -> Process:
        """A team ends: its places go, and those waiting for or inside its steps with it."""
        yield self.env.at(self.plan.teams[t].until_at, CAPACITY, t, LAST)
        self.pools[t].ended = True
        self.capacity_changed()
        concerned = [desk for desk in self.desks if t in desk.station.teams]
        for visit in sorted(
            (visit for desk in concerned for visit in (*desk.waiting, *desk.inside)),
            key=lambda visit: (self.step_of(visit), visit.person.source, visit.person.ordinal),
        ):
            self.send_away(visit, t)

    def send_away(self, visit: Visit, t: int) -> None:
        """Leave a step whose team has ended, to where the team says."""
        step, person = self.step_of(visit), visit.person
        if visit.stage == "inside":
            self.stop_being_inside(visit)
            self.hold_only(person, ())
        else:
            self.stop_waiting(visit)
        self.tell(person, log.TEAM_ENDED, step)
        self.go_on(person, step, self.plan.teams[t].ends_to)

    # The log ----------------------------------------------------------------------------------

    def log(self, rows: list[Row], counts: list[int]) -> log.EventLog:
        """Return rows as a log, with those of each source who had come by then."""
        columns = zip(*rows, strict=True) if rows else ((),) * len(log.COLUMNS)
        came = zip(self.people, counts, strict=True)
        values = [people[i].values for people, n in came for i in range(n)]
        arrays: dict[str, Any] = {
            name: np.array(column, dtype=dtype)
            for (name, dtype), column in zip(log.COLUMNS.items(), columns, strict=True)
        }
        return log.EventLog(
            plan=self.plan,
            seed=self.seed,
            replication=self.replication,
            first_participant=np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]),
            values=np.array(values, dtype=np.int32).reshape(-1, len(self.plan.groups)),
            **arrays,
        )


def draw(variate: Variate, u: float) -> float:
    """Return the variate's value for a uniform."""
    return kernel.quantile(variate.kind, variate.a, variate.b, variate.c, variate.table, u)


def exponential(rate: float, u: float) -> float:
    """Return an exponential time with a rate; never, where the rate is 0."""
    if rate == 0.0:
        return inf
    return kernel.quantile(kernel.EXPONENTIAL, 1 / rate, 0.0, 0.0, NO_TABLE, u)


def interruption_lane(n: int) -> tuple[int, int]:
    """Block and lane of the draw of a step's n-th interruption, n from 1."""
    if n <= 2:
        return n - 1, 3
    return 2 + (n - 3) // 4, (n - 3) % 4


def shifted(instant: float, since: float, pauses: Intervals) -> float:
    """Return an instant of a stay begun at `since`, moved by every pause that begins before it."""
    for begin, end in pauses:
        if begin >= since and instant > begin:
            instant += end - begin
    return instant
