"""The rows of a list as days and labels: read, checked, and what is odd about them."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from flowsim.errors import Fault, ScenarioError
from flowsim.language import N_, _
from flowsim.letters import is_blank
from flowsim.letters import shown as without_orders
from flowsim.listing.blurring import FEWEST
from flowsim.listing.columns import Columns, Match, words_of
from flowsim.listing.dates import Dates, read_dates
from flowsim.listing.grid import Cell, column_letters
from flowsim.scenario.quantities import shown

__all__ = ["DROPPABLE", "Listed", "Oddity", "Window", "listed"]

Floats = NDArray[np.float64]
KINDS = ("started", "active", "closed")
DATED = ("referral", "start", "end")
MOST_FAULTS = 20
DROPPABLE = ("bad-date", "end-before-start", "duplicate")
DATE_WORDS = N_(
    "a date such as 2024-01-31, 31/1 2024 or 240131, or nothing; --drop bad-date leaves it out"
)
ALIKE = 0.85  # of two labels, from which on they are told as perhaps the same
DECEMBER = 4.0  # times as many ends on 31 December as on other days
Tell = Callable[[int, int], None]
Values = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class Window:
    """From when to when a list is complete, and in which sense.

    Parameters
    ----------
    kind : started, active or closed: whom the list has
    first, last : the days
    """

    kind: str
    first: dt.date
    last: dt.date

    @property
    def begin(self) -> float:
        """The midnight at which it begins, in days."""
        return float(self.first.toordinal())

    @property
    def end(self) -> float:
        """The midnight at which it ends, in days."""
        return float(self.last.toordinal() + 1)

    @property
    def years(self) -> float:
        """How long it is."""
        return (self.end - self.begin) / 365.25


@dataclass(frozen=True)
class Oddity:
    """Something about a list that deserves a thought.

    Parameters
    ----------
    what : in a sentence, with {places}
    values : what it is filled with: a text as it is, or words to be translated
    rows : rows of the file it is about; a report does not show them
    """

    what: str
    values: Values = field(default_factory=dict)
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Listed:
    """The rows of a list that lie in its window.

    Parameters
    ----------
    window : of the list
    rows : of the file, for messages (n,)
    referral, start, end : days, NaN where there is none or it lies after the window (n,)
    reason, step : labels; empty where there is none (n,)
    groups : labels by group
    has : the columns there are
    oddities : what is odd
    n_outside : rows that lie outside the window
    n_dropped : rows left out on request, by why
    """

    window: Window
    rows: NDArray[np.int64]
    referral: Floats
    start: Floats
    end: Floats
    reason: tuple[str, ...]
    step: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    has: frozenset[str]
    ids: tuple[str, ...]
    oddities: tuple[Oddity, ...]
    n_outside: int
    n_dropped: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        """Show no row."""
        return f"<a list of kind {self.window.kind}>"

    def of_step(self, step: str) -> NDArray[np.bool_]:
        """Return which rows are of a step."""
        return np.array([one == step for one in self.step], dtype=bool)


def listed(
    found: Match,
    window: Window,
    columns: Columns,
    file: str,
    drop: Sequence[str] = (),
    keep_duplicates: bool = False,
    tell: Tell | None = None,
) -> Listed:
    """Read the rows of a list, check them, and say what is odd.

    Parameters
    ----------
    found : the sheet with its columns
    window : from when to when, and of which kind
    columns : what the user says of them
    file : as the user named it
    drop : of DROPPABLE: rows that are left out instead of refused
    keep_duplicates : whether rows that are the same in every column are different people
    tell : told how far it is

    Raises
    ------
    ScenarioError
        With dates that are none, ends before starts, rows twice.
    """
    reader = _Reader(found, window, columns, file, frozenset(drop), keep_duplicates, tell)
    return reader.read()


class _Reader:
    """Reads one list; collects its faults and oddities."""

    def __init__(
        self,
        found: Match,
        window: Window,
        columns: Columns,
        file: str,
        drop: frozenset[str],
        keep_duplicates: bool,
        tell: Tell | None,
    ) -> None:
        self.found, self.window, self.columns, self.file = found, window, columns, file
        self.drop, self.keep_duplicates = drop, keep_duplicates
        self.tell = tell or (lambda done, total: None)
        self.faults: list[Fault] = []
        self.oddities: list[Oddity] = []
        self.n_dropped: Counter[str] = Counter()
        body = found.grid.rows[found.heading + 1 :]
        first = found.grid.first_row + found.heading + 1
        self.lines = [first + at for at, row in enumerate(body) if _is_filled(row)]
        self.cells = [row for row in body if _is_filled(row)]
        self.out = np.zeros(len(self.cells), dtype=bool)

    def read(self) -> Listed:
        if not self.cells:
            self.fault(0, "", _("no rows below the headings"), _("a row for each stay"))
            raise ScenarioError(self.faults)
        days = {}
        for done, role in enumerate(DATED):
            self.tell(done, len(DATED) + 2)
            days[role] = self.days_of(role)
        self.tell(len(DATED), len(DATED) + 2)
        self.check_order(days)
        self.check_duplicates()
        if self.faults:
            raise ScenarioError(self.faults)
        reasons = self.labels("reason")
        steps = self.labels("step")
        return self.kept(days, reasons, steps)

    # Cells ------------------------------------------------------------------------------------

    def column(self, position: int) -> list[Cell]:
        """Return the cells of a column."""
        return [row[position] if position < len(row) else None for row in self.cells]

    def days_of(self, role: str) -> Floats:
        """Read the dates of a column as days."""
        if role not in self.found.roles:
            return np.full(len(self.cells), np.nan)
        position = self.found.roles[role]
        dates = read_dates(self.column(position), self.columns.dates)
        name = self.column_name(position)
        for at in dates.bad:
            self.wrong(at, name, _("no date"), _(DATE_WORDS), "bad-date")
        if dates.unsure:
            words = _('one order; say it in columns.toml: dates = "day/month/year"')
            text = _("dates with day and month in an order that cannot be told")
            self.fault(self.lines[dates.unsure[0]], name, text, words)
        self.odd_dates(dates, position)
        ordinals = [np.nan if day is None else day.toordinal() for day in dates.days]
        return np.array(ordinals, dtype=float)

    def odd_dates(self, dates: Dates, position: int) -> None:
        """Note which forms of dates a column mixes, and which dates lie far away."""
        title = self.found.title(position)
        if len(dates.forms) > 1:
            text = N_("The column “{column}” has dates in several forms: {forms}.")
            self.odd(text, {"column": title, "forms": tuple(dates.forms)})
        text = N_("The column “{column}” has dates far from today, read as no date.")
        if dates.far:
            self.odd(text, {"column": title}, dates.far)

    def labels(self, role: str) -> list[str]:
        """Read the labels of a column; those that differ in letters and signs only become one."""
        if role not in self.found.roles:
            return [""] * len(self.cells)
        return self.labels_at(self.found.roles[role])

    def labels_at(self, position: int) -> list[str]:
        texts = [_label(cell) for cell in self.column(position)]
        counts = Counter(text for text in texts if text)
        by_words: dict[str, list[str]] = defaultdict(list)
        for text in counts:
            by_words[words_of(text)].append(text)
        usual = {
            text: max(same, key=lambda one: (counts[one], one))
            for same in by_words.values()
            for text in same
        }
        title = self.found.title(position)
        if len(usual) > len(by_words):
            text = N_(
                "Labels in “{column}” that differ in capitals or signs only were taken as one."
            )
            self.odd(
                text,
                {"column": title},
                [at for at, one in enumerate(texts) if one and usual[one] != one],
            )
        if alike := _alike([(one, counts[one]) for one in dict.fromkeys(usual.values())]):
            text = N_(
                "Labels in “{column}” that may be the same were kept apart; name what they count "
                "as in columns.toml, under [reasons]."
            )
            rows = [at for at, one in enumerate(texts) if one and usual[one] in alike]
            self.odd(text, {"column": title}, rows)
        return [usual.get(text, "") for text in texts]

    # Checks -----------------------------------------------------------------------------------

    def check_order(self, days: dict[str, Floats]) -> None:
        """Refuse ends before starts; tell of starts before referrals."""
        start, end, referral = days["start"], days["end"], days["referral"]
        words = _("an end on or after the start; --drop end-before-start leaves it out")
        for at in np.flatnonzero(end < start):
            name = self.column_name(self.found.roles["end"])
            self.wrong(int(at), name, _("an end before the start"), words, "end-before-start")
        early = np.flatnonzero((start < referral) & ~self.out)
        if len(early):
            self.odd(N_("Starts before the referral: their wait counts as none."), {}, early)
            referral[early] = start[early]
        late = np.flatnonzero((end < referral) & np.isnan(start) & ~self.out)
        for at in late:
            name = self.column_name(self.found.roles["end"])
            text = _("an end before the referral")
            self.wrong(int(at), name, text, words, "end-before-start")
        nothing = np.flatnonzero(np.isnan(start) & np.isnan(referral) & ~self.out)
        if len(nothing):
            self.odd(
                N_("Rows without a start and without a referral: they tell nothing."), {}, nothing
            )
            self.out[nothing] = True

    def check_duplicates(self) -> None:
        """Refuse rows that are the same in every column."""
        if self.keep_duplicates:
            return
        seen: dict[tuple[Cell, ...], int] = {}
        for at, row in enumerate(self.cells):
            if self.out[at]:
                continue
            before = seen.setdefault(tuple(row), at)
            if before != at:
                words = _(
                    "each stay once, and row {row} is the same in every column; "
                    "--drop duplicate leaves it out, --keep-duplicates says they are two people"
                ).format(row=self.lines[before])
                self.wrong(at, "", _("a row twice"), words, "duplicate")

    def wrong(self, at: int, column: str, found: str, allowed: str, why: str) -> None:
        """Leave a row out where that was asked for; else it is a fault."""
        if why in self.drop:
            self.n_dropped[why] += not self.out[at]
            self.out[at] = True
        else:
            self.fault(self.lines[at], column, found, allowed)

    def fault(self, line: int, column: str, found: str, allowed: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(self.file, line, column, found, allowed))

    def odd(self, what: str, values: Values, at: Iterable[int] = ()) -> None:
        self.oddities.append(Oddity(what, values, tuple(self.lines[int(one)] for one in at)))

    def column_name(self, position: int) -> str:
        """Return a column as people find it: its letters and its heading."""
        heading = shown(self.found.title(position))
        text = _("column {letters} ({heading})")
        return text.format(letters=column_letters(position), heading=heading)

    # The window -------------------------------------------------------------------------------

    def kept(self, days: dict[str, Floats], reasons: list[str], steps: list[str]) -> Listed:
        """Return the rows that lie in the window, with what happens after it forgotten."""
        inside = _in_window(days, self.window) & ~self.out
        n_outside = int(np.sum(~inside & ~self.out))
        for role in DATED:
            days[role] = days[role][inside]
        after = days["end"] >= self.window.end
        days["end"][after] = np.nan
        days["start"][days["start"] >= self.window.end] = np.nan
        chosen = np.flatnonzero(inside)
        ids = self.labels_of_ids(chosen)
        kept = Listed(
            window=self.window,
            rows=np.array(self.lines)[chosen],
            **days,
            reason=tuple(
                "" if np.isnan(days["end"][i]) else reasons[at] for i, at in enumerate(chosen)
            ),
            step=tuple(steps[at] for at in chosen),
            groups={name: tuple(one[at] for at in chosen) for name, one in self.groups().items()},
            has=frozenset(self.found.roles),
            ids=ids,
            oddities=(),
            n_outside=n_outside,
            n_dropped=dict(self.n_dropped),
        )
        if not len(kept):
            text = _("no row that lies in the window")
            raise ScenarioError([Fault(self.file, 0, "", text, _window_words(self.window))])
        return replace(kept, oddities=(*self.oddities, *_oddities(kept)))

    def groups(self) -> dict[str, list[str]]:
        """Read the labels of each group."""
        return {name: self.labels_at(at) for name, at in self.found.groups.items()}

    def labels_of_ids(self, chosen: NDArray[np.int64]) -> tuple[str, ...]:
        if "id" not in self.found.roles:
            return ()
        cells = self.column(self.found.roles["id"])
        return tuple(str(cells[at] if cells[at] is not None else "") for at in chosen)


def _is_filled(row: Sequence[Cell]) -> bool:
    return any(cell is not None and cell != "" and str(cell).strip() for cell in row)


def _label(cell: Cell) -> str:
    """Return a label on one line."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = without_orders(" ".join(str(cell).split()))[:80]
    return "" if is_blank(text) else text


