"""The one table that a board reads: at most six figures, with what is known and what is luck."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.report.document.blocks import Table
from flowsim.report.run_paper.paper import Estimate, Paper

__all__ = ["MOST_ROWS", "result_table", "tightest_step"]

MOST_ROWS = 6


def result_table(paper: Paper) -> Table:
    """Return waits, starts in time, exits and costs of the whole run."""
    _ = paper._
    heads = (_("Figure"), _("On average"), _("Interval of the average"), _("One course of events"))
    rows = [row(paper, *chosen) for chosen in figures(paper)][:MOST_ROWS]
    note = _(
        "Interval of the average: the range (95 %) where it lies. One course of events, and "
        "in brackets below: where 95 of 100 simulated courses lie, and what really happens would, "
        "if all inputs were right."
    )
    return Table(_("The result in figures"), heads, tuple(rows), "lrrr", note)


def figures(paper: Paper) -> Iterator[tuple[str, str, float]]:
    """Give label, KPI and what it is divided by, of the rows that the scenario has."""
    _ = paper._
    first = "time_to_first_start.mean"
    if paper.has(first):
        yield paper.kpi(first), first, 1.0
    step = tightest_step(paper)
    if step is not None:
        yield paper.kpi(f"{step}.wait.mean"), f"{step}.wait.mean", 1.0
    yield from targets(paper)
    if (outcome := paper.outcome) is not None and paper.has(f"outcomes.{outcome}"):
        label = _("{figure}, a year").format(figure=paper.kpi(f"outcomes.{outcome}"))
        yield label, f"outcomes.{outcome}", paper.n_years
    yield from costs(paper, outcome)


def tightest_step(paper: Paper) -> str | None:
    """Return the step with the longest mean wait; None if nobody ever started one."""
    waits = {
        step: paper.estimate(f"{step}.wait.mean").mean
        for step in paper.scenario.steps
        if paper.has(f"{step}.wait.mean")
    }
    return max(waits, key=lambda step: waits[step], default=None)


def targets(paper: Paper) -> Iterator[tuple[str, str, float]]:
    """Give the share of starts in time of the first step with a target."""
    for step, declared in paper.scenario.steps.items():
        kpi = f"{step}.wait.within_target"
        if declared.target_wait is not None and paper.has(kpi):
            text = paper._("{step}: started within {target}")
            target = paper.time(declared.target_wait)
            yield text.format(step=paper.label(step, "steps"), target=target), kpi, 1.0
            return


def costs(paper: Paper, outcome: str | None) -> Iterator[tuple[str, str, float]]:
    """Give the cost per participant and per exit in the outcome, where anything costs."""
    if not (paper.has("cost.total") and paper.estimate("cost.total").mean > 0):
        return
    for kpi in ("cost.per_participant", f"cost.per.{outcome}"):
        if paper.has(kpi):
            yield paper.kpi(kpi), kpi, 1.0


def row(paper: Paper, label: str, kpi: str, divisor: float) -> tuple[str, str, str, str]:
    """Write a row."""
    one: Estimate = paper.estimate(kpi)
    return (
        label,
        paper.value(kpi, one.mean / divisor, one.unit),
        paper.between(kpi, one.lower / divisor, one.upper / divisor, one.unit),
        paper.between(kpi, one.low / divisor, one.high / divisor, one.unit),
    )
