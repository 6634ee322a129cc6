"""A plan as the flat arrays of the compiled engine, and the memory it runs in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import product
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowsim.engine import kernel
from flowsim.engine.eventlog import COLUMNS
from flowsim.engine.jit import IS_COMPILED
from flowsim.engine.kernel import name_hash
from flowsim.engine.plan import (
    Intake,
    Intervals,
    Plan,
    Post,
    Routes,
    Source,
    Step,
    Variate,
)
from flowsim.engine.ways import ahead_of

Integers = NDArray[np.int32]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]


@lru_cache(maxsize=32)
def pack(plan: Plan) -> Mapping[str, Any]:
    """Return the fields of a `kernel.World` that stand for a plan; made once for each plan."""
    return _Packer(plan).fields()


class _Packer:
    """Lays a plan out in rows; collects the variates and ranges that the rows point to."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.variates: list[tuple[int, int, int]] = []
        self.parameters: list[tuple[float, float, float]] = []
        self.tables: list[float] = []
        self.routes: list[tuple[int, int]] = []
        self.cumulative: list[float] = []
        self.intervals: list[tuple[float, float]] = []
        self.visit_column = _visit_columns(plan)

    def fields(self) -> dict[str, Any]:
        groups, steps = self.plan.groups, range(len(self.plan.steps))
        return {
            "report_from": float(self.plan.report_from),
            "end": float(self.plan.end),
            "horizon": float(self.plan.horizon),
            "n_sought": len(self.plan.sought),
            "sought": whole(self.plan.sought),
            "ahead": whole([b in after for after in self.plan.ahead for b in steps]),
            "yearly_groups": self._any_group(lambda intake: intake.max_per_year is not None),
            "norms": any(team.norm[1] > 1.0 for team in self.plan.teams),
            "sleepers": self._any_group(lambda intake: intake.cut_off > 0),
            "n_steps": len(self.plan.steps),
            "n_stations": len(self.plan.stations),
            "n_teams": len(self.plan.teams),
            "n_posts": len(self.plan.posts),
            "n_sources": len(self.plan.sources),
            "n_groups": len(groups),
            "n_visited": len(self.visit_column),
            "turned_away": [way.name for way in self.plan.exits].index("turned_away"),
            **self._steps(),
            **self._stations(),
            **self._teams(),
            **self._posts(),
            **self._exits(),
            **self._sources(),
            "routes": whole(self.routes, 2),
            "cumulative": real(self.cumulative),
            "intervals": real(self.intervals, 2),
            "turnover_hash": name_hash("turnover"),
            "group_hash": words([group.hash for group in groups[:-1]]),
            "group_sizes": whole([len(group.values) for group in groups]),
            "variates": whole(self.variates, kernel.N_VARIATE),
            "parameters": real(self.parameters, 3),
            "tables": real(self.tables),
            "year_starts": real([*self.plan.new_years, inf]),
        }

    def _variate(self, variate: Variate | None) -> int:
        """Add a variate; return its row, -1 for none."""
        if variate is None:
            return -1
        begin = len(self.tables)
        self.tables += [float(x) for x in variate.table.ravel()]
        self.variates.append((variate.kind, begin, variate.table.shape[1]))
        self.parameters.append((variate.a, variate.b, variate.c))
        return len(self.variates) - 1

    def _add_intervals(self, intervals: Intervals) -> tuple[int, int]:
        begin = len(self.intervals)
        self.intervals += intervals
        return begin, len(self.intervals)

    def _add_routes(self, routes: Routes) -> tuple[int, int]:
        begin = len(self.routes)
        for target, delay in zip(routes.targets, routes.delays, strict=True):
            self.routes.append((target, self._variate(delay)))
        self.cumulative += [float(share) for share in routes.cumulative]
        return begin, len(self.routes)

    # Steps and their stations -----------------------------------------------------------------

    def _steps(self) -> dict[str, Any]:
        rows, per, factors, factor, priority, routes_for, interruptions = lists(7)
        for step in self.plan.steps:
            row = [0] * kernel.N_STEP
            row[kernel.STATION] = step.first_station
            row[kernel.PER : kernel.PER_END + 1] = extend(per, step.per)
            row[kernel.STAY] = self._variate(step.stay)
            span = extend(factors, [(group, value) for group, value, _ in step.factors])
            row[kernel.FACTORS : kernel.FACTORS_END + 1] = span
            factor += [by for _, _, by in step.factors]
            row[kernel.PRIORITY : kernel.PRIORITY_END + 1] = extend(priority, step.priority)
            row[kernel.ROUTES : kernel.ROUTES_END + 1] = self._add_routes(step.routes)
            others = [(g, v, *self._add_routes(routes)) for g, v, routes in step.routes_for]
            row[kernel.ROUTES_FOR : kernel.ROUTES_FOR_END + 1] = extend(routes_for, others)
            row[kernel.PATIENCE] = self._variate(step.patience)
            row[kernel.SINCE_REFERRAL] = step.since_referral
            row[kernel.PATIENCE_EXIT] = step.patience_exit
            cuts = [(self._variate(clock), way) for clock, way in step.interruptions]
            span = extend(interruptions, cuts)
            row[kernel.INTERRUPTIONS : kernel.INTERRUPTIONS_END + 1] = span
            row[kernel.KEEPS_PLACE] = step.keeps_place
            row[kernel.MAX_WAITING] = -1 if step.max_waiting is None else step.max_waiting
            row[kernel.STEP_VISITS] = self.visit_column.get(("step", len(rows)), -1)
            rows.append(row)
        return {
            "steps": whole(rows, kernel.N_STEP),
            "step_hash": words([step.hash for step in self.plan.steps]),
            "per": whole(per),
            "factors": whole(factors, 2),
            "factor": real(factor),
            "priority": whole(priority, 2),
            "routes_for": whole(routes_for, 4),
            "interruptions": whole(interruptions, 2),
        }

    def _stations(self) -> dict[str, Any]:
        rows, times, teams, queues = lists(4)
        n_lanes = 0
        for s, station in enumerate(self.plan.stations):
            step = self.plan.steps[station.step]
            row = [0] * kernel.N_STATION
            row[kernel.STEP] = station.step
            row[kernel.TEAMS : kernel.TEAMS_END + 1] = extend(teams, station.teams)
            row[kernel.CLOSED : kernel.CLOSED_END + 1] = self._add_intervals(station.closed)
            row[kernel.PAUSES : kernel.PAUSES_END + 1] = self._add_intervals(station.pauses)
            row[kernel.KIND : kernel.MAX_PER_YEAR + 1] = _intake_row(step)
            n_ranks = len(step.priority) + 1
            row[kernel.QUEUES] = len(queues)
            for holds in (-1, *self._kept_before(s)):
                queues.append((holds, n_lanes, n_lanes + n_ranks))
                n_lanes += n_ranks
            row[kernel.QUEUES_END] = len(queues)
            rows.append(row)
            times.append(_intake_times(step))
        return {
            "stations": whole(rows, kernel.N_STATION),
            "station_times": real(times, kernel.N_STATION_TIME),
            "station_teams": whole(teams),
            "queues": whole(queues, kernel.N_QUEUE),
            "n_lanes": n_lanes,
        }

    def _any_group(self, holds: Callable[[Intake], bool]) -> bool:
        """Whether something holds of the intake of a step that starts groups."""
        intakes = [step.intake for step in self.plan.steps if step.intake is not None]
        return any(intake.every is None and holds(intake) for intake in intakes)

    def _kept_before(self, to: int) -> list[int]:
        """Return the stations whose places somebody may hold who waits at a station."""
        target = self.plan.stations[to].step
        return [
            s
            for s in self.keepers
            if target in _targets(self.plan.steps[self.plan.stations[s].step])
            and self._may_meet(s, to)
        ]

    @cached_property
    def keepers(self) -> list[int]:
        """The stations whose places are kept."""
        stations = enumerate(self.plan.stations)
        return [s for s, one in stations if self.plan.steps[one.step].keeps_place and one.teams]

    def _may_meet(self, s: int, to: int) -> bool:
        """Whether one participant may belong to both stations."""
        one, other = self._values_of(s), self._values_of(to)
        return all(other.get(group, value) == value for group, value in one.items())

    def _values_of(self, s: int) -> dict[int, int]:
        step = self.plan.steps[self.plan.stations[s].step]
        combinations = product(*(range(len(self.plan.groups[g].values)) for g in step.per))
        values = list(combinations)[s - step.first_station]
        return dict(zip(step.per, values, strict=True))

    # Teams ------------------------------------------------------------------------------------

    def _teams(self) -> dict[str, Any]:
        rows, stations, posts, changes, times = lists(5)
        needed, shares, needed_posts = lists(3)
        for t, team in enumerate(self.plan.teams):
            row = [0] * kernel.N_TEAM
            own = [s for s, station in enumerate(self.plan.stations) if t in station.teams]
            row[kernel.STATIONS : kernel.STATIONS_END + 1] = extend(stations, own)
            lines = [self.plan.lines[line] for line in team.lines]
            in_lines = [line.first_post + i for line in lines for i in range(line.n_posts)]
            row[kernel.POSTS : kernel.POSTS_END + 1] = extend(posts, in_lines)
            row[kernel.CHANGES : kernel.CHANGES_END + 1] = extend(changes, team.places or ())
            instants = [at for at, _ in team.places or () if at > 0]
            row[kernel.TIMES : kernel.TIMES_END + 1] = extend(times, instants)
            row[kernel.FROM_CASELOADS] = team.places is None
            row[kernel.ENDS_TO] = team.ends_to
            for share, its in team.needed:
                needed.append(extend(needed_posts, its))
                shares.append(share)
            row[kernel.NEEDED : kernel.NEEDED_END + 1] = len(needed) - len(team.needed), len(needed)
            rows.append(row)
        return {
            "teams": whole(rows, kernel.N_TEAM),
            "team_figures": real(
                [(team.from_at, team.until_at, *team.norm) for team in self.plan.teams],
                kernel.N_TEAM_FIGURE,
            ),
            "needed": whole(needed, 2),
            "needed_share": real(shares),
            "needed_posts": whole(needed_posts),
            "team_stations": whole(stations),
            "team_posts": whole(posts),
            "changes": real(changes, 2),
            "times": real(times),
        }

    def _posts(self) -> dict[str, Any]:
        rows, hashes, figures, plans = lists(4)
        vacancies = [self._variate(team.vacancy) for team in self.plan.teams]
        for post in self.plan.posts:
            line, team = self.plan.lines[post.line], self.plan.teams[post.team]
            span = extend(plans, _post_plans(post))
            rows.append((post.team, post.person, vacancies[post.team], post.settled, *span))
            hashes.append(line.hash)
            mean = 1 / team.leave_rate if team.leave_rate > 0 else inf
            figures.append((post.takes_on, post.most_caseload, mean))
        return {
            "posts": whole(rows, kernel.N_POST),
            "post_hash": words(hashes),
            "post_figures": real(figures, kernel.N_POST_FIGURE),
            "post_plans": real(plans, kernel.N_PLAN),
        }

    # Exits and sources ------------------------------------------------------------------------

    def _exits(self) -> dict[str, Any]:
        rows = [
            (
                way.returns_to,
                self._variate(way.return_delay),
                self.visit_column.get(("exit", e), -1),
            )
            for e, way in enumerate(self.plan.exits)
        ]
        figures = [
            (way.sustained_share, way.hold_time, way.return_share) for way in self.plan.exits
        ]
        return {
            "exits": whole(rows, kernel.N_EXIT),
            "exit_hash": words([way.hash for way in self.plan.exits]),
            "exit_figures": real(figures, kernel.N_SHARE),
        }

    def _sources(self) -> dict[str, Any]:
        rows, given, mixes, mix, elapsed = lists(5)
        n_groups = len(self.plan.groups) - 1
        for source in self.plan.sources:
            listed = source.given if len(source.given) else ()
            begin, end = extend(given, listed)
            first_given = begin if end > begin and n_groups else -1
            waited, classes = self._variate(source.waited), extend(elapsed, _elapsed_rows(source))
            rows.append((source.kind, source.to, waited, first_given, *classes))
            mixes += [_mix_row(mix, source, group) for group in range(n_groups)]
        return {
            "sources": whole(rows, kernel.N_SOURCE),
            "source_hash": words([source.hash for source in self.plan.sources]),
            "elapsed": real(elapsed, kernel.N_ELAPSED),
            "given": whole([value for row in given for value in row]),
            "mixes": whole(mixes, 3),
            "mix": real(mix),
        }


