"""The report as files for Word and Excel: what others read back from them.

The files are read with python-docx and openpyxl, and by LibreOffice where it is installed (Debian:
libreoffice-writer-nogui and libreoffice-calc-nogui); else these tests are skipped, and say so.
"""

from __future__ import annotations

import csv
import io
import math
import shutil
import subprocess
import zipfile
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import docx as word_files
import numpy as np
import openpyxl
import pandas as pd
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from openpyxl.workbook.workbook import Workbook
from PIL import Image
from typer.testing import CliRunner

import flowsim
from flowsim.cli.commands import app
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.document.blocks import Document, Picture, Sheet, Table
from flowsim.report.document.docx import MOST_ROWS, docx
from flowsim.report.document.docx_tables import TEXT_WIDTH, column_widths, that_fit
from flowsim.report.document.office_file import ZOOM, png
from flowsim.report.document.xlsx import (
    MONEY,
    NUMBER,
    SHARE,
    WHOLE,
    distinct_heads,
    sheet_name,
    workbook,
    xlsx,
)
from flowsim.report.documents import document_of, document_of_folder
from flowsim.report.figures import draw
from flowsim.report.run_paper.paper import RunPaper
from flowsim.report.run_paper.tables import result_table
from flowsim.report.sections.sheets import (
    difference_columns,
    difference_formats,
    difference_words,
    format_of,
)
from flowsim.scenario.provenance import inputs_of
from flowsim.scenario.source import spelled
from flowsim.study import manifest
from flowsim.study.comparison.comparing import compare
from flowsim.study.comparison.results import Comparison
from flowsim.study.experiment import reading
from flowsim.study.experiment.indices import indices_of
from flowsim.study.experiment.loading import load_experiment
from flowsim.study.experiment.results import ExperimentResults
from flowsim.study.experiment.running import run_experiment

VERSIONS = {"flowsim": "1.2.3", "python": "3.11.0", "machine": "Linux x86_64", "numpy": "2.0.0"}
NAMESPACES = {"w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main"}
MOST_BYTES = 3_000_000
TAG = "<script>alert(1)</script>"
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(0)")
BAD = f"""
scenario = {{ title = "{TAG}", question = "{FORMULAS[0]}", language = "sv" }}
run = {{ start = 2025-01-01, until = 2025-12-31 }}
referrals.all = {{ label = "{FORMULAS[1]}", to = "desk", rate = "50 per year" }}
teams.team = {{ label = "{FORMULAS[2]}", places = 1 }}
[steps.desk]
label = "{FORMULAS[3]}"
team = "team"
length_of_stay = "8 days"
next = {{ done = 1 }}
[exits]
done = "{FORMULAS[4]}"
[outcomes]
completed = {{ label = "#N/A", exits = ["done"] }}
"""
"""A scenario whose texts are tags and formulas."""
SOFFICE = shutil.which("soffice")
needs_office = pytest.mark.skipif(
    SOFFICE is None,
    reason="LibreOffice is not installed (Debian: apt-get install libreoffice-writer-nogui "
    "libreoffice-calc-nogui)",
)
MOST_SECONDS = 180


@lru_cache
def run_of(name: str) -> flowsim.Results:
    return flowsim.run(flowsim.load(f"scenarios/{name}.toml"), replications=20)


@lru_cache
def bad_run() -> flowsim.Results:
    return flowsim.run(flowsim.loads(BAD), replications=3)


@lru_cache
def paper_of(language: str) -> Document:
    return document_of(run_of("orebro"), VERSIONS, language)


@lru_cache
def docx_of(language: str) -> bytes:
    return docx(paper_of(language))


@lru_cache
def xlsx_of(language: str) -> bytes:
    return workbook_of(run_of("orebro"), VERSIONS, language)


def workbook_of(result: Any, versions: dict[str, str], language: str | None = None) -> bytes:
    return xlsx(document_of(result, versions, language))


