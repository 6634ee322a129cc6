"""The engine against the closed forms of queueing theory.

Every case is a readable scenario in `theory_scenarios/`. A figure is measured in a number of
independent replications, straight from the event log, and must lie within 4 standard errors of
theory, at a relative standard error below 1 %: an error of a few per cent in any rule would show.

To reach that in reasonable time, two control variates take out what chance did to the input: how
many joined the list, and how long they stayed; both have known means (Lavenberg and Welch 1981,
Management Science 27, 322-335). The compiled engine runs, because it takes millions of referrals;
`test_engines_agree` shows that the readable one would give the same events.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import lognorm

import flowsim
from flowsim.analysis import theory
from flowsim.engine import eventlog

FOLDER = Path(__file__).parent / "theory_scenarios"
SEED = 20240101
TAIL = 60.0  # days: who joins later may not have started by the end, and is left out
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Visits:
    """What happened to those who joined a step in the window, one entry each."""

    wait: Floats  # until whatever ended it [days]
    event: NDArray[np.int8]  # what ended it
    stay: Floats  # of those who finished [days]
    first_group: NDArray[np.int32]  # value of the first group
    days: float  # length of the window
    inside: float  # time average of those in the step


def visits(log: flowsim.EventLog, step: str) -> Visits:
    """Pair each `joined` with what ended the wait, and each `started` with its `finished`."""
    position = [s.name for s in log.plan.steps].index(step)
    rows = np.flatnonzero((log.step == position) & (log.participant >= 0))
    moves = [eventlog.JOINED, eventlog.STARTED, eventlog.FINISHED, eventlog.WITHDREW]
    rows = rows[np.isin(log.event[rows], [*moves, eventlog.TURNED_AWAY])]
    person = (log.first_participant[log.source[rows]] + log.participant[rows]).astype(np.int64)
    order = np.argsort(person, kind="stable")
    rows, person = rows[order], person[order]
    time, event = log.time[rows], log.event[rows]
    follows = np.append(person[1:] == person[:-1], False)
    after = np.append(time[1:], np.nan)

    start, end = log.plan.report_from, log.plan.end
    inside = event == eventlog.STARTED
    until = np.where(follows, after, end)[inside]
    area = (np.clip(until, start, end) - np.clip(time[inside], start, end)).sum()

    joined = np.flatnonzero(
        (event == eventlog.JOINED) & follows & (time >= start) & (time < end - TAIL)
    )
    finished = joined[(event[joined + 1] == eventlog.STARTED) & follows[joined + 1]] + 1
    return Visits(
        wait=after[joined] - time[joined],
        event=event[joined + 1],
        stay=after[finished] - time[finished],
        first_group=log.values[person[joined], 0],
        days=end - TAIL - start,
        inside=area / (end - start),
    )


def mean_wait(v: Visits) -> float:
    return float(v.wait.mean())


def wait_of_started(v: Visits) -> float:
    return float(v.wait[v.event == eventlog.STARTED].mean())


def chance_to_wait(v: Visits) -> float:
    return float((v.wait > 0).mean())


def share_withdrew(v: Visits) -> float:
    return float((v.event == eventlog.WITHDREW).mean())


def share_turned_away(v: Visits) -> float:
    return float((v.event == eventlog.TURNED_AWAY).mean())


def wait_of_urgent(v: Visits) -> float:
    return float(v.wait[v.first_group == 0].mean())


def wait_of_ordinary(v: Visits) -> float:
    return float(v.wait[v.first_group == 1].mean())


def number_inside(v: Visits) -> float:
    return v.inside


@dataclass(frozen=True)
class Figure:
    """What is measured of a step, and what theory says of it and of the step's input."""

    measure: Callable[[Visits], float]
    theory: float
    joined_rate: float  # [1/day]
    mean_stay: float = 1.0  # [days]
    step: str = "talk"


@dataclass(frozen=True)
class Case:
    """One scenario file, run for `days` after a warm-up, and its figures."""

    name: str
    scenario: str
    figures: tuple[Figure, ...]
    days: int
    replications: int = 40
    warm_up: int = 60
    set: dict[str, object] = field(default_factory=dict)


def mmc_case(load: float, days: int, warm_up: int, *, mean: bool = False) -> Case:
    rate = 5 * load
    expected = theory.mmc(arrival_rate=rate, service_rate=1.0, n_servers=5)
    if mean:
        figures = (Figure(mean_wait, expected["mean_wait"], rate),)
    else:
        figures = (Figure(chance_to_wait, expected["p_wait"], rate),)
    name = f"mmc-{load}" + ("-mean-wait" if mean else "")
    change = {"referrals.people.rate": f"{rate} per day"}
    return Case(name, "mmc", figures, days, warm_up=warm_up, set=change)


def mg1_case(stays: str, mean: float, cv: float, days: int) -> Case:
    expected = theory.mg1_mean_wait(arrival_rate=0.4, mean_service=mean, cv=cv)
    name = f"mg1_{stays}"
    return Case(name, name, (Figure(mean_wait, expected, 0.4, mean),), days)


# Seven in ten stay 0.5 days on average, three in ten 2: second moment 2 (0.7 x 0.25 + 0.3 x 4).
HYPER_MEAN = 0.7 * 0.5 + 0.3 * 2.0
HYPER_CV = sqrt(2 * (0.7 * 0.5**2 + 0.3 * 2.0**2) / HYPER_MEAN**2 - 1)

