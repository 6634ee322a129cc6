"""KPIs of hand-made event logs, each number worked out by hand, and of simulated ones."""

from __future__ import annotations

from math import inf, isnan, nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from plain_kpis import plain_kpis

from flowsim.analysis import kpis
from flowsim.analysis.survival import STARTED, joined_within, kaplan_meier
from flowsim.analysis.visits import episodes, reconstruct, visits
from flowsim.engine.compiling import compile_plan
from flowsim.engine.eventlog import COLUMNS, EVENTS, EventLog
from flowsim.engine.plan import Plan
from flowsim.engine.simpy_model import simulate
from flowsim.scenario.loading import loads


def make_log(plan: Plan, rows: list[tuple], values: dict[str, list[str]] | None = None) -> EventLog:
    """Build a log from (time, who, event, step or team or post, exit or number) in words.

    `who` is (source, ordinal[, episode]) or None; `values` lists the group values of each
    participant of a source as "young" or "young,ale", in order.
    """
    sources = [source.name for source in plan.sources]
    steps = [step.name for step in plan.steps]
    names = {
        "exited": [end.name for end in plan.exits],
        "sustained": [end.name for end in plan.exits],
        "places": [team.name for team in plan.teams],
        "left_post": [post.name for post in plan.posts],
        "filled_post": [post.name for post in plan.posts],
    }
    columns: dict[str, list] = {name: [] for name in COLUMNS}
    for time, who, event, where, extra in rows:
        source, ordinal, episode = (*who, 1)[:3] if who else (None, -1, 0)
        name, step, number = -1, steps.index(where) if where in steps else -1, 0
        if event in ("exited", "sustained"):
            name = names[event].index(extra)
        elif event == "meeting":
            team, number = extra
            name = [t.name for t in plan.teams].index(team) if team else -1
        elif event in names:
            name = names[event].index(where)
            number = extra or 0
        else:
            number = extra or 0
        row = (
            time,
            sources.index(source) if source else -1,
            ordinal,
            episode,
            step,
            EVENTS.index(event),
            name,
            number,
        )
        for column, value in zip(COLUMNS, row, strict=True):
            columns[column].append(value)
    counts = [0] * len(sources)
    for _, who, *_ in rows:
        if who:
            at = sources.index(who[0])
            counts[at] = max(counts[at], who[1] + 1)
    table = []
    for s, source in enumerate(sources):
        for ordinal in range(counts[s]):
            given = (values or {}).get(source, [""] * counts[s])[ordinal]
            own = [v for v in given.split(",") if v]
            table.append([plan.groups[g].values.index(v) for g, v in enumerate(own)] + [s])
    return EventLog(
        plan=plan,
        seed=1,
        replication=0,
        **{name: np.array(columns[name], dtype=kind) for name, kind in COLUMNS.items()},
        first_participant=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        values=np.array(table, dtype=np.int32).reshape(-1, len(plan.groups)),
    )


class Measured:
    """Figures of a log by name, checked against the plain computation on the way."""

    def __init__(self, log: EventLog) -> None:
        self.table = kpis.names(log.plan)
        self.values = kpis.measure(log)
        agree_with_plain(log)

    def __call__(self, kpi: str, period: str = "run", group: str = "all") -> float:
        p = [period.name for period in self.table.periods].index(period)
        return float(self.values[p, self.table.groups.index(group), self.table.position[kpi]])

    def by_period(self, kpi: str, group: str = "all") -> list[float]:
        return [self(kpi, period.name, group) for period in self.table.periods]


def agree_with_plain(log: EventLog) -> None:
    key = ["period", "group", "kpi"]
    fast = kpis.frame(kpis.names(log.plan), kpis.measure(log), [0]).astype(dict.fromkeys(key, str))
    both = fast.merge(plain_kpis(log), on=key, how="outer", indicator=True)
    assert set(both["_merge"]) == {"both"}
    left, right = both["value_x"].to_numpy(), both["value_y"].to_numpy(dtype=float)
    same = np.isclose(left, right, rtol=1e-9, atol=1e-9, equal_nan=True)
    assert same.all(), both[~same]


