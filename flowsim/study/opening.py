"""Any results folder opened: whatever kind it is of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flowsim.study import manifest, reading, warmup_folder
from flowsim.study.comparison import reading as comparisons
from flowsim.study.comparison.results import Comparison
from flowsim.study.experiment import reading as experiments
from flowsim.study.experiment.results import ExperimentResults
from flowsim.study.results import Results
from flowsim.study.search import reading as searches
from flowsim.study.search.found import Finding
from flowsim.study.warmup import WarmUp

__all__ = ["read"]

Found = Results | Comparison | ExperimentResults | Finding | WarmUp
_READERS: dict[str, Callable[[Path], Found]] = {
    "run": reading.read,
    "comparison": comparisons.read,
    "experiment": experiments.read,
    "search": searches.read,
    "warm-up": warmup_folder.read,
}


def read(folder: str | Path, needed_by: str = "flowsim.read") -> Found:
    """Read what a results folder holds; nothing is run again.

    Parameters
    ----------
    folder : of a run, a comparison, an experiment, a search or a warm-up
    needed_by : who is named in the message about another folder

    Returns
    -------
    Results, Comparison, ExperimentResults, Finding or WarmUp

    Raises
    ------
    ResultsError
        If the folder holds none of these, or is damaged.
    """
    return _READERS[manifest.must_be(folder, tuple(_READERS), needed_by)](Path(folder))
