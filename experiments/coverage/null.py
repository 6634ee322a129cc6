"""Where nothing differs, how often is a difference claimed all the same?

python experiments/coverage/null.py

Each macro-replication compares a scenario with itself under another seed, in all figures of the
board's list. A claim of any of them is an error; flowsim's correction promises at most 5 % of
studies with one. Without a correction they would be as many as the last line says. Exit code 1:
more than 5 % and two binomial standard errors.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import flowsim
from flowsim.analysis.comparison import difference, simultaneous_level
from flowsim.study.comparison.comparing import samples_of
from flowsim.study.comparison.figures import chosen_figures

SCENARIO = Path(__file__).parent / "association.toml"
MACROS, REPLICATIONS = 1000, 30
NOMINAL = 0.05


@dataclass(frozen=True)
class Claims:
    """Shares of the studies with at least one claim."""

    n_studies: int
    n_figures: int
    corrected: float
    uncorrected: float

    @property
    def std_error(self) -> float:
        """Of a share of 5 %."""
        return sqrt(NOMINAL * (1 - NOMINAL) / self.n_studies)


def claims(macros: int, replications: int, first_seed: int = 1) -> Claims:
    """Compare a scenario with itself many times, each with two seeds of its own."""
    scenario = flowsim.load(SCENARIO)
    corrected = uncorrected = n_figures = 0
    for macro in range(macros):
        seeds = first_seed + 2 * macro, first_seed + 2 * macro + 1
        runs = [flowsim.run(scenario, replications=replications, seed=seed) for seed in seeds]
        tables = {str(seed): run.table for seed, run in zip(seeds, runs, strict=True)}
        figures = chosen_figures(tables, dict.fromkeys(tables, scenario), None)
        base, other = (samples_of(run, figures) for run in runs)
        n_figures = len(figures)
        uncorrected += any(
            difference(base[kpi.name], other[kpi.name]).is_claimed for kpi in figures
        )
        level = simultaneous_level(n_figures)
        corrected += any(
            difference(base[kpi.name], other[kpi.name], level=level).is_claimed for kpi in figures
        )
    return Claims(macros, n_figures, corrected / macros, uncorrected / macros)


def main(words: Sequence[str] | None = None) -> int:
    """Run the study and print what it found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--macros", type=int, default=MACROS, help="comparisons")
    parser.add_argument("--replications", type=int, default=REPLICATIONS, help="of each scenario")
    parser.add_argument("--seed", type=int, default=1, help="first seed")
    options = parser.parse_args(words)
    found = claims(options.macros, options.replications, options.seed)
    print(
        f"{found.n_studies} comparisons of a scenario with itself, {found.n_figures} figures each, "
        f"{options.replications} replications:\n"
        f"with a claim: {found.corrected:.1%} (nominal: at most {NOMINAL:.0%}, "
        f"binomial standard error {found.std_error:.1%})\n"
        f"without correction it would be {found.uncorrected:.1%}"
    )
    return 1 if found.corrected > NOMINAL + 2 * found.std_error else 0


if __name__ == "__main__":
    sys.exit(main())
