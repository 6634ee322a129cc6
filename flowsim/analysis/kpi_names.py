"""Which figures a plan has: their names, units and kinds, for which periods and groups.

`KpiTable` is the key to every array of values (n_periods, n_groups, n_kpis): periods are "run" and
then the calendar years from `report_from` on, groups are "all" and then each "group=value".

Kinds say how a figure is taken over replications (`statistics.summary`): "count", "mean",
"quantile" and "money" by their mean, "ratio" as a ratio of means. A ratio is the sum of some KPIs
over the sum of others, named here, so that it can be taken again from stored values alone.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import inf

import pandas as pd

from flowsim.engine import kernel as cell
from flowsim.engine.plan import Plan
from flowsim.scenario.figures import CURRENCY, Figure
from flowsim.scenario.known import figure_of, figures_of, lacking, leading_to, names_of

COMPLETED = "completed"
ASSOCIATION = "association"
ELSEWHERE = (-1, -1)
ANYWHERE = ("ONE", "DAYS")  # slots that a cell has once, whatever is divided by them


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure.

    Parameters
    ----------
    name : as in `docs/language.md`
    unit : days, count, share, places, fte or the currency
    kind : count, mean, quantile, money, ratio or chance (1 where a goal is met, else 0)
    numerator, denominator : names of the KPIs whose sums make a ratio; without a numerator it
        is value x denominator
    slots : slot over slot in the cells of the compiled pass; `ELSEWHERE`: filled afterwards
    by_group : whether it exists for each value of a group
    limits : the least and the most that it can be
    """

    name: str
    unit: str
    kind: str
    slots: tuple[int, int] = ELSEWHERE
    numerator: tuple[str, ...] = ()
    denominator: tuple[str, ...] = ()
    by_group: bool = True
    limits: tuple[float, float] = (0.0, inf)


@dataclass(frozen=True, slots=True)
class Period:
    """The run, or the part of a calendar year inside it: [start, end) in days from its start.

    `partial`: only part of the calendar year lies inside.
    """

    name: str
    start: float
    end: float
    days: float
    partial: bool


