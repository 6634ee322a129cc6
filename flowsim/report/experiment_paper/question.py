"""The question, where it is asked, and what was varied to answer it."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.language import N_
from flowsim.letters import shown
from flowsim.report.document.blocks import Block, Facts, Prose, Section, Table
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.input_words import input_words, plain_number, value_words
from flowsim.report.numbers import MISSING
from flowsim.report.sections.question import few_replications, precision
from flowsim.scenario.positions import key_parts
from flowsim.study.experiment.points import choices
from flowsim.study.experiment.schema import GIVEN_DESIGNS, Factor

__all__ = ["section", "settings_words"]

MOST_VALUES = 12
DESIGNS = {
    "grid": N_("All combinations of the values below were run."),
    "list": N_("The options below were run."),
    "one_at_a_time": N_("Each input below was changed alone; all else stayed as it was."),
    "lhs": N_("Values were drawn between the limits below, by a Latin hypercube."),
    "sobol": N_("Values were drawn between the limits below, as Sobol's indices need them."),
    "morris": N_("Values were drawn between the limits below, as Morris' method needs them."),
}


def section(paper: ExperimentPaper) -> Section:
    """Return where the question comes from, what was varied, and how much was run."""
    _, head = paper._, paper.experiment.file.experiment
    asked = [
        (_("Question"), shown(head.question)),
        (_("Asked in"), shown(head.source)),
        (_("Scenario"), shown(paper.scenario.scenario.title)),
    ]
    blocks: list[Block] = [Facts(tuple((name, text) for name, text in asked if text))]
    blocks.append(Prose(f"{_(DESIGNS[head.design])} {paper.facts()}."))
    blocks += map(Prose, precision(paper.experiment.precision, paper.results, paper))
    if head.design in GIVEN_DESIGNS:  # of drawn designs, intervals come from the points
        blocks += map(Prose, few_replications(paper.results.replications, paper))
    if paper.experiment.file.variants:
        blocks.append(variants(paper))
    else:
        blocks.append(factors(paper))
    if head.set:
        text = _("The same at all points: {settings}.")
        blocks.append(Prose(text.format(settings=settings_words(head.set, paper))))
    return Section("question", _("The question, and what was varied"), tuple(blocks))


def variants(paper: ExperimentPaper) -> Table:
    """Return the options of a list with their settings."""
    _ = paper._
    rows = tuple(
        (
            shown(one.label or one.name),
            settings_words(one.set, paper) if one.set else _("nothing is changed"),
        )
        for one in paper.experiment.file.variants
    )
    return Table(_("Options"), (_("Option"), _("What is changed")), rows, "ll")


def settings_words(settings: dict[str, object], paper: ExperimentPaper) -> str:
    """Write settings in words."""
    return "; ".join(
        shown(f"{input_words(key_parts(key), paper)} = {value_words(value, paper)}")
        for key, value in settings.items()
    )


def factors(paper: ExperimentPaper) -> Table:
    """Return what is varied, over which values, and what it is in the base."""
    _ = paper._
    rows = tuple(
        (
            f"{paper.factor(one)}\n{shown(', '.join(keys_of(one)))}",
            values(one, paper),
            baseline(one, paper),
        )
        for one in paper.experiment.file.factors
    )
    heads = (_("Input"), _("Values"), _("Compared with"))
    return Table(_("What is varied"), heads, rows, "lll")


def keys_of(factor: Factor) -> tuple[str, ...]:
    """Return the keys that a factor sets."""
    if factor.levels:
        return tuple(dict.fromkeys(key for level in factor.levels for key in level.set))
    return (factor.key,) if factor.key else factor.keys


def values(factor: Factor, paper: ExperimentPaper) -> str:
    """Write the values of a factor, or the limits between which they are drawn."""
    if paper.design in ("lhs", "sobol", "morris"):
        text = paper._("{low} to {high}")
        low, high = (plain_number(one or 0.0, paper) for one in (factor.low, factor.high))
        unit = f" {shown(factor.unit)}" if factor.unit and paper.language == "en" else ""
        return text.format(low=low, high=high) + unit
    told = [paper.level(factor, one.level) for one in choices(factor)]
    n = len(told) - MOST_VALUES
    more = paper.ngettext("{n} more", "{n} more", max(n, 1)).format(n=n)
    return "; ".join(told[:MOST_VALUES] + ([more] if n > 0 else []))


def baseline(factor: Factor, paper: ExperimentPaper) -> str:
    """Write the value of a factor at the base point."""
    at = paper.experiment.base_point
    if at is None:
        return MISSING
    return paper.level_of(factor, paper.experiment.points[at].levels.get(factor.name))


def described(paper: ExperimentPaper) -> Iterator[str]:
    """State in words what each factor or option is, for the checklist."""
    for factor in paper.experiment.file.factors:
        yield f"{paper.factor(factor)}: {values(factor, paper)}"
    for one in paper.experiment.file.variants:
        if one.set:
            yield f"{shown(one.label or one.name)}: {settings_words(one.set, paper)}"
