"""How much is repeated to verify a results folder; known before anything is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flowsim.scenario.schema import Scenario
from flowsim.study import manifest
from flowsim.study import warmup_folder as warm_ups
from flowsim.study.comparison import reading as comparisons
from flowsim.study.experiment import reading as experiments
from flowsim.study.experiment.folder import ExperimentFolder
from flowsim.study.search import reading as searches
from flowsim.study.store import MANIFEST
from flowsim.study.verifying.verify import kept_blocks

__all__ = ["ToRepeat", "to_repeat"]


@dataclass(frozen=True)
class ToRepeat:
    """What is run again.

    Parameters
    ----------
    scenarios : one after the other; of an experiment or a search, the base alone
    replications : of each; of an experiment or a search, of all points or options together
    engine : that runs them
    """

    scenarios: tuple[Scenario, ...]
    replications: int
    engine: str


def to_repeat(folder: str | Path) -> ToRepeat:
    """Return what verifying a folder runs again.

    Raises
    ------
    ResultsError
        If the folder holds nothing that can be verified, or is damaged.
    """
    folder = Path(folder)
    return _OF[manifest.must_be(folder, tuple(_OF), "flowsim verify")](folder)


def _run(folder: Path) -> ToRepeat:
    record = manifest.read(folder)
    return ToRepeat((record.scenario,), record.replications, record.engine)


def _comparison(folder: Path) -> ToRepeat:
    record = comparisons.ComparisonRecord.of(folder)
    scenarios = tuple(
        manifest.scenario_of(folder / MANIFEST, record.flowsim, fields)
        for fields in record.scenarios.values()
    )
    return ToRepeat(scenarios, record.replications, record.engine)


def _experiment(folder: Path) -> ToRepeat:
    record = experiments.ExperimentRecord.of(folder)
    experiment = experiments.read_experiment(folder, record)
    opened = ExperimentFolder(folder)
    opened.list_parts()
    n = sum(block.count for block, _ in kept_blocks(experiment, opened, record.engine))
    return ToRepeat((experiment.scenario,), max(n, 1), record.engine)


def _search(folder: Path) -> ToRepeat:
    kept = searches.read(folder)
    n = sum(standing.n for standing in kept.selection.standings)
    return ToRepeat((kept.base,), max(n, 1), kept.engine)


def _warm_up(folder: Path) -> ToRepeat:
    record = warm_ups.WarmUpRecord.of(folder)
    return ToRepeat((warm_ups.scenario_of(folder, record),), record.replications, record.engine)


_OF: dict[str, Callable[[Path], ToRepeat]] = {
    "run": _run,
    "comparison": _comparison,
    "experiment": _experiment,
    "search": _search,
    "warm-up": _warm_up,
}
