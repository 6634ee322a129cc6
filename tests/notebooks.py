"""Notebooks of the docs: their cells are run as a reader runs them, one after the other."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

__all__ = ["cells", "executed"]


def cells(path: Path, kind: str = "code") -> list[str]:
    """Texts of the cells of a kind."""
    book = json.loads(path.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == kind]


def executed(path: Path) -> list[Any]:
    """Run all code cells in one namespace, and return what each shows: its last expression."""
    names: dict[str, Any] = {"__name__": "__main__"}
    shown = []
    for number, text in enumerate(cells(path)):
        tree = ast.parse(text, f"{path.name}, code cell {number}")
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, f"{path.name}, code cell {number}", "exec"), names)
        value = None
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), path.name, "eval"), names)
        shown.append(value)
    return shown
