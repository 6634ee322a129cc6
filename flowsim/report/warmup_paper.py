"""The warm-up of a scenario as a paper: what was run, the series, what to do."""

from __future__ import annotations

import datetime as dt
import math
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flowsim.engine.compiling import compile_plan
from flowsim.language import N_
from flowsim.letters import shown
from flowsim.report.document.blocks import (
    Block,
    Book,
    Cell,
    Document,
    Picture,
    Prose,
    Section,
    Sheet,
    Table,
)
from flowsim.report.figures.drawing import WIDTH, Drawing
from flowsim.report.figures.panels import write_numbers
from flowsim.report.numbers import MISSING
from flowsim.report.sections import annex, assumptions, drivers
from flowsim.report.sections.drivers import load_line
from flowsim.report.sections.paper import HowRun, ScenarioPaper
from flowsim.report.words import Value, in_language
from flowsim.scenario.quantities import DAYS_PER_UNIT
from flowsim.scenario.workload import Load, loads_of
from flowsim.study.manifest import run_hash, settings
from flowsim.study.warmup import LEVEL, RELAXATIONS, Finding, WarmUp

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["WarmUpPaper", "series_frame", "tell", "warmup_drawing"]

ROW_HEIGHT, MARGIN = 2.1, 0.6  # inches
YEARS_FROM = 3.0  # a longer run has years on its axis, a shorter one months
SPANS = {"day": N_("day"), "week": N_("week"), "month": N_("month")}
MEASURES = {"waiting": N_("waiting"), "in_service": N_("in service")}
LENGTHS = {
    "month": N_("{n} month"),
    "months": N_("{n} months"),
    "year": N_("{n} year"),
    "years": N_("{n} years"),
}


