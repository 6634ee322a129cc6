"""A search for the best option as a paper: the answer, and what speaks for it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from math import isnan

from flowsim.analysis.feasibility import Judgement, Verdict
from flowsim.analysis.selection import Answer
from flowsim.engine.compiling import compile_plan
from flowsim.language import N_
from flowsim.letters import shown
from flowsim.report.document.blocks import (
    Block,
    Book,
    Bullets,
    Cell,
    Document,
    Prose,
    Section,
    Sheet,
    Table,
)
from flowsim.report.input_words import input_words
from flowsim.report.numbers import MISSING, NO_BREAK_SPACE, span
from flowsim.report.sections import annex, assumptions, drivers, limits
from flowsim.report.sections.paper import HowRun, ScenarioPaper
from flowsim.report.words import Scale, Value, in_language
from flowsim.scenario.overrides import as_toml
from flowsim.scenario.positions import key_parts
from flowsim.study.manifest import run_hash, settings
from flowsim.study.search.found import TABLE, Finding
from flowsim.study.search.limits import IS_MET, NamedLimit

__all__ = ["SearchPaper", "options_table", "tell"]

MOST_ROWS = 30
MOST_DECIMALS = 6
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
VERDICTS = {Verdict.KEPT: N_("yes"), Verdict.BROKEN: N_("no"), Verdict.OPEN: N_("open")}


class SearchPaper(ScenarioPaper):
    """A search, told in a language.

    Parameters
    ----------
    finding : what to tell
    language : `sv` or `en`; default: that of the scenario
    versions : what it was run with, by name
    """

    def __init__(
        self,
        finding: Finding,
        language: str | None = None,
        versions: Mapping[str, str] | None = None,
    ) -> None:
        self.finding = finding
        self.task = finding.selection.task
        self.standings = finding.selection.standings
        most = max(one.n for one in self.standings)
        how = HowRun(finding.seed, most, finding.engine, finding.wall_time)
        told_in = language or finding.base.scenario.language
        plan = compile_plan(in_language(finding.base, told_in))
        super().__init__(plan, told_in, versions or {}, how)
        self.hash = run_hash(finding.base, finding.seed, finding.engine)

    # Names ------------------------------------------------------------------------------------

    @property
    def criterion(self) -> str:
        """What is chosen by."""
        name = self.finding.criterion
        return self.key(name) if self.finding.objective is None else self.kpi(name)

    def option(self, option: int) -> str:
        """Return what an option sets."""
        values = self.finding.options[option].values
        if len(values) == 1:
            return self.choice(next(iter(values.values())))
        return ", ".join(f"{self.key(key)} {self.choice(value)}" for key, value in values.items())

    def choice(self, value: object) -> Cell:
        """Write a value that may be chosen."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return shown(value if isinstance(value, str) else as_toml(value))
        return Value(self.exact(value), "count", value)

    def key(self, key: str) -> str:
        """Return what a key of the scenario is called."""
        return input_words(key_parts(key), self)

    def limit(self, named: NamedLimit) -> str:
        """Describe what a limit asks for."""
        limit, _ = named.limit, self._
        figure = self.kpi(named.kpi)
        share = self.percent(limit.share) if limit.share is not None else ""
        if limit.share is not None and limit.threshold == IS_MET and named.kpi.endswith(".met"):
            if limit.at_least:
                return _("{figure} at least {share}").format(figure=figure, share=share)
            rest = self.percent(1 - limit.share)
            return _("{figure} at most {share}").format(figure=figure, share=rest)
        threshold = self.decided(named.kpi, limit.threshold, self._unit(named.kpi))
        text = (
            _("{figure} at least {threshold}")
            if limit.at_least
            else _("{figure} at most {threshold}")
        ).format(figure=figure, threshold=threshold)
        return (
            _("{limit} in {share} of the runs").format(limit=text, share=share) if share else text
        )

    # Numbers ----------------------------------------------------------------------------------

    def _unit(self, kpi: str) -> str:
        return next(one.unit for one in self.finding.kpis if one.name == kpi)

    def judged(self, named: NamedLimit, one: Judgement) -> Value:
        """Write what is known of a limit of an option, with its bounds.

        In the unit of the limit, and with so many decimals that a bound on one side of the limit
        reads as on that side.
        """
        is_mean = named.limit.share is None
        unit = self._unit(named.kpi) if is_mean else "share"
        threshold = named.limit.threshold if is_mean else named.limit.share or 0.0
        scale = self.scale_decided(named.kpi, threshold, unit)
        numbers = one.value, one.lower, one.upper
        decimals = decimals_beside(threshold, numbers, scale)
        mean, *ends = (scale.written(x, self.language, decimals) for x in numbers)
        ends[0] = ends[0].removesuffix("%").rstrip(NO_BREAK_SPACE)
        between = f" ({span(*ends)})" if MISSING not in ends else ""
        return Value(scale.with_unit(mean) + between, unit, *numbers)

    def objective(self, option: int) -> Cell:
        """Write the objective of an option with its interval."""
        one, kpi = self.finding.objectives[option], self.finding.objective
        if kpi is None:
            return self.choice(one.value)
        return self.estimate(kpi.name, kpi.unit, one.value, one.lower, one.upper).cell

    # Sentences --------------------------------------------------------------------------------

    def wanted(self) -> str:
        """Describe what was looked for."""
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
        """Describe how many options were run how often, and for which period."""
        text = self._(
            "{n} options, up to {most} replications of each with common random numbers, seed "
            "{seed}; {period}"
        )
        return text.format(
            n=self.number(len(self.finding.options)),
            most=self.number(self.how.replications),
            seed=self.finding.seed,
            period=self.of_period(self.finding.period),
        )

    def answer(self) -> list[str]:
        """Describe what is best or that nothing is, and what one step more would be."""
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
        """Describe which values of the best are the last of those tried, in a better direction."""
        told = []
        for key in self.finding.ends(option):
            name = self.key(key)
            value = self.choice(self.finding.options[option].values[key])
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
        return f"{self.key(next(iter(values)))} {self.option(option)}"

    def _undecided(self) -> str:
        _, between = self._, self.finding.selection.open
        most = self.number(self.task.most)
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
        """Describe how an option one step away fares."""
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
        """State exactly what is promised, and how the figures are to be read."""
        _, task = self._, self.task
        confidence = self.confidence
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
            error = self.percent(task.error_of_a_look(task.most), 4)
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
                _("{n} further options are in {file}.").format(n=self.number(hidden), file=TABLE)
            )
        return notes

    @property
    def confidence(self) -> str:
        """How sure the answer is, with the decimals that it has."""
        share = self.task.confidence
        decimals = next(d for d in range(5) if d == 4 or abs(round(share, d + 2) - share) < 1e-9)
        return self.percent(share, decimals)

    def _indifference(self) -> str:
        kpi, size = self.finding.objective, self.task.indifference
        return "" if kpi is None else self.given(kpi.name, size, kpi.unit)

    def letters(self) -> list[tuple[str, str]]:
        """Return the letters by which the table calls the limits, and what they say."""
        return [
            (self._("Limit {letter}").format(letter=chr(ord("A") + k)), self.limit(named))
            for k, named in enumerate(self.finding.limits)
        ]


