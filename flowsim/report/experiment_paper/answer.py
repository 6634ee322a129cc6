"""The answer in words, and what it rests on."""

from __future__ import annotations

from flowsim.letters import shown
from flowsim.report.document.blocks import Block, Facts, Prose, Section
from flowsim.report.experiment import answer_text
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.run_paper.assumptions import MARKS

__all__ = ["answer_section"]


def answer_section(paper: ExperimentPaper) -> Section | None:
    """Return what the experiment file answers, with its figures; None where it has no answer.

    Words that the figures do not bear out are not told.
    """
    _, answer = paper._, paper.experiment.file.answer
    if not answer.text:
        return None
    broken = paper.results.broken_claims()
    if broken:
        said = _(
            "The answer in the file does not fit these figures and is not shown. What does not "
            "hold: {claims}"
        )
        blocks: tuple[Block, ...] = (Prose(said.format(claims=shown("; ".join(broken)))),)
    else:
        blocks = (Prose(shown(answer_text(paper.text))), *rests_on(paper))
    return Section("answer", _("The answer"), blocks)


def rests_on(paper: ExperimentPaper) -> tuple[Facts, ...]:
    """Return the inputs that the answer rests on, by mark."""
    found = paper.experiment.file.answer.rests_on
    named = [(mark, getattr(found, mark)) for mark in ("stated", "derived", "assumed")]
    pairs = tuple(
        (paper._(MARKS[mark]), shown("; ".join(inputs))) for mark, inputs in named if inputs
    )
    return (Facts(pairs),) if pairs else ()
