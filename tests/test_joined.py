"""Figures of those who joined, or were referred: by playing on after the end of the run."""

from __future__ import annotations

import heapq
import json
from math import inf, isnan, nan, sqrt
from pathlib import Path
from random import Random

import numpy as np
import pytest
from generate import random_scenario
from test_kpis import agree_with_plain

import flowsim
from flowsim.analysis import kpis
from flowsim.analysis.comparison import Sample, difference
from flowsim.analysis.statistics import mean_interval, ratio_interval
from flowsim.scenario.followed import is_followed

OREBRO = Path(__file__).parent.parent / "scenarios" / "orebro.toml"
FOLLOWED = ("joined.wait.mean", "joined.wait.p90", "joined.left", "joined.open")

# More come than can be served, the young first; who waits 200 days for a start gives up.
GROWING = """
scenario.title = "Growing"
run = { start = 2025-01-01, until = 2025-12-31 }
groups.age = { young = 0.4, old = 0.6 }
referrals.all = { to = "desk", rate = "0.5 per day" }
teams.team.places = 8
exits.done = "Done"
[steps.desk]
team = "team"
length_of_stay = { distribution = "exponential", mean = "20 days" }
target_wait = "30 days"
priority = ["age=young"]
patience = { distribution = "exponential", mean = "200 days" }
next = { done = 1.0 }
"""
RATE, PLACES, STAY, PATIENCE, YOUNG, END = 0.5, 8, 20.0, 200.0, 0.4, 365.0


def waits_by_plain_python(seed: int) -> list[tuple[bool, float, bool]]:
    """One year, and referrals that go on: (young, wait, left) of all who joined in the year.

    Knows nothing of flowsim: Python's own generator, one heap of events, two lists. The longest
    wait is followed to its end, however long that takes.
    """
    luck, now, free, number = Random(seed), 0.0, PLACES, 0
    lists: tuple[list[tuple[float, int]], list[tuple[float, int]]] = ([], [])
    events = [(luck.expovariate(RATE), 0, "comes", 0)]
    waiting: dict[int, tuple[bool, float]] = {}
    told: list[tuple[bool, float, bool]] = []
    n_to_tell = 0

    def settle(who: int, has_left: bool) -> None:
        nonlocal n_to_tell
        young, joined = waiting.pop(who)
        if joined < END:
            told.append((young, now - joined, has_left))
            n_to_tell -= 1

    while now < END or n_to_tell > 0:
        now, _, what, who = heapq.heappop(events)
        if what == "comes":
            number += 1
            young = luck.random() < YOUNG
            waiting[number] = young, now
            lists[not young].append((now, number))
            n_to_tell += now < END
            heapq.heappush(events, (now + luck.expovariate(1 / PATIENCE), number, "leaves", number))
            heapq.heappush(events, (now + luck.expovariate(RATE), -number, "comes", 0))
        elif what == "leaves" and who in waiting:
            lists[not waiting[who][0]].remove((waiting[who][1], who))
            settle(who, True)
        elif what == "ends":
            free += 1
        while free > 0 and (queue := lists[0] or lists[1]):
            _, first = queue.pop(0)
            settle(first, False)
            free -= 1
            heapq.heappush(events, (now + luck.expovariate(1 / STAY), first, "ends", first))
    return told


def test_waits_of_those_who_joined_are_those_of_a_longer_run_by_plain_python() -> None:
    """Means, and who left, of all and of each group; within four standard errors."""
    n = 400
    results = flowsim.run(flowsim.loads(GROWING), replications=n, seed=11)
    years = [waits_by_plain_python(seed) for seed in range(n)]
    for group, wanted in (("all", {True, False}), ("age=young", {True}), ("age=old", {False})):
        ours = results.summary(group=group).set_index("kpi")
        assert ours["mean"]["desk.joined.open"] == 0, "else the long run is another estimand"
        sums, starts, left, joined = np.array(
            [
                (
                    sum(wait for young, wait, gone in year if young in wanted and not gone),
                    sum(not gone for young, _, gone in year if young in wanted),
                    sum(gone for young, _, gone in year if young in wanted),
                    sum(young in wanted for young, _, _ in year),
                )
                for year in years
            ],
            dtype=float,
        ).T
        for kpi, theirs in (
            ("desk.joined.wait.mean", ratio_interval(sums, starts)),
            ("desk.joined.left", ratio_interval(left, joined)),
        ):
            error = sqrt(ours["std_error"][kpi] ** 2 + float(theirs.std_error) ** 2)
            assert abs(ours["mean"][kpi] - float(theirs.mean)) < 4 * error, (group, kpi)
    # Those who started in the year waited far shorter: the list is long, and grows, at its end.
    of_all = results.summary().set_index("kpi")
    apart = of_all["mean"]["desk.joined.wait.mean"] - of_all["mean"]["desk.wait.mean"]
    assert apart > 4 * of_all["std_error"]["desk.joined.wait.mean"] + 3