class WarmUpPaper(ScenarioPaper):
    """A warm-up, told in a language.

    Parameters
    ----------
    found : from `study.warmup.examine`
    language : `sv` or `en`; default: as the scenario says
    versions : what it was run with, by name
    """

    def __init__(
        self,
        found: WarmUp,
        language: str | None = None,
        versions: Mapping[str, str] | None = None,
    ) -> None:
        self.found = found
        told_in = language or found.scenario.scenario.language
        how = HowRun(found.seed, found.replications, found.engine, 0.0)
        plan = compile_plan(in_language(found.scenario, told_in))
        super().__init__(plan, told_in, versions or {}, how)
        self.hash = run_hash(found.scenario, found.seed, found.engine)

    @property
    def heading(self) -> str:
        """What the paper is called."""
        return self._("Warm-up: {title}").format(title=self.title)

    def facts(self) -> str:
        """Describe what was run."""
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
        """Return a row for each series, with what each rule says of it."""
        _ = self._
        rows = tuple(
            (
                self.series(one),
                self.value("", one.level, "count"),
                self.value("", one.change, "count"),
                Value(self.number(one.trend.p_value, 3), "share", one.trend.p_value),
                self.days(one.mser),
                self.days(one.welch),
            )
            for one in self.found.findings
        )
        mser = f"MSER-{self.found.grid.batch}"
        heads = (_("Series"), _("Level"), _("Change"), "p", mser, "Welch")
        note = _(
            "Level and change in the second half of the run, in participants; p: the chance of "
            "such a change by chance alone. MSER and Welch: days until the start is no longer "
            "seen; – where that is not within half the run."
        )
        return Table(_("The series"), heads, rows, "lrrrrr", note)

    def answer(self) -> Iterator[str]:
        """Describe what to do, or why there is nothing to recommend."""
        found, _ = self.found, self._
        match found.verdict:
            case "settles":
                yield from self.recommendation()
            case "no_need":
                yield _("No warm-up is needed: every series is at its level from the start.")
            case "dated":
                yield _(
                    "No recommendation. The file changes by date (referrals, teams, staff, "
                    "closures or numbers by year), so there is no steady state to warm up to. "
                    "What the start should be is a fact to find out: say it with initial, or say "
                    "that the run starts empty."
                )
            case "overloaded":
                text = _(
                    "No recommendation: there is no steady state. More participants come than the "
                    "teams can take, nobody gives up or is turned away, and so a list grows "
                    "without end: {loads}. No warm-up helps; show the run year by year, or change "
                    "capacity, referrals or patience."
                )
                yield text.format(loads=self.loads(found.overloaded))
            case "moving":
                text = _(
                    "No recommendation: no steady state is seen. In the second half of the run "
                    "these still change, by more than chance explains (t test over replications, "
                    "{level} for all series together): {series}."
                )
                moving = [one for one in found.findings if one.is_moving]
                yield text.format(level=self.percent(LEVEL), series=self.all_series(moving))
                if heavy := [load for load in loads_of(self.scenario) if load.share > 1]:
                    text = _("Load above 100 %: {loads}. Such a list may grow without end.")
                    yield text.format(loads=self.loads(heavy))
            case "too_short" if found.remembering:
                text = _(
                    "No recommendation: the run is too short. By theory a list forgets how it "
                    "began only in so many days: {steps}. A run must be at least {times} times as "
                    "long, or its second half is no level to compare with, however level it looks."
                )
                steps = "; ".join(
                    f"{self.name(step, 'steps')} {self.days(days)}"
                    for step, days in found.remembering.items()
                )
                yield text.format(steps=steps, times=RELAXATIONS)
            case "too_short":
                unknown = [one for one in found.findings if None in (one.mser, one.welch)]
                text = _("No recommendation: the run is too short to tell for {series}.")
                yield text.format(series=self.all_series(unknown))
        if found.verdict in ("moving", "too_short"):
            yield _('Try a longer run: --length "{length}"').format(length=found.next_length)

    def recommendation(self) -> Iterator[str]:
        """Return the warm-up in words, the line for the file, and whether its own is enough."""
        found, _ = self.found, self._
        slowest = max(found.findings, key=lambda one: max(one.mser or 0.0, one.welch or 0.0))
        text = _(
            "Recommended warm-up: {warm_up} (the slowest series, {series}, takes {days} days). "
            "Put this under [run], and leave out report_from:"
        )
        length, days = self.length(found.warm_up or ""), self.days(found.days)
        yield text.format(warm_up=length, series=self.series(slowest), days=days)
        yield f"    {found.line}"
        if found.given_days:
            text = _("The file's statistics begin after {given} days, which is too early.")
            if found.given_days >= (found.days or 0.0):
                text = _("The file's statistics begin after {given} days, which is enough.")
            yield text.format(given=self.number(found.given_days))

    # Pieces -----------------------------------------------------------------------------------

    def days(self, value: float | None) -> Cell:
        """Write days, rounded up; a dash where there are none."""
        return MISSING if value is None else Value(self.number(math.ceil(value)), "days", value)

    def series(self, one: Finding) -> str:
        """Return the step's label and whether it is about waiting or service."""
        return f"{self.name(one.step, 'steps')}: {self._(MEASURES[one.measure])}"

    def all_series(self, some: Iterable[Finding]) -> str:
        """Name series one after the other."""
        return ", ".join(map(self.series, some))

    def loads(self, loads: Iterable[Load]) -> str:
        """List teams with their loads."""
        return "; ".join(load_line(load, self) for load in loads)

    def length(self, text: str) -> str:
        """Describe a length such as "4 months" in the scenario's language."""
        count, unit = text.split()
        if unit in ("week", "weeks"):
            return self.ngettext("{n} week", "{n} weeks", int(count)).format(n=count)
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


# The paper ------------------------------------------------------------------------------------


def tell(
    result: WarmUp, language: str | None, versions: Mapping[str, str], is_short: bool
) -> Document:
    """Describe a warm-up. See `documents.document_of`."""
    paper = WarmUpPaper(result, language, versions)
    sections = short(paper) if is_short else whole(paper)
    return paper.document(paper.heading, sections, lambda: book(paper))


def short(paper: WarmUpPaper) -> Iterator[Section]:
    """Return what was run, and the answer with the series that it rests on."""
    _ = paper._
    asked: list[Block] = [Prose(f"{paper.facts()}.")]
    if paper.found.grid.is_yearly:
        text = _(
            "Seasons, closures or limits come back every year. The curves are therefore averages "
            "over 12 months, and the rules judge whole years."
        )
        asked.append(Prose(text))
    yield Section("question", _("What was run"), tuple(asked))
    sources = _(
        "MSER: White 1997, Spratt 1998. Welch 1983: moving average over replications, read where "
        "it comes to its level within one standard error (at least 1 %), or passes it. The "
        "slowest series decides."
    )
    blocks: tuple[Block, ...] = (*map(Prose, paper.answer()), paper.table(), Prose(sources))
    yield Section("result", _("The result"), blocks)


def whole(paper: WarmUpPaper) -> Iterator[Section]:
    """Return all sections."""
    yield from short(paper)
    yield Section("figures", paper._("Figures"), (picture(paper),))
    yield drivers.section(paper, drivers.load_table(paper))
    yield assumptions.section(paper)
    yield annex.section(paper, command(paper))


