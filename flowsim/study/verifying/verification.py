"""What repeating a results folder gave."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flowsim.study.manifest import Change
from flowsim.study.verifying.differences import Comparison

__all__ = ["Verification"]


@dataclass(frozen=True)
class Verification:
    """What repeating a folder gave: a comparison for each of its tables.

    Parameters
    ----------
    folder : what was repeated
    language : of its scenario
    replications : of each scenario in it; of a search or an unfinished experiment, the most
    comparisons : of each table, kept beside repeated
    changes : what it was made with and is another now
    is_unchanged : whether its manifest still is that of the run
    """

    folder: Path
    language: str
    replications: int
    comparisons: tuple[Comparison, ...]
    changes: tuple[Change, ...]
    is_unchanged: bool = True

    @property
    def is_identical(self) -> bool:
        """Whether every figure and event is the same, to the bit."""
        return all(comparison.n_different == 0 for comparison in self.comparisons)

    @property
    def n_figures(self) -> int:
        """Figures that were compared, those of months included."""
        return sum(one.n_compared for one in self.comparisons if one.table != "events")
