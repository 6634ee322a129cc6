"""Indices of sensitivity: which of the drawn inputs matters most for each figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from math import isnan

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from flowsim.analysis.kpi_names import Kpi
from flowsim.analysis.unknown import input_shares, span
from flowsim.errors import ResultsError
from flowsim.language import N_
from flowsim.letters import shown
from flowsim.report.document.blocks import Block, Bullets, Cell, Prose, Section, Table
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.numbers import span as between
from flowsim.report.words import Scale, Value, scale_of
from flowsim.study.experiment.indices import INDEXED_DESIGNS, indices_of
from flowsim.study.experiment.results import PointFigure
from flowsim.study.experiment.sensitivity import DUMMY, n_scrambles

__all__ = ["HEADS", "Indices", "section"]

COLUMNS = {"sobol": ("total", "first"), "morris": ("mu_star", "mu", "sigma")}
HEADS = {
    "first": N_("Share of the variance, alone"),
    "total": N_("With what it does together with others"),
    "mu_star": N_("Mean size of the effect"),
    "mu": N_("Mean effect, with its sign"),
    "sigma": N_("How much the effect varies"),
}
FEWEST_POINTS = 20
"""Of a Latin hypercube, below which nothing is told of how a figure is spread."""
SHARES_NOTE = N_(
    "Of the variance of the means over the points, chance taken off, by regression on the inputs; "
    "in brackets intervals of 95 percent. What is left, inputs do together."
)
CHECKED = {"sobol": "first", "morris": "mu"}  # 0 in truth for the dummy
EXPLANATIONS = {
    "sobol": N_(
        "Shares of the variance of the mean over the points (Sobol's indices); in "
        "brackets intervals of 95 percent from {times} scrambled sequences of {n} base points in "
        "all."
    ),
    "morris": N_(
        "Effect of going from an input's lowest value to its highest (Morris, {n} "
        "trajectories); in brackets 95 % intervals. Where the effect varies as much "
        "as its size, it depends on the other inputs, or is no straight line."
    ),
}


def section(paper: ExperimentPaper) -> Section | None:
    """Return a table of indices for each figure; None of designs that have none."""
    if paper.design == "lhs":
        blocks = tuple(block for kpi in paper.experiment.kpis for block in spread(kpi, paper))
        return (
            Section("indices", paper._("What the drawn inputs allow"), blocks) if blocks else None
        )
    if paper.design not in INDEXED_DESIGNS:
        return None
    return Section("indices", paper._("Which input matters most"), tuple(tables(paper)))


def spread(kpi: Kpi, paper: ExperimentPaper) -> Iterator[Block]:
    """Return how a figure is spread over drawn points, and which input stands for how much."""
    _, known = paper._, paper.known(kpi)
    values = np.array([one.mean for one in known])
    if len(values) < FEWEST_POINTS or np.ptp(values) == 0:
        return
    told, scale = (
        span(values, kpi.limits),
        scale_of(kpi.name, kpi.unit, paper.language, float(np.abs(values).max())),
    )
    text = _(
        "{figure}: at half of the {n} points at most {median}, at nine of ten from {lower} to "
        "{upper}."
    )
    written = (
        scale.with_unit(scale.number(one, paper.language))
        for one in (float(np.median(values)), told.lower, told.upper)
    )
    median, lower, upper = written
    yield Prose(
        text.format(
            figure=paper.kpi(kpi.name), n=len(values), median=median, lower=lower, upper=upper
        )
    )
    rows = tuple(shares_of(known, values, paper))
    if rows:
        heads = (_("Input"), _("Share of the variance"), _("The figure"))
        yield Table(paper.kpi(kpi.name), heads, rows, "lrl", _(SHARES_NOTE))


def shares_of(
    known: Sequence[PointFigure], values: NDArray[np.float64], paper: ExperimentPaper
) -> Iterator[tuple[Cell, ...]]:
    """Write for each input its share of the variance, and which way the figure goes."""
    _, factors = paper._, paper.experiment.file.factors
    levels = [[paper.experiment.points[one.point].levels[f.name] for one in known] for f in factors]
    ranks = [stats.rankdata(np.array(one, dtype=np.float64)) for one in levels]
    uniforms = (np.array(ranks).T - 0.5) / len(values)
    luck = float(np.nanmean([one.std_error**2 for one in known]))
    labels = {one.name: paper.factor(one) for one in factors}
    for share in input_shares(values, uniforms, tuple(labels), 0.0 if isnan(luck) else luck):
        ends = (paper.percent(end, 0) for end in (share.lower, share.upper))
        said = f"{paper.percent(share.share, 0)} ({between(*ends)})"
        numbers = (share.share, share.lower, share.upper)
        way = _("rises with it") if share.rises else _("falls with it")
        yield labels[share.name], Value(said, "share", *numbers), way if share.lower > 0 else ""


def tables(paper: ExperimentPaper) -> Iterator[Block]:
    """Return the table of each figure, with how it is read; or why there is none."""
    for kpi in paper.experiment.kpis:
        try:
            found = Indices(paper, kpi)
        except ResultsError as error:
            yield Prose(shown(str(error)))
            continue
        yield found.table()
        yield Bullets(tuple(found.notes()))


class Indices:
    """The indices of one figure in words.

    Parameters
    ----------
    paper : of an experiment with the design "sobol" or "morris"
    kpi : the figure
    """

    def __init__(self, paper: ExperimentPaper, kpi: Kpi) -> None:
        self.paper, self.kpi, self._ = paper, kpi, paper._
        self.columns = COLUMNS[paper.design]
        self.indices = indices_of(paper.results, kpi)

    def cell(self, row: pd.Series) -> Value:
        """Write an index with its interval: a share of a variance, or an effect."""
        value, *ends = (float(row[name]) for name in ("value", "lower", "upper"))
        text, *texts = map(self._written, (value, *ends))
        unit = "share" if self.paper.design == "sobol" else self.kpi.unit
        brackets = "" if isnan(ends[0]) else f" ({between(*texts)})"
        return Value(self.scale.with_unit(text) + brackets, unit, value, *ends)

    @cached_property
    def scale(self) -> Scale:
        """How indices are told."""
        unit = "share" if self.paper.design == "sobol" else self.kpi.unit
        largest = float(self.indices["value"].abs().max())
        return scale_of(self.kpi.name, unit, self.paper.language, largest)

    def _written(self, value: float) -> str:
        if self.paper.design == "sobol":
            return self.paper.percent(value, 1)
        return self.scale.number(value, self.paper.language)

    def factors(self) -> list[str]:
        """Return the names of the factors, what matters most first, and the dummy last."""
        main = self.indices[self.indices["index"] == self.columns[0]]
        ordered = main.sort_values("value", ascending=False, kind="stable")["factor"].tolist()
        return [name for name in ordered if name != DUMMY] + [DUMMY]

    def row(self, factor: str) -> tuple[Cell, ...]:
        """Return the cells of one factor."""
        labels = {one.name: self.paper.factor(one) for one in self.paper.experiment.file.factors}
        own = self.indices[self.indices["factor"] == factor].set_index("index")
        label = labels.get(factor, self._("Chance alone (no input)"))
        cells = [self.cell(own.loc[name]) for name in self.columns]
        return (label, *cells, self._verdict(own.loc[self.columns[0]]))

    def _verdict(self, row: pd.Series) -> str:
        """State whether a factor does more than luck."""
        if row["above_luck"] is None:
            return ""
        if row["value"] == row["lower"] == row["upper"] == 0:
            return self._("no effect at all")
        return self._("yes") if row["above_luck"] else self._("cannot be told")

    def table(self) -> Table:
        """Return a row for each factor."""
        title = self._("What matters for: {figure}").format(figure=self.paper.kpi(self.kpi.name))
        heads = (self._("Input"), *(self._(HEADS[name]) for name in self.columns))
        rows = tuple(map(self.row, self.factors()))
        align = "l" + "r" * len(self.columns) + "l"
        return Table(title, (*heads, self._("More than chance")), rows, align)

    def _how(self) -> str:
        """Describe the design, and when it is too small to tell inputs from luck."""
        n = self.paper.experiment.file.experiment.n or 0
        text = self._(EXPLANATIONS[self.paper.design]).format(n=n, times=n_scrambles(n))
        main = self.indices[self.indices["index"] == self.columns[0]]
        if self.paper.design == "morris" and (main["above_luck"] == False).any():  # noqa: E712
            text += " " + self.paper.ngettext(
                "Where it cannot be told whether an input does more than luck, {n} trajectory may "
                "be too few.",
                "Where it cannot be told whether an input does more than luck, {n} trajectories "
                "may be too few.",
                n,
            ).format(n=n)
        return text

    def notes(self) -> list[str]:
        """Describe how indices are read, how large the noise is, and whether the check holds."""
        _, index = self._, CHECKED[self.paper.design]
        rows = self.indices
        dummy = rows[(rows["factor"] == DUMMY) & (rows["index"] == index)].iloc[0]
        covers = dummy["lower"] <= 0 <= dummy["upper"]
        noise = self.paper.percent(float(rows["luck"].iloc[0]), 2)
        does = _("covers") if covers else _("does not cover")
        return [
            self._how(),
            _(
                "All points have common random numbers. Chance alone: what a change of nothing "
                "but the random numbers does; to the other inputs it usually does less. More than "
                "chance: the interval lies above that of chance alone."
            ),
            _(
                "Noise: the squared standard errors are {share} of the variance over the points."
            ).format(share=noise),
            _("Check: of chance alone “{index}” should be 0; its interval {does} 0.").format(
                index=_(HEADS[index]), does=does
            ),
        ]
