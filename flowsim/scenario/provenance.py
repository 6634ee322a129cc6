"""Where each figure comes from: stated, derived or assumed, and what has been forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from flowsim.language import N_, _
from flowsim.scenario.known import Known
from flowsim.scenario.marking import Told, models_in, told_of
from flowsim.scenario.positions import key_parts
from flowsim.scenario.quantities import shown
from flowsim.scenario.schema import Scenario
from flowsim.scenario.source import Findings, KeyPath, Source, has, spelled
from flowsim.scenario.texts import TwoTexts, texts_of

__all__ = ["Input", "check_provenance", "inputs_of", "notice_without_provenance"]

STATUSES = ("stated", "derived", "assumed")
STATUS_WORDS = N_('"stated: source", "derived: source, how" or "assumed: why"')


def check_provenance(scenario: Scenario, known: Known, findings: Findings) -> None:
    """Check that every provenance names a key of the file, a status and a source."""
    for key, text in scenario.provenance.items():
        path: KeyPath = ("provenance", key)
        parts = findings.source.path_of(key_parts(key))
        if parts and findings.source.is_set(parts):
            pass  # a value set from outside may have other keys than the one it takes the place of
        elif not parts or findings.source.at(parts) is None:
            check_key(path, parts, findings)
        for place, one in placed(path, text):
            check_text(place, one, known, findings)
        if len({marks(one) for one in texts_of(text)}) > 1:
            words = _("the same mark and the same source in both languages")
            findings.fault(path, " / ".join(map(shown, texts_of(text))), words)


def placed(path: KeyPath, text: str) -> Iterator[tuple[KeyPath, str]]:
    """Return a text, or each of two, with its path."""
    if isinstance(text, TwoTexts):
        yield from (((*path, language), one) for language, one in text.texts.items())
    else:
        yield path, text


def marks(text: str) -> tuple[str, str]:
    """Return the mark of a provenance, and its source if it has one.

    Examples
    --------
    >>> marks("derived: plan, page 3"), marks("assumed: as elsewhere")
    (('derived', 'plan'), ('assumed', ''))
    """
    status, _colon, rest = text.partition(":")
    mark, source = status.strip(), rest.partition(",")[0].strip()
    return mark, "" if mark == "assumed" else source


def check_text(path: KeyPath, text: str, known: Known, findings: Findings) -> None:
    """Check that a provenance has a status, and a source that there is."""
    mark, source = marks(text)
    if mark not in STATUSES or (mark != "assumed" and ":" not in text):
        findings.fault(path, shown(text), _(STATUS_WORDS), STATUSES, mark)
    elif mark != "assumed" and source not in known.sources:
        findings.unknown(path, source, _("a key of [sources]"), known.sources)


def check_key(path: KeyPath, parts: KeyPath, findings: Findings) -> None:
    """Add the fault of a provenance for a key that is not in the file."""
    near = ""
    for end, part in enumerate(parts):
        table = findings.source.at(parts[:end])
        if not has(table, part):
            meant = findings.nearest(str(part), [str(key) for key in parts_of(table)])
            near = spelled((*parts[:end], meant, *parts[end + 1 :])) if meant else ""
            break
    words = _('a key of this file in quotes, such as "teams.coaching.staff"')
    if not findings.is_silenced(path):
        findings.add(path, _("a key that is not in the file"), words, near)


def notice_without_provenance(scenario: Scenario, findings: Findings) -> None:
    """Add a warning for every input that no provenance covers."""
    source = findings.source
    covered = {source.path_of(key_parts(key)) for key in scenario.provenance}
    partly = leading_to(covered)
    for path in inputs(source):
        for lacking in uncovered(path, source.at(path), covered, partly):
            findings.notice(lacking, _("no provenance, so it counts as assumed"), "provenance")


def inputs(source: Source) -> Iterator[KeyPath]:
    """Return the path of every input that should have a provenance, in the order of the file."""
    fields = Scenario.model_fields
    for section, table in source.data.items():
        if section not in fields or not isinstance(table, dict):
            continue  # a fault of its own
        model = next(models_in(fields[section].annotation), None)
        if model is None:
            entries = table if told_of(Scenario)[section].by_entry else ()
            yield from ((section, entry) for entry in entries)
        elif isinstance(fields[section].annotation, type):
            yield from inputs_in((section,), table, model)
        else:
            for name, part in table.items():
                yield from inputs_in((section, name), part, model)


def inputs_in(path: KeyPath, table: object, model: type[BaseModel]) -> Iterator[KeyPath]:
    """Find the path of every input of a table of the schema."""
    known = told_of(model)
    for key, value in table.items() if isinstance(table, dict) else ():
        told = known.get(key, Told())  # keys of observed figures are none of the schema
        if told.by_entry:
            yield from ((*path, key, entry) for entry in (value if isinstance(value, dict) else ()))
        elif told.is_input:
            yield (*path, key)


def leading_to(paths: Iterable[KeyPath]) -> set[KeyPath]:
    """Return every path that leads to one of some paths, these included."""
    return {path[:end] for path in paths for end in range(1, len(path) + 1)}


def uncovered(
    path: KeyPath, value: Any, covered: AbstractSet[KeyPath], partly: AbstractSet[KeyPath]
) -> Iterator[KeyPath]:
    """Return the parts of an input that no provenance covers."""
    if any(path[:end] in covered for end in range(1, len(path) + 1)):
        return
    if path in partly:
        for key, entry in parts_of(value).items():
            yield from uncovered((*path, key), entry, covered, partly)
    else:
        yield path


def parts_of(value: Any) -> dict[str | int, Any]:
    """Return the parts of a table by key, or those of a list by place; of another value none."""
    if isinstance(value, list):
        return dict(enumerate(value))
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Input:
    """What a scenario was told of the real system, and where it comes from.

    Parameters
    ----------
    path : its keys in the file
    value : as in the file, or as set from outside; what has an input of its own is left out
    mark : "stated", "derived" or "assumed"; "set" where it was set from outside
    source : a key of [sources]; empty for what is assumed or set
    note : where in the source, how it was derived, or why it is assumed; perhaps empty
    """

    path: KeyPath
    value: Any
    mark: str
    source: str = ""
    note: str = ""


def inputs_of(scenario: Scenario) -> tuple[Input, ...]:
    """List the inputs of a scenario with their provenance, in the order of the file.

    What no provenance covers is assumed. A value set from outside is marked "set": the file's
    provenance is that of the value it took the place of.

    Examples
    --------
    >>> from flowsim.scenario.loading import load
    >>> one = inputs_of(load("scenarios/orebro.toml"))[-1]
    >>> one.path, one.value, one.mark, one.source
    (('population', 'target_group'), 4848, 'stated', 'genomlysning2020')
    """
    source = scenario._source
    texts = {source.path_of(key_parts(k)): text for k, text in scenario.provenance.items()}
    special = leading_to((*texts, *source.overridden))
    found: list[Input] = []
    for path in _told_of(source, texts):
        found += _input_at(path, source, texts, special)
    return tuple(found)


def _told_of(source: Source, texts: dict[KeyPath, str]) -> list[KeyPath]:
    """Return all inputs, and what else a provenance tells of, such as the day a team began."""
    paths = list(inputs(source))
    known, on_the_way = set(paths), leading_to(paths)
    others = (
        path
        for path in texts
        if path not in on_the_way and not any(path[:end] in known for end in range(len(path)))
    )
    names = ((section, name) for section in source.data for name in source.table(section))
    order: dict[KeyPath, int] = {path: at for at, path in enumerate(names)}
    return sorted([*paths, *others], key=lambda path: order.get(path[:2], len(order)))


def _input_at(
    path: KeyPath, source: Source, texts: dict[KeyPath, str], special: AbstractSet[KeyPath]
) -> Iterator[Input]:
    """Return an input, and before it those of its parts that have something of their own to say."""
    value = source.at(path)
    if source.is_set(path):
        yield Input(path, value, "set")
        return
    parts = parts_of(value)
    own = {key for key in parts if (*path, key) in special}
    for key in (key for key in parts if key in own):
        yield from _input_at((*path, key), source, texts, special)
    left = {key: entry for key, entry in parts.items() if key not in own}
    rest = value if not own else left if isinstance(value, dict) else list(left.values())
    if left or not own:
        said = (texts[path[:end]] for end in range(len(path), 0, -1) if path[:end] in texts)
        yield _with_source(path, rest, next(said, "assumed"))


def _with_source(path: KeyPath, value: Any, text: str) -> Input:
    """Take a provenance apart.

    Examples
    --------
    >>> _with_source((), 1, "derived: plan, page 3, halved")
    Input(path=(), value=1, mark='derived', source='plan', note='page 3, halved')
    >>> _with_source((), 1, "assumed: as elsewhere")
    Input(path=(), value=1, mark='assumed', source='', note='as elsewhere')
    """
    mark, _, rest = (part.strip() for part in text.partition(":"))
    if mark == "assumed":
        return Input(path, value, mark, "", rest)
    source, _, note = (part.strip() for part in rest.partition(","))
    return Input(path, value, mark, source, note)
