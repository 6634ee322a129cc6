"""How much the recommended warm-up, and the bias it leaves, depend on luck: M/M/5 at load 0.9.

python experiments/warmup_bias/seeds.py
"""

from __future__ import annotations

from mmc_bias import LOAD, PLACES, scenario_of
from mmc_transient import relative_bias

from flowsim.scenario.quantities import after_length, parse_length
from flowsim.study.warmup import examine

SEEDS = range(1, 13)


def main() -> None:
    """Print the recommendation and the exact bias for each seed."""
    for years in (2, 4):
        scenario = scenario_of(years)
        start = scenario.run.start
        n_days = (scenario.run.until - start).days + 1
        for replications in (50, 200):
            print(f"{years} years, {replications} replications: recommended, exact bias")
            for seed in SEEDS:
                found = examine(scenario, replications=replications, seed=seed)
                if found.warm_up is None:
                    print(f"  seed {seed:2d}: {found.verdict}")
                    continue
                first = (after_length(start, parse_length(found.warm_up)) - start).days
                bias = relative_bias(LOAD, PLACES, first, n_days)
                print(f"  seed {seed:2d}: {found.warm_up:9s} {bias:.2%}")


if __name__ == "__main__":
    main()