def plan_of(text: str) -> Plan:
    return compile_plan(loads(text))


def approx(*values: float):
    return pytest.approx(list(values), nan_ok=True)


# Five days over new year: midnight of 1 January 2020 is day 2.
DESK = """
scenario.title = "One desk"
run = { start = 2019-12-30, until = 2020-01-03 }
groups.age = { young = 0.5, old = 0.5 }
referrals.walk_in = { to = "desk", rate = "1 per week" }
teams.team = { places = 2, cost_per_place = { 2019 = 36500, 2020 = 73200 } }
[steps.desk]
team = "team"
length_of_stay = "1 day"
target_wait = "0.75 days"
patience = "2 days"
next = { done = 0.5, gone = "rest" }
[exits]
done = { sustained = { after = "1 day", share = 0.5 } }
gone = "Gone"
[outcomes]
completed = ["done"]
"""


@pytest.fixture(scope="module")
def desk() -> Measured:
    a, b, c, d = (("walk_in", i) for i in range(4))
    rows = [
        (0.0, None, "places", "team", 2),
        (0.0, a, "referred", "desk", None),
        (0.0, a, "joined", "desk", None),
        (0.5, a, "started", "desk", None),
        (1.0, b, "referred", "desk", None),
        (1.0, b, "joined", "desk", None),
        (1.5, c, "referred", "desk", None),
        (1.5, c, "joined", "desk", None),
        (2.0, a, "finished", "desk", None),
        (2.0, a, "exited", "desk", "done"),
        (2.0, a, "sustained", "desk", "done"),
        (2.0, b, "started", "desk", None),
        (3.5, c, "withdrew", "desk", None),
        (3.5, c, "exited", "desk", "withdrew"),
        (4.0, d, "referred", "desk", None),
        (4.0, d, "joined", "desk", None),
    ]
    return Measured(make_log(plan_of(DESK), rows, {"walk_in": ["young", "old", "old", "young"]}))


@pytest.mark.parametrize(
    ("kpi", "run", "in_2019", "in_2020"),
    [
        ("referred", 4, 3, 1),
        ("returned", 0, 0, 0),
        ("desk.joined", 4, 3, 1),
        ("desk.started", 2, 1, 1),
        ("desk.finished", 1, 0, 1),
        ("desk.withdrew", 1, 0, 1),
        ("desk.interrupted", 0, 0, 0),
        ("desk.turned_away", 0, 0, 0),
        ("desk.wait.mean", 0.75, 0.5, 1.0),
        ("desk.wait.median", 0.75, 0.5, 1.0),
        ("desk.wait.p90", 0.95, 0.5, 1.0),
        # Run: a of 4 starts after 0.5: 3/4; b of 3 after 1, when d is censored: 3/4 x 2/3 = 1/2.
        # 2019: a of 3 starts, c is censored at that time and b at midnight: 2/3. 2020: d alone.
        ("desk.wait.km_median", 1.0, inf, inf),
        ("desk.wait.within_target", 0.5, 1.0, 0.0),
        ("desk.listed.mean", 3.5 / 3, 0.5, 1.5),
        ("desk.time_to_start.mean", 0.75, 0.5, 1.0),
        ("desk.waiting.mean", 4.5 / 5, 2.0 / 2, 2.5 / 3),
        ("desk.waiting.end", 1, 2, 1),  # b starts at midnight: it still waits in 2019
        ("desk.still_waiting.mean", 1.0, 0.75, 1.0),
        ("desk.in_service.mean", 4.5 / 5, 1.5 / 2, 3.0 / 3),
        ("desk.opening", 0, 0, 1),  # a leaves at midnight: in the new year
        ("desk.new", 2, 1, 1),
        ("desk.participants", 2, 1, 2),
        ("desk.left", 1, 0, 1),
        ("desk.closing", 1, 1, 1),
        ("desk.length_of_stay.mean", 1.5, nan, 1.5),
        ("opening", 0, 0, 1),
        ("new", 2, 1, 1),
        ("participants", 2, 1, 2),
        ("left", 1, 0, 1),
        ("closing", 1, 1, 1),
        ("time_to_first_start.mean", 0.75, 0.5, 1.0),
        ("time_in_system.mean", 2.0, nan, 2.0),
        ("exits.done", 1, 0, 1),
        ("exits.withdrew", 1, 0, 1),
        ("exits.done.share", 0.5, nan, 0.5),
        ("outcomes.completed", 1, 0, 1),
        ("outcomes.sustained", 1, 0, 1),
        ("completed.share", 0.5, 0.0, 0.5),
        ("team.utilisation", 4.5 / 10, 1.5 / 4, 3.0 / 6),
        ("team.places.mean", 2, 2, 2),
        ("team.vacant_fte.mean", 0, 0, 0),
        # 2 places at 36500 / 365 = 100 a day for 2 days, at 73200 / 366 = 200 for 3 days
        ("cost.total", 1600, 400, 1200),
        ("cost.team.team", 1600, 400, 1200),
        ("cost.payer.association", 1600, 400, 1200),
        ("cost.per_participant", 800, 400, 600),
        ("cost.per.completed", 1600, nan, 1200),
    ],
)
def test_desk(desk: Measured, kpi: str, run: float, in_2019: float, in_2020: float) -> None:
    assert desk.by_period(kpi) == approx(run, in_2019, in_2020)


