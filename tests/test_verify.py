"""A run repeated from its folder: the same to the bit, or what differs; folders that cannot be."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from commands import Ended, flowsim_command

import flowsim
from flowsim.errors import ResultsError
from flowsim.report import verification as words
from flowsim.study import manifest
from flowsim.study.verifying import runs as verifying
from flowsim.study.verifying.verification import Verification

LIST = "date,age\n2025-01-03,young\n2025-01-20,old\n2025-02-01,\n2025-03-09,young\n"
SCENARIO = """
scenario.title = "Two desks"
run = { start = 2025-01-01, until = 2025-06-30, replications = 23, seed = 5 }
groups.age = { young = 0.3, old = 0.7 }
referrals.many = { to = "first", rate = "2 per week" }
referrals.listed = { to = "first", file = "list.csv" }
teams.team = { places = 1, cost_per_place = 100000 }
teams.other = { places = 2 }
steps.first = { team = "team", \
length_of_stay = { distribution = "exponential", mean = "3 days" }, \
patience = { distribution = "exponential", mean = "30 days" }, \
next = { second = 0.6, done = 0.4 } }
steps.second = { team = "other", \
length_of_stay = { distribution = "exponential", mean = "9 days" }, \
next = { done = 1.0 } }
exits.done = "Done"
outcomes.completed = ["done"]
"""
Tamper = Callable[[Path], None]


@pytest.fixture(scope="module")
def run_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with events, of a scenario file and a list that are there no longer."""
    home = tmp_path_factory.mktemp("verify")
    (home / "list.csv").write_text(LIST, encoding="utf-8")
    (home / "desks.toml").write_text(SCENARIO, encoding="utf-8")
    scenario = flowsim.load(home / "desks.toml", set={"teams.other.places": 3})
    flowsim.run(scenario, events=True).save(home / "kept")
    (home / "list.csv").unlink()
    (home / "desks.toml").unlink()
    return home / "kept"


@pytest.fixture
def kept(run_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run_once, tmp_path / "kept"))


def verified(folder: Path) -> Verification:
    return verifying.verify(manifest.read(folder))


def change_manifest(folder: Path, **fields: Any) -> None:
    path = folder / "manifest.json"
    content = json.loads(path.read_text("utf-8"))
    for name, value in fields.items():
        content[name] = value
    path.write_text(json.dumps(content), encoding="utf-8")


def change_table(folder: Path, name: str, change: Callable[[pd.DataFrame], Any]) -> None:
    path = folder / f"{name}.parquet"
    table = pd.read_parquet(path)
    changed = change(table)
    (table if changed is None else changed).to_parquet(path, index=False)


# Identical


