"""Extreme values, where the answer is known without theory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from log_checks import check

import flowsim

TEXT = """
[scenario]
title = "Extreme values"
[run]
start = 2023-01-01
until = 2023-12-31
[referrals]
partners = { to = "mapping", rate = "200 per year" }
[teams]
reception = { places = 4 }
irma = { places = 12 }
[steps.mapping]
team = "reception"
length_of_stay = { mean = "1 week", cv = 0.5 }
patience = { distribution = "exponential", mean = "3 weeks" }
next = { coaching = 0.6, nothing = "rest" }
[steps.coaching]
team = "irma"
length_of_stay = { mean = "1 month", cv = 0.5 }
next = { work = 1.0 }
[exits]
work = "Work"
nothing = "Nothing"
"""
Compile = Callable[..., flowsim.Plan]


def frame_of(plan: flowsim.Plan, engine: str) -> pd.DataFrame:
    """Simulate, check every invariant, and return the rows."""
    log = flowsim.simulate(plan, seed=2, replication=0, engine=engine)
    check(log)
    return log.to_frame()


def count(frame: pd.DataFrame, event: str, step: str | None = None) -> int:
    rows = frame[frame.event == event]
    return len(rows if step is None else rows[rows.step == step])


def test_nobody_is_referred(plan_of: Compile, engine: str) -> None:
    frame = frame_of(plan_of(TEXT.replace("200 per year", "0 per year")), engine)
    assert list(frame.event) == ["places", "places"]


def test_no_places_after_new_year(plan_of: Compile, engine: str) -> None:
    """Places fall to none: nobody starts, and those without patience wait for ever."""
    text = TEXT.replace("places = 12", "places = { 2023 = 0, 2024 = 12 }")
    text = text.replace("2023-12-31", "2024-01-01")
    frame = frame_of(plan_of(text), engine)
    assert frame[(frame.event == "started") & (frame.step == "coaching")].time.min() >= 365
    assert count(frame, "joined", "coaching") > 20


def test_places_without_end(plan_of: Compile, engine: str) -> None:
    """A million places: nobody waits, nobody withdraws, and all time is stay."""
    text = TEXT.replace("places = 4", "places = 1000000").replace("places = 12", "places = 1000000")
    frame = frame_of(plan_of(text), engine)
    joined = frame[frame.event == "joined"].reset_index(drop=True)
    started = frame[frame.event == "started"].reset_index(drop=True)
    pd.testing.assert_frame_equal(joined.drop(columns="event"), started.drop(columns="event"))
    assert count(frame, "withdrew") == 0


@pytest.mark.parametrize(("share", "taken"), [("1.0", 1), ("0.0", 0)])
def test_all_routed_one_way(share: str, taken: int, plan_of: Compile, engine: str) -> None:
    text = TEXT.replace("coaching = 0.6", f"coaching = {share}")
    text += '\n[steps.filler]\nlength_of_stay = "1 day"\nnext = { coaching = 1.0 }\n'
    text = text.replace(
        "partners =",
        'few = { to = "filler", cohort = [{ date = 2023-12-31, count = 1 }] }\npartners =',
    )
    frame = frame_of(plan_of(text), engine)
    assert count(frame, "joined", "coaching") == taken * count(frame, "finished", "mapping")


def test_patience_of_zero(plan_of: Compile, engine: str) -> None:
    """Nobody stays on the list of mapping: started or lost at the instant of joining."""
    text = TEXT.replace('{ distribution = "exponential", mean = "3 weeks" }', '"0 days"')
    frame = frame_of(plan_of(text.replace("places = 4", "places = 1")), engine)
    mapping = frame[frame.step == "mapping"]
    joined = mapping[mapping.event == "joined"].set_index("participant").time
    ended = mapping[mapping.event.isin(["started", "withdrew"])].set_index("participant").time
    pd.testing.assert_series_equal(joined.sort_index(), ended.sort_index())
    assert count(frame, "withdrew") > 50


def test_patience_without_end_is_none(plan_of: Compile, engine: str) -> None:
    line = 'patience = { distribution = "exponential", mean = "3 weeks" }'
    never = frame_of(plan_of(TEXT.replace(line, "")), engine)
    later = frame_of(plan_of(TEXT.replace(line, 'patience = "1000 years"')), engine)
    pd.testing.assert_frame_equal(never, later)


def test_nobody_may_wait(plan_of: Compile, engine: str) -> None:
    """max_waiting = 0 is the same loss system as patience of zero: the same starts."""
    line = 'patience = { distribution = "exponential", mean = "3 weeks" }'
    stop = frame_of(plan_of(TEXT.replace(line, "max_waiting = 0")), engine)
    lost = frame_of(plan_of(TEXT.replace(line, 'patience = "0 days"')), engine)
    columns = ["time", "participant"]
    first, second = (
        frame[(frame.event == "started") & (frame.step == "mapping")][columns].reset_index(
            drop=True
        )
        for frame in (stop, lost)
    )
    pd.testing.assert_frame_equal(first, second)
    assert count(stop, "turned_away") == count(lost, "withdrew")


def test_a_run_of_one_day(plan_of: Compile, engine: str) -> None:
    frame = frame_of(plan_of(TEXT.replace("2023-12-31", "2023-01-01")), engine)
    assert frame.time.max() < 1


def test_deterministic_times_add_up(plan_of: Compile, engine: str) -> None:
    """Constant stays and no waiting: time in the system is the sum of the stays, for everybody."""
    text = TEXT.replace('{ mean = "1 week", cv = 0.5 }', '"1 week"')
    text = text.replace('{ mean = "1 month", cv = 0.5 }', '"30 days"')
    text = text.replace("coaching = 0.6", "coaching = 1.0").replace(
        'nothing = "rest"', "nothing = 0"
    )
    text = text.replace("places = 4", "places = 1000").replace("places = 12", "places = 1000")
    frame = frame_of(plan_of(text), engine).set_index("participant")
    spent = (frame[frame.event == "exited"].time - frame[frame.event == "referred"].time).dropna()
    assert len(spent) > 100
    np.testing.assert_allclose(spent, 37.0, rtol=0, atol=1e-9)


def test_everybody_at_once(plan_of: Compile, engine: str) -> None:
    """5,000 on one day, constant stays of a week: the last of them starts after 1,249 weeks."""
    text = TEXT.replace('rate = "200 per year"', "cohort = [{ date = 2023-01-01, count = 5000 }]")
    text = text.replace('{ mean = "1 week", cv = 0.5 }', '"1 week"').replace(
        "2023-12-31", "2047-12-31"
    )
    text = text.replace('patience = { distribution = "exponential", mean = "3 weeks" }', "")
    log = flowsim.simulate(plan_of(text), seed=2, replication=0, engine=engine)
    frame = log.to_frame()
    started = frame[(frame.event == "started") & (frame.step == "mapping")].reset_index(drop=True)
    assert list(started.participant) == list(range(5000))
    np.testing.assert_array_equal(started.time, np.arange(5000) // 4 * 7.0)
