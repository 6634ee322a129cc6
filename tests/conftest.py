"""What all tests share: the engines, and scenarios written in the test itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import flowsim
from flowsim.language import speaking
from flowsim.study.unknown import playing

ENGINES = ["simpy", "kernel"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--proofs", action="store_true", help="run the proofs, too; see proofs.py")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out proofs, which `proofs.py` runs."""
    if not config.getoption("--proofs"):
        proofs = [item for item in items if item.get_closest_marker("proof")]
        config.hook.pytest_deselected(items=proofs)
        items[:] = [item for item in items if not item.get_closest_marker("proof")]


def pytest_configure() -> None:
    """Let Ctrl-C reach the programs that tests start, also where a shell has it ignored (nohup)."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["LC_ALL"] = "C.UTF-8"  # commands speak English, also to who tests in Swedish


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Let each test begin in English, also after one that ran a command in its own process."""
    with speaking("en"):
        yield


@pytest.fixture(autouse=True)
def _few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands in the tests' own process play few draws; `test_unknown.py` asks for more."""
    monkeypatch.setattr(playing, "DRAWS", 20)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Name of an engine: a test that asks for it runs once on each."""
    return str(request.param)


@pytest.fixture
def plan_of(tmp_path: Path) -> Callable[..., flowsim.Plan]:
    """Compile a scenario given as text, with overrides as `flowsim.load` takes them."""

    def compile_text(text: str, **overrides: object) -> flowsim.Plan:
        path = tmp_path / "scenario.toml"
        path.write_text(text, encoding="utf-8")
        return flowsim.compile(flowsim.load(path, set=overrides or None))

    return compile_text
