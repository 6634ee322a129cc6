"""Exits of the whole run by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from flowsim.analysis.kpi_names import exits_that_can_happen
from flowsim.report.figures import bars, panels
from flowsim.report.figures.drawing import Drawing
from flowsim.report.figures.material import MOST_NAMED, Material

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "exits"


def draw(material: Material) -> Drawing | None:
    """Draw how many left by each exit; None where nobody left."""
    names = [material.plan.exits[e].name for e in exits_that_can_happen(material.plan)]
    figures = {name: material.figures[f"exits.{name}"] for name in names}
    names.sort(key=lambda name: -figures[name].mean)
    if not any(figure.mean > 0 for figure in figures.values()):
        return None
    _ = material._
    shares = {name: material.figures[f"exits.{name}.share"].mean for name in names}
    labels = [material.label(name, "exits") for name in names]
    written = [f"{figures[name].value} ({material.percent(shares[name])})" for name in names]
    how = _(
        "Exits in the whole run; the thick line holds the mean in 95 cases of 100, the thin one "
        "holds 95 of 100 single runs."
    )
    caption = material.caption(how)
    table = pd.DataFrame(
        [(name, *bars.numbers(figures[name]), shares[name]) for name in names],
        columns=["exit", *bars.COLUMNS, "share"],
    )
    text = _sentence(material, {name: figures[name].mean for name in names}, shares)

    def drawn() -> Figure:
        page = panels.stack([""], [len(names)], material.drawn(caption))
        page.panels[0].set_xlabel(_("exits in the whole run, on average"))
        chosen = [figures[name] for name in names]
        bars.draw(page, [list(map(bars.Bar, labels, chosen, written))], material.language)
        return page.figure

    return Drawing(NAME, _("Exits by kind"), caption, text, table, drawn)


def _sentence(material: Material, exits: dict[str, float], shares: dict[str, float]) -> str:
    """Say how many leave, by which exits most, and how many by the others.

    Parameters
    ----------
    exits : how many leave by each on average, most first
    shares : of all who leave
    """
    _, name_of = material._, material.name
    taken = [name for name, n in exits.items() if n > 0]
    others = taken[MOST_NAMED:]
    parts = [
        _("“{exit}” ({share})").format(
            exit=name_of(name, "exits"), share=material.percent(shares[name])
        )
        for name in taken[:MOST_NAMED]
    ]
    said = _("On average {n} people leave in the whole period.")
    more = _("They leave by {exits}.")
    if len(taken) == 1:
        said, more = _("On average {n} people leave in the whole period, all by “{exit}”."), ""
    elif others:
        more = material.ngettext(
            "Most leave by {exits}; {others} other exit has {rest}.",
            "Most leave by {exits}; {others} other exits together have {rest}.",
            len(others),
        )
    total = sum(exits.values())
    return f"{said} {more}".rstrip().format(
        n=material.number(total, 0 if total >= 100 else 1),
        exit=name_of(taken[0], "exits"),
        exits=listed(parts, _("and")),
        others=len(others),
        rest=material.percent(sum(shares[name] for name in others)),
    )


def listed(parts: list[str], word: str) -> str:
    """Write a list with a word before its last part.

    Examples
    --------
    >>> listed(["a", "b", "c"], "and"), listed(["a"], "and")
    ('a, b and c', 'a')
    """
    return f" {word} ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
