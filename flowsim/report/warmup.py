"""The warm-up of a scenario as a table and a sentence, and as a file of series."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from flowsim.report.catalogues import catalogue
from flowsim.report.kpi_words import name_words
from flowsim.report.numbers import MISSING, number, percent
from flowsim.report.terminal import shown
from flowsim.scenario.marking import N_
from flowsim.scenario.quantities import DAYS_PER_UNIT
from flowsim.scenario.workload import TeamLoad, team_loads
from flowsim.study.warmup import LEVEL, Finding, WarmUp

__all__ = ["WarmUpText", "series_frame", "show"]

SPANS = {"day": N_("day"), "week": N_("week"), "month": N_("month")}
MEASURES = {"waiting": N_("waiting"), "in_service": N_("in service")}
LENGTHS = {
    "month": N_("{n} month"),
    "months": N_("{n} months"),
    "year": N_("{n} year"),
    "years": N_("{n} years"),
}


class WarmUpText:
    """What is said of a warm-up, in the scenario's language.

    Parameters
    ----------
    found : from `study.warmup.examine`
    """

    def __init__(self, found: WarmUp) -> None:
        self.found = found
        self.scenario = found.scenario
        self.language = found.scenario.scenario.language
        self._ = catalogue(self.language).gettext

    def all(self) -> Group:
        """Everything, in reading order: what was run, the series, the answer."""
        return Group(
            Text(
                self._("Warm-up: {title}").format(title=shown(self.scenario.scenario.title)), "bold"
            ),
            Text(self.facts()),
            *(
                [
                    Text(
                        self._(
                            "Seasons, closures or limits come back every year. The curves are "
                            "therefore averages over 12 months, and the rules judge whole years."
                        )
                    )
                ]
                if self.found.grid.is_yearly
                else []
            ),
            self.table(),
            Text(
                self._(
                    "Level and change in the second half of the run, in participants; p: the "
                    "chance of such a change by luck alone. MSER and Welch: days until the start "
                    "is no longer seen; – where that is not within half the run."
                ),
                "dim",
            ),
            Text(""),
            *self.answer(),
            Text(""),
            Text(
                self._(
                    "MSER: White 1997, Spratt 1998. Welch 1983: moving average over "
                    "replications, read where it comes to its level within one standard error "
                    "(at least 1 %), or passes it. The slowest series decides."
                ),
                "dim",
            ),
        )

    def facts(self) -> str:
        """Say what was run."""
        run, grid = self.scenario.run, self.found.grid
        unit = (
            "day" if grid.span == 1 else "week" if grid.span == DAYS_PER_UNIT["week"] else "month"
        )
        return self._(
            "{n} replications from {first} to {last}, seed {seed}; an average for each {span}"
        ).format(
            n=self.number(self.found.replications),
            first=run.start,
            last=run.until,
            seed=self.found.seed,
            span=self._(SPANS[unit]),
        )

    def table(self) -> Table:
        """One row for each series, with what each rule says of it."""
        _ = self._
        mser = f"MSER-{self.found.grid.batch}"
        table = Table()
        table.add_column(_("Series"), overflow="fold")
        for column in (_("Level"), _("Change"), "p", mser, "Welch"):
            table.add_column(column, justify="right")
        for one in self.found.findings:
            table.add_row(
                Text(self.name(one)),
                self.number(one.level, 1),
                self.number(one.change, 1),
                self.number(one.trend.p_value, 3),
                self.days(one.mser),
                self.days(one.welch),
            )
        return table

    def answer(self) -> list[RenderableType]:
        """Say what to do, or why there is nothing to recommend."""
        found, _ = self.found, self._
        match found.verdict:
            case "settles":
                return [*self.recommendation(), *self.given()]
            case "no_need":
                return [
                    Text(_("No warm-up is needed: every series is at its level from the start."))
                ]
            case "dated":
                return [
                    Text(
                        _(
                            "No recommendation. The file changes by date (referrals, teams, staff, "
                            "closures or numbers by year), so there is no steady state to warm up "
                            "to. What the start should be is a fact to find out: say it with "
                            "initial, or say that the run starts empty."
                        )
                    )
                ]
            case "overloaded":
                return [
                    Text(
                        _(
                            "No recommendation: there is no steady state. More participants come "
                            "than the teams can take, nobody gives up or is turned away, and so a "
                            "list grows without end: {loads}. No warm-up helps; show the run year "
                            "by year, or change capacity, referrals or patience."
                        ).format(loads=self.loads(found.overloaded))
                    )
                ]
            case "moving":
                moving = [one for one in found.findings if one.is_moving]
                said = _(
                    "No recommendation: no steady state is seen. In the second half of the run "
                    "these still change, by more than chance explains (t test over replications, "
                    "{level} for all series together): {series}."
                ).format(level=percent(LEVEL, self.language), series=self.names(moving))
                return [Text(said), *self.heavy_loads(), self.longer()]
            case "too_short":
                unknown = [one for one in found.findings if None in (one.mser, one.welch)]
                return [
                    Text(
                        _("No recommendation: the run is too short to tell for {series}.").format(
                            series=self.names(unknown)
                        )
                    ),
                    self.longer(),
                ]

    def recommendation(self) -> list[RenderableType]:
        """The warm-up in words, and the line for the file."""
        found = self.found
        slowest = max(found.findings, key=lambda one: max(one.mser or 0.0, one.welch or 0.0))
        said = self._(
            "Recommended warm-up: {warm_up} (the slowest series, {series}, takes {days} "
            "days). Put this under [run], and leave out report_from:"
        ).format(
            warm_up=self.length(found.warm_up or ""),
            series=self.name(slowest),
            days=self.days(found.days),
        )
        return [Text(said), Text(f"    {found.line}", "bold")]

    def given(self) -> list[RenderableType]:
        """Whether the file's own beginning of statistics is late enough."""
        if not self.found.given_days:
            return []
        enough = self.found.given_days >= (self.found.days or 0.0)
        text = (
            self._("The file's statistics begin after {given} days, which is enough.")
            if enough
            else self._("The file's statistics begin after {given} days, which is too early.")
        )
        return [Text(text.format(given=self.number(self.found.given_days)))]

    def heavy_loads(self) -> list[RenderableType]:
        """Name the teams with a load above 1, which may be why something moves."""
        heavy = [load for load in team_loads(self.scenario) if load.share > 1]
        return (
            [
                Text(
                    self._("Load above 100 %: {loads}. Such a list may grow without end.").format(
                        loads=self.loads(heavy)
                    )
                )
            ]
            if heavy
            else []
        )

    def longer(self) -> Text:
        return Text(
            self._('Try a longer run: --length "{length}"').format(length=self.found.next_length)
        )

    # Pieces -----------------------------------------------------------------------------------

    def number(self, value: float, decimals: int = 0) -> str:
        return number(value, self.language, decimals)

    def days(self, value: float | None) -> str:
        return MISSING if value is None else self.number(math.ceil(value))

    def name(self, one: Finding) -> str:
        """Return the step's label and whether it is about waiting or service."""
        label = shown(name_words(one.step, self.scenario, "steps"))
        return f"{label}: {self._(MEASURES[one.measure])}"

    def names(self, some: Iterable[Finding]) -> str:
        return ", ".join(self.name(one) for one in some)

    def loads(self, loads: Iterable[TeamLoad]) -> str:
        """List teams with their loads."""
        said = []
        for load in loads:
            team = shown(name_words(load.team, self.scenario, "teams"))
            team += f" ({load.value})" if load.value else ""
            share = percent(load.share, self.language)
            said.append(self._("{team}, load {load}").format(team=team, load=share))
        return ", ".join(said)

    def length(self, text: str) -> str:
        """Say a length such as "4 months" in the scenario's language."""
        count, unit = text.split()
        if unit in ("week", "weeks"):
            ngettext = catalogue(self.language).ngettext
            return ngettext("{n} week", "{n} weeks", int(count)).format(n=count)
        return self._(LENGTHS[unit]).format(n=count)


def series_frame(found: WarmUp) -> pd.DataFrame:
    """Return the averaged series, long and tidy: day, date, step, measure, mean, smooth.

    `day` is the first day of a span, counted from the start of the run.
    """
    begins = found.grid.edges[:-1]
    start = found.scenario.run.start
    dates = [start + dt.timedelta(days=math.floor(day)) for day in begins]
    parts = [
        pd.DataFrame(
            {
                "day": begins,
                "date": dates,
                "step": one.step,
                "measure": one.measure,
                "mean": one.mean,
                "smooth": np.round(one.smooth, 6),
            }
        )
        for one in found.findings
    ]
    return pd.concat(parts, ignore_index=True)


def show(found: WarmUp, console: Console) -> None:
    """Print the table and the answer."""
    console.print(WarmUpText(found).all())