def book_of(content: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def frame_of(book: Workbook, name: str) -> pd.DataFrame:
    head, *rows = book[name].iter_rows(values_only=True)
    return pd.DataFrame(rows, columns=head)


def pictures_of(document: Document) -> list[Picture]:
    return [b for part in document.sections for b in part.blocks if isinstance(b, Picture)]


# Word -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["sv", "en"])
def test_headings_are_headings_in_the_order_of_the_paper(language: str) -> None:
    document = paper_of(language)
    word = word_files.Document(io.BytesIO(docx_of(language)))
    named = [(p.style.name, p.text) for p in word.paragraphs if p.style is not None]
    assert named[0] == ("Title", document.title)
    titles = [text for name, text in named if name == "Heading 1"]
    assert titles == [section.title for section in document.sections]
    below = {text for name, text in named if name == "Heading 2"}
    assert below > {picture.title for picture in pictures_of(document)}


def test_only_styles_give_looks() -> None:
    word = word_files.Document(io.BytesIO(docx_of("sv")))
    body = word.element.body
    used = {p.style.name for p in word.paragraphs if p.style is not None}
    assert used == {
        "Title", "Subtitle", "Heading 1", "Heading 2", "Normal", "List Bullet", "Caption",
        "Body Text 3",
    }  # fmt: skip
    looks = {child.tag for run in body.iter(qn("w:rPr")) for child in run}
    assert looks == {qn("w:rStyle")}
    assert {table.style.name for table in word.tables if table.style} == {"Light Shading"}


def test_a_table_has_its_cells_a_head_on_each_page_and_numbers_to_the_right() -> None:
    expected = result_table(RunPaper(run_of("orebro"), "sv", VERSIONS))
    word = word_files.Document(io.BytesIO(docx_of("sv")))
    table = word.tables[0]
    cells = [tuple(cell.text for cell in row.cells) for row in table.rows]
    assert cells == [expected.heads, *expected.rows]
    assert [bool(row._tr.xpath("./w:trPr/w:tblHeader")) for row in table.rows] == [
        True, *[False] * len(expected.rows),
    ]  # fmt: skip
    for row in table.rows:
        alignments = [cell.paragraphs[0].alignment for cell in row.cells]
        right = WD_ALIGN_PARAGRAPH.RIGHT
        assert alignments == [right if letter == "r" else None for letter in expected.align]
    assert all(one._tbl.xpath("./w:tblPr/w:tblCaption/@w:val") for one in word.tables)


def test_figures_say_what_they_show() -> None:
    expected = pictures_of(paper_of("sv"))
    word = word_files.Document(io.BytesIO(docx_of("sv")))
    said = [(shape._inline.docPr.get("title"), shape._inline.docPr.get("descr")) for shape in
            word.inline_shapes]  # fmt: skip
    assert said == [(picture.title, picture.text) for picture in expected]
    assert len(said) >= 7
    for shape in word.inline_shapes:
        assert 3 < shape.width.cm <= TEXT_WIDTH
        assert 3 < shape.height.cm <= 20
    names = [name for name in zipfile.ZipFile(io.BytesIO(docx_of("sv"))).namelist()
             if name.startswith("word/media/")]  # fmt: skip
    assert len(names) == len(expected)
    assert all(name.endswith(".png") for name in names)


def test_long_numbers_of_a_figure_are_said_to_stand_elsewhere() -> None:
    word = word_files.Document(io.BytesIO(docx_of("en")))
    said = [p.text for p in word.paragraphs if p.text.startswith("The numbers in this figure (")]
    long = [len(one.table.rows) for one in pictures_of(paper_of("en"))
            if len(one.table.rows) > MOST_ROWS]  # fmt: skip
    assert len(said) == len(long) > 0
    for text, rows in zip(said, long, strict=True):
        assert f"({rows} rows)" in text
    assert max(len(table.rows) for table in word.tables) < 60


@pytest.mark.parametrize(("language", "code"), [("sv", "sv-SE"), ("en", "en-GB")])
def test_a_file_for_word_says_language_and_title_and_no_author(language: str, code: str) -> None:
    word = word_files.Document(io.BytesIO(docx_of(language)))
    codes = word.styles.element.xpath("./w:docDefaults//w:lang/@w:val")
    assert codes == [code]
    about = word.core_properties
    assert (about.title, about.language) == (paper_of(language).title, code)
    assert (about.author, about.last_modified_by, about.comments) == ("", "", "")
    assert about.created is None
    page = word.sections[0]
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297)
    footer = word.sections[0].footer.paragraphs[0]._p
    fields = footer.xpath("./w:fldSimple/@w:instr")
    assert fields == ["PAGE", "NUMPAGES"]


def test_a_tag_in_a_file_for_word_is_text() -> None:
    content = docx(document_of(bad_run(), VERSIONS, "sv"))
    word = word_files.Document(io.BytesIO(content))
    assert word.paragraphs[0].text == TAG
    assert word.core_properties.title == TAG
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert b"<script" not in b"".join(parts.read(name) for name in parts.namelist())


def test_letters_that_xml_has_no_place_for() -> None:
    document = Document("a\x00b\ufffe\x1b", "sv", (), "1", "0")
    word = word_files.Document(io.BytesIO(docx(document)))
    assert word.paragraphs[0].text == "a\ufffdb\ufffd\ufffd"


def test_letters_are_drawn_without_any_font_of_the_machine() -> None:
    """Nothing but the letters is drawn; each of the two weights gives its own."""
    page = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="20">{}</svg>'
    text = '<text x="5" y="15" font-size="13" font-weight="{}" font-family="Arial">Åäö</text>'
    inked = []
    for content in ("", text.format(400), text.format(700)):
        drawn = Image.open(io.BytesIO(png(page.format(content)))).convert("L")
        assert drawn.size == (100 * ZOOM, 20 * ZOOM)
        inked.append(int((np.asarray(drawn) < 128).sum()))
    assert inked[0] == 0
    assert 100 < inked[1] < inked[2]


