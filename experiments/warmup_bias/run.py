"""Measure the bias of the mean wait in M/M/5 at load 0.9 from empty, without and with a warm-up.

python experiments/warmup_bias/run.py

The warm-up is the one that `flowsim warmup` recommends for the scenario; the bias is then measured
with other luck. Exit code 1: the 95 % interval of the bias with it is not within 1 %, or a measured
bias is not the exact one (by more than 4 standard errors).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mmc_bias import Bias, measure, scenario_of

from flowsim.scenario.quantities import after_length, parse_length
from flowsim.study.warmup import examine

LIMIT = 0.01
SEED = 1  # of the recommendation; the bias is measured with another


def warm_up_days(years: int) -> tuple[str, int]:
    """The recommended warm-up, in words and in days."""
    scenario = scenario_of(years)
    found = examine(scenario, replications=200, seed=SEED)
    if found.warm_up is None:
        sys.exit(f"no warm-up is recommended: {found.verdict}")
    first = after_length(scenario.run.start, parse_length(found.warm_up))
    return found.warm_up, (first - scenario.run.start).days


def is_small(bias: Bias) -> bool:
    """Whether the 95 % interval of a measured bias is within the limit."""
    return abs(bias.measured) + 1.96 * bias.std_error < LIMIT


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--years", type=int, default=4, help="length of the run")
    parser.add_argument("--replications", type=int, default=8000, help="to measure the bias with")
    options = parser.parse_args(arguments)
    words, days = warm_up_days(options.years)
    n = options.replications
    print(f"M/M/5, load 0.9, from empty, {options.years} years, {n} replications")
    print(f"recommended: {words} ({days} days)")
    print("\nwarm-up [days]   bias of the mean wait   standard error   exact")
    biases = measure(options.years, (0, days), n)
    for bias in biases:
        print(
            f"{bias.first:14d}   {bias.measured:21.3%}   {bias.std_error:14.3%}   {bias.exact:.3%}"
        )
    return 0 if is_small(biases[-1]) and all(bias.agrees for bias in biases) else 1


if __name__ == "__main__":
    sys.exit(main())
