"""Places of each team and how many are in use, month by month."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from flowsim.report.figures import bands, panels
from flowsim.report.figures.drawing import Drawing
from flowsim.report.figures.material import Floats, Material
from flowsim.report.figures.style import BLACK
from flowsim.report.numbers import percent

NAME = "places"


def draw(material: Material) -> Drawing | None:
    """Draw places and places in use; None without teams."""
    teams = list(material.scenario.teams)
    if not teams:
        return None
    words = material.words
    caption = material.caption(f"{words['places_how']} {words['band']}")
    labels = [material.label(team, "teams") for team in teams]
    page = panels.page(labels, material.drawn(caption))
    tables = []
    for panel, team in zip(page.panels, teams, strict=True):
        table = bands.table_of(material.months, in_use(material, team))
        table["places"] = np.median(material.monthly(f"{team}.places.mean"), axis=0)
        bands.draw(panel, table, words["places_used"], words["places_half"], words["places_nine"])
        line: dict[str, Any] = {"color": BLACK, "linestyle": "--", "linewidth": 1.1, "where": "mid"}
        panel.step(np.arange(len(table)), table["places"], label=words["places_places"], **line)
        panel.set_ylim(bottom=0)
        panel.grid(axis="y")
        panels.write_numbers(panel.yaxis, material.language)
        panels.write_months(panel, material.months)
        tables.append(table.assign(team=team))
    page.legend(4)
    page.arrange()
    table = pd.concat(tables, ignore_index=True)[["team", "month", "places", *bands.LEVELS]]
    text = material.sentence(NAME, [_words(material, team) for team in teams])
    return Drawing(NAME, words["places_title"], caption, text, table, page.figure)


def in_use(material: Material, team: str) -> Floats:
    """Places of a team in use, kept ones included (n_replications, n_months)."""
    steps = material.results.table[f"{team}.utilisation"].numerator
    used = np.zeros((material.results.replications, len(material.months)))
    for step in steps:
        used += material.monthly(step)
    return used


def _words(material: Material, team: str) -> str:
    share = material.figures[f"{team}.utilisation"].mean
    places = material.figures[f"{team}.places.mean"].mean
    used = 0.0 if np.isnan(share) else share * places
    return material.words["places_of"].format(
        team=material.label(team, "teams"),
        used=material.number(used, 1),
        places=material.number(places, 1),
        share=percent(share, material.language),
    )
