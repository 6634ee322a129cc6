"""What the two files with invented volumes show: where a list moves, and what no money reaches.

Their sizes mean nothing; directions and the arithmetic of what is stated are tested.
"""

from __future__ import annotations

import re
from functools import cache
from math import exp
from pathlib import Path

import numpy as np
import pytest

import flowsim

pytestmark = pytest.mark.slow

SCENARIOS = Path(__file__).parents[1] / "scenarios"
BOTKYRKA = SCENARIOS / "botkyrka_rehabradet.toml"
REPLICATIONS = 60
DAYS_A_WEEK = 7

FLOOR = "teams.base.staff.leader.money.2018=4000000"
AS_IN_2017 = (FLOOR, "teams.process.staff.guide.money.2018=6000000")
AS_IN_2016 = (
    "teams.base.staff.leader.money=6000000",
    "teams.process.staff.guide.money=4000000",
)
ONE_WAY_IN = 'steps.investigation.length_of_stay.mean="4 weeks"'


@cache
def results_of(name: str, *overrides: str) -> flowsim.Results:
    scenario = flowsim.load(SCENARIOS / f"{name}.toml", set=list(overrides) or None)
    return flowsim.run(scenario, replications=REPLICATIONS, seed=1)


def values(name: str, kpi: str, year: int, *overrides: str, group: str = "all") -> np.ndarray:
    frame = results_of(name, *overrides).kpis
    rows = (frame["kpi"] == kpi) & (frame["period"] == str(year)) & (frame["group"] == group)
    return frame[rows].sort_values("replication")["value"].to_numpy()


def mean(name: str, kpi: str, year: int, *overrides: str, group: str = "all") -> float:
    return float(np.nanmean(values(name, kpi, year, *overrides, group=group)))


