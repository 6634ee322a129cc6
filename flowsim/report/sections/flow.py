"""The flow of the scenario: the figure with its caption and its table."""

from __future__ import annotations

from flowsim.analysis.kpi_names import exits_that_can_happen
from flowsim.report.document.blocks import Picture, Table
from flowsim.report.flow_diagram import flow_diagram
from flowsim.report.flow_graph import flow_graph
from flowsim.report.sections.paper import ScenarioPaper

__all__ = ["flow_picture", "flow_table"]


def flow_picture(paper: ScenarioPaper) -> Picture:
    """Return the figure with its caption and its table, as a part of a paper."""
    _, scenario = paper._, paper.scenario
    caption = _(
        "Grey boxes: those who are referred. Blue boxes: steps, with team, places and mean time; "
        "below the line those who leave from there. A span: shares differ between groups."
    )
    svg = flow_diagram(scenario, paper.language)
    title = _("How people move between steps and teams")
    return Picture(svg, title, caption, counted(paper), flow_table(paper))


def counted(paper: ScenarioPaper) -> str:
    """Describe how large the flow is."""
    scenario = paper.scenario
    n = len(scenario.referrals)
    sources = paper.ngettext("{n} source of referrals", "{n} sources of referrals", n).format(n=n)
    n = len(scenario.steps)
    steps = paper.ngettext("{n} step", "{n} steps", n).format(n=n)
    n = len(scenario.teams)
    teams = paper.ngettext("{n} team", "{n} teams", n).format(n=n)
    n = len(exits_that_can_happen(paper.plan))
    exits = paper.ngettext("{n} way out", "{n} ways out", n).format(n=n)
    text = paper._("{sources}, {steps}, {teams} and {exits}.")
    return text.format(sources=sources, steps=steps, teams=teams, exits=exits)


def flow_table(paper: ScenarioPaper) -> Table:
    """Return who goes where, step by step."""
    _, graph = paper._, flow_graph(paper.scenario, paper.language)
    title = {card.name: card.title for card in graph.cards}
    sources = {entry.step: entry.sources for entry in graph.entries}
    rows = []
    for card in graph.cards:
        onward = [f"{title[a.target]} {a.share}" for a in graph.arrows if a.source == card.name]
        rows.append(
            (
                card.title,
                "; ".join(card.teams),
                "; ".join(f"{way.label} ({way.share})" for way in sources.get(card.name, ())),
                "; ".join(onward),
                "; ".join(f"{way.label} {way.share}" for way in card.ways),
            )
        )
    heads = (_("Step"), _("Teams and places"), _("Referred from"), _("Go on to"), _("Leave to"))
    return Table(_("The flow, step by step"), heads, tuple(rows), "lllll")
