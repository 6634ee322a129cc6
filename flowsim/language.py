"""The languages that flowsim speaks: gettext catalogues, and the one that messages are in now.

A text stands in the code in English, inside `_(...)`; `locale/<language>/LC_MESSAGES/flowsim.po`
says it in each language, and `flowsim.mo` beside it is what gettext reads. A report asks for the
catalogue of its own language. Messages (faults, warnings, errors, help, what commands say) are in
the language that is spoken: English to users of Python, until they `speak` another; to users of
commands that of `--language`, else that of the first scenario read, else that of the environment.
"""

from __future__ import annotations

import gettext
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

__all__ = [
    "LANGUAGES",
    "N_",
    "_",
    "catalogue",
    "digits",
    "follow",
    "language_in",
    "ngettext",
    "of_environment",
    "reworded",
    "speak",
    "speaking",
    "spoken",
    "start",
]

LANGUAGES = ("sv", "en")
ENGLISH = "en"
FOLDER = Path(__file__).parent / "locale"
IN_SWEDISH = str.maketrans({",": "\N{NO-BREAK SPACE}", ".": ","})
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set decides, as for gettext


@dataclass
class Speech:
    """The language that messages are in, of the whole process: also of the threads that it starts.

    Parameters
    ----------
    language : `sv` or `en`
    is_open : whether the first scenario that is read may say another
    """

    language: str = ENGLISH
    is_open: bool = False


NOW = Speech()
LINE = re.compile(r"""^\s*(?:scenario\.)?language\s*=\s*["'](\w+)["']""", re.M)


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """Mark a text for the catalogues where it is translated later on.

    Examples
    --------
    >>> N_("Assumptions")
    'Assumptions'
    """
    return text


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the catalogue of a language, `sv` or `en`.

    Raises
    ------
    FileNotFoundError
        If there is none: nothing is shown in another language instead.

    Examples
    --------
    >>> catalogue("sv").gettext("Assumptions")
    'Antaganden'
    """
    return gettext.translation("flowsim", FOLDER, [language])


def _(text: str) -> str:
    """Return a message in the language that is spoken."""
    if NOW.language == ENGLISH or not text:  # gettext answers an empty text with its own header
        return text
    return catalogue(NOW.language).gettext(text)


def ngettext(singular: str, plural: str, n: int) -> str:
    """Return a message about so many in the language that is spoken; its fields are still open.

    Examples
    --------
    >>> ngettext("{n} point", "{n} points", 2).format(n=2)
    '2 points'
    """
    if NOW.language == ENGLISH:
        return singular if n == 1 else plural
    return catalogue(NOW.language).ngettext(singular, plural, n)


def digits(number: str, language: str | None = None) -> str:
    """Write a number that stands as in English as a language does; default: the one spoken.

    Examples
    --------
    >>> with speaking("sv"):
    ...     digits("1,234.5") == "1\N{NO-BREAK SPACE}234,5"
    True
    """
    is_english = (language or NOW.language) == ENGLISH
    return number if is_english else number.translate(IN_SWEDISH)


def reworded(text: str, known: Iterable[str]) -> str:
    """Return a sentence of a library in the language that is spoken, if it is a known one.

    What its fields hold is looked for in turn.

    Parameters
    ----------
    text : as the library writes it, in English
    known : its sentences, with fields in braces, the longer before those that they begin with

    Examples
    --------
    >>> with speaking("sv"):
    ...     reworded("Missing argument 'SCENARIO'.", ["Missing argument {name}."])
    "Argumentet 'SCENARIO' saknas."
    """
    known = tuple(known)
    for sentence in known:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(sentence))
        if found := re.fullmatch(pattern, text, re.DOTALL):
            fields = {name: reworded(value, known) for name, value in found.groupdict().items()}
            return _(sentence).format(**fields)
    return text


# Which language is spoken


def spoken() -> str:
    """Return the language that messages are in: `sv` or `en`."""
    return NOW.language


def speak(language: str) -> None:
    """Let messages be in a language from here on, whatever a scenario says.

    Parameters
    ----------
    language : `sv` or `en`
    """
    if language not in LANGUAGES:
        raise ValueError(f"no language of flowsim: {language}")
    NOW.language, NOW.is_open = language, False


def start(language: str) -> None:
    """Let messages be in a language until a scenario that says another is read."""
    speak(language)
    NOW.is_open = True


def follow(language: object) -> None:
    """Let messages be in the language of a scenario, unless the language is settled already."""
    if NOW.is_open and language in LANGUAGES:
        speak(str(language))


@contextmanager
def speaking(language: str | None = None) -> Iterator[None]:
    """Let messages be in a language for a while; without one, in that of what is read meanwhile.

    Examples
    --------
    >>> with speaking("sv"):
    ...     print(_("Assumptions"))
    Antaganden
    """
    before = replace(NOW)
    try:
        if language is not None:
            speak(language)
        yield
    finally:
        NOW.language, NOW.is_open = before.language, before.is_open


def language_in(text: str) -> str:
    r"""Find the language that a file says, which may be no TOML; empty if it says none.

    Examples
    --------
    >>> language_in("title = 'No end\nlanguage = 'sv'")
    'sv'
    """
    line = LINE.search(text)
    return line[1] if line else ""


def of_environment(environment: Mapping[str, str]) -> str:
    """Return the language that an environment asks for: Swedish where that does, else English.

    Examples
    --------
    >>> of_environment({"LANG": "sv_SE.UTF-8"}), of_environment({"LANG": "de_DE"})
    ('sv', 'en')
    >>> of_environment({"LANG": "sv_SE.UTF-8", "LC_ALL": "C"})
    'en'
    """
    wanted = next((environment[name] for name in VARIABLES if environment.get(name)), None)
    name = _of_windows() if wanted is None else wanted
    return "sv" if name.lower().startswith("sv") else ENGLISH


def _of_windows() -> str:
    """Return the language in which Windows shows itself; empty on other systems."""
    if sys.platform == "win32":
        import ctypes
        import locale

        return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
    return ""
