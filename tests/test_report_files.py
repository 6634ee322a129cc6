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
from flowsim.cli import app
from flowsim.report.document.blocks import Document, Picture, Table
from flowsim.report.document.docx import MOST_ROWS, docx
from flowsim.report.document.docx_styles import TEXT_WIDTH
from flowsim.report.document.docx_tables import column_widths, that_fit
from flowsim.report.document.png import png
from flowsim.report.figures import draw
from flowsim.report.run_paper import run_paper
from flowsim.report.run_paper.paper import Paper
from flowsim.report.run_paper.result_table import result_table
from flowsim.report.run_workbook import format_of, run_workbook
from flowsim.report.workbook import MONEY, NUMBER, SHARE, WHOLE, Sheet, sheet_name, workbook
from flowsim.scenario.provenance import inputs_of
from flowsim.scenario.source import spelled

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
    return run_paper(run_of("orebro"), VERSIONS, language)


@lru_cache
def docx_of(language: str) -> bytes:
    return docx(paper_of(language))


@lru_cache
def xlsx_of(language: str) -> bytes:
    return run_workbook(run_of("orebro"), VERSIONS, language)


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
    expected = result_table(Paper(run_of("orebro"), "sv", VERSIONS))
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
    content = docx(run_paper(bad_run(), VERSIONS, "sv"))
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
        assert drawn.size == (200, 40)
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
    for part in [*parts, result_table(Paper(run_of("orebro"), "sv", VERSIONS))]:
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
    assert cells["Replikationer"] == 20
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
    np.testing.assert_allclose(found["I medeltal"].to_numpy(dtype=float), table["mean"])
    assert list(found["Inom"]) == ["ja" if inside else "nej" for inside in table["inside"]]


def test_each_figure_has_all_its_numbers() -> None:
    book = book_of(xlsx_of("sv"))
    drawings = list(draw(Paper(run_of("orebro"), "sv", VERSIONS).results))
    for drawing, name in zip(drawings, book.sheetnames[-len(drawings) :], strict=True):
        found = frame_of(book, name)
        assert len(found) == len(drawing.table)
        for k, column in enumerate(drawing.table.columns):
            if pd.api.types.is_numeric_dtype(drawing.table[column]):
                drawn = drawing.table[column].to_numpy(dtype=float)
                values = pd.to_numeric(found.iloc[:, k].replace("∞", np.inf))
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
    book = book_of(run_workbook(bad_run(), VERSIONS, "sv"))
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


# Both -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["docx", "xlsx"])
def test_the_same_results_give_the_same_bytes(form: str) -> None:
    results = bad_run()
    if form == "docx":
        one, other = (docx(run_paper(results, VERSIONS, "en")) for _ in range(2))
    else:
        one, other = (run_workbook(results, VERSIONS, "en") for _ in range(2))
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
def test_libreoffice_computes_no_text_of_a_scenario(tmp_path: Path) -> None:
    options = "44,34,76,1,,1033,false,true,false,false,false,-1"
    content = run_workbook(bad_run(), VERSIONS, "sv")
    paths = converted(content, "xlsx", f"csv:Text - txt - csv (StarCalc):{options}", tmp_path)
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    for formula in (*FORMULAS, "#N/A", TAG):
        assert formula in text
