"""Which column is which: by words of headings, and by the user's own `columns.toml`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowsim.errors import Fault, ScenarioError
from flowsim.language import N_, _
from flowsim.listing.dates import DATE_FORMS
from flowsim.listing.grid import Cell, Grid, column_letters
from flowsim.scenario.quantities import nearest, shown
from flowsim.scenario.source import Source
from flowsim.scenario.toml_reading import parse
from flowsim.scenario.user_files import decoded, name_of

__all__ = ["ROLES", "Columns", "Match", "match", "read_columns", "slug"]

ROLES: Mapping[str, tuple[str, ...]] = {
    "referral": (
        "remissdatum", "remiss", "remitterad", "aktualisering", "aktualiserad", "ansökan",
        "ansökningsdatum", "inkom", "inkommen", "anmäld", "anmälan", "ködatum", "referral",
        "referred", "referral date", "joined",
    ),
    "start": (
        "start", "startdatum", "påbörjad", "påbörjat", "inskriven", "inskrivning",
        "inskrivningsdatum", "insats start", "från", "fr o m", "from", "start date", "started",
        "begin", "enrolled",
    ),
    "end": (
        "slut", "slutdatum", "avslut", "avslutad", "avslutat", "avslutsdatum", "utskriven",
        "utskrivning", "utskrivningsdatum", "insats slut", "till", "t o m", "until", "end",
        "end date", "ended", "closed", "finished", "exit date",
    ),
    "reason": (
        "avslutsorsak", "avslutningsorsak", "avslutsanledning", "avslutningsanledning", "orsak",
        "anledning", "resultat", "utfall", "reason", "exit reason", "exit", "outcome", "result",
    ),
    "step": ("steg", "insats", "fas", "step", "phase", "stage"),
    "id": ("id", "löpnummer", "löpnr", "nr", "nummer", "ärende", "ärendenummer", "case", "number"),
}  # fmt: skip
GROUPS = ("kommun", "kön", "åldersgrupp", "remittent", "municipality", "sex", "age group")
HEADING_ROWS = 20
NEEDED = {
    "started": ("start",), "active": ("start",), "closed": ("start", "end"),
}  # fmt: skip
TOML_OF_COLUMNS = N_("a TOML file of columns")
KEYS = ("sheet", "dates", "columns", "reasons", "groups")


@dataclass(frozen=True)
class Columns:
    """What the user says of the columns.

    Parameters
    ----------
    roles : heading by role
    sheet : the sheet to read; empty: the one that fits
    dates : how 01/02/2024 is to be read, of DATE_FORMS
    reasons : what a label of the list counts as: an exit, or another step
    groups : heading by the name of a group
    """

    roles: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    dates: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Match:
    """A sheet with the columns that are read.

    Parameters
    ----------
    grid : the sheet
    heading : position of the row with the headings
    roles : position of the column by role
    groups : position of the column by group
    others : headings of columns that are not read
    """

    grid: Grid
    heading: int
    roles: Mapping[str, int]
    groups: Mapping[str, int]
    others: tuple[str, ...]

    def title(self, position: int) -> str:
        """Return the heading of a column."""
        return str(self.grid.rows[self.heading][position])


def slug(text: str) -> str:
    """Return a name for a text: small letters, digits and _.

    Examples
    --------
    >>> slug("Åter till Arbetsförmedlingen"), slug("1:a steget"), slug("—")
    ('ater_till_arbetsformedlingen', 'x_1_a_steget', 'x')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub("[^a-z0-9]+", "_", plain).strip("_")[:60]
    return name if name[:1].isalpha() else f"x_{name}".rstrip("_")


def words_of(heading: Cell) -> str:
    """Return a heading as it is compared: small letters, no signs.

    Examples
    --------
    >>> words_of(" Start-datum:"), words_of("Fr.o.m")
    ('start datum', 'fr o m')
    """
    return " ".join(re.sub(r"[\W_]+", " ", str(heading or "").casefold()).split())


