"""Values and texts that nobody should write, and ways to put them into what somebody wrote."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from random import Random
from typing import Any

TEXTS = [
    "", " ", "\t", "\n", "x", "rest", "-", ".", "a.b", "å", "\u00a0", "\u200b", "\u202e", "\ufeff",
    "\x1b[31m", "\x00", "\x07", "\x7f", "\x9b2J", "\ufffe", "\uffff", "\U0001f600", "\U0010ffff",
    "\u0301", "\ufdd0", "日本語", "العربية", "=1+1", "+1", "-1", "@a", "'", '"', "\\", "[bold]x",
    "{x}", "%s", "$x$", "<b>&amp;</b>", "../../etc/passwd", "/dev/zero", "/dev/null", "nul",
    "x" * 300, "y" * 50_000, "1 day", "-1 days", "1e400 years", "1e-300 days", "0 days",
    "inf weeks", "nan", "7000 years", "1 per day", "1e300 per day", "0 per year", "per", "age=",
    "=", "a=b=c",
    "2019", "run", "source", "withdrew", "association", "07-06", "02-30", "stated: x", "stated",
    "assumed", "derived: ,", "{cost.total at base}", "{", "}", "cost.total at base < 1",
]  # fmt: skip
NUMBERS = [
    0, 1, -1, 2, 0.5, -0.0, 1e-320, 1e-9, 0.999999, 1.0000001, 1e15, 1e16, 1e300, -1e300, 1e308,
    float("inf"), float("-inf"), float("nan"), 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 10**25,
    10**400, 1_000_000, 50_000_001,
]  # fmt: skip
OTHERS = [
    True, False, [], {}, [[]], [{}], [1, "a", {}], {"a": {}}, {"": 1}, {"rest": "rest"},
    dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(2020, 2, 29), dt.date(1800, 1, 1),
    dt.datetime(2020, 1, 1, 12), dt.time(12), dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
]  # fmt: skip


def nasty(rng: Random) -> Any:
    """Return a value that does not belong where it will stand, or only perhaps."""
    kind = rng.random()
    if kind < 0.35:
        return rng.choice(TEXTS)
    if kind < 0.7:
        return rng.choice(NUMBERS)
    if kind < 0.95:
        return copied(rng.choice(OTHERS))
    if kind < 0.98:
        return nested(rng.choice([3, 60, 150]), rng.random() < 0.5)
    return [rng.choice(NUMBERS) for _ in range(rng.choice([2, 12, 500]))]


def nested(depth: int, in_lists: bool) -> Any:
    """Return tables, or lists, within each other."""
    value: Any = 1
    for _ in range(depth):
        value = [value] if in_lists else {"a": value}
    return value


def written(value: Any) -> str:
    """Write a value as TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{text(k)} = {written(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return text(value) if isinstance(value, str) else repr(value)


def text(value: str) -> str:
    """Write a text, its control characters escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def file_of(data: dict[str, Any]) -> str:
    """Write a whole file, each entry of a section on a line of its own."""
    lines = []
    plain = {key: value for key, value in data.items() if not isinstance(value, dict)}
    lines += [f"{text(key)} = {written(value)}" for key, value in plain.items()]
    for key, section in data.items():
        if key not in plain:
            lines.append(f"[{text(key)}]")
            lines += [f"{text(k)} = {written(v)}" for k, v in section.items()]
    return "\n".join(lines) + "\n"


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Give every table or list within a value, with each of its keys or places."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, entry in list(entries):
        yield value, key
        if isinstance(entry, (dict, list)):
            yield from places(entry)


def damaged_values(data: Any, rng: Random) -> None:
    """Damage the values of a file, once or a few times."""
    for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
        known = list(places(data))
        if not known:
            return
        table, key = rng.choice(known)
        other_table, other_key = rng.choice(known)
        kind = rng.random()
        if kind < 0.5:
            table[key] = nasty(rng)
        elif kind < 0.6:
            del table[key]
        elif kind < 0.7 and isinstance(table, dict):
            table[misspelt(key, rng)] = table[key]
        elif kind < 0.8 and isinstance(table, dict):
            table[misspelt(key, rng)] = table.pop(key)
        elif kind < 0.9 and isinstance(table, dict):
            table[rng.choice([rng.choice(TEXTS), str(other_key)])] = nasty(rng)
        else:
            kept = copied(table[key])
            table[key] = copied(other_table[other_key])
            if other_table is not table:
                other_table[other_key] = kept


def copied(value: Any) -> Any:
    """Return a copy, so that no table ever stands in itself."""
    if isinstance(value, dict):
        return {key: copied(entry) for key, entry in value.items()}
    return [copied(entry) for entry in value] if isinstance(value, list) else value


def misspelt(word: object, rng: Random) -> str:
    """Return a word with a letter too many, one too few, or two changed places."""
    letters = list(str(word)) or ["x"]
    at = rng.randrange(len(letters))
    kind = rng.randrange(4)
    if kind == 0:
        letters.insert(at, rng.choice("sx_å 1"))
    elif kind == 1:
        del letters[at]
    elif kind == 2:
        letters[at:at] = rng.choice(TEXTS)[:20]
    else:
        letters[at], letters[-1] = letters[-1], letters[at]
    return "".join(letters)


def damaged_text(content: str, rng: Random) -> str:
    """Damage a text without regard for what it means."""
    for _ in range(rng.choice([1, 1, 2, 5])):
        lines = content.split("\n")
        at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        place = rng.randrange(len(content) + 1)
        kind = rng.randrange(9)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(other, lines[at])
        elif kind == 2:
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 3:
            lines[at] = lines[at].partition("=")[0] + "= " + written(nasty(rng))
        elif kind == 4:
            lines = content[:place].split("\n")
        elif kind == 5:
            lines = (content[:place] + rng.choice(TEXTS)[:300] + content[place:]).split("\n")
        elif kind == 6:
            end = min(len(content), place + rng.choice([1, 1, 3, 30]))
            lines = (content[:place] + content[end:]).split("\n")
        elif kind == 7:
            lines = (content[:place] + rng.choice("[]{}\"'=.,#\n\t\\") + content[place:]).split(
                "\n"
            )
        else:
            lines[at:at] = lines[at:other]
        content = "\n".join(lines)[:400_000]
    return content
