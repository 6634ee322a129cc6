"""Personal data in a list are found, refused before anything is read, and never shown."""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from stdnum.se import personnummer

import flowsim
from flowsim.cli import main
from flowsim.listing import importing, people
from flowsim.listing.grid import Grid
from flowsim.listing.privacy import luhn, personal, personal_faults

WINDOW = ("active", "2022-01-01", "2024-12-31")
SIGNS = ["", "-", "+", " ", "–", "\u2011", "−", " -", ": ", "--"]


def birthday(rng: Random) -> dt.date:
    return dt.date(1920, 1, 1) + dt.timedelta(days=rng.randrange(38_000))


def number_of(rng: Random, is_valid: bool = True) -> str:
    """A personal or coordination number in one of the ways people write it; or with a wrong end."""
    day = birthday(rng)
    digits = f"{day:%Y%m%d}"
    if rng.random() < 0.3:  # a coordination number
        digits = f"{digits[:6]}{int(digits[6:]) + 60}"
    serial = f"{rng.randrange(1000):03d}"
    check = next(d for d in "0123456789" if luhn(digits[2:] + serial + d))
    if not is_valid:
        check = str((int(check) + rng.randrange(1, 10)) % 10)
    head = digits if rng.random() < 0.5 else digits[2:]
    return head + rng.choice(SIGNS) + serial + check


def ordinary(rng: Random) -> str | int | float | dt.date:
    """A cell of an ordinary list: dates in all forms, counts, amounts, numbers of cases, labels."""
    day = dt.date(1990, 1, 1) + dt.timedelta(days=rng.randrange(14_000))
    return rng.choice(
        [
            f"{day:%Y-%m-%d}", f"{day:%Y-%m-%d} 08:{rng.randrange(60):02d}", f"{day:%y%m%d}",
            f"{day:%Y%m%d}", f"{day.day}/{day.month} {day.year}", f"{day:%d/%m/%Y}",
            f"{day:%d.%m.%Y}",
            f"{day:%d-%m-%Y}", f"{day:%Y-%m-%d}T12:30:{rng.randrange(60):02d}",
            day, (day - dt.date(1899, 12, 30)).days, float((day - dt.date(1899, 12, 30)).days),
            f"{day:%Y-%m-%d} - {day + dt.timedelta(days=40):%Y-%m-%d}",
            rng.randrange(100_000), rng.randrange(10_000_000), round(rng.uniform(0, 9e5), 2),
            f"{rng.uniform(0, 9e5):.2f}".replace(".", ","),
            f"{rng.randrange(10**6):,}".replace(",", " "),
            f"Dnr {rng.randrange(2015, 2026)}-{rng.randrange(10_000):04d}",
            f"2024:{rng.randrange(999)}",
            "Arbete", "Åter till Arbetsförmedlingen", "16-29", "vecka 12", "50 %", "6 mån", "",
        ]
    )  # fmt: skip


def test_nothing_is_missed_that_the_library_finds() -> None:
    """10,000 cells, half of them with a number of a person, half with a wrong check digit."""
    rng = Random(1)
    n_found = 0
    for at in range(10_000):
        cell = number_of(rng, is_valid=at % 2 == 0)
        if rng.random() < 0.3:
            cell = rng.choice(["  {}", "{} ", "{}\n", "\t{}", "{}"]).format(cell)
        is_found = bool(personal(cell))
        if personnummer.is_valid(cell):
            n_found += 1
            assert is_found, "a number that the library finds"
    assert n_found > 3000


def test_numbers_inside_other_texts_are_found() -> None:
    rng = Random(2)
    for _ in range(2000):
        number = number_of(rng)
        for text in (f"se journal {number}", f"({number})", f"{number}, Arbete", f"pnr:{number}."):
            assert personal(text) == "a personal number"


def test_whole_numbers_are_looked_at_as_well() -> None:
    """Excel makes a number of ten or twelve digits a number, perhaps with a fraction of 0."""
    rng = Random(3)
    for _ in range(2000):
        digits = "".join(sign for sign in number_of(rng) if sign.isdigit())
        assert personal(int(digits)) or digits[0] == "0"
        assert personal(float(digits)) or digits[0] == "0"
        assert personal(digits)


@pytest.mark.parametrize("number", ["19850101T236", "850101-R123", "850101P123", "991965012345"])
def test_reserve_numbers_are_found(number: str) -> None:
    last = next(d for d in "0123456789" if luhn(number[2:11] + d)) if number.isdigit() else ""
    assert personal(number[:-1] + last if last else number) == "a personal number"


def test_hardly_anything_ordinary_is_refused() -> None:
    """Fewer than 1 in 1,000 of 20,000 dates, amounts and labels."""
    rng = Random(4)
    cells = [ordinary(rng) for _ in range(20_000)]
    wrong = [cell for cell in cells if personal(cell)]
    assert len(wrong) < 20


def test_the_library_and_we_agree_on_what_is_none() -> None:
    """A wrong check digit makes it no number of a person (perhaps that of a telephone)."""
    rng = Random(5)
    cells = [number_of(rng, is_valid=False) for _ in range(5000)]
    assert sum(personal(cell) == "a personal number" for cell in cells) < 5


@pytest.mark.parametrize(
    "cell",
    ["anna.ek@example.org", "mail: a@b.se", "070-174 06 05", "+46 70 174 06 05", "0046701740605",
     "08-123 456 78", "tel 0701740605", "(08) 123 456 78"],
)  # fmt: skip
def test_addresses_and_telephones_are_found(cell: str) -> None:
    assert personal(cell) in ("an e-mail address", "a telephone number")


# What happens then ------------------------------------------------------------------------------


SECRET = "640823-3234"


def frame_with(**columns: list[str]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"Start": ["2023-01-02"] * n, **columns})


