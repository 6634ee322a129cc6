"""What a figure is called in plain words."""

from __future__ import annotations

from flowsim.report.catalogues import N_, catalogue
from flowsim.scenario.schema import Scenario

MEASURES = {
    "wait.mean": N_("mean wait"),
    "wait.median": N_("median wait"),
    "wait.p90": N_("wait that 9 of 10 stay below"),
    "wait.km_median": N_("median wait, those still waiting included"),
    "wait.within_target": N_("started within target"),
    "listed.mean": N_("mean time on the list"),
    "time_to_start.mean": N_("mean time from referral to start"),
    "waiting.mean": N_("waiting on average"),
    "waiting.end": N_("waiting at the end"),
    "still_waiting.mean": N_("wait so far of those waiting at the end"),
    "in_service.mean": N_("inside on average"),
    "blocked.mean": N_("finished but keeping a place, on average"),
    "joined": "",  # this and "withdrew" are said in a context of their own: see _measure
    "started": N_("started"),
    "finished": N_("finished"),
    "interrupted": N_("interrupted"),
    "withdrew": "",
    "turned_away": N_("turned away"),
    "opening": N_("inside at the beginning"),
    "new": N_("new"),
    "participants": N_("participants"),
    "left": N_("left"),
    "closing": N_("inside at the end"),
    "length_of_stay.mean": N_("mean length of stay"),
    "meetings": N_("meetings"),
    "meetings.empty": N_("meetings that started nobody"),
    "per_meeting.mean": N_("starts per meeting"),
    "utilisation": N_("places in use"),
    "places.mean": N_("places on average"),
    "vacant_fte.mean": N_("vacant posts on average"),
    "referred": N_("referred"),
    "returned": N_("returned"),
    "time_to_first_start.mean": N_("mean time from referral to the first start"),
    "time_in_system.mean": N_("mean time from referral to exit"),
    "completed.share": N_("completed, of the participants"),
    "outcomes.sustained": N_("exits that held"),
    "coverage": N_("participants, of the target group"),
    "cost.total": N_("total cost"),
    "cost.administration": N_("administration"),
    "cost.administration.share": N_("administration, of the cost"),
    "cost.per_participant": N_("cost per participant"),
    "budget.result": N_("result of the year"),
    "budget.equity": N_("equity"),
    "budget.equity_share": N_("equity, of the budget"),
    "budget.administration_share": N_("administration, of the budget"),
    "cost.payer": N_("paid by {name}"),
    "cost.team": N_("cost of {name}"),
    "cost.per": N_("cost per exit in {name}"),
    "fte": N_("posts paid by {name}"),
    "share": N_("{name}, share"),
    "met": N_("{name}: chance that it is met"),
    "followed": N_("{name}: followed so long"),
}
NAMES = {
    "association": N_("the association"),
    "members": N_("the members"),
    "completed": N_("Completed"),
    "withdrew": N_("Withdrew from a waiting list"),
    "turned_away": N_("Turned away"),
    "interrupted": N_("Interrupted"),
}


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
    language = scenario.scenario.language
    first, _, measure = kpi.partition(".")
    for section in ("steps", "teams"):
        if first in getattr(scenario, section) and measure in MEASURES:
            return f"{name_words(first, scenario, section)}: {_measure(measure, language)}"
    if kpi in MEASURES:
        return _measure(kpi, language)
    if first in ("exits", "outcomes", "goals"):
        name, _, ending = measure.partition(".")
        label = name_words(name, scenario, first)
        return _measure(ending, language).format(name=label) if ending else label
    kind, _, name = kpi.rpartition(".")
    section = {"cost.team": "teams", "cost.per": "outcomes"}.get(kind, "")
    return _measure(kind, language).format(name=name_words(name, scenario, section))


def _measure(measure: str, language: str) -> str:
    translation = catalogue(language)
    if measure == "joined":
        return translation.pgettext("figure", "joined the list")
    if measure == "withdrew":
        return translation.pgettext("figure", "withdrew")
    return translation.gettext(MEASURES[measure])


def name_words(name: str, scenario: Scenario, section: str = "") -> str:
    """Return the label of a named part of a scenario; without one, the name in words.

    Parameters
    ----------
    section : "steps", "teams", "exits", "outcomes", "goals" or "referrals"; empty for a payer
    """
    part = getattr(scenario, section).get(name) if section else None
    label: str | None = part.label if part else None
    if label:
        return label
    _ = catalogue(scenario.scenario.language).gettext
    return _(NAMES[name]) if name in NAMES else name.replace("_", " ")
