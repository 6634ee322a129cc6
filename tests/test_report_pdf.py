"""The report as PDF: whole for those who listen to it, nothing fetched, the same bytes each time.

Needs WeasyPrint with Pango, pikepdf and pdfua (in the extra `test`), and Debian's poppler-utils for
the fonts; what is missing is named by the test that is skipped. pdfua knows 16 of the 106 rules of
PDF/UA-1, so the tree is looked at here as well. Whether a PDF conforms says veraPDF alone.
"""

from __future__ import annotations

import builtins
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import flowsim
from flowsim.errors import ResultsError
from flowsim.report.document.blocks import Document, Facts, Picture, Prose, Section, Table
from flowsim.report.document.pdf import pdf, writer
from flowsim.report.documents import document_of

pikepdf = pytest.importorskip("pikepdf", reason="pikepdf is not installed")
try:
    writer()
except ResultsError as missing:
    pytest.skip(str(missing), allow_module_level=True)

SMALL = """
scenario.title = "Small"
run = { start = 2025-01-01, until = 2025-01-31 }
referrals.all = { to = "desk", cohort = [{ date = 2025-01-02, count = 1 }] }
steps.desk = { length_of_stay = "90 days", next = { done = 1 } }
exits.done = "Done"
"""
VERSIONS = {"flowsim": "1.2.3", "python": "3.11.0", "machine": "Linux x86_64"}
A4 = (210, 297)
MOST_PAGES = 25
TITLE = 'Ö <img src="http://127.0.0.1:9/title.png"> & "a" (b)'
CIRCLE = '<svg role="img" aria-label="x" width="90" height="90"><circle r="9"/></svg>'


def table(n_rows: int) -> Table:
    return Table("Numbers", ("Month", "People"), tuple((str(i), "1") for i in range(n_rows)), "lr")


def document(svg: str = CIRCLE, n_rows: int = 3, title: str = TITLE) -> Document:
    blocks = (
        Prose("A text."),
        Facts((("Seed", "1"), ("Engine", "kernel"))),
        Picture(svg, "A figure", "Its caption.", "What there is to see.", table(n_rows)),
    )
    return Document(title, "sv", (Section("one", "A section", blocks),), "1.2.3", "abc")


class Element:
    """A part of the tree that a screen reader follows."""

    def __init__(self, found: Any) -> None:
        self.found = found
        self.tag = str(found.S).removeprefix("/")

    @property
    def parts(self) -> list[Element]:
        """The elements below; text is a number and no element."""
        listed = self.found.get("/K", [])
        kids = list(listed) if isinstance(listed, pikepdf.Array) else [listed]
        return [Element(kid) for kid in kids if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]

    def below(self) -> Iterator[Element]:
        for part in self.parts:
            yield part
            yield from part.below()

    def attribute(self, name: str) -> str:
        return str(self.found.A[name])


class Tree:
    """A tagged PDF, opened."""

    def __init__(self, content: bytes) -> None:
        self.file = pikepdf.open(BytesIO(content))
        self.catalog = self.file.Root
        (top,) = self.catalog.StructTreeRoot.K
        self.elements = list(Element(top).below())

    def named(self, *tags: str) -> list[Element]:
        return [one for one in self.elements if one.tag in tags]


@pytest.fixture(scope="module")
def orebro() -> bytes:
    results = flowsim.run(flowsim.load("scenarios/orebro.toml"), replications=20)
    return pdf(document_of(results, VERSIONS, "sv"))


@pytest.fixture(scope="module")
def tree(orebro: bytes) -> Tree:
    return Tree(orebro)


# For everybody --------------------------------------------------------------------------------


def test_what_it_says_of_itself(tree: Tree) -> None:
    assert str(tree.catalog.Lang) == "sv"
    assert tree.catalog.MarkInfo.Marked
    assert tree.catalog.ViewerPreferences.DisplayDocTitle
    with tree.file.open_metadata() as about:
        assert about["pdfuaid:part"] == "1"
        assert about["dc:title"] == "Örebro: Samverkansteamet och IRMA 2017–2019"


