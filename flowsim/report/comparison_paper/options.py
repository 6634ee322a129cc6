"""The question, the options, and what differs between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowsim.letters import shown
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.document.blocks import Block, Bullets, Prose, Section, Table
from flowsim.report.input_words import input_words, value_words
from flowsim.report.numbers import MISSING
from flowsim.report.sections.question import simulated
from flowsim.scenario.schema import Scenario
from flowsim.scenario.source import KeyPath, has, spelled

__all__ = ["changes_of", "differing", "differing_inputs", "path_words", "section", "title"]

Differing = tuple[KeyPath, tuple[object, ...]]
NO_INPUTS = {"scenario", "provenance", "sources", "observed", "planned"}
NO_RULES = {("run", "replications"), ("run", "seed"), ("run", "precision")}
WORDS = {"label"}
MOST_ROWS = 20
MOST_NAMED = 3
"""As many options are named in the heading."""


def title(paper: ComparisonPaper) -> str:
    """Ask what is compared: the scenario's own question may be about something else."""
    _, others = paper._, paper.others
    base = paper.base_in_words
    if len(others) > MOST_NAMED:
        text = _("How do {n} options differ from {base}?")
        return text.format(n=len(others), base=base)
    *first, last = others
    if not first:
        return _("How does {option} differ from {base}?").format(option=last, base=base)
    text = _("How do {options} and {last} differ from {base}?")
    return text.format(options=", ".join(first), last=last, base=base)


def section(paper: ComparisonPaper) -> Section:
    """Return what is compared, how it was simulated, and what differs."""
    _ = paper._
    text = _("Scenario: {title}").format(title=paper.title)
    blocks: list[Block] = [Prose(text)]
    if paper.question:
        asked = _("The question that the scenario asks: {question}")
        blocks.append(Prose(asked.format(question=paper.question)))
    blocks += [Prose(_("Options compared:")), Bullets(paper.options)]
    blocks.append(Prose(f"{simulated(paper)} {luck(paper)}"))
    found = differing(paper)
    if found:
        blocks.append(table(found, paper))
    else:
        blocks.append(Prose(_("The options have the same inputs.")))
    return Section("question", _("What was simulated"), tuple(blocks))


def luck(paper: ComparisonPaper) -> str:
    """Describe what the options share, and which period the figures are of."""
    _ = paper._
    said = _(
        "All options have the same random numbers: the same people come, and stay as long unless "
        "the change says otherwise. What differs in the figures is due to what differs in the "
        "inputs."
    )
    if not paper.comparison.meets_same_people:
        said = _("The options begin on different days, so that other people come in each.")
    if paper.comparison.period == "run":
        return said
    return said + " " + _("The figures are those of {year}.").format(year=paper.comparison.period)


def differing(paper: ComparisonPaper) -> list[Differing]:
    """Return the inputs on which the options differ."""
    return differing_inputs(list(paper.comparison.scenarios.values()))


def table(found: list[Differing], paper: ComparisonPaper) -> Table:
    """Return the inputs that differ, with the value in each option."""
    _ = paper._
    rows = tuple(
        (
            f"{path_words(path, paper)}\n{shown(spelled(path))}",
            *(written(value, paper) for value in values),
        )
        for path, values in found[:MOST_ROWS]
    )
    n = len(found) - MOST_ROWS
    more = paper.ngettext("{n} more input differs.", "{n} more inputs differ.", max(n, 1))
    note = more.format(n=n) if n > 0 else ""
    heads = (_("Input"), *paper.options)
    return Table(_("What differs"), heads, rows, "l" * len(heads), note)


def written(value: object, paper: ComparisonPaper) -> str:
    """Write a value of an option; a dash where it has none."""
    return MISSING if value is None else shown(value_words(value, paper))


def path_words(path: KeyPath, paper: ComparisonPaper) -> str:
    """Return an input in words; the simulated period belongs to no part of the association."""
    if len(path) < 2:
        return shown(spelled(path))
    if path[0] == "run":
        name = ("run", *path[1:])
        return paper._("The simulated period") + f": {shown(spelled(name[1:]))}"
    return shown(input_words(path, paper))


def changes_of(option: str, paper: ComparisonPaper) -> Iterator[str]:
    """Return in words what an option has otherwise than the base."""
    at = paper.options.index(option)
    for path, values in differing(paper)[:MOST_ROWS]:
        if values[at] != values[0]:
            before, after = (written(values[one], paper) for one in (0, at))
            text = paper._("{input}: {after} instead of {before}")
            yield text.format(input=path_words(path, paper), after=after, before=before)


# In which inputs scenarios differ -------------------------------------------------------------


def differing_inputs(scenarios: Sequence[Scenario]) -> list[Differing]:
    """Return the key paths on which files with their settings differ, and the value of each.

    Names, sources and observed figures are no inputs; neither is how often it is run. A value
    that a scenario does not have is None.

    Examples
    --------
    >>> from flowsim.scenario.loading import load
    >>> name, five = "scenarios/orebro.toml", {"teams.coaching.staff.coach.fte.2019": 5}
    >>> differing_inputs([load(name), load(name, set=five)])
    [(('teams', 'coaching', 'staff', 'coach', 'fte', '2019'), (4.5, 5))]
    """
    found = apart((), [one._source.data for one in scenarios])
    return [(path, values) for path, values in found if path not in NO_RULES]


def apart(path: KeyPath, values: Sequence[object]) -> Iterator[Differing]:
    """Return where values differ, as deep down as all of them are tables."""
    if all(value == values[0] for value in values):
        return
    if not all(isinstance(value, dict) for value in values):
        yield path, tuple(values)
        return
    keys = dict.fromkeys(key for value in values for key in _table(value))
    for key in keys:
        if key not in WORDS and not (path == () and key in NO_INPUTS):
            inner = [_table(value)[key] if has(value, key) else None for value in values]
            yield from apart((*path, key), inner)


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
