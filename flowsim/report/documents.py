"""Every kind of result as a paper, and the paper of a results folder."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.report.document.blocks import Document
from flowsim.study import manifest
from flowsim.study.opening import read
from flowsim.study.replications import Progress
from flowsim.study.results import Results

if TYPE_CHECKING:
    from flowsim.study.comparison.results import Comparison
    from flowsim.study.experiment.results import ExperimentResults
    from flowsim.study.search.found import Finding
    from flowsim.study.warmup import WarmUp

    Result = Results | Comparison | ExperimentResults | Finding | WarmUp

__all__ = ["document_of", "document_of_folder"]

TELLERS = {
    "Results": "run_paper.document",
    "Comparison": "comparison_paper.document",
    "ExperimentResults": "experiment_paper.document",
    "Finding": "search_paper",
    "WarmUp": "warmup_paper",
}
"""The module that tells a kind of result; it is loaded when there is one to tell."""


def document_of(
    result: Result,
    versions: Mapping[str, str] | None = None,
    language: str | None = None,
    *,
    is_short: bool = False,
    **more: Any,
) -> Document:
    """Describe a run, a comparison, an experiment, a search or a warm-up.

    Parameters
    ----------
    result : as it was run, or read from a folder
    versions : what it was run with, by name: flowsim, python, machine, and the libraries
    language : `sv` or `en`; default: as its scenario says
    is_short : whether only what the terminal shows is told: the first page, and tables
    more : for a run, `influence`: the figure of how the answer moves with each assumed value

    Returns
    -------
    the same paper for the same results

    Examples
    --------
    >>> import flowsim
    >>> results = flowsim.run(flowsim.load("scenarios/orebro.toml"), replications=2)
    >>> [section.title for section in document_of(results, language="en", is_short=True).sections]
    ['The answer', 'The result in words', 'What was simulated', 'What drives the result', \
'Step by step and year by year', 'Goals, plan and outcome']
    """
    module = import_module(f"flowsim.report.{TELLERS[type(result).__name__]}")
    document: Document = module.tell(result, language, versions or {}, is_short, **more)
    return document


# Folders --------------------------------------------------------------------------------------


def document_of_folder(
    folder: Path,
    language: str | None = None,
    tornado: str | None = None,
    progress: Progress | None = None,
    *,
    is_short: bool = False,
) -> Document:
    """Describe what a folder holds.

    Parameters
    ----------
    folder : of a run, a comparison, an experiment, a search or a warm-up
    language : `sv` or `en`; as the scenario or the experiment says if left out
    tornado : of a run: a figure, to be told how much each assumed value moves it
    progress : told how far that is
    is_short : as of `document_of`; a workbook needs no more

    Raises
    ------
    ResultsError
        If the folder holds none of them, is damaged, or was changed by hand; or if there can be no
        such tornado.
    """
    result = read(folder, "flowsim report")
    kind, more = manifest.kind_of(folder), {}
    if tornado is not None:
        if not isinstance(result, Results):
            raise ResultsError(
                _("--tornado: found {noun} in {folder}; allowed: a run").format(
                    noun=_(kind.noun), folder=folder
                )
            )
        from flowsim.report.experiment_paper.tornado import assumptions_picture

        told_in = language or result.scenario.scenario.language
        more["influence"] = assumptions_picture(result, tornado, told_in, progress)
    made_with = manifest.Manifest.of(folder).versions
    return document_of(result, made_with, language, is_short=is_short, **more)
