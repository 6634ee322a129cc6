"""The generated scenarios use the whole language: every key, every alternative, every unit.

What is not written is not tested by the comparisons that rest on `generate`. The walk over the JSON
Schema makes a key that is new in the language fail here until the generator writes it.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from generate import random_scenario
from jsonschema import Draft202012Validator

from flowsim.scenario.schema import json_schema

N_SCENARIOS = 500
SCHEMA = json_schema()
Place = tuple[str, ...]
Node = dict[str, Any]


def resolved(node: Node, place: Place) -> tuple[Node, Place]:
    """Follow a reference; what it leads to is one place, wherever it is used."""
    if "$ref" not in node:
        return node, place
    name = node["$ref"].rpartition("/")[2]
    return SCHEMA["$defs"][name], (name,)


def choices(node: Node) -> list[str]:
    """What a single value may be: each word, each unit, true and false."""
    if "enum" in node or "const" in node:
        return [str(word) for word in node.get("enum", [node.get("const")])]
    if node.get("type") == "boolean":
        return ["True", "False"]
    units = re.search(r"\(([a-z]+(?:\|[a-z]+)+)\)", node.get("pattern", ""))
    return units[1].split("|") if units else []


def parts(node: Node, place: Place) -> Iterator[tuple[str, Node, Place]]:
    """The keys and entries below a node, each with the key under which it stands in the file."""
    for key, below in node.get("properties", {}).items():
        yield key, *resolved(below, (*place, key))
    for word, key in (("additionalProperties", "*"), ("items", "[]")):
        if isinstance(node.get(word), dict):
            yield key, *resolved(node[word], (*place, key))


def places(node: Node, place: Place, seen: set[Place]) -> set[Place]:
    """Every place of the schema from a node on: keys, entries, alternatives, words, units."""
    if place not in seen:
        seen |= {place, *((*place, f"={choice}") for choice in choices(node))}
        for i, branch in enumerate(node.get("anyOf", ())):
            places(*resolved(branch, (*place, f"|{i}")), seen)
        for _, below, where in parts(node, place):
            places(below, where, seen)
    return seen


def visit(value: Any, node: Node, place: Place, seen: set[Place]) -> None:
    """Add every place of the schema that a value uses."""
    seen.add(place)
    for choice in choices(node):
        used = str(value) == choice or ("pattern" in node and choice in value)
        seen |= {(*place, f"={choice}")} if used else set()
    for i, branch in enumerate(node.get("anyOf", ())):
        if is_valid(value, branch):
            visit(value, *resolved(branch, (*place, f"|{i}")), seen)
            break
    for key, below, where in parts(node, place):
        for entry in entries(value, key, node):
            visit(entry, below, where, seen)


VALIDATORS: dict[int, Draft202012Validator] = {}


def is_valid(value: Any, branch: Node) -> bool:
    if id(branch) not in VALIDATORS:
        VALIDATORS[id(branch)] = Draft202012Validator(SCHEMA).evolve(schema=branch)
    return VALIDATORS[id(branch)].is_valid(value)


def entries(value: Any, key: str, node: Node) -> list[Any]:
    """What stands in a value under a key of `parts`."""
    if key == "[]":
        return list(value) if isinstance(value, list) else []
    if not isinstance(value, dict):
        return []
    if key == "*":
        return [entry for name, entry in value.items() if name not in node.get("properties", {})]
    return [value[key]] if key in value else []


def as_json(value: Any) -> Any:
    """A value of TOML as JSON Schema takes it: dates are texts."""
    if isinstance(value, dict):
        return {key: as_json(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [as_json(entry) for entry in value]
    return str(value) if isinstance(value, dt.date) else value


@pytest.mark.proof
def test_every_key_and_alternative_is_written() -> None:
    seen: set[Place] = set()
    for seed in range(N_SCENARIOS):
        text = random_scenario(Random(seed)).text
        visit(as_json(tomllib.loads(text)), SCHEMA, ("",), seen)
    known = places(SCHEMA, ("",), set())
    assert len(known) > 300
    assert seen <= known
    assert not sorted(".".join(place) for place in known - seen)


@pytest.mark.parametrize("where", ["Step", "Patience", "Closure"])
def test_a_new_key_is_noticed(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk itself: a key that nobody writes is missing at its place."""
    before = places(SCHEMA, ("",), set())
    definition = SCHEMA["$defs"][where]
    table = next(b for b in definition.get("anyOf", [definition]) if "properties" in b)
    monkeypatch.setitem(table["properties"], "brand_new", {"type": "boolean"})
    new = places(SCHEMA, ("",), set()) - before
    assert {place[-1] for place in new} == {"brand_new", "=True", "=False"}
