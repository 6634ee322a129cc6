"""How often 95 % intervals hold the truth: coverage of flowsim's intervals in known cases.

python experiments/coverage/run.py

Each macro-replication is a whole study with a seed of its own, as a user would run it. Exit code 1:
an interval covers less often than 93.5 % or more often than 96.5 %, or all differences at once
less often than 93.5 % (Bonferroni's intervals may cover more often).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from cases import CASES, Case
from numpy.typing import NDArray

import flowsim
from flowsim.analysis.comparison import difference, own_interval, simultaneous_level
from flowsim.analysis.kpi_names import names as kpi_table
from flowsim.study.comparison.comparing import samples_of

MACROS, REPLICATIONS = 1000, 20
LOW, HIGH = 0.935, 0.965
HEAD = ("case", "figure", "kind", "truth", "mean estimate", "bias", "coverage", "± 2 SE")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """Coverage of one figure: truth, mean estimate, bias in half-widths, share that hold it."""

    case: str
    figure: str
    kind: str
    truth: float
    mean: float
    bias: float
    coverage: float
    n: int
    may_exceed: bool = False

    @property
    def std_error(self) -> float:
        return sqrt(self.coverage * (1 - self.coverage) / self.n)

    @property
    def is_in_range(self) -> bool:
        return self.coverage >= LOW and (self.may_exceed or self.coverage <= HIGH)


def study_of(case: Case) -> Callable[[int, int], Floats]:
    """Return what runs one study, by replications and seed.

    It gives estimate, lower and upper of each figure, and of differences also the limits that hold
    all at once, (n_figures, 3 or 5).
    """
    scenario = flowsim.load(case.scenario, set=case.base)
    names = [figure.kpi for figure in case.figures]
    figures = [kpi_table(flowsim.compile(scenario))[name] for name in names]

    def own(replications: int, seed: int) -> Floats:
        run = flowsim.run(scenario, replications=replications, seed=seed)
        found = [own_interval(sample) for sample in samples_of(run, figures).values()]
        return np.array([(one.mean, one.lower, one.upper) for one in found])

    if case.variant is None:
        return own
    variant = flowsim.load(case.scenario, set=case.variant)
    levels = (0.95, simultaneous_level(len(names)))

    def apart(replications: int, seed: int) -> Floats:
        base, other = (
            samples_of(flowsim.run(one, replications=replications, seed=seed), figures)
            for one in (scenario, variant)
        )
        found = [[difference(base[n], other[n], level=level) for level in levels] for n in names]
        rows = [(one.mean, one.lower, one.upper, all_.lower, all_.upper) for one, all_ in found]
        return np.array(rows)

    return apart


def cover(case: Case, macros: int, replications: int, first_seed: int = 1) -> list[Row]:
    """Run many studies of a case and count how often each interval holds the truth."""
    seeds = range(first_seed, first_seed + macros)
    study = study_of(case)
    found = np.stack([study(replications, seed) for seed in seeds])
    truth = np.array([figure.truth for figure in case.figures])
    covers = (found[..., 1] <= truth) & (truth <= found[..., 2])
    half = ((found[..., 2] - found[..., 1]) / 2).mean(axis=0)
    means = found[..., 0].mean(axis=0)
    rows = [
        Row(
            case.name,
            figure.kpi,
            figure.kind,
            figure.truth,
            float(means[i]),
            float((means[i] - figure.truth) / half[i]),
            float(covers[:, i].mean()),
            macros,
        )
        for i, figure in enumerate(case.figures)
    ]
    if case.variant is not None:
        all_hold = ((found[..., 3] <= truth) & (truth <= found[..., 4])).all(axis=1)
        share = float(all_hold.mean())
        nothing = float("nan")
        all_at_once = f"all {len(truth)} at once"
        rows.append(
            Row(
                case.name, all_at_once, "Bonferroni", nothing, nothing, nothing, share, macros, True
            )
        )
    return rows


def cells(row: Row) -> tuple[str, ...]:
    def told(value: float, form: str) -> str:
        return "" if np.isnan(value) else format(value, form)

    share = f"{100 * row.coverage:.1f} %"
    figures = (told(row.truth, ".5g"), told(row.mean, ".5g"), told(row.bias, "+.3f"))
    return (row.case, row.figure, row.kind, *figures, share, f"{200 * row.std_error:.1f}")


def table(rows: Sequence[Row], markdown: bool) -> str:
    """Return an aligned table, in Markdown if asked for."""
    body = [HEAD, *(cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*body, strict=True)]
    edge, between = ("| ", " | ") if markdown else ("", "  ")
    lines = []
    for line in body:
        padded = [
            cell.ljust(width) if place < 3 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        lines.append(f"{edge}{between.join(padded)}{edge[::-1]}".rstrip())
    if markdown:
        rule = ["-" * w if place < 3 else "-" * (w - 1) + ":" for place, w in enumerate(widths)]
        lines.insert(1, f"| {' | '.join(rule)} |")
    return "\n".join(lines)


def main(words: Sequence[str] | None = None) -> int:
    """Run the study and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--macros", type=int, default=MACROS, help="studies of each case")
    parser.add_argument("--replications", type=int, default=REPLICATIONS, help="of each study")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first study")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    options = parser.parse_args(words)
    rows = []
    for name in options.cases:
        rows += cover(CASES[name](), options.macros, options.replications, options.seed)
        print(f"{name}: done", file=sys.stderr, flush=True)
    print(table(rows, options.markdown))
    wrong = [row for row in rows if not row.is_in_range]
    for row in wrong:
        print(f"{row.case}, {row.figure}: covers {row.coverage:.1%}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
