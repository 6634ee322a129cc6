"""The technical annex: all figures compared, the checklist, and how to repeat the comparison."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from flowsim.letters import shown
from flowsim.report.comparison_paper.figure import ComparedFigure
from flowsim.report.comparison_paper.options import changes_of
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.document.blocks import Block, Facts, Heading, Prose, Section, Table
from flowsim.report.run_paper import annex, stress
from flowsim.report.run_paper.stress_run import Answer
from flowsim.study.manifest import settings

__all__ = ["command", "section"]


def section(paper: ComparisonPaper) -> Section:
    """Return all figures, the checklist, and seed, versions, hash and command."""
    _ = paper._
    blocks: list[Block] = [Heading(_("All figures compared"))]
    blocks += all_figures(paper)
    blocks += [Heading(_("Checklist STRESS-DES")), *stress.section(paper, own_answers(paper))]
    blocks.append(Heading(_("To repeat the comparison")))
    text = _(
        "The results folder holds every scenario word for word. The same version with the same "
        "seed gives the same figures to the last digit."
    )
    blocks += [Prose(text), Facts(annex.facts(paper, paper.hash, command(paper)))]
    return Section("annex", _("Technical annex"), tuple(blocks))


def all_figures(paper: ComparisonPaper) -> Iterator[Table]:
    """Give a table for each variant."""
    _ = paper._
    for other in paper.others:
        rows = []
        for name in paper.figures:
            one = ComparedFigure(paper, paper.kpi(name), name)
            own = (one.mean_words(paper.base), one.mean_words(other))
            rows.append((one.label, *own, one.sentence(other), one.chance(other)))
        heads = (
            _("Figure"),
            paper.base,
            other,
            _("Difference"),
            _("Chance that it is better"),
        )
        text = _("{option} compared with {base}").format(option=other, base=paper.base)
        note = _(
            "Chance that it is better: the share of simulated courses of events in which the "
            "option did better, with the same people and the same luck; ties count half. A dash: "
            "neither more nor less is better."
        )
        yield Table(text, heads, tuple(rows), "lrrlr", note)


def own_answers(paper: ComparisonPaper) -> dict[str, Answer]:
    """Return what fills the rows of the checklist that are about more than one scenario."""
    _ = paper._
    outputs = _(
        "{n} figures of each option with 95 % intervals, and their differences; defined under "
        "“What the figures mean”. Ratios are ratios of means with the jackknife's interval."
    ).format(n=len(paper.figures))
    aims = _("To compare the options {options}.").format(options="; ".join(paper.options))
    logic = " ".join(scenario_logic(paper)) or _("The options have the same inputs.")
    estimation = _(
        "{n} independent replications of each option with common random numbers. Differences are "
        "taken replication by replication; their intervals hold all at once (Bonferroni)."
    ).format(n=paper.number(paper.how.replications))
    return {
        "1.2": Answer(outputs),
        "1.3": Answer(aims),
        "2.3": Answer(logic),
        "4.3": Answer(estimation, _("Why so many")),
    }


def scenario_logic(paper: ComparisonPaper) -> Iterator[str]:
    """Say of each variant what it has otherwise."""
    for other in paper.others:
        if changes := "; ".join(changes_of(other, paper)):
            yield f"{other}: {changes}."


def command(paper: ComparisonPaper) -> str:
    """Write the command that runs it again.

    Files are named as the scenarios are: the folders that they lay in are not known any more.
    """
    comparison = paper.as_run
    base, *others = comparison.scenarios.items()
    name, first = base
    words = ["flowsim", "compare", f"{shown(first.name)}.toml"]
    common = settings(first)
    of_files = [one for _, one in others if one.text != first.text]
    words += [f"{shown(one.name)}.toml" for one in of_files]
    for setting in common:
        words += ["--set", shown(setting)]
    for name, one in others:
        own = [setting for setting in settings(one) if setting not in common]
        if one not in of_files and "=" in name:
            words += [word for setting in own for word in ("--set", shown(setting))]
        elif one not in of_files:
            words += ["--variant", f"{shown(name)}: {shown(', '.join(own))}"]
    names = [kpi.name for kpi in comparison.kpis]
    if names != paper.usual_figures:
        words += [word for one in names for word in ("--kpi", one)]
    if comparison.period != "run":
        words += ["--period", comparison.period]
    words += ["--seed", str(comparison.seed), "--replications", str(comparison.replications)]
    if comparison.engine != "kernel":
        words += ["--engine", comparison.engine]
    return shlex.join(words)
