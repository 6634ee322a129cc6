"""On which line each key of a TOML text stands.

`tomllib` gives values without lines, so the text is parsed a second time, by tree-sitter. Only
lines are taken from there; a key it does not understand has the line of the table it belongs in.
It is parsed when the first line is asked for: a file without a fault or a warning needs none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from flowsim.letters import composed
from flowsim.scenario.source import KeyPath
from flowsim.scenario.toml_depth import too_deep

__all__ = ["KeyLines", "key_lines", "key_parts"]


class KeyLines(Mapping[KeyPath, int]):
    """The line of every key path and list entry of a valid TOML text, found when it is needed."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _lines(self) -> dict[KeyPath, int]:
        return key_lines(composed(self.text.removeprefix("\ufeff")))

    def __getitem__(self, path: KeyPath) -> int:
        return self._lines[path]

    def __iter__(self) -> Iterator[KeyPath]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


BARE = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,99}")


def key_lines(text: str) -> dict[KeyPath, int]:
    r"""Return the line, from 1, of every key path and list entry of a valid TOML text.

    Examples
    --------
    >>> key_lines('[a]\nb.c = 1\nd = [\n  2,\n]')[("a", "d", 0)]
    4
    """
    tree = Parser(Language(tree_sitter_toml.language())).parse(text.encode())
    return Positions().read(tree.root_node).lines


@lru_cache(maxsize=10_000)
def key_parts(text: str) -> tuple[str, ...]:
    """Split a key as TOML writes it; empty if it is none.

    Examples
    --------
    >>> key_parts('steps.coaching.next_for."age=16-29"')
    ('steps', 'coaching', 'next_for', 'age=16-29')
    """
    if BARE.fullmatch(text):
        return tuple(text.split("."))
    if "\n" in text or too_deep(text):
        return ()
    try:
        table: object = tomllib.loads(f"{text} = 0")
    except ValueError:
        return ()
    parts: list[str] = []
    while isinstance(table, dict) and len(table) == 1:
        ((key, table),) = table.items()
        parts.append(key)
    return tuple(parts) if table == 0 else ()


class Positions:
    """Walks a syntax tree and notes the line of each key path."""

    def __init__(self) -> None:
        self.lines: dict[KeyPath, int] = {}
        self.lengths: dict[KeyPath, int] = {}  # of lists of tables

    def read(self, root: Node) -> Positions:
        """Read a whole document."""
        for node in root.named_children:
            if node.type == "pair":
                self.pair((), node)
            elif node.type in ("table", "table_array_element"):
                self.table(node)
        return self

    def table(self, node: Node) -> None:
        """Read a table with its header."""
        header, *rest = [child for child in node.named_children if child.type != "comment"] or [
            node
        ]
        path = self.resolved(keys_of(header))
        if node.type == "table_array_element":
            self.note(path, node)
            at = self.lengths.get(path, 0)
            self.lengths[path] = at + 1
            path = (*path, at)
        self.note(path, node)
        for pair in rest:
            self.pair(path, pair)

    def resolved(self, keys: tuple[str, ...]) -> KeyPath:
        """Let a header below a list of tables mean the list's last table."""
        path: KeyPath = ()
        for key in keys:
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
            path = (*path, key)
        return path

    def pair(self, base: KeyPath, node: Node) -> None:
        """Read a key with its value."""
        parts = node.named_children
        if node.type != "pair" or len(parts) < 2:
            return
        path = (*base, *keys_of(parts[0]))
        self.note(path, node)
        self.value(path, parts[-1])

    def value(self, path: KeyPath, node: Node) -> None:
        """Read what stands in a list or an inline table."""
        if node.type == "inline_table":
            for pair in node.named_children:
                self.pair(path, pair)
        elif node.type == "array":
            entries = [child for child in node.named_children if child.type != "comment"]
            for at, entry in enumerate(entries):
                self.note((*path, at), entry)
                self.value((*path, at), entry)

    def note(self, path: KeyPath, node: Node) -> None:
        """Note the line of a path, and of the tables above it that have none yet."""
        for end in range(1, len(path) + 1):
            self.lines.setdefault(path[:end], node.start_point[0] + 1)


def keys_of(node: Node) -> tuple[str, ...]:
    """Return the parts of a bare, quoted or dotted key."""
    return tuple(part for leaf in leaves(node) for part in key_parts(text_of(leaf)))


def leaves(node: Node) -> Iterator[Node]:
    """Return the parts of a dotted key, left to right."""
    if node.type == "dotted_key":
        for child in node.named_children:
            yield from leaves(child)
    else:
        yield node


def text_of(node: Node) -> str:
    """Return the text of a node."""
    return (node.text or b"").decode()
