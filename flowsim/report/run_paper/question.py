"""What was simulated to answer the question, and with which teams."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import groupby

from flowsim.letters import shown
from flowsim.report.document.blocks import Block, Cell, Prose, Section, Table
from flowsim.report.input_words import input_words, value_words
from flowsim.report.numbers import MISSING
from flowsim.report.run_paper.paper import RunPaper
from flowsim.report.sections.question import precision, simulated
from flowsim.report.words import Words
from flowsim.scenario.capacity import change_days, places_on, values_of
from flowsim.scenario.schema import Team

__all__ = ["section", "teams"]


def section(paper: RunPaper) -> Section:
    """Return what was simulated, how precisely, and what was changed for it."""
    _, results = paper._, paper.results
    blocks: list[Block] = [Prose(simulated(paper))]
    blocks += map(Prose, precision(results.precision, results, paper))
    if changes := tuple(changed(paper)):
        heads = (_("Input"), _("In the file"), _("In this run"))
        blocks.append(Table(_("What was changed for this run"), heads, changes, "lll"))
    else:
        text = _(
            "The report shows one option. How options differ is shown by a comparison (flowsim "
            "compare)."
        )
        blocks.append(Prose(text))
    return Section("question", _("What was simulated"), tuple(blocks))


def teams(paper: RunPaper) -> Table:
    """Return the teams with staff, places and yearly cost."""
    _ = paper._
    rows = tuple(
        (paper.label(name, "teams"), written_places(team, paper), cost_of(name, paper))
        for name, team in paper.scenario.teams.items()
    )
    note = _("A dash: the scenario gives the team no cost.")
    has_dash = any(row[2] == MISSING for row in rows)
    heads = (_("Team"), _("Places"), _("Cost a year"))
    return Table(_("Teams and their places"), heads, rows, "llr", note if has_dash else "")


def cost_of(team: str, paper: RunPaper) -> Cell:
    """Write what a team costs a year; a dash where that is nothing."""
    cost = paper.figure(f"cost.team.{team}") / paper.n_years
    return cost.value if cost.mean > 0 else MISSING


def written_places(team: Team, paper: Words) -> str:
    """Write the places of a team, year by year where they differ; of each, if it is per group.

    Where they change within a year, all numbers of that year, from first to last.
    """
    run, found = paper.scenario.run, []
    for year in range(run.report_from.year, run.until.year + 1):
        day = max(run.report_from, run.report_from.replace(year=year, month=1, day=1))
        last = min(run.until, run.until.replace(year=year, month=12, day=31))
        first, end = max(day, team.from_ or day), min(last, team.until or last)
        if first <= end:
            days = sorted({first, *change_days(team, first, end)})
            numbers = (written_on(team, day, paper) for day in days)
            found.append((year, " → ".join(number for number, _ in groupby(numbers))))
    if len({places for _, places in found}) == 1:
        return found[0][1]
    return ", ".join(f"{year}: {places}" for year, places in found) or MISSING


def written_on(team: Team, day: dt.date, paper: Words) -> str:
    """Write the places of a team on a day; of each, if it is per group."""
    values = values_of(team, paper.scenario.groups)
    return "+".join(paper.number(places_on(team, day, value)) for value in values)


def changed(paper: RunPaper) -> Iterator[tuple[str, str, str]]:
    """Return what was set from outside, beside what stands in the file."""
    for setting in paper.scenario.settings:
        yield (
            f"{input_words(setting.path, paper)}\n{shown(setting.key)}",
            MISSING if setting.before is None else value_words(setting.before, paper),
            value_words(setting.value, paper),
        )
