"""Who imports a list in Swedish meets Swedish: faults, what is odd, what is printed and written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_listing_counts import CONTRADICTIONS
from test_listing_counts import SWEDISH as HEADS_OF_COUNTS
from test_listing_reading import REFUSED, many_rows
from test_swedish import KNOWN, TEXTS, WORD, words

import flowsim
from flowsim.cli import main
from flowsim.language import speaking
from flowsim.listing.counts import import_counts

OWN = {
    "csv", "xlsx", "toml", "utf", "windows", "mb", "pip", "install", "flowsim", "import", "list",
    "drop", "bad", "date", "end", "before", "start", "duplicate", "keep", "duplicates", "columns",
    "dates", "day", "month", "year", "kind", "started", "active", "closed", "sv", "en", "help",
    "sheet", "slut", "startdatum", "slutdatum", "language", "out", "counts", "until",
}  # fmt: skip
"""What stands in the file, names of options and of what may be written in a file."""


@pytest.fixture
def in_swedish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """Run flowsim import where the environment asks for Swedish."""

    def run(*given: str, language: str = "sv_SE.UTF-8") -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("LC_ALL", language)
        monkeypatch.setattr("sys.argv", ["flowsim", "import", *given])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    with speaking():
        yield run


WINDOW = ("--from", "2022-01-01", "--until", "2024-12-31")


def english(line: str) -> set[str]:
    """Words of a message that neither a Swedish text nor the list has."""
    return words(line.replace("här står", "").replace("tillåtet", "")) - KNOWN - OWN


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_told_in_swedish(
    case: str, tmp_path: Path, in_swedish: Callable[..., tuple[int, str, str]]
) -> None:
    write, _ = REFUSED[case]
    path = write(tmp_path)
    name = path.name if path != tmp_path else "."
    code, _, said = in_swedish(name, "--kind", "active", *WINDOW)
    assert code == 2
    assert "här står " in said
    assert "; tillåtet: " in said
    assert english(said) == set()


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_counts_that_contradict_each_other_are_told_in_swedish(case: str, tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text(CONTRADICTIONS[case][0], encoding="utf-8")
    with speaking("sv"), pytest.raises(flowsim.ScenarioError) as error:
        import_counts(path)
    for fault in error.value.faults:
        left = english(f"{fault.found} {fault.allowed}")
        assert left - {word.lower() for word in WORD.findall(HEADS_OF_COUNTS)} == set(), str(fault)


def test_the_gap_between_counts_is_in_words_that_fit(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    text = "År;Nya;Avslutade;Väntar;Pågående\n2023;80;80;;84\n2024;91;85;;{}\n"
    for inside, gap in ((60, "30 personer för få"), (91, "1 person för många")):
        path.write_text(text.format(inside), encoding="utf-8")
        with speaking("sv"), pytest.raises(flowsim.ScenarioError) as error:
            import_counts(path)
        assert error.value.faults[0].found == (
            f"84 pågående i slutet av 2023 + 91 nya - 85 avslutade 2024 är 90, inte {inside}: {gap}"
        )


PERSONAL = "a list without personal data"


def test_personal_data_are_refused_in_swedish(
    tmp_path: Path, in_swedish: Callable[..., tuple[int, str, str]]
) -> None:
    text = "Start;Slut;Anteckning\n2022-02-01;2022-09-30;640823-3234\n2022-02-01;;a.b@example.org\n"
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    code, _, said = in_swedish("list.csv", "--kind", "active", *WINDOW)
    allowed = next(text for key, text in TEXTS.items() if str(key).startswith(PERSONAL))
    assert code == 2
    assert said.splitlines() == [
        f"list.csv:2: kolumn C: här står ett personnummer; tillåtet: {allowed}",
        f"list.csv:3: kolumn C: här står en e-postadress; tillåtet: {allowed}",
    ]


@pytest.mark.parametrize(
    ("environment", "asked", "language"),
    [
        ("sv_SE.UTF-8", (), "sv"),
        ("en_US.UTF-8", (), "en"),
        ("en_US.UTF-8", ("--language", "sv"), "sv"),
        ("sv_SE.UTF-8", ("--language", "en"), "en"),
    ],
)
def test_scenario_report_and_what_is_printed_are_in_one_language(
    environment: str,
    asked: tuple[str, ...],
    language: str,
    tmp_path: Path,
    in_swedish: Callable[..., tuple[int, str, str]],
) -> None:
    """That of --language, else that of the environment; also what is odd, and forms of dates."""
    heads, first, *rest = many_rows().splitlines()
    day = re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\1\2\3", first)
    (tmp_path / "list.csv").write_text("\n".join([heads, day, *rest, ""]), encoding="utf-8")
    options = ("--kind", "active", *WINDOW, *asked, "--out", "a.toml")
    code, said, errors = in_swedish("list.csv", *options, language=environment)
    assert (code, errors) == (0, "")
    told = {
        "sv": (
            "läst som start: kolumnen ”",
            "har datum skrivna på flera sätt: ",
            "Sparat i a.toml",
        ),
        "en": ("read as start: the column", "has dates in several forms: ", "Written to a.toml"),
    }
    for one in told:
        for text in told[one]:
            assert (text in said) == (one == language), text
    assert tomllib.loads((tmp_path / "a.toml").read_text("utf-8"))["scenario"]["language"] == (
        language
    )
    report = (tmp_path / "a_import.html").read_text("utf-8")
    assert f'<html lang="{language}"' in report


def test_forms_of_dates_are_named_in_the_language_of_the_report() -> None:
    import pandas as pd

    days = pd.date_range("2022-01-01", "2024-11-30", periods=200)
    frame = pd.DataFrame({"start": [*days[:199], 45322], "end": days + pd.Timedelta(days=30)})
    frame["start"] = frame["start"].astype(object)
    found = flowsim.import_list(frame, "started", "2022-01-01", "2024-12-31")
    for language, forms in (
        ("sv", "Exceldatum, Excels dagnummer"),
        ("en", "a date of the workbook, Excel&#39;s number of a day"),
    ):
        text = repr(found.document(language))
        assert forms.replace("&#39;", "'") in text
