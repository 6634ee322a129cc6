"""What observed figures tell of uncertain inputs, as a paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowsim.engine.compiling import compile_plan
from flowsim.report.document.blocks import Book, Bullets, Document, Prose, Section, Table
from flowsim.report.sections.doubts import input_name
from flowsim.report.sections.paper import HowRun, ScenarioPaper
from flowsim.report.words import Value, scale_of
from flowsim.scenario.amounts import written
from flowsim.scenario.ranges import Range
from flowsim.study.calibrating import CHOOSING, TESTING, Calibrated, Target

__all__ = ["tell"]

NOTHING, LITTLE = 0.9, 0.6
"""Width of what is left of a range, above which figures tell nothing, and little."""


def tell(found: Calibrated, language: str | None, versions: Mapping[str, str]) -> Document:
    """Describe what calibrating gave."""
    scenario = found.scenario
    told_in = language or scenario.scenario.language
    how = HowRun(scenario.run.seed, len(found.table.parameters), "kernel", 0.0)
    paper = ScenarioPaper(compile_plan(scenario), told_in, versions, how)
    _ = paper._
    sections = (
        Section(
            "answer", _("What the figures tell"), (*answer(found, paper), parameters(found, paper))
        ),
        Section(
            "figures",
            _("The figures"),
            (figures(found, paper), Bullets(tuple(notes(found, paper)))),
        ),
    )
    title = _("Calibrated: {title}").format(title=paper.title)
    return paper.document(title, sections, lambda: Book(title, (), ()))


def answer(found: Calibrated, paper: ScenarioPaper) -> Iterator[Prose]:
    """Say which inputs the figures tell of, which not, and which cannot be told apart."""
    _ = paper._
    names = [input_name(one.name, paper) for one in found.ranges]
    by = {
        "much": [n for n, w in zip(names, found.widths, strict=True) if w <= LITTLE],
        "little": [n for n, w in zip(names, found.widths, strict=True) if LITTLE < w <= NOTHING],
        "nothing": [n for n, w in zip(names, found.widths, strict=True) if w > NOTHING],
    }
    if by["much"]:
        yield Prose(_("The figures tell of: {inputs}.").format(inputs="; ".join(by["much"])))
    if by["little"]:
        yield Prose(_("They tell a little of: {inputs}.").format(inputs="; ".join(by["little"])))
    if by["nothing"]:
        text = _("They tell nothing of {inputs}: there your assumptions stand as they are.")
        yield Prose(text.format(inputs="; ".join(by["nothing"])))
    for i, j, correlation in found.pairs:
        text = _("The figures cannot tell {one} and {other} apart (correlation {r}).")
        r = paper.number(correlation, 2)
        yield Prose(text.format(one=names[i], other=names[j], r=r))


def parameters(found: Calibrated, paper: ScenarioPaper) -> Table:
    """Return each input before and after."""
    _ = paper._
    quantiles = found.posterior.quantiles(0.05, 0.5, 0.95)
    rows = tuple(
        (
            input_name(one.name, paper),
            f"{amount(one, one.low, paper)} – {amount(one, one.high, paper)}",
            amount(one, float(quantiles[1, j]), paper),
            f"{amount(one, float(quantiles[0, j]), paper)} – "
            f"{amount(one, float(quantiles[2, j]), paper)}",
            Value(paper.percent(min(float(found.widths[j]), 1.0), 0), "share", found.widths[j]),
        )
        for j, one in enumerate(found.ranges)
    )
    heads = (
        _("Input"),
        _("Range before"),
        _("Median after"),
        _("Nine of ten after"),
        _("Left of the range"),
    )
    note = _(
        "Left of the range: the width of nine of ten draws after, over that before. Near "
        "100 percent the "
        "figures say nothing of the input."
    )
    return Table(_("Inputs before and after"), heads, rows, "lrrrr", note)


def amount(one: Range, number: float, paper: ScenarioPaper) -> str:
    """Write a number of an input as readers do: a factor as one."""
    if one.is_factor:
        return paper._("{n} times").format(n=paper.number(number, 2))
    if one.targets[0].table:
        return paper.percent(number, 0)
    if one.unit:
        text = str(written(float(f"{number:.3g}"), one.unit))
        size, _space, unit = text.partition(" ")
        return f"{paper.exact(float(size), 2)} {paper._(unit)}"
    return paper.exact(float(f"{number:.4g}"), 3)


def figures(found: Calibrated, paper: ScenarioPaper) -> Table:
    """Return each observed figure beside what the calibrated model gives."""
    _ = paper._
    uses = {"fit": _("fitted"), "follows": _("follows from others"), "check": _("held back")}
    groups = (("fit", found.fitted), ("follows", found.follows), ("check", found.checked))
    rows = tuple(
        (
            f"{paper.kpi(one.kpi)}, {one.period}",
            of(one, one.value, paper),
            *spans(found, one, paper),
            uses[use],
        )
        for use, some in groups
        for one in some
    )
    heads = (_("Figure"), _("Observed"), _("Calibrated, median"), _("Nine of ten years"), _("Use"))
    return Table(_("Observed and calibrated figures"), heads, rows, "lrrrl")


def spans(found: Calibrated, one: Target, paper: ScenarioPaper) -> tuple[str, str]:
    """Write the median and the span of a figure."""
    low, middle, high = found.span_of(one)
    return of(one, middle, paper), f"{of(one, low, paper)} – {of(one, high, paper)}"


def of(one: Target, value: float, paper: ScenarioPaper) -> str:
    """Write a value of a figure."""
    return str(scale_of(one.kpi, one.unit, paper.language, value).amount(value, paper.language))


def notes(found: Calibrated, paper: ScenarioPaper) -> Iterator[str]:
    """Say how it was done, and how far it can be trusted."""
    _ = paper._
    text = _(
        "{n} draws of the ranges, one replication each; {near} neighbours of what was "
        "observed, adjusted "
        "by regression (Beaumont 2002; Blum and Francois 2010)."
    )
    yield text.format(
        n=paper.number(len(found.table.parameters)), near=paper.number(found.neighbours)
    )
    text = _(
        "It calibrates itself: in {n} data sets drawn from the ranges, other than the "
        "{chosen} that chose "
        "the neighbours, the truth lies where it should for every input."
    )
    if not found.is_calibrated:
        text = _(
            "It does not calibrate itself in {n} data sets other than the {chosen} that chose the "
            "neighbours: take more draws (--draws) before you use it."
        )
    yield text.format(n=paper.number(TESTING), chosen=paper.number(CHOOSING))
    if found.possible < 0.01:
        text = _(
            "What was observed lies far out of what the ranges allow: only {p} of their data "
            "sets lie as far."
        )
        yield text.format(p=paper.percent(found.possible, 1))
    if not found.checked:
        yield _("No figure was held back: that fitted figures come out proves nothing.")
    for one in found.checked:
        low, _middle, high = found.span_of(one)
        text = _("{figure} was held back and would have been foretold.")
        if not low <= one.value <= high:
            text = _("{figure} was held back and would not have been foretold.")
        yield text.format(figure=f"{paper.kpi(one.kpi)}, {one.period}")
    yield _("Whether the model itself is right cannot be told from a handful of figures.")
