"""An experiment as tables in the terminal: one for each figure, a row for each point.

Exact figures are in summary.csv and `--json`.
"""

from __future__ import annotations

from math import isnan

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from flowsim.analysis.kpi_names import Kpi
from flowsim.analysis.statistics import is_precise
from flowsim.report.catalogues import catalogue
from flowsim.report.comparison import LEVEL
from flowsim.report.comparison_sentences import Scale, own, scale_of, sentence
from flowsim.report.document.wording import in_language
from flowsim.report.kpi_words import kpi_words
from flowsim.report.numbers import MISSING, number, percent
from flowsim.report.terminal import PRECISION, shown
from flowsim.report.written import written_to
from flowsim.scenario.marking import N_
from flowsim.study.experiment.answer import Mention, parts_of
from flowsim.study.experiment.folder import SUMMARY
from flowsim.study.experiment.results import ExperimentResults, PointFigure

MOST_ROWS = 40  # of a table; more are read elsewhere
RESTS_ON = {
    "stated": N_("Stated: {inputs}."),
    "derived": N_("Derived: {inputs}."),
    "assumed": N_("Assumed: {inputs}."),
}


class ExperimentText:
    """An experiment in words.

    Parameters
    ----------
    results : what to tell
    """

    def __init__(self, results: ExperimentResults) -> None:
        self.results = results
        self.experiment = results.experiment
        self.language = self.experiment.language
        self._ = catalogue(self.language).gettext
        self.scenario = in_language(self.experiment.scenario, self.language)

    @property
    def base(self) -> str | None:
        """What the base point is called; None where there is nothing to compare."""
        at = self.experiment.base_point
        alone = len(self.experiment.points) == 1
        return None if at is None or alone else shown(self.experiment.points[at].label)

    def facts(self) -> str:
        """Say how much was run, with which seed, and which period is told."""
        _, run = self._, self.scenario.run
        if self.experiment.period == "run":
            period = _("whole run, {first} to {last}").format(first=run.report_from, last=run.until)
        else:
            period = _("year {year}").format(year=self.experiment.period)
        return self._(
            "{points} points, {replications} replications of each with the same luck, "
            "seed {seed}; {period}"
        ).format(
            points=number(len(self.experiment.points), self.language),
            replications=number(self.results.replications, self.language),
            seed=self.experiment.seed,
            period=period,
        )

    def table(self, kpi: Kpi) -> Table:
        """Return one figure of all points."""
        rows = [one for one in self.results.figures if one.kpi.name == kpi.name]
        scale = self.scale(kpi)
        title = Text(shown(kpi_words(kpi.name, self.scenario)))
        table = Table(title=title, title_justify="left", title_style="bold")
        table.add_column(Text(self._("Point")), overflow="fold", ratio=2)
        table.add_column(
            Text(self._("Mean (95 % interval)")), justify="right", overflow="fold", ratio=2
        )
        if self.base is not None:
            head = self._("Difference from {base}").format(base=self.base)
            table.add_column(Text(head), overflow="fold", ratio=3)
        for one in rows[:MOST_ROWS]:
            table.add_row(*map(Text, self.row(one, scale)))
        return table

    def scale(self, kpi: Kpi) -> Scale:
        """Choose how a figure is told, the same at all points."""
        rows = [one for one in self.results.figures if one.kpi.name == kpi.name]
        means = [abs(one.mean) for one in rows if not isnan(one.mean)]
        return scale_of(kpi.name, kpi.unit, self.language, max(means, default=0.0))

    def row(self, one: PointFigure, scale: Scale) -> list[str]:
        """Return the cells of one point."""
        label = shown(self.experiment.points[one.point].label)
        cells = [label, self.mean(one, scale)]
        if self.base is not None:
            apart = one.difference
            told = self._("what the others are compared with")
            if apart is not None:
                told = sentence(apart, scale, self.base, self.language)
            cells.append(told)
        return cells

    def mean(self, one: PointFigure, scale: Scale) -> str:
        """Write a mean with its interval."""
        mean = own(one.mean, one.kpi.unit, scale, self.language)
        if isnan(one.lower) or one.lower == one.upper:
            return mean
        between = self._(" ({lower} to {upper})")
        low, high = (self.bound(value, one, scale) for value in (one.lower, one.upper))
        return mean + between.format(lower=low, upper=high)

    def bound(self, value: float, one: PointFigure, scale: Scale) -> str:
        """Write the limit of an interval, as its mean is written, without the unit."""
        if one.kpi.unit == "share":
            return percent(value, self.language, 1)
        if isnan(value):
            return MISSING
        decimals = 0 if abs(one.mean) / scale.size >= 100 else 1
        return number(value / scale.size, self.language, decimals)

    def notes(self) -> list[str]:
        """Explain intervals, and say where the rest is."""
        notes = [
            *self.precision(),
            self._("Mean: in brackets the {level} confidence interval of each point alone.").format(
                level=LEVEL
            ),
        ]
        n_points = len(self.experiment.points)
        if self.base is not None:
            n = number((n_points - 1) * len(self.experiment.kpis), self.language)
            notes.append(
                self._(
                    "Difference: paired, replication by replication; in brackets intervals that "
                    "hold all {n} differences at once with {level} confidence (Bonferroni). A "
                    "difference is claimed only where 0 lies outside."
                ).format(n=n, level=LEVEL)
            )
        if n_points > MOST_ROWS:
            left_out = number(n_points - MOST_ROWS, self.language)
            notes.append(
                self._("{left_out} more points are in {file}.").format(
                    left_out=left_out, file=SUMMARY
                )
            )
        return notes

    def precision(self) -> list[str]:
        """Say whether the replications gave the precision that was asked for, if one was."""
        wanted, reached = self.experiment.precision, self.results.reached
        if wanted is None or isnan(reached):
            return []
        enough = is_precise(reached, wanted.relative_half_width)
        told = self._(PRECISION[enough]).format(
            kpi=shown(kpi_words(wanted.kpi, self.scenario)),
            reached=percent(reached, self.language, 1),
            wanted=percent(wanted.relative_half_width, self.language, 1),
        )
        return [told]

    def all(self) -> Group:
        """Everything, in the order in which a board reads it."""
        title = Text(shown(self.experiment.title), style="bold")
        tables = [self.table(kpi) for kpi in self.experiment.kpis]
        notes = [Text(note, style="dim") for note in self.notes()]
        answer = [Text(line) for line in answer_lines(self)]
        return Group(title, Text(self.facts()), *tables, *notes, *answer)