def _alike(labels: Sequence[tuple[str, int]]) -> set[str]:
    """Find labels spelt nearly the same, such as "Avslutad" and "avslutat".

    Examples
    --------
    >>> sorted(_alike([("Avslutad", 9), ("Avslutat", 1), ("Arbete", 5)]))
    ['Avslutad', 'Avslutat']
    """
    names = [name for name, _n in sorted(labels, key=lambda one: -one[1])[:60]]
    found = set()
    for at, one in enumerate(names):
        for other in names[at + 1 :]:
            if SequenceMatcher(None, words_of(one), words_of(other)).ratio() > ALIKE:
                found |= {one, other}
    return found


def _window_words(window: Window) -> str:
    text = {
        "started": _("starts between {first} and {last}"),
        "active": _("stays that go on between {first} and {last}"),
        "closed": _("ends between {first} and {last}"),
    }[window.kind]
    return text.format(first=window.first, last=window.last)


def _in_window(days: Mapping[str, Floats], window: Window) -> NDArray[np.bool_]:
    """Return which rows a list of this kind has: what it should not have is left out.

    Who never started is there by the referral, or by having waited in the window.
    """
    referral, start, end = (days[role] for role in DATED)
    began = ~np.isnan(start)
    over_after = np.isnan(end) | (end >= window.begin)
    first = np.where(began, start, referral)
    if window.kind == "started":
        return (first >= window.begin) & (first < window.end)
    if window.kind == "active":
        return (first < window.end) & over_after
    return began & (end >= window.begin) & (end < window.end)


