"""Draws of uncertain inputs, keyed as all luck is: no draw depends on which others there are.

The uniform of input X in draw k is the first lane of the block with key (seed, k) and counter
(H("uncertain:X"), 0, 0, 0), X the name of its entry. So more draws, another input or another file
move none, and files that have an entry of one name share its draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowsim.analysis.spreads import quantile
from flowsim.engine.kernel import name_hash, uniforms
from flowsim.scenario.amounts import amount_of, in_one_unit
from flowsim.scenario.ranges import Range, Target, is_overwritten, ranges_of, target_at
from flowsim.scenario.schema import Scenario
from flowsim.scenario.share_tables import moved_shares
from flowsim.scenario.source import KeyPath, spelled

__all__ = ["DrawnInput", "InputDraws", "draw_inputs", "has_unknown"]

Floats = NDArray[np.float64]
Values = list[tuple[Target, Any]]


@dataclass(frozen=True, eq=False)
class DrawnInput:
    """An input that is drawn.

    Parameters
    ----------
    name : of its entry, or its key path where it stands in a file of draws
    targets : the keys that it moves
    unit : of the numbers: "" of plain ones, shares and factors, "week", "per year"
    is_factor : whether the numbers multiply what the file says
    numbers : of each draw (n,)
    uniforms : the quantile of each draw (n,); of a file of draws the rank
    """

    name: str
    targets: tuple[Target, ...]
    unit: str
    is_factor: bool
    numbers: Floats
    uniforms: Floats


@dataclass(frozen=True, eq=False)
class InputDraws:
    """Draws of all uncertain inputs of a scenario.

    Parameters
    ----------
    scenario : whose inputs
    seed : key of the draws
    inputs : each that is drawn
    values : of each draw, what its keys get
    hang_together : whether they come from a file, and need not be independent
    """

    scenario: Scenario
    seed: int
    inputs: tuple[DrawnInput, ...]
    values: tuple[Values, ...]
    hang_together: bool = False

    def __len__(self) -> int:
        return len(self.values)

    def settings(self, draw: int) -> dict[str, Any]:
        """Return what a draw sets in the scenario, by key path.

        A share moves the others of its table, which is set as a whole. The ranges themselves are
        taken out: nothing of what was drawn is uncertain any more.
        """
        data: Any = self.scenario._source.data
        found: dict[str, Any] = {"uncertain": {}}
        moved: dict[KeyPath, dict[str | int, float]] = {}
        for target, value in self.values[draw]:
            if target.table:
                moved.setdefault(target.table, {})[target.share] = value
            else:
                found[target.key] = value
        for table, new in moved.items():
            found[spelled(table)] = moved_shares(data, table, new)
        return found

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Return the key paths that the draws set, tables by year or group key by key."""
        return tuple(key for target, value in self.values[0] for key, _ in leaves(target, value))

    def rows(self) -> Iterator[list[Any]]:
        """Return the values of each draw, in the order of `columns`."""
        for values in self.values:
            yield [amount for target, value in values for _, amount in leaves(target, value)]


def leaves(target: Target, value: Any) -> Iterator[tuple[str, Any]]:
    """Return the amounts of a value with their key paths."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from leaves(Target((*target.path, key), entry), entry)
    else:
        yield target.key, value


def has_unknown(scenario: Scenario) -> bool:
    """Whether a scenario has inputs that are drawn."""
    return scenario._source.draws is not None or bool(ranges_of(scenario))


def draw_inputs(scenario: Scenario, seed: int, n: int, first: int = 0) -> InputDraws:
    """Draw the uncertain inputs of a scenario.

    Parameters
    ----------
    scenario : checked
    seed : key of the draws
    n : how many draws
    first : the number of the first
    """
    table = columns_of(scenario)
    ranges = ranges_of(scenario, [target.path for target, _ in table])
    quantiles = {one.name: keyed(one.name, seed, n, first) for one in ranges}
    numbers = {one.name: np.empty(n) for one in ranges}
    rows = scenario._source.draws.rows if scenario._source.draws is not None else ()
    values: list[Values] = []
    for k in range(n):
        row = rows[(first + k) % len(rows)] if rows else ()
        own: Values = [(target, row[column]) for target, column in table]
        room = Room(ranges, own)
        for one in ranges:
            number = room.number(one, float(quantiles[one.name][k]))
            numbers[one.name][k] = number
            own += room.taken(one, number)
        values.append(own)
    kept = [from_file(target, column, rows, n, first) for target, column in table]
    drawn = [
        DrawnInput(o.name, o.targets, o.unit, o.is_factor, numbers[o.name], quantiles[o.name])
        for o in ranges
    ]
    return InputDraws(scenario, seed, (*kept, *drawn), tuple(values), bool(table))


def keyed(name: str, seed: int, n: int, first: int) -> Floats:
    """Return the uniforms of an input in n draws."""
    zero, key, name_word = np.uint64(0), np.uint64(seed), np.uint64(name_hash("uncertain", name))
    blocks = (
        uniforms(key, np.uint64(k), name_word, zero, zero, zero) for k in range(first, first + n)
    )
    return np.array([lane for lane, *_ in blocks], dtype=np.float64)


class Room:
    """What the shares of a draw leave for those that are drawn after them.

    Parameters
    ----------
    ranges : what is drawn
    values : what a file of draws has set already
    """

    def __init__(self, ranges: tuple[Range, ...], values: Values) -> None:
        self.left: dict[KeyPath, float] = {}
        for one in ranges:  # the lows of those still to come are theirs
            for target in one.targets:
                if target.table:
                    low = one.low * target.value if one.is_factor else one.low
                    self.left[target.table] = self.left.get(target.table, 1.0) - low
        for target, value in values:
            if target.table in self.left:
                self.left[target.table] -= value

    def number(self, one: Range, u: float) -> float:
        """Return the number of an input at a quantile, within what is left of its table."""
        low, high, mode = one.low, one.high, one.mode
        for target in one.targets:
            if target.table and low < high:
                size = target.value if one.is_factor else 1.0
                most = low + max(0.0, self.left[target.table]) / size if size else high
                high = min(high, most)
        mode = None if mode is None else min(mode, high)
        return quantile(one.spread, low, high, u, mode=mode, whole=one.whole and not one.is_factor)

    def taken(self, one: Range, number: float) -> Values:
        """Return what an input's keys get, and take it from what is left."""
        values = one.values(number)
        for target, value in values:
            if target.table:
                low = one.low * target.value if one.is_factor else one.low
                self.left[target.table] -= value - low
        return values


def columns_of(scenario: Scenario) -> list[tuple[Target, int]]:
    """Return the keys of the file of draws with their columns, without those set from outside."""
    source = scenario._source
    keys = source.draws.keys if source.draws is not None else ()
    table = [(target_at(source, key), at) for at, key in enumerate(keys)]
    return [
        (target, at)
        for target, at in table
        if target is not None and not is_overwritten(source, target.path)
    ]


def from_file(
    target: Target, column: int, rows: tuple[tuple[Any, ...], ...], n: int, first: int
) -> DrawnInput:
    """Return a column of a file of draws as an input."""
    amounts = [amount for row in rows if (amount := amount_of(row[column])) is not None]
    numbers, unit = in_one_unit(amounts)
    order = np.argsort(np.argsort(numbers, kind="stable"), kind="stable")
    rank = (order + 0.5) / len(rows)
    which = np.arange(first, first + n) % len(rows)
    return DrawnInput(target.key, (target,), unit, False, np.array(numbers)[which], rank[which])
