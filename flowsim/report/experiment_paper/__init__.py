"""The paper of an experiment: its question, what was varied, and what that gave."""
<<<<<<< HEAD

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowsim.letters import shown
from flowsim.report.document.blocks import Bullets, Document, Section
from flowsim.report.experiment_paper import annex, indices, question, result
from flowsim.report.experiment_paper.answer import answer_section
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.experiment_paper.pictures import pictures
from flowsim.report.run_paper import assumptions, definitions, drivers
from flowsim.report.run_paper.flow import flow_picture
from flowsim.report.run_paper.limits import always
from flowsim.study.experiment.results import ExperimentResults

__all__ = ["ExperimentPaper", "experiment_paper", "sections"]


def experiment_paper(
    results: ExperimentResults, versions: Mapping[str, str], language: str | None = None
) -> Document:
    """Tell an experiment.

    Parameters
    ----------
    results : of `run_experiment`, or read from a folder
    versions : what it was run with, by name: flowsim, python, machine, and the libraries
    language : `sv` or `en`; as the experiment says if left out

    Returns
    -------
    the same paper for the same results
    """
    paper = ExperimentPaper(results, language or results.experiment.language, versions)
    return Document(
        title=shown(paper.experiment.title),
        language=paper.language,
        sections=tuple(sections(paper)),
        version=paper.versions.get("flowsim", ""),
        hash=annex.stamp(paper),
    )


def sections(paper: ExperimentPaper) -> Iterator[Section]:
    """Give the parts of the paper in the order in which a board reads them."""
    _ = paper._
    yield question.section(paper)
    if (answer := answer_section(paper)) is not None:
        yield answer
    yield result.section(paper)
    if (matters := indices.section(paper)) is not None:
        yield matters
    if figures := tuple(pictures(paper)):
        yield Section("figures", _("Figures"), figures)
    yield Section("flow", _("The flow"), (flow_picture(paper),))
    yield drivers.section(paper, None)
    yield limits(paper)
    yield assumptions.section(paper)
    yield definitions.section(paper, words_of_points(paper))
    yield annex.section(paper)


def limits(paper: ExperimentPaper) -> Section:
    """Return the limits that hold always, and those of an experiment."""
    _ = paper._
    tried = _(
        "It was run at the points named and nowhere else: what lies between or beyond them is not "
        "known from it."
    )
    shared = _(
        "The points share all inputs but those that are varied. An input that is wrong is wrong "
        "at all of them, and the difference between them may then be another one."
    )
    items = (*always(paper), tried, shared)
    return Section("limits", _("What the model does not say"), (Bullets(items),))


def words_of_points(paper: ExperimentPaper) -> Iterator[tuple[str, str]]:
    """Define what only an experiment tells."""
    _ = paper._
    yield _("Point"), _("One set of values for what is varied: a scenario of its own.")
    if paper.base is not None:
        yield (
            _("Difference"),
            _(
                "The point's figure less that of the point that the others are compared with, "
                "taken in each course of events and then averaged: both meet the same people and "
                "the same luck."
            ),
        )
        yield (
            _("Clear difference"),
            _(
                "One whose interval leaves out 0. The intervals are so wide that all of them "
                "together are right with a confidence of 95 %."
            ),
        )
=======
>>>>>>> document
