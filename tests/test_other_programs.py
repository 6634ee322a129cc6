"""Files of other programs, and files for other programs: letters, dates, separators, limits."""

from __future__ import annotations

import csv
import io
import math
import unicodedata
import zipfile
from datetime import date
from pathlib import Path

import docx as word_files
import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

import flowsim
from flowsim.cli.commands import app
from flowsim.engine.variates import _weibull
from flowsim.errors import ScenarioError
from flowsim.report.document import xlsx
from flowsim.report.document.blocks import Document, Section, Sheet, Table
from flowsim.report.document.docx import docx
from flowsim.report.document.office_file import units
from flowsim.report.documents import document_of
from flowsim.scenario.lists import read_list
from flowsim.scenario.provenance import inputs_of
from flowsim.study.results import default_folder

TEAM = """
[scenario]
title = "TITLE"
language = "sv"
[run]
start = 2025-01-01
until = 2025-12-31
replications = 5
[referrals.r]
to = "s"
rate = "60 per year"
[teams.t]
places = 8
[steps.s]
team = "t"
label = "Coaching"
length_of_stay = { mean = "6 weeks", cv = 0.5 }
next = { x = 1 }
[exits]
x = "EXIT"
"""
LISTED = """
[scenario]
title = "l"
[run]
start = 2025-01-01
until = 2025-12-31
replications = 2
[groups]
kommun = { "Örebro" = 0.5, "Kumla" = 0.5 }
[referrals.r]
to = "s"
file = "örebro.csv"
[teams.t]
per = "kommun"
places = { "Örebro" = 3, "Kumla" = 4 }
[steps.s]
team = "t"
length_of_stay = "10 days"
next = { x = 1 }
[exits]
x = "x"
[sources]
plan = "Plan"
[provenance]
'groups.kommun."Örebro"' = "stated: plan"
"""
START, UNTIL = date(2025, 1, 1), date(2025, 12, 31)
GROUPS = {"kommun": ("Örebro", "Kumla")}


def team(title: str = "Ett team", exit_label: str = "Klar") -> str:
    return TEAM.replace("TITLE", title).replace("EXIT", exit_label)


def run_of(tmp_path: Path, text: str, *more: str) -> Path:
    path = tmp_path / "a.toml"
    path.write_text(text, encoding="utf-8")
    words = ["run", str(path), "--out", str(tmp_path / "out"), "--quiet", "--no-report", *more]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    return tmp_path / "out"


def apart(text: str) -> str:
    """Write letters with their marks apart, as macOS does in names of files (NFD)."""
    return unicodedata.normalize("NFD", text)


# Letters with their marks apart ---------------------------------------------------------------


@pytest.mark.parametrize("scenario_apart", [False, True])
@pytest.mark.parametrize("list_apart", [False, True])
@pytest.mark.parametrize("name_apart", [False, True])
def test_a_letter_is_one_however_its_marks_are_written(
    tmp_path: Path, scenario_apart: bool, list_apart: bool, name_apart: bool
) -> None:
    as_it_is = {False: str, True: apart}
    rows = "date;kommun\n2025-01-02;Örebro\n2025-01-03;Kumla\n"
    name = as_it_is[name_apart]("örebro.csv")
    (tmp_path / name).write_text(as_it_is[list_apart](rows), encoding="utf-8")
    path = tmp_path / "a.toml"
    path.write_text(as_it_is[scenario_apart](LISTED), encoding="utf-8")
    scenario = flowsim.load(path, set=[apart('teams.t.places."Örebro"=5')])
    assert scenario.referrals["r"].file == "örebro.csv"
    assert scenario._source.lists["r"] == (
        (date(2025, 1, 2), {"kommun": "Örebro"}),
        (date(2025, 1, 3), {"kommun": "Kumla"}),
    )
    assert scenario._source.data["teams"]["t"]["places"] == {"Örebro": 5, "Kumla": 4}
    marks = {one.path: one.mark for one in inputs_of(scenario)}
    assert marks["groups", "kommun", "Örebro"] == "stated"
    lists = {name: as_it_is[list_apart](rows)}
    again = flowsim.loads(as_it_is[scenario_apart](LISTED), lists=lists)
    assert again._source.lists == scenario._source.lists


