"""Write the tables of figures in docs/language.md: `python docs/figure_tables.py`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from flowsim.scenario import figures

PAGE = Path(__file__).parent / "language.md"
BEGIN, END = "<!-- figures: written by docs/figure_tables.py -->\n", "<!-- end of figures -->\n"
BETTER = {figures.HIGHER: "higher", figures.LOWER: "lower", figures.NEITHER: ""}


def section(figure: figures.Figure) -> str:
    """Return the heading that a figure stands under."""
    if not figure.by_group:
        return "Money"
    return {"step": "Of a step", "team": "Of a team", "goal": "Goals"}.get(
        figure.of, "Of the whole"
    )


def row(figure: figures.Figure) -> str:
    """Return the row of a figure."""
    meaning = figure.definition.format(steps="those of `counted_in`", exits="those of its `exits`")
    if figure.needs and figure.of != "exit":
        meaning += f" Needs `{figure.needs}`."
    better = "" if figure.pattern == "goals.<goal>" else BETTER[figure.better]
    return f"| `{figure.pattern}` | {figure.unit} | {better} | {meaning} |\n"


def tables() -> Iterator[str]:
    """Return the lines of all tables."""
    for heading, block in groupby(figures.FIGURES, key=section):
        yield f"\n### {heading}\n\n| figure | unit | better | meaning |\n|---|---|---|---|\n"
        yield from map(row, block)
    yield "\n"


def page(text: str) -> str:
    """Return the page with its tables as the registry has them."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + "".join(tables()) + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8", newline="\n")
