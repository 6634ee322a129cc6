"""The figures of an experiment read back from its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from flowsim.errors import ResultsError, ScenarioError
from flowsim.study import manifest
from flowsim.study.experiment.folder import ExperimentFolder
from flowsim.study.experiment.loading import Experiment, loads_experiment
from flowsim.study.experiment.results import ExperimentResults, kept_figures
from flowsim.study.experiment.running import task_of
from flowsim.study.store import MANIFEST

__all__ = ["ExperimentRecord", "read", "read_record"]


class ExperimentRecord(BaseModel):
    """The fields of an experiment's manifest that it is read back from."""

    model_config = ConfigDict(strict=True, extra="ignore")

    flowsim: str
    experiment: str
    hashes: Annotated[list[str], Field(min_length=1)]
    kpis: list[str]
    replications: Annotated[int, Field(ge=0, le=manifest.MOST_REPLICATIONS)]
    engine: Literal["kernel", "simpy"]
    python: str
    machine: str
    libraries: dict[str, str]
    experiment_text: str
    scenario: str
    scenario_text: str
    lists: dict[str, str]
    finished: bool
    wall_time_seconds: Annotated[float, Field(ge=0)] = 0.0
    precision_reached: float | None = None

    @property
    def versions(self) -> dict[str, str]:
        """What it was run with, by name: flowsim, python, machine, and the libraries."""
        return manifest.versions_of(self)


def read_record(folder: str | Path) -> ExperimentRecord:
    """Read the manifest of an experiment.

    Raises
    ------
    ResultsError
        If the folder is none of flowsim's, or its manifest is damaged; one line per fault.
    """
    path = Path(folder) / MANIFEST
    return manifest.checked(path, manifest.content(Path(folder)), ExperimentRecord)


def read(folder: str | Path, language: str | None = None) -> ExperimentResults:
    """Read an experiment from its folder; figures stay there until they are asked for.

    Parameters
    ----------
    folder : what `run_experiment` or `flowsim experiment` wrote
    language : of the texts, `sv` or `en`; as the experiment says if left out

    Raises
    ------
    ResultsError
        If the folder holds no finished experiment, is damaged, or was changed by hand.
    """
    folder = Path(folder)
    record, path = read_record(folder), folder / MANIFEST
    if not record.finished or record.replications < 1:
        raise ResultsError(f"{folder}: is not finished; run the experiment again to go on")
    experiment = _experiment(path, record, language)
    _check(path, record, experiment)
    opened = ExperimentFolder(folder)
    opened.list_parts()
    reached = record.precision_reached
    return ExperimentResults(
        experiment=experiment,
        folder=opened,
        hashes=tuple(record.hashes),
        replications=record.replications,
        engine=record.engine,
        wall_time=record.wall_time_seconds,
        reached=float("nan") if reached is None else reached,
    )


def _experiment(path: Path, record: ExperimentRecord, language: str | None) -> Experiment:
    base = manifest.scenario_of(
        path, record.flowsim, record.scenario_text, record.scenario, [], record.lists
    )
    try:
        return loads_experiment(record.experiment_text, base, record.experiment, language)
    except ScenarioError as error:
        first, *others = error.faults
        more = f" (and {len(others)} more)" if others else ""
        raise ResultsError(
            f"{path}: the experiment of flowsim {record.flowsim} cannot be loaded: {first}{more}"
        ) from None


def _check(path: Path, record: ExperimentRecord, experiment: Experiment) -> None:
    """Refuse a manifest whose texts are not those that its points were run from."""
    same_version = record.flowsim == manifest.versions_now()["flowsim"]
    hashes = [task_of(experiment, point, record.engine).hash for point in experiment.points]
    if len(hashes) != len(record.hashes) or (same_version and hashes != record.hashes):
        raise ResultsError(
            f"{path}: was changed after the run: its points are those of another experiment"
        )
    if record.kpis != list(kept_figures(experiment)):
        raise ResultsError(f"{path}: kpis: found other figures than those of the experiment")
