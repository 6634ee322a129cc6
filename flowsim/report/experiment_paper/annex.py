"""The technical annex: the checklist, and how to repeat the experiment."""

from __future__ import annotations

import shlex

from flowsim.letters import shown
from flowsim.report.document.blocks import Block, Facts, Heading, Prose, Section
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.experiment_paper.question import described
from flowsim.report.run_paper import annex, stress
from flowsim.report.run_paper.stress_run import Answer
from flowsim.study.store import MANIFEST

__all__ = ["section", "stamp"]


def section(paper: ExperimentPaper) -> Section:
    """Return the checklist, and seed, versions, hash and command."""
    _ = paper._
    blocks: list[Block] = [Heading(_("Checklist STRESS-DES"))]
    blocks += stress.section(paper, own_answers(paper))
    text = _(
        "The results folder holds the experiment and its scenario word for word, in {file}. The "
        "same version with the same seed gives the same figures to the last digit."
    )
    blocks += [Heading(_("To repeat the experiment")), Prose(text.format(file=MANIFEST))]
    blocks.append(Facts(annex.facts(paper, stamp(paper), command(paper))))
    return Section("annex", _("Technical annex"), tuple(blocks))


def stamp(paper: ExperimentPaper) -> str:
    """Return a hash that stands for all points: the first eight characters of the first's."""
    return paper.results.hashes[0][:8]


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
        "1.1": Answer(shown(paper.experiment.title), _("Rationale")),
        "1.2": Answer(outputs),
        "1.3": Answer(shown(paper.experiment.title)),
        "2.3": Answer(logic),
        "4.3": Answer(estimation, _("Why so many")),
    }


def command(paper: ExperimentPaper) -> str:
    """Write the command that runs it again; the folder that the file lay in is not known."""
    n = str(paper.how.replications)
    file = f"{shown(paper.experiment.name)}.toml"
    return shlex.join(["flowsim", "experiment", file, "--replications", n])
