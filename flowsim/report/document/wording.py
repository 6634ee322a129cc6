"""How a paper says things: names, numbers and units of a scenario in a language."""

from __future__ import annotations

import math

from flowsim.letters import shown
from flowsim.report.catalogues import catalogue
from flowsim.report.document.units import WEEK, Unit, unit_of
from flowsim.report.kpi_words import kpi_words, name_words
from flowsim.report.numbers import MISSING, number, percent, span
from flowsim.scenario.schema import Scenario

__all__ = ["Wording", "in_language"]


class Wording:
    """The words of a language for a scenario.

    Parameters
    ----------
    scenario : whose labels and currency are used
    language : `sv` or `en`
    """

    def __init__(self, scenario: Scenario, language: str) -> None:
        self.scenario = in_language(scenario, language)
        self.language = language
        self.catalogue = catalogue(language)
        self._ = self.catalogue.gettext
        self.ngettext = self.catalogue.ngettext

    def label(self, name: str, section: str = "") -> str:
        """Return the label of a named part of the scenario, beginning with a capital."""
        text = self.name(name, section)
        return text[:1].upper() + text[1:]

    def name(self, name: str, section: str = "") -> str:
        """Return the label of a named part of the scenario as it stands within a sentence."""
        return shown(name_words(name, self.scenario, section))

    def kpi(self, name: str) -> str:
        """Return what a figure is called."""
        return shown(kpi_words(name, self.scenario))

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number as the language does."""
        return number(value, self.language, decimals)

    def percent(self, share: float, decimals: int = 0) -> str:
        """Write a share as a percentage."""
        return percent(share, self.language, decimals)

    def unit(self, kpi: str, unit: str) -> Unit:
        """Return how a figure is written."""
        return unit_of(kpi, unit, self.scenario.scenario.currency, self._)

    def value(self, kpi: str, amount: float, unit: str) -> str:
        """Write an amount of a figure with its unit."""
        if math.isnan(amount):
            return MISSING
        how = self.unit(kpi, unit)
        return how.with_word(self.number(amount / how.size, how.decimals(amount)), self.language)

    def time(self, days: float) -> str:
        """Write a time that somebody decided: in weeks, without a decimal where it has none."""
        weeks = days / WEEK
        whole = abs(weeks - round(weeks)) < 1e-9
        text = self.number(weeks, 0 if whole else 1)
        return self.unit("wait", "days").with_word(text, self.language)

    def between(self, kpi: str, low: float, high: float, unit: str) -> str:
        """Write an interval of a figure, without its unit's word; nothing counted is below 0."""
        if math.isnan(low) or math.isnan(high):
            return MISSING
        how = self.unit(kpi, unit)
        decimals = how.decimals(high)
        first, last = (self.number(x / how.size, decimals) for x in (low, high))
        text = first if first == last else span(first, last)
        return how.with_word(text, self.language) if unit == "share" else text


def in_language(scenario: Scenario, language: str) -> Scenario:
    """Return a scenario as if it asked for another language; its hash stays the same."""
    if scenario.scenario.language == language:
        return scenario
    heading = scenario.scenario.model_copy(update={"language": language})
    return scenario.model_copy(update={"scenario": heading})
