"""A run as a paper: its sections in the order in which a board reads them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from math import isnan, nan

from flowsim.letters import shown
from flowsim.report.document.blocks import Bullets, Cell, Document, Picture, Prose, Section
from flowsim.report.numbers import MISSING
from flowsim.report.run_paper import answer, places_by_month, question, tables
from flowsim.report.run_paper.book import book
from flowsim.report.run_paper.paper import RunPaper
from flowsim.report.run_paper.sentences import in_short
from flowsim.report.sections import annex, assumptions, definitions, drivers, limits
from flowsim.report.sections.theory import theory
from flowsim.report.words import Value
from flowsim.scenario.workload import Load
from flowsim.study.manifest import settings
from flowsim.study.results import Results

__all__ = ["tell"]


def tell(
    result: Results,
    language: str | None,
    versions: Mapping[str, str],
    is_short: bool,
    influence: Picture | None = None,
) -> Document:
    """Describe a run. See `documents.document_of`."""
    paper = RunPaper(result, language, versions)
    sections = short(paper) if is_short else whole(paper, influence)
    return paper.document(paper.title, sections, lambda: book(paper))


def short(paper: RunPaper) -> Iterator[Section]:
    """Return what is read first, and the tables."""
    yield answer.section(paper)
    yield result(paper)
    yield question.section(paper)
    yield of_drivers(paper)
    yield tables.steps_and_years(paper, most_years=None)
    yield tables.compared(paper)


def whole(paper: RunPaper, influence: Picture | None) -> Iterator[Section | None]:
    """Return all sections."""
    # Drawing needs matplotlib, and the flow a layout: neither is loaded for the terminal.
    from flowsim.report.sections.flow import flow_picture
    from flowsim.report.sections.pictures import pictures

    _ = paper._
    yield answer.section(paper)
    none = (Prose(_("Nobody waited and nobody left: there is nothing to draw.")),)
    yield Section("figures", _("Figures"), tuple(pictures(paper)) or none)
    yield result(paper)
    yield question.section(paper)
    teams = (question.teams(paper), *places_by_month.tables(paper)) if paper.scenario.teams else ()
    yield Section("flow", _("The flow"), (flow_picture(paper), *teams))
    yield tables.budget(paper)
    yield of_drivers(paper, influence)
    yield limits.section(paper, limits_of_this_run(paper))
    yield assumptions.section(paper)
    yield tables.compared(paper)
    yield tables.steps_and_years(paper)
    yield definitions.section(paper)
    yield annex.section(paper, command(paper))


def result(paper: RunPaper) -> Section:
    """Return what the run says, in sentences."""
    return Section("result", paper._("The result in words"), (Bullets(in_short(paper)),))


def of_drivers(paper: RunPaper, influence: Picture | None = None) -> Section:
    """Return the load of each team, what theory says of it, and what the inputs rest on."""
    whole = paper.results.summary(group=None)
    used = whole[whole["kpi"].str.endswith(".utilisation")].set_index(["group", "kpi"])["mean"]
    years = [period.name for period in paper.results.table.periods[1:]]

    def in_use(load: Load) -> Cell:
        if load.team is None:
            return MISSING
        group = f"{load.per}={load.value}" if load.value else "all"
        kpi = f"{load.team}.utilisation"
        share = float(used.get((group, kpi), nan))
        cell = paper.value("", share, "share")
        late = paper.figure(kpi, years[-1]).mean if years and group == "all" else nan
        if isnan(late) or abs(late - share) < drivers.ANOTHER:
            return cell
        return Value(f"{cell}\n{years[-1]}: {paper.percent(late)}", "share", share)

    def simulated(step: str) -> str:
        kpi = f"{step}.wait.mean"
        return paper.figure(kpi).cell if paper.has(kpi) else MISSING

    more = (*theory(paper, simulated), *([influence] if influence else []))
    return drivers.section(paper, drivers.load_table(paper, in_use), more)


# What the model does not say of this run -----------------------------------------------------


def limits_of_this_run(paper: RunPaper) -> Iterator[str]:
    """Return what follows from this run's figures."""
    yield from still_waiting(paper)
    teams = [t for t in paper.scenario.teams if not paper.figure(f"cost.team.{t}").mean > 0]
    yield from limits.without_cost(teams, paper)
    yield from limits.heavy([paper.scenario], paper)
    yield from outside(paper)


def still_waiting(paper: RunPaper) -> Iterator[str]:
    """State how many had not started when the run ended, and which mean waits count them."""
    for step in paper.scenario.steps:
        end = paper.figure(f"{step}.waiting.end")
        if end.mean >= 1 and paper.has(f"{step}.still_waiting.mean"):
            text = paper._(
                "{step}: on average {n} people still wait when the run ends, since {time} so far. "
                "They are followed until they start, and are part of the wait of those who joined; "
                "the wait of those who started leaves them out."
            )
            kpi = f"{step}.still_waiting.mean"
            yield text.format(
                step=paper.label(step, "steps"),
                n=paper.number(end.mean, 1),
                time=paper.figure(kpi).value,
            )


def outside(paper: RunPaper) -> Iterator[str]:
    """Describe which observed figures the model does not give."""
    wrong = [
        f"{paper.kpi(row.kpi)} ({paper.period(row.period)})"
        for row in paper.results.observed().itertuples()
        if row.inside is not None and not row.inside
    ]
    if wrong:
        text = paper._("These observed figures lie outside what the model gives: {figures}.")
        yield text.format(figures="; ".join(wrong))


def command(paper: RunPaper) -> str:
    """Write the command that runs it again.

    The file is named as the scenario is: the folder that it lay in is not known any more.
    """
    results = paper.results
    words = ["flowsim", "run", f"{shown(paper.scenario.name)}.toml"]
    for setting in settings(paper.scenario):
        words += ["--set", shown(setting)]
    words += ["--seed", str(results.seed), "--replications", str(results.replications)]
    if results.engine != "kernel":
        words += ["--engine", results.engine]
    return shlex.join(words)
