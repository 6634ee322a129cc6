"""The workbook of an experiment: its answer, every figure of every point, and what each sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from flowsim.analysis.kpi_names import Kpi
from flowsim.errors import ResultsError
from flowsim.letters import shown
from flowsim.report.document.blocks import Book, Facts, Formats, Prose, Sheet
from flowsim.report.document.xlsx import GENERAL, SHARE, WHOLE, distinct_heads
from flowsim.report.experiment_paper import question
from flowsim.report.experiment_paper.indices import HEADS
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.experiment_paper.result import answer_section
from flowsim.report.sections.sheets import (
    assumptions,
    difference_columns,
    difference_formats,
    difference_words,
    figure_sheet,
    formats_of,
    how_run,
    of_table,
    value_cell,
)
from flowsim.scenario.overrides import as_toml
from flowsim.study.experiment.indices import INDEXED_DESIGNS, indices_of
from flowsim.study.experiment.points import Point
from flowsim.study.experiment.schema import Factor

__all__ = ["book"]


def book(paper: ExperimentPaper) -> Book:
    """Return what the workbook of an experiment holds."""
    return Book(paper.title, tuple(facts(paper)), tuple(sheets(paper)))


def facts(paper: ExperimentPaper) -> Iterator[tuple[str, str | float]]:
    """Return the question, the answer and what it rests on, and how the numbers were made."""
    _, head, run = paper._, paper.experiment.file.experiment, paper.scenario.run
    if head.question:
        yield _("Question"), shown(head.question)
    if head.source:
        yield _("Asked in"), shown(head.source)
    yield _("Scenario"), shown(paper.scenario.scenario.title)
    yield from answer(paper)
    yield _("Number of points"), len(paper.experiment.points)
    if paper.base is not None:
        yield _("Compared with"), paper.base
    of_all = f"{run.report_from} – {run.until}"
    yield _("Period"), of_all if paper.experiment.period == "run" else paper.experiment.period
    yield from how_run(paper)
    own = _(
        "The average is over all replications; from and to give its interval of 95 %. Times are "
        "in days, money in whole units of the currency; counts and money are of the whole period."
    )
    apart = "" if paper.base is None else difference_words(paper.base, paper)
    yield _("How to read it"), f"{own} {apart}".rstrip()


def answer(paper: ExperimentPaper) -> Iterator[tuple[str, str | float]]:
    """Return the answer of the experiment file with its figures, and what it rests on."""
    section = answer_section(paper)
    for block in section.blocks if section is not None else ():
        if isinstance(block, Prose):
            yield paper._("The answer"), block.text
        if isinstance(block, Facts):
            for mark, inputs in block.pairs:
                yield paper._("It rests on: {mark}").format(mark=mark.lower()), inputs


def sheets(paper: ExperimentPaper) -> Iterator[Sheet]:
    """Return the sheets in the order in which they stand."""
    yield figures(paper)
    yield points(paper)
    yield varied(paper)
    if paper.design in INDEXED_DESIGNS:
        found = indices(paper)
        if len(found.frame):
            yield found
    yield assumptions(paper)


# Points ---------------------------------------------------------------------------------------


def figures(paper: ExperimentPaper) -> Sheet:
    """Return each figure of each point with its interval, and its difference from the base."""
    _, found = paper._, [one for kpi in paper.experiment.kpis for one in paper.figures(kpi)]
    more: dict[str, Sequence[object]] = {_("Replications"): [one.n for one in found]}
    formats = whole_numbers(paper)
    if paper.base is not None:
        said = ["" if one.difference is None else str(paper.difference(one)) for one in found]
        more |= difference_columns([one.difference for one in found], said, paper)
        formats |= difference_formats([one.kpi.unit for one in found], paper)
    sheet = figure_sheet(
        _("All figures"),
        _("Each figure of each point, and how it differs from the point compared with."),
        [paper.of_point(one) for one in found],
        [paper.experiment.period] * len(found),
        paper,
        {
            _("Number of the point"): [one.point for one in found],
            _("Point"): [paper.point(one.point) for one in found],
        },
        more,
        formats,
    )
    all_points = [paper.experiment.points[one.point] for one in found]
    frame, levels = with_levels(dict(sheet.frame.items()), all_points, paper)
    return replace(sheet, frame=frame, formats={**sheet.formats, **levels})


def points(paper: ExperimentPaper) -> Sheet:
    """Return the points, each with its values and all that it sets."""
    _, found = paper._, paper.experiment.points
    columns: dict[str, object] = {
        _("Number of the point"): [one.number for one in found],
        _("Point"): [shown(one.label) for one in found],
        _("What it sets"): [question.settings_words(dict(one.settings), paper) for one in found],
        _("As the scenario file has it"): [
            "\n".join(shown(f"{key} = {as_toml(value)}") for key, value in one.settings.items())
            for one in found
        ],
        _("Seed"): [str(paper.how.seed if one.seed is None else one.seed) for one in found],
    }
    if paper.base is not None:
        is_base = [one.number == paper.experiment.base_point for one in found]
        columns[_("Compared with")] = [_("yes") if one else _("no") for one in is_base]
    frame, levels = with_levels(columns, found, paper)
    about = _("The points that were run, each with its values and all that it sets.")
    return Sheet(_("Points"), about, frame, {**whole_numbers(paper), **levels})


def whole_numbers(paper: ExperimentPaper) -> dict[str, Formats]:
    """Return the columns that count."""
    return {paper._("Number of the point"): WHOLE, paper._("Replications"): WHOLE}


def with_levels(
    columns: Mapping[str, object], rows: tuple[Point, ...] | list[Point], paper: ExperimentPaper
) -> tuple[pd.DataFrame, dict[str, Formats]]:
    """Add the values of what is varied as the last columns, and say how they are written."""
    more = list(levels(rows, paper))
    heads = distinct_heads([*columns, *(name for name, _values in more)])
    added = dict(zip(heads[len(columns) :], (values for _name, values in more), strict=True))
    return pd.DataFrame({**columns, **added}), dict.fromkeys(added, GENERAL)


def levels(
    rows: tuple[Point, ...] | list[Point], paper: ExperimentPaper
) -> Iterator[tuple[str, list[str | float]]]:
    """Return a column for each factor; where each is changed alone, what is changed and to what."""
    factors = paper.experiment.file.factors
    if paper.design != "one_at_a_time":
        for factor in factors:
            values = [level_cell(one.levels.get(factor.name), factor, paper) for one in rows]
            yield paper.factor(factor), values
        return
    changed = [changed_factor(one, paper) for one in rows]
    yield (
        paper._("Input"),
        ["" if one is None else paper.factor(one) for one in changed],
    )
    values = [
        "" if factor is None else level_cell(one.levels[factor.name], factor, paper)
        for one, factor in zip(rows, changed, strict=True)
    ]
    yield paper._("Value"), values


def changed_factor(point: Point, paper: ExperimentPaper) -> Factor | None:
    """Return the factor in which a point is another than the base point; None of that point."""
    base = paper.experiment.points[paper.experiment.base_point or 0].levels
    for factor in paper.experiment.file.factors:
        if point.levels[factor.name] != base[factor.name]:
            return factor
    return None


def level_cell(level: object, factor: Factor, paper: ExperimentPaper) -> str | float:
    """Return a level as a cell: a number as it is, all else in words; empty where it has none."""
    if level is None or (isinstance(level, (int, float)) and not factor.levels):
        return value_cell(level, paper)
    return paper.level(factor, level)


# What is varied, and what matters -------------------------------------------------------------


def varied(paper: ExperimentPaper) -> Sheet:
    """Return the factors with their values, or the options of a list."""
    is_list = bool(paper.experiment.file.variants)
    table = question.variants(paper) if is_list else question.factors(paper)
    about = paper._("What is varied, over which values.")
    return of_table(paper._("What is varied"), about, table)


def indices(paper: ExperimentPaper) -> Sheet:
    """Return the indices of sensitivity of each figure that has them."""
    _ = paper._
    parts = [part for kpi in paper.experiment.kpis for part in indices_of_figure(kpi, paper)]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    about = _("How much each drawn input matters for each figure, with intervals of 95 %.")
    heads = (_("Value"), _("Value, from"), _("Value, to"))
    formats: dict[str, Formats] = dict.fromkeys(heads, SHARE)
    if paper.design == "morris" and parts:
        units = {kpi.name: kpi.unit for kpi in paper.experiment.kpis}
        formats = formats_of([units[name] for name in frame[_("Name")]], heads)
    return Sheet(_("Which input matters most"), about, frame, formats)


def indices_of_figure(kpi: Kpi, paper: ExperimentPaper) -> Iterator[pd.DataFrame]:
    """Return the indices of a figure; nothing where it has none."""
    _ = paper._
    try:
        rows = indices_of(paper.results, kpi)
    except ResultsError:
        return
    names = {one.name: paper.factor(one) for one in paper.experiment.file.factors}
    verdicts = {True: _("yes"), False: _("cannot be told")}
    yield pd.DataFrame(
        {
            _("Figure"): paper.kpi(kpi.name),
            _("Name"): kpi.name,
            _("Input"): [names.get(name, _("Chance alone (no input)")) for name in rows["factor"]],
            _("What the value is"): [_(HEADS[name]) for name in rows["index"]],
            _("Value"): rows["value"].to_numpy(),
            _("Value, from"): rows["lower"].to_numpy(),
            _("Value, to"): rows["upper"].to_numpy(),
            _("More than chance"): [
                "" if one is None else verdicts[bool(one)] for one in rows["above_luck"]
            ],
        }
    )