def test_columns_fill_the_page_and_a_wide_table_comes_in_parts() -> None:
    years = [str(year) for year in range(2011, 2021)]
    numbers = tuple(["11\u00a0356\u00a0tusen\u00a0SEK"] * len(years))
    wide = Table("Cost", ("Figure", *years), (("Total cost", *numbers),), "l" + "r" * len(years))
    parts = list(that_fit(wide))
    assert [part.heads[0] for part in parts] == ["Figure"] * len(parts)
    assert [head for part in parts for head in part.heads[1:]] == years
    assert len(parts) == 3
    for part in [*parts, result_table(RunPaper(run_of("orebro"), "sv", VERSIONS))]:
        assert sum(column_widths(part)) == pytest.approx(TEXT_WIDTH)


# Excel ----------------------------------------------------------------------------------------


def test_the_first_sheet_says_what_the_workbook_is() -> None:
    results = run_of("orebro")
    book = book_of(xlsx_of("sv"))
    first = book.worksheets[0]
    cells = {row[0]: row[1] for row in first.iter_rows(values_only=True) if row[0]}
    assert first.title == "Om arbetsboken"
    assert first["A1"].value == results.scenario.scenario.title
    assert cells["Frö"] == str(results.seed)
    assert cells["Förlopp"] == 20
    assert cells["Version"] == "flowsim 1.2.3"
    assert results.hash in cells.values()
    assert [cells.get(name, "") != "" for name in book.sheetnames[1:]] == [True] * (
        len(book.sheetnames) - 1
    )
    assert book.sheetnames[1:6] == ["Alla mått", "Månad för månad", "Antaganden", "Mål", "Utfall"]
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_all_figures_are_those_of_the_summary_with_formats_for_their_units() -> None:
    summary = run_of("orebro").summary(period=None, group=None)
    book = book_of(xlsx_of("en"))
    found = frame_of(book, "All figures")
    assert list(found["Name"]) == list(summary["kpi"])
    assert set(found["Period"]) == {"whole run", "2017", "2018", "2019"}
    assert found["Figure"][0] == "Referred"
    columns = {
        "On average": "mean", "Average, from": "lower", "Average, to": "upper",
        "One course, from": "prediction_lower", "One course, to": "prediction_upper",
        "Replications": "n",
    }  # fmt: skip
    for head, name in columns.items():
        values = found[head].to_numpy(dtype=float)
        np.testing.assert_allclose(values, summary[name], rtol=1e-15, equal_nan=True)
    sheet = book["All figures"]
    at = list(found.columns).index("On average") + 1
    written = [format_of(unit) for unit in summary["unit"]]
    for row, (code, mean) in enumerate(zip(written, summary["mean"], strict=True), 2):
        assert sheet.cell(row, at).number_format == ("General" if math.isnan(mean) else code)
    assert set(written) == {SHARE, NUMBER, MONEY}


def test_months_are_the_means_of_the_months() -> None:
    results = run_of("orebro")
    found = frame_of(book_of(xlsx_of("en")), "Month by month")
    k = results.month_table.position["mapping.waiting.end"]
    expected = results.series_values[:, 1:, 0, k].mean(axis=0)
    rows = found[found["Name"] == "mapping.waiting.end"]
    assert list(rows["Period"])[:2] == ["2017-01", "2017-02"]
    np.testing.assert_allclose(rows["On average"].to_numpy(dtype=float), expected, rtol=1e-12)


def test_assumptions_have_path_value_mark_and_source() -> None:
    scenario = run_of("orebro").scenario
    found = frame_of(book_of(xlsx_of("en")), "Assumptions")
    inputs = inputs_of(scenario)
    assert list(found["Name"]) == [spelled(one.path) for one in inputs]
    assert list(found["Mark"]) == [one.mark.capitalize() for one in inputs]
    last = found.iloc[-1]
    assert last["Value"] == 4848
    assert last["Source"] == scenario.sources["genomlysning2020"]


def test_observed_figures_stand_beside_the_simulated() -> None:
    table = run_of("orebro").observed()
    found = frame_of(book_of(xlsx_of("sv")), "Utfall")
    np.testing.assert_allclose(found["Utfall"].to_numpy(dtype=float), table["observed"])
    np.testing.assert_allclose(found["I genomsnitt"].to_numpy(dtype=float), table["mean"])
    assert list(found["Inom"]) == ["ja" if inside else "nej" for inside in table["inside"]]