def test_a_key_in_both_ways_is_there_twice() -> None:
    text = LISTED.replace('"Kumla" = 0.5', f'"{apart("Örebro")}" = 0.5')
    with pytest.raises(ScenarioError, match=r"scenario:9: .*örebro|:9: groups.kommun"):
        flowsim.loads(text, lists={"örebro.csv": "date\n"})


def test_a_scenario_with_such_a_name_is_found(tmp_path: Path) -> None:
    (tmp_path / apart("å.toml")).write_text(team(), encoding="utf-8")
    assert flowsim.load(tmp_path / "å.toml").scenario.title == "Ett team"


# Lists ----------------------------------------------------------------------------------------


def rows_of(text: str) -> tuple[list[tuple[date, dict[str, str]]], list[str]]:
    rows, faults, _ = read_list(text, "l.csv", GROUPS, START, UNTIL)
    return list(rows), [str(fault) for fault in faults]


ONE = [(date(2025, 1, 2), {"kommun": "Örebro"})]


@pytest.mark.parametrize(
    "text",
    [
        "date,kommun\n2025-01-02,Örebro\n",
        "date;kommun\n2025-01-02;Örebro\n",
        "date\tkommun\n2025-01-02\tÖrebro\n",
        "sep=;\ndate;kommun\n2025-01-02;Örebro\n",
        "\ufeffsep=|\r\ndate|kommun\r\n2025-01-02|Örebro\r\n",
        "date;kommun\n2025-01-02 00:00;Örebro\n",
        "date;kommun\n2025-01-02 0:00;Örebro\n",
        "date;kommun\n2025-01-02T00:00:00;Örebro\n",
        "date;kommun\n2025-01-02 00:00:00,000;Örebro\n",
        "date;kommun\n2025-01-02T00:00:00.000Z;Örebro\n",
        "date;kommun;;\n2025-01-02;Örebro;;\n;;;\n",
        "date;kommun\n2025-01-02;Örebro;\n ; \n",
    ],
)
def test_lists_as_other_programs_write_them(text: str) -> None:
    assert rows_of(text) == (ONE, [])


@pytest.mark.parametrize(
    ("cell", "found", "allowed"),
    [
        ("45659", "45659, which is how Excel counts days", "2025-01-02: a date as YYYY-MM-DD"),
        ("45659,0", "45659,0, which is how Excel counts days", "2025-01-02: a date as YYYY-MM-DD"),
        (
            "2025-01-02 08:30",
            'a time of day ("2025-01-02 08:30")',
            "2025-01-02: a date as YYYY-MM-DD",
        ),
        ("2025/1/2", '"2025/1/2"', "2025-01-02: a date as YYYY-MM-DD"),
        ("20250102", '"20250102"', "2025-01-02: a date as YYYY-MM-DD"),
        ("2/1/2025", '"2/1/2025"', "a date as YYYY-MM-DD"),
        ("2025-02-30", '"2025-02-30"', "a date as YYYY-MM-DD"),
        ("19900101-1234", "a personal number", "a date as YYYY-MM-DD"),
    ],
)
def test_days_that_are_no_dates(cell: str, found: str, allowed: str) -> None:
    rows, faults = rows_of(f"sep=;\ndate;kommun\n{cell};Örebro\n")
    assert rows == []
    assert faults == [f"l.csv:3: date: found {found}; allowed: {allowed}"]


def test_the_day_that_excel_counts_is_that_of_a_spreadsheet() -> None:
    from openpyxl.utils.datetime import from_excel

    for serial in (20000, 45659, 73050):
        _, (fault,) = rows_of(f"date\n{serial}\n")
        assert f"allowed: {from_excel(serial).date()}:" in fault


