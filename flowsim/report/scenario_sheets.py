"""What workbooks say of a scenario, whatever was asked of it: assumptions, words and formats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pandas as pd

from flowsim.letters import shown
from flowsim.report.document.scenario_paper import ScenarioPaper
from flowsim.report.run_paper.assumptions import MARKS
from flowsim.report.run_paper.input_words import input_words, key_words, value_words
from flowsim.report.workbook import GENERAL, MONEY, NUMBER, SHARE, Formats, Sheet, Value
from flowsim.scenario.provenance import Input
from flowsim.scenario.source import spelled

__all__ = [
    "assumptions",
    "format_of",
    "formats_of",
    "group_words",
    "how_run",
    "in_words",
    "period_words",
    "unit_words",
    "value_cell",
]


def assumptions(paper: ScenarioPaper) -> Sheet:
    """Return every input with its value, its mark and its source."""
    _ = paper._
    rows = [row(one, paper) for one in paper.inputs]
    heads = [_("Input"), _("Name"), _("Value"), _("Mark"), _("Source"), _("Where, how or why")]
    frame = pd.DataFrame(rows, columns=heads)
    about = _("Every input with its value, where it comes from, and what is assumed.")
    return Sheet(_("Assumptions"), about, frame, {_("Value"): GENERAL})


def row(one: Input, paper: ScenarioPaper) -> tuple[str, str, str | float, str, str, str]:
    """Return an input: a number is a number, all else is said in words."""
    return (
        shown(input_words(one.path, paper)),
        shown(spelled(one.path)),
        value_cell(one.value, paper),
        paper._(MARKS[one.mark]),
        shown(paper.scenario.sources.get(one.source, one.source)),
        shown(one.note),
    )


def value_cell(value: object, paper: ScenarioPaper) -> str | float:
    """Return a value of a file as a cell: a number as it is, all else in words."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    return "" if value is None else shown(value_words(value, paper))


def how_run(paper: ScenarioPaper, stamp: str) -> Iterator[tuple[str, Value]]:
    """Give how the numbers were made.

    Parameters
    ----------
    stamp : hash of the results
    """
    _, how = paper._, paper.how
    yield _("Replications"), how.replications
    yield _("Seed"), str(how.seed)  # it may have more digits than a number in Excel
    yield _("Engine"), how.engine
    yield _("Version"), f"flowsim {paper.versions.get('flowsim', '')}"
    yield _("Hash of scenario, settings, lists, seed and engine"), stamp


# Words and formats of a column ----------------------------------------------------------------


def in_words(names: pd.Series, say: Callable[[str], str]) -> list[str]:
    """Say each name once, and write it in each row."""
    said = {name: say(str(name)) for name in dict.fromkeys(names)}
    return [said[name] for name in names]


def formats_of(units: Iterable[str], heads: Iterable[str]) -> dict[str, Formats]:
    """Return how the numbers of some columns are written, row by row."""
    formats = tuple(format_of(unit) for unit in units)
    return dict.fromkeys(heads, formats)


def format_of(unit: str) -> str:
    """Return how numbers of a unit are written; what is none of the known ones is a currency."""
    known = {"share": SHARE, "days": NUMBER, "count": NUMBER, "places": NUMBER, "fte": NUMBER}
    return known.get(unit, MONEY)


def period_words(name: str, paper: ScenarioPaper) -> str:
    """Return a period in words; years and months are called what they are."""
    return paper._("whole run") if name == "run" else name


def group_words(name: str, paper: ScenarioPaper) -> str:
    """Return a group of participants in words."""
    return paper._("all") if name == "all" else shown(key_words(name, paper))


def unit_words(unit: str, paper: ScenarioPaper) -> str:
    """Return a unit in words; a currency is called what it is."""
    _ = paper._
    known = {
        "days": _("days"),
        "count": _("number"),
        "share": _("share"),
        "places": _("places"),
        "fte": _("full-time posts"),
    }
    return known.get(unit, shown(unit))
