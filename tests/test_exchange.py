"""Folders change places: killed before each single step, with and without the kernel's exchange."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from flowsim import ResultsError
from flowsim.study import manifest, renaming, store, workplaces

FILES = ("kpis.parquet", "series.parquet", "summary.csv")
MINE = {"notes.txt": "years of work", "mine/letter.txt": "Dear all", "report.docx": "edited"}
LEFT = ".out.run-0123456789abcdef.flowsim"
STEPS = ("chmod", "fsync", "mkdir", "open", "rename", "replace", "rmdir", "unlink")


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # a killed program leaves it to the system


def write(folder: Path, version: str, has_report: bool = True) -> store.NewFolder:
    """Write a run whose files all say of which version they are."""
    with store.whole_folder(folder, "run") as new:
        for name in (*FILES, *(["report.html"] if has_report else [])):
            (new.path / name).write_text(version)
        store.write_manifest(new.path / "manifest.json", "run", {"version": version})
    return new


def with_mine(folder: Path) -> None:
    for name, text in MINE.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)


def version_of(folder: Path) -> str:
    """Return the version of a folder, all of whose files must be of it."""
    version: str = json.loads((folder / "manifest.json").read_text())["version"]
    assert {(folder / name).read_text() for name in FILES} == {version}
    return version


def assert_mine(folder: Path) -> None:
    assert {name: (folder / name).read_text() for name in MINE} == MINE


def killed_before(step: int, work: Callable[[], Any], has_exchange: bool) -> bool:
    """Do some work in another process that dies before a step; return whether it came to it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forked beside threads of pytest
        process = os.fork()
    if process:
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        assert status in (0, 9)
        return status == 9
    try:
        count = 0

        def counted(call: Callable[..., Any]) -> Callable[..., Any]:
            def called(*words: Any, **more: Any) -> Any:
                nonlocal count
                count += 1
                if count == step:
                    os._exit(9)
                return call(*words, **more)

            return called

        for name in STEPS:
            setattr(os, name, counted(getattr(os, name)))
        if has_exchange:
            renaming._renamed = counted(renaming._renamed)
        else:
            renaming._renameat2 = lambda: None  # type: ignore[assignment]
        work()
        os._exit(0)
    finally:
        os._exit(1)


def begun(base: Path) -> Path:
    """Make a run with files of the user's own in it."""
    write(base / "out", "first")
    with_mine(base / "out")
    return base / "out"


def assert_whole(out: Path, has_report: bool) -> str:
    """One version, all that is the user's, and nothing else; return which version."""
    version = version_of(out)
    assert_mine(out)
    of_report = "second" if version == "second" and has_report else "first"
    assert (out / "report.html").read_text() == of_report
    assert os.listdir(out.parent) == ["out"]
    others = ("manifest.json", "report.html", "mine", "notes.txt", "report.docx")
    assert set(os.listdir(out)) == {*others, *FILES}
    return version


@pytest.mark.parametrize("has_report", [True, False])
@pytest.mark.parametrize("has_exchange", [True, False])
def test_killed_at_each_step_nothing_is_lost(
    tmp_path: Path, has_exchange: bool, has_report: bool
) -> None:
    seen, step, is_killed = [], 0, True
    while is_killed:
        step += 1
        out = begun(tmp_path / str(step))
        is_killed = killed_before(step, partial(write, out, "second", has_report), has_exchange)
        if has_exchange:
            version_of(out)  # at every moment there is a whole one
        store.tidy_for(out)
        seen.append(assert_whole(out, has_report))
    assert step > 15, "every step is counted"
    assert seen == sorted(seen), "first the earlier one, from some step on the new one"
    assert {seen[0], seen[-2], seen[-1]} == {"first", "second"}


def test_a_report_that_was_not_put_in_place_does_not_come_to_an_earlier_run(tmp_path: Path) -> None:
    """Nor is the earlier one lost where the new run has none."""
    step, is_killed = 0, True
    while is_killed:
        step += 1
        out = tmp_path / str(step) / "out"
        write(out, "first", has_report=False)
        is_killed = killed_before(step, partial(write, out, "second"), True)
        store.tidy_for(out)
        assert (out / "report.html").exists() == (version_of(out) == "second")


@pytest.mark.proof
@pytest.mark.parametrize("has_exchange", [True, False])
def test_killed_again_while_it_is_tidied_nothing_is_lost(
    tmp_path: Path, has_exchange: bool
) -> None:
    step, is_killed = 0, True
    while is_killed:
        step, again, is_killed_again = step + 1, 0, True
        while is_killed_again:
            again += 1
            out = begun(tmp_path / f"{step}-{again}")
            is_killed = killed_before(step, partial(write, out, "second", False), has_exchange)
            is_killed_again = killed_before(again, partial(store.tidy_for, out), has_exchange)
            store.tidy_for(out)
            assert_whole(out, False)


def test_killed_at_each_step_of_a_first_run(tmp_path: Path) -> None:
    step, is_killed, seen = 0, True, set()
    while is_killed:
        step += 1
        out = tmp_path / str(step) / "out"
        is_killed = killed_before(step, partial(write, out, "first"), True)
        store.tidy_for(out)
        seen.add(out.exists() and version_of(out))
        assert [path.name for path in tmp_path.joinpath(str(step)).glob("*")] in ([], ["out"])
    assert seen == {False, "first"}


