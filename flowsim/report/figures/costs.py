"""Cost of the whole run: by payer, by team, and per exit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from flowsim.language import N_
from flowsim.letters import shown
from flowsim.report.figures import bars
from flowsim.report.figures.drawing import Drawing
from flowsim.report.figures.material import Material
from flowsim.report.figures.panels import stack
from flowsim.scenario.known import payers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "costs"
THOUSAND = 1000.0
PARTS = {
    "payer": N_("by payer"),
    "team": N_("by team"),
    "per": N_("per exit, and per participant"),
}


class Row(NamedTuple):
    """A bar: its part of the figure, the KPI, and its words."""

    part: str
    kpi: str
    label: str


def draw(material: Material) -> Drawing | None:
    """Draw who pays, what for, and what an exit costs; None where nothing costs anything."""
    if not material.figure("cost.total").mean > 0:
        return None
    _ = material._
    parts = {part: rows for part in ("payer", "team", "per") if (rows := rows_of(material, part))}
    how = _(
        "Cost of the whole run; the thick line holds the mean in 95 cases of 100, the thin one "
        "holds 95 of 100 single runs."
    )
    caption = material.caption(how)
    unit = _("thousand {currency}").format(currency=shown(material.scenario.scenario.currency))
    cost = _("Cost")
    titles = [f"{cost} {_(PARTS[part])}, {unit}" for part in parts]
    shapes = [
        [bars.Bar(row.label, figure := material.figure(row.kpi), figure.value) for row in rows]
        for rows in parts.values()
    ]
    every = [row for rows in parts.values() for row in rows]
    table = pd.DataFrame(
        [(row.part, row.kpi, *bars.numbers(material.figure(row.kpi))) for row in every],
        columns=["part", "kpi", *bars.COLUMNS],
    )
    text = " ".join(_sentences(material, parts))

    def drawn() -> Figure:
        page = stack(titles, [len(rows) for rows in parts.values()], material.drawn(caption))
        bars.draw_bars(page, shapes, material.language, THOUSAND)
        return page.figure

    return Drawing(NAME, _("Cost"), caption, text, table, drawn)


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
        one = material._("per participant")
        rows.append(Row(part, "cost.per_participant", one[:1].upper() + one[1:]))
    return [row for row in rows if material.figure(row.kpi).mean > 0]


def _sentences(material: Material, parts: Mapping[str, list[Row]]) -> Iterator[str]:
    """Describe what all costs, who pays, what for most, and what a participant and exit cost."""
    _, total = material._, material.figure("cost.total").mean
    cost = material.figure("cost.total").value
    payers_of = parts.get("payer", [])
    most = max(payers_of, key=lambda row: material.figure(row.kpi).mean, default=None)
    if most is None:
        yield _("The whole period costs {cost}.").format(cost=cost)
    else:
        one, many = (
            _("The whole period costs {cost}, and all of it is paid by {payer}."),
            _("The whole period costs {cost}; {payer} pays most of it, {share}."),
        )
        share = material.figure(most.kpi).mean / total
        few = _("The whole period costs {cost}; the largest payer is {payer}, with {share}.")
        text = one if len(payers_of) == 1 else many if share > 0.5 else few
        yield text.format(
            cost=cost, payer=material.name(_last(most)), share=material.percent(share)
        )
    spent = parts.get("team", [])
    if len(spent) > 1:
        top = max(spent, key=lambda row: material.figure(row.kpi).mean)
        text = _("The largest part, {share}, goes to “{team}”.")
        share = material.figure(top.kpi).mean / total
        yield text.format(team=top.label, share=material.percent(share))
    yield from _each(material, parts.get("per", []))


def _each(material: Material, rows: list[Row]) -> Iterator[str]:
    """Describe what a participant costs, and an exit of the outcome that counts."""
    by_kpi = {row.kpi: row for row in rows}
    person = by_kpi.pop("cost.per_participant", None)
    if person is None:
        return
    cost = material.figure(person.kpi).value
    outcomes = [row for row in by_kpi.values() if _last(row) != "completed"]
    chosen = (outcomes or list(by_kpi.values()))[-1:]
    if not chosen:
        yield material._("Divided by all participants it is {cost} each.").format(cost=cost)
    for row in chosen:
        text = material._(
            "Divided by all participants it is {cost} each, and by the exits in “{outcome}” "
            "{per_exit} each."
        )
        per_exit = material.figure(row.kpi).value
        yield text.format(cost=cost, outcome=row.label, per_exit=per_exit)


def _last(row: Row) -> str:
    """Return the name that a KPI ends with."""
    return row.kpi.rpartition(".")[2]
