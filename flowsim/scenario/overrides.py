"""Values set from outside: teams.coaching.staff.coach.fte=6."""

from __future__ import annotations

import copy
import datetime as dt
import json
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flowsim.language import N_, _
from flowsim.letters import composed, whole
from flowsim.scenario.contents import entries
from flowsim.scenario.positions import key_parts
from flowsim.scenario.quantities import shown
from flowsim.scenario.source import Findings, KeyPath
from flowsim.scenario.toml_depth import MOST_DEPTH, too_deep
from flowsim.scenario.toml_slips import slip_in_value

__all__ = ["Overrides", "apply_overrides", "as_toml", "language_set", "read_override"]

Overrides = Mapping[str, object] | Sequence[str] | None
KeysOf = Callable[[KeyPath], Sequence[str]]
FORM = N_('key=value, such as "teams.coaching.staff.coach.fte=6"')


def read_override(text: str) -> tuple[str, object] | None:
    """Split "key=value"; the value is read as TOML, and as a text if it is none.

    Examples
    --------
    >>> read_override("teams.coaching.staff.coach.fte=6")
    ('teams.coaching.staff.coach.fte', 6)
    >>> read_override('steps.coaching.next_for."age=16-29".work = 0.3')
    ('steps.coaching.next_for."age=16-29".work', 0.3)
    >>> read_override("scenario.language=sv")
    ('scenario.language', 'sv')
    """
    parts = split_override(text)
    return None if parts is None else (parts[0], read_value(parts[1]))


def split_override(text: str) -> tuple[str, str] | None:
    """Split "key=value" into two texts; None if there is no key."""
    at = -1
    for _part in range(MOST_DEPTH):  # a part of a key may hold a = in quotes
        at = text.find("=", at + 1)
        if at < 0:
            break
        if key_parts(text[:at].strip()):
            return text[:at].strip(), text[at + 1 :].strip()
    return None


