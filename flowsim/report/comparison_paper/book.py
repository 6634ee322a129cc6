"""The workbook of a comparison: every figure of every option, and how it differs from the first."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from flowsim.letters import shown
from flowsim.report.comparison_paper.options import differing, path_words
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.document.blocks import Book, Sheet
from flowsim.report.document.xlsx import GENERAL, distinct_heads
from flowsim.report.sections.pictures import COLUMNS
from flowsim.report.sections.sheets import (
    assumptions,
    difference_columns,
    difference_formats,
    difference_words,
    figure_sheet,
    how_run,
    in_words,
    value_cell,
)
from flowsim.scenario.source import spelled
from flowsim.study.comparison.waiting_lists import LEVELS

__all__ = ["book"]


def book(paper: ComparisonPaper) -> Book:
    """Return what the workbook of a comparison holds."""
    return Book(paper.title, tuple(facts(paper)), tuple(sheets(paper)))


def facts(paper: ComparisonPaper) -> Iterator[tuple[str, str | float]]:
    """Return what was compared, how, and how the numbers are read."""
    _, run = paper._, paper.scenario.run
    if paper.question:
        yield _("Question"), paper.question
    yield _("Options"), "; ".join(paper.options)
    yield _("Compared with"), paper.base
    of_all = f"{run.report_from} – {run.until}"
    yield _("Period"), of_all if paper.comparison.period == "run" else paper.comparison.period
    yield from how_run(paper)
    own = _(
        "The average is over all replications; from and to give its interval of 95 %. Times are "
        "in days, money in whole units of the currency; counts and money are of the whole period."
    )
    yield _("How to read it"), f"{own} {difference_words(paper.base, paper)}"


def sheets(paper: ComparisonPaper) -> Iterator[Sheet]:
    """Return the sheets in the order in which they stand."""
    yield figures(paper)
    if differing(paper):
        yield settings(paper)
    waiting = paper.comparison.waiting
    if waiting is not None and len(waiting):
        yield waiting_lists(waiting, paper)
    found = assumptions(paper)
    about = paper._("The inputs of {base}, with their values and where they come from.")
    yield Sheet(found.name, about.format(base=paper.base), found.frame, found.formats)


def figures(paper: ComparisonPaper) -> Sheet:
    """Return each figure of each option with its interval, and its difference from the first."""
    _, comparison = paper._, paper.comparison
    rows = [(paper.figure(kpi), option) for kpi in paper.figures for option in paper.options]
    found = [None if option == paper.base else one.exact(option) for one, option in rows]
    said = ["" if option == paper.base else str(one.sentence(option)) for one, option in rows]
    return figure_sheet(
        _("All figures compared"),
        _("Each figure of each option, and how it differs from {base}.").format(base=paper.base),
        [one.own(option) for one, option in rows],
        [comparison.period] * len(rows),
        paper,
        {_("Option"): [option for _one, option in rows]},
        difference_columns(found, said, paper),
        difference_formats([one.unit for one, _option in rows], paper),
    )


def settings(paper: ComparisonPaper) -> Sheet:
    """Return the inputs on which the options differ, with the value in each option."""
    _ = paper._
    heads = distinct_heads([_("Input"), _("Name"), *paper.options])
    rows = [
        [path_words(path, paper), shown(spelled(path)), *(value_cell(v, paper) for v in values)]
        for path, values in differing(paper)
    ]
    about = _("The inputs on which the options differ, with the value in each.")
    formats = dict.fromkeys(heads[2:], GENERAL)
    return Sheet(_("What differs"), about, pd.DataFrame(rows, columns=heads), formats)


def waiting_lists(waiting: pd.DataFrame, paper: ComparisonPaper) -> Sheet:
    """Return how many waited in each month, for each step and option."""
    _ = paper._
    numbers = {_(COLUMNS[name]): waiting[name].to_numpy() for name in ("mean", *LEVELS)}
    frame = pd.DataFrame(
        {
            _("Step"): in_words(waiting["step"], lambda name: paper.label(name, "steps")),
            _("Name"): list(waiting["step"]),
            _("Option"): list(waiting["scenario"]),
            _("Month"): list(waiting["month"]),
            **numbers,
        }
    )
    about = _(
        "The number waiting, on average over each month: the mean over the courses of events, and "
        "the numbers that 5, 25, 50, 75 and 95 of 100 of them lie below."
    )
    return Sheet(_("Waiting month by month"), about, frame)
