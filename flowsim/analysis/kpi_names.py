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
from dataclasses import dataclass
from functools import cached_property, lru_cache

import pandas as pd

from flowsim.engine import kernel as cell
from flowsim.engine.plan import Plan
from flowsim.scenario.known import payers

COMPLETED = "completed"
ASSOCIATION = "association"
ELSEWHERE = (-1, -1)


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
    """

    name: str
    unit: str
    kind: str
    slots: tuple[int, int] = ELSEWHERE
    numerator: tuple[str, ...] = ()
    denominator: tuple[str, ...] = ()
    by_group: bool = True


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
    slots = Slots.of(plan)
    kpis = (
        *_enrolments(plan),
        *_exits(plan, slots),
        *(kpi for s in range(len(plan.steps)) for kpi in _step(plan, slots, s)),
        *(kpi for t in range(len(plan.scenario.teams)) for kpi in _team(plan, slots, t)),
        *_money(plan),
    )
    kpis = (*kpis, *_goals(plan, slots, {kpi.name: kpi for kpi in kpis}))
    return KpiTable(kpis, tuple(_periods(plan)), tuple(_groups(plan)))


@lru_cache(maxsize=16)
def monthly(plan: Plan) -> KpiTable:
    """List the figures of a plan that make sense month by month: stocks, flows and places.

    Parameters
    ----------
    plan : the plan; the list is made once for each
    """
    measures = (".waiting.mean", ".waiting.end", ".in_service.mean", ".joined", ".started",
                ".finished", ".withdrew", ".places.mean")  # fmt: skip
    chosen = [
        kpi
        for kpi in names(plan).kpis
        if kpi.name in ("referred", "new", "left", "participants")
        or kpi.name.endswith(measures)
        or (kpi.name.startswith(("exits.", "outcomes.")) and kpi.kind == "count")
    ]
    run, *years = names(plan).periods
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
    used = {step.patience_exit for step in plan.steps if step.patience is not None}
    used |= {exit_ for step in plan.steps for _, exit_ in step.interruptions}
    names_ = [end.name for end in plan.exits]
    if any(step.max_waiting is not None for step in plan.steps):
        used.add(names_.index("turned_away"))
    return [e for e, name in enumerate(names_) if name in plan.scenario.exits or e in used]


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


def _enrolments(plan: Plan) -> Iterator[Kpi]:
    for name, slot in (
        ("referred", cell.ALL_REFERRED),
        ("returned", cell.ALL_RETURNED),
        ("opening", cell.ALL_OPENING),
        ("new", cell.ALL_NEW),
        ("participants", cell.ALL_PARTICIPANTS),
        ("left", cell.ALL_LEFT),
        ("closing", cell.ALL_CLOSING),
    ):
        yield Kpi(name, "count", "count", (slot, cell.ONE))
    if plan.scenario.population.target_group is not None:
        yield Kpi("coverage", "share", "mean")
    first_start = cell.FIRST_START_SUM, cell.FIRST_START_N
    yield Kpi("time_to_first_start.mean", "days", "mean", first_start)
    yield Kpi("time_in_system.mean", "days", "mean", (cell.SYSTEM_SUM, cell.SYSTEM_N))


def _exits(plan: Plan, slots: Slots) -> Iterator[Kpi]:
    possible = exits_that_can_happen(plan)
    everyone = tuple(f"exits.{plan.exits[e].name}" for e in possible)
    for e in possible:
        name, slot = f"exits.{plan.exits[e].name}", slots.first_exit + e
        yield Kpi(name, "count", "count", (slot, cell.ONE))
        share = slot, cell.ALL_EXITS
        yield Kpi(f"{name}.share", "share", "ratio", share, (name,), everyone)
    tags = list(plan.scenario.outcomes)
    for tag, outcome in enumerate(tags):
        count = slots.first_tag + tag, cell.ONE
        yield Kpi(f"outcomes.{outcome}", "count", "count", count)
    if COMPLETED in tags:
        completed, below = f"outcomes.{COMPLETED}", slots.first_tag + tags.index(COMPLETED)
        for tag, outcome in enumerate(tags):
            name, share = f"outcomes.{outcome}", (slots.first_tag + tag, below)
            yield Kpi(f"{name}.share", "share", "ratio", share, (name,), (completed,))
        share = below, cell.ALL_PARTICIPANTS
        yield Kpi("completed.share", "share", "ratio", share, (completed,), ("participants",))
    if "sustained" not in tags:
        yield Kpi("outcomes.sustained", "count", "count", (cell.HELD, cell.ONE))


STEP_KPIS = (
    ("wait.mean", "days", "mean", cell.WAIT_SUM, cell.N_STARTED),
    ("wait.median", "days", "quantile", cell.WAIT_MEDIAN, -1),
    ("wait.p90", "days", "quantile", cell.WAIT_P90, -1),
    ("wait.km_median", "days", "quantile", cell.KM_MEDIAN, -1),
    ("listed.mean", "days", "mean", cell.LISTED_SUM, cell.LISTED_N),
    ("time_to_start.mean", "days", "mean", cell.TO_START_SUM, cell.TO_START_N),
    ("waiting.mean", "count", "mean", cell.WAITING_AREA, -2),
    ("waiting.end", "count", "count", cell.WAITING_END, -1),
    ("still_waiting.mean", "days", "mean", cell.STILL_SUM, cell.WAITING_END),
    ("in_service.mean", "count", "mean", cell.STAY_AREA, -2),
    ("blocked.mean", "count", "mean", cell.BLOCKED_AREA, -2),
    ("joined", "count", "count", cell.N_JOINED, -1),
    ("started", "count", "count", cell.N_STARTED, -1),
    ("finished", "count", "count", cell.N_FINISHED, -1),
    ("interrupted", "count", "count", cell.N_INTERRUPTED, -1),
    ("withdrew", "count", "count", cell.N_WITHDREW, -1),
    ("turned_away", "count", "count", cell.N_TURNED_AWAY, -1),
    ("opening", "count", "count", cell.OPENING, -1),
    ("new", "count", "count", cell.N_STARTED, -1),
    ("participants", "count", "count", cell.PARTICIPANTS, -1),
    ("left", "count", "count", cell.N_LEFT, -1),
    ("closing", "count", "count", cell.CLOSING, -1),
    ("length_of_stay.mean", "days", "mean", cell.STAY_SUM, cell.N_LEFT),
)
INTAKE_KPIS = (
    ("meetings", "count", "count", cell.N_MEETINGS, -1),
    ("meetings.empty", "count", "count", cell.N_EMPTY, -1),
    ("per_meeting.mean", "count", "mean", cell.N_STARTED, cell.N_MEETINGS),
)
BELOW = {-1: cell.ONE, -2: cell.DAYS}  # what a slot is divided by, where not by a step's slot


def _step(plan: Plan, slots: Slots, s: int) -> Iterator[Kpi]:
    step = plan.steps[s].name
    measures = STEP_KPIS if plan.steps[s].intake is None else STEP_KPIS + INTAKE_KPIS
    for name, unit, kind, above, below in measures:
        denominator = BELOW[below] if below < 0 else slots.step(s, below)
        yield Kpi(f"{step}.{name}", unit, kind, (slots.step(s, above), denominator))
        if name == "wait.p90" and plan.scenario.steps[step].target_wait is not None:
            share = slots.step(s, cell.WITHIN_TARGET), slots.step(s, cell.N_STARTED)
            started = (f"{step}.started",)
            yield Kpi(f"{step}.wait.within_target", "share", "ratio", share, (), started)


def _team(plan: Plan, slots: Slots, t: int) -> Iterator[Kpi]:
    team = list(plan.scenario.teams)[t]
    used_by = [name for name, step in plan.scenario.steps.items() if team in step.team]
    places = slots.team(t, cell.PLACE_DAYS)
    yield Kpi(
        f"{team}.utilisation",
        "share",
        "ratio",
        (slots.team(t, cell.IN_USE), places),
        tuple(f"{step}.in_service.mean" for step in used_by),
        (f"{team}.places.mean",),
    )
    yield Kpi(f"{team}.places.mean", "places", "mean", (places, cell.DAYS))
    vacant = slots.team(t, cell.VACANT), cell.DAYS
    yield Kpi(f"{team}.vacant_fte.mean", "fte", "mean", vacant)


def _money(plan: Plan) -> Iterator[Kpi]:
    currency = plan.scenario.scenario.currency

    def amount(name: str) -> Kpi:
        return Kpi(name, currency, "money", by_group=False)

    def ratio(name: str, unit: str, above: str, below: str) -> Kpi:
        return Kpi(name, unit, "ratio", ELSEWHERE, (above,), (below,), by_group=False)

    yield amount("cost.total")
    yield from (amount(f"cost.payer.{payer}") for payer in payers(plan.scenario))
    yield from (amount(f"cost.team.{team}") for team in plan.scenario.teams)
    yield amount("cost.administration")
    yield ratio("cost.administration.share", "share", "cost.administration", "cost.total")
    yield ratio("cost.per_participant", currency, "cost.total", "participants")
    for outcome in plan.scenario.outcomes:
        yield ratio(f"cost.per.{outcome}", currency, "cost.total", f"outcomes.{outcome}")
    for payer in payers(plan.scenario):
        yield Kpi(f"fte.{payer}", "fte", "mean", by_group=False)
    if plan.scenario.costs.budget is not None:
        yield amount("budget.result")
        yield amount("budget.equity")
        yield Kpi("budget.equity_share", "share", "mean", by_group=False)
        yield Kpi("budget.administration_share", "share", "mean", by_group=False)


def _goals(plan: Plan, slots: Slots, known: dict[str, Kpi]) -> Iterator[Kpi]:
    timed = timed_goals(plan)
    for name, goal in plan.scenario.goals.items():
        label, by_group = f"goals.{name}", True
        if goal.kpi is not None:
            of = known[goal.kpi]
            by_group = of.by_group
            sums = of.numerator, of.denominator
            yield Kpi(label, of.unit, of.kind, ELSEWHERE, *sums, by_group)
        else:
            slot = slots.first_goal + 2 * timed.index(name)
            followed = (f"{label}.followed",)
            yield Kpi(label, "share", "ratio", (slot, slot + 1), (), followed)
            yield Kpi(followed[0], "count", "count", (slot + 1, cell.ONE))
        yield Kpi(f"{label}.met", "share", "chance", by_group=by_group)
