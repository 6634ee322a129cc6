"""Lists as people have them: what is read, what is told, and what is refused in one line."""

from __future__ import annotations

import datetime as dt
import os
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

import flowsim
from flowsim.cli import main
from flowsim.listing.columns import Columns, match
from flowsim.listing.dates import read_dates
from flowsim.listing.importing import Imported, import_file
from flowsim.listing.people import Window, listed
from flowsim.listing.reading import read_grids

FIRST, LAST = dt.date(2022, 1, 1), dt.date(2024, 12, 31)
HEADS = ("Remissdatum", "Startdatum", "Slutdatum", "Avslutsorsak")
ROWS = [
    (dt.date(2022, 1, 10), dt.date(2022, 2, 1), dt.date(2022, 9, 30), "Arbete"),
    (dt.date(2022, 3, 5), dt.date(2022, 3, 15), None, ""),
    (dt.date(2023, 5, 31), dt.date(2023, 6, 12), dt.date(2024, 1, 13), "Åter till AF"),
]


def days_of(path: Path, columns: Columns | None = None) -> list[tuple[object, ...]]:
    """What is read of a list: dates and reasons, as they stand in ROWS."""
    told = columns or Columns()
    found = match(read_grids(path), "active", told, path.name)
    rows = listed(found, Window("active", FIRST, LAST), told, path.name)
    dates = [
        [None if np.isnan(day) else dt.date.fromordinal(int(day)) for day in column]
        for column in (rows.referral, rows.start, rows.end)
    ]
    return list(zip(*dates, rows.reason, strict=True))


def text_of(form: Callable[[dt.date], str], separator: str = ";") -> str:
    lines = [separator.join(HEADS)]
    for *dates, reason in ROWS:
        lines.append(separator.join([*("" if d is None else form(d) for d in dates), reason]))  # type: ignore[arg-type]
    return "\n".join(lines) + "\n"


def serial(day: dt.date) -> int:
    return (day - dt.date(1899, 12, 30)).days