# What is odd ----------------------------------------------------------------------------------


def _oddities(kept: Listed) -> Iterator[Oddity]:
    """Find what deserves a thought in the rows of the window."""
    no_reason = ~np.isnan(kept.end) & np.array([not one for one in kept.reason], dtype=bool)
    if "reason" in kept.has and no_reason.any():
        text = N_("Ends without a reason: they are left out of the shares.")
        yield Oddity(text, {}, tuple(map(int, kept.rows[no_reason])))
    if "referral" in kept.has and np.isnan(kept.referral).any():
        rows = kept.rows[np.isnan(kept.referral)]
        yield Oddity(N_("No referral date: their wait is not known."), {}, tuple(map(int, rows)))
    yield from _same_day(kept)
    if kept.ids:
        yield from _overlapping(kept)


def _same_day(kept: Listed) -> Iterator[Oddity]:
    """Describe ends that were registered at the turn of the year."""
    ends = kept.end[~np.isnan(kept.end)]
    if len(ends) < 20:
        return
    dates = [dt.date.fromordinal(int(day)) for day in ends]
    last = sum((day.month, day.day) == (12, 31) for day in dates)
    if last >= FEWEST and last > DECEMBER * len(ends) / 365.25:
        text = N_(
            "Many ends on 31 December: such ends were perhaps registered late, and their stays "
            "look longer than they were."
        )
        yield Oddity(text)


def _overlapping(kept: Listed) -> Iterator[Oddity]:
    """Describe stays of one person in one step at the same time."""
    stays: dict[tuple[str, str], list[tuple[float, float, int]]] = defaultdict(list)
    for i, name in enumerate(kept.ids):
        if name and not np.isnan(kept.start[i]):
            end = kept.window.end if np.isnan(kept.end[i]) else kept.end[i]
            stays[name, kept.step[i]].append((kept.start[i], end, int(kept.rows[i])))
    rows = [
        later[2]
        for spans in stays.values()
        for before, later in zip(sorted(spans), sorted(spans)[1:], strict=False)
        if later[0] < before[1]
    ]
    if rows:
        yield Oddity(N_("Stays of one person in one step that overlap."), {}, tuple(rows))
