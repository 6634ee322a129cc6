"""Compiled code is kept in a folder of the user's own, and nothing about it stops a run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import flowsim
from flowsim.engine import jit, kept_code, kernel
from flowsim.engine.eventlog import EXITED
from flowsim.study import first_run

ROOT = Path(__file__).parent.parent
DESK = """
scenario.title = "Desk"
run = { start = 2025-01-01, length = "10 days", replications = 2 }
referrals.all = { to = "desk", rate = "1 per day" }
steps.desk = { length_of_stay = "1 day", next = { done = 1 } }
exits.done = "Done"
"""
CALL = """
from flowsim.engine import jit, kernel
print(kernel.choose.py_func.__name__, kernel.exponential_quantile(2.0, 0.5))
print(jit.kept_in())
print(jit.why_not_kept())
"""
MEDIAN = 2 * np.log(2)  # of the exponential with mean 2


def called(code: str = CALL, **environment: str) -> list[str]:
    """Run a small compiled function in another process; return the lines that are printed."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    assert float(ended.stdout.split()[1]) == pytest.approx(MEDIAN)
    return ended.stdout.splitlines()[1:]


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("flowsim/code-*/*.code"))


def test_nothing_is_kept_in_the_package(tmp_path: Path) -> None:
    assert called(NUMBA_CACHE_DIR=str(tmp_path))[0].startswith(str(tmp_path / "flowsim"))
    assert [path.name.split("-")[0] for path in files_of(tmp_path)] == ["exponential_quantile"]
    package = Path(flowsim.__file__).parent
    assert not [*package.rglob("*.nbi"), *package.rglob("*.nbc"), *package.rglob("*.code")]


def test_it_is_kept_in_the_users_cache_folder(tmp_path: Path) -> None:
    environment = {"XDG_CACHE_HOME": str(tmp_path), "NUMBA_CACHE_DIR": ""}
    folder, complaint = called(**environment)
    assert folder.startswith(str(tmp_path / "flowsim" / "code-"))
    assert complaint == ""
    assert Path(folder).stat().st_mode & 0o777 == 0o700
    written = files_of(tmp_path)[0].stat().st_mtime_ns
    called(**environment)
    assert files_of(tmp_path)[0].stat().st_mtime_ns == written  # and read from there


@pytest.mark.proof
def test_a_damaged_file_is_compiled_again(tmp_path: Path) -> None:
    called(NUMBA_CACHE_DIR=str(tmp_path))
    (file,) = files_of(tmp_path)
    whole = file.read_bytes()
    flipped = whole[:100] + bytes([whole[100] ^ 1]) + whole[101:]
    for damaged in (b"", b"\x80\x05N.", whole[:-1], flipped):
        file.write_bytes(damaged)
        called(NUMBA_CACHE_DIR=str(tmp_path))
        assert kept_code.read(file) is not None


@pytest.mark.proof
def test_without_a_folder_it_is_compiled_each_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    folder, complaint = called(NUMBA_CACHE_DIR=str(tmp_path / "file"))
    assert folder == "None"
    assert "NUMBA_CACHE_DIR" in complaint


@pytest.mark.proof
def test_a_full_disk_stops_nothing(tmp_path: Path) -> None:
    full = (
        "from flowsim.engine import kept_code\n"
        "def write(path, data): raise OSError(28, 'No space left on device')\n"
        "kept_code.write = write\n"
    )
    folder, complaint = called(full + CALL, NUMBA_CACHE_DIR=str(tmp_path))
    assert complaint == f"{folder}: no space left on device"


@pytest.mark.proof
@pytest.mark.skipif(not hasattr(os, "getuid"), reason="a user has no number here")
@pytest.mark.parametrize("whose", ["writable", "link", "file", "read-only parent"])
def test_code_of_others_is_never_loaded(tmp_path: Path, whose: str) -> None:
    """Somebody else may have made the folder among temporary files first."""
    temporary, home = tmp_path / "tmp", tmp_path / "home"
    temporary.mkdir()
    home.write_text("no folder")
    place = temporary / f"flowsim-{os.getuid()}"
    if whose == "writable":
        place.mkdir()
        place.chmod(0o777)
    elif whose == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        place.symlink_to(tmp_path / "elsewhere")
    elif whose == "file":
        place.write_text("")
    environment = {"XDG_CACHE_HOME": str(home), "NUMBA_CACHE_DIR": "", "TMPDIR": str(temporary)}
    folder, complaint = called(**environment)
    if whose == "read-only parent":  # nobody was there before: it is made
        assert folder.startswith(str(place))
        assert complaint == ""
    else:
        assert folder == "None"
        assert complaint


def test_a_constant_of_another_file_is_another_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Event codes come from eventlog.py, and are compiled in."""
    before = jit._key()
    assert jit._key() == before
    monkeypatch.setattr(kernel, "EXITED", EXITED + 1)
    assert jit._key() != before
    monkeypatch.undo()
    assert jit._key() == before


def test_folders_that_nobody_uses_are_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    old, used = kept_code.folder_of("01"), kept_code.folder_of("02")
    assert old is not None
    assert used is not None
    (old / "run-1.code").write_bytes(b"")
    long_ago = time.time() - 86400 * (kept_code.UNUSED_DAYS + 1)
    os.utime(old, (long_ago, long_ago))
    os.utime(used, (long_ago, long_ago))
    assert kept_code.folder_of("02") == used  # a start with it
    foreign = tmp_path / "flowsim" / "notes"
    foreign.mkdir()
    os.utime(foreign, (long_ago, long_ago))
    new = kept_code.folder_of("03")
    assert new is not None
    assert sorted(path.name for path in new.parent.iterdir()) == ["code-02", "code-03", "notes"]


@pytest.mark.parametrize("name", ["numba", "flowsim", "numpy", "typing"])
def test_a_first_start_runs_no_file_of_the_folder_it_is_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    marker = tmp_path / "executed"
    (tmp_path / f"{name}.py").write_text(f"open({str(marker)!r}, 'w').close()\n")
    plan = flowsim.compile(flowsim.loads(DESK))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(first_run.compiled_model, "simulate", lambda *_, **__: None)
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")  # the process beside this one is quick then
    first_run.compile_everything(plan)
    assert not marker.exists()
