"""What was simulated, and how precisely it is known."""

from __future__ import annotations

from collections.abc import Iterator
from math import isinf, isnan
from typing import Protocol

from flowsim.analysis.statistics import ENOUGH_FOR_INTERVALS, is_precise, most_of_others
from flowsim.report.sections.paper import ScenarioPaper
from flowsim.report.words import Words


class StopRule(Protocol):
    """How precisely a figure is wanted."""

    @property
    def kpi(self) -> str:
        """Its name."""

    @property
    def relative_half_width(self) -> float:
        """Half the width of its interval, over the figure."""


class Stopped(Protocol):
    """Results that a precision has ended."""

    @property
    def replications(self) -> int:
        """How many there are."""

    @property
    def reached(self) -> float:
        """The relative half-width of the figure's interval, see `relative_half_width`."""


__all__ = ["few_replications", "precision", "simulated"]


def simulated(paper: ScenarioPaper) -> str:
    """Describe which period was simulated, how often, and with which seed."""
    run, n = paper.scenario.run, paper.how.replications
    text = paper.ngettext(
        "Simulated: {first} to {last}, {n} course of events (seed {seed}).",
        "Simulated: {first} to {last}, {n} courses of events (seed {seed}).",
        n,
    )
    numbers = {"n": paper.number(n), "seed": paper.how.seed}
    told = text.format(first=run.report_from, last=run.until, **numbers)
    return " ".join((told, *few_replications(n, paper)))


def few_replications(n: int, words: Words) -> Iterator[str]:
    """Warn where replications are too few for their intervals to be relied on."""
    if 1 < n < ENOUGH_FOR_INTERVALS:  # of one there is no interval
        text = words._(
            "Fewer than {fewest} courses of events: where waits or costs are skewed, intervals of "
            "95 percent may hold the true mean clearly more seldom than that. Do not rely on them."
        )
        yield text.format(fewest=words.number(ENOUGH_FOR_INTERVALS))


def precision(wanted: StopRule | None, results: Stopped, words: Words) -> Iterator[str]:
    """Describe whether the replications gave the precision that was asked for, if one was."""
    if wanted is None:
        return
    reached, n = results.reached, results.replications
    if isnan(reached):
        text = words._(
            "{kpi} is the same, or missing, in all {n} courses of events, so that no precision can "
            "be claimed; it is another in at most {share} of years."
        )
        share = words.percent(most_of_others(n), 1)
        yield text.format(kpi=words.kpi(wanted.kpi), n=words.number(n), share=share)
        return
    if isinf(reached):
        text = words._("{kpi} is 0 on average, to which no precision can be relative.")
        yield text.format(kpi=words.kpi(wanted.kpi))
        return
    text = words._("{kpi} is known to within {reached} only, not {wanted}: raise precision.max.")
    if is_precise(reached, wanted.relative_half_width):
        text = words._("{kpi} is known to within {reached}, as asked for ({wanted}).")
    shares = {"reached": reached, "wanted": wanted.relative_half_width}
    told = {name: words.percent(share, 1) for name, share in shares.items()}
    yield text.format(kpi=words.kpi(wanted.kpi), **told)
