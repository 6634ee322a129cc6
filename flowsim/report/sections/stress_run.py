"""STRESS-DES, parts 1 and 3 to 5: purpose, data, experiment and implementation."""

from __future__ import annotations

import math
from collections import Counter
from typing import NamedTuple

from flowsim.analysis import kpis
from flowsim.report.sections.paper import ScenarioPaper
from flowsim.report.words import shown

__all__ = ["Answer", "run_time"]

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
    inside = sum(step.initial.in_service for step in steps)
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
        "so that scenarios with the same seed share their luck (common random numbers)."
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
    """Say how long the run took, so roughly that the same run says the same."""
    minutes = paper.how.wall_time / MINUTE
    if minutes < 1:
        return paper._("less than a minute")
    n = math.ceil(minutes)
    return paper.ngettext("at most {n} minute", "at most {n} minutes", n).format(n=n)