def test_killed_at_each_step_of_a_file(tmp_path: Path) -> None:
    step, is_killed = 0, True
    while is_killed:
        step += 1
        path = tmp_path / str(step) / "report.html"
        path.parent.mkdir()
        path.write_text("first")
        work = partial(store.write_file, path, "second", replace=True)
        is_killed = killed_before(step, work, True)
        assert path.read_text() in ({"first", "second"} if is_killed else {"second"})
        workplaces.tidy(path.parent)
        assert [one.name for one in path.parent.iterdir()] == ["report.html"]


def test_killed_between_two_renames_a_reader_finishes_them(tmp_path: Path) -> None:
    out, left = tmp_path / "out", tmp_path / LEFT
    write(tmp_path / "one", "first")
    write(tmp_path / "other", "second")
    left.mkdir()
    (tmp_path / "one").rename(left / "old")
    (tmp_path / "other").rename(left / "new")
    (left / "old" / "notes.txt").write_text("years of work")
    (left / "lock").touch()
    assert '"second"' in manifest.content(out)
    assert (out / "notes.txt").read_text() == "years of work"
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.parametrize("has_exchange", [True, False])
def test_folders_change_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_exchange: bool
) -> None:
    if not has_exchange:
        monkeypatch.setattr(renaming, "_renameat2", lambda: None)
    out = tmp_path / "out"
    write(out, "first")
    with_mine(out)
    (out / "figures").mkdir()
    assert write(out, "second", has_report=False).earlier == (
        *("report.html", "report.docx", "figures"),
    )
    assert version_of(out) == "second"
    assert_mine(out)
    assert os.listdir(tmp_path) == ["out"]


def test_two_names_are_exchanged_by_the_kernel(tmp_path: Path) -> None:
    """Else the tests with exchange would be those without."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("1")
    other.mkdir()
    if not renaming.exchange(one, other):
        pytest.skip("this file system cannot")
    assert one.is_dir()
    assert other.read_text() == "1"
    with pytest.raises(FileExistsError):
        renaming.rename_to_new(one, other)
    with pytest.raises(ValueError, match="null"):
        renaming.rename_to_new(one, tmp_path / "a\0b")


def test_of_two_names_alike_both_are_kept(tmp_path: Path) -> None:
    """Files of the user, put there after a kill under names that wait in the hidden folder."""
    out = tmp_path / "out"
    write(out, "first")
    with_mine(out)
    left = tmp_path / LEFT
    (left / "new").mkdir(parents=True)
    (left / "lock").touch()
    (left / "new" / "notes.txt").write_text("older")
    (left / "new" / "kpis.parquet").write_text("flowsim's")
    store.tidy_for(out)
    assert_mine(out)
    assert (out / "notes (2).txt").read_text() == "older"
    assert os.listdir(tmp_path) == ["out"]


def test_what_is_in_use_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with store.whole_folder(out, "run") as new:
        write(tmp_path / "other", "first")  # tidies beside it
        assert new.path.is_dir()
        with pytest.raises(ResultsError, match="out: cannot be written: another run is writing"):
            write(out, "second")
        (new.path / "manifest.json").write_text("{}")
    assert os.listdir(out) == ["manifest.json"]


def test_of_many_at_once_all_end_whole_or_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, "first")
    with_mine(out)
    processes = []
    for number in range(6):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            processes.append(os.fork())
        if not processes[-1]:
            try:
                write(out, f"of {number}")
                os._exit(0)
            except ResultsError as error:
                os._exit(2 if "another run" in str(error) else 1)
            finally:
                os._exit(1)
    ended = [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in processes]
    assert set(ended) <= {0, 2}
    assert 0 in ended
    assert ended[int(version_of(out).removeprefix("of "))] == 0
    assert_mine(out)
    assert os.listdir(tmp_path) == ["out"]


def test_finished_results_that_cannot_take_their_place_are_kept_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"

    def disturbed() -> None:
        with store.whole_folder(out, "run") as new:
            (new.path / "kpis.parquet").write_text("hours of work")
            out.mkdir()
            (out / "mine.txt").touch()

    with pytest.raises(ResultsError, match=r"such as mine.txt; .*; the results are in .*out-2$"):
        disturbed()
    assert (tmp_path / "out-2" / "kpis.parquet").read_text() == "hours of work"
    assert os.listdir(out) == ["mine.txt"]

    def busy(*_: Path) -> bool:
        raise OSError(16, "busy")

    write(tmp_path / "run", "first")
    monkeypatch.setattr(store, "exchange", busy)
    with pytest.raises(ResultsError, match=r"resource busy; the results are in .*run-2$"):
        write(tmp_path / "run", "second")
    assert version_of(tmp_path / "run") == "first"
    assert version_of(tmp_path / "run-2") == "second"
    assert not list(tmp_path.glob(".*"))


def test_links_in_a_hidden_folder_are_not_followed(tmp_path: Path) -> None:
    mine, out = tmp_path / "mine", tmp_path / "out"
    mine.mkdir()
    (mine / "summary.csv").write_text("years of work")
    left = tmp_path / LEFT
    left.mkdir()
    (left / "lock").touch()
    (left / "new").symlink_to(mine)
    store.tidy_for(out)
    assert (mine / "summary.csv").read_text() == "years of work"
