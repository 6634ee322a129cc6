"""The workloads, as numbers that every program reads; the scenario files hold the same."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Queue:
    """W1: M/M/c, first come, first served. Time in days."""

    scenario: Path = HERE / "w1.toml"
    participants: int = 1_000_000
    arrival_rate: float = 4.5
    places: int = 5
    mean_stay: float = 1.0


@dataclass(frozen=True)
class Pathway:
    """W2: two teams, priority, patience, routing and delayed returns. Time in weeks."""

    scenario: Path = HERE / "w2.toml"
    weeks: float = 780.0
    report_from: float = 260.0
    start: dt.date = dt.date(2001, 1, 1)
    reception_rate: float = 3.0
    coaching_rate: float = 0.8
    young: float = 0.45
    reception_places: int = 12
    reception_stay: float = 3.0
    reception_cv: float = 0.8
    coaching_places: int = 60
    coaching_stay: float = 40.0
    coaching_cv: float = 0.6
    patience: float = 26.0
    to_coaching: float = 0.55
    to_ordinary: float = 0.25
    to_work: float = 0.35
    to_studies: float = 0.15
    returning: float = 0.08
    time_to_return: float = 52.0
    reception_place_cost: float = 40_000.0
    coaching_place_cost: float = 50_000.0

    @property
    def cost(self) -> float:
        """What all places cost in the window; a year's cost accrues evenly over its days."""
        first = self.start + dt.timedelta(weeks=self.report_from)
        n_days = round(7 * (self.weeks - self.report_from))
        years = sum(1 / days_of_year(first + dt.timedelta(days=day)) for day in range(n_days))
        reception = self.reception_places * self.reception_place_cost
        return years * (reception + self.coaching_places * self.coaching_place_cost)


Workload = Queue | Pathway
W1 = Queue()
W2 = Pathway()
W2_LIT = Pathway(scenario=HERE / "w2_lit.toml", reception_places=3)
WORKLOADS: dict[str, Workload] = {"w1": W1, "w2": W2, "w2_lit": W2_LIT}
EXITS = ("work", "studies", "other", "ordinary", "no_action", "withdrew")


def days_of_year(day: dt.date) -> int:
    """Return the number of days of the year in which a day lies."""
    return (dt.date(day.year + 1, 1, 1) - dt.date(day.year, 1, 1)).days


def lognormal(mean: float, cv: float) -> tuple[float, float]:
    """Return mean and standard deviation of the logarithm of a lognormal variate."""
    variance = math.log(1.0 + cv * cv)
    return math.log(mean) - variance / 2.0, math.sqrt(variance)
