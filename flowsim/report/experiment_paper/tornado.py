"""The tornado figure of an experiment with one factor at a time: which input moves a figure most.

Told apart by place and fill, not by colour, so that it reads the same on a grey printer; with a
sentence for those who do not see it, and the numbers as a table.
"""

from __future__ import annotations

import tempfile
import textwrap
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flowsim.analysis.comparison import Difference
from flowsim.analysis.kpi_names import Kpi
from flowsim.errors import ResultsError
from flowsim.letters import shown
from flowsim.report.differences import sentence
from flowsim.report.document.blocks import Picture, Table
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.figures.drawing import BLACK, GREY, ROW_HEIGHT, WIDTH, Drawing
from flowsim.report.figures.panels import write_numbers
from flowsim.report.input_words import input_words
from flowsim.report.words import Words
from flowsim.scenario.user_files import fitting
from flowsim.study.executors import threads
from flowsim.study.experiment.assumptions import MOVED_REPLICATIONS, assumptions_moved
from flowsim.study.experiment.points import MISSING, choice, spoken
from flowsim.study.experiment.results import ExperimentResults
from flowsim.study.experiment.running import run_experiment
from flowsim.study.experiment.schema import Factor
from flowsim.study.replications import Progress
from flowsim.study.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["DESIGN", "Change", "Tornado", "assumptions_picture", "changes_of", "tornado"]

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


class Tornado:
    """A tornado figure in words.

    Parameters
    ----------
    paper : of an experiment with one factor at a time
    kpi : the figure
    """

    def __init__(self, paper: ExperimentPaper, kpi: Kpi) -> None:
        self.paper, self.kpi, self._ = paper, kpi, paper._
        self.all_changes = changes_of(paper.results, kpi)
        moving = {one.factor for one in self.all_changes if not _is_still(one)}
        self.changes = [one for one in self.all_changes if one.factor in moving]
        still = [one.factor for one in self.all_changes if one.factor not in moving]
        self.still = tuple(dict.fromkeys(still))
        self.scale = paper.scale(kpi)
        self.figure = paper.kpi(kpi.name)
        self.title = self._("What matters most for: {figure}").format(figure=self.figure)

    @property
    def base(self) -> str:
        """What the base point is called, with the values that the experiment gives it."""
        experiment, name = self.paper.experiment, self._("the starting point")
        levels = experiment.points[experiment.base_point or 0].levels
        label = ", ".join(
            f"{self.paper.factor(factor)} {self.paper.level(factor, levels[factor.name])}"
            for factor in experiment.file.factors
            if levels[factor.name] is not MISSING
        )
        return f"{name} ({label})" if label else name

    def caption(self) -> str:
        """Describe how it was made, and how it is read."""
        base = self.paper.figures(self.kpi)[self.paper.experiment.base_point or 0]
        text = self._(
            "Each input alone is changed, all else is as in {base}, where the mean is {mean}. "
            "Bars: the change in the mean over {n} replications with common random "
            "numbers; the input that moves it most on top. Lines: intervals that hold all "
            "changes at once with a confidence of 95 %. Filled: a clear change; hollow: cannot be "
            "told from none."
        )
        mean, n = self.paper.of_point(base).value, self.paper.number(self.paper.how.replications)
        caption = text.format(base=self.base, mean=mean, n=n)
        if not self.still:
            return caption
        text = self._("Inputs that make no difference in any replication are not drawn: {n}.")
        return f"{caption} {text.format(n=len(self.still))}"

    def described(self) -> str:
        """State in words what the figure shows, and which inputs changed nothing."""
        text = self._("{figure}, compared with {base}.")
        said = [text.format(figure=self.figure, base=self.base)]
        for one in self.changes:
            change = sentence(one.difference, self.scale, self.paper.language)
            said.append(f"{one.factor} {one.value}: {change}.")
        if self.still:
            text = self._("No difference in any replication, and not drawn: {factors}.")
            said.append(text.format(factors="; ".join(self.still)))
        return " ".join(said)

    def frame(self) -> pd.DataFrame:
        """Return the numbers drawn, in the unit told."""
        _, size, unit = self._, self.scale.size, self.scale.unit
        change = _("Change ({unit})").format(unit=unit) if unit else _("Change")
        rows = [
            {
                _("Input"): one.factor,
                _("Value"): one.value,
                change: one.difference.mean / size,
                _("From"): one.difference.lower / size,
                _("To"): one.difference.upper / size,
                _("Claimed"): _("yes") if one.difference.is_claimed else _("no"),
            }
            for one in self.all_changes
        ]
        return pd.DataFrame(rows)

    def picture(self) -> Picture:
        """Return it as a part of a paper; its caption stands below it as text."""
        frame = self.frame()
        rows = tuple(tuple(map(self._cell, row)) for row in frame.itertuples(index=False))
        heads = tuple(map(str, frame.columns))
        table = Table(self.title, heads, rows, "ll" + "r" * (len(heads) - 3) + "l")
        return self.drawing(has_caption=False).picture(table)

    def drawing(self, has_caption: bool) -> Drawing:
        """Return the figure, with its caption below it or without."""
        name, caption = f"tornado-{fitting(self.kpi.name)}", self.caption()
        told = self.title, caption, self.described(), self.frame()
        return Drawing(name, *told, drawn=lambda: _drawn(self, has_caption))

    def _cell(self, value: object) -> str:
        return self.paper.number(value, 3) if isinstance(value, float) else str(value)


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
    return Tornado(ExperimentPaper(results), kpi).drawing(has_caption)


