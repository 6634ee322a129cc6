"""What a figure is called in plain words, in the two languages a report can have."""

from __future__ import annotations

from flowsim.report.words import words
from flowsim.scenario.schema import Scenario

ENGLISH = {
    "wait.mean": "mean wait",
    "wait.median": "median wait",
    "wait.p90": "wait that 9 of 10 stay below",
    "wait.km_median": "median wait, those still waiting included",
    "wait.within_target": "started within target",
    "listed.mean": "mean time on the list",
    "time_to_start.mean": "mean time from referral to start",
    "waiting.mean": "waiting on average",
    "waiting.end": "waiting at the end",
    "still_waiting.mean": "wait so far of those waiting at the end",
    "in_service.mean": "inside on average",
    "blocked.mean": "finished but keeping a place, on average",
    "joined": "joined the list",
    "started": "started",
    "finished": "finished",
    "interrupted": "interrupted",
    "withdrew": "withdrew",
    "turned_away": "turned away",
    "opening": "inside at the beginning",
    "new": "new",
    "participants": "participants",
    "left": "left",
    "closing": "inside at the end",
    "length_of_stay.mean": "mean length of stay",
    "meetings": "meetings",
    "meetings.empty": "meetings that started nobody",
    "per_meeting.mean": "starts per meeting",
    "utilisation": "places in use",
    "places.mean": "places on average",
    "vacant_fte.mean": "vacant posts on average",
    "referred": "referred",
    "returned": "returned",
    "time_to_first_start.mean": "mean time from referral to the first start",
    "time_in_system.mean": "mean time from referral to exit",
    "completed.share": "completed, of the participants",
    "outcomes.sustained": "exits that held",
    "coverage": "participants, of the target group",
    "cost.total": "total cost",
    "cost.administration": "administration",
    "cost.administration.share": "administration, of the cost",
    "cost.per_participant": "cost per participant",
    "budget.result": "result of the year",
    "budget.equity": "equity",
    "budget.equity_share": "equity, of the budget",
    "budget.administration_share": "administration, of the budget",
    "cost.payer": "paid by {name}",
    "cost.team": "cost of {name}",
    "cost.per": "cost per exit in {name}",
    "fte": "posts paid by {name}",
    "share": "{name}, share",
    "met": "{name}: chance that it is met",
    "followed": "{name}: followed so long",
}

SWEDISH = {
    "wait.mean": "medelväntan",
    "wait.median": "medianväntan",
    "wait.p90": "väntan som 9 av 10 håller sig under",
    "wait.km_median": "medianväntan, med dem som fortfarande väntar",
    "wait.within_target": "påbörjade inom målet",
    "listed.mean": "medeltid på väntelistan",
    "time_to_start.mean": "medeltid från remiss till start",
    "waiting.mean": "väntande i medeltal",
    "waiting.end": "väntande vid slutet",
    "still_waiting.mean": "väntan hittills för dem som väntar vid slutet",
    "in_service.mean": "pågående i medeltal",
    "blocked.mean": "färdiga som behåller sin plats, i medeltal",
    "joined": "ställda på väntelistan",
    "started": "påbörjade",
    "finished": "färdiga",
    "interrupted": "avbrutna",
    "withdrew": "avstod under väntan",
    "turned_away": "avvisade",
    "opening": "ingående",
    "new": "nya",
    "participants": "deltagare",
    "left": "utskrivna",
    "closing": "utgående",
    "length_of_stay.mean": "medeltid i insats",
    "meetings": "möten",
    "meetings.empty": "möten där ingen påbörjade",
    "per_meeting.mean": "påbörjade per möte",
    "utilisation": "beläggning",
    "places.mean": "platser i medeltal",
    "vacant_fte.mean": "vakanta tjänster i medeltal",
    "referred": "remitterade",
    "returned": "återkomna",
    "time_to_first_start.mean": "medeltid från remiss till första start",
    "time_in_system.mean": "medeltid från remiss till avslut",
    "completed.share": "avslutade, andel av deltagarna",
    "outcomes.sustained": "avslut som höll",
    "coverage": "deltagare, andel av målgruppen",
    "cost.total": "total kostnad",
    "cost.administration": "administration",
    "cost.administration.share": "administration, andel av kostnaden",
    "cost.per_participant": "kostnad per deltagare",
    "budget.result": "årets resultat",
    "budget.equity": "eget kapital",
    "budget.equity_share": "eget kapital, andel av budgeten",
    "budget.administration_share": "administration, andel av budgeten",
    "cost.payer": "betalas av {name}",
    "cost.team": "kostnad för {name}",
    "cost.per": "kostnad per avslut i {name}",
    "fte": "tjänster betalda av {name}",
    "share": "{name}, andel",
    "met": "{name}: chans att det nås",
    "followed": "{name}: följda så länge",
}

LANGUAGES = {"en": ENGLISH, "sv": SWEDISH}


def kpi_words(kpi: str, scenario: Scenario) -> str:
    """Return what a figure of a scenario is called, in the scenario's language.

    Examples
    --------
    >>> import flowsim
    >>> scenario = flowsim.load("scenarios/orebro.toml")
    >>> kpi_words("mapping.wait.mean", scenario)
    'Kartläggning: medelväntan'
    >>> kpi_words("cost.team.work_places", scenario)
    'Kostnad för Miljövårdscentrum'
    >>> kpi_words("outcomes.completed.share", scenario)
    'Avslutade, andel'
    """
    text = _kpi_words(kpi, scenario)
    return text[:1].upper() + text[1:]


def _kpi_words(kpi: str, scenario: Scenario) -> str:
    measures = LANGUAGES[scenario.scenario.language]
    first, _, measure = kpi.partition(".")
    for section in ("steps", "teams"):
        if first in getattr(scenario, section) and measure in measures:
            return f"{name_words(first, scenario, section)}: {measures[measure]}"
    if kpi in measures:
        return measures[kpi]
    if first in ("exits", "outcomes", "goals"):
        name, _, ending = measure.partition(".")
        label = name_words(name, scenario, first)
        return measures[ending].format(name=label) if ending else label
    kind, _, name = kpi.rpartition(".")
    section = {"cost.team": "teams", "cost.per": "outcomes"}.get(kind, "")
    return measures[kind].format(name=name_words(name, scenario, section))


def name_words(name: str, scenario: Scenario, section: str = "") -> str:
    """Return the label of a named part of a scenario; without one, the name in words.

    Parameters
    ----------
    section : "steps", "teams", "exits", "outcomes", "goals" or "referrals"; empty for a payer
    """
    part = getattr(scenario, section).get(name) if section else None
    known = words(scenario.scenario.language)
    label: str = (part.label if part else None) or known.get(f"name_{name}", name.replace("_", " "))
    return label
