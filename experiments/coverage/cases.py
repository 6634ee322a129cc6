"""The cases of the coverage study: scenarios whose figures are known in closed form.

The mean of a replication's figure is that of the steady state: three months of warm-up are many
times longer than the queues remember, and the year that counts is so long that what bias a mean
wait, a quantile or a ratio has within one replication is small beside its interval. The study
prints that bias.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log
from pathlib import Path

from flowsim.analysis import theory

HERE = Path(__file__).parent
DAYS, YEARS = 365.0, 1.0  # of the window: 2023
PLACE, START = 100_000.0, 50.0  # what a place costs a year, and a start


@dataclass(frozen=True)
class Figure:
    """A figure (of a variant: its difference) and its true value."""

    kpi: str
    kind: str  # mean, quantile or ratio
    truth: float


@dataclass(frozen=True)
class Case:
    """A scenario with settings and its figures; with `variant`, their paired differences."""

    name: str
    scenario: Path
    figures: tuple[Figure, ...]
    base: dict[str, object] = field(default_factory=dict)
    variant: dict[str, object] | None = None


def wait_p90(rate: float, stay: float, places: int) -> float:
    """Return the wait that nine of ten stay below in M/M/c: there C exp(-(c s - l) t) is 0.1."""
    p_wait = theory.erlang_c(rate, 1 / stay, places)
    return max(log(p_wait / 0.1), 0.0) / (places / stay - rate)


def cost_per_exit(rate: float, places: int) -> float:
    """Return the mean cost over the mean number of exits, which is that of arrivals."""
    return START + YEARS * PLACE * places / (rate * DAYS)


def one_queue() -> Case:
    rate, places = 3.5, 5
    known = theory.mmc(rate, 1.0, places)
    return Case(
        "M/M/5, load 0.7",
        HERE / "queue.toml",
        (
            Figure("talk.waiting.mean", "mean", known["mean_queue"]),
            Figure("talk.wait.mean", "mean", known["mean_wait"]),
            Figure("talk.wait.p90", "quantile", wait_p90(rate, 1.0, places)),
            Figure("desk.utilisation", "ratio", known["utilisation"]),
            Figure("cost.per.completed", "ratio", cost_per_exit(rate, places)),
        ),
    )


def with_patience() -> Case:
    rate = 6.0
    known = theory.erlang_a(rate, 1.0, 5, patience_rate=0.5)
    return Case(
        "M/M/5+M, load 1.2",
        HERE / "patience.toml",
        (
            Figure("talk.waiting.mean", "mean", known["mean_queue"]),
            Figure("talk.withdrew", "mean", rate * DAYS * known["p_abandon"]),
            Figure("exits.withdrew.share", "ratio", known["p_abandon"]),
        ),
    )


def network() -> Case:
    mapping, coaching = theory.jackson_network([7.2, 0.0], [[0, 0.5], [0.2, 0]], [4.0, 1.6], [3, 4])
    p90 = wait_p90(coaching["arrival_rate"], 0.625, 4)
    return Case(
        "Two stations",
        HERE / "network.toml",
        (
            Figure("mapping.waiting.mean", "mean", mapping["mean_queue"]),
            Figure("coaching.waiting.mean", "mean", coaching["mean_queue"]),
            Figure("coaching.wait.p90", "quantile", p90),
            Figure("coaches.utilisation", "ratio", coaching["utilisation"]),
        ),
    )


def four_against_five() -> Case:
    rate = 3.0
    four, five = (theory.mmc(rate, 1.0, places) for places in (4, 5))
    return Case(
        "M/M/5 - M/M/4, 3 a day",
        HERE / "queue.toml",
        (
            Figure("talk.waiting.mean", "mean", five["mean_queue"] - four["mean_queue"]),
            Figure("talk.wait.mean", "mean", five["mean_wait"] - four["mean_wait"]),
            Figure("talk.wait.p90", "quantile", wait_p90(rate, 1.0, 5) - wait_p90(rate, 1.0, 4)),
            Figure("desk.utilisation", "ratio", five["utilisation"] - four["utilisation"]),
            Figure("cost.per.completed", "ratio", cost_per_exit(rate, 5) - cost_per_exit(rate, 4)),
        ),
        base={"referrals.people.rate": "3 per day", "teams.desk.places": 4},
        variant={"referrals.people.rate": "3 per day", "teams.desk.places": 5},
    )


def more_demand() -> Case:
    """Both terms of the ratio differ: a tenth more come, so starts cost more and exits are more."""
    few, many = 3.0, 3.3
    at_few, at_many = (theory.mmc(rate, 1.0, 5) for rate in (few, many))
    costs = cost_per_exit(many, 5) - cost_per_exit(few, 5)
    load = at_many["utilisation"] - at_few["utilisation"]
    return Case(
        "M/M/5, 3.3 - 3 a day",
        HERE / "queue.toml",
        (
            Figure("talk.waiting.mean", "mean", at_many["mean_queue"] - at_few["mean_queue"]),
            Figure("talk.wait.p90", "quantile", wait_p90(many, 1.0, 5) - wait_p90(few, 1.0, 5)),
            Figure("desk.utilisation", "ratio", load),
            Figure("cost.per.completed", "ratio", costs),
        ),
        base={"referrals.people.rate": "3 per day"},
        variant={"referrals.people.rate": "3.3 per day"},
    )


CASES = {
    "queue": one_queue,
    "patience": with_patience,
    "network": network,
    "places": four_against_five,
    "demand": more_demand,
}
