"""The tables of a run: the one that a board reads, what is known step by step, and its money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from flowsim.language import N_
from flowsim.letters import shown
from flowsim.report.document.blocks import Block, Cell, Prose, Section, Table
from flowsim.report.kpi_words import generic_words
from flowsim.report.numbers import MISSING
from flowsim.report.run_paper.paper import RunPaper
from flowsim.report.sections import doubts
from flowsim.report.words import Estimate, Value
from flowsim.scenario import figures as registry
from flowsim.scenario.figures import CURRENCY

__all__ = [
    "MOST_ROWS",
    "USES",
    "budget",
    "compared",
    "result_table",
    "steps_and_years",
    "tightest_step",
]

MOST_ROWS, MOST_YEARS = 6, 8
USES = {"fit": N_("set inputs"), "check": N_("test the model"), "input": N_("be an input")}
"""What observed figures were used for."""


# The board's table ----------------------------------------------------------------------------


def result_table(paper: RunPaper) -> Table:
    """Return waits, starts in time, exits and costs of the whole run."""
    _, unknown = paper._, paper.results.unknown
    heads = [_("Figure"), _("On average"), _("Interval of the average"), _("One course of events")]
    rows: list[tuple[Cell, ...]] = [
        (label, one.value, one.interval, one.course) for label, one in figures(paper)
    ]
    if unknown is not None:
        heads.insert(2, _("What is not known"))
        known = [one.not_known for _label, one in figures(paper)]
        rows = [(*row[:2], span, *row[2:]) for row, span in zip(rows, known, strict=True)]
    note = _(
        "Interval of the average: its uncertainty by chance (95 %). One course of events, and in "
        "brackets below: where 95 of 100 simulated courses lie. Even if all inputs were exactly "
        "right, what happens would lie there in 95 cases of 100."
    )
    if unknown is not None:
        note = f"{doubts.note(unknown, paper)} {note}"
    align = "l" + "r" * (len(heads) - 1)
    return Table(_("The result in figures"), tuple(heads), tuple(rows[:MOST_ROWS]), align, note)


def figures(paper: RunPaper) -> Iterator[tuple[str, Estimate]]:
    """Return the rows that the scenario has: what each is called, and its figure."""
    _, outcome = paper._, paper.outcome
    step = tightest_step(paper)
    for kpi in ("time_to_first_start.mean", f"{step}.joined.wait.mean"):
        if paper.has(kpi):
            yield paper.kpi(kpi), paper.figure(kpi)
    yield from targets(paper)
    if paper.has(kpi := f"outcomes.{outcome}"):
        label = _("{figure}, a year").format(figure=paper.kpi(kpi))
        yield label, paper.figure(kpi) / paper.n_years
    if paper.has_costs:
        for kpi in ("cost.per_participant", f"cost.per.{outcome}"):
            if paper.has(kpi):
                yield paper.kpi(kpi), paper.figure(kpi)


def tightest_step(paper: RunPaper) -> str | None:
    """Return the step with the longest mean wait; None if nobody ever joined a list."""
    waits = {
        step: paper.figure(f"{step}.joined.wait.mean").mean
        for step in paper.scenario.steps
        if paper.has(f"{step}.joined.wait.mean")
    }
    return max(waits, key=lambda step: waits[step], default=None)


def targets(paper: RunPaper) -> Iterator[tuple[str, Estimate]]:
    """Return the share of starts in time of the first step with a target."""
    for step, declared in paper.scenario.steps.items():
        kpi = f"{step}.joined.within_target"
        if declared.target_wait is not None and paper.has(kpi):
            text = paper._("{step}: started within {target}, of all who joined")
            target = paper.time(declared.target_wait)
            yield text.format(step=paper.label(step, "steps"), target=target), paper.figure(kpi)
            return


# Step by step and year by year ----------------------------------------------------------------


def steps_and_years(paper: RunPaper, most_years: int | None = MOST_YEARS) -> Section:
    """Return waits and exits, the figures of an annual report, and costs.

    Parameters
    ----------
    most_years : of which the last ones are told; None: all
    """
    blocks: list[Block] = [
        table for table in (waits(paper), exits(paper), years(paper, most_years)) if table.rows
    ]
    if paper.has_costs:
        blocks.append(costs(paper))
    note = Prose(paper._("In brackets: the uncertainty of the mean by chance (95 %)."))
    return Section("tables", paper._("Step by step and year by year"), (note, *blocks))


def waits(paper: RunPaper) -> Table:
    """Return the figures of steps, the steps side by side."""
    _, steps = paper._, list(paper.scenario.steps)
    rows = []
    for figure in registry.FIGURES:
        if "waits" in figure.tables:
            label = generic_words(figure, paper.language)
            label = _("{figure}, a year").format(figure=label) if figure.a_year else label
            cells = [cell(figure, step, paper) for step in steps]
            if not figure.needs or any(one != MISSING for one in cells):
                rows.append((label, *cells))
    heads = (_("Figure"), *(paper.label(step, "steps") for step in steps))
    caption = _("Waiting in the whole run")
    return Table(caption, heads, tuple(rows), "l" + "r" * len(steps))


def cell(figure: registry.Figure, step: str, paper: RunPaper) -> Cell:
    """Write a figure of a step; a dash where it has none."""
    kpi = figure.pattern.replace("<step>", step)
    if not paper.has(kpi):
        return MISSING
    return (paper.figure(kpi) / (paper.n_years if figure.a_year else 1.0)).cell


def exits(paper: RunPaper) -> Table:
    """Return how many left by each way."""
    _, names = paper._, paper.results.table.names
    kpis = [kpi for kpi in names if kpi.startswith("exits.") and not kpi.endswith(".share")]
    rows = tuple(
        (
            paper.label(kpi.removeprefix("exits."), "exits"),
            paper.figure(kpi).cell,
            paper.figure(f"{kpi}.share").value,
        )
        for kpi in kpis
    )
    heads = (_("Exit"), _("On average"), _("of all exits"))
    return Table(_("Exits in the whole run"), heads, rows, "lrr")


def years(paper: RunPaper, most: int | None = MOST_YEARS) -> Table:
    """Return people, waits and money of each year, of many the last, and of the whole run."""
    _ = paper._
    periods = paper.results.table.periods[1:]
    periods = periods[-most:] if most else periods
    part = _("{year} (part of the year)")
    heads = [part.format(year=p.name) if p.partial else p.name for p in periods]
    names = [*(period.name for period in periods), "run"]
    rows = tuple(
        (paper.kpi(kpi), *(paper.figure(kpi, name).cell for name in names))
        for kpi in figures_of_years(paper)
    )
    note = _("Waits are mean waits of those who started in the year.")
    heads = [_("Figure"), *heads, _("Whole run")]
    return Table(_("Year by year, on average"), tuple(heads), rows, "l" + "r" * len(names), note)


def figures_of_years(paper: RunPaper) -> Iterator[str]:
    """Return the figures with a row; of steps where somebody started, of money that was paid."""
    for kpi, figure, of in paper.figures_in("years"):
        started = figure.of != "step" or paper.has(f"{of}.joined.wait.mean")
        spent = figure.unit != CURRENCY or paper.figure(kpi).mean != 0
        if paper.has(kpi) and started and spent:
            yield kpi


def costs(paper: RunPaper) -> Table:
    """Return what all costs, who pays it, and what a participant and an exit cost."""
    _ = paper._
    rows = tuple(
        (paper.kpi(kpi), paper.figure(kpi).cell)
        for kpi, _figure, _of in paper.figures_in("costs")
        if paper.has(kpi)
    )
    return Table(_("Cost of the whole run"), (_("Figure"), _("On average")), rows, "lr")


# Beside what was aimed at, planned and observed -----------------------------------------------


def compared(paper: RunPaper) -> Section:
    """Return goals, planned and observed figures; a sentence where there are none."""
    _ = paper._
    kinds = [kind for kind in ("planned", "observed") if getattr(paper.scenario, kind)]
    blocks: list[Block] = [goals(paper)] if paper.scenario.goals else []
    blocks += [beside(kind, paper) for kind in kinds]
    if not blocks:
        blocks.append(Prose(_("The scenario has no goals, and no planned or observed figures.")))
    return Section("compared", _("Goals, plan and outcome"), tuple(blocks))


def goals(paper: RunPaper) -> Table:
    """Return the goals with value and chance."""
    _ = paper._
    rows = []
    for goal, declared in paper.scenario.goals.items():
        one = paper.figure(f"goals.{goal}")
        about = replace(one, kpi=declared.kpi or one.kpi)
        limits = [
            text.format(value=paper.decided(about.kpi, limit, one.unit))
            for text, limit in (
                (_("at least {value}"), declared.at_least),
                (_("at most {value}"), declared.at_most),
            )
            if limit is not None
        ]
        met = paper.figure(f"goals.{goal}.met").value
        label = paper.label(goal, "goals")
        rows.append((label, ", ".join(limits), about.value, about.course, met))
    heads = (
        _("Goal"),
        _("Limit"),
        _("Simulated, on average"),
        _("One course of events"),
        _("Chance that it is met"),
    )
    return Table(_("Goals and the chance that they are met"), heads, tuple(rows), "lrrrr")


def beside(kind: str, paper: RunPaper) -> Table:
    """Return the planned or observed figures beside the simulated ones."""
    _ = paper._
    caption, head = {
        "planned": (_("The plan beside what is simulated"), _("Plan")),
        "observed": (_("What was observed beside what is simulated"), _("Observed")),
    }[kind]
    table = paper.results.planned() if kind == "planned" else paper.results.observed()
    rows = tuple(row_beside(row, kind, paper) for row in table.to_dict("records"))
    heads = (
        _("Figure"),
        head,
        _("Simulated, on average"),
        _("One course of events"),
        _("Within"),
        *([_("Used to")] if kind == "observed" else []),
    )
    note = _("Within: whether the figure lies where 95 of 100 simulated courses of events do.")
    if kind == "observed":
        note += " " + _("Only figures that were held back to test the model speak for it.")
    return Table(caption, heads, rows, "lrrrl" + "l" * (len(heads) - 5), note)


def row_beside(row: dict[str, Any], kind: str, paper: RunPaper) -> tuple[Cell, ...]:
    """Write a planned or observed figure."""
    one = paper.figure(row["kpi"], row["period"])
    inside = row["inside"]
    verdict = MISSING if pd.isna(inside) else paper._("yes") if inside else paper._("no")
    label = f"{paper.kpi(one.kpi)}, {paper.period(row['period'])}\n{shown(row['source'])}"
    given = paper.given(one.kpi, row[kind], one.unit, row["low"], row["high"])
    used = [paper._(USES[use])] if (use := row.get("use")) else []
    return label.rstrip("\n"), given, one.value, one.course, verdict, *used


# The association's own money ----------------------------------------------------------------------


ASSOCIATION, RESULT = "cost.payer.association", "budget.result"
PAYERS = {
    "state": N_("the state"),
    "region": N_("the region"),
    "county_council": N_("the county council"),
    "municipality": N_("the municipality"),
    "municipalities": N_("the municipalities"),
}
EQUITY, EQUITY_SHARE = "budget.equity", "budget.equity_share"


def budget(paper: RunPaper) -> Section | None:
    """Return the budget year by year; None where the scenario has no budget."""
    if paper.scenario.costs.budget is None:
        return None
    _ = paper._
    years = [period.name for period in paper.results.table.periods[1:]][-MOST_YEARS:]
    heads = (_("Money"), *years)
    rows = tuple(
        (label, *(budget_cell(kpi, share, year, paper) for year in years))
        for label, kpi, share in budget_lines(paper)
    )
    table = Table(_("The association's budget, on average"), heads, rows, "l" + "r" * len(years))
    blocks: list[Block] = [table]
    if paper.scenario.costs.equity_ceiling is not None and paper.has(EQUITY_SHARE):
        blocks.append(Prose(ceiling(years[-1], paper)))
    return Section("budget", _("The association's money"), tuple(blocks))


def budget_lines(paper: RunPaper) -> Iterator[tuple[str, str, float]]:
    """Return each row: label, figure ("" is the budget), and the share of it that is told."""
    _ = paper._
    yield _("Budget"), "", 1.0
    for payer, share in paper.scenario.costs.contributions.items():
        words = _("of which from {payer}, {share}")
        known = None if payer in paper.scenario.payers else PAYERS.get(payer)
        name = _(known) if known else paper.name(payer)
        yield words.format(payer=name, share=paper.percent(share)), "", share
    yield _("What the work costs the association"), ASSOCIATION, 1.0
    yield paper.kpi(RESULT).capitalize(), RESULT, 1.0
    yield _("Equity at the end"), EQUITY, 1.0
    yield _("Equity as a share of the budget"), EQUITY_SHARE, 1.0


def budget_cell(kpi: str, share: float, year: str, paper: RunPaper) -> Value:
    """Write a row's figure of a year."""
    if kpi:
        return paper.figure(kpi, year).value
    spent, left = paper.figure(ASSOCIATION, year), paper.figure(RESULT, year)
    return paper.value(RESULT, share * (spent.mean + left.mean), left.unit)


def ceiling(year: str, paper: RunPaper) -> str:
    """Describe how often equity ends above the ceiling."""
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
