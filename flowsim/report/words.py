"""How a scenario is told in a language: its names, and how every amount of it is written.

This is the one place that decides it, for terminal, page, Word, PDF, Excel and JSON alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import isnan
from pathlib import Path

from flowsim.language import N_, catalogue
from flowsim.letters import escaped, shown
from flowsim.report.kpi_words import kpi_words, name_words
from flowsim.report.numbers import (
    MINUS,
    MISSING,
    NO_BREAK_SPACE,
    number,
    percent,
    share_decimals,
    span,
)
from flowsim.scenario.figures import is_told_in_months
from flowsim.scenario.schema import Scenario
from flowsim.scenario.texts import told_in

__all__ = [
    "MONTH",
    "WEEK",
    "Estimate",
    "Scale",
    "Value",
    "Words",
    "in_language",
    "of_the_earlier_run",
    "scale_of",
    "written_to",
]

WEEK, MONTH = 7.0, 365.25 / 12
SMALL_MONEY = 10_000.0  # below this an amount is not told in thousands
LARGE = 99.95  # from here on decimals say nothing
MONTHS = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"),
    N_("August"), N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip


# Numbers --------------------------------------------------------------------------------------


class Value(str):
    """A cell: a number as it is written, which remembers the number.

    Parameters
    ----------
    text : as readers see it
    unit : days, count, share, places, fte or a currency; that of the numbers
    numbers : one; or a number and the ends of its interval; or two ends alone
    """

    unit: str
    numbers: tuple[float, ...]

    def __new__(cls, text: str, unit: str, *numbers: float) -> Value:
        """Return a text that has numbers behind it."""
        cell = super().__new__(cls, text)
        cell.unit, cell.numbers = unit, numbers
        return cell


@dataclass(frozen=True, slots=True)
class Scale:
    """How amounts of a figure are told: in which unit, and what less and more of it is called.

    Parameters
    ----------
    size : one of the unit told, in the unit of the figure
    unit : its name; empty for counts
    kind : "time" (shorter, longer), "count" (fewer, more) or "level" (lower, higher)
    single : the name of the unit after a bare 1; default: as otherwise
    """

    size: float
    unit: str
    kind: str
    single: str = field(default="", repr=False)

    @property
    def is_share(self) -> bool:
        """Whether amounts are percentages, and differences between them percentage points."""
        return self.size < 1

    def number(self, value: float, language: str, like: float | None = None) -> str:
        """Write a number in the unit told, without the unit; a share with its sign.

        Parameters
        ----------
        value : in the unit of the figure
        like : the amount that decides how many decimals there are; default: the value itself
        """
        told = value if like is None or isnan(like) else like
        return self.written(value, language, self.decimals(told))

    def decimals(self, value: float) -> int:
        """Return how many decimals an amount is written with."""
        if self.is_share:
            return share_decimals(value)
        return 0 if abs(value) / self.size >= LARGE else 1

    def written(self, value: float, language: str, decimals: int) -> str:
        """Write a number in the unit told with so many decimals, as `number` does."""
        if self.is_share:
            return percent(value, language, decimals)
        return number(value / self.size, language, decimals)

    def amount(self, value: float, language: str) -> str:
        """Write a number with its unit."""
        return self.with_unit(self.number(value, language))

    def with_unit(self, text: str) -> str:
        """Put the unit after a written number."""
        bare = self.is_share or not self.unit or text == MISSING
        return text if bare else self.counted(text)

    def counted(self, text: str) -> str:
        """Put the unit after a written number, of shares percentage points; nothing where none."""
        is_one = text.strip("+" + MINUS) == "1"
        unit = (self.single if is_one else "") or self.unit
        return f"{text}{NO_BREAK_SPACE}{unit}" if unit else text


def scale_of(kpi: str, unit: str, language: str, largest: float) -> Scale:
    """Choose how a figure is told: by one rule, wherever it stands.

    Parameters
    ----------
    kpi, unit : of the figure
    language : "sv" or "en"
    largest : the amount to tell, or the largest of several: a wait below a week is told in days,
        money below ten thousand in whole units

    Examples
    --------
    >>> scale_of("coaching.wait.mean", "days", "en", 30.0)
    Scale(size=7.0, unit='weeks', kind='time')
    >>> scale_of("cost.total", "SEK", "sv", 2e6)
    Scale(size=1000.0, unit='tkr', kind='level')
    """
    _ = catalogue(language).gettext
    if unit == "days":
        if is_told_in_months(kpi):
            return Scale(MONTH, _("months"), "time", _("month"))
        if abs(largest) < WEEK:
            return Scale(1.0, _("days"), "time", _("day"))
        return Scale(WEEK, _("weeks"), "time", _("week"))
    if unit == "share":
        return Scale(0.01, _("percentage points"), "level", _("percentage point"))
    if unit == "count":
        return Scale(1.0, "", "count")
    if unit == "places":
        return Scale(1.0, _("places"), "count", _("place"))
    if unit == "fte":
        return Scale(1.0, _("posts"), "count", _("post"))
    if abs(largest) < SMALL_MONEY:
        return Scale(1.0, shown(unit), "level")
    thousands = _("thousand SEK") if unit == "SEK" else _("thousand {currency}")
    return Scale(1000.0, thousands.format(currency=shown(unit)), "level")


@dataclass(frozen=True)
class Estimate:
    """A figure over replications: its mean with what is known of it, and the cells that tell it.

    Parameters
    ----------
    kpi, unit : name of the figure; days, count, share, places, fte or the currency
    language : `sv` or `en`
    mean : of all replications
    lower, upper : 95 % interval of the mean: chance alone
    low, high : 95 % interval of one more replication
    n : replications that have it
    unknown : between what the mean may lie for all that is known of the inputs; NaN where that
        was not asked
    is_least : whether the mean is the least that it can be, as not all of it was followed
    """

    kpi: str
    unit: str
    language: str
    mean: float
    lower: float = float("nan")
    upper: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    n: int = 0
    unknown: tuple[float, float] = (float("nan"), float("nan"))
    is_least: bool = False

    def __truediv__(self, years: float) -> Estimate:
        """Return how much it is a year."""
        names = ("mean", "lower", "upper", "low", "high")
        unknown = (self.unknown[0] / years, self.unknown[1] / years)
        own = {name: getattr(self, name) / years for name in names}
        return replace(self, unknown=unknown, **own)

    @property
    def scale(self) -> Scale:
        """How it is told."""
        return scale_of(self.kpi, self.unit, self.language, self.mean)

    @property
    def value(self) -> Value:
        """The mean with its unit."""
        text = self.scale.amount(self.mean, self.language)
        if self.is_least:
            text = catalogue(self.language).gettext("at least {value}").format(value=text)
        return Value(text, self.unit, self.mean)

    @property
    def interval(self) -> Value:
        """The interval of the mean, without a unit."""
        return self.between(self.lower, self.upper)

    @property
    def course(self) -> Value:
        """Where one more replication lies, without a unit."""
        return self.between(self.low, self.high)

    @property
    def not_known(self) -> Value:
        """Between what the mean may lie for all that is known of the inputs, without a unit."""
        return self.between(*self.unknown)

    @property
    def cell(self) -> Value:
        """The mean with its unit and, in brackets, its interval."""
        return self.with_bounds(self.lower, self.upper)

    def with_bounds(self, lower: float, upper: float) -> Value:
        """Return the mean with its unit and, in brackets, an interval that is more than it."""
        between = self.between(lower, upper)
        is_more = between not in (MISSING, self.scale.number(self.mean, self.language))
        text = f"{self.value} ({between})" if is_more else str(self.value)
        return Value(text, self.unit, self.mean, lower, upper)

    def between(self, lower: float, upper: float) -> Value:
        """Write an interval with the decimals of the mean."""
        ends = [self.scale.number(x, self.language, self.mean) for x in (lower, upper)]
        if ends[0] == ends[1]:
            return Value(ends[0], self.unit, lower, upper)
        text = span(ends[0].removesuffix("%").rstrip(NO_BREAK_SPACE), ends[1])
        return Value(text, self.unit, lower, upper)


# Words ----------------------------------------------------------------------------------------


class Words:
    """The words of a language for a scenario.

    Parameters
    ----------
    scenario : whose labels and currency are used
    language : `sv` or `en`; default: that of the scenario
    """

    def __init__(self, scenario: Scenario, language: str | None = None) -> None:
        self.language = language or scenario.scenario.language
        self.scenario = in_language(scenario, self.language)
        self.catalogue = catalogue(self.language)
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

    @property
    def title(self) -> str:
        """What the scenario is called."""
        return shown(self.scenario.scenario.title)

    @property
    def question(self) -> str:
        """What the scenario asks; perhaps nothing."""
        return shown(self.scenario.scenario.question)

    @property
    def currency(self) -> str:
        """The unit of money."""
        return self.scenario.scenario.currency

    def period(self, name: str) -> str:
        """Return a period in words; years and months are called what they are."""
        return self._("whole run") if name == "run" else name

    def of_period(self, name: str) -> str:
        """Describe which days figures are of."""
        run = self.scenario.run
        if name != "run":
            return self._("year {year}").format(year=name)
        return self._("whole run, {first} to {last}").format(first=run.report_from, last=run.until)

    def months(self, first: str, last: str) -> str:
        """Write a span of months such as "2018-10" to "2018-12": October–December 2018."""
        (year, month), (last_year, last_month) = (text.split("-") for text in (first, last))
        begin, end = (self._(MONTHS[int(number) - 1]) for number in (month, last_month))
        if first == last:
            return f"{begin} {year}"
        return f"{begin if year == last_year else f'{begin} {year}'}–{end} {last_year}"

    # Amounts ----------------------------------------------------------------------------------

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number as the language does."""
        return number(value, self.language, decimals)

    def exact(self, value: float, most: int = 6) -> str:
        """Write a number with the decimals that it has."""
        decimals = next((d for d in range(most) if abs(round(value, d) - value) < 1e-9), most)
        return self.number(value, decimals)

    def percent(self, share: float, decimals: int | None = None) -> str:
        """Write a share as a percentage."""
        return percent(share, self.language, decimals)

    def estimate(
        self,
        kpi: str,
        unit: str,
        mean: float,
        lower: float = float("nan"),
        upper: float = float("nan"),
    ) -> Estimate:
        """Return a figure to be told, see `Estimate`."""
        return Estimate(kpi, unit, self.language, mean, lower, upper)

    def value(self, kpi: str, amount: float, unit: str) -> Value:
        """Write an amount of a figure with its unit."""
        return self.estimate(kpi, unit, amount).value

    def given(self, kpi: str, amount: float, unit: str, *ends: float) -> Value:
        """Write an amount that somebody gave, without a decimal where it has none.

        Parameters
        ----------
        ends : of the range that was given with it
        """
        scale = scale_of(kpi, unit, self.language, amount)
        most = 0 if abs(amount) / scale.size >= LARGE and not scale.is_share else 1
        told, *range_ = (self.exact(one / scale.size, most) for one in (amount, *ends))
        sign = percent(0.0, self.language).removeprefix("0") if scale.is_share else ""
        between = f" ({span(*range_)})" if {told} < {told, *range_} else ""
        return Value(scale.with_unit(told) + sign + between, unit, amount, *ends)

    def decided(self, kpi: str, amount: float, unit: str) -> Value:
        r"""Write a limit, a target or a goal exactly, as it was decided; a time in days if need be.

        Examples
        --------
        >>> import flowsim
        >>> words = Words(flowsim.load("scenarios/orebro.toml"), "en")
        >>> [words.decided("a.wait.mean", days, "days") for days in (14, 10, 0.126)]
        ['2\xa0weeks', '10\xa0days', '0.126\xa0days']
        """
        scale = self.scale_decided(kpi, amount, unit)
        told = self.exact(amount / scale.size)
        sign = percent(0.0, self.language).removeprefix("0") if scale.is_share else ""
        return Value(scale.with_unit(told) + sign, unit, amount)

    def scale_decided(self, kpi: str, amount: float, unit: str) -> Scale:
        """Choose in which unit an amount is told that has to be exact."""
        scale = scale_of(kpi, unit, self.language, amount)
        is_exact = abs(round(amount / scale.size, 1) - amount / scale.size) < 1e-9
        return scale if is_exact or unit != "days" else scale_of("wait", "days", self.language, 0.0)

    def time(self, days: float) -> str:
        """Write a time that somebody decided."""
        return self.decided("wait", days, "days")


def in_language(scenario: Scenario, language: str) -> Scenario:
    """Return a scenario as if it asked for another language; its hash stays the same."""
    if scenario.scenario.language == language:
        return scenario
    told = told_in(scenario, language)
    heading = told.scenario.model_copy(update={"language": language})
    return told.model_copy(update={"scenario": heading})


def written_to(path: Path, language: str) -> str:
    """Describe where something was written.

    Examples
    --------
    >>> written_to(Path("results/orebro"), "sv")
    'Sparat i results/orebro'
    """
    text = catalogue(language).gettext("Written to {folder}")
    return text.format(folder=escaped(str(path)))


def of_the_earlier_run(names: Sequence[str], language: str) -> str:
    """Format which reports and figures in a folder do not show what was written now.

    Examples
    --------
    >>> of_the_earlier_run(["report.docx", "figures"], "en")
    'Kept, but of the earlier run: report.docx, figures'
    """
    _ = catalogue(language).gettext
    return _("Kept, but of the earlier run: {names}").format(names=", ".join(names))
