"""What a run says, in plain sentences with numbers; never what to decide."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.report.document.scenario_paper import ScenarioPaper
from flowsim.report.document.units import WEEK
from flowsim.report.document.wording import Wording
from flowsim.report.month_words import months_words
from flowsim.report.run_paper.list_trend import Trend, trend_of
from flowsim.report.run_paper.paper import Paper
from flowsim.scenario.workload import TeamLoad, team_loads

__all__ = ["NEARLY_FULL", "in_short", "load_label", "sureness"]

SHORT_WAIT = WEEK
NEARLY_FULL = 0.9
MOST_STEPS = 3


def in_short(paper: Paper) -> tuple[str, ...]:
    """Return the sentences of the first page: waits, load, goals, exits and cost, sureness."""
    return (
        *waits(paper),
        *loads(paper),
        *goals(paper),
        *exits_and_cost(paper),
        fit(paper),
        sureness(paper),
    )


# Waits ----------------------------------------------------------------------------------------


def waits(paper: Paper) -> Iterator[str]:
    """Say how long people wait for the steps with the longest waits, and for the others."""
    known = [step for step in paper.scenario.steps if paper.has(f"{step}.wait.p90")]
    long = [step for step in known if paper.estimate(f"{step}.wait.p90").mean >= SHORT_WAIT]
    long.sort(key=lambda step: -paper.estimate(f"{step}.wait.mean").mean)
    for step in long[:MOST_STEPS]:
        trend = trend_of(step, paper)
        more = f" {trend_words(trend, paper)}" if trend is not None else ""
        yield wait_of(step, paper) + more
    if len(long) > MOST_STEPS:
        yield others_wait(long[MOST_STEPS:], paper)
    if short := [step for step in known if step not in long]:
        yield short_waits(short, paper)
        yield from growing(short, paper)


def growing(steps: list[str], paper: Paper) -> Iterator[str]:
    """Say which lists grow although waits have been short so far."""
    for step in steps:
        trend = trend_of(step, paper)
        if trend is not None and trend.way == "grows":
            said = trend_words(trend, paper)
            yield f"{paper.label(step, 'steps')}: {said[:1].lower()}{said[1:]}"


def wait_of(step: str, paper: Paper) -> str:
    """Say how long those who start a step have waited."""
    mean, nine = paper.estimate(f"{step}.wait.mean"), paper.estimate(f"{step}.wait.p90")
    text = paper._(
        "{step}: those who start have waited {mean} on average ({spread}), and nine in ten of them "
        "less than {nine}."
    )
    kpi = f"{step}.wait.mean"
    return text.format(
        step=paper.label(step, "steps"),
        mean=paper.value(kpi, mean.mean, "days"),
        spread=paper.between(kpi, mean.low, mean.high, "days"),
        nine=paper.value(kpi, nine.mean, "days"),
    )


def trend_words(trend: Trend, paper: Paper) -> str:
    """Say whether a list grows."""
    texts = {
        "grows": paper._(
            "The list grows: on average {before} people waited in {first}, and {after} in {last}."
        ),
        "shrinks": paper._(
            "The list gets shorter: on average {before} people waited in {first}, and {after} in "
            "{last}."
        ),
        "stays": paper._(
            "The list stays about as long: on average {before} people waited in {first}, and "
            "{after} in {last}."
        ),
    }
    return texts[trend.way].format(
        before=paper.number(trend.before, 1),
        after=paper.number(trend.after, 1),
        first=months_words(*trend.first, paper),
        last=months_words(*trend.last, paper),
    )


def others_wait(steps: list[str], paper: Paper) -> str:
    """Say how long the waits of further steps are at most."""
    longest = max(paper.estimate(f"{step}.wait.mean").mean for step in steps)
    text = paper.ngettext(
        "In {n} further step the mean wait is {longest}.",
        "In {n} further steps the mean wait is at most {longest}.",
        len(steps),
    )
    return text.format(n=len(steps), longest=paper.value("wait.mean", longest, "days"))


def short_waits(steps: list[str], paper: Paper) -> str:
    """Say for which steps nobody waits long."""
    text = paper._("Nine in ten wait less than a week for: {steps}.")
    return text.format(steps=", ".join(paper.label(step, "steps") for step in steps))


# Load -----------------------------------------------------------------------------------------


def loads(paper: Paper) -> Iterator[str]:
    """Say which teams get more than they can take, and which are nearly full."""
    found = [load for load in team_loads(paper.scenario) if load.places > 0]
    for load in found:
        if load.share > 1:
            yield overload(load, paper)
    nearly = [load_label(load, paper) for load in found if NEARLY_FULL < load.share <= 1]
    if nearly:
        text = paper._("Nearly full, so that chance alone makes long waits at times: {teams}.")
        yield text.format(teams=", ".join(nearly))


def overload(load: TeamLoad, paper: Paper) -> str:
    """Say how much too much comes to a team."""
    text = paper._(
        "{team} would on average need {needed} places and has {places} (load {share}): in the "
        "long run the list grows, unless people give up."
    )
    return text.format(
        team=load_label(load, paper),
        needed=paper.number(load.needed, 1),
        places=paper.number(load.places, 1),
        share=paper.percent(load.share),
    )


def load_label(load: TeamLoad, paper: Wording) -> str:
    """Return the label of a team, and of whom it is for."""
    return paper.label(load.team, "teams") + (f" ({load.value})" if load.value else "")


# Goals, exits, cost ---------------------------------------------------------------------------


def goals(paper: Paper) -> Iterator[str]:
    """Say how often each goal is met."""
    for goal in paper.scenario.goals:
        met = paper.estimate(f"goals.{goal}.met")
        if met.n == 0:
            continue
        text = paper._(
            "The chance that the goal “{goal}” is met is {chance}: it was met in {times} of {n} "
            "simulated courses of events."
        )
        yield text.format(
            goal=paper.label(goal, "goals"),
            chance=paper.percent(met.mean),
            times=paper.number(round(met.mean * met.n)),
            n=paper.number(met.n),
        )


def exits_and_cost(paper: Paper) -> Iterator[str]:
    """Say how many leave in the outcome that counts, and what such an exit costs."""
    outcome = paper.outcome
    if outcome is None or not paper.has(f"outcomes.{outcome}"):
        return
    count, label = paper.estimate(f"outcomes.{outcome}"), paper.label(outcome, "outcomes")
    text = paper._("{outcome}: {number} exits a year on average ({spread}).")
    years = paper.n_years
    said = text.format(
        outcome=label,
        number=paper.value("", count.mean / years, "count"),
        spread=paper.between("", count.low / years, count.high / years, "count"),
    )
    kpi = f"cost.per.{outcome}"
    costs = paper.has(kpi) and paper.estimate(kpi).mean > 0
    yield f"{said} {cost_of(kpi, paper)}" if costs else said


def cost_of(kpi: str, paper: Paper) -> str:
    """Say what an exit costs."""
    cost, total = paper.estimate(kpi), paper.estimate("cost.total")
    text = paper._(
        "Each of them costs {cost} ({spread}), when the whole cost, {total} a year, is divided by "
        "them."
    )
    return text.format(
        cost=paper.value(kpi, cost.mean, cost.unit),
        spread=paper.between(kpi, cost.low, cost.high, cost.unit),
        total=paper.value(kpi, total.mean / paper.n_years, total.unit),
    )


# How sure -------------------------------------------------------------------------------------


def fit(paper: Paper) -> str:
    """Say how many observed figures the model agrees with."""
    inside = [row for row in paper.results.observed()["inside"] if row is not None]
    if not inside:
        return paper._("How sure: there is no observed figure to lay beside what is simulated.")
    text = paper.ngettext(
        "How sure: of {n} observed figure, {hits} lies within what 95 of 100 simulated courses "
        "gave.",
        "How sure: of {n} observed figures, {hits} lie within what 95 of 100 simulated courses "
        "gave.",
        len(inside),
    )
    return text.format(n=len(inside), hits=sum(map(bool, inside)))


def sureness(paper: ScenarioPaper) -> str:
    """Say what all this rests on: the most important limitation."""
    assumed = sum(one.mark == "assumed" for one in paper.inputs)
    text = paper._(
        "Limitation: {assumed} of the {n} inputs are assumptions without a source, and the answer "
        "is no better than they are. The model does not show that a measure causes jobs."
    )
    return text.format(assumed=assumed, n=len(paper.inputs))
