"""What we do not know of a difference: its span over draws of the inputs, and which input decides.

The options share the draws: an entry of one name has one value in all of them, and each play has
one luck. What an option sets itself is not uncertain in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowsim.analysis.comparison import Sample
from flowsim.analysis.unknown import Share, Span, freed, input_shares, span
from flowsim.scenario.amounts import written
from flowsim.scenario.schema import Scenario
from flowsim.study.unknown.drawing import DrawnInput, InputDraws, draw_inputs, has_unknown
from flowsim.study.unknown.results import FEWEST, PLAYS, as_json, plain, plain_numbers

__all__ = ["DifferenceUnknown", "TurningPoint", "UnknownDifferences"]

Floats = NDArray[np.float64]
Samples = Mapping[str, Mapping[str, Sample]]


@dataclass(frozen=True, slots=True)
class TurningPoint:
    """The value of an input at which the better option changes.

    Parameters
    ----------
    number : in the unit of the input; a factor where the range is one
    unit : as the file writes it; "" of plain numbers, shares and factors
    is_factor : whether the number multiplies what the file says
    """

    number: float
    unit: str
    is_factor: bool

    @property
    def written(self) -> Any:
        """The value as a file writes it."""
        return self.number if self.is_factor or not self.unit else written(self.number, self.unit)


@dataclass(frozen=True, slots=True)
class DifferenceUnknown:
    """What the draws say of one difference, variant less base.

    Parameters
    ----------
    span : of the difference of means, nine draws of ten, freed of luck
    same_sign : the share of draws, freed of luck, in which the difference has the sign that it has
        as the scenario is written
    shares : which input stands for how much of it, the largest first
    turning : of the inputs with a turning point inside their range
    n : draws in which both have the figure
    is_luck : whether nothing but luck is seen in how the draws differ: the span is then a point
    """

    span: Span
    same_sign: float
    shares: tuple[Share, ...]
    turning: Mapping[str, TurningPoint]
    n: int
    is_luck: bool = False


@dataclass(frozen=True, eq=False)
class UnknownDifferences:
    """Draws of the uncertain inputs of all options, each played twice.

    Parameters
    ----------
    scenarios : the options by name, the base first
    plays : of each option and figure, the values of play i of draw k at place 2k + i
    seed : key of the draws
    """

    scenarios: Mapping[str, Scenario]
    plays: Samples
    seed: int
    _kept: dict[tuple[str, str], DifferenceUnknown | None] = field(default_factory=dict, repr=False)

    @property
    def base(self) -> str:
        """Name of the base."""
        return next(iter(self.scenarios))

    @cached_property
    def draws(self) -> int:
        """Number of draws."""
        first = next(iter(self.plays[self.base].values()))
        return len(first.values) // PLAYS

    @cached_property
    def inputs(self) -> dict[str, DrawnInput]:
        """Everything that is drawn in any option, by name."""
        drawn: dict[str, DrawnInput] = {}
        for scenario in self.scenarios.values():
            if has_unknown(scenario):
                for one in self._inputs_of(scenario).inputs:
                    drawn.setdefault(one.name, one)
        return drawn

    def renamed(self, names: Mapping[str, str]) -> UnknownDifferences:
        """Return the same draws of options that have other names."""
        scenarios = {names[name]: one for name, one in self.scenarios.items()}
        plays = {names[name]: own for name, own in self.plays.items()}
        return UnknownDifferences(scenarios, plays, self.seed)

    @property
    def hang_together(self) -> bool:
        """Whether draws come from a file."""
        return any(s._source.draws is not None for s in self.scenarios.values())

    def _inputs_of(self, scenario: Scenario) -> InputDraws:
        return draw_inputs(scenario, self.seed, self.draws)

    def of(self, kpi: str, other: str, written: float) -> DifferenceUnknown | None:
        """Return what the draws say of a difference; None where too few have both.

        Parameters
        ----------
        written : the difference of the scenarios as they are written
        """
        if (kpi, other) not in self._kept:
            self._kept[kpi, other] = self._of(kpi, other, written)
        return self._kept[kpi, other]

    def _of(self, kpi: str, other: str, written: float) -> DifferenceUnknown | None:
        base, own = self.plays[self.base][kpi], self.plays[other][kpi]
        with np.errstate(invalid="ignore"):  # a median that neither reaches
            plays = (own.values - base.values).reshape(-1, PLAYS)
            means = means_of(own) - means_of(base)
        known = np.isfinite(plays).all(axis=1) & np.isfinite(means)
        if known.sum() < FEWEST or base.is_chance or np.isnan(written):
            return None
        plays, means = plays[known], means[known]
        widest = own.limits[1] - base.limits[0]
        values = freed(plays, means, is_difference=True)
        luck = float(((plays[:, 0] - plays[:, 1]) ** 2 / 4).mean())
        uniforms = np.stack([one.uniforms for one in self.inputs.values()], axis=1)[known]
        names = tuple(self.inputs)
        shares = input_shares(means, uniforms, names, luck, alone=self.hang_together)
        turning = {}
        for share in shares:
            number = turning_point(means, self.inputs[share.name].numbers[known])
            if share.lower > 0 and number is not None:
                one = self.inputs[share.name]
                turning[share.name] = TurningPoint(number, one.unit, one.is_factor)
        return DifferenceUnknown(
            span=span(values, (-widest, widest)),
            same_sign=float(np.mean(np.sign(values) == np.sign(written))),
            shares=shares,
            turning=turning,
            n=int(known.sum()),
            is_luck=bool(np.ptp(values) == 0 < np.ptp(means)),
        )

    def to_json(self, kpi: str, other: str, written: float) -> dict[str, Any]:
        """Return what the draws say of a difference as plain numbers."""
        one = self.of(kpi, other, written)
        if one is None:
            return {}
        decides = [
            {
                "input": share.name,
                **plain_numbers(share=share.share, lower=share.lower, upper=share.upper),
                "turning_point": (
                    one.turning[share.name].written if share.name in one.turning else None
                ),
            }
            for share in one.shares
            if share.share > 0
        ]
        return {
            "unknown": as_json(one.span),
            "same_sign": plain(one.same_sign),
            "decides": decides,
        }


def means_of(sample: Sample) -> Floats:
    """Return the mean of the plays of each draw, of a ratio sum over sum (n_draws,)."""
    if sample.above is None or sample.below is None:
        return np.asarray(sample.values.reshape(-1, PLAYS).mean(axis=1))
    above, below = (one.reshape(-1, PLAYS).sum(axis=1) for one in (sample.above, sample.below))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(below != 0, above / below, np.nan))


def turning_point(values: Floats, numbers: Floats) -> float | None:
    """Return where a difference changes its sign, by a parabola in one input; None if it does not.

    Parameters
    ----------
    values : the difference in each draw (n,)
    numbers : the input (n,)

    Examples
    --------
    >>> x = np.linspace(0.0, 10.0, 101)
    >>> round(turning_point(x - 6.3, x), 6)
    6.3
    >>> turning_point(x + 1, x)
    """
    low, high = float(numbers.min()), float(numbers.max())
    if low == high:
        return None
    scaled = (numbers - low) / (high - low)
    c, b, a = np.polynomial.polynomial.polyfit(scaled, values, 2)
    inside = [root for root in roots(a, b, c) if 0.0 < root < 1.0]
    if len(inside) != 1:
        return None  # it does not turn, or turns twice: no single value
    return low + inside[0] * (high - low)


def roots(a: float, b: float, c: float) -> list[float]:
    """Return the real roots of a x^2 + b x + c, also where a is nearly 0.

    Of the two ways to write a root the one is taken that subtracts nothing (Press et al., Numerical
    Recipes, 3rd ed., section 5.6).

    Examples
    --------
    >>> roots(1.0, -3.0, 2.0), roots(0.0, 2.0, -1.0), roots(1.0, 0.0, 1.0)
    ([2.0, 1.0], [0.5], [])
    """
    inner = b * b - 4 * a * c
    if inner < 0 or a == b == 0:
        return []
    q = -(b + np.copysign(np.sqrt(inner), b)) / 2
    found = [q / a] if abs(a) > 1e-12 * abs(b) else []
    return [float(one) for one in (*found, *([c / q] if q != 0 else []))]
