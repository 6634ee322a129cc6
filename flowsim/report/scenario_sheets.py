"""What workbooks say of a scenario, whatever was asked of it: its assumptions, and words."""

from __future__ import annotations

import pandas as pd

from flowsim.report.document.scenario_paper import ScenarioPaper
from flowsim.report.run_paper.input_words import input_words, key_words, value_words
from flowsim.report.terminal import shown
from flowsim.report.workbook import GENERAL, Sheet
from flowsim.scenario.provenance import Input
from flowsim.scenario.source import spelled

__all__ = ["assumptions", "group_words", "period_words", "unit_words"]


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
    _ = paper._
    marks = {
        "set": _("Set for this run"),
        "assumed": _("Assumed"),
        "derived": _("Derived"),
        "stated": _("Stated"),
    }
    is_number = isinstance(one.value, (int, float)) and not isinstance(one.value, bool)
    return (
        shown(input_words(one.path, paper)),
        shown(spelled(one.path)),
        one.value if is_number else shown(value_words(one.value, paper)),
        marks[one.mark],
        shown(paper.scenario.sources.get(one.source, one.source)),
        shown(one.note),
    )


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
