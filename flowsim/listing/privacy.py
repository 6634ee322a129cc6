"""Personal data in a list: what is found is refused, and never shown.

The first thing that happens to a list. A message names the column and the row, never the value.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from flowsim.errors import Fault
from flowsim.language import N_, _
from flowsim.listing.grid import Cell, Grid, column_letters

__all__ = ["ALLOWED", "is_name_like", "personal", "personal_faults"]

ALLOWED = N_(
    "a list without personal data: take out names, personal numbers, e-mail, telephone and "
    "addresses"
)
MOST_FAULTS = 20
DIGITS_IN_A_ROW = re.compile(r"[0-9][0-9 :+-]*[0-9]")
SERIAL = re.compile(r"(?<![0-9])((?:[0-9]{2})?[0-9]{6})[-+ ]?[A-Za-z][0-9]{3}(?![0-9])")
DATE_AND_TIME = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ]\s*\d{1,2}[:.]\d{2}([:.]\d{2}(\.\d+)?)?Z?)?"
)
EMAIL = re.compile(r"[^\s@;,<>()]+@[^\s@;,<>()]+\.[A-Za-z]{2,}")
COUNTRY = r"(?:\+|00)[1-9][0-9]{0,2}[ -]?\(?0?\)?"
TELEPHONE = re.compile(
    rf"(?:tel|mobil|mob|phone)?[.: ]*(?:{COUNTRY}|\(?0[1-9])[0-9 )/-]{{6,14}}", re.IGNORECASE
)
WORDS_OF_PEOPLE = re.compile(
    r"personn|person.?(id|nr|number)|pnr\b|ssn|social.?sec|(för|efter|fornam|till).?namn|"
    r"\bnamn|namn\b|\bname|surname|firstname|lastname|mail|e-?post|phone|telefon|mobil|\btel\b|"
    r"adress|address|födel|fodel|birth|postnr|postnummer|zip",
    re.IGNORECASE,
)
NOT_OF_PEOPLE = re.compile(
    r"(team|enhet|insats|steg|step|kommun|grupp|förbund|file|organi[sz]ation)\w*.?(namn|name)",
    re.IGNORECASE,
)
FULL_NAME = re.compile(
    r"[^\W\d_a-zåäöéü][a-zåäöéüßç]+(?:[ -][^\W\d_a-zåäöéü][a-zåäöéüßç]+|\s[A-ZÅÄÖ]\.?)+"
    r"|[^\W\d_a-zåäöéü][a-zåäöéüßç]+, [^\W\d_a-zåäöéü][a-zåäöéüßç]+"
)
ONE_NAME = re.compile(r"[^\W\d_a-zåäöéü][a-zåäöéüßç]+")
FEWEST_NAMES = 3
FEWEST_SINGLE, DISTINCT_SINGLE = 10, 0.8  # of single words, as labels are single words too
NAMES, DISTINCT = 0.5, 0.5  # shares of a column's cells from which on they are names of people


def personal_faults(grids: Sequence[Grid], file: str) -> list[Fault]:
    """Find the personal data of a file: in names of sheets, headings and every cell.

    Parameters
    ----------
    grids : the sheets as they were read
    file : as the user named it
    """
    faults: list[Fault] = []
    for number, grid in enumerate(grids, 1):
        place = _("sheet {number}").format(number=number) if grid.name is not None else ""
        for fault in _of_grid(grid, file, place):
            faults.append(fault)
            if len(faults) == MOST_FAULTS:
                return faults
    return faults


def _of_grid(grid: Grid, file: str, place: str) -> Iterator[Fault]:
    """Return the faults of a sheet."""
    if grid.name is not None and (kind := personal(grid.name)):
        text = _("{kind} in the sheet's name").format(kind=_(kind))
        yield Fault(file, 0, place, text, _(ALLOWED))
    names = _columns_of_names(grid)
    for at, row in enumerate(grid.rows):
        line = grid.first_row + at
        for column, cell in enumerate(row):
            kind = personal(cell) if cell is not None else ""
            if not kind and at in names.get(column, ()):
                kind = N_("what looks like names of people")
            if not kind and at < HEADING_ROWS and isinstance(cell, str) and _is_of_people(cell):
                kind = N_("a heading of personal data")
            if kind:
                where = _("column {letters}").format(letters=column_letters(column))
                where = f"{place}, {where}" if place else where
                yield Fault(file, line, where, _(kind), _(ALLOWED))


HEADING_ROWS = 20


def _is_of_people(heading: str) -> bool:
    """Whether a heading is one of names, numbers or addresses of people."""
    if len(heading) > 40:
        return False
    return bool(WORDS_OF_PEOPLE.search(heading)) and not NOT_OF_PEOPLE.search(heading)


def _columns_of_names(grid: Grid) -> dict[int, tuple[int, ...]]:
    """Find columns whose cells look like names of people; with the first row of each."""
    found: dict[int, tuple[int, ...]] = {}
    for column in range(max(map(len, grid.rows), default=0)):
        cells = [
            (at, str(row[column]).strip())
            for at, row in enumerate(grid.rows)
            if column < len(row) and isinstance(row[column], str) and str(row[column]).strip()
        ]
        if is_name_like([text for _at, text in cells]):
            found[column] = tuple(at for at, _text in cells)[1:2]  # the first may be the heading
    return found


def is_name_like(texts: Sequence[str]) -> bool:
    """Whether most texts of a column are names of people, or single words, and most differ.

    Examples
    --------
    >>> is_name_like(["Anna Ek", "Bo Lind", "Cia Ulf"]), is_name_like(["Till Arbete"] * 9)
    (True, False)
    """
    told = [text.title() if text.isupper() else text for text in texts]
    for form, fewest, distinct in (
        (FULL_NAME, FEWEST_NAMES, DISTINCT),
        (ONE_NAME, FEWEST_SINGLE, DISTINCT_SINGLE),
    ):
        names = [text for text in told if form.fullmatch(text)]
        enough = len(names) >= fewest and len(names) > NAMES * len(told)
        if enough and len(set(names)) > distinct * len(names):
            return True
    return False


def personal(cell: Cell) -> str:
    """Return what of a person a cell holds, in words to be translated; empty if it holds nothing.

    Examples
    --------
    >>> personal("nr 640823-3234 enl. journal"), personal("a.b@example.org"), personal("2024-01-31")
    ('a personal number', 'an e-mail address', '')
    >>> personal(6408233234.0), personal("070-174 06 05"), personal("Arbete")
    ('a personal number', 'a telephone number', '')
    """
    if isinstance(cell, (bool, dt.date, dt.time, dt.timedelta)) or cell is None:
        return ""
    if isinstance(cell, float):
        if not cell.is_integer():
            return ""
        cell = int(cell)
    return _of_text(str(cell))


@lru_cache(maxsize=2**16)
def _of_text(text: str) -> str:
    """Return what of a person a text holds."""
    if len(text) < 6:
        return ""
    if not text.isascii():
        text = _plain(text)
    if "@" in text and EMAIL.search(text):
        return N_("an e-mail address")
    if DATE_AND_TIME.fullmatch(text.strip()):
        return ""
    for run in DIGITS_IN_A_ROW.findall(text):
        if _is_number_of_a_person(run):
            return N_("a personal number")
    for found in SERIAL.finditer(text):
        if _is_birthday(found[1]):
            return N_("a personal number")
    if TELEPHONE.fullmatch(text.strip()) and 8 <= sum(map(str.isdigit, text)) <= 15:
        return "" if _is_plain_date(text) else N_("a telephone number")
    return ""


DASHES = "‐‑‒–—―−֊־᐀᠆﹘﹣－‾¯˗⁃⁻﹉⎯⎺⎻⎼⎽⏤"
OTHERS = str.maketrans(DASHES, "-" * len(DASHES))


def _plain(text: str) -> str:
    """Write digits, dashes and spaces of all the world as those of a keyboard."""
    text = unicodedata.normalize("NFKC", text.translate(OTHERS)).translate(OTHERS)
    letters = []
    for letter in text:
        kind = unicodedata.category(letter)
        if kind == "Nd":
            letter = str(unicodedata.digit(letter))
        elif kind in ("Zs", "Cf", "Cc"):
            letter = " "
        elif kind == "Pd":
            letter = "-"
        letters.append(letter)
    return "".join(letters)


def _is_number_of_a_person(run: str) -> bool:
    """Whether a run of digits and signs is, or holds, a personal, coordination or reserve number.

    Of 10 or 12 digits, in one piece or with a sign before the last four, the first six or eight of
    which are a birthday (the day perhaps plus 60), and the last a check digit by Luhn.
    """
    pieces = re.split(r"[ :]+", run)
    for first in range(len(pieces)):
        for last in range(first + 1, min(len(pieces), first + 4) + 1):
            text = "".join(pieces[first:last])
            if 10 <= len(text) <= 15 and _is_whole_number(text):
                return True
    return False


def _is_whole_number(text: str) -> bool:
    """Whether a text without spaces is a number of a person."""
    head, sign, tail = text[:-5], text[-5], text[-4:]
    if sign not in "-+":
        head, tail = text[:-4], text[-4:]
    digits = head.replace("-", "").replace("+", "")
    if not (digits + tail).isdigit() or len(tail) != 4 or len(digits) not in (6, 8):
        return False
    if not _is_birthday(digits):
        return False
    return luhn(digits[-6:] + tail)


def luhn(digits: str) -> bool:
    """Whether the last of some digits is the check digit of those before it.

    Examples
    --------
    >>> luhn("6408233234"), luhn("6408233235")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value // 10 + value % 10
    return total % 10 == 0


def _is_birthday(digits: str) -> bool:
    """Whether 6 or 8 digits are a day of the last or the next hundred years, perhaps plus 60.

    Reserve numbers of a region begin with 99 where a century would stand.
    """
    century, year, month, day = (
        digits[:-6],
        int(digits[-6:-4]),
        int(digits[-4:-2]),
        int(digits[-2:]),
    )
    if century == "99":  # year and month of a hundred years, then a serial number
        return True
    if century and not 1 <= int(century) <= 99:
        return False
    day -= 60 * (day > 60)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return False
    for whole in {int(century) * 100 + year} if century else {1900 + year, 2000 + year}:
        try:
            dt.date(whole, month, day)
        except ValueError:
            continue
        return True
    return False


def _is_plain_date(text: str) -> bool:
    """Whether a text is a day, month and year with signs between: no telephone number."""
    parts = re.fullmatch(r"\s*([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{2}|[0-9]{4})\s*", text)
    return parts is not None and int(parts[1]) <= 31 and int(parts[2]) <= 31
