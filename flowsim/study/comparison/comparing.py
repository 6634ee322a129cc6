"""Run a scenario and its variants with the same luck, and compare their figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from flowsim.analysis import kpis as measuring
from flowsim.analysis.comparison import Sample
from flowsim.analysis.kpi_names import Kpi, KpiTable
from flowsim.analysis.samples import Samples
from flowsim.analysis.statistics import Floats
from flowsim.engine.compiling import compile_plan
from flowsim.engine.engines import DEFAULT_ENGINE, whole_number
from flowsim.engine.plan import Plan
from flowsim.errors import Notice, ResultsError
from flowsim.language import _
from flowsim.scenario.quantities import shown
from flowsim.scenario.schema import Scenario
from flowsim.study import replications as study
from flowsim.study.comparison import waiting_lists
from flowsim.study.comparison.figures import check_period, chosen_figures
from flowsim.study.comparison.results import Comparison
from flowsim.study.comparison.unknown import UnknownDifferences
from flowsim.study.results import Results
from flowsim.study.unknown.drawing import draw_inputs, has_unknown
from flowsim.study.unknown.playing import in_order

Progress = Callable[[int, int], None]


def compare(
    base: Scenario,
    others: Mapping[str, Scenario],
    *,
    kpis: Sequence[str] | None = None,
    period: str = "run",
    replications: int | None = None,
    seed: int | None = None,
    engine: str = DEFAULT_ENGINE,
    progress: Progress | None = None,
    draws: int = 0,
) -> Comparison:
    """Run a scenario and its variants with the same luck, and compare their figures.

    Parameters
    ----------
    base : what all others are compared with
    others : the variants by name
    kpis : names of the figures; default: waits, outcomes, cost and goals that all have
    period : "run" or a calendar year such as "2019"
    replications, seed : of all scenarios; default: as the base says
    engine : "kernel" or "simpy"
    progress : called with (replications done, replications of all scenarios) after each
    draws : of the inputs in `[uncertain]` of any of them, each played twice in all of them; the
        command plays 500

    Raises
    ------
    ResultsError
        If there is no variant, a name stands twice, or a figure or the period does not exist.
    SimulationError
        As `flowsim.run`.

    Examples
    --------
    >>> import flowsim
    >>> base = flowsim.load("scenarios/orebro.toml")
    >>> more = flowsim.load(
    ...     "scenarios/orebro.toml", set={"teams.coaching.staff.coach.fte.2019": 5.5}
    ... )
    >>> found = compare(base, {"5.5 coaches": more}, kpis=["cost.total"], replications=20)
    >>> round(found.differences["cost.total", "5.5 coaches"].mean)
    641673
    """
    scenarios = named(base, others)
    tables = {name: measuring.names(compile_plan(s)) for name, s in scenarios.items()}
    figures = chosen_figures(tables, scenarios, kpis)
    check_period(period, tables)
    key = whole_number("seed", base.run.seed if seed is None else seed, 0, 2**63 - 1)
    began_at = time.perf_counter()
    samples: dict[str, dict[str, Sample]] = {}
    lists: dict[str, pd.DataFrame] = {}
    plays: dict[str, dict[str, Sample]] = {}
    n_draws = draws if any(map(has_unknown, scenarios.values())) else 0
    for place, (name, scenario) in enumerate(scenarios.items()):
        results = study.run(
            scenario,
            replications=replications,
            seed=key,
            engine=engine,
            progress=_in_all(progress, place, len(scenarios)),
            kpis=[kpi.name for kpi in figures],
        )
        if results.stopped:
            raise KeyboardInterrupt  # half a comparison says nothing
        replications = results.replications  # where a precision of the base decided it
        samples[name] = samples_of(results, figures, period)
        lists[name] = waiting_lists.of_run(results)
        if n_draws:
            asked = [kpi.name for kpi in figures]
            plays[name] = plays_of(results.plan, key, engine, n_draws, figures, period, asked)
        del results
    wall_time = time.perf_counter() - began_at
    waiting = waiting_lists.together(lists)
    unknown = UnknownDifferences(scenarios, plays, key) if n_draws else None
    return Comparison(scenarios, figures, samples, period, key, engine, wall_time, waiting, unknown)


def plays_of(
    plan: Plan,
    seed: int,
    engine: str,
    n: int,
    figures: Sequence[Kpi],
    period: str,
    asked: Sequence[str],
) -> dict[str, Sample]:
    """Play draws of a scenario's inputs, and take what a comparison needs of them.

    A scenario in which nothing is uncertain is played as it is, with the same luck.
    """
    names = measuring.names(plan)
    inputs = draw_inputs(plan.scenario, seed, n)
    samples = Samples((len(names.periods), 1, len(names.kpis)))
    for plays in in_order(inputs, 0, engine, names, asked):
        for one in plays:
            samples.append(one)
    place = [part.name for part in names.periods].index(period), 0
    return {kpi.name: _sample(names, samples, names[kpi.name], place) for kpi in figures}


def samples_of(results: Results, figures: Sequence[Kpi], period: str = "run") -> dict[str, Sample]:
    """Take what a comparison needs of a run, so that the rest can be let go."""
    place = [part.name for part in results.table.periods].index(period), 0
    return {
        kpi.name: _sample(results.table, results.samples, results.table[kpi.name], place)
        for kpi in figures
    }


def _sample(table: KpiTable, samples: Samples, kpi: Kpi, place: tuple[int, int]) -> Sample:
    """Copy one figure of everybody, with numerator and denominator if it is a ratio."""

    def total(names: Sequence[str]) -> Floats:
        at = [table.position[name] for name in names]
        sums: Floats = samples.figures(place, at).sum(axis=1)
        return sums

    own = total([kpi.name])
    if kpi.kind != "ratio":
        return Sample.of(kpi, own)
    above = total(kpi.numerator) if kpi.numerator else None
    return Sample.of(kpi, own, above, total(kpi.denominator))


def named(base: Scenario, others: Mapping[str, Scenario]) -> dict[str, Scenario]:
    """Return all scenarios by name, the base first."""
    if not others:
        raise ResultsError(_("nothing to compare: name another scenario, or a setting (--set)"))
    if base.name in others:
        raise ResultsError(
            _("{name}: is the name of the base; name the variant otherwise").format(
                name=shown(base.name)
            )
        )
    return {base.name: base, **others}


def _in_all(progress: Progress | None, place: int, n_scenarios: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, total: progress(place * total + done, n_scenarios * total)


def notices(scenarios: Mapping[str, Scenario], seed: int) -> list[Notice]:
    """State in what the variants' runs differ from the base's, so that figures may not be alike."""
    base, *others = scenarios.values()
    found = []
    for other in others:
        file = other._source.file or other.name
        for key in ("start", "report_from", "until"):
            ours, theirs = getattr(base.run, key), getattr(other.run, key)
            if ours != theirs:
                message = _("{theirs}, but {ours} in {name}: the windows differ").format(
                    theirs=theirs, ours=ours, name=base.name
                )
                found.append(Notice(file, 0, f"run.{key}", message, "run"))
        if base.run.seed != other.run.seed:
            message = _("{theirs}, but all are run with seed {seed}, to share their luck").format(
                theirs=other.run.seed, seed=seed
            )
            found.append(Notice(file, 0, "run.seed", message, "run"))
    return found
