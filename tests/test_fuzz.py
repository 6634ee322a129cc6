"""Some hundreds of damaged files, settings and folders; `tests/fuzz.py` does thousands.

Each case is known by its seed, kind and number: nothing here is drawn anew from run to run.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import fuzz
import pytest
from fuzzing import files
from fuzzing.kinds import KINDS, figures, small

SEED = 1
MANY = {"scenario": 120, "experiment": 60, "setting": 120, "list": 60, "file": 25}


pytestmark = pytest.mark.usefixtures("alarm")


@pytest.fixture
def alarm() -> Iterator[None]:
    """End a case that takes or waits too long, and come back to where the tests began."""

    def ring(*_: object) -> None:
        raise fuzz.TooLongError

    here, signals = Path.cwd(), (signal.SIGALRM, signal.SIGPROF)
    before = [signal.signal(one, ring) for one in signals]
    yield
    signal.alarm(0)
    for one, was in zip(signals, before, strict=True):
        signal.signal(one, was)
    os.chdir(here)


@pytest.mark.filterwarnings("ignore")  # what a damaged file makes a library warn of is no failure
@pytest.mark.parametrize("kind", MANY)
def test_damaged_input_gives_errors_of_flowsim_only(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fuzzing.kinds.SIMULATED", 0.0)
    monkeypatch.setattr("fuzzing.kinds.REPORTED", 0.0)
    monkeypatch.setattr(files, "APART", 0.0)
    small(), figures()
    for number in range(MANY[kind]):
        signal.alarm(fuzz.STUCK)
        assert not fuzz.failure_of((kind, number), SEED)


def test_cases_are_as_many_as_asked() -> None:
    many = list(fuzz.cases(20_000, 200, 140))
    assert len(many) == len(set(many)) == 20_340
    assert fuzz.failure_of(("file", -1), SEED) == ""


def test_what_goes_wrong_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("steps")

    monkeypatch.setitem(KINDS, "broken", broken)
    assert "KeyError: 'steps'" in fuzz.failure_of(("broken", 0), SEED)