def read_columns(path: Path) -> Columns:
    """Read a `columns.toml`.

    Raises
    ------
    ScenarioError
        With what is wrong in it.
    """
    file = name_of(path)
    try:
        text = decoded(path)
    except ValueError as error:
        raise ScenarioError([Fault(file, 0, "", str(error), _(TOML_OF_COLUMNS))]) from None
    source = Source(text=text, name=file, file=file)
    tables = parse(source, _(TOML_OF_COLUMNS))
    if source.slips:
        raise ScenarioError(source.slips)
    faults = [
        Fault(file, 0, key, _("unknown key"), ", ".join(KEYS), nearest(key, KEYS))
        for key in tables
        if key not in KEYS
    ]
    texts = {key: _text(file, tables, key, faults) for key in ("sheet", "dates")}
    by = {key: _texts(file, tables, key, faults) for key in ("columns", "reasons", "groups")}
    for role in by["columns"]:
        if role not in ROLES:
            words, near = ", ".join(ROLES), nearest(role, tuple(ROLES))
            faults.append(Fault(file, 0, f"columns.{role}", _("unknown key"), words, near))
    if texts["dates"] not in ("", *DATE_FORMS):
        faults.append(
            Fault(
                file,
                0,
                "dates",
                shown(texts["dates"]),
                _("{one} or {other}").format(one=DATE_FORMS[0], other=DATE_FORMS[1]),
            )
        )
    if faults:
        raise ScenarioError(faults)
    return Columns(by["columns"], texts["sheet"], texts["dates"], by["reasons"], by["groups"])


def _text(file: str, tables: Mapping[str, Any], key: str, faults: list[Fault]) -> str:
    value = tables.get(key, "")
    if not isinstance(value, str):
        faults.append(Fault(file, 0, key, shown(value), _("a text in quotes")))
        return ""
    return value


def _texts(file: str, tables: Mapping[str, Any], key: str, faults: list[Fault]) -> dict[str, str]:
    value = tables.get(key, {})
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        faults.append(Fault(file, 0, key, shown(value), _("a table of texts in quotes")))
        return {}
    return value


# Finding them ---------------------------------------------------------------------------------


def match(grids: Sequence[Grid], kind: str, columns: Columns, file: str) -> Match:
    """Find the sheet that has what a list of a kind needs, and its columns.

    Raises
    ------
    ScenarioError
        If no sheet has it, or more than one.
    """
    if columns.sheet:
        chosen = [grid for grid in grids if grid.name == columns.sheet]
        if not chosen:
            names = ", ".join(shown(grid.name) for grid in grids if grid.name is not None)
            text = _("no sheet {name}").format(name=shown(columns.sheet))
            raise ScenarioError([Fault(file, 0, "", text, names or _("no sheet"))])
    else:
        chosen = list(grids)
    fitting = [one for grid in chosen if (one := _matched(grid, kind, columns)) is not None]
    if len(fitting) > 1:
        names = ", ".join(shown(one.grid.name) for one in fitting)
        words = _('one sheet with such columns; name it in columns.toml: sheet = "..."')
        text = _("several sheets that fit: {names}").format(names=names)
        raise ScenarioError([Fault(file, 0, "", text, words)])
    if not fitting:
        raise ScenarioError([_no_columns(chosen, kind, columns, file)])
    _must_be_there(fitting[0], columns, file)
    return fitting[0]


def _no_columns(grids: Sequence[Grid], kind: str, columns: Columns, file: str) -> Fault:
    """Describe which columns were looked for, and which there are."""
    rows = [row for grid in grids for row in grid.rows[:HEADING_ROWS]]
    titles = {words_of(cell): str(cell) for row in rows for cell in row if isinstance(cell, str)}
    for role, heading in columns.roles.items():
        if words_of(heading) not in titles:
            near = nearest(heading, list(titles.values()))
            text = _("no column {heading} for {role}").format(heading=shown(heading), role=role)
            return Fault(file, 0, "", text, _("one such column"), near)
    headings = [str(cell) for grid in grids for cell in _likely(grid) if cell not in (None, "")]
    named = ", ".join(shown(heading) for heading in headings[:12])
    needed = ", ".join(f"{role} ({ROLES[role][1]})" for role in NEEDED[kind])
    words = _("headings for {needed}, or columns named in columns.toml").format(needed=needed)
    text = _("no column that fits among {names}") if named else _("no headings that fit")
    return Fault(file, 0, "", text.format(names=named), words)


