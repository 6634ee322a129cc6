"""Exits of the whole run by kind."""

from __future__ import annotations

import pandas as pd

from flowsim.analysis.kpi_names import exits_that_can_happen
from flowsim.report.figures import bars, panels
from flowsim.report.figures.drawing import Drawing
from flowsim.report.figures.material import Material
from flowsim.report.numbers import percent

NAME = "exits"


def draw(material: Material) -> Drawing | None:
    """Draw how many left by each exit; None where nobody left."""
    names = [material.plan.exits[e].name for e in exits_that_can_happen(material.plan)]
    figures = {name: material.figures[f"exits.{name}"] for name in names}
    names.sort(key=lambda name: -figures[name].mean)
    if not any(figure.mean > 0 for figure in figures.values()):
        return None
    words = material.words
    shares = {name: material.figures[f"exits.{name}.share"].mean for name in names}
    labels = [material.label(name, "exits") for name in names]
    written = [
        f"{material.number(figures[name].mean, 1)} ({percent(shares[name], material.language)})"
        for name in names
    ]
    caption = material.caption(words["exits_how"])
    page = panels.stack([""], [len(names)], material.drawn(caption))
    page.panels[0].set_xlabel(words["exits_axis"])
    chosen = [figures[name] for name in names]
    bars.draw(page, [list(map(bars.Bar, labels, chosen, written))], material.language)
    table = pd.DataFrame(
        [(name, *figures[name], shares[name]) for name in names],
        columns=["exit", *bars.COLUMNS, "share"],
    )
    parts = [
        words["exits_of"].format(
            exit=label,
            n=material.number(figures[name].mean, 1),
            share=percent(shares[name], material.language),
        )
        for name, label in zip(names, labels, strict=True)
    ]
    return Drawing(
        NAME, words["exits_title"], caption, material.sentence(NAME, parts), table, page.figure
    )