def messages(frame: pd.DataFrame) -> list[str]:
    with pytest.raises(flowsim.ScenarioError) as caught:
        flowsim.import_list(frame, *WINDOW)
    text = "".join(traceback.format_exception(caught.value))
    assert SECRET not in text
    assert "Karin" not in text
    return str(caught.value).splitlines()


def test_a_cell_is_named_by_column_and_row_and_not_shown() -> None:
    lines = messages(frame_with(Slut=["", ""], Notering=["", f"se {SECRET}"]))
    assert len(lines) == 1
    assert lines[0].startswith(
        "the frame:3: column C: found a personal number; allowed: a list wit"
    )


@pytest.mark.parametrize(
    "heading", ["Personnummer", "Förnamn", "E-post", "Namn", "Telefon", SECRET]
)
def test_headings_of_people_are_refused(heading: str) -> None:
    lines = messages(frame_with(**{"Slut": [""], heading: ["x"]}))
    assert lines[0].startswith("the frame:1: column C: found a")


@pytest.mark.parametrize("heading", ["Teamnamn", "Insats", "Kommun", "Avslutsorsak"])
def test_other_headings_are_not(heading: str) -> None:
    grid = Grid(None, [["Start", heading], ["2023-01-02", "x"]])
    assert personal_faults([grid], "a.csv") == []


def test_a_column_that_looks_like_names_is_refused() -> None:
    names = ["Karin Andersson", "Bo Ek", "Cia Lind", "Dan Öberg", "Eva-Lotta Åkerman"]
    lines = messages(frame_with(Deltagare=names))
    assert "column B: found what looks like names of people" in lines[0]


@pytest.mark.parametrize(
    "names",
    [
        ["Karin", "Bo", "Cia", "Dan", "Eva", "Fia", "Gun", "Hans", "Ida", "Jan", "Karin"],
        ["KARIN ANDERSSON", "BO EK", "CIA LIND"],
        ["Andersson, Karin", "Ek, Bo", "Lind, Cia"],
    ],
)
def test_names_are_found_in_other_forms(names: list[str]) -> None:
    assert "what looks like names of people" in messages(frame_with(Deltagare=names))[0]


def test_labels_are_no_names() -> None:
    labels = ["Arbete", "Studier", "Flytt", "Ohälsa", "Annat", "Sjukdom", "Avbrott"] * 3
    grid = Grid(None, [["Start", "Orsak"], *(["2023-01-02", label] for label in labels)])
    assert personal_faults([grid], "a.csv") == []


def test_a_list_without_headings_shows_nobody() -> None:
    frame = pd.DataFrame([["2023-01-02", "Diagnos"]], columns=["2022-05-01", "Hemlig"])
    with pytest.raises(flowsim.ScenarioError, match="no headings that fit") as caught:
        flowsim.import_list(frame, *WINDOW)
    assert "Hemlig" not in str(caught.value)


def test_a_sheet_is_refused_for_its_name() -> None:
    grids = [Grid("Blad1", [["Start"]]), Grid(f"dat {SECRET}", [["Start"]])]
    lines = [str(fault) for fault in personal_faults(grids, "a.xlsx")]
    assert lines[0].startswith("a.xlsx: sheet 2: found a personal number in the sheet's name")
    assert not any(SECRET in line for line in lines)


def test_it_is_refused_before_anything_else_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object, **__: object) -> None:
        raise AssertionError("read before it was refused")

    for name in ("match", "listed", "steps_of"):
        monkeypatch.setattr(importing, name, read)
    messages(frame_with(Notering=[SECRET]))


@pytest.mark.parametrize("has_traceback", [False, True])
def test_a_fault_of_our_own_shows_no_cell(
    has_traceback: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A library may quote what it cannot read, also in the error that ours came of."""

    def broken(cell: object, *_: object) -> None:
        raise ValueError(f"could not convert {cell!r}")

    def call() -> None:
        broken("Hemlig diagnos")

    monkeypatch.setattr(people, "read_dates", lambda *_: call())
    path = tmp_path / "list.csv"
    path.write_text("Start;Slut\n2023-01-02;\n")
    monkeypatch.chdir(tmp_path)
    words = ["flowsim", "import", "list.csv", "--kind", WINDOW[0], "--from", WINDOW[1], "--until"]
    monkeypatch.setattr("sys.argv", [*words, WINDOW[2]])
    if has_traceback:
        monkeypatch.setenv("FLOWSIM_TRACEBACK", "1")
    with caplog.at_level(logging.DEBUG), pytest.raises((SystemExit, RuntimeError)) as caught:
        main()
    said = capsys.readouterr()
    shown = said.out + said.err + caplog.text + "".join(traceback.format_exception(caught.value))
    assert "Hemlig" not in shown
    assert "ValueError in flowsim.listing" in shown
    assert sorted(path.name for path in tmp_path.iterdir()) == ["list.csv"]


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def run(text: str) -> None:
        (tmp_path / "list.csv").write_text(text)
        monkeypatch.chdir(tmp_path)
        words = [
            "flowsim",
            "import",
            "list.csv",
            "--kind",
            WINDOW[0],
            "--from",
            WINDOW[1],
            "--until",
        ]
        monkeypatch.setattr("sys.argv", [*words, WINDOW[2]])
        with pytest.raises(SystemExit) as caught:
            main()
        assert caught.value.code == 2

    return run


def test_nothing_is_written(
    refused: Callable[[str], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(f"Start;Slut;Anteckning\n2023-01-02;;\n2023-01-03;;{SECRET}\n")
    said = capsys.readouterr()
    assert said.err.startswith("list.csv:3: column C: found a personal number; allowed: ")
    assert SECRET not in said.err + said.out
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]
