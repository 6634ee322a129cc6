"""STRESS-DES, a checklist for reporting simulations, filled from what was run."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

from flowsim.analysis import kpis
from flowsim.language import N_
from flowsim.letters import shown
from flowsim.report.document.blocks import Block, Prose, Table
from flowsim.report.input_words import input_words, value_words
from flowsim.report.sections.paper import ScenarioPaper
from flowsim.scenario.marking import set_keys, told_of
from flowsim.scenario.positions import key_parts
from flowsim.scenario.schema import Step

__all__ = ["ROWS", "Answer", "answers", "run_time", "section"]

# Parts 1 and 3 to 5: purpose, data, experiment and implementation ---------------------------------


MINUTE = 60.0


class Answer(NamedTuple):
    """What fills a row, and what of the row only people can fill; perhaps empty."""

    text: str
    lacking: str = ""


def purpose(paper: ScenarioPaper) -> Answer | None:
    """1.1"""
    question = shown(paper.scenario.scenario.question)
    return Answer(question, paper._("Rationale")) if question else None


def outputs(paper: ScenarioPaper) -> Answer:
    """1.2"""
    text = paper._(
        "{n} figures of waits, people, exits, places and money, for the whole period and each "
        "calendar year, as means over replications with 95 % intervals; defined under “What the "
        "figures mean”. Ratios are ratios of means with the jackknife's interval."
    )
    return Answer(text.format(n=paper.number(len(kpis.names(paper.plan).kpis))))


def data_sources(paper: ScenarioPaper) -> Answer | None:
    """3.1"""
    sources = "; ".join(shown(title) for title in paper.scenario.sources.values())
    return Answer(sources + ".", paper._("Sample sizes")) if sources else None


def input_parameters(paper: ScenarioPaper) -> Answer:
    """3.3"""
    text = paper._("All {n} inputs stand under “Assumptions”, with distributions and sources.")
    return Answer(text.format(n=len(paper.inputs)))


def assumptions(paper: ScenarioPaper) -> Answer:
    """3.4"""
    marks = Counter(one.mark for one in paper.inputs)
    text = paper._("{n} inputs are marked as assumed; see “Assumptions”.")
    return Answer(text.format(n=marks["assumed"]))


def initialisation(paper: ScenarioPaper) -> Answer:
    """4.1"""
    _, run = paper._, paper.scenario.run
    steps = paper.scenario.steps.values()
    waiting = sum(step.initial.waiting for step in steps)
    inside = sum(step.initial.in_service.count for step in steps)
    said = [_("A run with an end: from {start} to {until}.")]
    if waiting or inside:
        said.append(_("It starts with {inside} people inside and {waiting} waiting."))
    else:
        said.append(_("It starts empty."))
    lacking = ""
    if run.report_from > run.start:
        said.append(_("The statistics begin on {first}; what came before is warm-up."))
        lacking = _("How the warm-up was chosen")
    else:
        said.append(_("There is no warm-up."))
    numbers = {"start": run.start, "until": run.until, "first": run.report_from}
    return Answer(" ".join(said).format(inside=inside, waiting=waiting, **numbers), lacking)


def run_length(paper: ScenarioPaper) -> Answer:
    """4.2"""
    days = round(paper.plan.end - paper.plan.report_from)
    text = paper._("{days} days, from {first} to {last}. Time is in days.")
    run = paper.scenario.run
    return Answer(text.format(days=paper.number(days), first=run.report_from, last=run.until))


def estimation(paper: ScenarioPaper) -> Answer:
    """4.3"""
    text = paper._("{n} independent replications.").format(n=paper.number(paper.how.replications))
    wanted = paper.scenario.run.precision
    if wanted is None:
        return Answer(text, paper._("Why so many"))
    said = paper._(
        "As many as were needed for the 95 % interval of this figure to be within {share} of it: "
        "{kpi}."
    )
    share = paper.percent(wanted.relative_half_width, 1)
    return Answer(f"{text} {said.format(share=share, kpi=paper.kpi(wanted.kpi))}")


def software(paper: ScenarioPaper) -> Answer:
    """5.1"""
    names = [f"{name} {version}" for name, version in paper.versions.items() if name != "machine"]
    return Answer(", ".join(names) + ".")


def random_sampling(paper: ScenarioPaper) -> Answer:
    """5.2"""
    text = paper._(
        "Seed {seed}. Every draw follows from the seed, the replication and what it is drawn for, "
        "so that scenarios with the same seed have common random numbers."
    )
    return Answer(text.format(seed=paper.how.seed))


def execution(paper: ScenarioPaper) -> Answer:
    """5.3"""
    text = paper._(
        "Next event, with the engine “{engine}”; what happens at the same instant follows a fixed "
        "order. Replications run side by side and do not depend on their number or order."
    )
    return Answer(text.format(engine=paper.how.engine))


def system(paper: ScenarioPaper) -> Answer:
    """5.4"""
    text = paper._("{machine}. The run took {time}.")
    machine = paper.versions.get("machine", "–")
    return Answer(text.format(machine=machine, time=run_time(paper)))


def run_time(paper: ScenarioPaper) -> str:
    """Describe how long the run took, so roughly that the same run says the same."""
    minutes = paper.how.wall_time / MINUTE
    if minutes < 1:
        return paper._("less than a minute")
    n = math.ceil(minutes)
    return paper.ngettext("at most {n} minute", "at most {n} minutes", n).format(n=n)


# Part 2: the logic of the model -------------------------------------------------------------------


def overview(paper: ScenarioPaper) -> Answer:
    """2.1"""
    return Answer(paper._("The figure under “The flow”, drawn from the scenario."))


def base_logic(paper: ScenarioPaper) -> Answer:
    """2.2"""
    return Answer(
        paper._(
            "People are referred to a step, join its waiting list, start when every team of the "
            "step has a free place, stay, and go on to another step or leave. The page “What "
            "exactly happens” of flowsim's documentation gives every rule."
        )
    )


def scenario_logic(paper: ScenarioPaper) -> Answer:
    """2.3"""
    changes = paper.scenario.overrides
    if not changes:
        return Answer(paper._("One scenario was run as its file says; there is no other."))
    said = [
        f"{input_words(key_parts(key), paper)} = {value_words(value, paper)}"
        for key, value in changes.items()
    ]
    text = paper._("Changed from the file: {changes}.")
    return Answer(text.format(changes="; ".join(said)))


def algorithms(paper: ScenarioPaper) -> Answer:
    """2.4"""
    return Answer(
        paper._(
            "Referrals come as a Poisson process whose rate may change by date and month, or on "
            "given days. Among those who wait, the best by priority, then the first who joined, "
            "starts. Exits are drawn by shares."
        )
    )


def entities(paper: ScenarioPaper) -> Answer:
    """2.5.1"""
    groups = [
        f"{key.replace('_', ' ')} ({', '.join(mix)})" for key, mix in paper.scenario.groups.items()
    ]
    text = paper._("Participants, each with its source of referral.")
    if groups:
        text += " " + paper._("Further properties: {groups}.").format(groups="; ".join(groups))
    return Answer(text)


def activities(paper: ScenarioPaper) -> Answer:
    """2.5.2"""
    said = []
    for name, step in paper.scenario.steps.items():
        mean = paper.value("length_of_stay.mean", step.length_of_stay.average, "days")
        said.append(f"{paper.label(name, 'steps')} ({mean})")
    text = paper._("Steps, with the mean time in each: {steps}. Where they lead: see the flow.")
    return Answer(text.format(steps="; ".join(said)))


def resources(paper: ScenarioPaper) -> Answer:
    """2.5.3"""
    if not paper.scenario.teams:
        return Answer(paper._("None: no step needs a place of a team."))
    teams = ", ".join(paper.label(name, "teams") for name in paper.scenario.teams)
    text = paper._("Places of teams ({teams}); the table of teams gives their numbers.")
    return Answer(text.format(teams=teams))


def queues(paper: ScenarioPaper) -> Answer:
    """2.5.4"""
    _, steps = paper._, paper.scenario.steps
    said = [_("A waiting list for each step: first come, first served, unless said otherwise.")]
    for key, told in told_of(Step).items():
        having = [name for name, step in steps.items() if key in {k for k, _, _ in set_keys(step)}]
        if told.queue and having:
            labels = ", ".join(paper.label(name, "steps") for name in having)
            said.append(_(told.queue).format(steps=labels))
    return Answer(" ".join(said))


def entry_and_exit(paper: ScenarioPaper) -> Answer:
    """2.5.5"""
    sources = ", ".join(paper.label(name, "referrals") for name in paper.scenario.referrals)
    exits = ", ".join(paper.label(name, "exits") for name in paper.scenario.exits)
    text = paper._("Entry: {sources}. Exit: {exits}.")
    return Answer(text.format(sources=sources or "–", exits=exits or "–"))


# The table ----------------------------------------------------------------------------------------


class Row(NamedTuple):
    """A row of the checklist: its number, its name, and what fills it (None: only people can)."""

    number: str
    name: str
    fill: Callable[[ScenarioPaper], Answer | None] | None


ROWS = (
    Row("1.1", N_("Purpose of the model"), purpose),
    Row("1.2", N_("Model outputs"), outputs),
    Row("1.3", N_("Aims of experimentation"), None),
    Row("2.1", N_("Base model overview diagram"), overview),
    Row("2.2", N_("Base model logic"), base_logic),
    Row("2.3", N_("Scenario logic"), scenario_logic),
    Row("2.4", N_("Algorithms"), algorithms),
    Row("2.5.1", N_("Components: entities"), entities),
    Row("2.5.2", N_("Components: activities"), activities),
    Row("2.5.3", N_("Components: resources"), resources),
    Row("2.5.4", N_("Components: queues"), queues),
    Row("2.5.5", N_("Components: entry and exit points"), entry_and_exit),
    Row("3.1", N_("Data sources"), data_sources),
    Row("3.2", N_("Pre-processing"), None),
    Row("3.3", N_("Input parameters"), input_parameters),
    Row("3.4", N_("Assumptions"), assumptions),
    Row("4.1", N_("Initialisation"), initialisation),
    Row("4.2", N_("Run length"), run_length),
    Row("4.3", N_("Estimation approach"), estimation),
    Row("5.1", N_("Software or programming language"), software),
    Row("5.2", N_("Random sampling"), random_sampling),
    Row("5.3", N_("Model execution"), execution),
    Row("5.4", N_("System specification"), system),
    Row("6.1", N_("Computer model sharing statement"), None),
)


def answers(
    paper: ScenarioPaper, own: Mapping[str, Answer] | None = None
) -> dict[str, Answer | None]:
    """Return what fills each row, by its number; None where only people can.

    Parameters
    ----------
    own : what fills some rows in another way, where more than one scenario is told
    """
    own = own or {}
    return {
        row.number: own.get(row.number) or (row.fill(paper) if row.fill else None) for row in ROWS
    }


def section(paper: ScenarioPaper, own: Mapping[str, Answer] | None = None) -> tuple[Block, ...]:
    """Return the checklist as blocks of the annex."""
    _ = paper._
    filled = answers(paper, own)
    n_filled = sum(answer is not None for answer in filled.values())
    rows = tuple((f"{row.number} {_(row.name)}", words(filled[row.number], paper)) for row in ROWS)
    heads = (_("Row"), _("Answer"))
    intro = _(
        "STRESS-DES is a checklist for reporting simulations (Monks et al. 2019, Journal of "
        "Simulation 13(1)). {filled} of {n} rows are filled from the run itself; the rest are for "
        "those who used it to fill."
    )
    return (
        Prose(intro.format(filled=n_filled, n=len(ROWS))),
        Table(_("STRESS-DES"), heads, rows, "ll"),
    )


def words(answer: Answer | None, paper: ScenarioPaper) -> str:
    """Write an answer, and what in it only people can fill."""
    blank = paper._("not filled in")
    if answer is None:
        return blank
    return f"{answer.text} {answer.lacking}: {blank}." if answer.lacking else answer.text