def show(results: ExperimentResults, console: Console) -> None:
    """Print the tables of an experiment, and where its folder is."""
    text = ExperimentText(results)
    console.print(text.all())
    written = written_to(results.folder.path, text.language)
    console.print(written, markup=False, highlight=False)


# The answer -----------------------------------------------------------------------------------


def answer_text(text: ExperimentText) -> str:
    """Write the answer with its figures; empty where the file gives none."""
    return "".join(
        part if isinstance(part, str) else mentioned(part, text)
        for part in parts_of(text.experiment.file.answer.text)
    )


def mentioned(mention: Mention, text: ExperimentText) -> str:
    """Write a figure of an answer with its interval, or a difference in words."""
    one = text.results.figure(mention)
    scale = text.scale(one.kpi)
    if mention.is_difference and one.difference is not None:
        return sentence(one.difference, scale, text.base or "", text.language)
    return text.mean(one, scale)


def answer_lines(text: ExperimentText) -> list[str]:
    """Tell the answer and what it rests on, or that its words do not fit the figures."""
    answer, _ = text.experiment.file.answer, text._
    if not answer.text:
        return []
    broken = text.results.broken_claims()
    if broken:
        return [
            _(
                "The answer in the file does not fit these figures and is not shown. Does "
                "not hold: {claims}"
            ).format(claims="; ".join(map(shown, broken)))
        ]
    lines = [_("Answer: {text}").format(text=shown(answer_text(text)))]
    for mark, told in RESTS_ON.items():
        inputs = getattr(answer.rests_on, mark)
        if inputs:
            lines.append(_(told).format(inputs="; ".join(map(shown, inputs))))
    return lines
