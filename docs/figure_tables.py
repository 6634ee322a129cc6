"""Write the tables of figures in language.md and sv/sprak.md: `python docs/figure_tables.py`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from flowsim.language import catalogue
from flowsim.scenario import figures

FOLDER = Path(__file__).parent
PAGES = {"en": FOLDER / "language.md", "sv": FOLDER / "sv" / "sprak.md"}
BEGIN, END = "<!-- figures: written by docs/figure_tables.py -->\n", "<!-- end of figures -->\n"
WORDS = {
    "en": {
        "heads": "| figure | unit | better | meaning |",
        "better": {figures.HIGHER: "higher", figures.LOWER: "lower", figures.NEITHER: ""},
        "needs": "Needs",
        "steps": "those of `counted_in`",
        "exits": "those of its `exits`",
    },
    "sv": {
        "heads": "| mått | enhet | bättre | betydelse |",
        "better": {figures.HIGHER: "högre", figures.LOWER: "lägre", figures.NEITHER: ""},
        "needs": "Kräver",
        "steps": "de i `counted_in`",
        "exits": "de i dess `exits`",
        "Of the whole": "För helheten",
        "Of a step": "För ett steg",
        "Of a team": "För ett team",
        "Money": "Pengar",
        "Goals": "Mål",
        "count": "antal",
        "days": "dagar",
        "share": "andel",
        "currency": "valuta",
        "places": "platser",
        "fte": "tjänster",
    },
}


def section(figure: figures.Figure) -> str:
    """Return the heading that a figure stands under."""
    if not figure.by_group:
        return "Money"
    return {"step": "Of a step", "team": "Of a team", "goal": "Goals"}.get(
        figure.of, "Of the whole"
    )


def row(figure: figures.Figure, language: str) -> str:
    """Return the row of a figure."""
    words = WORDS[language]
    text = catalogue(language).gettext(figure.definition)
    meaning = text.format(steps=words["steps"], exits=words["exits"], completed="completed")
    if figure.needs and figure.of != "exit":
        meaning += f" {words['needs']} `{figure.needs}`."
    better = "" if figure.pattern == "goals.<goal>" else words["better"][figure.better]
    unit = words.get(figure.unit, figure.unit)
    return f"| `{figure.pattern}` | {unit} | {better} | {meaning} |\n"


def tables(language: str) -> Iterator[str]:
    """Return the lines of all tables."""
    words = WORDS[language]
    for heading, block in groupby(figures.FIGURES, key=section):
        yield f"\n### {words.get(heading, heading)}\n\n{words['heads']}\n|---|---|---|---|\n"
        yield from (row(figure, language) for figure in block)
    yield "\n"


def page(text: str, language: str = "en") -> str:
    """Return the page with its tables as the registry has them."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + "".join(tables(language)) + END + rest.partition(END)[2]


if __name__ == "__main__":
    for language, path in PAGES.items():
        path.write_text(page(path.read_text("utf-8"), language), "utf-8", newline="\n")