# Values set from outside ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "path", "value"),
    [
        (
            'calendar.closures=[{from="07-01",until="07-31"}]',
            ("calendar", "closures"),
            [{"from": "07-01", "until": "07-31"}],
        ),
        ("costs.budget=3", ("costs", "budget"), 3),
        ('steps.s.patience.mean="3 weeks"', ("steps", "s", "patience", "mean"), "3 weeks"),
    ],
)
def test_a_table_of_the_language_is_added(
    setting: str, path: tuple[str, ...], value: object
) -> None:
    scenario = flowsim.loads(team(), set=[setting])
    assert scenario._source.at(path) == value
    assert scenario._source.tables.keys() == flowsim.loads(team())._source.tables.keys()


@pytest.mark.parametrize(
    ("setting", "fault"),
    [
        ("calender.closures=[]", 'calender: found no such table (set from outside); .*"calendar"'),
        ("teams.tt.places=3", 'teams.tt: found no such table .*did you mean "t"'),
        ("goals.g.at_most=3", "goals.g: found no such table"),
        ("steps.s.pateince.mean=3", 'steps.s.pateince: found no such table .*"patience"'),
        ("steps.s.team.x=3", "steps.s.team: found a value that is no table"),
    ],
)
def test_a_misspelt_table_is_not(setting: str, fault: str) -> None:
    with pytest.raises(ScenarioError, match=fault.replace("(", r"\(").replace(")", r"\)")):
        flowsim.loads(team(), set=[setting])


def test_a_new_name_is_set_as_a_whole() -> None:
    setting = 'exits.y={ label = "Annat" }'
    assert flowsim.loads(team(), set=[setting]).exits["y"].label == "Annat"


def test_closing_in_july_takes_no_other_file(tmp_path: Path) -> None:
    run_of(tmp_path, team(), "--set", 'calendar.closures=[{from="07-01",until="07-31"}]')


# Key paths ------------------------------------------------------------------------------------


CHANGES = """changes = [
  { from = 2025-03-01, rate = "30 per year" },
  { from = 2025-06-01, rate = "-3 per year" },
]
"""


def test_a_place_in_a_list_is_told_as_it_is_set() -> None:
    text = team().replace('rate = "60 per year"\n', f'rate = "60 per year"\n{CHANGES}')
    with pytest.raises(ScenarioError) as caught:
        flowsim.loads(text)
    (fault,) = caught.value.faults
    assert (fault.line, fault.path) == (14, "referrals.r.changes.1.rate")
    scenario = flowsim.loads(text, set=[f'{fault.path}="3 per year"'])
    (setting,) = scenario.settings
    assert setting.path == ("referrals", "r", "changes", 1, "rate")
    assert setting.before == "-3 per year"


def test_a_place_in_a_list_has_a_provenance() -> None:
    text = team().replace('rate = "60 per year"\n', f'rate = "60 per year"\n{CHANGES}')
    text = text.replace('"-3 per', '"3 per') + '[sources]\nplan = "Plan"\n[provenance]\n'
    scenario = flowsim.loads(f'{text}"referrals.r.changes.1.rate" = "stated: plan, 5"\n')
    told = {one.path: one for one in inputs_of(scenario)}
    one = told["referrals", "r", "changes", 1, "rate"]
    assert (one.value, one.mark, one.note) == ("3 per year", "stated", "5")
    lacking = [w.path for w in scenario.warnings if w.path.startswith("referrals.r.changes")]
    assert lacking == ["referrals.r.changes.0", "referrals.r.changes.1.from"]
    assert told["referrals", "r", "changes", 1].value == {"from": date(2025, 6, 1)}
    assert told["referrals", "r", "changes"].value == [
        {"from": date(2025, 3, 1), "rate": "30 per year"}
    ]
    with pytest.raises(
        ScenarioError, match=r"changes\.2\.rate.*found a key that is not in the file"
    ):
        flowsim.loads(f'{text}"referrals.r.changes.2.rate" = "stated: plan"\n')
    names = {row[0] for row in assumptions(scenario)}
    assert any("referrals.r.changes.1.rate" in name for name in names)


