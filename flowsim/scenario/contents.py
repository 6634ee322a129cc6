"""What no value of a file may hold, whatever its key: characters and numbers of no use."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from flowsim.language import N_, _
from flowsim.letters import unfit
from flowsim.scenario.quantities import shown
from flowsim.scenario.source import Findings, KeyPath

__all__ = ["check_contents"]

LETTER_WORDS = N_("letters, digits, signs, spaces and line breaks")
MOST = 2**63


def check_contents(data: dict[str, Any], findings: Findings) -> None:
    """Refuse what no report, table or figure can hold; what follows from it is not reported."""
    for path, value in entries((), data):
        if isinstance(value, str) and (letter := unfit(value)):
            findings.fault(
                path, _("the character U+{letter:04X}").format(letter=ord(letter)), _(LETTER_WORDS)
            )
        elif isinstance(value, float) and not math.isfinite(value):
            findings.fault(path, shown(value), _("a finite number"))
        elif isinstance(value, int) and not -MOST <= value < MOST:
            findings.fault(path, shown(value), _("a number of at most 18 digits"))
        else:
            continue
        findings.silence(path)


def entries(path: KeyPath, value: Any) -> Iterator[tuple[KeyPath, Any]]:
    """Return every key and every value within a value, each with its path."""
    if isinstance(value, dict):
        for key, entry in value.items():
            yield (*path, key), key
            yield from entries((*path, key), entry)
    elif isinstance(value, list):
        for at, entry in enumerate(value):
            yield from entries((*path, at), entry)
    else:
        yield path, value
