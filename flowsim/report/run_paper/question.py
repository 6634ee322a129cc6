"""The question, and what was tried: the way of running things that was simulated."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.letters import shown
from flowsim.report.document.blocks import Block, Prose, Section, Table
from flowsim.report.document.scenario_paper import ScenarioPaper
from flowsim.report.document.wording import Wording
from flowsim.report.numbers import MISSING
from flowsim.report.run_paper.input_words import input_words, value_words
from flowsim.report.run_paper.paper import Paper
from flowsim.scenario.capacity import places_on, values_of
from flowsim.scenario.schema import Team

__all__ = ["section", "simulated", "teams", "written_places"]


def section(paper: Paper) -> Section:
    """Return the question, the option that was simulated, and what it differs in."""
    _ = paper._
    question = paper.scenario.scenario.question
    blocks: list[Block] = [Prose(shown(question) if question else _("No question is given."))]
    blocks.append(Prose(simulated(paper)))
    if changes := tuple(changed(paper)):
        heads = (_("Input"), _("In the file"), _("In this run"))
        blocks.append(Table(_("What was changed for this run"), heads, changes, "lll"))
    else:
        blocks.append(
            Prose(
                _(
                    "This is one option, as its file describes it. How options differ is shown by "
                    "a comparison (flowsim compare)."
                )
            )
        )
    return Section("question", _("The question and the options"), tuple(blocks))


def simulated(paper: ScenarioPaper) -> str:
    """Say which period was simulated, and how often."""
    run, n = paper.scenario.run, paper.how.replications
    text = paper.ngettext(
        "Simulated: {first} to {last}, {n} course of events.",
        "Simulated: {first} to {last}, {n} courses of events.",
        n,
    )
    return text.format(first=run.report_from, last=run.until, n=paper.number(n))


def teams(paper: Paper) -> Table:
    """Return the teams with staff, places and yearly cost."""
    _ = paper._
    heads = (_("Team"), _("Places"), _("Cost a year, {unit}").format(unit=money_unit(paper)))
    rows = []
    for name, team in paper.scenario.teams.items():
        cost = paper.estimate(f"cost.team.{name}").mean / paper.n_years / 1000
        written = paper.number(cost) if cost > 0 else MISSING
        rows.append((paper.label(name, "teams"), written_places(team, paper), written))
    note = _("A dash: the scenario gives the team no cost.")
    return Table(
        _("Teams and their places"),
        heads,
        tuple(rows),
        "llr",
        note if any(row[2] == MISSING for row in rows) else "",
    )


def money_unit(paper: Paper) -> str:
    """Return what money is written in."""
    currency = paper.scenario.scenario.currency
    return paper.unit("cost.total", currency).word


def written_places(team: Team, paper: Wording) -> str:
    """Write the places of a team, year by year where they differ; of each, if it is per group."""
    run, found = paper.scenario.run, []
    for year in range(run.report_from.year, run.until.year + 1):
        day = max(run.report_from, run.report_from.replace(year=year, month=1, day=1))
        last = min(run.until, run.until.replace(year=year, month=12, day=31))
        first, end = max(day, team.from_ or day), min(last, team.until or last)
        if first <= end:
            numbers = [places_on(team, end, v) for v in values_of(team, paper.scenario.groups)]
            found.append((year, "+".join(map(paper.number, numbers))))
    if len({places for _, places in found}) == 1:
        return found[0][1]
    return ", ".join(f"{year}: {places}" for year, places in found) or MISSING


def changed(paper: Paper) -> Iterator[tuple[str, str, str]]:
    """Give what was set from outside, beside what stands in the file."""
    for setting in paper.scenario.settings:
        yield (
            f"{input_words(setting.path, paper)}\n{shown(setting.key)}",
            MISSING if setting.before is None else value_words(setting.before, paper),
            value_words(setting.value, paper),
        )
