"""An experiment as a paper: its sections in the order in which a board reads them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from flowsim.letters import shown
from flowsim.report.document.blocks import Document, Picture, Section
from flowsim.report.experiment_paper import indices, question, result
from flowsim.report.experiment_paper.book import book
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.experiment_paper.question import described
from flowsim.report.sections import annex, assumptions, definitions, drivers, limits
from flowsim.report.sections.stress import Answer
from flowsim.study.experiment.results import ExperimentResults

__all__ = ["tell"]


def tell(
    result: ExperimentResults, language: str | None, versions: Mapping[str, str], is_short: bool
) -> Document:
    """Describe an experiment. See `documents.document_of`."""
    paper = ExperimentPaper(result, language, versions)
    sections = short(paper, result.folder.path) if is_short else whole(paper)
    return paper.document(paper.title, sections, lambda: book(paper))


def short(paper: ExperimentPaper, folder: Path | None = None) -> Iterator[Section | None]:
    """Return what was asked, the answer and the figures; of many points the first.

    Parameters
    ----------
    folder : where all of them are; None: the paper lies there itself
    """
    yield question.section(paper)
    yield result.answer_section(paper)
    yield result.section(paper, folder)
    yield indices.section(paper)


def whole(paper: ExperimentPaper) -> Iterator[Section | None]:
    """Return all sections."""
    from flowsim.report.sections.flow import flow_picture

    _ = paper._
    yield from short(paper)
    if figures := tuple(pictures(paper)):
        yield Section("figures", _("Figures"), figures)
    yield Section("flow", _("The flow"), (flow_picture(paper),))
    yield drivers.section(paper, drivers.load_table(paper))
    yield limits.section(paper, limits_of_points(paper))
    yield assumptions.section(paper)
    yield definitions.section(paper, words_of_points(paper))
    yield annex.section(paper, command(paper), own_answers(paper))


def pictures(paper: ExperimentPaper) -> Iterator[Picture]:
    """Return a tornado of each figure, or a line over the one numeric input of a grid."""
    from flowsim.report.experiment_paper.lines import line_picture, numeric_factor
    from flowsim.report.experiment_paper.tornado import DESIGN, Tornado

    factor = numeric_factor(paper)
    for kpi in paper.experiment.kpis:
        if paper.design == DESIGN:
            yield Tornado(paper, kpi).picture()
        elif factor is not None and (picture := line_picture(kpi, factor, paper)) is not None:
            yield picture


def limits_of_points(paper: ExperimentPaper) -> Iterator[str]:
    """Return what follows from trying points."""
    _ = paper._
    yield _(
        "It was run at the points named and nowhere else: what lies between or beyond them is not "
        "known from it."
    )
    yield _(
        "The points share all inputs but those that are varied. An input that is wrong is wrong "
        "at all of them, and the difference between them may then be another one."
    )


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
                "the same random numbers."
            ),
        )
        yield (
            _("Clear difference"),
            _(
                "One whose interval leaves out 0. The intervals are so wide that all of them "
                "together are right with a confidence of 95 %."
            ),
        )


def own_answers(paper: ExperimentPaper) -> dict[str, Answer]:
    """Return what fills the rows of the checklist that are about many scenarios."""
    _, n = paper._, len(paper.experiment.points)
    outputs = _(
        "{n} figures of each point with 95 % intervals, and their differences from the base "
        "point; defined under “What the figures mean”."
    ).format(n=len(paper.experiment.kpis))
    estimation = _(
        "{n} independent replications of each point with common random numbers. Differences are "
        "taken replication by replication; their intervals hold all at once (Bonferroni)."
    ).format(n=paper.number(paper.how.replications))
    logic = _("{n} points. {factors}.").format(
        n=paper.number(n), factors="; ".join(described(paper))
    )
    return {
        "1.1": Answer(paper.title, _("Rationale")),
        "1.2": Answer(outputs),
        "1.3": Answer(paper.title),
        "2.3": Answer(logic),
        "4.3": Answer(estimation, _("Why so many")),
    }


def command(paper: ExperimentPaper) -> str:
    """Write the command that runs it again; the folder that the file lay in is not known."""
    n = str(paper.how.replications)
    file = f"{shown(paper.experiment.name)}.toml"
    return shlex.join(["flowsim", "experiment", file, "--replications", n])
