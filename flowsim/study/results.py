"""The figures of a run: tidy tables, intervals, observed beside simulated, and the folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flowsim.analysis import kpis, statistics
from flowsim.analysis.samples import Samples
from flowsim.engine.eventlog import COLUMNS, EventLog
from flowsim.engine.plan import Plan
from flowsim.errors import ResultsError
from flowsim.scenario.schema import Precision, Scenario
from flowsim.study import manifest, store, tables
from flowsim.study.manifest import run_hash

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Results:
    """What a run gave.

    Parameters
    ----------
    plan : what was run
    seed, engine : how
    samples : every figure, (n_periods, n_groups, n_kpis) for each replication
    months : the monthly figures, (n_months, 1, n_series) for each replication
    logs : event logs, where they were asked for
    wall_time : how long it took [s]
    precision : what was asked for, where the number of replications followed from it
    reached : the relative half-width that was reached
    stopped : whether it was ended by Ctrl-C before all replications were run
    """

    plan: Plan
    seed: int
    engine: str
    samples: Samples
    months: Samples
    logs: tuple[EventLog, ...]
    wall_time: float
    precision: Precision | None = None
    reached: float = float("nan")
    stopped: bool = False

    @property
    def scenario(self) -> Scenario:
        """The scenario that was run."""
        return self.plan.scenario

    @property
    def replications(self) -> int:
        """Number of replications."""
        return len(self.samples)

    @property
    def values(self) -> Floats:
        """Every figure, (n_replications, n_periods, n_groups, n_kpis)."""
        return self.samples.all()

    @property
    def series_values(self) -> Floats:
        """The monthly figures, (n_replications, n_months, 1, n_series)."""
        return self.months.all()

    @cached_property
    def table(self) -> kpis.KpiTable:
        """Which figures there are, for which periods and groups."""
        return kpis.names(self.plan)

    @cached_property
    def month_table(self) -> kpis.KpiTable:
        """Which monthly figures there are, for which months."""
        return kpis.monthly(self.plan)

    @cached_property
    def kpis(self) -> pd.DataFrame:
        """All figures, long and tidy: replication, period, group, kpi, value."""
        return kpis.frame(self.table, self.values, range(self.replications))

    @cached_property
    def series(self) -> pd.DataFrame:
        """Monthly figures, long and tidy: replication, period, group, kpi, value."""
        return kpis.frame(self.month_table, self.series_values, range(self.replications))

    @cached_property
    def events(self) -> pd.DataFrame:
        """Event logs of all replications that were kept, with names instead of numbers."""
        frames = [event_frame(log) for log in self.logs]
        columns = ["replication", *COLUMNS]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)

    @cached_property
    def _summary(self) -> pd.DataFrame:
        return statistics.summary(self.table, self.samples)

    def summary(self, period: str | None = "run", group: str | None = "all") -> pd.DataFrame:
        """Return figures over replications, with 95 % intervals.

        Parameters
        ----------
        period : "run", a calendar year such as "2019", or None for all of them
        group : "all", "group=value", or None for all of them

        Returns
        -------
        table with columns period, group, kpi, unit, mean, std_error, lower, upper, n,
        prediction_lower, prediction_upper

        Raises
        ------
        ResultsError
            If there is no such period or group.
        """
        table = self._summary
        for column, wanted in (("period", period), ("group", group)):
            if wanted is None:
                continue
            known = list(dict.fromkeys(table[column]))
            if str(wanted) not in known:
                raise ResultsError(f"{column}: found {wanted}; allowed: {', '.join(known)}")
            table = table[table[column] == str(wanted)]
        return table.reset_index(drop=True)

    def observed(self) -> pd.DataFrame:
        """Return the observed figures of the scenario beside the simulated ones.

        Returns
        -------
        table with columns period, kpi, observed, low, high, source, and the summary's; `inside`:
        whether the observed figure (or part of its range) lies in the 95 % prediction interval,
        None where there is no such interval
        """
        return self._compared("observed")

    def planned(self) -> pd.DataFrame:
        """Return the planned figures of the scenario beside the simulated ones.

        Returns
        -------
        table as of `observed`, with the column planned instead of observed
        """
        return self._compared("planned")

    def _compared(self, section: str) -> pd.DataFrame:
        rows = [
            {
                "period": period,
                "kpi": name,
                section: figure.value,
                "low": figure.value if figure.low is None else figure.low,
                "high": figure.value if figure.high is None else figure.high,
                "source": figure.source or "",
            }
            for period, figures in getattr(self.scenario, section).items()
            for name, figure in figures.items()
        ]
        columns = ["period", "kpi", section, "low", "high", "source"]
        table = pd.DataFrame(rows, columns=columns)
        simulated = self.summary(period=None).drop(columns="group")
        simulated = simulated.astype({"period": str, "kpi": str})
        table = table.merge(simulated, on=["period", "kpi"], how="left")
        rounding = 1e-9 * table["mean"].abs()  # of a figure that is the same in all replications
        above = table["high"] >= table["prediction_lower"] - rounding
        below = table["low"] <= table["prediction_upper"] + rounding
        known = table["prediction_lower"].notna() & table["prediction_upper"].notna()
        return table.assign(inside=(above & below).where(known, None))

    def to_json(self) -> dict[str, object]:
        """Return the figures of the whole run as plain numbers, missing ones as None."""
        columns = ["mean", "std_error", "lower", "upper"]
        figures = {
            row["kpi"]: {
                **{c: None if np.isnan(row[c]) else float(row[c]) for c in columns},
                "unit": row["unit"],
            }
            for row in self.summary().to_dict("records")
        }
        return {
            "scenario": self.scenario.name,
            "seed": self.seed,
            "replications": self.replications,
            "engine": self.engine,
            "kpis": figures,
        }

    def __repr__(self) -> str:
        return (
            f"<flowsim results of {self.scenario.name}: {self.replications} replications, "
            f"seed {self.seed}, {len(self.table.kpis)} figures>"
        )

    def _repr_html_(self) -> str:
        """Show the figures of the whole run, in a notebook."""
        columns = ["kpi", "unit", "mean", "lower", "upper"]
        table: str = self.summary()[columns].to_html(index=False, escape=True, na_rep="–")
        return table

    # The folder -------------------------------------------------------------------------------

    @property
    def hash(self) -> str:
        """Eight characters that stand for the scenario as run: text, settings, lists, seed."""
        return run_hash(self.scenario, self.seed, self.engine)

    def manifest(self) -> dict[str, object]:
        """Return all that is needed to repeat the run."""
        return {
            **manifest.scenario_fields(self.scenario),
            "hash": self.hash,
            "seed": self.seed,
            "replications": self.replications,
            "engine": self.engine,
            "wall_time_seconds": round(self.wall_time, 3),
            "precision": self._precision(),
        }

    def _precision(self) -> dict[str, object] | None:
        if self.precision is None:
            return None
        reached = None if np.isnan(self.reached) else self.reached
        return {**self.precision.model_dump(), "reached": reached}

    def write(self, folder: Path) -> None:
        """Write everything into an open folder, see `save`."""
        manifest.write(folder / store.MANIFEST, "run", self.manifest())
        tables.write(folder / tables.KPIS, tables.frames(self.table, self.samples))
        tables.write(folder / tables.SERIES, tables.frames(self.month_table, self.months))
        tables.write(folder / tables.EVENTS, map(event_frame, self.logs))
        summary = self.summary(period=None, group=None)
        summary.to_csv(folder / "summary.csv", index=False)

    def save(self, folder: str | Path | None = None) -> Path:
        """Write the results; a folder is whole or not there at all.

        Parameters
        ----------
        folder : default: results/<scenario>-<hash>; of an earlier run there, reports, figures and
            what is not flowsim's are kept

        Raises
        ------
        ResultsError
            If the folder holds anything but a run, is in use, or cannot be written.
        """
        path = default_folder(self.scenario, self.seed, self.engine)
        path = path if folder is None else Path(folder)
        with store.whole_folder(path, "run") as new:
            self.write(new.path)
        return path


def event_frame(log: EventLog) -> pd.DataFrame:
    """Return a log with names, and the number of its replication first."""
    frame = log.to_frame()
    frame.insert(0, "replication", log.replication)
    return frame


def default_folder(scenario: Scenario, seed: int, engine: str) -> Path:
    """Return results/<scenario>-<hash>."""
    return Path("results") / f"{scenario.name}-{run_hash(scenario, seed, engine)}"
