"""What each figure means, and between which events it is counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowsim.report.document.blocks import Section, Table
from flowsim.report.kpi_words import generic_words
from flowsim.report.sections.events_drawing import events_picture
from flowsim.report.sections.paper import ScenarioPaper
from flowsim.scenario import figures as registry
from flowsim.scenario.figures import CURRENCY, Figure
from flowsim.scenario.known import lacking, names_of

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
    """Return each figure that the paper uses with what it is."""
    yield from figures(paper)
    if paper.scenario.teams:
        yield from teams(paper)
    yield from sureness(paper)


def figures(paper: ScenarioPaper) -> Iterator[tuple[str, str]]:
    """Define the figures that a board sees in any table, the waits first."""
    seen = [figure for figure in registry.FIGURES if figure.tables]
    for figure in sorted(seen, key=lambda figure: not figure.is_wait):
        if figure.unit == CURRENCY and not paper.has_costs:
            continue
        names = names_of(paper.scenario)[figure.of]
        names = [name for name in names if not lacking(figure, name, paper.scenario)]
        if figure.label != "{name}":
            words = generic_words(figure, paper.language)
            yield from [(words, definition(figure, "", paper))] if names else ()
            continue
        for name in names:
            label = paper.kpi(figure.pattern.replace(f"<{figure.of}>", name))
            yield label, definition(figure, name, paper)


def definition(figure: Figure, name: str, paper: ScenarioPaper) -> str:
    """Return what a figure is, with the steps or the exits that count."""
    steps = paper.scenario.population.counted_in or tuple(paper.scenario.steps)
    exits = paper.scenario.outcomes[name].exits if figure.of == "outcome" and name else ()
    return paper._(figure.definition).format(
        steps=", ".join(paper.label(step, "steps") for step in steps),
        exits=", ".join(paper.label(exit_, "exits") for exit_ in exits),
        completed=paper.label("completed", "outcomes"),
    )


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
    yield _("Load"), _("How many come, over how many can start, on average over the period.")


def sureness(paper: ScenarioPaper) -> Iterator[tuple[str, str]]:
    """Define the intervals."""
    _ = paper._
    yield (
        _("Course of events"),
        _(
            "One replication: the whole period played once, event by event, with random "
            "numbers of its own "
            "(who comes when, how long each stays, where each goes)."
        ),
    )
    yield (
        _("Interval of the average"),
        _(
            "How uncertain the mean is by chance: in 95 cases of 100 it lies there. More "
            "simulated courses of events make it narrower."
        ),
    )
    yield (
        _("One course of events (interval)"),
        _(
            "95 % prediction interval: where the figure of one more course of events would lie "
            "95 times out of 100. More courses do not make it narrower."
        ),
    )
