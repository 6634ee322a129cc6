"""The series that a warm-up is read from: levels from the start, averaged over replications."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flowsim.analysis import warmup as rules
from flowsim.analysis.levels import MEASURES, levels
from flowsim.engine.engines import simulate
from flowsim.engine.plan import Plan
from flowsim.errors import SimulationError
from flowsim.language import _
from flowsim.scenario.capacity import closures_of
from flowsim.scenario.quantities import DAYS_PER_UNIT
from flowsim.scenario.schema import Scenario

__all__ = ["KEYS", "Averages", "Grid", "averages", "grid_for", "has_yearly_cycle"]

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
KEYS = ["series", "measure", "step", "at"]
"""What leads to a value: "mean", "error" or "slope", of what, and the span or the replication."""
WIDEST_WINDOW = 182.0  # days on each side
WEEKS_ENOUGH = 250  # from so many on, a series has a value for each week, not each day


@dataclass(frozen=True, slots=True)
class Grid:
    """Spans over which levels are averaged: days, in a long run weeks; or twelfths of a year.

    Parameters
    ----------
    span : length of one [days]
    batch : how many make one batch of MSER and of the trend test
    n : how many there are
    """

    span: float
    batch: int
    n: int

    @property
    def is_yearly(self) -> bool:
        """Whether batches are years."""
        return self.batch == 12

    @property
    def edges(self) -> Floats:
        """Instants that separate the spans [days], (n + 1,)."""
        return np.arange(self.n + 1, dtype=np.float64) * np.float64(self.span)

    @property
    def n_half(self) -> int:
        """Batches in the second half."""
        return self.n // self.batch // 2

    @property
    def window(self) -> int:
        """Half the width of Welch's moving average [spans]: about a tenth of the run in all."""
        return min(int(WIDEST_WINDOW / self.span), self.n // 20)

    def smooth(self, series: Floats) -> Floats:
        """Smooth series (..., n)."""
        return rules.moving_year(series) if self.is_yearly else rules.welch(series, self.window)


def has_yearly_cycle(scenario: Scenario) -> bool:
    """Whether a scenario has seasons, closures of every year, or a limit on starts a year."""
    seasons = [
        scenario.calendar.seasonality if source.seasonality is None else source.seasonality
        for source in scenario.referrals.values()
    ]
    closures = [
        closure for team in scenario.teams.values() for closure in closures_of(team, scenario)
    ]
    return (
        any(len(set(factors or ())) > 1 for factors in seasons)
        or any(not isinstance(closure.from_, dt.date) for closure in closures)
        or any(s.intake and s.intake.max_per_year is not None for s in scenario.steps.values())
    )


def grid_for(scenario: Scenario, end: float) -> Grid:
    """Return the spans for a run of so many days, and refuse one that is far too short.

    A span is a day, so that a fast start is seen; a week where the run has 250 of them, fifty
    batches; a twelfth of a year where there is a yearly cycle, and a batch then is a year.
    """
    yearly = has_yearly_cycle(scenario)
    unit = "month" if yearly else "week" if end >= WEEKS_ENOUGH * DAYS_PER_UNIT["week"] else "day"
    span, batch = DAYS_PER_UNIT[unit], 12 if yearly else 5
    n = int(end / span + 0.1)  # ten years on the calendar may lack half a day of 3652.5
    grid = Grid(min(span, end / max(n, 1)), batch, n)
    if n < rules.FEWEST_BATCHES * batch:
        needed = _("10 years, because of the yearly cycle,") if yearly else _("50 days")
        raise SimulationError(
            _(
                "run: found {end:g} days; allowed: at least {needed} to look for a warm-up; "
                'for a longer run: --length "20 years"'
            ).format(end=end, needed=needed)
        )
    return grid


@dataclass(frozen=True, slots=True, eq=False)
class Averages:
    """Over replications; the axes are those of `MEASURES`, the steps, and the spans.

    mean : of the levels (2, n_steps, n)
    error : standard error of the smoothed levels less the level of the second half, likewise
    slopes : of each replication's second half (n_replications, 2, n_steps)
    """

    mean: Floats
    error: Floats
    slopes: Floats

    def to_frame(self, steps: Iterable[str]) -> pd.DataFrame:
        """Return all of it long and tidy: KEYS, value."""
        series = {"mean": self.mean, "error": self.error, "slope": np.moveaxis(self.slopes, 0, -1)}
        parts = []
        for name, values in series.items():
            for m, measure in enumerate(MEASURES):
                for s, step in enumerate(steps):
                    one = values[m, s]
                    columns = {"series": name, "measure": measure, "step": step}
                    parts.append(pd.DataFrame({**columns, "at": np.arange(len(one)), "value": one}))
        return pd.concat(parts, ignore_index=True)


def averages(
    plan: Plan,
    grid: Grid,
    n: int,
    seed: int,
    engine: str,
    progress: Progress | None,
) -> Averages:
    """Run the replications, and keep sums of them only."""
    shape = (len(MEASURES), len(plan.steps), grid.n)
    total, distance, squares = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    slopes = np.empty((n, *shape[:-1]))

    def replicate(replication: int) -> Floats:
        log = simulate(plan, seed=seed, replication=replication, engine=engine)
        return levels(log, grid.edges)

    for replication, found in enumerate(in_order(replicate, n, engine)):
        second_half = rules.batch_means(found, grid.batch)[..., -grid.n_half :]
        from_level = grid.smooth(found) - second_half.mean(axis=-1, keepdims=True)
        total += found
        distance += from_level
        squares += from_level**2
        slopes[replication] = rules.slopes(second_half)
        if progress is not None:
            progress(replication + 1, n)
    variance = np.maximum(squares - distance**2 / n, 0.0) / (n - 1)
    return Averages(total / n, np.sqrt(variance / n), slopes)


def in_order(replicate: Callable[[int], Floats], n: int, engine: str) -> Iterator[Floats]:
    """Run replications on all cores, a few ahead of what is asked for, in their order."""
    if engine == "simpy":  # pure Python: threads would only wait for each other
        yield from map(replicate, range(n))
        return
    n_cores = os.cpu_count() or 1
    block = 8 * n_cores
    pool = ThreadPoolExecutor(n_cores)
    try:
        for begin in range(0, n, block):
            yield from pool.map(replicate, range(begin, min(begin + block, n)))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
