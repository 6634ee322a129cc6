"""One program, one workload, one process: what `measuring` starts. Writes a JSON object.

Start-up, a first replication that warms caches, and the timed loop are apart.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from multiprocessing import Pool
from pathlib import Path
from typing import Any

from programs import PROGRAMS
from workloads import WORKLOADS, Queue, Workload

WARM_UP_PARTICIPANTS = 1_000


@dataclass(frozen=True)
class Task:
    """What one process does.

    Parameters
    ----------
    program, workload : their keys
    seed : replication i has the seed `seed + i` (flowsim: the key `seed` and its number)
    replications : how many
    participants : of W1
    cores : 1 (the process is bound to one core, where the system can) or 2
    warm_up : whether a short run comes before the timed one
    """

    program: str
    workload: str
    seed: int
    replications: int
    participants: int
    cores: int = 1
    warm_up: bool = True

    def chosen(self, participants: int) -> Workload:
        """Return the workload; W1 with so many participants."""
        workload = WORKLOADS[self.workload]
        if isinstance(workload, Queue):
            return replace(workload, participants=participants)
        return workload


def run_task(task: Task) -> dict[str, Any]:
    """Run a task; return seconds of the loop and the figures of each replication."""
    program = PROGRAMS[task.program]
    module = import_module(program.modules[task.workload])
    with_pool = program.loops and task.cores > 1
    pool = Pool(task.cores) if with_pool else None
    code = Loop(module, pool) if program.loops else module
    if task.warm_up:
        code.run(code.prepare(task.chosen(WARM_UP_PARTICIPANTS)), task.seed, task.cores)
    workload = task.chosen(task.participants)
    prepared = code.prepare(workload)
    began_at = time.perf_counter()
    found = code.run(prepared, task.seed, task.replications)
    seconds = time.perf_counter() - began_at
    if pool is not None:
        pool.terminate()
    if not program.loops:
        found = module.figures_of(found, workload) if program.compared else []
    return {"seconds": seconds, "figures": found}


class Loop:
    """Replication after replication, shared among the processes of a pool if there is one."""

    def __init__(self, module: Any, pool: Any) -> None:
        self.module, self.pool = module, pool

    def prepare(self, workload: Workload) -> Workload:
        return workload

    def run(self, workload: Workload, seed: int, replications: int) -> list[Any]:
        pairs = [(workload, seed + i) for i in range(replications)]
        if self.pool is None:
            return [self.module.replicate(*pair) for pair in pairs]
        found: list[Any] = self.pool.starmap(self.module.replicate, pairs, chunksize=1)
        return found


def bind_to(n_cores: int) -> None:
    """Bind the process to so many cores, where the system can (Linux)."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-n_cores:])


def main() -> None:
    """Read a task, run it, write what it gave."""
    task = Task(**json.loads(sys.argv[1]))
    bind_to(task.cores)
    Path(sys.argv[2]).write_text(json.dumps(run_task(task)), encoding="utf-8")


def argument(task: Task) -> str:
    """Return a task as `main` reads it."""
    return json.dumps(asdict(task))


if __name__ == "__main__":
    main()