def test_desk_by_group(desk: Measured) -> None:
    assert desk("desk.wait.mean", group="age=young") == 0.5
    assert desk("desk.wait.mean", group="age=old") == 1.0
    assert desk("desk.wait.km_median", group="age=young") == 0.5  # a of a and d
    assert desk("desk.wait.km_median", group="age=old") == 1.0  # b of b and c
    assert desk("desk.waiting.end", group="age=young") == 1
    assert desk("participants", "2020", "age=old") == 1
    # places are open to all: 1.5 young days, 3 old days of 10
    assert desk("team.utilisation", group="age=young") == pytest.approx(0.15)
    assert desk("team.utilisation", group="age=old") == pytest.approx(0.3)
    assert isnan(desk("cost.total", group="age=young"))
    for kpi in ("desk.started", "exits.done", "desk.waiting.mean", "closing"):
        assert desk(kpi) == desk(kpi, group="source=walk_in")


def test_exits_that_cannot_happen_are_not_listed() -> None:
    names = kpis.names(plan_of(DESK)).names
    assert "exits.withdrew" in names
    assert "exits.turned_away" not in names
    assert "exits.interrupted" not in names


def test_periods() -> None:
    plan = plan_of(DESK.replace("until", "report_from = 2019-12-31, until"))
    periods = kpis.names(plan).periods
    assert [(p.name, p.start, p.end, p.days, p.partial) for p in periods] == [
        ("run", 1.0, 5.0, 4.0, False),
        ("2019", 1.0, 2.0, 1.0, True),
        ("2020", 2.0, 5.0, 3.0, True),
    ]


KEEPING = """
scenario.title = "Kept places"
run = { start = 2021-01-01, until = 2021-01-10 }
referrals.all = { to = "first", rate = "1 per week" }
teams.one.places = 2
teams.two.places = 1
teams.three.places = 1
[steps.first]
team = "one"
length_of_stay = "1 day"
keeps_place = true
next = { second = 1.0 }
[steps.second]
team = "two"
length_of_stay = "1 day"
max_waiting = 1
keeps_place = true
next = { third = 0.5, done = 0.5 }
[steps.third]
team = ["two", "three"]
length_of_stay = "1 day"
next = { done = 1.0 }
[exits]
done = "Done"
"""


