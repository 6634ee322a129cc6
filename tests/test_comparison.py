"""Differences between scenarios: right intervals, honest words, and a folder that says it all."""

from __future__ import annotations

import datetime as dt
import io
import json
import math
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from commands import Ended, flowsim_command
from rich.console import Console
from scipy import stats

import flowsim
from flowsim.analysis import theory
from flowsim.analysis.comparison import (
    Difference,
    Sample,
    difference,
    probability_better,
    simultaneous_level,
)
from flowsim.report.comparison_paper.drawing import differences_drawing
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.differences import decimals_of, sentence
from flowsim.report.document.terminal import show
from flowsim.report.documents import document_of
from flowsim.report.numbers import NO_BREAK_SPACE
from flowsim.report.words import Scale, scale_of
from flowsim.scenario.known import better
from flowsim.scenario.variants import read_variant
from flowsim.study.comparison import comparing
from flowsim.study.comparison.comparing import compare, notices, samples_of
from flowsim.study.comparison.results import Comparison

ROOT = Path(__file__).parent.parent
COVERAGE = ROOT / "experiments" / "coverage"
DESK = """
scenario = { title = "Desk", language = "LANGUAGE" }
run = { start = 2025-01-01, until = 2026-12-31, replications = 12 }
referrals.all = { to = "desk", rate = "3 per week" }
teams.team = { places = 1, cost_per_place = 100000 }
steps.desk = { label = "Disk", team = "team", length_of_stay = { mean = "2 days", cv = 0.6 }, \
next = { done = 0.6, other = 0.4 } }
exits = { done = "Klar", other = "Annat" }
outcomes.completed = ["done", "other"]
outcomes.work = ["done"]
goals.soon = { label = "Snart", kpi = "desk.wait.mean", at_most = 3 }
"""


def desk(language: str = "en", name: str = "desk", **changes: object) -> flowsim.Scenario:
    text = DESK.replace("LANGUAGE", language)
    return flowsim.loads(text, name, set={key.replace("__", "."): v for key, v in changes.items()})


@pytest.fixture(scope="module")
def compared() -> Comparison:
    """One place against two, and against one with longer stays."""
    others = {
        "two": desk(teams__team__places=2),
        "slower": desk(**{"steps.desk.length_of_stay.mean": "2.1 days"}),
        "same": desk(),
    }
    return compare(desk(), others)


# Numbers ------------------------------------------------------------------------------------------


def test_means_are_compared_by_students_t_on_pairs() -> None:
    rng = np.random.default_rng(1)
    base = rng.normal(10.0, 3.0, size=25)
    other = base + rng.normal(0.5, 1.0, size=25)
    found = difference(Sample(base), Sample(other), level=0.99, better=-1)
    expected = stats.ttest_rel(other, base).confidence_interval(0.99)
    assert (found.lower, found.upper) == pytest.approx((expected.low, expected.high))
    assert found.mean == pytest.approx((other - base).mean())
    assert found.probability_better == (other < base).mean()
    sum_of_both = base.var(ddof=1) + other.var(ddof=1)
    assert found.variance_reduction == pytest.approx(sum_of_both / (other - base).var(ddof=1))


def test_jackknife_difference_of_ratios_by_hand() -> None:
    above, below = np.array([4.0, 6.0, 5.0, 9.0]), np.array([2.0, 2.0, 1.0, 3.0])
    above_2, below_2 = np.array([5.0, 6.0, 7.0, 8.0]), np.array([2.0, 3.0, 1.0, 4.0])
    # Left out in turn: 20/6, 18/6, 19/7, 15/5 and 21/8, 20/7, 19/9, 18/6.
    first, second = (
        np.array([20 / 6, 18 / 6, 19 / 7, 15 / 5]),
        np.array([21 / 8, 20 / 7, 19 / 9, 18 / 6]),
    )
    apart = second - first
    found = difference(
        Sample(above / below, above, below), Sample(above_2 / below_2, above_2, below_2)
    )
    assert found.mean == pytest.approx(26 / 10 - 24 / 8)
    error = math.sqrt(3 / 4 * ((apart - apart.mean()) ** 2).sum())
    assert found.std_error == pytest.approx(error)
    assert found.upper - found.mean == pytest.approx(stats.t.ppf(0.975, 3) * error)


