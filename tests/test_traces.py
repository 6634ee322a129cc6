"""Hand-computed event logs, row by row, on every engine.

Each file of `traces/` is a small scenario without randomness: constant stays, cohorts on whole
days, one route. Its first lines say which rules it pins, its last lines (`#|`) the whole log,
and of some what is played on after the end (`#>`), worked out by hand from the rules and never by
running an engine. What stands below has randomness
in it and takes it from numpy's own Philox, not from flowsim's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from math import floor, log
from pathlib import Path

import numpy as np
import pytest

import flowsim

TRACES = sorted((Path(__file__).parent / "traces").glob("*.toml"))
COLUMNS = ("time", "who", "step", "event", "name", "number")


def expected_rows(path: Path, mark: str = "#|") -> list[tuple[object, ...]]:
    """Read the log at the end of a trace file, or its rows after the end of the run (`#>`)."""
    rows = [line[2:].split() for line in path.read_text("utf-8").splitlines() if line[:2] == mark]
    if mark == "#|":
        assert tuple(rows.pop(0)) == COLUMNS
    return [(float(time), *words, int(number)) for time, *words, number in rows]


def logged_rows(event_log: flowsim.EventLog) -> list[tuple[object, ...]]:
    """Write an event log in the form of the trace files; `a.0/2` is a.0 in its second episode."""
    rows: list[tuple[object, ...]] = []
    for row in event_log.to_frame().itertuples(index=False):
        who = "-"
        if isinstance(row.source, str):
            who = f"{row.source}.{row.participant}" + (f"/{row.episode}" if row.episode > 1 else "")
        step = row.step if isinstance(row.step, str) else "-"
        rows.append((row.time, who, step, row.event, row.name or "-", row.number))
    return rows


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
def test_trace(path: Path, engine: str) -> None:
    plan = flowsim.compile(flowsim.load(path))
    event_log = flowsim.simulate(plan, seed=1, replication=0, engine=engine)
    assert logged_rows(event_log) == expected_rows(path)
    if path.stem.startswith("playing_on"):
        assert event_log.after is not None
        assert logged_rows(event_log.after) == expected_rows(path, "#>")


def test_there_are_enough_traces() -> None:
    assert len(TRACES) >= 30


# Traces with a draw in them. Key and counter are those of the rules' section on draws.

SEED, REPLICATION = 5, 3


def name_hash(text: str) -> int:
    """First 8 bytes, little-endian, of SHA-256 of "kind:name", or of the kind alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def keyed_uniforms(source: int, ordinal: int, thing: int, visit: int, block: int) -> list[float]:
    """Four uniforms of one key, from numpy's Philox4x64-10 (which counts up before each block)."""
    words = [source, ordinal, thing, 64 * visit + block]
    counter = sum(word << 64 * place for place, word in enumerate(words)) - 1
    halves = [counter % 2**256 >> 64 * place & 2**64 - 1 for place in range(4)]
    philox = np.random.Philox(
        counter=np.array(halves, dtype=np.uint64),
        key=np.array([SEED, REPLICATION], dtype=np.uint64),
    )
    return [((int(x) >> 12) + 0.5) * 2.0**-52 for x in philox.random_raw(4)]


def run_text(plan_of: Callable[..., flowsim.Plan], text: str, engine: str) -> flowsim.EventLog:
    return flowsim.simulate(plan_of(text), seed=SEED, replication=REPLICATION, engine=engine)


IN_SERVICE = """
[scenario]
title = "Initially in service: more than the places, and a pause [0, 3) from the start"
[run]
start = 2024-01-01
until = 2024-01-31
[referrals]
a = { to = "s", cohort = [{ date = 2024-01-01, count = 1 }] }
[teams]
t = { places = 1, closures = [{ from = 2023-12-28, until = 2024-01-03, pauses = true }] }
[steps.s]
team = "t"
length_of_stay = "20 days"
initial = { in_service = 2 }
next = { done = 1.0 }
[exits]
done = "Done"
"""


