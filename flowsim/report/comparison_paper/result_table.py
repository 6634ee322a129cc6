"""The one table that a board reads: at most six figures, each option beside the first."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.report.comparison_paper.figure import ComparedFigure
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.document.blocks import Table

__all__ = ["MOST_ROWS", "chosen_figures", "result_table", "step_that_changes_most"]

MOST_ROWS = 6


def result_table(paper: ComparisonPaper) -> Table:
    """Return the figures of each option, and its difference from the first."""
    _ = paper._
    differs = _("{option}: difference")
    heads = [_("Figure"), *paper.options]
    heads += [differs.format(option=other) for other in paper.others]
    rows = tuple(row(figure) for figure in chosen_figures(paper))
    note = _(
        "Differences are from {base}. Small print: for each option the interval of the average "
        "(95 %); for each difference an interval such that all {n} differences of this comparison "
        "hold at once with a confidence of 95 %. A difference is clear where its interval leaves "
        "out 0."
    ).format(base=paper.base, n=paper.number(len(paper.comparison.differences)))
    caption = _("The options in figures, on average")
    return Table(caption, tuple(heads), rows, "l" + "r" * (len(heads) - 1), note)


def row(figure: ComparedFigure) -> tuple[str, ...]:
    """Write a row."""
    paper = figure.paper
    return (
        figure.row_label(),
        *(figure.cell(option) for option in paper.options),
        *(figure.difference_cell(other) for other in paper.others),
    )


def chosen_figures(paper: ComparisonPaper) -> list[ComparedFigure]:
    """Return at most six figures: what a board asks for first, then what else was compared."""
    found = list(for_board(paper))
    known = {figure.name for figure in found}
    if len(paper.figures) <= MOST_ROWS:  # somebody chose them
        more = [name for name in paper.figures if name not in known and paper.has(name)]
        found += [ComparedFigure(paper, paper.kpi(name), name) for name in more]
    if not found:
        found = [ComparedFigure(paper, paper.kpi(name), name) for name in paper.figures]
    return found[:MOST_ROWS]


def for_board(paper: ComparisonPaper) -> Iterator[ComparedFigure]:
    """Give waits, starts in time, exits a year, what each costs, and the whole cost a year."""
    _ = paper._
    first = "time_to_first_start.mean"
    if paper.has(first):
        yield ComparedFigure(paper, paper.kpi(first), first)
    if (step := step_that_changes_most(paper)) is not None:
        kpi = f"{step}.wait.mean"
        yield ComparedFigure(paper, paper.kpi(kpi), kpi)
    yield from in_time(paper)
    outcome = paper.outcome
    if outcome is not None and paper.has(f"outcomes.{outcome}"):
        label = _("{figure}, a year").format(figure=paper.kpi(f"outcomes.{outcome}"))
        yield ComparedFigure(paper, label, f"outcomes.{outcome}", paper.period_years)
    if paper.has_costs:
        yield from costs(paper, outcome)


def step_that_changes_most(paper: ComparisonPaper) -> str | None:
    """Return the step whose mean wait differs most from the base; None where none is compared."""
    changes = {
        step: paper.largest_change(f"{step}.wait.mean")
        for step in paper.scenario.steps
        if paper.has(f"{step}.wait.mean")
    }
    return max(changes, key=lambda step: changes[step], default=None)


def in_time(paper: ComparisonPaper) -> Iterator[ComparedFigure]:
    """Give the share of starts in time, of the step where it differs most."""
    changes = {
        step: paper.largest_change(f"{step}.wait.within_target")
        for step, declared in paper.scenario.steps.items()
        if declared.target_wait is not None and paper.has(f"{step}.wait.within_target")
    }
    if changes:
        step = max(changes, key=lambda one: changes[one])
        target = paper.time(paper.scenario.steps[step].target_wait or 0.0)
        text = paper._("{step}: started within {target}")
        label = text.format(step=paper.label(step, "steps"), target=target)
        yield ComparedFigure(paper, label, f"{step}.wait.within_target")


def costs(paper: ComparisonPaper, outcome: str | None) -> Iterator[ComparedFigure]:
    """Give the cost per exit, or else per participant, and the whole cost a year."""
    for kpi in (f"cost.per.{outcome}", "cost.per_participant"):
        if paper.has(kpi):
            yield ComparedFigure(paper, paper.kpi(kpi), kpi)
            break
    if paper.has(whole := "cost.total"):
        label = paper._("{figure}, a year").format(figure=paper.kpi(whole))
        yield ComparedFigure(paper, label, whole, paper.period_years)
