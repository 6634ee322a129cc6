"""The values of an experiment file, key by key; where some are faulty, the rest is still read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flowsim.errors import ScenarioError
from flowsim.scenario.source import Findings, Source
from flowsim.scenario.toml_reading import parse
from flowsim.scenario.user_files import decoded
from flowsim.scenario.validating import validated
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
        sections = parse(Source(text=decoded(Path(path))))
    except (ValueError, ScenarioError):
        return False
    return not {"experiment", "factors", "variants"}.isdisjoint(sections)


def read_values(data: dict[str, Any], findings: Findings) -> ExperimentFile | None:
    """Read the values; with faulty ones, whatever can be read of the rest."""
    return validated(ExperimentFile, data, findings, STAND_INS)
