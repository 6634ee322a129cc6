"""The figures of a run, each with a sentence and a table, as parts of a page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from flowsim.report.document.blocks import Picture, Table
from flowsim.report.figures import draw
from flowsim.report.figures.drawing import Drawing
from flowsim.report.run_paper.paper import Paper
from flowsim.scenario.marking import N_

__all__ = ["inline", "pictures"]

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


def pictures(paper: Paper) -> Iterator[Picture]:
    """Give the figures in the order in which a board reads them."""
    for drawing in draw(paper.results, has_captions=False):
        svg = inline(drawing.svg(), f"figure-{drawing.name}", drawing.text)
        table = table_of(drawing, paper)
        yield Picture(svg, drawing.title, drawing.caption, drawing.text, table)


# The drawing ----------------------------------------------------------------------------------


def inline(svg: str, name: str, text: str) -> str:
    """Return an SVG file as an element of a page.

    Its head and metadata go, and its ids get the figure's name before them, as those of two
    figures may not be alike in one page.

    Examples
    --------
    >>> inline('<?xml?><svg width="9pt"><g id="a"/><use href="#a"/></svg>', "one", "A & B")
    '<svg role="img" aria-label="A &amp; B" width="9pt"><g id="one-a"/><use href="#one-a"/></svg>'
    """
    body = svg[svg.index("<svg") :].strip()
    body = re.sub(r"<metadata>.*?</metadata>\s*|<!--.*?-->\s*", "", body, flags=re.DOTALL)
    body = re.sub(r"<title>.*?</title>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'((?:xlink:)?href="#|url\(#)', rf"\g<1>{name}-", body)
    label = text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return body.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


# The numbers ----------------------------------------------------------------------------------


def table_of(drawing: Drawing, paper: Paper) -> Table:
    """Return the numbers of a figure in words; of a long one every so manieth row."""
    frame, note = drawing.table, ""
    if len(frame) > MOST_ROWS:
        every = -(-len(frame) // MOST_ROWS)
        frame = frame.iloc[::every]
        note = paper._("Every {n}th of the points drawn.").format(n=every)
    columns = [str(name) for name in frame.columns]
    heads = tuple(paper._(COLUMNS[name]) for name in columns)
    cells = [column_words(name, frame, drawing, paper) for name in columns]
    align = "".join("r" if pd.api.types.is_numeric_dtype(frame[name]) else "l" for name in columns)
    return Table(drawing.title, heads, tuple(zip(*cells, strict=True)), align, note)


def column_words(name: str, frame: pd.DataFrame, drawing: Drawing, paper: Paper) -> list[str]:
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
    numbers = values.to_numpy(dtype=float)
    if name in SHARES:
        return [paper.percent(value, 1) for value in numbers]
    if "kpi" in frame:
        units = [paper.results.table[str(kpi)].unit for kpi in frame["kpi"]]
        rows = zip(frame["kpi"], numbers, units, strict=True)
        return [paper.value(str(kpi), value, unit) for kpi, value, unit in rows]
    whole = np.all(np.isinf(numbers) | (numbers == np.round(numbers)))
    return ["∞" if np.isinf(value) else paper.number(value, 0 if whole else 1) for value in numbers]
