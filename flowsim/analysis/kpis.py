"""From the event log of one replication to its KPIs, by period and group.

`measure` is the one way from any engine's log to figures. It is two compiled passes
(`engine.kernel`) and a little arithmetic for money and goals; what depends on the plan
alone is prepared once (`Measuring`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flowsim.analysis.kpi_names import (
    ASSOCIATION,
    Kpi,
    KpiTable,
    Period,
    Slots,
    monthly,
    names,
    timed_goals,
)
from flowsim.analysis.money import Tariff
from flowsim.analysis.recovery import last_vacancy, recovery_time
from flowsim.analysis.visits import Reconstruction, played_on, reconstruct
from flowsim.engine import kernel as compiled
from flowsim.engine.eventlog import EventLog
from flowsim.engine.plan import Plan
from flowsim.scenario.known import payers
from flowsim.scenario.quantities import Varying

__all__ = [
    "Kpi",
    "KpiTable",
    "Period",
    "frame",
    "measure",
    "measure_monthly",
    "monthly",
    "names",
]

Floats = NDArray[np.float64]
MOST_KINDS = 64  # combinations of group values up to which each gets cells of its own


def measure(log: EventLog) -> Floats:
    """Work out every KPI of one replication.

    Parameters
    ----------
    log : what happened

    Returns
    -------
    values (n_periods, n_groups, n_kpis) in the order of `names(log.plan)`; NaN: missing
    """
    return _prepare(log.plan).measure(log, reconstruct(log))


def measurer(plan: Plan, table: KpiTable) -> Callable[[EventLog], Floats]:
    """Return what works out the figures of a table for logs of a plan.

    Parameters
    ----------
    plan : whose logs
    table : `names` of this plan, or of one that differs from it in amounts alone
    """
    prepared = Measuring(plan, table)
    return lambda log: prepared.measure(log, reconstruct(log))


def existing(table: KpiTable) -> NDArray[np.bool_]:
    """Return which figures exist, (n_periods, n_groups, n_kpis): money is not known by group."""
    exists = np.ones(table.shape, dtype=np.bool_)
    exists[:, 1:, [not kpi.by_group for kpi in table.kpis]] = False
    return exists


def frame(table: KpiTable, values: Floats, replications: Sequence[int]) -> pd.DataFrame:
    """Lay values out as a tidy table: replication, period, group, kpi, value.

    Parameters
    ----------
    table : `names(plan)`
    values : (n_replications, n_periods, n_groups, n_kpis), or of a single replication
    replications : their numbers (n_replications,)

    Figures that exist for everybody only (money) have no rows for the values of groups.
    """
    values = values.reshape(len(replications), *table.shape)
    exists = existing(table)
    period, group, kpi = (np.tile(axis, len(replications)) for axis in np.nonzero(exists))
    period_names = [period.name for period in table.periods]
    return pd.DataFrame(
        {
            "replication": np.repeat(np.asarray(replications, dtype=np.int64), exists.sum()),
            "period": pd.Categorical.from_codes(period, period_names),
            "group": pd.Categorical.from_codes(group, list(table.groups)),
            "kpi": pd.Categorical.from_codes(kpi, list(table.names)),
            "value": values[:, exists].ravel(),
        }
    )


@lru_cache(maxsize=16)
def _prepare(plan: Plan) -> Measuring:
    return Measuring(plan, names(plan))


@lru_cache(maxsize=16)
def _prepare_monthly(plan: Plan) -> Counting:
    return Counting(plan, monthly(plan))


def measure_monthly(log: EventLog) -> Floats:
    """Work out the figures of `monthly(log.plan)` for one replication.

    Returns
    -------
    values (n_periods, 1, n_kpis); period 0 is the whole run
    """
    return _months(log, reconstruct(log))


def measure_all(log: EventLog) -> tuple[Floats, Floats]:
    """Work out the figures of `measure` and of `measure_monthly` in one go."""
    found = reconstruct(log)
    months = _months(log, found)
    return _prepare(log.plan).measure(log, found), months


def _months(log: EventLog, found: Reconstruction) -> Floats:
    counting = _prepare_monthly(log.plan)
    return counting.figures(counting.count(log, found)[0])


class Counting:
    """What the compiled passes need to know about a plan and a table of figures, as arrays."""

    def __init__(self, plan: Plan, table: KpiTable) -> None:
        self.plan = plan
        self.table = table
        self.slots = Slots.of(plan)
        self._lay_out_time()
        self._lay_out_groups()
        self._lay_out_exits_and_goals()
        self._lay_out_priority()
        self._lay_out_teams()
        self._lay_out_slots()

    def count(self, log: EventLog, found: Reconstruction) -> tuple[Floats, Floats, Floats]:
        """Count a log in cells; and the days of posts and of places in each period."""
        cells = np.zeros((len(self.days), len(self.table.groups), self.slots.n))
        blocks = np.zeros((len(self.columns_of) * len(self.days), self.slots.n))
        self._tally(log, found, blocks)
        post_days, place_days = self._tally_teams(log, found, cells)
        self._fold(blocks, post_days, place_days, cells)
        return cells, post_days, place_days

    def figures(self, cells: Floats) -> Floats:
        """Return the figures that are one slot over another."""
        values = np.empty(self.table.shape)
        compiled.divide(cells, self.numerator, self.denominator, values)
        return values

    # Preparation ------------------------------------------------------------------------------

    def _lay_out_time(self) -> None:
        periods = self.table.periods
        self.edges = np.array([*(year.start for year in periods[1:]), self.plan.end])
        self.days = np.array([period.days for period in periods])

    def _lay_out_groups(self) -> None:
        sizes = [len(group.values) for group in self.plan.groups]
        self.first_value = 1 + np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
        columns = [first + np.arange(n) for first, n in zip(self.first_value, sizes, strict=True)]
        self.by_kind = int(np.prod(sizes)) <= MOST_KINDS
        if len(self.table.groups) == 1:  # everybody is of one kind
            self.by_kind = True
            self.columns_of = np.zeros((1, 1), dtype=np.int64)
            self.strides = np.zeros(len(sizes), dtype=np.int64)
        elif self.by_kind:
            kinds = np.meshgrid(*columns, indexing="ij")
            everybody = np.zeros(int(np.prod(sizes)), dtype=np.int64)
            self.columns_of = np.stack([everybody, *(kind.ravel() for kind in kinds)], axis=1)
            self.strides = np.cumprod([1, *sizes[:0:-1]])[::-1].astype(np.int64)
        else:
            self.columns_of = np.full((1 + sum(sizes), 2), -1, dtype=np.int64)
            self.columns_of[:, 0] = np.arange(1 + sum(sizes))
            self.columns_of[columns[-1], 1] = 0  # everybody comes from some source

    def _blocks_of(self, values: NDArray[np.int32]) -> NDArray[np.int64]:
        """The blocks of cells that each participant adds to, see `compiled.tally`."""
        if self.by_kind:
            return (values @ self.strides)[:, None]
        return values + self.first_value

    def _lay_out_exits_and_goals(self) -> None:
        scenario = self.plan.scenario
        position = {end.name: e for e, end in enumerate(self.plan.exits)}
        self.tags = np.zeros((len(scenario.outcomes), len(position)), dtype=np.bool_)
        for tag, outcome in enumerate(scenario.outcomes.values()):
            self.tags[tag, [position[end] for end in outcome.exits]] = True
        timed = [scenario.goals[name] for name in timed_goals(self.plan)]
        tags, steps = list(scenario.outcomes), list(scenario.steps)
        self.goal_step = np.array([steps.index(goal.of or "") for goal in timed], dtype=np.int64)
        self.goal_within = np.array([goal.within or 0.0 for goal in timed], dtype=np.float64)
        self.goal_exits = self.tags[[tags.index(goal.outcome or "") for goal in timed]]
        self.target_wait = np.array(
            [
                np.nan if step.target_wait is None else step.target_wait
                for step in scenario.steps.values()
            ]
        )

    def _lay_out_priority(self) -> None:
        steps = self.plan.steps
        self.with_priority = [step for step in steps if step.priority]
        self.priority_of = np.full(len(steps), -1, dtype=np.int64)
        for column, step in enumerate(self.with_priority):
            self.priority_of[steps.index(step)] = column

    def _goes_first(self, values: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Who starts before others, of each step with priority."""
        first = np.zeros((len(values), len(self.with_priority)), dtype=np.bool_)
        for column, step in enumerate(self.with_priority):
            for group, value in step.priority:
                first[:, column] |= values[:, group] == value
        return first

    def _lay_out_teams(self) -> None:
        plan, declared = self.plan, list(self.plan.scenario.teams)
        pairs = [
            (s, declared.index(team))
            for s, step in enumerate(plan.scenario.steps.values())
            for team in step.team
        ]
        self.step_team = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        self.team_of = np.array([declared.index(t.declared) for t in plan.teams], dtype=np.int64)
        self.is_open = np.ones((len(self.table.groups), len(plan.teams)), dtype=np.bool_)
        for t, team in enumerate(plan.teams):
            if team.group >= 0 and len(self.table.groups) > 1:
                first, n = self.first_value[team.group], len(plan.groups[team.group].values)
                self.is_open[first : first + n, t] = False
                self.is_open[first + team.value, t] = True
        self._lay_out_posts()

    def _lay_out_posts(self) -> None:
        stretches = [(post, one) for post in self.plan.posts for one in post.stretches]
        n_each = [len(post.stretches) for post in self.plan.posts]
        self.first_stretch = np.concatenate([[0], np.cumsum(n_each, dtype=np.int64)])
        self.stretch_times = np.array([(one.from_at, one.until_at) for _, one in stretches])
        self.stretch_times = self.stretch_times.reshape(-1, 2)
        self.stretch_team = np.array([post.team for post, _ in stretches], dtype=np.int64)
        self.stretch_fte = np.array([one.fte for _, one in stretches], dtype=np.float64)
        due = [self._due(one.from_at, one.until_at) for _, one in stretches]
        self.due_days = np.array(due).reshape(-1, len(self.days)).T.copy()

    def _due(self, from_at: float, until_at: float) -> list[float]:
        """Days of each period on which a stretch of a post is in force."""
        return [
            max(min(period.end, until_at) - max(period.start, from_at), 0.0)
            for period in self.table.periods
        ]

    def _lay_out_slots(self) -> None:
        kpis = self.table.kpis
        self.numerator = np.array([kpi.slots[0] for kpi in kpis], dtype=np.int64)
        self.denominator = np.array([kpi.slots[1] for kpi in kpis], dtype=np.int64)
        self.how = _how(self.slots, len(self.plan.steps))

    # One replication --------------------------------------------------------------------------

    def _tally(self, log: EventLog, found: Reconstruction, blocks: Floats) -> None:
        compiled.tally(
            found.n_visits,
            found.n_episodes,
            found.at,
            found.visit,
            found.episode_at,
            found.episode,
            self._blocks_of(log.values),
            self.edges,
            self.target_wait,
            self.priority_of,
            self._goes_first(log.values),
            self.tags,
            self.goal_step,
            self.goal_within,
            self.goal_exits,
            self.slots.first_step,
            self.slots.first_exit,
            self.slots.first_tag,
            self.slots.first_goal,
            blocks,
        )

    def _tally_teams(
        self, log: EventLog, found: Reconstruction, cells: Floats
    ) -> tuple[Floats, Floats]:
        post_days = np.zeros((len(self.days), len(self.stretch_team)))
        place_days = np.zeros((len(self.days), len(self.plan.teams)))
        compiled.tally_teams(
            found.n_team_rows,
            found.team_rows,
            log.time,
            log.step,
            log.event,
            log.name,
            log.number,
            self.edges,
            self.is_open,
            self.slots.first_step,
            self.first_stretch,
            self.stretch_times,
            post_days,
            place_days,
            cells,
        )
        return post_days, place_days

    def _fold(self, blocks: Floats, post_days: Floats, place_days: Floats, cells: Floats) -> None:
        compiled.fold(
            self.how,
            blocks,
            self.columns_of,
            self.step_team,
            self.team_of,
            self.is_open,
            self.stretch_team,
            self.stretch_fte,
            self.due_days,
            post_days,
            place_days,
            self.days,
            self.slots.first_step,
            self.slots.first_team,
            cells,
        )


