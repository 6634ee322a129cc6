"""The same participant has the same luck, whatever is added, removed or re-ordered elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np
import pandas as pd
import pytest
from generate import random_scenario

import flowsim

BASE = """
[scenario]
title = "Two partners, mapping and coaching"
[run]
start = 2023-01-01
until = 2023-12-31
[groups]
age = { young = 0.4, old = 0.6 }
[referrals]
partners = { to = "mapping", rate = "200 per year" }
health = { to = "coaching", rate = "60 per year" }
[teams]
reception = { places = 9 }
irma = { places = 40 }
[steps.mapping]
team = "reception"
length_of_stay = { distribution = "lognormal", mean = "2 weeks", cv = 0.7 }
patience = { distribution = "exponential", mean = "3 weeks" }
priority = ["age=young"]
next = { coaching = 0.5, nothing = "rest" }
[steps.coaching]
team = "irma"
length_of_stay = { mean = "4 months", cv = 0.6, factors = { "age=young" = 0.8 } }
interruption = { rate = "0.3 per year" }
initial = { waiting = 4, in_service = 12 }
next = { work = 0.4, ready = "rest" }
[exits]
work = { returns = { share = 0.3, after = "2 months", to = "mapping" } }
ready = "Ready"
nothing = "Nothing"
"""

# Added to BASE, each leaves the others alone: their own step, their own team or none.
ADDITIONS = {
    "exit": ("[exits]", '[exits]\nunused = "Nobody takes this"'),
    "group": ("age =", "colour = { red = 0.5, blue = 0.5 }\nage ="),
    "team": ("reception =", "spare = { places = 3 }\nreception ="),
    "source": ("partners =", 'silent = { to = "mapping", rate = "0 per year" }\npartners ='),
}
OWN_STEP = """
[steps.elsewhere]
length_of_stay = { distribution = "exponential", mean = "3 weeks" }
patience = { distribution = "exponential", mean = "3 weeks" }
next = { nothing = 1.0 }
"""


def frame_of(plan: flowsim.Plan, engine: str, seed: int = 7, replication: int = 0) -> pd.DataFrame:
    frame = flowsim.simulate(plan, seed=seed, replication=replication, engine=engine).to_frame()
    for column in ("source", "step", "event"):
        frame[column] = frame[column].astype(object).where(frame[column].notna(), "-").astype(str)
    return frame


@pytest.mark.parametrize("what", ADDITIONS)
def test_what_nobody_uses_changes_no_row(
    what: str, plan_of: Callable[..., flowsim.Plan], engine: str
) -> None:
    before = frame_of(plan_of(BASE), engine)
    after = frame_of(plan_of(BASE.replace(*ADDITIONS[what], 1)), engine)
    after = after[after.name != "spare"].reset_index(drop=True)
    pd.testing.assert_frame_equal(after, before)


def test_groups_keep_their_values(plan_of: Callable[..., flowsim.Plan], engine: str) -> None:
    first = flowsim.simulate(plan_of(BASE), seed=7, replication=0, engine=engine).participants()
    text = BASE.replace(*ADDITIONS["group"], 1)
    second = flowsim.simulate(plan_of(text), seed=7, replication=0, engine=engine).participants()
    assert list(second.age) == list(first.age)
    assert 0.4 < (second.colour == "red").mean() < 0.6


def test_a_source_and_step_of_their_own_change_no_other_row(
    plan_of: Callable[..., flowsim.Plan], engine: str
) -> None:
    """Even with participants in them, and even first in the file."""
    before = frame_of(plan_of(BASE), engine)
    new_source = 'extra = { to = "elsewhere", rate = "150 per year" }\npartners ='
    text = BASE.replace("partners =", new_source, 1).replace(
        "[steps.mapping]", OWN_STEP + "[steps.mapping]", 1
    )
    after = frame_of(plan_of(text), engine)
    assert (after.source == "extra").sum() > 400
    pd.testing.assert_frame_equal(after[after.source != "extra"].reset_index(drop=True), before)


def stays(frame: pd.DataFrame) -> pd.Series:
    """Length of each finished stay, by participant, step and visit."""
    rows = frame[frame.event.isin(["started", "finished", "was_in_service"])].copy()
    keys = ["source", "participant", "step"]
    rows["visit"] = rows.event.ne("finished").groupby([rows[k] for k in keys]).cumsum()
    ends = rows[rows.event == "finished"].set_index([*keys, "visit"]).time
    begins = rows[rows.event != "finished"].set_index([*keys, "visit"]).time
    return (ends - begins).dropna().sort_index()


def test_reordering_sources_changes_no_stay(
    plan_of: Callable[..., flowsim.Plan], engine: str
) -> None:
    """Who waits for whom may change at ties and in queues, but nobody's stay or arrival does."""
    lines = [line for line in BASE.splitlines() if line.startswith(("partners", "health"))]
    text = BASE.replace("\n".join(lines), "\n".join(lines[::-1]))
    assert text != BASE
    before, after = frame_of(plan_of(BASE), engine), frame_of(plan_of(text), engine)
    pd.testing.assert_series_equal(
        before[before.event == "referred"].set_index(["source", "participant"]).time.sort_index(),
        after[after.event == "referred"].set_index(["source", "participant"]).time.sort_index(),
    )
    first, second = stays(before).align(stays(after), join="inner")
    assert len(first) > 100
    np.testing.assert_allclose(first, second, rtol=0, atol=1e-9)


def test_more_places_change_no_stay(plan_of: Callable[..., flowsim.Plan], engine: str) -> None:
    """The comparison of two scenarios is by the same people with the same luck."""
    few, many = BASE, BASE.replace("places = 9", "places = 14")
    first, second = (stays(frame_of(plan_of(text), engine)) for text in (few, many))
    first, second = first.align(second, join="inner")
    assert len(first) > 100
    np.testing.assert_allclose(first, second, rtol=0, atol=1e-9)


def test_a_longer_mean_moves_everybodys_luck_alike(
    plan_of: Callable[..., flowsim.Plan], engine: str
) -> None:
    """One draw scales with its mean: twice the mean is twice everybody's stay."""
    text = BASE.replace("[steps.mapping]", OWN_STEP + "[steps.mapping]", 1).replace(
        "partners =", 'extra = { to = "elsewhere", rate = "150 per year" }\npartners =', 1
    )
    longer = text.replace(
        '"exponential", mean = "3 weeks" }\npat', '"exponential", mean = "6 weeks" }\npat'
    )
    assert longer != text
    first, second = (stays(frame_of(plan_of(t), engine)) for t in (text, longer))
    both = first.loc["extra"].align(second.loc["extra"], join="inner")
    assert len(both[0]) > 50
    np.testing.assert_allclose(2 * both[0], both[1], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("generator_seed", range(5))
def test_same_key_same_log(generator_seed: int, engine: str) -> None:
    plan = random_scenario(Random(generator_seed)).plan()
    again = random_scenario(Random(generator_seed)).plan()
    log = flowsim.simulate(plan, seed=3, replication=4, engine=engine)
    assert flowsim.simulate(again, seed=3, replication=4, engine=engine).equals(log)


def test_another_seed_or_replication_is_another_log(
    plan_of: Callable[..., flowsim.Plan], engine: str
) -> None:
    plan = plan_of(BASE)
    log = flowsim.simulate(plan, seed=3, replication=4, engine=engine)
    assert not flowsim.simulate(plan, seed=4, replication=4, engine=engine).equals(log)
    assert not flowsim.simulate(plan, seed=3, replication=5, engine=engine).equals(log)
    assert not flowsim.simulate(plan, seed=4, replication=3, engine=engine).equals(log)
