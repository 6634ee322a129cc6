"""The engines against the closed forms of queueing theory.

Every case is a readable scenario in `theory_scenarios/`. A figure is measured in a number of
independent replications, straight from the event log, and must lie within 4 standard errors of
theory, at a relative standard error below 1 %: an error of a few per cent in any rule would show.

To reach that in reasonable time, two control variates take out what chance did to the input: how
many joined the list, and how long they stayed; both have known means (Lavenberg and Welch 1981,
Management Science 27, 322-335). The mean wait at high load needs millions of referrals even so
(it grows with 1 / (1 - load)^2), so there the ordinary run measures the chance to wait, which pins
the same rules, and the mean wait is marked slow.
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
class Case:
    """One scenario, what is measured in it, and what theory says of that."""

    scenario: str
    measure: Callable[[Visits], float]
    theory: float
    joined_rate: float  # of the step [1/day]
    mean_stay: float = 1.0
    years: int = 20  # of each replication, warm-up included
    replications: int = 40
    step: str = "talk"
    set: dict[str, object] = field(default_factory=dict)
    slow: bool = False

    def __str__(self) -> str:
        rate = f"-{self.joined_rate:g}" if self.set else ""
        return f"{self.scenario}{rate}-{self.step}-{self.measure.__name__}"


def mmc_case(load: float, measure: Callable[[Visits], float], years: int, **how: object) -> Case:
    rate = 5 * load
    name = "p_wait" if measure is chance_to_wait else "mean_wait"
    expected = theory.mmc(arrival_rate=rate, service_rate=1.0, n_servers=5)[name]
    change = {"referrals.people.rate": f"{rate} per day"}
    return Case("mmc", measure, expected, rate, years=years, set=change, **how)  # type: ignore[arg-type]


def mg1_case(stays: str, mean: float, cv: float, years: int) -> Case:
    expected = theory.mg1_mean_wait(arrival_rate=0.4, mean_service=mean, cv=cv)
    return Case(f"mg1_{stays}", mean_wait, expected, 0.4, mean_stay=mean, years=years)


# Seven in ten stay 0.5 days on average, three in ten 2: mean 0.95, second moment 2 (0.175 + 1.2).
HYPER_MEAN = 0.7 * 0.5 + 0.3 * 2.0
HYPER_CV = sqrt(2 * (0.7 * 0.5**2 + 0.3 * 2.0**2) / HYPER_MEAN**2 - 1)

ERLANG_A = theory.erlang_a(arrival_rate=6.0, service_rate=1.0, n_servers=5, patience_rate=0.5)
BLOCKED = theory.mmck(arrival_rate=5.0, service_rate=1.0, n_servers=5, capacity=9)
URGENT, ORDINARY = theory.priority_mean_waits([0.24, 0.36], service_rate=1.0, n_servers=1)

# Of mapping's ends half exit and a fifth of those return to it: 0.1. Of coaching's ends one in
# five goes back, four in five exit, of which a fifth returns: 0.2 + 0.16. The months until the
# return are a node without a list, which changes no other node's figures.
MAPPING, COACHING = theory.jackson_network(
    outside_rates=[0.4, 0.0],
    routes=[[0.1, 0.5], [0.36, 0.0]],
    service_rates=[1.0, 0.5],
    n_servers=[1, 1],
)

SIGMA = sqrt(np.log(1 + 0.9**2))
STAYS = lognorm(SIGMA, scale=5.0 * np.exp(-(SIGMA**2) / 2))
# Number inside long after the start; five years are more than any stay.
INSIDE = theory.mg_infinity_mean(time=1826.0, arrival_rate=4.0, survival=STAYS.sf)

CASES = [
    Case(
        "mm1",
        mean_wait,
        theory.mmc(arrival_rate=0.5, service_rate=1.0, n_servers=1)["mean_wait"],
        0.5,
        years=35,
    ),
    mmc_case(0.5, chance_to_wait, years=10),
    mmc_case(0.8, chance_to_wait, years=4),
    mmc_case(0.95, chance_to_wait, years=4),
    mmc_case(0.5, mean_wait, years=50, slow=True),
    mmc_case(0.8, mean_wait, years=30, slow=True),
    mg1_case("lognormal", 1.0, 0.8, years=40),
    mg1_case("gamma", 1.0, 0.5, years=30),
    mg1_case("hyperexponential", HYPER_MEAN, HYPER_CV, years=55),
    Case("mmc_patience", mean_wait, ERLANG_A["mean_wait"], 6.0, years=3, replications=30),
    Case("mmc_patience", share_withdrew, ERLANG_A["p_abandon"], 6.0, years=3, replications=30),
    Case("mmck", wait_of_started, BLOCKED["mean_wait"], 5.0, years=4, replications=30),
    Case("mmck", share_turned_away, BLOCKED["p_blocked"], 5.0, years=4, replications=30),
    Case("priority", wait_of_urgent, URGENT, 0.6, years=40),
    Case("priority", wait_of_ordinary, ORDINARY, 0.6, years=40),
    Case("feedback", mean_wait, MAPPING["mean_wait"], MAPPING["arrival_rate"], 1.0, 45,
         step="mapping"),
    Case("feedback", chance_to_wait, COACHING["p_wait"], COACHING["arrival_rate"], 2.0, 45,
         step="coaching"),
    Case("mg_infinity", number_inside, INSIDE, 4.0, mean_stay=5.0, years=3, replications=20),
]  # fmt: skip


def estimate(case: Case, engine: str) -> tuple[float, float]:
    """Mean over the replications and its standard error, with the two control variates."""
    length = {"run.length": f"{case.years} years"}
    plan = flowsim.compile(flowsim.load(FOLDER / f"{case.scenario}.toml", set=case.set | length))
    values, controls = [], []
    for replication in range(case.replications):
        log = flowsim.simulate(plan, seed=SEED, replication=replication, engine=engine)
        seen = visits(log, case.step)
        values.append(case.measure(seen))
        joined = len(seen.wait) / seen.days - case.joined_rate
        controls.append((1.0, joined, seen.stay.mean() - case.mean_stay))
    design = np.array(controls)
    solution, *_ = np.linalg.lstsq(design, np.array(values), rcond=None)
    rest = np.array(values) - design @ solution
    variance = rest @ rest / (case.replications - design.shape[1])
    covariance = variance * np.linalg.inv(design.T @ design)
    return float(solution[0]), sqrt(covariance[0, 0])


@pytest.mark.parametrize(
    "case",
    [pytest.param(c, marks=pytest.mark.slow if c.slow else (), id=str(c)) for c in CASES],
)
def test_agrees_with_theory(case: Case, engine: str) -> None:
    mean, std_error = estimate(case, engine)
    assert std_error < 0.01 * mean
    assert abs(mean - case.theory) < 4 * std_error
