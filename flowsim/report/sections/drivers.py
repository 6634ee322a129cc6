"""What drives the result: how much comes to each team, and which inputs are guesses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from flowsim.report.document.blocks import Block, Cell, Prose, Section, Table
from flowsim.report.sections.paper import ScenarioPaper
from flowsim.report.words import Value, Words
from flowsim.scenario.workload import TeamLoad, team_loads

__all__ = ["NEARLY_FULL", "load_label", "load_table", "marks", "section"]

NEARLY_FULL = 0.9


def section(paper: ScenarioPaper, table: Table, more: Iterable[Block] = ()) -> Section:
    """Return the load of each team, what the inputs rest on, and what more there is to tell.

    Parameters
    ----------
    table : the load of each team
    more : blocks below: how much each input moves, for one
    """
    blocks = (*([table] if table.rows else []), Prose(marks(paper)), *more)
    return Section("drivers", paper._("What drives the result"), blocks)


def load_table(paper: ScenarioPaper, in_use: Callable[[TeamLoad], Cell] | None = None) -> Table:
    """Return what each team would need beside what it has.

    Parameters
    ----------
    in_use : writes the share of a team's places that are in use, where a run tells it
    """
    _ = paper._
    rows = [
        (
            load_label(load, paper),
            paper.value("", load.needed, "count"),
            paper.value("", load.places, "count"),
            written_load(load, paper),
            *([in_use(load)] if in_use else []),
            verdict(load, paper),
        )
        for load in team_loads(paper.scenario)
    ]
    heads = [_("Team"), _("Places needed"), _("Places"), _("Load"), _("What it means")]
    if in_use:
        heads.insert(4, _("Places in use"))
    note = _(
        "Places needed: starts a day times the mean time in the step, on average over the period, "
        "worked out from the inputs alone. Above 100 % the list grows in the long run."
    )
    align = "l" + "r" * (len(heads) - 2) + "l"
    return Table(_("Load of each team"), tuple(heads), tuple(rows), align, note)


def load_label(load: TeamLoad, words: Words) -> str:
    """Return the label of a team, and of whom it is for."""
    return words.label(load.team, "teams") + (f" ({load.value})" if load.value else "")


def written_load(load: TeamLoad, words: Words) -> Cell:
    """Write the load of a team."""
    if load.places == 0:
        return words._("no places")
    return Value(words.percent(load.share), "share", load.share)


def verdict(load: TeamLoad, words: Words) -> str:
    """Say in words what a load means."""
    _ = words._
    if load.places == 0:
        return _("nobody can start")
    if load.share > 1:
        said, growth = _("more comes than it can take"), load.growth_per_week
        speed = _(", by {people} a week").format(people=words.number(growth, 1))
        return said + (speed if growth >= 0.05 else "")
    if load.share > NEARLY_FULL:
        return _("nearly full: long waits at times")
    return _("has room")


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
