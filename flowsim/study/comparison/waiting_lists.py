"""How long the waiting lists of each scenario were, month by month: means and quantiles."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.study.parquet_files import opened
from flowsim.study.results import Results

__all__ = ["COLUMNS", "LEVELS", "WAITING", "of_run", "read", "together"]

WAITING = "waiting.parquet"
LEVELS = {"p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}
COLUMNS = ["scenario", "step", "month", "mean", *LEVELS]


def of_run(results: Results) -> pd.DataFrame:
    """Return step, month, and the number waiting: mean and quantiles over replications.

    Quantiles are kept instead of every replication, so that memory does not grow with their
    number.
    """
    table = results.month_table
    steps = list(results.scenario.steps)
    at = [table.position[f"{step}.waiting.mean"] for step in steps]
    parts = []
    for place, month in enumerate(table.periods):
        if place == 0:  # the whole run
            continue
        values = results.months.figures((place, 0), at)
        levels = np.quantile(values, list(LEVELS.values()), axis=0)
        columns = {"mean": values.mean(axis=0), **dict(zip(LEVELS, levels, strict=True))}
        parts.append(pd.DataFrame({"step": steps, "month": month.name, **columns}))
    if not parts:
        return pd.DataFrame(columns=COLUMNS[1:])
    return pd.concat(parts, ignore_index=True)


def together(lists: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Put the lists of all scenarios into one table, their names in the first column."""
    parts = [frame.assign(scenario=name)[COLUMNS] for name, frame in lists.items()]
    return pd.concat(parts, ignore_index=True)


def read(path: Path) -> pd.DataFrame:
    """Read back what `Comparison.write` wrote.

    Raises
    ------
    ResultsError
        If the file is not there, is damaged, or holds something else.
    """
    with opened(path) as file:
        frame = file.read().to_pandas()
    numbers = frame.columns.drop(COLUMNS[:3], errors="ignore")
    if not all(pd.api.types.is_numeric_dtype(frame[name]) for name in numbers):
        raise ResultsError(_("{path}: damaged: texts where numbers belong").format(path=path))
    if list(frame.columns) != COLUMNS:
        raise ResultsError(
            _("{path}: damaged: columns {columns}").format(
                path=path, columns=", ".join(map(str, frame.columns))
            )
        )
    return frame
