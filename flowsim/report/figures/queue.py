"""The waiting list of each step, month by month."""

from __future__ import annotations

import pandas as pd

from flowsim.report.figures import bands, panels
from flowsim.report.figures.drawing import Drawing
from flowsim.report.figures.material import Material

NAME = "queue"


def draw(material: Material) -> Drawing | None:
    """Draw the number waiting with bands over replications; None where nobody waits."""
    steps = material.waited_for
    if not steps:
        return None
    words = material.words
    caption = material.caption(f"{words['queue_how']} {words['band']}")
    labels = [material.label(step, "steps") for step in steps]
    page = panels.page(labels, material.drawn(caption))
    tables = []
    for panel, step in zip(page.panels, steps, strict=True):
        values = material.monthly(f"{step}.waiting.mean")
        table = bands.table_of(material.months, values)
        bands.draw(panel, table, "", "", "")
        panel.set_ylim(bottom=0)
        panel.grid(axis="y")
        panels.write_numbers(panel.yaxis, material.language)
        panels.write_months(panel, material.months)
        tables.append(table.assign(step=step))
    page.write_left(words["people"])
    page.arrange()
    table = pd.concat(tables, ignore_index=True)[["step", "month", *bands.LEVELS]]
    parts = [_words(material, step, one) for step, one in zip(steps, tables, strict=True)]
    text = material.sentence(NAME, parts)
    return Drawing(NAME, words["queue_title"], caption, text, table, page.figure)


def _words(material: Material, step: str, table: pd.DataFrame) -> str:
    middle, month = table["median"], table["month"]
    most = int(middle.argmax())
    return material.words["queue_of"].format(
        step=material.label(step, "steps"),
        first=material.number(middle.iloc[0], 1),
        begin=month.iloc[0],
        last=material.number(middle.iloc[-1], 1),
        end=month.iloc[-1],
        most=material.number(middle.iloc[most], 1),
        when=month.iloc[most],
    )
