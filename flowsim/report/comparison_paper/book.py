"""The workbook of a comparison: every figure of every option, and how it differs from the first."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

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
    formats_of,
    how_run,
    in_words,
    unit_words,
    value_cell,
)
from flowsim.report.words import shown
from flowsim.scenario.source import spelled
from flowsim.study.comparison.waiting_lists import LEVELS

__all__ = ["book"]

BOUNDS = ("mean", "lower", "upper")


def book(paper: ComparisonPaper) -> Book:
    """Return what the workbook of a comparison holds."""
    return Book(paper.title, tuple(facts(paper)), tuple(sheets(paper)))


def facts(paper: ComparisonPaper) -> Iterator[tuple[str, str | float]]:
    """Give what was compared, how, and how the numbers are read."""
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
    """Give the sheets in the order in which they stand."""
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
    rows = [(kpi, option) for kpi in comparison.kpis for option in paper.options]
    found = [comparison.differences.get((kpi.name, option)) for kpi, option in rows]
    figures = {name: paper.figure(name) for name in paper.figures}
    said = [
        "" if one is None else str(figures[kpi.name].sentence(option))
        for one, (kpi, option) in zip(found, rows, strict=True)
    ]
    units = [kpi.unit for kpi, _option in rows]
    own = {
        _(COLUMNS[name]): [comparison.own(kpi.name, option)[at] for kpi, option in rows]
        for at, name in enumerate(BOUNDS)
    }
    frame = pd.DataFrame(
        {
            _("Figure"): [paper.kpi(kpi.name) for kpi, _option in rows],
            _("Name"): [kpi.name for kpi, _option in rows],
            _("Period"): paper.period(comparison.period),
            _("Unit"): [unit_words(unit, paper) for unit in units],
            _("Option"): [option for _kpi, option in rows],
            **own,
            **difference_columns(found, said, paper),
            _("As it is written"): [
                str(figures[kpi.name].own(option).cell) for kpi, option in rows
            ],
        }
    )
    about = _("Each figure of each option, and how it differs from {base}.").format(base=paper.base)
    formats = {**formats_of(units, own), **difference_formats(units, paper)}
    return Sheet(_("All figures compared"), about, frame, formats)


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
