"""A comparison as a paper: its sections in the order in which a board reads them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace

from flowsim.letters import shown
from flowsim.report.comparison_paper import answer, options, tables
from flowsim.report.comparison_paper.book import book
from flowsim.report.comparison_paper.options import changes_of
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.comparison_paper.sentences import told
from flowsim.report.document.blocks import Block, Bullets, Document, Heading, Prose, Section, Table
from flowsim.report.flow_graph import flow_graph
from flowsim.report.numbers import MISSING
from flowsim.report.sections import annex, assumptions, definitions, drivers, limits
from flowsim.report.sections.drivers import load_label, load_note, verdict, written_load
from flowsim.report.sections.paper import ScenarioPaper
from flowsim.report.sections.stress import Answer
from flowsim.scenario.schema import Scenario
from flowsim.scenario.workload import Load, loads_of
from flowsim.study.comparison.results import Comparison
from flowsim.study.manifest import settings

__all__ = ["command", "load_table", "tell"]

MOST_DRAWN = 4
Shape = frozenset[tuple[str, ...]]


def tell(
    result: Comparison, language: str | None, versions: Mapping[str, str], is_short: bool
) -> Document:
    """Describe a comparison. See `documents.document_of`."""
    paper = ComparisonPaper(result, language, versions)
    sections = short(paper) if is_short else whole(paper)
    return paper.document(options.title(paper), sections, lambda: book(paper))


def short(paper: ComparisonPaper) -> Iterator[Section]:
    """Return what is compared, and all figures."""
    yield answer.section(paper)
    yield options.section(paper)
    yield Section("all", paper._("All figures compared"), tuple(all_figures(paper)))


def whole(paper: ComparisonPaper) -> Iterator[Section]:
    """Return all sections."""
    from flowsim.report.comparison_paper.drawing import pictures

    _ = paper._
    yield answer.section(paper)
    yield Section("figures", _("Figures"), tuple(pictures(paper)))
    yield options.section(paper)
    yield Section("differences", _("The result in words"), told(paper))
    yield flow(paper)
    yield drivers.section(paper, load_table(paper))
    yield limits.section(paper, of_this_comparison(paper))
    yield assumptions_of_base(paper)
    yield definitions.section(paper, difference_words(paper))
    more = (Heading(_("All figures compared")), *all_figures(paper))
    yield annex.section(paper, command(paper), own_answers(paper), more)


def all_figures(paper: ComparisonPaper) -> Iterator[Block]:
    """Return the tables of all figures compared, and how they are read."""
    yield from tables.all_figures(paper)
    yield from map(Prose, tables.notes(paper))


def assumptions_of_base(paper: ComparisonPaper) -> Section:
    """Return the inputs of the base; what other options have otherwise is told before."""
    found = assumptions.section(paper)
    text = paper._(
        "These are the inputs of {base}. What the other options have otherwise stands under “What "
        "was simulated”."
    )
    return replace(found, blocks=(Prose(text.format(base=paper.base)), *found.blocks))


def difference_words(paper: ComparisonPaper) -> Iterator[tuple[str, str]]:
    """Define what only a comparison tells."""
    _ = paper._
    yield (
        _("Difference"),
        _(
            "The option's figure less that of the first option, taken in each course of events "
            "and then averaged: both have the same random numbers."
        ),
    )
    yield (
        _("Clear difference"),
        _(
            "One whose interval leaves out 0. The intervals are so wide that all of them together "
            "are right with a certainty of 95 %."
        ),
    )
    yield (
        _("Chance that it is better"),
        _(
            "The share of the courses of events in which the option does better than the first "
            "one: shorter waits, more exits, lower cost. Ties count half."
        ),
    )
    yield (
        _("Cost per further exit"),
        _(
            "The difference in cost over the difference in exits, with limits of 95 % by Fieller. "
            "It is told only where both differences are clear. The cost per exit divides all costs "
            "by all exits, and says nothing of what one more costs."
        ),
    )


# The flow, and the load of each team ---------------------------------------------------------


def shape_of(scenario: Scenario) -> Shape:
    """Return who goes where: the same where only numbers differ."""
    graph = flow_graph(scenario, scenario.scenario.language)
    ways: set[tuple[str, ...]] = {(arrow.source, arrow.target) for arrow in graph.arrows}
    ways |= {("step", card.name, way.label) for card in graph.cards for way in card.ways}
    entries = graph.entries
    return frozenset(ways | {("to", one.step, way.label) for one in entries for way in one.sources})


def flow(paper: ComparisonPaper) -> Section:
    """Return the figure of the base, what each option changes in it, and other figures."""
    from flowsim.report.sections.flow import flow_picture

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
    """Return the figure of an option, if people move otherwise in it than in any drawn before."""
    from flowsim.report.sections.flow import flow_picture

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


def load_table(paper: ComparisonPaper) -> Table:
    """Return load, and places beside the places needed, of each team with each option."""
    _ = paper._
    found: dict[str, dict[str, Load]] = {}
    for option, scenario in paper.comparison.scenarios.items():
        for load in loads_of(scenario):
            found.setdefault(load_label(load, paper), {})[option] = load
    rows = tuple(
        (
            team,
            *(load_cell(loads[one], paper) if one in loads else MISSING for one in paper.options),
        )
        for team, loads in found.items()
    )
    heads = (_("Team"), *paper.options)
    return Table(
        _("Load of each team with each option"),
        heads,
        rows,
        "l" + "l" * len(paper.options),  # what a load means is a sentence
        load_note(paper),
    )


def load_cell(load: Load, paper: ComparisonPaper) -> str:
    """Write the load of a team, and what it means in small print."""
    return f"{written_load(load, paper)}\n{verdict(load, paper)}"


# What the model does not say, and how to repeat it -------------------------------------------


def of_this_comparison(paper: ComparisonPaper) -> Iterator[str]:
    """Return what follows from comparing, and from these options."""
    yield paper._(
        "The options share all inputs but those that differ. An input that is wrong is wrong in "
        "all of them, and the difference between them may then be another one."
    )
    for option in paper.options:
        yield from still_waiting(option, paper)
    yield from more_than_all(paper)
    scenarios = paper.comparison.scenarios.values()
    free = [t for t in paper.scenario.teams if not any(has_cost(one, t) for one in scenarios)]
    yield from limits.without_cost(free, paper)
    yield from limits.heavy(scenarios, paper)


def still_waiting(option: str, paper: ComparisonPaper) -> Iterator[str]:
    """State how many had not started when the period ended, and which mean waits count them."""
    for step in paper.scenario.steps:
        kpi = f"{step}.waiting.end"
        if paper.has(kpi) and paper.mean(kpi, option) >= 1:
            text = paper._(
                "{option}, {step}: on average {n} people still wait when the period ends. They are "
                "followed until they start, and are part of the wait of those who joined; the wait "
                "of those who started leaves them out."
            )
            n = paper.figure(kpi).mean_words(option)
            yield text.format(option=option, step=paper.label(step, "steps"), n=n)


def more_than_all(paper: ComparisonPaper) -> Iterator[str]:
    """Describe which shares are above 100 %, with the option where they are highest, and why."""
    for name, kpi in paper.figures.items():
        if kpi.unit == "share" and kpi.kind != "chance":
            figure = paper.figure(name)
            most = max(paper.options, key=lambda option: paper.mean(name, option))
            if paper.mean(name, most) > limits.MORE_THAN_ALL:
                share = str(figure.mean_words(most))
                yield limits.why_more_than_all(name, share, most, paper)


def has_cost(scenario: Scenario, name: str) -> bool:
    """Whether a scenario gives a team any cost."""
    if name not in scenario.teams:
        return False
    team = scenario.teams[name]
    costs = [team.cost_per_place, team.overheads]
    costs += [line.cost_per_fte for line in team.staff.values()]
    return any(cost is not None for cost in costs)


def own_answers(paper: ComparisonPaper) -> dict[str, Answer]:
    """Return what fills the rows of the checklist that are about more than one scenario."""
    _ = paper._
    outputs = _(
        "{n} figures of each option with 95 % intervals, and their differences; defined under "
        "“What the figures mean”. Ratios are ratios of means with the jackknife's interval."
    ).format(n=len(paper.figures))
    aims = _("To compare the options {options}.").format(options="; ".join(paper.options))
    logic = " ".join(scenario_logic(paper)) or _("The options have the same inputs.")
    estimation = _(
        "{n} independent replications of each option with common random numbers. Differences are "
        "taken replication by replication; their intervals hold all at once (Bonferroni)."
    ).format(n=paper.number(paper.how.replications))
    return {
        "1.2": Answer(outputs),
        "1.3": Answer(aims),
        "2.3": Answer(logic),
        "4.3": Answer(estimation, _("Why so many")),
    }


def scenario_logic(paper: ComparisonPaper) -> Iterator[str]:
    """Describe what each variant has otherwise."""
    for other in paper.others:
        if changes := "; ".join(changes_of(other, paper)):
            yield f"{other}: {changes}."


def command(paper: ComparisonPaper) -> str:
    """Write the command that runs it again.

    Files are named as the scenarios are: the folders that they lay in are not known any more.
    """
    comparison = paper.as_run
    base, *others = comparison.scenarios.items()
    name, first = base
    words = ["flowsim", "compare", f"{shown(first.name)}.toml"]
    common = settings(first)
    of_files = [one for _, one in others if one.text != first.text]
    words += [f"{shown(one.name)}.toml" for one in of_files]
    for setting in common:
        words += ["--set", shown(setting)]
    for name, one in others:
        own = [setting for setting in settings(one) if setting not in common]
        if one not in of_files and "=" in name:
            words += [word for setting in own for word in ("--set", shown(setting))]
        elif one not in of_files:
            words += ["--variant", f"{shown(name)}: {shown(', '.join(own))}"]
    names = [kpi.name for kpi in comparison.kpis]
    if names != paper.usual_figures:
        words += [word for one in names for word in ("--kpi", one)]
    if comparison.period != "run":
        words += ["--period", comparison.period]
    words += ["--seed", str(comparison.seed), "--replications", str(comparison.replications)]
    if comparison.engine != "kernel":
        words += ["--engine", comparison.engine]
    return shlex.join(words)
