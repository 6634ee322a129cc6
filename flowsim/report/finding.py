"""A search for the best option in sentences: the answer, and what speaks for it."""

from __future__ import annotations

from math import isnan

from flowsim.analysis.feasibility import Judgement, Verdict
from flowsim.analysis.selection import Answer
from flowsim.report.catalogues import catalogue
from flowsim.report.comparison_sentences import Scale, own, scale_of
from flowsim.report.kpi_words import kpi_words, name_words
from flowsim.report.numbers import MISSING, number, percent, span
from flowsim.report.terminal import shown
from flowsim.scenario.marking import N_
from flowsim.scenario.overrides import as_toml
from flowsim.scenario.positions import key_parts
from flowsim.scenario.schema import Scenario
from flowsim.study.search.found import TABLE, Finding
from flowsim.study.search.limits import IS_MET, NamedLimit

MOST_ROWS = 30
REASONS = {  # what an option one step away from the best is
    Verdict.BROKEN: N_("not enough: {evidence}"),
    Verdict.OPEN: N_("not known to be enough: {evidence}"),
    Verdict.KEPT: N_("enough as well: {evidence}"),
}
GUARANTEE_OF_LIMITS = N_(
    "With at least {confidence} confidence all answers yes and no hold at once "
    "(repeated intervals, Bonferroni; means taken as normal), and with them the "
    "best."
)
GUARANTEE_OF_BOTH = N_(
    "With at least {confidence} confidence all answers yes and no hold at once, "
    "and the best is not given up for an option that is worse by {indifference} "
    "or more (KN, half of the error; repeated intervals, the other half; means "
    "taken as normal)."
)
GUARANTEE_OF_BEST = N_(
    "With at least {confidence} confidence the best is not given up for an "
    "option that is worse by {indifference} or more (KN; means taken as normal)."
)