def as_toml(value: object) -> str:
    """Write a value as TOML, so that `read_override` reads it again.

    Examples
    --------
    >>> as_toml({"from": dt.date(2019, 1, 1), "label": "Örebro", "shares": [0.5, 1]})
    '{ "from" = 2019-01-01, "label" = "Örebro", "shares" = [0.5, 1] }'
    """
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{as_toml(k)} = {as_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(as_toml(entry) for entry in value) + "]"
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_value(text: str) -> object:
    """Read a TOML value; what is none is a text."""
    if "\n" in text or too_deep(text):
        return text
    try:
        table = tomllib.loads(f"value = {text}")
    except ValueError:
        return text
    return table["value"] if set(table) == {"value"} else text


def apply_overrides(
    tables: dict[str, Any], findings: Findings, keys_of: KeysOf, *overrides: Overrides
) -> dict[str, Any]:
    """Set values from outside in a copy of the file's values; what cannot be set is a fault.

    Only the tables that hold what is set are copied; all others are shared. A table that is not
    there is added where its name is a key of the language; one with a name of the user's own is
    not, as it may be a misspelt one: it is set as a whole.

    Parameters
    ----------
    keys_of : gives the keys that the language has for the table at a path
    """
    data, source = copy.copy(tables), findings.source
    for key, value in (pair for some in overrides for pair in pairs(some, findings)):
        path = key_parts(key)
        if not path:
            findings.fault((), _("{key} (set from outside)").format(key=shown(key)), _(FORM))
        elif not is_text(key, value):
            findings.fault(
                (), _("{key}, what is no UTF-8 (set from outside)").format(key=shown(key)), _(FORM)
            )
        elif (full := put(data, path, plain(value), findings, keys_of)) is not None:
            source.overrides = {**without(source.overrides, path, key), key: plain(value)}
            source.overridden.add(full)
    return data


def without(overrides: dict[str, Any], path: KeyPath, key: str) -> dict[str, Any]:
    """Leave out what a value that is set later takes the place of.

    So what is noted of a scenario, set again in its order, gives the same scenario. The key itself
    keeps its place.

    Examples
    --------
    >>> without({"a.b": 1, "c": 2}, ("a",), "a")
    {'c': 2}
    """
    return {k: v for k, v in overrides.items() if k == key or key_parts(k)[: len(path)] != path}


def pairs(overrides: Overrides, findings: Findings) -> Iterable[tuple[str, object]]:
    """Return keys and values; texts that are no "key=value" are faults."""
    if isinstance(overrides, Mapping):
        yield from ((composed(str(key)), value) for key, value in overrides.items())
        return
    for text in [overrides] if isinstance(overrides, str) else overrides or ():
        parts = split_override(composed(str(text)))
        if parts is None:
            findings.fault(
                (), _("{text} (set from outside)").format(text=shown(str(text))), _(FORM)
            )
        elif (slip := slip_in_value(parts[1])) is not None:
            outside(findings, key_parts(parts[0]), slip.found, slip.allowed)
        else:
            yield parts[0], read_value(parts[1])


def language_set(overrides: Iterable[Overrides]) -> object:
    """Return the language that is set from outside; None if none is.

    Examples
    --------
    >>> language_set([["run.seed=3", "scenario.language=sv"]])
    'sv'
    """
    language: object = None
    for some in overrides:
        texts = [some] if isinstance(some, str) else some or ()
        settings = (
            some.items() if isinstance(some, Mapping) else map(read_override, map(str, texts))
        )
        for key, value in filter(None, settings):
            language = value if str(key) == "scenario.language" else language
    return language


def is_text(key: str, value: object) -> bool:
    """Whether a key and all texts in a value can be written; bytes of another encoding cannot."""
    texts = (text for _, text in entries((key,), plain(value)) if isinstance(text, str))
    return all(text == whole(text) for text in (key, *texts))


def put(
    data: dict[str, Any],
    path: tuple[str, ...],
    value: object,
    findings: Findings,
    keys_of: KeysOf,
) -> KeyPath | None:
    """Set one value in copies of the tables that hold it, or in new ones.

    Returns
    -------
    its full path, or None where its table does not exist
    """
    table: Any = data
    full: KeyPath = ()
    for key in path[:-1]:
        step = entry(table, key)
        if step is None and isinstance(table, dict) and key in keys_of(full):
            step, table[key] = key, {}
        if step is None or not isinstance(table[step], (dict, list)):
            missing(table, (*full, key), findings, keys_of(full), found=step is not None)
            return None
        table[step] = copy.copy(table[step])
        table, full = table[step], (*full, step)
    last = path[-1] if isinstance(table, dict) else entry(table, path[-1])
    if last is None:
        missing(table, (*full, path[-1]), findings, (), found=False)
        return None
    table[last] = value
    return (*full, last)


def entry(table: Any, key: str) -> str | int | None:
    """Return the key of a table, or the place in a list (from 0), if it exists."""
    if isinstance(table, list):
        return int(key) if key.isdecimal() and int(key) < len(table) else None
    return key if key in table else None


def missing(
    table: Any, path: KeyPath, findings: Findings, more: Iterable[str], *, found: bool
) -> None:
    """Add the fault of a table that cannot be set into.

    Parameters
    ----------
    more : names that the table may have beside those that it has
    found : whether there is a value that is no table
    """
    there = list(table) if isinstance(table, dict) else [str(at) for at in range(len(table))]
    known = list(dict.fromkeys([*there, *more]))
    what = _("a value that is no table") if found else _("no such table")
    words = (
        _("a table of the file ({known})").format(known=", ".join(there[:12]))
        if there
        else _("a table of the file")
    )
    outside(findings, path, what, words, known)


def outside(
    findings: Findings, path: KeyPath, found: str, allowed: str, known: Sequence[str] = ()
) -> None:
    """Add the fault of what was to be set from outside, and was not."""
    findings.source.overridden.add(path)
    findings.fault(path, found, allowed, known, str(path[-1]))
    findings.source.overridden.discard(path)


def plain(value: object) -> Any:
    """Turn Python values into those that a file can hold."""
    if isinstance(value, Mapping):
        return {composed(str(key)): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, str):
        return composed(value)
    if isinstance(value, (bool, int, float, dt.date, dt.time)):
        return value
    return value.item() if hasattr(value, "item") else value
