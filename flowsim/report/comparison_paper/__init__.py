"""The paper of a comparison: which option does better on what, by how much, and how sure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowsim.report.comparison_paper import annex, drivers, flow, limits, options
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.comparison_paper.pictures import pictures
from flowsim.report.comparison_paper.result_table import result_table
from flowsim.report.comparison_paper.sentences import told
from flowsim.report.document.blocks import Document, Prose, Section
from flowsim.report.run_paper import assumptions, definitions
from flowsim.study.comparison.results import Comparison

__all__ = ["ComparisonPaper", "comparison_paper", "sections"]


def comparison_paper(
    comparison: Comparison, versions: Mapping[str, str], language: str | None = None
) -> Document:
    """Tell a comparison.

    Parameters
    ----------
    comparison : of `flowsim.compare`, or read from a folder
    versions : what it was run with, by name: flowsim, python, machine, and the libraries
    language : `sv` or `en`; as the base says if left out

    Returns
    -------
    the same paper for the same results
    """
    base = comparison.scenarios[comparison.base]
    paper = ComparisonPaper(comparison, language or base.scenario.language, versions)
    return Document(
        title=options.title(paper),
        language=paper.language,
        sections=tuple(sections(paper)),
        version=paper.versions.get("flowsim", ""),
        hash=paper.hash,
    )


def sections(paper: ComparisonPaper) -> Iterator[Section]:
    """Give the parts of the paper in the order in which a board reads them."""
    _ = paper._
    yield options.section(paper)
    yield Section("differences", _("The result"), (result_table(paper), *told(paper)))
    yield Section("figures", _("Figures"), tuple(pictures(paper)))
    yield flow.section(paper)
    yield drivers.section(paper)
    yield limits.section(paper)
    yield assumptions_of_all(paper)
    yield definitions.section(paper, difference_words(paper))
    yield annex.section(paper)


def assumptions_of_all(paper: ComparisonPaper) -> Section:
    """Return the inputs of the base; what other options have otherwise is told before."""
    found = assumptions.section(paper)
    text = paper._(
        "These are the inputs of {base}. What the other options have otherwise stands under “The "
        "question and the options”."
    )
    first = Prose(text.format(base=paper.base))
    return Section(found.name, found.title, (first, *found.blocks))


def difference_words(paper: ComparisonPaper) -> Iterator[tuple[str, str]]:
    """Define what only a comparison tells."""
    _ = paper._
    yield (
        _("Difference"),
        _(
            "The option's figure less that of the first option, taken in each course of events "
            "and then averaged: both meet the same people and the same luck."
        ),
    )
    yield (
        _("Clear difference"),
        _(
            "One whose interval leaves out 0. The intervals are so wide that all of them together "
            "are right with a confidence of 95 %."
        ),
    )
    yield (
        _("Chance that it is better"),
        _(
            "The share of the courses of events in which the option does better than the first "
            "one: shorter waits, more exits, lower cost. Ties count half."
        ),
    )
