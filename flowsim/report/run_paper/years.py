"""The figures of an annual report, year by year."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.report.document.blocks import Table
from flowsim.report.run_paper.paper import Paper
from flowsim.scenario.figures import CURRENCY
from flowsim.scenario.known import figures_of, names_of

__all__ = ["by_year"]

MOST_YEARS = 8


def by_year(paper: Paper) -> Table:
    """Return people, waits and money of each year, and of the whole run."""
    _ = paper._
    periods = paper.results.table.periods[1:][-MOST_YEARS:]
    part = _("{year} (part of the year)")
    heads = [part.format(year=p.name) if p.partial else p.name for p in periods]
    names = [*(period.name for period in periods), "run"]
    rows = [(paper.kpi(kpi), *(cell(kpi, name, paper) for name in names)) for kpi in figures(paper)]
    return Table(
        _("Year by year, on average"),
        (_("Figure"), *heads, _("Whole run")),
        tuple(rows),
        "l" + "r" * len(names),
        _("Waits are mean waits of those who started in the year."),
    )


def figures(paper: Paper) -> Iterator[str]:
    """Give the figures that have a row; of steps where somebody started, of money that was paid."""
    for kpi, figure, of in figures_of(names_of(paper.scenario)):
        if "years" not in figure.tables or not paper.has(kpi):
            continue
        if figure.of == "step" and not paper.has(f"{of}.wait.mean"):
            continue
        if figure.unit != CURRENCY or paper.estimate(kpi).mean != 0:
            yield kpi


def cell(kpi: str, period: str, paper: Paper) -> str:
    """Write a figure of a period."""
    one = paper.estimate(kpi, period)
    return paper.value(kpi, one.mean, one.unit)
