"""What a comparison says, in plain sentences with numbers; never what to decide."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan

from flowsim.report.comparison_paper.paper import ComparedFigure, ComparisonPaper
from flowsim.report.comparison_paper.tables import chosen_figures, step_that_changes_most
from flowsim.report.document.blocks import Bullets, Heading

__all__ = ["in_short", "told"]

COST = "cost.total"
HARDLY = 0.5
"""Up to so many days are called hardly any wait."""


def in_short(paper: ComparisonPaper) -> tuple[str, ...]:
    """Return the sentences, one after the other."""
    return tuple(
        text for block in told(paper) if not isinstance(block, Heading) for text in block.items
    )


def told(paper: ComparisonPaper) -> tuple[Bullets | Heading, ...]:
    """Return the sentences below the figures, as parts of a section.

    How each option fares; of each variant what differs by how much and how surely, and its cost.
    """
    blocks: list[Bullets | Heading] = []
    if (step := step_that_changes_most(paper)) is not None:
        blocks.append(Bullets(tuple(wait_with(one, step, paper) for one in paper.options)))
    for other in paper.others:
        text = paper._("{option} compared with {base}").format(
            option=other, base=paper.base_in_words
        )
        blocks += [Heading(text), Bullets(tuple(against_base(other, paper)))]
    return tuple(blocks)


# Waits ----------------------------------------------------------------------------------------


def wait_with(option: str, step: str, paper: ComparisonPaper) -> str:
    """Describe how long people wait with an option, and how many wait when the period ends."""
    _, wait = paper._, paper.figure(f"{step}.joined.wait.mean")
    if isnan(wait.own(option).mean):
        text = _("{option}: nobody starts {step}.")
        return text.format(option=option, step=paper.label(step, "steps"))
    text = _("{option}: those who join the list for {step} wait {mean} on average ({spread}).")
    said = [
        text.format(
            option=option,
            step=paper.label(step, "steps"),
            mean=wait.mean_words(option),
            spread=wait.own(option).course,
        )
    ]
    if paper.has(f"{step}.joined.wait.p90"):
        nine = paper.figure(f"{step}.joined.wait.p90")
        text = _("Nine in ten of them wait at most {nine}.")
        if paper.mean(f"{step}.joined.wait.p90", option) < HARDLY:
            text = _("Nine in ten of them hardly wait at all.")
        if isnan(paper.mean(f"{step}.joined.wait.p90", option)):
            text = _("For one in ten of them it cannot be told how long they wait.")
        said.append(text.format(nine=nine.mean_words(option)))
    if paper.has(f"{step}.waiting.end"):
        text = _("When the period ends, {n} people wait on average.")
        said.append(text.format(n=paper.figure(f"{step}.waiting.end").mean_words(option)))
    return " ".join(said)


# Differences ----------------------------------------------------------------------------------


def against_base(other: str, paper: ComparisonPaper) -> Iterator[str]:
    """Describe what differs between an option and the base: for better, worse, or not at all."""
    figures = [one for one in chosen_figures(paper) if one.name != COST]
    clear = [one for one in figures if one.difference(other).is_claimed]
    for direction in (1, -1, 0):
        for one in clear:
            way = one.direction * (1 if one.difference(other).mean > 0 else -1)
            if way == direction:
                yield clear_difference(one, other, way)
    same = [one for one in figures if one not in clear and is_same(one, other)]
    yield from alike(same, other, paper)
    yield from unclear([one for one in figures if one not in (*clear, *same)], other, paper)
    yield from cost(other, paper)


def is_same(figure: ComparedFigure, other: str) -> bool:
    """Whether an option has the same figure as the base in all replications."""
    found = figure.difference(other)
    return found.mean == 0 and found.is_constant


def clear_difference(figure: ComparedFigure, other: str, way: int) -> str:
    """Describe which option does better on a figure, by how much, and how sure that is."""
    _, paper = figure.paper._, figure.paper
    text = _("With {option} “{figure}” is {own} instead of {before}: {difference}.")
    said = text.format(
        figure=figure.label,
        option=other,
        own=figure.mean_words(other),
        before=figure.mean_words(paper.base),
        difference=figure.sentence(other),
    )
    return f"{said} {how_often(figure, other)}" if way else said


def how_often(figure: ComparedFigure, other: str) -> str:
    """State in how many courses of events an option does better than the base; ties count half."""
    _, found = figure.paper._, figure.difference(other)
    texts = {
        0.0: _("In none of {n} courses of events was it better."),
        1.0: _("In all {n} courses of events it was better."),
    }
    text = texts.get(
        found.probability_better, _("It was better in {share} of {n} courses of events.")
    )
    n = figure.paper.number(found.n)
    return text.format(n=n, share=figure.chance(other))


def listed(figures: list[ComparedFigure]) -> str:
    """Name figures one after the other."""
    return ", ".join(figures[0].paper._("“{figure}”").format(figure=one.label) for one in figures)


def alike(figures: list[ComparedFigure], other: str, paper: ComparisonPaper) -> Iterator[str]:
    """Describe which figures an option does not touch."""
    if figures:
        text = paper._("{option} makes no difference at all to: {figures}.")
        yield text.format(option=other, figures=listed(figures))


def unclear(figures: list[ComparedFigure], other: str, paper: ComparisonPaper) -> Iterator[str]:
    """State on which figures an option does not clearly differ, or is not compared."""
    known = [one for one in figures if not isnan(one.difference(other).mean)]
    if known:
        text = paper._("No clear difference with {n} courses of events in: {figures}.")
        yield text.format(n=paper.number(paper.how.replications), figures=listed(known))
    for one in figures:
        if reason := one.reason_words(other):
            yield paper._("“{figure}”: {reason}.").format(figure=one.label, reason=reason)


# Cost -----------------------------------------------------------------------------------------


def cost(other: str, paper: ComparisonPaper) -> Iterator[str]:
    """Describe what an option costs beside the base."""
    _ = paper._
    if not (paper.has(COST) and paper.has_costs):
        yield _("What {option} costs beside {base} is not part of this comparison.").format(
            option=other, base=paper.base
        )
        return
    figure = paper.figure(COST, a_year=True)
    if is_same(figure, other):
        text = _("{option} costs as much as {base}: {before} a year on average.")
    else:
        text = _("{option} costs {own} a year on average, {base} {before}: {difference}.")
    yield text.format(
        option=other,
        base=paper.base_in_words,
        own=figure.mean_words(other),
        before=figure.mean_words(paper.base),
        difference=figure.sentence(other),
    )
