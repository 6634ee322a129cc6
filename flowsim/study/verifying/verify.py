"""Repeat what is in a results folder, of whatever kind, and compare it to the last bit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flowsim.study import manifest
from flowsim.study import warmup_folder as warm_ups
from flowsim.study.comparison import reading as comparisons
from flowsim.study.comparison.comparing import compare
from flowsim.study.experiment import reading as experiments
from flowsim.study.experiment.blocks import Block, figures_of, run_block
from flowsim.study.experiment.folder import ExperimentFolder
from flowsim.study.experiment.loading import Experiment
from flowsim.study.experiment.points import Point
from flowsim.study.experiment.running import task_of
from flowsim.study.search import reading as searches
from flowsim.study.search.finding import find
from flowsim.study.verifying import runs
from flowsim.study.verifying.differences import Comparison, compare_figures
from flowsim.study.verifying.verification import Verification
from flowsim.study.warmup import examine
from flowsim.study.warmup_series import KEYS

__all__ = ["kept_blocks", "verify"]

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]


def verify(folder: str | Path, progress: Progress | None = None) -> Verification:
    """Repeat what a folder holds and compare every figure, and the events where they were kept.

    Parameters
    ----------
    folder : of a run, a comparison, an experiment, a search or a warm-up; of an experiment that is
        not finished, what is there of it
    progress : called with (how much is repeated, how much there is)

    Raises
    ------
    ResultsError
        If the folder holds none of these, or is damaged.
    SimulationError
        If an instant of a scenario never ends.
    """
    folder = Path(folder)
    kind = manifest.must_be(folder, tuple(_VERIFIED), "flowsim verify")
    return _VERIFIED[kind](folder, progress)


def _run(folder: Path, progress: Progress | None) -> Verification:
    return runs.verify(manifest.read(folder), progress)


def _comparison(folder: Path, progress: Progress | None) -> Verification:
    record, kept = comparisons.ComparisonRecord.of(folder), comparisons.read(folder)
    repeated = compare(
        kept.scenarios[kept.base],
        {name: kept.scenarios[name] for name in kept.others},
        kpis=record.kpis,
        period=kept.period,
        replications=record.replications,
        seed=kept.seed,
        engine=kept.engine,
        progress=progress,
        draws=record.draws,
    )
    keys = ["replication", "scenario", "kpi"]
    tables = [Comparison("comparison")]
    sides = [_long(one.values(), keys) for one in (kept, repeated)]
    compare_figures(tables[0], sides[0], sides[1], [*keys, "part"])
    if kept.unknown is not None:
        sides = [_long(one.plays(), keys) for one in (kept, repeated)]
        tables.append(Comparison("unknown"))
        compare_figures(tables[-1], sides[0], sides[1], [*keys, "part"])
    if kept.waiting is not None and repeated.waiting is not None:
        keys = ["scenario", "step", "month"]
        sides = [_long(one, keys) for one in (kept.waiting, repeated.waiting)]
        tables.append(Comparison("waiting"))
        compare_figures(tables[-1], sides[0], sides[1], [*keys, "part"])
    language = kept.scenarios[kept.base].scenario.language
    return _verification(folder, language, record, tables, record.replications)


def _long(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return a row for each figure: keys, the part (its column), and value."""
    named = table.rename(columns={"value": "estimate"})  # the melted column is the value
    return named.melt(id_vars=keys, var_name="part", value_name="value")


def _experiment(folder: Path, progress: Progress | None) -> Verification:
    record = experiments.ExperimentRecord.of(folder)
    experiment = experiments.read_experiment(folder, record)
    opened = ExperimentFolder(folder)
    opened.list_parts()
    kept = list(kept_blocks(experiment, opened, record.engine))
    n_cores = os.cpu_count() or 1
    total, done, table = sum(block.count for block, _ in kept), 0, Comparison("parts")
    with ThreadPoolExecutor(n_cores if record.engine == "kernel" else 1) as pool:
        todo = iter(kept)
        while some := list(islice(todo, 2 * n_cores)):
            blocks = [block for block, _ in some]
            plans = [experiment.plans.of(point.settings) for _, point in some]
            for block, answer in zip(blocks, pool.map(run_block, blocks, plans), strict=True):
                of_folder = opened.part(block.task.hash, block.first, len(block.task.kpis))
                sides = [_frame(block, side) for side in (of_folder, figures_of(block, answer))]
                compare_figures(table, sides[0], sides[1], ["point", "replication", "kpi"])
                done += block.count
                if progress is not None:
                    progress(done, total)
    most = max((block.first + block.count for block, _ in kept), default=0)
    return _verification(folder, experiment.language, record, [table], most)


def kept_blocks(
    experiment: Experiment, opened: ExperimentFolder, engine: str
) -> Iterator[tuple[Block, Point]]:
    """Return the parts of a folder, point by point; points that are the same scenario once."""
    tasks = {(task := task_of(experiment, p, engine)).hash: (task, p) for p in experiment.points}
    for name, (task, point) in tasks.items():
        yield from ((Block(task, *gap), point) for gap in opened.kept(name, len(task.kpis)))


def _frame(block: Block, figures: Floats) -> pd.DataFrame:
    """Return the figures of a block, (n_kpis, count), as rows."""
    runs = np.arange(block.first, block.first + block.count)
    return pd.DataFrame(
        {
            "point": block.task.label,
            "replication": np.tile(runs, len(block.task.kpis)),
            "kpi": np.repeat(np.array(block.task.kpis, dtype=object), block.count),
            "value": figures.ravel(),
        }
    )


def _search(folder: Path, progress: Progress | None) -> Verification:
    record, kept = searches.SearchRecord.of(folder), searches.read(folder)
    repeated = find(kept.base, **record.question(), progress=progress)
    table = Comparison("values")
    keys = ["option", "kpi", "replication"]
    compare_figures(table, kept.values(), repeated.values(), keys)
    most = max(standing.n for standing in kept.selection.standings)
    return _verification(folder, kept.base.scenario.language, record, [table], most)


def _warm_up(folder: Path, progress: Progress | None) -> Verification:
    record = warm_ups.WarmUpRecord.of(folder)
    kept = warm_ups.kept_frame(folder)
    scenario = warm_ups.scenario_of(folder, record)
    repeated = examine(
        scenario,
        replications=record.replications,
        seed=record.seed,
        engine=record.engine,
        progress=progress,
    )
    table = Comparison("averages")
    compare_figures(table, kept, repeated.averages.to_frame(list(scenario.steps)), KEYS)
    language = scenario.scenario.language
    return _verification(folder, language, record, [table], record.replications)


def _verification(
    folder: Path,
    language: str,
    record: manifest.Manifest,
    tables: Sequence[Comparison],
    replications: int,
) -> Verification:
    return Verification(folder, language, replications, tuple(tables), record.changes)


_VERIFIED: dict[str, Callable[[Path, Progress | None], Verification]] = {
    "run": _run,
    "comparison": _comparison,
    "experiment": _experiment,
    "search": _search,
    "warm-up": _warm_up,
}
