"""What drives the result: the load of each team with each option, and which inputs are guesses."""

from __future__ import annotations

from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.document.blocks import Block, Prose, Section, Table
from flowsim.report.numbers import MISSING
from flowsim.report.run_paper.drivers import marks
from flowsim.report.run_paper.sentences import load_label
from flowsim.scenario.workload import TeamLoad, team_loads

__all__ = ["load_table", "section"]


def section(paper: ComparisonPaper) -> Section:
    """Return the load of each team with each option, and what the inputs rest on."""
    blocks: list[Block] = []
    if (table := load_table(paper)).rows:
        blocks.append(table)
    blocks.append(Prose(marks(paper)))
    return Section("drivers", paper._("What drives the result"), tuple(blocks))


def load_table(paper: ComparisonPaper) -> Table:
    """Return load, and places beside the places needed, of each team with each option."""
    _ = paper._
    found: dict[str, dict[str, TeamLoad]] = {}
    for option, scenario in paper.comparison.scenarios.items():
        for load in team_loads(scenario):
            found.setdefault(load_label(load, paper), {})[option] = load
    rows = tuple(
        (
            team,
            *(cell(loads[one], paper) if one in loads else MISSING for one in paper.options),
        )
        for team, loads in found.items()
    )
    note = _(
        "Load: places that the work would fill, over the places that there are, worked out from "
        "the inputs alone. Above 100 % the list grows in the long run."
    )
    heads = (_("Team"), *paper.options)
    return Table(
        _("Load of each team with each option"), heads, rows, "l" + "r" * len(paper.options), note
    )


def cell(load: TeamLoad, paper: ComparisonPaper) -> str:
    """Write the load of a team, and its places in small print."""
    _ = paper._
    share = paper.percent(load.share) if load.places > 0 else _("no places")
    text = _("{needed} needed, {places} there")
    needed, places = (paper.number(one, 1) for one in (load.needed, load.places))
    return f"{share}\n{text.format(needed=needed, places=places)}"
