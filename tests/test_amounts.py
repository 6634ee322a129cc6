"""One amount is written in one way: the texts of one run in all the forms that it is told in."""

from __future__ import annotations

import html as escapes
import io
import json as plain
import re
from collections.abc import Iterator
from functools import lru_cache
from math import isnan
from typing import Any

import docx as word_files
import openpyxl
import pytest
from rich.console import Console

import flowsim
from flowsim.report.document.blocks import Document, Table
from flowsim.report.document.terminal import show
from flowsim.report.document.writers import WRITERS
from flowsim.report.documents import document_of
from flowsim.report.numbers import NO_BREAK_SPACE, percent
from flowsim.report.run_paper.paper import RunPaper
from flowsim.report.words import Value, Words

LANGUAGES = ("sv", "en")
TABLES = ("waits", "years", "costs")
WRITTEN = {"sv": "Så som det skrivs", "en": "As it is written"}
ALL_FIGURES = {"sv": "Alla mått", "en": "All figures"}
# Waits below and above a week, a small and a large cost, shares, and a wait of nothing.
DESK = """
scenario = { title = "Two desks", language = "sv" }
run = { start = 2025-01-01, until = 2026-12-31 }
referrals.all = { to = "first", rate = "3 per week" }
teams.one = { places = 1, cost_per_place = 900 }
teams.two = { places = 1, cost_per_place = 900000 }
teams.three = { places = 90 }
[steps.first]
team = "one"
length_of_stay = { distribution = "exponential", mean = "1.5 days" }
target_wait = "2 days"
next = { second = 0.25, third = 0.75 }
[steps.second]
team = "two"
length_of_stay = { distribution = "exponential", mean = "8 days" }
next = { done = 1 }
[steps.third]
team = "three"
length_of_stay = "9 days"
next = { done = 1 }
[exits]
done = "Done"
[outcomes]
completed = ["done"]
[goals]
soon = { kpi = "second.wait.mean", at_most = 20 }
"""


@lru_cache
def run() -> flowsim.Results:
    return flowsim.run(flowsim.loads(DESK), replications=30)


@lru_cache
def document(language: str) -> Document:
    return document_of(run(), {"flowsim": "1"}, language)


@lru_cache
def paper(language: str) -> RunPaper:
    return RunPaper(run(), language)


def told(language: str) -> dict[str, Value]:
    """Return the figures of the whole run that boards see in tables, as they are written."""
    names = [kpi for table in TABLES for kpi, figure, _ in paper(language).figures_in(table)
             if paper(language).has(kpi) and not figure.a_year]  # fmt: skip
    return {kpi: paper(language).figure(kpi).cell for kpi in names}


def tables_of(document: Document) -> Iterator[Table]:
    return (block for part in document.sections for block in part.blocks
            if isinstance(block, Table))  # fmt: skip


def numbers_of(document: Document) -> set[str]:
    """Return the texts of all numbers in tables, figures left out."""
    rows = (row for table in tables_of(document) for row in table.rows)
    return {str(cell) for row in rows for cell in row if isinstance(cell, Value)}


# The forms ------------------------------------------------------------------------------------


def in_terminal(language: str) -> set[str]:
    file = io.StringIO()
    show(document_of(run(), language=language, is_short=True), Console(width=200, file=file))
    return {cell.strip() for line in file.getvalue().splitlines() for cell in line.split("│")}


def in_page(language: str) -> set[str]:
    page = WRITERS["html"](document(language)).decode()
    cells = re.findall(r"<td[^>]*>(.*?)</td>", page, flags=re.DOTALL)
    return {escapes.unescape(re.sub(r"<[^>]+>", "\n", cell)).strip("\n") for cell in cells}


def in_word(language: str) -> set[str]:
    word = word_files.Document(io.BytesIO(WRITERS["docx"](document(language))))
    return {cell.text for table in word.tables for row in table.rows for cell in row.cells}


def in_excel(language: str) -> dict[str, str]:
    """Return the figures of the whole run and everybody by their names."""
    book = openpyxl.load_workbook(io.BytesIO(WRITERS["xlsx"](document(language))))
    head, *rows = book[ALL_FIGURES[language]].iter_rows(values_only=True)
    at = [head.index(name) for name in (WRITTEN[language], head[1])]
    whole = {"sv": ("hela perioden", "alla"), "en": ("whole run", "all")}[language]
    return {str(row[at[1]]): str(row[at[0]]) for row in rows if (row[2], row[4]) == whole}


