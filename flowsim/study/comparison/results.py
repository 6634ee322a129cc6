"""A base and its variants, figure by figure: what each has, and how they differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from flowsim.analysis.comparison import (
    NO_DIFFERENCE,
    Difference,
    Sample,
    difference,
    own_interval,
    simultaneous_level,
)
from flowsim.analysis.kpi_names import Kpi, names
from flowsim.engine.compiling import compile_plan
from flowsim.engine.plan import Plan
from flowsim.scenario.known import better
from flowsim.scenario.schema import Scenario
from flowsim.study import manifest, store
from flowsim.study.comparison.definitions import unlike
from flowsim.study.comparison.folder import (
    TABLE,
    VALUES,
    comparison_hash,
    default_folder,
    tidy,
)
from flowsim.study.comparison.unknown import UnknownDifferences
from flowsim.study.comparison.waiting_lists import WAITING
from flowsim.study.csv_tables import write_csv
from flowsim.study.manifest import run_hash
from flowsim.study.parquet_files import write_frame
from flowsim.study.tables import UNKNOWN

Samples = Mapping[str, Mapping[str, Sample]]  # by scenario and figure


@dataclass(frozen=True, eq=False)
class Comparison:
    """Figures of a base and its variants, and the differences between them.

    Parameters
    ----------
    scenarios : what was run, by name, the base first
    kpis : the figures compared
    samples : every figure of every replication, by scenario and figure
    period : "run" or a calendar year
    seed, engine : how all were run
    wall_time : how long it took [s]
    waiting : number on each waiting list, month by month, see `waiting_lists`; None: not kept
    unknown : draws of the uncertain inputs, where they were asked for
    """

    scenarios: Mapping[str, Scenario]
    kpis: tuple[Kpi, ...]
    samples: Samples
    period: str
    seed: int
    engine: str
    wall_time: float = float("nan")
    waiting: pd.DataFrame | None = None
    unknown: UnknownDifferences | None = None

    @property
    def base(self) -> str:
        """Name of the base."""
        return next(iter(self.scenarios))

    @property
    def others(self) -> tuple[str, ...]:
        """Names of the variants."""
        return tuple(self.scenarios)[1:]

    @cached_property
    def plans(self) -> dict[str, Plan]:
        """The plan of each scenario, by name."""
        return {name: compile_plan(scenario) for name, scenario in self.scenarios.items()}

    @property
    def replications(self) -> int:
        """Number of replications of each scenario."""
        return len(self.samples[self.base][self.kpis[0].name].values)

    @property
    def level(self) -> float:
        """Confidence of each interval, such that all of them together hold with 95 %."""
        return simultaneous_level(len(self.kpis) * len(self.others))

    @cached_property
    def windows(self) -> dict[str, tuple[dt.date, dt.date]]:
        """The first and the last day that the figures of each scenario are of, by name."""
        found = {}
        for name, plan in self.plans.items():
            part = next(one for one in names(plan).periods if one.name == self.period)
            ends = part.start, part.end - 1
            first, last = (plan.start + dt.timedelta(days=day) for day in ends)
            found[name] = first, last
        return found

    @property
    def meets_same_people(self) -> bool:
        """Whether all scenarios start on one day: only then are their people the same."""
        return len({plan.start for plan in self.plans.values()}) == 1

    @cached_property
    def unlike(self) -> dict[tuple[str, str], str]:
        """Why a figure of a variant is not the base's, see `unlike`; where it is, there is none."""
        years = {name: names(plan).years(self.period) for name, plan in self.plans.items()}
        base = self.scenarios[self.base]
        found = {
            (kpi.name, other): unlike(
                kpi, base, self.scenarios[other], years[self.base], years[other]
            )
            for kpi in self.kpis
            for other in self.others
        }
        return {key: reason for key, reason in found.items() if reason}

    @cached_property
    def differences(self) -> dict[tuple[str, str], Difference]:
        """The difference variant - base, by figure and variant; missing of what is `unlike`."""
        scenario, base = self.scenarios[self.base], self.samples[self.base]
        return {
            (kpi.name, other): NO_DIFFERENCE
            if (kpi.name, other) in self.unlike
            else difference(
                base[kpi.name],
                self.samples[other][kpi.name],
                level=self.level,
                better=better(kpi.name, scenario),
            )
            for kpi in self.kpis
            for other in self.others
        }

    @cached_property
    def _own(self) -> dict[tuple[str, str], tuple[float, float, float]]:
        found = {}
        for name, samples in self.samples.items():
            for kpi in self.kpis:
                one = own_interval(samples[kpi.name])
                found[kpi.name, name] = float(one.mean), float(one.lower), float(one.upper)
        return found

    def own(self, kpi: str, scenario: str) -> tuple[float, float, float]:
        """Return a scenario's own figure with its 95 % interval, as `flowsim run` gives it."""
        return self._own[kpi, scenario]

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each figure and variant.

        Returns
        -------
        kpi, unit, period, base, variant; base_mean, base_lower, base_upper, mean, lower, upper
        (95 % each); difference, std_error, difference_lower, difference_upper (all of them
        together 95 %); n, probability_better, variance_reduction, detectable, most_otherwise,
        claimed; unlike: why there is no difference, "definition" or "length", see `unlike`
        """
        return pd.DataFrame([self._row(kpi, other) for kpi in self.kpis for other in self.others])

    def _row(self, kpi: Kpi, other: str) -> dict[str, object]:
        found = self.differences[kpi.name, other]
        bounds = ("mean", "lower", "upper")
        of_base = zip(bounds, self.own(kpi.name, self.base), strict=True)
        return {
            "kpi": kpi.name,
            "unit": kpi.unit,
            "period": self.period,
            "base": self.base,
            "variant": other,
            **{f"base_{bound}": value for bound, value in of_base},
            **dict(zip(bounds, self.own(kpi.name, other), strict=True)),
            "difference": found.mean,
            "std_error": found.std_error,
            "difference_lower": found.lower,
            "difference_upper": found.upper,
            "n": found.n,
            "probability_better": found.probability_better,
            "variance_reduction": found.variance_reduction,
            "detectable": found.detectable,
            "most_otherwise": found.most_otherwise,
            "claimed": found.is_claimed,
            "unlike": self.unlike.get((kpi.name, other), ""),
        }

    def to_json(self) -> dict[str, object]:
        """Return all figures as plain numbers, missing and unlimited ones as None."""
        return {
            "base": self.base,
            "others": list(self.others),
            "period": self.period,
            "seed": self.seed,
            "replications": self.replications,
            "engine": self.engine,
            "level": self.level,
            "kpis": {kpi.name: self._json_of(kpi) for kpi in self.kpis},
        }

    def _json_of(self, kpi: Kpi) -> dict[str, object]:
        figures: dict[str, object] = {}
        for name in self.scenarios:
            mean, lower, upper = map(_plain, self.own(kpi.name, name))
            own = {"mean": mean, "lower": lower, "upper": upper, "unit": kpi.unit}
            figures[name] = own if name == self.base else {**own, **self._json_against(kpi, name)}
        return figures

    def _json_against(self, kpi: Kpi, other: str) -> dict[str, object]:
        found = self.differences[kpi.name, other]
        return {
            "difference": {
                name: _plain(getattr(found, name)) for name in ("mean", "lower", "upper")
            },
            "probability_better": _plain(found.probability_better),
            "claimed": found.is_claimed,
            "n": found.n,
            "variance_reduction": _plain(found.variance_reduction),
            "detectable": _plain(found.detectable),
            "most_otherwise": _plain(found.most_otherwise),
            "unlike": self.unlike.get((kpi.name, other), ""),
            **self._json_unknown(kpi, other, found),
        }

    def _json_unknown(self, kpi: Kpi, other: str, found: Difference) -> dict[str, object]:
        """Return what draws of the uncertain inputs say of a difference."""
        if self.unknown is None or (kpi.name, other) in self.unlike:
            return {}
        return self.unknown.to_json(kpi.name, other, found.mean)

    def values(self) -> pd.DataFrame:
        """Return every figure of every replication, long and tidy.

        Returns
        -------
        replication, kpi, scenario, value; numerator and denominator of ratios, else missing
        """
        return self._tidied(self.samples)

    def plays(self) -> pd.DataFrame:
        """Return every figure of both plays of each draw, as `values`; empty without draws."""
        return self._tidied({} if self.unknown is None else self.unknown.plays)

    def _tidied(self, samples: Samples) -> pd.DataFrame:
        parts = [
            tidy(kpi.name, name, own[kpi.name])
            for kpi in self.kpis
            for name, own in samples.items()
        ]
        return pd.concat(parts, ignore_index=True)

    def __repr__(self) -> str:
        return (
            f"<flowsim comparison of {self.base} with {', '.join(self.others)}: "
            f"{self.replications} replications, seed {self.seed}, {len(self.kpis)} figures>"
        )

    def _repr_html_(self) -> str:
        """Show the differences, in a notebook."""
        columns = ["kpi", "unit", "variant", "base_mean", "mean", "difference"]
        columns += ["difference_lower", "difference_upper", "probability_better"]
        table: str = self.to_frame()[columns].to_html(index=False, escape=True, na_rep="–")
        return table

    def write(self, folder: Path) -> None:
        """Write every value, differences, waiting lists, and what is needed to repeat it."""
        manifest.write(folder / store.MANIFEST, "comparison", self.manifest())
        write_frame(self.values(), folder / VALUES)
        write_csv(self.to_frame(), folder / TABLE)
        if self.waiting is not None:
            write_frame(self.waiting, folder / WAITING)
        if self.unknown is not None:
            write_frame(self.plays(), folder / UNKNOWN)

    def manifest(self) -> dict[str, object]:
        """Return all that is needed to repeat the comparison."""
        seed, engine = self.seed, self.engine
        return {
            "compared": list(self.scenarios),
            "kpis": [kpi.name for kpi in self.kpis],
            "period": self.period,
            "hash": comparison_hash(self.scenarios, seed, engine),
            "seed": seed,
            "replications": self.replications,
            "engine": engine,
            "level": self.level,
            "draws": 0 if self.unknown is None else self.unknown.draws,
            "wall_time_seconds": round(self.wall_time, 3),
            "scenarios": {
                name: {
                    **manifest.scenario_fields(scenario),
                    "hash": run_hash(scenario, seed, engine),
                }
                for name, scenario in self.scenarios.items()
            },
        }

    def save(self, folder: str | Path | None = None) -> Path:
        """Write comparison.parquet, comparison.csv, waiting.parquet and manifest.json.

        Parameters
        ----------
        folder : default: results/compare-<base>-<hash>; of an earlier comparison there, reports
            and what is not flowsim's are kept

        Raises
        ------
        ResultsError
            If the folder holds anything but a comparison, is in use, or cannot be written.
        """
        names = default_folder(self.scenarios, self.seed, self.engine)
        path = names if folder is None else Path(folder)
        with store.whole_folder(path, "comparison") as new:
            self.write(new.path)
        return path


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
