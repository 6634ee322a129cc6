"""What a further exit costs: the difference in cost over the difference in exits."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

from flowsim.analysis.comparison import ratio_of_differences
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.words import Estimate, Value

__all__ = ["COST", "MarginalCost", "marginal_cost"]

COST = "cost.total"


@dataclass(frozen=True)
class MarginalCost:
    """The difference in cost over that in exits.

    Parameters
    ----------
    estimate : with Fieller's limits of 95 %
    is_more : whether the option has more exits and costs more, else fewer and less
    """

    estimate: Estimate
    is_more: bool

    @property
    def with_limits(self) -> Value:
        """Write it with its limits in small print."""
        one = self.estimate
        return Value(f"{one.value}\n{one.interval}", one.unit, *one.cell.numbers)


def marginal_cost(other: str, paper: ComparisonPaper) -> MarginalCost | None:
    """Return what a further exit costs with an option, in the outcome that stands for success.

    None where it would say nothing: of another association, where exits or costs are not compared,
    where not both differences are clear, or where more exits cost less.
    """
    exits = f"outcomes.{paper.outcome}"
    if not (paper.has(exits) and paper.has(COST) and is_of_same_association(other, paper)):
        return None
    both = [paper.difference(kpi, other) for kpi in (COST, exits)]
    if not all(one.is_claimed for one in both) or both[0].mean * both[1].mean <= 0:
        return None
    base, option = (paper.comparison.samples[name] for name in (paper.base, other))
    cost, more = (option[kpi].values - base[kpi].values for kpi in (COST, exits))
    ratio, lower, upper = ratio_of_differences(cost, more)
    if isnan(ratio):
        return None
    unit = paper.figures[COST].unit
    return MarginalCost(paper.estimate(COST, unit, ratio, lower, upper), both[1].mean > 0)


def is_of_same_association(other: str, paper: ComparisonPaper) -> bool:
    """Whether an option is the base changed: the same sources of referrals, and exits."""
    ours, theirs = (paper.comparison.scenarios[name] for name in (paper.base, other))
    return all(
        getattr(ours, part).keys() == getattr(theirs, part).keys()
        for part in ("referrals", "exits")
    )
