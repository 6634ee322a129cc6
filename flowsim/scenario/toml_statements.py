"""A TOML text statement by statement, also where it is none: headers, and keys with their values.

Whoever reads a text that is no TOML wants to know all that is wrong with it. So it is split into
what can be judged alone: a line that begins with a header or a key ends the statement before it,
even where a bracket or a text of that one is not closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["COMMENT", "KEY", "OPEN", "STRING", "Statement", "masked", "statements"]

STRING, OPEN, COMMENT = "\x01", "\x02", "\x03"
"""What stands for each letter of a text in quotes, of one that is not closed, and of a comment."""
PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
KEY = rf"{PART}(?:[ \t]*\.[ \t]*{PART})*"
HEADER = re.compile(r"[ \t]*\[\[?[ \t]*[^\W\d][^\[\]{}=,#\n]*\]{0,2}[ \t]*(?:#.*)?$")
BEGINS = re.compile(rf"[ \t]*{KEY}[ \t]*=(?!=)")
TOKEN = re.compile(r"\"\"\"|'''|[\"'#\[\]{}]")
ENDS = {
    '"""': re.compile(r'(?:\\.|[^\\])*?"""'),
    "'''": re.compile(r".*?'''"),
    '"': re.compile(r'(?:\\.|[^"\\])*"'),
    "'": re.compile(r"[^']*'"),
}
CLOSES = {"]": "[", "}": "{"}
MOST_AHEAD = 200  # lines


@dataclass(frozen=True)
class Statement:
    """A header, or a key with its value, or what should have been one.

    Parameters
    ----------
    line : its first line, from 1
    text : its lines, without the last line break
    """

    line: int
    text: str

    @property
    def is_header(self) -> bool:
        """Whether it is the header of a table, or should have been one."""
        return self.text.lstrip().startswith("[")


def statements(text: str) -> Iterator[Statement]:
    r"""Split a text into its statements; blank lines and comments between them are left out.

    Examples
    --------
    >>> [(one.line, one.text) for one in statements("[a]\nb = [1,\n 2]\n# c\nd = [\n[e]")]
    [(1, '[a]'), (2, 'b = [1,\n 2]'), (5, 'd = ['), (6, '[e]')]
    """
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        n = 1
        if not is_blank(lines[at]):
            n = length(lines, at)
            yield Statement(at + 1, "\n".join(lines[at : at + n]))
        at += n


def is_blank(line: str) -> bool:
    """Whether a line holds nothing but a comment."""
    return not line.strip() or line.lstrip().startswith("#")


def length(lines: Sequence[str], at: int) -> int:
    """Return how many lines a statement takes; what it opens may never be closed."""
    if lines[at].lstrip().startswith("["):
        return 1
    scanner = Scanner()
    scanner.read(lines[at])
    n, inside = 1, at  # up to which line all belongs to a table that is closed further down
    while scanner.is_open:
        if at + n < len(lines) and at + n > inside and not scanner.quote:
            inside = max(inside, closing(lines, at + n, scanner))
        begins = at + n > inside and not scanner.quote and is_start(lines[at + n : at + n + 1])
        if at + n == len(lines) or begins:
            n = 1 if scanner.quote else n
            while is_blank(lines[at + n - 1]):
                n -= 1
            return n
        scanner.read(lines[at + n])
        n += 1
    return n


def is_start(lines: Sequence[str]) -> bool:
    """Whether the first of some lines begins a statement, whatever is open above it."""
    return any(HEADER.match(line) or BEGINS.match(line) for line in lines[:1])


def closing(lines: Sequence[str], at: int, scanner: Scanner) -> int:
    """Return the line that closes the table in braces in which a line may be; -1: none is.

    A key may stand on a line of its own in a table that is written over many lines, against TOML.
    """
    if not scanner.brackets.endswith("{") or not BEGINS.match(lines[at]):
        return -1
    inside = Scanner(scanner.brackets)
    for k, line in enumerate(lines[at : at + MOST_AHEAD], at):
        if HEADER.match(line):
            return -1
        inside.read(line)
        if len(inside.brackets) < len(scanner.brackets):
            return k
    return -1


@dataclass
class Scanner:
    """Reads line by line what is open: brackets, and a text over many lines.

    Parameters
    ----------
    brackets : those that are open, the last one innermost
    quote : of the text that is open; empty if none is
    """

    brackets: str = ""
    quote: str = ""

    @property
    def is_open(self) -> bool:
        """Whether what follows belongs to the same statement."""
        return bool(self.brackets or self.quote)

    def read(self, line: str) -> str:
        """Read a line, and return it masked."""
        mask, at = "", 0
        while at < len(line):
            if self.quote:
                end = ENDS[self.quote].match(line, at)
                stop = end.end() if end else len(line)
                mask, at = mask + STRING * (stop - at), stop
                self.quote = "" if end else self.quote
                continue
            token = TOKEN.search(line, at)
            if token is None:
                return mask + line[at:]
            mask += line[at : token.start()]
            at = token.start()
            if token[0] == "#":
                return mask + COMMENT * (len(line) - at)
            if token[0] in ENDS:
                end = ENDS[token[0]].match(line, token.end())
                is_long = len(token[0]) > 1
                stop = end.end() if end else len(line)
                mask += (STRING if end or is_long else OPEN) * (stop - at)
                self.quote = token[0] if is_long and not end else ""
                at = stop
            else:
                self.count(token[0])
                mask, at = mask + token[0], token.end()
        return mask

    def count(self, bracket: str) -> None:
        """Note a bracket; a closing one closes the last of its kind."""
        if bracket not in CLOSES:
            self.brackets += bracket
        elif self.brackets.endswith(CLOSES[bracket]):
            self.brackets = self.brackets[:-1]


def masked(text: str) -> str:
    r"""Return a text of the same length in which texts in quotes and comments cannot be read.

    Examples
    --------
    >>> masked('a = "b # c" # d') == 'a = ' + 7 * STRING + ' ' + 3 * COMMENT
    True
    """
    scanner = Scanner()
    return "\n".join(map(scanner.read, text.split("\n")))
