"""Time to start with those still waiting: cumulative incidence, and Kaplan and Meier's curve."""

from __future__ import annotations

import math
from collections.abc import Iterator
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
from flowsim.language import N_
from flowsim.report.figures import panels
from flowsim.report.figures.drawing import BLACK, BLUE, ORANGE, PALE, Drawing
from flowsim.report.figures.material import MOST_NAMED, WEEK, Floats, Material, StepVisits

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "curves"
Way = tuple[str, str, str, str | None]  # column, words, colour and hatch
WAYS = [
    ("started", N_("started"), BLUE, None),
    ("withdrew", N_("withdrew"), ORANGE, "////"),
    ("other", N_("turned away, or the team ended"), PALE, "\\\\\\\\"),
]
HOW = N_(
    "Of those who joined the list, the share that has left it within so many weeks, by the way out "
    "(Aalen-Johansen); who still waits when the run ends counts as far as seen. The dashed line is "
    "the share that would have started if nobody left otherwise (Kaplan-Meier); nine of ten "
    "replications lie between the dotted ones."
)
POINTS = 101
STILL_SEEN = 0.05  # of those who joined: beyond, too few are at risk to draw a line
LEAST_WEEKS = 2


def draw(material: Material) -> Drawing | None:
    """Draw the curves of each step; None where nobody waits."""
    steps = [step for step in material.waited_for if len(material.visits[step].pooled.time)]
    if not steps:
        return None
    _ = material._
    caption = material.caption(_(HOW), material.n_again)
    tables = [curves(material.visits[step]).assign(step=step) for step in steps]
    order = ["step", "weeks", "started", "withdrew", "other", "waiting"]
    table = pd.concat(tables, ignore_index=True)[[*order, "km_started", "km_p5", "km_p95"]]
    text = " ".join(_sentences(material, dict(zip(steps, tables, strict=True))))
    title = _("Time to start, those still waiting included")

    def drawn() -> Figure:
        labels = [material.label(step, "steps") for step in steps]
        page = panels.page(labels, material.drawn(caption))
        ways = [way for way in WAYS if any(table[way[0]].iloc[-1] > 0 for table in tables)]
        for panel, table in zip(page.panels, tables, strict=True):
            _draw_step(panel, material, table, ways)
        page.legend(3)
        page.write_left(_("share of those who joined"))
        return page.arrange()

    return Drawing(NAME, title, caption, text, table, drawn)


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
    panel: Axes,
    material: Material,
    table: pd.DataFrame,
    ways: list[Way],
) -> None:
    _, weeks = material._, table["weeks"]
    floor = np.zeros(len(table))
    for name, words, colour, hatch in ways:
        top = floor + table[name]
        face: dict[str, Any] = {
            "facecolor": colour,
            "edgecolor": BLACK if hatch else colour,
            "hatch": hatch,
        }
        alpha = 1.0 if hatch else 0.75
        label = _(words)
        panel.fill_between(weeks, floor, top, step="post", alpha=alpha, lw=0.0, label=label, **face)
        floor = top
    line: dict[str, Any] = {"color": BLACK, "where": "post"}
    km = _("started, if nobody left otherwise")
    panel.step(weeks, table["km_started"], linestyle="--", lw=1.2, label=km, **line)
    for edge, label in (("km_p5", _("nine of ten courses")), ("km_p95", "")):
        panel.step(weeks, table[edge], linestyle=":", lw=0.8, label=label, **line)
    panel.set_xlim(0, weeks.iloc[-1])
    panel.set_ylim(0, 1)
    panel.set_xlabel(_("weeks from joining the list"))
    panels.write_whole_numbers(panel.xaxis, material.language)
    panels.write_percent(panel.yaxis, material.language)


def _sentences(material: Material, tables: dict[str, pd.DataFrame]) -> Iterator[str]:
    """State within what time half start, of the steps where that takes longest."""
    half = {step: weeks_to_half(material.visits[step].pooled) for step in tables}
    ranked = sorted(tables, key=lambda step: (-half[step], tables[step]["started"].iloc[-1]))
    n_long = sum(half[step] > 1 for step in ranked)
    n_named = min(max(n_long, 1), MOST_NAMED)
    n_named += n_named == len(ranked) - 1  # a single other one is named too
    for step in ranked[:n_named]:
        yield _sentence(material, step, tables[step], half[step])
    rest = [step for step in ranked[n_named:] if math.isfinite(half[step])]
    if rest:
        text = material._("In each of {n} other steps half had started within {half}.")
        yield text.format(n=len(rest), half=_weeks(material, half[rest[0]]))


def weeks_to_half(followed: Followed) -> float:
    """Return the whole weeks within which half of those who joined have started; else infinity.

    Examples
    --------
    >>> weeks_to_half(Followed(np.array([3.0, 14.0, 20.0]), np.array([1, 1, 0])))
    2.0
    """
    weeks = np.arange(1, round(horizon(followed) / WEEK) + 1)
    started = aalen_johansen(followed.time, followed.cause).at(STARTED, weeks * WEEK)
    enough = weeks[started >= 0.5 - 1e-9]
    return float(enough[0]) if len(enough) else math.inf


def _sentence(material: Material, step: str, table: pd.DataFrame, half: float) -> str:
    _, last = material._, table.iloc[-1]
    left = float(last["withdrew"] + last["other"])
    if half < round(last["weeks"]):
        said = _("Of those who joined the list for “{step}” half had started within {half}")
        more = _(", and {started} within {weeks}")
    else:
        said = _("Of those who joined the list for “{step}” {started} had started within {weeks}")
        more = "" if math.isfinite(half) else _(", as far as they can be followed")
    also = _("; {left} had left it otherwise") if left >= 0.005 else ""
    return (said + more + also + ".").format(
        step=material.name(step, "steps"),
        half=_weeks(material, half),
        weeks=_weeks(material, float(last["weeks"])),
        started=material.percent(float(last["started"])),
        left=material.percent(left),
    )


def _weeks(material: Material, weeks: float) -> str:
    if not math.isfinite(weeks):
        return ""
    text = material.ngettext("{weeks} week", "{weeks} weeks", round(weeks))
    return text.format(weeks=material.number(weeks))
