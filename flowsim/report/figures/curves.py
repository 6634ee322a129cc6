"""Time to start with those still waiting: cumulative incidence, and Kaplan and Meier's curve."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from flowsim.analysis.survival import (
    OTHER,
    STARTED,
    WITHDREW,
    Followed,
    aalen_johansen,
    kaplan_meier,
)
from flowsim.report.figures import panels
from flowsim.report.figures.drawing import Drawing
from flowsim.report.figures.material import WEEK, Floats, Material, StepVisits
from flowsim.report.figures.style import BLACK, BLUE, ORANGE, PALE
from flowsim.report.numbers import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME = "curves"
WAYS = [("started", BLUE, None), ("withdrew", ORANGE, "////"), ("other", PALE, "\\\\\\\\")]
POINTS = 101
STILL_SEEN = 0.05  # of those who joined: beyond, too few are at risk to draw a line
LEAST_WEEKS = 2


def draw(material: Material) -> Drawing | None:
    """Draw the curves of each step; None where nobody waits."""
    steps = [step for step in material.waited_for if len(material.visits[step].pooled.time)]
    if not steps:
        return None
    words = material.words
    caption = material.caption(words["curves_how"], material.n_again)
    labels = [material.label(step, "steps") for step in steps]
    page = panels.page(labels, material.drawn(caption))
    tables = [curves(material.visits[step]).assign(step=step) for step in steps]
    ways = [way for way in WAYS if any(table[way[0]].iloc[-1] > 0 for table in tables)]
    for panel, table in zip(page.panels, tables, strict=True):
        _draw_step(panel, material, table, ways)
    page.legend(3)
    page.write_left(words["curves_axis"])
    page.arrange()
    order = ["step", "weeks", "started", "withdrew", "other", "waiting"]
    table = pd.concat(tables, ignore_index=True)[[*order, "km_started", "km_p5", "km_p95"]]
    parts = [_words(material, step, one) for step, one in zip(steps, tables, strict=True)]
    text = material.sentence(NAME, parts)
    return Drawing(NAME, words["curves_title"], caption, text, table, page.figure)


def curves(visits: StepVisits) -> pd.DataFrame:
    """Return the curves of a step at equally spaced times.

    Columns: weeks; started, withdrew, other and waiting, which make 1; km_started, Kaplan and
    Meier's share, and what nine of ten replications lie between, where there are several.
    """
    pooled = visits.pooled
    reach = horizon(pooled)
    at = np.linspace(0.0, reach, POINTS)
    ways = aalen_johansen(pooled.time, pooled.cause)
    shares = {
        name: ways.at(cause, at)
        for name, cause in (("started", STARTED), ("withdrew", WITHDREW), ("other", OTHER))
    }
    waiting = 1.0 - sum(shares.values())
    low, high = _spread(visits, at)
    return pd.DataFrame(
        {
            "weeks": at / WEEK,
            **shares,
            "waiting": waiting,
            "km_started": 1.0 - kaplan_meier(pooled.time, pooled.cause == STARTED).at(at),
            "km_p5": low,
            "km_p95": high,
        }
    )


def horizon(followed: Followed) -> float:
    """How far to draw [days]: while so many as `STILL_SEEN` are on the list and in sight."""
    reach = float(np.quantile(followed.time, 1.0 - STILL_SEEN))
    return max(math.floor(reach / WEEK) + 1, LEAST_WEEKS) * WEEK


def _spread(visits: StepVisits, at: Floats) -> tuple[Floats, Floats]:
    """Return the 5 % and 95 % quantiles over replications in which anybody joined."""
    each = np.array(
        [
            1.0 - kaplan_meier(one.time, one.cause == STARTED).at(at)
            for one in visits.followed
            if len(one.time)
        ]
    )
    if len(each) < 2:
        return np.full(len(at), np.nan), np.full(len(at), np.nan)
    low, high = np.quantile(each, [0.05, 0.95], axis=0)
    return low, high


def _draw_step(
    panel: Axes, material: Material, table: pd.DataFrame, ways: list[tuple[str, str, str | None]]
) -> None:
    words, weeks = material.words, table["weeks"]
    floor = np.zeros(len(table))
    for name, colour, hatch in ways:
        top = floor + table[name]
        face: dict[str, Any] = {
            "facecolor": colour,
            "edgecolor": BLACK if hatch else colour,
            "hatch": hatch,
        }
        alpha = 1.0 if hatch else 0.75
        label = words[f"curves_{name}"]
        panel.fill_between(weeks, floor, top, step="post", alpha=alpha, lw=0.0, label=label, **face)
        floor = top
    line: dict[str, Any] = {"color": BLACK, "where": "post"}
    panel.step(weeks, table["km_started"], linestyle="--", lw=1.2, label=words["curves_km"], **line)
    for edge, label in (("km_p5", words["curves_nine"]), ("km_p95", "")):
        panel.step(weeks, table[edge], linestyle=":", lw=0.8, label=label, **line)
    panel.set_xlim(0, weeks.iloc[-1])
    panel.set_ylim(0, 1)
    panel.set_xlabel(words["weeks"])
    panels.write_whole_numbers(panel.xaxis, material.language)
    panels.write_percent(panel.yaxis, material.language)


def _words(material: Material, step: str, table: pd.DataFrame) -> str:
    last = table.iloc[-1]
    pooled = material.visits[step].pooled
    median = kaplan_meier(pooled.time, pooled.cause == STARTED).median / WEEK
    which = "curves_no_median" if np.isnan(median) else "curves_median"

    def share(value: float) -> str:
        return percent(value, material.language)

    return material.words["curves_of"].format(
        step=material.label(step, "steps"),
        weeks=material.number(last["weeks"]),
        started=share(last["started"]),
        left=share(last["withdrew"] + last["other"]),
        waiting=share(max(last["waiting"], 0.0)),
        median=material.words[which].format(weeks=material.number(median, 1)),
    )
