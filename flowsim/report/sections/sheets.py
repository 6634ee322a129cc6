"""What workbooks say alike, whatever was run: assumptions, differences, words and formats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import nan

import pandas as pd

from flowsim.analysis.comparison import Difference
from flowsim.language import N_
from flowsim.letters import shown
from flowsim.report.document.blocks import Formats, Sheet, Table
from flowsim.report.document.xlsx import GENERAL, MONEY, NUMBER, SHARE, WHOLE
from flowsim.report.input_words import input_words, key_words, value_words
from flowsim.report.sections.assumptions import MARKS
from flowsim.report.sections.paper import ScenarioPaper
from flowsim.report.words import Estimate
from flowsim.scenario.provenance import Input
from flowsim.scenario.source import spelled

__all__ = [
    "BOUNDS",
    "assumptions",
    "difference_columns",
    "difference_formats",
    "difference_words",
    "figure_sheet",
    "format_of",
    "formats_of",
    "group_words",
    "how_run",
    "in_words",
    "of_table",
    "unit_words",
    "value_cell",
]


BOUNDS = {
    "mean": N_("On average"),
    "lower": N_("Average, from"),
    "upper": N_("Average, to"),
    "low": N_("One course, from"),
    "high": N_("One course, to"),
}
"""What the numbers of an estimate are called."""


def figure_sheet(
    name: str,
    about: str,
    figures: Sequence[Estimate],
    periods: Sequence[str],
    paper: ScenarioPaper,
    whose: Mapping[str, Sequence[object]],
    more: Mapping[str, Sequence[object]] | None = None,
    formats: Mapping[str, Formats] | None = None,
    bounds: Sequence[str] = ("mean", "lower", "upper"),
) -> Sheet:
    """Return a row for each figure: what it is and whose, its numbers, and how it is written.

    Parameters
    ----------
    name, about : of the sheet
    figures, periods : of each row
    whose : columns that say whose figure it is: a group's, an option's, a point's
    more : columns after the numbers, with their `formats`
    bounds : which numbers of the figures are told
    """
    _, units = paper._, [one.unit for one in figures]
    numbers = {_(BOUNDS[bound]): [getattr(one, bound) for one in figures] for bound in bounds}
    columns = {
        _("Figure"): in_words([one.kpi for one in figures], paper.kpi),
        _("Name"): [one.kpi for one in figures],
        _("Period"): in_words(periods, paper.period),
        _("Unit"): in_words(units, lambda unit: unit_words(unit, paper)),
        **whose,
        **numbers,
        **(more or {}),
        _("As it is written"): [str(one.cell) for one in figures],
    }
    return Sheet(
        name, about, pd.DataFrame(columns), {**formats_of(units, numbers), **(formats or {})}
    )


def of_table(name: str, about: str, table: Table) -> Sheet:
    """Return a table of the paper as a sheet of texts, each on one line."""
    rows = [[cell.replace("\n", ", ") for cell in row] for row in table.rows]
    return Sheet(name, about, pd.DataFrame(rows, columns=list(table.heads)))


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


def how_run(paper: ScenarioPaper) -> Iterator[tuple[str, str | float]]:
    """Return how the numbers were made."""
    _, how = paper._, paper.how
    yield _("Replications"), how.replications
    yield _("Seed"), str(how.seed)  # it may have more digits than a number in Excel
    yield _("Engine"), how.engine
    yield _("Version"), f"flowsim {paper.versions.get('flowsim', '')}"
    yield _("Hash of scenario, settings, lists, seed and engine"), paper.hash


# Words and formats of a column ----------------------------------------------------------------


def in_words(names: Iterable[str], say: Callable[[str], str]) -> list[str]:
    """Describe each name once, and write it in each row."""
    rows = list(names)
    said = {name: say(str(name)) for name in dict.fromkeys(rows)}
    return [said[name] for name in rows]


def formats_of(units: Iterable[str], heads: Iterable[str]) -> dict[str, Formats]:
    """Return how the numbers of some columns are written, row by row."""
    formats = tuple(format_of(unit) for unit in units)
    return dict.fromkeys(heads, formats)


def format_of(unit: str) -> str:
    """Return how numbers of a unit are written; what is none of the known ones is a currency."""
    known = {"share": SHARE, "days": NUMBER, "count": NUMBER, "places": NUMBER, "fte": NUMBER}
    return known.get(unit, MONEY)


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


# How figures differ from those of a base ------------------------------------------------------


def difference_columns(
    found: Sequence[Difference | None], said: Sequence[str], paper: ScenarioPaper
) -> dict[str, list[str] | list[float]]:
    """Return the columns by their heads; a row without a difference has empty cells.

    Parameters
    ----------
    found : the difference in each row; None: of the base itself
    said : the same in words, row by row
    """
    _ = paper._
    return {
        _("Difference"): numbers(found, "mean"),
        _("Difference, from"): numbers(found, "lower"),
        _("Difference, to"): numbers(found, "upper"),
        _("Clear difference"): [verdict(one, paper) for one in found],
        _("Chance that it is better"): numbers(found, "probability_better"),
        _("The difference in words"): list(said),
        _("Replications compared"): numbers(found, "n"),
        _("Gain from common random numbers"): numbers(found, "variance_reduction"),
        _("Would have been shown"): numbers(found, "detectable"),
        _("Otherwise in at most"): numbers(found, "most_otherwise"),
    }


def numbers(found: Iterable[Difference | None], name: str) -> list[float]:
    """Return a number of each difference; NaN where there is none."""
    return [nan if one is None else float(getattr(one, name)) for one in found]


def verdict(found: Difference | None, paper: ScenarioPaper) -> str:
    """State whether a difference is clear; nothing where there is none to tell."""
    if found is None or found.mean != found.mean:
        return ""
    return paper._("yes") if found.is_claimed else paper._("no")


def difference_formats(units: Iterable[str], paper: ScenarioPaper) -> dict[str, Formats]:
    """Return how the numbers of these columns are written, from the unit of each row."""
    _ = paper._
    heads = (
        _("Difference"),
        _("Difference, from"),
        _("Difference, to"),
        _("Would have been shown"),
    )
    return {
        **formats_of(units, heads),
        _("Chance that it is better"): SHARE,
        _("Replications compared"): WHOLE,
        _("Gain from common random numbers"): NUMBER,
        _("Otherwise in at most"): SHARE,
    }


def difference_words(base: str, paper: ScenarioPaper) -> str:
    """Explain how the numbers of these columns are read."""
    text = paper._(
        "A difference is the figure less that of {base}, taken in each course of events and then "
        "averaged. The intervals of all differences in this workbook hold at once with a "
        "confidence of 95 %; a difference is clear where its interval leaves out 0. Differences "
        "between shares are in percentage points. Chance that it is better: the share of the "
        "courses of events in which it did better than {base}, ties count half; empty where "
        "neither more nor less is better. Gain from common random numbers: as many times more "
        "courses would be needed if each had random numbers of its own. Would have been shown: a "
        "true difference of that size is clear in 8 cases of 10. Otherwise in at most: in so large "
        "a share of all courses of events there may be a difference although none had one here."
    )
    return text.format(base=base)
