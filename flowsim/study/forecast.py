"""How long many replications take on this machine, and how much memory: an estimate, before them.

The seconds of a replication are a sum over what it does, each with a cost that was measured on one
machine; how much faster or slower this one is, is measured by a loop of some milliseconds.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from flowsim.errors import SimulationError
from flowsim.language import N_, _, digits, ngettext
from flowsim.scenario.cost import MOST_BYTES, Cost, amount, size
from flowsim.scenario.schema import Scenario

__all__ = ["A_LONG_TIME", "Forecast", "check_kept", "duration", "forecast"]

A_LONG_TIME = 3600.0
"""Seconds from which on a run is not begun unasked."""

# Seconds on the machine that they were measured on, by engine
SECONDS = {
    "kernel": {"run": 1.5e-4, "rows": 1.8e-7, "figures": 2.5e-8, "scans": 8e-10},
    "simpy": {"run": 1e-3, "rows": 2.2e-5, "figures": 2.5e-8, "scans": 5e-8},
}
ADDED, ADDING = 50_000, 2.5e-3  # what is added to see how fast a machine is, and its seconds
BEGINNING = 1.0  # seconds until the first replication
PROGRAM = 3e8  # bytes of the program itself


@dataclass(frozen=True)
class Forecast:
    """What some replications take.

    Parameters
    ----------
    replications : in all
    participants, rows : of one replication
    seconds : of all, on this machine
    n_bytes : of memory, all threads together
    reason : what makes it so long
    """

    replications: int
    participants: float
    rows: float
    seconds: float
    n_bytes: float
    reason: str

    def __str__(self) -> str:
        runs = ngettext("{n} replication", "{n} replications", self.replications)
        return _(
            "{runs}: about {participants} participants and {rows} "
            "events each, about {seconds} and {n_bytes}"
        ).format(
            runs=runs.format(n=digits(f"{self.replications:,}")),
            participants=amount(self.participants),
            rows=amount(self.rows),
            seconds=duration(self.seconds),
            n_bytes=size(self.n_bytes),
        )


def forecast(
    scenario: Scenario,
    replications: int | None = None,
    *,
    engine: str = "kernel",
    threads: int | None = None,
) -> Forecast:
    """Predict what some replications of a scenario take.

    Parameters
    ----------
    scenario : from `flowsim.load`
    replications : how many; default: as the scenario says, at most
    engine : "kernel" or "simpy"
    threads : that work at the same time; default: one for each core

    Examples
    --------
    >>> from flowsim.scenario.loading import load
    >>> told = str(forecast(load("scenarios/orebro.toml"), 400))
    >>> told.rpartition(", about ")[0]
    '400 replications: about 620 participants and 3,500 events each'
    """
    n = most_replications(scenario) if replications is None else replications
    at_once = min(threads or os.cpu_count() or 1, n) if engine == "kernel" else 1
    cost, price = Cost(scenario), SECONDS.get(engine, SECONDS["kernel"])
    parts = {
        _("{rows} events each").format(rows=amount(cost.rows)): price["rows"] * cost.rows,
        _("{figures} figures each").format(figures=amount(cost.figures)): price["figures"]
        * cost.figures,
        _("the staff and waiting lists looked at each time"): price["scans"] * cost.scans(),
        _("the number of replications"): price["run"],
    }
    seconds = slowness() * (BEGINNING + sum(parts.values()) * ceil(n / at_once))
    return Forecast(
        replications=n,
        participants=cost.participants,
        rows=cost.rows,
        seconds=seconds,
        n_bytes=PROGRAM + at_once * cost.n_bytes + cost.kept_bytes(n),
        reason=max(parts, key=lambda name: parts[name]),
    )


def together(forecasts: Iterable[Forecast]) -> Forecast:
    """Return what several take one after the other, told by the longest of them."""
    some = list(forecasts)
    longest = max(some, key=lambda one: one.seconds)
    return Forecast(
        replications=sum(one.replications for one in some),
        participants=longest.participants,
        rows=longest.rows,
        seconds=sum(one.seconds for one in some),
        n_bytes=max(one.n_bytes for one in some),
        reason=longest.reason,
    )


def most_replications(scenario: Scenario) -> int:
    """Return how many replications a scenario asks for, or the most with a precision."""
    precision = scenario.run.precision
    return scenario.run.replications if precision is None else precision.max


def check_kept(scenario: Scenario, replications: int) -> None:
    """Refuse replications whose figures together do not fit into memory.

    Raises
    ------
    SimulationError
        If they take more than a replication may.
    """
    n_bytes = Cost(scenario).kept_bytes(replications)
    if n_bytes > MOST_BYTES:
        raise SimulationError(
            _(
                "replications: found {replications}, whose figures take about {n_bytes} of "
                "memory; allowed: at most {most_bytes}, so fewer replications, years or groups"
            ).format(replications=replications, n_bytes=size(n_bytes), most_bytes=size(MOST_BYTES))
        )


def duration(seconds: float) -> str:
    """Write about how long something takes.

    Examples
    --------
    >>> [duration(seconds) for seconds in (0.2, 2.3, 200.0, 7300.0, 1e6, 1e10)]
    ['1 s', '3 s', '4 minutes', '2 hours', '12 days', '317 years']
    """
    units = ((N_("{n} days"), 86400.0), (N_("{n} hours"), 3600.0), (N_("{n} minutes"), 60.0))
    if seconds >= 2 * 365.25 * 86400:
        return _("{n} years").format(n=digits(f"{seconds / (365.25 * 86400):,.0f}"))
    for unit, length in units:
        if seconds >= 1.5 * length:
            n = seconds / length
            return _(unit).format(n=ceil(n) if length == 60.0 else round(n))
    return f"{ceil(seconds)} s"


@lru_cache(maxsize=1)
def slowness() -> float:
    """Return how many times longer this machine takes than the one that was measured."""
    times = []
    for _time in range(5):
        began_at = time.thread_time()
        sum(number * number for number in range(ADDED))
        times.append(time.thread_time() - began_at)
    return min(times) / ADDING