def _drawn(text: Tornado, has_caption: bool) -> Figure:
    from matplotlib.figure import Figure as NewFigure

    lines = textwrap.wrap(text.caption(), CAPTION_LETTERS) if has_caption else []
    height = MARGIN + 0.12 * len(lines) + ROW_HEIGHT * max(len(text.changes), 1)
    figure = NewFigure(figsize=(WIDTH, height), layout="constrained")
    bottom = (0.12 * len(lines) + 0.12) / height
    figure.get_layout_engine().set(rect=(0, bottom, 1, 1 - bottom))  # type: ignore[union-attr, call-arg]
    figure.text(0.01, 0.02, "\n".join(lines), fontsize=6.5, va="bottom", linespacing=1.3)
    panel = figure.subplots()
    panel.set_title("\n".join(textwrap.wrap(text.title, 92)))
    _bars(panel, text)
    return figure


def _bars(panel: Axes, text: Tornado) -> None:
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
    panel.set_xlabel(f"← {text._('less')}      {text._('more')} →{unit}")
    write_numbers(panel.xaxis, text.paper.language)


def _label(changes: list[Change], row: int) -> str:
    """Name a bar: the first of a factor with the factor, in lines that leave room for the bars."""
    one = changes[row]
    is_first = row == 0 or changes[row - 1].factor != one.factor
    if not is_first:
        return one.value
    return "\n".join(textwrap.wrap(f"{one.factor}: {one.value}", LETTERS, max_lines=2))


# Of all that a run assumes ------------------------------------------------------------------


def assumptions_picture(
    results: Results, kpi: str, language: str, progress: Progress | None = None
) -> Picture:
    """Move each assumed amount of a run down and up, and draw what that does to a figure.

    Parameters
    ----------
    results : the run; at most 100 of its replications are run again for each amount
    kpi : the figure
    language : `sv` or `en`
    progress : told how far the work is

    Raises
    ------
    ResultsError
        If the scenario has no such figure, or nothing assumed that can be moved.
    """
    words = Words(results.scenario, language)
    experiment = assumptions_moved(
        results.scenario,
        kpi,
        language=language,
        seed=results.seed,
        replications=min(results.replications, MOVED_REPLICATIONS),
        words=lambda path: shown(input_words(path, words)),
    )
    with tempfile.TemporaryDirectory() as folder, threads(None) as pool:
        moved = run_experiment(experiment, Path(folder), pool=pool, progress=progress)
        return Tornado(ExperimentPaper(moved, language), experiment.kpis[0]).picture()