def assumptions(scenario: flowsim.Scenario) -> list[tuple[str, ...]]:
    results = flowsim.run(scenario, replications=2)
    sections = document_of(results, language="sv").sections
    (section,) = [one for one in sections if one.name == "assumptions"]
    return [tuple(map(str, row)) for block in section.blocks for row in getattr(block, "rows", ())]


# Files for other programs ---------------------------------------------------------------------


def test_a_label_that_no_font_has_stops_no_report(tmp_path: Path) -> None:
    folder = run_of(tmp_path, team(exit_label="Klart ✅ 😀"))
    for words in (["report", "--format", "docx"], ["report", "--format", "html"], ["figures"]):
        done = CliRunner().invoke(app, [words[0], str(folder), *words[1:]])
        assert done.exit_code == 0, done.output


def test_a_long_title_stops_no_paper() -> None:
    title = "Hur lång blir väntan om vi anställer en coach till? 😀 " * 8
    content = docx(Document(title, "sv", (), "1" * 300, "0"))
    about = word_files.Document(io.BytesIO(content)).core_properties
    assert 200 < units(about.title) <= 255
    assert about.title.endswith("…")
    assert units(about.subject) <= 255
    paragraphs = word_files.Document(io.BytesIO(content)).paragraphs
    assert paragraphs[0].text == title, "the paper itself has all of it"


def test_a_workbook_keeps_the_limits_of_excel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    frame = pd.DataFrame({"a": ["😀" * 20_000, "b", "c", "d"]})
    sheets = [Sheet("😀" * 31, "About.", frame), Sheet("history", "About.", frame.iloc[1:])]
    content = xlsx.workbook("t" * 300, "sv", (), sheets)
    book = openpyxl.load_workbook(io.BytesIO(content))
    names = book.sheetnames
    assert all(0 < units(name) <= 31 for name in names)
    assert not {"history"} & {name.casefold() for name in names}
    assert units(book[names[1]]["A2"].value) <= 32_767
    assert book[names[1]].max_row == 4
    told = [str(row[1].value) for row in book.worksheets[0].iter_rows(min_row=5)]
    assert told[0] == "About. Endast de första 3 av 4 raderna: fler ryms inte i en arbetsbok."
    assert told[1] == "About."
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert b"t" * 256 not in parts.read("docProps/core.xml")


def test_no_digit_of_a_seed_is_lost_in_a_workbook() -> None:
    facts = (("Frö", 2**63 - 1), ("Körningar", 100))
    book = openpyxl.load_workbook(io.BytesIO(xlsx.workbook("t", "sv", facts, ())))
    cells = {row[0].value: row[1].value for row in book.worksheets[0].iter_rows()}
    assert cells["Frö"] == "9223372036854775807"
    assert cells["Körningar"] == 100


@pytest.mark.parametrize("align", ["l", "r"])
def test_word_can_open_a_table_of_many_columns(align: str) -> None:
    heads = ("Mått", *(f"Alternativ {k}" for k in range(70)))
    table = Table("c", heads, (("Kostnad", *["1"] * 70),), "l" + align * 70)
    content = docx(Document("t", "sv", (Section("a", "a", (table,)),), "1", "0"))
    tables = word_files.Document(io.BytesIO(content)).tables
    assert max(len(one.columns) for one in tables) <= 63
    told = [cell.text for one in tables for cell in one.rows[0].cells]
    assert [head for head in told if head != "Mått"] == list(heads[1:])


def test_names_of_any_length_fit_a_disk() -> None:
    first, second = (
        default_folder(flowsim.loads(team(), name="ö" * 250 + end), 1, "kernel").name
        for end in ("a", "b")
    )
    assert len(first.encode()) < 255
    assert first != second


def events(path: Path, encoding: str, separator: str) -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=separator))


