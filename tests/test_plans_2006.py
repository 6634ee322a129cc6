"""The plans of 2005 and 2006 (Göteborg Centrum, RAR i Sörmland, Västerbergslagen), simulated.

No outcome is known of any of them, so nothing here compares with what happened. Tested is that the
files give what the plans say, and every sentence of `scenarios/README.md` about them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import comb, log, sqrt
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

import flowsim

SCENARIOS = Path(__file__).parents[1] / "scenarios"
PLANS = [
    "goteborg_ungdomscenter",
    "goteborg_vardcentraler",
    "rar_ungdomstorget",
    "rar_rehabkoordinatorer",
    "vasterbergslagen",
]
REPLICATIONS = 100

TWICE = ("teams.clinic.staff.clinician.money=6000000", "referrals.young.rate=240 per year")
TAKEN_OVER = ("teams.coordinators.until=2008-12-31",)
HALF_TAKEN_OVER = (*TAKEN_OVER, "teams.coordinators.staff.coordinator.fte.2008=1")
NOBODY_NEW = ("referrals.young.until=2007-06-30",)
ALL_400 = ("referrals.chosen.cohort=[{date=2005-09-01, count=400}]", "run.until=2021-12-31")
NOT_FREED = ("teams.officers.staff.officer.fte.2006=1.25",)
TWO_GROUPS = ("teams.ypsilon.places=20", "teams.afrehab.places=20")
TWICE_THE_OFFICERS = ("teams.officers.staff.officer.fte.2006=5",)


@cache
def results_of(
    name: str, overrides: tuple[str, ...] = (), replications: int = REPLICATIONS
) -> flowsim.Results:
    scenario = flowsim.load(SCENARIOS / f"{name}.toml", set=list(overrides) or None)
    return flowsim.run(scenario, replications=replications, seed=1)


def values(results: flowsim.Results, kpi: str, period: str, group: str = "all") -> np.ndarray:
    """Give a figure in every replication, in their order."""
    frame = results.kpis
    rows = (frame["kpi"] == kpi) & (frame["period"] == period) & (frame["group"] == group)
    found = np.asarray(frame[rows].sort_values("replication")["value"], dtype=float)
    assert len(found) == results.replications
    return found


def standard_error(sample: np.ndarray) -> float:
    return float(sample.std(ddof=1)) / sqrt(len(sample))


def is_near(sample: np.ndarray, expected: float) -> bool:
    """Whether a mean is within four standard errors of what theory says."""
    return abs(float(sample.mean()) - expected) < 4 * standard_error(sample) + 1e-9


def is_above(sample: np.ndarray, other: np.ndarray | float) -> bool:
    """Whether a mean is above another (with the same luck), by four standard errors."""
    difference = sample - other
    return float(difference.mean()) > 4 * standard_error(difference)


@pytest.mark.parametrize("name", PLANS)
def test_a_file_has_no_warning_and_says_where_every_input_comes_from(name: str) -> None:
    warnings = flowsim.load(SCENARIOS / f"{name}.toml").warnings
    heavy = ["rar_rehabkoordinatorer", "rar_ungdomstorget"]  # 30 cases each, and that is told
    assert [note.kind for note in warnings] == (["caseload"] if name in heavy else [])


@pytest.mark.parametrize(
    "name", ["goteborg_ungdomscenter", "rar_ungdomstorget", "vasterbergslagen"]
)
def test_what_the_plan_says_lies_inside_the_prediction_interval(name: str) -> None:
    table = results_of(name).planned()
    assert len(table) >= 4
    assert table["inside"].all(), table[~table["inside"]]


# Göteborg Centrum: Ungdomscenter --------------------------------------------------------------


def test_ungdomscenter_does_not_reach_80_in_depth_in_its_first_year() -> None:
    results = results_of("goteborg_ungdomscenter")
    first, second = (values(results, "in_depth.started", year) for year in ("2006", "2007"))
    assert is_above(second, first)
    assert is_above(np.full_like(first, 80.0), first)


@pytest.mark.parametrize(("months", "grows"), [(6, False), (9, True)])
def test_ungdomscenter_has_room_in_depth_up_to_a_stay_of_seven_months(
    months: float, grows: bool
) -> None:
    """50 places over 82.8 a year (of 120, and of those who come back) are 7.2 months."""
    stay = (f"steps.in_depth.length_of_stay.mean={months} months",)
    results = results_of("goteborg_ungdomscenter", stay)
    ends = [values(results, "in_depth.waiting.end", year) for year in ("2007", "2008")]
    assert is_above(ends[1], ends[0] + 5) == grows
    assert (values(results, "in_depth.waiting.end", "2008").mean() < 2) != grows


def test_ungdomscenter_gets_a_list_if_nobody_is_near_work() -> None:
    nobody = results_of("goteborg_ungdomscenter", ("groups.need.near=0",))
    mixed, planned = (
        values(results, "in_depth.wait.mean", "2008")
        for results in (nobody, results_of("goteborg_ungdomscenter"))
    )
    assert is_above(mixed, planned + 14)


def test_twice_the_money_waits_for_the_officers() -> None:
    """18 assessments at a time, of six weeks each, are 156.5 a year, whatever the money."""
    results = results_of("goteborg_ungdomscenter", TWICE)
    assert is_near(values(results, "assessment.started", "2008"), 18 * 366 / 42)
    assert values(results, "in_depth.wait.mean", "2008").max() < 1
    both = results_of("goteborg_ungdomscenter", (*TWICE, "teams.officers.staff.officer.fte=3"))
    in_depth = [values(run, "in_depth.started", "2007") for run in (both, results)]
    assert is_above(in_depth[0], in_depth[1] + 40)


# Göteborg Centrum: teams at two health centres ------------------------------------------------


def test_private_clinics_lengthen_the_wait_before_the_teams_are_full() -> None:
    """32 places for four months each are 96 a year; with the private clinics 95 come."""
    without = results_of("goteborg_vardcentraler", ("referrals.private.rate=0 per year",))
    waits = [
        values(run, "teamwork.wait.mean", "2008")
        for run in (results_of("goteborg_vardcentraler"), without)
    ]
    assert is_above(waits[0], 2 * waits[1])


# RAR i Sörmland: Ungdomstorget ----------------------------------------------------------------


@pytest.mark.parametrize("caseload", [19, 24])
def test_two_coordinators_take_in_what_their_places_allow(caseload: int) -> None:
    """When there is always a list, places over the mean stay of 4.5 months begin."""
    results = results_of(
        "rar_ungdomstorget", (f"teams.coordinators.staff.coordinator.caseload={caseload}",)
    )
    expected = 2 * caseload / 4.5 * 12 * 365 / 365.25
    begun = values(results, "torget.started", "2007")
    assert begun.mean() == pytest.approx(expected, abs=4 * standard_error(begun) + 1)
    assert is_above(np.full_like(begun, 149.0), begun)


def test_with_six_months_for_all_two_coordinators_take_in_120_a_year() -> None:
    stay = ("steps.torget.length_of_stay.low=6 months", "steps.torget.length_of_stay.high=183 days")
    begun = values(results_of("rar_ungdomstorget", stay), "torget.started", "2007")
    assert begun.mean() == pytest.approx(120, abs=1)


def test_with_30_each_two_coordinators_take_in_nearly_all() -> None:
    begun = values(results_of("rar_ungdomstorget"), "torget.started", "2007")
    assert begun.mean() == pytest.approx(150, abs=4 * standard_error(begun) + 2)


def test_those_inside_on_the_last_day_cost_the_project_its_goals() -> None:
    """Half of those who begin are in work, less those who are inside on the last day."""
    results = results_of("rar_ungdomstorget")
    inside = values(results, "torget.closing", "2007")
    begun = values(results, "torget.started", "run")
    assert is_near(values(results, "goals.jobs", "run") - 0.5 * (1 - inside / begun), 0)
    assert values(results, "goals.jobs.met", "run").mean() < 0.05
    assert values(results, "goals.employable.met", "run").mean() < 0.05


def test_who_stops_intake_in_time_leaves_nobody_and_takes_in_a_quarter_fewer() -> None:
    stopped = results_of("rar_ungdomstorget", NOBODY_NEW)
    assert values(stopped, "exits.not_taken_over", "run").mean() < 2
    begun = [
        values(run, "torget.started", "run") for run in (stopped, results_of("rar_ungdomstorget"))
    ]
    assert 0.70 < begun[0].mean() / begun[1].mean() < 0.80


def test_even_a_project_that_is_taken_over_meets_each_goal_half_of_the_time() -> None:
    """The chances of the plan are just its goals, so luck decides: one half, within four SE."""
    results = results_of("rar_ungdomstorget", TAKEN_OVER)
    assert values(results, "exits.not_taken_over", "run").max() == 0
    for goal in ("jobs", "studies", "employable"):
        met = values(results, f"goals.{goal}.met", "run")
        assert met.mean() == pytest.approx(0.5, abs=4 * sqrt(0.25 / len(met)))


def test_half_a_take_over_becomes_a_list() -> None:
    """One coordinator has 30 places, 80 a year of 150: 70 more wait a year later."""
    half = results_of("rar_ungdomstorget", HALF_TAKEN_OVER)
    waiting = values(half, "torget.waiting.end", "2008")
    assert is_above(waiting, 60.0)
    assert is_above(
        waiting,
        values(results_of("rar_ungdomstorget", TAKEN_OVER), "torget.waiting.end", "2008") + 50,
    )


# RAR i Sörmland: rehabilitation coordinators --------------------------------------------------


def test_the_same_half_post_makes_nykoping_wait_and_not_flen() -> None:
    results = results_of("rar_rehabkoordinatorer")
    waits = [
        values(results, "coordination.wait.mean", "run", f"health_centre={place}")
        for place in ("Nyköping", "Flen")
    ]
    assert is_above(waits[0], waits[1] + 2)
    more = ('teams.coordinators.staff.coordinator.fte."Nyköping"=1',)
    whole = results_of("rar_rehabkoordinatorer", more)
    assert values(whole, "coordination.wait.mean", "run", "health_centre=Nyköping").mean() < 0.5


def test_half_a_post_begins_at_most_45_cases_a_year() -> None:
    """15 cases in hand for four months each; in Nyköping 72 come. The rest go without."""
    results = results_of("rar_rehabkoordinatorer", ("referrals.sick_leave.rate=120 per year",))
    begun = values(results, "coordination.started", "2007", "health_centre=Nyköping")
    assert begun.mean() == pytest.approx(45, abs=4 * standard_error(begun) + 1)


# Västerbergslagen -----------------------------------------------------------------------------


def available_within(months: float, chance: float) -> float:
    """Return the chance of one participant to be available so soon after the interview."""
    left = months * 365.25 / 12 - 20 * 7  # interview, both programmes and plan take 20 weeks
    sigma = sqrt(log(2))
    mu = log(365.25) - sigma**2 / 2  # a year on average, cv 1
    return chance * NormalDist(mu, sigma).cdf(log(left))


def at_least(needed: int, chance: float, n: int = 10) -> float:
    """Return the chance that so many of n succeed (binomial)."""
    return sum(comb(n, k) * chance**k * (1 - chance) ** (n - k) for k in range(needed, n + 1))


@pytest.mark.parametrize(("hard", "chance"), [(0.5, 0.36), (1, 0.20), (0, 0.52)])
def test_of_ten_people_luck_decides_whether_the_goals_are_met(hard: float, chance: float) -> None:
    """15 % of ten are two people, 30 % are three."""
    results = results_of("vasterbergslagen", (f"groups.difficulty.hard={hard}",), 400)
    for goal, months, needed in (("one_year", 12, 2), ("two_years", 24, 3)):
        expected = at_least(needed, available_within(months, chance))
        met = values(results, f"goals.{goal}.met", "run")
        tolerance = 4 * sqrt(expected * (1 - expected) / len(met))
        assert met.mean() == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize(
    ("capacity", "year"),
    [
        ((), 2013),
        (NOT_FREED, 2020),
        (TWO_GROUPS, 2013),
        (TWICE_THE_OFFICERS, 2012),
        ((*TWO_GROUPS, *TWICE_THE_OFFICERS), 2009),
    ],
)
def test_the_year_in_which_the_last_of_400_begins(capacity: Sequence[str], year: int) -> None:
    """No luck before the action plan: one replication is like another."""
    results = results_of("vasterbergslagen", (*ALL_400, *capacity), 2)
    assert values(results, "interview.waiting.end", str(year - 1)).min() > 0
    assert values(results, "interview.waiting.end", str(year)).max() == 0
