"""The two engines write the same event log, to the last bit.

They were written apart from each other, from the same page of rules; what one of them gets wrong,
the other notices here.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from generate import random_scenario, single_step_scenario

import flowsim

HERE = Path(__file__).parent
SHIPPED = [
    *HERE.parent.glob("scenarios/*.toml"),
    *HERE.glob("traces/*.toml"),
    *HERE.glob("theory_scenarios/*.toml"),
    HERE / "kpis_everything.toml",
]
SEEDS_A_TEST = 85


def assert_engines_agree(plan: flowsim.Plan, *, seed: int, replication: int = 0) -> int:
    """Compare row by row, and say where the logs part; return the number of rows."""
    readable, compiled = (
        flowsim.simulate(plan, seed=seed, replication=replication, engine=engine)
        for engine in ("simpy", "kernel")
    )
    if not readable.equals(compiled):
        one, other = readable.to_frame(), compiled.to_frame()
        rows = range(min(len(one), len(other)))
        first = next((row for row in rows if not one.iloc[row].equals(other.iloc[row])), len(rows))
        around = slice(max(first - 3, 0), first + 3)
        pytest.fail(f"row {first}:\n{one.iloc[around]}\n{other.iloc[around]}")
    return len(readable)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_on_every_scenario_file(path: Path) -> None:
    """Theory scenarios are cut to two months: they are long, and all days are alike."""
    plan = flowsim.compile(flowsim.load(path))
    if path.parent.name == "theory_scenarios":
        short = {"run.length": "60 days", "run.warm_up": "0 days"}
        plan = flowsim.compile(flowsim.load(path, set=short))
    for replication in range(2):
        assert_engines_agree(plan, seed=1, replication=replication)


@pytest.mark.parametrize(
    "block", [*range(4), *(pytest.param(k, marks=pytest.mark.proof) for k in range(4, 20))]
)
def test_on_generated_scenarios(block: int) -> None:
    for seed in range(block * SEEDS_A_TEST, (block + 1) * SEEDS_A_TEST):
        assert_engines_agree_on_generated(seed)


def test_on_single_steps() -> None:
    for seed in range(60):
        assert_engines_agree(single_step_scenario(Random(seed)).plan(), seed=seed)


def assert_engines_agree_on_generated(seed: int) -> int:
    """Each with a key of its own, small and large, as it is part of every draw."""
    written = random_scenario(Random(seed))
    key, replication = [(seed, 0), (seed, 1), (2**63 - 1 - seed, 2), (seed, 999_999)][seed % 4]
    scenario = written.load()
    every = None if seed % 3 else [f"{step}.referred.open" for step in scenario.steps]
    try:
        plan = flowsim.compile(scenario, every)  # played on for some steps, or for all
        return assert_engines_agree(plan, seed=key, replication=replication)
    except BaseException as error:
        error.add_note(f"random_scenario(Random({seed})):\n{written}")
        raise


def main(first: int, last: int) -> None:
    """Compare the engines on generated scenarios: python tests/test_engines_agree.py [FROM] TO."""
    rows = 0
    for n, seed in enumerate(range(first, last), 1):
        rows += assert_engines_agree_on_generated(seed)
        if n % 100 == 0:
            print(f"\r{n} scenarios, {rows} rows equal", end="", flush=True)
    print()


if __name__ == "__main__":
    import sys

    main(*[0, *(map(int, sys.argv[1:] or ["2000"]))][-2:])