def test_each_figure_has_all_its_numbers() -> None:
    book = book_of(xlsx_of("sv"))
    drawings = list(draw(RunPaper(run_of("orebro"), "sv", VERSIONS).results))
    for drawing, name in zip(drawings, book.sheetnames[-len(drawings) :], strict=True):
        found = frame_of(book, name)
        assert len(found) == len(drawing.table)
        for k, column in enumerate(drawing.table.columns):
            if pd.api.types.is_numeric_dtype(drawing.table[column]):
                drawn = drawing.table[column].to_numpy(dtype=float)
                values = pd.to_numeric(found.iloc[:, k].map(unbounded))
                np.testing.assert_allclose(values.to_numpy(float), drawn, equal_nan=True)


def test_sheets_are_tables_with_a_head_that_stays_and_filters() -> None:
    book = book_of(xlsx_of("sv"))
    for sheet in book.worksheets[1:]:
        (table,) = sheet.tables.values()
        assert table.ref == sheet.dimensions
        assert table.autoFilter is not None
        assert table.column_names == [cell.value for cell in sheet[1]]
        assert sheet.freeze_panes == "A2"
        assert sheet["A1"].font.bold
        assert all(sheet.column_dimensions[cell.column_letter].width >= 8 for cell in sheet[1])


def test_no_text_becomes_a_formula() -> None:
    book = book_of(workbook_of(bad_run(), VERSIONS, "sv"))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    texts = " ".join(str(cell.value) for cell in cells)
    for text in (TAG, "#N/A", *FORMULAS):
        assert text in texts
    begin = {cell.value[0] for cell in cells if cell.data_type == "s" and cell.value[0] in "=+-@"}
    assert begin == set("=+-@")
    begun = [cell for cell in cells if cell.data_type == "s" and cell.value[0] in "=+-@"]
    assert all(cell.quotePrefix for cell in begun)


