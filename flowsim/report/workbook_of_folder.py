"""The workbook of a results folder, whatever it holds: a run, a comparison or an experiment."""

from __future__ import annotations

from pathlib import Path

from flowsim.study import manifest

__all__ = ["workbook_of"]


def workbook_of(folder: Path, language: str | None = None) -> tuple[bytes, str]:
    """Write what a folder holds as a file for Excel.

    Parameters
    ----------
    folder : of `flowsim run`, `flowsim compare` or `flowsim experiment`
    language : `sv` or `en`; as the scenario or the experiment says if left out

    Returns
    -------
    the file, and the language that it is told in

    Raises
    ------
    ResultsError
        If the folder holds none of them, is damaged, or was changed by hand.
    """
    kinds = {"run": of_run, "comparison": of_comparison, "experiment": of_experiment}
    return kinds[manifest.must_be(folder, tuple(kinds), "flowsim report")](folder, language)


def of_run(folder: Path, language: str | None) -> tuple[bytes, str]:
    """Write a run."""
    from flowsim.report.run_workbook import run_workbook
    from flowsim.study import reading

    run = reading.read(folder)
    told_in = language or run.scenario.scenario.language
    return run_workbook(run, manifest.read(folder).versions, told_in), told_in


def of_comparison(folder: Path, language: str | None) -> tuple[bytes, str]:
    """Write a comparison."""
    from flowsim.report.comparison_workbook import comparison_workbook
    from flowsim.study.comparison import reading

    found = reading.read(folder)
    told_in = language or found.scenarios[found.base].scenario.language
    versions = reading.read_record(folder).versions
    return comparison_workbook(found, versions, told_in), told_in


def of_experiment(folder: Path, language: str | None) -> tuple[bytes, str]:
    """Write an experiment."""
    from flowsim.report.experiment_workbook import experiment_workbook
    from flowsim.study.experiment import reading

    found = reading.read(folder, language)
    told_in = language or found.experiment.language
    versions = reading.read_record(folder).versions
    return experiment_workbook(found, versions, told_in), told_in
