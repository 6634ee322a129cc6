"""A share that is moved by itself: the others of its table keep their proportions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flowsim.language import _
from flowsim.scenario.overrides import outside
from flowsim.scenario.positions import key_parts
from flowsim.scenario.quantities import shown
from flowsim.scenario.share_tables import moved_shares, share_table, shares_in
from flowsim.scenario.source import Findings, KeyPath, places, spelled

__all__ = ["ROUNDING", "in_proportion", "is_moved", "others_of", "share_at"]

ROUNDING = 1e-9


def share_at(data: Any, key: str) -> tuple[KeyPath, str | int] | None:
    """Return the table of shares that a key path leads into, and which share it is.

    Examples
    --------
    >>> share_at({"groups": {"age": {"young": 1, "old": 3}}}, "groups.age.old")
    (('groups', 'age'), 'old')
    """
    path = places(data, key_parts(key))
    table = share_table(path)
    if not table:
        return None
    try:
        shares = shares_in(data, table)
    except (ValueError, TypeError, KeyError, ZeroDivisionError):
        return None  # no shares can be read: what is wrong with them is a fault of its own
    return (table, path[len(table)]) if path[len(table)] in shares else None


def is_moved(data: Any, key: str, value: object) -> bool:
    """Whether a setting moves a share: a number, and neither "rest" nor a table."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and share_at(data, key) is not None


def in_proportion(
    data: Any, settings: Mapping[str, Any], findings: Findings | None = None
) -> dict[str, Any]:
    """Return settings with whole tables in the place of the shares that are moved.

    Each of the other shares of a table is multiplied by (1 - what is moved) / (1 - what that was);
    all other settings stay as they are. A share that cannot be moved is a fault.

    Parameters
    ----------
    data : the values of the scenario before
    settings : by key path; a share is a number from 0 to 1, even where the file writes weights
    findings : where faults go

    Examples
    --------
    >>> data = {"groups": {"age": {"young": 1, "old": 3}}}
    >>> in_proportion(data, {"groups.age.old": 0.5, "run.seed": 2})
    {'run.seed': 2, 'groups.age': {'young': 0.5, 'old': 0.5}}
    """
    others: dict[str, Any] = {}
    moved: dict[KeyPath, dict[str | int, float]] = {}
    for key, value in settings.items():
        at = share_at(data, key)
        if at is None or not is_moved(data, key, value):
            others[key] = value
        else:
            moved.setdefault(at[0], {})[at[1]] = value
    for table, new in moved.items():
        if findings is None or can_move(data, table, new, findings):
            others[spelled(table)] = moved_shares(data, table, new)
    return others


def others_of(data: Any, table: KeyPath, moved: Collection[str | int]) -> float:
    """Return what the shares of a table sum to that are not moved."""
    return sum(share for key, share in shares_in(data, table).items() if key not in moved)


def can_move(data: Any, table: KeyPath, new: Mapping[str | int, float], findings: Findings) -> bool:
    """Whether shares of a table can be moved; a fault for what is wrong."""
    shares = shares_in(data, table)
    wrong = [key for key, share in new.items() if not 0 <= share <= 1]
    for key in wrong:
        outside(findings, (*table, key), shown(new[key]), _("a share from 0 to 1"))
    if wrong or all(share == shares[key] for key, share in new.items()):
        return not wrong
    last: KeyPath = (*table, list(new)[-1])
    total = sum(new.values())
    if total > 1 + ROUNDING:
        found = _("shares that sum to {total:g}").format(total=round(total, 6))
        outside(findings, last, found, _("shares of one table that sum to at most 1"))
        return False
    if not others_of(data, table, new) > 0:
        found = _("nothing left of {table} beside what is moved").format(table=spelled(table))
        words = _("shares of which at least one other, above 0, can give way")
        outside(findings, last, found, words)
        return False
    return True
