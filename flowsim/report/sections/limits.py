"""What the model does not say, and what the answer rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowsim.report.document.blocks import Bullets, Section
from flowsim.report.sections.paper import ScenarioPaper
from flowsim.report.words import Words

__all__ = ["section", "sureness", "without_cost"]


def section(words: Words, more: Iterable[str]) -> Section:
    """Return the limits that hold always, and those of these results."""
    items = (*always(words), *more)
    return Section("limits", words._("What the model does not say"), (Bullets(items),))


def always(words: Words) -> tuple[str, ...]:
    """Give what holds for every scenario."""
    _ = words._
    return (
        _(
            "It does not say that a measure causes jobs. The shares who leave to work or studies "
            "are inputs: the model counts how many get that far, not what would have become of "
            "them otherwise."
        ),
        _(
            "It does not say what is best for a person, and it ranks neither staff nor "
            "participants. It is about flows, places and money."
        ),
        _(
            "It knows no quality: a coach with more participants costs the same and helps as much "
            "as before, unless the inputs say otherwise."
        ),
        _(
            "The intervals show chance and the number of simulated courses of events. They do not "
            "show that an input may be wrong."
        ),
        _(
            "What lies outside is left out: savings in other budgets, what happens after the "
            "exit, and changes in the labour market."
        ),
        _("It makes no proposal for a decision; the board does."),
    )


def without_cost(teams: Iterable[str], words: Words) -> Iterator[str]:
    """Say which teams are given no cost."""
    free = [words.label(team, "teams") for team in teams]
    if free:
        text = words._("The scenario gives no cost for: {teams}. Real costs are higher.")
        yield text.format(teams=", ".join(free))


def sureness(paper: ScenarioPaper) -> str:
    """Say what all this rests on: the most important limitation."""
    assumed = sum(one.mark == "assumed" for one in paper.inputs)
    text = paper._(
        "Limitation: {assumed} of the {n} inputs are assumptions without a source, and the result "
        "is no surer than they are. The model does not show that a measure causes jobs."
    )
    return text.format(assumed=assumed, n=len(paper.inputs))