FORMS: dict[str, Callable[[dt.date], str]] = {
    "iso": lambda day: f"{day}",
    "with time": lambda day: f"{day} 00:00",
    "iso with T": lambda day: f"{day}T08:15:00",
    "swedish": lambda day: f"{day.day}/{day.month} {day.year}",
    "short": lambda day: f"{day:%y%m%d}",
    "compact": lambda day: f"{day:%Y%m%d}",
    "serial": lambda day: f"{serial(day)}",
    "serial with a decimal comma": lambda day: f"{serial(day)},34375",
    "points": lambda day: f"{day.day}.{day.month}.{day.year}",
    "month first": lambda day: f"{day.month}/{day.day}/{day.year}",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_dates_is_read(form: str, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text_of(FORMS[form]), encoding="utf-8")
    assert days_of(path) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", "\t", ",", "|"])
def test_every_usual_text_file_is_read(encoding: str, separator: str, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text_of(FORMS["iso"], separator), encoding=encoding)
    assert days_of(path) == ROWS


def test_cells_may_have_line_breaks_and_separators(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        'Start;"Avsluts-\norsak";Slut\n2022-02-01;"Åter till;\nAF";2022-09-30\n', encoding="utf-8"
    )
    found = days_of(path, Columns(roles={"reason": "Avsluts- orsak"}))
    assert found == [(None, dt.date(2022, 2, 1), dt.date(2022, 9, 30), "Åter till; AF")]


def test_a_title_may_stand_above_the_headings(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Lista över insatser;;;\n;;;\n" + text_of(FORMS["iso"]), encoding="utf-8")
    assert days_of(path) == ROWS


def test_dates_whose_order_cannot_be_told_are_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Start;Slut\n01/02/2022;05/06/2022\n", encoding="utf-8")
    with pytest.raises(flowsim.ScenarioError, match=r"list\.csv:2: column A .* cannot be told"):
        days_of(path)
    found = days_of(path, Columns(dates="month/day/year"))
    assert found[0][1:3] == (dt.date(2022, 1, 2), dt.date(2022, 5, 6))


def test_both_orders_in_one_column_are_told_for_what_can_be_either() -> None:
    found = read_dates(["31/01/2022", "01/31/2022", "03/04/2022"])
    assert found.unsure == [2]
    assert found.days[:2] == [dt.date(2022, 1, 31)] * 2


def test_forms_that_are_sure_may_be_mixed_and_are_told() -> None:
    found = read_dates(["2022-01-31", "31/1 2022", 44592, "9999-12-31", "pågår", " "])
    assert found.days == [dt.date(2022, 1, 31)] * 3 + [None] * 3
    assert list(found.forms) == ["2024-01-31", "31/1 2024", "Excel's number of a day"]
    assert found.far == [3]


# Workbooks --------------------------------------------------------------------------------------


def workbook(path: Path, *sheets: list[tuple[object, ...]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"Blad{number}")
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("name", ["list.xlsx", "list.xlsm", "list"])
def test_a_workbook_is_read(name: str, tmp_path: Path) -> None:
    """With another name too; macros, if it has any, are never looked at."""
    path = workbook(tmp_path / "list.xlsx", [HEADS, *ROWS], [("Om listan",)])
    path = path.rename(tmp_path / name)
    assert days_of(path) == ROWS


def test_without_the_extra_a_workbook_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    path = workbook(tmp_path / "list.xlsx", [HEADS, *ROWS])
    with pytest.raises(flowsim.ScenarioError, match=r"pip install 'flowsim\[import\]'"):
        days_of(path)


def test_numbers_of_days_texts_and_dates_may_be_mixed_in_a_workbook(tmp_path: Path) -> None:
    rows = [
        (ROWS[0][0], serial(dt.date(2022, 2, 1)), "2022-09-30", "Arbete"),
        ("220305", dt.datetime(2022, 3, 15, 8, 30), None, None),
        (*ROWS[2][:2], float(serial(dt.date(2024, 1, 13))), "Åter till AF"),
    ]
    assert days_of(workbook(tmp_path / "list.xlsx", [HEADS, *rows])) == ROWS


def test_formulas_are_not_worked_out_and_errors_are_nothing(tmp_path: Path) -> None:
    """A formula that was never calculated has no value; nothing is run to find one."""
    rows = [(*ROWS[0][:3], "Arbete"), (None, ROWS[1][1], "=TODAY()", '=HYPERLINK("http://a.b")')]
    path = workbook(tmp_path / "list.xlsx", [HEADS, *rows])
    assert days_of(path)[1] == (None, ROWS[1][1], None, "")


def test_two_sheets_that_fit_are_told_and_one_can_be_chosen(tmp_path: Path) -> None:
    path = workbook(tmp_path / "list.xlsx", [HEADS, *ROWS], [HEADS, *ROWS[:1]])
    with pytest.raises(flowsim.ScenarioError, match='several sheets that fit: "Blad1", "Blad2"'):
        days_of(path)
    assert len(days_of(path, Columns(sheet="Blad2"))) == 1


def bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as file:
            for _ in range(520):
                file.write(b" " * 1_000_000)
    return path


# What is refused --------------------------------------------------------------------------------


def written(name: str, content: bytes | str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def cut_off(folder: Path) -> Path:
    path = workbook(folder / "list.xlsx", [HEADS, *ROWS])
    path.write_bytes(path.read_bytes()[:-200])
    return path


def garbled(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "list.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook><sheets>")
    return folder / "list.xlsx"


LIST = "Start;Slut;Avslutsorsak\n2022-02-01;2022-09-30;Arbete\n2022-03-01;2022-08-30;Arbete\n"
REFUSED = {
    "empty": (written("list.csv", ""), "list.csv: found an empty file; "),
    "blank": (written("list.csv", " \n\n"), "list.csv: found an empty file; "),
    "binary": (written("list.csv", b"Start;\x00\x01\x02"), "list.csv: found a binary file; "),
    "unknown bytes": (
        written("list.csv", b"Start;Slut\n" + b"\x81\x8d\x9d"),
        "list.csv: found bytes in an unknown encoding; ",
    ),
    "letters of DOS": (
        written("list.csv", "Start;Slut;Orsak\n2022-02-01;2022-03-01;Påbörjad".encode("cp850")),
        "list.csv: found letters in an unknown encoding; ",
    ),
    "protected": (
        written("list.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)),
        "list.xlsx: found a workbook that is protected or of an old kind; ",
    ),
    "cut off": (cut_off, "list.xlsx: found a broken workbook; "),
    "garbled": (garbled, "list.xlsx: found a broken workbook; "),
    "another archive": (written("list.xlsx", "no archive"), "list.xlsx: found a broken workbook; "),
    "too large": (
        lambda folder: bomb(folder / "list.xlsx"),
        "list.xlsx: found a workbook that unpacks to more; allowed: at most 500 MB",
    ),
    "no column": (
        written("list.csv", "Kommun;Antal\nAle;4\n"),
        'list.csv: found no column that fits among "Kommun", "Antal"; allowed: headings for start',
    ),
    "no rows": (written("list.csv", "Start;Slut\n"), "list.csv: found no rows below the headings"),
    "bad date": (
        written("list.csv", LIST + "2022-02-30;;\n"),
        'list.csv:4: column A ("Start"): found no date; allowed: a date such as 2024-01-31',
    ),
    "end before start": (
        written("list.csv", LIST + "2022-05-01;2022-04-01;\n"),
        'list.csv:4: column B ("Slut"): found an end before the start; ',
    ),
    "row twice": (
        written("list.csv", LIST + "2022-02-01;2022-09-30;Arbete\n"),
        "list.csv:4: found a row twice; allowed: each stay once, and row 2 is the same",
    ),
    "outside": (
        written("list.csv", "Start;Slut\n1999-02-01;1999-09-30\n"),
        "list.csv: found no row that lies in the window; allowed: stays that go on between 2022",
    ),
    "too few": (written("list.csv", LIST), "list.csv: found fewer than 5 rows in the window; "),
    "missing": (lambda folder: folder / "list.csv", "list.csv: found no such file; "),
    "folder": (lambda folder: folder, ": found a folder; "),
}


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run flowsim import on a file in the working folder; return the exit code."""

    def run(name: str, *more: str) -> int:
        monkeypatch.chdir(tmp_path)
        window = ["--from", f"{FIRST}", "--until", f"{LAST}"]
        kind = [] if "--kind" in more else ["--kind", "active"]
        monkeypatch.setattr("sys.argv", ["flowsim", "import", name, *kind, *window, *more])
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return run


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_one_line_and_exit_code_2(
    case: str, tmp_path: Path, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    write, words = REFUSED[case]
    path = write(tmp_path)
    before = sorted(one.name for one in tmp_path.iterdir())
    assert command(path.name if path != tmp_path else ".") == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert words in lines[0]
    assert sorted(one.name for one in tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--kind", "all"], '--kind: found "all"; allowed: started, active or closed'),
        (["--drop", "names"], '--drop: found "names"; allowed: bad-date, '),
        (["--language", "fi"], '--language: found "fi"; allowed: sv or en'),
        (["--columns", "no.toml"], "no.toml: found no such file; allowed: a TOML file of columns"),
        (["--counts", "asks"], "--counts: found a list beside it; allowed: one of them"),
        (["--out", "a.txt"], "--out: found a.txt; allowed: a file that ends in .toml"),
        (["--out", "list.toml"], "list.toml: exists already; choose another name"),
    ],
)
def test_what_is_asked_for_wrongly_is_one_line(
    options: list[str],
    words: str,
    tmp_path: Path,
    command: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "list.csv").write_text(many_rows())
    (tmp_path / "list.toml").write_text("mine")
    assert command("list.csv", *options) == 2
    assert capsys.readouterr().err.startswith(words)
    assert (tmp_path / "list.toml").read_text() == "mine"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[colums]\nstart = 'Start'", "colums: found unknown key; allowed: sheet, dates, columns"),
        ("[columns]\nstar = 'Start'", "columns.star: found unknown key; allowed: referral, start"),
        ("[columns]\nstart = 'Begun'", 'list.csv: found no column "Begun" for start; allowed: one'),
        ("dates = 'd/m'", 'dates: found "d/m"; allowed: day/month/year or month/day/year'),
        ("sheet = 'Blad9'", 'found no sheet "Blad9"; allowed: no sheet'),
        ("[columns]\nstart = 3", "columns: found a table; allowed: a table of texts in quotes"),
    ],
)
def test_a_file_of_columns_is_checked(
    text: str,
    words: str,
    tmp_path: Path,
    command: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "list.csv").write_text(many_rows())
    (tmp_path / "columns.toml").write_text(text)
    assert command("list.csv", "--columns", "columns.toml") == 2
    assert words in capsys.readouterr().err


def many_rows(n: int = 60) -> str:
    first = dt.date(2022, 1, 3)
    lines = ["Start;Slut;Avslutsorsak"]
    for i in range(n):
        start = first + dt.timedelta(days=15 * i)
        end = start + dt.timedelta(days=60 + 7 * (i % 30))
        lines.append(f"{start};{end if end <= LAST else ''};{('Arbete', 'Studier')[i % 2]}")
    return "\n".join(lines) + "\n"


def test_wrong_rows_can_be_left_out_and_that_is_told(
    tmp_path: Path, command: Callable[..., int]
) -> None:
    text = many_rows() + "2022-02-30;;\n" + 6 * "2023-02-03;2023-01-01;Arbete\n"
    (tmp_path / "list.csv").write_text(text)
    assert command("list.csv") == 2
    assert command("list.csv", "--drop", "bad-date", "--drop", "end-before-start") == 0
    report = (tmp_path / "my_association_import.html").read_text()
    assert "rows with a date that is none: fewer than 5." in report
    assert "rows with an end before the start: about 5." in report


def imported(path: Path, **more: object) -> Imported:
    return import_file(path, "active", FIRST, LAST, **more)  # type: ignore[arg-type]


def test_rows_that_are_alike_may_be_two_people(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(many_rows() + "2022-01-03;2022-03-04;Arbete\n")
    with pytest.raises(flowsim.ScenarioError, match="found a row twice"):
        imported(path)
    assert imported(path, keep_duplicates=True).scenario.steps
    assert imported(path, drop=["duplicate"]).n_dropped == {"duplicate": 1}


def test_what_is_odd_is_told_with_rows(tmp_path: Path) -> None:
    lines = many_rows().splitlines()
    lines[0] = "Remiss;" + lines[0] + ";Id"
    lines[1:] = [f"2022-01-01;{line};{at}" for at, line in enumerate(lines[1:])]
    lines[5] = lines[5].replace("2022-01-01", "2024-12-30", 1)
    lines[7] = lines[7].replace("Arbete", "arbete.")
    lines[10] = lines[10].replace("Studier", "Studie")
    lines[11] = lines[11].replace("Arbete", "")
    _, start, end, _, name = lines[3].split(";")
    lines.append(f"2022-01-01;{dt.date.fromisoformat(start) + dt.timedelta(days=9)};{end};;{name}")
    path = tmp_path / "list.csv"
    path.write_text("\n".join(lines))
    told = {one.what: one.rows for one in imported(path).oddities}
    rows = {what.split(":")[0][:40]: found for what, found in told.items()}
    assert rows["Starts before the referral"] == (6,)
    assert rows["Labels in “{column}” that differ in capi"] == (8,)
    assert 11 in rows["Labels in “{column}” that may be the sam"]
    assert rows["Ends without a reason"] == (12, 62)
    assert rows["Stays of one person in one step that ove"] == (62,)


def test_what_was_matched_is_shown(
    tmp_path: Path, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.csv").write_text(many_rows())
    assert command("list.csv") == 0
    assert "read as start: the column “Start”" in capsys.readouterr().out
    flowsim.load(tmp_path / "my_association.toml")


@pytest.mark.slow
def test_200_000_rows_take_under_a_minute_and_a_gigabyte(tmp_path: Path) -> None:
    """Processor time of the command, and the most memory that it ever has."""
    rng = np.random.default_rng(1)
    n = 200_000
    start = np.datetime64("2015-01-01") + rng.integers(0, 3650, n)
    stay = rng.gamma(1.5, 200, n).astype(int)
    end = start + stay
    frame = pd.DataFrame({"Löpnummer": np.arange(n), "Start": start.astype(str)})
    frame["Slut"] = np.where(end <= np.datetime64("2024-12-31"), end.astype(str), "")
    frame["Orsak"] = np.where(frame["Slut"] == "", "", rng.choice(["Arbete", "Studier"], n))
    frame.to_csv(tmp_path / "list.csv", sep=";", index=False)
    words = ["list.csv", "--kind", "started", "--from", "2015-01-01", "--until", "2024-12-31"]
    begun = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "flowsim.cli", "import", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(flowsim.__file__).parent.parent)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert used.ru_utime + used.ru_stime - begun.ru_utime - begun.ru_stime < 60
    assert used.ru_maxrss < 1_000_000  # KB