def test_a_run_is_repeated_from_its_folder_alone(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scenario and its list are gone; only the folder is there."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    found = verified(kept)
    assert found.is_identical
    n_figures = sum(len(pd.read_parquet(kept / f"{name}.parquet")) for name in ("kpis", "series"))
    assert found.n_figures == n_figures > 1000
    n_events = len(pd.read_parquet(kept / "events.parquet"))
    assert words.lines(found) == [
        f"identical: {n_figures} figures and {n_events} events of 23 replications"
    ]


def test_a_list_that_lies_beside_is_not_read(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither is another list of the same name taken."""
    (tmp_path / "list.csv").write_text("date\n2025-05-05\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert verified(kept).is_identical


def test_lists_are_read_from_memory_alone(tmp_path: Path) -> None:
    """With `lists`, a file of that name is not even looked for."""
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    scenario = flowsim.loads(SCENARIO, base=tmp_path, lists={"list.csv": "date\n2025-02-02\n"})
    assert [day.isoformat() for day, _ in scenario.lists["listed"]] == ["2025-02-02"]
    with pytest.raises(flowsim.ScenarioError, match=r'no such list \("list.csv"\)'):
        flowsim.loads(SCENARIO, base=tmp_path, lists={})


def test_missing_figures_are_equal_to_missing_ones(kept: Path) -> None:
    assert pd.read_parquet(kept / "kpis.parquet")["value"].isna().any()
    assert verified(kept).is_identical


def test_tables_in_many_small_row_groups_are_read_alike(kept: Path) -> None:
    for name in ("kpis", "series", "events"):
        table = pd.read_parquet(kept / f"{name}.parquet")
        table.to_parquet(kept / f"{name}.parquet", index=False, row_group_size=97)
    assert verified(kept).is_identical


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_blocks_of_any_size_give_the_same(
    kept: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(verifying, "BLOCK", block)
    assert verified(kept).is_identical
    change_table(kept, "kpis", raise_one_figure)
    assert [one.n_different for one in verified(kept).comparisons] == [1, 0, 0]


def test_the_engines_verify_each_other(kept: Path) -> None:
    change_manifest(kept, engine="simpy")
    assert verified(kept).is_identical


def test_memory_holds_one_block(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more replications are asked of the tables at a time than one block."""
    asked: list[int] = []
    rows = verifying.KeptTable.rows

    def counted(self: verifying.KeptTable, begin: int, end: int) -> pd.DataFrame:
        asked.append(end - begin)
        return rows(self, begin, end)

    monkeypatch.setattr(verifying.KeptTable, "rows", counted)
    monkeypatch.setattr(verifying, "BLOCK", 4)
    verified(kept)
    assert asked == [4, 4, 4] * 5 + [3, 3, 3]


# Different


def raise_one_figure(table: pd.DataFrame) -> None:
    """By one part in 2^52: the smallest change there is."""
    at = int(np.flatnonzero((table["replication"] == 21) & (table["value"] > 0.0))[3])
    table.loc[at, "value"] = np.nextafter(table.loc[at, "value"], np.inf)


def test_one_bit_in_one_figure_is_found_and_named(kept: Path) -> None:
    before = pd.read_parquet(kept / "kpis.parquet")
    change_table(kept, "kpis", raise_one_figure)
    after = pd.read_parquet(kept / "kpis.parquet")
    where = int(np.flatnonzero((before["value"] != after["value"]) & before["value"].notna())[0])
    found = verified(kept)
    assert not found.is_identical
    (kpis, series, events) = found.comparisons
    assert (kpis.n_different, series.n_different, events.n_different) == (1, 0, 0)
    assert kpis.first is not None
    assert (
        dict(kpis.first.place)
        == before.loc[where, ["replication", "period", "group", "kpi"]].to_dict()
    )
    assert kpis.first.kept == after.loc[where, "value"]
    assert kpis.first.repeated == before.loc[where, "value"]
    assert kpis.largest is not None
    assert 0 < kpis.largest <= 2.0**-52


def test_the_largest_relative_difference_is_over_all(kept: Path) -> None:
    """Half of one figure, three quarters of another: 0.5 and 0.25 of the larger of the two."""

    def change(table: pd.DataFrame) -> None:
        one, two = np.flatnonzero(table["value"] > 1.0)[[5, -5]]
        table.loc[one, "value"] *= 0.75
        table.loc[two, "value"] *= 0.5

    change_table(kept, "series", change)
    series = verified(kept).comparisons[1]
    assert series.n_different == 2
    assert series.largest == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize(("value", "shown"), [(np.nan, "missing"), (-0.0, "-0.0"), (np.inf, "inf")])
def test_values_that_only_bits_tell_apart(kept: Path, value: float, shown: str) -> None:
    def change(table: pd.DataFrame) -> None:
        table.loc[int(np.flatnonzero(table["value"] == 0.0)[0]), "value"] = value

    change_table(kept, "kpis", change)
    kpis = verified(kept).comparisons[0]
    assert kpis.n_different == 1
    assert any(f": {shown} in the folder, 0.0 now" in line for line in words.lines(verified(kept)))


def test_a_figure_of_one_side_only_differs(kept: Path) -> None:
    """As those of a later version that measures more, or no longer measures something."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        table["kpi"] = table["kpi"].astype(object).replace("referred", "once.measured")
        return table

    change_table(kept, "series", change)
    series = verified(kept).comparisons[1]
    n_months = 23 * 7  # replications, the whole run and six months
    assert series.n_different == 2 * n_months
    assert series.largest is None
    assert series.first is not None
    assert None in (series.first.kept, series.first.repeated)


def test_a_figure_that_stands_twice_differs(kept: Path) -> None:
    change_table(kept, "kpis", lambda table: pd.concat([table.iloc[:1], table]))
    assert verified(kept).comparisons[0].n_different == 1


@pytest.mark.parametrize(
    ("column", "value"), [("time", 3.5), ("event", "finished"), ("participant", 12345)]
)
def test_a_changed_event_is_named(kept: Path, column: str, value: object) -> None:
    def change(table: pd.DataFrame) -> None:
        if table[column].dtype == "category":
            table[column] = table[column].astype(object)
        table.loc[int(np.flatnonzero(table["replication"] == 2)[40]), column] = value

    change_table(kept, "events", change)
    events = verified(kept).comparisons[2]
    assert events.n_different == 1
    assert events.first is not None
    assert events.first.place == (("replication", 2), ("row", 40), ("column", column))
    assert events.first.kept == value != events.first.repeated


def test_an_event_too_few_is_found(kept: Path) -> None:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        return table.drop(index=int(np.flatnonzero(table["replication"] == 4)[-1]))

    change_table(kept, "events", change)
    events = verified(kept).comparisons[2]
    assert events.n_different == 1
    assert events.first is not None
    assert events.first.kept is None


def test_another_seed_gives_other_figures_and_the_manifest_is_blamed(kept: Path) -> None:
    change_manifest(kept, seed=6)
    found = verified(kept)
    assert found.comparisons[0].n_different > 100
    told = words.lines(found)
    assert told[0].startswith("different")
    assert any(line.startswith("manifest.json has been changed by hand") for line in told)


def test_the_versions_that_differ_are_named(kept: Path) -> None:
    libraries = json.loads((kept / "manifest.json").read_text("utf-8"))["libraries"]
    change_manifest(kept, libraries={**libraries, "numba": "0.1", "nosuch": "2"}, flowsim="0.0.1")
    change_table(kept, "kpis", raise_one_figure)
    told = words.lines(verified(kept))[-3:]
    assert told[0] == f"flowsim: 0.0.1 in the manifest, {flowsim.__version__} now"
    assert re.fullmatch(r"numba: 0\.1 in the manifest, 0\.6.* now", told[1])
    assert told[2] == "nosuch: 2 in the manifest, not installed now"


def test_where_no_version_differs_that_is_said(kept: Path) -> None:
    change_table(kept, "kpis", raise_one_figure)
    assert words.lines(verified(kept))[-1] == (
        "flowsim, Python and the libraries are those of the manifest"
    )


# Damaged, or something else


def cut(name: str, part: float) -> Tamper:
    def change(folder: Path) -> None:
        path = folder / name
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])

    return change


def put(name: str, content: bytes) -> Tamper:
    def change(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return change


def fields(**changed: Any) -> Tamper:
    return lambda folder: change_manifest(folder, **changed)


def without(field: str) -> Tamper:
    def change(folder: Path) -> None:
        path = folder / "manifest.json"
        content = json.loads(path.read_text("utf-8"))
        del content[field]
        path.write_text(json.dumps(content), encoding="utf-8")

    return change


def rows(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Tamper:
    return lambda folder: change_table(folder, name, change)


def garbled(name: str) -> Tamper:
    """The footer stays whole, so that the file opens; its first pages are no longer pages."""

    def change(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[4:400] = bytes(396)
        (folder / name).write_bytes(content)

    return change


DAMAGES: dict[str, tuple[Tamper, str]] = {
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "no results of flowsim"),
    "empty manifest": (put("manifest.json", b""), "manifest.json: damaged: no JSON"),
    "half a manifest": (cut("manifest.json", 0.5), "manifest.json: damaged: no JSON"),
    "no text": (put("manifest.json", b"\xff\xfe\x00"), "manifest.json: damaged: a binary file"),
    "deep": (put("manifest.json", b"[" * 100_000), "manifest.json: damaged: no JSON"),
    "a list": (put("manifest.json", b"[1]"), "damaged: no manifest of flowsim"),
    "no seed": (without("seed"), "manifest.json: seed: is missing"),
    "no text of it": (without("scenario_text"), "manifest.json: scenario_text: is missing"),
    "seed a text": (fields(seed="5"), "manifest.json: seed: should be a valid integer"),
    "seed a truth": (fields(seed=True), "manifest.json: seed: should be a valid integer"),
    "seed too large": (fields(seed=2**63), "manifest.json: seed: should be less than"),
    "no replications": (fields(replications=0), "replications: should be greater"),
    "engine": (fields(engine="steam"), "manifest.json: engine: should be 'kernel' or 'simpy'"),
    "set": (fields(set="a=1"), "manifest.json: set: should be a valid list"),
    "lists": (fields(lists={"list.csv": 1}), "lists.list.csv: should be a valid string"),
    "list gone": (fields(lists={}), 'no such list ("list.csv")'),
    "scenario": (fields(scenario_text="[run]\nstrat = 1"), "cannot be loaded by flowsim"),
    "no scenario": (fields(scenario_text=""), "an empty file"),
    "setting": (fields(set=["teams.nosuch.places=3"]), "teams.nosuch"),
    "more replications": (fields(replications=24), "it has no replication 23"),
    "fewer replications": (fields(replications=22), "it has a replication 22"),
    "no figures": (lambda folder: (folder / "kpis.parquet").unlink(), "kpis.parquet: is missing"),
    "no series": (lambda f: (f / "series.parquet").unlink(), "series.parquet: is missing"),
    "half of figures": (cut("kpis.parquet", 0.5), "kpis.parquet: damaged"),
    "half of events": (cut("events.parquet", 0.9), "events.parquet: damaged"),
    "empty table": (put("series.parquet", b""), "series.parquet: damaged"),
    "garbled": (garbled("kpis.parquet"), "kpis.parquet: damaged"),
    "another table": (
        lambda folder: shutil.copy(folder / "events.parquet", folder / "kpis.parquet"),
        "kpis.parquet: damaged: no column period of texts",
    ),
    "no values": (
        rows("kpis", lambda table: table.astype({"value": str})),
        "no column value of numbers",
    ),
    "turned": (rows("kpis", lambda table: table[::-1]), "not in the order of the replications"),
    "one gone": (
        rows("series", lambda table: table[table["replication"] != 3]),
        "it has no replication 3",
    ),
    "none at all": (rows("kpis", lambda table: table[:0]), "it has no replication 0"),
}


def test_what_pandas_left_in_a_table_does_not_matter(kept: Path) -> None:
    """A damaged note of pandas once ended in a traceback."""
    for name in ("kpis.parquet", "series.parquet", "events.parquet"):
        table = pq.read_table(kept / name)
        garbled = (table.schema.metadata or {})[b"pandas"].replace(b"int64", b"int6~")
        pq.write_table(table.replace_schema_metadata({b"pandas": garbled}), kept / name)
    assert verified(kept).is_identical


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_folder_is_refused_in_one_line(kept: Path, damage: str) -> None:
    tamper, message = DAMAGES[damage]
    tamper(kept)
    with pytest.raises(ResultsError) as error:
        verified(kept)
    assert message in str(error.value)
    assert str(kept) in str(error.value)
    assert "\n" not in str(error.value)


def test_every_faulty_field_is_named(kept: Path) -> None:
    change_manifest(kept, seed=-1, engine=3, python=None)
    with pytest.raises(ResultsError) as error:
        manifest.read(kept)
    assert [line.split(": ")[1] for line in str(error.value).splitlines()] == [
        "python",
        "seed",
        "engine",
    ]


def test_fields_of_a_later_version_do_not_matter(kept: Path) -> None:
    change_manifest(kept, invented={"later": 1})
    assert verified(kept).is_identical


# The command


def command(*words: object, cwd: Path, **more: str) -> Ended:
    return flowsim_command("verify", *words, cwd=cwd, **more)


def test_the_command_ends_with_0_1_or_2(kept: Path, tmp_path: Path) -> None:
    ended = command("kept", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("identical: ")
    change_table(kept, "kpis", raise_one_figure)
    ended = command("kept", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "kpis.parquet: 1 of " in ended.stdout
    (kept / "kpis.parquet").unlink()
    ended = command("kept", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "kept/kpis.parquet: is missing\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nosuch", "nosuch: no such folder"),
        ("file.txt", "file.txt: is a file; name a folder"),
        (".", ".: no results of flowsim: there is no manifest.json in it"),
        ("a\0b", ""),
        ("x" * 5000, ""),
    ],
)
def test_the_folder_of_something_else_is_refused(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "file.txt").write_text("a file", encoding="utf-8")
    if "\0" in name:
        with pytest.raises(ResultsError):
            manifest.read(name)
        return
    ended = command(name, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr
    assert message in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_it_speaks_the_language_of_the_scenario(kept: Path, tmp_path: Path) -> None:
    text = json.loads((kept / "manifest.json").read_text("utf-8"))["scenario_text"]
    change_manifest(kept, scenario_text='scenario.language = "sv"\n' + text)
    ended = command("kept", cwd=tmp_path)
    assert ended.stdout.startswith("identiskt: ")
    assert "manifest.json har ändrats för hand: dess hash är inte den som scenariot" in ended.stdout