def decimals_beside(threshold: float, numbers: tuple[float, ...], scale: Scale) -> int:
    """Return with how many decimals numbers lie on the sides of a limit on which they are.

    Examples
    --------
    >>> decimals_beside(0.126, (0.15, 0.123, 0.2), Scale(1.0, "days", "time"))
    2
    """
    known = [number for number in numbers if not isnan(number)]
    decimals = scale.decimals(threshold)

    def is_lost(number: float) -> bool:
        limit, told = threshold / scale.size, round(number / scale.size, decimals)
        return number != threshold and (told - limit) * (number - threshold) <= 0

    while decimals < MOST_DECIMALS and any(map(is_lost, known)):
        decimals += 1
    return decimals


# The table -----------------------------------------------------------------------------------


def rows(finding: Finding) -> list[int]:
    """Return the options that are told: all, or of very many those that matter most."""
    n, selection = len(finding.options), finding.selection
    if n <= MOST_ROWS:
        return list(range(n))
    near = [k for one in selection.chosen for k in finding.neighbours(one)]
    first = list(dict.fromkeys([*selection.chosen, *near, *selection.open, *range(n)]))
    return sorted(first[:MOST_ROWS])


def options_table(paper: SearchPaper) -> Table:
    """Return a row for each option."""
    _, finding = paper._, paper.finding
    heads = [paper.key(key) for key in finding.keys]
    heads += [paper.criterion] if finding.objective is not None else []
    heads += [letter for letter, _said in paper.letters()]
    n_numbers = len(heads)
    heads += [_("Enough"), *([_("Chance in one run")] if finding.limits else []), _("Replications")]
    align = "r" * n_numbers + "l" + "r" * (len(heads) - n_numbers - 1)
    found = tuple(row(paper, option) for option in rows(finding))
    return Table(_("Options"), tuple(heads), found, align)


