"""The experiment that nobody had to write: every assumed amount lower and higher."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from commands import Ended, flowsim_command

import flowsim
from flowsim.errors import ResultsError
from flowsim.scenario.source import spelled
from flowsim.study.experiment.assumptions import amounts, assumptions_moved
from flowsim.study.experiment.loading import Experiment
from flowsim.study.experiment.running import run_experiment

DESK = """
[scenario]
title = "Desk"
[sources]
book = "A book"
[run]
start = 2025-01-01
length = "300 days"
report_from = 2025-03-01
[referrals]
all = { to = "desk", rate = "0.8 per day" }
[teams.clerks]
staff.clerk = { fte = 1, caseload = 2, cost_per_fte = 100000 }
[steps.desk]
team = "clerks"
length_of_stay = { distribution = "lognormal", mean = "1 day", cv = 1 }
next = { done = 0.9, left = 0.1 }
[exits]
done = "Done"
left = "Left"
[provenance]
"teams.clerks.staff" = "stated: book, page 3"
"""


def moved(text: str = DESK, kpi: str = "desk.wait.mean", n: int = 20) -> Experiment:
    scenario = flowsim.loads(text)
    return assumptions_moved(scenario, kpi, language="en", seed=1, replications=n, words=spelled)


def test_what_is_assumed_is_moved_and_nothing_else() -> None:
    """What is stated stays; of shares that make a whole the others keep their proportions."""
    found = moved()
    assert [point.settings for point in found.points] == [
        {},
        {"referrals.all.rate": "0.64 per day"},
        {"referrals.all.rate": "0.96 per day"},
        {"steps.desk.length_of_stay.mean": "0.8 day"},
        {"steps.desk.length_of_stay.mean": "1.2 day"},
        {"steps.desk.next": pytest.approx({"done": 0.72, "left": 0.28})},
        {"steps.desk.next": pytest.approx({"done": 0.92, "left": 0.08})},
        {"steps.desk.next": pytest.approx({"done": 0.88, "left": 0.12})},
    ]
    assert [point.label for point in found.points[1:3]] == [
        "referrals.all.rate: −20%",
        "referrals.all.rate: +20%",
    ]


def test_more_referrals_and_longer_stays_make_longer_waits(tmp_path: Path) -> None:
    results = run_experiment(moved(n=60), tmp_path / "out")
    base, fewer, more, shorter, longer, *_ = (one.mean for one in results.figures)
    assert fewer < base < more
    assert shorter < base < longer
    # a stay 20 % longer is a load 20 % higher as well, and a scale 20 % longer
    assert longer > more


def test_what_is_wanted_is_not_moved_as_if_the_world_could_differ() -> None:
    """A goal and an acceptable wait are norms: 20 % more of them changes no result."""
    wanted = DESK.replace("[exits]", 'target_wait = "2 days"\n[exits]').replace(
        "[provenance]", '[goals]\nfew = { kpi = "desk.waiting.mean", at_most = 5 }\n[provenance]'
    )
    assert wanted.count("target_wait") == wanted.count("at_most") == 1
    settings = [point.settings for point in moved(wanted).points]
    assert settings == [point.settings for point in moved().points]


def test_what_was_set_for_the_run_is_kept(tmp_path: Path) -> None:
    scenario = flowsim.loads(DESK, set={"teams.clerks.staff.clerk.fte": 3})
    found = assumptions_moved(
        scenario, "cost.total", language="sv", seed=1, replications=5, words=spelled
    )
    results = run_experiment(found, tmp_path / "out")
    table = flowsim.run(scenario, replications=5, seed=1).summary().set_index("kpi")
    own = table.loc["cost.total", "mean"]
    assert results.figures[0].mean == pytest.approx(own, rel=1e-12)
    assert found.points[1].label.endswith("−20\N{NO-BREAK SPACE}%")


def test_whole_numbers_stay_whole() -> None:
    """A count of 7 cannot be 5.6."""
    found = moved(DESK.replace("[exits]", "initial = { waiting = 7 }\n[exits]"))
    settings = [dict(point.settings) for point in found.points]
    assert {"steps.desk.initial.waiting": 6} in settings
    assert {"steps.desk.initial.waiting": 8} in settings


def test_lists_are_set_whole() -> None:
    value = [{"date": "2025-02-01", "count": 10}]
    assert list(amounts(("referrals", "a", "cohort"), value)) == [
        (("referrals", "a", "cohort"), value)
    ]


def test_no_such_figure() -> None:
    with pytest.raises(ResultsError, match=r'did you mean "desk\.wait\.mean"'):
        moved(kpi="desk.wait.meen")


def test_nothing_assumed() -> None:
    text = DESK + "\n".join(f'"{key}" = "stated: book"' for key in ("referrals.all", "steps.desk"))
    with pytest.raises(ResultsError, match="nothing that is assumed"):
        moved(text)


# In the report


def command(*words: str | Path) -> Ended:
    return flowsim_command(*words)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tornado")
    (folder / "desk.toml").write_text(DESK, "utf-8")
    scenario = flowsim.load(folder / "desk.toml")
    flowsim.run(scenario, replications=30).save(folder / "results")
    return folder / "results"


def test_the_report_shows_how_much_each_assumed_value_moves_the_answer(run_folder: Path) -> None:
    done = command("report", run_folder, "--tornado", "desk.wait.mean", "--language", "en")
    assert done.returncode == 0, done.stderr
    page = (run_folder / "report.html").read_text("utf-8")
    assert page.count("What matters most for: Desk: mean wait") >= 1
    assert "Desk: time in the step" in page
    plain = command("report", run_folder, "--language", "en")
    assert plain.returncode == 0
    assert "What matters most for" not in (run_folder / "report.html").read_text("utf-8")


def test_a_misspelt_figure_is_one_line(run_folder: Path) -> None:
    done = command("report", run_folder, "--tornado", "desk.wait.meen")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        '--tornado: found "desk.wait.meen"; allowed: a figure of the scenario; '
        'did you mean "desk.wait.mean"?'
    ]


def test_only_a_run_has_such_a_figure(tmp_path: Path) -> None:
    run_experiment(moved(n=5), tmp_path / "out")
    done = command("report", tmp_path / "out", "--tornado", "desk.wait.mean")
    assert done.returncode == 2
    assert "out: is an experiment; flowsim report --tornado needs a run" in done.stderr


def test_what_is_no_file_is_not_written_over(run_folder: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.html"
    os.mkfifo(pipe)
    done = command("report", run_folder, "--out", pipe)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [f"{pipe}: is no file; choose another name"]
    assert pipe.is_fifo()
