"""Months in words."""

from __future__ import annotations

from flowsim.report.document.wording import Wording
from flowsim.scenario.marking import N_

__all__ = ["months_words"]

MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)


def months_words(first: str, last: str, paper: Wording) -> str:
    """Write a span of months such as "2018-10" to "2018-12": October–December 2018."""
    (year, month), (last_year, last_month) = (text.split("-") for text in (first, last))
    names = [paper._(MONTHS[int(one) - 1]) for one in (month, last_month)]
    if first == last:
        return f"{names[0]} {year}"
    begin = names[0] if year == last_year else f"{names[0]} {year}"
    return f"{begin}–{names[1]} {last_year}"