def test_paired_jackknife_covers_the_difference_of_ratios() -> None:
    """Of 2000 intervals 95 % must cover; 4 binomial standard errors are 0.02. Unpaired intervals
    would cover nearly always."""
    rng = np.random.default_rng(2)
    covered = []
    for _ in range(2000):
        below = rng.poisson(27, size=40).astype(float)
        below_2 = below + rng.poisson(3, size=40)
        above = 2.0 * below + rng.normal(0.0, 5.0, size=40)
        above_2 = above + 4.0 * (below_2 - below) + rng.normal(0.0, 1.0, size=40)
        base = Sample(above / below, above, below)
        found = difference(base, Sample(above_2 / below_2, above_2, below_2))
        truth = (2.0 * 27 + 4.0 * 3) / 30 - 2.0
        covered.append(found.lower <= truth <= found.upper)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.02)


def test_ratio_over_a_constant_is_a_mean() -> None:
    rng = np.random.default_rng(3)
    above, above_2, four = rng.normal(size=20), rng.normal(size=20), np.full(20, 4.0)
    ratio = difference(Sample(above / 4, above, four), Sample(above_2 / 4, above_2, four))
    mean = difference(Sample(above / 4), Sample(above_2 / 4))
    for name in ("mean", "std_error", "lower", "upper", "variance_reduction"):
        assert getattr(ratio, name) == pytest.approx(getattr(mean, name))


def test_only_whole_pairs_count() -> None:
    base = Sample(np.array([1.0, np.nan, 3.0, 4.0, 9.0]))
    other = Sample(np.array([2.0, 5.0, 5.0, np.nan, 10.0]))
    found = difference(base, other, better=1)
    assert (found.n, found.probability_better) == (3, 1.0)
    assert found.mean == pytest.approx(4 / 3)


def test_without_a_pair_there_is_nothing() -> None:
    none = difference(Sample(np.array([1.0, np.nan])), Sample(np.array([np.nan, 2.0])), better=1)
    assert none.n == 0
    assert math.isnan(none.mean)
    assert not none.is_claimed
    one = difference(Sample(np.array([1.0])), Sample(np.array([3.0])))
    assert (one.mean, one.n, one.is_claimed) == (2.0, 1, False)
    assert math.isnan(one.lower)


def test_a_constant_difference_is_claimed_exactly() -> None:
    """Also where sums come out with other last bits; a difference of 0 is none."""
    base = np.random.default_rng(4).normal(1e6, 1e5, size=50)
    found = difference(Sample(base), Sample(base + 641673.0), level=0.999, better=-1)
    assert found.lower == found.upper == found.mean == pytest.approx(641673.0)
    assert found.is_claimed
    assert found.probability_better == 0.0
    assert found.variance_reduction == math.inf
    same = difference(Sample(base), Sample(base * (1 + 1e-15)), better=-1)
    assert (same.mean, same.lower, same.upper, same.is_claimed) == (0.0, 0.0, 0.0, False)
    assert same.probability_better == 0.5


def test_few_equal_counts_may_be_coincidence() -> None:
    """Equal steps of n counts in one direction have a chance of 2^(1 - n) where nothing differs."""
    counts = np.arange(20.0)
    for n, is_claimed in ((2, False), (5, False), (6, True), (20, True)):
        base = Sample(counts[:n], is_discrete=True)
        found = difference(base, Sample(counts[:n] + 1.0), level=0.95)
        assert found.is_claimed == is_claimed


