"""A paper as JSON: its texts, and the numbers behind those that tell a number."""

from __future__ import annotations

import json as plain
from math import isfinite
from typing import Any

from flowsim.report.document.blocks import Block, Cell, Document, Picture, Table
from flowsim.report.words import Value

__all__ = ["json"]


def json(document: Document) -> str:
    """Write a paper as one JSON object; drawings are left out, their numbers are there."""
    sections = [
        {"name": one.name, "title": one.title, "blocks": [fields(block) for block in one.blocks]}
        for one in document.sections
    ]
    told = {name: getattr(document, name) for name in ("title", "language", "version", "hash")}
    return plain.dumps({**told, "sections": sections}, ensure_ascii=False, indent=1) + "\n"


def fields(block: Block) -> dict[str, Any]:
    """Return what a part of the paper says."""
    match block:
        case Table():
            return {
                "kind": block.kind,
                "caption": block.caption,
                "heads": block.heads,
                "rows": [[of_cell(cell) for cell in row] for row in block.rows],
                "note": block.note,
            }
        case Picture():
            told = {name: getattr(block, name) for name in ("kind", "title", "caption", "text")}
            return {**told, "table": fields(block.table)}
        case _:
            return {"kind": block.kind, **vars(block)}


def of_cell(cell: Cell) -> str | dict[str, Any]:
    """Return a text; of a number its text, its unit, and the number in full."""
    if not isinstance(cell, Value):
        return cell
    numbers = [number if isfinite(number) else None for number in cell.numbers]
    return {"text": str(cell), "unit": cell.unit, "numbers": numbers}
