"""The paper of a run: what a board can decide from, down to the last assumption."""
<<<<<<< HEAD

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowsim.letters import shown
from flowsim.report.document.blocks import Bullets, Document, Picture, Prose, Section
from flowsim.report.run_paper import (
    annex,
    assumptions,
    budget,
    compared,
    definitions,
    drivers,
    limits,
    question,
)
from flowsim.report.run_paper.flow import flow_picture
from flowsim.report.run_paper.paper import Paper
from flowsim.report.run_paper.pictures import pictures
from flowsim.report.run_paper.result_table import result_table
from flowsim.report.run_paper.sentences import in_short
from flowsim.study.results import Results

__all__ = ["Paper", "run_paper", "sections"]


def run_paper(
    results: Results,
    versions: Mapping[str, str],
    language: str | None = None,
    influence: Picture | None = None,
) -> Document:
    """Tell a run.

    Parameters
    ----------
    results : of `flowsim.run`, or read from a folder
    versions : what it was run with, by name: flowsim, python, machine, and the libraries
    language : `sv` or `en`; as the scenario says if left out
    influence : the figure of how the answer moves with each assumed value, where there is one

    Returns
    -------
    the same paper for the same results
    """
    paper = Paper(results, language or results.scenario.scenario.language, versions)
    return Document(
        title=shown(paper.scenario.scenario.title),
        language=paper.language,
        sections=tuple(sections(paper, influence)),
        version=paper.versions.get("flowsim", ""),
        hash=results.hash,
    )


def result(paper: Paper) -> Section:
    """Return what the run says: in sentences, and in one table."""
    blocks = (result_table(paper), Bullets(in_short(paper)))
    return Section("result", paper._("The result"), blocks)


def sections(paper: Paper, influence: Picture | None = None) -> Iterator[Section]:
    """Give the parts of the paper in the order in which a board reads them."""
    _ = paper._
    yield question.section(paper)
    yield result(paper)
    teams = (question.teams(paper),) if paper.scenario.teams else ()
    yield Section("flow", _("The flow"), (flow_picture(paper), *teams))
    figures = tuple(pictures(paper))
    none = (Prose(_("Nobody waited and nobody left: there is nothing to draw.")),)
    yield Section("figures", _("Figures"), figures or none)
    if (money := budget.section(paper)) is not None:
        yield money
    yield drivers.section(paper, influence)
    yield limits.section(paper)
    yield assumptions.section(paper)
    yield compared.section(paper)
    yield definitions.section(paper)
    yield annex.section(paper)
=======
>>>>>>> document