def surely_more(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether the mean is larger by more than 4 standard errors, under the same luck."""
    more = one - other
    return bool(more.mean() > 4 * more.std(ddof=1) / np.sqrt(len(more)))


def varend(kpi: str, year: int, *overrides: str) -> np.ndarray:
    return values("varend", kpi, year, *overrides)


def botkyrka(kpi: str, year: int, *overrides: str, group: str = "all") -> float:
    return mean("botkyrka_rehabradet", kpi, year, *overrides, group=group)


@pytest.mark.parametrize("name", ["varend", "botkyrka_rehabradet"])
def test_the_teams_cost_what_the_plan_says(name: str) -> None:
    table = results_of(name).planned()
    assert table["inside"].all() or (table["mean"] - table["planned"]).abs().max() < 1


# Värend


def test_in_2018_the_list_has_moved_from_process_to_base() -> None:
    assert surely_more(varend("process.withdrew", 2016), varend("process.withdrew", 2018))
    assert surely_more(varend("base.withdrew", 2018), varend("base.withdrew", 2016))
    assert surely_more(varend("base.waiting.end", 2018), varend("base.waiting.end", 2017))
    assert mean("varend", "base.wait.mean", 2018) > 60
    assert mean("varend", "process.utilisation", 2018) < 0.8


def test_nobody_inside_is_sent_out_so_base_starts_few_in_2018() -> None:
    assert mean("varend", "base.utilisation", 2018) > 1
    assert mean("varend", "base.interrupted", 2018) == 0
    assert mean("varend", "base.started", 2018) < 0.6 * mean("varend", "base.started", 2017)


def test_with_the_split_of_2017_kept_both_lists_are_short() -> None:
    assert mean("varend", "exits.withdrew", 2018, *AS_IN_2017) < 3
    assert surely_more(
        varend("participants", 2018, *AS_IN_2017),
        varend("participants", 2018),
    )


def test_with_the_split_of_2016_kept_the_special_needs_go_on_waiting() -> None:
    kept = varend("process.withdrew", 2018, *AS_IN_2016)
    assert surely_more(kept, varend("process.withdrew", 2018))
    assert surely_more(
        varend("exits.withdrew", 2018, *AS_IN_2016),
        varend("exits.withdrew", 2018),
    )


def test_a_floor_under_base_keeps_its_list_away() -> None:
    assert mean("varend", "base.withdrew", 2018, FLOOR) < 1


def test_fewer_hand_overs_shorten_the_way_in_by_what_they_take() -> None:
    shorter = varend("process.time_to_start.mean", 2018) - varend(
        "process.time_to_start.mean", 2018, ONE_WAY_IN
    )
    # Ten weeks become four, and in 2018 there is room in process.
    assert shorter.mean() / DAYS_A_WEEK == pytest.approx(6, abs=0.5)


def test_ten_more_preparatory_places_empty_that_list() -> None:
    more = "teams.preparatory.places=35"
    assert surely_more(
        varend("preparatory.waiting.end", 2018), varend("preparatory.waiting.end", 2018, more)
    )
    assert mean("varend", "preparatory.wait.mean", 2018, more) < DAYS_A_WEEK


# Botkyrka


def still_sick_listed(days: int) -> float:
    """Return the share whose leave lasts so long, by the curve of Norrköping's resource teams."""
    resource_teams = flowsim.load(SCENARIOS / "norrkoping_resursteam.toml")
    (ends,) = resource_teams.steps["sick_leave"].interruption
    assert ends.rate is not None
    return exp(-ends.rate * days)


@pytest.mark.parametrize("days", [15, 29, 35, 60])
def test_one_curve_of_sick_leave_stands_in_both_files(days: int) -> None:
    """Every share that Botkyrka's file tells of is that of Norrköping's."""
    head, _, told = BOTKYRKA.read_text("utf-8").partition("Still sick-listed after ")
    assert head
    listed = re.match(r"([\d, ]+) days: ([\d, ]+) %", told)
    assert listed
    by_day = dict(zip(*(part.split(", ") for part in listed.groups()), strict=True))
    assert float(by_day[str(days)]) == pytest.approx(100 * still_sick_listed(days), abs=0.5)


def test_the_trigger_of_29_days_lets_through_what_the_curve_leaves() -> None:
    steps = flowsim.load(BOTKYRKA).steps
    assert steps["first_days"].next["rehab"].share == pytest.approx(
        still_sick_listed(29), abs=0.005
    )
    patience = steps["rehab"].patience
    assert patience is not None
    assert patience.mean is not None
    assert exp(-29 / patience.mean) == pytest.approx(still_sick_listed(29), abs=0.005)


def south(fte: int) -> str:
    return f"teams.rehab.staff.association.fte.syd.2008={fte}"


def test_a_second_team_and_the_members_posts_cost_almost_twice_the_budget() -> None:
    cost = [botkyrka("cost.payer.association", year) for year in (2006, 2007, 2008)]
    assert cost == pytest.approx([9 * 550_000, 10 * 550_000, 17 * 550_000])
    assert botkyrka("budget.result", 2008) == pytest.approx(5_000_000 - cost[2])


def test_five_posts_in_the_south_keep_the_wait_under_half_a_week_and_four_do_not() -> None:
    waits = [
        botkyrka("rehab.wait.mean", 2009, south(fte), group="area=syd") / DAYS_A_WEEK
        for fte in (4, 5, 6)
    ]
    assert waits == sorted(waits, reverse=True)
    assert waits[0] > 1
    assert waits[1] < 0.5
    assert waits[2] < 0.1


def test_an_earlier_trigger_fills_the_team_and_a_later_one_half_empties_it() -> None:
    def trigger(days: int) -> tuple[str, str]:
        stay, rehab = "steps.first_days.length_of_stay", "steps.first_days.next.rehab"
        return f'{stay}="{days} days"', f"{rehab}={still_sick_listed(days):.2f}"

    north, starts = "area=norr", "rehab.time_to_start.mean"
    early, late = trigger(15), trigger(60)
    assert botkyrka("rehab.utilisation", 2009, *early, group=north) > 0.9
    assert 15 < botkyrka(starts, 2009, *early, group=north) < 29
    assert botkyrka("rehab.utilisation", 2009, *late, group=north) < 0.6


def test_the_youth_team_has_room_for_a_hundred_a_year_and_not_for_half_as_many_again() -> None:
    more = 'referrals.youth.rate="150 per year"'
    assert botkyrka("youth.wait.mean", 2010) < DAYS_A_WEEK
    ends = [botkyrka("youth.waiting.end", year, more) for year in range(2006, 2011)]
    assert ends == sorted(ends)
    assert ends[-1] > 50
