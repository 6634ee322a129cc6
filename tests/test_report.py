"""The report for a board: what it says, that it says it in both languages, and nothing obeyed."""

from __future__ import annotations

import re
from functools import lru_cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from commands import Ended, flowsim_command

import flowsim
from flowsim.errors import ResultsError
from flowsim.report.document.html import html
from flowsim.report.documents import document_of
from flowsim.report.numbers import NO_BREAK_SPACE, number, percent
from flowsim.report.run_paper.paper import RunPaper
from flowsim.report.run_paper.sentences import in_short, trend_of
from flowsim.report.run_paper.tables import MOST_ROWS, result_table
from flowsim.report.sections.stress import ROWS, answers
from flowsim.study import manifest, reading

VERSIONS = {"flowsim": "1.2.3", "python": "3.11.0", "machine": "Linux x86_64", "numpy": "2.0.0"}
LANGUAGES = ("sv", "en")
MOST_BYTES = 3_000_000
TAG = "<script>alert(1)</script>"
BAD = f"""
scenario = {{ title = "{TAG}", question = "{TAG}?", language = "sv", currency = "{TAG}" }}
run = {{ start = 2025-01-01, until = 2026-12-31 }}
groups.kind = {{ "{TAG}" = 1 }}
referrals.all = {{ label = "in {TAG}", to = "desk", rate = "50 per year" }}
teams.team = {{ label = "team {TAG}", places = 1, cost_per_place = 1000 }}
[steps.desk]
label = "step {TAG}"
team = "team"
length_of_stay = "8 days"
next = {{ done = 1 }}
[exits]
done = "exit {TAG}"
[outcomes]
completed = {{ label = "outcome {TAG}", exits = ["done"] }}
[goals]
soon = {{ label = "goal {TAG}", kpi = "desk.wait.mean", at_most = 5 }}
[observed.2025]
"participants" = {{ value = 40, low = 3, high = 50, source = "s, {TAG}" }}
[sources]
s = "source {TAG}"
[provenance]
"teams.team.places" = "stated: s, {TAG}"
"referrals.all.rate" = "assumed: {TAG}"
"""
"""A scenario in which every text that can reach a reader is a tag."""


@lru_cache
def run_of(name: str, replications: int = 20, *settings: str) -> flowsim.Results:
    scenario = flowsim.load(f"scenarios/{name}.toml", set=list(settings))
    return flowsim.run(scenario, replications=replications)


@lru_cache
def report_of(name: str, language: str) -> str:
    return html(document_of(run_of(name), VERSIONS, language))


def paper_of(results: flowsim.Results, language: str) -> RunPaper:
    return RunPaper(results, language, VERSIONS)


