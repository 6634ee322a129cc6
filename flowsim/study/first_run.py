"""The first run on a machine: everything compiled is compiled, once, on two cores.

Run as a program (`python -m flowsim.study.first_run`) this file compiles the passes over the event
log and keeps their code on disk, while the process that needs them compiles the engine.
"""

from __future__ import annotations

import subprocess
import sys

from flowsim.analysis import kpis
from flowsim.engine import compiled_model, jit, kernel, simpy_model
from flowsim.engine.compiling import compile_plan
from flowsim.engine.plan import Plan
from flowsim.scenario.loading import loads

SMALLEST = """
scenario.title = "One participant"
run = { start = 2025-01-01, length = "1 day" }
referrals.all = { to = "desk", cohort = [{ date = 2025-01-01, count = 1 }] }
steps.desk = { length_of_stay = "1 day", next = { done = 1 } }
exits.done = "Done"
"""


def is_due() -> bool:
    """Whether something has yet to be compiled."""
    return not (jit.is_cached(kernel.run) and jit.is_cached(kernel.divide))


def compile_everything(plan: Plan) -> None:
    """Compile the engine here, and in a process beside this one what measures its logs.

    Without such a process (it was ended, cannot be started, or nothing can be kept on disk) the
    passes are compiled when they are first called, as ever.
    """
    beside = _started() if jit.kept_in() else None
    try:
        compiled_model.simulate(plan, seed=0, replication=0)
        if beside is not None:
            beside.wait()
    finally:
        if beside is not None:
            beside.kill()
            beside.wait()


def _started() -> subprocess.Popen[bytes] | None:
    """Start this file as a program; -P, so that it runs no file of the folder it is started in."""
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "flowsim.study.first_run"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None


def compile_passes() -> None:
    """Compile the passes over the event log, the last of which is `kernel.divide`."""
    kpis.measure(simpy_model.simulate(compile_plan(loads(SMALLEST)), seed=0, replication=0))


if __name__ == "__main__":
    compile_passes()
