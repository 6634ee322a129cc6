"""Queueing theory beside the simulated waits: a table, and a line where none holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flowsim.analysis.sanity import Sanity, sanity_values
from flowsim.language import N_
from flowsim.report.document.blocks import Block, Cell, Prose, Table
from flowsim.report.words import WEEK, Value, Words

__all__ = ["REASONS", "notes", "table", "theory"]

MODELS = {
    "mmc": "Erlang C",
    "mg1": "Pollaczek-Khinchine",
    "erlang_a": "Erlang A",
    "allen_cunneen": N_("Allen-Cunneen, an approximation"),
}
REASONS = {
    "meets": N_("starts only at meetings, every {days} days"),
    "meets_weekly": N_("starts only at meetings, every week"),
    "meets_weeks": N_("starts only at meetings, every {days} weeks"),
    "intake": N_("starts only in groups, or with a limit on starts"),
    "keeps_place": N_("participants keep their place while waiting for the next step"),
    "no_stay": N_("there is no stay"),
    "several_teams": N_("it needs places of several teams at once"),
    "per": N_("there is one team for each {group}"),
    "shared": N_("its team also works in {step}"),
    "places_change": N_("places change over time"),
    "closures": N_("there are closures"),
    "patience": N_("patience is not exponential from joining the list"),
    "patience_and_stay": N_("there is patience, and stays are not exponential"),
    "returns": N_("participants come back to it"),
    "from_step": N_("participants come from {step}, not evenly at random"),
    "nobody_comes": N_("nobody comes"),
    "dates_given": N_("participants come on given dates, not at random"),
    "rate_changes": N_("the rate of referrals changes"),
    "seasons": N_("referrals have seasons"),
    "from_start": N_("statistics begin at the start, not in a steady state"),
    "overloaded": N_("its load is {load}: there is no steady state"),
}
"""Why no theory holds for a step, where that is not for a key of its own."""


def theory(words: Words, simulated: Callable[[str], Cell]) -> Iterator[Block]:
    """Return the table of waits by theory, if any holds, and a line for each step without.

    Parameters
    ----------
    words : of the scenario that was run
    simulated : writes the simulated mean wait of a step
    """
    if (found := table(words, simulated)).rows:
        yield found
    for note in notes(words):
        yield Prose(note)


def table(words: Words, simulated: Callable[[str], Cell]) -> Table:
    """Lay theory beside the simulated mean waits."""
    _ = words._
    rows = tuple(
        (
            words.label(one.step, "steps"),
            _(MODELS[one.model]),
            Value(words.percent(one.p_wait), "share", one.p_wait),
            words.value("wait", one.mean_wait, "days"),
            simulated(one.step),
        )
        for one in sanity_values(words.scenario)
        if one.model is not None
    )
    caption = _("Waits by queueing theory, in the long run, beside the simulated ones")
    heads = (_("Step"), _("Theory"), _("Have to wait"), _("Mean wait"), _("Simulated"))
    return Table(caption, heads, rows, "llrrr")


def notes(words: Words) -> Iterator[str]:
    """Return a line for each step without theory.

    Examples
    --------
    >>> import flowsim
    >>> next(notes(Words(flowsim.load("scenarios/orebro.toml"))))
    'Köteori kan inte jämföras för Kartläggning: antalet remisser per tid ändras.'
    """
    for one in sanity_values(words.scenario):
        if one.failing is not None:
            yield note(one, words)


def note(one: Sanity, words: Words) -> str:
    """Describe which assumption fails for a step."""
    assert one.failing is not None
    reason, details = one.failing.reason, dict(one.failing.details)
    if "step" in details:
        details["step"] = words.label(str(details["step"]), "steps")
    if "load" in details:
        details["load"] = words.percent(float(details["load"]))
    if "days" in details:
        days = float(details["days"])
        if days % WEEK == 0:
            reason, days = ("meets_weekly", 1) if days == WEEK else ("meets_weeks", days / WEEK)
        details["days"] = words.exact(days, 1)
    why = words._(one.failing.why or REASONS[reason]).format(**details)
    text = words._("No theory beside {step}: {why}.")
    return text.format(step=words.label(one.step, "steps"), why=why)
