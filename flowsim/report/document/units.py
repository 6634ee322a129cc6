"""How figures are written for a board: waits in weeks, stays in months, money in thousands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flowsim.report.numbers import NO_BREAK_SPACE
from flowsim.scenario.figures import is_told_in_months

__all__ = ["MONTH", "WEEK", "Unit", "unit_of"]

WEEK = 7.0
MONTH = 365.25 / 12


@dataclass(frozen=True)
class Unit:
    """A unit that readers are used to.

    Parameters
    ----------
    word : what stands after the number; empty for plain counts
    size : in the unit of the figure
    """

    word: str
    size: float

    def decimals(self, amount: float) -> int:
        """Return how many decimals an amount needs: at most one, and none where it is large."""
        enough = 9.95 if self.word == "%" else 99.95
        return 0 if abs(amount / self.size) >= enough else 1

    def with_word(self, written: str, language: str) -> str:
        """Put the word after a written number; in English a percent sign follows at once.

        Examples
        --------
        >>> Unit("weeks", 7.0).with_word("2.5", "en").replace(NO_BREAK_SPACE, "_")
        '2.5_weeks'
        """
        if not self.word:
            return written
        space = "" if self.word == "%" and language == "en" else NO_BREAK_SPACE
        return written + space + self.word


def unit_of(kpi: str, unit: str, currency: str, _: Callable[[str], str]) -> Unit:
    """Return how a figure of this name and unit is written.

    Examples
    --------
    >>> unit_of("mapping.wait.mean", "days", "SEK", str).word
    'weeks'
    """
    if unit == "days":
        return Unit(_("months"), MONTH) if is_told_in_months(kpi) else Unit(_("weeks"), WEEK)
    if unit == "share":
        return Unit("%", 0.01)
    if unit == currency:
        thousand = _("thousand SEK") if currency == "SEK" else _("thousand") + f" {currency}"
        return Unit(thousand, 1000.0)
    return Unit("", 1.0)
