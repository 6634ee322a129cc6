"""The values of an experiment file, key by key; where some are faulty, the rest is still read."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from flowsim.scenario.lists import decoded
from flowsim.scenario.loading import last_first, take_out
from flowsim.scenario.source import Findings, KeyPath
from flowsim.scenario.wording import report
from flowsim.study.experiment.schema import ExperimentFile

__all__ = ["is_experiment", "read_values"]

STAND_INS: dict[str, Any] = {
    "experiment": {"title": "-", "base": "-", "kpis": ["-"], "design": "grid"},
    "title": "-",
    "base": "-",
    "kpis": ["-"],
    "design": "grid",
    "name": "x",
    "label": "-",
    "set": {},
    "kpi": "-",
    "relative_half_width": 0.1,
}


def is_experiment(path: str | Path) -> bool:
    """Whether a file is TOML with a section that experiment files have, and scenarios have not."""
    try:
        sections = tomllib.loads(decoded(Path(path)).removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return False
    return not {"experiment", "factors", "variants"}.isdisjoint(sections)


def read_values(data: dict[str, Any], findings: Findings, language: str) -> ExperimentFile | None:
    """Read the values; with faulty ones, whatever can be read of the rest.

    Of texts that stand in each language the one asked for is read.
    """
    rest = copy.deepcopy(data)
    for _ in range(100):
        try:
            return ExperimentFile.model_validate(rest, context={"language": language})
        except ValidationError as error:
            paths = [_note(detail, data, findings) for detail in error.errors()]
        before = copy.deepcopy(rest)
        for path in sorted(paths, key=last_first, reverse=True):
            take_out(rest, path, STAND_INS)
        findings.silenced.extend(paths)
        if rest == before:
            return None
    return None


def _note(detail: Any, data: dict[str, Any], findings: Findings) -> KeyPath:
    """Add a fault, unless it only follows from what was taken out; give its path."""
    trial = Findings(findings.source)
    path = report(detail, ExperimentFile, data, trial)
    if not findings.is_silenced(path):
        findings.faults.extend(trial.faults)
    near = trial.faults[0].nearest if detail["type"] == "extra_forbidden" else ""
    if near:
        findings.silenced.append((*path[:-1], near))
    return path