def test_kept_places() -> None:
    a, b = ("all", 0), ("all", 1)
    rows = [
        (0.0, None, "places", "one", 2),
        (0.0, None, "places", "two", 1),
        (0.0, None, "places", "three", 1),
        *((0.0, a, event, "first", None) for event in ("referred", "joined", "started")),
        *((1.0, b, event, "first", None) for event in ("referred", "joined", "started")),
        (2.0, a, "finished", "first", None),
        (2.0, a, "joined", "second", None),
        (5.0, a, "started", "second", None),  # gives up the place of team one
        (5.0, a, "released", "first", 1),
        (6.0, b, "finished", "first", None),
        (6.0, b, "joined", "second", None),
        (6.0, b, "released", "first", 1),
        (6.0, b, "turned_away", "second", None),
        (6.0, b, "exited", "second", "turned_away"),
        (7.0, a, "finished", "second", None),
        (7.0, a, "joined", "third", None),
        (8.0, a, "started", "third", None),  # takes its place of team two along
        (9.0, a, "finished", "third", None),
        (9.0, a, "exited", "third", "done"),
    ]
    log = make_log(plan_of(KEEPING), rows)
    of = Measured(log)
    assert of("first.blocked.mean") == pytest.approx(3 / 10)
    assert of("first.in_service.mean") == pytest.approx((5 + 5) / 10)
    assert of("first.length_of_stay.mean") == 5.0
    assert of("first.finished") == of("first.left") == 2
    assert of("second.wait.mean") == 3.0
    assert of("second.listed.mean") == 1.5  # 3 days and none
    assert of("second.turned_away") == 1
    assert of("second.blocked.mean") == pytest.approx(1 / 10)
    assert of("second.length_of_stay.mean") == 3.0
    assert of("third.length_of_stay.mean") == 1.0
    assert of("one.utilisation") == pytest.approx((5 + 5) / 20)
    assert of("two.utilisation") == pytest.approx((3 + 1) / 10)
    assert of("three.utilisation") == pytest.approx(1 / 10)
    assert visits(log)["left_at"].tolist() == approx(5.0, 6.0, 8.0, 6.0, 9.0)
    assert visits(log)["ended"].tolist() == ["finished"] * 3 + ["turned_away", "finished"]


def test_a_kept_place_at_the_end_is_still_held() -> None:
    rows = [
        (0.0, None, "places", "one", 2),
        *((0.0, ("all", 0), event, "first", None) for event in ("referred", "joined", "started")),
        (4.0, ("all", 0), "finished", "first", None),
        (4.0, ("all", 0), "joined", "second", None),
    ]
    of = Measured(make_log(plan_of(KEEPING), rows))
    assert of("first.closing") == 1
    assert of("first.left") == 0
    assert of("first.blocked.mean") == pytest.approx(0.6)
    assert isnan(of("two.utilisation"))  # no places at all


INITIAL = """
scenario.title = "There before"
run = { start = 2021-01-01, until = 2021-01-10 }
referrals.all = { to = "step", rate = "1 per week" }
teams.team.places = 3
[steps.step]
team = "team"
length_of_stay = "1 day"
initial = { waiting = 2, waited = "3 days", in_service = 1 }
next = { done = 1.0 }
[exits]
done = { returns = { share = 0.5, after = "1 day", to = "step" } }
"""


