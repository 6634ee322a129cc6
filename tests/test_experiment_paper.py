"""The paper of an experiment: question, tables, figures and indices, and the folder behind it."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd
import pytest
from commands import flowsim_command

from flowsim.errors import ResultsError
from flowsim.report.document.blocks import Bullets, Document, Facts, Picture, Prose, Section, Table
from flowsim.report.document.html import html
from flowsim.report.documents import document_of, document_of_folder
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.experiment_paper.result import MOST_ROWS, in_short
from flowsim.report.numbers import NO_BREAK_SPACE, number
from flowsim.study import manifest
from flowsim.study.experiment import reading
from flowsim.study.experiment.indices import indices_of
from flowsim.study.experiment.loading import load_experiment
from flowsim.study.experiment.results import ExperimentResults
from flowsim.study.experiment.running import run_experiment

VERSIONS = {"flowsim": "1.2.3", "python": "3.11.0", "machine": "Linux x86_64", "numpy": "2.0.0"}
LANGUAGES = ("sv", "en")
TAG = "<script>alert(1)</script>"
DESK = f"""
scenario = {{ title = "Desk {TAG}", language = "sv" }}
run = {{ start = 2025-01-01, until = 2025-12-31 }}
referrals.all = {{ to = "desk", rate = "3 per week" }}
teams.team = {{ places = 1, cost_per_place = 100000 }}
steps.desk = {{ label = "step {TAG}", team = "team", length_of_stay = "2 days", \
next = {{ done = 1 }} }}
exits.done = "exit {TAG}"
outcomes.completed = ["done"]
"""
HEAD = f"""
[experiment]
title = "How many places {TAG}?"
question = "Q7"
source = "plan {TAG}"
base = "desk.toml"
kpis = ["desk.wait.mean", "cost.total"]
replications = 12
"""
PLACES = 'name = "places"\nlabel = "Places {tag}"\nkey = "teams.team.places"\n'.replace(
    "{tag}", TAG
)
STAY = 'name = "stay"\nlabel = "Stay"\nkey = "steps.desk.length_of_stay"\nunit = "days"\n'
DESIGNS = {
    "grid": f'design = "grid"\n[[factors]]\n{PLACES}values = [1, 2, 3]\n',
    "many": f'design = "grid"\n[[factors]]\n{PLACES}values = {list(range(1, 26))}\n',
    "list": f'design = "list"\n[[variants]]\nname = "now"\n[[variants]]\nname = "two"\n'
    f'label = "Two {TAG}"\nset = {{ "teams.team.places" = 2 }}\n',
    "one_at_a_time": f'design = "one_at_a_time"\n[[factors]]\n{PLACES}values = [2]\n'
    f"[[factors]]\n{STAY}low = 1\nhigh = 3\n",
    "sobol": f'design = "sobol"\nn = 4\n[[factors]]\n{STAY}low = 1\nhigh = 2\n'
    f"[[factors]]\n{PLACES}low = 1\nhigh = 2\nwhole = true\n",
}


@lru_cache
def folder_of(design: str) -> Path:
    """Run an experiment of a design."""
    folder = Path(mkdtemp())
    (folder / "desk.toml").write_text(DESK, "utf-8")
    (folder / "places.toml").write_text(HEAD + DESIGNS[design], "utf-8")
    run_experiment(load_experiment(folder / "places.toml"), folder / "out")
    return folder / "out"


@lru_cache
def results_of(design: str) -> ExperimentResults:
    return reading.read(folder_of(design))


@lru_cache
def document(design: str, language: str) -> Document:
    return document_of(results_of(design), VERSIONS, language)


def section(design: str, name: str, language: str = "en") -> Section:
    return next(one for one in document(design, language).sections if one.name == name)


# The whole ------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_has_a_paper(design: str, language: str) -> None:
    found = document(design, language)
    assert found.title == f"How many places {TAG}?"
    names = [one.name for one in found.sections]
    assert names[0] == "question"
    end = ["flow", "drivers", "limits", "assumptions", "definitions", "annex"]
    assert names[-6:] == end
    assert ("indices" in names) == (design == "sobol")
    page = html(found)
    assert "<script" not in page
    assert "How many places &lt;script&gt;" in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    words = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert "nan" not in words.split()
    assert not re.search(r"\{[a-z_]+\}", words)


def test_few_replications_come_with_a_warning_where_they_give_the_intervals() -> None:
    warned = {d: "Fewer than 30 courses" in html(document(d, "en")) for d in DESIGNS}
    few = {d: results_of(d).replications < 30 for d in DESIGNS}
    assert all(few.values())
    assert warned == {d: d != "sobol" for d in DESIGNS}


def test_the_question_says_where_it_comes_from_and_what_was_varied() -> None:
    blocks = section("grid", "question").blocks
    facts = next(block for block in blocks if isinstance(block, Facts))
    assert dict(facts.pairs) == {
        "Question": "Q7", "Asked in": f"plan {TAG}", "Scenario": f"Desk {TAG}",
    }  # fmt: skip
    table = next(block for block in blocks if isinstance(block, Table))
    assert table.rows == ((f"Places {TAG}\nteams.team.places", "1; 2; 3", "1"),)
    blocks = section("list", "question", "sv").blocks
    table = next(block for block in blocks if isinstance(block, Table))
    assert [row[0] for row in table.rows] == ["now", f"Two {TAG}"]
    assert table.rows[0][1] == "inget ändras"


# Numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_have_the_numbers_of_the_summary(language: str) -> None:
    frame = results_of("grid").summary().set_index(["kpi", "number"])
    blocks = section("grid", "result", language).blocks
    wait, cost = (block for block in blocks if isinstance(block, Table))
    for at in range(3):
        mean, lower, upper = (
            number(frame.loc[("desk.wait.mean", at), name], language, 1)
            for name in ("mean", "lower", "upper")
        )
        assert wait.rows[at][:2] == (str(at), str(at + 1))
        cell = wait.rows[at][2].replace(NO_BREAK_SPACE, " ")
        unit = "dagar" if language == "sv" else "days"
        if frame["mean"].loc["desk.wait.mean"].max() < 7:
            interval = "" if lower == mean == upper else f" ({lower}–{upper})"
            assert cell == f"{mean} {unit}{interval}"
        thousands = number(frame.loc[("cost.total", at), "mean"] / 1000, language, 0)
        assert cost.rows[at][2].startswith(thousands)
    assert cost.rows[0][3] in ("det som de andra jämförs med", "what the others are compared with")
    assert re.fullmatch(r"100\xa0\D+", cost.rows[1][3]), "the same in all, so without an interval"


def test_a_table_is_no_longer_than_a_board_reads() -> None:
    table = next(one for one in section("many", "result").blocks if isinstance(one, Table))
    assert len(table.rows) == MOST_ROWS
    assert "5 more points, and all that is known of each: summary.csv." in table.note


def test_sentences_name_the_lowest_and_the_highest() -> None:
    said = in_short(ExperimentPaper(results_of("grid"), "en", VERSIONS))
    cost = next(one for one in said if one.startswith("Total cost: "))
    assert f"lowest at Places {TAG}: 1, 100{NO_BREAK_SPACE}thousand SEK" in cost
    assert f"highest at Places {TAG}: 3, 300{NO_BREAK_SPACE}thousand SEK" in cost
    assert "2 of 2 other points differ clearly" in cost
    assert "assumptions without a source" in said[-1]


def test_another_language_changes_no_number() -> None:
    def digits(language: str) -> list[str]:
        blocks = section("grid", "result", language).blocks
        cells = [c for b in blocks if isinstance(b, Table) for row in b.rows for c in row]
        return [re.sub(r"\D", "", cell) for cell in cells]

    assert digits("sv") == digits("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_proposal_for_a_decision(language: str) -> None:
    text = " ".join(in_short(ExperimentPaper(results_of("grid"), language, VERSIONS)))
    swedish = r"\b(bör|borde|föreslå\w*|rekommendera\w*|bäst\w*)\b"
    english = r"\b(should|ought|propose\w*|recommend\w*|best)\b"
    assert not re.search(swedish if language == "sv" else english, text, re.IGNORECASE)


# Figures and indices --------------------------------------------------------------------------


def test_one_numeric_factor_of_a_grid_is_drawn_as_a_line() -> None:
    pictures = section("grid", "figures").blocks
    assert len(pictures) == 2
    cost = pictures[1]
    assert isinstance(cost, Picture)
    assert [row[0] for row in cost.table.rows] == ["1", "2", "3"]
    assert cost.text == (
        f"From 100{NO_BREAK_SPACE}thousand SEK at 1 to 300{NO_BREAK_SPACE}thousand SEK at 3."
    )


def test_one_factor_at_a_time_is_drawn_as_a_tornado() -> None:
    pictures = section("one_at_a_time", "figures").blocks
    assert len(pictures) == 2
    wait = pictures[0]
    assert isinstance(wait, Picture)
    assert {row[0] for row in wait.table.rows} == {f"Places {TAG}", "Stay"}
    result = section("one_at_a_time", "result").blocks
    table = next(block for block in result if isinstance(block, Table))
    assert table.rows[0][:3] == ("0", "as in the scenario", "as in the scenario")
    assert table.rows[1][:3] == ("1", "2", "as in the scenario")


def test_indices_are_those_that_are_worked_out() -> None:
    results = results_of("sobol")
    kpi = results.experiment.kpis[0]
    found = indices_of(results, kpi)
    total = found[(found["index"] == "total") & (found["factor"] == "stay")].iloc[0]["value"]
    blocks = section("sobol", "indices").blocks
    table = next(block for block in blocks if isinstance(block, Table))
    row = next(row for row in table.rows if row[0] == "Stay")
    assert row[1].startswith(f"{number(100 * total, 'en', 1)}%")
    assert any(isinstance(block, Bullets) for block in blocks), "how they are read"
    names = [one.name for one in document("list", "en").sections]
    assert "indices" not in names


# The folder -----------------------------------------------------------------------------------


def test_an_experiment_is_read_back_to_the_bit() -> None:
    written = pd.read_csv(folder_of("grid") / "summary.csv")
    frame = results_of("grid").summary()
    for name in ("mean", "lower", "upper", "difference", "probability_better"):
        assert frame[name].to_numpy() == pytest.approx(written[name].to_numpy(), nan_ok=True)
    assert manifest.kind_of(folder_of("grid")).name == "experiment"
    assert document_of_folder(folder_of("grid"), "en").language == "en"
    assert document_of_folder(folder_of("grid")).language == "sv", "as the scenario says"


def test_a_changed_folder_is_told_in_one_line(tmp_path: Path) -> None:
    whole = json.loads((folder_of("grid") / "manifest.json").read_text("utf-8"))
    path = tmp_path / "manifest.json"
    for change, message in (
        ({"finished": False}, "is not finished"),
        ({"experiment_text": whole["experiment_text"].replace("3]", "4]")}, "another experiment"),
        ({"kpis": []}, "kpis: found other figures"),
        ({"hashes": "x"}, "hashes: should be a valid list"),
        ({"experiment_text": "x ="}, "cannot be loaded"),
    ):
        path.write_text(json.dumps({**whole, **change}), "utf-8")
        with pytest.raises(ResultsError, match=re.escape(message)):
            reading.read(tmp_path)
    path.write_text(json.dumps(whole), "utf-8")
    with pytest.raises(ResultsError, match="is missing"):
        reading.read(tmp_path).summary()


def test_the_commands_leave_a_report_and_write_it_again(tmp_path: Path) -> None:
    (tmp_path / "desk.toml").write_text(DESK, "utf-8")
    (tmp_path / "places.toml").write_text(HEAD + DESIGNS["grid"], "utf-8")
    words = ("experiment", "places.toml", "--out", "out", "--quiet")
    ended = flowsim_command(*words, "--no-report", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert not (tmp_path / "out" / "report.html").exists()
    for replications in (12, 14):  # again into the same folder, which holds a report by then
        ended = flowsim_command(*words, "--replications", replications, cwd=tmp_path)
        assert (ended.returncode, ended.stderr) == (0, "")
        left = (tmp_path / "out" / "report.html").read_text("utf-8")
        assert f"--replications {replications}" in left
    ended = flowsim_command("report", "out", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (tmp_path / "out" / "report.html").read_text("utf-8") == left


def test_a_latin_hypercube_says_what_its_inputs_allow(tmp_path: Path) -> None:
    """Cost is posts x price: of two inputs with the same spread each stands for half."""
    desk = """
