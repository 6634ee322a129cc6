"""Kept tables beside repeated ones: what differs, how many, and how much.

Figures are compared to the bit; a missing one is equal to a missing one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flowsim.study.kept_tables import EVENTS

Booleans = NDArray[np.bool_]
Floats = NDArray[np.float64]
KEYS = ["replication", "period", "group", "kpi"]


@dataclass(frozen=True)
class Difference:
    """One value that differs.

    Parameters
    ----------
    place : (what, which) pairs that lead to it: replication, period, group and kpi of a figure;
        replication, row (from 0, in its replication) and column of an event
    kept, repeated : the value in the folder, and as it is today; None: there is no such row
    """

    place: tuple[tuple[str, object], ...]
    kept: object
    repeated: object


@dataclass
class Comparison:
    """A kept table against the repeated one.

    Parameters
    ----------
    table : its file without the ending, such as "kpis" or "events"
    n_compared : figures, or rows of events, that were compared
    n_different : how many of them are not the same
    largest : the largest relative difference of two figures, |a - b| / max(|a|, |b|)
    first : the first that differs, in the order of the table
    """

    table: str
    n_compared: int = 0
    n_different: int = 0
    largest: float | None = None
    first: Difference | None = None

    def widen(self, kept: Floats, repeated: Floats) -> None:
        """Take note of a larger relative difference."""
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            scale = np.maximum(np.abs(kept), np.abs(repeated))
            relative = np.abs(kept - repeated) / scale
        known = relative[(kept != repeated) & np.isfinite(relative)]
        if known.size:
            self.largest = max(self.largest or 0.0, float(known.max()))

    def add(self, n_compared: int, n_different: int, first: Difference | None) -> None:
        """Add what a block of replications gave."""
        self.n_compared += n_compared
        self.n_different += n_different
        self.first = self.first or first


def compare_figures(
    comparison: Comparison,
    kept: pd.DataFrame,
    repeated: pd.DataFrame,
    keys: Sequence[str] = KEYS,
) -> None:
    """Compare the figures of a block; one that only one side has differs.

    Parameters
    ----------
    comparison : what it is added to
    kept, repeated : rows with columns of keys, and value
    keys : columns that lead to a figure
    """
    both = _side_by_side(kept, repeated, list(keys))
    kept_value = both["value_kept"].to_numpy()
    repeated_value = both["value_repeated"].to_numpy()
    same = _same_bits(kept_value, repeated_value) & (both["in"] == "both").to_numpy()
    comparison.add(len(both), int((~same).sum()), _first_figure(both, same, keys))
    comparison.widen(kept_value, repeated_value)


def _side_by_side(kept: pd.DataFrame, repeated: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return columns of keys, value_kept, value_repeated and in ("both", "kept", "repeated")."""
    kept, repeated = kept.reset_index(drop=True), repeated.reset_index(drop=True)
    if len(kept) == len(repeated) and all(_same(kept[c], repeated[c]).all() for c in keys):
        both = repeated.rename(columns={"value": "value_repeated"})
        return both.assign(value_kept=kept["value"], **{"in": "both"})
    kept, repeated = (_keyed(side, keys) for side in (kept, repeated))
    both = kept.merge(
        repeated, on=[*keys, "copy"], how="outer", suffixes=("_kept", "_repeated"), indicator="in"
    )
    sides = {"left_only": "kept", "right_only": "repeated", "both": "both"}
    return both.assign(**{"in": both["in"].astype(object).map(sides)})


def _keyed(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Number rows that stand more than once, so that each finds at most one on the other side."""
    rows = rows.astype({key: object for key in keys if key != "replication"})
    return rows.assign(copy=rows.groupby(keys, dropna=False).cumcount())


def _first_figure(both: pd.DataFrame, same: Booleans, keys: Sequence[str]) -> Difference | None:
    if same.all():
        return None
    row = both.iloc[int(np.argmin(same))]
    return Difference(
        tuple((key, row[key]) for key in keys),
        None if row["in"] == "repeated" else float(row["value_kept"]),
        None if row["in"] == "kept" else float(row["value_repeated"]),
    )


def compare_events(comparison: Comparison, kept: pd.DataFrame, repeated: pd.DataFrame) -> None:
    """Compare the events of a block, row by row of each replication."""
    for replication in np.union1d(kept["replication"], repeated["replication"]):
        then, now = (
            side[side["replication"] == replication].reset_index(drop=True)
            for side in (kept, repeated)
        )
        n = min(len(then), len(now))
        columns = {column: _same(then[column][:n], now[column][:n]) for column in EVENTS}
        same = np.logical_and.reduce(list(columns.values()))
        n_rows = max(len(then), len(now))
        n_different = int((~same).sum()) + n_rows - n
        first = None
        if not same.all():
            at = int(np.argmin(same))
            column = next(name for name, equal in columns.items() if not equal[at])
            first = _event(int(replication), at, column, then[column][at], now[column][at])
        elif n_rows > n:
            sides = [side["event"][n] if len(side) > n else None for side in (then, now)]
            first = _event(int(replication), n, "event", *sides)
        comparison.add(n_rows, n_different, first)


def _event(replication: int, row: int, column: str, kept: object, now: object) -> Difference:
    return Difference((("replication", replication), ("row", row), ("column", column)), kept, now)


def _same(kept: pd.Series, repeated: pd.Series) -> Booleans:
    """Whether two columns are the same, row by row; a missing value is equal to a missing one."""
    if kept.dtype == np.float64:
        return _same_bits(kept.to_numpy(), repeated.to_numpy(dtype=np.float64))
    then, now = (side.astype(object).to_numpy() for side in (kept, repeated))
    same: Booleans = (then == now) | (pd.isna(then) & pd.isna(now))
    return same


def _same_bits(kept: Floats, repeated: Floats) -> Booleans:
    """Whether numbers are the same to the bit; every NaN is the same.

    Examples
    --------
    >>> _same_bits(np.array([1.0, np.nan, 0.0]), np.array([1.0, np.nan, -0.0])).tolist()
    [True, True, False]
    """
    kept, repeated = np.ascontiguousarray(kept), np.ascontiguousarray(repeated)
    same: Booleans = kept.view(np.int64) == repeated.view(np.int64)
    return same | (np.isnan(kept) & np.isnan(repeated))
