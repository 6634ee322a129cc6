"""The scenarios on which mutants are compared with the compiled engine, cheap ones first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from random import Random

from generate import random_scenario

import flowsim

TESTS = Path(__file__).parent.parent
OWN = Path(__file__).parent / "cases"
N_GENERATED = 300
KINDS = ("traces", "cases", "generated", "long", "shipped")

# What one run comes to: its log, or the message with which it stopped.
Outcome = flowsim.EventLog | str


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario and the key of one replication."""

    kind: str
    name: str
    plan: Callable[[], flowsim.Plan]
    seed: int
    replication: int


@cache
def cases(*kinds: str) -> tuple[Case, ...]:
    """Return the cases of some kinds, those of the first kind first."""
    return tuple(case for kind in kinds or KINDS for case in _OF_KIND[kind]())


@cache
def plan_and_log(case: Case) -> tuple[flowsim.Plan, Outcome]:
    """Compile a case and run it on the compiled engine, once in a process."""
    plan = case.plan()

    def kernel(plan: flowsim.Plan, *, seed: int, replication: int) -> flowsim.EventLog:
        return flowsim.simulate(plan, seed=seed, replication=replication, engine="kernel")

    return plan, outcome(kernel, plan, case)


def outcome(simulate: Callable[..., flowsim.EventLog], plan: flowsim.Plan, case: Case) -> Outcome:
    """Run a case; an instant that never ends is an outcome too, any other fault is not."""
    try:
        return simulate(plan, seed=case.seed, replication=case.replication)
    except flowsim.SimulationError as stopped:
        return str(stopped)


def agree(one: Outcome, other: Outcome) -> bool:
    """Whether two runs wrote the same log to the last bit, or stopped with the same message."""
    if isinstance(one, str) or isinstance(other, str):
        return isinstance(one, str) and isinstance(other, str) and one == other
    return one.equals(other)


def _files(kind: str, folder: Path) -> list[Case]:
    return [
        Case(kind, path.stem, partial(_plan_of_file, path), 1, 0)
        for path in sorted(folder.glob("*.toml"))
    ]


def _plan_of_file(path: Path) -> flowsim.Plan:
    return flowsim.compile(flowsim.load(path))


def _generated() -> list[Case]:
    """Scenarios of one seed after another; replications differ too, as they are part of a key."""
    return [
        Case("generated", f"{seed}", partial(_generated_plan, seed), seed, seed % 3)
        for seed in range(N_GENERATED)
    ]


def _generated_plan(seed: int) -> flowsim.Plan:
    return random_scenario(Random(seed)).plan()


_OF_KIND: dict[str, Callable[[], list[Case]]] = {
    "traces": lambda: _files("traces", TESTS / "traces"),
    "cases": lambda: _files("cases", OWN),
    "generated": _generated,
    "long": lambda: _files("long", OWN / "long"),
    "shipped": lambda: _files("shipped", TESTS.parent / "scenarios"),
}