def test_one_coach_more_does_not_lengthen_the_time_to_the_start() -> None:
    """Of those who started in the period it "rises": who would not have started is among them."""
    few, more = (
        flowsim.load(
            OREBRO,
            set={
                "teams.reception.staff.caseworker.caseload": 9.6,
                "teams.coaching.staff.coach.fte.2019": coaches,
            },
        )
        for coaches in (4.0, 5.0)
    )
    names = ["coaching.time_to_start.mean", "coaching.referred.time_to_start.mean",
             "coaching.joined.wait.mean"]  # fmt: skip
    found = flowsim.compare(few, {"five": more}, kpis=names, replications=400)
    started, referred, joined = (found.differences[name, "five"] for name in names)
    assert started.is_claimed
    assert started.mean > 0, "the paradox that the new figures are for"
    assert referred.upper < 0
    assert joined.upper < 0


def of_nobody_followed(plan: flowsim.Plan) -> list[int]:
    scenario = plan.scenario
    names = kpis.names(plan).names
    goals = {f"goals.{name}" for name, goal in scenario.goals.items()}
    return [
        k
        for k, name in enumerate(names)
        if not is_followed(name, scenario) and name.removesuffix(".met") not in goals
    ]


@pytest.mark.parametrize("block", range(4))
def test_playing_on_changes_nothing_before_the_end(block: int) -> None:
    """Rows, participants and every other figure are the same to the last bit; all are counted."""
    for seed in range(10 * block, 10 * block + 10):
        written = random_scenario(Random(seed))
        scenario = written.load()
        off = flowsim.compile(scenario, ())
        on = flowsim.compile(scenario, [f"{step}.referred.open" for step in scenario.steps])
        without, log = (flowsim.simulate(plan, seed=seed) for plan in (off, on))
        assert without.after is None
        assert log.after is not None
        frames = zip(
            (without.to_frame(), without.participants()),
            (log.to_frame(), log.participants()),
            strict=True,
        )
        assert all(one.equals(other) for one, other in frames), seed
        same = of_nobody_followed(on)
        one, other = kpis.measure(without)[..., same], kpis.measure(log)[..., same]
        assert np.array_equal(one, other, equal_nan=True), seed
        agree_with_plain(log)


def test_only_those_asked_for_are_followed() -> None:
    """Neither an experiment nor a search of other figures plays on, and what is not asked is none.

    A goal may ask for a figure too.
    """
    scenario = flowsim.load(OREBRO, set={
        "goals.soon": {"kpi": "work_trial.referred.time_to_start.mean", "at_most": 900}
    })  # fmt: skip
    plans = {
        "none": flowsim.compile(scenario, ["coaching.wait.mean", "cost.total"]),
        "joined": flowsim.compile(scenario, ["coaching.joined.open"]),
        "referred": flowsim.compile(scenario, ["coaching.referred.open"]),
        "goal": flowsim.compile(scenario, ["goals.soon.met"]),
        "run": flowsim.compile(scenario),
    }
    assert {name: plan.plays_on for name, plan in plans.items()} == {
        "none": False, "joined": True, "referred": True, "goal": True, "run": True
    }  # fmt: skip
    assert [plan.sought for plan in plans.values()] == [(), (), (1,), (2,), (0, 1, 2)]
    for plan in plans.values():
        table = kpis.names(plan)
        values = kpis.measure(flowsim.simulate(plan, seed=1))[0, 0]
        for s, step in enumerate(scenario.steps):
            known = not isnan(values[table.position[f"{step}.referred.open"]])
            assert known == (s in plan.sought)
            known = not isnan(values[table.position[f"{step}.joined.open"]])
            assert known == plan.plays_on


NEVER = """
scenario.title = "Never"
run = { start = 2025-01-01, until = 2025-01-20, report_from = 2025-01-01 }
referrals.all = { to = "group", cohort = [COHORT] }
exits.done = "Done"
goals.soon = { kpi = "group.joined.wait.p90", at_most = 30 }
goals.later = { kpi = "group.wait.km_median", at_most = 30 }
steps.group = { length_of_stay = "1 day", intake = { min = 3 }, next = { done = 1.0 } }
"""


def never(*cohort: tuple[int, int]) -> flowsim.Scenario:
    """Groups of three; cohorts of so many on so many a day of January."""
    entries = [f"{{ date = 2025-01-{day:02}, count = {count} }}" for day, count in cohort]
    return flowsim.loads(NEVER.replace("COHORT", ", ".join(entries)))


