"""A proposal as a scenario file: the file's own text, in which only values are others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit

from flowsim.scenario.positions import key_parts

__all__ = ["calibrated", "with_settings"]


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
        put(table, int(last) if isinstance(table, list) else last, value)
    return tomlkit.dumps(document)


def put(table: Any, key: str | int, value: object) -> None:
    """Set a value; of a table value by value, so that it stays where and how it is written."""
    if isinstance(value, Mapping) and isinstance(table[key], Mapping):
        for inner, entry in value.items():
            put(table[key], inner, entry)
    else:
        table[key] = value


def calibrated(text: str, settings: Mapping[str, object], draws: str) -> str:
    r"""Write a scenario with the values of one draw, and a file of draws as what is uncertain.

    Examples
    --------
    >>> print(calibrated("[a]\nx = 1  # why\n[uncertain]\n'a.x' = 1\n", {"a.x": 2}, "d.csv"))
    [a]
    x = 2  # why
    [uncertain]
    draws = "d.csv"
    <BLANKLINE>
    """
    own = {key: value for key, value in settings.items() if key != "uncertain"}
    document = tomlkit.parse(with_settings(text, own))
    ranges = tomlkit.table()
    ranges["draws"] = draws
    document["uncertain"] = ranges
    return tomlkit.dumps(document)
