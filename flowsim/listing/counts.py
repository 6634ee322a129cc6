"""Counts a year become a scenario, where there is no list: by Little's law, checked in words.

What must hold of counts is said in words where it does not: who was there, and came, less who left,
is who is there. Little, J. D. C., "A proof for the queuing formula L = lambda W", Operations
Research 9 (1961) 383-387.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from scipy import special

from flowsim.errors import Fault, ScenarioError
from flowsim.language import N_, _, catalogue, ngettext
from flowsim.listing.analysing import STAY_CV
from flowsim.listing.blurring import FEWEST, OTHER, around, blurred, rounded
from flowsim.listing.columns import slug, words_of
from flowsim.listing.draft import Draft, rate_text, span_texts
from flowsim.listing.flows import routing_of
from flowsim.listing.grid import Cell, Grid
from flowsim.listing.importing import (
    LANGUAGES,
    Imported,
    checked,
    head_of,
    hiding_values,
    must_be_known,
)
from flowsim.listing.privacy import personal_faults
from flowsim.listing.reading import read_grids
from flowsim.scenario.quantities import DAYS_PER_UNIT

__all__ = ["QUESTIONS", "Year", "import_counts"]

Translate = Callable[[str], str]
YEAR = DAYS_PER_UNIT["year"]
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "year": ("year", "år"),
    "new": ("new", "started", "starts", "nya", "påbörjade", "inskrivna"),
    "left": ("left", "ended", "exits", "avslutade", "avslut", "utskrivna"),
    "waiting": ("waiting", "queue", "väntande", "väntar", "kö"),
    "inside": ("inside", "stock", "pågående", "inne", "kvar", "ongoing"),
    "places": ("places", "platser"),
}
QUESTIONS = {
    "year": N_("Year"),
    "new": N_("How many started in the year?"),
    "left": N_("How many left in the year?"),
    "inside": N_("How many were inside at the end of the year?"),
    "waiting": N_("How many waited at the end of the year?"),
    "places": N_("How many places are there?"),
}
FILE_WORDS = N_(
    "a CSV or .xlsx with the columns year, new, left, inside, perhaps waiting and exits"
)
COUNT_WORDS = N_("a whole number from 0")
NEEDED = ("year", "new", "left", "inside")


@dataclass(frozen=True)
class Year:
    """The counts of a year.

    Parameters
    ----------
    year : the calendar year
    new, left : who started and who left in it
    inside, waiting : who was inside, and who waited, at its end; None where that is not known
    places : that there are; None where that is not known
    exits : who left, by way
    """

    year: int
    new: int
    left: int
    inside: int
    waiting: int | None = None
    places: int | None = None
    exits: Mapping[str, int] = field(default_factory=dict)


def import_counts(
    source: Path | Mapping[str, str], *, title: str = "", language: str = "en"
) -> Imported:
    """Make a scenario of counts a year.

    Parameters
    ----------
    source : a file with a row for each year, or the answers for one year by what they answer
    title, language : of the scenario

    Raises
    ------
    ScenarioError
        If a count is none, or the counts contradict each other: in words that name them.

    Examples
    --------
    >>> answers = {"year": "2024", "new": "91", "left": "85", "inside": "80", "waiting": "18"}
    >>> found = import_counts(answers)
    >>> found.draft.tables["steps"]["measure"]["length_of_stay"]["mean"]
    '11 months'
    """
    return _imported(source, title, language)


@hiding_values
def _imported(source: Path | Mapping[str, str], title: str, language: str) -> Imported:
    must_be_known(language)
    file = _("the answers") if isinstance(source, Mapping) else str(source)
    grid = _grid(source)
    if faults := personal_faults([grid], file):
        raise ScenarioError(faults)
    years = _years(grid, file)
    if faults := list(contradictions(years, file)):
        raise ScenarioError(faults)
    drafts = {told_in: draft_of_counts(years, title, told_in) for told_in in LANGUAGES}
    text = drafts[language].text(head_of(language))
    return Imported(checked(text), text, drafts)


# Reading --------------------------------------------------------------------------------------


def _grid(source: Path | Mapping[str, str]) -> Grid:
    """Return the counts as a sheet."""
    if isinstance(source, Mapping):
        return Grid(None, [list(source), list(source.values())])
    grids = read_grids(source)
    if len(grids) > 1:
        grids = [grid for grid in grids if any(any(row) for row in grid.rows)]
    if len(grids) != 1:
        text = ngettext("{n} sheet", "{n} sheets", len(grids)).format(n=len(grids))
        raise ScenarioError([Fault(str(source), 0, "", text, _("one sheet"))])
    return grids[0]


def _years(grid: Grid, file: str) -> list[Year]:
    """Read the years, in order."""
    rows = [(grid.first_row + at, row) for at, row in enumerate(grid.rows) if any(_filled(row))]
    if not rows:
        raise ScenarioError([Fault(file, 0, "", _("an empty file"), _(FILE_WORDS))])
    line, heads = rows[0]
    known = {words_of(word): role for role, words in HEADINGS.items() for word in words}
    columns = [known.get(words_of(head), str(head or "").strip()) for head in heads]
    faults = [
        Fault(file, line, "", _("no column {role}").format(role=role), _(FILE_WORDS))
        for role in NEEDED
        if role not in columns
    ]
    if faults:
        raise ScenarioError(faults)
    found = []
    for at, row in rows[1:]:
        counts = {
            column: _count(file, at, column, cell, faults)
            for column, cell in zip(columns, row, strict=False)
            if column
        }
        for role in NEEDED:
            if counts.get(role) is None and not faults:
                faults.append(Fault(file, at, role, _("nothing"), _(COUNT_WORDS)))
        if not faults:
            found.append(_year(counts))
    if not found and not faults:
        faults = [Fault(file, line, "", _("no year"), _("a row for each year"))]
    if faults:
        raise ScenarioError(faults)
    found.sort(key=lambda one: one.year)
    for before, after in pairwise(found):
        if after.year == before.year:
            text = _("{year} twice").format(year=after.year)
            faults.append(Fault(file, 0, "year", text, _("each year once")))
    if faults:
        raise ScenarioError(faults)
    return found


def _filled(row: Sequence[Cell]) -> list[bool]:
    return [cell is not None and str(cell).strip() != "" for cell in row]


def _count(file: str, line: int, column: str, cell: Cell, faults: list[Fault]) -> int | None:
    """Read a count; nothing is not known."""
    text = "" if cell is None else str(cell).strip().replace("\u00a0", "").replace(" ", "")
    if not text:
        return None
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = math.nan
    if not (number >= 0 and number == int(number) and number < 1e7):
        faults.append(Fault(file, line, column, _("no count"), _(COUNT_WORDS)))
        return None
    return int(number)


def _year(counts: Mapping[str, int | None]) -> Year:
    exits = {name: n for name, n in counts.items() if name not in HEADINGS and n is not None}
    year, new, left, inside = (int(counts[role] or 0) for role in NEEDED)
    return Year(year, new, left, inside, counts.get("waiting"), counts.get("places"), exits)


# Consistency ----------------------------------------------------------------------------------


def contradictions(years: Sequence[Year], file: str) -> list[Fault]:
    """Find counts that contradict each other, in words that name them.

    Examples
    --------
    >>> for fault in contradictions([Year(2023, 80, 80, 84), Year(2024, 91, 85, 60)], "a.csv"):
    ...     print(fault.found)
    84 inside at the end of 2023 + 91 new - 85 left in 2024 is 90, not 60: 30 people too few
    """
    found = []
    for before, after in pairwise(years):
        if after.year != before.year + 1:
            continue
        should = before.inside + after.new - after.left
        if should != after.inside:
            gap = after.inside - should
            text = _(
                "{before} inside at the end of {last_year} + {new} new - {left} left in {year} is "
                "{should}, not {inside}: {gap}"
            ).format(
                before=before.inside, last_year=before.year, new=after.new, left=after.left,
                year=after.year, should=should, inside=after.inside, gap=_gap(gap),
            )  # fmt: skip
            words = _(
                "inside before + new - left = inside after; check which count is another one's"
            )
            found.append(Fault(file, 0, f"{after.year}", text, words))
    for one in years:
        total = sum(one.exits.values())
        if one.exits and total != one.left:
            text = _("exits that add up to {total}, not the {left} who left")
            text = text.format(total=total, left=one.left)
            words = _("exits that add up to those who left")
            found.append(Fault(file, 0, f"{one.year}", text, words))
        if one.inside + one.left < one.new:
            text = _("{new} new, but only {left} who left and {inside} inside")
            text = text.format(new=one.new, left=one.left, inside=one.inside)
            words = _("whoever is new left, or is inside")
            found.append(Fault(file, 0, f"{one.year}", text, words))
        if not one.left or not one.inside:
            text = _("{left} who left and {inside} inside").format(left=one.left, inside=one.inside)
            words = _("both above 0: else nothing says how long people stay")
            found.append(Fault(file, 0, f"{one.year}", text, words))
    return found


def _gap(gap: int) -> str:
    """Return how many there are too many, or too few."""
    n = abs(gap)
    if gap > 0:
        return ngettext("{n} person too many", "{n} people too many", n).format(n=n)
    return ngettext("{n} person too few", "{n} people too few", n).format(n=n)


# The scenario ---------------------------------------------------------------------------------


def little(years: Sequence[Year]) -> tuple[float, float, float]:
    """Return the mean stay by Little's law, and between what it lies by chance alone [days].

    People inside on average, over how many leave a day. Inside on average is the mean of beginning
    and end where both are known, else the end.

    Examples
    --------
    >>> mean, low, high = little([Year(2024, 91, 85, 80)])
    >>> round(mean / 365.25 * 12, 1), round(low / 365.25 * 12, 1), round(high / 365.25 * 12, 1)
    (11.3, 9.2, 14.0)
    """
    inside, n_left = 0.0, 0
    for at, one in enumerate(years):
        has_before = at > 0 and years[at - 1].year == one.year - 1
        inside += (years[at - 1].inside + one.inside) / 2 if has_before else one.inside
        n_left += one.left
    mean = inside / n_left * YEAR
    low, high = (
        inside / float(special.gammaincinv(n_left + 0.5, p)) * YEAR for p in (0.975, 0.025)
    )
    return mean, min(low, mean), max(high, mean)


def draft_of_counts(years: Sequence[Year], title: str, language: str) -> Draft:
    """Build a draft from what counts tell."""
    _ = catalogue(language).gettext
    last, n_years = years[-1], len(years)
    spans = f"{years[0].year}–{last.year}" if n_years > 1 else f"{last.year}"
    source = _("Counts of the years {years}").format(years=spans)
    draft = Draft(title or _("Our own counts"), language, source, dt.date(last.year + 1, 1, 1))
    step, team = "measure", "team_measure"
    _referrals(draft, years, step, _)
    _places(draft, last, team, _)
    draft.set(("steps", step, "label"), _("Measure"))
    draft.set(("steps", step, "team"), team)
    mean, low, high = little(years)
    least, told, most = span_texts(low, mean, high)
    path = ("steps", step, "length_of_stay")
    how = _("Little's law: {inside} inside over {left} who left a year")
    said = how.format(inside=_about(last.inside), left=_about(last.left))
    table = {"distribution": "lognormal", "mean": told}
    draft.infer(path, table, said, parts={("mean",): (told, least, most)})
    why = _("counts do not tell how much stays differ; usual for such measures")
    draft.assume((*path, "cv"), STAY_CV, why)
    _exits(draft, years, step, _)
    _initial(draft, last, step, _)
    return draft


def _about(n: int) -> str:
    return str(n) if n >= FEWEST else f"< {FEWEST}"


def _referrals(draft: Draft, years: Sequence[Year], step: str, _: Translate) -> None:
    """Write how many come: those who started, and what the list grew by."""
    n = sum(one.new for one in years)
    grown = (years[-1].waiting or 0) - (years[0].waiting or 0) if len(years) > 1 else 0
    total = max(n + max(grown, 0), 1)
    low, high = (float(special.gammaincinv(total + 0.5, p)) / len(years) for p in (0.025, 0.975))
    path = ("referrals", "partners")
    draft.set((*path, "label"), _("Referrals"))
    draft.set((*path, "to"), step)
    how = _(
        "as many as started a year, and what the waiting list grew by; who gave up is not in it"
    )
    rate = rounded(total / len(years))
    low, high = around(low, rate, high)
    draft.infer((*path, "rate"), rate_text(rate), how, low=rate_text(low), high=rate_text(high))


def _places(draft: Draft, last: Year, team: str, _: Translate) -> None:
    """Write how many places there are: as many as are taken, where nobody says it."""
    path = ("teams", team, "places")
    draft.set(("teams", team, "label"), _("Team"))
    if last.places:
        draft.infer(path, last.places, _("as told"))
    else:
        why = _("as many as were inside at the end of the year; somebody waits, so they are taken")
        if not last.waiting:
            why = _(
                "as many as were inside at the end of the year; how many places there are, no "
                "count tells"
            )
        draft.assume(path, max(last.inside, FEWEST), why)


def _exits(draft: Draft, years: Sequence[Year], step: str, _: Translate) -> None:
    """Write where people go."""
    counts: Counter[str] = Counter()
    for one in years:
        counts.update(one.exits)
    path, routing = ("steps", step, "next"), routing_of(counts)
    if not routing.shares:
        draft.set(("exits", "ended"), _("Ended"))
        draft.assume(path, {"ended": 1.0}, _("no exits were counted"))
        return
    keys = {label: slug(label) for label in routing.shares}
    for label, key in keys.items():
        draft.set(("exits", key), _("Other") if label == OTHER else label)
    shares = {keys[label]: share for label, share in routing.shares.items()}
    largest = max(routing.shares, key=lambda label: routing.shares[label])
    parts = {
        (keys[label],): (share, *routing.ranges[label])
        for label, share in routing.shares.items()
        if label != largest
    }
    how = _("shares of about {n} exits; Jeffreys' intervals (95 %)")
    draft.infer(path, shares, how.format(n=blurred(sum(counts.values()))), parts=parts)


def _initial(draft: Draft, last: Year, step: str, _: Translate) -> None:
    """Write who waits and who is inside on the first day."""
    table: dict[str, object] = {}
    if last.waiting and last.waiting >= FEWEST:
        table["waiting"] = last.waiting
    if last.inside >= FEWEST:
        table["in_service"] = last.inside
    if table:
        how = _("at the end of {year}; how long they have been there is not counted")
        draft.infer(("steps", step, "initial"), table, how.format(year=last.year))
