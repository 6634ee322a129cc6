"""What nobody has measured: between what a figure may lie, and which input decides that."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from flowsim.analysis.unknown import Share
from flowsim.report.input_words import input_words
from flowsim.report.words import Words
from flowsim.scenario.positions import key_parts
from flowsim.study.unknown.results import Unknown

__all__ = ["decides", "note", "of_one_course"]

LEAST_SHARE = 0.1
"""Of what is not known, from which on an input is named."""
MOST_NAMED = 2


def input_name(name: str, words: Words) -> str:
    """Return what an uncertain input is called: its key in words, or its own name."""
    parts = key_parts(name)
    if not parts or len(parts) == 1:
        return name.replace("_", " ")
    return input_words(tuple(int(part) if part.isdecimal() else part for part in parts), words)


def decides(shares: Sequence[Share], figure: str, words: Words, *, alone: bool = False) -> str:
    """Say what to find out first, or that no input stands out; empty where nothing is known.

    Parameters
    ----------
    shares : of a figure, the largest first
    figure : what it is called
    alone : whether the shares are of each input by itself, and overlap
    """
    _ = words._
    if not shares:
        return ""
    named = [one for one in shares[:MOST_NAMED] if one.lower > 0 and one.share >= LEAST_SHARE]
    if not named:
        return _("No single input decides what is not known about “{figure}”.").format(
            figure=figure
        )
    first = named[0]
    text = _("Find out: {input}. It decides most about “{figure}”: {share} of what is not known.")
    said = text.format(
        input=input_name(first.name, words),
        figure=figure,
        share=words.percent(first.share, 0),
    )
    for one in named[1:]:
        text = _("Then: {input} ({share}).")
        said += " " + text.format(
            input=input_name(one.name, words), share=words.percent(one.share, 0)
        )
    if alone:
        said += " " + _("The shares overlap, as the draws hang together.")
    return said


def of_one_course(unknown: Unknown, kpi: str, figure: str, words: Words) -> str:
    """Say how much of the uncertainty about one course is not knowing, and how much luck."""
    split = unknown.figure(kpi).split
    if split is None or isnan(split.share):
        return ""
    text = words._(
        "Of the uncertainty about one course of events of “{figure}”, {share} is what is not "
        "known and {luck} is luck. More simulated courses lessen neither."
    )
    return text.format(
        figure=figure,
        share=words.percent(split.share, 0),
        luck=words.percent(1 - split.share, 0),
    )


def note(unknown: Unknown, words: Words) -> str:
    """Explain the span of what is not known."""
    text = words._(
        "What is not known: where the average lies in nine of ten of {n} draws of the {inputs} "
        "inputs that have a range, chance left out. The ranges are assumptions as well."
    )
    return text.format(n=words.number(unknown.draws), inputs=len(unknown.inputs.inputs))
