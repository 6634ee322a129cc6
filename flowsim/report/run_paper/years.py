"""The figures of an annual report, year by year."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.report.document.blocks import Table
from flowsim.report.run_paper.paper import Paper

__all__ = ["by_year"]

MOST_YEARS = 8


def by_year(paper: Paper) -> Table:
    """Return people, waits and money of each year, and of the whole run."""
    _ = paper._
    periods = paper.results.table.periods[1:][-MOST_YEARS:]
    part = _("{year} (part of the year)")
    heads = [part.format(year=p.name) if p.partial else p.name for p in periods]
    names = [*(period.name for period in periods), "run"]
    rows = [(label, *(cell(kpi, name, paper) for name in names)) for label, kpi in figures(paper)]
    return Table(
        _("Year by year, on average"),
        (_("Figure"), *heads, _("Whole run")),
        tuple(rows),
        "l" + "r" * len(names),
        _("Waits are mean waits of those who started in the year."),
    )


def figures(paper: Paper) -> Iterator[tuple[str, str]]:
    """Give label and KPI of the rows."""
    _ = paper._
    yield _("Referred"), "referred"
    yield _("Participants"), "participants"
    for name in paper.scenario.outcomes:
        yield paper.label(name, "outcomes"), f"outcomes.{name}"
    for step in paper.scenario.steps:
        if paper.has(f"{step}.wait.mean"):
            yield paper.kpi(f"{step}.wait.mean"), f"{step}.wait.mean"
            yield paper.kpi(f"{step}.waiting.end"), f"{step}.waiting.end"
    for kpi in ("cost.total", "budget.result", "budget.equity"):
        if paper.has(kpi) and paper.estimate(kpi).mean != 0:
            yield paper.kpi(kpi), kpi


def cell(kpi: str, period: str, paper: Paper) -> str:
    """Write a figure of a period."""
    one = paper.estimate(kpi, period)
    return paper.value(kpi, one.mean, one.unit)