def in_json(language: str) -> list[dict[str, Any]]:
    """Return the cells that tell a number."""
    content = plain.loads(WRITERS["json"](document(language)))
    blocks = [block for section in content["sections"] for block in section["blocks"]]
    rows = [row for block in blocks if block["kind"] == "table" for row in block["rows"]]
    return [cell for row in rows for cell in row if isinstance(cell, dict)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_figure_has_the_same_text_in_every_form(language: str) -> None:
    wanted = told(language)
    texts = {str(cell) for cell in wanted.values()}
    assert len(texts) > 15
    assert texts <= in_terminal(language)
    assert texts <= in_page(language)
    assert texts <= in_word(language)
    excel = in_excel(language)
    assert {kpi: excel[kpi] for kpi in wanted} == {kpi: str(one) for kpi, one in wanted.items()}
    found = {(cell["text"], cell["numbers"][0]) for cell in in_json(language)}
    assert {(str(one), one.numbers[0]) for one in wanted.values()} <= found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_of_a_table_is_in_every_form_of_the_paper(language: str) -> None:
    texts = numbers_of(document(language))
    assert len(texts) > 40
    assert texts <= in_page(language)
    assert texts <= in_word(language)
    assert texts == {cell["text"] for cell in in_json(language)}
    short = numbers_of(document_of(run(), language=language, is_short=True))
    assert short < texts
    assert short <= in_terminal(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_write_what_tables_write(language: str) -> None:
    """The wait of the tightest step, its exits and its cost stand in sentences and in tables."""
    parts = {part.name: part.blocks for part in document(language).sections}
    table = next(block for block in parts["answer"] if isinstance(block, Table))
    (bullets,) = parts["result"]
    said = " ".join(bullets.items)
    row = next(row for row in table.rows if row[0].startswith("Second: "))
    assert row[1] in said
    assert f"({row[3]})" in said
    cost = next(row for row in table.rows if row[0] == paper(language).kpi("cost.per.completed"))
    assert cost[1] in said


# The rule -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kpi", "unit", "amount", "swedish", "english"),
    [
        ("a.wait.mean", "days", 5.0, "5,0 dagar", "5.0 days"),
        ("a.wait.mean", "days", 21.0, "3,0 veckor", "3.0 weeks"),
        ("a.length_of_stay.mean", "days", 365.25 / 12, "1,0 månader", "1.0 months"),
        ("cost.per_participant", "SEK", 8500.0, "8 500 SEK", "8,500 SEK"),
        ("cost.total", "SEK", 12345678.0, "12 346 tkr", "12,346 thousand SEK"),
        ("a.wait.within_target", "share", 0.4567, "46 %", "46%"),
        ("a.wait.within_target", "share", 0.0312, "3,1 %", "3.1%"),
        ("a.wait.within_target", "share", 0.998, "99,8 %", "99.8%"),
        ("outcomes.completed", "count", 99.9, "99,9", "99.9"),
        ("outcomes.completed", "count", 100.2, "100", "100"),
        ("a.places.mean", "places", 12.0, "12,0 platser", "12.0 places"),
        ("budget.result", "SEK", -235000.0, "−235 tkr", "−235 thousand SEK"),
        ("a.wait.mean", "days", float("nan"), "–", "–"),
    ],
)
def test_one_rule_for_amounts(
    kpi: str, unit: str, amount: float, swedish: str, english: str
) -> None:
    for language, text in (("sv", swedish), ("en", english)):
        found = Words(run().scenario, language).value(kpi, amount, unit)
        assert found.replace(NO_BREAK_SPACE, " ") == text
        assert found.unit == unit
        assert found.numbers == (amount,) or isnan(amount)


def test_an_interval_has_the_decimals_of_its_mean_and_is_left_out_where_it_is_nothing() -> None:
    words = Words(run().scenario, "en")
    cell = words.estimate("a.wait.mean", "days", 14.0, 10.5, 17.5).cell
    assert cell.replace(NO_BREAK_SPACE, " ") == "2.0 weeks (1.5–2.5)"
    assert cell.numbers == (14.0, 10.5, 17.5)
    same = words.estimate("cost.total", "SEK", 2e6, 2e6, 2e6).cell
    assert same.replace(NO_BREAK_SPACE, " ") == "2,000 thousand SEK"
    share = words.estimate("a.wait.within_target", "share", 0.5, 0.41, 0.62).cell
    assert share == "50% (41–62%)"
    assert percent(0.5, "en") in share
