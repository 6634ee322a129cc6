"""What observed figures tell of the inputs that nobody has measured.

A table of draws from `[uncertain]`, each with the observed figures of one replication, becomes
draws that go with what was observed, see `flowsim.analysis.posterior`. The page says what the
figures cannot tell; with a handful of counts that is most of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowsim.analysis import kpis as measuring
from flowsim.analysis.identified import apart, calibration, how_possible, told
from flowsim.analysis.kpi_names import KpiTable
from flowsim.analysis.posterior import Posterior, Table, passes, root
from flowsim.engine.compiling import compile_plan
from flowsim.engine.engines import simulate
from flowsim.errors import ResultsError, ScenarioError
from flowsim.language import _
from flowsim.scenario.loading import drawn
from flowsim.scenario.ranges import Range, ranges_of
from flowsim.scenario.schema import Scenario
from flowsim.study.unknown.drawing import InputDraws, draw_inputs, has_unknown, leaves
from flowsim.study.unknown.playing import plan_of_draw

__all__ = ["KEPT", "Calibrated", "Target", "calibrate"]

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
DRAWS = 10_000
KEPT = 500
"""Draws of equal weight that are kept."""
CHOOSING, TESTING = 1000, 1000
"""Data sets of the table that choose how many neighbours, and others that test the posterior."""
FEWEST = 4000
AT_ONCE = 200
FOLLOWS = 1e-6
"""What is left of a figure's variance, below which it follows from others."""
IMPOSSIBLE = 0.001
PLAYED = 200
TRIED = (0.02, 0.03, 0.05, 0.075, 0.1, 0.2)
"""Neighbours, as shares of the table."""
BAND = 0.99
"""In which all parameters together lie inside their bands, if they are calibrated."""


@dataclass(frozen=True)
class Target:
    """An observed figure.

    Parameters
    ----------
    kpi, period : which figure
    value, low, high : as it was observed
    use : "fit" or "check"
    unit, kind : of the figure
    """

    kpi: str
    period: str
    value: float
    low: float
    high: float
    use: str
    unit: str
    kind: str

    def scaled(self, values: Floats) -> Floats:
        """Return values on a scale where their luck is even: of counts Anscombe's root."""
        return root(np.maximum(values, 0.0)) if self.kind == "count" else values