def _post_plans(post: Post) -> Iterator[tuple[float, bool, bool, float, float]]:
    """Return what the file says of a post from each instant on at which that changes."""
    instants = {at for span in (*post.spans, *post.vacant) for at in span}
    instants |= {stretch.from_at for stretch in post.stretches}
    for at in sorted(instants):
        now = [one for one in post.stretches if one.from_at <= at < one.until_at]
        part, caseload = (now[0].fte, now[0].caseload) if now else (0.0, 0.0)
        yield at, bool(now), any(a <= at < b for a, b in post.vacant), part, caseload


def _elapsed_rows(source: Source) -> Iterator[tuple[int, float, float]]:
    """Return the classes of those inside at the start, each with the first ordinal after it."""
    up_to = 0
    for of_class in source.elapsed:
        up_to += of_class.count
        yield up_to, of_class.low, of_class.high


def _mix_row(mix: list[float], source: Source, group: int) -> tuple[int, int, int]:
    """Add a source's shares of a group; return their range, and the value that all have or -1."""
    shares = source.mix[group]
    first = int(np.argmax(shares > 0.0))
    begin, end = extend(mix, shares)
    return begin, end, first if shares[first] >= 1.0 else -1


def _intake_row(step: Step) -> tuple[int, int, int, int]:
    """Return kind, `min`, `max` and `max_per_year` of a step's intake."""
    if step.intake is None:
        return kernel.SINGLE, 1, kernel.NO_LIMIT, kernel.NO_LIMIT
    intake = step.intake
    return (
        kernel.GROUPS if intake.every is None else kernel.MEETINGS,
        intake.min,
        kernel.NO_LIMIT if intake.max is None else intake.max,
        kernel.NO_LIMIT if intake.max_per_year is None else intake.max_per_year,
    )


