"""Which keys of a file are one share of a whole: routes, mixes, who pays, weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowsim.scenario.shares import read_shares
from flowsim.scenario.source import KeyPath, value_at

__all__ = ["moved_shares", "share_table", "shares_in"]

OF_DISTRIBUTIONS = ("weights", "shares")


def share_table(path: KeyPath) -> KeyPath:
    """Return the table of shares that a key is one of; () if it is none.

    Examples
    --------
    >>> share_table(("steps", "mapping", "next", "coaching", "share"))
    ('steps', 'mapping', 'next')
    >>> share_table(("groups", "age", "16-29")), share_table(("run", "seed"))
    (('groups', 'age'), ())
    """
    match path:
        case ("steps", _, "next", _) | ("steps", _, "next", _, "share"):
            return path[:3]
        case ("steps", _, "next_for", _, _) | ("steps", _, "next_for", _, _, "share"):
            return path[:4]
        case ("groups", _, _) | ("costs", "contributions", _):
            return path[:2]
        case ("referrals", _, "groups", _, _):
            return path[:4]
        case ("teams", _, "financed_by", _):
            return path[:3]
        case (*_, key, int()) if key in OF_DISTRIBUTIONS:
            return path[:-1]
    return ()


def shares_in(data: Any, table: KeyPath) -> dict[str | int, float]:
    """Return the shares of a table of the file, as they are after reading; they sum to 1.

    Raises
    ------
    ValueError
        If they are none.

    Examples
    --------
    >>> shares_in({"steps": {"a": {"next": {"b": {"share": 0.3}, "c": "rest"}}}},
    ...     ("steps", "a", "next"))
    {'b': 0.3, 'c': 0.7}
    """
    value = value_at(data, table)
    if isinstance(value, list):
        total = sum(value)
        return {at: share / total for at, share in enumerate(value)}
    entries = value.items() if isinstance(value, Mapping) else ()
    own = {key: one["share"] if isinstance(one, Mapping) else one for key, one in entries}
    shares: dict[str | int, float] = {}
    shares.update(read_shares(own))
    return shares


def moved_shares(data: Any, table: KeyPath, new: Mapping[str | int, float]) -> Any:
    """Return a table of shares of which some are set; the others keep their proportions.

    Each of the others is multiplied by (1 - what is set) / (1 - what that was). Where nothing that
    is set is another than before, the table is as it was.

    Parameters
    ----------
    data : the values of the file
    table : which of its tables
    new : the shares that are set, by key; they sum to at most 1

    Examples
    --------
    >>> moved_shares({"groups": {"age": {"young": 1, "old": 3}}}, ("groups", "age"), {"young": 0.5})
    {'young': 0.5, 'old': 0.5}
    """
    shares, value = shares_in(data, table), value_at(data, table)
    if all(share == shares[key] for key, share in new.items()):
        return value
    left = sum(share for key, share in shares.items() if key not in new)
    by = max(0.0, 1.0 - sum(new.values())) / left
    own = {key: new.get(key, share * by) for key, share in shares.items()}
    if isinstance(value, list):
        return list(own.values())
    return {
        key: {**value[key], "share": share} if isinstance(value[key], Mapping) else share
        for key, share in own.items()
    }
