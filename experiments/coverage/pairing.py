"""What sharing luck gains: variance of a difference with luck apart over that with luck shared.

python experiments/coverage/pairing.py

Örebro with 4 and with 5 coaches from 2019 on. Two factors are measured: from the pairs alone, that
is (Var base + Var variant) / Var difference, and from differences between runs with seeds apart.
Where a team with 5 coaches has hardly a list left, its wait is nearly 0 in all replications:
nothing of the other's variance can be taken out, however luck is drawn. `possible` says how much
could be at most, with a correlation of 1: (Var base + Var variant) / (sd base - sd variant)^2.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import flowsim

Floats = NDArray[np.float64]
SCENARIO = Path(__file__).parents[2] / "scenarios" / "orebro.toml"
COACHES = "teams.coaching.staff.coach.fte.2019"
PAIRS = ((4.0, 5.0, 2019), (3.0, 3.5, 2019), (4.0, 5.0, 2021))
KPIS = (
    "coaching.wait.mean",
    "coaching.waiting.mean",
    "coaching.waiting.end",
    "coaching.time_to_start.mean",
    "mapping.wait.mean",
    "mapping.waiting.mean",
    "outcomes.completed",
    "participants",
    "time_in_system.mean",
    "cost.per.completed",
)
HEAD = (
    "figure of the year",
    "mean",
    "with more",
    "correlation",
    "from pairs",
    "seeds apart",
    "possible",
)


def values(coaches: float, year: int, replications: int, seed: int) -> dict[str, np.ndarray]:
    """Run with so many coaches from 2019 on; values of a year's figures, (n_replications,)."""
    change = {COACHES: coaches, "run.until": dt.date(max(year, 2019), 12, 31)}
    results = flowsim.run(flowsim.load(SCENARIO, set=change), replications=replications, seed=seed)
    place = [period.name for period in results.table.periods].index(str(year)), 0
    found = results.samples.figures(place, [results.table.position[kpi] for kpi in KPIS])
    return dict(zip(KPIS, found.T, strict=True))


def factors(base: Floats, paired: Floats, apart: Floats) -> tuple[float, float, float, float]:
    """Return the correlation of the pairs, and the factors from pairs, measured, and possible."""
    known = ~(np.isnan(base) | np.isnan(paired) | np.isnan(apart))
    first, second, other = base[known], paired[known], apart[known]
    shared = (second - first).var(ddof=1)
    sum_of_both = first.var(ddof=1) + second.var(ddof=1)
    spread = first.std(ddof=1) - second.std(ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (
            float(np.corrcoef(first, second)[0, 1]),
            float(sum_of_both / shared),
            float((other - first).var(ddof=1) / shared),
            float(sum_of_both / spread**2),
        )


def told(factor: float) -> str:
    """Write a factor; those without limit, or beyond what can be measured, as such."""
    return "over 10,000" if factor > 10_000 else f"{factor:,.1f}"


def rows(few: float, many: float, year: int, replications: int, seed: int) -> list[tuple[str, ...]]:
    """Compare two numbers of coaches, with luck shared and with luck apart."""
    base, paired = (values(coaches, year, replications, seed) for coaches in (few, many))
    apart = values(many, year, replications, seed + 1)
    found = []
    for kpi in KPIS:
        correlation, *gains = factors(base[kpi], paired[kpi], apart[kpi])
        means = [f"{np.nanmean(sample[kpi]):,.4g}" for sample in (base, paired)]
        found.append((kpi, *means, f"{correlation:.3f}", *map(told, gains)))
    return found


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print a table for each pair."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=1000, help="of each scenario")
    parser.add_argument("--seed", type=int, default=1, help="the shared seed")
    options = parser.parse_args(words)
    for few, many, year in PAIRS:
        print(f"\n{few:g} against {many:g} coaches, {year}, {options.replications} replications\n")
        table = [HEAD, tuple("---" for _ in HEAD)]
        table += rows(few, many, year, options.replications, options.seed)
        print("\n".join(f"| {' | '.join(row)} |" for row in table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
