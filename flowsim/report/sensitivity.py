"""Sensitivity indices as a table in the terminal: a row for each input, what matters most first."""

from __future__ import annotations

from math import isnan

import pandas as pd
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from flowsim.analysis.kpi_names import Kpi
from flowsim.report.catalogues import catalogue
from flowsim.report.comparison_sentences import Scale, own, scale_of
from flowsim.report.document.wording import in_language
from flowsim.report.kpi_words import kpi_words
from flowsim.report.numbers import percent, span
from flowsim.report.terminal import shown
from flowsim.scenario.marking import N_
from flowsim.study.experiment.indices import indices_of
from flowsim.study.experiment.results import ExperimentResults
from flowsim.study.experiment.sensitivity import DUMMY

COLUMNS = {"sobol": ("total", "first"), "morris": ("mu_star", "mu", "sigma")}
HEADS = {
    "first": N_("Share of the variance, alone"),
    "total": N_("With what it does together with others"),
    "mu_star": N_("Mean size of the effect"),
    "mu": N_("Mean effect, with its sign"),
    "sigma": N_("How much the effect varies"),
}
CHECKED = {"sobol": "first", "morris": "mu"}  # 0 in truth for the dummy
EXPLANATIONS = {
    "sobol": N_(
        "Shares of the variance of the mean over the points (Sobol's indices); in "
        "brackets 95 % intervals by bootstrap over {n} base points."
    ),
    "morris": N_(
        "Effect of going from an input's lowest value to its highest (Morris, {n} "
        "trajectories); in brackets 95 % intervals. Where the effect varies as much "
        "as its size, it depends on the other inputs, or is no straight line."
    ),
}


class SensitivityText:
    """The indices of one figure in words.

    Parameters
    ----------
    results : of an experiment with the design "sobol" or "morris"
    kpi : the figure
    """

    def __init__(self, results: ExperimentResults, kpi: Kpi) -> None:
        self.kpi = kpi
        self.experiment = results.experiment
        self.design = self.experiment.file.experiment.design
        self.language = self.experiment.language
        self._ = catalogue(self.language).gettext
        self.indices = indices_of(results, kpi)
        self.scenario = in_language(self.experiment.scenario, self.language)

    def scale(self) -> Scale:
        """Return how effects are told."""
        sizes = self.indices["value"].abs().max()
        return scale_of(self.kpi.name, self.kpi.unit, self.language, float(sizes))

    def cell(self, row: pd.Series) -> str:
        """Write an index with its interval."""
        figures = [float(row[name]) for name in ("value", "lower", "upper")]
        if self.design == "sobol":
            value, lower, upper = (percent(x, self.language, 1) for x in figures)
        else:
            scale = self.scale()
            bare = Scale(scale.size, "", scale.kind)
            value = own(figures[0], self.kpi.unit, scale, self.language)
            lower, upper = (own(x, self.kpi.unit, bare, self.language) for x in figures[1:])
        return value if isnan(figures[1]) else f"{value} ({span(lower, upper)})"

    def factors(self) -> list[str]:
        """Return the names of the factors, what matters most first, and the dummy last."""
        main = self.indices[self.indices["index"] == COLUMNS[self.design][0]]
        ordered = main.sort_values("value", ascending=False, kind="stable")["factor"].tolist()
        return [name for name in ordered if name != DUMMY] + [DUMMY]

    def row(self, factor: str) -> list[str]:
        """Return the cells of one factor."""
        labels = {f.name: shown(f.label or f.name) for f in self.experiment.file.factors}
        own_rows = self.indices[self.indices["factor"] == factor].set_index("index")
        cells = [labels.get(factor, self._("Luck alone (no input)"))]
        cells += [self.cell(own_rows.loc[name]) for name in COLUMNS[self.design]]
        return [*cells, self._verdict(own_rows.loc[COLUMNS[self.design][0]])]

    def _verdict(self, row: pd.Series) -> str:
        """Say whether a factor does more than luck."""
        if row["above_luck"] is None:
            return ""
        if row["value"] == row["lower"] == row["upper"] == 0:
            return self._("no effect at all")
        return self._("yes") if row["above_luck"] else self._("cannot be told")

    def table(self) -> Table:
        """Return a row for each factor."""
        figure = shown(kpi_words(self.kpi.name, self.scenario))
        title = Text(self._("What matters for: {figure}").format(figure=figure))
        table = Table(title=title, title_justify="left", title_style="bold")
        table.add_column(Text(self._("Input")), overflow="fold")
        for name in COLUMNS[self.design]:
            table.add_column(Text(self._(HEADS[name])), justify="right", overflow="fold")
        table.add_column(Text(self._("More than luck")), overflow="fold")
        for factor in self.factors():
            table.add_row(*map(Text, self.row(factor)))
        return table

    def notes(self) -> list[str]:
        """Say how indices are read, how large the noise is, and whether the check holds."""
        _, index = self._, CHECKED[self.design]
        rows = self.indices
        dummy = rows[(rows["factor"] == DUMMY) & (rows["index"] == index)].iloc[0]
        covers = dummy["lower"] <= 0 <= dummy["upper"]
        noise = percent(float(rows["luck"].iloc[0]), self.language, 2)
        does = _("covers") if covers else _("does not cover")
        return [
            _(EXPLANATIONS[self.design]).format(n=self.experiment.file.experiment.n),
            _(
                "All points have the same luck. Luck alone: what a change of nothing but the "
                "luck does; to the other inputs it usually does less. More than luck: the "
                "interval lies above that of luck alone."
            ),
            _(
                "Noise: the squared standard errors are {share} of the variance over the points."
            ).format(share=noise),
            _("Check: of luck alone “{index}” is 0 in truth; its interval {does} 0.").format(
                index=_(HEADS[index]), does=does
            ),
        ]

    def all(self) -> Group:
        """Everything about one figure."""
        return Group(self.table(), *(Text(note, style="dim") for note in self.notes()))


def show(results: ExperimentResults, console: Console) -> None:
    """Print the indices of all figures of an experiment."""
    for kpi in results.experiment.kpis:
        console.print(SensitivityText(results, kpi).all())
