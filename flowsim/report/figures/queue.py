"""The waiting list of each step, month by month."""

from __future__ import annotations

import pandas as pd

from flowsim.report.figures import bands, panels
from flowsim.report.figures.drawing import Drawing
from flowsim.report.figures.material import Material
from flowsim.report.figures.queue_words import sentences

NAME = "queue"


def draw(material: Material) -> Drawing | None:
    """Draw the number waiting with bands over replications; None where nobody waits."""
    steps = material.waited_for
    if not steps:
        return None
    _ = material._
    how = _("Number on the waiting list, on average over each month.")
    caption = material.caption(f"{how} {material.bands_how}")
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
    page.write_left(_("people"))
    page.arrange()
    text = " ".join(sentences(dict(zip(steps, tables, strict=True)), material.wording))
    table = pd.concat(tables, ignore_index=True)[["step", "month", *bands.LEVELS]]
    return Drawing(NAME, _("People waiting, month by month"), caption, text, table, page.figure)