class Measuring(Counting):
    """Counting, and the money and goals that follow from it."""

    def __init__(self, plan: Plan, table: KpiTable) -> None:
        super().__init__(plan, table)
        self.tariff = Tariff.of(plan, table)
        self._lay_out_money_and_goals()
        self._lay_out_followed()

    def measure(self, log: EventLog, found: Reconstruction) -> Floats:
        """Work out every figure; what was found is written on, and of no use any more."""
        cells, post_days, place_days = self.count(log, found)
        self._take_quantiles(log, found, cells)
        recovered = self._recoveries(found)
        self._follow(log, found, cells)
        values = self.figures(cells)
        values[0, 0, list(self.vacancies)] = recovered
        self._add_money(post_days, place_days, cells, values)
        self._add_goals(values)
        return values

    def _recoveries(self, found: Reconstruction) -> list[float]:
        """How long each list with a vacancy took to be as short as before it."""
        joined, started, _, left = found.at[: found.n_visits].T
        until = np.where(np.isnan(started), left, started)
        times = []
        for step, span in self.vacancies.values():
            its = found.visit[: found.n_visits, compiled.VISIT_STEP] == step
            its &= ~np.isnan(joined)
            times.append(np.nan if span is None else recovery_time(joined[its], until[its], span))
        return times

    def _lay_out_money_and_goals(self) -> None:
        kpis, at = self.table.kpis, self.table.position
        self.vacancies = {
            at[f"{name}.recovery"]: (s, last_vacancy(name, self.plan))
            for s, name in enumerate(self.plan.scenario.steps)
            if f"{name}.recovery" in at
        }
        who = payers(self.plan.scenario)
        money = [
            "cost.total",
            *(f"cost.payer.{payer}" for payer in who),
            *(f"cost.team.{team}" for team in self.plan.scenario.teams),
            *(f"fte.{payer}" for payer in who),
        ]
        self.money = np.array([at[name] for name in money])
        ratios = [kpi for kpi in kpis if kpi.kind == "ratio" and kpi.name.startswith("cost.")]
        self.ratio = np.array([at[kpi.name] for kpi in ratios])
        self.ratio_above = np.array([at[kpi.numerator[0]] for kpi in ratios])
        self.ratio_below = np.array([at[kpi.denominator[0]] for kpi in ratios])
        self.association = at[f"cost.payer.{ASSOCIATION}"]
        self.administration = at["cost.administration"]
        inside = self.tariff.administration
        self.administration_cost = np.concatenate([[inside.sum()], inside])
        self.budget = at.get("budget.result", -1)
        self.coverage = at.get("coverage", -1)
        self.participants = at["participants"]
        self.target = self._target_group()
        self.goals = [
            (at[f"goals.{name}"], at.get(goal.kpi or "", -1), goal.at_least, goal.at_most)
            for name, goal in self.plan.scenario.goals.items()
        ]
        steps = range(len(self.plan.steps))
        self.starts = np.array([self.slots.step(s, compiled.N_STARTED) for s in steps])
        self.meetings = np.array([self.slots.step(s, compiled.N_MEETINGS) for s in steps])
        self.empty = np.array([self.slots.step(s, compiled.N_EMPTY) for s in steps])

    def _target_group(self) -> Floats:
        """People in the target group, (n_periods, n_groups); of the run: mean over its days."""
        target = np.full((len(self.days), len(self.table.groups)), np.nan)
        size = self.plan.scenario.population.target_group
        if size is None:
            return target
        by = _group_of(size, self.plan)
        for p, period in enumerate(self.table.periods[1:], start=1):
            year = int(period.name)
            target[p] = [_size(size, year, label, by) for label in self.table.groups]
        target[0] = self.days[1:] @ target[1:] / self.days[0]
        target[target == 0.0] = np.nan
        return target

    def _add_money(
        self, post_days: Floats, place_days: Floats, cells: Floats, values: Floats
    ) -> None:
        everybody = cells[1:, 0]
        intakes = everybody[:, self.meetings] - everybody[:, self.empty]
        things = (post_days[1:], place_days[1:], everybody[:, self.starts], intakes)
        ours = values[:, 0]
        ours[:, self.money] = self.tariff.money(np.concatenate(things, axis=1))
        ours[:, self.administration] = self.administration_cost
        below = ours[:, self.ratio_below]
        below[below == 0.0] = np.nan
        ours[:, self.ratio] = ours[:, self.ratio_above] / below
        if self.budget >= 0:
            balance = self.tariff.balance(ours[:, self.association])
            ours[:, self.budget : self.budget + 4] = balance
        if self.coverage >= 0:
            values[:, :, self.coverage] = values[:, :, self.participants] / self.target

    def _take_quantiles(self, log: EventLog, found: Reconstruction, cells: Floats) -> None:
        compiled.take_quantiles(
            found.n_visits,
            found.at,
            found.visit,
            log.values,
            self.first_value,
            self.edges,
            self.slots.first_step,
            len(self.plan.steps),
            cells,
        )

    def _follow(self, log: EventLog, found: Reconstruction, cells: Floats) -> None:
        """Count those who joined, or were referred, as playing on after the end tells of them."""
        missing = self.of_followed
        if log.after is not None:
            self._count_followed(log, played_on(found, log), cells)
            missing = self.not_sought
        cells[:, :, missing] = np.nan

    def _count_followed(self, log: EventLog, found: Reconstruction, cells: Floats) -> None:
        slots_of_steps = len(self.plan.steps) * compiled.N_PER_STEP
        compiled.follow(
            found.n_visits,
            found.n_episodes,
            found.at,
            found.visit,
            found.episode_at,
            found.episode,
            found.carried[2],
            log.values,
            self.first_value,
            self._blocks_of(log.values),
            self.columns_of,
            self.edges,
            self.plan.horizon,
            self.target_wait,
            self.is_sought,
            self.ahead,
            self.slots.first_step,
            np.zeros((len(self.columns_of) * len(self.days), slots_of_steps)),
            cells,
        )

    def _lay_out_followed(self) -> None:
        steps = range(len(self.plan.steps))
        self.is_sought = np.array([s in self.plan.sought for s in steps], dtype=np.bool_)
        self.ahead = np.array([[b in after for b in steps] for after in self.plan.ahead])
        referred = range(compiled.SOUGHT, compiled.N_PER_STEP)
        both = range(compiled.AWAITED, compiled.N_PER_STEP)
        self.of_followed = [self.slots.step(s, k) for s in steps for k in both]
        self.not_sought = [
            self.slots.step(s, k) for s in steps if not self.is_sought[s] for k in referred
        ]

    def _add_goals(self, values: Floats) -> None:
        for at, of, at_least, at_most in self.goals:
            if of >= 0:
                values[:, :, at] = values[:, :, of]
            reached = values[:, :, at]
            met = np.ones(reached.shape)
            if at_least is not None:
                met[reached < at_least] = 0.0
            if at_most is not None:
                met[reached > at_most] = 0.0
            met[np.isnan(reached)] = np.nan
            values[:, :, at + (1 if of >= 0 else 2)] = met


def _how(slots: Slots, n_steps: int) -> NDArray[np.int8]:
    """How each slot of the run follows from those of the years."""
    how = np.full(slots.n, compiled.SUM, dtype=np.int8)
    how[compiled.ALL_OPENING] = compiled.FIRST
    how[compiled.ALL_CLOSING] = compiled.LAST
    for s in range(n_steps):
        how[slots.step(s, compiled.OPENING)] = compiled.FIRST
        for slot in (compiled.CLOSING, compiled.WAITING_END, compiled.STILL_SUM):
            how[slots.step(s, slot)] = compiled.LAST
    return how


def _group_of(size: Varying, plan: Plan) -> str:
    """Return the group by whose values a number is given; empty if it is not."""
    teams = plan.scenario.teams.values()
    values = {group.name: set(group.values) for group in plan.groups}
    fitting = (team.per for team in teams if team.per and values[team.per] == {*size.by_group})
    return next(fitting, "")


def _size(size: Varying, year: int, label: str, by: str) -> float:
    """Return the target group of a label, "all" or "group=value"; NaN where it is not known."""
    group, equals, value = label.partition("=")
    if not equals:
        return sum(size.at(year, one) for one in size.by_group or (None,))
    return size.at(year, value) if group == by else np.nan
