"""The public door: what it offers, and that it opens fast."""

from __future__ import annotations

import subprocess
import sys

import pytest

import flowsim

HEAVY = ("numba", "pandas", "scipy", "simpy", "matplotlib", "pyarrow", "pydantic")


def test_all_is_sorted_and_complete() -> None:
    in_order = sorted(flowsim.__all__, key=lambda name: (not name.isupper(), name))
    assert flowsim.__all__ == in_order, "constants, classes, functions"
    for name in flowsim.__all__:
        assert getattr(flowsim, name) is not None
    assert set(dir(flowsim)) == set(flowsim.__all__)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        flowsim.simulat  # noqa: B018


@pytest.mark.parametrize("code", ["import flowsim", "import flowsim.cli"])
def test_importing_is_light(code: str) -> None:
    code += f"; import sys; print([name for name in {HEAVY} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert loaded.stdout.strip() == "[]", loaded.stderr
