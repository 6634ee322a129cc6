"""A scenario as files: its TOML, and the CSV lists beside it."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import Any

import flowsim

Table = dict[str, Any]


@dataclass(frozen=True)
class Written:
    """The text of a scenario file, and its lists by name."""

    text: str
    lists: dict[str, str]

    def __str__(self) -> str:
        return self.text + "".join(f"\n# {name}\n{text}" for name, text in self.lists.items())

    def load(self, **overrides: object) -> flowsim.Scenario:
        return flowsim.loads(self.text, set=overrides or None, lists=self.lists)

    def plan(self, **overrides: object) -> flowsim.Plan:
        return flowsim.compile(self.load(**overrides))


def toml(table: Table) -> str:
    """Write sections as [name] or [name.entry] with inline values."""
    lines = []
    for name, section in table.items():
        if all(isinstance(entry, dict) for entry in section.values()) and name != "groups":
            for key, entry in section.items():
                lines += ["", f"[{name}.{_key(key)}]", *_pairs(entry)]
        else:
            lines += ["", f"[{name}]", *_pairs(section)]
    return "\n".join(lines[1:]) + "\n"


def _pairs(table: Table) -> list[str]:
    return [f"{_key(key)} = {_value(value)}" for key, value in table.items()]


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _text(text: str) -> str:
    """Quote a text: the escapes of JSON are among those of TOML."""
    return json.dumps(text, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(_pairs(value)) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return _text(value) if isinstance(value, str) else str(value)


def csv_text(rows: list[list[str]], separator: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    return text.getvalue()
