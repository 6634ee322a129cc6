"""What each figure means, and between which events it is counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowsim.report.document.blocks import Section, Table
from flowsim.report.document.scenario_paper import ScenarioPaper
from flowsim.report.run_paper.events_drawing import events_picture

__all__ = ["section"]


def section(paper: ScenarioPaper, more: Iterable[tuple[str, str]] = ()) -> Section:
    """Return the events of a participant and the definitions of the figures that are used.

    Parameters
    ----------
    more : further figures, each with what it is
    """
    _ = paper._
    heads = (_("Figure"), _("What it is"))
    table = Table(_("Definitions"), heads, (*definitions(paper), *more), "ll")
    title = _("What the figures mean")
    return Section("definitions", title, (events_picture(paper), table))


def definitions(paper: ScenarioPaper) -> Iterator[tuple[str, str]]:
    """Give each figure that the paper uses with what it is."""
    yield from waits(paper)
    yield from people(paper)
    if paper.scenario.teams:
        yield from teams(paper)
    if paper.has_costs:
        yield from money(paper)
    yield from sureness(paper)


def waits(paper: ScenarioPaper) -> Iterator[tuple[str, str]]:
    """Define the waits."""
    _ = paper._
    yield (
        _("Mean wait"),
        _(
            "Time from joining the step's waiting list to the start, the mean over those who "
            "started in the period. Those who still wait, or gave up, are not in it."
        ),
    )
    yield (
        _("Wait that nine in ten stay below"),
        _("Nine in ten of those who started had waited less than this (the 90th percentile)."),
    )
    yield (
        _("Mean wait from referral to the first start"),
        _("Time from the referral to the start of the first step of all."),
    )
    yield (
        _("Started within target"),
        _(
            "Of those who started, the share who had waited no longer than the step's longest "
            "acceptable wait."
        ),
    )
    yield (
        _("Waiting at the end"),
        _("People on the step's waiting list when the period ends."),
    )


def people(paper: ScenarioPaper) -> Iterator[tuple[str, str]]:
    """Define the counts."""
    _ = paper._
    yield _("Referred"), _("Referrals that came in the period.")
    counted = paper.scenario.population.counted_in or tuple(paper.scenario.steps)
    steps = ", ".join(paper.label(step, "steps") for step in counted)
    yield (
        _("Participants"),
        _(
            "Everybody who in the period was between the first start in one of these steps and "
            "the exit: {steps}."
        ).format(steps=steps),
    )
    for name, outcome in paper.scenario.outcomes.items():
        exits = ", ".join(paper.label(one, "exits") for one in outcome.exits)
        yield (
            paper.label(name, "outcomes"),
            _("Exits in the period by any of these ways: {exits}.").format(exits=exits),
        )
    yield _("Time in the step"), _("From the start of a step to leaving it.")


def teams(paper: ScenarioPaper) -> Iterator[tuple[str, str]]:
    """Define what is said of teams."""
    _ = paper._
    yield (
        _("Places"),
        _(
            "How many participants a team can have at a time: full-time posts times participants "
            "per post, or a number of its own."
        ),
    )
    yield _("Load"), _("Places that the work would fill, over the places that there are.")
    yield _("Places in use"), _("Places taken, over places, on average over time.")


def money(paper: ScenarioPaper) -> Iterator[tuple[str, str]]:
    """Define the costs."""
    _ = paper._
    yield _("Cost per participant"), _("The whole cost of the period over its participants.")
    yield (
        _("Cost per exit"),
        _(
            "The whole cost of the period over the exits in the outcome. All costs are in it, "
            "also those of people who left in another way or have not left yet."
        ),
    )


def sureness(paper: ScenarioPaper) -> Iterator[tuple[str, str]]:
    """Define the intervals."""
    _ = paper._
    yield (
        _("Course of events"),
        _(
            "One replication: the whole period played once, event by event, with its own luck "
            "(who comes when, how long each stays, where each goes)."
        ),
    )
    yield (
        _("Interval of the average"),
        _(
            "The 95 % (confidence) interval of the mean over replications. More replications make "
            "it narrower."
        ),
    )
    yield (
        _("One course of events (interval)"),
        _(
            "95 % prediction interval: where the figure of one more replication would lie 95 "
            "times out of 100. More replications do not make it narrower."
        ),
    )
    if paper.scenario.goals:
        yield (
            _("Chance that a goal is met"),
            _("The share of the replications in which it was met."),
        )
