"""The figures of an experiment: each point's own, and how it differs from the base point.

Figures stay on disk; they are read a few at a time, so that memory does not grow with the number
of replications.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flowsim.analysis import statistics
from flowsim.analysis.comparison import (
    Difference,
    Sample,
    difference,
    own_interval,
    simultaneous_level,
)
from flowsim.analysis.kpi_names import Kpi
from flowsim.scenario.known import better
from flowsim.scenario.overrides import as_toml
from flowsim.study import manifest, store
from flowsim.study.csv_tables import write_csv
from flowsim.study.experiment.answer import Claim, Mention, claim_of, point_named
from flowsim.study.experiment.folder import POINTS, SUMMARY, ExperimentFolder
from flowsim.study.experiment.loading import Experiment
from flowsim.study.parquet_files import write_frame

__all__ = ["ExperimentResults", "PointFigure", "kept_figures"]

Floats = NDArray[np.float64]


def _asked(experiment: Experiment) -> tuple[Kpi, ...]:
    """Return the figures that are told, and that of the precision."""
    more = [experiment.table[experiment.precision.kpi]] if experiment.precision else []
    return tuple(dict.fromkeys([*experiment.kpis, *more]))


def kept_figures(experiment: Experiment) -> tuple[str, ...]:
    """Name the figures that are kept: those asked for, and what their ratios are made of."""
    asked = _asked(experiment)
    parts = [name for kpi in asked for name in (*kpi.numerator, *kpi.denominator)]
    return tuple(dict.fromkeys([*(kpi.name for kpi in asked), *parts]))


@dataclass(frozen=True, slots=True)
class PointFigure:
    """One figure of one point.

    Parameters
    ----------
    point : number of the point
    kpi : the figure
    mean, std_error, lower, upper : with its 95 % interval
    n : replications that have it
    difference : from the base point; None for that point itself, and where there is none
    """

    point: int
    kpi: Kpi
    mean: float
    std_error: float
    lower: float
    upper: float
    n: int
    difference: Difference | None


@dataclass(frozen=True, eq=False)
class ExperimentResults:
    """What an experiment gave.

    Parameters
    ----------
    experiment : what was run
    folder : where its figures are
    hashes : of each point
    replications : of each point
    engine : how it was run
    wall_time : how long this run of it took [s]
    """

    experiment: Experiment
    folder: ExperimentFolder
    hashes: tuple[str, ...]
    replications: int
    engine: str
    wall_time: float

    @cached_property
    def all_kpis(self) -> tuple[Kpi, ...]:
        """The figures that are told, and that of the precision."""
        return _asked(self.experiment)

    @cached_property
    def kept_names(self) -> tuple[str, ...]:
        """Names of the figures in the parts."""
        return kept_figures(self.experiment)

    @property
    def level(self) -> float:
        """Confidence of each difference, such that all of them together hold with 95 %."""
        return simultaneous_level(len(self.experiment.kpis) * (len(self.hashes) - 1))

    def sample(self, point: int, kpi: Kpi) -> Sample:
        """Read one figure of a point, with numerator and denominator if it is a ratio."""
        if kpi.kind != "ratio":
            return Sample.of(kpi, self._sums(point, (kpi.name,)))
        own, below = self._sums(point, (kpi.name,)), self._sums(point, kpi.denominator)
        above = self._sums(point, kpi.numerator) if kpi.numerator else None
        return Sample.of(kpi, own, above, below)

    def _sums(self, point: int, names: tuple[str, ...]) -> Floats:
        found = self.folder.figures(self.hashes[point], self.kept_names, names, self.replications)
        sums: Floats = found.sum(axis=0)
        return sums

    @cached_property
    def widths(self) -> tuple[float, ...]:
        """Relative half-width of the figure of the precision, at every point.

        See `statistics.relative_half_width`; none where no precision is asked for.
        """
        wanted = self.experiment.precision
        kpis = [kpi for kpi in self.all_kpis if wanted is not None and kpi.name == wanted.kpi]
        points = range(len(self.hashes))
        return tuple(_relative_half_width(self.sample(p, kpi)) for kpi in kpis for p in points)

    @property
    def reached(self) -> float:
        """The widest of them; NaN where the figure varies nowhere, or no precision is asked for."""
        return float(np.fmax.reduce(self.widths)) if self.widths else float("nan")

    @cached_property
    def figures(self) -> tuple[PointFigure, ...]:
        """Every figure of every point, by point and then by figure."""
        found = [one for kpi in self.experiment.kpis for one in self._figures_of(kpi)]
        return tuple(sorted(found, key=lambda one: one.point))

    def _figures_of(self, kpi: Kpi) -> Iterator[PointFigure]:
        number = self.experiment.base_point
        base = None if number is None else self.sample(number, kpi)
        direction = better(kpi.name, self.experiment.scenario)
        for point in range(len(self.hashes)):
            sample = self.sample(point, kpi) if point != number or base is None else base
            apart = None
            if base is not None and point != number:
                apart = difference(base, sample, level=self.level, better=direction)
            own = own_interval(sample)
            yield PointFigure(
                point=point,
                kpi=kpi,
                mean=float(own.mean),
                std_error=float(own.std_error),
                lower=float(own.lower),
                upper=float(own.upper),
                n=int(own.n),
                difference=apart,
            )

    def figure(self, mention: Mention) -> PointFigure:
        """Return the figure that an answer mentions."""
        experiment = self.experiment
        base = experiment.base_point
        at = None if base is None else point_named(mention.point, experiment.points, base)
        for one in self.figures:
            if one.point == at and one.kpi.name == mention.kpi:
                return one
        raise KeyError(mention)

    def broken_claims(self) -> tuple[str, ...]:
        """Return what the answer says must hold, and does not."""
        claims = [claim_of(text) for text in self.experiment.file.answer.holds]
        return tuple(one.text for one in claims if not self._holds(one))

    def _holds(self, claim: Claim) -> bool:
        low, high = (
            self._mean(side) if isinstance(side, Mention) else side
            for side in (claim.lower, claim.higher)
        )
        return low < high

    def _mean(self, mention: Mention) -> float:
        found = self.figure(mention)
        if not mention.is_difference:
            return found.mean
        return float("nan") if found.difference is None else found.difference.mean

    def summary(self) -> pd.DataFrame:
        """Return a row for each point and figure.

        Returns
        -------
        point, number, label, a column for each factor; kpi, unit, period; mean, std_error, lower,
        upper (95 %), n; difference from the base point, difference_std_error, difference_lower,
        difference_upper (all of them together 95 %), probability_better, claimed
        """
        return pd.DataFrame([self._row(one) for one in self.figures])

    def _row(self, one: PointFigure) -> dict[str, object]:
        point, missing = self.experiment.points[one.point], float("nan")
        row = {
            "point": self.hashes[one.point],
            "number": one.point,
            "label": point.label,
            **{name: _plain(level) for name, level in point.levels.items()},
            "kpi": one.kpi.name,
            "unit": one.kpi.unit,
            "period": self.experiment.period,
            **{name: getattr(one, name) for name in ("mean", "std_error", "lower", "upper", "n")},
        }
        apart = one.difference
        row["difference"] = missing if apart is None else apart.mean
        for name in ("std_error", "lower", "upper"):
            row[f"difference_{name}"] = missing if apart is None else getattr(apart, name)
        row["probability_better"] = missing if apart is None else apart.probability_better
        row["claimed"] = None if apart is None else apart.is_claimed
        return row

    def __repr__(self) -> str:
        return (
            f"<flowsim experiment {self.experiment.name}: {len(self.hashes)} points, "
            f"{self.replications} replications of each>"
        )

    def _repr_html_(self) -> str:
        """Show the figures of each point, in a notebook."""
        columns = ["label", "kpi", "unit", "mean", "lower", "upper"]
        columns += ["difference", "difference_lower", "difference_upper"]
        table: str = self.summary()[columns].to_html(index=False, escape=True, na_rep="–")
        return table

    def to_json(self) -> dict[str, object]:
        """Return all figures as plain numbers, missing ones as None."""
        head = {
            "experiment": self.experiment.name,
            "title": self.experiment.title,
            "period": self.experiment.period,
            "seed": self.experiment.seed,
            "replications": self.replications,
            "engine": self.engine,
            "level": self.level,
            "base_point": self.experiment.base_point,
        }
        rows = [
            {key: None if value != value else value for key, value in self._row(one).items()}
            for one in self.figures
        ]
        return {**head, "figures": rows}

    # The folder -------------------------------------------------------------------------------

    def points(self) -> pd.DataFrame:
        """Return the points: hash, number, label, is_base, a column for each factor, seed, set."""
        rows = [
            {
                "point": self.hashes[point.number],
                "number": point.number,
                "label": point.label,
                "is_base": point.number == self.experiment.base_point,
                **{name: _plain(level) for name, level in point.levels.items()},
                "seed": self.experiment.seed if point.seed is None else point.seed,
                "set": as_toml(dict(point.settings)),
            }
            for point in self.experiment.points
        ]
        return _tidy(pd.DataFrame(rows))

    def write_begun(self, workers: str) -> None:
        """Write the points, and a manifest that says that it is not finished."""
        frame = self.points()
        self.folder.write(self.folder.path / POINTS, lambda p: write_frame(frame, p))
        self._write_manifest({"finished": False, "workers": workers})

    def write(self) -> None:
        """Write the table of figures, and a manifest that says that all is there."""
        frame = self.summary()
        self.folder.write(self.folder.path / SUMMARY, lambda p: write_csv(frame, p))
        reached = self.reached if np.isfinite(self.reached) else None
        more = {"wall_time_seconds": round(self.wall_time, 3), "precision_reached": reached}
        self._write_manifest({"finished": True, **more})

    def _write_manifest(self, more: dict[str, object]) -> None:
        content = {**self._manifest(), **more}
        path = self.folder.path / store.MANIFEST
        self.folder.write(path, lambda p: manifest.write(p, "experiment", content))

    def _manifest(self) -> dict[str, object]:
        found = self.experiment
        return {
            "experiment": found.name,
            "title": found.title,
            "design": found.file.experiment.design,
            "points": len(self.hashes),
            "hashes": list(self.hashes),
            "kpis": list(self.kept_names),
            "period": found.period,
            "seed": found.seed,
            "replications": self.replications,
            "engine": self.engine,
            "experiment_text": found.text,
            "scenario": found.base.name,
            "scenario_text": found.base.text,
            "lists": dict(found.base.attachments),
        }


def _plain(level: object) -> object:
    """Return a level as a cell can hold it: a number or a text."""
    is_number = isinstance(level, (int, float)) and not isinstance(level, bool)
    return level if level is None or is_number or isinstance(level, str) else as_toml(level)


def _tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """Make columns in which numbers and texts are mixed columns of texts."""
    for name in frame.columns:
        kinds = {type(value) for value in frame[name] if value is not None}
        if len(kinds - {int, float}) and kinds & {int, float}:
            frame[name] = frame[name].map(lambda value: None if value is None else str(value))
    return frame


def _relative_half_width(sample: Sample) -> float:
    if statistics.is_constant(sample.values):
        return float("nan")
    whole = replace(sample, limits=(-inf, inf))  # nothing cut off
    return statistics.half_width_of(own_interval(whole))
