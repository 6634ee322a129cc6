"""Folders of every kind: read back as what they were, repeated to the bit, and told apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import Result as Told
from typer.testing import CliRunner

from flowsim.cli.commands import app
from flowsim.errors import ResultsError
from flowsim.report.verification import lines
from flowsim.scenario.loading import load, loads
from flowsim.scenario.schema import Scenario
from flowsim.study import manifest
from flowsim.study.comparison.comparing import compare
from flowsim.study.experiment.loading import loads_experiment
from flowsim.study.experiment.running import run_experiment
from flowsim.study.opening import read
from flowsim.study.replications import run
from flowsim.study.search.finding import find
from flowsim.study.verifying.verify import verify
from flowsim.study.warmup import examine

KINDS = ("run", "comparison", "experiment", "search", "warm-up")
TEXT = """
scenario.title = "A desk"
run = { start = 2025-01-01, length = "100 days", replications = 10 }
referrals.all = { to = "desk", rate = "1 per day" }
teams.desk.places = 3
steps.desk = { team = "desk", length_of_stay = "2 days", next = { done = 1 } }
exits.done = "Done"
"""
EXPERIMENT = """
[experiment]
title = "How many?"
base = "desk.toml"
kpis = ["desk.wait.mean", "participants"]
design = "grid"
replications = 60
[[factors]]
name = "places"
key = "teams.desk.places"
values = [3, 4]
"""
PLACES = "teams.desk.places"


@pytest.fixture(scope="module")
def desk() -> Scenario:
    return loads(TEXT, name="desk")


@pytest.fixture(scope="module")
def folders(desk: Scenario, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder of each kind."""
    at = tmp_path_factory.mktemp("kinds")
    run(desk).save(at / "run")
    compare(desk, {"more": desk.with_({PLACES: 4})}, replications=5).save(at / "comparison")
    run_experiment(loads_experiment(EXPERIMENT, desk, "desk"), at / "experiment")
    find(
        desk,
        over={PLACES: [3, 4]},
        minimise="desk.wait.mean",
        indifference=1.0,
        max_replications=100,
        subject_to=["participants >= 1"],
    ).save(at / "search")
    examine(desk).save(at / "warm-up")
    return {kind: at / kind for kind in KINDS}


def figures(found: Any) -> pd.DataFrame:
    """What an object says, as one table."""
    if hasattr(found, "findings"):
        return pd.DataFrame(
            [(one.step, one.measure, one.level, *one.mean, *one.smooth) for one in found.findings]
        )
    return found.summary() if hasattr(found, "summary") else found.to_frame()


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_is_read_as_what_it_was(
    folders: dict[str, Path], desk: Scenario, kind: str
) -> None:
    again: dict[str, Callable[[], Any]] = {
        "run": lambda: run(desk),
        "comparison": lambda: compare(desk, {"more": desk.with_({PLACES: 4})}, replications=5),
        "experiment": lambda: read(folders["experiment"]),
        "search": lambda: find(
            desk,
            over={PLACES: [3, 4]},
            minimise="desk.wait.mean",
            indifference=1.0,
            max_replications=100,
            subject_to=["participants >= 1"],
        ),
        "warm-up": lambda: examine(desk),
    }
    kept = read(folders[kind])
    pd.testing.assert_frame_equal(figures(kept), figures(again[kind]()), check_exact=True)


def test_a_search_read_back_gives_the_same_answer(folders: dict[str, Path]) -> None:
    found: Any = read(folders["search"])
    told = json.loads((folders["search"] / "manifest.json").read_text(encoding="utf-8"))
    assert found.answer.value == told["answer"]
    assert [option.name for option in found.chosen] == told["chosen"]
    kept = {name: told[name] for name in found.manifest()}
    kept.pop("wall_time_seconds")
    assert {name: value for name, value in found.manifest().items() if name in kept} == kept


