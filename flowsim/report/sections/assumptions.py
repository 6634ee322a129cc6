"""Every input with its value, its mark and its source."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.language import N_
from flowsim.letters import shown
from flowsim.report.document.blocks import Block, Facts, Heading, Prose, Section, Table
from flowsim.report.input_words import input_words, value_words
from flowsim.report.numbers import MISSING
from flowsim.report.sections.paper import ScenarioPaper
from flowsim.scenario.provenance import Input
from flowsim.scenario.source import spelled

__all__ = ["MARKS", "section"]

MARKS = {
    "set": N_("Set for this run"),
    "assumed": N_("Assumed"),
    "derived": N_("Derived"),
    "stated": N_("Stated"),
}
"""What the marks of inputs are called, guesses first."""


def section(paper: ScenarioPaper) -> Section:
    """Return the inputs, guesses first, and the list of sources."""
    _ = paper._
    blocks: list[Block] = [
        Prose(
            _(
                "Stated: the value stands in the source. Derived: it is worked out from a source. "
                "Assumed: it has no source; whoever knows better should change it."
            )
        )
    ]
    blocks += tables(paper)
    if paper.scenario.sources:
        blocks.append(Heading(_("Sources")))
        pairs = ((key, shown(title)) for key, title in paper.scenario.sources.items())
        blocks.append(Facts(tuple(pairs)))
    return Section("assumptions", _("Assumptions"), tuple(blocks))


def tables(paper: ScenarioPaper) -> Iterator[Table]:
    """Return a table for each mark."""
    _ = paper._
    for mark, text in MARKS.items():
        name = _(text)
        chosen = [one for one in paper.inputs if one.mark == mark]
        if chosen:
            rows = tuple(row(one, name, paper) for one in chosen)
            heads = (_("Input"), _("Value"), _("Mark"), _("Source, or why"))
            yield Table(f"{name} ({len(chosen)})", heads, rows, "llll")


def row(one: Input, mark: str, paper: ScenarioPaper) -> tuple[str, str, str, str]:
    """Write an input."""
    source = ", ".join(filter(None, (one.source, one.note)))
    return (
        f"{shown(input_words(one.path, paper))}\n{shown(spelled(one.path))}",
        shown(value_words(one.value, paper)),
        mark,
        shown(source) or MISSING,
    )
