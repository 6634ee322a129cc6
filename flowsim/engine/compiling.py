"""From a scenario to its plan: names become positions, dates become days, nothing stays open."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from itertools import product
from math import ceil, inf

import numpy as np

from flowsim.engine import kernel
from flowsim.engine.plan import (
    DATED,
    IN_SERVICE,
    POISSON,
    WAITING,
    Exit,
    Floats,
    Group,
    Intake,
    Line,
    Plan,
    Post,
    Routes,
    Source,
    Station,
    Step,
    Stretch,
    Team,
    Year,
    merged,
)
from flowsim.engine.staffing import lines_of, settled, stretches_of, vacancies_of
from flowsim.engine.variates import cumulative, interruption_clock, variate
from flowsim.engine.ways import ahead_of, ways_from
from flowsim.scenario import schema
from flowsim.scenario.capacity import closures_of, spans_of
from flowsim.scenario.followed import Followed, followed
from flowsim.scenario.quantities import DAYS_PER_UNIT, Varying

A_MONTH = DAYS_PER_UNIT["month"]
FIVE_YEARS = 5 * 365.25  # the longest that is played on after the end [days]


def compile_plan(scenario: schema.Scenario, kpis: Collection[str] | None = None) -> Plan:
    """Turn a loaded scenario into the plan that both engines run.

    Parameters
    ----------
    scenario : a scenario that has passed its checks
    kpis : the figures that are asked for; default: those of a run. They decide whether, and how
        long, is played on after the end; those of playing on that were not asked for are missing

    Examples
    --------
    >>> from flowsim.scenario.loading import loads
    >>> scenario = loads('''
    ... scenario.title = "One desk"
    ... run = { start = 2025-01-01, until = 2025-12-31 }
    ... referrals.all = { to = "desk", rate = "2 per week" }
    ... teams.team.places = 1
    ... steps.desk = { team = "team", length_of_stay = "2 days", next = { done = 1.0 } }
    ... exits.done = "Done"
    ... ''')
    >>> plan = compile_plan(scenario)
    >>> plan.end, plan.teams[0].places
    (365.0, ((0.0, 1),))
    """
    return _Compiler(scenario, followed(scenario, kpis)).plan()


class _Compiler:
    """Holds the positions of all names while the parts of a plan are made."""

    def __init__(self, scenario: schema.Scenario, followed: Followed) -> None:
        self.scenario = scenario
        self.start = scenario.run.start
        self.end = self.day_after(scenario.run.until)
        self.report_from = self.day(scenario.run.report_from)
        self.sought = followed.sought
        self.horizon = self.end
        if followed.plays_on:
            self.horizon += min(self.end - self.report_from, FIVE_YEARS)
        self.last_year = (self.start + dt.timedelta(days=ceil(self.horizon) - 1)).year
        self.years = tuple(self._years())
        self.months = [
            self.day(dt.date(year, month, 1)) for year in self.all_years for month in range(1, 13)
        ]
        self.groups = self._groups()
        self.group_at = {group.name: g for g, group in enumerate(self.groups)}
        self.step_at = {name: s for s, name in enumerate(scenario.steps)}
        self.exit_at = {name: e for e, name in enumerate(exit_names(scenario))}
        self.lines: list[Line] = []
        self.posts: list[Post] = []
        self.teams: list[Team] = []
        self.stations: list[Station] = []

    def plan(self) -> Plan:
        for name, team in self.scenario.teams.items():
            self._add_team(name, team)
        steps = tuple(self._step(name, step) for name, step in self.scenario.steps.items())
        return Plan(
            scenario=self.scenario,
            start=self.start,
            report_from=self.report_from,
            end=self.end,
            horizon=self.horizon,
            years=self.years,
            new_years=(0.0, *(self.day(dt.date(year, 1, 1)) for year in self.all_years[1:])),
            sought=self.sought,
            ahead=ahead_of(ways_from(steps, self.stations, self.teams, self.end)),
            groups=self.groups,
            sources=tuple(self._sources()),
            steps=steps,
            stations=tuple(self.stations),
            teams=tuple(self.teams),
            lines=tuple(self.lines),
            posts=tuple(self.posts),
            exits=tuple(self._exit(name) for name in self.exit_at),
        )

    # Time -------------------------------------------------------------------------------------

    def day(self, date: dt.date) -> float:
        return float((date - self.start).days)

    def date(self, at: float) -> dt.date:
        return self.start + dt.timedelta(days=at)

    def day_after(self, date: dt.date) -> float:
        return float((date - self.start).days + 1)

    @property
    def all_years(self) -> range:
        """The calendar years of the run, and of playing on after it."""
        return range(self.start.year, self.last_year + 1)

    def _years(self) -> Iterator[Year]:
        for year in range(self.start.year, self.scenario.run.until.year + 1):
            first, after = self.day(dt.date(year, 1, 1)), self.day_after(dt.date(year, 12, 31))
            yield Year(year, max(first, 0.0), min(after, self.end), int(after - first))

    def _life(self, first: dt.date | None, last: dt.date | None) -> tuple[float, float]:
        """From and until in days; infinite when they lie at the end of the run or beyond."""
        from_at = max(self.day(first), 0.0) if first else 0.0
        until_at = self.day_after(last) if last else inf
        return from_at if from_at < self.end else inf, until_at if until_at < self.end else inf

    # Who --------------------------------------------------------------------------------------

    def _groups(self) -> tuple[Group, ...]:
        declared = [
            Group(name, tuple(mix), kernel.name_hash("group", name))
            for name, mix in self.scenario.groups.items()
        ]
        return (*declared, Group("source", tuple(self._source_names()), 0))

    def _source_names(self) -> Iterator[str]:
        yield from self.scenario.referrals
        for name, step in self.scenario.steps.items():
            if step.initial.waiting:
                yield f"initial_{name}_waiting"
            if step.initial.in_service.count:
                yield f"initial_{name}_in_service"

    def _mix(self, override: Mapping[str, Mapping[str, float]]) -> tuple[Floats, ...]:
        mixes = []
        for group in self.groups[:-1]:
            shares = override.get(group.name, self.scenario.groups[group.name])
            mixes.append(cumulative([shares.get(value, 0.0) for value in group.values]))
        return tuple(mixes)

    def _condition(self, text: str) -> tuple[int, int]:
        """("age=16-29") -> (group, value) as positions."""
        group, _, value = text.partition("=")
        g = self.group_at[group]
        return g, self.groups[g].values.index(value)

    def _sources(self) -> Iterator[Source]:
        for name, referral in self.scenario.referrals.items():
            listed = self._listed(name, referral)
            yield self._poisson(name, referral) if listed is None else listed
        for name, step in self.scenario.steps.items():
            for kind, count, suffix in (
                (WAITING, step.initial.waiting, "waiting"),
                (IN_SERVICE, step.initial.in_service.count, "in_service"),
            ):
                if count:
                    yield self._initial(f"initial_{name}_{suffix}", kind, count, name, step)

    def _poisson(self, name: str, referral: schema.Referral) -> Source:
        starts, rates, end = self._rate_pieces(referral)
        return Source(
            name=name,
            hash=kernel.name_hash("source", name),
            kind=POISSON,
            to=self.step_at[referral.to],
            starts=starts,
            rates=rates,
            end=end,
            at_most=-1 if referral.at_most is None else referral.at_most,
            count=0,
            waited=None,
            elapsed=(),
            given=np.empty((0, len(self.groups) - 1), dtype=np.int32),
            mix=self._mix(referral.groups),
        )

    def _rate_pieces(self, referral: schema.Referral) -> tuple[Floats, Floats, float]:
        """Rates between midnights of months and changes, with the month's factor."""
        from_at, until_at = self._life(referral.from_, referral.until)
        end = min(until_at, self.horizon)
        changes = [(0.0, referral.rate or 0.0)]
        changes += [(self.day(change.from_), change.rate) for change in referral.changes]
        changes = sorted((c for c in changes if c[0] < self.end), key=lambda change: change[0])
        factors = referral.seasonality or self.scenario.calendar.seasonality or (1.0,) * 12
        level = sum(factors) / 12
        since = [at for at, _ in changes]
        cuts = {from_at, *self.months, *since, self.end}
        starts = sorted(cut for cut in cuts if from_at <= cut < end)
        rates = []
        for at in starts:
            _, rate = changes[bisect_right(since, at) - 1]
            month = (self.start + dt.timedelta(days=at)).month
            rates.append(rate * (factors[month - 1] / level))
        return np.array(starts), np.array(rates), end

    def _listed(self, name: str, referral: schema.Referral) -> Source | None:
        """A cohort or a file as a list of dates; None for a rate."""
        rows: list[tuple[dt.date, Mapping[str, str]]] = []
        if referral.cohort:
            nothing: Mapping[str, str] = {}
            for entry in referral.cohort:
                rows += [(entry.date, nothing)] * entry.count
        elif referral.file is not None:
            rows = list(self.scenario.lists[name])
        elif referral.rate is not None:
            return None
        if referral.at_most is not None:
            rows = rows[: referral.at_most]
        given = np.full((len(rows), len(self.groups) - 1), -1, dtype=np.int32)
        for row, (_, values) in enumerate(rows):
            for group, value in values.items():
                g = self.group_at[group]
                given[row, g] = self.groups[g].values.index(value)
        return Source(
            name=name,
            hash=kernel.name_hash("source", name),
            kind=DATED,
            to=self.step_at[referral.to],
            starts=np.array([self.day(date) for date, _ in rows]),
            rates=np.empty(0),
            end=self.end,
            at_most=-1,
            count=len(rows),
            waited=None,
            elapsed=(),
            given=given,
            mix=self._mix(referral.groups),
        )

    def _initial(self, name: str, kind: int, count: int, to: str, step: schema.Step) -> Source:
        return Source(
            name=name,
            hash=kernel.name_hash("source", name),
            kind=kind,
            to=self.step_at[to],
            starts=np.empty(0),
            rates=np.empty(0),
            end=0.0,
            at_most=-1,
            count=count,
            waited=variate(step.initial.waited) if step.initial.waited else None,
            elapsed=step.initial.in_service.classes if kind == IN_SERVICE else (),
            given=np.empty((0, len(self.groups) - 1), dtype=np.int32),
            mix=self._mix({}),
        )

    # Teams ------------------------------------------------------------------------------------

    def _add_team(self, declared: str, team: schema.Team) -> None:
        values = [None] if team.per is None else list(self.groups[self.group_at[team.per]].values)
        for v, value in enumerate(values):
            t = len(self.teams)
            name = declared if value is None else f"{declared}[{value}]"
            from_at, until_at = self._life(team.from_, team.until)
            lines = self._lines(t, name, team, value, from_at, until_at)
            self.teams.append(
                Team(
                    name=name,
                    declared=declared,
                    group=-1 if team.per is None else self.group_at[team.per],
                    value=-1 if value is None else v,
                    from_at=from_at,
                    until_at=until_at,
                    ends_to=0 if team.then is None else self._target(team.then),
                    places=self._places(team.places, value, from_at, until_at),
                    lines=lines,
                    needed=self._needed(name, team, lines),
                    norm=norm_of(team),
                    leave_rate=team.turnover.leave if team.turnover else 0.0,
                    vacancy=variate(team.turnover.vacancy) if team.turnover else None,
                    closed=merged(self._closed(team, pausing=False)),
                    pauses=merged(self._closed(team, pausing=True)),
                    cost_per_place=self._yearly(team.cost_per_place, value),
                    overheads=self._yearly(team.overheads, value),
                    financed_by=tuple(team.financed_by.items()),
                )
            )

    def _yearly(self, amount: Varying | None, value: str | None) -> Floats:
        if amount is None:
            return np.zeros(len(self.years))
        return np.array([amount.at(year.year, value) for year in self.years])

    def _places(
        self, places: Varying | None, value: str | None, from_at: float, until_at: float
    ) -> tuple[tuple[float, int], ...] | None:
        """The number of places from each instant at which it changes."""
        if places is None:
            return None
        days = {self.day(dt.date(year, 1, 1)) for year in places.years}
        days |= {self.day(day) for day in places.days}
        last = min(until_at, self.end)
        changes: list[tuple[float, int]] = []
        for at in sorted({from_at, *(day for day in days if from_at < day)}):
            number = int(places.on(self.date(at), value) + 1e-6) if at < last else -1
            if at < last and (not changes or changes[-1][1] != number):
                changes.append((at, number))
        return tuple(changes)

    def _needed(
        self, name: str, team: schema.Team, lines: tuple[int, ...]
    ) -> tuple[tuple[float, tuple[int, ...]], ...]:
        """Each role that a team needs: the share of its places left without it, and its posts."""
        needed = []
        for role, staff in team.staff.items():
            if staff.needed is not None:
                its = {at for at in lines if self.lines[at].name.startswith(f"{name}/{role}/")}
                posts = (p for p, post in enumerate(self.posts) if post.line in its)
                needed.append((staff.needed.places, tuple(posts)))
        return tuple(needed)

    def _lines(
        self,
        t: int,
        team_name: str,
        team: schema.Team,
        value: str | None,
        from_at: float,
        until_at: float,
    ) -> tuple[int, ...]:
        positions = []
        for role, staff in team.staff.items():
            first, last = self._life(staff.from_, staff.until)
            life = max(first, from_at), min(last, until_at)
            before: list[Stretch] = []
            for number, pieces in enumerate(lines_of(staff, value, life, self.start, self.end)):
                name = f"{team_name}/{role}/{number}"
                line = len(self.lines)
                since, until = pieces[0].from_at, pieces[-1].until_at
                there = settled(pieces, before)
                away = vacancies_of(staff, value, pieces, self.start, self.end)
                self.lines.append(
                    Line(
                        name=name,
                        hash=kernel.name_hash("staff", name),
                        team=t,
                        from_at=since,
                        until_at=until,
                        paid_by=staff.paid_by,
                        first_post=len(self.posts),
                        n_posts=len(away),
                    )
                )
                self.posts += [
                    Post(
                        name=f"{name}/{person}",
                        team=t,
                        line=line,
                        person=person,
                        stretches=stretches_of(pieces, person),
                        vacant=merged(vacant),
                        takes_on=inf if staff.takes_on is None else A_MONTH * staff.takes_on,
                        settled=person < there,
                    )
                    for person, vacant in enumerate(away)
                ]
                positions.append(line)
                before = pieces
        return tuple(positions)

    def _closed(self, team: schema.Team, *, pausing: bool) -> list[tuple[float, float]]:
        """Return the spans in which a team is closed, or only those in which stays stand still."""
        closures = closures_of(team, self.scenario)
        chosen = [closure for closure in closures if closure.pauses or not pausing]
        return [span for closure in chosen for span in self._spans(closure)]

    def _spans(self, closure: schema.Closure) -> Iterator[tuple[float, float]]:
        """The closure's intervals inside the run, and after it until the horizon.

        A yearly one may run over the new year; a dated one must have begun before the end.
        """
        if isinstance(closure.from_, dt.date) and self.day(closure.from_) >= self.end:
            return
        for begin, end in spans_of(closure, self.start, dt.date(self.last_year, 12, 31)):
            interval = max(self.day(begin), 0.0), min(self.day_after(end), self.horizon)
            if interval[0] < interval[1]:
                yield interval

    # Steps and exits --------------------------------------------------------------------------

    def _target(self, name: str) -> int:
        return self.step_at[name] if name in self.step_at else -1 - self.exit_at[name]

    def _routes(self, shares: Mapping[str, schema.Route]) -> Routes:
        return Routes(
            cumulative=cumulative([route.share for route in shares.values()]),
            targets=tuple(self._target(name) for name in shares),
            delays=tuple(
                variate(route.after) if route.after else None for route in shares.values()
            ),
        )

    def _step(self, name: str, step: schema.Step) -> Step:
        patience = step.patience
        per = self._add_stations(name, step)
        return Step(
            name=name,
            hash=kernel.name_hash("step", name),
            per=per,
            first_station=len(self.stations) - self._n_stations(per),
            stay=variate(step.length_of_stay),
            factors=tuple(
                (*self._condition(condition), factor)
                for condition, factor in step.length_of_stay.factors.items()
            ),
            priority=tuple(self._condition(condition) for condition in step.priority),
            routes=self._routes(step.next),
            routes_for=tuple(
                (*self._condition(condition), self._routes(shares))
                for condition, shares in step.next_for.items()
            ),
            patience=variate(patience) if patience else None,
            since_referral=patience is not None and patience.since == "referral",
            patience_exit=self.exit_at[patience.exit] if patience else -1,
            interruptions=tuple(
                (interruption_clock(cut), self.exit_at[cut.exit]) for cut in step.interruption
            ),
            keeps_place=step.keeps_place,
            intake=self._intake(step.intake) if step.intake else None,
            max_waiting=step.max_waiting,
        )

    def _n_stations(self, per: tuple[int, ...]) -> int:
        return int(np.prod([len(self.groups[g].values) for g in per], dtype=int))

    def _add_stations(self, name: str, step: schema.Step) -> tuple[int, ...]:
        """One station for each combination of the values that the step's teams are split by."""
        declared = [[t for t in self.teams if t.declared == team] for team in step.team]
        per = tuple(dict.fromkeys(teams[0].group for teams in declared if teams[0].group >= 0))
        for values in product(*(range(len(self.groups[g].values)) for g in per)):
            own = dict(zip(per, values, strict=True))
            teams = [
                next(t for t in alike if t.group < 0 or t.value == own[t.group])
                for alike in declared
            ]
            labels = ",".join(self.groups[g].values[v] for g, v in own.items())
            self.stations.append(
                Station(
                    step=self.step_at[name],
                    name=f"{name}[{labels}]" if own else name,
                    teams=tuple(self.teams.index(team) for team in teams),
                    closed=merged([span for team in teams for span in team.closed]),
                    pauses=merged([span for team in teams for span in team.pauses]),
                )
            )
        return per

    def _intake(self, intake: schema.Intake) -> Intake:
        most = intake.max
        if most is None and intake.every is None:
            most = intake.min
        return Intake(
            every=intake.every,
            first=self._first_meeting(intake),
            min=intake.min,
            max=most,
            max_per_year=intake.max_per_year,
            cut_off=intake.cut_off,
        )

    def _first_meeting(self, intake: schema.Intake) -> float:
        """Day of a first meeting; at the horizon where it is dated at the end or later."""
        first = self.day(intake.first) if intake.first else 0.0
        return first if first < self.end else max(first, self.horizon)

    def _exit(self, name: str) -> Exit:
        declared = self.scenario.exits.get(name, schema.Exit())
        returns, sustained = declared.returns, declared.sustained
        return Exit(
            name=name,
            hash=kernel.name_hash("exit", name),
            sustained_share=sustained.share if sustained else 0.0,
            hold_time=sustained.after if sustained else 0.0,
            return_share=returns.share if returns else 0.0,
            return_delay=variate(returns.after) if returns else None,
            returns_to=self.step_at[returns.to] if returns else -1,
        )


def norm_of(team: schema.Team) -> tuple[float, float]:
    """Return the norm of a team's caseload, and the factor on stays; 1.0 for none."""
    norms = [line.caseload_norm for line in team.staff.values() if line.caseload_norm]
    return (norms[0].at, norms[0].stay) if norms else (0.0, 1.0)


def exit_names(scenario: schema.Scenario) -> tuple[str, ...]:
    """Exits in file order, then the built-in ones that are not declared."""
    return tuple(dict.fromkeys((*scenario.exits, *schema.BUILT_IN_EXITS)))
