"""Measure the bias of the mean wait in M/M/5 at load 0.9 that starts empty, by simulation."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np
from mmc_transient import relative_bias
from numpy.typing import NDArray

import flowsim
from flowsim.analysis import theory
from flowsim.analysis.visits import reconstruct

SCENARIO = Path(__file__).parent.parent.parent / "tests" / "theory_scenarios" / "mmc.toml"
LOAD, PLACES, MEAN_STAY = 0.9, 5, 1.0
SEED = 2
TAIL = 200  # days after the last arrival that counts, so that all who wait have started
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bias:
    """Bias of the mean wait of those who come in a window, as a share of the true mean wait."""

    first: int
    measured: float
    std_error: float
    exact: float

    @property
    def agrees(self) -> bool:
        return abs(self.measured - self.exact) < 4 * self.std_error


def scenario_of(years: int, tail: int = 0) -> flowsim.Scenario:
    """M/M/5 from empty, for some years and a tail."""
    settings = {"referrals.people.rate": f"{LOAD * PLACES} per day", "run.warm_up": "0 days"}
    scenario = flowsim.load(SCENARIO, set={**settings, "run.length": f"{years} years"})
    n_days = (scenario.run.until - scenario.run.start).days + 1
    return flowsim.load(SCENARIO, set={**settings, "run.length": f"{n_days + tail} days"})


def sums(log: flowsim.EventLog, windows: Sequence[tuple[int, int]]) -> list[list[float]]:
    """Of those who join in each window: sum of their waits, number, and mean stay."""
    found = reconstruct(log)
    joined, started, finished, _ = found.at[: found.n_visits].T
    waits, stays = started - joined, finished - started
    inside = [(joined >= first) & (joined < last) for first, last in windows]
    return [[waits[i].sum(), i.sum(), np.nanmean(stays[i])] for i in inside]


def measure(years: int, firsts: Sequence[int], replications: int) -> list[Bias]:
    """Measure the bias over windows that begin on some days and end with the run.

    By Poisson arrivals, the expected sum of waits over the expected number is the average over time
    of the mean wait; so what many such runs give together is compared with the truth. What chance
    did to arrivals and stays, whose means are known, is taken out by control variates (Lavenberg
    and Welch 1981, Management Science 27, 322-335).
    """
    last = (scenario_of(years).run.until - scenario_of(years).run.start).days + 1
    plan = flowsim.compile(scenario_of(years, TAIL))
    windows = [(first, last) for first in firsts]

    def replicate(replication: int) -> list[list[float]]:
        log = flowsim.simulate(plan, seed=SEED, replication=replication)
        return sums(log, windows)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = np.array(list(pool.map(replicate, range(replications))))
    return [bias_of(found[:, i], first, last) for i, first in enumerate(firsts)]


def bias_of(found: Floats, first: int, last: int) -> Bias:
    """Estimate the bias from the sums of each replication (n_replications, 3)."""
    truth = theory.mmc(LOAD * PLACES, 1 / MEAN_STAY, PLACES)["mean_wait"]
    expected = LOAD * PLACES / MEAN_STAY * (last - first)
    waits = found[:, 0] / expected / truth - 1
    controls = np.column_stack([found[:, 1] / expected - 1, found[:, 2] / MEAN_STAY - 1])
    mean, std_error = with_controls(waits, controls)
    return Bias(first, mean, std_error, relative_bias(LOAD, PLACES, first, last))


def with_controls(values: Floats, controls: Floats) -> tuple[float, float]:
    """Mean and standard error of the values at controls of 0, by least squares."""
    design = np.column_stack([np.ones(len(values)), controls])
    inverse = np.linalg.inv(design.T @ design)
    solution = inverse @ design.T @ values
    rest = values - design @ solution
    variance = rest @ rest / (len(values) - design.shape[1])
    return float(solution[0]), sqrt(variance * inverse[0, 0])
