"""flowsim find: on a scenario whose answer is known from theory, and as a user meets it."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from commands import Ended, flowsim_command

from flowsim.analysis.kpis import names
from flowsim.analysis.selection import Answer
from flowsim.analysis.theory import mmc
from flowsim.engine.compiling import compile_plan
from flowsim.errors import ResultsError, ScenarioError
from flowsim.report.document.html import html
from flowsim.report.document.xlsx import xlsx
from flowsim.report.documents import document_of_folder
from flowsim.report.search_paper import SearchPaper, row
from flowsim.scenario.loading import load
from flowsim.study.search.finding import find
from flowsim.study.search.found import Finding
from flowsim.study.search.limits import read_limits
from flowsim.study.search.option_grid import read_ranges

RATE = 1.6  # referrals a day, for stays of one day: load 0.8 of two places, 0.53 of three
SCENARIO = """
scenario.title = "One desk"
scenario.language = "en"
run = { start = 2000-01-01, length = "1 year", warm_up = "2 months" }
referrals.all = { to = "desk", rate = "1.6 per day" }
teams.team = { label = "The team", places = 4, cost_per_place = 100000 }
exits.done = "Done"
outcomes.completed = ["done"]
goals.in_time = { kpi = "desk.wait.within_target", at_least = 0.9 }
[steps.desk]
team = "team"
length_of_stay = { distribution = "exponential", mean = "1 day" }
next = { done = 1.0 }
target_wait = "1 day"
"""
PLACES = ("teams.team.places=2:6:1",)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    path = tmp_path / "desk.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def places(found: Finding) -> list[object]:
    return [option.values["teams.team.places"] for option in found.chosen]


# Answers known from theory


@pytest.mark.parametrize("answer", [3, 4, 5])
def test_the_fewest_places_are_those_of_erlang(desk: Path, answer: int) -> None:
    """A limit between the mean waits with one place fewer and with as many, by Erlang's C.

    It lies in the (geometric) middle of the two, a factor of 3 or more from both, so that ten
    months that began two months after an empty desk are long enough.
    """
    fewer, enough = (mmc(RATE, 1.0, n)["mean_wait"] for n in (answer - 1, answer))
    limit = f"desk.wait.mean <= {(fewer * enough) ** 0.5:.6f}"
    found = find(desk, over=PLACES, minimise="teams.team.places", subject_to=[limit])
    assert found.answer is Answer.FOUND
    assert places(found) == [answer]


def test_the_least_cost_of_those_that_keep_a_limit(desk: Path) -> None:
    """Cost does not vary, so that no indifference zone is needed, and more places cost more."""
    fewer, enough = (mmc(RATE, 1.0, n)["mean_wait"] for n in (2, 3))
    limit = f"desk.wait.mean <= {(fewer * enough) ** 0.5:.6f}"
    found = find(desk, over=PLACES, minimise="cost.total", subject_to=[limit])
    assert places(found) == [3]


def test_the_shortest_wait_is_that_of_the_most_places(desk: Path) -> None:
    found = find(
        desk, over=["teams.team.places=2,3,4"], minimise="desk.wait.mean", indifference=0.02
    )
    assert places(found) == [4]
    waits = [one.value for one in found.objectives]
    assert waits == sorted(waits, reverse=True)


def test_the_most_of_something(desk: Path) -> None:
    """The most referrals at which the wait is still short: a maximum, over a list of rates."""
    rates = ["1.0 per day", "1.6 per day", "1.9 per day"]
    found = find(
        desk,
        over={"referrals.all.rate": rates},
        set={"teams.team.places": 2},
        maximise="outcomes.completed",
        indifference=10.0,
        subject_to=[f"desk.wait.mean <= {mmc(1.6, 1.0, 2)['mean_wait'] * 1.6}"],
    )
    assert [option.values["referrals.all.rate"] for option in found.chosen] == ["1.6 per day"]
    assert found.objectives[1].value > 400  # with its own sign: about 1.6 x 305 days


def test_nine_runs_of_ten_and_the_goal_say_the_same(desk: Path) -> None:
    """A limit on the share of runs, and the same as a goal of the scenario."""
    answers = [
        find(desk, over=PLACES, minimise="teams.team.places", subject_to=[limit])
        for limit in (
            "desk.wait.within_target >= 90 % in 9 of 10 runs",
            "goals.in_time.met >= 0.9",
        )
    ]
    assert places(answers[0]) == places(answers[1]) != []
    tables = [answer.to_frame() for answer in answers]
    assert tables[0]["chance"].tolist() == tables[1]["chance"].tolist()


def test_the_end_of_what_was_tried_is_named(desk: Path) -> None:
    """The least that was tried is enough: fewer might be too, and were not tried."""
    wide, narrow = (
        find(desk, over=[f"teams.team.places={first}:5:1"], minimise="teams.team.places",
             subject_to=["desk.wait.mean <= 0.5"])
        for first in (2, 3)
    )  # fmt: skip
    assert places(wide) == places(narrow) == [3]
    assert wide.ends(wide.selection.chosen[0]) == ()
    assert narrow.ends(narrow.selection.chosen[0]) == ("teams.team.places",)


# Ends without a best option


def test_nothing_is_enough(desk: Path) -> None:
    found = find(
        desk, over=["teams.team.places=2,3"], minimise="teams.team.places",
        subject_to=["desk.wait.mean <= 0.001 days"],
    )  # fmt: skip
    assert (found.answer, found.chosen) == (Answer.NONE, ())


def test_a_limit_at_the_mean_itself_is_left_open_and_said_so(desk: Path) -> None:
    first = find(
        desk, over=["teams.team.places=3"], minimise="teams.team.places",
        subject_to=["desk.wait.mean <= 99"], max_replications=100,
    )  # fmt: skip
    mean = first.selection.standings[0].judgements[0].value
    again = find(
        desk, over=["teams.team.places=3,4"], minimise="teams.team.places",
        subject_to=[f"desk.wait.mean <= {mean:.6f}"], max_replications=50,
    )  # fmt: skip
    assert again.answer is Answer.UNDECIDED
    assert not again.chosen
    for language in ("en", "sv"):
        [told] = SearchPaper(again, language).answer()
        assert "--max-replications" in told


# Faults


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "nothing is best without a criterion"),
        ({"minimise": "cost.total", "maximise": "cost.total"}, "found both"),
        ({"minimise": "desk.wait.men"}, 'did you mean "desk.wait.mean"?'),
        ({"minimise": "teams.team.places"}, "--subject-to: found nothing"),
        ({"minimise": "desk.wait.mean"}, "--indifference: found nothing; allowed: the smallest"),
        ({"minimise": "cost.total", "confidence": 1.0}, "--confidence: found 1"),
        ({"minimise": "cost.total", "period": "1999"}, "--period"),
        ({"minimise": "cost.total", "over": []}, "--over: found nothing"),
        ({"minimise": "cost.total", "over": ["teams.team.places=5:2:1"]}, "--over: found"),
        ({"minimise": "cost.total", "over": ["teams.team.places=1:900:1"]}, "combinations"),
        ({"minimise": "cost.total", "subject_to": ["desk.wait.mean < 3"]}, "--subject-to: found"),
        ({"minimise": "cost.total", "subject_to": ["desk.wat.mean <= 3"]}, "did you mean"),
        ({"minimise": "cost.total", "subject_to": ["desk.wait.p90 <= 3 in 1.0 of runs"]}, "share"),
        ({"minimise": "cost.total", "subject_to": ["goals.in_time.met >= 1"]}, "chance"),
    ],
)
def test_faults_are_one_line_each(desk: Path, asked: dict[str, object], message: str) -> None:
    with pytest.raises(ResultsError) as error:
        find(desk, **{"over": PLACES, **asked})  # type: ignore[arg-type]
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_faults_of_all_options_come_at_once(desk: Path) -> None:
    with pytest.raises(ScenarioError) as error:
        find(desk, over=["teams.team.places=3,-1,x"], minimise="cost.total")
    assert len(error.value.faults) == 2
    with pytest.raises(ScenarioError, match="set from outside"):
        find(desk, over=PLACES, minimise="cost.total", set=["nonsense"])


def test_ranges_are_counted_in_decimals() -> None:
    assert read_ranges(["a.b=0.1:0.5:0.1"]) == {"a.b": (0.1, 0.2, 0.3, 0.4, 0.5)}
    assert read_ranges(["a.b=3:8:0.5"])["a.b"][-1] == 8
    with pytest.raises(ResultsError, match="twice"):
        read_ranges(["a.b=1", "a.b=2"])


@pytest.mark.parametrize(
    ("text", "threshold", "share"),
    [
        ("desk.wait.p90 <= 14", 14.0, None),
        ("desk.wait.p90<=2 weeks in 0.8 of runs", 14.0, 0.8),
        ("desk.wait.within_target >= 80 % in 90 % of runs", 0.8, 0.9),
        ("goals.in_time.met >= 0.75", 0.5, 0.75),
        ("goals.in_time.met <= 0.75", 0.5, 0.25),
    ],
)
def test_limits_as_people_write_them(
    desk: Path, text: str, threshold: float, share: float | None
) -> None:
    [named] = read_limits([text], names(compile_plan(load(desk))))
    assert (named.limit.threshold, named.limit.share) == (threshold, share)


# The command


def command(*words: object, cwd: Path) -> Ended:
    return flowsim_command("find", *words, cwd=cwd, COLUMNS="160")


ASKED = (
    *("--over", PLACES[0], "--minimise", "teams.team.places"),
    *("--subject-to", "desk.wait.within_target >= 0.9 in 0.9 of runs"),
)


def test_the_answer_and_the_steps_beside_it_are_printed(desk: Path) -> None:
    ended = command(desk.name, *ASKED, "--out", "out", cwd=desk.parent)
    assert ended.returncode == 0, ended.stderr
    best = re.search(r"Best: The team: places (\d)\.", ended.stdout)
    assert best is not None
    n = int(best[1])
    assert f"One step away, {n - 1}: not enough: Limit A" in ended.stdout
    assert f"One step away, {n + 1}: enough as well: Limit A" in ended.stdout
    assert "With at least 95% confidence" in ended.stdout
    files = sorted(path.name for path in (desk.parent / "out").iterdir())
    assert files == ["manifest.json", "options.csv", "report.html", "values.parquet"]
    table = pd.read_csv(desk.parent / "out" / "options.csv")
    assert table.loc[table["chosen"], "teams.team.places"].tolist() == [n]
    manifest = json.loads((desk.parent / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["scenario_text"] == SCENARIO
    assert manifest["over"] == {"teams.team.places": [2, 3, 4, 5, 6]}


def test_a_search_has_a_report_and_a_workbook(desk: Path) -> None:
    """From its folder alone: the same page that the command left, and every option as numbers."""
    ended = command(desk.name, *ASKED, "--out", "out", "--quiet", cwd=desk.parent)
    assert ended.returncode == 0, ended.stderr
    document = document_of_folder(desk.parent / "out")
    assert html(document) == (desk.parent / "out" / "report.html").read_text(encoding="utf-8")
    names = [section.name for section in document.sections]
    assert names == ["question", "result", "flow", "drivers", "limits", "assumptions", "annex"]
    best = pd.read_csv(desk.parent / "out" / "options.csv").query("chosen")
    bullets, table, *_ = document.sections[1].blocks
    assert bullets.items[0] == f"Best: The team: places {best['teams.team.places'].iloc[0]}."
    assert [row[0] for row in table.rows] == ["2", "3", "4", "5", "6"]
    book = openpyxl.load_workbook(io.BytesIO(xlsx(document)))
    assert book.sheetnames == ["About this workbook", "Options", "Assumptions"]
    head, *rows = book["Options"].iter_rows(values_only=True)
    chances = [row[head.index("chance")] for row in rows]
    assert chances == pd.read_csv(desk.parent / "out" / "options.csv")["chance"].tolist()


def test_json_is_one_object_and_the_same_each_time(desk: Path) -> None:
    runs = [command(desk.name, *ASKED, "--json", "--out", n, cwd=desk.parent).stdout for n in "ab"]
    assert runs[0] == runs[1]
    found = json.loads(runs[0])
    assert (found["answer"], found["confidence"]) == ("found", 0.95)
    assert [one["option"] for one in found["options"] if one["chosen"]] == found["chosen"]


def test_a_fault_is_exit_code_2_and_leaves_nothing(desk: Path) -> None:
    ended = command(desk.name, "--over", PLACES[0], cwd=desk.parent)
    assert ended.returncode == 2
    assert "--minimise, --maximise: found nothing" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert [path for path in desk.parent.rglob("*") if path.is_file()] == [desk]


def test_every_option_has_an_example(tmp_path: Path) -> None:
    ended = flowsim_command("find", "--help", cwd=tmp_path, COLUMNS="300")
    options = re.split(r"\n  (?=--)", ended.stdout)[1:]
    assert len(options) > 10
    for option in options:
        told = " ".join(option.split())
        assert "Example: --" in told or option.startswith("--help"), option


# Words


def test_swedish_has_swedish_numbers(desk: Path) -> None:
    found = find(
        desk, over=["teams.team.places=2,3"], minimise="desk.wait.mean", indifference=0.1,
        set=["scenario.language=sv"],
    )  # fmt: skip
    text = SearchPaper(found)
    assert text.answer()[-1].startswith("The team: platser 3 är i änden")
    assert re.search(r"\d,\d\u00a0dagar \(\d,\d–\d,\d\)", " ".join(row(text, 0)))
    assert text.answer()[0] == "Bäst: The team: platser 3."
