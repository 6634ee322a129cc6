"""A block: some replications of one point, as they are sent to whoever computes them.

A block is texts and numbers only, so that it can travel to another machine; there the scenario is
read and compiled, once for all blocks of a point. Where the plan is at hand, nothing is read again.
What the figures are made with goes with every block and comes back with its figures: another
flowsim refuses the block, and what one that knows nothing of this has computed is refused here.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from flowsim.analysis import kpis as measuring
from flowsim.engine.compiling import compile_plan
from flowsim.engine.engines import simulate
from flowsim.engine.plan import Plan
from flowsim.errors import FlowsimError, ResultsError
from flowsim.language import _
from flowsim.scenario.loading import loads
from flowsim.scenario.quantities import shown
from flowsim.study.made_with import difference, made_with

__all__ = ["Answer", "Block", "Gap", "PointTask", "block_size", "figures_of", "gaps", "run_block"]

Floats = NDArray[np.float64]
Gap = tuple[int, int]  # the first replication, and how many
FEWEST, MOST = 50, 1000  # replications of a block


@dataclass(frozen=True, slots=True)
class PointTask:
    """A point as it is run.

    Parameters
    ----------
    label : what people see
    name, text, lists : the base scenario, and its CSV lists by name
    settings : as --set takes them
    kpis : the figures to keep
    period : "run" or a calendar year
    seed, engine : how it is run
    """

    label: str
    name: str
    text: str
    lists: tuple[tuple[str, str], ...]
    settings: tuple[str, ...]
    kpis: tuple[str, ...]
    period: str
    seed: int
    engine: str

    @property
    def hash(self) -> str:
        """Sixteen characters that stand for all that the figures depend on."""
        parts = [
            self.text,
            self.settings,
            self.lists,
            self.seed,
            self.engine,
            self.kpis,
            self.period,
            version("flowsim"),
        ]
        text = json.dumps(parts, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Block:
    """The replications first, first + 1, ..., first + count - 1 of a point.

    Parameters
    ----------
    made_with : what its figures shall be made with
    """

    task: PointTask
    first: int
    count: int
    made_with: tuple[str, ...] = field(default_factory=made_with)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a block gave.

    Parameters
    ----------
    figures : (n_kpis, count), NaN: missing
    made_with : what they were made with
    """

    figures: Floats
    made_with: tuple[str, ...]


def run_block(block: Block, plan: Plan | None = None) -> Answer:
    """Run a block.

    Parameters
    ----------
    block : what is run
    plan : of its point, where it is at hand; default: compiled from the point's text

    Raises
    ------
    ResultsError, SimulationError
        If the figures would be made with something else, or the point cannot be loaded or run, or
        lacks a figure.
    """
    if block.made_with != made_with():
        where = _("worker on {node}, process {process}").format(
            node=platform.node(), process=os.getpid()
        )
        raise ResultsError(f"{where}: {difference(made_with(), block.made_with)}")
    return Answer(_figures(block, plan), made_with())


def figures_of(block: Block, answer: object) -> Floats:
    """Return the figures that came back for a block.

    Raises
    ------
    ResultsError
        If they were made with something else, or nobody knows with what.
    """
    theirs = (
        answer.made_with if isinstance(answer, Answer) else (_("a flowsim of unknown version"),)
    )
    if not isinstance(answer, Answer) or theirs != block.made_with:
        raise ResultsError(
            _("a worker: {difference}").format(difference=difference(theirs, block.made_with))
        )
    return answer.figures


def _figures(block: Block, plan: Plan | None) -> Floats:
    task = block.task
    try:
        plan = _compiled(task) if plan is None else plan
        period, at = _places(task, plan)
    except FlowsimError as error:
        raise ResultsError(f"{task.label}: {error}") from None
    found = np.empty((len(at), block.count))
    for column, replication in enumerate(range(block.first, block.first + block.count)):
        log = simulate(
            plan, seed=task.seed, replication=replication, engine=task.engine, keep=False
        )
        found[:, column] = measuring.measure(log)[period, 0, at]
    return found


@lru_cache(maxsize=16)
def _compiled(task: PointTask) -> Plan:
    """Compile a point that has travelled here as a text."""
    scenario = loads(task.text, name=task.name, set=task.settings, lists=dict(task.lists))
    return compile_plan(scenario, task.kpis)


def _places(task: PointTask, plan: Plan) -> tuple[int, list[int]]:
    """Return where the period and the figures of a point stand."""
    table = measuring.names(plan)
    periods = [period.name for period in table.periods]
    for word, known in [(task.period, periods), *((kpi, table.names) for kpi in task.kpis)]:
        if word not in known:
            raise ResultsError(
                _("no figure or period {word}; all points must have it").format(word=shown(word))
            )
    return periods.index(task.period), [table.position[kpi] for kpi in task.kpis]


def block_size(replications: int) -> int:
    """Return how many replications make a block: some dozens of blocks a point, none very long.

    Examples
    --------
    >>> block_size(400), block_size(10_000), block_size(1_000_000)
    (50, 200, 1000)
    """
    return min(max(replications // 50, FEWEST), MOST)


def gaps(kept: Iterable[Gap], replications: int, size: int) -> Iterator[Gap]:
    """Return what is still to be run, in pieces of at most `size`.

    Parameters
    ----------
    kept : what is there already, in order and apart
    replications : how many there shall be

    Examples
    --------
    >>> list(gaps([(0, 50), (100, 20)], 170, 50))
    [(50, 50), (120, 50)]
    """
    begin = 0
    for first, count in [*kept, (replications, 0)]:
        end = min(first, replications)
        yield from ((at, min(size, end - at)) for at in range(begin, end, size))
        begin = max(begin, first + count)