@dataclass(frozen=True, eq=False)
class Calibrated:
    """What calibrating gave.

    Parameters
    ----------
    scenario : what was calibrated
    ranges : the inputs, in the order of the parameters
    fitted : the figures that it was calibrated to
    follows : figures that follow from these, and were left out
    checked : figures that were held back
    table : the draws of the prior with their figures
    posterior : the draws that go with what was observed
    neighbours : how many; None where none calibrates itself
    shares : of 1,000 data sets, the share of the posterior below the truth, by parameter
    possible : in which share of data sets of the prior figures lie as far out
    plays : of each target the figures of draws of the posterior, one replication each
    """

    scenario: Scenario
    ranges: tuple[Range, ...]
    fitted: tuple[Target, ...]
    follows: tuple[Target, ...]
    checked: tuple[Target, ...]
    table: Table
    posterior: Posterior
    neighbours: int
    shares: Floats
    possible: float
    plays: dict[tuple[str, str], Floats]

    @cached_property
    def widths(self) -> Floats:
        """The width of the posterior over that of the prior, for each parameter."""
        return told(self.table, self.posterior)

    @cached_property
    def pairs(self) -> list[tuple[int, int, float]]:
        """Pairs of parameters that cannot be told apart, with their correlation."""
        return list(apart(self.posterior))

    @cached_property
    def is_calibrated(self) -> bool:
        """Whether every parameter's ranks lie inside the simultaneous band of 99 %."""
        return all_pass(self.shares)

    @cached_property
    def draws(self) -> Floats:
        """Draws of equal weight (KEPT, n_parameters)."""
        return self.posterior.drawn(KEPT, 0.5)

    def values(self, numbers: Floats) -> list[tuple[str, Any]]:
        """Return what a draw sets, by key path."""
        pairs = []
        for one, number in zip(self.ranges, numbers, strict=True):
            exact = float(round(number)) if one.whole else float(number)
            for target, value in one.values(exact):
                pairs += list(leaves(target, value))
        return pairs

    @cached_property
    def centre(self) -> Floats:
        """The kept draw nearest the middle: values that are possible together."""
        spread = self.draws.std(axis=0)
        away = (self.draws - self.draws.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        centre: Floats = self.draws[int(np.argmin((away**2).sum(axis=1)))]
        return centre

    def to_json(self) -> dict[str, Any]:
        """Return what it gave as plain numbers."""
        quantiles = self.posterior.quantiles(0.05, 0.5, 0.95)
        return {
            "parameters": {
                one.name: {
                    "lower": float(quantiles[0, j]),
                    "median": float(quantiles[1, j]),
                    "upper": float(quantiles[2, j]),
                    "told": float(1 - min(self.widths[j], 1.0)),
                }
                for j, one in enumerate(self.ranges)
            },
            "figures": {
                f"{one.kpi}, {one.period}": {
                    "observed": one.value,
                    "use": one.use,
                    "follows": one in self.follows,
                    **dict(zip(("lower", "median", "upper"), self.span_of(one), strict=True)),
                }
                for one in (*self.fitted, *self.follows, *self.checked)
            },
            "calibration": {
                "passes": self.is_calibrated,
                "neighbours": self.neighbours,
                "draws": len(self.table.parameters),
                "possible": self.possible,
            },
        }

    def span_of(self, target: Target) -> tuple[float, float, float]:
        """Return a figure's 5th percentile, median and 95th in plays of the posterior."""
        low, middle, high = np.nanquantile(self.plays[target.kpi, target.period], [0.05, 0.5, 0.95])
        return float(low), float(middle), float(high)


def targets_of(scenario: Scenario, table: KpiTable) -> list[Target]:
    """List the observed figures that inputs are fitted to, or checked by."""
    found = []
    for period, figures in scenario.observed.items():
        for name, one in figures.items():
            if one.use != "input":
                low, high = (one.value if end is None else end for end in (one.low, one.high))
                kpi = table[name]
                found.append(
                    Target(name, period, one.value, low, high, one.use, kpi.unit, kpi.kind)
                )
    return found


def calibrate(
    scenario: Scenario,
    *,
    draws: int = DRAWS,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Calibrated:
    """Find the draws of the uncertain inputs that go with what was observed.

    Parameters
    ----------
    scenario : with `[uncertain]` and `[observed]`
    draws : of the prior, one replication each
    seed : key of all draws; default: as the scenario says
    progress : called with (draws done, all draws)

    Raises
    ------
    ResultsError
        If nothing is uncertain or observed, the model cannot give the figures, or no number of
        neighbours calibrates itself.
    """
    key = scenario.run.seed if seed is None else seed
    plan = compile_plan(scenario)
    names = measuring.names(plan)
    targets = targets_of(scenario, names)
    fitted = [one for one in targets if one.use == "fit"]
    if not has_unknown(scenario) or not ranges_of(scenario):
        raise ResultsError(_("calibrate: found nothing uncertain; allowed: ranges in [uncertain]"))
    if scenario._source.draws is not None:
        raise ResultsError(
            _("calibrate: found draws from a file; allowed: ranges, from which new draws can come")
        )
    if not fitted:
        raise ResultsError(
            _("calibrate: found nothing observed to fit; allowed: figures in [observed.YEAR]")
        )
    if draws < FEWEST:
        raise ResultsError(
            _("--draws: found {n}; allowed: at least {fewest}").format(n=draws, fewest=FEWEST)
        )
    numbers, figures = table_of(scenario, key, draws, names, targets, progress)
    inputs = [one for one in ranges_of(scenario) if one.low < one.high]
    known = np.isfinite(figures).all(axis=1)
    numbers, figures = numbers[known], figures[known]
    own = [at for at, one in enumerate(targets) if one.use == "fit"]
    kept, left = apart_from_others(figures, own)
    chosen = [targets[at] for at in kept]
    table = Table(
        numbers,
        np.array([one.low for one in inputs]),
        np.array([one.high for one in inputs]),
        with_error(figures[:, kept], chosen, key),
    )
    observed = np.array([float(one.scaled(np.array([one.value]))[0]) for one in chosen])
    possible = how_possible(table, observed, range(TESTING))
    if possible < IMPOSSIBLE:
        raise ResultsError(cannot(table, observed, chosen))
    tried = [max(int(share * len(numbers)), 10 * len(inputs)) for share in TRIED]
    near = chosen_neighbours(table, tried)
    shares, _loss = calibration(table, range(CHOOSING, CHOOSING + TESTING), near)
    posterior = table.posterior(observed, near)
    found = Calibrated(
        scenario=scenario,
        ranges=tuple(inputs),
        fitted=tuple(chosen),
        follows=tuple(targets[at] for at in left),
        checked=tuple(one for one in targets if one.use == "check"),
        table=table,
        posterior=posterior,
        neighbours=near,
        shares=shares,
        possible=possible,
        plays={},
    )
    found.plays.update(played(found, key, names, targets))
    return found


def all_pass(shares: Floats) -> bool:
    """Whether the ranks of all parameters lie inside their bands, which hold together (Bonferroni).

    Parameters
    ----------
    shares : of the posterior below the truth (n_data_sets, n_parameters)
    """
    level = 1 - (1 - BAND) / shares.shape[1]
    return all(passes(column, level) for column in shares.T)


def chosen_neighbours(table: Table, tried: Sequence[int]) -> int:
    """Return with how many neighbours all parameters calibrate themselves and quantiles are best.

    Raises
    ------
    ResultsError
        If none do.
    """
    best: dict[int, float] = {}
    for n in tried:
        shares, loss = calibration(table, range(CHOOSING), n)
        if all_pass(shares):
            best[n] = loss
    if not best:
        raise ResultsError(
            _("calibrate: no number of neighbours calibrates itself; allowed: more draws (--draws)")
        )
    return min(best, key=best.__getitem__)


def table_of(
    scenario: Scenario,
    seed: int,
    n: int,
    names: KpiTable,
    targets: Sequence[Target],
    progress: Progress | None,
) -> tuple[Floats, Floats]:
    """Return draws of the inputs (n, n_inputs) and their figures (n, n_targets)."""
    places = [
        ([p.name for p in names.periods].index(t.period), names.position[t.kpi]) for t in targets
    ]
    numbers, figures = [], []

    def one(inputs: InputDraws, first: int, k: int) -> list[float]:
        plan = plan_of_draw(inputs, k)
        log = simulate(plan, seed=seed, replication=first + k, keep=False)
        values = measuring.measurer(plan, names)(log)
        return [float(values[period, 0, kpi]) for period, kpi in places]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for first in range(0, n, AT_ONCE):
            inputs = draw_inputs(scenario, seed, min(AT_ONCE, n - first), first)
            rows = pool.map(lambda k, i=inputs, f=first: one(i, f, k), range(len(inputs)))
            figures += list(rows)
            free = [i for i in inputs.inputs if np.ptp(i.numbers) > 0]
            numbers.append(np.stack([i.numbers for i in free], axis=1))
            if progress is not None:
                progress(min(first + AT_ONCE, n), n)
    return np.concatenate(numbers), np.array(figures)


def apart_from_others(figures: Floats, own: Sequence[int]) -> tuple[list[int], list[int]]:
    """Divide figures into those that are fitted, and those that follow exactly from others.

    A share of two counts, or a count over a constant, is a straight line of logarithms.
    """
    kept: list[int] = []
    left: list[int] = []
    usable = (figures[:, own] > 0).all(axis=1)
    logs = np.log(figures[usable]) if usable.sum() > 100 else None
    for at in own:
        follows = logs is not None and _follows(logs[:, at], logs[:, kept])
        (left if follows else kept).append(at)
    return kept, left


def _follows(values: Floats, others: Floats) -> bool:
    if np.ptp(values) == 0:
        return True
    if not others.shape[1]:
        return False
    design = np.column_stack([np.ones(len(values)), others])
    fit, *_rest = np.linalg.lstsq(design, values, rcond=None)
    return bool(np.var(values - design @ fit) < FOLLOWS * np.var(values))


def with_error(figures: Floats, targets: Sequence[Target], seed: int) -> Floats:
    """Add to each simulated figure the error of the observed one, and bring it to its scale."""
    generator = np.random.Generator(np.random.Philox(key=[seed, 7]))
    columns = []
    for at, one in enumerate(targets):
        error = generator.uniform(one.low - one.value, one.high - one.value, len(figures))
        columns.append(one.scaled(figures[:, at] + error))
    return np.stack(columns, axis=1)


def cannot(table: Table, observed: Floats, targets: Sequence[Target]) -> str:
    """Say which figure the model gives least of all."""
    away = np.abs(observed - np.median(table.figures, axis=0)) / table.scale
    worst = targets[int(np.argmax(away))]
    return _(
        "calibrate: the model cannot give what was observed, whatever the inputs within their "
        "ranges; farthest off: {kpi}, {period}; allowed: wider ranges, or other figures"
    ).format(kpi=worst.kpi, period=worst.period)


def played(
    found: Calibrated, seed: int, names: KpiTable, targets: Sequence[Target]
) -> dict[tuple[str, str], Floats]:
    """Play draws of the posterior, one replication each."""
    periods = [period.name for period in names.periods]
    figures = []
    for k, numbers in enumerate(found.posterior.drawn(PLAYED, 0.5)):
        values = settings_of(found, numbers)
        try:
            plan = compile_plan(drawn(found.scenario, values))
        except ScenarioError:  # shares of one table that are too many together
            continue
        log = simulate(plan, seed=seed, replication=len(found.table.parameters) + k, keep=False)
        figures.append(measuring.measurer(plan, names)(log)[:, 0])
    stacked = np.array(figures)
    return {
        (one.kpi, one.period): stacked[:, periods.index(one.period), names.position[one.kpi]]
        for one in targets
    }


def settings_of(found: Calibrated, numbers: Floats) -> dict[str, Any]:
    """Return what a draw of the posterior sets in the scenario."""
    from flowsim.study.unknown.drawing import Values

    own: Values = []
    for one, number in zip(found.ranges, numbers, strict=True):
        own += one.values(float(round(number)) if one.whole else float(number))
    return InputDraws(found.scenario, 0, (), (own,)).settings(0)


def rows_of(found: Calibrated) -> Iterator[list[Any]]:
    """Return the kept draws as rows of a file of draws, the key paths first."""
    rows = [found.values(numbers) for numbers in found.draws]
    yield [key for key, _value in rows[0]]
    for row in rows:
        yield [value for _key, value in row]