class Page(HTMLParser):
    """What a browser would find."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("style", "title", "h1", "h2", "h3"):
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self.inside:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


# The page -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_parts_come_in_the_order_of_a_board_paper(language: str) -> None:
    names = re.findall(r'<section id="([a-z]+)"', report_of("orebro", language))
    assert names == [
        "answer", "figures", "result", "question", "flow", "drivers", "limits", "assumptions",
        "compared", "tables", "definitions", "annex",
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_needs_nothing_else(language: str) -> None:
    page = report_of("orebro", language)
    assert len(page.encode()) < MOST_BYTES
    for tag, attributes in Page(page).tags:
        assert tag not in ("script", "link", "img", "iframe", "object", "embed", "audio", "video")
        assert not any(name.startswith("on") for name in attributes), tag
        for name in ("src", "href", "xlink:href", "action"):
            assert (attributes.get(name) or "#").startswith("#"), attributes
    assert "@import" not in page
    assert re.findall(r"url\((?!#)", page) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_structure_for_those_who_do_not_see_it(language: str) -> None:
    page = Page(report_of("orebro", language))
    names = [tag for tag, _ in page.tags]
    assert ("html", {"lang": language}) in page.tags
    assert names.count("h1") == 1
    levels = [int(tag[1]) for tag in names if re.fullmatch("h[1-6]", tag)]
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert names.count("table") == names.count("caption") > 10
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
    drawings = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert names.count("figure") == names.count("figcaption")
    assert names.count("details") == names.count("figure") + 1, "and the contents"
    assert len(drawings) == names.count("figure")
    for one in drawings:
        assert one["role"] == "img"
        assert one.get("aria-label") or one.get("aria-labelledby")


@pytest.mark.parametrize("language", LANGUAGES)
def test_ids_are_told_apart_and_found(language: str) -> None:
    page = report_of("orebro", language)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    targets = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page))
    named = {"".join(pair) for pair in targets}
    for listed in re.findall(r'aria-labelledby="([^"]+)"', page):
        named |= set(listed.split())
    assert named <= set(ids)


def test_the_same_results_give_the_same_bytes() -> None:
    again = flowsim.run(flowsim.load("scenarios/orebro.toml"), replications=20)
    assert html(document_of(again, VERSIONS, "sv")) == report_of("orebro", "sv")


def test_another_language_changes_the_words_and_no_number() -> None:
    """Every number of the Swedish table stands, written the English way, in the English one."""
    tables = [result_table(paper_of(run_of("orebro"), language)) for language in LANGUAGES]
    swedish, english = ([cell for row in t.rows for cell in row[1:]] for t in tables)
    assert tables[0].caption != tables[1].caption

    def digits(cell: str) -> str:
        return "".join(letter for letter in cell if letter.isdigit() or letter == "–")

    assert [digits(cell) for cell in swedish] == [digits(cell) for cell in english]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_scenario_says_is_shown_and_never_obeyed(language: str) -> None:
    results = flowsim.run(flowsim.loads(BAD), replications=5)
    text = html(document_of(results, VERSIONS, language))
    page = Page(text)
    assert "script" not in {tag for tag, _ in page.tags}
    for shown in (TAG, f"{TAG}?", f"step {TAG}", f"team {TAG}", f"exit {TAG}", f"source {TAG}"):
        assert shown.casefold() in page.text.casefold(), shown
    assert f"<title>{TAG.replace('<', '&lt;').replace('>', '&gt;')}</title>" in text


@pytest.mark.parametrize("name", ["orebro", "sofint", "norrkoping_komjobb"])
def test_no_proposal_for_a_decision(name: str) -> None:
    text = " ".join(in_short(paper_of(run_of(name), "sv")))
    assert not re.search(r"\b(bör\b|borde|föreslå|rekommendera|bäst)", text, re.IGNORECASE)
    text = " ".join(in_short(paper_of(run_of(name), "en")))
    assert not re.search(r"\b(should|ought|propose|recommend|best)\b", text, re.IGNORECASE)


# Numbers --------------------------------------------------------------------------------------


def test_swedish_numbers_have_no_english_signs() -> None:
    """A point between digits, or a comma between thousands, would be English; dates have none."""
    paper = paper_of(run_of("orebro"), "sv")
    cells = [cell for row in result_table(paper).rows for cell in row[1:]]
    for text in (*cells, *in_short(paper)):
        assert not re.search(r"\d\.\d|\d,\d{3}\b", text), text
        assert not re.search(r"\d %", text), "a no-break space before the percent sign"


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_say_what_the_summary_says(language: str) -> None:
    results = run_of("orebro")
    summary = results.summary().set_index("kpi")
    said = in_short(paper_of(results, language))

    wait, nine = (summary.loc[f"mapping.wait.{one}", "mean"] / 7 for one in ("mean", "p90"))
    sentence = next(text for text in said if text.startswith("Kartläggning: "))
    assert number(wait, language, 1) in sentence
    assert number(nine, language, 1) in sentence

    chance = summary.loc["goals.mapped_in_time.met", "mean"]
    sentence = next(text for text in said if "Åtta av tio" in text)
    assert percent(chance, language) in sentence
    assert f" {number(round(chance * 20), language)} " in sentence

    count = summary.loc["outcomes.work_studies_or_ready", "mean"] / 3
    cost = summary.loc["cost.per.work_studies_or_ready", "mean"] / 1000
    sentence = next(text for text in said if text.startswith("Arbete, studier eller redo: "))
    assert number(count, language, 1) in sentence
    assert number(cost, language) in sentence


def test_the_table_has_six_rows_at_most_and_the_right_numbers() -> None:
    results = run_of("orebro")
    rows = {row[0]: row[1:] for row in result_table(paper_of(results, "en")).rows}
    assert 0 < len(rows) <= MOST_ROWS
    one = results.summary().set_index("kpi").loc["mapping.joined.wait.mean"]
    mean, lower, upper, low, high = (
        number(one[name] / 7, "en", 1)
        for name in ("mean", "lower", "upper", "prediction_lower", "prediction_upper")
    )
    written = tuple(
        cell.replace(NO_BREAK_SPACE, " ")
        for cell in rows["Kartläggning: mean wait of those who joined"]
    )
    assert written == (f"{mean} weeks", f"{lower}–{upper}", f"{low}–{high}")


def test_a_list_that_grows_is_said_to_grow() -> None:
    """Twice as many come as leave: a list grows by hundreds, in every replication."""
    text = """
    scenario.title = "Grows"
    run = {{ start = 2025-01-01, until = 2026-12-31 }}
    referrals.all = {{ to = "desk", rate = "{rate} per year" }}
    teams.team = {{ places = 1 }}
    steps.desk = {{ team = "team", length_of_stay = "2 days", next = {{ done = 1 }} }}
    exits.done = "Done"
    """
    for rate, way in ((365, "grows"), (18, None)):
        results = flowsim.run(flowsim.loads(text.format(rate=rate)), replications=10)
        trend = trend_of("desk", paper_of(results, "en"))
        assert (trend.way if trend else None) == way
        said = " ".join(in_short(paper_of(results, "en")))
        assert ("the list grows:" in said.lower()) == (way == "grows")


def test_a_changed_value_stands_beside_that_of_the_file() -> None:
    results = run_of("orebro", 5, "teams.coaching.staff.coach.caseload=25")
    page = html(document_of(results, VERSIONS, "en"))
    row = re.search(r"<tr>(?:(?!</tr>).)*teams\.coaching\.staff\.coach\.caseload.*?</tr>", page)
    assert row
    assert re.findall(r'<td class="l">(\d+)</td>', row[0]) == ["21", "25"]
    assert "--set teams.coaching.staff.coach.caseload=25" in Page(page).text.replace("'", "")


# The annex ------------------------------------------------------------------------------------


def test_the_checklist_is_filled_from_the_run() -> None:
    filled = answers(paper_of(run_of("orebro"), "en"))
    assert len(ROWS) == 24
    blank = {row for row, answer in filled.items() if answer is None}
    assert blank == {"1.3", "3.2", "6.1"}, "what only people can know"
    page = report_of("orebro", "sv")
    assert page.count("ej ifyllt") >= len(blank)


def test_a_run_can_be_repeated_from_the_annex() -> None:
    results, page = run_of("orebro"), Page(report_of("orebro", "en"))
    for text in (results.hash, "flowsim run orebro.toml --seed 1 --replications 20", "1.2.3"):
        assert text in page.text


def test_every_input_stands_there_with_its_mark() -> None:
    paper = paper_of(run_of("orebro"), "en")
    page = Page(report_of("orebro", "en"))
    for one in paper.inputs:
        assert ".".join(map(str, one.path)) in page.text.replace('"', "")
        assert one.note in page.text
    for key, title in paper.scenario.sources.items():
        assert key in page.text
        assert title in page.text


# Scenarios of all kinds -----------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_run_with_next_to_nothing_in_it(language: str) -> None:
    """No teams, goals, costs, outcomes or sources; nobody waits; one replication."""
    text = """
    scenario.title = "Bare"
    run = { start = 2025-01-01, until = 2025-01-31 }
    referrals.all = { to = "desk", cohort = [{ date = 2025-01-02, count = 1 }] }
    steps.desk = { length_of_stay = "90 days", next = { done = 1 } }
    exits.done = "Done"
    """
    page = html(document_of(flowsim.run(flowsim.loads(text), replications=1), VERSIONS, language))
    assert "nan" not in Page(page).text.lower().split()
    assert "<h1>Bare</h1>" in page


SCENARIOS = sorted(path.stem for path in Path("scenarios").glob("*.toml"))


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_has_a_report(name: str) -> None:
    for language in LANGUAGES:
        page = html(document_of(run_of(name, 5), VERSIONS, language))
        assert len(page.encode()) < MOST_BYTES
        assert not re.search(r"\bnan\b", Page(page).text)


# The command ----------------------------------------------------------------------------------


def command(*words: object) -> Ended:
    return flowsim_command("report", *words)


def test_the_command_writes_what_the_function_gives(tmp_path: Path) -> None:
    folder = run_of("orebro").save(tmp_path / "run")
    done = command(folder, "--language", "en", "--out", tmp_path / "page.html")
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    versions = manifest.read(folder).versions
    assert page == html(document_of(reading.read(folder), versions, "en"))


def test_the_command_names_what_is_wrong(tmp_path: Path) -> None:
    done = command(tmp_path / "nothing")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [f"{tmp_path / 'nothing'}: no such folder"]
    with pytest.raises(ResultsError):
        reading.read(tmp_path)


# Money ----------------------------------------------------------------------------------------


def test_the_budget_is_told_by_payer_and_beside_the_ceiling() -> None:
    """22.9 MSEK a year, half from the state; equity and its ceiling as in the scenario file."""
    results = run_of("orebro_lan", 20)
    (told,) = [one for one in document_of(results, VERSIONS, "sv").sections if one.name == "budget"]
    table, ceiling = told.blocks
    cells = {row[0].replace(NO_BREAK_SPACE, " "): row[1] for row in table.rows}
    assert cells["Budget"].replace(NO_BREAK_SPACE, " ") == "22 900 tkr"
    assert cells["varav från staten, 50 %"].replace(NO_BREAK_SPACE, " ") == "11 450 tkr"
    summary = results.summary(period="2019").set_index("kpi")
    equity = number(summary.loc["budget.equity", "mean"] / 1000, "sv")
    assert cells["Eget kapital vid slutet"].startswith(equity)
    assert percent(0.2, "sv") in ceiling.text


def test_without_a_budget_there_is_no_such_section() -> None:
    names = [one.name for one in document_of(run_of("orebro", 5), VERSIONS, "sv").sections]
    assert "budget" not in names
    assert "drivers" in names
