"""The technical annex: the checklist, and how to repeat what was run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flowsim.letters import shown
from flowsim.report.document.blocks import Block, Facts, Heading, Prose, Section
from flowsim.report.sections import stress
from flowsim.report.sections.paper import ScenarioPaper
from flowsim.report.sections.stress import Answer

__all__ = ["section"]


def section(
    paper: ScenarioPaper,
    command: str,
    own: Mapping[str, Answer] | None = None,
    more: Iterable[Block] = (),
) -> Section:
    """Return what more there is, the checklist, and seed, versions, hash and command.

    Parameters
    ----------
    command : that gives the results again
    own : what fills some rows of the checklist in another way
    more : blocks before the checklist
    """
    _ = paper._
    text = _(
        "The results folder holds everything word for word. The same version with the same seed "
        "gives the same figures to the last digit."
    )
    blocks: tuple[Block, ...] = (
        *more,
        Heading(_("Checklist STRESS-DES")),
        *stress.section(paper, own),
        Heading(_("To repeat it")),
        Prose(text),
        Facts(facts(paper, command)),
    )
    return Section("annex", _("Technical annex"), blocks)


def facts(paper: ScenarioPaper, command: str) -> tuple[tuple[str, str], ...]:
    """Return what a run, or several, can be repeated with."""
    _, how = paper._, paper.how
    return (
        (_("Scenario"), shown(paper.scenario.name)),
        (_("Hash of scenario, settings, lists, seed and engine"), paper.hash),
        (_("Seed"), str(how.seed)),
        (_("Replications"), paper.number(how.replications)),
        (_("Engine"), how.engine),
        (_("Versions"), ", ".join(f"{name} {one}" for name, one in paper.versions.items())),
        (_("Command"), command),
    )
