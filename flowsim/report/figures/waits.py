"""How long those who started had waited, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flowsim.report.figures import panels
from flowsim.report.figures.drawing import BLACK, BLUE, Drawing
from flowsim.report.figures.material import MOST_NAMED, WEEK, Floats, Material

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "waits"
FEWEST_BARS, MOST_BARS = 4, 20
WEEKS_A_BAR = (1, 2, 4, 13, 26, 52)
NEARLY_ALL = 0.99


def draw(material: Material) -> Drawing | None:
    """Draw the distribution of waits; None where nobody waits."""
    steps = [step for step in material.waited_for if len(material.visits[step].waits)]
    if not steps:
        return None
    _ = material._
    how = _("Share of the starts of the whole run by weeks waited, all courses of events together.")
    caption = material.caption(how, material.n_again)
    tables = [distribution(material.visits[step].waits) for step in steps]
    still = [material.figure(f"{step}.waiting.end").mean for step in steps]
    named = [
        table.assign(step=step, still_waiting=n)
        for table, step, n in zip(tables, steps, still, strict=True)
    ]
    table = pd.concat(named, ignore_index=True)
    order = ["step", "weeks_from", "weeks_to", "share", "still_waiting"]
    text = " ".join(_sentences(material, steps))
    title = _("How long those who started had waited")

    def drawn() -> Figure:
        labels = [material.label(step, "steps") for step in steps]
        page = panels.page(labels, material.drawn(caption))
        for panel, step, table in zip(page.panels, steps, tables, strict=True):
            _draw_step(panel, material, step, table)
        page.write_left(_("share of those who started"))
        return page.arrange()

    return Drawing(NAME, title, caption, text, table[order], drawn)


def distribution(waits: Floats) -> pd.DataFrame:
    """Return the share of waits by weeks: weeks_from <= wait < weeks_to; the last is open.

    Parameters
    ----------
    waits : [days] (n,), n >= 1

    Examples
    --------
    >>> distribution(np.array([0.0, 6.0, 7.0, 20.0])).values.tolist()
    [[0.0, 1.0, 0.5], [1.0, 2.0, 0.25], [2.0, 3.0, 0.25]]
    """
    weeks = waits / WEEK
    reach = float(np.quantile(weeks, NEARLY_ALL))
    width = next((w for w in WEEKS_A_BAR if reach < w * MOST_BARS), 104)
    n_bars = max(min(int(reach // width) + 2, MOST_BARS), FEWEST_BARS)
    n_bars = min(n_bars, int(weeks.max() // width) + 1)
    begin = np.arange(n_bars) * float(width)
    bar = np.minimum((weeks // width).astype(np.int64), n_bars - 1)
    share = np.bincount(bar, minlength=n_bars) / len(weeks)
    end = begin + width
    if weeks.max() >= end[-1]:
        end[-1] = np.inf
    return pd.DataFrame({"weeks_from": begin, "weeks_to": end, "share": share})


def _draw_step(panel: Axes, material: Material, step: str, table: pd.DataFrame) -> None:
    begin, share = table["weeks_from"].to_numpy(), table["share"].to_numpy()
    width = float(table["weeks_to"].iloc[0])
    panel.bar(begin, share, width, align="edge", color=BLUE, edgecolor="white", linewidth=0.6)
    panel.set_xlim(0, begin[-1] + width)
    panel.set_xlabel(material._("weeks from joining the list"))
    panels.write_percent(panel.yaxis, material.language)
    panels.write_whole_numbers(panel.xaxis, material.language)
    if np.isinf(table["weeks_to"].iloc[-1]):
        _mark_the_rest(panel, material, float(begin[-1]), width)
    panel.grid(axis="y")
    n = material.number(material.figure(f"{step}.waiting.end").mean, 1)
    lines = [material._("still waiting at the end: {n}").format(n=n)]
    target = material.scenario.steps[step].target_wait
    if target is not None:
        panel.axvline(target / WEEK, color=BLACK, linestyle="--", linewidth=1.0)
        lines.append("- - " + material._("target"))
    panel.set_ylim(0, share.max() * (1.1 + 0.13 * len(lines)))  # with room for these above
    panel.set_yticks([tick for tick in panel.get_yticks() if tick <= 1.0])  # no share is larger
    for k, line in enumerate(lines):  # one by one: else narrower letters stand askew
        panel.text(
            1.0, 0.99 - 0.11 * k, line, transform=panel.transAxes, ha="right", va="top",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip


def _mark_the_rest(panel: Axes, material: Material, begin: float, width: float) -> None:
    """Hatch the last bar, which holds all longer waits too, and write so below it."""
    panel.patches[-1].set_hatch("////")
    ticks = [tick for tick in panel.get_xticks() if 0 <= tick <= begin - 1.5 * width]
    labels = [material.number(tick) for tick in ticks]
    panel.set_xticks([*ticks, begin + width / 2], [*labels, f"≥ {material.number(begin)}"])


def _sentences(material: Material, steps: list[str]) -> Iterator[str]:
    """Describe how long the longest waits are, and how long the others at most."""
    nine = {step: _nine_in_ten(material, step) for step in steps}
    long = [step for step in steps if nine[step] >= 1]
    named = sorted(long, key=lambda step: -nine[step])[:MOST_NAMED]
    for step in named:
        yield _sentence(material, step)
    if rest := [step for step in steps if step not in named]:
        yield _of_the_rest(material, rest, max(nine[step] for step in rest))


def _nine_in_ten(material: Material, step: str) -> float:
    """What nine in ten of those who started had waited at most, as all pages say it [weeks]."""
    return material.figure(f"{step}.wait.p90").mean / WEEK


def _sentence(material: Material, step: str) -> str:
    _, still = material._, material.figure(f"{step}.waiting.end").mean
    half = material.figure(f"{step}.wait.median").mean / WEEK
    said = _("Half of those who started “{step}” had waited {half}, nine in ten {nine}")
    at_end = (
        _("; when the period ended {still} people still waited on average") if still >= 1.5 else ""
    )
    return (said + at_end + ".").format(
        step=material.name(step, "steps"),
        half=_weeks(material, half),
        nine=_weeks(material, _nine_in_ten(material, step)),
        still=material.number(still),
    )


def _weeks(material: Material, weeks: float) -> str:
    if weeks < 1:
        return material._("less than a week")
    written = material.value("wait", weeks * WEEK, "days")
    return material._("at most {weeks}").format(weeks=written)


def _of_the_rest(material: Material, rest: list[str], nine: float) -> str:
    _ = material._
    if len(rest) == 1:
        text = _("Of those who started “{step}” nine in ten had waited {nine}.")
    else:
        text = _("Of those who started each of {n} further steps nine in ten had waited {nine}.")
        if len(rest) == len(material.waited_for):
            text = _("Of those who started each of the {n} steps nine in ten had waited {nine}.")
    step = material.name(rest[0], "steps")
    return text.format(step=step, n=len(rest), nine=_weeks(material, nine))
