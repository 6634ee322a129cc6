"""Start programs as processes of their own, in alternation, and note what each took.

Nothing heavy is imported here: on Linux a process begins with the peak memory of its parent.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from one_process import Task, argument

HERE = Path(__file__).parent
KIB_PER_MAXRSS = 1 / 1024 if sys.platform == "darwin" else 1.0  # macOS counts bytes


class ProgramFailedError(Exception):
    """A program ended with an error; the message is what it printed last."""


@dataclass(frozen=True)
class Sample:
    """What one process took.

    Parameters
    ----------
    task : what it did
    seconds : of the timed replications
    whole : from its start to its end [s]
    cpu : processor time of the whole [s]
    peak : most memory it had [MiB]
    figures : of each replication
    """

    task: Task
    seconds: float
    whole: float
    cpu: float
    peak: float
    figures: list[dict[str, float]]


def run_process(task: Task, environment: dict[str, str] | None = None) -> Sample:
    """Run a task in a fresh process.

    Raises
    ------
    ProgramFailedError
        If it ends with an error.
    """
    with tempfile.TemporaryDirectory() as folder:
        out, said = Path(folder) / "out.json", Path(folder) / "said.txt"
        command = [sys.executable, str(HERE / "one_process.py"), argument(task), str(out)]
        with said.open("wb") as stream:
            began_at = time.perf_counter()
            child = subprocess.Popen(
                command, stdout=stream, stderr=stream, env={**os.environ, **(environment or {})}
            )
            _, status, used = os.wait4(child.pid, 0)
            whole = time.perf_counter() - began_at
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            last = said.read_text("utf-8", errors="replace")[-2000:]
            raise ProgramFailedError(f"{task.program}, {task.workload}: {last}")
        found = json.loads(out.read_text("utf-8"))
    cpu = used.ru_utime + used.ru_stime
    peak = used.ru_maxrss * KIB_PER_MAXRSS / 1024
    return Sample(task, found["seconds"], whole, cpu, peak, found["figures"])


def alternate(tasks: Iterable[Task], rounds: int) -> Iterator[Sample]:
    """Run each task once, then each again: A B C A B C, with other seeds each round."""
    tasks = list(tasks)
    for number in range(rounds):
        for task in tasks:
            seed = task.seed + 100_000 * (number + 1)
            yield run_process(Task(**{**vars(task), "seed": seed}))


def starts(task: Task, rounds: int, *, cold: bool) -> list[Sample]:
    """Run one replication from a process's start to its end, a few times.

    cold : with an empty compile cache each time; else with the one that earlier runs have filled
    """
    samples = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            cache = {"NUMBA_CACHE_DIR": str(Path(folder) / str(number))} if cold else None
            samples.append(run_process(task, cache))
    return samples
