"""What pydantic finds wrong, said in plain words."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from flowsim.language import _
from flowsim.scenario.quantities import shown
from flowsim.scenario.source import KeyPath

__all__ = ["Wrong", "in_file", "keys_at", "keys_of", "wrong"]


class Wrong(NamedTuple):
    """A value that the schema refuses: its place, what it is, what is allowed, what is near."""

    path: KeyPath
    found: str
    allowed: str
    near: str = ""


def wrong(
    error: ErrorDetails,
    model: type[BaseModel],
    data: Any,
    nearest: Callable[[str, Sequence[str]], str],
) -> Wrong:
    """Describe one error, with the path in the file that it is about.

    Parameters
    ----------
    error, model : what pydantic found, reading what
    data : the values of the file
    nearest : finds the known name most like a word
    """
    kind, context = error["type"], error.get("ctx", {})
    path = in_file(error["loc"] + tuple(context.get("at", ())), data)
    found, allowed, near = shown(error["input"]), _("another value"), ""
    if kind == "flowsim":
        found, allowed, near = context["found"], context["allowed"], context["near"]
    elif kind == "missing":
        path = (*in_file(error["loc"][:-1], data), str(error["loc"][-1]))
        found, allowed = (
            _("nothing"),
            _("a value, as it is needed ({key})").format(key=meaning(model, error["loc"])),
        )
    elif kind == "extra_forbidden":
        keys = keys_of(type_at(model, error["loc"][:-1]))
        found, allowed = _("unknown key"), ", ".join(keys)
        near = nearest(str(error["loc"][-1]), keys)
    elif kind == "literal_error":
        allowed = context["expected"].replace("'", '"').replace(" or ", _(" or "))
        near = nearest(str(error["input"]), re.findall('"([^"]+)"', allowed))
    elif kind in ("too_short", "too_long"):
        entries = context.get("min_length", context.get("max_length"))
        found, allowed = (
            _("{n} entries").format(n=context["actual_length"]),
            _("{n} entries").format(n=entries),
        )
    elif kind in ("tuple_type", "list_type"):
        allowed = _("a list in square brackets")
    elif kind in ("model_type", "dict_type", "model_attributes_type"):
        allowed = table_words(type_at(model, error["loc"]))
    return Wrong(path, found, allowed, near)


def in_file(loc: tuple[int | str, ...], data: Any) -> KeyPath:
    """Cut a path of the model down to what stands in the file.

    A form like "3 weeks" stands for a table, and one table for a list of one; the file has neither.

    Examples
    --------
    >>> in_file(("stay", "mean"), {"stay": "3 weeks"})
    ('stay',)
    >>> in_file(("list", 0, "rate"), {"list": {"rate": 1}})
    ('list', 'rate')
    """
    path: KeyPath = ()
    for key in loc:
        if isinstance(data, Mapping) and isinstance(key, str):
            path = (*path, key)
            if key not in data:
                return path
            data = data[key]
        elif isinstance(data, list) and str(key).isdecimal():
            path = (*path, int(key))
            data = data[int(key)] if int(key) < len(data) else None
        elif isinstance(data, Mapping) and isinstance(key, int):
            continue
        else:
            return path
    return path


def type_at(model: Any, loc: tuple[int | str, ...]) -> Any:
    """Return the type that the schema has at a path; None where it has none."""
    kind = bare(model)
    for key in loc:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field = next((f for n, f in kind.model_fields.items() if key in (n, f.alias)), None)
            kind = bare(field.annotation) if field else None
        elif get_origin(kind) is dict:
            kind = bare(get_args(kind)[1])
        elif get_origin(kind) is tuple:
            kind = bare(get_args(kind)[0])
        else:
            return None
    return kind


def keys_at(model: type[BaseModel], path: KeyPath) -> list[str]:
    """Return the keys that the language has for the table at a path of the file.

    None where names are the user's own, nor where there is a list.
    """
    return keys_of(type_at(model, path))


def bare(kind: Any) -> Any:
    """Take away "or nothing" and what limits a type."""
    while get_origin(kind) in (Annotated, Union, types.UnionType):
        kind = get_args(kind)[0]
    return kind


def keys_of(kind: Any) -> list[str]:
    """Return the keys that a table of the schema may have, as the file writes them."""
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return []
    return [field.alias or name for name, field in kind.model_fields.items()]


def table_words(kind: Any) -> str:
    """Describe which table is allowed."""
    keys = keys_of(kind)
    return _("a table with {keys}").format(keys=", ".join(keys)) if keys else _("a table")


def meaning(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    """Return a key's description, ready for the middle of a sentence."""
    parent = type_at(model, loc[:-1])
    fields = parent.model_fields if keys_of(parent) else {}
    field = next((f for n, f in fields.items() if loc[-1] in (n, f.alias)), None)
    text = _(field.description) if field and field.description else ""
    return text[:1].lower() + text[1:].rstrip(".")
