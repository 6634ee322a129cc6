"""The tables of a run: the right numbers, in the language of the scenario, and nothing obeyed."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

import flowsim
from flowsim.report import kpi_words as figure_words
from flowsim.report.document.blocks import Cell, Document, Prose, Section, Table
from flowsim.report.document.terminal import show
from flowsim.report.documents import document_of
from flowsim.report.numbers import NO_BREAK_SPACE
from flowsim.scenario.known import Known, figures_of, names_of
from flowsim.study.experiment.loading import load_experiment
from flowsim.study.experiment.running import run_experiment

# One desk, two days each; four come at once on the first day: waits 0, 2, 4 and 6 days.
DESK = """
scenario = { title = "Desk \\u202e[31m[bold]<b>", language = "LANGUAGE" }
run = { start = 2025-01-01, until = 2025-12-31 }
referrals.all = { to = "desk", cohort = [{ date = 2025-01-01, count = 4 }] }
teams.team = { places = 1, cost_per_place = 1234567 }
steps.desk = { label = "Disk", team = "team", length_of_stay = "2 days", next = { done = 1.0 } }
exits.done = "Klar"
outcomes.completed = ["done"]
outcomes.work = { label = "Arbete", exits = ["done"] }
goals.soon = { label = "Snart", kpi = "desk.wait.mean", at_most = 5 }
observed.2025."participants" = { value = 4, low = 3, high = 5 }
observed.2025."completed.share" = { value = 0.975 }
planned.run."desk.wait.mean" = { value = 3, high = 4 }
costs.budget = 1000000
"""


def shown(language: str, replications: int = 3) -> str:
    scenario = flowsim.loads(DESK.replace("LANGUAGE", language))
    return printed(flowsim.run(scenario, replications=replications), width=120)


def printed(results: flowsim.Results, width: int) -> str:
    file = io.StringIO()
    show(document_of(results, is_short=True), Console(width=width, file=file))
    return file.getvalue().replace(NO_BREAK_SPACE, " ")


def row(text: str, label: str) -> list[str]:
    """Return the cells of the row that begins with a label."""
    line = next(line for line in text.splitlines() if line.startswith(f"│ {label}"))
    return [cell.strip() for cell in line.strip("│").split("│")]


def test_every_figure_has_a_name_in_both_languages() -> None:
    for language in ("sv", "en"):
        scenario = flowsim.load("scenarios/orebro.toml", set={"scenario.language": language})
        figures = figures_of(names_of(Known.of(scenario)))
        names = [figure_words.kpi_words(kpi, scenario) for kpi, _, _ in figures]
        assert len(set(names)) == len(names)


def test_swedish_tables_say_what_happened() -> None:
    text = shown("sv")
    assert row(text, "Medelväntan  ")[1] == "3,0 dagar"  # (0 + 2 + 4 + 6) / 4
    assert row(text, "Deltagare")[1] == "4,0"
    assert row(text, "Klar")[1:] == ["4,0", "100 %"]
    assert row(text, "Total kostnad ")[1] == "1 235 tkr"
    assert row(text, "Årets resultat")[1] == "−235 tkr"
    assert row(text, "Snart")[1:] == ["högst 5 dagar", "3,0 dagar", "3,0", "100 %"]
    assert row(text, "Arbete  ")[1] == "4,0"
    assert row(text, "Kostnad per avslut med utfallet ”Arbete")[1:] == ["309 tkr", "309", "309"]
    assert row(text, "Deltagare, 2025")[1:] == [
        "4 (3–5)",
        "4,0",
        "4,0",
        "ja",
        "bestämma ingångsvärden",
    ]
    share = row(text, "Avslutade, andel av deltagarna, 2025")[1:]
    assert share == ["97,5 %", "100 %", "100 %", "nej", "bestämma ingångsvärden"]
    wait = row(text, "Disk: medelväntan, hela perioden")[1:]
    assert wait == ["3 dagar (3–4)", "3,0 dagar", "3,0", "ja"]


def test_english_tables_have_english_numbers() -> None:
    text = shown("en")
    assert row(text, "Mean wait  ")[1] == "3.0 days"
    assert row(text, "Total cost ")[1] == "1,235 thousand SEK"
    share = row(text, "Completed, of the participants, 2025")[1:]
    assert share == ["97.5%", "100%", "100%", "no", "set inputs"]


def test_texts_of_the_scenario_are_shown_and_not_obeyed() -> None:
    assert "Desk \ufffd[31m[bold]<b>" in shown("sv")


def test_one_replication_has_no_interval_and_no_verdict() -> None:
    text = shown("sv", replications=1)
    assert row(text, "Medelväntan  ")[1] == "3,0 dagar"
    assert row(text, "Deltagare, 2025")[1:] == [
        "4 (3–5)",
        "4,0",
        "–",
        "–",
        "bestämma ingångsvärden",
    ]


@pytest.mark.parametrize(
    ("language", "warning"),
    [("en", "Fewer than 30 courses of events"), ("sv", "Färre än 30 förlopp")],
)
def test_intervals_of_fewer_than_thirty_replications_come_with_a_warning(
    language: str, warning: str
) -> None:
    told = {n: warning in " ".join(shown(language, n).split()) for n in (1, 2, 29, 30)}
    assert told == {1: False, 2: True, 29: True, 30: False}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_tables_fit_eighty_columns(language: str) -> None:
    scenario = flowsim.load("scenarios/orebro.toml", set={"scenario.language": language})
    lines = printed(flowsim.run(scenario, replications=20), width=80).splitlines()
    assert max(len(line) for line in lines) <= 80
    # An interval is never torn apart inside its brackets.
    cells = [cell.strip() for line in lines for cell in line.split("│")]
    assert not [cell for cell in cells if re.search(r"\([\d−][^)]*$|^[^(]*\d\)$", cell)]


THIRTY_YEARS = """
scenario = { title = "Trettio år", language = "LANGUAGE" }
run = { start = 2000-01-01, until = 2029-12-31 }
referrals.all = { to = "desk", rate = "60 per year" }
teams.team = { label = "Samverkansteamet", places = 8, cost_per_place = 400000 }
steps.desk.label = "Kartläggning"
steps.desk.team = "team"
steps.desk.length_of_stay = "6 weeks"
steps.desk.next.done = 1
exits.done = "Förtidspension"
outcomes.completed = ["done"]
outcomes.work = { label = "Arbete", exits = ["done"] }
costs.budget = 3000000
"""


@pytest.fixture(scope="module", params=["orebro", "orebro_lan", "thirty years"])
def results(request: pytest.FixtureRequest) -> flowsim.Results:
    if request.param == "thirty years":
        return flowsim.run(flowsim.loads(THIRTY_YEARS.replace("LANGUAGE", "sv")), replications=5)
    return flowsim.run(flowsim.load(f"scenarios/{request.param}.toml"), replications=3)


def on_a_screen(results: Any, language: str, width: int) -> tuple[Document, str]:
    """Return a short paper, and what a terminal shows of it."""
    file = io.StringIO()
    document = document_of(results, language=language, is_short=True)
    show(document, Console(width=width, file=file))
    return document, file.getvalue()


def assert_whole(document: Document, text: str, width: int) -> None:
    """Hold what a terminal shows to a paper: nothing is cut, and no word or number is broken."""
    assert max(map(cell_len, text.splitlines())) <= width
    cells = [cell.strip(" ") for line in text.splitlines() for cell in re.split("[│┃]", line)]
    words = {word for cell in cells for word in cell.split(" ")}
    for block in (block for section in document.sections for block in section.blocks):
        if isinstance(block, Table):
            told = [
                word
                for row in (block.heads[1:], *block.rows)
                for cell in row
                for word in parts(cell)
            ]
            assert {word for word in told if not set(word) & set("-/._=")} <= words
            columns = [k for k, align in enumerate(block.align) if align == "r"]
            numbers = {line for row in block.rows for k in columns for line in lines(row[k])}
            assert all(number in cells or f": {number}" in text for number in numbers)


def lines(cell: Cell) -> list[str]:
    return str(cell).split("\n")


def parts(cell: Cell) -> list[str]:
    return [word for line in lines(cell) for word in line.split(" ")]


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_word_and_no_number_is_broken(
    results: flowsim.Results, width: int, language: str
) -> None:
    assert_whole(*on_a_screen(results, language, width), width)


def test_a_narrow_screen_gets_lists(results: flowsim.Results) -> None:
    _, text = on_a_screen(results, "en", 26)
    assert max(map(cell_len, text.splitlines())) <= 26
    assert "│" not in text.partition("What drives the result")[0]
    assert re.search("^  On average: [0-9]", text, re.M)


def test_of_thirty_years_each_has_a_row() -> None:
    results = flowsim.run(flowsim.loads(THIRTY_YEARS.replace("LANGUAGE", "sv")), replications=2)
    text = on_a_screen(results, "sv", 80)[1].replace(NO_BREAK_SPACE, " ")
    for year in range(2000, 2030):
        rows = [line for line in text.splitlines() if line.startswith(f"│ {year} ")]
        assert len(rows) == 4  # nine figures, at most three beside each other
        assert "3 200 tkr" in [cell.strip(" ") for line in rows for cell in line.split("│")]


def test_sentences_break_at_no_number() -> None:
    space = "\N{NO-BREAK SPACE}"
    number = f"5{space}063,1{space}tkr"
    block = Prose(f"{'x' * 70} {number} och mer")
    document = Document("", "sv", (Section("", "", (block,)),), "", "")
    file = io.StringIO()
    show(document, Console(width=80, file=file))
    assert any(line.startswith(number) for line in file.getvalue().splitlines())


def test_a_word_longer_than_the_screen_is_all_there() -> None:
    name = "x" * 200
    table = Table("", ("Mått", "Tal"), ((name, "1"),), "lr")
    document = Document("", "sv", (Section("", "", (table,)),), "", "")
    file = io.StringIO()
    show(document, Console(width=80, file=file))
    assert file.getvalue().count("x") == 200
    assert max(map(len, file.getvalue().splitlines())) <= 80


GRID = """
[experiment]
title = "Hur samverkar platser och tid?"
base = "desk.toml"
kpis = ["desk.wait.mean", "outcomes.work", "cost.total"]
replications = 3
design = "grid"
[[factors]]
name = "places"
label = "Platser"
key = "teams.team.places"
values = [6, 7, 8, 9, 10]
baseline = 9
[[factors]]
name = "stay"
label = "Tid i kartläggning"
key = "steps.desk.length_of_stay"
values = [4, 5, 6, 7, 8, 9]
unit = "weeks"
"""


def test_an_experiment_has_columns_for_what_is_varied(tmp_path: Path) -> None:
    one_year = THIRTY_YEARS.replace("LANGUAGE", "sv").replace("2029", "2000")
    (tmp_path / "desk.toml").write_text(one_year, encoding="utf-8")
    (tmp_path / "grid.toml").write_text(GRID, encoding="utf-8")
    found = run_experiment(load_experiment(tmp_path / "grid.toml"), tmp_path / "out")
    document, text = on_a_screen(found, "sv", 80)
    assert_whole(document, text, 80)
    assert row(text, "0")[:3] == ["0", "6", "4 veckor"]
    base = row(text, "18")  # the base point, which is not among the first 20 rows by itself
    assert base[:3] == ["18", "9", "4 veckor"]
    assert len(text.splitlines()) < 100
    told = re.sub(r"\s+", " ", text.replace("\n", ""))
    assert "10 punkter till" in told
    assert f"{tmp_path / 'out' / 'summary.csv'}".replace(" ", "") in told.replace(" ", "")
