"""Run an experiment: every point, many times, in blocks; what is finished is never run again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import nullcontext
from functools import cached_property
from itertools import islice
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flowsim.analysis import statistics
from flowsim.engine.engines import DEFAULT_ENGINE, whole_number
from flowsim.engine.plan import Plan
from flowsim.errors import ResultsError, ScenarioError, SimulationError
from flowsim.scenario.overrides import as_toml
from flowsim.scenario.user_files import fitting, path_of
from flowsim.study import first_run
from flowsim.study.executors import Pool, threads
from flowsim.study.experiment.blocks import (
    Answer,
    Block,
    PointTask,
    block_size,
    figures_of,
    gaps,
    run_block,
)
from flowsim.study.experiment.folder import ExperimentFolder
from flowsim.study.experiment.loading import Experiment
from flowsim.study.experiment.points import Point
from flowsim.study.experiment.results import ExperimentResults, kept_figures
from flowsim.study.experiment.schema import MOST_REPLICATIONS, StopRule

__all__ = ["default_folder", "run_experiment", "task_of"]

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
FIRST_LOOK = 100  # replications, of a precision
WAITING = 2  # blocks for each worker that are handed out, so that nobody is idle
LOOK_SECONDS = 5  # how often, while no block is finished, the pool is asked who is there


def default_folder(experiment: Experiment) -> Path:
    """Return results/experiment-<name>: the same for all that is added later."""
    return Path("results") / path_of(f"experiment-{fitting(experiment.name)}")


def run_experiment(
    experiment: Experiment,
    folder: str | Path | None = None,
    *,
    replications: int | None = None,
    engine: str = DEFAULT_ENGINE,
    pool: Pool | None = None,
    progress: Progress | None = None,
) -> ExperimentResults:
    """Run what is not in the folder yet, and return the figures of the whole experiment.

    Parameters
    ----------
    experiment : from `flowsim.load_experiment`
    folder : where finished blocks are kept; default: results/experiment-<name>
    replications : of each point; default: as the experiment says, by number or by precision
    engine : "kernel" or "simpy"
    pool : who computes, see `flowsim.study.executors`; default: a thread for each core
    progress : called with (replications done, replications of all points), first with what is
        there already

    It may be stopped or killed at any moment: run again, it goes on where it was, and the figures
    are those of a run without a break, to the last bit. With a precision, all points get the same
    number of replications, so that they stay paired.

    Raises
    ------
    ResultsError
        If the folder holds something else, is in use or damaged, or a point cannot be run.

    Examples
    --------
    >>> import tempfile
    >>> from flowsim.study.experiment.loading import load_experiment
    >>> found = load_experiment("experiments/coaches.toml")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     results = run_experiment(found, folder, replications=20)
    ...     table = results.summary()
    >>> table[table.kpi == "cost.total"].difference.round().tolist()[:1]
    [-641673.0]
    """
    path = default_folder(experiment) if folder is None else Path(folder)
    began_at = time.perf_counter()
    if engine == "kernel" and first_run.is_due():
        first_run.compile_everything(experiment.plan)
    with (
        nullcontext(pool) if pool is not None else threads() as chosen,
        ExperimentFolder(path).opened(experiment.name) as opened,
    ):
        running = Running(experiment, opened, engine, chosen, progress)
        running.begin()
        limit, precision = _stop_rule(experiment, replications)
        n = limit if precision is None else min(FIRST_LOOK, limit)
        running.reach(n, limit)
        while precision is not None:
            widths = running.results(n, 0.0).widths
            if n >= limit or all(
                statistics.may_stop(width, precision.relative_half_width, n) for width in widths
            ):
                break
            n = min(max(needed(widths, precision, n), n + FIRST_LOOK), limit)
            running.reach(n, limit)
        wall_time = time.perf_counter() - began_at
        results = running.results(n, wall_time)
        results.write()
    return results


def _stop_rule(experiment: Experiment, replications: int | None) -> tuple[int, StopRule | None]:
    if replications is not None:
        return whole_number("replications", replications, 1, MOST_REPLICATIONS), None
    if experiment.precision is not None:
        return experiment.precision.max, experiment.precision
    return experiment.replications, None


def task_of(experiment: Experiment, point: Point, engine: str) -> PointTask:
    """Write a point as those need it who run it."""
    return PointTask(
        label=point.label,
        name=experiment.base.name,
        text=experiment.base.text,
        lists=tuple(experiment.base.attachments.items()),
        settings=tuple(f"{key}={as_toml(value)}" for key, value in point.settings.items()),
        kpis=kept_figures(experiment),
        period=experiment.period,
        seed=experiment.seed if point.seed is None else point.seed,
        engine=engine,
    )


class Running:
    """An experiment that is being run.

    Parameters
    ----------
    experiment, engine : what is run, and how
    folder : where finished blocks go
    pool : who computes
    progress : told after each block
    """

    def __init__(
        self,
        experiment: Experiment,
        folder: ExperimentFolder,
        engine: str,
        pool: Pool,
        progress: Progress | None,
    ) -> None:
        self.experiment = experiment
        self.folder = folder
        self.engine = engine
        self.pool = pool
        self.progress = progress

    @cached_property
    def tasks(self) -> tuple[PointTask, ...]:
        """Every point as it is run."""
        return tuple(task_of(self.experiment, p, self.engine) for p in self.experiment.points)

    @cached_property
    def hashes(self) -> tuple[str, ...]:
        """The hash of every point."""
        return tuple(task.hash for task in self.tasks)

    def results(self, n: int, wall_time: float) -> ExperimentResults:
        """Return what is there, up to n replications of each point."""
        return ExperimentResults(
            self.experiment, self.folder, self.hashes, n, self.engine, wall_time
        )

    def begin(self) -> None:
        """Write what the folder is about before anything is finished."""
        self.results(0, 0.0).write_begun(self.pool.name)

    @cached_property
    def distinct(self) -> dict[str, PointTask]:
        """What is run, by hash: drawn whole numbers may make two points the same scenario."""
        return dict(zip(self.hashes, self.tasks, strict=True))

    def kept(self, point: str, n: int) -> int:
        """Return how many of the first n replications of a point are there."""
        kept = self.folder.kept(point, len(self.distinct[point].kpis))
        return sum(max(min(first + count, n) - first, 0) for first, count in kept)

    def blocks(self, n: int) -> Iterator[Block]:
        """Return the blocks that are still to be run, so that all points have n replications."""
        size = block_size(n)
        for point, task in self.distinct.items():
            kept = self.folder.kept(point, len(task.kpis))
            yield from (Block(task, *gap) for gap in gaps(kept, n, size))

    def reach(self, n: int, limit: int) -> None:
        """Run what is missing of n replications of every point."""
        done, total = (
            sum(self.kept(point, n) for point in self.distinct),
            limit * len(self.distinct),
        )
        if self.progress is not None:
            self.progress(done, total)
        todo, waiting = self.blocks(n), dict[Future[Answer], Block]()
        try:
            while True:
                room = WAITING * self.pool.size() - len(waiting)
                for block in islice(todo, max(room, 0)):
                    job = self.pool.executor.submit(run_block, block, self.plan(block.task))
                    waiting[job] = block
                if not waiting:
                    return
                for future in self.finished(waiting):
                    block = waiting.pop(future)
                    self.folder.add(block, self.figures(future, block))
                    done += block.count
                    if self.progress is not None:
                        self.progress(done, total)
        finally:  # all done; or stopped by Ctrl-C or a fault
            for future in waiting:
                future.cancel()

    def plan(self, task: PointTask) -> Plan | None:
        """Return the plan of a point, unless it is run where only texts can travel."""
        if not self.pool.shares_memory:
            return None
        try:
            return self.experiment.plans.of(self.settings[task.hash])
        except ScenarioError as error:
            raise ResultsError(f"{task.label}: {error}") from None

    @cached_property
    def settings(self) -> dict[str, Mapping[str, object]]:
        """The settings of every point, by hash."""
        every = (point.settings for point in self.experiment.points)
        return dict(zip(self.hashes, every, strict=True))

    def finished(self, waiting: Iterable[Future[Answer]]) -> set[Future[Answer]]:
        """Return what is finished, as soon as something is."""
        while not (done := wait(waiting, LOOK_SECONDS, FIRST_COMPLETED).done):
            self.pool.size()
        return done

    def figures(self, future: Future[Answer], block: Block) -> Floats:
        """Return what a block gave; an error says which point it is about."""
        try:
            return figures_of(block, future.result())
        except SimulationError as error:
            raise SimulationError(f"{block.task.label}: {error}") from None


def needed(widths: Sequence[float], precision: StopRule, n: int) -> int:
    """Return how many replications the widest interval seems to need, in steps of `FIRST_LOOK`.

    A point whose figure has not varied needs as many as it takes to give it up.
    """
    wanted = precision.relative_half_width / (1 + precision.relative_half_width)
    most = [
        statistics.ENOUGH_OF_THE_SAME if np.isnan(width) else n * (width / wanted) ** 2
        for width in widths
    ]
    return ceil(min(max(most), MOST_REPLICATIONS) / FIRST_LOOK) * FIRST_LOOK
