"""The workloads in flowsim, by `flowsim.run`: event logs, and all figures of every replication."""

from __future__ import annotations

import math

import figures
from workloads import EXITS, Queue, Workload

import flowsim

WEEK = 7.0  # flowsim's times are in days
STEP_FIGURES = ("waiting.mean", "in_service.mean", "finished")


def load(workload: Workload) -> flowsim.Scenario:
    """Return the scenario of a workload; W1 is cut to the participants that are asked for."""
    if not isinstance(workload, Queue):
        return flowsim.load(workload.scenario)
    n, rate = workload.participants, workload.arrival_rate
    last_arrival = (n + 6.0 * math.sqrt(n)) / rate  # six standard deviations above its mean
    length = f"{math.ceil(last_arrival + 100.0 * workload.mean_stay)} days"
    changes = {"referrals.all.at_most": n, "run.length": length}
    return flowsim.load(workload.scenario, set=changes)


def prepare(workload: Workload) -> flowsim.Scenario:
    """Return what `run` takes."""
    return load(workload)


def run(scenario: flowsim.Scenario, seed: int, replications: int) -> flowsim.Results:
    """Run replications on all cores that the process may use."""
    return flowsim.run(scenario, seed=seed, replications=replications)


def figures_of(results: flowsim.Results, workload: Workload) -> list[figures.Figures]:
    """Return the figures that all programs give, for each replication."""
    names = results.table.names
    everybody = results.values[:, 0, 0]  # the whole window
    return [translate(dict(zip(names, row, strict=True)), workload) for row in everybody.tolist()]


def translate(kpis: dict[str, float], workload: Workload) -> figures.Figures:
    """Return one replication's figures under the names and in the units of all programs."""
    if isinstance(workload, Queue):
        return {f"wait.{which}": kpis[f"service.wait.{which}"] for which in ("mean", "p90")}
    found: figures.Figures = {}
    for step in ("reception", "coaching"):
        for which in ("wait.mean", "wait.p90"):
            found[f"{step}.{which}"] = kpis[f"{step}.{which}"] / WEEK
        found |= {f"{step}.{which}": kpis[f"{step}.{which}"] for which in STEP_FIGURES}
    found |= {f"exits.{kind}": kpis[f"exits.{kind}"] for kind in EXITS}
    return found | {"returned": kpis["returned"], "cost.per_exit": kpis["cost.per.left"]}
