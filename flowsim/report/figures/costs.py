"""Cost of the whole run: by payer, by team, and per exit."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from flowsim.report.figures import bars
from flowsim.report.figures.drawing import Drawing
from flowsim.report.figures.material import Figure, Material
from flowsim.report.figures.panels import stack
from flowsim.report.terminal import shown
from flowsim.scenario.known import payers

NAME = "costs"
THOUSAND = 1000.0


class Row(NamedTuple):
    """A bar: its part of the figure, the KPI, and its words."""

    part: str
    kpi: str
    label: str


def draw(material: Material) -> Drawing | None:
    """Draw who pays, what for, and what an exit costs; None where nothing costs anything."""
    if not material.figures["cost.total"].mean > 0:
        return None
    words = material.words
    parts = {part: rows for part in ("payer", "team", "per") if (rows := rows_of(material, part))}
    caption = material.caption(words["costs_how"])
    unit = words["costs_axis"].format(currency=shown(material.scenario.scenario.currency))
    titles = [f"{words['costs_title']} {words[f'costs_{part}']}, {unit}" for part in parts]
    page = stack(titles, [len(rows) for rows in parts.values()], material.drawn(caption))
    drawn = [[_bar(material, row) for row in rows] for rows in parts.values()]
    bars.draw(page, drawn, material.language, THOUSAND)
    every = [row for rows in parts.values() for row in rows]
    table = pd.DataFrame(
        [(row.part, row.kpi, *material.figures[row.kpi]) for row in every],
        columns=["part", "kpi", *bars.COLUMNS],
    )
    return Drawing(NAME, words["costs_title"], caption, _words(material, every), table, page.figure)


def rows_of(material: Material, part: str) -> list[Row]:
    """Return the bars of a part, `payer`, `team` or `per`; those of nothing are left out."""
    scenario = material.scenario
    if part == "payer":
        rows = [Row(part, f"cost.payer.{one}", material.label(one)) for one in payers(scenario)]
    elif part == "team":
        rows = [
            Row(part, f"cost.team.{team}", material.label(team, "teams")) for team in scenario.teams
        ]
        rows.append(Row(part, "cost.administration", material.label("administration")))
    else:
        rows = [
            Row(part, f"cost.per.{one}", material.label(one, "outcomes"))
            for one in scenario.outcomes
        ]
        one = material.words["costs_per_participant"]
        rows.append(Row(part, "cost.per_participant", one[:1].upper() + one[1:]))
    return [row for row in rows if material.figures[row.kpi].mean > 0]


def _bar(material: Material, row: Row) -> bars.Bar:
    figure = material.figures[row.kpi]
    return bars.Bar(row.label, figure, _thousands(material, figure))


def _thousands(material: Material, figure: Figure) -> str:
    value = figure.mean / THOUSAND
    return material.number(value, 0 if value >= 100 else 1)


def _words(material: Material, rows: list[Row]) -> str:
    words = material.words
    unit = words["costs_axis"].format(currency=shown(material.scenario.scenario.currency))
    total = f"{_thousands(material, material.figures['cost.total'])} {unit}"
    said = [words["costs_all"].format(total=total)]
    for part in ("payer", "team", "per"):
        chosen = [
            words["costs_of"].format(
                name=row.label, cost=_thousands(material, material.figures[row.kpi])
            )
            for row in rows
            if row.part == part
        ]
        if chosen:
            said.append(f"{words[f'costs_{part}']}: {', '.join(chosen)}")
    return material.sentence(NAME, said)
