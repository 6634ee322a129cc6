"""The compiled engine and the compiled passes over a log give the same when nothing is compiled.

With NUMBA_DISABLE_JIT=1 its text runs as plain Python, in which every index is checked: a read
beyond an array's end, which compiled code does not notice, is an error here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mutants.cases import Case, cases, outcome

import flowsim
from flowsim.analysis.kpis import measure
from flowsim.engine import compiled_model, jit, simpy_model
from flowsim.engine.eventlog import COLUMNS

N_GENERATED = 40
TABLES = (*COLUMNS, "first_participant", "values")


def compared() -> tuple[Case, ...]:
    """Every trace, and the first of the generated scenarios."""
    return cases("traces", "cases") + cases("generated")[:N_GENERATED]


def tables(log: flowsim.EventLog) -> dict[str, np.ndarray]:
    """The columns of a log, its tables, and every figure made from it."""
    return {table: getattr(log, table) for table in TABLES} | {"figures": measure(log)}


def logged(case: Case, plan: flowsim.Plan) -> flowsim.EventLog:
    log = outcome(compiled_model.simulate, plan, case)
    assert isinstance(log, flowsim.EventLog), log
    return log


@pytest.fixture(scope="module")
def uncompiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of logs that a process without compilation has written."""
    folder = tmp_path_factory.mktemp("uncompiled")
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-W", "error", __file__, str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.proof
def test_logs_and_figures_are_the_same_to_the_last_bit(uncompiled: Path) -> None:
    assert jit.IS_COMPILED
    names = sorted(f"{case.kind}-{case.name}" for case in compared())
    assert sorted(path.stem for path in uncompiled.glob("*.npz")) == names
    for case in compared():
        compiled = tables(logged(case, case.plan()))
        with np.load(uncompiled / f"{case.kind}-{case.name}.npz") as written:
            different = [
                name
                for name, table in compiled.items()
                if not np.array_equal(table, written[name], equal_nan=table.dtype.kind == "f")
            ]
        assert not different, f"{case.kind}/{case.name}"


def write_logs(folder: Path) -> None:
    """Run every case on both engines as plain Python, and write the logs."""
    assert not jit.IS_COMPILED
    for case in compared():
        plan = case.plan()
        log = logged(case, plan)
        readable = outcome(simpy_model.simulate, plan, case)
        assert isinstance(readable, flowsim.EventLog), readable
        assert readable.equals(log), f"{case.kind}/{case.name}: the engines differ"
        np.savez(folder / f"{case.kind}-{case.name}.npz", **tables(log))


if __name__ == "__main__":
    write_logs(Path(sys.argv[1]))