def test_initially_in_service(plan_of: Callable[..., flowsim.Plan], engine: str) -> None:
    """Constant stay L: begun at L x U - L, ends at L x U, and the pause from 0 on adds 3 days.

    Two are inside on one place, so a.0 starts when both have ended.
    """
    stay = 20.0
    event_log = run_text(plan_of, IN_SERVICE, engine)
    source, step = name_hash("source:initial_s_in_service"), name_hash("step:s")
    ends = [stay * keyed_uniforms(source, i, step, visit=0, block=1)[2] for i in range(2)]
    first, last = np.argsort(ends)
    who = "initial_s_in_service"
    expected = [
        (ends[0] - stay, f"{who}.0", "s", "was_in_service", "-", 0),
        (ends[1] - stay, f"{who}.1", "s", "was_in_service", "-", 0),
        (0.0, "-", "-", "places", "t", 1),
        (0.0, "a.0", "s", "referred", "-", 0),
        (0.0, "a.0", "s", "joined", "-", 0),
        (ends[first] + 3.0, f"{who}.{first}", "s", "finished", "-", 0),
        (ends[first] + 3.0, f"{who}.{first}", "s", "exited", "done", 0),
        (ends[last] + 3.0, f"{who}.{last}", "s", "finished", "-", 0),
        (ends[last] + 3.0, f"{who}.{last}", "s", "exited", "done", 0),
        (ends[last] + 3.0, "a.0", "s", "started", "-", 0),
    ]
    assert logged_rows(event_log)[: len(expected)] == expected


def test_initially_in_service_by_time(plan_of: Callable[..., flowsim.Plan], engine: str) -> None:
    """Constant stay 20: whoever has been there for A leaves at 20 - A, at 0 if A is above 20.

    The classes count in the order of the file: the first one has been there for 8 to 16 days, two
    for 0 to 8, the last one for so long that it ends in the first round. The pause [0, 3) adds 3
    days to the others.
    """
    table = '{ "8-16 days" = 1, "0-8 days" = 2, "3-5 weeks" = 1 }'
    text = IN_SERVICE.replace("in_service = 2", f"in_service = {table}")
    source, step = name_hash("source:initial_s_in_service"), name_hash("step:s")
    luck = [keyed_uniforms(source, i, step, visit=0, block=1)[2] for i in range(4)]
    past = [8 + 8 * luck[0], 8 * luck[1], 8 * luck[2], 21 + 14 * luck[3]]
    who = "initial_s_in_service"
    rows = logged_rows(run_text(plan_of, text, engine))
    began = [(-past[i], f"{who}.{i}", "s", "was_in_service", "-", 0) for i in range(4)]
    assert rows[:4] == began
    left = {row[1]: row[0] for row in rows if row[3] == "exited"}
    assert [left[f"{who}.{i}"] for i in range(3)] == [20 - past[i] + 3 for i in range(3)]
    assert left[f"{who}.3"] == 0.0


def test_the_rest_of_a_stay_that_forgets(plan_of: Callable[..., flowsim.Plan], engine: str) -> None:
    """Exponential: whoever has been there for years stays for another -20 ln(1 - u)."""
    text = IN_SERVICE.replace("in_service = 2", 'in_service = { "1-2 years" = 4 }')
    factors = '{ "source=initial_s_in_service" = 2 }'
    stay = f'{{ distribution = "exponential", mean = "10 days", factors = {factors} }}'
    text = text.replace('"20 days"', stay).replace(", pauses = true", "")
    source, step = name_hash("source:initial_s_in_service"), name_hash("step:s")
    rows = logged_rows(run_text(plan_of, text, engine))
    left = {row[1]: row[0] for row in rows if row[3] == "exited"}
    n_left = 0
    for i in range(4):
        rest = -20 * log(1 - keyed_uniforms(source, i, step, visit=0, block=0)[0])
        if rest < 30:
            assert left[f"initial_s_in_service.{i}"] == pytest.approx(rest, rel=1e-9)
            n_left += 1
    assert n_left > 0


ARRIVALS = """
[scenario]
title = "Poisson referrals: a change of rate at day 20, none in February, a stop at day 100"
[run]
start = 2023-01-01
until = 2023-06-30
[referrals.a]
to = "s"
rate = "1 per day"
seasonality = [2, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
changes = [{ from = 2023-01-21, rate = "3 per day" }]
until = 2023-04-10
[steps]
s = { length_of_stay = "1 day", next = { done = 1.0 } }
[exits]
done = "Done"
"""


def test_arrivals(plan_of: Callable[..., flowsim.Plan], engine: str) -> None:
    """The n-th referral is where the integrated rate exceeds the sum of n + 1 unit exponentials.

    The factors' mean is 1. So the rate is 2 a day until day 20, 6 until 31, 0 until 59, then 3.
    """
    source, thing = name_hash("source:a"), name_hash("arrival")
    draws = [keyed_uniforms(source, block, thing, visit=0, block=0) for block in range(100)]
    targets = np.cumsum([-log(1 - u) for four in draws for u in four])
    expected = np.interp(
        targets, [0, 40, 106, 106 + 1e-12, 229], [0, 20, 31, 59, 100], right=np.inf
    )
    frame = run_text(plan_of, ARRIVALS, engine).to_frame()
    referred = frame[frame.event == "referred"]
    assert list(referred.participant) == list(range(len(referred)))
    np.testing.assert_allclose(referred.time, expected[expected < 100], rtol=1e-12)


