"""From what a program recorded in one replication to the figures that are compared.

Programs record instants and waits in plain lists, which is the cheapest way in Python.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from workloads import EXITS, Pathway

Figures = dict[str, float]


@dataclass
class Visits:
    """What happened at one step: instants [weeks]; `waits` belong to `started`, in its order."""

    joined: list[float] = field(default_factory=list)
    started: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    finished: list[float] = field(default_factory=list)
    withdrew: list[float] = field(default_factory=list)


@dataclass
class Records:
    """What happened in one replication of W2."""

    referred: list[float] = field(default_factory=list)
    returned: list[float] = field(default_factory=list)
    reception: Visits = field(default_factory=Visits)
    coaching: Visits = field(default_factory=Visits)
    exits: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in EXITS})

    @property
    def n_events(self) -> int:
        """Referrals, returns, ends of stay and withdrawals: what must wait in a calendar."""
        return (len(self.referred) + len(self.returned)) + sum(
            len(visits.finished) + len(visits.withdrew)
            for visits in (self.reception, self.coaching)
        )


def of_pathway(records: Records, workload: Pathway) -> Figures:
    """Return the figures of one replication of W2, of the window only; times in weeks."""
    since, end = workload.report_from, workload.weeks
    found = {"events": float(records.n_events)}
    for name in ("reception", "coaching"):
        found |= of_step(name, getattr(records, name), since, end)
    exits = {kind: count(instants, since) for kind, instants in records.exits.items()}
    found |= {f"exits.{kind}": n for kind, n in exits.items()}
    found["returned"] = count(records.returned, since)
    found["cost.per_exit"] = workload.cost / sum(exits.values())
    return found


def of_step(name: str, visits: Visits, since: float, end: float) -> Figures:
    """Return wait, list, occupancy and throughput of a step in the window [since, end)."""
    waits = [w for t, w in zip(visits.started, visits.waits, strict=True) if t >= since]
    listed = area(visits.joined, since, end) - area(visits.started, since, end)
    listed -= area(visits.withdrew, since, end)
    staying = area(visits.started, since, end) - area(visits.finished, since, end)
    return {
        f"{name}.wait.mean": sum(waits) / len(waits),
        f"{name}.wait.p90": quantile(waits, 0.9),
        f"{name}.waiting.mean": listed / (end - since),
        f"{name}.in_service.mean": staying / (end - since),
        f"{name}.finished": count(visits.finished, since),
    }


def of_queue(waits: list[float]) -> Figures:
    """Return the figures of one replication of W1; times in days."""
    found = {"events": 2.0 * len(waits), "wait.mean": sum(waits) / len(waits)}
    return found | {"wait.p90": quantile(waits, 0.9)}


def count(instants: Iterable[float], since: float) -> float:
    """Return how many instants lie in the window."""
    return float(sum(t >= since for t in instants))


def area(instants: Iterable[float], since: float, end: float) -> float:
    """Return the time in the window after each instant, summed.

    That of those who enter less that of those who leave is the time integral of those inside.
    """
    return sum(end - t if t > since else end - since for t in instants)


def quantile(values: list[float], share: float) -> float:
    """Return a quantile, linear between the ordered values."""
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])
