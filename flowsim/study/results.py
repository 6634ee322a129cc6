"""The figures of a run: tidy tables, intervals, observed beside simulated, and the folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flowsim.analysis import kpis, statistics
from flowsim.analysis.samples import Samples
from flowsim.analysis.unknown import span
from flowsim.engine.eventlog import COLUMNS, EventLog
from flowsim.engine.plan import Plan
from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.scenario.quantities import nearest
from flowsim.scenario.schema import Precision, Scenario
from flowsim.scenario.user_files import fitting, path_of
from flowsim.study import charts, manifest, store, tables
from flowsim.study.csv_tables import write_csv
from flowsim.study.manifest import run_hash
from flowsim.study.unknown.results import Unknown, as_json

Floats = NDArray[np.float64]
KPI_BY = (None, "year", "month", "group")


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
    unknown : draws of the uncertain inputs, where they were asked for
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
    unknown: Unknown | None = None

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
        prediction_lower, prediction_upper, not_reached

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
                raise ResultsError(
                    _("{column}: found {wanted}; allowed: {known}").format(
                        column=column, wanted=wanted, known=", ".join(known)
                    )
                )
            table = table[table[column] == str(wanted)]
        return table.reset_index(drop=True)

    def kpi(self, name: str, by: str | None = None) -> pd.DataFrame:
        """Return one figure, with its 95 % interval.

        Parameters
        ----------
        name : of the figure, such as "coaching.wait.p90"
        by : None: of the whole run; "year", "month" or "group": a row for each of these

        Returns
        -------
        table with the columns of `summary`

        Raises
        ------
        ResultsError
            If there is no such figure, or none by month.

        Examples
        --------
        >>> import flowsim
        >>> results = flowsim.run(flowsim.load("scenarios/orebro.toml"), replications=5)
        >>> list(results.kpi("coaching.wait.p90", by="year").period)
        ['2017', '2018', '2019']
        """
        if by not in KPI_BY:
            raise ResultsError(
                _('by: found "{by}"; allowed: None, "year", "month" or "group"').format(by=by)
            )
        known = self.month_table if by == "month" else self.table
        if name not in known.position:
            near = nearest(name, known.names)
            hint = _('; did you mean "{near}"?').format(near=near) if near else ""
            where = _(" that makes sense month by month") if by == "month" else ""
            raise ResultsError(
                _('kpi: found "{name}"; allowed: a figure of the run{where}{hint}').format(
                    name=name, where=where, hint=hint
                )
            )
        table = self._monthly_summary if by == "month" else self._summary
        table = table[table["kpi"] == name]
        if by != "group":
            table = table[table["group"] == "all"]
        is_whole = table["period"] == "run"
        table = table[is_whole if by in (None, "group") else ~is_whole]
        return table.reset_index(drop=True)

    @cached_property
    def _monthly_summary(self) -> pd.DataFrame:
        return statistics.summary(self.month_table, self.months)

    def to_xarray(self) -> Any:
        """Return all figures as an `xarray.Dataset`: kpis, by year and group; series, by month.

        Returns
        -------
        kpis (replication, period, group, kpi) and series (replication, month, monthly_kpi); units
        of the figures as coordinates

        Raises
        ------
        ResultsError
            If xarray is not installed.
        """
        try:
            xarray = import_module("xarray")
        except ImportError:
            raise ResultsError(
                _("to_xarray: xarray is not installed (pip install 'flowsim[xarray]')")
            ) from None
        table, months = self.table, self.month_table
        return xarray.Dataset(
            {
                "kpis": (("replication", "period", "group", "kpi"), self.values),
                "series": (("replication", "month", "monthly_kpi"), self.series_values[:, 1:, 0]),
            },
            coords={
                "replication": range(self.replications),
                "period": [period.name for period in table.periods],
                "group": list(table.groups),
                "kpi": list(table.names),
                "unit": ("kpi", [kpi.unit for kpi in table.kpis]),
                "month": [period.name for period in months.periods[1:]],
                "monthly_kpi": list(months.names),
                "monthly_unit": ("monthly_kpi", [kpi.unit for kpi in months.kpis]),
            },
            attrs={"scenario": self.scenario.name, "seed": self.seed, "engine": self.engine},
        )

    @property
    def plot(self) -> Any:
        """Its figures: `results.plot.waits()` and others, see `flowsim.report.figures.plot`."""
        return charts.of(self)

    def observed(self) -> pd.DataFrame:
        """Return the observed figures of the scenario beside the simulated ones.

        Returns
        -------
        table with columns period, kpi, observed, low, high, source, and the summary's; `inside`:
        whether the observed figure (or part of its range) lies in the 95 % prediction interval,
        None where there is no such interval; `use`: fit, check or input. Only a `check` speaks for
        or against the model: a figure that inputs were fitted to lies inside for that reason
        """
        uses = [one.use for period in self.scenario.observed.values() for one in period.values()]
        return self._compared("observed").assign(use=uses)

    def planned(self) -> pd.DataFrame:
        """Return the planned figures of the scenario beside the simulated ones.

        Returns
        -------
        table as of `observed`, with the column planned instead of observed, and no `use`
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
                **({"not_reached": row["not_reached"]} if row["not_reached"] > 0 else {}),
                **self._spans(str(row["kpi"])),
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

    def _spans(self, kpi: str) -> dict[str, object]:
        """Return nine futures of ten if every assumption holds, and what the draws say."""
        values = self.samples.figures((0, 0), [self.table.position[kpi]])[:, 0]
        values = values[~np.isnan(values)]
        if self.unknown is None or len(values) < 2:
            return {}
        chance = span(values, self.table[kpi].limits)
        return {"chance": as_json(chance), **self.unknown.to_json(kpi)}

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
            "hash": self.hash,
            "seed": self.seed,
            "replications": self.replications,
            "engine": self.engine,
            "wall_time_seconds": round(self.wall_time, 3),
            "precision": self._precision(),
            "draws": 0 if self.unknown is None else self.unknown.draws,
            **manifest.scenario_fields(self.scenario),
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
        write_csv(self.summary(period=None, group=None), folder / "summary.csv")
        if self.unknown is not None:
            tables.write(
                folder / tables.UNKNOWN, tables.frames(self.unknown.table, self.unknown.samples)
            )
            write_csv(self.unknown.drawn, folder / "draws.csv")

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
    return Path("results") / path_of(f"{fitting(scenario.name)}-{run_hash(scenario, seed, engine)}")
