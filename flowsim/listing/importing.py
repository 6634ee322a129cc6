"""A local list becomes a scenario, and what was inferred, assumed and dropped on the way.

Nothing of a row is kept: not in the scenario, not in the report, not in a message.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from flowsim.errors import Fault, FlowsimError, ScenarioError
from flowsim.language import _, catalogue
from flowsim.listing.analysing import StepFound, steps_of
from flowsim.listing.blurring import FEWEST
from flowsim.listing.building import draft_of
from flowsim.listing.columns import Columns, Match, match, read_columns
from flowsim.listing.draft import Draft
from flowsim.listing.grid import Grid
from flowsim.listing.people import DROPPABLE, KINDS, Oddity, Tell, Window, listed
from flowsim.listing.privacy import personal_faults
from flowsim.listing.reading import grid_of_frame, read_grids
from flowsim.scenario.loading import loads
from flowsim.scenario.schema import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from flowsim.report.document.blocks import Document

__all__ = ["Imported", "import_file", "import_list"]

P = ParamSpec("P")
T = TypeVar("T")
DateLike = dt.date | str
LANGUAGES = ("en", "sv")


@dataclass(frozen=True, eq=False)
class Imported:
    """A scenario made of what an association knows, and how.

    Parameters
    ----------
    scenario : checked
    text : the file of it
    drafts : its values with where they come from, by language; `draft` is that of the scenario
    steps : what the list tells of each step; () of counts
    matched : heading by what it was read as
    unread : headings of columns that were not read
    oddities : what is odd about the list, with rows of the file
    window : of the list; None of counts
    n_outside, n_dropped : rows outside the window, and left out on request by why
    has_small_steps : whether steps with fewer than five rows were left out
    """

    scenario: Scenario
    text: str
    drafts: Mapping[str, Draft]
    steps: tuple[StepFound, ...] = ()
    matched: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    oddities: tuple[Oddity, ...] = ()
    window: Window | None = None
    n_outside: int = 0
    n_dropped: Mapping[str, int] = field(default_factory=dict)
    has_small_steps: bool = False

    @property
    def draft(self) -> Draft:
        """Its values with where they come from, in the language of the scenario."""
        return self.drafts[self.scenario.scenario.language]

    def __repr__(self) -> str:
        """Show the title alone."""
        return f"<Imported: {self.draft.title}>"

    def document(self, language: str | None = None) -> Document:
        """Return the report of what was inferred, assumed and dropped.

        Parameters
        ----------
        language : `sv` or `en`; default: that of the scenario
        """
        from flowsim.listing.paper import tell

        return tell(self, language or self.draft.language)


def hiding_values(function: Callable[P, T]) -> Callable[P, T]:
    """Let no error of a library, whose message may quote a cell, leave the import as it is."""

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except (FlowsimError, MemoryError):
            raise
        except Exception as error:
            kind, place = type(error).__name__, _place(error)
        text = _("{kind} in {place}, while a list was read; its text is not shown")
        raise RuntimeError(text.format(kind=kind, place=place))

    return called


def _place(error: Exception) -> str:
    """Return the module and line of flowsim in which an error arose."""
    place, trace = "?", error.__traceback__
    while trace is not None:
        name = str(trace.tb_frame.f_globals.get("__name__", ""))
        if name.startswith("flowsim."):
            place = _("{module}, line {line}").format(module=name, line=trace.tb_lineno)
        trace = trace.tb_next
    return place


def import_list(
    frame: pd.DataFrame,
    kind: str,
    from_: DateLike,
    until: DateLike,
    *,
    columns: Columns | Mapping[str, str] | str | Path | None = None,
    title: str = "",
    language: str = "en",
    drop: Sequence[str] = (),
    keep_duplicates: bool = False,
) -> Imported:
    """Make a scenario of a list of participants.

    Personal data are refused before anything else is read; no row is kept.

    Parameters
    ----------
    frame : a row for each stay; its columns are found by their names
    kind : whom the list has, of those between the two days: "started" in them, "active" in them, or
        "closed" in them
    from_, until : the first and the last day for which the list is complete
    columns : the path of a `columns.toml`, or the name of the column by role: referral, start, end,
        reason, step, id
    title, language : of the scenario
    drop : of "bad-date", "end-before-start" and "duplicate": rows that are left out, not refused
    keep_duplicates : whether rows that are the same in every column are different people

    Raises
    ------
    ScenarioError
        If it holds personal data, or is no list that can be read; rows are counted from 1, that of
        the names.
    RuntimeError
        For a fault of flowsim's own, without a word of the list.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.date_range("2022-01-01", "2024-11-30", periods=200)
    >>> frame = pd.DataFrame({"start": days, "end": days + pd.to_timedelta(range(40, 240), "D")})
    >>> found = import_list(frame, "started", "2022-01-01", "2024-12-31")
    >>> found.scenario.steps["measure"].length_of_stay.distribution
    'weibull'
    """
    return _imported([grid_of_frame(frame)], _("the frame"), kind, from_, until, columns, title,
                     language, drop, keep_duplicates, None)  # fmt: skip


def import_file(
    path: Path,
    kind: str,
    from_: DateLike,
    until: DateLike,
    *,
    columns: Columns | Mapping[str, str] | str | Path | None = None,
    title: str = "",
    language: str = "en",
    drop: Sequence[str] = (),
    keep_duplicates: bool = False,
    tell: Tell | None = None,
) -> Imported:
    """Make a scenario of a list in a file, see `import_list`.

    Parameters
    ----------
    path : a text file or a workbook
    tell : told how far it is
    """
    return _imported(None, path, kind, from_, until, columns, title, language, drop,
                     keep_duplicates, tell)  # fmt: skip


@hiding_values
def _imported(
    grids: list[Grid] | None,
    path: Path | str,
    kind: str,
    from_: DateLike,
    until: DateLike,
    columns: Columns | Mapping[str, str] | str | Path | None,
    title: str,
    language: str,
    drop: Sequence[str],
    keep_duplicates: bool,
    tell: Tell | None,
) -> Imported:
    """Read, check, look through, fit and write: in that order, personal data first."""
    window = _window(kind, from_, until)
    if wrong := [one for one in drop if one not in DROPPABLE]:
        raise _asked("drop", f'"{wrong[0]}"', ", ".join(DROPPABLE))
    must_be_known(language)
    told = _columns(columns)
    file = str(path)
    if tell:
        tell(0, 5)
    read = read_grids(Path(path)) if grids is None else grids
    if faults := personal_faults(read, file):
        raise ScenarioError(faults)
    if tell:
        tell(1, 5)
    found = match(read, window.kind, told, file)
    rows = listed(found, window, told, file, drop, keep_duplicates)
    if tell:
        tell(2, 5)
    steps = steps_of(rows, told.reasons, catalogue(language).gettext("Measure"))
    if not steps:
        text = _("fewer than {fewest} rows in the window").format(fewest=FEWEST)
        words = _("{fewest} rows at least, better 30").format(fewest=FEWEST)
        raise ScenarioError([Fault(file, 0, "", text, words)])
    if tell:
        tell(4, 5)
    drafts = {told_in: draft_of(steps, rows, title, told_in) for told_in in LANGUAGES}
    text = drafts[language].text(head_of(language))
    return Imported(
        checked(text), text, drafts, tuple(steps), _matched(found), found.others, rows.oddities,
        window, rows.n_outside, rows.n_dropped, len(set(rows.step)) > len(steps),
    )  # fmt: skip


def must_be_known(language: str) -> None:
    """Refuse a language that flowsim does not speak."""
    if language not in LANGUAGES:
        raise _asked("language", f'"{language}"', _("sv or en"))


def checked(text: str) -> Scenario:
    """Load what was made; a fault of it is not one of the list."""
    try:
        return loads(text, "import.toml")
    except ScenarioError as error:
        raise ValueError("a scenario that is none") from error


def head_of(language: str) -> str:
    """Return the comment at the top of the file."""
    _ = catalogue(language).gettext
    return _(
        "Made by flowsim import. No row of the list is in it. What is assumed stands under\n"
        "[provenance]; change it to what you know, then: flowsim check FILE, flowsim run FILE"
    )


def _matched(found: Match) -> dict[str, str]:
    """Return what each column was read as."""
    roles = {role: found.title(position) for role, position in found.roles.items()}
    return {**roles, **{name: found.title(position) for name, position in found.groups.items()}}


def _asked(option: str, found: str, allowed: str) -> ScenarioError:
    return ScenarioError([Fault(f"--{option}", 0, "", found, allowed)])


def _columns(columns: Columns | Mapping[str, str] | str | Path | None) -> Columns:
    """Return what the user says of the columns."""
    if columns is None:
        return Columns()
    if isinstance(columns, Columns):
        return columns
    if isinstance(columns, Mapping):
        return Columns(roles=dict(columns))
    return read_columns(Path(columns))


def _window(kind: str, from_: DateLike, until: DateLike) -> Window:
    """Return the window that is asked for.

    Raises
    ------
    ScenarioError
        If the kind is none, a day is none, or the days are out of order.
    """
    if kind not in KINDS:
        raise _asked("kind", f'"{kind}"', _("started, active or closed"))
    first, last = _asked_day("from", from_), _asked_day("until", until)
    if not first < last:
        raise _asked("until", str(last), _("a day after --from ({first})").format(first=first))
    if (last - first).days > 100 * 366:
        raise _asked("until", str(last), _("a window of at most 100 years"))
    return Window(kind, first, last)


def _asked_day(option: str, value: Any) -> dt.date:
    """Read a day."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        day = dt.date.fromisoformat(str(value))
    except ValueError:
        raise _asked(option, f'"{value}"', _("a day such as 2024-01-31")) from None
    if not 1900 <= day.year <= 2200:
        raise _asked(option, str(day), _("a day of the years 1900 to 2200"))
    return day
