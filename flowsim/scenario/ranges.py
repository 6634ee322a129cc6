"""Each entry of `[uncertain]` with the keys that it moves, in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flowsim.scenario.amounts import amount_of, in_one_unit, times, written
from flowsim.scenario.positions import key_parts
from flowsim.scenario.schema import Scenario
from flowsim.scenario.share_tables import share_table, shares_in
from flowsim.scenario.source import KeyPath, Source, spelled
from flowsim.scenario.uncertain import DRAWS, Kind, UncertainInput

__all__ = ["Range", "Target", "is_overwritten", "keys_of", "ranges_of", "target_at"]


@dataclass(frozen=True)
class Target:
    """A key of the file that is moved.

    Parameters
    ----------
    path : as it is set
    value : what the file has there; of a share, the share after reading
    table : of which it is one share; () if it is none
    """

    path: KeyPath
    value: Any
    table: KeyPath = ()

    @property
    def key(self) -> str:
        """Its path, as it can be typed."""
        return spelled(self.path)

    @property
    def share(self) -> str | int:
        """Of a share, its key in the table."""
        return self.path[len(self.table)]


@dataclass(frozen=True)
class Range:
    """Between what some keys lie that move together.

    Parameters
    ----------
    name : of the entry
    targets : what it moves
    low, high, mode : numbers of the unit; `mode` None where there is none
    unit : of the numbers, as `written` takes it
    spread : how it is spread between the two
    is_factor : whether it multiplies what the file says
    whole : whether it is whole
    ends : low and high as they stand in the file
    """

    name: str
    targets: tuple[Target, ...]
    low: float
    high: float
    mode: float | None
    unit: str
    spread: Kind
    is_factor: bool
    whole: bool
    ends: tuple[Any, Any]

    def values(self, number: float) -> list[tuple[Target, Any]]:
        """Return what each key gets at a number, as a file writes it."""
        if self.is_factor:
            return [
                (one, times(one.value, number, whole=self.whole) if number != 1 else one.value)
                for one in self.targets
            ]
        if number in (self.low, self.high):
            return [(one, self.ends[number != self.low]) for one in self.targets]
        value = round(number) if self.whole and not self.unit else written(number, self.unit)
        return [(one, value) for one in self.targets]


def keys_of(name: str, entry: UncertainInput) -> tuple[str, ...]:
    """Return the key paths that an entry is about."""
    return entry.keys or (name,)


def target_at(source: Source, key: str) -> Target | None:
    """Find the key that is moved; None where the file has nothing there."""
    path = source.path_of(key_parts(key))
    value = source.at(path) if path else None
    if value is None:
        return None
    table = share_table(path)
    if not table:
        return Target(path, value)
    try:
        shares = shares_in(source.data, table)
    except (ValueError, TypeError, KeyError, ZeroDivisionError):
        return Target(path, value)  # a fault of its own
    if isinstance(value, Mapping):
        path = (*path, "share")
    return Target(path, shares[path[len(table)]], table)


def is_overwritten(source: Source, path: KeyPath) -> bool:
    """Whether a key, something above it or something below it was set from outside."""
    return source.is_set(path) or any(
        other[: len(path)] == path or path[: len(other)] == other for other in source.overridden
    )


def ranges_of(scenario: Scenario, without: Iterable[KeyPath] = ()) -> tuple[Range, ...]:
    """List what is drawn of a checked scenario, in the order of the file.

    What was set from outside is not uncertain any more; what a file of draws has comes from there.

    Parameters
    ----------
    scenario : checked
    without : paths of keys that are drawn elsewhere
    """
    source, elsewhere = scenario._source, set(without)
    ranges = []
    for name, entry in scenario.uncertain.items():
        if name == DRAWS:
            continue
        keys = [target_at(source, key) for key in keys_of(name, entry)]
        targets = tuple(
            one
            for one in keys
            if one and one.path not in elsewhere and not is_overwritten(source, one.path)
        )
        if targets:
            ranges.append(range_of(name, entry, targets))
    return tuple(ranges)


def range_of(name: str, entry: UncertainInput, targets: tuple[Target, ...]) -> Range:
    """Return an entry in numbers; it is checked already."""
    if entry.factor is not None:
        one = entry.factor
        low, high, mode, unit = one.low, one.high, one.mode, ""
        ends: tuple[Any, Any] = (low, high)
    else:
        told = [entry.low, entry.high, *([] if entry.mode is None else [entry.mode])]
        amounts = [amount for amount in map(amount_of, told) if amount is not None]
        numbers, unit = in_one_unit(amounts)
        low, high = numbers[:2]
        mode = numbers[2] if len(numbers) > 2 else None
        ends = (entry.low, entry.high)
    return Range(
        name=name,
        targets=targets,
        low=low,
        high=high,
        mode=mode,
        unit=unit,
        spread=entry.spread,
        is_factor=entry.factor is not None,
        whole=entry.whole,
        ends=ends,
    )
