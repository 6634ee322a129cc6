"""The workbook of a run: every figure and every assumption, to work on in Excel."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from flowsim.analysis import statistics
from flowsim.letters import shown
from flowsim.report.document.blocks import Book, Sheet
from flowsim.report.document.xlsx import SHARE, WHOLE
from flowsim.report.figures import draw
from flowsim.report.run_paper.paper import RunPaper
from flowsim.report.run_paper.tables import USES
from flowsim.report.sections.flow import flow_table
from flowsim.report.sections.pictures import numbers_of
from flowsim.report.sections.sheets import (
    BOUNDS,
    assumptions,
    figure_sheet,
    formats_of,
    group_words,
    how_run,
    in_words,
    of_table,
    unit_words,
)
from flowsim.report.words import Estimate

__all__ = ["book"]

PREDICTION = ("prediction_lower", "prediction_upper")


def book(paper: RunPaper) -> Book:
    """Return what the workbook of a run holds."""
    return Book(paper.title, tuple(facts(paper)), tuple(sheets(paper)))


def facts(paper: RunPaper) -> Iterator[tuple[str, str | float]]:
    """Return what the numbers are and where they come from."""
    _, run = paper._, paper.scenario.run
    if paper.question:
        yield _("Question"), paper.question
    yield _("Period"), f"{run.report_from} – {run.until}"
    yield from how_run(paper)
    yield (
        _("How to read it"),
        _(
            "The average is over all replications; from and to give its interval of 95 %. One "
            "course of events: where 95 of 100 simulated courses lie. Times are in days and money "
            "in whole units of the currency, unless a head says otherwise. A share of 1 is 100 %."
        ),
    )


def sheets(paper: RunPaper) -> Iterator[Sheet]:
    """Return the sheets in the order in which they stand."""
    _, results = paper._, paper.results
    about = _("Every figure of the whole run, of each year and of each group.")
    yield figures(_("All figures"), about, results.summary(period=None, group=None), paper)
    about = _("The figures that are kept month by month.")
    monthly = statistics.summary(results.month_table, results.months)
    yield figures(_("Month by month"), about, monthly[monthly["period"] != "run"], paper)
    yield assumptions(paper)
    if paper.scenario.goals:
        yield goals(paper)
    for kind in ("planned", "observed"):
        if getattr(paper.scenario, kind):
            yield compared(kind, paper)
    flow = flow_table(paper)
    yield of_table(_("The flow"), flow.caption, flow)
    for drawing in draw(results, has_captions=False):
        yield numbers_of(drawing, paper)


# Figures over replications --------------------------------------------------------------------


def figures(name: str, about: str, summary: pd.DataFrame, paper: RunPaper) -> Sheet:
    """Return a summary in words, with the numbers as they are.

    Parameters
    ----------
    summary : with the columns of `Results.summary`
    """
    _, columns = paper._, ["kpi", "unit", "mean", "lower", "upper", *PREDICTION, "n"]
    found = [
        Estimate(str(kpi), str(unit), paper.language, mean, lower, upper, low, high, int(n))
        for kpi, unit, mean, lower, upper, low, high, n in summary[columns].itertuples(index=False)
    ]
    whose = {_("Group"): in_words(summary["group"], lambda name: group_words(name, paper))}
    more = {_("Replications"): [one.n for one in found]}
    formats = {_("Replications"): WHOLE}
    periods = list(map(str, summary["period"]))
    return figure_sheet(name, about, found, periods, paper, whose, more, formats, tuple(BOUNDS))


def spread(summary: pd.DataFrame, paper: RunPaper) -> dict[str, object]:
    """Return mean and intervals, by the heads of their columns."""
    names = ["mean", "lower", "upper", *PREDICTION]
    heads = map(paper._, BOUNDS.values())
    return {head: summary[name].to_numpy() for head, name in zip(heads, names, strict=True)}


# Beside what was aimed at, planned and observed -----------------------------------------------


def goals(paper: RunPaper) -> Sheet:
    """Return the goals, each with its limits, what is simulated and the chance that it is met."""
    _ = paper._
    chance = _("Chance that it is met")
    rows, units = [], []
    for name, declared in paper.scenario.goals.items():
        one, met = paper.figure(f"goals.{name}"), paper.figure(f"goals.{name}.met")
        limits = {_("At least"): declared.at_least, _("At most"): declared.at_most}
        rows.append(
            {
                _("Goal"): paper.label(name, "goals"),
                _("Unit"): unit_words(one.unit, paper),
                **limits,
                _("On average"): one.mean,
                _("One course, from"): one.low,
                _("One course, to"): one.high,
                chance: met.mean,
            }
        )
        units.append(one.unit)
    frame = pd.DataFrame(rows)
    numbers = formats_of(units, map(str, frame.columns[2:-1]))
    about = _("Goals and the chance that they are met")
    return Sheet(_("Goals"), about, frame, {**numbers, chance: SHARE})


def compared(kind: str, paper: RunPaper) -> Sheet:
    """Return the planned or observed figures beside the simulated ones."""
    _ = paper._
    titles = {
        "planned": (_("Plan"), _("The plan beside what is simulated")),
        "observed": (_("Observed"), _("What was observed beside what is simulated")),
    }
    name, about = titles[kind]
    table = paper.results.planned() if kind == "planned" else paper.results.observed()
    verdict = {True: _("yes"), False: _("no")}
    used = {} if kind == "planned" else {_("Used to"): in_words(table["use"], lambda u: _(USES[u]))}
    numbers = {
        name: table[kind].to_numpy(),
        _("{figure}, from").format(figure=name): table["low"].to_numpy(),
        _("{figure}, to").format(figure=name): table["high"].to_numpy(),
        **spread(table, paper),
    }
    frame = pd.DataFrame(
        {
            _("Figure"): in_words(table["kpi"], paper.kpi),
            _("Name"): list(table["kpi"]),
            _("Period"): in_words(table["period"], paper.period),
            _("Unit"): in_words(table["unit"], lambda unit: unit_words(unit, paper)),
            **numbers,
            _("Within"): [verdict.get(inside, "") for inside in table["inside"]],
            **used,
            _("Source"): [shown(str(source)) for source in table["source"]],
        }
    )
    return Sheet(name, about, frame, formats_of(table["unit"], numbers))