def test_initial_ones_and_returns() -> None:
    w, s = ("initial_step_waiting", 0), ("initial_step_in_service", 0)
    stays_waiting = ("initial_step_waiting", 1)
    again = (*w, 2)
    rows = [
        (-3.0, w, "was_waiting", "step", None),
        (-3.0, stays_waiting, "was_waiting", "step", None),
        (-8.0, s, "was_in_service", "step", None),
        (0.0, None, "places", "team", 3),
        (2.0, w, "started", "step", None),
        (4.0, s, "finished", "step", None),
        (4.0, s, "exited", "step", "done"),
        (5.0, w, "finished", "step", None),
        (5.0, w, "exited", "step", "done"),
        (6.0, again, "returned", "step", None),
        (6.0, again, "joined", "step", None),
        (7.0, again, "started", "step", None),
        (9.0, again, "finished", "step", None),
        (9.0, again, "exited", "step", "done"),
    ]
    log = make_log(plan_of(INITIAL), rows)
    of = Measured(log)
    assert of("referred") == 0
    assert of("returned") == 1
    assert of("step.joined") == 1  # the return
    assert of("step.wait.mean") == (5 + 1) / 2
    assert of("step.wait.km_median") == 1.0  # the return alone joined within the run
    assert of("step.length_of_stay.mean") == (12 + 3 + 2) / 3
    assert of("step.waiting.end") == 1
    assert of("step.still_waiting.mean") == 13.0
    assert of("step.opening") == 1
    assert of("step.new") == of("step.started") == 2
    assert of("opening") == 1
    assert of("new") == 2
    assert of("left") == of("exits.done") == 3
    assert isnan(of("step.time_to_start.mean"))
    assert isnan(of("time_to_first_start.mean"))
    assert of("time_in_system.mean") == 3.0  # the return alone
    assert of("participants", group="source=initial_step_in_service") == 1
    assert episodes(log)["episode"].tolist() == [1, 1, 1, 2]


MONEY = """
scenario.title = "Money"
run = { start = 2020-12-30, until = 2021-01-03, report_from = 2020-12-31 }
referrals.all = { to = "step", rate = "1 per week" }
[teams.team]
staff.coach = { fte = 1.5, caseload = 10, cost_per_fte = 366000 }
staff.boss = { fte = 1, cost_per_fte = 73200, paid_by = "members" }
overheads = { 2020 = 3660, 2021 = 7300 }
financed_by = { association = 0.75, region = 0.25 }
turnover = { leave = "1 per year", vacancy = "1 day" }
[steps.step]
team = "team"
length_of_stay = "1 day"
cost_per_participant = 100
cost_per_group = 1000
intake = { every = "1 day" }
next = { talk = 1.0 }
[steps.talk]
length_of_stay = "1 day"
cost_per_participant = 10
next = { done = 1.0 }
[exits]
done = "Done"
[costs]
administration = { 2020 = 36600, 2021 = 36500 }
structural = { 2020 = 0, 2021 = 73000 }
budget = { 2020 = 366000, 2021 = 730000 }
opening_equity = 5000
[population]
target_group = { 2020 = 100, 2021 = 200 }
[goals]
cheap = { kpi = "cost.total", at_most = 2000 }
many = { kpi = "participants", at_least = 1 }
"""


@pytest.fixture(scope="module")
def money() -> Measured:
    """Report from day 1, 2021 from day 2, end at day 5. The half post is vacant in [2.5, 4)."""
    coach, half, boss = "team/coach/0/0", "team/coach/0/1", "team/boss/0/0"
    a, b = ("all", 0), ("all", 1)
    rows = [
        *((0.0, None, "filled_post", post, None) for post in (coach, half, boss)),
        (0.0, None, "places", "team", 15),
        *((0.5, a, event, "step", None) for event in ("referred", "joined")),
        (1.0, None, "meeting", "step", ("team", 1)),
        (1.0, a, "started", "step", None),
        (2.0, a, "finished", "step", None),
        (2.0, a, "joined", "talk", None),
        (2.0, None, "meeting", "step", ("team", 0)),
        (2.0, a, "started", "talk", None),
        (2.5, None, "left_post", half, None),
        (2.5, None, "places", "team", 10),
        *((2.5, b, event, "step", None) for event in ("referred", "joined")),
        (3.0, a, "finished", "talk", None),
        (3.0, a, "exited", "talk", "done"),
        (3.0, None, "meeting", "step", ("team", 1)),
        (3.0, b, "started", "step", None),
        (4.0, None, "filled_post", half, None),
        (4.0, None, "places", "team", 15),
    ]
    return Measured(make_log(plan_of(MONEY), rows))


