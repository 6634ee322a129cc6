"""One share is moved: the others of its table keep their proportions."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowsim.engine.compiling import compile_plan
from flowsim.errors import ScenarioError
from flowsim.scenario.loading import loads
from flowsim.study.experiment.assumptions import assumptions_moved
from flowsim.study.experiment.loading import loads_experiment

OREBRO = Path(__file__).parent.parent / "scenarios" / "orebro.toml"
DESK = """
scenario.title = "Desk"
run = { start = 2025-01-01, until = 2025-12-31 }
exits = { work = "Work", studies = "Studies", ended = "Ended" }
groups.age = { young = 2, middle = 3, old = 5 }
referrals.all = { to = "desk", rate = "2 per week" }
teams.team = { places = 3, financed_by = { state = 0.25, town = 0.75 } }
[steps.desk.length_of_stay]
distribution = "hyperexponential"
shares = [0.25, 0.75]
means = ["1 day", "5 days"]
[steps.desk]
team = "team"
next = { work = { share = 0.2, after = "1 day" }, studies = 0.3, ended = "rest" }
"""
HEAD = """
[experiment]
title = "Shares"
base = "desk.toml"
kpis = ["participants"]
design = "{design}"
{n}
replications = 2
"""


def experiment(factors: str, design: str = "lhs", n: str = "n = 40") -> str:
    return HEAD.format(design=design, n=n) + factors


def factor(name: str, key: str, low: float, high: float) -> str:
    return f"[[factors]]\nname = '{name}'\nkey = '{key}'\nlow = {low}\nhigh = {high}\n"


def test_the_others_keep_their_proportions() -> None:
    moved = loads(DESK).with_(
        {"groups.age.old": 0.25, "steps.desk.next.work": 0.6, "teams.team.financed_by.state": 1},
        shares="proportional",
    )
    assert moved.groups["age"] == pytest.approx({"young": 0.3, "middle": 0.45, "old": 0.25})
    routes = moved.steps["desk"].next
    shares = {name: route.share for name, route in routes.items()}
    assert shares == pytest.approx({"work": 0.6, "studies": 0.15, "ended": 0.25})
    assert routes["work"].after == loads(DESK).steps["desk"].next["work"].after
    assert moved.teams["team"].financed_by == {"state": 1.0, "town": 0.0}


def test_a_share_of_a_list_is_moved() -> None:
    key = "steps.desk.length_of_stay.shares.0"
    moved = loads(DESK).with_({key: 0.5}, shares="proportional")
    stay = compile_plan(moved).steps[0].stay
    assert stay.mean == pytest.approx(0.5 * 1 + 0.5 * 5)


@pytest.mark.parametrize(
    ("key", "same"),
    [
        ("groups.age.middle", 0.3),
        ("steps.desk.next.work", 0.2),
        ("steps.desk.next.work.share", 0.2),
        ("teams.team.financed_by.town", 0.75),
    ],
)
def test_equal_to_the_old_share_changes_no_bit(key: str, same: float) -> None:
    base = loads(DESK)
    assert base.with_({key: same}, shares="proportional").model_dump() == base.model_dump()


def test_two_shares_of_one_table_and_what_is_left() -> None:
    moved = loads(DESK).with_(
        {"groups.age.old": 0.25, "groups.age.young": 0.6}, shares="proportional"
    )
    assert moved.groups["age"] == pytest.approx({"young": 0.6, "middle": 0.15, "old": 0.25})


def test_a_table_that_is_set_as_well_is_what_is_moved() -> None:
    settings = {"groups.age.old": 0.5, "groups.age": {"young": 1, "middle": 3, "old": 4}}
    moved = loads(DESK).with_(settings, shares="proportional")
    assert moved.groups["age"] == pytest.approx({"young": 0.125, "middle": 0.375, "old": 0.5})


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"groups.age.old": 1.5}, "groups.age.old: found 1.5 (set from outside); allowed: a share"),
        ({"groups.age.old": -0.1}, "a share from 0 to 1"),
        ({"groups.age.old": 0.7, "groups.age.young": 0.6}, "shares that sum to 1.3"),
        (
            {"groups.age.old": 0.2, "groups.age.young": 0.2, "groups.age.middle": 0.6},
            "nothing left of groups.age",
        ),
        ({"teams.team.financed_by.state": 0.5, "groups.age.old": 3}, "groups.age.old"),
    ],
)
def test_what_cannot_be_moved_is_a_fault(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ScenarioError) as error:
        loads(DESK).with_(settings, shares="proportional")
    assert told in str(error.value)
    assert len(error.value.faults) == 1


def test_a_share_of_1_has_no_others_to_move() -> None:
    text = DESK.replace("{ state = 0.25, town = 0.75 }", "{ state = 1, town = 0 }")
    with pytest.raises(ScenarioError, match=r"nothing left of teams\.team\.financed_by"):
        loads(text).with_({"teams.team.financed_by.state": 0.5}, shares="proportional")


def test_as_written_stays_as_it_was() -> None:
    assert loads(DESK).with_({"groups.age.old": 15}).groups["age"]["old"] == 0.75


@pytest.mark.parametrize("design", ["lhs", "sobol", "morris"])
def test_drawn_designs_move_weights_and_shares_together(design: str) -> None:
    factors = factor("old", "groups.age.old", 0.3, 0.8) + factor(
        "young", "groups.age.young", 0.1, 0.6
    )
    found = loads_experiment(experiment(factors, design, "n = 16"), loads(DESK))
    cut = 0
    for point in found.points:
        old, young = point.levels["old"], point.levels["young"]
        assert isinstance(old, float)
        assert isinstance(young, float)
        mix = found.scenario_of(point).groups["age"]
        assert mix["old"] == pytest.approx(old)
        assert mix["young"] == pytest.approx(young)
        assert mix["middle"] == pytest.approx(1 - old - young, abs=1e-12)
        assert old + young <= 1 + 1e-12
        cut += 1 - old < 0.6
    assert cut > 0  # points where what is left is less than the later one's range


def test_one_at_a_time_moves_the_others_too() -> None:
    text = experiment(factor("work", "steps.desk.next.work", 0.1, 0.4), "one_at_a_time", "")
    found = loads_experiment(text, loads(DESK))
    shares = [
        [route.share for route in found.scenario_of(point).steps["desk"].next.values()]
        for point in found.points
    ]
    assert shares[0] == [0.2, 0.3, 0.5]
    assert shares[1] == pytest.approx([0.1, 0.3 * 0.9 / 0.8, 0.5 * 0.9 / 0.8])
    assert shares[2] == pytest.approx([0.4, 0.3 * 0.6 / 0.8, 0.5 * 0.6 / 0.8])


@pytest.mark.parametrize(
    ("factors", "told"),
    [
        (factor("old", "groups.age.old", 1, 5), "factors.0.high: found 5"),
        (
            factor("a", "groups.age.old", 0.6, 0.8) + factor("b", "groups.age.young", 0.5, 0.6),
            "lows that sum to 1.1",
        ),
        (
            factor("a", "teams.team.financed_by.state", 0.1, 0.2)
            + factor("b", "teams.team.financed_by.town", 0.1, 0.2),
            "nothing left of teams.team.financed_by",
        ),
    ],
)
def test_shares_that_cannot_be_drawn_are_told_when_the_file_is_read(
    factors: str, told: str
) -> None:
    with pytest.raises(ScenarioError) as error:
        loads_experiment(experiment(factors), loads(DESK))
    assert told in str(error.value)


def test_the_tornado_of_a_report_moves_shares_that_sum_to_one() -> None:
    text = DESK + '[provenance]\n"teams.team.financed_by" = "assumed"\n'
    moved = assumptions_moved(
        loads(text),
        "participants",
        language="en",
        seed=1,
        replications=2,
        words=lambda path: ".".join(map(str, path)),
    )
    towns = {
        round(moved.scenario_of(point).teams["team"].financed_by["town"], 12)
        for point in moved.points
    }
    assert towns == {0.75, 0.6, 0.9, 0.8, 0.7}  # town, and state, a fifth lower and higher
