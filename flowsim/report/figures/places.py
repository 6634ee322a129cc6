"""Places of each team and how many are in use, month by month."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from flowsim.report.figures import panels
from flowsim.report.figures.drawing import BLACK, Drawing
from flowsim.report.figures.material import Floats, Material

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "places"
NEARLY_FULL, FULL = 0.9, 0.98


def draw(material: Material) -> Drawing | None:
    """Draw places and places in use; None without a team that is not full all the time."""
    teams = [team for team in material.scenario.teams if not is_always_full(material, team)]
    if not teams:
        return None
    _ = material._
    how = _("The dashed line is the number of places, on average.")
    caption = material.caption(f"{how} {material.bands_how}")
    tables = []
    for team in teams:
        table = panels.bands_of(material.all_months, in_use(material, team))
        places = material.monthly(f"{team}.places.mean").mean(axis=0)
        tables.append(table.assign(places=places, team=team))
    table = pd.concat(tables, ignore_index=True)[
        ["team", "month", "places", "mean", *panels.LEVELS]
    ]
    text = " ".join(_sentences(material, list(material.scenario.teams)))
    title = _("Places and places in use, month by month")

    def drawn() -> Figure:
        legend = _("in use, on average"), _("half of the courses"), _("nine of ten")
        labels = [material.label(team, "teams") for team in teams]
        page = panels.page(labels, material.drawn(caption))
        line: dict[str, Any] = {"color": BLACK, "linestyle": "--", "linewidth": 1.1, "where": "mid"}
        for panel, table in zip(page.panels, tables, strict=True):
            panels.draw_bands(panel, table, *legend)
            panel.step(np.arange(len(table)), table["places"], label=_("places"), **line)
            panels.months_and_numbers(panel, material.all_months, material.language)
        page.legend(4)
        return page.arrange()

    return Drawing(NAME, title, caption, text, table, drawn)


def is_always_full(material: Material, team: str) -> bool:
    """Whether nearly all places are in use in every month: a sentence says that, and no picture."""
    used = in_use(material, team).mean(axis=0)
    places = material.monthly(f"{team}.places.mean").mean(axis=0)
    return bool(places.max() > 0 and (used >= FULL * places).all())


def in_use(material: Material, team: str) -> Floats:
    """Places of a team in use, kept ones included (n_replications, n_months)."""
    steps = material.results.table[f"{team}.utilisation"].numerator
    used = np.zeros((material.results.replications, len(material.all_months)))
    for step in steps:
        used += material.monthly(step)
    return used


def _sentences(material: Material, teams: list[str]) -> Iterator[str]:
    """Describe which team is fullest and which has most room."""
    _ = material._
    share = {team: material.figure(f"{team}.utilisation").mean for team in teams}
    known = sorted((team for team in teams if share[team] >= 0), key=lambda team: -share[team])
    if not known:
        yield _("No team has a place.")
        return
    if len(known) == 1:
        yield _("“{team}” has {used} of {places} places in use on average ({share}).").format(
            **_used(material, known[0])
        )
        return
    yield _("Fullest is “{team}”: {used} of {places} places in use on average ({share}).").format(
        **_used(material, known[0])
    )
    yield _("Most room has “{team}”: {used} of {places} ({share}).").format(
        **_used(material, known[-1])
    )
    if len(known) > 2:
        n = sum(share[team] > NEARLY_FULL for team in known)
        said = material.ngettext(
            "Of {all} teams {n} has more than nine in ten places in use.",
            "Of {all} teams {n} have more than nine in ten places in use.",
            n,
        )
        none = _("None of the {all} teams has more than nine in ten places in use.")
        yield (said if n else none).format(n=n, all=len(known))


def _used(material: Material, team: str) -> dict[str, str]:
    share = material.figure(f"{team}.utilisation").mean
    places = material.figure(f"{team}.places.mean").mean
    return {
        "team": material.name(team, "teams"),
        "used": material.number(share * places, 1),
        "places": material.number(places, 1),
        "share": material.percent(share),
    }
