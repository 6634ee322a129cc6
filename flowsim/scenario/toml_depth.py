"""How deep the keys, tables and lists of a TOML text are within each other.

Whatever reads a text goes as deep as it is; what is too deep is refused before.
"""

from __future__ import annotations

import re

__all__ = ["MOST_DEPTH", "too_deep"]

MOST_DEPTH = 100
TOKEN = re.compile(r"\"\"\"|'''|[\"'#\[\]{}=,.\n]")
INSIDE = {
    '"""': re.compile(r'\\.|"""', re.S),
    '"': re.compile(r'\\.|["\n]', re.S),
    "'''": re.compile("'''"),
    "'": re.compile(r"['\n]"),
    "#": re.compile("\n"),
}


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