class FindingText:
    """A search in words.

    Parameters
    ----------
    finding : what to tell
    language : "sv" or "en"; default: that of the scenario
    """

    def __init__(self, finding: Finding, language: str | None = None) -> None:
        self.finding = finding
        self.scenario = finding.base
        self.language = language or finding.base.scenario.language
        self._ = catalogue(self.language).gettext
        self.task = finding.selection.task
        self.standings = finding.selection.standings

    # Names ------------------------------------------------------------------------------------

    @property
    def criterion(self) -> str:
        """What is chosen by."""
        name = self.finding.criterion
        if self.finding.objective is None:
            return key_words(name, self.scenario, self.language)
        return shown(kpi_words(name, self.scenario))

    def option(self, option: int) -> str:
        """Return what an option sets."""
        values = self.finding.options[option].values
        if len(values) == 1:
            return self.value(next(iter(values.values())))
        return ", ".join(
            f"{key_words(key, self.scenario, self.language)} {self.value(value)}"
            for key, value in values.items()
        )

    def value(self, value: object) -> str:
        """Write a value that may be chosen."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return shown(value if isinstance(value, str) else as_toml(value))
        decimals = next((d for d in range(6) if round(value, d) == value), 6)
        return number(value, self.language, decimals)

    def limit(self, named: NamedLimit) -> str:
        """Say what a limit asks for."""
        limit, _ = named.limit, self._
        figure = shown(kpi_words(named.kpi, self.scenario))
        share = percent(limit.share, self.language) if limit.share is not None else ""
        if limit.share is not None and limit.threshold == IS_MET and named.kpi.endswith(".met"):
            if limit.at_least:
                return _("{figure} at least {share}").format(figure=figure, share=share)
            rest = percent(1 - limit.share, self.language)
            return _("{figure} at most {share}").format(figure=figure, share=rest)
        threshold = self.figure(named.kpi, limit.threshold, limit.threshold)
        text = (
            _("{figure} at least {threshold}")
            if limit.at_least
            else _("{figure} at most {threshold}")
        ).format(figure=figure, threshold=threshold)
        return (
            _("{limit} in {share} of the runs").format(limit=text, share=share) if share else text
        )

    # Numbers ----------------------------------------------------------------------------------

    def scale(self, kpi: str, largest: float) -> Scale:
        """Return how a figure is told."""
        return scale_of(kpi, self._unit(kpi), self.language, abs(largest))

    def figure(self, kpi: str, value: float, largest: float) -> str:
        """Write a figure with its unit."""
        return own(value, self._unit(kpi), self.scale(kpi, largest), self.language)

    def _unit(self, kpi: str) -> str:
        return next(one.unit for one in self.finding.kpis if one.name == kpi)

    def judged(self, named: NamedLimit, one: Judgement) -> str:
        """Write what is known of a limit of an option, with its bounds."""
        if named.limit.share is not None:
            shares = (one.value, one.lower, one.upper)
            value, lower, upper = (percent(x, self.language, 1) for x in shares)
        else:
            value = self.figure(named.kpi, one.value, named.limit.threshold)
            scale = self.scale(named.kpi, named.limit.threshold)
            lower, upper = (self._bare(x, named.kpi, scale) for x in (one.lower, one.upper))
        return value if MISSING in (lower, upper) else f"{value} ({span(lower, upper)})"

    def _bare(self, value: float, kpi: str, scale: Scale) -> str:
        """Write a bound without the unit that stands before it; a percentage keeps its sign."""
        unit = self._unit(kpi)
        return own(value, unit, Scale(scale.size, "", scale.kind), self.language)

    def objective(self, option: int) -> str:
        """Write the objective of an option with its interval."""
        one = self.finding.objectives[option]
        if self.finding.objective is None:
            return self.value(one.value)
        name = self.finding.criterion
        largest = max(abs(x.value) for x in self.finding.objectives)
        value, scale = self.figure(name, one.value, largest), self.scale(name, largest)
        if isnan(one.lower) or one.lower == one.upper:
            return value
        lower, upper = (self._bare(x, name, scale) for x in (one.lower, one.upper))
        return f"{value} ({span(lower, upper)})"

    # Sentences --------------------------------------------------------------------------------

    def question(self) -> str:
        """Say what was looked for."""
        wanted = (
            self._("Looked for: the least “{criterion}”")
            if self.finding.is_least
            else self._("Looked for: the most “{criterion}”")
        )
        wanted = wanted.format(criterion=self.criterion)
        return (
            self._("{wanted} such that all limits are kept").format(wanted=wanted)
            if self.finding.limits
            else wanted
        )

    def facts(self) -> str:
        """Say how many options were run how often, and for which period."""
        run, _ = self.scenario.run, self._
        if self.finding.period == "run":
            period = _("whole run, {first} to {last}").format(first=run.report_from, last=run.until)
        else:
            period = _("year {year}").format(year=self.finding.period)
        most = number(max(one.n for one in self.standings), self.language)
        n = number(len(self.finding.options), self.language)
        return _(
            "{n} options, up to {most} replications of each with the same luck, seed "
            "{seed}; {period}"
        ).format(n=n, most=most, seed=self.finding.seed, period=period)

    def answer(self) -> list[str]:
        """Say what is best, or plainly that there is no answer; and what one step more would be."""
        _, chosen = self._, self.finding.selection.chosen
        if self.finding.answer is Answer.NONE:
            return [_("None of the options is enough: each breaks a limit.")]
        if self.finding.answer is Answer.UNDECIDED:
            return [self._undecided()]
        if len(chosen) > 1:
            options = "; ".join(self.option(k) for k in chosen)
            return [_("Best, and exactly alike: {options}.").format(options=options)]
        told = [_("Best: {option}.").format(option=self._named(chosen[0]))]
        steps = [self._step(k) for k in self.finding.neighbours(chosen[0])]
        return [*told, *steps, *self._edges(chosen[0])]

    def _edges(self, option: int) -> list[str]:
        """Say which values of the best are the last of those tried, in a better direction."""
        told = []
        for key in self.finding.ends(option):
            name = key_words(key, self.scenario, self.language)
            value = self.value(self.finding.options[option].values[key])
            told.append(
                self._(
                    "{option} is at the end of what could be chosen: beyond it nothing was tried."
                ).format(option=f"{name} {value}")
            )
        return told

    def _named(self, option: int) -> str:
        values = self.finding.options[option].values
        if len(values) > 1:
            return self.option(option)
        key = key_words(next(iter(values)), self.scenario, self.language)
        return f"{key} {self.option(option)}"

    def _undecided(self) -> str:
        _, between = self._, self.finding.selection.open
        most = number(self.task.most, self.language)
        enough = [k for k in between if self.standings[k].verdict is Verdict.KEPT]
        if self.finding.objective is None and enough:
            best, *others = map(
                self.option, [*enough[:1], *(k for k in between if k not in enough)]
            )
            options = _(" or ").join(others)
            return _(
                "No answer: {best} is enough, but with {most} replications it cannot be told "
                "whether {options} is enough too. More replications (--max-replications) may "
                "decide it."
            ).format(best=best, most=most, options=options)
        options = "; ".join(map(self.option, between))
        if len(between) == 1:
            return _(
                "No answer: with {most} replications it cannot be told whether {options} is "
                "enough. More replications (--max-replications) may decide it."
            ).format(most=most, options=options)
        coarser = (
            _(", or a larger smallest difference that matters (--indifference),")
            if self.finding.objective is not None
            else ""
        )
        return _(
            "No answer: with {most} replications the options {options} cannot be decided "
            "between. More replications (--max-replications){coarser} may decide it."
        ).format(most=most, options=options, coarser=coarser)

    def _step(self, option: int) -> str:
        """Say how an option one step away fares."""
        standing, _ = self.standings[option], self._
        parts = [
            f"{letter}: {self.judged(named, one)}"
            for (letter, _), named, one in zip(
                self.letters(), self.finding.limits, standing.judgements, strict=True
            )
            if standing.verdict is not Verdict.BROKEN or one.verdict is Verdict.BROKEN
        ]
        if self.finding.objective is not None and standing.verdict is not Verdict.BROKEN:
            value = self.objective(option)
            parts.append(f"{self.criterion} {value}")
        evidence = "; ".join(parts)
        reason = _(REASONS[standing.verdict]).format(evidence=evidence)
        if not self.finding.limits:
            reason = evidence
        return _("One step away, {option}: {reason}.").format(
            option=self.option(option), reason=reason
        )

    def notes(self) -> list[str]:
        """Say exactly what is promised, and how the figures are to be read."""
        _, task = self._, self.task
        confidence = percent(task.confidence, self.language, _decimals(task.confidence))
        is_exact = self.finding.objective is not None and task.indifference == 0
        if self.finding.objective is None or (is_exact and task.limits):
            promise = GUARANTEE_OF_LIMITS
        else:
            promise = GUARANTEE_OF_BOTH if task.limits else GUARANTEE_OF_BEST
        notes = (
            [_("The criterion is the same in every replication: options are compared exactly.")]
            if is_exact
            else []
        )
        if not is_exact or task.limits:
            size = self._indifference()
            notes.append(_(promise).format(confidence=confidence, indifference=size))
        if task.limits:
            error = percent(task.error_of_a_look, self.language, 4)
            notes.append(
                _(
                    "In brackets of a limit: the bounds by which it is judged, each wrong with a "
                    "chance of at most {error}; of the criterion: its own {confidence} interval."
                ).format(error=error, confidence=confidence)
            )
            notes.append(
                _(
                    "Chance in one run: the share of the replications in which all limits are "
                    "kept at once, each by that run's own figure."
                )
            )
        hidden = len(self.finding.options) - MOST_ROWS
        if hidden > 0:
            notes.append(
                _("{n} further options are in {file}.").format(
                    n=number(hidden, self.language), file=TABLE
                )
            )
        return notes

    def _indifference(self) -> str:
        if self.finding.objective is None:
            return ""
        unit, size = self.finding.objective.unit, self.task.indifference
        return percent(size, self.language, 1) if unit == "share" else self._amount(size)

    def _amount(self, size: float) -> str:
        scale = self.scale(self.finding.criterion, size)
        decimals = next((d for d in range(4) if round(size / scale.size, d) > 0), 4)
        text = number(size / scale.size, self.language, max(decimals, 1))
        return f"{text}\u00a0{scale.unit}" if scale.unit else text

    def letters(self) -> list[tuple[str, str]]:
        """Return the letters by which the table calls the limits, and what they say."""
        return [
            (self._("Limit {letter}").format(letter=chr(ord("A") + k)), self.limit(named))
            for k, named in enumerate(self.finding.limits)
        ]


def key_words(key: str, scenario: Scenario, language: str) -> str:
    """Return what a key of a scenario is called: posts and places in words, others as they are.

    Examples
    --------
    >>> import flowsim
    >>> orebro = flowsim.load("scenarios/orebro.toml")
    >>> key_words("teams.coaching.staff.coach.fte", orebro, "sv")
    'IRMA (coachingteam), tjänster (coach)'
    >>> key_words("steps.mapping.patience", orebro, "sv")
    'steps.mapping.patience'
    """
    parts = key_parts(key)
    if len(parts) >= 3 and parts[0] == "teams" and parts[1] in scenario.teams:
        team, _ = shown(name_words(parts[1], scenario, "teams")), catalogue(language).gettext
        year = f" {parts[-1]}" if parts[-1].isdecimal() else ""
        if len(parts) - bool(year) == 5 and parts[2] == "staff" and parts[4] == "fte":
            return (
                _("{team}, posts ({role})").format(
                    team=team, role=shown(parts[3].replace("_", " "))
                )
                + year
            )
        if len(parts) - bool(year) == 3 and parts[2] == "places":
            return _("{team}, places").format(team=team) + year
    return shown(key)


def _decimals(share: float) -> int:
    return next((d for d in range(4) if abs(round(share * 100, d) - share * 100) < 1e-9), 4)
