"""The technical annex: the checklist, and how to repeat the run."""

from __future__ import annotations

import shlex

from flowsim.letters import shown
from flowsim.report.document.blocks import Block, Facts, Heading, Prose, Section
from flowsim.report.document.scenario_paper import ScenarioPaper
from flowsim.report.run_paper import stress
from flowsim.report.run_paper.paper import Paper
from flowsim.report.run_paper.years import by_year
from flowsim.study.manifest import settings

__all__ = ["facts", "section"]


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
        Facts(facts(paper, paper.results.hash, command(paper))),
    ]
    return Section("annex", _("Technical annex"), tuple(blocks))


def facts(paper: ScenarioPaper, stamp: str, command: str) -> tuple[tuple[str, str], ...]:
    """Give what a run, or several, can be repeated with.

    Parameters
    ----------
    stamp : hash of the results
    command : that gives them again
    """
    _, how = paper._, paper.how
    return (
        (_("Scenario"), shown(paper.scenario.name)),
        (_("Hash of scenario, settings, lists, seed and engine"), stamp),
        (_("Seed"), str(how.seed)),
        (_("Replications"), paper.number(how.replications)),
        (_("Engine"), how.engine),
        (_("Versions"), ", ".join(f"{name} {one}" for name, one in paper.versions.items())),
        (_("Command"), command),
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
