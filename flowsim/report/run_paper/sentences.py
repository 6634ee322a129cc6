"""What a run says, in plain sentences with numbers; never what to decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from flowsim.report.run_paper.paper import RunPaper
from flowsim.report.sections.drivers import NEARLY_FULL, load_label
from flowsim.report.sections.limits import sureness
from flowsim.report.words import WEEK
from flowsim.scenario.workload import TeamLoad, team_loads

__all__ = ["Trend", "in_short", "trend_of"]

SHORT_WAIT = WEEK
MOST_STEPS = 3
YEAR, QUARTER = 12, 3
LEAST_CHANGE = 0.5  # people: below, a change is none that anybody would notice
Span = tuple[int, int]


def in_short(paper: RunPaper) -> tuple[str, ...]:
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


def waits(paper: RunPaper) -> Iterator[str]:
    """Say how long people wait for the steps with the longest waits, and for the others."""
    known = [step for step in paper.scenario.steps if paper.has(f"{step}.joined.wait.mean")]
    long = [step for step in known if not is_short(step, paper)]
    long.sort(key=lambda step: -paper.figure(f"{step}.joined.wait.mean").mean)
    for step in long[:MOST_STEPS]:
        trend = trend_of(step, paper)
        more = f" {trend_words(trend, paper)}" if trend is not None else ""
        yield wait_of(step, paper) + more
    if len(long) > MOST_STEPS:
        yield others_wait(long[MOST_STEPS:], paper)
    if short := [step for step in known if step not in long]:
        yield short_waits(short, paper)
        yield from growing(short, paper)


def is_short(step: str, paper: RunPaper) -> bool:
    """Whether nine in ten of those who join a list wait less than a week."""
    return paper.figure(f"{step}.joined.wait.p90").mean < SHORT_WAIT


def growing(steps: list[str], paper: RunPaper) -> Iterator[str]:
    """Say which lists grow although waits have been short so far."""
    for step in steps:
        trend = trend_of(step, paper)
        if trend is not None and trend.way == "grows":
            said = trend_words(trend, paper)
            yield f"{paper.label(step, 'steps')}: {said[:1].lower()}{said[1:]}"


def wait_of(step: str, paper: RunPaper) -> str:
    """Say how long those who join a list wait; the longest waits may not be told."""
    mean, nine = paper.figure(f"{step}.joined.wait.mean"), paper.figure(f"{step}.joined.wait.p90")
    text = paper._(
        "{step}: those who join the list wait {mean} on average ({spread}), and nine in ten of "
        "them less than {nine}."
    )
    if not paper.has(nine.kpi):
        text = paper._(
            "{step}: those who join the list wait {mean} on average ({spread}); in some courses of "
            "events one in ten of them still waits when as long again has passed."
        )
    return text.format(
        step=paper.label(step, "steps"), mean=mean.value, spread=mean.course, nine=nine.value
    )


def trend_words(trend: Trend, paper: RunPaper) -> str:
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
        first=paper.months(*trend.first),
        last=paper.months(*trend.last),
    )


def others_wait(steps: list[str], paper: RunPaper) -> str:
    """Say how long the waits of further steps are at most."""
    longest = max(paper.figure(f"{step}.joined.wait.mean").mean for step in steps)
    text = paper.ngettext(
        "In {n} further step the mean wait is {longest}.",
        "In {n} further steps the mean wait is at most {longest}.",
        len(steps),
    )
    return text.format(n=len(steps), longest=paper.value("wait.mean", longest, "days"))


def short_waits(steps: list[str], paper: RunPaper) -> str:
    """Say for which steps nobody waits long."""
    text = paper._("Nine in ten wait less than a week for: {steps}.")
    return text.format(steps=", ".join(paper.label(step, "steps") for step in steps))


# Load -----------------------------------------------------------------------------------------


def loads(paper: RunPaper) -> Iterator[str]:
    """Say which teams get more than they can take, and which are nearly full."""
    found = [load for load in team_loads(paper.scenario) if load.places > 0]
    for load in found:
        if load.share > 1:
            yield overload(load, paper)
    nearly = [load_label(load, paper) for load in found if NEARLY_FULL < load.share <= 1]
    if nearly:
        text = paper._("Nearly full, so that chance alone makes long waits at times: {teams}.")
        yield text.format(teams=", ".join(nearly))


def overload(load: TeamLoad, paper: RunPaper) -> str:
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


# Goals, exits, cost ---------------------------------------------------------------------------


def goals(paper: RunPaper) -> Iterator[str]:
    """Say how often each goal is met."""
    for goal in paper.scenario.goals:
        met = paper.figure(f"goals.{goal}.met")
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


def exits_and_cost(paper: RunPaper) -> Iterator[str]:
    """Say how many leave in the outcome that counts, and what such an exit costs."""
    outcome = paper.outcome
    if outcome is None or not paper.has(f"outcomes.{outcome}"):
        return
    count = paper.figure(f"outcomes.{outcome}") / paper.n_years
    text = paper._("{outcome}: {number} exits a year on average ({spread}).")
    label = paper.label(outcome, "outcomes")
    said = text.format(outcome=label, number=count.value, spread=count.course)
    kpi = f"cost.per.{outcome}"
    costs = paper.has(kpi) and paper.figure(kpi).mean > 0
    yield f"{said} {cost_of(kpi, paper)}" if costs else said


def cost_of(kpi: str, paper: RunPaper) -> str:
    """Say what an exit costs."""
    cost, total = paper.figure(kpi), paper.figure("cost.total") / paper.n_years
    text = paper._(
        "Each of them costs {cost} ({spread}), when the whole cost, {total} a year, is divided by "
        "them."
    )
    return text.format(cost=cost.value, spread=cost.course, total=total.value)


# How sure -------------------------------------------------------------------------------------


def fit(paper: RunPaper) -> str:
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


# Whether a list grows: the end of a run held against what was before, run by run -------------


@dataclass(frozen=True)
class Trend:
    """The mean length of a waiting list in two spans of months.

    Parameters
    ----------
    way : "grows" or "shrinks", where the 95 % interval of the paired difference leaves out 0 and
        the change is at least half a person; else "stays"
    first, last : first and last month of each span, such as ("2018-10", "2018-12")
    before, after : people waiting on average
    """

    way: str
    first: tuple[str, str]
    last: tuple[str, str]
    before: float
    after: float


def trend_of(step: str, paper: RunPaper) -> Trend | None:
    """Compare the last three months with the same a year before; in a short run its two ends.

    None with fewer than two replications or three months, and where hardly anybody waited.
    """
    months = [period.name for period in paper.results.month_table.periods[1:]]
    spans = spans_of(len(months))
    if spans is None or paper.results.replications < 2:
        return None
    values = paper.monthly(f"{step}.waiting.mean")
    earlier, later = (values[:, begin:end].mean(axis=1) for begin, end in spans)
    names = [(months[begin], months[end - 1]) for begin, end in spans]
    before, after = float(earlier.mean()), float(later.mean())
    if max(before, after) < LEAST_CHANGE:
        return None
    return Trend(_way(later - earlier), names[0], names[1], before, after)


def spans_of(n_months: int) -> tuple[Span, Span] | None:
    """Return the months that are compared, [begin, end): alike in season where a year has passed.

    Examples
    --------
    >>> spans_of(36), spans_of(12), spans_of(2)
    (((21, 24), (33, 36)), ((4, 8), (8, 12)), None)
    """
    if n_months >= YEAR + QUARTER:
        last = n_months - QUARTER
        return (last - YEAR, n_months - YEAR), (last, n_months)
    third = n_months // 3
    return (
        ((n_months - 2 * third, n_months - third), (n_months - third, n_months)) if third else None
    )


def _way(change: NDArray[np.float64]) -> str:
    """Say which way a list goes, from the change in each replication."""
    mean, n = change.mean(), len(change)
    half = special.stdtrit(n - 1, 0.975) * change.std(ddof=1) / np.sqrt(n)
    if abs(mean) < LEAST_CHANGE or abs(mean) <= half:
        return "stays"
    return "grows" if mean > 0 else "shrinks"
