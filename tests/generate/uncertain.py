"""What a generated scenario says nobody has measured: ranges, and a file of draws."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowsim.scenario.amounts import amount_of, times
from flowsim.scenario.source import spelled
from generate.draft import Draft
from generate.written import Table

MOVED = ("rate", "mean", "target_wait", "caseload", "cost_per_participant", "target_group")
"""Keys that take any amount a little beside the one that they have."""
CENTRES = ("uniform", "loguniform", "triangular", "normal")


def ranges(draft: Draft, tables: Table) -> Table:
    """Some inputs of the tables that lie between two values."""
    free = [(spelled(path), value) for path, value in amounts((), tables) if times(value, 2)]
    draft.rng.shuffle(free)
    if not free or not draft.chance(0.5):
        return {}
    key, value = free.pop()
    table: Table = {key: bounds(draft, value)}
    if free and draft.chance(0.5):
        key, value = free.pop()
        table["together"] = {"keys": [key], **factor(draft)}
    if free and draft.chance(0.3):
        key, value = free.pop()
        draft.lists["draws.csv"] = f'"{quoted(key)}"\n{value}\n{times(value, 1.5)}\n'
        table["draws"] = draft.rng.choice(["draws.csv", {"file": "draws.csv"}])
    return {
        name: entry if name == "draws" else reasoned(draft, entry) for name, entry in table.items()
    }


def amounts(path: tuple[Any, ...], value: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    for key, entry in value.items() if isinstance(value, dict) else ():
        if isinstance(entry, dict):
            yield from amounts((*path, key), entry)
        elif key in MOVED and (amount := amount_of(entry)) is not None and amount.number > 0:
            yield (*path, key), entry


def bounds(draft: Draft, value: Any) -> Table:
    low, high = times(value, 0.9), times(value, 1.1)
    kind = draft.rng.choice(CENTRES)
    table: Table = {"low": low, "high": high}
    if kind == "triangular":
        table["mode"] = value
    if kind != "uniform" or draft.chance(0.5):
        table["distribution"] = kind
    whole = isinstance(value, int) and draft.chance(0.5)
    return {"low": 0, "high": value, "whole": True} if whole and kind == "uniform" else table


def factor(draft: Draft) -> Table:
    low, high = draft.rng.choice([(0.9, 1.1), (1, 1)])
    table: Table = {"low": low, "high": high}
    draft.maybe(0.5, table, "mode", lambda: 1)
    entry: Table = {"factor": table}
    draft.maybe(0.3, entry, "whole", lambda: False)
    return entry


def reasoned(draft: Draft, entry: Table) -> Table:
    """Say why, or where it stands."""
    draft.maybe(0.5, entry, "source", lambda: "plan, page 4")
    if "source" not in entry or draft.chance(0.2):
        entry["why"] = "a convention"
    return entry


def quoted(text: str) -> str:
    return text.replace('"', '""')
