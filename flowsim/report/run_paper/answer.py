"""The answer on the first page: does a list grow, where do people wait, and six figures."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.report.document.blocks import Block, Prose, Section
from flowsim.report.run_paper.paper import RunPaper
from flowsim.report.run_paper.sentences import Trend, trend_of
from flowsim.report.run_paper.tables import result_table, tightest_step
from flowsim.report.sections.doubts import decides, of_one_course
from flowsim.report.sections.limits import sureness

__all__ = ["answer", "section"]


def section(paper: RunPaper) -> Section:
    """Return the question, the answer in a sentence, and at most six figures."""
    blocks: list[Block] = [Prose(paper.question)] if paper.question else []
    blocks += [Prose(answer(paper)), *map(Prose, to_find_out(paper)), result_table(paper)]
    blocks += [Prose(sureness(paper))]
    return Section("answer", paper._("The answer"), tuple(blocks))


def to_find_out(paper: RunPaper) -> Iterator[str]:
    """Say which input decides most about the longest wait, and how much is luck."""
    step, unknown = tightest_step(paper), paper.results.unknown
    if step is None or unknown is None:
        return
    kpi = f"{step}.joined.wait.mean"
    said = decides(unknown.shares(kpi), paper.kpi(kpi), paper, alone=unknown.inputs.hang_together)
    if said:
        yield said
    if said := of_one_course(unknown, kpi, paper.kpi(kpi), paper):
        yield said


def answer(paper: RunPaper) -> str:
    """State whether a list grows, and where people wait longest."""
    trends = {step: trend_of(step, paper) for step in paper.scenario.steps}
    growing = {step: one for step, one in trends.items() if one is not None and one.way == "grows"}
    first = grows(growing, paper) if growing else paper._("No list grows.")
    return f"{first} {longest(paper)}"


def grows(growing: dict[str, Trend], paper: RunPaper) -> str:
    """Describe which list grows most, from how many to how many people, and which others grow."""
    step = max(growing, key=lambda one: growing[one].after - growing[one].before)
    one, others = growing[step], [paper.name(other, "steps") for other in growing if other != step]
    text = paper._(
        "The list for {step} grows, from {before} people in {first} to {after} in {last} on "
        "average."
    )
    said = text.format(
        step=paper.name(step, "steps"),
        before=paper.number(one.before, 1),
        after=paper.number(one.after, 1),
        first=paper.months(*one.first),
        last=paper.months(*one.last),
    )
    more = paper._("So do those for {steps}.").format(steps=", ".join(others))
    return f"{said} {more}" if others else said


def longest(paper: RunPaper) -> str:
    """Describe for what people wait longest."""
    step = tightest_step(paper)
    if step is None:
        return paper._("Nobody started any step.")
    wait = paper.figure(f"{step}.joined.wait.mean")
    if wait.mean == 0:
        return paper._("Nobody waits.")
    text = paper._("People wait longest for {step}: {mean} on average.")
    return text.format(step=paper.name(step, "steps"), mean=wait.value)
