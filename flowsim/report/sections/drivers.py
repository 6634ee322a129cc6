"""What drives the result: how much comes to each team, and which inputs are guesses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from math import inf, isinf, isnan

from flowsim.report.document.blocks import Block, Cell, Prose, Section, Table
from flowsim.report.numbers import MISSING
from flowsim.report.sections.paper import ScenarioPaper
from flowsim.report.words import Value, Words
from flowsim.scenario.workload import Bound, Load, loads_of

__all__ = ["load_label", "load_line", "load_note", "load_table", "marks", "section"]

ANOTHER = 0.05
"""How much a load in the last year differs from the average to be told beside it."""


def section(paper: ScenarioPaper, table: Table, more: Iterable[Block] = ()) -> Section:
    """Return the load of each team, what the inputs rest on, and what more there is to tell.

    Parameters
    ----------
    table : the load of each team
    more : blocks below: how much each input moves, for one
    """
    blocks = (*([table] if table.rows else []), Prose(marks(paper)), *more)
    return Section("drivers", paper._("What drives the result"), blocks)


def load_table(paper: ScenarioPaper, in_use: Callable[[Load], Cell] | None = None) -> Table:
    """Return what comes to each team, or to a step without one, beside what can start.

    Parameters
    ----------
    in_use : writes the share of a team's places that are in use, where a run tells it
    """
    _ = paper._
    rows = [
        (
            load_label(load, paper),
            a_year(load.coming, paper),
            a_year(load.most, paper),
            average_and_late(load, paper),
            *([in_use(load)] if in_use else []),
            verdict(load, paper),
        )
        for load in loads_of(paper.scenario)
    ]
    heads = [_("Team"), _("Come a year"), _("Can start a year"), _("Load"), _("What it means")]
    if in_use:
        heads.insert(4, _("Places in use"))
    align = "l" + "r" * (len(heads) - 2) + "l"
    return Table(_("Load of each team"), tuple(heads), tuple(rows), align, load_note(paper))


def load_note(words: Words) -> str:
    """Describe what load is."""
    return words._(
        "Load: what comes over what can start, on average over the period, worked out from the "
        "inputs alone. What can start follows from places, times in the step, meetings, groups, "
        "closures and vacant posts; what comes is what the steps before let through. Above 100 % "
        "the list grows in the long run, unless people give up."
    )


def load_label(load: Load, words: Words) -> str:
    """Return the label of a team, and of whom it is for; or of a step without a team."""
    label = words.label(load.name, "teams" if load.team else "steps")
    return label + (f" ({load.value})" if load.value else "")


def a_year(number: float, words: Words) -> Cell:
    """Write how many a year; a dash where that is not known."""
    return MISSING if isnan(number) else Value(words.number(number), "count", number)


def written_load(load: Load, words: Words) -> Cell:
    """Write the load of a team."""
    if load.team and load.places == 0:
        return words._("no places")
    return Value(words.percent(load.share), "share", load.share) if load.share < inf else MISSING


def average_and_late(load: Load, words: Words) -> Cell:
    """Write the load of a team, in small print that of the last year where it is another one."""
    whole = written_load(load, words)
    if abs(load.late - load.share) < ANOTHER or isinf(load.late) or not isinstance(whole, Value):
        return whole
    late = words._("last year {share}").format(share=words.percent(load.late))
    return Value(f"{whole}\n{late}", "share", load.share)


def load_line(load: Load, words: Words) -> str:
    """Return all that is said of a load, in a line: what comes, what can start, what it means."""
    text = words._("{team}: {coming} come a year and {most} can start (load {share}); {meaning}")
    return text.format(
        team=load_label(load, words),
        coming=a_year(load.coming, words),
        most=a_year(load.most, words),
        share=written_load(load, words),
        meaning=verdict(load, words),
    )


def verdict(load: Load, words: Words) -> str:
    """State in words what a load means, and what limits it where that matters."""
    _ = words._
    match load.verdict:
        case "closed":
            return _("nobody can start")
        case "room":
            return _("has room")
        case "full":
            said = _("nearly full: long waits at times")
        case "grew":
            said = _("more came than it can take, but not in the last year")
        case _:
            said = _("more comes than it can take")
            if load.share <= 1:
                text = _("in the last year more comes than it can take (load {share})")
                said = text.format(share=words.percent(load.late))
            speed = _(", by {people} a week").format(people=words.number(load.growth, 1))
            said += speed if load.growth >= 0.05 else ""
    return f"{said}: {'; '.join(bound_words(one, load, words) for one in load.tight)}"


def bound_words(bound: Bound, load: Load, words: Words) -> str:
    """Describe what limits starts, with its number."""
    _ = words._
    step = words.label(bound.step, "steps") if bound.step else ""
    most = a_year(bound.most, words)
    if bound.kind == "meetings":
        return _("meetings of {step} take {most} a year").format(step=step, most=most)
    if bound.kind == "max_per_year":
        return _("{step} takes at most {most} a year").format(step=step, most=most)
    if bound.kind == "together":
        text = _("meetings or groups find too few places free at times: {most} a year can start")
        return text.format(most=most)
    text = _("on average {needed} places needed, {places} there")
    return text.format(needed=words.number(load.needed, 1), places=words.number(load.places, 1))


def marks(paper: ScenarioPaper) -> str:
    """Describe how many inputs are stated, derived and assumed."""
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