# One day of 2020 (366 days), three of 2021 (365).
COACH = 366000 * 1.5 / 366, 366000 * (3 + 0.5 * 1.5) / 365
BOSS = 73200 / 366, 73200 * 3 / 365
OVERHEADS = 10.0, 60.0
STARTS = 100 + 1000, 100 + 1000


@pytest.mark.parametrize(
    ("kpi", "in_2020", "in_2021"),
    [
        ("cost.team.team", *(sum(x) for x in zip(COACH, BOSS, OVERHEADS, STARTS, strict=True))),
        ("cost.administration", 100, 300),
        ("cost.payer.members", *BOSS),
        (
            "cost.payer.region",
            *(sum(x) / 4 for x in zip(COACH, OVERHEADS, STARTS, strict=True)),
        ),
        (
            "cost.payer.association",
            0.75 * (COACH[0] + 10 + 1100) + 100,
            0.75 * (COACH[1] + 60 + 1100) + 300 + 600 + 10,
        ),
        (
            "cost.total",
            COACH[0] + BOSS[0] + 10 + 1100 + 100,
            COACH[1] + BOSS[1] + 60 + 1100 + 300 + 600 + 10,
        ),
    ],
)
def test_money(money: Measured, kpi: str, in_2020: float, in_2021: float) -> None:
    assert money.by_period(kpi) == approx(in_2020 + in_2021, in_2020, in_2021)


def test_budget(money: Measured) -> None:
    first = 1000 - money("cost.payer.association", "2020")
    second = 6000 - money("cost.payer.association", "2021")
    assert money.by_period("budget.result") == approx(first + second, first, second)
    equity = 5000 + first, 5000 + first + second
    assert money.by_period("budget.equity") == approx(equity[1], *equity)
    shares = equity[1] / 730000, equity[0] / 366000, equity[1] / 730000
    assert money.by_period("budget.equity_share") == approx(*shares)
    assert money.by_period("budget.administration_share") == approx(400 / 7000, 0.1, 0.05)


def test_staff_places_and_meetings(money: Measured) -> None:
    assert money.by_period("team.vacant_fte.mean") == approx(0.75 / 4, 0, 0.75 / 3)
    assert money.by_period("team.places.mean") == approx(
        (15 + 37.5) / 4, 15, (15 * 0.5 + 10 * 1.5 + 15) / 3
    )
    assert money.by_period("fte.members") == approx(1, 1, 1)
    assert money.by_period("fte.region") == approx(5.25 / 16, 1.5 / 4, 3.75 / 12)
    assert money.by_period("step.meetings") == approx(3, 1, 2)
    assert money.by_period("step.meetings.empty") == approx(1, 0, 1)
    assert money.by_period("step.per_meeting.mean") == approx(2 / 3, 1, 0.5)


def test_coverage_and_goals(money: Measured) -> None:
    assert money.by_period("coverage") == approx(2 / 175, 1 / 100, 2 / 200)
    assert isnan(money("coverage", group="source=all"))
    total = money("cost.total", "2020")
    assert money("goals.cheap", "2020") == total
    assert money.by_period("goals.cheap.met") == [0.0, float(total <= 2000), 0.0]
    assert money.by_period("goals.many.met") == [1.0, 1.0, 1.0]


PER = """
scenario.title = "One team for each place"
run = { start = 2021-01-01, until = 2021-01-10 }
groups.place = { ale = 0.5, orust = 0.5 }
referrals.all = { to = "step", rate = "1 per week" }
teams.local = { per = "place", places = { ale = 1, orust = 3 } }
[steps.step]
team = "local"
length_of_stay = "1 day"
intake = { every = "1 week" }
next = { done = 1.0 }
[exits]
done = "Done"
"""


