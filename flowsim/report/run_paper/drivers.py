"""What drives the result: how much comes to each team, and which inputs are guesses."""

from __future__ import annotations

from collections import Counter

from flowsim.report.document.blocks import Block, Picture, Prose, Section, Table
from flowsim.report.document.scenario_paper import ScenarioPaper
from flowsim.report.run_paper.sentences import NEARLY_FULL, load_label
from flowsim.scenario.workload import TeamLoad, team_loads

__all__ = ["section"]


def section(paper: ScenarioPaper, influence: Picture | None) -> Section:
    """Return the load of each team, what the inputs rest on, and how much each one moves.

    Parameters
    ----------
    influence : the figure of how the answer moves with each assumed value; None where the run was
        not made with one
    """
    _ = paper._
    blocks: list[Block] = []
    if (table := load_table(paper)).rows:
        blocks.append(table)
    blocks.append(Prose(marks(paper)))
    if influence is not None:
        blocks.append(influence)
    return Section("drivers", _("What drives the result"), tuple(blocks))


def load_table(paper: ScenarioPaper) -> Table:
    """Return what each team would need beside what it has."""
    _ = paper._
    rows = [
        (
            load_label(load, paper),
            paper.number(load.needed, 1),
            paper.number(load.places, 1),
            paper.percent(load.share) if load.places > 0 else _("no places"),
            verdict(load, paper),
        )
        for load in team_loads(paper.scenario)
    ]
    heads = (_("Team"), _("Places needed"), _("Places"), _("Load"), _("What it means"))
    note = _(
        "Places needed: starts a day times the mean time in the step, on average over the period, "
        "worked out from the inputs alone. Above 100 % the list grows in the long run."
    )
    return Table(_("Load of each team"), heads, tuple(rows), "lrrrl", note)


def verdict(load: TeamLoad, paper: ScenarioPaper) -> str:
    """Say in words what a load means."""
    if load.places == 0:
        return paper._("nobody can start")
    if load.share > 1:
        return paper._("more comes than it can take")
    if load.share > NEARLY_FULL:
        return paper._("nearly full: long waits at times")
    return paper._("has room")


def marks(paper: ScenarioPaper) -> str:
    """Say how many inputs are stated, derived and assumed."""
    counts = Counter(one.mark for one in paper.inputs)
    text = paper._(
        "Of {n} inputs, {stated} are stated in a source, {derived} are derived from one and "
        "{assumed} are assumed. Waits react most to how many are referred, how long people stay "
        "and how many places there are; the cost per exit also to the shares who leave each way. "
        "The assumed ones among these deserve most attention."
    )
    numbers = {mark: counts[mark] for mark in ("stated", "derived", "assumed")}
    said = text.format(n=len(paper.inputs), **numbers)
    if not counts["set"]:
        return said
    more = paper.ngettext("{n} was set for this run.", "{n} were set for this run.", counts["set"])
    return f"{said} {more.format(n=counts['set'])}"
