"""The tornado figure of an experiment with one factor at a time: which input moves a figure most.

Told apart by place and fill, not by colour, so that it reads the same on a grey printer; with a
sentence for those who do not see it, and the numbers as a table.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flowsim.analysis.comparison import Difference
from flowsim.analysis.kpi_names import Kpi
from flowsim.errors import ResultsError
from flowsim.letters import shown
from flowsim.report.comparison_sentences import Scale, own, scale_of, sentence
from flowsim.report.document.wording import in_language
from flowsim.report.figures.drawing import Drawing
from flowsim.report.figures.panels import write_numbers
from flowsim.report.figures.style import BLACK, GREY, ROW_HEIGHT, WIDTH, styled
from flowsim.report.kpi_words import kpi_words
from flowsim.report.numbers import number
from flowsim.report.tornado_words import LANGUAGES
from flowsim.study.experiment.points import MISSING, choice, spoken
from flowsim.study.experiment.results import ExperimentResults
from flowsim.study.experiment.schema import Factor

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DESIGN = "one_at_a_time"
LETTERS, CAPTION_LETTERS = 38, 128
FILL = "#A6A6A6"  # dark enough to print, light enough for the interval on it
MARGIN = 1.25  # inches: title, axis and caption


@dataclass(frozen=True, slots=True)
class Change:
    """What one value of a factor does to a figure.

    Parameters
    ----------
    factor, value : as people see them
    difference : from the base point
    """

    factor: str
    value: str
    difference: Difference


def changes_of(results: ExperimentResults, kpi: Kpi) -> list[Change]:
    """Return what each value of each factor does, the factor that does most first.

    Raises
    ------
    ResultsError
        If the experiment does not vary one factor at a time.
    """
    experiment = results.experiment
    if experiment.file.experiment.design != DESIGN or experiment.base_point is None:
        raise ResultsError(f"{experiment.name}: a tornado is drawn of the design {DESIGN}")
    base = experiment.points[experiment.base_point].levels
    found: dict[str, list[Change]] = {}
    for one in results.figures:
        if one.kpi.name != kpi.name or one.difference is None:
            continue
        levels = experiment.points[one.point].levels
        for factor in experiment.file.factors:
            if levels[factor.name] != base[factor.name]:
                label = shown(factor.label or factor.name)
                value = _value(levels[factor.name], factor, experiment.language)
                found.setdefault(factor.name, []).append(Change(label, value, one.difference))
    ordered = sorted(found.values(), key=_largest, reverse=True)
    return [change for group in ordered for change in group]


def _value(level: object, factor: Factor, language: str) -> str:
    return shown(spoken(choice(factor, level), factor, language))


def _is_still(change: Change) -> bool:
    """Whether a change makes no difference in any replication."""
    return change.difference.is_constant and change.difference.mean == 0


def _largest(group: list[Change]) -> float:
    sizes = [abs(one.difference.mean) for one in group if not isnan(one.difference.mean)]
    return max(sizes, default=0.0)


class TornadoText:
    """A tornado figure in words.

    Parameters
    ----------
    results : of an experiment with one factor at a time
    kpi : the figure
    """

    def __init__(self, results: ExperimentResults, kpi: Kpi) -> None:
        self.results = results
        self.kpi = kpi
        self.experiment = results.experiment
        self.language = self.experiment.language
        self.words = LANGUAGES[self.language]
        self.all_changes = changes_of(results, kpi)
        moving = {one.factor for one in self.all_changes if not _is_still(one)}
        self.changes = [one for one in self.all_changes if one.factor in moving]
        still = [one.factor for one in self.all_changes if one.factor not in moving]
        self.still = tuple(dict.fromkeys(still))
        self.scenario = in_language(self.experiment.scenario, self.language)
        self.means = [one.mean for one in results.figures if one.kpi.name == kpi.name]
        known = [abs(mean) for mean in self.means if not isnan(mean)]
        self.scale: Scale = scale_of(kpi.name, kpi.unit, self.language, max(known, default=0.0))

    @property
    def figure(self) -> str:
        """What the figure is called."""
        return shown(kpi_words(self.kpi.name, self.scenario))

    @property
    def base(self) -> str:
        """What the base point is called, with the values that the experiment gives it."""
        at = self.experiment.base_point
        assert at is not None
        levels, base = self.experiment.points[at].levels, self.words["base"]
        label = ", ".join(
            f"{shown(factor.label or factor.name)} "
            f"{_value(levels[factor.name], factor, self.language)}"
            for factor in self.experiment.file.factors
            if levels[factor.name] is not MISSING
        )
        return self.words["named"].format(base=base, label=label) if label else base

    def title(self) -> str:
        """Return the title."""
        return self.words["title"].format(figure=self.figure)

    def caption(self) -> str:
        """Say how it was made, and how it is read."""
        at = self.experiment.base_point
        assert at is not None
        mean = own(self.means[at], self.kpi.unit, self.scale, self.language)
        n = number(self.results.replications, self.language)
        caption = self.words["caption"].format(base=self.base, mean=mean, n=n)
        if not self.still:
            return caption
        return f"{caption} {self.words['n_still'].format(n=len(self.still))}"

    def described(self) -> str:
        """Say in words what the figure shows."""
        changes = " ".join(
            self.words["change"].format(
                factor=one.factor, value=one.value, sentence=self._sentence(one)
            )
            for one in self.changes
        )
        told = self.words["text"].format(figure=self.figure, base=self.base, changes=changes)
        return " ".join(filter(None, (told.rstrip(), self.without_effect())))

    def without_effect(self) -> str:
        """Name the inputs that changed nothing; empty if all did something."""
        if not self.still:
            return ""
        return self.words["still"].format(factors="; ".join(self.still))

    def _sentence(self, one: Change) -> str:
        return sentence(one.difference, self.scale, self.words["base"], self.language)

    def head(self) -> str:
        """Name the change with its unit."""
        if not self.scale.unit:
            return self.words["change_head"]
        return self.words["unit_of"].format(unit=self.scale.unit)

    def table(self) -> pd.DataFrame:
        """Return the numbers drawn, in the unit told."""
        words, size = self.words, self.scale.size
        rows = [
            {
                words["factor"]: one.factor,
                words["value"]: one.value,
                self.head(): one.difference.mean / size,
                words["lower"]: one.difference.lower / size,
                words["upper"]: one.difference.upper / size,
                words["claimed"]: words["yes" if one.difference.is_claimed else "no"],
            }
            for one in self.all_changes
        ]
        return pd.DataFrame(rows)


def tornado(results: ExperimentResults, kpi: Kpi, *, has_caption: bool = True) -> Drawing:
    """Draw which input moves a figure most.

    Parameters
    ----------
    results : of an experiment with one factor at a time
    kpi : the figure
    has_caption : whether the caption is drawn; in a page it stands below the figure as text

    Raises
    ------
    ResultsError
        If the experiment does not vary one factor at a time.
    """
    text = TornadoText(results, kpi)
    with styled():
        figure = _drawn(text, has_caption)
    return Drawing(
        name=f"tornado-{kpi.name}",
        title=text.title(),
        caption=text.caption(),
        text=text.described(),
        table=text.table(),
        figure=figure,
    )


def _drawn(text: TornadoText, has_caption: bool) -> Figure:
    from matplotlib.figure import Figure as NewFigure

    lines = textwrap.wrap(text.caption(), CAPTION_LETTERS) if has_caption else []
    height = MARGIN + 0.12 * len(lines) + ROW_HEIGHT * max(len(text.changes), 1)
    figure = NewFigure(figsize=(WIDTH, height), layout="constrained")
    bottom = (0.12 * len(lines) + 0.12) / height
    figure.get_layout_engine().set(rect=(0, bottom, 1, 1 - bottom))  # type: ignore[union-attr, call-arg]
    figure.text(0.01, 0.02, "\n".join(lines), fontsize=6.5, va="bottom", linespacing=1.3)
    panel = figure.subplots()
    panel.set_title("\n".join(textwrap.wrap(text.title(), 92)))
    _bars(panel, text)
    return figure


def _bars(panel: Axes, text: TornadoText) -> None:
    """Draw a bar for each value; those of one factor stand together, its name at the first."""
    sizes = np.array([one.difference.mean for one in text.changes]) / text.scale.size
    rows = range(len(sizes))
    for row, one in zip(rows, text.changes, strict=True):
        mean = float(np.nan_to_num(sizes[row]))
        fill = FILL if one.difference.is_claimed else "white"
        panel.barh(row, mean, 0.7, color=fill, edgecolor=BLACK, linewidth=0.8)
        if not isnan(one.difference.lower):
            ends = [one.difference.lower / text.scale.size, one.difference.upper / text.scale.size]
            panel.plot(ends, [row, row], color=BLACK, linewidth=1.2, marker="|", markersize=5)
    panel.axvline(0.0, color=BLACK, linewidth=0.8)
    panel.set_yticks(rows, [_label(text.changes, row) for row in rows])
    panel.tick_params(axis="y", length=0)
    panel.set_ylim(len(rows) - 0.4, -0.6)
    for row in rows[1:]:
        if text.changes[row].factor != text.changes[row - 1].factor:
            panel.axhline(row - 0.5, color=GREY, linewidth=0.4)
    panel.grid(axis="x")
    unit = f" ({text.scale.unit})" if text.scale.unit else ""
    panel.set_xlabel(f"← {text.words['less']}      {text.words['more']} →{unit}")
    write_numbers(panel.xaxis, text.language)


def _label(changes: list[Change], row: int) -> str:
    """Name a bar: the first of a factor with the factor, in lines that leave room for the bars."""
    one = changes[row]
    is_first = row == 0 or changes[row - 1].factor != one.factor
    if not is_first:
        return one.value
    return "\n".join(textwrap.wrap(f"{one.factor}: {one.value}", LETTERS, max_lines=2))
