"""The paper of a comparison: its numbers, its words, and that it can be read back."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import flowsim_command

import flowsim
from flowsim.errors import ResultsError
from flowsim.report.comparison_paper import options
from flowsim.report.comparison_paper.document import command as command_of
from flowsim.report.comparison_paper.document import load_table
from flowsim.report.comparison_paper.options import differing_inputs
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.comparison_paper.sentences import in_short
from flowsim.report.comparison_paper.tables import MOST_ROWS, chosen_figures, result_table
from flowsim.report.document.blocks import Document, Picture, Prose, Table
from flowsim.report.document.html import html
from flowsim.report.documents import document_of, document_of_folder
from flowsim.report.numbers import NO_BREAK_SPACE, number
from flowsim.report.sections.drivers import verdict
from flowsim.scenario.workload import loads_of
from flowsim.study import manifest
from flowsim.study.comparison import reading
from flowsim.study.comparison.comparing import compare
from flowsim.study.comparison.results import Comparison

VERSIONS = {"flowsim": "1.2.3", "python": "3.11.0", "machine": "Linux x86_64", "numpy": "2.0.0"}
LANGUAGES = ("sv", "en")
TAG = "<script>alert(1)</script>"
COACHES = "teams.coaching.staff.coach.fte.2019"
ORDER = [
    "answer", "figures", "question", "differences", "flow", "drivers", "limits", "assumptions",
    "definitions", "annex",
]  # fmt: skip
DESK = f"""
scenario = {{ title = "Desk {TAG}", question = "More {TAG}?", language = "sv", currency = "SEK" }}
run = {{ start = 2025-01-01, until = 2026-12-31 }}
referrals.all = {{ label = "in {TAG}", to = "desk", rate = "3 per week" }}
teams.team = {{ label = "team {TAG}", places = 1, cost_per_place = 100000 }}
[steps.desk]
label = "step {TAG}"
team = "team"
length_of_stay = {{ mean = "2 days", cv = 0.6 }}
target_wait = "3 days"
next = {{ done = 0.6, other = 0.4 }}
[exits]
done = "exit {TAG}"
other = "Annat"
[outcomes]
completed = ["done", "other"]
work = {{ label = "outcome {TAG}", exits = ["done"] }}
"""


@lru_cache
def orebro(replications: int = 60) -> Comparison:
    """Örebro with 4 coaches in 2019, and with 5."""
    four, five = (
        flowsim.load("scenarios/orebro.toml", set={COACHES: coaches}) for coaches in (4, 5)
    )
    return compare(four, {"Five coaches": five}, replications=replications)


def paper(language: str, comparison: Comparison | None = None) -> ComparisonPaper:
    return ComparisonPaper(comparison or orebro(), language, VERSIONS)


@lru_cache
def document(language: str) -> Document:
    return document_of(orebro(), VERSIONS, language)


def table_of(language: str) -> dict[str, tuple[str, ...]]:
    """Rows of the table by their labels, without units."""
    return {row[0].split("\n")[0]: row[1:] for row in result_table(paper(language)).rows}


# The whole ------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_parts_come_in_the_order_of_a_board_paper(language: str) -> None:
    found = document(language)
    assert [section.name for section in found.sections] == ORDER
    asked = {
        "sv": "Vad skiljer Five coaches från utgångsläget?",
        "en": "How does Five coaches differ from the starting point?",
    }
    assert found.title == asked[language]
    page = html(found)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert "nan" not in re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S).split()
    assert not re.search(r"\{[a-z_]+\}", re.sub(r"<style>.*?</style>", "", page, flags=re.S))


def test_the_same_comparison_gives_the_same_bytes() -> None:
    again = replace(orebro(), samples=orebro().samples)
    assert html(document_of(again, VERSIONS, "sv")) == html(document("sv"))


def test_all_texts_are_shown_and_never_obeyed() -> None:
    base, more = flowsim.loads(DESK), flowsim.loads(DESK, set={"teams.team.places": 2})
    found = compare(base, {f"two {TAG}": more}, replications=12)
    page = html(document_of(found, VERSIONS))
    assert "<script" not in page
    for text in ("More ", "in ", "team ", "step ", "two ", "outcome "):
        assert f"{text}&lt;script&gt;".casefold() in page.casefold(), text


# Numbers --------------------------------------------------------------------------------------


def number_in(text: str, language: str) -> tuple[float, float]:
    """Read a number, and half a unit of its last decimal, which it may be rounded by."""
    point, thousand = (",", NO_BREAK_SPACE) if language == "sv" else (".", ",")
    digits = re.match(r"[+−]?[\d.,\xa0]+", text)
    assert digits, text
    plain = digits[0].rstrip(NO_BREAK_SPACE).replace(thousand, "").replace(point, ".")
    half = 0.5 * 10.0 ** -len(plain.partition(".")[2])
    return float(plain.replace("−", "-")), half * (1 + 1e-9)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_has_the_numbers_of_the_comparison(language: str) -> None:
    rows = list(table_of(language).values())
    assert len(rows) == MOST_ROWS
    frame = orebro().to_frame().set_index("kpi")
    shown = {
        "time_to_first_start.mean": 7.0, "coaching.joined.wait.mean": 7.0,
        "mapping.joined.within_target": 0.01, "outcomes.work_studies_or_ready": 3.0,
        "cost.per.work_studies_or_ready": 1000.0, "cost.total": 3000.0,
    }  # fmt: skip
    for (kpi, size), cells in zip(shown.items(), rows, strict=True):
        one = frame.loc[kpi]
        columns = ("difference", "base_mean", "mean")
        for cell, column in zip(cells, columns, strict=True):
            if column == "difference" and one["difference"] == 0:
                assert cell.split("\n")[0] in ("ingen skillnad", "no difference")
                continue
            value, half = number_in(cell, language)
            # A difference is that of the values as written, each rounded by half a unit.
            half *= 2 if column == "difference" else 1
            assert value == pytest.approx(one[column] / size, abs=half), (kpi, column)
        apart, before, own = (
            (number_in(cell, language)[0] for cell in cells)
            if (one["difference"])
            else (0.0, 0.0, 0.0)
        )
        assert apart == pytest.approx(own - before, abs=1e-9), kpi
        is_clear = cells[0].split("\n")[-1] in ("säkerställd skillnad", "clear difference")
        assert is_clear == bool(one["claimed"]), kpi


def test_intervals_stand_below_the_numbers() -> None:
    row = orebro().to_frame().set_index("kpi").loc["cost.per.work_studies_or_ready"]
    apart, before, _ = table_of("en")["Cost per exit in Arbete, studier eller redo"]
    low, high = before.split("\n")[1].split("–")
    assert [low, high] == [number(row[one] / 1000, "en") for one in ("base_lower", "base_upper")]
    low, high = apart.split("\n")[1].split(" to ")
    for text, column in ((low, "difference_lower"), (high, "difference_upper")):
        value, half = number_in(text, "en")
        assert value == pytest.approx(row[column] / 1000, abs=half)


def test_another_language_changes_the_words_and_no_number() -> None:
    tables = [list(table_of(language).values()) for language in LANGUAGES]
    swedish, english = ([cell for row in rows for cell in row] for rows in tables)

    def digits(cell: str) -> str:
        return "".join(letter for letter in cell if letter.isdigit() or letter in "–+−")

    assert list(map(digits, swedish)) == list(map(digits, english))
    assert set(table_of("sv")) & set(table_of("en")) == set()
    said = [" ".join(in_short(paper(language))) for language in LANGUAGES]
    numbers = [sorted(re.findall(r"\d+", re.sub(r"\d[\d\xa0.,]*", flat, one))) for one in said]
    assert numbers[0] == numbers[1]


def flat(found: re.Match[str]) -> str:
    """Take the signs of a language out of a number."""
    return re.sub(r"[\xa0.,]", "", found[0])


def test_rows_follow_what_was_asked_for() -> None:
    four, five = (orebro().scenarios[name] for name in ("orebro", "Five coaches"))
    few = compare(
        four, {"Five": five}, kpis=["coaching.participants", "cost.total"], replications=12
    )
    labels = [one.name for one in chosen_figures(paper("en", few))]
    assert labels == ["cost.total", "coaching.participants"]
    year = compare(four, {"Five": five}, period="2019", replications=12)
    cost = next(one for one in chosen_figures(paper("en", year)) if one.name == "cost.total")
    assert cost.own("Five").mean == year.own("cost.total", "Five")[0], "a year is a year"


def test_options_and_what_differs() -> None:
    four, five = orebro().scenarios.values()
    assert differing_inputs([four, five]) == [
        (("teams", "coaching", "staff", "coach", "fte", "2019"), (4, 5))
    ]
    section = document("en").sections[ORDER.index("question")]
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert table.heads == ("Input", "Starting point", "Five coaches")
    assert [row[1:] for row in table.rows] == [("4", "5")]
    assert table.rows[0][0].endswith(f"\n{COACHES}")


def test_a_variant_named_by_its_settings_is_told_in_words() -> None:
    base = flowsim.load("scenarios/orebro.toml")
    five = flowsim.load("scenarios/orebro.toml", set={COACHES: 5})
    found = compare(base, {f"{COACHES}=5": five}, kpis=["cost.total"], replications=12)
    assert paper("en", found).others == ("IRMA (coachingteam): coaches, full-time posts, 2019 = 5",)


def test_load_of_each_team_with_each_option() -> None:
    rows = {row[0]: row[1:] for row in load_table(paper("en")).rows}
    for place, scenario in enumerate(orebro().scenarios.values()):
        load = next(one for one in loads_of(scenario) if one.team == "coaching")
        cell = rows["IRMA (coachingteam)"][place]
        assert cell.startswith(f"{round(100 * load.share)}%\n")
        assert cell.endswith(f"\n{verdict(load, paper('en'))}")
        assert f"{number(load.places, 'en', 1)} there" in cell


def test_lists_over_time_are_those_of_the_runs() -> None:
    waiting = orebro().waiting
    assert waiting is not None
    four = flowsim.run(orebro().scenarios["orebro"], replications=60, seed=orebro().seed)
    at = four.month_table.position["coaching.waiting.mean"]
    values = four.series_values[:, 1:, 0, at]
    own = waiting[(waiting["scenario"] == "orebro") & (waiting["step"] == "coaching")]
    assert own["mean"].to_numpy() == pytest.approx(values.mean(axis=0))
    assert own["p95"].to_numpy() == pytest.approx(np.quantile(values, 0.95, axis=0))
    picture = document("en").sections[ORDER.index("figures")].blocks[1]
    assert isinstance(picture, Picture)
    row = next(row for row in picture.table.rows if row[:2] == ("IRMA", "2019-12"))
    assert row[2] == number(own["mean"].iloc[-1], "en", 1)
    none = document_of(replace(orebro(), waiting=None), VERSIONS, "en")
    assert len(none.sections[ORDER.index("figures")].blocks) == 1


# Words ----------------------------------------------------------------------------------------


def test_the_first_sections_answer_what_a_board_asks() -> None:
    """Which option does better on what, by how much, how surely, at what cost, and one limit."""
    found, frame = document("en"), orebro().to_frame().set_index("kpi")
    assert found.title.endswith("?")
    said = in_short(paper("en"))
    wait = next(one for one in said if "“IRMA: mean wait of those who joined”" in one)
    row = frame.loc["coaching.joined.wait.mean"]
    own, before = (
        f"{number(row[one] / 7, 'en', 0)}{NO_BREAK_SPACE}weeks" for one in ("mean", "base_mean")
    )
    figure = "“IRMA: mean wait of those who joined”"
    assert wait.startswith(f"With Five coaches {figure} is {own} instead of {before}: ")
    chance = re.search(r"It was better in ([\d.]+)% of 60 courses of events", wait)
    assert chance
    assert float(chance[1]) == pytest.approx(100 * row["probability_better"], abs=0.5)
    assert re.search(r"\([\d.]+ to [\d.]+\)", wait), "the interval"
    cost = next(one for one in said if one.startswith("Five coaches costs "))
    each = number(frame.loc["cost.total", "mean"] / 3000, "en", 0)
    assert f"costs {each}{NO_BREAK_SPACE}thousand SEK a year" in cost
    assert f"214{NO_BREAK_SPACE}thousand SEK higher" in cost, "641,673 SEK in one of three years"
    last = found.sections[0].blocks[-1]
    assert isinstance(last, Prose)
    assert "assumptions without a source" in last.text


def test_an_option_that_changes_nothing_is_said_to() -> None:
    base = flowsim.loads(DESK)
    same = flowsim.loads(DESK.replace("More", "Other"))
    found = compare(base, {"same": same}, replications=12)
    said = in_short(paper("en", found))
    assert any(one.startswith("same makes no difference at all to: ") for one in said)
    assert any(one.startswith("same costs as much as ") for one in said)
    assert not any("instead of" in one for one in said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_proposal_for_a_decision(language: str) -> None:
    text = " ".join(in_short(paper(language)))
    swedish = r"\b(bör|borde|föreslå\w*|rekommendera\w*|bäst\w*|lämpligast)\b"
    english = r"\b(should|ought|propose\w*|recommend\w*|best|prefer\w*)\b"
    assert not re.search(swedish if language == "sv" else english, text, re.IGNORECASE)


def test_the_command_in_the_annex_repeats_it() -> None:
    base = flowsim.load("scenarios/orebro.toml")
    five = flowsim.load("scenarios/orebro.toml", set={COACHES: 5})
    found = compare(base, {"Five": five}, replications=12, seed=4)
    assert command_of(paper("sv", found)) == (
        f"flowsim compare orebro.toml --variant 'Five: {COACHES}=5' --seed 4 --replications 12"
    )


# The folder -----------------------------------------------------------------------------------


def test_a_comparison_is_read_back_to_the_bit(tmp_path: Path) -> None:
    folder = orebro().save(tmp_path / "out")
    found = reading.read(folder)
    pd.testing.assert_frame_equal(found.to_frame(), orebro().to_frame(), check_exact=True)
    assert found.waiting is not None
    pd.testing.assert_frame_equal(found.waiting, orebro().waiting, check_exact=True)
    told = html(document_of(found, VERSIONS, "sv"))
    assert told == html(document("sv"))
    assert document_of_folder(folder, "en").title == document("en").title


def test_a_damaged_folder_is_told_in_one_line(tmp_path: Path) -> None:
    folder = orebro().save(tmp_path / "out")
    path = folder / "manifest.json"
    whole = path.read_text("utf-8")
    for change, message in (
        ({"seed": 7}, "was changed after the run"),
        ({"replications": 61}, "found 60 replications; expected 61"),
        ({"kpis": ["nothing"]}, "no figure of the base"),
        ({"scenarios": {}}, "scenarios: orebro is missing"),
        ({"engine": "steam"}, "engine: should be 'kernel' or 'simpy'"),
    ):
        path.write_text(json.dumps({**json.loads(whole), **change}), "utf-8")
        with pytest.raises(ResultsError, match=re.escape(message)):
            reading.read(folder)
    path.write_text(whole, "utf-8")
    (folder / "comparison.parquet").write_bytes(b"nothing")
    with pytest.raises(ResultsError, match="damaged"):
        reading.read(folder)
    (folder / "comparison.parquet").unlink()
    with pytest.raises(ResultsError, match="is missing"):
        reading.read(folder)


def test_the_commands_leave_a_report_and_write_it_again(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text(DESK, "utf-8")
    more = ("--set", "teams.team.places=2", "--replications", 5, "--out", "out", "--quiet")
    ended = flowsim_command("compare", file, *more, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    left = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert '<html lang="sv">' in left
    assert manifest.kind_of(tmp_path / "out").name == "comparison"
    ended = flowsim_command("report", "out", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (tmp_path / "out" / "report.html").read_text("utf-8") == left
    ended = flowsim_command("report", "out", "--format", "xlsx", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (tmp_path / "out" / "report.xlsx").read_bytes().startswith(b"PK")
    ended = flowsim_command("compare", file, *more, "--no-report", cwd=tmp_path)
    assert (tmp_path / "out" / "report.html").read_text("utf-8") == left  # kept


def test_a_run_leaves_a_report_that_the_command_writes_again(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text(DESK, "utf-8")
    more = ("--replications", 5, "--out", "out", "--quiet")
    assert flowsim_command("run", file, *more, cwd=tmp_path).returncode == 0
    left = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert flowsim_command("report", "out", cwd=tmp_path).returncode == 0
    assert (tmp_path / "out" / "report.html").read_text("utf-8") == left
    assert flowsim_command("verify", "out", cwd=tmp_path).returncode == 0
    assert flowsim_command("run", file, *more, "--no-report", cwd=tmp_path).returncode == 0
    assert (tmp_path / "out" / "report.html").read_text("utf-8") == left  # kept


def test_a_wait_of_nothing_is_not_told_as_a_number_of_weeks() -> None:
    """With nine places for one person nobody waits: "at most 0.0 weeks" says nothing."""
    base = flowsim.loads(DESK)
    more = flowsim.loads(DESK, set={"teams.team.places": 9})
    told = paper("sv", compare(base, {"more": more}, replications=12))
    assert told.mean("desk.joined.wait.p90", "more") < 0.5
    texts = [text for text in in_short(told) if text.startswith("more:")]
    assert any("Nio av tio av dem väntar knappt alls." in text for text in texts)


def test_three_options_stand_in_the_heading_as_a_list() -> None:
    base = flowsim.loads(DESK)
    two = {
        name: flowsim.loads(DESK, set={"teams.team.places": n}) for name, n in (("A", 2), ("B", 3))
    }
    found = compare(base, two, kpis=["cost.total"], replications=2)
    assert options.title(ComparisonPaper(found, "en", VERSIONS)) == (
        "How do A and B differ from the starting point?"
    )
