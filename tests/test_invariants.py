"""Invariants that hold in every log, on scenarios that nobody wrote by hand.

`log_checks.check` holds the invariants, `generate` writes the scenarios. They are run on the
compiled engine; that the other one writes the same logs is held by test_engines_agree.py, on the
scenarios of these seeds and more.
"""

from __future__ import annotations

from random import Random

import numpy as np
import pandas as pd
import pytest
from generate import Written, random_scenario, scenarios, single_step_scenario
from hypothesis import HealthCheck, given, settings
from log_checks import check

import flowsim

SEEDS_A_TEST = 25


MOST = pytest.mark.proof
"""Blocks beyond the first few, which are proved once."""


def blocks(n: int, always: int) -> list[object]:
    """Number blocks of scenarios; those beyond the first few are proofs."""
    return [*range(always), *(pytest.param(k, marks=MOST) for k in range(always, n))]


@pytest.mark.parametrize("block", blocks(16, always=3))
def test_invariants_of_seeded_scenarios(block: int) -> None:
    for seed in range(block * SEEDS_A_TEST, (block + 1) * SEEDS_A_TEST):
        written = random_scenario(Random(seed))
        try:
            plan = written.plan()
            for replication in range(2):
                check(flowsim.simulate(plan, seed=seed, replication=replication))
        except Exception as error:
            error.add_note(f"random_scenario(Random({seed})):\n{written}")
            raise


@settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(written=scenarios())
def test_invariants_of_shrinking_scenarios(written: Written) -> None:
    check(flowsim.simulate(written.plan(), seed=1, replication=0))


def starts(written: Written, places: int | None, seed: int) -> pd.Series:
    """When each participant started, infinite for those who never did."""
    overrides = {} if places is None else {"teams.team0.places": places}
    plan = written.plan(**overrides)
    frame = flowsim.simulate(plan, seed=seed, replication=0).to_frame()
    keys = ["source", "participant"]
    joined = frame[frame.event == "joined"].set_index(keys).time
    started = frame[frame.event == "started"].set_index(keys).time
    return started.reindex(joined.index).fillna(np.inf)


@pytest.mark.parametrize("block", range(4))
def test_more_places_never_lengthen_a_wait(block: int) -> None:
    """One step, first come first served: nobody starts later with more places, so neither do means.

    Compared participant by participant, because the mean over those who started within the run is
    over other people when more of them start.
    """
    for seed in range(block * 15, (block + 1) * 15):
        written = single_step_scenario(Random(seed))
        few = starts(written, None, seed)
        for places in (5, 8):
            more = starts(written, places, seed)
            assert (more <= few).all(), f"single_step_scenario(Random({seed})), {places} places"
            few = more
