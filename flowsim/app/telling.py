"""What the page says of a proposal: the sections of the report that a board reads first."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flowsim.app.computing import Progress
from flowsim.report.document.blocks import Block, Document, Prose, Section
from flowsim.report.words import in_language
from flowsim.scenario.schema import Scenario
from flowsim.study.comparison.comparing import compare
from flowsim.study.comparison.results import Comparison
from flowsim.study.replications import run
from flowsim.study.results import Results

__all__ = ["Told", "computed", "document_of", "not_known", "told"]

DRAWING = threading.Lock()
"""Charts are drawn one at a time: fonts are kept in places that threads share."""


@dataclass(frozen=True)
class Told:
    """What a page shows of a result.

    Parameters
    ----------
    sections : of the report, in its words
    sentence : the answer alone, which is spoken when it is there
    """

    sections: tuple[Section, ...]
    sentence: str


def computed(
    scenario: Scenario,
    settings: Mapping[str, object],
    name: str,
    replications: int,
    progress: Progress,
    draws: int = 0,
) -> Results | Comparison:
    """Run the scenario, beside it the proposal where there is one, with the same luck.

    Parameters
    ----------
    draws : of the uncertain inputs
    """
    how: dict[str, Any] = {
        "replications": replications,
        "progress": progress,
        "draws": draws,
    }
    if not settings:
        return run(scenario, **how)
    return compare(scenario, {name: scenario.with_(dict(settings))}, **how)


def not_known(result: Results | Comparison, language: str) -> Told:
    """Return what draws of the uncertain inputs say of a result."""
    if isinstance(result, Results):
        from flowsim.report.run_paper import answer
        from flowsim.report.run_paper.paper import RunPaper
        from flowsim.report.run_paper.tables import result_table

        run_paper = RunPaper(result, language)
        blocks: tuple[Block, ...] = tuple(map(Prose, answer.to_find_out(run_paper)))
        if result.unknown is not None:
            blocks += (result_table(run_paper),)
        title = run_paper._("What is not known")
    else:
        from flowsim.report.comparison_paper import doubts
        from flowsim.report.comparison_paper.paper import ComparisonPaper

        paper = ComparisonPaper(result, language)
        blocks, title = tuple(doubts.blocks(paper)), paper._("What is not known")
    return Told((Section("unknown", title, blocks),) if blocks else (), "")


def told(result: Results | Comparison, language: str) -> Told:
    """Return the first sections of the report on a result."""
    sections = tuple(
        _of_run(result, language)
        if isinstance(result, Results)
        else _of_comparison(result, language)
    )
    prose = [block.text for block in sections[0].blocks if isinstance(block, Prose)]
    asked = (
        in_language(_scenario(result), language).scenario.question
        if isinstance(result, Results)
        else ""
    )
    spoken = next((text for text in prose if text != asked), "")
    return Told(sections, spoken)


def _scenario(result: Results | Comparison) -> Scenario:
    return result.scenario if isinstance(result, Results) else result.scenarios[result.base]


def _of_run(result: Results, language: str) -> Iterator[Section]:
    from flowsim.report.run_paper import answer
    from flowsim.report.run_paper.document import of_drivers
    from flowsim.report.run_paper.paper import RunPaper
    from flowsim.report.sections.pictures import pictures

    paper = RunPaper(result, language)
    yield answer.section(paper)
    with DRAWING:
        drawn = tuple(pictures(paper, only="queue"))
    yield Section("figures", paper._("Figures"), drawn)
    yield of_drivers(paper)


def _of_comparison(result: Comparison, language: str) -> Iterator[Section]:
    from flowsim.report.comparison_paper import answer, tables
    from flowsim.report.comparison_paper.document import load_table
    from flowsim.report.comparison_paper.drawing import lists_picture, shown_steps
    from flowsim.report.comparison_paper.paper import ComparisonPaper
    from flowsim.report.comparison_paper.sentences import told as in_words
    from flowsim.report.sections import drivers

    paper = ComparisonPaper(result, language)
    yield answer.section(paper)
    waiting = paper.comparison.waiting
    steps = [] if waiting is None or waiting.empty else shown_steps(waiting, paper)
    if waiting is not None and steps:
        with DRAWING:
            drawn = lists_picture(waiting, steps, paper)
        yield Section("figures", paper._("Figures"), (drawn,))
    yield drivers.section(paper, load_table(paper))
    yield Section("differences", paper._("The result in words"), in_words(paper))
    blocks = tuple(tables.all_figures(paper))
    yield Section("all", paper._("All figures compared"), blocks)


def document_of(result: Results | Comparison, language: str) -> Document:
    """Return the whole report of a result."""
    from flowsim.report.documents import document_of as whole
    from flowsim.study.manifest import versions_now

    with DRAWING:
        return whole(result, versions_now(), language)