def _intake_times(step: Step) -> tuple[float, float, float]:
    """Return `every`, `first` and `cut_off` of a step's intake."""
    if step.intake is None:
        return inf, 0.0, 0.0
    every = inf if step.intake.every is None else step.intake.every
    return every, step.intake.first, step.intake.cut_off


def _all_routes(step: Step) -> Iterable[Routes]:
    yield step.routes
    for _, _, routes in step.routes_for:
        yield routes


def _targets(step: Step) -> set[int]:
    return {target for routes in _all_routes(step) for target in routes.targets}


def _visit_columns(plan: Plan) -> dict[tuple[str, int], int]:
    """Return a column of `visits` for each step and exit where somebody may come twice.

    Elsewhere the visit is always the first, and a million participants need no counters.
    """
    returns = {way.returns_to for way in plan.exits if way.return_share > 0}
    onward = []
    for s, step in enumerate(plan.steps):
        teams = [
            plan.teams[t] for station in plan.stations if station.step == s for t in station.teams
        ]
        ends = {team.ends_to for team in teams if team.until_at < plan.end}
        onward.append({to for to in _targets(step) | ends | returns if to >= 0})
    again = [("step", s) for s, after in enumerate(ahead_of(onward)) if s in after]
    if returns:
        again += [
            ("exit", e)
            for e, way in enumerate(plan.exits)
            if way.return_share > 0 or way.sustained_share > 0
        ]
    return {thing: column for column, thing in enumerate(again)}