def test_per_teams() -> None:
    a, o = ("all", 0), ("all", 1)
    rows = [
        (0.0, None, "places", "local[ale]", 1),
        (0.0, None, "places", "local[orust]", 3),
        *((0.0, who, event, "step", None) for who in (a, o) for event in ("referred", "joined")),
        (0.0, None, "meeting", "step", ("local[ale]", 1)),
        (0.0, a, "started", "step", None),
        (7.0, None, "meeting", "step", ("local[ale]", 0)),
        (7.0, None, "meeting", "step", ("local[orust]", 1)),
        (7.0, o, "started", "step", None),
    ]
    of = Measured(make_log(plan_of(PER), rows, {"all": ["ale", "orust"]}))
    assert of("local.places.mean") == 4
    assert of("local.places.mean", group="place=ale") == 1
    assert of("local.places.mean", group="source=all") == 4
    assert of("local.utilisation") == pytest.approx(13 / 40)
    assert of("local.utilisation", group="place=ale") == pytest.approx(1.0)
    assert of("local.utilisation", group="place=orust") == pytest.approx(3 / 30)
    assert of("step.meetings") == 3
    assert of("step.meetings", group="place=ale") == 2
    assert of("step.meetings.empty", group="place=orust") == 0
    assert of("step.per_meeting.mean", group="place=ale") == 0.5


def per_with(extra: str) -> str:
    """`PER` with a second group, which has a value of the same name as the first."""
    groups = "groups.place = { ale = 0.5, orust = 0.5 }\n"
    return PER.replace(groups, groups + "groups.home = { ale = 0.5, kil = 0.5 }\n" + extra)


def test_a_target_group_by_values_is_that_of_their_own_group() -> None:
    """Whoever is in home=ale is not the target group of place=ale."""
    text = per_with("population.target_group = { ale = 4, orust = 16 }\n")
    rows = [
        (0.0, ("all", 0), "referred", "step", None),
        (0.0, ("all", 0), "joined", "step", None),
        (0.0, None, "meeting", "step", ("local[ale]", 1)),
        (0.0, ("all", 0), "started", "step", None),
    ]
    of = Measured(make_log(plan_of(text), rows, {"all": ["ale,ale"]}))
    assert of("coverage") == pytest.approx(1 / 20)
    assert of("coverage", group="place=ale") == pytest.approx(1 / 4)
    assert of("coverage", group="place=orust") == 0
    assert isnan(of("coverage", group="home=ale"))


def test_a_target_group_of_nobody_has_no_coverage() -> None:
    text = per_with("population.target_group = { ale = 0, orust = 0 }\n")
    of = Measured(make_log(plan_of(text), [], {}))
    assert isnan(of("coverage"))
    assert isnan(of("coverage", group="place=ale"))


def test_costs_by_values_are_added_up() -> None:
    text = per_with(
        "costs.administration = { ale = 3650, orust = { 2020 = 1, 2021 = 7300 } }\n"
        "costs.budget = { ale = 0, orust = 36500 }\n"
    )
    of = Measured(make_log(plan_of(text), [], {}))
    assert of("cost.administration") == pytest.approx(10 * (10 + 20))
    assert of("budget.result") == pytest.approx(10 * (100 - 30))


GOAL = """
scenario.title = "In time"
run = { start = 2021-01-01, until = 2021-01-10 }
referrals.all = { to = "step", rate = "1 per week" }
[steps.step]
length_of_stay = "1 day"
interruption = { rate = "1 per year" }
next = { work = 0.5, other = 0.5 }
[exits]
work = "Work"
other = "Other"
[outcomes]
good = ["work"]
[goals]
soon = { outcome = "good", within = "4 days", of = "step", at_least = 0.5 }
"""


def test_goal_in_time() -> None:
    def stay(ordinal: int, start: float, end: float | None, event: str, exit_: str) -> list[tuple]:
        who = ("all", ordinal)
        rows = [(start, who, name, "step", None) for name in ("referred", "joined", "started")]
        if end is not None:
            rows += [(end, who, event, "step", None), (end, who, "exited", "step", exit_)]
        return rows

    rows = sorted(
        [
            *stay(0, 0.0, 4.0, "finished", "work"),  # just in time
            *stay(1, 0.0, 4.5, "finished", "work"),  # too late
            *stay(2, 1.0, 2.0, "interrupted", "interrupted"),
            *stay(3, 5.5, None, "", ""),  # followed until 9.5
            *stay(4, 6.0, 7.0, "finished", "work"),  # not followed: the run ends at 10
        ],
        key=lambda row: row[0],
    )
    of = Measured(make_log(plan_of(GOAL), rows))
    assert of("goals.soon.followed") == 4
    assert of("goals.soon") == 0.25
    assert of("goals.soon.met") == 0.0
    assert of("step.interrupted") == 1
    assert of("exits.interrupted") == 1


