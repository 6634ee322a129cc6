"""The technical annex: the checklist, and how to repeat the run."""

from __future__ import annotations

import shlex

from flowsim.report.document.blocks import Block, Facts, Heading, Prose, Section
from flowsim.report.run_paper import stress
from flowsim.report.run_paper.paper import Paper
from flowsim.report.run_paper.years import by_year
from flowsim.report.terminal import shown
from flowsim.study.results import settings

__all__ = ["section"]


def section(paper: Paper) -> Section:
    """Return the figures year by year, the checklist, and seed, versions, hash and command."""
    _ = paper._
    blocks: list[Block] = [
        Heading(_("Year by year")),
        by_year(paper),
        Heading(_("Checklist STRESS-DES")),
        *stress.section(paper),
        Heading(_("To repeat the run")),
        Prose(
            _(
                "The results folder holds the scenario word for word. The same version with the "
                "same seed gives the same figures to the last digit."
            )
        ),
        Facts(facts(paper)),
    ]
    return Section("annex", _("Technical annex"), tuple(blocks))


def facts(paper: Paper) -> tuple[tuple[str, str], ...]:
    """Give what a run can be repeated with."""
    _, results = paper._, paper.results
    return (
        (_("Scenario"), shown(paper.scenario.name)),
        (_("Hash of scenario, settings, lists, seed and engine"), results.hash),
        (_("Seed"), str(results.seed)),
        (_("Replications"), paper.number(results.replications)),
        (_("Engine"), results.engine),
        (_("Versions"), ", ".join(f"{name} {one}" for name, one in paper.versions.items())),
        (_("Command"), command(paper)),
    )


def command(paper: Paper) -> str:
    """Write the command that runs it again.

    The file is named as the scenario is: the folder that it lay in is not known any more.
    """
    results = paper.results
    words = ["flowsim", "run", f"{shown(paper.scenario.name)}.toml"]
    for setting in settings(paper.scenario):
        words += ["--set", shown(setting)]
    words += ["--seed", str(results.seed), "--replications", str(results.replications)]
    if results.engine != "kernel":
        words += ["--engine", results.engine]
    return shlex.join(words)