def lists(n: int) -> Iterator[list[Any]]:
    """Return n empty lists."""
    return ([] for _ in range(n))


def extend(rows: list[Any], more: Iterable[Any]) -> tuple[int, int]:
    """Append to a list; return the range that was added."""
    begin = len(rows)
    rows.extend(more)
    return begin, len(rows)


def whole(rows: Sequence[Any], width: int | None = None) -> Integers:
    """Return int32 rows, also where there are none."""
    shape = (len(rows),) if width is None else (len(rows), width)
    return np.array(rows, dtype=np.int32).reshape(shape)


def real(rows: Sequence[Any], width: int | None = None) -> Floats:
    """Return rows as numbers, (n_rows,) or (n_rows, width)."""
    shape = (len(rows),) if width is None else (len(rows), width)
    return np.array(rows, dtype=np.float64).reshape(shape)


def words(hashes: Sequence[int]) -> Words:
    """Return hashes as words."""
    return np.array(hashes, dtype=np.uint64)


BUCKETS_PER_PERSON = 4  # so that a bucket mostly holds no event or one
ROWS_PER_PERSON = 16  # a first guess; memory that is not written to costs nothing


class Workspace:
    """The memory of one thread: grows by doubling, and is used again by the next replication.

    Attributes
    ----------
    world : what `kernel.run` is handed
    arrays : the arrays of it
    """

    def __init__(self) -> None:
        self.world: Any = None
        self.arrays: dict[str, NDArray[Any]] = {}
        self._plan: Plan | None = None
        self._n_people = 0
        self._log: dict[str, NDArray[Any]] = {}

    def prepare(self, plan: Plan, first: NDArray[np.int64], arrivals: Floats) -> None:
        """Make the world fit for a replication of a plan with these arrivals."""
        n_people = int(first[-1])
        if plan is not self._plan or n_people > self._n_people:
            self._make_room(plan, n_people)
        self.set(n_people=n_people, first=first, arrivals=arrivals)

    def _make_room(self, plan: Plan, n_people: int) -> None:
        room = 64
        while room < n_people:
            room *= 2
        self._plan = None  # until all of it is there: memory may end on the way
        fields = pack(plan)
        self.world = kernel.World() if not IS_COMPILED else np.zeros(len(kernel.FIELDS), "u8")
        self.set(**fields, **_state(fields, room))
        self.make_room_for_log(ROWS_PER_PERSON * room)
        self._plan, self._n_people = plan, room

    def make_room_for_log(self, n_rows: int) -> None:
        """Make the log's columns at least so long."""
        room = len(self._log["log_time"]) if self._log else 1024
        while room < n_rows:
            room *= 2
        if not self._log or room > len(self._log["log_time"]):
            self._log = {f"log_{name}": np.empty(room, kind) for name, kind in COLUMNS.items()}
        self.set(n_rows_room=room, **self._log)

    def set(self, **fields: Any) -> None:
        """Set fields of the world."""
        for name, value in fields.items():
            if isinstance(value, np.ndarray):
                self.arrays[name] = value  # keeps it alive: the slot is only its address
            if not IS_COMPILED:
                setattr(self.world, name, value)
            elif isinstance(value, np.ndarray):
                self.world[kernel.SLOTS[name]] = value.__array_interface__["data"][0]
            elif kernel.FIELDS[name] == "f8":
                self.world.view(np.float64)[kernel.SLOTS[name]] = value
            else:
                self.world[kernel.SLOTS[name]] = value

    def instant(self, name: str) -> float:
        """Return an instant of the world."""
        if not IS_COMPILED:
            return float(getattr(self.world, name))
        return float(self.world.view(np.float64)[kernel.SLOTS[name]])

    def get(self, name: str) -> int:
        """Return a whole number of the world."""
        if not IS_COMPILED:
            return int(getattr(self.world, name))
        return int(self.world.view(np.int64)[kernel.SLOTS[name]])


