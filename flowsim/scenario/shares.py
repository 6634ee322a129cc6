"""Shares of a whole: routes, mixes, who pays. Resolved to numbers that sum to 1."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from flowsim.language import N_, _
from flowsim.scenario.quantities import Limits, Said, invalid

__all__ = ["SHARE_SCHEMA", "read_mix", "read_routes", "read_shares"]

TOLERANCE = 0.001
SHARE = Limits(0)
SHARE_WORDS = N_('a share from 0 to 1, a whole-number weight, or "rest"')
SUM_WORDS = N_('shares that sum to 1, of which one may be "rest", or whole-number weights')
SHARE_SCHEMA: dict[str, Any] = {"anyOf": [{"type": "number", "minimum": 0}, {"const": "rest"}]}


def read_shares(table: object, words: str = SUM_WORDS) -> dict[str, float]:
    """Read a table of shares, one of which may be "rest", or of whole-number weights.

    The words say what is allowed where it is no table.

    Examples
    --------
    >>> read_shares({"work": 0.2, "studies": "rest"})
    {'work': 0.2, 'studies': 0.8}
    >>> read_shares({"ready": 3, "other": 1})
    {'ready': 0.75, 'other': 0.25}
    """
    if not isinstance(table, Mapping):
        raise invalid(table, _(words))
    if not table:
        raise invalid(Said(_("an empty table")), _(SUM_WORDS))
    rest = [name for name, share in table.items() if share == "rest"]
    if len(rest) > 1:
        raise invalid("rest", _('only one "rest"'), rest[1])
    numbers = {name: read_share(name, share) for name, share in table.items() if share != "rest"}
    if any(share > 1 for share in numbers.values()):
        return weights(table, numbers)
    return with_rest(table, numbers)


def read_share(name: str, share: object) -> float:
    """Read one number of a table of shares."""
    try:
        return SHARE.read(share)
    except ValueError:
        raise invalid(share, _(SHARE_WORDS), name) from None


def weights(table: Mapping[str, object], numbers: dict[str, float]) -> dict[str, float]:
    """Turn whole-number weights into shares."""
    part = next((name for name, share in numbers.items() if share != int(share)), None)
    if part is not None:
        raise invalid(table[part], _("shares of at most 1, or whole-number weights only"), part)
    if len(numbers) < len(table):
        raise invalid("rest", _('no "rest" among whole-number weights'), only_rest(table))
    total = math.fsum(numbers.values())
    return {name: share / total for name, share in numbers.items()}


def with_rest(table: Mapping[str, object], numbers: dict[str, float]) -> dict[str, float]:
    """Give "rest" what is left, and let the shares sum to 1."""
    total = math.fsum(numbers.values())
    has_rest = len(numbers) < len(table)
    if total > 1 + TOLERANCE or (not has_rest and total < 1 - TOLERANCE):
        raise invalid(
            Said(_("shares that sum to {total:g}").format(total=round(total, 6))), _(SUM_WORDS)
        )
    rest = max(0.0, 1.0 - total)
    shares = {name: numbers.get(name, rest) for name in table}
    total = math.fsum(shares.values())
    return shares if total == 1 else {name: share / total for name, share in shares.items()}


def only_rest(table: Mapping[str, object]) -> str:
    """Return the name whose share is "rest"."""
    return next(name for name, share in table.items() if share == "rest")


def read_mix(mix: object) -> dict[str, float]:
    """Read the mix of a group: shares of its values, or one value that all have.

    Examples
    --------
    >>> read_mix("ale")
    {'ale': 1.0}
    """
    if isinstance(mix, str):
        return {mix: 1.0}
    return read_shares(mix, N_("one value, or a table of values and their shares"))


def read_routes(table: object) -> object:
    """Read routes: a share each, or a table { share, after }; the shares are made to sum to 1.

    Examples
    --------
    >>> read_routes({"work": 0.3, "home": {"share": "rest", "after": "2 weeks"}})
    {'work': {'share': 0.3}, 'home': {'share': 0.7, 'after': '2 weeks'}}
    """
    if not isinstance(table, Mapping):
        raise invalid(table, _("a table of steps and exits with their shares"))
    routes = {
        name: dict(to) if isinstance(to, Mapping) else {"share": to} for name, to in table.items()
    }
    lacking = next((name for name, route in routes.items() if "share" not in route), None)
    if lacking is not None:
        raise invalid(None, _(SHARE_WORDS), lacking, "share")
    shares = read_shares({name: route["share"] for name, route in routes.items()})
    return {name: {**route, "share": shares[name]} for name, route in routes.items()}
