"""A comparison as tables in the terminal: base, variant, what may be said, and how likely.

Everything is in the language of the base. Exact figures are in the results folder and `--json`.
"""

from __future__ import annotations

from math import isinf, isnan

import numpy as np
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from flowsim.analysis.comparison import Difference
from flowsim.analysis.kpi_names import Kpi
from flowsim.letters import shown
from flowsim.report.catalogues import catalogue
from flowsim.report.comparison_sentences import Scale, own, scale_of, sentence
from flowsim.report.kpi_words import kpi_words
from flowsim.report.numbers import MISSING, NO_BREAK_SPACE, number, percent
from flowsim.study.comparison.results import Comparison

LEVEL = "95 %"  # of the intervals


class ComparisonText:
    """A comparison in words.

    Parameters
    ----------
    comparison : what to tell
    language : "sv" or "en"; default: that of the base
    """

    def __init__(self, comparison: Comparison, language: str | None = None) -> None:
        self.comparison = comparison
        self.scenario = comparison.scenarios[comparison.base]
        self.language = language or self.scenario.scenario.language
        self._ = catalogue(self.language).gettext

    def name(self, kpi: Kpi) -> str:
        """Return what a figure is called."""
        return shown(kpi_words(kpi.name, self.scenario))

    def scale(self, kpi: Kpi) -> Scale:
        """Return how a figure is told, the same for all scenarios."""
        means = [abs(self.comparison.own(kpi.name, name)[0]) for name in self.comparison.scenarios]
        known = [mean for mean in means if not isnan(mean)]
        return scale_of(kpi.name, kpi.unit, self.language, max(known, default=0.0))

    def sentence(self, kpi: Kpi, variant: str) -> str:
        """Say what may be said of a figure of a variant."""
        found = self.comparison.differences[kpi.name, variant]
        return sentence(found, self.scale(kpi), shown(self.comparison.base), self.language)

    def chance(self, found: Difference) -> str:
        """Write the chance that a variant is better; never 0 or 100 % unless it is."""
        share = found.probability_better
        if isnan(share):
            return MISSING
        decimals = 0 if 0.005 <= share < 0.995 or share in (0.0, 1.0) else 1
        return percent(share, self.language, decimals)

    def gain(self, found: Difference) -> str:
        """Write how many times the variance fell by pairing."""
        factor = found.variance_reduction
        if isnan(factor) or isinf(factor):
            return MISSING
        return f"{number(factor, self.language, 0 if factor >= 10 else 1)}{NO_BREAK_SPACE}×"

    def facts(self) -> str:
        """Say how much was run, with which seed, and which period is told."""
        comparison, run = self.comparison, self.scenario.run
        if comparison.period == "run":
            period = self._("whole run, {first} to {last}").format(
                first=run.report_from, last=run.until
            )
        else:
            period = self._("year {year}").format(year=comparison.period)
        replications = number(comparison.replications, self.language)
        return self._(
            "{replications} replications of each with the same luck, seed {seed}; {period}"
        ).format(replications=replications, seed=comparison.seed, period=period)

    def table(self, variant: str) -> Table:
        """Return the figures of one variant beside those of the base."""
        _, base = self._, shown(self.comparison.base)
        title = _("{base} compared with {variant}").format(base=base, variant=shown(variant))
        table = Table(title=Text(title), title_justify="left", title_style="bold")
        table.add_column(Text(_("Figure")), overflow="fold", ratio=1)
        for name in (base, shown(variant)):
            table.add_column(Text(name), justify="right", overflow="fold", ratio=1)
        table.add_column(
            Text(_("Difference from {base}").format(base=base)), overflow="fold", ratio=2
        )
        for head in (_("Chance that it is better"), _("Gain of shared luck")):
            table.add_column(Text(head), justify="right", overflow="fold", max_width=9)
        for kpi in self.comparison.kpis:
            table.add_row(*self.row(kpi, variant))
        return table

    def row(self, kpi: Kpi, variant: str) -> list[Text]:
        """Return the cells of one figure."""
        scale, found = self.scale(kpi), self.comparison.differences[kpi.name, variant]
        cells = [self.name(kpi)]
        for name in (self.comparison.base, variant):
            cells.append(
                own(self.comparison.own(kpi.name, name)[0], kpi.unit, scale, self.language)
            )
        cells += [self.sentence(kpi, variant), self.chance(found), self.gain(found)]
        return [Text(cell) for cell in cells]

    def notes(self) -> list[str]:
        """Explain intervals, chance, gain and what is needed, where they are told."""
        found = list(self.comparison.differences.values())
        base = shown(self.comparison.base)
        n = number(len(found), self.language)
        notes = [
            self._(
                "In brackets: intervals that hold all {n} differences at once with {level} "
                "confidence (Bonferroni). By the same intervals a difference is claimed only "
                "where 0 lies outside."
            ).format(n=n, level=LEVEL)
        ]
        if not all(isnan(one.probability_better) for one in found):
            notes.append(
                self._(
                    "Chance that it is better: the share of replications in which the variant "
                    "did better than {base} in one and the same future, with the same people and "
                    "the same luck; ties count half. – where more or less is neither better nor "
                    "worse."
                ).format(base=base)
            )
        if np.isfinite([one.variance_reduction for one in found]).any():
            notes.append(
                self._(
                    "Gain of shared luck: as many times more replications would be needed if "
                    "each scenario had luck of its own."
                )
            )
        if not all(isnan(one.replications_needed) for one in found):
            notes.append(
                self._(
                    "Replications needed: enough to tell the difference in 8 cases of 10, if it "
                    "is as large as it looks here."
                )
            )
        return notes

    def all(self) -> Group:
        """Everything, in the order in which a board reads it."""
        title = Text(shown(self.scenario.scenario.title), style="bold")
        tables = [self.table(variant) for variant in self.comparison.others]
        notes = [Text(note, style="dim") for note in self.notes()]
        return Group(title, Text(self.facts()), *tables, *notes)


def show(comparison: Comparison, console: Console) -> None:
    """Print the tables of a comparison."""
    console.print(ComparisonText(comparison).all())
