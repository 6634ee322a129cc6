"""Values of a file -> a model of the schema; where some are faulty, the rest is still read.

What is faulty is taken out, or a stand-in put in its place, and the rest is read again, so that one
reading shows all there is to mend.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from flowsim.scenario.source import Findings, KeyPath, has
from flowsim.scenario.wording import Wrong, wrong

__all__ = ["validated"]

Model = TypeVar("Model", bound=BaseModel)
MOST_TIMES = 100
MOST_READ = 20_000_000
"""Characters that are read at most, all times together."""


def validated(
    model: type[Model],
    data: dict[str, Any],
    findings: Findings,
    stand_ins: Mapping[str, Any],
    context: Mapping[str, Any] | None = None,
) -> Model | None:
    """Read values; with faulty ones, whatever can be read of the rest.

    Parameters
    ----------
    model : of the whole file
    data : the values
    findings : where faults go
    stand_ins : what takes the place of a needed key that is faulty
    context : of the validators of the model
    """
    rest = data
    for _ in range(min(MOST_TIMES, 1 + MOST_READ // (1 + len(findings.source.text)))):
        try:
            return model.model_validate(rest, context=dict(context or {}))
        except ValidationError as error:
            details = sorted(error.errors(), key=lambda detail: detail["type"] != "extra_forbidden")
        found = [wrong(detail, model, data, findings.nearest) for detail in details]
        for detail, one in zip(details, found, strict=True):
            note(detail["type"], one, findings)
        paths = [one.path for one in found]
        if not findings.faults:
            findings.add(*found[0])
        rest = copy.deepcopy(data) if rest is data else rest
        changes = [
            take_out(rest, path, stand_ins) for path in sorted(paths, key=last_first, reverse=True)
        ]
        for path in paths:
            findings.silence(path)
        if not any(changes):
            break
    return None


def note(kind: str, one: Wrong, findings: Findings) -> None:
    """Add a fault, unless it only follows from what was taken out.

    A misspelt key stands for the key that was meant: that this one is missing is no second fault.
    Where both are there, each is checked.
    """
    if findings.is_touched(one.path[:-1], *one.path[-1:]):
        return
    findings.add(*one)
    meant = (*one.path[:-1], one.near)
    is_misspelt = kind in ("extra_forbidden", "flowsim") and one.near
    if is_misspelt and findings.source.at(meant) is None:
        findings.silence(meant)
    if one.path == ("run", "length"):
        findings.silence(("run", "until"))


def last_first(path: KeyPath) -> tuple[int, tuple[int, ...]]:
    """Sort deep paths and late places of a list behind others."""
    return len(path), tuple(key if isinstance(key, int) else -1 for key in path)


def take_out(data: Any, path: KeyPath, stand_ins: Mapping[str, Any]) -> bool:
    """Take a value out, or put a stand-in where one is needed; tell whether that could be done."""
    *above, last = path or ("",)
    table: Any = data
    for key in above:
        table = table[key] if has(table, key) else None
    if has(table, last):
        del table[last]
        return True
    if isinstance(table, dict) and last in stand_ins:
        table[last] = copy.deepcopy(stand_ins[str(last)])
        return True
    return bool(above) and take_out(data, tuple(above), stand_ins)
