"""Look for the option of a scenario that is best and keeps its limits, with a stated confidence."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from flowsim.analysis import kpis as measuring
from flowsim.analysis.kpi_names import KpiTable
from flowsim.analysis.selection import N_FIRST, Task, select
from flowsim.engine.compiling import compile_plan
from flowsim.engine.engines import DEFAULT_ENGINE, whole_number
from flowsim.errors import ResultsError, ScenarioError
from flowsim.scenario.loading import load
from flowsim.scenario.overrides import Overrides, pairs
from flowsim.scenario.quantities import nearest, shown
from flowsim.scenario.source import Findings, Source
from flowsim.study.search.found import Finding
from flowsim.study.search.limits import NamedLimit, read_limits
from flowsim.study.search.option_draws import Draws, Progress, place_of
from flowsim.study.search.option_grid import Option, options_of, read_ranges

MOST_REPLICATIONS = 2000
LIMIT_OF_REPLICATIONS = 1_000_000


def find(
    path: str | Path,
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
    path : the scenario file
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
    common = _settings(set, path)
    ranges = over if isinstance(over, Mapping) else read_ranges(over)
    base = load(path, set=common)
    table = measuring.names(compile_plan(base))
    limits = read_limits(subject_to, table)
    _check_criterion(criterion, ranges, limits, table)
    place_of(period, table)
    options = options_of(ranges, base.with_)
    key = whole_number("seed", base.run.seed if seed is None else seed, 0, 2**63 - 1)
    most = whole_number("max_replications", max_replications, 2, LIMIT_OF_REPLICATIONS)
    objective = None if criterion in ranges else table[criterion]
    draws = Draws(
        options=options,
        objective=None if objective is None else criterion,
        limits=[one.kpi for one in limits],
        is_least=is_least,
        period=period,
        indifference=indifference,
        seed=key,
        engine=engine,
        most=most,
        progress=progress,
    )
    task = Task(
        len(options),
        tuple(one.limit for one in limits),
        scores=None if objective else _scores(options, criterion, is_least),
        confidence=confidence,
        indifference=indifference,
        n_first=N_FIRST,
        most=most,
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
        period=period,
        seed=key,
        engine=engine,
        wall_time=time.perf_counter() - began_at,
    )


def _criterion(minimise: str | None, maximise: str | None) -> tuple[str, bool]:
    """Return what to choose by, and whether less of it is better."""
    if (minimise is None) == (maximise is None):
        found = "nothing" if minimise is None else "both"
        raise ResultsError(
            f"--minimise, --maximise: found {found}; allowed: one of the two, "
            "as nothing is best without a criterion"
        )
    return (minimise, True) if minimise is not None else (str(maximise), False)


def _settings(given: Overrides, path: str | Path) -> dict[str, object]:
    """Return settings by key; a text that is none is a fault."""
    findings = Findings(Source(text="", name=Path(path).stem, file=str(path)))
    found = dict(pairs(given, findings))
    if findings.faults:
        raise ScenarioError(findings.faults)
    return found


def _check_numbers(confidence: float, indifference: float) -> None:
    if not 0.5 <= confidence < 1:
        raise ResultsError(
            f"--confidence: found {confidence:g}; allowed: a number from 0.5 to below 1"
        )
    if not 0 <= indifference < float("inf"):
        raise ResultsError(f"--indifference: found {indifference:g}; allowed: a number above 0")


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
            more = f'; did you mean "{near}"?' if near else ""
            allowed = "a figure of the scenario, or a key of --over"
            raise ResultsError(f"criterion: found {shown(criterion)}; allowed: {allowed}{more}")
        return
    for value in ranges[criterion]:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ResultsError(f"{criterion}: found {shown(value)}; allowed: numbers, to choose by")
    if not limits:
        raise ResultsError(
            f"--subject-to: found nothing; allowed: a limit, as the best {criterion} is known "
            "without a simulation"
        )


def _scores(options: Sequence[Option], criterion: str, is_least: bool) -> tuple[float, ...]:
    sign = 1.0 if is_least else -1.0
    return tuple(sign * float(str(option.values[criterion])) for option in options)
