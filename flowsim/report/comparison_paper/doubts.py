"""What the assumptions allow of each difference, and which of them decides the answer."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.report.comparison_paper.paper import ComparedFigure, ComparisonPaper
from flowsim.report.comparison_paper.tables import chosen_figures, step_that_changes_most
from flowsim.report.differences import chance_words, signed_span
from flowsim.report.document.blocks import Block, Cell, Prose, Table
from flowsim.report.numbers import MISSING
from flowsim.report.sections.doubts import decides, input_name
from flowsim.report.words import Value
from flowsim.study.comparison.unknown import DifferenceUnknown

__all__ = ["blocks"]

FEW = 0.05
"""Share of draws against the sign, below which a turning point is not told."""


def blocks(paper: ComparisonPaper) -> Iterator[Block]:
    """Return what decides the answer, and between what each difference may lie."""
    unknown = paper.comparison.unknown
    if unknown is None or not unknown.inputs:
        return
    yield from map(Prose, what_decides(paper))
    table = allowed(paper)
    if table.rows:
        yield table


def found(figure: ComparedFigure, other: str) -> DifferenceUnknown | None:
    """Return what the draws say of a difference, where options are to be compared."""
    unknown = figure.paper.comparison.unknown
    if unknown is None or figure.reason(other):
        return None
    return unknown.of(figure.name, other, figure.paper.difference(figure.name, other).mean)


def what_decides(paper: ComparisonPaper) -> Iterator[str]:
    """Say for each option which input decides the wait that changes most, and where it turns."""
    step = step_that_changes_most(paper)
    if step is None or paper.comparison.unknown is None:
        return
    figure = paper.figure(f"{step}.joined.wait.mean")
    alone = paper.comparison.unknown.hang_together
    for other in paper.others:
        one = found(figure, other)
        if one is None:
            continue
        said = decides(one.shares, figure.label, paper, alone=alone)
        if said and len(paper.others) > 1:
            said = f"{other}: {said}"
        if said:
            yield f"{said} {turns(one, paper)}".rstrip()


def turns(one: DifferenceUnknown, paper: ComparisonPaper) -> str:
    """Say at which value of an input the better option changes; empty where it hardly does."""
    if one.same_sign > 1 - FEW or not one.turning:
        return ""
    name, point = next(iter(one.turning.items()))
    value = paper.number(point.number, 1)
    if point.is_factor:
        value = paper._("{n} times what the file says").format(n=paper.number(point.number, 2))
    elif point.unit:
        value = f"{value} {paper._(point.unit)}"
    text = paper._("The better option changes where {input} is {value}.")
    return text.format(input=input_name(name, paper), value=value)


def allowed(paper: ComparisonPaper) -> Table:
    """Return between what the differences of the board's figures may lie."""
    _, unknown = paper._, paper.comparison.unknown
    assert unknown is not None
    figures = [figure for figure in chosen_figures(paper) if any(cells(figure))]
    rows = tuple((figure.label, *(one or MISSING for one in cells(figure))) for figure in figures)
    note = _(
        "Where the difference of the averages lies in nine of ten of {n} draws of the inputs that "
        "have a range, chance left out; below, in how many draws it has the sign that it has as "
        "the scenario is written. The ranges are assumptions as well."
    ).format(n=paper.number(unknown.draws))
    heads = (_("Figure"), *paper.others)
    caption = _("What the assumptions allow of the differences")
    return Table(caption, heads, rows, "l" + "r" * len(paper.others), note)


def cells(figure: ComparedFigure) -> list[Cell]:
    """Write the span of each option's difference; empty where draws say nothing of it."""
    written: list[Cell] = []
    by = figure.paper.years_of(figure.paper.base) if figure.a_year else 1.0
    for other in figure.paper.others:
        one = found(figure, other)
        if one is not None and one.is_luck:
            written.append(figure.paper._("not told from luck"))
            continue
        if one is None or one.span.lower == one.span.upper:
            written.append("")
            continue
        ends = one.span.lower / by, one.span.upper / by
        text = signed_span(ends, figure.scale, figure.paper.language, figure.decimals)
        share = chance_words(one.same_sign, figure.paper.language)
        said = figure.paper._("the same direction in {share}").format(share=share)
        written.append(Value(f"{text}\n{said}", figure.unit, *ends))
    return written
