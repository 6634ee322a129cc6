"""What stands on a key of the schema beside its type: what it is called, and what it means to whom.

Provenance, reports, theory and the drawing of the flow read it there, so that a new key is known
to all of them by its field alone. Texts are translated where they are told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from pydantic import BaseModel

__all__ = ["Told", "models_in", "set_keys", "told_of"]


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a key, on its field: `Annotated[Count | None, Told(N_("longest list"))]`.

    Parameters
    ----------
    label : what it is called
    is_input : whether it says how the real system is, how it behaves or what is wanted of it,
        which has a provenance
    by_entry : whether each entry of its table is an input of its own
    is_form : whether its numbers say how something is spread or what is wanted, not how much it is
    breaks : why no theory of queues holds for a step that has it; empty if one may
    where : of which part of a queue that is an assumption: its list, the stay, or the team
    leads_to : the exit without a name of its own that it leads to
    way : what those do who leave by that exit
    queue : how the steps that have it are listed in STRESS-DES, with {steps}
    """

    label: str = ""
    is_input: bool = False
    by_entry: bool = False
    is_form: bool = False
    breaks: str = ""
    where: Literal["", "list", "stay", "team"] = ""
    leads_to: str = ""
    way: str = ""
    queue: str = ""


@cache
def told_of(model: type[BaseModel]) -> dict[str, Told]:
    """Return what is known of the keys of a table, as the file writes them.

    Parameters
    ----------
    model : of the table, such as `Step`
    """
    return {
        field.alias or name: next((one for one in field.metadata if isinstance(one, Told)), Told())
        for name, field in model.model_fields.items()
    }


def set_keys(part: BaseModel) -> Iterator[tuple[str, Told, Any]]:
    """Find the keys of a part that have a value, each with what is known of it and the value."""
    names = type(part).model_fields
    for name, (key, told) in zip(names, told_of(type(part)).items(), strict=True):
        value = getattr(part, name)
        if value is not None and value != () and value != {}:
            yield key, told, value


def models_in(kind: Any) -> Iterator[type[BaseModel]]:
    """Find the tables that a type is made of, itself first, and those inside them."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            yield from models_in(field.annotation)
    for part in get_args(kind):
        yield from models_in(part)