def row(paper: SearchPaper, option: int) -> tuple[Cell, ...]:
    """Return the cells of one option."""
    finding, standing = paper.finding, paper.standings[option]
    cells = [paper.choice(value) for value in finding.options[option].values.values()]
    if finding.objective is not None:
        cells.append(paper.objective(option))
    for named, one in zip(finding.limits, standing.judgements, strict=True):
        cells.append(paper.judged(named, one))
    cells.append(verdict(paper, option))
    if finding.limits:
        cells.append(paper.value("", standing.chance, "share"))
    return (*cells, Value(paper.number(standing.n), "count", standing.n))


def verdict(paper: SearchPaper, option: int) -> str:
    """State in a word what is declared of an option."""
    standing = paper.standings[option]
    if option in paper.finding.selection.chosen:
        return paper._("→ best")
    if standing.given_up_for is not None:
        is_enough = paper.finding.limits and standing.verdict is Verdict.KEPT
        return paper._("yes, but worse") if is_enough else paper._("worse")
    if not paper.finding.limits:
        return paper._("open")
    return paper._(VERDICTS[standing.verdict])


# The paper ------------------------------------------------------------------------------------


def tell(
    result: Finding, language: str | None, versions: Mapping[str, str], is_short: bool
) -> Document:
    """Describe a search. See `documents.document_of`."""
    paper = SearchPaper(result, language, versions)
    sections = short(paper) if is_short else whole(paper)
    return paper.document(paper.title, sections, lambda: book(paper))


def short(paper: SearchPaper) -> Iterator[Section]:
    """Return what was looked for, and the answer with its evidence."""
    asked = [Prose(f"{paper.wanted()}."), *(Prose(f"{a}: {b}.") for a, b in paper.letters())]
    yield Section("question", paper._("The question"), (*asked, Prose(f"{paper.facts()}.")))
    blocks: tuple[Block, ...] = (Bullets(tuple(paper.answer())), options_table(paper))
    yield Section("result", paper._("The result"), (*blocks, *map(Prose, paper.notes())))


def whole(paper: SearchPaper) -> Iterator[Section]:
    """Return all sections."""
    from flowsim.report.sections.flow import flow_picture

    yield from short(paper)
    yield Section("flow", paper._("The flow"), (flow_picture(paper),))
    yield drivers.section(paper, drivers.load_table(paper))
    tried = paper._(
        "Only the options named were tried: what lies between or beyond them is not known from it."
    )
    yield limits.section(paper, [tried])
    yield assumptions.section(paper)
    yield annex.section(paper, command(paper))


def book(paper: SearchPaper) -> Book:
    """Return what the workbook of a search holds: all options with their numbers as they are."""
    from flowsim.report.sections.sheets import assumptions as inputs
    from flowsim.report.sections.sheets import how_run

    _, frame = paper._, paper.finding.to_frame()
    facts = [(_("Question"), paper.wanted()), *paper.letters(), *how_run(paper)]
    facts.insert(1, (_("The answer"), " ".join(paper.answer())))
    about = _("Every option with its figures, in days and whole units of the currency.")
    texts = frame.astype({name: str for name in frame if frame[name].dtype in (bool, object)})
    return Book(paper.title, tuple(facts), (Sheet(_("Options"), about, texts), inputs(paper)))


def command(paper: SearchPaper) -> str:
    """Write the command that runs it again."""
    finding, task = paper.finding, paper.task
    words = ["flowsim", "find", f"{shown(paper.scenario.name)}.toml"]
    for key in finding.keys:
        values = {as_toml(one.values[key]): None for one in finding.options}
        words += ["--over", shown(f"{key}={','.join(values)}")]
    words += ["--minimise" if finding.is_least else "--maximise", finding.criterion]
    for named in finding.limits:
        words += ["--subject-to", shown(named.text)]
    for setting in settings(paper.scenario):
        words += ["--set", shown(setting)]
    numbers = {"confidence": task.confidence, "indifference": task.indifference}
    numbers |= {"max-replications": task.most, "seed": finding.seed}
    words += [word for name, one in numbers.items() for word in (f"--{name}", str(one))]
    if finding.period != "run":
        words += ["--period", finding.period]
    return shlex.join(words)
