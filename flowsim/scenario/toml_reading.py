"""TOML text -> values, where the text is of a size and depth that can be read.

A text with slips is read as far as it can be: each slip is a fault with what to write instead, and
what is not touched by one is checked like the rest.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

from flowsim.errors import Fault, ScenarioError
from flowsim.language import N_, _, reworded
from flowsim.letters import composed, whole
from flowsim.scenario.positions import key_parts
from flowsim.scenario.source import KeyPath, Source, part_of_key, spelled
from flowsim.scenario.toml_depth import MOST_DEPTH, too_deep
from flowsim.scenario.toml_slips import Slip, is_toml, mended, mended_header
from flowsim.scenario.toml_statements import KEY, Statement, statements

__all__ = ["FILE_WORDS", "MOST_LETTERS", "parse"]

MOST_LETTERS = 1_000_000
MOST_SLIPS = 100
FILE_WORDS = N_("a scenario file, which is TOML text in UTF-8")
TOML_WORDS = N_('TOML, such as key = "text" or key = 12')

TOMLLIB = (
    N_("Invalid statement"),
    N_("Expected newline or end of document after a statement"),
    N_("Expected '=' after a key in a key/value pair"),
    N_("Expected ']' at the end of a table declaration"),
    N_("Expected ']]' at the end of an array declaration"),
    N_("Expected {sign}"),
    N_("Found invalid character {sign}"),
    N_("Illegal character {sign}"),
    N_("Cannot declare {key} twice"),
    N_("Cannot overwrite a value"),
    N_("Cannot mutate immutable namespace {key}"),
    N_("Cannot redefine namespace {key}"),
    N_("Duplicate inline table key {key}"),
    N_("Invalid initial character for a key part"),
    N_("Unclosed array"),
    N_("Unclosed inline table"),
    N_("Unescaped '\\' in a string"),
    N_("Invalid hex value"),
    N_("Escaped character is not a Unicode scalar value"),
    N_("Unterminated string"),
    N_("Invalid date or datetime"),
    N_("Invalid value"),
    N_("a number that is too long"),
)
"""What Python says of a text that is no TOML."""


def parse(source: Source, words: str = FILE_WORDS) -> dict[str, Any]:
    """Read the values of a TOML text, each letter in one way.

    Slips, and the text without them, are noted in the source.

    Parameters
    ----------
    source : with the text
    words : what is allowed, where the text is no such file at all

    Raises
    ------
    ScenarioError
        If the text is empty, too long, nested too deeply or no TOML at all.
    """
    text = composed(source.text.removeprefix("\ufeff"))
    if not text.strip():
        raise ScenarioError([Fault(source.file, 0, "", _("an empty file"), _(words))])
    if text != whole(text):
        raise ScenarioError([Fault(source.file, 0, "", _("half a surrogate pair"), _(words))])
    if len(text) > MOST_LETTERS:
        found = _("a text of {n} characters").format(n=len(text))
        allowed = _("at most {n} characters").format(n=MOST_LETTERS)
        raise ScenarioError([Fault(source.file, 0, "", found, allowed)])
    if line := too_deep(text):
        found = _("keys, tables or lists within each other, over {n} deep").format(n=MOST_DEPTH)
        allowed = _("at most {n} deep").format(n=MOST_DEPTH)
        raise ScenarioError([Fault(source.file, line, "", found, allowed)])
    try:
        return tomllib.loads(text)
    except ValueError as error:
        reader = Slips(source.file, text.replace("\r\n", "\n"))
        if not reader.n_read:
            raise ScenarioError([toml_fault(source.file, text, str(error))]) from None
        values = reader.values()
        source.mended = reader.text
        source.slips, source.faulty = reader.slips, reader.faulty
        return values


def toml_fault(file: str, text: str, message: str, path: str = "", line: int = 1) -> Fault:
    """Describe what is wrong with a text that is no TOML, in the words of what reads it.

    Parameters
    ----------
    line : the first line of the text
    """
    place = re.search(r"\(at (?:line (\d+), column (\d+)|end of document)\)", message)
    what = message[: place.start()].strip() if place else N_("a number that is too long")
    what = re.sub(
        r"\((?:'[^']*'(?:, )?,?)+\)", lambda m: ".".join(re.findall("'([^']*)'", m[0])), what
    )
    within = int(place[1]) if place and place[1] else len(text.splitlines()) if place else 1
    what = reworded(what, TOMLLIB)
    what = what[:1].lower() + what[1:]
    if place and place[2]:
        found = _("what is no TOML, column {column} ({why})").format(column=place[2], why=what)
    else:
        found = _("what is no TOML ({why})").format(why=what)
    return Fault(file, line + within - 1, path, found, _(TOML_WORDS))


class Slips:
    """Reads a text with slips: its statements one by one, each mended or left out.

    Parameters
    ----------
    file : as the user named it
    text : with line breaks of one kind
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.slips: list[Fault] = []
        self.faulty: list[KeyPath] = []
        self.n_read = 0
        self.lines = [""] * (text.count("\n") + 1)
        self.told: list[tuple[Statement, KeyPath]] = []
        self.header: KeyPath | None = ()
        self.lengths: dict[KeyPath, int] = {}  # of lists of tables
        for statement in statements(text):
            self.take(statement)

    @property
    def text(self) -> str:
        """What could be read, each statement on its line."""
        return "\n".join(self.lines)

    def take(self, statement: Statement) -> None:
        """Read a statement, or mend it; what belongs to no table is left out."""
        text: str | None = statement.text
        slips: list[Slip] = []
        if not is_toml(statement.text):
            if statement.is_header:
                text, slip = mended_header(statement.text)
                slips = [slip]
            else:
                text, slips = mended(statement.text)
        path = self.path_of(text or statement.text, statement.is_header)
        if text is None and not slips:
            slips = self.unknown(statement, path)
        elif not statement.is_header or text is not None:
            self.n_read += bool(text) or bool(slips)
        for slip in slips:
            self.note(path, statement.line + slip.line, slip.found, slip.allowed)
        if slips and not statement.is_header and path != self.header:
            self.faulty.append(path)
        if text is None and path != self.header:  # the name is there, whatever it should be
            text = (
                f"{'.'.join(part_of_key(str(key)) for key in path[len(self.header or ()) :])} = 0"
            )
        if text is not None and self.header is not None:
            self.told.append((statement, path))
            self.put(statement.line, text)

    def unknown(self, statement: Statement, path: KeyPath) -> list[Slip]:
        """Describe a statement that is not understood in the words of what reads it."""
        try:
            tomllib.loads(statement.text)
        except ValueError as error:
            fault = toml_fault(self.file, statement.text, str(error))
            return [Slip(fault.line - 1, fault.found, fault.allowed)]
        return []

    def path_of(self, text: str, is_header: bool) -> KeyPath:
        """Return the path of a statement's key, or of the table that its header opens."""
        if is_header:
            n = 2 if text.lstrip().startswith("[[") else 1
            keys = key_parts(text.split("]")[0].strip("[ \t")) if is_toml(text) else ()
            self.header = self.opened(keys, is_list=n == 2) if keys else None
            return self.header or ()
        key = re.match(rf"\s*({KEY})", text)
        return (*(self.header or ()), *(key_parts(key[1]) if key else ()))

    def opened(self, keys: tuple[str, ...], is_list: bool) -> KeyPath:
        """Return the path of a table that a header opens; one of a list is its next."""
        path: KeyPath = ()
        for key in keys:
            path = (*path, self.lengths[path] - 1, key) if path in self.lengths else (*path, key)
        if not is_list:
            return path
        self.lengths[path] = self.lengths.get(path, 0) + 1
        return (*path, self.lengths[path] - 1)

    def note(self, path: KeyPath, line: int, found: str, allowed: str) -> None:
        """Add the fault of a slip; after very many, what is left of the text is not read."""
        self.slips.append(Fault(self.file, line, spelled(path), found, allowed))
        if len(self.slips) == MOST_SLIPS:
            raise ScenarioError(self.slips)

    def put(self, line: int, text: str) -> None:
        """Put a statement on its lines, in so many as it has."""
        for at, one in enumerate(text.split("\n"), line - 1):
            self.lines[at] = one

    # What only the whole can say --------------------------------------------------------------

    def values(self) -> dict[str, Any]:
        """Read what could be mended; what stands there twice is left out once."""
        while True:
            try:
                return tomllib.loads(self.text)
            except ValueError as error:
                self.leave_out(str(error))

    def leave_out(self, message: str) -> None:
        """Leave out the statement that a message is about, and what stands below a header."""
        fault = toml_fault(self.file, self.text, message)
        at = max((k for k, (one, _) in enumerate(self.told) if one.line <= fault.line), default=0)
        statement, path = self.told[at]
        first = next((one.line for one, other in self.told[:at] if other == path), 0)
        if first and statement.is_header:
            found, allowed = _("the table twice, first on line {line}"), _("each table once")
        elif first:
            found, allowed = _("the key twice, first on line {line}"), _("each key once")
        else:
            found, allowed = fault.found, fault.allowed
        self.note(path, statement.line, found.format(line=first) if first else found, allowed)
        end = at + 1
        while statement.is_header and end < len(self.told) and not self.told[end][0].is_header:
            end += 1
        for one, _path in self.told[at:end]:
            self.put(one.line, "\n" * one.text.count("\n"))
        del self.told[at:end]
