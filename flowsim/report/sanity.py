"""Queueing theory beside the simulated waits: rows of a table, and a line where none holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flowsim.analysis.sanity import Sanity, sanity_values
from flowsim.report.catalogues import catalogue
from flowsim.report.kpi_words import name_words
from flowsim.report.numbers import number, percent
from flowsim.scenario.schema import Scenario

__all__ = ["ENGLISH", "SWEDISH", "SanityTable", "sanity_table"]

WEEK = 7.0

ENGLISH = {
    "title": "Waits in weeks by queueing theory, in the long run, beside the simulated ones",
    "model": "Theory",
    "p_wait": "Have to wait",
    "theory": "Mean wait",
    "simulated": "Simulated",
    "mmc": "Erlang C",
    "mg1": "Pollaczek-Khinchine",
    "erlang_a": "Erlang A",
    "allen_cunneen": "Allen-Cunneen, an approximation",
    "not_shown": "No theory beside {step}: {why}.",
    "meets": "starts only at meetings, every {days} days",
    "meets_weekly": "starts only at meetings, every week",
    "meets_weeks": "starts only at meetings, every {days} weeks",
    "intake": "starts only in groups, or with a limit on starts",
    "keeps_place": "participants keep their place while waiting for the next step",
    "no_stay": "there is no stay",
    "several_teams": "it needs places of several teams at once",
    "per": "there is one team for each {group}",
    "shared": "its team also works in {step}",
    "places_change": "places change over time",
    "closures": "there are closures",
    "patience": "patience is not exponential from joining the list",
    "patience_and_stay": "there is patience, and stays are not exponential",
    "returns": "participants come back to it",
    "from_step": "participants come from {step}, not evenly at random",
    "nobody_comes": "nobody comes",
    "dates_given": "participants come on given dates, not at random",
    "rate_changes": "the rate of referrals changes",
    "seasons": "referrals have seasons",
    "from_start": "statistics begin at the start, not in a steady state",
    "overloaded": "its load is {load}: there is no steady state",
}

SWEDISH = {
    "title": "Väntan i veckor enligt köteorin, i det långa loppet, bredvid den simulerade",
    "model": "Teori",
    "p_wait": "Får vänta",
    "theory": "Medelväntan",
    "simulated": "Simulerat",
    "mmc": "Erlang C",
    "mg1": "Pollaczek-Khinchine",
    "erlang_a": "Erlang A",
    "allen_cunneen": "Allen-Cunneen, en approximation",
    "not_shown": "Ingen teori bredvid {step}: {why}.",
    "meets": "start sker bara vid möten, var {days}:e dag",
    "meets_weekly": "start sker bara vid möten, varje vecka",
    "meets_weeks": "start sker bara vid möten, med {days} veckors mellanrum",
    "intake": "start sker bara i grupp, eller med ett tak för antalet starter",
    "keeps_place": "deltagare behåller sin plats medan de väntar på nästa steg",
    "no_stay": "det finns ingen tid i insats",
    "several_teams": "det behövs platser i flera team samtidigt",
    "per": "det finns ett team för varje {group}",
    "shared": "teamet arbetar också i {step}",
    "places_change": "antalet platser ändras över tid",
    "closures": "det finns stängningar",
    "patience": "tålamodet är inte exponentialfördelat från väntelistans början",
    "patience_and_stay": "det finns tålamod, och tiden i insats är inte exponentialfördelad",
    "returns": "deltagare kommer tillbaka till det",
    "from_step": "deltagare kommer från {step}, inte jämnt och slumpvis",
    "nobody_comes": "ingen kommer",
    "dates_given": "deltagare kommer på givna dagar, inte slumpvis",
    "rate_changes": "antalet remisser per tid ändras",
    "seasons": "remisserna har säsonger",
    "from_start": "statistiken börjar vid starten, inte i ett jämviktsläge",
    "overloaded": "belastningen är {load}: det finns inget jämviktsläge",
}

LANGUAGES = {"en": ENGLISH, "sv": SWEDISH}


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
    words = LANGUAGES[language]
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