def book(paper: WarmUpPaper) -> Book:
    """Return what the workbook of a warm-up holds: the series, and the inputs."""
    from flowsim.report.sections.sheets import assumptions as inputs
    from flowsim.report.sections.sheets import how_run

    _ = paper._
    facts = [(_("The answer"), "\n".join(paper.answer())), *how_run(paper)]
    frame = series_frame(paper.found)
    names = {f"{one.step}{one.measure}": paper.series(one) for one in paper.found.findings}
    columns = {
        _("Series"): [names[f"{a}{b}"] for a, b in zip(frame.step, frame.measure, strict=True)],
        _("Day"): frame["day"],
        _("Date"): frame["date"].astype(str),
        _("average over replications"): frame["mean"],
        _("moving average"): frame["smooth"],
    }
    about = _("The average number of participants in each span of time, over replications.")
    sheet = Sheet(_("The series"), about, pd.DataFrame(columns))
    return Book(paper.heading, tuple(facts), (sheet, inputs(paper)))


def command(paper: WarmUpPaper) -> str:
    """Write the command that runs it again."""
    words = ["flowsim", "warmup", f"{shown(paper.scenario.name)}.toml"]
    for setting in settings(paper.scenario):
        words += ["--set", shown(setting)]
    words += ["--seed", str(paper.how.seed), "--replications", str(paper.how.replications)]
    return shlex.join(words)


# Welch's figure -------------------------------------------------------------------------------


def picture(paper: WarmUpPaper) -> Picture:
    """Return the figure with what the rules say as its numbers."""
    return warmup_drawing(paper).picture(paper.table())


def warmup_drawing(paper: WarmUpPaper) -> Drawing:
    """Draw each series from the start, its moving average, and where the start is over.

    Told apart by line and shade, not by colour, so that it reads the same on a grey printer.
    """
    findings = paper.found.findings

    def drawn() -> Figure:
        from matplotlib.figure import Figure as NewFigure

        n_rows = -(-len(findings) // 2)
        size = (WIDTH, MARGIN + ROW_HEIGHT * n_rows)
        figure = NewFigure(figsize=size, layout="constrained")
        panels = figure.subplots(n_rows, 2, squeeze=False).ravel()
        for panel, one in zip(panels, findings, strict=False):
            _draw_series(panel, one, paper)
        for panel in panels[len(findings) :]:
            panel.set_axis_off()
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
        return figure

    caption = paper._("Each series from the start of the run, by the rules of MSER and Welch.")
    text = " ".join(line.strip() for line in paper.answer())
    return Drawing("warmup", paper.heading, caption, text, series_frame(paper.found), drawn)


def _draw_series(panel: Axes, one: Finding, paper: WarmUpPaper) -> None:
    _, grid = paper._, paper.found.grid
    unit = "year" if grid.span * grid.n >= YEARS_FROM * DAYS_PER_UNIT["year"] else "month"
    at = (np.arange(grid.n) + 0.5) * grid.span / DAYS_PER_UNIT[unit]
    panel.plot(at, one.mean, color="0.65", linewidth=0.8, label=_("average over replications"))
    smooth = _("average over 12 months") if grid.is_yearly else _("moving average")
    panel.plot(at, one.smooth, color="0", linewidth=1.6, label=smooth)
    panel.axhline(
        one.level, color="0.4", linewidth=0.8, linestyle=":", label=_("level of the second half")
    )
    _mark(panel, one.mser, unit, "--", f"MSER-{grid.batch}")
    _mark(panel, one.welch, unit, "-.", "Welch")
    _mark(panel, paper.found.days, unit, "-", _("recommended warm-up"))
    panel.set_title(paper.series(one))
    panel.set_xlabel(_("years since the start") if unit == "year" else _("months since the start"))
    panel.set_ylabel(_("participants"))
    panel.set_ylim(bottom=0)
    panel.set_xlim(0, grid.span * grid.n / DAYS_PER_UNIT[unit])
    for axis in (panel.xaxis, panel.yaxis):
        write_numbers(axis, paper.language)


def _mark(panel: Axes, days: float | None, unit: str, style: str, label: str) -> None:
    """Draw an upright line where a rule finds the start to be over; none beyond the figure."""
    at = np.nan if days is None else days / DAYS_PER_UNIT[unit]
    width = 1.8 if style == "-" else 1.1
    panel.axvline(at, color="0.25", linewidth=width, linestyle=style, label=label)