def test_values_that_excel_does_not_know() -> None:
    frame = pd.DataFrame(
        {"a": [1.5, math.nan, math.inf, -math.inf], "=b": ["x\x00", None, "", "é"]}
    )
    sheets = [Sheet("One", "about", frame, {"a": [WHOLE, WHOLE, WHOLE, WHOLE]})]
    sheet = book_of(workbook("t", "en", [("n", 3)], sheets))["One"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows == [("a", "=b"), (1.5, "x\ufffd"), (None, None), ("∞", None), ("−∞", "é")]
    assert sheet["B1"].data_type == "s"
    assert sheet["A2"].number_format == WHOLE


def test_names_of_sheets_are_told_apart() -> None:
    wanted = ["History: a/b [c]", "x" * 40, "x" * 40, "X" * 40, "'", "é" * 31]
    names: list[str] = []
    for name in wanted:
        names.append(sheet_name(name, names))
    assert names[0] == "History a b c"
    assert len({name.casefold() for name in names}) == len(wanted)
    assert all(0 < len(name) <= 31 for name in names)


# Excel: a comparison --------------------------------------------------------------------------

COACHES = "teams.coaching.staff.coach.fte.2019"
DIFFERENCES = {
    "Difference": "difference", "Difference, from": "difference_lower",
    "Difference, to": "difference_upper", "Chance that it is better": "probability_better",
    "On average": "mean", "Average, from": "lower", "Average, to": "upper",
}  # fmt: skip
OF_COMPARISONS = {
    "Replications compared": "n", "Gain from common random numbers": "variance_reduction",
    "Would have been shown": "detectable", "Otherwise in at most": "most_otherwise",
}  # fmt: skip


@lru_cache
def comparison_of(replications: int = 30) -> Comparison:
    base = flowsim.load("scenarios/orebro.toml")
    settings = {"Five coaches": {COACHES: 5}, "Direct": {"referrals.gk_direct.to": "mapping"}}
    return compare(
        base,
        {name: flowsim.load("scenarios/orebro.toml", set=one) for name, one in settings.items()},
        replications=replications,
    )


@lru_cache
def comparison_book(language: str) -> Workbook:
    return book_of(workbook_of(comparison_of(), VERSIONS, language))


def unbounded(cell: object) -> object:
    """Return what a cell of numbers holds."""
    return np.inf if cell == "∞" else cell


def column(frame: pd.DataFrame, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the numbers of a column; what has no limit is written as a sign."""
    return frame[name].map(unbounded).to_numpy(dtype=float)


def test_a_comparison_has_every_figure_of_every_option_and_how_they_differ() -> None:
    comparison = comparison_of()
    expected = comparison.to_frame()
    found = frame_of(comparison_book("en"), "All figures compared")
    names = [kpi.name for kpi in comparison.kpis]
    assert list(found["Name"]) == [name for name in names for _ in range(3)]
    assert list(found["Option"][:3]) == ["Starting point", "Five coaches", "Direct"]
    assert found["Figure"][0] == "Mean wait from referral to the first start"
    others = found[found["Option"] != "Starting point"]
    for head, name in {**DIFFERENCES, **OF_COMPARISONS}.items():
        np.testing.assert_allclose(column(others, head), expected[name], rtol=1e-15, err_msg=head)
    assert list(others["Clear difference"] == "yes") == list(expected["claimed"])
    assert set(others["Clear difference"]) == {"yes", "no"}
    assert all(others["The difference in words"].str.len() > 10)
    base = found[found["Option"] == "Starting point"]
    once = expected[expected["variant"] == "Direct"]
    for head, name in {"On average": "mean", "Average, from": "lower"}.items():
        np.testing.assert_allclose(column(base, head), once[f"base_{name}"], rtol=1e-15)
    assert base["As it is written"].notna().all()
    assert base.drop(columns="As it is written").loc[:, "Difference":].isna().all(axis=None)


def test_numbers_of_a_comparison_are_written_as_their_unit_wants() -> None:
    sheet = comparison_book("en")["All figures compared"]
    heads = [cell.value for cell in sheet[1]]
    at = heads.index("Difference, from") + 1
    units = {kpi.name: kpi.unit for kpi in comparison_of().kpis}
    written = set()
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, at).value is not None:
            code = sheet.cell(row, at).number_format
            assert code == format_of(units[str(sheet.cell(row, 2).value)])
            written.add(code)
    assert written == {SHARE, NUMBER, MONEY}


def test_a_comparison_says_what_differs_and_who_waits() -> None:
    book = comparison_book("en")
    found = frame_of(book, "What differs").set_index("Name")
    assert found.loc[COACHES].tolist()[1:] == [4.5, 5, 4.5]
    assert found.loc["referrals.gk_direct.to"].tolist()[1:] == ["IRMA", "IRMA", "Kartläggning"]
    waiting = comparison_of().waiting
    assert waiting is not None
    found = frame_of(book, "Waiting month by month")
    assert list(found["Name"]) == list(waiting["step"])
    assert list(found["Month"]) == list(waiting["month"])
    for head, name in {"On average": "mean", "Median": "median", "95 % lie below": "p95"}.items():
        np.testing.assert_allclose(column(found, head), waiting[name], rtol=1e-12)
    inputs = inputs_of(comparison_of().scenarios["orebro"])
    assert list(frame_of(book, "Assumptions")["Name"]) == [spelled(one.path) for one in inputs]


def test_a_comparison_is_told_in_swedish() -> None:
    book = comparison_book("sv")
    assert book.sheetnames == [
        "Om arbetsboken", "Alla mått som jämförs", "Vad som skiljer", "Kö månad för månad",
        "Antaganden",
    ]  # fmt: skip
    assert [cell.value for cell in book["Alla mått som jämförs"][1]][:14] == [
        "Mått", "Namn", "Period", "Enhet", "Alternativ", "I genomsnitt", "Medelvärdet, från",
        "Medelvärdet, till", "Skillnad", "Skillnad, från", "Skillnad, till", "Säkerställd skillnad",
        "Chans att det är bättre", "Skillnaden i ord",
    ]  # fmt: skip
    first = {row[0]: row[1] for row in book.worksheets[0].iter_rows(values_only=True) if row[0]}
    assert first["Alternativ"] == "Utgångsläget; Five coaches; Direct"
    assert first["Jämförs med"] == "Utgångsläget"
    assert first["Förlopp"] == 30
    assert "Utgångsläget" in str(first["Så läses den"])


# Excel: an experiment -------------------------------------------------------------------------

DESK = """
scenario = { title = "The desk", language = "sv" }
run = { start = 2025-01-01, until = 2025-12-31 }
referrals.all = { to = "desk", rate = "3 per week" }
teams.team = { places = 1, cost_per_place = 100000 }
steps.desk = { team = "team", length_of_stay = "2 days", next = { done = 1 } }
exits.done = "done"
outcomes.completed = ["done"]
"""
HEAD = f"""
[experiment]
title = "=1+1 {TAG}"
source = "the plan"
base = "desk.toml"
kpis = ["desk.wait.mean", "completed.share", "cost.total"]
replications = 12
"""
PLACES = 'name = "places"\nlabel = "Name"\nkey = "teams.team.places"\n'
STAY = 'name = "stay"\nlabel = "Stay"\nkey = "steps.desk.length_of_stay"\nunit = "days"\n'
DESIGNS = {
    "grid": f'design = "grid"\n[[factors]]\n{PLACES}values = [1, 2]\n[[factors]]\n{STAY}'
    "values = [1, 2.5]\n[answer]\n"
    'text = "The wait is {desk.wait.mean at base}."\nholds = ["desk.wait.mean at base < 99"]\n'
    'rests_on.assumed = ["the stay"]\n',
    "broken": f'design = "grid"\n[[factors]]\n{PLACES}values = [1, 2]\n[answer]\n'
    'text = "It is {desk.wait.mean at base}."\nholds = ["desk.wait.mean at base < -5"]\n',
    "list": 'design = "list"\n[[variants]]\nname = "now"\n[[variants]]\nname = "two"\n'
    'label = "@SUM(A1)"\nset = { "teams.team.places" = 2 }\n',
    "one_at_a_time": f'design = "one_at_a_time"\n[[factors]]\n{PLACES}values = [2]\n'
    f"[[factors]]\n{STAY}low = 1\nhigh = 3\n",
    "sobol": f'design = "sobol"\nn = 4\n[[factors]]\n{STAY}low = 1\nhigh = 2\n'
    f"[[factors]]\n{PLACES}low = 1\nhigh = 2\nwhole = true\n",
    "morris": f'design = "morris"\nn = 3\n[[factors]]\n{STAY}low = 1\nhigh = 2\n'
    f"[[factors]]\n{PLACES}low = 1\nhigh = 2\nwhole = true\n",
}


@lru_cache
def experiment_folder(design: str) -> Path:
    folder = Path(mkdtemp())
    (folder / "desk.toml").write_text(DESK, "utf-8")
    (folder / "places.toml").write_text(HEAD + DESIGNS[design], "utf-8")
    run_experiment(load_experiment(folder / "places.toml"), folder / "out")
    return folder / "out"


@lru_cache
def experiment_of(design: str) -> ExperimentResults:
    return reading.read(experiment_folder(design))


@lru_cache
def experiment_xlsx(design: str, language: str = "en") -> bytes:
    return workbook_of(experiment_of(design), VERSIONS, language)


def about_of(book: Workbook) -> dict[object, object]:
    return {row[0]: row[1] for row in book.worksheets[0].iter_rows(values_only=True) if row[0]}


@pytest.mark.parametrize("design", DESIGNS)
def test_an_experiment_has_every_figure_of_every_point(design: str) -> None:
    expected = experiment_of(design).summary()
    order = {kpi.name: at for at, kpi in enumerate(experiment_of(design).experiment.kpis)}
    expected = expected.sort_values(
        ["kpi", "number"], key=lambda c: c.map(order) if c.name == "kpi" else c, ignore_index=True
    )
    found = frame_of(book_of(experiment_xlsx(design)), "All figures")
    assert list(found["Name"]) == list(expected["kpi"])
    assert list(found["Number of the point"]) == list(expected["number"])
    has_base = design in ("grid", "broken", "list", "one_at_a_time")
    heads = DIFFERENCES if has_base else {h: DIFFERENCES[h] for h in list(DIFFERENCES)[-3:]}
    for head, name in {**heads, "Replications": "n"}.items():
        values = expected[name].to_numpy(dtype=float)
        np.testing.assert_allclose(column(found, head), values, rtol=1e-15, err_msg=head)
    if has_base:
        verdicts = {True: "yes", False: "no"}
        known = expected["difference"].notna()
        said = [verdicts[one] if is_known else None
                for one, is_known in zip(expected["claimed"], known, strict=True)]  # fmt: skip
        assert list(found["Clear difference"].astype(object).where(known, None)) == said
        assert {"yes", "no"} & set(said)
    else:
        assert "Difference" not in found


def test_points_have_the_values_of_what_is_varied_as_numbers() -> None:
    """A factor called as another column gets a head of its own."""
    found = frame_of(book_of(experiment_xlsx("grid")), "Points")
    assert list(found["Name"]) == [1, 1, 2, 2]
    assert list(found["Stay"]) == [1, 2.5, 1, 2.5]
    assert list(found["Compared with"]) == ["yes", "no", "no", "no"]
    assert found["As the scenario file has it"][1] == (
        'teams.team.places = 1\nsteps.desk.length_of_stay = "2.5 days"'
    )
    figures = frame_of(book_of(experiment_xlsx("grid")), "All figures")
    assert list(figures["Name (2)"][:4]) == [1, 1, 2, 2]
    alone = frame_of(book_of(experiment_xlsx("one_at_a_time")), "Points")
    assert list(alone["Input"].fillna("")) == ["", "Name", "Stay", "Stay"]
    np.testing.assert_array_equal(column(alone, "Value"), [math.nan, 2, 1, 3])
    options = frame_of(book_of(experiment_xlsx("list")), "What is varied")
    assert list(options["Option"]) == ["now", "@SUM(A1)"]


def test_the_first_sheet_has_the_answer_and_what_it_rests_on() -> None:
    about = about_of(book_of(experiment_xlsx("grid")))
    results = experiment_of("grid")
    mean = results.figures[0].mean
    assert str(about["The answer"]).startswith(f"The wait is {mean:.1f}\u00a0days (")
    assert about["It rests on: assumed"] == "the stay"
    assert about["Asked in"] == "the plan"
    assert (about["Number of points"], about["Replications"]) == (4, 12)
    assert about["Compared with"] == "Name: 1, Stay: 1 days"
    broken = about_of(book_of(experiment_xlsx("broken")))
    assert "desk.wait.mean at base < -5" in str(broken["The answer"])
    assert "It is" not in str(broken["The answer"])
    assert "The answer" not in about_of(book_of(experiment_xlsx("list")))


@pytest.mark.parametrize("design", ["sobol", "morris"])
def test_indices_are_those_of_the_experiment(design: str) -> None:
    results = experiment_of(design)
    found = frame_of(book_of(experiment_xlsx(design)), "Which input matters most")
    kpi = results.experiment.kpis[0]
    expected = indices_of(results, kpi)
    own = found[found["Name"] == kpi.name]
    for head, name in {"Value": "value", "Value, from": "lower", "Value, to": "upper"}.items():
        np.testing.assert_allclose(column(own, head), expected[name], rtol=1e-15)
    assert set(own["Input"]) == {"Stay", "Name", "Chance alone (no input)"}


def test_an_experiment_is_told_in_swedish() -> None:
    book = book_of(experiment_xlsx("sobol", "sv"))
    assert book.sheetnames == [
        "Om arbetsboken", "Alla mått", "Punkter", "Vad som varieras",
        "Vilket ingångsvärde som…", "Antaganden",
    ]  # fmt: skip
    assert [cell.value for cell in book["Punkter"][1]] == [
        "Punktens nummer", "Punkt", "Vad den sätter", "Som det skrivs i scenariofilen", "Frö",
        "Stay", "Name",
    ]  # fmt: skip
    about = about_of(book_of(experiment_xlsx("grid", "sv")))
    assert about["Vilar på: antaget"] == "the stay"


@pytest.mark.parametrize("design", DESIGNS)
def test_no_text_of_an_experiment_becomes_a_formula(design: str) -> None:
    book = book_of(experiment_xlsx(design))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    begun = [cell for cell in cells if str(cell.value)[0] in "=@" and cell.data_type == "s"]
    assert book.worksheets[0]["A1"].value == f"=1+1 {TAG}"
    assert begun
    assert all(cell.quotePrefix for cell in begun)


def test_no_two_heads_of_a_table_are_alike() -> None:
    wanted = ["Input", "input", "a\nb", "a b", "", "x" * 300, "X" * 300]
    heads = distinct_heads(wanted)
    assert heads[:5] == ["Input", "input (2)", "a b", "a b (2)", "–"]
    assert len({head.casefold() for head in heads}) == len(wanted)
    assert all(0 < len(head) <= 255 for head in heads)


@pytest.mark.parametrize("kind", ["comparison", "experiment"])
def test_the_command_writes_the_workbook_of_any_folder(kind: str, tmp_path: Path) -> None:
    if kind == "comparison":
        folder = comparison_of().save(tmp_path / "out")
    else:
        folder = experiment_folder("list")
    out = tmp_path / "book.xlsx"
    words = ["report", str(folder), "--format", "xlsx", "--out", str(out)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert out.read_bytes() == xlsx(document_of_folder(folder))
    assert manifest.kind_of(folder).name == kind
    assert book_of(out.read_bytes()).sheetnames[0] == "Om arbetsboken"
    done = CliRunner().invoke(app, [*words, "--tornado", "cost.total"])
    assert str(done.exception) == "--tornado: found --format xlsx; allowed: html, pdf, docx"


# Both -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["docx", "xlsx"])
def test_the_same_results_give_the_same_bytes(form: str) -> None:
    results = bad_run()
    if form == "docx":
        one, other = (docx(document_of(results, VERSIONS, "en")) for _ in range(2))
    else:
        one, other = (workbook_of(results, VERSIONS, "en") for _ in range(2))
        once = workbook_of(experiment_of("list"), VERSIONS, "en")
        assert once == experiment_xlsx("list")
        again = workbook_of(comparison_of(), VERSIONS, "en")
        assert again == workbook_of(comparison_of(), VERSIONS, "en")
    assert one == other
    with zipfile.ZipFile(io.BytesIO(one)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"dcterms:created" not in parts.read("docProps/core.xml")
        assert not any("thumbnail" in name for name in parts.namelist())


@pytest.mark.parametrize("form", ["docx", "xlsx"])
def test_the_command_writes_the_form(form: str, tmp_path: Path) -> None:
    folder = bad_run().save(tmp_path / "run")
    done = CliRunner().invoke(app, ["report", str(folder), "--format", form, "--language", "en"])
    assert done.exit_code == 0, done.output
    content = (folder / f"report.{form}").read_bytes()
    assert zipfile.is_zipfile(io.BytesIO(content))
    assert f"report.{form}" in done.output


def test_files_are_small() -> None:
    assert len(docx_of("sv")) < MOST_BYTES
    assert len(xlsx_of("sv")) < MOST_BYTES


# LibreOffice ----------------------------------------------------------------------------------


def converted(content: bytes, form: str, into: str, folder: Path) -> list[Path]:
    """Let LibreOffice read a file and write it in another form."""
    (folder / f"report.{form}").write_bytes(content)
    out = folder / "out"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [str(SOFFICE), profile, "--headless", "--convert-to", into, "--outdir", str(out)]
    subprocess.run(
        [*command, str(folder / f"report.{form}")],
        check=True, capture_output=True, timeout=MOST_SECONDS,
    )  # fmt: skip
    return sorted(out.iterdir())


def words_of(text: str) -> str:
    return " ".join(text.split())


def number_of(text: str) -> float:
    """Read a number; LibreOffice writes a share of 0.5 as 50%."""
    return float(text[:-1]) / 100 if text.endswith("%") else float(text or "nan")


@needs_office
@pytest.mark.slow
def test_libreoffice_reads_all_of_the_file_for_word(tmp_path: Path) -> None:
    (path,) = converted(docx_of("sv"), "docx", "txt:Text (encoded):UTF8", tmp_path)
    text = words_of(path.read_text(encoding="utf-8-sig"))
    for section in paper_of("sv").sections:
        assert words_of(section.title) in text
        for block in section.blocks:
            if isinstance(block, Picture):
                assert words_of(block.text) in text
                assert words_of(block.caption) in text
            tables = [block] if isinstance(block, Table) else []
            for cell in [c for table in tables for row in table.rows for c in row]:
                assert words_of(cell) in text


@needs_office
@pytest.mark.slow
def test_libreoffice_prints_the_file_for_word_on_few_pages(tmp_path: Path) -> None:
    (path,) = converted(docx_of("sv"), "docx", "pdf", tmp_path)
    pages = path.read_bytes().count(b"/Type/Page\n") + path.read_bytes().count(b"/Type/Page/")
    assert 8 <= pages <= 25


@needs_office
@pytest.mark.slow
def test_libreoffice_reads_every_number_of_the_workbook(tmp_path: Path) -> None:
    """Each sheet becomes a CSV file with numbers as they are, not as they are shown."""
    options = "44,34,76,1,,1033,false,false,false,false,false,-1"
    into = f"csv:Text - txt - csv (StarCalc):{options}"
    paths = converted(xlsx_of("en"), "xlsx", into, tmp_path)
    book = book_of(xlsx_of("en"))
    assert len(paths) == len(book.sheetnames)
    (path,) = [path for path in paths if "All figures" in path.name]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    summary = run_of("orebro").summary(period=None, group=None)
    assert [row["Name"] for row in rows] == list(summary["kpi"])
    means = [number_of(row["On average"]) for row in rows]
    np.testing.assert_allclose(means, summary["mean"], rtol=1e-9, equal_nan=True)


@needs_office
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["comparison", "experiment"])
def test_libreoffice_reads_the_differences(kind: str, tmp_path: Path) -> None:
    if kind == "comparison":
        content, name = workbook_of(comparison_of(), VERSIONS, "en"), "All figures compared"
        expected = [
            math.nan if one is None else one.mean
            for kpi in comparison_of().kpis
            for option in comparison_of().scenarios
            for one in (comparison_of().differences.get((kpi.name, option)),)
        ]
    else:
        content, name = experiment_xlsx("grid"), "All figures"
        figures = sorted(
            experiment_of("grid").figures,
            key=lambda one: (experiment_of("grid").experiment.kpis.index(one.kpi), one.point),
        )
        expected = [math.nan if f.difference is None else f.difference.mean for f in figures]
    options = "44,34,76,1,,1033,false,false,false,false,false,-1"
    paths = converted(content, "xlsx", f"csv:Text - txt - csv (StarCalc):{options}", tmp_path)
    (path,) = [path for path in paths if name in path.name]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [number_of(row["Difference"]) for row in rows]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12, equal_nan=True)


@needs_office
@pytest.mark.slow
def test_libreoffice_computes_no_text_of_a_scenario(tmp_path: Path) -> None:
    options = "44,34,76,1,,1033,false,true,false,false,false,-1"
    content = workbook_of(bad_run(), VERSIONS, "sv")
    paths = converted(content, "xlsx", f"csv:Text - txt - csv (StarCalc):{options}", tmp_path)
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    for formula in (*FORMULAS, "#N/A", TAG):
        assert formula in text


@pytest.mark.parametrize("language", ["en", "sv"])
def test_columns_of_differences_that_are_formatted_are_there_and_explained(language: str) -> None:
    paper = ComparisonPaper(comparison_of(), language)
    columns = difference_columns([], [], paper)
    assert set(difference_formats(["days"], paper)) <= set(columns)
    words = difference_words("A", paper)
    assert all(f"{head}:" in words for head in list(columns)[-2:])
