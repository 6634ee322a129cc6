"""The tables of a run: the right numbers, in the language of the scenario, and nothing obeyed."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

import flowsim
from flowsim.report import kpi_words as figure_words
from flowsim.report.document.blocks import Table
from flowsim.report.document.terminal import drawn, show
from flowsim.report.documents import document_of
from flowsim.report.numbers import NO_BREAK_SPACE
from flowsim.scenario.known import Known, figures_of, names_of

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
    assert row(text, "Kostnad per avslut i Arbete")[1:] == ["309 tkr", "309", "309"]
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


@pytest.mark.parametrize("language", ["sv", "en"])
def test_tables_fit_eighty_columns(language: str) -> None:
    scenario = flowsim.load("scenarios/orebro.toml", set={"scenario.language": language})
    lines = printed(flowsim.run(scenario, replications=20), width=80).splitlines()
    assert max(len(line) for line in lines) <= 80
    # An interval is never torn apart inside its brackets.
    cells = [cell.strip() for line in lines for cell in line.split("│")]
    assert not [cell for cell in cells if re.search(r"\([\d−][^)]*$|^[^(]*\d\)$", cell)]


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_table_is_cut_and_no_head_of_numbers_broken_where_there_is_room(width: int) -> None:
    heads = ("Mått", "Medelvärdets intervall", "Skillnad mot Utgångsläget", "Belastning", "Vinst")
    row = ("Kartläggning: medelväntan", "2,1–2,7", "ingen skillnad i replikationerna", "90 %", "2")
    file = io.StringIO()
    table = drawn(Table("", heads, (row,), "lrlrr"), width)
    Console(width=width, file=file).print(table)
    lines = file.getvalue().splitlines()
    assert {len(line) for line in lines if line.strip()} == {len(lines[-1])}
    assert all(line.endswith("│") for line in lines if line.startswith("│"))
    whole_heads = {word for head in heads for word in head.split()} <= set(
        " ".join(line for line in lines if line.startswith("┃")).split()
    )
    assert whole_heads == (width >= 80)