def test_a_log_for_excel(tmp_path: Path) -> None:
    folder = run_of(tmp_path, team(exit_label="=1+1"))
    paths = {}
    for form in ("plain", "excel-sv", "excel-en"):
        paths[form] = tmp_path / f"{form}.csv"
        words = ["export", str(folder), "--format", "csv", "--out", str(paths[form])]
        done = CliRunner().invoke(app, [*words, *([] if form == "plain" else ["--csv", form])])
        assert done.exit_code == 0, done.output
    assert not paths["plain"].read_bytes().startswith(b"\xef\xbb\xbf")
    for form in ("excel-sv", "excel-en"):
        assert paths[form].read_bytes().startswith(b"\xef\xbb\xbfreplication")
        assert paths[form].read_bytes().count(b"\xef\xbb\xbf") == 1
    plain = events(paths["plain"], "utf-8", ",")
    swedish = events(paths["excel-sv"], "utf-8-sig", ";")
    english = events(paths["excel-en"], "utf-8-sig", ",")
    assert len(plain) == len(swedish) == len(english) > 100
    for row, sv, en in zip(plain, swedish, english, strict=True):
        assert sv["day"].replace(",", ".") == row["day"] == en["day"]
        assert sv["time"] == en["time"] == row["time"][:19].replace("T", " ")
        assert sv["name"] == row["name"]
    assert "'=1+1" in {row["name"] for row in swedish}, "no text is a formula"
    assert "=1+1" not in {row["name"] for row in [*plain, *swedish, *english]}
    refused = CliRunner().invoke(
        app, ["export", str(folder), "--format", "xes", "--csv", "excel-sv"]
    )
    assert refused.exit_code == 2 or refused.exception is not None


# Calendars and distributions that cannot be taken at their word -------------------------------


@pytest.mark.parametrize(
    "closures",
    [
        '[{from="01-01",until="12-31"}]',
        '[{from="07-01",until="12-31"},{from="12-20",until="06-30"}]',
        "[{from=2024-01-01,until=2025-12-31}]",
    ],
)
def test_a_team_that_is_never_open_is_told(closures: str) -> None:
    closed = flowsim.loads(team(), set=[f"calendar.closures={closures}"])
    assert "closed on all its days, though s needs it" in str(closed.warnings)
    own = flowsim.loads(team(), set=[f"calendar.closures={closures}", "teams.t.closures=[]"])
    assert "closed on all" not in str(own.warnings)


@pytest.mark.parametrize(
    "closures",
    ['[{from="01-02",until="12-31"}]', "[{from=2024-01-01,until=2025-12-30}]"],
)
def test_one_open_day_is_enough(closures: str) -> None:
    closed = flowsim.loads(team(), set=[f"calendar.closures={closures}"])
    assert "closed on all" not in str(closed.warnings)


@pytest.mark.parametrize("kind", ["gamma", "lognormal", "weibull"])
@pytest.mark.parametrize("cv", [1e-6, 1e-4, 0.0012, 0.0014, 10.0])
def test_any_variation_that_is_allowed_is_run(kind: str, cv: float) -> None:
    stay = f'steps.s.length_of_stay={{distribution="{kind}",mean="6 weeks",cv={cv}}}'
    results = flowsim.run(flowsim.loads(team(), set=[stay]), replications=1)
    mean = results.summary().set_index("kpi").loc["s.length_of_stay.mean", "mean"]
    assert cv == 10.0 or mean == pytest.approx(42, rel=cv)  # over 5 standard errors of 30 stays


@pytest.mark.parametrize("kind", ["gamma", "lognormal", "weibull"])
def test_a_variation_too_small_to_be_computed_is_a_fault(kind: str) -> None:
    stay = f'steps.s.length_of_stay={{distribution="{kind}",mean="6 weeks",cv=1e-200}}'
    with pytest.raises(ScenarioError, match=r"length_of_stay.cv: .*; allowed: 0, or a number from"):
        flowsim.loads(team(), set=[stay])


def test_the_shape_of_a_steep_weibull_goes_on_where_gamma_functions_end() -> None:
    below, above = (_weibull(1.0, 0.0013 * (1 + e))[0] for e in (-1e-9, 1e-9))
    assert below == pytest.approx(above, rel=1e-6)
    assert _weibull(1.0, 1e-6)[0] * 1e-6 == pytest.approx(math.pi / math.sqrt(6), rel=1e-5)
