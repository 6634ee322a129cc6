"""TOML text -> values, where the text is of a size and depth that can be read."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from flowsim.errors import Fault, ScenarioError
from flowsim.language import N_, _
from flowsim.letters import whole
from flowsim.scenario.source import Source

__all__ = ["FILE_WORDS", "MOST_DEPTH", "MOST_LETTERS", "parse", "too_deep"]

MOST_LETTERS = 1_000_000
MOST_DEPTH = 100
FILE_WORDS = N_("a scenario file, which is TOML text in UTF-8")
TOKEN = re.compile(r"\"\"\"|'''|[\"'#\[\]{}=,.\n]")
INSIDE = {
    '"""': re.compile(r'\\.|"""', re.S),
    '"': re.compile(r'\\.|["\n]', re.S),
    "'''": re.compile("'''"),
    "'": re.compile(r"['\n]"),
    "#": re.compile("\n"),
}


def parse(source: Source, words: str = FILE_WORDS) -> dict[str, Any]:
    """Read the values of a TOML text.

    Parameters
    ----------
    source : with the text
    words : what is allowed, where the text is no such file at all

    Raises
    ------
    ScenarioError
        If the text is empty, too long, nested too deeply or no TOML.
    """
    text = source.text.removeprefix("\ufeff")
    if not text.strip():
        raise ScenarioError([Fault(source.file, 0, "", _("an empty file"), _(words))])
    if text != whole(text):
        raise ScenarioError([Fault(source.file, 0, "", _("half a surrogate pair"), _(words))])
    if len(text) > MOST_LETTERS:
        found = _("a text of {n} characters").format(n=len(text))
        allowed = _("at most {n} characters").format(n=MOST_LETTERS)
        raise ScenarioError([Fault(source.file, 0, "", found, allowed)])
    if line := too_deep(text):
        words = N_("keys, tables or lists within each other, over {n} deep")
        found, allowed = _(words).format(n=MOST_DEPTH), _("at most {n} deep").format(n=MOST_DEPTH)
        raise ScenarioError([Fault(source.file, line, "", found, allowed)])
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise ScenarioError([toml_fault(source, str(error))]) from None


def toml_fault(source: Source, message: str) -> Fault:
    """Describe what is wrong with a text that is no TOML, and on which line."""
    place = re.search(r"\(at (?:line (\d+), column (\d+)|end of document)\)", message)
    what = message[: place.start()].strip() if place else _("a number that is too long")
    what = re.sub(
        r"\((?:'[^']*'(?:, )?,?)+\)", lambda m: ".".join(re.findall("'([^']*)'", m[0])), what
    )
    line = int(place[1]) if place and place[1] else len(source.text.splitlines()) if place else 0
    column = _(", column {place}").format(place=place[2]) if place and place[2] else ""
    found = _("what is no TOML{column} ({what})").format(
        column=column, what=what[:1].lower() + what[1:]
    )
    return Fault(source.file, line, "", found, _('TOML, such as key = "text" or key = 12'))


def too_deep(text: str) -> int:
    r"""Find the line, from 1, on which keys are more than `MOST_DEPTH` within each other.

    It is 0 where they nowhere are. The text is only scanned, so that it need be no TOML.

    Examples
    --------
    >>> too_deep("a = 1\nb = " + 100 * "["), too_deep("a" + 99 * ".a" + " = '....'")
    (2, 0)
    """
    scan = Scan()
    at = 0
    while token := TOKEN.search(text, at):
        at = token.end()
        if token[0] in INSIDE:
            at = end_of(text, at, token[0])
        elif scan.read(token[0]) > MOST_DEPTH:
            return text.count("\n", 0, at) + (token[0] != "\n")
    return 0


def end_of(text: str, at: int, opening: str) -> int:
    """Return where a string or a comment ends; a line break that ends it is left."""
    while found := INSIDE[opening].search(text, at):
        at = found.end()
        if found[0] == "\n":
            return at - 1
        if found[0] == opening:
            return at
    return len(text)


class Scan:
    """How deep one is in a TOML text, token by token: in its header, brackets and key."""

    def __init__(self) -> None:
        self.header = 0
        self.brackets: list[int] = []
        self.depth = 0  # of all brackets together
        self.key = 1
        self.at_start, self.in_header, self.in_value = True, False, False

    def read(self, token: str) -> int:
        """Take a token, and return how deep one is."""
        if token == ".":
            self.key += not self.in_value
        elif token == "=":
            self.in_value = True
        elif token in "[{" and self.at_start and not self.brackets:
            self.header, self.in_header = 0, True
            return self.key
        elif token in "[{":
            self.brackets.append(self.key)
            self.depth += self.key
            self.key, self.in_value = 1, False
        elif token in "]}" and self.brackets:
            self.depth -= self.brackets.pop()
        elif token in ",\n":
            self.end_entry(token)
            return 0
        self.at_start = False
        return self.header + self.depth + self.key

    def end_entry(self, token: str) -> None:
        """Begin another entry of a table or list, or another line."""
        if token == "\n" and self.in_header:
            self.header, self.in_header = self.key, False
        self.at_start = token == "\n" and not self.brackets
        self.key, self.in_value = 1, False
