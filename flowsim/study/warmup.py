"""How long a steady-state run should warm up: many replications from the start, then the rules.

A scenario whose figures change by date has no steady state; one whose list grows has none either.
Both are told apart from a run that is only too short to see.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from flowsim.analysis import warmup as rules
from flowsim.analysis.levels import MEASURES
from flowsim.analysis.sanity import relaxation_times
from flowsim.engine.compiling import compile_plan
from flowsim.engine.engines import DEFAULT_ENGINE, whole_number
from flowsim.engine.plan import Plan
from flowsim.scenario.quantities import DAYS_PER_UNIT, Length, after_length
from flowsim.scenario.schema import Scenario
from flowsim.scenario.user_files import fitting, path_of
from flowsim.scenario.workload import Load, is_steady, loads_of
from flowsim.study import first_run, manifest, store
from flowsim.study.parquet_files import write_frame
from flowsim.study.warmup_series import Averages, Grid, Progress, averages, grid_for

__all__ = ["Finding", "WarmUp", "calendar_length", "examine"]

Floats = NDArray[np.float64]
Verdict = Literal["settles", "no_need", "dated", "overloaded", "moving", "too_short"]
AVERAGES = "averages.parquet"
CLOSE = 0.01  # of a level: so near, a curve has reached it, however precisely it is known
LEVEL = 0.01  # of the trend tests of all series together (Bonferroni)
MATERIAL = 0.05  # of a level: a smaller change over the second half is no trend to speak of
LEAST_CHANGE = 0.1  # participants, likewise
FEWEST_REPLICATIONS = 10
MOST_REPLICATIONS = 100_000
RELAXATIONS = 5  # so many times as long as a list remembers how it began, a run must at least be
MOST_WEEKS = 12  # a longer warm-up is said in months


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """What the rules say of one series.

    Parameters
    ----------
    step, measure : of which step; "waiting" or "in_service"
    level : mean of the second half [participants]
    mean, smooth : average over replications, and its moving average, (n,)
    mser, welch : where the start is over [days]; None: not within half the run
    trend : of the second half [participants a batch]
    change : over the second half [participants]
    is_moving : whether that is a trend to speak of, and no chance
    """

    step: str
    measure: str
    level: float
    mean: Floats
    smooth: Floats
    mser: float | None
    welch: float | None
    trend: rules.Trend
    change: float
    is_moving: bool


@dataclass(frozen=True, slots=True, eq=False)
class WarmUp:
    """The answer, with what it rests on.

    Parameters
    ----------
    scenario : run from its start, as `from_the_start` gives it
    seed, replications, engine : how it was run
    grid : spans of the series
    findings : of each step, those waiting and those in service
    overloaded : teams to which more comes than they can ever take, while nobody gives up
    verdict : "settles"; "no_need": steady from the start; "dated": the file changes by date;
        "overloaded"; "moving": the second half has a trend; "too_short": for the rules, or by
        theory for a list that remembers longer than a fifth of the run
    remembering : steps of which the latter is true, with their relaxation times [days]
    days : where the start is over, by the slowest series [days]; None without a recommendation
    warm_up : the same rounded up, as `run.warm_up` takes it; None if there is none or no need
    given_days : from the start until the file's own statistics begin [days]
    averages : what all of this follows from
    """

    scenario: Scenario
    seed: int
    replications: int
    engine: str
    grid: Grid
    findings: tuple[Finding, ...]
    overloaded: tuple[Load, ...]
    remembering: dict[str, float]
    verdict: Verdict
    days: float | None
    warm_up: str | None
    given_days: int
    averages: Averages

    @property
    def line(self) -> str | None:
        """The line for [run]."""
        return None if self.warm_up is None else f'warm_up = "{self.warm_up}"'

    @property
    def next_length(self) -> str:
        """What to try where the run is too short: twice it, or what theory asks, in whole years."""
        by_theory = RELAXATIONS * max(self.remembering.values(), default=0.0)
        days = max(2 * self.grid.span * self.grid.n, by_theory)
        years = math.ceil(days / DAYS_PER_UNIT["year"])
        return _counted(years, "year")

    def to_json(self) -> dict[str, object]:
        """Return everything but the series, as plain values."""
        return {
            "scenario": self.scenario.name,
            "seed": self.seed,
            "replications": self.replications,
            "engine": self.engine,
            "verdict": self.verdict,
            "warm_up": self.warm_up,
            "days": self.days,
            "days_in_file": self.given_days,
            "line": self.line,
            "days_per_value": self.grid.span,
            "values": self.grid.n,
            "values_per_batch": self.grid.batch,
            "yearly_cycle": self.grid.is_yearly,
            "level_of_trend_tests": LEVEL,
            "overloaded": [
                {"team": load.name, "group": load.per, "value": load.value, "load": load.share}
                for load in self.overloaded
            ],
            "relaxation_days": self.remembering,
            "series": [
                {
                    "step": one.step,
                    "measure": one.measure,
                    "level": one.level,
                    "mser_days": one.mser,
                    "welch_days": one.welch,
                    "change_in_second_half": one.change,
                    "p_value": one.trend.p_value,
                    "is_moving": one.is_moving,
                }
                for one in self.findings
            ],
        }

    # The folder -------------------------------------------------------------------------------

    def write(self, folder: Path) -> None:
        """Write the averaged series, and what is needed to repeat them, into an open folder."""
        content = {**self.to_json(), **manifest.scenario_fields(self.scenario)}
        manifest.write(folder / store.MANIFEST, "warm-up", content)
        write_frame(self.averages.to_frame(list(self.scenario.steps)), folder / AVERAGES)

    def save(self, folder: str | Path | None = None) -> Path:
        """Write averages.parquet and manifest.json; a folder is whole or not there at all.

        Parameters
        ----------
        folder : default: results/<scenario>-warmup

        Raises
        ------
        ResultsError
            If the folder holds anything but a warm-up, is in use, or cannot be written.
        """
        path = default_folder(self.scenario) if folder is None else Path(folder)
        with store.whole_folder(path, "warm-up") as new:
            self.write(new.path)
        return path


def default_folder(scenario: Scenario) -> Path:
    """Return results/<scenario>-warmup."""
    return Path("results") / path_of(f"{fitting(scenario.name)}-warmup")


def examine(
    scenario: Scenario,
    *,
    replications: int | None = None,
    seed: int | None = None,
    engine: str = DEFAULT_ENGINE,
    progress: Progress | None = None,
) -> WarmUp:
    """Run a scenario from its start and find how long it takes to settle.

    Parameters
    ----------
    scenario : from `flowsim.load`; its report_from and warm_up are ignored
    replications : how many to average over, at least 10; default: as the scenario says
    seed : key of the draws; default: as the scenario says
    engine : "kernel" or "simpy"
    progress : called with (replications done, all replications) after each

    Raises
    ------
    SimulationError
        If there are fewer than 10 replications, or the run is shorter than 10 batches (50 days;
        10 years where there is a yearly cycle).

    Examples
    --------
    >>> import flowsim
    >>> found = examine(flowsim.load("scenarios/orebro.toml"), replications=10)
    >>> found.verdict  # posts and referrals change by date
    'dated'
    """
    wanted = scenario.run.replications if replications is None else replications
    n = whole_number("replications", wanted, FEWEST_REPLICATIONS, MOST_REPLICATIONS)
    key = whole_number("seed", scenario.run.seed if seed is None else seed, 0, 2**63 - 1)
    plan = compile_plan(from_the_start(scenario), ())
    grid = grid_for(plan.scenario, plan.end)
    if engine == "kernel" and first_run.is_due():
        first_run.compile_everything(plan)
    found = averages(plan, grid, n, key, engine, progress)
    return concluded(scenario, found, key, engine)


def concluded(scenario: Scenario, found: Averages, seed: int, engine: str) -> WarmUp:
    """Return what follows from the averaged series of a scenario.

    Parameters
    ----------
    scenario : with the statistics of its file
    found : the series
    seed, engine : how they were run
    """
    given_days = (scenario.run.report_from - scenario.run.start).days
    scenario = from_the_start(scenario)
    plan = compile_plan(scenario, ())
    grid = grid_for(scenario, plan.end)
    findings = _findings(plan, grid, found)
    overloaded = tuple(certain_overloads(scenario))
    remembering = {
        step: days for step, days in relaxation_times(scenario).items() if not _forgets(days, plan)
    }
    verdict, days = _verdict(scenario, findings, overloaded, remembering)
    return WarmUp(
        scenario=scenario,
        seed=seed,
        replications=len(found.slopes),
        engine=engine,
        grid=grid,
        findings=findings,
        overloaded=overloaded,
        remembering=remembering,
        verdict=verdict,
        days=days,
        warm_up=calendar_length(days, scenario.run.start, yearly=grid.is_yearly) if days else None,
        given_days=given_days,
        averages=found,
    )


def from_the_start(scenario: Scenario) -> Scenario:
    """Return the scenario with statistics from the first day."""
    run = scenario.run.model_copy(update={"report_from": scenario.run.start, "warm_up": None})
    return scenario.model_copy(update={"run": run})


def certain_overloads(scenario: Scenario) -> Iterator[Load]:
    """Return the teams to which as much comes as can start, where nobody gives up anywhere.

    Then everyone comes to the list in the end, so at least one of these lists grows without end.
    Counted is what places, meetings or a most in a year allow by themselves, which is certain; what
    they allow together is worked out for one kind of stays. Where some give up, the load says less,
    and the trend of the run decides.
    """
    if any(s.patience or s.max_waiting is not None for s in scenario.steps.values()):
        return
    for load in loads_of(scenario):
        if any(one.load >= 1 for one in load.bounds if one.kind != "together"):
            yield load


def calendar_length(days: float, start: dt.date, *, yearly: bool) -> str:
    """Round a time after the start up to whole weeks, months (from 12 weeks) or years.

    Parameters
    ----------
    days : > 0
    start : first day of the run
    yearly : whether only whole years will do

    Examples
    --------
    >>> start = dt.date(2025, 1, 1)
    >>> [calendar_length(days, start, yearly=False) for days in (1, 84, 85, 182)]
    ['1 week', '12 weeks', '3 months', '7 months']
    >>> calendar_length(400, start, yearly=True)
    '2 years'
    """
    if not yearly and days <= 7 * MOST_WEEKS:
        return _counted(math.ceil(days / 7), "week")
    months = 12 if yearly else 1
    count = 1
    while (after_length(start, Length(count * months, 0)) - start).days < days:
        count += 1
    return _counted(count, "year" if yearly else "month")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _findings(plan: Plan, grid: Grid, found: Averages) -> tuple[Finding, ...]:
    return tuple(
        _finding(plan, grid, found, m, s)
        for s, step in enumerate(plan.steps)
        for m, measure in enumerate(MEASURES)
        if plan.stations[step.first_station].teams or measure == "in_service"
    )


def _finding(plan: Plan, grid: Grid, found: Averages, m: int, s: int) -> Finding:
    """Apply the rules to one series."""
    mean, error, slopes = found.mean[m, s], found.error[m, s], found.slopes
    settled = float(rules.batch_means(mean, grid.batch)[-grid.n_half :].mean())
    trend = rules.trend(slopes[:, m, s])
    change = trend.slope * (grid.n_half - 1)
    is_material = abs(change) >= max(MATERIAL * settled, LEAST_CHANGE)
    smooth = grid.smooth(mean)
    near = np.maximum(error, CLOSE * settled)
    return Finding(
        step=plan.steps[s].name,
        measure=MEASURES[m],
        level=settled,
        mean=mean,
        smooth=smooth,
        mser=_in_days(rules.mser(mean, grid.batch), grid),
        welch=_in_days(rules.first_reaching(smooth, settled, near), grid),
        trend=trend,
        change=change,
        is_moving=is_material and trend.p_value < LEVEL / slopes[0].size,
    )


def _in_days(n_left_out: int | None, grid: Grid) -> float | None:
    """Turn a number of spans into days; None where it is more than half the run."""
    if n_left_out is None or n_left_out > grid.n / 2:
        return None
    return n_left_out * grid.span


def _forgets(days: float, plan: Plan) -> bool:
    """Whether a run is long enough for what remembers its start so long.

    Both rules compare with the second half: where that has not settled, they find its bias level.
    """
    return RELAXATIONS * days <= plan.end


def _verdict(
    scenario: Scenario,
    findings: tuple[Finding, ...],
    overloaded: tuple[Load, ...],
    remembering: dict[str, float],
) -> tuple[Verdict, float | None]:
    """Judge all series together: the slowest decides."""
    if not is_steady(scenario):
        return "dated", None
    if overloaded:
        return "overloaded", None
    if remembering:
        return "too_short", None
    if any(one.is_moving for one in findings):
        return "moving", None
    found = [days for one in findings for days in (one.mser, one.welch)]
    known = [days for days in found if days is not None]
    if len(known) < len(found):
        return "too_short", None
    slowest = max(known)
    return ("settles", slowest) if slowest > 0 else ("no_need", 0.0)
