"""The association's own money: who pays its budget, what the work costs it, and its equity."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from flowsim.report.catalogues import N_
from flowsim.report.document.blocks import Block, Prose, Section, Table
from flowsim.report.run_paper.paper import RunPaper
from flowsim.report.run_paper.tables import MOST_YEARS
from flowsim.report.words import Value

__all__ = ["section"]

ASSOCIATION, RESULT = "cost.payer.association", "budget.result"
PAYERS = {
    "state": N_("the state"),
    "region": N_("the region"),
    "county_council": N_("the county council"),
    "municipality": N_("the municipality"),
    "municipalities": N_("the municipalities"),
}
EQUITY, EQUITY_SHARE = "budget.equity", "budget.equity_share"


def section(paper: RunPaper) -> Section | None:
    """Return the budget year by year; None where the scenario has no budget."""
    if paper.scenario.costs.budget is None:
        return None
    _ = paper._
    years = [period.name for period in paper.results.table.periods[1:]][-MOST_YEARS:]
    heads = (_("Money"), *years)
    rows = tuple(
        (label, *(cells(kpi, share, year, paper) for year in years))
        for label, kpi, share in lines(paper)
    )
    table = Table(_("The association's budget, on average"), heads, rows, "l" + "r" * len(years))
    blocks: list[Block] = [table]
    if paper.scenario.costs.equity_ceiling is not None and paper.has(EQUITY_SHARE):
        blocks.append(Prose(ceiling(years[-1], paper)))
    return Section("budget", _("The association's money"), tuple(blocks))


def lines(paper: RunPaper) -> Iterator[tuple[str, str, float]]:
    """Give each row: its label, its figure ("" is the budget), and the share of it that is told."""
    _ = paper._
    yield _("Budget"), "", 1.0
    for payer, share in paper.scenario.costs.contributions.items():
        words = _("of which from {payer}, {share}")
        known = PAYERS.get(payer)
        name = _(known) if known else paper.name(payer)
        yield words.format(payer=name, share=paper.percent(share)), "", share
    yield _("What the work costs the association"), ASSOCIATION, 1.0
    yield paper.kpi(RESULT).capitalize(), RESULT, 1.0
    yield _("Equity at the end"), EQUITY, 1.0
    yield _("Equity as a share of the budget"), EQUITY_SHARE, 1.0


def cells(kpi: str, share: float, year: str, paper: RunPaper) -> Value:
    """Write a row's figure of a year."""
    if kpi:
        return paper.figure(kpi, year).value
    spent, left = paper.figure(ASSOCIATION, year), paper.figure(RESULT, year)
    return paper.value(RESULT, share * (spent.mean + left.mean), left.unit)


def ceiling(year: str, paper: RunPaper) -> str:
    """Say how often equity ends above the ceiling."""
    table, limit = paper.results.table, paper.scenario.costs.equity_ceiling
    assert limit is not None
    place = [period.name for period in table.periods].index(year), 0
    values = paper.results.samples.figures(place, [table.position[EQUITY_SHARE]])[:, 0]
    text = paper._(
        "The ceiling for equity is {limit} of the budget. At the end of {year} equity lies above "
        "it in {share} of the simulated courses of events. Nothing in the model changes when it "
        "does."
    )
    return text.format(
        limit=paper.percent(limit), year=year, share=paper.percent(float(np.mean(values > limit)))
    )
