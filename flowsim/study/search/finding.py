"""Look for the option of a scenario that is best and keeps its limits, with a stated confidence."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flowsim.analysis import kpis as measuring
from flowsim.analysis.kpi_names import KpiTable
from flowsim.analysis.selection import N_FIRST, Task, select
from flowsim.engine.compiling import compile_plan
from flowsim.engine.engines import DEFAULT_ENGINE, whole_number
from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.scenario.loading import load
from flowsim.scenario.overrides import Overrides
from flowsim.scenario.quantities import nearest, shown
from flowsim.scenario.schema import Scenario
from flowsim.study.search.found import Finding
from flowsim.study.search.limits import NamedLimit, read_limits
from flowsim.study.search.option_draws import Draws, Floats, Progress, place_of
from flowsim.study.search.option_grid import Option, options_of, read_ranges

MOST_REPLICATIONS = 2000
LIMIT_OF_REPLICATIONS = 1_000_000


def find(
    scenario: Scenario | str | Path,
    *,
    over: Sequence[str] | Mapping[str, Sequence[object]],
    minimise: str | None = None,
    maximise: str | None = None,
    subject_to: Sequence[str] = (),
    set: Overrides = None,  # noqa: A002
    confidence: float = 0.95,
    indifference: float = 0.0,
    max_replications: int = MOST_REPLICATIONS,
    period: str = "run",
    seed: int | None = None,
    engine: str = DEFAULT_ENGINE,
    progress: Progress | None = None,
) -> Finding:
    """Look for the option that is best and keeps its limits.

    Parameters
    ----------
    scenario : the scenario, or its file
    over : what may be chosen, as texts such as "teams.coaching.staff.coach.fte=3:8:0.5" or by key
    minimise, maximise : a figure, or one of the keys of `over`; exactly one of the two
    subject_to : limits, such as "mapping.wait.p90 <= 14 in 0.9 of runs"
    set : settings of all options, as of `flowsim.load`
    confidence : that the answer is right
    indifference : the smallest difference that matters in a figure that varies
    max_replications : of each option
    period : "run" or a calendar year such as "2019"
    seed : key of the draws, the same for all options; default: as the scenario says
    engine : "kernel" or "simpy"
    progress : called with (replications done, the most there may be)

    Raises
    ------
    ResultsError
        If there is nothing, or no criterion, to choose by, or a text cannot be read.
    ScenarioError
        With every fault of the scenario and of every option.

    References
    ----------
    See `flowsim.analysis.selection`.

    Examples
    --------
    >>> found = find(
    ...     "scenarios/orebro.toml",
    ...     over=["teams.reception.staff.caseworker.fte=2:4:1"],
    ...     minimise="teams.reception.staff.caseworker.fte",
    ...     subject_to=["mapping.wait.mean <= 1 week"],
    ... )
    >>> [option.values["teams.reception.staff.caseworker.fte"] for option in found.chosen]
    [3]
    """
    began_at = time.perf_counter()
    criterion, is_least = _criterion(minimise, maximise)
    _check_numbers(confidence, indifference)
    ranges = over if isinstance(over, Mapping) else read_ranges(over)
    base = scenario.with_(set) if isinstance(scenario, Scenario) else load(scenario, set=set)
    question = Question(
        ranges=ranges,
        criterion=criterion,
        is_least=is_least,
        subject_to=tuple(subject_to),
        confidence=confidence,
        indifference=indifference,
        most=whole_number("max_replications", max_replications, 2, LIMIT_OF_REPLICATIONS),
        period=period,
        seed=whole_number("seed", base.run.seed if seed is None else seed, 0, 2**63 - 1),
        engine=engine,
    )
    found = answered(base, question, progress=progress)
    return replace(found, wall_time=time.perf_counter() - began_at)


@dataclass(frozen=True)
class Question:
    """What a search asks of a scenario, see `find`."""

    ranges: Mapping[str, Sequence[object]]
    criterion: str
    is_least: bool
    subject_to: tuple[str, ...]
    confidence: float
    indifference: float
    most: int
    period: str
    seed: int
    engine: str


def answered(
    base: Scenario,
    asked: Question,
    *,
    progress: Progress | None = None,
    kept: Mapping[int, dict[str, Floats]] | None = None,
) -> Finding:
    """Answer a question by running replications, or from those that were kept.

    Parameters
    ----------
    base : the scenario with what is set for all options
    asked : what is looked for
    progress : called with (replications done, the most there may be)
    kept : figures of each option, replication by replication; None: they are run
    """
    ranges, criterion, is_least = asked.ranges, asked.criterion, asked.is_least
    table = measuring.names(compile_plan(base))
    limits = read_limits(asked.subject_to, table)
    _check_criterion(criterion, ranges, limits, table)
    place_of(asked.period, table)
    options = options_of(ranges, base.with_)
    objective = None if criterion in ranges else table[criterion]
    draws = Draws(
        options=options,
        objective=None if objective is None else criterion,
        limits=[one.kpi for one in limits],
        is_least=is_least,
        period=asked.period,
        indifference=asked.indifference,
        seed=asked.seed,
        engine=asked.engine,
        most=asked.most,
        progress=progress,
        values=dict(kept or {}),
        may_run=kept is None,
    )
    task = Task(
        len(options),
        tuple(one.limit for one in limits),
        scores=None if objective else _scores(options, criterion, is_least),
        is_ordered=objective is None and len(ranges) == 1,
        confidence=asked.confidence,
        indifference=asked.indifference,
        n_first=N_FIRST,
        most=asked.most,
    )
    selection = select(task, draws)
    return Finding(
        base=base,
        options=options,
        criterion=criterion,
        objective=objective,
        is_least=is_least,
        limits=limits,
        selection=selection,
        drawn=tuple(draws.all_of(k) for k in range(len(options))),
        kept=draws.values,
        period=asked.period,
        seed=asked.seed,
        engine=asked.engine,
    )


def _criterion(minimise: str | None, maximise: str | None) -> tuple[str, bool]:
    """Return what to choose by, and whether less of it is better."""
    if (minimise is None) == (maximise is None):
        found = _("nothing") if minimise is None else _("both")
        raise ResultsError(
            _(
                "--minimise, --maximise: found {found}; allowed: one of the two, "
                "as nothing is best without a criterion"
            ).format(found=found)
        )
    return (minimise, True) if minimise is not None else (str(maximise), False)


def _check_numbers(confidence: float, indifference: float) -> None:
    if not 0.5 <= confidence < 1:
        raise ResultsError(
            _("--confidence: found {confidence:g}; allowed: a number from 0.5 to below 1").format(
                confidence=confidence
            )
        )
    if not 0 <= indifference < float("inf"):
        raise ResultsError(
            _("--indifference: found {indifference:g}; allowed: a number above 0").format(
                indifference=indifference
            )
        )


def _check_criterion(
    criterion: str,
    ranges: Mapping[str, Sequence[object]],
    limits: Sequence[NamedLimit],
    table: KpiTable,
) -> None:
    """Refuse a criterion that is neither a figure nor a number that is chosen."""
    if criterion not in ranges:
        if criterion not in table.position:
            near = nearest(criterion, [*ranges, *table.names])
            more = _('; did you mean "{near}"?').format(near=near) if near else ""
            allowed = _("a figure of the scenario, or a key of --over")
            raise ResultsError(
                _("criterion: found {criterion}; allowed: {allowed}{more}").format(
                    criterion=shown(criterion), allowed=allowed, more=more
                )
            )
        return
    for value in ranges[criterion]:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ResultsError(
                _("{criterion}: found {value}; allowed: numbers, to choose by").format(
                    criterion=criterion, value=shown(value)
                )
            )
    if not limits:
        raise ResultsError(
            _(
                "--subject-to: found nothing; allowed: a limit, as the best {criterion} is known "
                "without a simulation"
            ).format(criterion=criterion)
        )


def _scores(options: Sequence[Option], criterion: str, is_least: bool) -> tuple[float, ...]:
    sign = 1.0 if is_least else -1.0
    return tuple(sign * float(str(option.values[criterion])) for option in options)
