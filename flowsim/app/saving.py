"""A proposal as a scenario file: the file's own text, in which only values are others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit

from flowsim.scenario.positions import key_parts

__all__ = ["with_settings"]


def with_settings(text: str, settings: Mapping[str, object]) -> str:
    r"""Set values in the text of a scenario; comments and layout stay.

    Examples
    --------
    >>> print(with_settings("[a]\nx = 1  # why\n", {"a.x": 2}))
    [a]
    x = 2  # why
    <BLANKLINE>
    """
    document = tomlkit.parse(text)
    for key, value in settings.items():
        *way, last = key_parts(key)
        table: Any = document
        for part in way:
            table = table[int(part) if isinstance(table, list) else part]
        table[int(last) if isinstance(table, list) else last] = value
    return tomlkit.dumps(document)
