"""What a run costs and who pays.

Everything is linear in four things that the event log tells for each calendar year: days in post,
days of places, starts, and intakes that started someone. `Tariff` holds the prices and the amounts
that come whatever happens; a year's money is one product of matrices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flowsim.analysis.kpi_names import ASSOCIATION, KpiTable
from flowsim.engine.plan import Plan, Team
from flowsim.scenario.known import payers
from flowsim.scenario.quantities import Varying

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]


@dataclass(frozen=True, eq=False, slots=True)
class Tariff:
    """Prices of a plan, a year of the report in each row.

    Parameters
    ----------
    prices : of a day in post (a column for each stretch of one), of a place (each team), of a start
        and of an intake (each step), in cost.total, cost.payer, cost.team, fte:
        (n_years, n_things, n_out)
    fixed : what comes whatever happens, (n_years, n_out)
    administration : inside the window (n_years,)
    budget : of the part inside the window, and of the whole calendar year, (n_years,)
    opening_equity : at the beginning of the window
    days : of the run and of each year inside the window, (1 + n_years,)
    n_fte : how many of the outputs are fte-days
    """

    prices: Floats
    fixed: Floats
    administration: Floats
    budget: Floats
    budget_of_year: Floats
    opening_equity: float
    days: Floats
    n_fte: int

    @classmethod
    def of(cls, plan: Plan, table: KpiTable) -> Tariff:
        """Work out the prices of a plan."""
        return _Prices(plan, table).tariff()

    def money(self, things: Floats) -> Floats:
        """Return cost.total, cost.payer..., cost.team..., fte... of the run and of each year.

        Parameters
        ----------
        things : days in post, days of places, starts, intakes (n_years, n_things)
        """
        n_years, n_out = self.fixed.shape
        out = np.empty((1 + n_years, n_out))
        np.add(np.matmul(things[:, None, :], self.prices)[:, 0], self.fixed, out=out[1:])
        out[0] = out[1:].sum(axis=0)
        out[:, n_out - self.n_fte :] /= self.days[:, None]
        return out

    def balance(self, association: Floats) -> Floats:
        """Return result, equity, equity's and administration's share of the budget.

        Parameters
        ----------
        association : what the association pays in the run and in each year (1 + n_years,)
        """
        out = np.empty((len(association), 4))
        result = self.budget - association[1:]
        out[1:, 0] = result
        out[1:, 1] = self.opening_equity + np.cumsum(result)
        with np.errstate(divide="ignore", invalid="ignore"):
            out[1:, 2] = out[1:, 1] / self.budget_of_year
            out[1:, 3] = self.administration / self.budget
            out[0, 3] = self.administration.sum() / self.budget.sum()
        out[0, 0] = result.sum()
        out[0, 1:3] = out[-1, 1:3]
        out[:, 2:][~np.isfinite(out[:, 2:])] = np.nan
        return out


class _Prices:
    """Fills the matrices of a tariff, year by year."""

    def __init__(self, plan: Plan, table: KpiTable) -> None:
        self.plan = plan
        self.periods = table.periods
        self.teams = list(plan.scenario.teams)
        self.payers = payers(plan.scenario)
        self.years = [int(period.name) for period in table.periods[1:]]
        self.lengths = np.array([y.days for y in plan.years if y.year in self.years], dtype=float)
        self.stretches = [(post, one) for post in plan.posts for one in post.stretches]
        n_things = len(self.stretches) + len(plan.teams) + 2 * len(plan.steps)
        n_out = 1 + len(self.payers) + len(self.teams) + len(self.payers)
        self.prices = np.zeros((len(self.years), n_things, n_out))
        self.fixed = np.zeros((len(self.years), n_out))

    def tariff(self) -> Tariff:
        self.staff()
        self.places_and_overheads()
        self.steps()
        costs = self.plan.scenario.costs
        administration = self.in_window(costs.administration)
        self.charge(self.fixed, administration, None, {ASSOCIATION: 1.0})
        self.charge(self.fixed, self.in_window(costs.structural), None, {ASSOCIATION: 1.0})
        return Tariff(
            prices=self.prices,
            fixed=self.fixed,
            administration=administration,
            budget=self.in_window(costs.budget),
            budget_of_year=self.yearly(costs.budget),
            opening_equity=costs.opening_equity,
            days=np.array([period.days for period in self.periods]),
            n_fte=len(self.payers),
        )

    def yearly(self, amount: Varying | None) -> Floats:
        """The amount of each calendar year, summed over values if it is by value of a group."""
        values = (amount.by_group if amount else ()) or (None,)
        return np.array(
            [sum(amount.at(year, v) for v in values) if amount else 0.0 for year in self.years]
        )

    def in_window(self, amount: Varying | None) -> Floats:
        """What accrues inside the window: evenly over the days of each calendar year."""
        days = np.array([period.days for period in self.periods[1:]])
        inside: Floats = self.yearly(amount) * days / self.lengths
        return inside

    def charge(
        self, out: Floats, amount: Floats | float, team: str | None, shares: dict[str, float]
    ) -> None:
        """Add an amount to the total, its team and its payers; `out` is (n_years, n_out)."""
        for payer, share in shares.items():
            out[:, 1 + self.payers.index(payer)] += np.multiply(amount, share)
            out[:, 0] += np.multiply(amount, share)
        if team is not None:
            out[:, 1 + len(self.payers) + self.teams.index(team)] += amount

    def staff(self) -> None:
        first_fte = 1 + len(self.payers) + len(self.teams)
        for p, (post, stretch) in enumerate(self.stretches):
            line, team = self.plan.lines[post.line], self.plan.teams[post.team]
            paid_by = {line.paid_by: 1.0} if line.paid_by else dict(team.financed_by)
            a_day = stretch.fte * stretch.cost_per_fte / self.lengths
            self.charge(self.prices[:, p], a_day, team.declared, paid_by)
            for payer, share in paid_by.items():
                self.prices[:, p, first_fte + self.payers.index(payer)] += stretch.fte * share

    def places_and_overheads(self) -> None:
        first = len(self.stretches)
        in_report = [y for y, year in enumerate(self.plan.years) if year.year in self.years]
        for t, team in enumerate(self.plan.teams):
            financed_by = dict(team.financed_by)
            a_day = team.cost_per_place[in_report] / self.lengths
            self.charge(self.prices[:, first + t], a_day, team.declared, financed_by)
            overheads = team.overheads[in_report] * self.life(team) / self.lengths
            self.charge(self.fixed, overheads, team.declared, financed_by)

    def life(self, team: Team) -> Floats:
        """Days of each year inside the window in which the team exists."""
        return np.array(
            [
                max(min(period.end, team.until_at) - max(period.start, team.from_at), 0.0)
                for period in self.periods[1:]
            ]
        )

    def steps(self) -> None:
        first = len(self.stretches) + len(self.plan.teams)
        for s, (name, step) in enumerate(self.plan.scenario.steps.items()):
            assert self.plan.steps[s].name == name
            team = step.team[0] if step.team else None
            shares = self.plan.scenario.teams[team].financed_by if team else {ASSOCIATION: 1.0}
            self.charge(self.prices[:, first + s], step.cost_per_participant, team, shares)
            meetings = first + len(self.plan.steps) + s
            self.charge(self.prices[:, meetings], step.cost_per_group, team, shares)
