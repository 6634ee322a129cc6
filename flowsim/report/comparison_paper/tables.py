"""The one table that a board reads: at most six figures, each option beside the first."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, isnan

from flowsim.report.comparison_paper.paper import ComparedFigure, ComparisonPaper
from flowsim.report.document.blocks import Cell, Table

__all__ = [
    "MOST_ROWS",
    "all_figures",
    "chosen_figures",
    "notes",
    "result_table",
    "step_that_changes_most",
]

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


def row(figure: ComparedFigure) -> tuple[Cell, ...]:
    """Write a row."""
    paper = figure.paper
    return (
        figure.label,
        *(figure.cell(option) for option in paper.options),
        *(figure.difference_cell(other) for other in paper.others),
    )


def chosen_figures(paper: ComparisonPaper) -> list[ComparedFigure]:
    """Return at most six figures: what a board asks for first, then what else was compared."""
    found = list(for_board(paper))
    known = {figure.name for figure in found}
    if len(paper.figures) <= MOST_ROWS:  # somebody chose them
        more = [name for name in paper.figures if name not in known and paper.has(name)]
        found += [paper.figure(name) for name in more]
    if not found:
        found = [paper.figure(name) for name in paper.figures]
    return found[:MOST_ROWS]


def for_board(paper: ComparisonPaper) -> Iterator[ComparedFigure]:
    """Give waits, starts in time, exits a year, what each costs, and the whole cost a year."""
    _ = paper._
    step = step_that_changes_most(paper)
    for kpi in ("time_to_first_start.mean", f"{step}.joined.wait.mean"):
        if paper.has(kpi):
            yield paper.figure(kpi)
    yield from in_time(paper)
    if paper.has(kpi := f"outcomes.{paper.outcome}"):
        label = _("{figure}, a year").format(figure=paper.kpi(kpi))
        yield paper.figure(kpi, label, paper.period_years)
    if paper.has_costs:
        yield from costs(paper)


def step_that_changes_most(paper: ComparisonPaper) -> str | None:
    """Return the step whose mean wait differs most from the base; None where none is compared."""
    changes = {
        step: paper.largest_change(f"{step}.joined.wait.mean")
        for step in paper.scenario.steps
        if paper.has(f"{step}.joined.wait.mean")
    }
    return max(changes, key=lambda step: changes[step], default=None)


def in_time(paper: ComparisonPaper) -> Iterator[ComparedFigure]:
    """Give the share of starts in time, of the step where it differs most."""
    changes = {
        step: paper.largest_change(f"{step}.joined.within_target")
        for step, declared in paper.scenario.steps.items()
        if declared.target_wait is not None and paper.has(f"{step}.joined.within_target")
    }
    if changes:
        step = max(changes, key=lambda one: changes[one])
        target = paper.time(paper.scenario.steps[step].target_wait or 0.0)
        text = paper._("{step}: started within {target}")
        label = text.format(step=paper.label(step, "steps"), target=target)
        yield paper.figure(f"{step}.joined.within_target", label)


def costs(paper: ComparisonPaper) -> Iterator[ComparedFigure]:
    """Give the cost per exit, or else per participant, and the whole cost a year."""
    for kpi in (f"cost.per.{paper.outcome}", "cost.per_participant"):
        if paper.has(kpi):
            yield paper.figure(kpi)
            break
    if paper.has(whole := "cost.total"):
        label = paper._("{figure}, a year").format(figure=paper.kpi(whole))
        yield paper.figure(whole, label, paper.period_years)


def all_figures(paper: ComparisonPaper) -> Iterator[Table]:
    """Give a table of all figures compared for each variant."""
    _ = paper._
    for other in paper.others:
        rows = tuple(
            (
                one.label,
                *(one.mean_words(option) for option in (paper.base, other)),
                one.sentence(other),
                one.chance(other),
                one.gain(other),
            )
            for one in map(paper.figure, paper.figures)
        )
        heads = (
            _("Figure"),
            paper.base,
            other,
            _("Difference from {base}").format(base=paper.base),
            _("Chance that it is better"),
            _("Gain of shared luck"),
        )
        text = _("{option} compared with {base}").format(option=other, base=paper.base)
        yield Table(text, heads, rows, "lrrlrr")


def notes(paper: ComparisonPaper) -> Iterator[str]:
    """Explain intervals, chance, gain and what is needed, where they are told."""
    _, found = paper._, list(paper.comparison.differences.values())
    text = _(
        "In brackets: intervals that hold all {n} differences at once with {level} confidence "
        "(Bonferroni). By the same intervals a difference is claimed only where 0 lies outside."
    )
    yield text.format(n=paper.number(len(found)), level=paper.percent(0.95))
    if not all(isnan(one.probability_better) for one in found):
        text = _(
            "Chance that it is better: the share of replications in which the variant did better "
            "than {base} in one and the same future, with the same people and the same luck; ties "
            "count half. – where more or less is neither better nor worse."
        )
        yield text.format(base=paper.base)
    if any(isfinite(one.variance_reduction) for one in found):
        yield _(
            "Gain of shared luck: as many times more replications would be needed if each "
            "scenario had luck of its own."
        )
    if not all(isnan(one.replications_needed) for one in found):
        yield _(
            "Replications needed: enough to tell the difference in 8 cases of 10, if it is as "
            "large as it looks here."
        )
