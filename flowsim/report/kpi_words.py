"""What a figure is called in plain words."""

from __future__ import annotations

from flowsim.language import N_, catalogue
from flowsim.scenario.figures import Figure
from flowsim.scenario.known import figure_of
from flowsim.scenario.schema import Scenario

SECTIONS = {name: f"{name}s" for name in ("step", "team", "exit", "outcome", "goal")}
ANY = {
    "exit": N_("a way out"),
    "outcome": N_("an outcome"),
    "payer": N_("a payer"),
    "goal": N_("a goal"),
    "team": N_("a team"),
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
    figure, of = figure_of(kpi, scenario)
    name = name_words(of, scenario, SECTIONS.get(figure.of, ""))
    label = catalogue(scenario.scenario.language).gettext(figure.label).format(name=name)
    return f"{name}: {label}" if figure.pattern.startswith(("<step>", "<team>")) else label


def generic_words(figure: Figure, language: str) -> str:
    """Return what figures of a kind are called, whatever step, team or payer they are of.

    Examples
    --------
    >>> from flowsim.scenario.figures import FIGURES
    >>> generic_words(FIGURES[0], "en")
    'Referred'
    """
    _ = catalogue(language).gettext
    text = _(figure.label).format(name=_(ANY[figure.of]) if figure.of in ANY else "")
    return text[:1].upper() + text[1:]


def name_words(name: str, scenario: Scenario, section: str = "") -> str:
    """Return the label of a named part of a scenario; without one, the name in words.

    Parameters
    ----------
    section : "steps", "teams", "exits", "outcomes", "goals" or "referrals"; empty for a payer
    """
    part = getattr(scenario, section).get(name) if section else None
    label: str | None = part.label if part else None if section else scenario.payers.get(name)
    if label:
        return label
    _ = catalogue(scenario.scenario.language).gettext
    return _(NAMES[name]) if name in NAMES else name.replace("_", " ")