TURNOVER = """
[scenario]
title = "Turnover: two posts with a vacancy of 10 days, a line that ends at day 100"
[run]
start = 2023-01-01
until = 2023-06-30
[referrals]
a = { to = "s", cohort = [{ date = 2023-06-30, count = 1 }] }
[teams.t]
staff.worker = { fte = 1.5, caseload = 4, until = 2023-04-10 }
staff.boss = { fte = 0.2, caseload = 5 }
turnover = { leave = "15 per year", vacancy = "10 days" }
[steps]
s = { team = "t", length_of_stay = "1 day", next = { done = 1.0 } }
[exits]
done = "Done"
"""


def spells(role: str, person: int, until: float) -> list[tuple[float, str]]:
    """One post: filled at 0, left after -log(1 - u) / rate, filled 10 days later."""
    source, thing = name_hash(f"staff:t/{role}/0"), name_hash("turnover")
    rate, at, changes = 15 / 365.25, 0.0, [(0.0, "filled_post")]
    for spell in range(1000):
        u = keyed_uniforms(source, person, thing, visit=spell, block=0)[0]
        left = at - log(1 - u) / rate
        if left >= until:
            break
        changes.append((left, "left_post"))
        at = left + 10.0
        if at >= until:
            return changes
        changes.append((at, "filled_post"))
    return [*changes, (until, "left_post")]


def test_staff_turnover(plan_of: Callable[..., flowsim.Plan], engine: str) -> None:
    """Posts leave and are filled by their own draws; the number of places follows.

    At 100 the line of workers ends: whoever is in post then has a `left_post` row.
    """
    frame = run_text(plan_of, TURNOVER, engine).to_frame()
    rows = frame[frame.event.isin(["filled_post", "left_post"])]
    changes = []
    weights = {("worker", 0): 4.0, ("worker", 1): 2.0, ("boss", 0): 1.0}
    for role, person in weights:
        until = 100.0 if role == "worker" else 181.0
        expected = [change for change in spells(role, person, until) if change[0] < 181]
        post = rows[rows.name == f"t/{role}/0/{person}"]
        assert list(post.event) == [event for _, event in expected]
        np.testing.assert_allclose(post.time, [time for time, _ in expected], rtol=1e-12)
        changes += [
            (t, e, weights[role, person]) for t, e in zip(post.time, post.event, strict=True)
        ]
    assert len(rows) == len(changes) > 10
    # The number of places is the floor over the whole team of those in post, one row a change.
    numbers, in_post = [], 0.0
    for time in sorted({change[0] for change in changes}):
        for at, event, places in changes:
            if at == time:
                in_post += places if event == "filled_post" else -places
        numbers.append((time, floor(in_post + 1e-6)))
    places = frame[frame.event == "places"]
    assert list(zip(places.time, places.number, strict=True)) == numbers


ZERO_LOOP = """
[scenario]
title = "A loop that takes no time, though in one stay of a million it would"
[run]
start = 2024-01-01
until = 2024-01-31
[referrals]
a = { to = "ping", cohort = [{ date = 2024-01-05, count = 1 }] }
[steps.ping]
length_of_stay = { distribution = "empirical", values = ["0 days", "9 days"], weights = [1e6, 1] }
next = { pong = 1.0 }
[steps.pong]
length_of_stay = "0 days"
next = { ping = 0.999999, done = "rest" }
[exits]
done = "Done"
"""


def test_a_loop_without_end_at_one_instant_stops_the_run(
    plan_of: Callable[..., flowsim.Plan], engine: str
) -> None:
    """Over 10,000 rounds at one instant: an error that names the steps."""
    with pytest.raises(flowsim.SimulationError, match=r"(?s)ping.*pong|pong.*ping"):
        run_text(plan_of, ZERO_LOOP, engine)


FEW_ROUNDS = """
[scenario]
title = "Many stays of zero one after another are no loop"
[run]
start = 2024-01-01
until = 2024-01-31
[referrals]
a = { to = "s", cohort = [{ date = 2024-01-01, count = 3000 }] }
[teams]
t = { places = 1 }
[steps]
s = { team = "t", length_of_stay = "0 days", next = { done = 1.0 } }
[exits]
done = "Done"
"""


def test_many_rounds_at_one_instant_are_allowed(
    plan_of: Callable[..., flowsim.Plan], engine: str
) -> None:
    """3,000 stays of zero on one place take 3,001 rounds, all at time 0."""
    frame = run_text(plan_of, FEW_ROUNDS, engine).to_frame()
    assert (frame.event == "exited").sum() == 3000
    assert (frame.time == 0).all()
