"""All KPIs once more, from the same event log, by plain and slow means.

Written apart from `flowsim.analysis` to check it: dictionaries and loops over people, periods and
groups; nothing is compiled, nothing is folded from years to the run or from values to everybody.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf, nan

import numpy as np
import pandas as pd

from flowsim.engine.eventlog import EVENTS, EventLog

WAITING_ENDS = ("withdrew", "turned_away", "team_ended")


@dataclass(eq=False)
class Stay:
    person: Person
    episode: Episode
    step: str
    joined: float = nan
    listed_until: float = inf
    listed_end: str = ""
    started: float = inf
    finished: float = inf
    left: float = inf
    interrupted: bool = False
    initial: bool = False


@dataclass(eq=False)
class Episode:
    number: int
    initial: bool
    entered: float
    stays: list[Stay] = field(default_factory=list)
    exited: float = inf
    exit: str = ""
    sustained: bool = False


@dataclass(eq=False)
class Person:
    groups: set[str]
    episodes: list[Episode] = field(default_factory=list)
    holds: Stay | None = None
    waits: Stay | None = None


def plain_kpis(log: EventLog) -> pd.DataFrame:
    """Work out every KPI: columns replication, period, group, kpi, value."""
    people, later = _people(log), _people(log, log.after)
    rows = []
    for period, start, end in _periods(log.plan):
        for group in _groups(log.plan):
            members = [p for p in people if group == "all" or group in p.groups]
            figures = _Figures(log, members, group, start, end, period)
            figures.followed = [p for p in later if group == "all" or group in p.groups]
            found = figures.all()
            rows += [(log.replication, period, group, kpi, value) for kpi, value in found.items()]
    return pd.DataFrame(rows, columns=["replication", "period", "group", "kpi", "value"])


def _periods(plan):
    yield "run", plan.report_from, plan.end
    first = plan.start + dt.timedelta(days=plan.report_from)
    for year in range(first.year, (plan.start + dt.timedelta(days=plan.end - 1)).year + 1):
        begin = (dt.date(year, 1, 1) - plan.start).days
        after = (dt.date(year + 1, 1, 1) - plan.start).days
        yield str(year), float(max(begin, plan.report_from)), float(min(after, plan.end))


def _groups(plan):
    return ["all", *(f"{g.name}={value}" for g in plan.groups for value in g.values)]


def _people(*logs: EventLog | None) -> list[Person]:
    """Everybody in the rows of one log after the other."""
    people: dict[tuple[int, int], Person] = {}
    for log in logs:
        if log is not None:
            _live_through(log, people)
    return list(people.values())


def _live_through(log: EventLog, people: dict[tuple[int, int], Person]) -> None:
    plan = log.plan
    for i in range(len(log)):
        if log.source[i] < 0:
            continue
        key = int(log.source[i]), int(log.participant[i])
        if key not in people:
            values = log.values[log.first_participant[key[0]] + key[1]]
            names = {f"{g.name}={g.values[v]}" for g, v in zip(plan.groups, values, strict=True)}
            people[key] = Person(names)
        step = plan.steps[log.step[i]].name if log.step[i] >= 0 else ""
        name = plan.exits[log.name[i]].name if log.name[i] >= 0 else ""
        _live(plan, people[key], EVENTS[log.event[i]], float(log.time[i]), step, name)


def _live(plan, person: Person, event: str, now: float, step: str, name: str) -> None:
    if event in ("referred", "returned", "was_waiting", "was_in_service"):
        initial = event.startswith("was")
        person.episodes.append(Episode(len(person.episodes) + 1, initial, now))
    episode = person.episodes[-1]
    if event in ("joined", "was_waiting"):
        person.waits = Stay(person, episode, step, joined=now, initial=event != "joined")
        episode.stays.append(person.waits)
    elif event == "was_in_service":
        person.holds = Stay(person, episode, step, started=now, initial=True)
        episode.stays.append(person.holds)
    elif event == "started":
        if person.holds:
            person.holds.left = now
        person.holds, person.waits = person.waits, None
        person.holds.listed_until, person.holds.listed_end = now, "started"
        person.holds.started = now
    elif event == "finished":
        person.holds.finished = now
        declared = plan.scenario.steps[step]
        if not (declared.keeps_place and declared.team):
            person.holds.left, person.holds = now, None
    elif event == "released":
        if person.holds and person.holds.finished < inf:
            person.holds.left, person.holds = now, None
    elif event == "interrupted":
        person.holds.left, person.holds.interrupted, person.holds = now, True, None
    elif event in WAITING_ENDS and person.waits:
        person.waits.listed_until, person.waits.listed_end = now, event
        person.waits = None
    elif event == "team_ended":
        person.holds.left, person.holds = now, None
    elif event == "exited":
        if person.holds:
            person.holds.left, person.holds = person.holds.finished, None
        episode.exited, episode.exit = now, name
    elif event == "sustained":
        episode.sustained = True


def _mean(values) -> float:
    values = list(values)
    return float(np.mean(values)) if values else nan


def p90(times: list[float], n_open: int) -> float:
    """The 90th percentile, linear between ordered values; infinite if it falls among the open."""
    ordered = [*sorted(times), *[inf] * n_open]
    if not ordered:
        return nan
    place = Fraction(9, 10) * (len(ordered) - 1)
    below, part = int(place), place - int(place)
    if part == 0 or ordered[below + 1] == inf:
        return ordered[below] if part == 0 else inf
    return ordered[below] + float(part) * (ordered[below + 1] - ordered[below])


def _of_all_values(number, year: int) -> float:
    return sum(number.at(year, value) for value in number.by_group or (None,))


def _over(above: float, below: float) -> float:
    return above / below if below else nan


class _Figures:
    """The figures of some people in one period."""

    def __init__(self, log, people, group, start, end, period):
        self.log, self.plan, self.scenario = log, log.plan, log.plan.scenario
        self.people, self.group, self.period = people, group, period
        self.start, self.end, self.days = start, end, end - start
        self.episodes = [e for p in people for e in p.episodes]
        self.stays = [s for e in self.episodes for s in e.stays]
        self.followed: list[Person] = []
        self.found: dict[str, float] = {}

    def all(self) -> dict[str, float]:
        self.enrolments()
        self.exits()
        for step in self.scenario.steps:
            self.step(step)
        for team in self.scenario.teams:
            self.team(team)
        if self.group == "all":
            self.money()
        self.coverage()
        self.goals()
        return self.found

    def inside(self, instant: float) -> bool:
        return self.start <= instant < self.end

    def area(self, begin: float, end: float) -> float:
        return max(min(end, self.end) - max(begin, self.start), 0.0)

    def register(self, prefix: str, spans: list[tuple[float, float]], initial) -> None:
        """opening, new, participants, left, closing; who was there initially is never new."""
        spans = [
            (-inf if was else begin, end) for (begin, end), was in zip(spans, initial, strict=True)
        ]
        name = f"{prefix}." if prefix else ""
        put = self.found
        put[f"{name}opening"] = sum(b < self.start <= e for b, e in spans)
        put[f"{name}new"] = sum(self.inside(b) for b, _ in spans)
        put[f"{name}participants"] = sum(b < self.end and e >= self.start for b, e in spans)
        put[f"{name}left"] = sum(self.inside(e) for _, e in spans)
        put[f"{name}closing"] = sum(b < self.end <= e for b, e in spans)

    def enrolments(self) -> None:
        put = self.found
        came = [e for e in self.episodes if not e.initial and self.inside(e.entered)]
        put["referred"] = sum(e.number == 1 for e in came)
        put["returned"] = sum(e.number > 1 for e in came)
        counted = self.scenario.population.counted_in or list(self.scenario.steps)
        spans, initial = [], []
        for e in self.episodes:
            starts = [s for s in e.stays if s.step in counted and s.started < inf]
            if starts:
                first = min(starts, key=lambda s: s.started)
                spans.append((first.started, e.exited))
                initial.append(first.initial and first.joined != first.joined)
        self.register("", spans, initial)
        first_starts = [
            (min(s.started for s in e.stays), e.entered)
            for e in self.episodes
            if e.number == 1 and not e.initial and e.stays
        ]
        times = [b - a for b, a in first_starts if self.inside(b)]
        put["time_to_first_start.mean"], put["time_to_first_start.n"] = _mean(times), len(times)
        times = [
            e.exited - e.entered for e in self.episodes if not e.initial and self.inside(e.exited)
        ]
        put["time_in_system.mean"], put["time_in_system.n"] = _mean(times), len(times)

    def exits(self) -> None:
        left = [e for e in self.episodes if self.inside(e.exited)]
        count = defaultdict(int)
        for e in left:
            count[e.exit] += 1
        steps = self.scenario.steps.values()
        possible = list(self.scenario.exits)
        possible += [s.patience.exit for s in steps if s.patience]
        possible += [cut.exit for s in steps for cut in s.interruption]
        possible += ["turned_away" for s in steps if s.max_waiting is not None]
        for name in dict.fromkeys(possible):
            self.found[f"exits.{name}"] = count[name]
            self.found[f"exits.{name}.share"] = _over(count[name], len(left))
        tags = self.scenario.outcomes
        for tag, names in tags.items():
            self.found[f"outcomes.{tag}"] = sum(count[name] for name in names.exits)
        if "completed" in tags:
            completed = self.found["outcomes.completed"]
            for tag in tags:
                share = _over(self.found[f"outcomes.{tag}"], completed)
                self.found[f"outcomes.{tag}.share"] = share
            self.found["completed.share"] = _over(completed, self.found["participants"])
        if "sustained" not in tags:
            self.found["outcomes.sustained"] = sum(e.sustained for e in left)

    def step(self, name: str) -> None:
        declared = self.scenario.steps[name]
        stays = [s for s in self.stays if s.step == name]
        listed = [s for s in stays if s.joined == s.joined]
        put = {}
        ended = [s for s in listed if self.inside(s.listed_until)]
        started = [s for s in ended if s.listed_end == "started"]
        waits = [s.listed_until - s.joined for s in started]
        put["wait.mean"] = _mean(waits)
        put["wait.median"] = float(np.quantile(waits, 0.5)) if waits else nan
        put["wait.p90"] = float(np.quantile(waits, 0.9)) if waits else nan
        put["wait.km_median"] = self.km_median([s for s in listed if not s.initial])
        if declared.target_wait is not None:
            put["wait.within_target"] = _mean(wait <= declared.target_wait for wait in waits)
        if declared.priority:
            first = [s for s in started if s.person.groups & set(declared.priority)]
            put["wait.first.mean"] = _mean(s.listed_until - s.joined for s in first)
            others = [s for s in started if s not in first]
            put["started.first"], put["started.others"] = len(first), len(others)
            put["wait.others.mean"] = _mean(s.listed_until - s.joined for s in others)
        put["wait.over_60"] = sum(
            self.inside(s.joined + 60) and s.listed_until > s.joined + 60 for s in listed
        )
        put |= self.recovery(name, listed)
        put["listed.mean"] = _mean(s.listed_until - s.joined for s in ended)
        put["listed.n"] = len(ended)
        times = list(self.times_to_start(name))
        put["time_to_start.mean"], put["time_to_start.n"] = _mean(times), len(times)
        put |= self.of_joined(name) | self.of_referred(name)
        waiting = sum(self.area(s.joined, s.listed_until) for s in listed)
        put["waiting.mean"] = waiting / self.days
        still = [self.end - s.joined for s in listed if s.joined < self.end <= s.listed_until]
        put["waiting.end"] = len(still)
        put["still_waiting.mean"] = _mean(still)
        inside = [s for s in stays if s.started < inf]
        put["in_service.mean"] = sum(self.area(s.started, s.left) for s in inside) / self.days
        blocked = sum(self.area(s.finished, s.left) for s in inside if s.finished < inf)
        put["blocked.mean"] = blocked / self.days
        put["joined"] = sum(self.inside(s.joined) for s in listed if not s.initial)
        put["started"] = len(started)
        put["finished"] = sum(self.inside(s.finished) for s in inside)
        put["interrupted"] = sum(self.inside(s.left) for s in inside if s.interrupted)
        put["withdrew"] = sum(s.listed_end == "withdrew" for s in ended)
        put["turned_away"] = sum(s.listed_end == "turned_away" for s in ended)
        ended_stays = [s.left - s.started for s in inside if self.inside(s.left)]
        put["length_of_stay.mean"] = _mean(ended_stays)
        if declared.intake is not None:
            meetings = self.meetings(name)
            put["meetings"] = len(meetings)
            put["meetings.empty"] = sum(number == 0 for number in meetings)
            put["per_meeting.mean"] = _over(len(started), len(meetings))
        self.found |= {f"{name}.{measure}": value for measure, value in put.items()}
        spans = [(s.started, s.left) for s in inside]
        self.register(name, spans, [s.initial and s.joined != s.joined for s in inside])

    def recovery(self, name: str, listed: list[Stay]) -> dict[str, float]:
        """Step down the list's length from the end of the last vacancy on."""
        teams = [self.scenario.teams[team] for team in self.scenario.steps[name].team]
        vacant = [one for team in teams for line in team.staff.values() for one in line.vacant]
        if not vacant or self.group != "all":
            return {}
        spans = [
            ((one.until - self.plan.start).days + 1, (one.from_ - self.plan.start).days)
            for one in vacant
        ]
        end, begin = max((span for span in spans if span[1] < self.plan.end), default=(inf, 0))
        if self.period != "run" or begin < 90 or end >= self.plan.end:
            return {"recovery": nan}
        usual = sum(max(min(s.listed_until, begin) - max(s.joined, begin - 90), 0) for s in listed)
        for instant in sorted(
            {end, *(s.listed_until for s in listed if end < s.listed_until < inf)}
        ):
            waiting = sum(s.joined <= instant < s.listed_until for s in listed)
            if instant < self.plan.end and waiting <= max(1, usual / 90):
                return {"recovery": instant - end}
        return {"recovery": inf}

    def km_median(self, stays: list[Stay]) -> float:
        """By definition, in fractions: at each wait with a start, the share that goes on."""
        joined = [s for s in stays if self.inside(s.joined)]
        seen = [min(s.listed_until, self.end) - s.joined for s in joined]
        starts = [s.listed_end == "started" and s.listed_until < self.end for s in joined]
        starting = [t for t, did in zip(seen, starts, strict=True) if did]
        waiting = Fraction(1)
        for time in sorted(set(starting)):
            waiting *= 1 - Fraction(starting.count(time), sum(t >= time for t in seen))
            if waiting <= Fraction(1, 2):
                return time
        return inf if joined else nan

    def of_joined(self, name: str) -> dict[str, float]:
        """Of those who joined the list in the period: how it went on after the end."""
        declared, on = self.scenario.steps[name], self.log.after is not None
        stays = [s for p in self.followed for e in p.episodes for s in e.stays if s.step == name]
        joined = [s for s in stays if not s.initial and self.inside(s.joined)] if on else []
        waits = [s.listed_until - s.joined for s in joined if s.listed_end == "started"]
        still = [self.plan.horizon - s.joined for s in joined if s.listed_until == inf]
        put = {
            "wait.mean": _mean(waits + still),
            "wait.p90": p90(waits, len(still)),
            "wait.n": len(waits + still) if on else nan,
            "left": _over(len(joined) - len(waits) - len(still), len(joined)),
            "open": _over(len(still), len(joined)),
        }
        if declared.target_wait is not None:
            within = sum(wait <= declared.target_wait for wait in waits)
            put["within_target"] = _over(within, len(joined))
        return {f"joined.{measure}": value for measure, value in put.items()}

    def of_referred(self, name: str) -> dict[str, float]:
        """Of those referred in the period: when they started the step, if it is told."""
        position = list(self.scenario.steps).index(name)
        sought = self.log.after is not None and position in self.plan.sought
        episodes = [p.episodes[0] for p in self.followed]
        came = [e for e in episodes if not e.initial and self.inside(e.entered)] if sought else []
        times, still, n_open = [], [], 0
        for e in came:
            lists = [s for s in e.stays if s.step == name]
            starts = [s.started for s in lists if s.started < inf]
            times += [min(starts) - e.entered] if starts else []
            has_waited = any(s.listed_until < inf for s in lists)
            if e.exited < inf or has_waited:
                continue
            here = e.stays[-1].step
            if here == name:
                still.append(self.plan.horizon - e.entered)
            n_open += here == name or name in self.ahead(here)
        put = {
            "time_to_start.mean": _mean(times + still),
            "time_to_start.p90": p90(times, n_open),
            "time_to_start.n": len(times + still) if sought else nan,
            "open": _over(n_open, len(came)),
        }
        return {f"referred.{measure}": value for measure, value in put.items()}

    def ahead(self, step: str) -> set[str]:
        """The steps that a way leads to, hop by hop, as the file has them."""
        seen: set[str] = set()
        hops = [step]
        while hops:
            declared = self.scenario.steps[hops.pop()]
            ways = [declared.next, *declared.next_for.values()]
            onward = [to for routes in ways for to, route in routes.items() if route.share > 0]
            teams = [self.scenario.teams[team] for team in declared.team]
            onward += [t.then for t in teams if t.then and t.until < self.scenario.run.until]
            fresh = {to for to in onward if to in self.scenario.steps} - seen
            seen |= fresh
            hops += fresh
        return seen

    def times_to_start(self, step: str):
        for e in self.episodes:
            starts = [s for s in e.stays if s.step == step and s.started < inf]
            if e.number == 1 and not e.initial and starts:
                first = min(s.started for s in starts)
                if self.inside(first):
                    yield first - e.entered

    def open_to_us(self, team) -> bool:
        if team.group < 0 or self.group == "all":
            return True
        group = self.plan.groups[team.group]
        name, _, value = self.group.partition("=")
        return name != group.name or value == group.values[team.value]

    def meetings(self, step: str) -> list[int]:
        log, found = self.log, []
        for i in np.flatnonzero(log.event == EVENTS.index("meeting")):
            team = self.plan.teams[log.name[i]] if log.name[i] >= 0 else None
            ours = team is None or self.open_to_us(team)
            if ours and self.plan.steps[log.step[i]].name == step and self.inside(log.time[i]):
                found.append(int(log.number[i]))
        return found

    def place_days(self, t: int) -> float:
        log, total, since, places = self.log, 0.0, 0.0, 0
        for i in np.flatnonzero((log.event == EVENTS.index("places")) & (log.name == t)):
            total += places * self.area(since, log.time[i])
            since, places = log.time[i], int(log.number[i])
        return total + places * self.area(since, self.plan.end)

    def post_days(self, p: int, since: float, until: float) -> float:
        """Days in post, of those from one instant to another."""
        log, total, filled = self.log, 0.0, None
        for i in range(len(log)):
            if log.name[i] == p and EVENTS[log.event[i]] == "filled_post":
                filled = max(log.time[i], since)
            elif log.name[i] == p and EVENTS[log.event[i]] == "left_post":
                left = min(log.time[i], until)
                total, filled = total + (self.area(filled, left) if left > filled else 0.0), None
        last = min(self.plan.end, until)
        return total + (self.area(filled, last) if filled is not None and last > filled else 0.0)

    def paid_posts(self) -> list[tuple[int, object, float]]:
        """Rows of the staff table, each with its post and the day until which it holds."""
        names = [post.name for post in self.plan.posts]
        rows = list(self.log.staff().rename(columns={"from": "since"}).itertuples(index=False))
        after = [*rows, None][1:]
        return [
            (names.index(row.name), row, other.since if other and other.name == row.name else inf)
            for row, other in zip(rows, after, strict=True)
        ]

    def team(self, name: str) -> None:
        ours = [
            t
            for t, team in enumerate(self.plan.teams)
            if team.declared == name and self.open_to_us(team)
        ]
        places = sum(self.place_days(t) for t in ours)
        steps = [s for s, step in self.scenario.steps.items() if name in step.team]
        used = sum(
            self.area(s.started, s.left) for s in self.stays if s.step in steps and s.started < inf
        )
        self.found[f"{name}.utilisation"] = _over(used, places)
        self.found[f"{name}.places.mean"] = places / self.days
        vacant = 0.0
        for p, post in enumerate(self.plan.posts):
            for one in post.stretches if post.team in ours else ():
                due = self.area(one.from_at, one.until_at)
                vacant += one.fte * (due - self.post_days(p, one.from_at, one.until_at))
        self.found[f"{name}.vacant_fte.mean"] = vacant / self.days
        filled = sum(
            one.fte * self.post_days(p, one.from_at, one.until_at)
            for p, post in enumerate(self.plan.posts)
            for one in (post.stretches if post.team in ours else ())
        )
        self.found[f"{name}.fte.mean"] = filled / self.days

    def money(self) -> None:
        bills: list[tuple[str, str, float]] = []  # payer, team, amount
        fte = defaultdict(float)
        years = [(int(name), a, b) for name, a, b in _periods(self.plan) if name != "run"]
        if self.period != "run":
            years = [(year, a, b) for year, a, b in years if str(year) == self.period]
        administration = 0.0
        for year, start, end in years:
            part = _Figures(self.log, self.people, "all", start, end, str(year))
            whole = 366 if calendar.isleap(year) else 365
            costs = self.scenario.costs
            if costs.administration:
                amount = _of_all_values(costs.administration, year) * part.days / whole
                administration += amount
                bills.append(("association", "", amount))
            if costs.structural:
                amount = _of_all_values(costs.structural, year) * part.days / whole
                bills.append(("association", "", amount))
            part.bill_teams(year, whole, bills, fte)
            part.bill_starts(bills)
        put = self.found
        total = sum(amount for _, _, amount in bills)
        who = {"association": None}
        for team in self.scenario.teams.values():
            who |= {line.paid_by: None for line in team.staff.values() if line.paid_by}
            who |= dict.fromkeys(team.financed_by)
        put["cost.total"] = total
        for payer in who:
            put[f"cost.payer.{payer}"] = sum(a for p, _, a in bills if p == payer)
            put[f"fte.{payer}"] = fte[payer] / self.days
        for team in self.scenario.teams:
            put[f"cost.team.{team}"] = sum(a for _, t, a in bills if t == team)
        put["cost.administration"] = administration
        put["cost.administration.share"] = _over(administration, total)
        put["cost.per_participant"] = _over(total, put["participants"])
        for tag in self.scenario.outcomes:
            put[f"cost.per.{tag}"] = _over(total, put[f"outcomes.{tag}"])
        if self.scenario.costs.budget:
            self.budget(administration)

    def bill_teams(self, year, whole, bills, fte) -> None:
        for t, team in enumerate(self.plan.teams):
            declared = self.scenario.teams[team.declared]
            value = self.plan.groups[team.group].values[team.value] if team.group >= 0 else None
            amount = 0.0
            if declared.overheads:
                life = self.area(team.from_at, team.until_at)
                amount += declared.overheads.at(year, value) * life / whole
            if declared.cost_per_place:
                amount += declared.cost_per_place.at(year, value) * self.place_days(t) / whole
            self.split(bills, team.declared, amount)
        for p, row, until in self.paid_posts():
            team = self.plan.teams[self.plan.posts[p].team]
            days = self.post_days(p, row.since, until)
            amount = days * row.fte * row.cost / whole
            if row.payer:
                bills.append((row.payer, team.declared, amount))
                fte[row.payer] += days * row.fte
            else:
                self.split(bills, team.declared, amount)
                for payer, share in self.scenario.teams[team.declared].financed_by.items():
                    fte[payer] += days * row.fte * share

    def bill_starts(self, bills) -> None:
        for name, step in self.scenario.steps.items():
            n = sum(
                s.step == name and s.listed_end == "started" and self.inside(s.started)
                for s in self.stays
            )
            n_groups = sum(number > 0 for number in self.meetings(name))
            amount = n * step.cost_per_participant + n_groups * step.cost_per_group
            self.split(bills, step.team[0] if step.team else "", amount)

    def split(self, bills, team: str, amount: float) -> None:
        financed_by = self.scenario.teams[team].financed_by if team else {"association": 1.0}
        bills += [(payer, team, share * amount) for payer, share in financed_by.items()]

    def budget(self, administration: float) -> None:
        costs, put = self.scenario.costs, self.found
        equity, result = costs.opening_equity, 0.0
        budget = total_budget = 0.0
        for name, start, end in _periods(self.plan):
            if name == "run" or start >= self.end:
                continue
            whole = 366 if calendar.isleap(int(name)) else 365
            year = _Figures(self.log, self.people, "all", start, end, name)
            year.found = {"participants": 0} | {f"outcomes.{t}": 0 for t in self.scenario.outcomes}
            year.budget = lambda _: None
            year.money()
            budget = _of_all_values(costs.budget, int(name))
            within = budget * (end - start) / whole
            last = within - year.found["cost.payer.association"]
            equity += last
            if start >= self.start:
                result += last
                total_budget += within
        put["budget.result"], put["budget.equity"] = result, equity
        put["budget.equity_share"] = _over(equity, budget)
        put["budget.administration_share"] = _over(administration, total_budget)

    def coverage(self) -> None:
        target = self.scenario.population.target_group
        if target is None:
            return
        group, _, value = self.group.partition("=")
        by = self.group_of(target)
        days = total = 0.0
        for name, start, end in _periods(self.plan):
            if name == "run" or self.period not in ("run", name):
                continue
            days += end - start
            if self.group == "all":
                size = _of_all_values(target, int(name))
            else:
                size = target.at(int(name), value) if group == by else nan
            total += size * (end - start)
        self.found["coverage"] = _over(self.found["participants"], total / days)

    def group_of(self, number) -> str | None:
        """The first group in the order of teams that are by it, which has just these values."""
        for team in self.scenario.teams.values():
            if team.per and sorted(self.scenario.groups[team.per]) == sorted(number.by_group):
                return team.per
        return None

    def goals(self) -> None:
        for name, goal in self.scenario.goals.items():
            if goal.kpi is not None:
                if goal.kpi not in self.found:
                    continue  # money, for a value of a group
                value = self.found[goal.kpi]
            else:
                value, followed = self.in_time(goal)
                self.found[f"goals.{name}.followed"] = followed
            met = (goal.at_least is None or value >= goal.at_least) and (
                goal.at_most is None or value <= goal.at_most
            )
            self.found[f"goals.{name}"] = value
            self.found[f"goals.{name}.met"] = nan if value != value else float(met)

    def in_time(self, goal) -> tuple[float, int]:
        reached = []
        for e in self.episodes:
            starts = [s for s in e.stays if s.step == goal.of and s.started < inf]
            if not starts:
                continue
            first = min(starts, key=lambda s: s.started)
            until = first.started + goal.within
            if first.joined == first.joined and self.inside(until):
                in_tag = e.exit in self.scenario.outcomes[goal.outcome].exits
                reached.append(in_tag and e.exited <= until)
        return _mean(reached), len(reached)
