"""A monthly figure over replications: its median, and what half and nine of ten lie within."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flowsim.report.figures.material import Floats
from flowsim.report.figures.style import BLUE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEVELS = {"p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}


def table_of(months: tuple[str, ...], values: Floats) -> pd.DataFrame:
    """Return month, p5, p25, median, p75 and p95 over replications.

    Parameters
    ----------
    months : (n_months,)
    values : (n_replications, n_months)

    Examples
    --------
    >>> table_of(("2019-01",), np.array([[1.0], [2.0], [3.0]])).values.tolist()
    [['2019-01', 1.1, 1.5, 2.0, 2.5, 2.9]]
    """
    levels = np.quantile(values, list(LEVELS.values()), axis=0)
    return pd.DataFrame({"month": list(months), **dict(zip(LEVELS, levels, strict=True))})


def draw(panel: Axes, table: pd.DataFrame, median: str, half: str, nine: str) -> None:
    """Draw the bands, with the words of a legend; their edges are lines, for grey print."""
    at = np.arange(len(table))
    panel.fill_between(at, table["p5"], table["p95"], color=BLUE, alpha=0.18, lw=0, label=nine)
    panel.fill_between(at, table["p25"], table["p75"], color=BLUE, alpha=0.38, lw=0, label=half)
    for edge in ("p5", "p95"):
        panel.plot(at, table[edge], color=BLUE, linewidth=0.5)
    panel.plot(at, table["median"], color=BLUE, linewidth=1.6, label=median)