def _likely(grid: Grid) -> list[Cell]:
    """Return the first row with several cells, if it may be the headings: texts without digits.

    A row with a date or a number is about somebody, and is not shown.
    """
    for row in grid.rows[:HEADING_ROWS]:
        filled = [cell for cell in row if cell is not None and str(cell).strip()]
        if len(filled) > 1:
            texts = [cell for cell in filled if isinstance(cell, str)]
            has_digits = any(any(map(str.isdigit, text)) for text in texts)
            return [] if has_digits or len(texts) < len(filled) else [*texts]
    return []


def _must_be_there(found: Match, columns: Columns, file: str) -> None:
    """Refuse a heading that the user names and nobody finds, or that stands twice."""
    titles = [words_of(cell) for cell in found.grid.rows[found.heading]]
    faults = []
    for key, heading in {**columns.roles, **columns.groups}.items():
        n = titles.count(words_of(heading))
        if n != 1:
            text = _("no column {heading} for {role}")
            if n > 1:
                text = _("several columns {heading} for {role}")
            text = text.format(heading=shown(heading), role=key)
            near = nearest(heading, [str(cell) for cell in found.grid.rows[found.heading]])
            line = found.grid.first_row + found.heading
            faults.append(Fault(file, line, "", text, _("one such column"), near))
    if faults:
        raise ScenarioError(faults)


def _matched(grid: Grid, kind: str, columns: Columns) -> Match | None:
    """Find the headings of a sheet; None if it has not what is needed."""
    for at, row in enumerate(grid.rows[:HEADING_ROWS]):
        roles = _roles(row, columns)
        if all(role in roles for role in NEEDED[kind]):
            taken = set(roles.values())
            groups = {
                name: position for position, name in _groups(row, columns) if position not in taken
            }
            taken |= set(groups.values())
            others = tuple(
                str(cell) if isinstance(cell, str) else column_letters(position)
                for position, cell in enumerate(row)
                if cell not in (None, "") and position not in taken
            )
            return Match(grid, at, roles, groups, others)
    return None


def _roles(row: Sequence[Cell], columns: Columns) -> dict[str, int]:
    """Return the position of the column of each role that a row of headings has."""
    titles = [words_of(cell) if isinstance(cell, str) else "" for cell in row]
    own = {role: words_of(heading) for role, heading in columns.roles.items()}
    found = {role: titles.index(words) for role, words in own.items() if words in titles}
    for role, synonyms in ROLES.items():
        if role in own:
            continue
        taken = set(found.values())
        best = min(
            (
                (rank, position)
                for position, title in enumerate(titles)
                if position not in taken and (rank := _rank(title, synonyms)) is not None
            ),
            default=None,
        )
        if best is not None:
            found[role] = best[1]
    return found


def _rank(title: str, synonyms: Sequence[str]) -> int | None:
    """Return how well a heading fits: exactly, or as a word with "datum" or "date"; None: not."""
    for rank, word in enumerate(map(words_of, synonyms)):
        if title == word:
            return rank
        parts = title.split()
        if word in title and {"datum", "date", "dag", "day"} & {*parts} and word in parts:
            return 100 + rank
    return None


def _groups(row: Sequence[Cell], columns: Columns) -> list[tuple[int, str]]:
    """Return the columns of groups with their names: those of the user, and well-known ones."""
    titles = [words_of(cell) if isinstance(cell, str) else "" for cell in row]
    own = {words_of(heading): name for name, heading in columns.groups.items()}
    known = {words_of(heading): slug(heading) for heading in GROUPS}
    return [
        (position, slug({**known, **own}[title]))
        for position, title in enumerate(titles)
        if title in {**known, **own}
    ]
