"""The event log out: the same rows in every format, read back by readers of others."""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from commands import Ended, flowsim_command

import flowsim
from flowsim.engine.eventlog import EVENTS
from flowsim.errors import ResultsError
from flowsim.report import log_labels, xes
from flowsim.report.exporting import LogFormat, export
from flowsim.study import manifest, store

NASTY = "a <b> & \"c\" 'd' \u202e å 🙂 ]]>"
SPACE = "{http://www.xes-standard.org/}"
SCENARIO = r"""
scenario.title = "Two desks <&>"
run = { start = 2025-01-01, until = 2025-12-31, replications = 3, seed = 5 }
groups.age = { "16-29" = 0.3, "<30 & \"more\"" = 0.7 }
referrals.many = { label = "Many & more", to = "first", rate = "2 per week" }
steps.first = { label = "a <b> & \"c\" 'd' \u202e å 🙂 ]]>", team = "team", \
    length_of_stay = { distribution = "exponential", mean = "3 days" }, max_waiting = 2, \
    patience = { distribution = "exponential", mean = "5 days" }, \
    next = { second = 0.6, done = 0.4 }, \
    initial = { waiting = 2, in_service = 1, waited = "9 days" } }
steps.second = { team = ["other", "hall"], intake = { every = "2 weeks", max = 3 }, \
    length_of_stay = { distribution = "exponential", mean = "9 days" }, next = { done = 1.0 }, \
    interruption = { after = { distribution = "exponential", mean = "40 days" } } }
teams.team = { label = "The team", places = 1 }
teams.other = { places = 2, per = "age", until = 2025-10-31, then = "done" }
teams.hall = { places = 9 }
exits.done = { label = "Done", sustained = { share = 0.5, for = "1 month" }, \
    returns = { share = 0.3, after = "1 month", to = "first" } }
""".replace("\\\n    ", "")
SCENARIO = SCENARIO.replace('for = "1 month"', 'after = "1 month"')


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same run with its events and without."""
    home = tmp_path_factory.mktemp("export")
    scenario = flowsim.loads(SCENARIO, name="desks")
    return (
        flowsim.run(scenario, events=True).save(home / "with"),
        flowsim.run(scenario).save(home / "without"),
    )


@pytest.fixture(scope="module")
def logs() -> list[flowsim.EventLog]:
    plan = flowsim.compile(flowsim.loads(SCENARIO, name="desks"))
    return [flowsim.simulate(plan, seed=5, replication=replication) for replication in range(3)]


def exported(folder: Path, form: str, out: Path, replication: int | None = None) -> Path:
    export(manifest.read(folder), LogFormat(form), out / f"log.{form}", replication)
    return out / f"log.{form}"


def frame_of(logs: list[flowsim.EventLog]) -> pd.DataFrame:
    frames = [log.to_frame().assign(replication=log.replication).astype(object) for log in logs]
    return pd.concat(frames, ignore_index=True)


# The same from what was kept and from the manifest


@pytest.mark.parametrize("form", list(LogFormat))
@pytest.mark.parametrize("replication", [None, 0, 2])
def test_a_log_that_was_not_kept_is_the_one_that_was(
    folders: tuple[Path, Path], tmp_path: Path, form: str, replication: int | None
) -> None:
    found = []
    for at, folder in enumerate(folders):
        (tmp_path / str(at)).mkdir()
        found.append(exported(folder, form, tmp_path / str(at), replication).read_bytes())
    assert found[0] == found[1]
    assert len(found[0]) > 1000


def test_parquet_has_the_rows_of_the_folder(folders: tuple[Path, Path], tmp_path: Path) -> None:
    found = pd.read_parquet(exported(folders[1], "parquet", tmp_path))
    kept = pd.read_parquet(folders[0] / "events.parquet")
    assert list(found.columns) == list(kept.columns)
    for column in kept:
        then, now = (table[column].astype(object) for table in (kept, found))
        assert ((then == now) | (then.isna() & now.isna())).all(), column


def test_one_replication_is_a_part_of_all(folders: tuple[Path, Path], tmp_path: Path) -> None:
    whole = pd.read_csv(exported(folders[1], "csv", tmp_path))
    (tmp_path / "one").mkdir()
    part = pd.read_csv(exported(folders[1], "csv", tmp_path / "one", 1))
    expected = whole[whole["replication"] == 1].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, expected)


# CSV


def test_csv_is_the_log_in_words(
    folders: tuple[Path, Path], tmp_path: Path, logs: list[flowsim.EventLog]
) -> None:
    path = exported(folders[1], "csv", tmp_path)
    assert path.read_bytes().startswith(b"replication,time,day,case,source,")
    found = pd.read_csv(path, encoding="utf-8", converters={"day": float})
    log = frame_of(logs)
    assert len(found) == len(log)
    assert (found["day"] == log["time"].astype(float)).all()  # every bit of it
    assert (found["event"] == log["event"].map(log_labels.EVENT_WORDS)).all()
    assert set(found["step"].dropna()) == {NASTY, "Second"}
    assert {"Many & more", f"{NASTY}: waiting at the start"} <= set(found["source"].dropna())
    assert {"Done", "Withdrawn", "The team", "Other[16-29]"} & set(found["name"].dropna()) >= {
        "Done",
        "The team",
        "Other[16-29]",
    }
    nobody = (log["participant"] < 0).to_numpy()
    assert nobody.any()
    assert (found["case"].isna() == nobody).all()
    assert (found["participant"].isna() == nobody).all()
    assert found["case"].nunique() == sum(len(log.participants()) for log in logs)


def test_csv_dates_are_the_days(folders: tuple[Path, Path], tmp_path: Path) -> None:
    found = pd.read_csv(exported(folders[1], "csv", tmp_path, 0))
    assert (found["day"] < 0).any()  # waiting since before the start
    for time_, day in zip(found["time"], found["day"], strict=True):
        instant = dt.datetime.fromisoformat(time_)
        assert instant.utcoffset() == dt.timedelta(0)
        since = instant - dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
        assert abs(since / dt.timedelta(days=1) - day) <= 0.5001e-3 / 86_400


# XES


def text_of(element: ElementTree.Element) -> dict[str, str]:
    """The attributes of a log, a trace or an event; no key stands twice."""
    kinds = ("string", "date", "int", "float")
    found = [
        (child.attrib["key"], child.attrib["value"])
        for child in element
        if child.tag in {SPACE + kind for kind in kinds}
    ]
    assert len(found) == len(dict(found))
    return dict(found)


@pytest.fixture(scope="module")
def tree(
    folders: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> ElementTree.Element:
    return ElementTree.parse(exported(folders[0], "xes", tmp_path_factory.mktemp("xes"))).getroot()


def test_xes_has_the_shape_of_the_standard(tree: ElementTree.Element) -> None:
    assert tree.tag == SPACE + "log"
    assert tree.attrib == {"xes.version": "1849.2016", "xes.features": ""}
    order = [child.tag.removeprefix(SPACE) for child in tree]
    ranks = ["extension", "global", "classifier", "string", "trace"]
    assert order == sorted(order, key=ranks.index)
    prefixes = {child.attrib["prefix"] for child in tree.iter(SPACE + "extension")}
    keys = {child.attrib["key"] for child in tree.iter() if "key" in child.attrib}
    assert {key.split(":")[0] for key in keys if ":" in key} == prefixes
    assert [child.attrib["scope"] for child in tree.iter(SPACE + "global")] == ["trace", "event"]
    for classifier in tree.iter(SPACE + "classifier"):
        for event in tree.iter(SPACE + "event"):
            assert set(classifier.attrib["keys"].split()) <= text_of(event).keys()


def test_texts_survive(tree: ElementTree.Element) -> None:
    names = {text_of(event)["concept:name"] for event in tree.iter(SPACE + "event")}
    assert {NASTY, "Second", "Referral", "Return", "Done", "Done: held"} <= names
    assert text_of(tree)["concept:name"] == "Two desks <&>"


def test_every_participant_is_a_trace_and_every_row_an_event(
    tree: ElementTree.Element, logs: list[flowsim.EventLog]
) -> None:
    found = [
        (*text_of(trace)["concept:name"].split("-", 1), int(event["episode"]), event["event"])
        for trace in tree.iter(SPACE + "trace")
        for event in map(text_of, trace.findall(SPACE + "event"))
    ]
    rows = [
        (str(log.replication), f"{row.source}-{row.participant}", row.episode, row.event)
        for log in logs
        for row in log.to_frame().itertuples()
        if row.participant >= 0
    ]
    assert Counter(found) == Counter(rows)
    names = [text_of(trace)["concept:name"] for trace in tree.iter(SPACE + "trace")]
    assert len(names) == len(set(names)) == sum(len(log.participants()) for log in logs)


def test_a_trace_keeps_the_order_of_the_log(tree: ElementTree.Element) -> None:
    for trace in tree.iter(SPACE + "trace"):
        events = [text_of(event) for event in trace.findall(SPACE + "event")]
        days = [float(event["day"]) for event in events]
        assert days == sorted(days)
        times = [event["time:timestamp"] for event in events]
        assert times == sorted(times)


def test_groups_and_source_are_attributes_of_the_trace(
    tree: ElementTree.Element, logs: list[flowsim.EventLog]
) -> None:
    expected = {
        f"{log.replication}-{row.source}-{row.participant}": row.age
        for log in logs
        for row in log.participants().itertuples()
    }
    found = {}
    for trace in tree.iter(SPACE + "trace"):
        told = text_of(trace)
        found[told["concept:name"]] = told["age"]
        assert told["replication"] == told["concept:name"].split("-")[0]
    assert found == expected
    assert set(expected.values()) == {"16-29", '<30 & "more"'}


ORDERS = {
    None: {"schedule", "start"},
    "schedule": {"start", "withdraw"},
    "start": {"complete", "ate_abort"},
}


def test_transitions_follow_the_standard_lifecycle(tree: ElementTree.Element) -> None:
    """Of each activity: scheduled, then started or withdrawn; started, then complete or aborted.

    See W. van der Aalst, Process Mining (2011), section 4.2, "Standard transactional life-cycle
    model". Who is inside when the run begins was scheduled before.
    """
    seen: set[tuple[str | None, str]] = set()
    for trace in tree.iter(SPACE + "trace"):
        state: dict[str, str | None] = {}
        for event in map(text_of, trace.findall(SPACE + "event")):
            activity, transition = event["concept:name"], event["lifecycle:transition"]
            if activity in ("Referral", "Return") or event["event"] in ("exited", "sustained"):
                assert transition == "complete"
                continue
            before = state.get(activity)
            assert transition in ORDERS[before], (before, transition)
            seen.add((before, transition))
            state[activity] = transition if transition in ("schedule", "start") else None
    assert seen == {(state, after) for state, afters in ORDERS.items() for after in afters}


def test_teams_stand_where_somebody_is_served(tree: ElementTree.Element) -> None:
    for trace in tree.iter(SPACE + "trace"):
        age = text_of(trace)["age"]
        for event in map(text_of, trace.findall(SPACE + "event")):
            served = event["lifecycle:transition"] in ("start", "ate_abort")
            served |= event["event"] == "finished"
            assert ("org:resource" in event) == ("org:group" in event) == served
            if served:
                teams = "The team" if event["concept:name"] != "Second" else f"Other[{age}] + Hall"
                assert event["org:resource"] == event["org:group"] == teams


def test_every_event_of_a_participant_has_a_transition() -> None:
    about_nobody = {"left_post", "filled_post", "places", "meeting"}
    known = {EVENTS[event] for event in xes.TRANSITIONS} | {"team_ended"}
    assert known == set(EVENTS) - about_nobody


def test_rows_about_nobody_are_counted(
    folders: tuple[Path, Path], tmp_path: Path, logs: list[flowsim.EventLog]
) -> None:
    left_out = export(manifest.read(folders[0]), LogFormat.XES, tmp_path / "a.xes")
    assert left_out == sum(int((log.participant < 0).sum()) for log in logs) > 0


def test_pm4py_reads_it(folders: tuple[Path, Path], tmp_path: Path) -> None:
    pm4py = pytest.importorskip("pm4py", reason="pm4py, an independent reader, is not installed")
    log = pm4py.read_xes(str(exported(folders[0], "xes", tmp_path, 0)))
    assert {"case:age", "case:source", "org:resource"} <= set(log.columns)
    assert str(log["time:timestamp"].dtype).startswith("datetime64")


# Refused


def test_a_kept_log_that_cannot_be_repeated_is_no_xes(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    """Its participants' groups would be those of others; the other formats do without."""
    import shutil

    folder = Path(shutil.copytree(folders[0], tmp_path / "kept"))
    events = pd.read_parquet(folder / "events.parquet")
    events.loc[100, "time"] += 0.25
    events.to_parquet(folder / "events.parquet", index=False)
    with pytest.raises(ResultsError, match="cannot be simulated again"):
        exported(folder, "xes", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    days = pd.read_csv(exported(folder, "csv", tmp_path))["day"]
    assert days[100] == events["time"][100]


@pytest.mark.parametrize("replication", [3, -1])
def test_a_replication_that_is_not_there(
    folders: tuple[Path, Path], tmp_path: Path, replication: int
) -> None:
    with pytest.raises(ResultsError, match=f"found {replication}; allowed: 0 to 2"):
        exported(folders[0], "csv", tmp_path, replication)


@pytest.mark.parametrize("name", ["", "a/b.csv", "x" * 300, "a\0b"])
def test_files_that_cannot_be(folders: tuple[Path, Path], tmp_path: Path, name: str) -> None:
    with pytest.raises(ResultsError):
        export(manifest.read(folders[0]), LogFormat.CSV, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_stays(folders: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(ResultsError, match="exists already"):
        exported(folders[0], "csv", tmp_path)
    assert (tmp_path / "log.csv").read_text(encoding="utf-8") == "mine"


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    def write_half() -> None:
        with store.whole_file(tmp_path / "log.csv") as path:
            path.write_text("half", encoding="utf-8")
            raise KeyError

    with pytest.raises(KeyError):
        write_half()
    assert list(tmp_path.iterdir()) == []


def test_every_event_has_words() -> None:
    assert log_labels.EVENT_WORDS.keys() == set(EVENTS)


# The command


def command(*words: object, cwd: Path) -> Ended:
    return flowsim_command("export", *words, cwd=cwd)


def test_the_command_says_what_it_wrote(folders: tuple[Path, Path], tmp_path: Path) -> None:
    ended = command(folders[0], "--format", "xes", "--replication", 1, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, "with-events-1.xes: written\n")
    assert re.fullmatch(r"left out: \d+ rows about teams, posts and meetings, .*\n", ended.stderr)
    assert [path.name for path in tmp_path.iterdir()] == ["with-events-1.xes"]
    ended = command(folders[0], "--format", "xes", "--replication", 1, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "with-events-1.xes: exists already; choose another name\n"


def test_the_command_refuses_in_one_line(folders: tuple[Path, Path], tmp_path: Path) -> None:
    for words, message in (
        ((tmp_path, "--format", "csv"), "no results of flowsim"),
        ((folders[0], "--format", "csv", "--replication", 3), "allowed: 0 to 2"),
        ((folders[0], "--format", "mxml"), "'parquet', 'csv', 'xes'"),
        ((folders[0], "--format", "csv", "--out", "no/log.csv"), "cannot be written"),
    ):
        ended = command(*words, cwd=tmp_path)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert message in ended.stderr
        assert "Traceback" not in ended.stderr
        assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    scenario = flowsim.loads(SCENARIO, name="desks", set={"run.until": dt.date(2034, 12, 31)})
    folder = flowsim.run(scenario, replications=40).save(tmp_path / "kept")
    words = [sys.executable, "-m", "flowsim.cli", "export", folder, "--format", "xes"]
    writing = subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 120
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    writing.send_signal(signal.SIGINT)
    assert writing.communicate(timeout=60)[1] == "stopped; nothing was written\n"
    assert writing.returncode == 130
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
