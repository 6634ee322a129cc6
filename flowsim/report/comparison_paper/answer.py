"""The answer on the first page: waits, where the queue is, exits and what a further one costs."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.report.comparison_paper import doubts
from flowsim.report.comparison_paper.marginal import COST, marginal_cost
from flowsim.report.comparison_paper.paper import ComparedFigure, ComparisonPaper
from flowsim.report.comparison_paper.tables import result_table, step_that_changes_most
from flowsim.report.comparison_paper.vacancies import longer_lists
from flowsim.report.document.blocks import Block, Bullets, Prose, Section
from flowsim.report.sections.limits import sureness

__all__ = ["answer", "other_periods", "section"]


def section(paper: ComparisonPaper) -> Section:
    """Return the answer to what is compared: in a sentence or two, and in at most six rows."""
    said = tuple(answer(paper))
    blocks: list[Block] = [Prose(said[0]) if len(said) == 1 else Bullets(said)]
    blocks += [Prose(text) for text in other_periods(paper)]
    more = tuple(doubts.blocks(paper))
    blocks += [one for one in more if isinstance(one, Prose)]
    blocks += [result_table(paper), *(one for one in more if not isinstance(one, Prose))]
    blocks.append(Prose(sureness(paper)))
    return Section("answer", paper._("The answer"), tuple(blocks))


def answer(paper: ComparisonPaper) -> Iterator[str]:
    """Describe each option what it does to the waits, to the exits and to the cost."""
    for other in paper.others:
        said = (*waits(other, paper), *longer_lists(other, paper), *exits_and_cost(other, paper))
        yield " ".join(said) or paper._("{option} changes nothing of what is compared.").format(
            option=other
        )


def other_periods(paper: ComparisonPaper) -> Iterator[str]:
    """State that the options are of different periods, where they are."""
    windows = paper.comparison.windows
    if len(set(windows.values())) == 1 and paper.comparison.meets_same_people:
        return
    _ = paper._
    each = _("{option}: {first} to {last}")
    told = (
        each.format(option=one, first=first, last=last) for one, (first, last) in windows.items()
    )
    text = _(
        "Mind that the options are of different periods ({windows}). They do not meet the same "
        "people, and a difference is also one between the periods."
    )
    yield text.format(windows="; ".join(told))


# Waits ----------------------------------------------------------------------------------------


def waits(other: str, paper: ComparisonPaper) -> Iterator[str]:
    """Describe what becomes of the wait that changes most, and where the queue is then."""
    step = step_that_changes_most(paper)
    if step is None:
        return
    _, wait = paper._, paper.figure(f"{step}.joined.wait.mean")
    found = wait.difference(other)
    text = _("With {option} people wait about as long as before, {own} for {step}.")
    if found.is_claimed:
        text = _("With {option} people wait {own} for {step} instead of {before}.")
        if wait.reads_as_nothing(other):
            text = _("With {option} hardly anybody waits for {step}, instead of {before}.")
    yield text.format(
        option=other,
        step=paper.name(step, "steps"),
        own=wait.mean_words(other),
        before=wait.mean_words(paper.base),
    )
    if found.is_claimed and paper.has(f"{step}.waiting.end"):
        yield from left_waiting(paper.figure(f"{step}.waiting.end"), other)
    yield from moved(step, other, paper)


def left_waiting(waiting: ComparedFigure, other: str) -> Iterator[str]:
    """Describe how many wait for a step when the period ends."""
    _, before, own = waiting.paper._, waiting.mean_words(waiting.paper.base), None
    own = waiting.mean_words(other)
    if waiting.difference(other).is_claimed:
        text = _("When the period ends {own} wait for it on average instead of {before}.")
        yield text.format(own=own, before=before)


def moved(step: str, other: str, paper: ComparisonPaper) -> Iterator[str]:
    """State whether the queue moves to another step: where the wait changes the other way."""
    _, way = paper._, paper.difference(f"{step}.joined.wait.mean", other).mean
    others = [
        paper.figure(f"{one}.joined.wait.mean")
        for one in paper.scenario.steps
        if one != step and paper.has(f"{one}.joined.wait.mean")
    ]
    against = [
        one
        for one in others
        if one.difference(other).is_claimed and one.difference(other).mean * way < 0
    ]
    for one in against:
        text = _("The queue moves: for {step} people then wait {own} instead of {before}.")
        yield text.format(
            step=paper.name(one.name.removesuffix(".joined.wait.mean"), "steps"),
            own=one.mean_words(other),
            before=one.mean_words(paper.base),
        )
    longest = max(others, key=lambda one: one.own(other).mean, default=None)
    if longest is None or against:
        return
    if longest.own(other).mean > paper.mean(f"{step}.joined.wait.mean", other):
        text = _("The longest wait is then for {step}, {own}.")
        yield text.format(
            step=paper.name(longest.name.removesuffix(".joined.wait.mean"), "steps"),
            own=longest.mean_words(other),
        )


# Exits and cost -------------------------------------------------------------------------------


def exits_and_cost(other: str, paper: ComparisonPaper) -> Iterator[str]:
    """Describe what the option costs and what a further exit does, where there clearly is one."""
    further = marginal_cost(other, paper)
    if further is not None:
        yield further_exits(other, paper)
        _ = paper._
        text = _("Each further exit costs {cost} ({limits}).")
        if not further.is_more:
            text = _("Each exit fewer saves {cost} ({limits}).")
        one = further.estimate
        yield text.format(cost=one.value, limits=one.interval)
        return
    yield from cost_and_no_exits(other, paper)


def further_exits(other: str, paper: ComparisonPaper) -> str:
    """Describe how many more exits there are a year, and what the option costs more."""
    exits = paper.figure(f"outcomes.{paper.outcome}", a_year=True)
    text = paper._("A year it gives {exits} in {outcome}, and the cost is {cost}.")
    return text.format(
        exits=exits.sentence(other),
        outcome=paper.label(paper.outcome or "", "outcomes"),
        cost=paper.figure(COST, a_year=True).sentence(other),
    )


def cost_and_no_exits(other: str, paper: ComparisonPaper) -> Iterator[str]:
    """Describe what the option costs a year, and that exits are not clearly more or fewer."""
    _, exits = paper._, f"outcomes.{paper.outcome}"
    is_compared = paper.has(exits) and not paper.figure(exits).reason(other)
    if paper.has(COST) and paper.has_costs and not paper.figure(COST).reason(other):
        cost = paper.figure(COST, a_year=True)
        text = _("The cost a year is {cost}.")
        if cost.difference(other).mean == 0:
            text = _("The cost a year is the same.")
        yield text.format(cost=cost.sentence(other))
    if is_compared and not paper.difference(exits, other).is_claimed:
        text = _("Exits in {outcome} are not clearly more or fewer.")
        yield text.format(outcome=paper.label(paper.outcome or "", "outcomes"))
    elif is_compared:
        text = _("Exits in {outcome} a year: {exits}.")
        one = paper.figure(exits, a_year=True)
        outcome = paper.label(paper.outcome or "", "outcomes")
        yield text.format(outcome=outcome, exits=one.sentence(other))
