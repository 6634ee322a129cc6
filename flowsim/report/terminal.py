"""A run as tables in the terminal: load first, then waits, people, cost, and what was observed.

Everything is in the scenario's language. Waits are shown in weeks and stays in months, money in
thousands; the exact figures, in days and whole currency, are in the results folder and `--json`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple
from unicodedata import category

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from flowsim.analysis.statistics import is_precise
from flowsim.report.catalogues import catalogue
from flowsim.report.document.units import WEEK, Unit, unit_of
from flowsim.report.kpi_words import generic_words, kpi_words, name_words
from flowsim.report.numbers import MISSING, number, percent, span
from flowsim.report.sanity import sanity_table
from flowsim.scenario import figures as registry
from flowsim.scenario.figures import CURRENCY
from flowsim.scenario.known import figures_of, names_of
from flowsim.scenario.marking import N_
from flowsim.scenario.schema import Precision
from flowsim.scenario.workload import team_loads
from flowsim.study.results import Results

STEPS_ABREAST = 3
PRECISION = {  # whether it was reached
    True: N_("{kpi} is known to within {reached}, as asked for ({wanted})."),
    False: N_("{kpi} is known to within {reached} only, not {wanted}: raise precision.max."),
}
COMPARED = {  # title of the table, and head of the column
    "observed": (
        N_("Observed beside simulated; in brackets the range, and what {level} of the runs gave"),
        N_("Observed"),
    ),
    "planned": (
        N_("Plan beside simulated; in brackets the range, and what {level} of the runs gave"),
        N_("Plan"),
    ),
}


class Figure(NamedTuple):
    """A KPI over replications: its mean and its 95 % interval."""

    mean: float
    lower: float
    upper: float


class Tables:
    """The tables of a run.

    Parameters
    ----------
    results : what to show
    """

    def __init__(self, results: Results) -> None:
        self.results = results
        self.scenario = results.scenario
        self.language = self.scenario.scenario.language
        translation = catalogue(self.language)
        self._, self.pgettext = translation.gettext, translation.pgettext
        rows = results.summary(period=None).itertuples()
        whole = results.summary(group=None).itertuples()
        self.utilisation = {
            (str(row.group), str(row.kpi)): float(row.mean)
            for row in whole
            if str(row.kpi).endswith(".utilisation")
        }
        self.figures = {
            (str(row.period), str(row.kpi)): Figure(row.mean, row.lower, row.upper) for row in rows
        }

    def all(self) -> Group:
        """Everything, in the order in which a board reads it."""
        parts = [
            self.heading(),
            self.load(),
            self.waits(),
            self.sanity(),
            self.years(),
            self.exits(),
            self.costs(),
            self.goals(),
            self.compared("planned"),
            self.compared("observed"),
        ]
        return Group(*(part for part in parts if part is not None))

    # Pieces -----------------------------------------------------------------------------------

    def figure(self, kpi: str, period: str = "run") -> Figure:
        """Return a KPI; missing where the scenario has none of that name."""
        missing = float("nan")
        return self.figures.get((period, kpi), Figure(missing, missing, missing))

    def number(self, value: float, decimals: int = 1) -> str:
        return number(value, self.language, decimals)

    def with_interval(self, figure: Figure, unit: float = 1.0, decimals: int = 1) -> str:
        """Write a mean and, in brackets, its interval; nothing counted here can be below 0."""
        if abs(figure.mean / unit) >= 100:
            decimals = 0
        bounds = figure.lower, figure.upper
        if figure.mean >= 0:
            bounds = max(figure.lower, 0.0), figure.upper
        mean, lower, upper = (
            self.number(value / unit, decimals) for value in (figure.mean, *bounds)
        )
        return mean if MISSING in (mean, lower, upper) else f"{mean} ({span(lower, upper)})"

    def share(self, figure: Figure) -> str:
        return percent(figure.mean, self.language)

    def label(self, name: str, part: str = "") -> str:
        """Return the label of a named part of the scenario; else the name in words."""
        return shown(name_words(name, self.scenario, part))

    def new_table(self, title: str, *columns: str) -> Table:
        table = Table(title=Text(title), title_justify="left", title_style="bold")
        for place, column in enumerate(columns):
            table.add_column(
                Text(column), justify="left" if place == 0 else "right", overflow="fold"
            )
        return table

    # Tables -----------------------------------------------------------------------------------

    def heading(self) -> RenderableType:
        run = self.scenario.run
        facts = self._("{replications} replications, seed {seed}, {first} to {last}").format(
            replications=self.number(self.results.replications, 0),
            seed=self.results.seed,
            first=run.report_from,
            last=run.until,
        )
        lines = [Text(shown(self.scenario.scenario.title), style="bold")]
        if self.scenario.scenario.question:
            lines.append(Text(shown(self.scenario.scenario.question), style="italic"))
        lines.append(Text(facts))
        if self.results.precision is not None:
            lines.append(Text(self.precision(self.results.precision)))
        return Group(
            *lines,
            Text(
                self._("In brackets: the 95 % interval of the mean over replications."), style="dim"
            ),
        )

    def precision(self, wanted: Precision) -> str:
        """Say whether the replications gave the precision that was asked for."""
        enough = is_precise(self.results.reached, wanted.relative_half_width)
        return self._(PRECISION[enough]).format(
            kpi=shown(kpi_words(wanted.kpi, self.scenario)),
            reached=percent(self.results.reached, self.language, 1),
            wanted=percent(wanted.relative_half_width, self.language, 1),
        )

    def load(self) -> Table | None:
        _ = self._
        columns = [_("Team"), _("Places"), _("Load"), _("Places in use"), ""]
        table = self.new_table(_("Load per team, on average over the run"), *columns)
        for load in team_loads(self.scenario):
            name = self.label(load.team, "teams") + (f" ({load.value})" if load.value else "")
            group = f"{load.per}={load.value}" if load.value else "all"
            in_use = self.utilisation.get((group, f"{load.team}.utilisation"), math.nan)
            table.add_row(
                Text(name),
                self.number(load.places),
                percent(load.share, self.language),
                percent(in_use, self.language),
                self.verdict(load.places, load.share, load.growth_per_week),
            )
        return table if table.rows else None

    def verdict(self, places: float, share: float, growth: float) -> str:
        """Say in words what a load means."""
        if places == 0:
            return self._("has no places")
        if share > 1:
            speed = self._(", by {people} a week").format(people=self.number(growth))
            return self._("more than it can take: in the long run the list grows") + (
                speed if growth >= 0.05 else ""
            )
        return self._("nearly full: long waits at times") if share > 0.9 else self._("has room")

    def waits(self) -> Group:
        """Steps side by side, a few at a time, so that they fit the width of a terminal."""
        steps = list(self.scenario.steps)
        parts = [steps[at : at + STEPS_ABREAST] for at in range(0, len(steps), STEPS_ABREAST)]
        return Group(*(self.waits_of(part) for part in parts))

    def waits_of(self, steps: list[str]) -> Table:
        _ = self._
        table = self.new_table(
            _("Waiting in the whole run, in weeks"),
            "",
            *(self.label(step, "steps") for step in steps),
        )
        for figure in registry.FIGURES:
            if "waits" in figure.tables:
                cells = [self.cell(figure, figure.pattern.replace("<step>", s)) for s in steps]
                if not figure.needs or any(cell != MISSING for cell in cells):
                    table.add_row(self.row_label(figure), *cells)
        return table

    def cell(self, figure: registry.Figure, kpi: str) -> str:
        """Write a figure of a step: a time in weeks or months, a count perhaps a year."""
        if figure.unit == "share":
            return self.share(self.figure(kpi))
        years = self.n_years() if figure.a_year else 1.0
        return self.with_interval(self.figure(kpi), self.unit(figure).size * years)

    def row_label(self, figure: registry.Figure) -> str:
        """Return what a figure of steps is called, with its unit where that is not weeks."""
        label = generic_words(figure, self.language)
        if figure.a_year:
            return self._("{figure}, a year").format(figure=label)
        return f"{label}, {self.unit(figure).word}" if figure.in_months else label

    def unit(self, figure: registry.Figure) -> Unit:
        """Return in which unit a figure is told."""
        currency = self.scenario.scenario.currency
        unit = currency if figure.unit == CURRENCY else figure.unit
        return unit_of(figure.pattern, unit, shown(currency), self._)

    def rows_of(self, table: str) -> Iterator[tuple[str, registry.Figure, str]]:
        """Give the figures that stand in a table, each with what it is called."""
        for kpi, figure, _ in figures_of(names_of(self.scenario)):
            if table in figure.tables and kpi in self.results.table.position:
                yield kpi, figure, shown(kpi_words(kpi, self.scenario))

    def sanity(self) -> Group | None:
        """Waits by queueing theory beside the simulated ones, where its assumptions hold."""

        def simulated(step: str) -> str:
            return self.with_interval(self.figure(f"{step}.wait.mean"), WEEK)

        found = sanity_table(self.scenario, simulated)
        table = Table(title=Text(found.title), title_justify="left", title_style="bold")
        for place, column in enumerate(found.columns):
            table.add_column(
                Text(column), justify="left" if place < 2 else "right", overflow="fold"
            )
        for row in found.rows:
            table.add_row(*(Text(shown(cell)) for cell in row))
        notes = [Text(shown(note), style="dim") for note in found.notes]
        parts: list[RenderableType] = [*([table] if found.rows else []), *notes]
        return Group(*parts) if parts else None

    def n_years(self) -> float:
        """Calendar years in the window; a part counts as its share of the year's days."""
        whole = {str(year.year): year.days for year in self.results.plan.years}
        return sum(part.days / whole[part.name] for part in self.results.table.periods[1:])

    def years(self) -> Table:
        """The figures of an annual report, year by year."""
        _ = self._
        periods, part = self.results.table.periods, " " + _("(part)")
        heads = [
            _("Whole run")
            if period.name == "run"
            else period.name + (part if period.partial else "")
            for period in periods
        ]
        table = self.new_table(_("Year by year"), _("Figure"), *heads[1:], heads[0])
        names = [p.name for p in periods[1:]] + ["run"]
        for kpi, figure, label in self.rows_of("years"):
            if figure.of == "step":
                continue
            if figure.unit != CURRENCY:
                cells = [self.with_interval(self.figure(kpi, name)) for name in names]
                table.add_row(Text(label), *cells)
                continue
            unit = self.unit(figure)
            amounts = [self.figure(kpi, name).mean / unit.size for name in names]
            if any(amount > 0 or amount < 0 for amount in amounts):
                cells = [self.number(amount, 0) for amount in amounts]
                table.add_row(Text(f"{label}, {unit.word}"), *cells)
        return table

    def exits(self) -> Table:
        _ = self._
        table = self.new_table(
            _("Exits in the whole run"), _("Figure"), _("Mean"), _("of all exits")
        )
        for kpi in self.results.table.names:
            parts = kpi.split(".")
            if parts[0] == "exits" and parts[-1] != "share":
                name = kpi.removeprefix("exits.")
                table.add_row(
                    Text(self.label(name, "exits")),
                    self.with_interval(self.figure(kpi)),
                    self.share(self.figure(f"{kpi}.share")),
                )
        return table

    def costs(self) -> Table | None:
        if not self.figure("cost.total").mean > 0:
            return None
        _ = self._
        unit = unit_of("", currency := self.scenario.scenario.currency, currency, _)
        title = _("Cost of the whole run, {unit}").format(unit=shown(unit.word))
        table = self.new_table(title, _("Figure"), _("Mean"))
        for kpi, _figure, label in self.rows_of("costs"):
            table.add_row(Text(label), self.with_interval(self.figure(kpi), unit.size))
        return table

    def goals(self) -> Table | None:
        if not self.scenario.goals:
            return None
        _ = self._
        table = self.new_table(_("Goals"), _("Goal"), _("Value"), _("Chance that it is met"))
        for goal in self.scenario.goals:
            met = self.figure(f"goals.{goal}.met")
            value = self.with_interval(self.figure(f"goals.{goal}"), decimals=2)
            table.add_row(Text(self.label(goal, "goals")), value, self.share(met))
        return table

    def compared(self, section: str) -> Table | None:
        """The figures that were observed or planned, beside the simulated ones."""
        if not getattr(self.scenario, section):
            return None
        _ = self._
        title, value = COMPARED[section]
        columns = (_("Figure"), _(value), _("Simulated"), _("Inside"))
        table = self.new_table(_(title).format(level="95 %"), *columns)
        rows = self.results.observed() if section == "observed" else self.results.planned()
        for row in rows.itertuples():
            bounds = (row.prediction_lower, row.prediction_upper)
            exact = row.low == row.high or row.unit == self.scenario.scenario.currency
            seen = () if exact else (row.low, row.high)
            period = _("Whole run").lower() if row.period == "run" else row.period
            table.add_row(
                Text(f"{shown(kpi_words(row.kpi, self.scenario))}, {period}"),
                self.in_unit(row.unit, getattr(row, section), *seen),
                self.in_unit(row.unit, row.mean, *bounds),
                MISSING if row.inside is None else _("yes") if row.inside else _("no"),
            )
        return table

    def in_unit(self, unit: str, value: float, *bounds: float) -> str:
        """Write a figure, and in brackets its bounds, as its unit asks for."""
        if unit == "share":
            numbers = [self.number(100 * number, 1) for number in (value, *bounds)]
            sign = percent(0.0, self.language).removeprefix("0")
        else:
            exact = unit in ("count", self.scenario.scenario.currency)
            numbers = [self.number(number, 0 if exact else 1) for number in (value, *bounds)]
            sign = ""
        if not bounds or MISSING in numbers or len(set(numbers)) == 1:
            return numbers[0] + sign
        return f"{numbers[0]}{sign} ({span(*numbers[1:])})"


def shown(text: str) -> str:
    r"""Return a text of the scenario without what a terminal would obey instead of show.

    Examples
    --------
    >>> shown("red: \x1b[31m")
    'red: �[31m'
    """
    return "".join("\ufffd" if category(letter) in ("Cc", "Cf") else letter for letter in text)


def show(results: Results, console: Console) -> None:
    """Print the tables of a run."""
    console.print(Tables(results).all())
