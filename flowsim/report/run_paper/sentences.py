"""What a run says, in plain sentences with numbers; never what to decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from flowsim.report.run_paper.paper import RunPaper
from flowsim.report.run_paper.places_by_month import course_of
from flowsim.report.run_paper.recovery import recovery
from flowsim.report.sections.drivers import load_label, load_line
from flowsim.report.sections.limits import MORE_THAN_ALL, why_more_than_all
from flowsim.report.words import WEEK
from flowsim.scenario.workload import OVERLOADED, growing_steps, loads_of

__all__ = ["Trend", "in_short", "trend_of"]

SHORT_WAIT = WEEK
MOST_STEPS = 3
YEAR = 12
LEAST_CHANGE = 0.5  # people: below, a change is none that anybody would notice
Span = tuple[int, int]


def in_short(paper: RunPaper) -> tuple[str, ...]:
    """Return what a run says in words: waits, load, goals, exits and cost, and how sure it is."""
    return (
        *waits(paper),
        *loads(paper),
        *fewer_places(paper),
        *recovery(paper),
        *goals(paper),
        *exits_and_cost(paper),
        *more_than_all(paper),
        fit(paper),
    )


# Waits ----------------------------------------------------------------------------------------


def waits(paper: RunPaper) -> Iterator[str]:
    """Describe how long people wait for the steps with the longest waits, and for the others."""
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
    """Describe which lists grow although waits have been short so far."""
    for step in steps:
        trend = trend_of(step, paper)
        if trend is not None and trend.way in ("grows", "lengthens"):
            said = trend_words(trend, paper)
            yield f"{paper.label(step, 'steps')}: {said[:1].lower()}{said[1:]}"


def wait_of(step: str, paper: RunPaper) -> str:
    """Describe how long those who join a list wait; the longest waits may not be told."""
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
    """State whether a list grows."""
    texts = {
        "grows": paper._(
            "The list grows: on average {before} people waited in {first}, and {after} in {last}."
        ),
        "lengthens": paper._(
            "The list has become longer, but will not go on growing: on average {before} people "
            "waited in {first}, and {after} in {last}."
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
    """Describe how long the waits of further steps are at most."""
    longest = max(paper.figure(f"{step}.joined.wait.mean").mean for step in steps)
    text = paper.ngettext(
        "In {n} further step the mean wait is {longest}.",
        "In {n} further steps the mean wait is at most {longest}.",
        len(steps),
    )
    return text.format(n=len(steps), longest=paper.value("wait.mean", longest, "days"))


def short_waits(steps: list[str], paper: RunPaper) -> str:
    """Describe for which steps nobody waits long."""
    text = paper._("Nine in ten wait less than a week for: {steps}.")
    return text.format(steps=", ".join(paper.label(step, "steps") for step in steps))


# Load -----------------------------------------------------------------------------------------


def loads(paper: RunPaper) -> Iterator[str]:
    """Describe which teams get more than they can take, and which are nearly full."""
    found = list(loads_of(paper.scenario))
    for load in found:
        if load.verdict in OVERLOADED and load.coming > 0:
            yield f"{load_line(load, paper)}."
    nearly = [load_label(load, paper) for load in found if load.verdict == "full"]
    if nearly:
        text = paper._("Nearly full, so that chance alone makes long waits at times: {teams}.")
        yield text.format(teams=", ".join(nearly))


# Goals, exits, cost ---------------------------------------------------------------------------


def goals(paper: RunPaper) -> Iterator[str]:
    """Describe how often each goal is met."""
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
    """Describe how many leave in the outcome that counts, and what such an exit costs."""
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
    """Describe what an exit costs."""
    cost, total = paper.figure(kpi), paper.figure("cost.total") / paper.n_years
    text = paper._(
        "Each of them costs {cost} ({spread}), when the whole cost, {total} a year, is divided by "
        "them."
    )
    return text.format(cost=cost.value, spread=cost.course, total=total.value)


def more_than_all(paper: RunPaper) -> Iterator[str]:
    """Describe which shares are above 100 %, where they are highest, and why that can be."""
    for kpi in paper.results.table.kpis:
        if kpi.unit != "share" or kpi.kind == "chance":
            continue
        whole = [paper.figure(kpi.name, period.name) for period in paper.results.table.periods]
        means = [-1.0 if np.isnan(one.mean) else one.mean for one in whole]
        at = int(np.argmax(means))
        if means[at] > MORE_THAN_ALL:
            when = paper.period(paper.results.table.periods[at].name)
            yield why_more_than_all(kpi.name, str(whole[at].value), when, paper)


def fewer_places(paper: RunPaper) -> Iterator[str]:
    """State when a team has fewer places than in other months of a year, and how many wait then."""
    for team in paper.scenario.teams:
        if (course := course_of(team, paper)) is None:
            continue
        low, high = int(course.places.argmin()), int(course.places.argmax())
        peak = int(course.waiting.argmax())
        text = paper._(
            "{team} has {least} places in {low}, against {most} in {high}; most wait in {peak}: "
            "{waiting} on average."
        )
        yield text.format(
            team=paper.label(team, "teams"),
            least=paper.number(course.places[low], 1),
            most=paper.number(course.places[high], 1),
            waiting=paper.number(course.waiting[peak], 1),
            low=paper.months(course.months[low], course.months[low]),
            high=paper.months(course.months[high], course.months[high]),
            peak=paper.months(course.months[peak], course.months[peak]),
        )


# How sure -------------------------------------------------------------------------------------


def fit(paper: RunPaper) -> str:
    """Describe how many figures would have been foretold, of those that no input was set from."""
    observed = paper.results.observed()
    if observed.empty:
        return paper._("How sure: there is no observed figure to lay beside what is simulated.")
    inside = [row for row in observed[observed["use"] == "check"]["inside"] if row is not None]
    if not inside:
        return paper._(
            "How sure: no observed figure was held back to test the model. All {n} were used to "
            "set its inputs, so that their agreement proves nothing."
        ).format(n=len(observed))
    text = paper.ngettext(
        "How sure: of {n} observed figure that was held back, {hits} would have been foretold.",
        "How sure: of {n} observed figures that were held back, {hits} would have been foretold.",
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
        the change is at least half a person; else "stays". "lengthens" for "grows" where the load
        says that the list only fills up
    first, last : first and last month of each span, such as ("2018-12", "2018-12")
    before, after : people waiting on average
    """

    way: str
    first: tuple[str, str]
    last: tuple[str, str]
    before: float
    after: float


