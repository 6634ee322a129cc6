"""What observed figures tell of uncertain inputs: hidden ones are found, others are named."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from commands import flowsim_command

import flowsim
from flowsim.study.calibrating import Calibrated, calibrate

DESK = """
[scenario]
title = "Desk"
[run]
start = 2024-01-01
until = 2025-12-31
replications = 20
[referrals]
all = {{ to = "talk", rate = "100 per year" }}
[teams.desk]
places = 500
[steps.talk]
team = "desk"
length_of_stay = {{ distribution = "exponential", mean = "3 months" }}
next = {{ work = 0.5, other = 0.5 }}
[exits]
work = "Work"
other = "Other"
[outcomes]
completed = ["work", "other"]
work = ["work"]
[observed.2025]
{observed}
[uncertain]
"referrals.all.rate" = {{ low = "50 per year", high = "200 per year", why = "x" }}
"steps.talk.next.work" = {{ low = 0.2, high = 0.8, why = "x" }}
"steps.talk.length_of_stay.mean" = {{ low = "1 month", high = "4 months", why = "x" }}
"""


def desk(observed: str) -> flowsim.Scenario:
    return flowsim.loads(DESK.format(observed=observed))


COMPLETED = '"outcomes.completed" = { value = 120 }'
RANGES = DESK.partition("[uncertain]")[2].replace("{{", "{").replace("}}", "}")


@pytest.fixture(scope="module")
def found() -> Calibrated:
    """120 leave in 2025, of whom 72 to work."""
    return calibrate(
        desk('"outcomes.completed" = { value = 120 }\n"outcomes.work" = { value = 72 }'),
        draws=10_000,
        seed=5,
    )


@pytest.mark.proof
def test_hidden_values_are_found_and_what_cannot_be_told_is_named(found: Calibrated) -> None:
    """120 a year, of whom 0.6: a Poisson count and a share of it; the stay hardly shows."""
    told = found.to_json()["parameters"]
    rate = told["referrals.all.rate"]
    assert rate["lower"] < 120 < rate["upper"]
    # A flat prior and a Poisson count of 120: half a range of nine of ten is 1.645 x sqrt(121).
    assert (rate["upper"] - rate["lower"]) / 2 == pytest.approx(1.645 * 121**0.5, rel=0.25)
    share = told["steps.talk.next.work"]
    assert share["lower"] < 0.6 < share["upper"]
    assert share["told"] > 0.5
    assert told["steps.talk.length_of_stay.mean"]["told"] < 0.2
    assert found.is_calibrated
    assert found.possible > 0.05


def test_a_figure_that_follows_from_others_is_left_out() -> None:
    known = flowsim.run(desk(COMPLETED), replications=2).table.names
    share = next(name for name in known if name.endswith("work.share"))
    work = '"outcomes.work" = { value = 72 }'
    observed = f'{COMPLETED}\n{work}\n"{share}" = {{ value = 0.6 }}'
    result = calibrate(desk(observed), draws=4000, seed=2)
    assert [one.kpi for one in result.fitted] == ["outcomes.completed", "outcomes.work"]
    assert [one.value for one in result.follows] == [0.6]


def test_what_is_held_back_is_foretold_or_not() -> None:
    for n, is_foretold in ((60, True), (118, False)):
        held_back = f'"outcomes.work" = {{ value = {n}, use = "check" }}'
        result = calibrate(desk(f"{COMPLETED}\n{held_back}"), draws=4000, seed=3)
        low, _middle, high = result.span_of(result.checked[0])
        assert (low <= n <= high) is is_foretold


def test_the_command_writes_what_runs_again(tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(DESK.format(observed='"outcomes.completed" = { value = 120 }'), "utf-8")
    words = ["calibrate", path, "--draws", 4000, "--out", tmp_path / "ours", "--json"]
    done = flowsim_command(*words)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["calibration"]["draws"] == 4000
    rows = list(csv.reader((tmp_path / "ours_draws.csv").read_text("utf-8").splitlines()))
    assert len(rows) == 501
    assert rows[0][0] == "referrals.all.rate"
    own = flowsim.load(tmp_path / "ours.toml")
    results = flowsim.run(own, replications=5, draws=40)
    assert results.unknown is not None
    assert results.unknown.inputs.hang_together
    drawn = results.unknown.plays(results.table["outcomes.completed"], "2025").mean()
    assert drawn == pytest.approx(120, abs=4 * (2 * 120 / 80) ** 0.5 + 2)
    assert "Find" not in (tmp_path / "ours.html").read_text("utf-8")
    again = flowsim_command(*words)
    assert again.returncode == 2
    assert "exists already" in again.stderr


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (('"outcomes.completed" = { value = 120 }', ""), "nothing observed to fit"),
        (
            ('"outcomes.completed" = { value = 120 }', '"outcomes.completed" = { value = 9000 }'),
            "the model cannot give",
        ),
        (
            (DESK.partition("[uncertain]")[2].replace("{{", "{").replace("}}", "}"), ""),
            "nothing uncertain",
        ),
    ],
)
def test_bad_input_is_one_clear_line(change: tuple[str, str], fault: str, tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    text = DESK.format(observed='"outcomes.completed" = { value = 120 }')
    assert change[0] in text
    path.write_text(text.replace(*change), "utf-8")
    done = flowsim_command("calibrate", path, "--draws", 4000, "--out", tmp_path / "o", "--quiet")
    assert done.returncode == 2
    assert fault in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.glob("o*"))
