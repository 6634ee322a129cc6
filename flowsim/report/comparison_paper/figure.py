"""One figure of all options, as it is written in a table or a sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import inf, isnan

from flowsim.analysis.comparison import Difference
from flowsim.report.comparison import ComparisonText
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.comparison_sentences import Scale, decimals_of, scale_of, sentence
from flowsim.report.document.units import WEEK, Unit
from flowsim.report.numbers import MISSING, NO_BREAK_SPACE, span
from flowsim.scenario.known import better

__all__ = ["ComparedFigure"]


@dataclass(frozen=True, eq=False)
class ComparedFigure:
    """A figure of all options.

    Parameters
    ----------
    paper : that tells it
    label : what it is called
    name : of the figure
    divisor : of what is told a year; else 1
    """

    paper: ComparisonPaper
    label: str
    name: str
    divisor: float = 1.0

    @property
    def unit(self) -> str:
        """The unit in which it is worked out."""
        return self.paper.figures[self.name].unit

    @property
    def direction(self) -> int:
        """1 if higher is better, -1 if lower is, 0 if neither."""
        return better(self.name, self.paper.scenario)

    @cached_property
    def scale(self) -> Scale:
        """How a difference is told, in the unit of the figures themselves."""
        usual = scale_of(self.name, self.unit, self.paper.language, inf)
        word = usual.unit if self.unit == "share" else self.how.word
        return replace(usual, size=self.how.size, unit=word)

    @cached_property
    def how(self) -> Unit:
        """How the figure is written: as anywhere, but waits in days where all are below a week."""
        usual = self.paper.unit(self.name, self.unit)
        means = [self.own(option)[0] for option in self.paper.options]
        longest = max((mean for mean in means if not isnan(mean)), default=0.0)
        if usual.size == WEEK and longest < WEEK:
            return Unit(self.paper._("days"), 1.0)
        return usual

    def own(self, option: str) -> tuple[float, float, float]:
        """Return mean and 95 % interval of an option."""
        mean, lower, upper = self.paper.comparison.own(self.name, option)
        return mean / self.divisor, lower / self.divisor, upper / self.divisor

    def difference(self, option: str) -> Difference:
        """Return how an option differs from the base."""
        one, by = self.paper.difference(self.name, option), self.divisor
        return replace(
            one,
            mean=one.mean / by,
            std_error=one.std_error / by,
            lower=one.lower / by,
            upper=one.upper / by,
        )

    # In words ---------------------------------------------------------------------------------

    def mean_words(self, option: str) -> str:
        """Write the mean of an option."""
        mean, how = self.own(option)[0], self.how
        if isnan(mean):
            return MISSING
        written = self.paper.number(mean / how.size, how.decimals(mean))
        return how.with_word(written, self.paper.language)

    def row_label(self) -> str:
        """Return the label, with the unit of the row in small print."""
        has_unit = self.how.word and self.unit != "share"
        return f"{self.label}\n{self.how.word}" if has_unit else self.label

    def bare(self, option: str) -> str:
        """Write the mean of an option without its unit; a share with it."""
        if self.unit == "share":
            return self.mean_words(option)
        return self.mean_words(option).removesuffix(f"{NO_BREAK_SPACE}{self.how.word}")

    def between(self, low: float, high: float) -> str:
        """Write an interval, without its unit's word; of shares with it."""
        decimals = self.how.decimals(high)
        first, last = (self.paper.number(one / self.how.size, decimals) for one in (low, high))
        text = first if first == last else span(first, last)
        return self.how.with_word(text, self.paper.language) if self.unit == "share" else text

    def cell(self, option: str) -> str:
        """Write the mean of an option, with its interval in small print."""
        mean, lower, upper = self.own(option)
        if isnan(mean) or isnan(lower) or lower == upper:
            return self.bare(option)
        return f"{self.bare(option)}\n{self.between(lower, upper)}"

    def sentence(self, option: str) -> str:
        """Say what may be said of the difference."""
        paper = self.paper
        return sentence(self.difference(option), self.scale, paper.base, paper.language)

    def chance(self, option: str) -> str:
        """Write the chance that an option is better than the base."""
        text = ComparisonText(self.paper.comparison, self.paper.language)
        return text.chance(self.paper.difference(self.name, option))

    def difference_cell(self, option: str) -> str:
        """Write the difference of an option, its interval, and whether it is clear."""
        found, _ = self.difference(option), self.paper._
        if isnan(found.mean):
            return MISSING
        if found.is_constant and found.mean == 0:
            return _("no difference")
        decimals = decimals_of(found, self.scale)
        mean, lower, upper = (
            self.signed(value, decimals) for value in (found.mean, found.lower, found.upper)
        )
        if self.unit == "share":
            mean = f"{mean}{NO_BREAK_SPACE}{self.scale.unit}"
        verdict = _("clear difference") if found.is_claimed else _("no clear difference")
        if found.is_constant:
            same = _("the same in all {n}").format(n=self.paper.number(found.n))
            return f"{mean}\n{same}\n{verdict}"
        if isnan(found.lower):
            return f"{mean}\n{verdict}"
        between = _("{lower} to {upper}").format(lower=lower, upper=upper)
        return f"{mean}\n{between}\n{verdict}"

    def signed(self, value: float, decimals: int) -> str:
        """Write a difference with its sign, without its unit."""
        text = self.paper.number(value / self.scale.size, decimals)
        return f"+{text}" if value > 0 and any(one in text for one in "123456789") else text
