"""Text in lines of so many letters: no word is broken but after a hyphen or the like."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len, chop_cells

__all__ = ["pieces", "width_of", "wrapped"]

AFTER = re.compile(r"(?<=[^\W\d][-/._=])(?=[^\W\d])")
"""Where a word may be broken if it must be: after such a sign between two letters."""


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes.

    Examples
    --------
    >>> width_of("Örebro"), width_of("日本")
    (6, 4)
    """
    return cell_len(text)


def pieces(word: str) -> list[str]:
    """Split a word where it may be broken.

    Examples
    --------
    >>> pieces("Degerfors/Karlskoga"), pieces("2019-01-01"), pieces("steps.a_b")
    (['Degerfors/', 'Karlskoga'], ['2019-01-01'], ['steps.', 'a_', 'b'])
    """
    return AFTER.split(word)


def wrapped(text: str, width: int, indent: str = "", rest: str | None = None) -> list[str]:
    """Break a text into lines at its spaces; a space that must not be broken at is kept.

    A word that is longer than a line is broken after a hyphen or the like, and, only where it is
    longer than a whole line all the same, anywhere.

    Parameters
    ----------
    text : its line breaks are kept
    width : of the lines [columns]
    indent, rest : what stands before the first line, and before others; default: the same

    Examples
    --------
    >>> wrapped("Jobb- och studieredo i Degerfors/Karlskoga", 16)
    ['Jobb- och', 'studieredo i', 'Degerfors/', 'Karlskoga']
    >>> wrapped("two words", 8, "- ", "  ")
    ['- two', '  words']
    """
    rest = indent if rest is None else rest
    lines: list[str] = []
    for part in text.split("\n"):
        line, before, is_empty = indent if not lines else rest, "", True
        for word, space in words(part, max(width - max(len(indent), len(rest)), 1)):
            before = " " if space and not is_empty else ""
            if not is_empty and width_of(line + before + word) > width:
                lines.append(line)
                line, before = rest, ""
            line, is_empty = line + before + word, False
        lines.append(line)
    return lines


def words(line: str, width: int) -> Iterator[tuple[str, bool]]:
    """Return what is not broken of a line, each with whether a space stands before it."""
    for word in line.split(" "):
        fits = width_of(word) <= width
        space = True
        for piece in [word] if fits else pieces(word):
            for bit in [piece] if width_of(piece) <= width else chop_cells(piece, width):
                yield bit, space
                space = False