def _state(plan: Mapping[str, Any], n_people: int) -> dict[str, Any]:
    """Return the fields of a world that change during a run."""
    n_posts, n_teams, n_stations = plan["n_posts"], plan["n_teams"], plan["n_stations"]
    n_nodes = n_people + n_posts + 2 * n_teams + 2 * n_stations + 1
    n_nodes += n_people if plan["sleepers"] else 0
    n_buckets = BUCKETS_PER_PERSON * n_people
    lengths = {
        "buckets": n_buckets,
        "due": n_nodes,
        "links": n_nodes,
        "heap_due": n_nodes,
        "heap": n_nodes,
        "batch": n_nodes,
        "leaving": n_people,
        "people": n_people,
        "figures": n_people,
        "values": n_people * plan["n_groups"],
        "visits": n_people * plan["n_visited"],
        "joined": n_people,
        "chosen": n_people,
        "lanes": plan["n_lanes"],
        "cursors": len(plan["queues"]),
        "station_state": n_stations,
        "candidates": n_stations,
        "team_state": n_teams,
        "post_state": n_posts,
        "post_numbers": n_posts,
    }
    arrays = {name: _array(kernel.FIELDS[name], length) for name, length in lengths.items()}
    return {**arrays, "n_buckets": n_buckets, "buckets_per_day": n_buckets / plan["horizon"]}


def _array(table: kernel.Table, length: int) -> NDArray[Any]:
    return np.empty(length if table.width == 1 else (length, table.width), dtype=table.kind)
