"""Replications of the options of a search: run when first asked for, and kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from flowsim.analysis import kpis as measuring
from flowsim.analysis.comparison import ROUNDING, Sample
from flowsim.analysis.kpi_names import Kpi, KpiTable
from flowsim.analysis.selection import Drawn
from flowsim.engine.compiling import compile_plan
from flowsim.engine.engines import DEFAULT_ENGINE, simulate
from flowsim.engine.plan import Plan
from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.scenario.quantities import shown
from flowsim.study import first_run
from flowsim.study.search.option_grid import Option

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(eq=False)
class Draws:
    """Replications of the options: run when first asked for, and kept.

    Parameters
    ----------
    options : what is run
    objective : the figure to choose by, None: known beforehand
    limits : names of the figures of the limits
    is_least : whether less of the objective is better
    period : "run" or a calendar year
    indifference : the smallest difference that matters; 0: the objective must not vary
    seed, engine : of all options
    most : replications of each
    progress : called with (replications done, the most there may be)
    plans : of the options that were run
    values : figures of the options, replication by replication
    may_run : whether replications that are not there are run; else they are missing
    """

    options: Sequence[Option]
    objective: str | None
    limits: Sequence[str]
    is_least: bool
    period: str
    indifference: float
    seed: int
    engine: str
    most: int
    progress: Progress | None
    plans: dict[int, Plan] = field(default_factory=dict)
    values: dict[int, dict[str, Floats]] = field(default_factory=dict)
    may_run: bool = True
    n_done: int = 0

    def __call__(self, option: int, n: int) -> Drawn:
        """Return the first n replications of an option; the objective so that less is better."""
        drawn = self.up_to(option, n)
        if drawn.objective is None or self.is_least:
            return drawn
        one = drawn.objective
        above = None if one.above is None else -one.above
        return replace(drawn, objective=Sample(-one.values, above, one.below))

    def all_of(self, option: int) -> Drawn:
        """Return all replications of an option that were run, with their own sign."""
        kept = self.values[option]
        return self.up_to(option, len(next(iter(kept.values()))))

    def up_to(self, option: int, n: int) -> Drawn:
        """Return the first n replications of an option."""
        table = measuring.names(self._plan(option))
        wanted = [*self.limits, *([self.objective] if self.objective else [])]
        for name in wanted:
            if name not in table.position:
                raise ResultsError(
                    _("{option}: has no figure {name}").format(
                        option=self.options[option].name, name=shown(name)
                    )
                )
        self._extend(option, [table[name] for name in wanted], table, n)
        kept = {name: values[:n] for name, values in self.values[option].items()}
        limits = tuple(sample_of(table[name], kept) for name in self.limits)
        if self.objective is None:
            return Drawn(None, limits)
        objective = sample_of(table[self.objective], kept)
        self._check(option, objective, table[self.objective].unit)
        return Drawn(objective, limits)

    def _plan(self, option: int) -> Plan:
        if option not in self.plans:
            asked = [*self.limits, *([self.objective] if self.objective else [])]
            self.plans[option] = compile_plan(self.options[option].scenario, asked)
            if self.may_run and self.engine == DEFAULT_ENGINE and first_run.is_due():
                first_run.compile_everything(self.plans[option])
        return self.plans[option]

    def _extend(self, option: int, kpis: Sequence[Kpi], table: KpiTable, n: int) -> None:
        """Run the replications that are still to come."""
        names = list(dict.fromkeys(part for kpi in kpis for part in parts_of(kpi)))
        kept = self.values.setdefault(option, {name: np.empty(0) for name in names})
        first = len(kept[names[0]])
        if first >= n:
            return
        if not self.may_run:
            raise ResultsError(
                _("{name}: found {first} replications; {n} are needed").format(
                    name=self.options[option].name, first=first, n=n
                )
            )
        columns = [table.position[name] for name in names]
        place = place_of(self.period, table)
        work = partial(replicate, self.plans[option], self.seed, self.engine, place, columns)
        rows = []
        with ThreadPoolExecutor(1 if self.engine == "simpy" else os.cpu_count()) as pool:
            try:
                for row in pool.map(work, range(first, n)):
                    rows.append(row)
                    self.n_done += 1
                    if self.progress is not None:
                        self.progress(self.n_done, len(self.options) * self.most)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        found = np.stack(rows)
        for k, name in enumerate(names):
            kept[name] = np.concatenate([kept[name], found[:, k]])

    def _check(self, option: int, objective: Sample, unit: str) -> None:
        """Refuse an objective by which options cannot be ranked."""
        name = self.objective
        fields = {
            "name": name,
            "missing": int((~objective.known()).sum()),
            "infinite": int(np.isinf(objective.values).sum()),
            "n_values": len(objective.values),
            "option": self.options[option].name,
        }
        if fields["missing"]:
            text = _(
                "{name}: is missing in {missing} of {n_values} "
                "replications with {option}; choose by a figure that all have"
            )
            raise ResultsError(text.format(**fields))
        if fields["infinite"]:
            text = _(
                "{name}: is not reached in {infinite} of {n_values} replications with "
                "{option}; choose by a mean"
            )
            raise ResultsError(text.format(**fields))
        varies = np.ptp(objective.values) > ROUNDING * np.abs(objective.values).max()
        if varies and self.indifference == 0:
            raise ResultsError(
                _(
                    "--indifference: found nothing; allowed: the smallest difference that matters "
                    "[{unit}], as {name} varies between replications"
                ).format(unit=unit, name=name)
            )


def replicate(
    plan: Plan, seed: int, engine: str, place: int, columns: Sequence[int], replication: int
) -> Floats:
    """Run one replication and return some figures of everybody, (n_columns,)."""
    log = simulate(plan, seed=seed, replication=replication, engine=engine, keep=False)
    found: Floats = measuring.measure(log)[place, 0, columns]
    return found


def parts_of(kpi: Kpi) -> tuple[str, ...]:
    """Return the figures that a figure is made of, itself first."""
    return (kpi.name, *kpi.numerator, *kpi.denominator) if kpi.kind == "ratio" else (kpi.name,)


def sample_of(kpi: Kpi, values: Mapping[str, Floats]) -> Sample:
    """Put a figure together from the values kept; a ratio with numerator and denominator."""
    own = values[kpi.name]
    if kpi.kind != "ratio":
        return Sample.of(kpi, own)
    below = np.sum([values[name] for name in kpi.denominator], axis=0)
    of = [values[name] for name in kpi.numerator]
    return Sample.of(kpi, own, np.sum(of, axis=0) if of else None, below)


def place_of(period: str, table: KpiTable) -> int:
    """Return the number of a period, "run" or a calendar year.

    Raises
    ------
    ResultsError
        If there is no such period.
    """
    known = [part.name for part in table.periods]
    if period not in known:
        raise ResultsError(
            _("--period: found {period}; allowed: {known}").format(
                period=shown(period), known=", ".join(known)
            )
        )
    return known.index(period)
