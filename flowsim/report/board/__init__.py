"""A paper that a board can decide from: one file, with everything down to the last assumption."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowsim.report.board import (
    annex,
    assumptions,
    compared,
    definitions,
    drivers,
    limits,
    question,
)
from flowsim.report.board.blocks import Bullets, Picture, Prose, Section
from flowsim.report.board.flow import flow_picture
from flowsim.report.board.page import page
from flowsim.report.board.paper import Paper
from flowsim.report.board.pictures import pictures
from flowsim.report.board.result_table import result_table
from flowsim.report.board.sentences import in_short
from flowsim.study.results import Results

__all__ = ["Paper", "html", "sections"]


def html(
    results: Results,
    versions: Mapping[str, str],
    language: str | None = None,
    influence: Picture | None = None,
) -> str:
    """Write a run as one page that needs nothing else: no network and no script.

    Parameters
    ----------
    results : of `flowsim.run`, or read from a folder
    versions : what it was run with, by name: flowsim, python, machine, and the libraries
    language : `sv` or `en`; as the scenario says if left out
    influence : the figure of how the answer moves with each assumed value, where there is one

    Returns
    -------
    the same text for the same results
    """
    paper = Paper(results, language or results.scenario.scenario.language, versions)
    return page(paper, tuple(sections(paper, influence)))


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
    yield drivers.section(paper, influence)
    yield limits.section(paper)
    yield assumptions.section(paper)
    yield compared.section(paper)
    yield definitions.section(paper)
    yield annex.section(paper)