def test_who_never_starts_is_told() -> None:
    """Three start at once on day 2, two of day 5 never do: they wait 36 days until the horizon."""
    results = flowsim.run(never((3, 3), (5, 2)), replications=3)
    told = results.to_json()["kpis"]
    assert told["group.joined.open"]["mean"] == 0.4
    assert told["group.joined.left"]["mean"] == 0.0
    assert told["group.joined.wait.mean"]["mean"] == pytest.approx(2 * (40 - 4) / 5)
    assert told["group.joined.wait.p90"] == {
        "mean": None, "std_error": None, "lower": None, "upper": None, "unit": "days",
        "not_reached": 1.0,
    }  # fmt: skip
    assert told["goals.soon.met"]["mean"] == 0.0, "what is not reached meets no limit"
    assert told["group.wait.km_median"]["mean"] == 0.0, "three of five start at once"
    assert told["goals.later.met"]["mean"] == 1.0
    json.dumps(told, allow_nan=False)


def test_a_median_that_is_not_reached_meets_no_goal() -> None:
    told = flowsim.run(never((5, 2)), replications=2).to_json()["kpis"]
    assert told["group.wait.km_median"]["not_reached"] == 1.0
    assert told["goals.later.met"]["mean"] == 0.0


def test_a_figure_of_nobody_is_missing() -> None:
    """All came before the window: nobody joined in it, which is no statement."""
    scenario = flowsim.loads(
        NEVER.replace("report_from = 2025-01-01", "report_from = 2025-01-10").replace(
            "COHORT", "{ date = 2025-01-02, count = 2 }"
        )
    )
    told = flowsim.run(scenario, replications=2).to_json()["kpis"]
    for measure in (*FOLLOWED, "wait.km_median"):
        assert told[f"group.{measure}"]["mean"] is None
        assert "not_reached" not in told[f"group.{measure}"]
    assert told["goals.soon.met"]["mean"] is None


def test_a_search_does_not_drop_the_years_in_which_a_median_is_not_reached() -> None:
    """They were: "5 is enough" although the median was never reached in most of them."""
    text = GROWING.replace("places = 8", "places = 1")
    found = flowsim.find(
        flowsim.loads(text),
        over={"teams.team.places": [1, 20]},
        minimise="teams.team.places",
        subject_to=["desk.wait.km_median <= 20 weeks"],
        max_replications=100,
    )
    one, many = found.selection.standings
    assert one.judgements[0].value == inf
    assert (one.verdict.value, many.verdict.value) == ("broken", "kept")
    assert found.to_json()["options"][0]["desk.wait.km_median <= 20 weeks: value"] is None


# Over replications ----------------------------------------------------------------------------


def test_means_over_people_are_sums_over_sums() -> None:
    """A year with one start of 9 days and one with three of 1 day: 3 days, not 5."""
    results = flowsim.run(flowsim.load(OREBRO), replications=60)
    table = results.table
    for mean, count in (
        ("mapping.wait.mean", "mapping.started"),
        ("work_trial.joined.wait.mean", "work_trial.joined.wait.n"),
        ("coaching.length_of_stay.mean", "coaching.left"),
        ("time_to_first_start.mean", "time_to_first_start.n"),
        ("mapping.still_waiting.mean", "mapping.waiting.end"),
    ):
        values = results.values[:, 0, 0]
        own, n = values[:, table.position[mean]], values[:, table.position[count]]
        pooled = np.nansum(own * n) / n.sum()
        row = results.kpi(mean).iloc[0]
        assert row["mean"] == pytest.approx(pooled)
        assert row["mean"] != pytest.approx(np.nanmean(own), rel=1e-6)
        assert row["n"] == (~np.isnan(own)).sum()


def test_values_that_are_not_reached_have_no_mean_and_are_told_apart_by_their_sign() -> None:
    finite = np.arange(20.0)
    infinite = np.where(finite < 5, inf, finite + 1)
    assert isnan(float(mean_interval(infinite).mean))
    found = difference(Sample(finite), Sample(infinite), better=-1)
    assert (found.sign, found.is_claimed, found.probability_better) == (1, True, 0.0)
    assert isnan(found.mean)
    back = difference(Sample(infinite), Sample(finite), better=-1)
    assert (back.sign, back.is_claimed, back.probability_better) == (-1, True, 1.0)
    # Fifteen of twenty is what a fair coin does in 4.1 % of the cases (two-sided): the sign test.
    for n_more, claimed in ((15, True), (14, False)):
        mixed = np.where(np.arange(20) < n_more, inf, -1.0)
        assert difference(Sample(finite), Sample(mixed)).is_claimed is claimed
    both = difference(Sample(np.full(9, inf)), Sample(np.full(9, inf)), better=1)
    assert (both.sign, both.probability_better) == (0, 0.5)
    nobody = difference(Sample(np.full(9, nan)), Sample(np.full(9, inf)))
    assert (nobody.n, nobody.sign) == (0, None)
