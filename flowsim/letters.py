"""What a text may hold, and what is shown of one that holds something else.

A scenario's texts go to pages, papers, workbooks, drawings, tables and terminals. What none of
these has a place for is refused when the file is read; what only some of them lack is shown as
U+FFFD there.
"""

from __future__ import annotations

import re
from unicodedata import category, normalize

__all__ = ["composed", "escaped", "in_xml", "is_blank", "shown", "unfit", "whole"]

UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
    + "]"
)
"""Control characters but tab and line breaks, halves of surrogate pairs, and what is no letter."""
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
OBEYED = ("Cc", "Cf", "Cs")  # control characters, marks of direction, halves of surrogate pairs
INVISIBLE = ("\u115f", "\u1160", "\u2800", "\u3164", "\uffa0")  # letters by name only


def composed(text: str) -> str:
    r"""Write each letter in one way, whether it came with its marks or had them apart (NFC).

    Files of macOS and texts copied from PDF have an O and two dots where others have one letter;
    nobody sees the difference.

    Examples
    --------
    >>> composed("O\u0308rebro") == "Örebro"
    True
    """
    return text if text.isascii() else normalize("NFC", text)


def unfit(text: str) -> str:
    r"""Find the first character that a text must not hold; empty if there is none.

    Examples
    --------
    >>> unfit("Örebro\n"), unfit("red: \x1b[31m")
    ('', '\x1b')
    """
    found = UNFIT.search(text)
    return found[0] if found else ""


def is_blank(text: str) -> bool:
    r"""Whether nobody would see anything of a text.

    Examples
    --------
    >>> is_blank(" \u200b"), is_blank("-")
    (True, False)
    """
    return all(category(letter)[0] in "ZC" or letter in INVISIBLE for letter in text)


def whole(text: str) -> str:
    r"""Put halves of surrogate pairs together, as Python reads bytes of names in other locales.

    Examples
    --------
    >>> whole("\udcc3\udcb6rebro \udcff")
    'örebro �'
    """
    try:
        content = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # halves that no byte stands for
        content = text.encode("utf-8", "replace")
    return content.decode("utf-8", "replace")


def escaped(text: str) -> str:
    r"""Write what a terminal would obey the way a TOML file does; line breaks stay.

    Examples
    --------
    >>> print(escaped("red: \x1b[31m"))
    red: \u001b[31m
    """
    return "".join(
        f"\\u{ord(letter):04x}" if letter != "\n" and category(letter) in OBEYED else letter
        for letter in whole(text)
    )


def shown(text: str) -> str:
    r"""Show what a terminal would obey as U+FFFD.

    Examples
    --------
    >>> shown("red: \x1b[31m")
    'red: �[31m'
    """
    return "".join("\ufffd" if category(letter) in OBEYED else letter for letter in text)


def in_xml(text: str) -> str:
    r"""Show what XML 1.0 has no place for as U+FFFD.

    Examples
    --------
    >>> in_xml("red: \x1b[31m, a\nb")
    'red: �[31m, a\nb'
    """
    return NOT_IN_XML.sub("\ufffd", text)