@dataclass(frozen=True, eq=False)
class KpiTable:
    """The figures of a plan, in the order of their axes."""

    kpis: tuple[Kpi, ...]
    periods: tuple[Period, ...]
    groups: tuple[str, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of all figures."""
        return tuple(kpi.name for kpi in self.kpis)

    @cached_property
    def position(self) -> dict[str, int]:
        """Where a figure stands."""
        return {name: k for k, name in enumerate(self.names)}

    def __getitem__(self, name: str) -> Kpi:
        return self.kpis[self.position[name]]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of an array of values."""
        return len(self.periods), len(self.groups), len(self.kpis)

    def years(self, period: str = "run") -> float:
        """Return how many calendar years a period has; a part counts as its share of the days."""
        parts = [part for part in self.periods[1:] if period in ("run", part.name)]
        return sum(part.days / (366 if calendar.isleap(int(part.name)) else 365) for part in parts)

    def to_frame(self) -> pd.DataFrame:
        """Return the list of figures: name, unit, kind."""
        rows = [(kpi.name, kpi.unit, kpi.kind) for kpi in self.kpis]
        return pd.DataFrame(rows, columns=["kpi", "unit", "kind"])


@dataclass(frozen=True, slots=True)
class Slots:
    """Where in a cell the slots of exits, outcomes, goals, steps and teams begin."""

    first_exit: int
    first_tag: int
    first_goal: int
    first_step: int
    first_team: int
    n: int

    @classmethod
    def of(cls, plan: Plan) -> Slots:
        """Lay out the slots of a plan."""
        first_exit = cell.N_ONCE
        first_tag = first_exit + len(plan.exits)
        first_goal = first_tag + len(plan.scenario.outcomes)
        first_step = first_goal + 2 * len(timed_goals(plan))
        first_team = first_step + cell.N_PER_STEP * len(plan.steps)
        n = first_team + cell.N_PER_TEAM * len(plan.scenario.teams)
        return cls(first_exit, first_tag, first_goal, first_step, first_team, n)

    def step(self, step: int, slot: int) -> int:
        """Return a slot of a step."""
        return self.first_step + step * cell.N_PER_STEP + slot

    def team(self, team: int, slot: int) -> int:
        """Return a slot of a declared team."""
        return self.first_team + team * cell.N_PER_TEAM + slot


@lru_cache(maxsize=16)
def names(plan: Plan) -> KpiTable:
    """List the figures of a plan.

    Parameters
    ----------
    plan : the plan; the list is made once for each
    """
    slots, kpis = Slots.of(plan), dict[str, Kpi]()
    for name, figure, of in figures_of(names_of(plan.scenario)):
        if name not in kpis and not lacking(figure, of, plan.scenario):
            kpis[name] = _kpi(name, figure, of, plan, slots, kpis)
    return KpiTable(tuple(kpis.values()), tuple(_periods(plan)), tuple(_groups(plan)))


@lru_cache(maxsize=16)
def monthly(plan: Plan) -> KpiTable:
    """List the figures of a plan that make sense month by month: stocks, flows and places.

    Parameters
    ----------
    plan : the plan; the list is made once for each
    """
    whole = names(plan)
    chosen = [kpi for kpi in whole.kpis if figure_of(kpi.name, plan.scenario)[0].monthly]
    run, *years = whole.periods
    months = [part for year in years for part in _months(plan, year)]
    return KpiTable(tuple(chosen), (run, *months), ("all",))


def _months(plan: Plan, year: Period) -> Iterator[Period]:
    for month in range(1, 13):
        first = dt.date(int(year.name), month, 1)
        length = calendar.monthrange(first.year, month)[1]
        begin = float((first - plan.start).days)
        start, end = max(begin, year.start), min(begin + length, year.end)
        if start < end:
            yield Period(f"{first:%Y-%m}", start, end, end - start, end - start < length)


def timed_goals(plan: Plan) -> list[str]:
    """Names of the goals with `within`."""
    return [name for name, goal in plan.scenario.goals.items() if goal.outcome is not None]


def exits_that_can_happen(plan: Plan) -> list[int]:
    """Positions of the declared exits, and of the built-in ones that something leads to."""
    return [e for e, end in enumerate(plan.exits) if not leading_to(end.name, plan.scenario)]


def _periods(plan: Plan) -> Iterator[Period]:
    since = plan.report_from
    yield Period("run", since, plan.end, plan.end - since, False)
    for year in plan.years:
        start = max(year.start, since)
        if start < year.end:
            whole = 366 if calendar.isleap(year.year) else 365
            days = year.end - start
            yield Period(str(year.year), start, year.end, days, days < whole)


def _groups(plan: Plan) -> Iterator[str]:
    yield "all"
    for group in plan.groups:
        yield from (f"{group.name}={value}" for value in group.values)


def _kpi(
    name: str, figure: Figure, of: str, plan: Plan, slots: Slots, known: dict[str, Kpi]
) -> Kpi:
    """Return a figure of a plan; a goal about another figure is taken as that is."""
    scenario, by_group = plan.scenario, figure.by_group
    if figure.of == "goal" and (about := scenario.goals[of].kpi) is not None:
        if figure.pattern == "goals.<goal>":
            return replace(known[about], name=name, slots=ELSEWHERE)
        by_group = known[about].by_group
    unit = scenario.scenario.currency if figure.unit == CURRENCY else figure.unit
    above, below = (_summed(pattern, figure.of, of, plan) for pattern in figure.sums)
    over = ELSEWHERE
    if figure.over is not None:
        numerator, denominator = (_slot(slot, figure.of, of, plan, slots) for slot in figure.over)
        over = numerator, denominator
    return Kpi(name, unit, figure.kind, over, above, below, by_group, figure.limits)


def _summed(pattern: str, of: str, name: str, plan: Plan) -> tuple[str, ...]:
    """Return the figures that a pattern of a ratio's sums stands for."""
    if "<user>" in pattern:
        steps = plan.scenario.steps.items()
        return tuple(pattern.replace("<user>", step) for step, has in steps if name in has.team)
    if "<any>" in pattern:
        exits = [plan.exits[e].name for e in exits_that_can_happen(plan)]
        return tuple(pattern.replace("<any>", exit_) for exit_ in exits)
    return (pattern.replace(f"<{of}>", name),) if pattern else ()


def _slot(slot: str, of: str, name: str, plan: Plan, slots: Slots) -> int:
    """Return where a slot that the registry names stands in a cell."""
    parts = plan.scenario
    if slot == "EXIT":
        return slots.first_exit + [end.name for end in plan.exits].index(name)
    if slot in ("OUTCOME", COMPLETED):
        return slots.first_tag + list(parts.outcomes).index(name if slot == "OUTCOME" else slot)
    if slot in ("GOAL", "FOLLOWED"):
        return slots.first_goal + 2 * timed_goals(plan).index(name) + (slot == "FOLLOWED")
    position: int = getattr(cell, slot)
    if of == "step" and slot not in ANYWHERE:
        return slots.step(list(parts.steps).index(name), position)
    if of == "team" and slot not in ANYWHERE:
        return slots.team(list(parts.teams).index(name), position)
    return position
