"""Where each figure comes from: stated, derived or assumed, and what has been forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowsim.scenario.known import Known
from flowsim.scenario.positions import key_parts
from flowsim.scenario.quantities import shown
from flowsim.scenario.schema import Scenario
from flowsim.scenario.source import Findings, KeyPath, spelled

__all__ = ["check_provenance", "notice_without_provenance"]

STATUSES = ("stated", "derived", "assumed")
STATUS_WORDS = '"stated: source", "derived: source, how" or "assumed: why"'
INPUTS: dict[str, tuple[str, ...]] = {
    "referrals": ("rate", "cohort", "file", "changes", "seasonality", "groups", "at_most"),
    "teams": ("places", "cost_per_place", "overheads", "financed_by", "turnover", "closures"),
    "steps": (
        "length_of_stay",
        "next",
        "next_for",
        "patience",
        "interruption",
        "intake",
        "max_waiting",
        "cost_per_participant",
        "cost_per_group",
        "initial",
    ),
    "exits": ("sustained", "returns"),
}
"""Keys that are figures of the real system, by section; names, labels, goals and dates are none."""


def check_provenance(scenario: Scenario, known: Known, findings: Findings) -> None:
    """Check that every provenance names a key of the file, a status and a source."""
    for key, text in scenario.provenance.items():
        path: KeyPath = ("provenance", key)
        parts = key_parts(key)
        if parts and findings.source.is_set(parts):
            pass  # a value set from outside may have other keys than the one it takes the place of
        elif not parts or findings.source.at(parts) is None:
            check_key(path, parts, findings)
        status, colon, rest = text.partition(":")
        source = rest.partition(",")[0].strip()
        if status.strip() not in STATUSES or (status.strip() != "assumed" and not colon):
            findings.fault(path, shown(text), STATUS_WORDS, STATUSES, status.strip())
        elif status.strip() != "assumed" and source not in known.sources:
            findings.unknown(path, source, "a key of [sources]", known.sources)


def check_key(path: KeyPath, parts: KeyPath, findings: Findings) -> None:
    """Add the fault of a provenance for a key that is not in the file."""
    known: list[str] = []
    for end in range(len(parts)):
        table = findings.source.at(parts[:end]) if end else findings.source.data
        if isinstance(table, dict) and parts[end] not in table:
            known = [spelled((*parts[:end], key, *parts[end + 1 :])) for key in table]
            break
    words = 'a key of this file in quotes, such as "teams.coaching.staff"'
    findings.fault(path, "a key that is not in the file", words, known, spelled(parts))


def notice_without_provenance(scenario: Scenario, findings: Findings) -> None:
    """Add a warning for every input that no provenance covers."""
    covered = {key_parts(key) for key in scenario.provenance}
    for path in inputs(findings.source.data):
        for lacking in uncovered(path, findings.source.at(path), covered):
            findings.notice(lacking, "no provenance, so it counts as assumed", "provenance")


def inputs(data: dict[str, Any]) -> Iterator[KeyPath]:
    """Give the path of every input that should have a provenance, in the order of the file."""
    for section, table in data.items():
        if section == "groups":
            yield from ((section, group) for group in table)
        elif section == "calendar" or section == "costs":
            yield from ((section, key) for key in table)
        elif section == "population" and "target_group" in table:
            yield (section, "target_group")
        for name, part in table.items() if section in INPUTS else ():
            for key in part if isinstance(part, dict) else ():
                if key == "staff" and section == "teams":
                    yield from ((section, name, key, role) for role in part[key])
                elif key in INPUTS[section]:
                    yield (section, name, key)


def uncovered(path: KeyPath, value: Any, covered: set[tuple[str, ...]]) -> Iterator[KeyPath]:
    """Give the parts of an input that no provenance covers."""
    if any(path[:end] in covered for end in range(1, len(path) + 1)):
        return
    partly = any(key[: len(path)] == path for key in covered)
    if partly and isinstance(value, dict):
        for key, entry in value.items():
            yield from uncovered((*path, key), entry, covered)
    else:
        yield path
