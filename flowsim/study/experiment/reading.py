"""The figures of an experiment read back from its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from flowsim.errors import ResultsError, ScenarioError
from flowsim.language import _
from flowsim.study import manifest
from flowsim.study.experiment.folder import ExperimentFolder
from flowsim.study.experiment.loading import Experiment, loads_experiment
from flowsim.study.experiment.results import ExperimentResults, kept_figures
from flowsim.study.experiment.running import task_of
from flowsim.study.store import MANIFEST

__all__ = ["ExperimentRecord", "read", "read_experiment"]


class ExperimentRecord(manifest.Manifest):
    """The fields of an experiment's manifest that it is read back from."""

    of_kind = "experiment"

    experiment: str
    hashes: Annotated[list[str], Field(min_length=1)]
    kpis: list[str]
    replications: Annotated[int, Field(ge=0, le=manifest.MOST_REPLICATIONS)]
    engine: manifest.Engine
    experiment_text: str
    scenario: str
    scenario_text: str
    lists: dict[str, str]
    finished: bool
    wall_time_seconds: manifest.Seconds = 0.0


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
    record = ExperimentRecord.of(folder)
    if not record.finished or record.replications < 1:
        raise ResultsError(
            _("{folder}: is not finished; run the experiment again to go on").format(folder=folder)
        )
    experiment = read_experiment(folder, record, language)
    opened = ExperimentFolder(folder)
    opened.list_parts()
    return ExperimentResults(
        experiment=experiment,
        folder=opened,
        hashes=tuple(record.hashes),
        replications=record.replications,
        engine=record.engine,
        wall_time=record.wall_time_seconds,
    )


def read_experiment(
    folder: Path, record: ExperimentRecord, language: str | None = None
) -> Experiment:
    """Read what an experiment's folder was made from, finished or not.

    Raises
    ------
    ResultsError
        If this version of flowsim cannot load it, or its manifest was changed by hand.
    """
    path = folder / MANIFEST
    experiment = _loaded(path, record, language)
    _check(path, record, experiment)
    return experiment


def _loaded(path: Path, record: ExperimentRecord, language: str | None) -> Experiment:
    fields = manifest.ScenarioFields(
        scenario=record.scenario, set=[], scenario_text=record.scenario_text, lists=record.lists
    )
    base = manifest.scenario_of(path, record.flowsim, fields)
    try:
        return loads_experiment(record.experiment_text, base, record.experiment, language)
    except ScenarioError as error:
        first, *others = error.faults
        more = _(" (and {n_others} more)").format(n_others=len(others)) if others else ""
        raise ResultsError(
            _("{path}: the experiment of flowsim {flowsim} cannot be loaded: {first}{more}").format(
                path=path, flowsim=record.flowsim, first=first, more=more
            )
        ) from None


def _check(path: Path, record: ExperimentRecord, experiment: Experiment) -> None:
    """Refuse a manifest whose texts are not those that its points were run from."""
    same_version = record.flowsim == manifest.versions_now()["flowsim"]
    hashes = [task_of(experiment, point, record.engine).hash for point in experiment.points]
    if len(hashes) != len(record.hashes) or (same_version and hashes != record.hashes):
        raise ResultsError(
            _(
                "{path}: was changed after the run: its points are those of another experiment"
            ).format(path=path)
        )
    if record.kpis != list(kept_figures(experiment)):
        raise ResultsError(
            _("{path}: kpis: found other figures than those of the experiment").format(path=path)
        )
