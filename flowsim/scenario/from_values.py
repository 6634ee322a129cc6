"""A scenario from values in Python: written as TOML, checked like a file, known by its content."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from typing import Any

from flowsim.errors import Fault, ScenarioError
from flowsim.language import N_, _
from flowsim.scenario.loading import read_guarded
from flowsim.scenario.overrides import as_toml, plain
from flowsim.scenario.schema import Scenario
from flowsim.scenario.source import KeyPath, Source, spelled
from flowsim.scenario.toml_reading import parse
from flowsim.scenario.user_files import name_of

__all__ = ["from_values", "toml_text"]

VALUE_WORDS = N_("a text, a number, a date, true or false, a list or a table of these")


def from_values(
    values: Mapping[str, object], name: str, lists: Mapping[str, str] | None
) -> Scenario:
    """Check values as those of a file are checked.

    Parameters
    ----------
    values : the tables of a scenario file
    name : of the scenario
    lists : texts of CSV lists, by name as in the values

    Raises
    ------
    ScenarioError
        With every fault found; there are no lines to tell.
    """
    name = name_of(name)
    try:
        text = written(values, name)
    except RecursionError:
        fault = Fault(name, 0, "", _("tables or lists nested too deeply"), _(VALUE_WORDS))
        raise ScenarioError([fault]) from None
    source = Source(text=text, name=name, file=name, lists_in=(lists or {},))
    source.tables = parse(source)  # what is kept of it as a text is what is run
    return read_guarded(source)


def written(values: Mapping[str, object], name: str) -> str:
    """Write values as TOML; what no file can hold is a fault."""
    tables = plain(values)
    faults = [
        Fault(name, 0, spelled(path), what, _(VALUE_WORDS)) for path, what in foreign((), tables)
    ]
    if faults or not isinstance(tables, dict):
        raise ScenarioError(faults or [Fault(name, 0, "", _("no table"), _("a table of tables"))])
    return toml_text(tables)


def foreign(path: KeyPath, value: Any) -> Iterator[tuple[KeyPath, str]]:
    """Return what no file can hold, with its place."""
    if isinstance(value, (Mapping, list)):
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, entry in pairs:
            yield from foreign((*path, key), entry)
    elif isinstance(value, str):
        if not value.isascii() and value != value.encode("utf-8", "replace").decode():
            yield path, _("a text with half a letter")
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield path, str(value)
    elif not isinstance(value, (bool, int, dt.date, dt.time)):
        yield path, "None" if value is None else _("a {name}").format(name=type(value).__name__)


def toml_text(tables: Mapping[str, Any]) -> str:
    """Write tables as TOML, always in the same way: a header for each section or part of one.

    Examples
    --------
    >>> print(toml_text({"run": {"seed": 1}, "steps": {"a": {"team": "a", "next": {"b c": 1}}}}))
    [run]
    seed = 1
    <BLANKLINE>
    [steps.a]
    team = "a"
    next = { "b c" = 1 }
    <BLANKLINE>
    """
    return "\n".join(_lines((), tables))


def _lines(path: tuple[str, ...], table: Mapping[str, Any]) -> Iterator[str]:
    """Return the lines of a table; one of two levels of tables alone needs no header of its own."""
    parts = {key: part for key, part in table.items() if isinstance(part, Mapping)}
    if len(path) == 2 or (path and len(parts) < len(table)):
        parts = {}  # they are written inline
    if path and (not table or not parts):
        yield f"[{'.'.join(map(_key, path))}]"
    yield from (
        f"{_key(key)} = {as_toml(value)}" for key, value in table.items() if key not in parts
    )
    if path and not parts:
        yield ""
    for key, part in parts.items():
        yield from _lines((*path, key), part)


def _key(key: str) -> str:
    """Write a key bare where that can be done."""
    return spelled((key,)) if spelled((key,)) == key else as_toml(key)