def trend_of(step: str, paper: RunPaper) -> Trend | None:
    """Compare the last month, as the charts show it, with that of a year before.

    In a run of a year at most, its last third with the third before.

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
    way = _way(later - earlier)
    if way == "grows" and step not in growing_steps(paper.scenario):
        way = "lengthens"
    return Trend(way, names[0], names[1], before, after)


def spans_of(n_months: int) -> tuple[Span, Span] | None:
    """Return the months that are compared, [begin, end): alike in season where a year has passed.

    Examples
    --------
    >>> spans_of(36), spans_of(12), spans_of(2)
    (((23, 24), (35, 36)), ((4, 8), (8, 12)), None)
    """
    if n_months > YEAR:
        return (n_months - 1 - YEAR, n_months - YEAR), (n_months - 1, n_months)
    third = n_months // 3
    return (
        ((n_months - 2 * third, n_months - third), (n_months - third, n_months)) if third else None
    )


def _way(change: NDArray[np.float64]) -> str:
    """Describe which way a list goes, from the change in each replication."""
    mean, n = change.mean(), len(change)
    half = special.stdtrit(n - 1, 0.975) * change.std(ddof=1) / np.sqrt(n)
    if abs(mean) < LEAST_CHANGE or abs(mean) <= half:
        return "stays"
    return "grows" if mean > 0 else "shrinks"
