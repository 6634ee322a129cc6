"""Texts that people see, some of them in both languages: chosen by place, not drawn."""

from __future__ import annotations

from itertools import count

from generate.draft import Draft
from generate.written import Table

ONE_IN = 3
TOLD = ("title", "question", "label", "source", "why")  # keys whose values people see
NAMED = ("exits", "payers", "sources", "provenance")  # tables whose texts are such values


def in_both(table: Table, draft: Draft) -> Table:
    """Write one text in three in both languages."""
    numbers = count(len(draft.step_names) + len(draft.team_names) + draft.days)
    return {name: told(section, name in NAMED, numbers) for name, section in table.items()}


def told(value: object, is_named: bool, numbers: count[int]) -> object:
    if not isinstance(value, dict):
        return value
    return {
        key: twice(entry)
        if isinstance(entry, str) and (is_named or key in TOLD) and next(numbers) % ONE_IN == 0
        else told(entry, False, numbers)
        for key, entry in value.items()
    }


def twice(text: str) -> Table:
    """Write a text in each language; a mark and a source stay as they are."""
    head, comma, rest = text.partition(",")
    return {"sv": f"{head}{comma}{rest} (sv)" if comma else text, "en": text}