def test_ties_count_half() -> None:
    base, other = np.array([1.0, 1.0, 1.0, 1.0]), np.array([0.0, 1.0, 2.0, 2.0])
    assert probability_better(base, other, 1) == pytest.approx(2.5 / 4)
    assert probability_better(base, other, -1) == pytest.approx(1.5 / 4)
    assert math.isnan(probability_better(base, other, 0))


def test_what_is_said_to_be_detectable_is_claimed_in_eight_cases_of_ten() -> None:
    """Also where the difference found is something else; 4 standard errors of 4,000 are 0.025."""
    n, deviation, level = 60, 2.0, simultaneous_level(10)
    exact = np.array([-1.0, 1.0] * (n // 2)) * deviation * math.sqrt((n - 1) / n)
    size = difference(Sample(np.zeros(n)), Sample(exact + 0.01), level=level).detectable
    again = difference(Sample(np.zeros(n)), Sample(exact - 0.3), level=level).detectable
    assert size == pytest.approx(again, rel=1e-12)
    half = stats.t.ppf((1 + level) / 2, n - 1) * deviation / math.sqrt(n)
    assert size == pytest.approx(half + 0.8416 * deviation / math.sqrt(n), rel=1e-4)
    values = np.random.default_rng().normal(size, deviation, size=(4000, n))
    claimed = np.abs(values.mean(axis=1)) > half
    assert claimed.mean() == pytest.approx(0.8, abs=4 * math.sqrt(0.8 * 0.2 / 4000))


def test_what_no_replication_shows_may_be_there_in_others() -> None:
    """A difference in 1 of 200 courses of events is missed by 30, and never denied at 95 %."""
    zeros = Sample(np.zeros(30))
    found = difference(zeros, zeros, level=0.95)
    assert found.most_otherwise == pytest.approx(1 - 0.05 ** (1 / 30))
    assert found.most_otherwise > 1 / 200
    joint = difference(zeros, zeros, level=simultaneous_level(15))
    assert joint.most_otherwise == pytest.approx(1 - (0.05 / 15) ** (1 / 30))
    other = np.zeros(30)
    other[7] = 1.0
    assert math.isnan(difference(zeros, Sample(other)).most_otherwise)


@pytest.mark.parametrize(
    ("kpi", "direction"),
    [
        ("coaching.wait.mean", -1),
        ("coaching.waiting.end", -1),
        ("coaching.time_to_start.mean", -1),
        ("coaching.withdrew", -1),
        ("mapping.wait.within_target", 1),
        ("mapping.turned_away", -1),
        ("exits.withdrew.share", -1),
        ("exits.ready", 0),
        ("outcomes.completed", 1),
        ("outcomes.sustained", 1),
        ("completed.share", 1),
        ("coverage", 1),
        ("cost.per.completed", -1),
        ("cost.team.coaching", -1),
        ("goals.mapped_in_time", 1),
        ("goals.mapped_in_time.met", 1),
        ("referred", 0),
        ("coaching.places.mean", 0),
        ("coaching.utilisation", 0),
        ("coaching.length_of_stay.mean", 0),
    ],
)
def test_which_direction_is_better(kpi: str, direction: int) -> None:
    assert better(kpi, flowsim.load(ROOT / "scenarios" / "orebro.toml")) == direction


def test_a_goal_of_at_most_is_better_when_lower() -> None:
    assert better("goals.soon", desk()) == -1
    assert better("goals.soon.met", desk()) == 1


# Runs ---------------------------------------------------------------------------------------------


def test_the_same_scenario_differs_in_nothing(compared: Comparison) -> None:
    for kpi in compared.kpis:
        found = compared.differences[kpi.name, "same"]
        assert (found.mean, found.lower, found.upper) == (0.0, 0.0, 0.0), kpi.name
        assert not found.is_claimed


def test_two_places_are_found_to_be_better(compared: Comparison) -> None:
    found = compared.differences["desk.joined.wait.mean", "two"]
    assert found.upper < 0
    assert found.probability_better == 1.0
    cost = compared.differences["cost.total", "two"]
    assert cost.lower == cost.upper == pytest.approx(200_000.0)


def test_the_board_list(compared: Comparison) -> None:
    assert [kpi.name for kpi in compared.kpis] == [
        "time_to_first_start.mean",
        "desk.joined.wait.mean",
        "desk.joined.wait.p90",
        "desk.waiting.end",
        "outcomes.completed",
        "outcomes.work",
        "completed.share",
        "cost.total",
        "cost.per_participant",
        "cost.per.completed",
        "cost.per.work",
        "goals.soon.met",
    ]
    assert compared.level == pytest.approx(1 - 0.05 / 36)


def test_own_figures_are_those_of_a_run(compared: Comparison) -> None:
    summary = flowsim.run(desk()).summary().set_index("kpi")
    for kpi in compared.kpis:
        own = summary.loc[kpi.name, ["mean", "lower", "upper"]].to_list()
        assert compared.own(kpi.name, "desk") == pytest.approx(own, nan_ok=True)


def test_json_has_the_promised_shape(compared: Comparison) -> None:
    found = json.loads(json.dumps(compared.to_json(), allow_nan=False))
    assert (found["base"], found["others"]) == ("desk", ["two", "slower", "same"])
    wait = found["kpis"]["desk.joined.wait.mean"]
    assert set(wait) == {"desk", "two", "slower", "same"}
    assert set(wait["desk"]) == {"mean", "lower", "upper", "unit"}
    two = wait["two"]
    assert {"mean", "lower", "upper", "difference", "probability_better"} <= set(two)
    assert set(two["difference"]) == {"mean", "lower", "upper"}
    assert two["difference"]["mean"] == pytest.approx(two["mean"] - wait["desk"]["mean"])
    assert found["kpis"]["cost.total"]["two"]["variance_reduction"] is None


def test_the_folder_holds_all_that_the_table_is_made_of(
    compared: Comparison, tmp_path: Path
) -> None:
    folder = compared.save(tmp_path / "out")
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        "comparison.csv",
        "comparison.parquet",
        "manifest.json",
        "waiting.parquet",
    ]
    table = pd.read_csv(folder / "comparison.csv").set_index(["kpi", "variant"])
    values = pd.read_parquet(folder / "comparison.parquet")
    wide = values.pivot_table(index="replication", columns=["kpi", "scenario"], values="value")
    apart = wide["desk.waiting.end"]["two"] - wide["desk.waiting.end"]["desk"]
    row = table.loc[("desk.waiting.end", "two")]
    assert row["difference"] == pytest.approx(apart.mean())
    sums = values[values["kpi"] == "cost.per.work"].groupby("scenario")[
        ["numerator", "denominator"]
    ]
    ratios = sums.sum()["numerator"] / sums.sum()["denominator"]
    row = table.loc[("cost.per.work", "two")]
    assert row["difference"] == pytest.approx(ratios["two"] - ratios["desk"])
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["compared"] == ["desk", "two", "slower", "same"]
    assert manifest["scenarios"]["two"]["set"] == ["teams.team.places=2"]
    assert manifest["scenarios"]["two"]["scenario_text"] == DESK.replace("LANGUAGE", "en")


def test_a_year_and_chosen_figures() -> None:
    found = compare(
        desk(), {"two": desk(teams__team__places=2)}, kpis=["cost.total"], period="2026"
    )
    assert found.differences["cost.total", "two"].mean == pytest.approx(100_000.0)


def test_a_precision_of_the_base_decides_for_all() -> None:
    wanted = {"kpi": "desk.wait.mean", "relative_half_width": 0.3, "max": 500}
    base = desk(run__precision=wanted)
    found = compare(base, {"two": desk(teams__team__places=2)}, kpis=["cost.total"])
    assert found.replications == flowsim.run(base).replications
    assert len(found.samples["two"]["cost.total"].values) == found.replications


@pytest.mark.parametrize(
    ("others", "more", "message"),
    [
        ({}, {}, "nothing to compare"),
        ({"desk": {}}, {}, '"desk": is the name of the base'),
        ({"b": {}}, {"kpis": ["desk.wait.men"]}, 'did you mean "desk.wait.mean"'),
        ({"b": {}}, {"kpis": ["x", "y"]}, '"x".*\n.*"y"'),
        ({"b": {}}, {"period": "2031"}, 'b: period: found "2031"; allowed: run, 2025, 2026'),
        ({"b": {"scenario.currency": "EUR"}}, {}, "b: cost.total: found EUR; allowed: SEK"),
        (
            {"b": {"outcomes": {"completed": ["done"]}}},
            {"kpis": ["outcomes.work"]},
            'b: has no figure "outcomes.work"',
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(
    others: dict[str, Any], more: dict[str, Any], message: str
) -> None:
    scenarios = {name: desk(**changes) for name, changes in others.items()}
    with pytest.raises(flowsim.ResultsError, match=message):
        compare(desk(), scenarios, replications=2, **more)


def test_a_figure_that_only_the_base_has_is_not_on_the_list() -> None:
    other = desk(outcomes={"completed": ["done"]})
    found = compare(desk(), {"b": other}, replications=2)
    names = [kpi.name for kpi in found.kpis]
    assert "outcomes.completed" in names
    assert "outcomes.work" not in names


def test_other_windows_and_seeds_are_told() -> None:
    other = desk(run__until=dt.date(2026, 6, 30), run__seed=7)
    told = [str(notice) for notice in notices({"desk": desk(), "b": other, "c": desk()}, 1)]
    assert len(told) == 2
    assert "run.until: 2026-06-30, but 2026-12-31 in desk: the windows differ" in told[0]
    assert "run.seed: 7, but all are run with seed 1" in told[1]


def test_a_stopped_run_gives_no_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    run = flowsim.run
    monkeypatch.setattr(comparing.study, "run", lambda *a, **k: replace(run(*a, **k), stopped=True))
    with pytest.raises(KeyboardInterrupt):
        compare(desk(), {"b": desk()}, replications=2)


def test_progress_goes_through_all_scenarios() -> None:
    seen: list[tuple[int, int]] = []
    compare(desk(), {"b": desk()}, replications=3, progress=lambda *at: seen.append(at))
    assert seen == [(n, 6) for n in range(1, 7)]


# Against theory -----------------------------------------------------------------------------------


def test_four_against_five_servers_agree_with_erlang_c() -> None:
    """The difference of mean waits, and of mean times in the system, within 4 standard errors."""
    four, five = (theory.mmc(3.0, 1.0, places)["mean_wait"] for places in (4, 5))
    changes = {"referrals.people.rate": "3 per day"}
    scenarios = [
        flowsim.load(COVERAGE / "queue.toml", set={**changes, "teams.desk.places": places})
        for places in (4, 5)
    ]
    kpis = ["talk.wait.mean", "time_in_system.mean"]
    found = compare(scenarios[0], {"five": scenarios[1]}, kpis=kpis, replications=240)
    for kpi in kpis:
        one = found.differences[kpi, "five"]
        assert one.std_error < 0.03 * abs(five - four)
        assert abs(one.mean - (five - four)) < 4 * one.std_error


@pytest.mark.parametrize(
    ("kpi", "few", "many"),
    [("coaching.waiting.mean", 3.0, 3.5), ("coaching.time_to_start.mean", 4.0, 5.0)],
)
def test_shared_luck_makes_differences_ten_times_as_precise(
    kpi: str, few: float, many: float
) -> None:
    """Örebro in 2019, against seeds apart: the factors are 32 and 28 (experiments/coverage).

    An estimate from 100 replications that is below 10 would be some 5 standard errors away.
    """
    path, key = ROOT / "scenarios" / "orebro.toml", "teams.coaching.staff.coach.fte.2019"
    base, variant = (flowsim.load(path, set={key: coaches}) for coaches in (few, many))
    found = compare(base, {"more": variant}, kpis=[kpi], period="2019", replications=100)
    apart = flowsim.run(variant, replications=100, seed=2)
    other = samples_of(apart, found.kpis, "2019")[kpi]
    unpaired = difference(found.samples["orebro"][kpi], other)
    one = found.differences[kpi, "more"]
    assert (unpaired.std_error / one.std_error) ** 2 > 10
    assert one.variance_reduction > 10


# The studies of experiments/coverage, small -------------------------------------------------------


@pytest.fixture
def module_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Import a module of the study, which is a folder of scripts and no package.

    Other folders have scripts of the same names; none is left behind.
    """
    monkeypatch.syspath_prepend(str(COVERAGE))
    names = [path.stem for path in COVERAGE.glob("*.py")]
    others = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    yield import_module
    for name in names:
        sys.modules.pop(name, None)
    sys.modules.update(others)


@pytest.mark.proof
def test_where_nothing_differs_nothing_is_claimed(module_of: Callable[[str], Any]) -> None:
    """5 % of 200 studies and 4 binomial standard errors; without correction it is beyond that."""
    found = module_of("null").claims(macros=200, replications=20, first_seed=5001)
    bound = 0.05 + 4 * found.std_error
    assert found.n_figures == 15
    assert found.corrected <= bound
    assert found.uncorrected > bound


@pytest.mark.proof
@pytest.mark.parametrize("case", ["queue", "patience", "network", "places", "demand"])
def test_intervals_cover_what_is_known(case: str, module_of: Callable[[str], Any]) -> None:
    """At least 95 % of 60 studies less 4 binomial standard errors."""
    study = module_of("run")
    known = study.CASES[case]()
    rows = study.cover(known, macros=60, replications=20, first_seed=7001)
    assert len(rows) == len(known.figures) + (known.variant is not None)
    for row in rows:
        assert row.coverage >= 0.95 - 4 * math.sqrt(0.05 * 0.95 / 60), row
        assert not abs(row.bias) > 4 / math.sqrt(60), row
    assert study.table(rows, markdown=True).count("\n") == len(rows) + 1


# Words --------------------------------------------------------------------------------------------

NONE = float("nan")


def told(found: Difference, language: str, kind: str = "time", unit: str = "w") -> str:
    scale = Scale(7.0 if kind == "time" else 1.0, unit, kind)
    return sentence(found, scale, language).replace(NO_BREAK_SPACE, " ")


def made(mean: float, lower: float, upper: float, detectable: float = NONE) -> Difference:
    otherwise = 0.01593 if lower == upper == 0 else NONE
    return Difference(mean, 1.0, lower, upper, 400, 0.9, 2.0, detectable, None, otherwise)


UNCLEAR = made(-0.5, -2.0, 1.0, detectable=2.26)
SENTENCES: list[tuple[Difference, str, str, str]] = [
    (
        made(-14.7, -19.6, -9.8),
        "time",
        "2.1 w shorter (1.4 to 2.8)",
        "2,1 w kortare (1,4 till 2,8)",
    ),
    (
        made(14.7, 9.8, 19.6),
        "time",
        "2.1 w longer (1.4 to 2.8)",
        "2,1 w längre (1,4 till 2,8)",
    ),
    (
        made(-3.1, -4.2, -2.0),
        "count",
        "3.1 w fewer (2.0 to 4.2)",
        "3,1 w färre (2,0 till 4,2)",
    ),
    (
        made(1234.0, 1200.0, 1268.0),
        "level",
        "1,234 w higher (1,200 to 1,268)",
        "1 234 w högre (1 200 till 1 268)",
    ),
    (
        made(642.0, 642.0, 642.0),
        "level",
        "642 w higher",
        "642 w högre",
    ),
    (
        made(0.0, 0.0, 0.0),
        "level",
        "no difference in any of 400; in at most 1.6% of courses of events there is one",
        "ingen skillnad i något av 400; i högst 1,6 % av alla förlopp finns en",
    ),
    (
        UNCLEAR,
        "count",
        "no clear difference (between 2.0 w fewer and 1.0 w more); one of 2.3 w would probably "
        "have been shown",
        "ingen säker skillnad (mellan 2,0 w färre och 1,0 w fler); en på 2,3 w skulle troligen ha "
        "visats",
    ),
    (
        made(1.0, NONE, NONE),
        "count",
        "no clear difference: too few simulated courses of events (400)",
        "ingen säker skillnad: för få simulerade förlopp (400)",
    ),
    (
        made(NONE, NONE, NONE),
        "count",
        "nothing to compare: no course of events in which both have it",
        "inget att jämföra: inget förlopp där båda har måttet",
    ),
]


@pytest.mark.parametrize(("found", "kind", "english", "swedish"), SENTENCES)
def test_sentences(found: Difference, kind: str, english: str, swedish: str) -> None:
    assert told(found, "en", kind) == english
    assert told(found, "sv", kind) == swedish


def test_no_claim_reads_as_nothing() -> None:
    """The bound nearest to 0 keeps a digit, however wide the interval."""
    found = made(50.0, 0.004, 99.996)
    assert decimals_of(found, Scale(1.0, "", "count")) >= 3
    assert "0.004" in told(found, "en", "count")


def test_short_waits_are_told_in_days_and_small_amounts_in_full() -> None:
    assert scale_of("a.wait.mean", "days", "en", 3.0).unit == "days"
    assert scale_of("a.wait.mean", "days", "sv", 30.0).unit == "veckor"
    assert scale_of("time_in_system.mean", "days", "sv", 3.0).unit == "månader"
    assert scale_of("cost.per_participant", "SEK", "en", 500.0).unit == "SEK"
    assert scale_of("x.places.mean", "places", "sv", 5.0).unit == "platser"


@pytest.mark.parametrize("language", ["sv", "en"])
def test_tables_and_description_in_both_languages(language: str) -> None:
    name = "two \x1b[31m[bold]$x$"
    found = compare(desk(language), {name: desk(language, teams__team__places=2)})
    file = io.StringIO()
    show(document_of(found, is_short=True), Console(width=160, file=file))
    text = " ".join(file.getvalue().split())
    assert "\x1b" not in text
    assert "[bold]$x$" in text
    for words in (
        {
            "sv": "Disk: medelväntan för dem som ställdes i kö",
            "en": "Disk: mean wait of those who joined",
        },
        {"sv": " kortare (", "en": " shorter ("},
        {"sv": "Bonferroni", "en": "Bonferroni"},
        {"sv": "lika räknas som hälften", "en": "ties count half"},
    ):
        assert words[language] in text


def test_the_figure_says_in_words_what_it_shows(compared: Comparison) -> None:
    drawing = differences_drawing(ComparisonPaper(compared))
    svg = drawing.svg()
    assert re.search("Disk: mean wait of those who joined, two: [\\d.]+\xa0weeks shorter", svg)
    assert "<text" in svg
    assert drawing.png().startswith(b"\x89PNG")


def test_the_figure_needs_no_colour(compared: Comparison) -> None:
    from matplotlib.colors import to_rgb

    figure = differences_drawing(ComparisonPaper(compared)).figure
    colours = {to_rgb(line.get_color()) for panel in figure.axes for line in panel.lines}
    assert all(max(colour) - min(colour) < 1e-9 for colour in colours)


def test_variants_as_text() -> None:
    name, settings = read_variant('Young first: steps.a.priority=["age=16-29", "x=y"], run.seed=2')
    assert name == "Young first"
    assert settings == ['steps.a.priority=["age=16-29", "x=y"]', "run.seed=2"]
    for text in ("", "no colon", ": a.b=1", "name:", "a=1: b=2"):
        with pytest.raises(flowsim.ScenarioError, match="KEY=VALUE"):
            read_variant(text)
    with pytest.raises(flowsim.ScenarioError) as error:
        read_variant("N: a.b=1, c, d")
    assert len(error.value.faults) == 2


# The command --------------------------------------------------------------------------------------


def command(*words: object, cwd: Path) -> Ended:
    return flowsim_command("compare", *words, cwd=cwd)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "desk.toml"
    path.write_text(DESK.replace("LANGUAGE", "en"), encoding="utf-8")
    return path


def test_settings_make_one_variant(file: Path) -> None:
    more = ("--set", "teams.team.places=2", "--set", "run.seed=9", "--json", "--replications", 3)
    ended = command(file.name, *more, cwd=file.parent)
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["others"] == ["teams.team.places=2, run.seed=9"]
    assert (found["seed"], found["replications"]) == (1, 3)
    folders = list((file.parent / "results").iterdir())
    assert [folder.name.rpartition("-")[0] for folder in folders] == ["compare-desk"]
    names = sorted(path.name for path in folders[0].iterdir())
    assert names == [
        "comparison.csv",
        "comparison.parquet",
        "comparison.png",
        "comparison.svg",
        "manifest.json",
        "report.html",
        "waiting.parquet",
    ]


def test_files_and_variants_stand_side_by_side(file: Path) -> None:
    other = file.parent / "sub" / "desk.toml"
    other.parent.mkdir()
    other.write_text(file.read_text("utf-8").replace("places = 1", "places = 2"), "utf-8")
    more = ("--variant", "Three: teams.team.places=3", "--set", "run.replications=2")
    ended = command(file.name, other, *more, "--kpi", "cost.total", "--json", cwd=file.parent)
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["others"] == [str(other), "Three"]
    assert found["replications"] == 2
    means = {name: one["mean"] for name, one in found["kpis"]["cost.total"].items()}
    assert means == pytest.approx({"desk": 2e5, str(other): 4e5, "Three": 6e5})
    assert "changes every scenario" in ended.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "nothing to compare"),
        (("absent.toml",), "absent.toml"),
        (("--set", "teams.tem.places=2"), 'did you mean "team"?'),
        (("--variant", "no colon"), "--variant: found"),
        (("--variant", "A: teams.team.places=2", "--kpi", "desk.wait.men"), "desk.wait.mean"),
        (("--variant", "A: teams.team.places=2", "--period", "1999"), "period"),
        (("--variant", "A: teams.team.places=2", "--engine", "magic"), "magic"),
    ],
)
def test_faults_end_with_one_line_each(file: Path, words: tuple[str, ...], message: str) -> None:
    ended = command(file.name, *words, cwd=file.parent)
    assert ended.returncode == 2, ended.stderr
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    assert not list(file.parent.glob("results/*"))


def test_quiet_prints_nothing(file: Path) -> None:
    words = ("--set", "teams.team.places=2", "--quiet", "--replications", 2, "--out", "o")
    ended = command(file.name, *words, cwd=file.parent)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert (file.parent / "o" / "manifest.json").is_file()


def test_ctrl_c_stops_cleanly_and_leaves_nothing(file: Path) -> None:
    line = [sys.executable, "-m", "flowsim.cli", "compare", file.name, "--out", "o"]
    line += ["--set", "teams.team.places=2", "--replications", "1000000", "--force"]
    process = subprocess.Popen(line, cwd=file.parent, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while len(list(file.parent.iterdir())) < 2 and time.monotonic() < until:
        time.sleep(0.1)  # the temporary folder appears when the run begins
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.endswith("stopped; nothing was written\n")
    assert "Traceback" not in errors
    assert [path.name for path in file.parent.iterdir()] == ["desk.toml"]