[scenario]
title = "Desk"
[run]
start = 2026-01-01
length = "1 year"
[referrals]
all = { to = "talk", rate = "2 per week" }
[teams.desk]
staff.coach = { fte = 4, caseload = 5, cost_per_fte = 500000 }
[steps.talk]
team = "desk"
length_of_stay = "3 weeks"
next = { done = 1 }
[exits]
done = "Done"
"""
    (tmp_path / "desk.toml").write_text(desk, "utf-8")
    text = """
[experiment]
title = "Posts and price"
base = "desk.toml"
kpis = ["cost.total"]
design = "lhs"
n = 120
replications = 2
[[factors]]
name = "posts"
key = "teams.desk.staff.coach.fte"
low = 3.9
high = 4.1
[[factors]]
name = "price"
key = "teams.desk.staff.coach.cost_per_fte"
low = 487500
high = 512500
[[factors]]
name = "stay"
key = "steps.talk.length_of_stay"
low = 2.9
high = 3.1
unit = "weeks"
"""
    path = tmp_path / "lhs.toml"
    path.write_text(text, "utf-8")
    results = run_experiment(load_experiment(path), folder=tmp_path / "out")
    (section,) = (s for s in document_of(results, language="en").sections if s.name == "indices")
    said, table = section.blocks
    assert isinstance(said, Prose)
    assert "at half of the 120 points at most" in said.text
    assert isinstance(table, Table)
    shares = {row[0]: row[1].numbers for row in table.rows}
    ordered = [share for share, _, _ in shares.values()]
    by_chance = 4 * 0.5 / 120**0.5  # two columns of 120 points hang together a little
    assert ordered[0] == pytest.approx(0.5, abs=by_chance)
    assert ordered[1] == pytest.approx(0.5, abs=by_chance)
    assert ordered[2] == pytest.approx(0.0, abs=0.01)
    assert [row[2] for row in table.rows] == ["rises with it", "rises with it", ""]
