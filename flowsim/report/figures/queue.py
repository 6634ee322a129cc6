"""The waiting list of each step, month by month: drawn, and in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flowsim.report.figures import panels
from flowsim.report.figures.drawing import Drawing
from flowsim.report.figures.material import MOST_NAMED, Material
from flowsim.report.words import Words
from flowsim.scenario.workload import growing_steps

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "queue"
LEAST = 1.0  # person: shorter lists, and smaller changes, are not worth a sentence
ALIKE = 0.2  # of the longest list: a smaller change is none
SHORT = 0.25  # of the last list, which one that is short at first does not reach


def draw(material: Material) -> Drawing | None:
    """Draw the number waiting with bands over replications; None where nobody waits."""
    steps = material.waited_for
    if not steps:
        return None
    _ = material._
    how = _("Number on the waiting list, on average over each month.")
    caption = material.caption(f"{how} {material.bands_how}")
    values = {step: material.monthly(f"{step}.waiting.mean") for step in steps}
    tables = {step: panels.bands_of(material.all_months, values[step]) for step in steps}
    text = " ".join(sentences(tables, material))
    named = [table.assign(step=step) for step, table in tables.items()]
    table = pd.concat(named, ignore_index=True)[["step", "month", "mean", *panels.LEVELS]]

    def drawn() -> Figure:
        labels = [material.label(step, "steps") for step in steps]
        page = panels.page(labels, material.drawn(caption))
        for panel, table in zip(page.panels, tables.values(), strict=True):
            panels.draw_bands(panel, table, "", "", "")
            panels.months_and_numbers(panel, material.all_months, material.language)
        page.write_left(_("people"))
        return page.arrange()

    return Drawing(NAME, _("People waiting, month by month"), caption, text, table, drawn)


# Sentences -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Course:
    """How a list goes, by the mean over replications.

    Parameters
    ----------
    way : "stays", "grows", "grows_late", "shrinks", "peaks" or "varies"
    turn : position of the month told: the last of a short list, else the one with most waiting
    """

    way: str
    turn: int


def course_of(mean: pd.Series) -> Course:
    """Return how a list goes; only changes of more than a person and a fifth count.

    Parameters
    ----------
    mean : people waiting, month by month, n >= 1

    Examples
    --------
    >>> course_of(pd.Series([0.0, 1.0, 0.0, 5.0, 9.0]))
    Course(way='grows_late', turn=2)
    >>> course_of(pd.Series([2.0, 9.0, 5.0])), course_of(pd.Series([9.0, 9.5]))
    (Course(way='peaks', turn=1), Course(way='stays', turn=1))
    """
    values = mean.to_numpy(dtype=float)
    first, last, most = values[0], values[-1], values.max()
    top, little = int(values.argmax()), ALIKE * values.max()
    if most - values.min() <= max(LEAST, little):
        return Course("stays", top)
    if most - last <= little and last - first > max(LEAST, little):
        until = _short_until(values)
        return Course("grows", top) if until is None else Course("grows_late", until)
    if most - first <= little and first - last > max(LEAST, little):
        return Course("shrinks", top)
    is_peak = min(most - first, most - last) > max(LEAST, little)
    return Course("peaks" if is_peak else "varies", top)


def _short_until(values: NDArray[np.float64]) -> int | None:
    """Return the last month of a list that is short for a third of the run or more."""
    is_long = values > max(SHORT * values[-1], LEAST)
    until = int(is_long.argmax()) - 1
    return until if until + 1 >= len(values) / 3 and not is_long[: until + 1].any() else None


def sentences(tables: Mapping[str, pd.DataFrame], words: Words) -> Iterator[str]:
    """Describe how the longest lists go, and how long the others are at most.

    Parameters
    ----------
    tables : of each step, with month, mean, p5 and p95
    words : the words of the scenario
    """
    ranked = sorted(tables, key=lambda step: -float(tables[step]["mean"].max()))
    named = [step for step in ranked if tables[step]["mean"].max() >= LEAST][:MOST_NAMED]
    for step in named:
        yield sentence(step, tables[step], words, is_first=step == named[0])
    if rest := ranked[len(named) :]:
        yield _of_the_rest(rest, tables, words)


def sentence(step: str, table: pd.DataFrame, words: Words, *, is_first: bool) -> str:
    """Describe how a list goes; the first sentence says what its numbers are."""
    course = course_of(table["mean"])
    way = course.way
    if way.startswith("grows") and step not in growing_steps(words.scenario):
        way = "lengthens"
    mean, number = table["mean"], words.number
    numbers = {
        "first": number(mean.iloc[0]),
        "last": number(mean.iloc[-1]),
        "least": number(mean.min()),
        "most": number(mean.max()),
        "short": number(mean.iloc[: course.turn + 1].max()),
    }
    is_level = way == "stays" and numbers["least"] == numbers["most"]
    told = course.turn if way == "peaks" else -1
    return _texts(words)["is_level" if is_level else way].format(
        step=words.name(step, "steps"),
        begin=_month(table, 0, words),
        end=_month(table, -1, words),
        turn=_month(table, course.turn, words),
        band=_band(table.iloc[told], words, is_first),
        **numbers,
    )


def _texts(words: Words) -> dict[str, str]:
    _ = words._
    return {
        "stays": _(
            "The list for “{step}” stays about as long, with {least} to {most} waiting, and {last} "
            "in {end} {band}."
        ),
        "is_level": _("The list for “{step}” stays as long, with about {last} waiting {band}."),
        "grows": _(
            "The list for “{step}” grows from {first} waiting in {begin} to {last} in {end} {band}."
        ),
        "grows_late": _(
            "The list for “{step}” is short until {turn}, at most {short} waiting, and then grows "
            "to {last} in {end} {band}."
        ),
        "lengthens": _(
            "The list for “{step}” becomes longer, from {first} waiting in {begin} to {last} in "
            "{end} {band}, but will not go on growing."
        ),
        "shrinks": _(
            "The list for “{step}” gets shorter, from {first} waiting in {begin} to {last} in "
            "{end} {band}."
        ),
        "peaks": _(
            "The list for “{step}” is longest in {turn}, with {most} waiting {band}, against "
            "{last} in {end}."
        ),
        "varies": _(
            "The list for “{step}” goes up and down, with {least} to {most} waiting, and {last} in "
            "{end} {band}."
        ),
    }


def _month(table: pd.DataFrame, position: int, words: Words) -> str:
    month = str(table["month"].iloc[position])
    return words.months(month, month)


def _band(row: pd.Series, words: Words, is_first: bool) -> str:
    """Write what nine of ten replications lie between."""
    low, high = words.number(row["p5"]), words.number(row["p95"])
    if not is_first:
        return words._("({low} to {high})").format(low=low, high=high)
    if low == high:
        return words._("(on average)")
    text = words._("(on average; nine of ten courses of events: {low} to {high})")
    return text.format(low=low, high=high)


def _of_the_rest(steps: list[str], tables: Mapping[str, pd.DataFrame], words: Words) -> str:
    """Describe how long the lists are at most that have no sentence of their own."""
    most = max(float(tables[step]["mean"].max()) for step in steps)
    if len(steps) == 1:
        few = words._(
            "On the list for “{step}” fewer than one person waits in any month on average."
        )
        many = words._("The list for “{step}” has at most {most} waiting on average.")
    elif len(steps) == len(tables):
        few = words._("On each of the {n} lists fewer than one person waits on average.")
        many = ""  # not so: the longest have sentences of their own
    else:
        few = words._("On each of {n} other lists fewer than one person waits on average.")
        many = words._("Each of {n} other lists has at most {most} waiting on average.")
    text = few if most < LEAST else many
    step = words.name(steps[0], "steps")
    return text.format(step=step, n=len(steps), most=words.number(most))
