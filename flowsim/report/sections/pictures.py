"""The figures of a run with their numbers: in words for a page, as they are for a workbook."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from flowsim.language import N_
from flowsim.report.document.blocks import Cell, Formats, Picture, Prose, Sheet, Table
from flowsim.report.document.xlsx import SHARE
from flowsim.report.figures import draw
from flowsim.report.figures.drawing import Drawing
from flowsim.report.figures.material import Material
from flowsim.report.figures.places import is_always_full
from flowsim.report.run_paper.paper import RunPaper
from flowsim.report.sections.sheets import formats_of
from flowsim.report.words import Value

__all__ = ["COLUMNS", "numbers_of", "pictures"]

MOST_ROWS = 400
COLUMNS = {
    "step": N_("Step"),
    "team": N_("Team"),
    "exit": N_("Exit"),
    "kpi": N_("Figure"),
    "part": N_("Part"),
    "month": N_("Month"),
    "p5": N_("5 % lie below"),
    "p25": N_("25 % lie below"),
    "median": N_("Median"),
    "p75": N_("75 % lie below"),
    "p95": N_("95 % lie below"),
    "weeks": N_("Weeks"),
    "weeks_from": N_("Weeks, from"),
    "weeks_to": N_("Weeks, below"),
    "share": N_("Share"),
    "still_waiting": N_("Still waiting at the end"),
    "started": N_("Started"),
    "withdrew": N_("Gave up"),
    "other": N_("Left the list otherwise"),
    "waiting": N_("Waiting"),
    "km_started": N_("Started, if nobody left otherwise"),
    "km_p5": N_("5th percentile of the courses"),
    "km_p95": N_("95th percentile of the courses"),
    "places": N_("Places"),
    "mean": N_("On average"),
    "lower": N_("Average, from"),
    "upper": N_("Average, to"),
    "prediction_lower": N_("One course, from"),
    "prediction_upper": N_("One course, to"),
}
PARTS = {"payer": N_("by payer"), "team": N_("by team"), "per": N_("per exit or participant")}
SHARES = ("share", "started", "withdrew", "other", "waiting", "km_started", "km_p5", "km_p95")
SECTIONS = {"step": "steps", "team": "teams", "exit": "exits"}


def pictures(paper: RunPaper, only: str | None = None) -> Iterator[Picture | Prose]:
    """Return the figures in the order in which a board reads them; a sentence of what has none.

    Parameters
    ----------
    only : the name of one of them, see `figures.NAMES`; None: all
    """
    for drawing in draw(paper.results, has_captions=False, only=only):
        yield drawing.picture(table_of(drawing, paper))
    yield from map(Prose, not_drawn(Material(paper.results)))


def not_drawn(material: Material) -> Iterator[str]:
    """Describe for which steps hardly anybody waits, and which teams are full all the time."""
    _ = material._
    if steps := [material.name(step, "steps") for step in material.hardly_waited_for]:
        text = _("Hardly anybody waits for: {steps}. They are not drawn.")
        yield text.format(steps=", ".join(steps))
    full = [team for team in material.scenario.teams if is_always_full(material, team)]
    if teams := [material.name(team, "teams") for team in full]:
        text = _("Full in every month, and therefore not drawn: {teams}.")
        yield text.format(teams=", ".join(teams))


def table_of(drawing: Drawing, paper: RunPaper) -> Table:
    """Return the numbers of a figure in words; of a long one every few rows."""
    frame, note = drawing.table, ""
    if len(frame) > MOST_ROWS:
        every = -(-len(frame) // MOST_ROWS)
        frame = frame.iloc[::every]
        note = paper._("Every {n}th of the points drawn.").format(n=every)
    columns = [str(name) for name in frame.columns]
    heads = tuple(paper._(COLUMNS[name]) for name in columns)
    cells = [column_words(name, frame, paper) for name in columns]
    align = "".join("r" if pd.api.types.is_numeric_dtype(frame[name]) else "l" for name in columns)
    return Table(drawing.title, heads, tuple(zip(*cells, strict=True)), align, note)


def column_words(name: str, frame: pd.DataFrame, paper: RunPaper) -> list[Cell]:
    """Write a column."""
    values = frame[name]
    if name in SECTIONS:
        return [paper.label(str(value), SECTIONS[name]) for value in values]
    if name == "kpi":
        return [paper.kpi(str(value)) for value in values]
    if name == "part":
        return [paper._(PARTS[str(value)]) for value in values]
    if not pd.api.types.is_numeric_dtype(values):
        return [str(value) for value in values]
    numbers = values.to_numpy(dtype=float).tolist()
    if name in SHARES:
        return [paper.value("", value, "share") for value in numbers]
    if "kpi" in frame:
        rows = zip(frame["kpi"], numbers, units_of(frame, paper), strict=True)
        return [paper.value(str(kpi), value, unit) for kpi, value, unit in rows]
    if all(np.isinf(value) or value == round(value) for value in numbers):
        texts = ["∞" if np.isinf(value) else paper.number(value) for value in numbers]
        return [Value(text, "count", x) for text, x in zip(texts, numbers, strict=True)]
    return [paper.value("", value, "count") for value in numbers]


def units_of(frame: pd.DataFrame, paper: RunPaper) -> list[str]:
    """Return the units of the figures in a frame."""
    return [paper.results.table[str(kpi)].unit for kpi in frame["kpi"]]


def numbers_of(drawing: Drawing, paper: RunPaper) -> Sheet:
    """Return the numbers of a figure, all of them, as a sheet."""
    columns: dict[str, object] = {}
    formats: dict[str, Formats] = {}
    for name in map(str, drawing.table.columns):
        head, values = paper._(COLUMNS[name]), drawing.table[name]
        if not pd.api.types.is_numeric_dtype(values):
            columns[head] = list(map(str, column_words(name, drawing.table, paper)))
            continue
        columns[head] = values.to_numpy()
        if name in SHARES:
            formats[head] = SHARE
        elif "kpi" in drawing.table:
            formats |= formats_of(units_of(drawing.table, paper), [head])
    about = paper._("The numbers in the figure “{title}”.").format(title=drawing.title)
    return Sheet(drawing.title, about, pd.DataFrame(columns), formats)