def test_a_warm_up_read_back_gives_the_same_answer(folders: dict[str, Path]) -> None:
    found: Any = read(folders["warm-up"])
    told = json.loads((folders["warm-up"] / "manifest.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(found.to_json())) == {name: told[name] for name in found.to_json()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_is_repeated_to_the_bit(folders: dict[str, Path], kind: str) -> None:
    steps: list[tuple[int, int]] = []
    found = verify(folders[kind], lambda *done: steps.append(done))
    assert found.is_identical
    assert found.n_figures > 0
    assert found.is_unchanged
    assert not found.changes
    assert steps[-1][0] > 0
    assert lines(found)[0].startswith(f"identical: {found.n_figures} figures of")


@pytest.mark.parametrize(
    ("kind", "runs"),
    [
        ("run", "10"),
        ("comparison", "10"),
        ("experiment", "120"),
        ("search", None),
        ("warm-up", "10"),
    ],
)
def test_what_takes_long_is_not_repeated_unasked(
    folders: dict[str, Path], kind: str, runs: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowsim.study.forecast.A_LONG_TIME", 0.0)
    told = str(CliRunner().invoke(app, ["verify", str(folders[kind])]).exception)
    found: Any = read(folders[kind])
    n = runs or str(sum(standing.n for standing in found.selection.standings))
    assert told.startswith(f"{n} replications: about ")
    assert told.endswith("or with --force as long as it takes")
    assert CliRunner().invoke(app, ["verify", str(folders[kind]), "--force"]).exit_code == 0


@pytest.mark.parametrize(
    ("kind", "file", "told"),
    [
        ("run", "kpis.parquet", "kpis.parquet: 1 of"),
        ("comparison", "comparison.parquet", "comparison.parquet: 1 of"),
        ("comparison", "waiting.parquet", "waiting.parquet: 1 of"),
        ("search", "values.parquet", "values.parquet: 1 of"),
        ("warm-up", "averages.parquet", "averages.parquet: 1 of"),
    ],
)
def test_one_bit_is_found(
    folders: dict[str, Path], tmp_path: Path, kind: str, file: str, told: str
) -> None:
    copy = copied(folders[kind], tmp_path / kind)
    change_last_value(copy / file)
    found = verify(copy)
    assert not found.is_identical
    assert sum(one.n_different for one in found.comparisons) == 1
    assert any(line.startswith(told) for line in lines(found))


def copied(folder: Path, to: Path) -> Path:
    import shutil

    shutil.copytree(folder, to)
    return to


def change_last_value(path: Path) -> None:
    """Move the last number of a table by one bit."""
    table = pd.read_parquet(path)
    column = "value" if "value" in table else "mean"
    known = np.flatnonzero(table[column].notna().to_numpy())
    at = table.columns.get_loc(column)
    table.iloc[known[-1], at] = np.nextafter(float(table.iloc[known[-1], at]), np.inf)
    table.to_parquet(path, index=False)


def test_one_bit_of_an_experiment_is_found(folders: dict[str, Path], tmp_path: Path) -> None:
    copy = copied(folders["experiment"], tmp_path / "copy")
    part = sorted((copy / "parts").iterdir())[0]
    change_last_value(part)
    found = verify(copy)
    assert [one.n_different for one in found.comparisons] == [1]
    assert "point places: " in lines(found)[2]


def test_what_is_there_of_an_unfinished_experiment_is_repeated(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    copy = copied(folders["experiment"], tmp_path / "copy")
    for part in sorted((copy / "parts").iterdir())[:1]:
        part.unlink()
    path = copy / "manifest.json"
    text = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**text, "finished": False}), encoding="utf-8")
    whole, half = verify(folders["experiment"]), verify(copy)
    assert half.is_identical
    assert 0 < half.n_figures < whole.n_figures


def test_every_manifest_has_the_same_head(folders: dict[str, Path]) -> None:
    now = manifest.versions_now()
    for kind, folder in folders.items():
        text = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        assert (text["kind"], text["flowsim"]) == (kind, now["flowsim"])
        assert (text["python"], text["machine"]) == (now["python"], now["machine"])
        assert text["libraries"] == {name: now[name] for name in manifest.LIBRARIES}
        assert text["written"][:2] == "20"
        assert ("scenarios" if kind == "comparison" else "scenario_text") in text


def command(*words: object) -> Told:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize(
    ("words", "kind", "told"),
    [
        (("export", "--format", "csv"), "comparison", "flowsim export needs a run"),
        (("figures",), "experiment", "flowsim figures needs a run"),
        (("figures",), "search", "flowsim figures needs a run"),
    ],
)
def test_a_wrong_folder_is_told_in_words(
    folders: dict[str, Path], words: tuple[str, ...], kind: str, told: str
) -> None:
    noun = {"comparison": "a comparison", "experiment": "an experiment", "search": "a search"}[kind]
    result = command(words[0], folders[kind], *words[1:])
    shown = str(result.exception) if result.exception else result.output
    assert f"{folders[kind]}: is {noun}; {told}" in shown.replace("\n", "") or (
        f"{folders[kind]}: is {noun}; {told}" in result.output
    )
    assert result.exit_code != 0


def test_a_folder_of_figures_is_no_results_folder(folders: dict[str, Path], tmp_path: Path) -> None:
    assert command("figures", folders["run"], "--out", tmp_path / "drawn").exit_code == 0
    for opened in (read, verify):
        with pytest.raises(ResultsError, match=r"drawn: holds figures; flowsim.* needs a run, "):
            opened(tmp_path / "drawn")


def test_verify_repeats_every_kind(folders: dict[str, Path]) -> None:
    for folder in folders.values():
        result = command("verify", folder)
        assert result.exit_code == 0, result.output
        assert "identical" in result.output


def test_the_run_of_a_warm_up_with_another_length_is_repeated(tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(TEXT, encoding="utf-8")
    words = ("warmup", path, "--length", "80 days", "--out", tmp_path / "out", "--quiet")
    assert command(*words).exit_code == 0
    found: Any = read(tmp_path / "out")
    assert found.scenario.run.until == load(path).with_({"run.length": "80 days"}).run.until
    assert verify(tmp_path / "out").is_identical
