"""Charts of results, which the floor above draws and lends to them here.

So `results.plot` is there for users, while nothing that runs scenarios knows how they are drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["lend", "of"]

_LENT: list[Callable[[Any], Any]] = []


def lend(plot: Callable[[Any], Any]) -> None:
    """Take note of what gives the charts of a result."""
    _LENT[:] = [plot]


def of(result: object) -> Any:
    """Return the charts of a result."""
    if not _LENT:
        raise RuntimeError("nobody draws charts; import flowsim first")
    return _LENT[0](result)
