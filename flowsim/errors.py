"""What can go wrong, as a tree.

FlowsimError
├── ScenarioError        the scenario file cannot be run; carries every `Fault` found
├── SimulationError      a run cannot go on (an instant that never ends, an unknown engine)
├── UnstableQueueError   a closed form was asked of a queue that grows without bound
└── ResultsError         results cannot be read, written or repeated
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flowsim.language import _
from flowsim.letters import escaped

__all__ = [
    "Fault",
    "FlowsimError",
    "Notice",
    "ResultsError",
    "ScenarioError",
    "SimulationError",
    "UnstableQueueError",
]


class FlowsimError(Exception):
    """Base of every error that flowsim raises on purpose; a terminal only shows its text."""

    def __str__(self) -> str:
        return escaped(super().__str__())


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a scenario file, shown as one line.

    Parameters
    ----------
    file : the file as the user named it
    line : line in it, from 1; 0 where no line can be named (an override, an unreadable file)
    path : full key path, such as ``steps.mapping.next``; empty for the file as a whole
    found : what stands there
    allowed : what may stand there
    nearest : the nearest known key or name, if one is near

    Examples
    --------
    >>> print(Fault("a.toml", 7, "teams.reception.staff.coach.fte", "-2", "a number >= 0"))
    a.toml:7: teams.reception.staff.coach.fte: found -2; allowed: a number >= 0
    >>> print(Fault("a.toml", 9, "steps.map.nxt", "unknown key", "next, patience", "next"))
    a.toml:9: steps.map.nxt: found unknown key; allowed: next, patience; did you mean "next"?
    """

    file: str
    line: int
    path: str
    found: str
    allowed: str
    nearest: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        text = f"{place}: {self.path}: " if self.path else f"{place}: "
        text += _("found {found}; allowed: {allowed}").format(
            found=self.found, allowed=self.allowed
        )
        text += (
            _('; did you mean "{nearest}"?').format(nearest=self.nearest) if self.nearest else ""
        )
        return in_one_line(text)


@dataclass(frozen=True, slots=True)
class Notice:
    """One warning about a scenario file, shown as one line. The scenario can be run all the same.

    Parameters
    ----------
    file : the file as the user named it
    line : line in it, from 1; 0 where no line can be named
    path : full key path; empty for the file as a whole
    message : what deserves a thought
    kind : what it is about: "load", "start", "group", "initial", "list", "caseload" or
        "provenance"

    Examples
    --------
    >>> print(Notice("a.toml", 7, "teams.coaching", "load 105 %: the list grows", "load"))
    a.toml:7: teams.coaching: load 105 %: the list grows
    """

    file: str
    line: int
    path: str
    message: str
    kind: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return in_one_line(f"{place}: {self.path}: " if self.path else f"{place}: ", self.message)


def in_one_line(*parts: str) -> str:
    """Join the parts of a line about a file, so that no part of it ends the line or is obeyed."""
    return escaped("".join(parts)).replace("\n", "\\n")


class ScenarioError(FlowsimError):
    """A scenario that cannot be run, with all its faults at once.

    Parameters
    ----------
    faults : every fault found, in the order of the file
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[tuple[Fault, ...]]]:
        return ScenarioError, (self.faults,)  # so that it survives the way between processes


class SimulationError(FlowsimError):
    """A run that cannot go on."""


class UnstableQueueError(FlowsimError):
    """A closed form was asked of a queue that grows without bound."""


class ResultsError(FlowsimError):
    """Results that cannot be read, written or repeated."""
