"""What draws of the uncertain inputs gave: spans, splits, and which input stands for how much."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flowsim.analysis import kpis as measuring
from flowsim.analysis.kpi_names import Kpi, KpiTable
from flowsim.analysis.samples import Samples
from flowsim.analysis.statistics import ratio_sums
from flowsim.analysis.unknown import (
    LEVEL,
    Share,
    Span,
    Split,
    freed,
    input_shares,
    power_of_luck,
    scaled,
    span,
    split_of,
)
from flowsim.engine.plan import Plan
from flowsim.study.unknown.drawing import InputDraws

__all__ = ["PLAYS", "Unknown", "UnknownFigure", "as_json", "plain_numbers", "table_of"]

Floats = NDArray[np.float64]
PLAYS = 2
"""Of each draw."""
FEWEST = 20  # draws with a value, below which nothing is told of a figure


@dataclass(frozen=True, slots=True)
class UnknownFigure:
    """What the draws say of one figure.

    Parameters
    ----------
    span : nine draws of ten, freed of luck; None for a goal that is met or not
    future : nine futures of ten, inputs and luck unknown; None for a goal
    split : what of a future's variance comes from what we do not know; None where it is unknown
    chance : of a goal: in which share of all plays it is met
    n : draws that have a value
    """

    span: Span | None
    future: Span | None
    split: Split | None
    chance: float | None
    n: int


def table_of(plan: Plan) -> KpiTable:
    """Return which figures draws have: those of everybody, for the run and its years."""
    return dataclasses.replace(measuring.names(plan), groups=("all",))


@dataclass(frozen=True, eq=False)
class Unknown:
    """Draws of the uncertain inputs, each played twice.

    Parameters
    ----------
    inputs : what was drawn
    table : which figures there are
    samples : of play i of draw k, number 2k + i, (n_periods, 1, n_kpis)
    stopped : whether it was ended by Ctrl-C before all draws were played
    """

    inputs: InputDraws
    table: KpiTable
    samples: Samples
    stopped: bool = False
    _kept: dict[tuple[str, str], UnknownFigure] = field(default_factory=dict, repr=False)

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.samples) // PLAYS

    @cached_property
    def uniforms(self) -> Floats:
        """The quantile of each input in each draw, (n_draws, n_inputs)."""
        columns = [one.uniforms[: self.draws] for one in self.inputs.inputs]
        return np.stack(columns, axis=1) if columns else np.empty((self.draws, 0))

    @property
    def drawn(self) -> pd.DataFrame:
        """What each draw set, a column for each key path."""
        frame = pd.DataFrame(list(self.inputs.rows()), columns=list(self.inputs.columns))
        return frame.rename_axis("draw").reset_index()

    def plays(self, kpi: Kpi, period: str = "run") -> Floats:
        """Return a figure's values, (n_draws, 2); NaN: missing."""
        values = self.samples.figures(self._place(period), [self.table.position[kpi.name]])
        return values.reshape(self.draws, PLAYS)

    def means(self, kpi: Kpi, period: str = "run") -> Floats:
        """Return a figure's value of each draw, (n_draws,): of a ratio sum over sum."""
        if kpi.kind != "ratio":
            return np.asarray(self.plays(kpi, period).mean(axis=1))
        sums = ratio_sums(self.table, kpi, self.samples, self._place(period))
        above, below = (one.reshape(self.draws, PLAYS).sum(axis=1) for one in sums)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(below != 0, above / below, np.nan))

    def _place(self, period: str) -> tuple[int, int]:
        return [one.name for one in self.table.periods].index(period), 0

    def figure(self, name: str, period: str = "run") -> UnknownFigure:
        """Return what the draws say of a figure.

        Parameters
        ----------
        name : of the figure
        period : "run" or a calendar year
        """
        key = (name, period)
        if key not in self._kept:
            self._kept[key] = self._figure(self.table[name], period)
        return self._kept[key]

    def _figure(self, kpi: Kpi, period: str) -> UnknownFigure:
        plays, means = self.plays(kpi, period), self.means(kpi, period)
        known = ~(np.isnan(plays).any(axis=1) | np.isnan(means))
        plays, means, n = plays[known], means[known], int(known.sum())
        if kpi.kind == "chance":
            return UnknownFigure(None, None, None, float(plays.mean()) if n else None, n)
        if n < FEWEST:
            return UnknownFigure(None, None, None, None, n)
        future = span(plays.ravel(), kpi.limits)
        if np.isinf(plays).any():  # not reached in some: as they are, the longest last
            return UnknownFigure(span(means, kpi.limits), future, None, None, n)
        split = split_of(plays, self.inputs.seed)
        return UnknownFigure(span(freed(plays, means), kpi.limits), future, split, None, n)

    def shares(self, name: str, period: str = "run") -> tuple[Share, ...]:
        """Return how much of what we do not know of a figure each input stands for."""
        kpi = self.table[name]
        plays, means = self.plays(kpi, period), self.means(kpi, period)
        known = np.isfinite(plays).all(axis=1) & np.isfinite(means)
        if kpi.kind == "chance" or known.sum() < FEWEST:
            return ()
        plays, means = plays[known], means[known]
        power = 1 - power_of_luck(plays, means) / 2
        single = scaled(plays, power)
        return input_shares(
            scaled(means, power),
            self.uniforms[known],
            tuple(one.name for one in self.inputs.inputs),
            float(((single[:, 0] - single[:, 1]) ** 2 / 4).mean()),
            alone=self.inputs.hang_together,
        )

    def to_json(self, name: str, period: str = "run") -> dict[str, Any]:
        """Return what the draws say of a figure as plain numbers."""
        one = self.figure(name, period)
        if one.chance is not None:
            return {"chance_over_draws": plain(one.chance)}
        if one.span is None or one.future is None:
            return {}
        told: dict[str, Any] = {"unknown": as_json(one.span), "future": as_json(one.future)}
        if one.split is not None:
            told["share_unknown"] = plain_numbers(
                share=one.split.share, lower=one.split.lower, upper=one.split.upper
            )
        return told


def as_json(one: Span) -> dict[str, Any]:
    """Return a span as plain numbers, with its level and the errors of its limits."""
    return {
        **plain_numbers(
            lower=one.lower,
            upper=one.upper,
            lower_error=one.lower_error,
            upper_error=one.upper_error,
        ),
        "level": LEVEL,
    }


def plain(value: float) -> float | None:
    """Return a number that JSON has; None for one that it has not."""
    return float(value) if np.isfinite(value) else None


def plain_numbers(**numbers: float) -> dict[str, float | None]:
    """Return numbers that JSON has; None for those that it has not."""
    return {name: plain(value) for name, value in numbers.items()}
