"""Counts a year become a scenario, or are told in words why they cannot be true."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import flowsim
from flowsim.cli import main
from flowsim.cli.commands import app
from flowsim.listing.counts import Year, import_counts, little

ANSWERS = {"year": "2024", "new": "91", "left": "85", "inside": "80", "waiting": "18"}


def test_a_year_of_counts_is_a_scenario_by_littles_law() -> None:
    """80 inside over 85 who left a year: 11.3 months, told with two digits."""
    found = import_counts(ANSWERS)
    step = found.scenario.steps["measure"]
    assert step.length_of_stay.mean == pytest.approx(11 * 365.25 / 12)
    assert (step.initial.waiting, step.initial.in_service.count) == (18, 80)
    assert found.scenario.referrals["partners"].rate * 365.25 == pytest.approx(91)
    assert str(found.scenario.run.start) == "2025-01-01"
    assumed = {".".join(entry.path) for entry in found.draft.entries if entry.is_assumed}
    assert assumed == {
        "teams.team_measure.places", "steps.measure.length_of_stay.cv", "steps.measure.next",
    }  # fmt: skip
    assert flowsim.run(found.scenario, replications=2).summary() is not None


def test_the_mean_of_beginning_and_end_is_taken_where_both_are_known() -> None:
    years = [Year(2023, 80, 76, 74), Year(2024, 91, 85, 80)]
    mean, low, high = little(years)
    assert mean == pytest.approx((74 + (74 + 80) / 2) / (76 + 85) * 365.25)
    assert low < mean < high


def written(folder: Path, text: str) -> Path:
    path = folder / "counts.csv"
    path.write_text(text, encoding="utf-8")
    return path


SWEDISH = "År;Nya;Avslutade;Väntar;Pågående;Arbete;Studier;Avliden\n"


def test_a_file_of_years_is_read(tmp_path: Path) -> None:
    text = SWEDISH + "2023;80;76;12;74;40;34;2\n2024;91;85;18;80;50;33;2\n"
    found = import_counts(written(tmp_path, text), language="sv", title="Vårt team")
    tables = tomllib.loads(found.text)
    assert tables["scenario"]["title"] == "Vårt team"
    assert tables["steps"]["measure"]["next"] == {"arbete": 0.56, "other": 0.44}
    # Those who started, and six more in the queue, over two years.
    assert tables["referrals"]["partners"]["rate"] == "88 per year"


CONTRADICTIONS = {
    "stock": (
        SWEDISH + "2023;80;76;12;84;;;\n2024;91;85;18;60;;;\n",
        "2024: found 84 inside at the end of 2023 + 91 new - 85 left in 2024 is 90, not 60: "
        "30 people too few; allowed: inside before + new - left = inside after",
    ),
    "exits": (
        SWEDISH + "2024;91;85;18;80;50;30;2\n",
        "2024: found exits that add up to 82, not the 85 who left; allowed: ",
    ),
    "too many new": (
        SWEDISH + "2024;200;85;18;80;;;\n",
        "2024: found 200 new, but only 85 who left and 80 inside; allowed: ",
    ),
    "nobody": (SWEDISH + "2024;0;0;0;0;;;\n", "2024: found 0 who left and 0 inside; allowed: "),
    "no count": (SWEDISH + "2024;many;85;18;80;;;\n", ":2: new: found no count; allowed: a whole"),
    "negative": (SWEDISH + "2024;-3;85;18;80;;;\n", ":2: new: found no count; allowed: a whole"),
    "no column": ("År;Nya;Pågående\n2024;1;1\n", ":1: found no column left; allowed: a CSV"),
    "nothing": (SWEDISH + "2024;;85;18;80;;;\n", ":2: new: found nothing; allowed: a whole number"),
    "twice": (
        SWEDISH + "2024;91;85;18;80;;;\n2024;91;85;18;80;;;\n",
        "year: found 2024 twice; allowed: each year once",
    ),
    "no year": (SWEDISH, ":1: found no year; allowed: a row for each year"),
    "person": (
        SWEDISH + "2024;91;85;18;640823-3234;;;\n",
        ":2: column E: found a personal number; allowed: ",
    ),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_what_cannot_be_is_told_in_words(case: str, tmp_path: Path) -> None:
    text, words = CONTRADICTIONS[case]
    with pytest.raises(flowsim.ScenarioError) as caught:
        import_counts(written(tmp_path, text))
    assert words in str(caught.value)


def test_counts_are_asked_for_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["import", "--counts", "asks", "--out", "ours.toml", "--language", "sv"]
    answered = CliRunner().invoke(app, words, input="2024\n91\n85\n80\n18\n\n")
    assert answered.exit_code == 0, answered.output
    assert flowsim.load("ours.toml").steps["measure"].initial.waiting == 18
    assert (tmp_path / "ours_import.html").exists()


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    def run(*words: str) -> int:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("sys.argv", ["flowsim", "import", *words])
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return run


def test_the_command_writes_scenario_and_report(
    tmp_path: Path, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, SWEDISH + "2024;91;85;18;80;50;35;0\n")
    assert command("--counts", "counts.csv", "--out", "ours.toml") == 0
    report = (tmp_path / "ours_import.html").read_text()
    assert "9–14.5 months" in report.replace("\u00a0", " ")
    assert command("--counts", "counts.csv", "--out", "ours.toml") == 2
    assert "ours.toml: exists already" in capsys.readouterr().err
    assert command("--counts", "none.csv", "--out", "other.toml") == 2
    assert "none.csv: found no such file" in capsys.readouterr().err
    assert command() == 2
    assert "LIST: found nothing" in capsys.readouterr().err


@pytest.mark.parametrize("counts", ["asks", "counts.csv"])
def test_a_language_that_is_none_is_refused_before_anything_is_asked(
    counts: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    written(tmp_path, SWEDISH + "2024;91;85;18;80;50;33;2\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "sys.argv", ["flowsim", "import", "--counts", counts, "--language", "fi", "--out", "a.toml"]
    )
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr()
    assert (end.value.code, said.out) == (2, "")
    assert said.err == '--language: found "fi"; allowed: sv or en\n'
