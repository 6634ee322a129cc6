"""A search read back from its folder: the same answer, from the figures that were kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from flowsim.errors import ResultsError, ScenarioError
from flowsim.language import _
from flowsim.scenario.overrides import read_value
from flowsim.study import manifest
from flowsim.study.parquet_files import opened
from flowsim.study.search.finding import Question, answered
from flowsim.study.search.found import VALUES, Finding, Floats
from flowsim.study.search.option_grid import names_of
from flowsim.study.store import MANIFEST

__all__ = ["SearchRecord", "read"]


class SearchRecord(manifest.Manifest, manifest.ScenarioFields):
    """The fields of a search's manifest that it is read back from."""

    of_kind = "search"

    criterion: str
    direction: Literal["least", "most"]
    subject_to: list[str]
    choices: Annotated[dict[str, list[str]], Field(min_length=1)]
    confidence: float
    indifference: float
    max_replications: int
    period: str
    seed: manifest.Seed
    engine: manifest.Engine
    wall_time_seconds: manifest.Seconds

    @property
    def over(self) -> dict[str, list[object]]:
        """What there was to choose from, by key."""
        return {key: list(map(read_value, texts)) for key, texts in self.choices.items()}

    def question(self) -> dict[str, Any]:
        """Return what was asked, as `find` takes it."""
        aim = "minimise" if self.direction == "least" else "maximise"
        return {
            aim: self.criterion,
            "over": self.over,
            "subject_to": self.subject_to,
            "confidence": self.confidence,
            "indifference": self.indifference,
            "max_replications": self.max_replications,
            "period": self.period,
            "seed": self.seed,
            "engine": self.engine,
        }


def read(folder: str | Path) -> Finding:
    """Read a search from its folder; nothing is run again.

    Parameters
    ----------
    folder : what `Finding.save` or `flowsim find` wrote

    Raises
    ------
    ResultsError
        If the folder holds no search, or is damaged.
    """
    folder = Path(folder)
    record = SearchRecord.of(folder)
    base = manifest.scenario_of(folder / MANIFEST, record.flowsim, record)
    asked = Question(
        ranges=record.over,
        criterion=record.criterion,
        is_least=record.direction == "least",
        subject_to=tuple(record.subject_to),
        confidence=record.confidence,
        indifference=record.indifference,
        most=record.max_replications,
        period=record.period,
        seed=record.seed,
        engine=record.engine,
    )
    try:
        found = answered(base, asked, kept=_kept(folder / VALUES, names_of(record.over)))
    except ScenarioError as error:
        raise ResultsError(f"{folder / MANIFEST}: choices: {error.faults[0]}") from None
    except ResultsError as error:
        raise ResultsError(
            _("{folder}: cannot be read: {error}").format(folder=folder, error=error)
        ) from None
    return replace(found, wall_time=record.wall_time_seconds)


def _kept(path: Path, options: list[str]) -> dict[int, dict[str, Floats]]:
    """Read the figures of each option, replication by replication."""
    kept: dict[int, dict[str, Floats]] = {number: {} for number in range(len(options))}
    with opened(path) as file:
        table = file.read().to_pandas()
        for (option, kpi), rows in table.groupby(["option", "kpi"], sort=False):
            values = rows.sort_values("replication")["value"].to_numpy(dtype=float)
            kept[options.index(option)][str(kpi)] = values
    return kept