# Simulated logs -----------------------------------------------------------------------------------

EVERYTHING = (Path(__file__).parent / "kpis_everything.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def simulated() -> list[EventLog]:
    plans = [plan_of(EVERYTHING), plan_of(EVERYTHING.replace("#report", "report"))]
    return [simulate(plan, seed=3, replication=r) for r, plan in enumerate(plans)]


@pytest.mark.parametrize("which", [0, 1])
def test_simulated_logs_agree_with_the_plain_computation(
    simulated: list[EventLog], which: int
) -> None:
    agree_with_plain(simulated[which])


def test_registers_balance(simulated: list[EventLog]) -> None:
    for log in simulated:
        values, at = kpis.measure(log), kpis.names(log.plan).position
        for prefix in ("", *(f"{step.name}." for step in log.plan.steps)):
            opening, new, total, left, closing = (
                values[..., at[prefix + name]]
                for name in ("opening", "new", "participants", "left", "closing")
            )
            assert (opening + new == total).all()
            assert (left + closing == total).all()
            assert (closing[1:-1] == opening[2:]).all()  # from year to year


def test_many_kinds_of_participants_take_another_way_to_the_same(
    simulated: list[EventLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = simulated[0]
    expected = kpis.measure(log)
    monkeypatch.setattr(kpis, "MOST_KINDS", 1)
    found = kpis.Measuring(log.plan, kpis.names(log.plan)).measure(log, reconstruct(log))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_quantiles_are_numpys(simulated: list[EventLog]) -> None:
    log = simulated[0]
    table = visits(log)
    for step in log.plan.steps:
        own = table[(table["step"] == step.name) & table["joined_at"].notna()]
        waits = (own["started_at"] - own["joined_at"]).dropna()
        at = kpis.names(log.plan).position[f"{step.name}.wait.p90"]
        assert kpis.measure(log)[0, 0, at] == np.quantile(waits, 0.9)


def test_km_median_is_that_of_the_curve(simulated: list[EventLog]) -> None:
    """Of those who joined in a year, followed to its end: by the curve of `analysis.survival`."""
    log = simulated[0]
    found, table, values = reconstruct(log), kpis.names(log.plan), kpis.measure(log)
    for p, period in enumerate(table.periods):
        for s, step in enumerate(log.plan.steps):
            joined = joined_within(found, s, period.start, period.end)
            curve = kaplan_meier(joined.time, joined.cause == STARTED)
            at = table.position[f"{step.name}.wait.km_median"]
            never = np.inf if len(joined.time) else np.nan
            median = never if np.isnan(curve.median) else curve.median
            np.testing.assert_equal(values[p, 0, at], median)


def test_frame_is_tidy(simulated: list[EventLog]) -> None:
    log = simulated[0]
    table = kpis.names(log.plan)
    values = np.stack([kpis.measure(log)] * 2)
    tidy = kpis.frame(table, values, [4, 7])
    assert list(tidy.columns) == ["replication", "period", "group", "kpi", "value"]
    assert set(tidy["replication"]) == {4, 7}
    money_rows = tidy[tidy["kpi"] == "cost.total"]
    assert set(money_rows["group"]) == {"all"}
    one = tidy[(tidy.replication == 7) & (tidy.period == "run") & (tidy.group == "all")]
    pd.testing.assert_series_equal(
        one.set_index("kpi")["value"],
        pd.Series(values[1, 0, 0], index=one["kpi"], name="value"),
    )