MM1 = theory.mmc(arrival_rate=0.4, service_rate=1.0, n_servers=1)
ERLANG_A = theory.erlang_a(arrival_rate=6.0, service_rate=1.0, n_servers=5, patience_rate=0.5)
BLOCKED = theory.mmck(arrival_rate=5.0, service_rate=1.0, n_servers=5, capacity=9)
URGENT, ORDINARY = theory.priority_mean_waits([0.18, 0.27], service_rate=1.0, n_servers=1)

# Of mapping's ends half exit and a fifth of those return to it: 0.1. Of coaching's ends one in
# five goes back, four in five exit, of which a fifth returns: 0.2 + 0.16. The weeks until the
# return are a node without a list, which changes no other node's figures.
MAPPING, COACHING = theory.jackson_network(
    outside_rates=[0.4, 0.0],
    routes=[[0.1, 0.5], [0.36, 0.0]],
    service_rates=[1.0, 0.5],
    n_servers=[1, 1],
)

SIGMA = sqrt(np.log(1 + 0.9**2))
STAYS = lognorm(SIGMA, scale=5.0 * np.exp(-(SIGMA**2) / 2))
# Number inside long after the start: no stay is longer than five years.
INSIDE = theory.mg_infinity_mean(time=1826.0, arrival_rate=4.0, survival=STAYS.sf)

CASES = [
    Case("mm1", "mm1", (Figure(mean_wait, MM1["mean_wait"], 0.4),), days=31500),
    mmc_case(0.5, days=9600, warm_up=30),
    mmc_case(0.8, days=900, warm_up=100),
    mmc_case(0.95, days=750, warm_up=300),
    mmc_case(0.5, days=54000, warm_up=30, mean=True),
    mg1_case("lognormal", 1.0, 0.8, days=34500),
    mg1_case("gamma", 1.0, 0.5, days=24000),
    mg1_case("hyperexponential", HYPER_MEAN, HYPER_CV, days=46500),
    Case(
        "mmc_patience",
        "mmc_patience",
        (
            Figure(mean_wait, ERLANG_A["mean_wait"], 6.0),
            Figure(wait_of_started, ERLANG_A["mean_wait_served"], 6.0),
            Figure(share_withdrew, ERLANG_A["p_abandon"], 6.0),
        ),
        days=870,
    ),
    Case(
        "mmck",
        "mmck",
        (
            Figure(wait_of_started, BLOCKED["mean_wait"], 5.0),
            Figure(share_turned_away, BLOCKED["p_blocked"], 5.0),
        ),
        days=1800,
    ),
    Case(
        "priority",
        "priority",
        (Figure(wait_of_urgent, URGENT, 0.45), Figure(wait_of_ordinary, ORDINARY, 0.45)),
        days=43500,
    ),
    Case(
        "feedback",
        "feedback",
        (
            Figure(mean_wait, MAPPING["mean_wait"], MAPPING["arrival_rate"], 1.0, "mapping"),
            Figure(chance_to_wait, COACHING["p_wait"], COACHING["arrival_rate"], 2.0, "coaching"),
        ),
        days=36000,
        warm_up=400,
    ),
    Case(
        "mg_infinity",
        "mg_infinity",
        (Figure(number_inside, INSIDE, 4.0, mean_stay=5.0),),
        days=900,
        replications=40,
        warm_up=200,
    ),
]

LONG_CASES = [
    mmc_case(0.8, days=36000, warm_up=100, mean=True),
    mmc_case(0.95, days=120000, warm_up=2000, mean=True),
]


def with_controls(values: list[float], controls: list[tuple[float, float]]) -> tuple[float, float]:
    """Mean and standard error of the values, freed from what the controls explain."""
    design = np.column_stack([np.ones(len(values)), controls])
    inverse = np.linalg.inv(design.T @ design)
    solution = inverse @ design.T @ np.array(values)
    rest = np.array(values) - design @ solution
    variance = rest @ rest / (len(values) - design.shape[1])
    return float(solution[0]), sqrt(variance * inverse[0, 0])


def estimates(case: Case) -> list[tuple[float, float]]:
    """Mean and standard error of each figure of a case."""
    run = {
        "run.length": f"{case.warm_up + case.days + round(TAIL)} days",
        "run.warm_up": f"{case.warm_up} days",
    }
    plan = flowsim.compile(flowsim.load(FOLDER / f"{case.scenario}.toml", set=case.set | run))
    values: list[list[float]] = [[] for _ in case.figures]
    controls: list[list[tuple[float, float]]] = [[] for _ in case.figures]
    for replication in range(case.replications):
        log = flowsim.simulate(plan, seed=SEED, replication=replication)
        for i, figure in enumerate(case.figures):
            seen = visits(log, figure.step)
            joined = len(seen.wait) / seen.days - figure.joined_rate
            values[i].append(figure.measure(seen))
            controls[i].append((joined, float(seen.stay.mean()) - figure.mean_stay))
    return [with_controls(*pair) for pair in zip(values, controls, strict=True)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_agrees_with_theory(case: Case) -> None:
    assert_agrees(case)


@pytest.mark.proof
@pytest.mark.parametrize("case", LONG_CASES, ids=lambda case: case.name)
def test_agrees_with_theory_near_its_capacity(case: Case) -> None:
    assert_agrees(case)


def assert_agrees(case: Case) -> None:
    for figure, (mean, std_error) in zip(case.figures, estimates(case), strict=True):
        assert std_error < 0.01 * mean, figure
        assert abs(mean - figure.theory) < 4 * std_error, figure
