"""The workbook of an experiment: its answer, every figure of every point, and what each sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowsim.letters import shown
from flowsim.report.difference_columns import difference_words
from flowsim.report.document.blocks import Facts, Prose
from flowsim.report.experiment_paper.annex import stamp
from flowsim.report.experiment_paper.answer import answer_section
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.experiment_sheets import figures, indices, points, varied
from flowsim.report.scenario_sheets import assumptions, how_run
from flowsim.report.workbook import Sheet, Value, workbook
from flowsim.study.experiment.indices import INDEXED_DESIGNS
from flowsim.study.experiment.results import ExperimentResults

__all__ = ["experiment_workbook", "sheets"]


def experiment_workbook(
    results: ExperimentResults, versions: Mapping[str, str], language: str | None = None
) -> bytes:
    """Write an experiment as a file for Excel; the same results give the same bytes.

    Parameters
    ----------
    results : of `run_experiment`, or read from a folder
    versions : what it was run with, by name: flowsim, python, machine, and the libraries
    language : `sv` or `en`; as the experiment says if left out
    """
    paper = ExperimentPaper(results, language or results.experiment.language, versions)
    title = shown(paper.experiment.title)
    return workbook(title, paper.language, tuple(facts(paper)), tuple(sheets(paper)))


def facts(paper: ExperimentPaper) -> Iterator[tuple[str, Value]]:
    """Give the question, the answer and what it rests on, and how the numbers were made."""
    _, head, run = paper._, paper.experiment.file.experiment, paper.scenario.run
    if head.question:
        yield _("Question"), shown(head.question)
    if head.source:
        yield _("Asked in"), shown(head.source)
    yield _("Scenario"), shown(paper.scenario.scenario.title)
    yield from answer(paper)
    yield _("Number of points"), len(paper.experiment.points)
    if paper.base is not None:
        yield _("Compared with"), paper.base
    of_all = f"{run.report_from} – {run.until}"
    yield _("Period"), of_all if paper.experiment.period == "run" else paper.experiment.period
    yield from how_run(paper, stamp(paper))
    own = _(
        "The average is over all replications; from and to give its interval of 95 %. Times are "
        "in days, money in whole units of the currency; counts and money are of the whole period."
    )
    apart = "" if paper.base is None else difference_words(paper.base, paper)
    yield _("How to read it"), f"{own} {apart}".rstrip()


def answer(paper: ExperimentPaper) -> Iterator[tuple[str, Value]]:
    """Give the answer of the experiment file with its figures, and what it rests on."""
    section = answer_section(paper)
    for block in section.blocks if section is not None else ():
        if isinstance(block, Prose):
            yield paper._("The answer"), block.text
        if isinstance(block, Facts):
            for mark, inputs in block.pairs:
                yield paper._("It rests on: {mark}").format(mark=mark.lower()), inputs


def sheets(paper: ExperimentPaper) -> Iterator[Sheet]:
    """Give the sheets in the order in which they stand."""
    yield figures(paper)
    yield points(paper)
    yield varied(paper)
    if paper.design in INDEXED_DESIGNS:
        found = indices(paper)
        if len(found.frame):
            yield found
    yield assumptions(paper)
