"""STRESS-DES, part 2: the logic of the model."""

from __future__ import annotations

from flowsim.report.input_words import input_words, value_words
from flowsim.report.sections.paper import ScenarioPaper
from flowsim.report.sections.stress_run import Answer
from flowsim.scenario.marking import set_keys, told_of
from flowsim.scenario.positions import key_parts
from flowsim.scenario.schema import Step

__all__ = [
    "activities",
    "algorithms",
    "base_logic",
    "entities",
    "entry_and_exit",
    "overview",
    "queues",
    "resources",
    "scenario_logic",
]


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
