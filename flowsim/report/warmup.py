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

from flowsim.report.kpi_words import name_words
from flowsim.report.numbers import MISSING, number, percent
from flowsim.report.terminal import shown
from flowsim.report.warmup_words import warmup_words
from flowsim.scenario.quantities import DAYS_PER_UNIT
from flowsim.scenario.workload import TeamLoad, team_loads
from flowsim.study.warmup import LEVEL, Finding, WarmUp

__all__ = ["WarmUpText", "series_frame", "show"]


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
        self.words = warmup_words(self.language)

    def all(self) -> Group:
        """Everything, in reading order: what was run, the series, the answer."""
        return Group(
            Text(self.words["title"].format(title=shown(self.scenario.scenario.title)), "bold"),
            Text(self.facts()),
            *([Text(self.words["yearly"])] if self.found.grid.is_yearly else []),
            self.table(),
            Text(self.words["columns"], "dim"),
            Text(""),
            *self.answer(),
            Text(""),
            Text(self.words["method"], "dim"),
        )

    def facts(self) -> str:
        """Say what was run."""
        run, grid = self.scenario.run, self.found.grid
        unit = (
            "day" if grid.span == 1 else "week" if grid.span == DAYS_PER_UNIT["week"] else "month"
        )
        return self.words["facts"].format(
            n=self.number(self.found.replications),
            first=run.start,
            last=run.until,
            seed=self.found.seed,
            span=self.words[f"span_{unit}"],
        )

    def table(self) -> Table:
        """One row for each series, with what each rule says of it."""
        w = self.words
        mser = w["mser"].format(batch=self.found.grid.batch)
        table = Table()
        table.add_column(w["series"], overflow="fold")
        for column in (w["level"], w["change"], w["p_value"], mser, w["welch"]):
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
        found, w = self.found, self.words
        match found.verdict:
            case "settles":
                return [*self.recommendation(), *self.given()]
            case "no_need":
                return [Text(w["no_need"])]
            case "dated":
                return [Text(w["dated"])]
            case "overloaded":
                return [Text(w["overloaded"].format(loads=self.loads(found.overloaded)))]
            case "moving":
                moving = [one for one in found.findings if one.is_moving]
                said = w["moving"].format(
                    level=percent(LEVEL, self.language), series=self.names(moving)
                )
                return [Text(said), *self.heavy_loads(), self.longer()]
            case "too_short":
                unknown = [one for one in found.findings if None in (one.mser, one.welch)]
                return [Text(w["too_short"].format(series=self.names(unknown))), self.longer()]

    def recommendation(self) -> list[RenderableType]:
        """The warm-up in words, and the line for the file."""
        found = self.found
        slowest = max(found.findings, key=lambda one: max(one.mser or 0.0, one.welch or 0.0))
        said = self.words["settles"].format(
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
        text = self.words["enough" if enough else "not_enough"]
        return [Text(text.format(given=self.number(self.found.given_days)))]

    def heavy_loads(self) -> list[RenderableType]:
        """Name the teams with a load above 1, which may be why something moves."""
        heavy = [load for load in team_loads(self.scenario) if load.share > 1]
        return [Text(self.words["moving_load"].format(loads=self.loads(heavy)))] if heavy else []

    def longer(self) -> Text:
        return Text(self.words["longer"].format(length=self.found.next_length))

    # Pieces -----------------------------------------------------------------------------------

    def number(self, value: float, decimals: int = 0) -> str:
        return number(value, self.language, decimals)

    def days(self, value: float | None) -> str:
        return MISSING if value is None else self.number(math.ceil(value))

    def name(self, one: Finding) -> str:
        """Return the step's label and whether it is about waiting or service."""
        label = shown(name_words(one.step, self.scenario, "steps"))
        return f"{label}: {self.words[one.measure]}"

    def names(self, some: Iterable[Finding]) -> str:
        return ", ".join(self.name(one) for one in some)

    def loads(self, loads: Iterable[TeamLoad]) -> str:
        """List teams with their loads."""
        said = []
        for load in loads:
            team = shown(name_words(load.team, self.scenario, "teams"))
            team += f" ({load.value})" if load.value else ""
            share = percent(load.share, self.language)
            said.append(self.words["load_of"].format(team=team, load=share))
        return ", ".join(said)

    def length(self, text: str) -> str:
        """Say a length such as "4 months" in the scenario's language."""
        count, unit = text.split()
        return self.words[f"unit_{unit}"].format(n=count)


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
