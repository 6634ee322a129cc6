"""A sheet as it was read: rows of cells, of which nothing is known yet."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

__all__ = ["Cell", "Grid", "column_letters"]

Cell = str | int | float | bool | dt.date | dt.time | dt.timedelta | None


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A sheet.

    Parameters
    ----------
    name : of the sheet; None for a text file
    rows : of cells; a cell that is empty is None or an empty text
    first_row : what the first row is called by who looks at the file
    """

    name: str | None
    rows: list[list[Cell]]
    first_row: int = 1

    def __repr__(self) -> str:
        """Show no cell: what is in a list is nobody else's business."""
        return f"<Grid of {len(self.rows)} rows>"


def column_letters(position: int) -> str:
    """Return what a spreadsheet calls a column, from 0.

    Examples
    --------
    >>> column_letters(0), column_letters(25), column_letters(26), column_letters(701)
    ('A', 'Z', 'AA', 'ZZ')
    """
    letters = ""
    position += 1
    while position:
        position, left = divmod(position - 1, 26)
        letters = chr(65 + left) + letters
    return letters
