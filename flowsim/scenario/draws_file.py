"""Draws of uncertain inputs in a file: a column for each key path, a row for each draw."""

from __future__ import annotations

import csv
from collections import Counter
from typing import Any

from flowsim.errors import Fault
from flowsim.language import N_, _
from flowsim.letters import composed
from flowsim.scenario.amounts import Amount, amount_of
from flowsim.scenario.quantities import shown
from flowsim.scenario.ranges import Target
from flowsim.scenario.source import Draws, Findings, KeyPath

__all__ = ["DrawsFile", "cell_of"]

FORM = N_("a CSV file whose first line has key paths, and each other line the values of a draw")
MOST_FAULTS = 20


def cell_of(text: str) -> Any:
    """Read a cell as the file of a scenario would have it; None if it is no amount.

    Examples
    --------
    >>> cell_of("6.2 weeks"), cell_of("0.25"), cell_of("nan"), cell_of("")
    ('6.2 weeks', 0.25, None, None)
    """
    try:
        value: Any = float(text)
    except ValueError:
        value = text
    return None if amount_of(value) is None else value


class DrawsFile:
    """Reads a file of draws; collects its faults.

    Parameters
    ----------
    file : as the scenario names it
    findings : where faults go
    """

    def __init__(self, file: str, findings: Findings) -> None:
        self.file = file
        self.findings = findings
        self.n_faults = 0

    def table(self, text: str) -> list[list[str]]:
        """Return the cells of its lines, the empty ones left out; the first has the key paths."""
        lines = composed(text.removeprefix("\ufeff")).splitlines()
        separator = next((s for s in ";\t" if lines and s in lines[0]), ",")
        try:
            rows = [
                [cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)
            ]
        except csv.Error:
            rows = []
        rows = [row for row in rows if any(row)]
        if not rows:
            self.fault(0, "", _("no readable list"), _(FORM))
        for key, n in Counter(rows[0] if rows else ()).items():
            if n > 1:
                self.fault(1, key, _("the column twice"), _("each column once"))
        return rows

    def rows(self, table: list[list[str]], targets: list[Target]) -> Draws:
        """Read the draws.

        Parameters
        ----------
        table : the cells of its lines
        targets : the key of each column
        """
        if len(table) < 3:
            self.fault(0, "", _("fewer than 2 draws"), _("at least 2 draws"))
        rows = tuple(
            tuple(self.cells(line, row, table[0], targets)) for line, row in enumerate(table[1:], 2)
        )
        return Draws(self.file, tuple(one.key for one in targets), rows)

    def cells(
        self, line: int, row: list[str], names: list[str], targets: list[Target]
    ) -> list[Any]:
        """Read the values of a draw."""
        if len(row) != len(names):
            words = _("{n_columns}, as in the first line").format(n_columns=len(names))
            self.fault(line, "", _("{n_row} columns").format(n_row=len(row)), words)
            return []
        values = [cell_of(cell) for cell in row]
        for name, cell, value, target in zip(names, row, values, targets, strict=True):
            wanted, amount = amount_of(target.value), amount_of(value)
            if amount is None or (wanted or Amount(0)).kind != amount.kind:
                words = _("a value written as {key} is: {value}")
                told = words.format(key=name, value=shown(target.value))
                self.fault(line, name, shown(value if value is not None else cell), told)
            elif target.table and not 0 <= amount.number <= 1:
                self.fault(line, name, shown(value), _("a share from 0 to 1"))
        self.check_sums(line, values, targets)
        return values

    def check_sums(self, line: int, values: list[Any], targets: list[Target]) -> None:
        """Check that shares of one table leave something for the others, or nothing."""
        sums: dict[KeyPath, float] = {}
        for target, value in zip(targets, values, strict=True):
            if target.table and isinstance(value, float):
                sums[target.table] = sums.get(target.table, 0.0) + value
        for target in targets:
            if target.table and sums.pop(target.table, 0) > 1 + 1e-9:
                words = _("shares of one table that sum to at most 1")
                self.fault(line, target.key, _("shares that sum to more than 1"), words)

    def fault(self, line: int, column: str, found: str, allowed: str) -> None:
        """Add a fault; of very many, the first ones."""
        self.n_faults += 1
        if self.n_faults <= MOST_FAULTS:
            self.findings.tell(Fault(self.file, line, column, found, allowed, ""))
