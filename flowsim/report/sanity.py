"""Queueing theory beside the simulated waits: rows of a table, and a line where none holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flowsim.analysis.sanity import Sanity, sanity_values
from flowsim.report.catalogues import N_, catalogue
from flowsim.report.kpi_words import name_words
from flowsim.report.numbers import number, percent
from flowsim.scenario.schema import Scenario

__all__ = ["WORDS", "SanityTable", "sanity_table"]

WEEK = 7.0

WORDS = {
    "title": N_("Waits in weeks by queueing theory, in the long run, beside the simulated ones"),
    "model": N_("Theory"),
    "p_wait": N_("Have to wait"),
    "theory": N_("Mean wait"),
    "simulated": N_("Simulated"),
    "mmc": "Erlang C",
    "mg1": "Pollaczek-Khinchine",
    "erlang_a": "Erlang A",
    "allen_cunneen": N_("Allen-Cunneen, an approximation"),
    "not_shown": N_("No theory beside {step}: {why}."),
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


@dataclass(frozen=True, slots=True)
class SanityTable:
    """What to print: a table, if it has rows, and lines under it.

    Parameters
    ----------
    title, columns : of the table
    rows : step, model, chance to wait, mean wait by theory and as simulated
    notes : one line for each step without theory
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


def sanity_table(scenario: Scenario, simulated: Callable[[str], str]) -> SanityTable:
    """Lay theory beside the simulated mean waits, in the scenario's language.

    Parameters
    ----------
    scenario : what was run
    simulated : writes the simulated mean wait of a step, in weeks

    Examples
    --------
    >>> import flowsim
    >>> found = sanity_table(flowsim.load("scenarios/orebro.toml"), lambda step: "1,0")
    >>> found.rows, found.notes[0]
    ((), 'Ingen teori bredvid Kartläggning: antalet remisser per tid ändras.')
    """
    language = scenario.scenario.language
    words = {key: catalogue(language).gettext(text) for key, text in WORDS.items()}
    values = sanity_values(scenario)
    return SanityTable(
        title=words["title"],
        columns=("", words["model"], words["p_wait"], words["theory"], words["simulated"]),
        rows=tuple(
            (
                name_words(one.step, scenario, "steps"),
                words[one.model],
                percent(one.p_wait, language),
                number(one.mean_wait / WEEK, language, 1),
                simulated(one.step),
            )
            for one in values
            if one.model is not None
        ),
        notes=tuple(_note(one, scenario, words) for one in values if one.failing is not None),
    )


def _note(one: Sanity, scenario: Scenario, words: dict[str, str]) -> str:
    """Say which assumption fails for a step."""
    assert one.failing is not None
    language = scenario.scenario.language
    reason, details = one.failing.reason, dict(one.failing.details)
    if "step" in details:
        details["step"] = name_words(str(details["step"]), scenario, "steps")
    if "load" in details:
        details["load"] = percent(float(details["load"]), language)
    if "days" in details:
        days = float(details["days"])
        if days % WEEK == 0:
            reason, days = ("meets_weekly", 1) if days == WEEK else ("meets_weeks", days / WEEK)
        details["days"] = number(days, language, 0 if days == int(days) else 1)
    step = name_words(one.step, scenario, "steps")
    own = one.failing.why
    why = catalogue(language).gettext(own) if own else words[reason]
    return words["not_shown"].format(step=step, why=why.format(**details))
