"""The flow of the base, and of the options that have another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flowsim.report.comparison_paper.options import changes_of
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.document.blocks import Block, Bullets, Heading, Section
from flowsim.report.document.scenario_paper import ScenarioPaper
from flowsim.report.flow_graph import flow_graph
from flowsim.report.run_paper.flow import flow_picture
from flowsim.scenario.schema import Scenario

__all__ = ["section"]

MOST_DRAWN = 4
Shape = frozenset[tuple[str, ...]]


def shape_of(scenario: Scenario) -> Shape:
    """Return who goes where: the same where only numbers differ."""
    graph = flow_graph(scenario, scenario.scenario.language)
    ways: set[tuple[str, ...]] = {(arrow.source, arrow.target) for arrow in graph.arrows}
    ways |= {("step", card.name, way.label) for card in graph.cards for way in card.ways}
    entries = graph.entries
    return frozenset(ways | {("to", one.step, way.label) for one in entries for way in one.sources})


def section(paper: ComparisonPaper) -> Section:
    """Return the figure of the base, what each option changes in it, and other figures."""
    blocks: list[Block] = [flow_picture(paper)]
    drawn = {shape_of(paper.scenario)}
    for number, option in enumerate(paper.others, start=2):
        if changes := tuple(changes_of(option, paper)):
            blocks += [Heading(option), Bullets(changes)]
        blocks += other_flow(option, number, drawn, paper)
    return Section("flow", paper._("The flow"), tuple(blocks))


def other_flow(
    option: str, number: int, drawn: set[Shape], paper: ComparisonPaper
) -> Iterator[Block]:
    """Give the figure of an option, if people move otherwise in it than in any drawn before."""
    scenario = paper.comparison.scenarios[option]
    shape = shape_of(scenario)
    if shape in drawn or len(drawn) >= MOST_DRAWN:
        return
    drawn.add(shape)
    own = ScenarioPaper(paper.plans[option], paper.language, paper.versions, paper.how)
    picture = flow_picture(own)
    title = paper._("The flow with {option}").format(option=option)
    svg = picture.svg.replace("flow-drawing-", f"flow-drawing-{number}-")
    yield replace(picture, svg=svg, title=title)
