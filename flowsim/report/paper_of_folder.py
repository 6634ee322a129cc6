"""The paper of a results folder, whatever it holds: a run, a comparison or an experiment."""

from __future__ import annotations

from pathlib import Path

from flowsim.errors import ResultsError
from flowsim.report.document.blocks import Document
from flowsim.study import manifest
from flowsim.study.replications import Progress

__all__ = ["paper_of"]


def paper_of(
    folder: Path,
    language: str | None = None,
    tornado: str | None = None,
    progress: Progress | None = None,
) -> Document:
    """Tell what a folder holds.

    Parameters
    ----------
    folder : of `flowsim run`, `flowsim compare` or `flowsim experiment`
    language : `sv` or `en`; as the scenario or the experiment says if left out
    tornado : of a run: a figure, to be told how much each assumed value moves it
    progress : told how far that is

    Raises
    ------
    ResultsError
        If the folder holds none of them, is damaged, or was changed by hand; or if there can be no
        such tornado.
    """
    kind = manifest.must_be(folder, ("run", "comparison", "experiment"), "flowsim report")
    if kind == "run":
        return of_run(folder, language, tornado, progress)
    if tornado is not None:
        raise ResultsError(f"--tornado: found the {kind} in {folder}; allowed: a run")
    return {"comparison": of_comparison, "experiment": of_experiment}[kind](folder, language)


def of_run(
    folder: Path, language: str | None, tornado: str | None, progress: Progress | None
) -> Document:
    """Tell a run."""
    from flowsim.report.run_paper import run_paper
    from flowsim.report.tornado_picture import assumptions_picture
    from flowsim.study import reading

    run = reading.read(folder)
    influence = None
    if tornado is not None:
        told_in = language or run.scenario.scenario.language
        influence = assumptions_picture(run, tornado, told_in, progress)
    return run_paper(run, manifest.read(folder).versions, language, influence)


def of_comparison(folder: Path, language: str | None) -> Document:
    """Tell a comparison."""
    from flowsim.report.comparison_paper import comparison_paper
    from flowsim.study.comparison import reading

    versions = reading.read_record(folder).versions
    return comparison_paper(reading.read(folder), versions, language)


def of_experiment(folder: Path, language: str | None) -> Document:
    """Tell an experiment."""
    from flowsim.report.experiment_paper import experiment_paper
    from flowsim.study.experiment import reading

    versions = reading.read_record(folder).versions
    return experiment_paper(reading.read(folder, language), versions, language)