def test_headings_come_in_order(tree: Tree) -> None:
    levels = [int(one.tag[1]) for one in tree.named("H1", "H2", "H3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert levels.count(2) == 12
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_bookmarks_are_the_sections(tree: Tree) -> None:
    with tree.file.open_outline() as outline:
        (top,) = outline.root
        names = [part.title for part in top.children]
    assert names[:3] == ["Svaret", "Diagram", "Resultatet i ord"]
    assert len(names) == 12


def test_every_figure_says_what_there_is_to_see(tree: Tree) -> None:
    texts = [str(one.found.get("/Alt", "")) for one in tree.named("Figure")]
    assert len(texts) == 8
    assert all(": " in text and len(text) > 40 for text in texts)
    assert any(text.startswith("Så rör sig deltagarna mellan steg och team: ") for text in texts)


def test_heads_of_tables_say_what_they_are_for(tree: Tree) -> None:
    """The first row is for the columns below, also where a table goes on; later rows begin so."""
    tables = tree.named("Table")
    assert len(tables) > 15
    for one in tables:
        rows = [row.parts for row in one.below() if row.tag == "TR"]
        assert len(rows) > 1
        assert {(cell.tag, cell.attribute("/Scope")) for cell in rows[0]} == {("TH", "/Column")}
        for first, *others in rows[1:]:
            assert (first.tag, first.attribute("/Scope")) == ("TH", "/Row")
            assert {cell.tag for cell in others} == {"TD"}
    loose = {str(one.found.get("/ID", "")) for one in tree.named("TH")}
    assert loose == {""}, "names of cells that no index leads to"


def test_lists_hold_items_alone(tree: Tree) -> None:
    lists = tree.named("L")
    assert {part.tag for one in lists for part in one.parts} == {"LI"}
    items = [tuple(part.tag for part in one.parts) for one in tree.named("LI")]
    assert set(items) == {("Lbl", "LBody")}
    for one in tree.elements:
        if one.tag not in ("L", "LI"):
            assert not {"LI", "Lbl", "LBody"} & {part.tag for part in one.parts}, one.tag


def test_another_program_finds_no_fault(orebro: bytes, tmp_path: Path) -> None:
    """One rule of pdfua 0.1.3 stops at a list of texts in a heading: the order, tested above."""
    pdfua = pytest.importorskip("pdfua", reason="pdfua is not installed")
    path = tmp_path / "report.pdf"
    path.write_bytes(orebro)
    report = pdfua.validate(path)
    assert report.findings == ()


def test_all_fonts_are_inside(orebro: bytes, tmp_path: Path) -> None:
    if shutil.which("pdffonts") is None:
        pytest.skip("pdffonts is not installed (Debian: apt-get install poppler-utils)")
    path = tmp_path / "report.pdf"
    path.write_bytes(orebro)
    listed = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout
    heads, _, *rows = listed.splitlines()
    begin = heads.index("emb")
    assert rows, "it has fonts"
    assert {row[begin : begin + 11].split()[0] for row in rows} == {"yes"}
    assert {row[begin : begin + 11].split()[2] for row in rows} == {"yes"}, "text can be copied"


# On paper -------------------------------------------------------------------------------------


def test_as_many_a4_pages_as_are_read(tree: Tree) -> None:
    sizes = {
        tuple(round(float(x) * 25.4 / 72) for x in list(p.mediabox)[2:]) for p in tree.file.pages
    }
    assert sizes == {A4}
    assert 8 <= len(tree.file.pages) <= MOST_PAGES


def test_numbers_of_figures_stand_open_or_are_said_to_stand_elsewhere() -> None:
    few, many = Tree(pdf(document(n_rows=12))), Tree(pdf(document(n_rows=13)))
    assert len(few.named("TR")) == 13
    assert many.named("Table") == []


def test_a_page_says_which_it_is(orebro: bytes, tmp_path: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (Debian: apt-get install poppler-utils)")
    path = tmp_path / "report.pdf"
    path.write_bytes(orebro)
    told = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
    *pages, end = told.stdout.decode().split("\f")
    assert end == ""
    for n, page in enumerate(pages, 1):
        foot = " ".join(page.strip().splitlines()[-1].split())
        assert foot == f"Örebro: Samverkansteamet och IRMA 2017–2019 {n} / {len(pages)}"


def test_the_first_page_says_enough_to_begin_with(orebro: bytes, tmp_path: Path) -> None:
    """The question, how many wait and how long, how sure that is, what it costs, a limitation."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (Debian: apt-get install poppler-utils)")
    path = tmp_path / "report.pdf"
    path.write_bytes(orebro)
    told = subprocess.run(["pdftotext", "-l", "1", path, "-"], capture_output=True, check=True)
    text = " ".join(told.stdout.decode().split())
    for said in (
        "Halveras väntan på kartläggning", "Kartläggning: medelväntan", "Slumpens osäkerhet",
        "Kostnad per avslut", "Begränsning: 25 av de 35",
    ):  # fmt: skip
        assert said in text, said


# Nothing fetched, nothing left to chance ------------------------------------------------------


class Asked(BaseHTTPRequestHandler):
    """A server that notes what it is asked for."""

    paths: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.paths.append(self.path)
        self.send_response(404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    Asked.paths.clear()
    with HTTPServer(("127.0.0.1", 0), Asked) as found:
        Thread(target=found.serve_forever, daemon=True).start()
        yield found
        found.shutdown()


def test_nothing_is_fetched(server: HTTPServer, tmp_path: Path) -> None:
    """Neither what a title says nor what a drawing names; a picture within the drawing is shown."""
    place = f"http://127.0.0.1:{server.server_port}"
    pixel = tmp_path / "pixel.png"
    pixel.write_bytes(PIXEL)
    for named in (f"{place}/drawn.png", pixel.as_uri()):
        drawn = CIRCLE.replace("<circle", f'<image href="{named}" width="9" height="9"/><circle')
        title = f'<img src="{place}/title.png"><link rel="stylesheet" href="{place}/a.css">'
        content = pdf(document(svg=drawn, title=title))
        assert images(content) == 0
    assert Asked.paths == []
    with Tree(content).file.open_metadata() as about:
        assert about["dc:title"] == title

    inside = drawn.replace(pixel.as_uri(), data_uri(PIXEL))
    assert images(pdf(document(svg=inside))) == 1


def images(content: bytes) -> int:
    file = pikepdf.open(BytesIO(content))
    return sum(str(one.get("/Subtype")) == "/Image" for one in file.objects if is_stream(one))


def is_stream(one: object) -> bool:
    return isinstance(one, pikepdf.Stream)


def data_uri(picture: bytes) -> str:
    import base64

    return f"data:image/png;base64,{base64.b64encode(picture).decode()}"


def one_pixel() -> bytes:
    from PIL import Image

    picture = BytesIO()
    Image.new("RGB", (1, 1), "red").save(picture, "png")
    return picture.getvalue()


PIXEL = one_pixel()


def test_the_same_paper_gives_the_same_bytes(tmp_path: Path) -> None:
    """Also in another process, whose order of sets is another."""
    here = pdf(document())
    code = (
        "import sys; sys.path.insert(0, 'tests'); from test_report_pdf import document, pdf; "
        "sys.stdout.buffer.write(pdf(document()))"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert here == there
    assert b"CreationDate" not in here
    with Tree(here).file.open_metadata() as about:
        assert not {"xmp:CreateDate", "xmp:ModifyDate", "xmp:MetadataDate"} & set(about)


# The command ----------------------------------------------------------------------------------


def command(*words: object, python: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command; `python` is run before it."""
    code = f"{python}\nfrom flowsim.cli import main\nmain()"
    line = [sys.executable, "-c", code, "report", *map(str, words), "--format", "pdf"]
    return subprocess.run(line, capture_output=True, encoding="utf-8", timeout=120, check=False)


def test_the_command_writes_a_pdf(tmp_path: Path) -> None:
    results = flowsim.run(flowsim.loads(SMALL), replications=1)
    folder = results.save(tmp_path / "run")
    done = command(folder, "--language", "en")
    assert (done.returncode, done.stderr) == (0, "")
    made = Tree((folder / "report.pdf").read_bytes())
    assert str(made.catalog.Lang) == "en"

    without = "import sys; sys.modules['weasyprint'] = None"
    done = command(folder, "--out", tmp_path / "none.pdf", python=without)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "a PDF needs WeasyPrint, which is not installed: pip install 'flowsim[pdf]'"
    ]
    assert not (tmp_path / "none.pdf").exists()


def test_a_missing_library_of_the_system_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def fails(name: str, *rest: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0': libpango-1.0-0: cannot open")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", fails)
    with pytest.raises(ResultsError) as said:
        writer()
    text = str(said.value)
    assert text.startswith("a PDF needs Pango, which WeasyPrint did not find (cannot load library")
    assert "apt-get install libpango-1.0-0" in text
    assert "\n" not in text
