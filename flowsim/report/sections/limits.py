"""What the model does not say, and what the answer rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowsim.language import N_
from flowsim.report.document.blocks import Bullets, Section
from flowsim.report.sections.paper import ScenarioPaper
from flowsim.report.words import Words
from flowsim.scenario.schema import Scenario
from flowsim.scenario.staff import heavy_caseloads

__all__ = ["MORE_THAN_ALL", "heavy", "section", "sureness", "why_more_than_all", "without_cost"]

MORE_THAN_ALL = 1.0005  # a share that is written as more than 100 %
WHY_MORE = {  # by the end of the name, what is over what
    "coverage": N_(
        "people are counted each time they enrol, but the target group is how many there are at "
        "one time"
    ),
    "completed.share": N_(
        "everybody's exits are counted, but as participants only those in some of the steps"
    ),
    ".share": N_("the outcome has exits that “completed” has not"),
    ".utilisation": N_("nobody is sent out when places become fewer, so more are in than fit"),
}
"""Why a share may be above 100 %."""


def section(words: Words, more: Iterable[str]) -> Section:
    """Return the limits that hold always, and those of these results."""
    items = (*always(words), *more)
    return Section("limits", words._("What the model does not say"), (Bullets(items),))


def always(words: Words) -> tuple[str, ...]:
    """Return what holds for every scenario."""
    _ = words._
    return (
        _(
            "It does not say that a measure causes jobs. The shares who leave to work or studies "
            "are inputs: the model counts how many get that far, not what would have become of "
            "them otherwise."
        ),
        _(
            "It does not say what is best for a person, and it ranks neither staff nor "
            "participants. It is about flows, places and money."
        ),
        _(
            "It knows no quality: a coach with more participants costs the same and helps as much "
            "as before, unless the inputs say otherwise."
        ),
        _(
            "The intervals of chance show chance and the number of simulated courses of events. "
            "They do not show that an input may be wrong: what is not known does, as far as inputs "
            "have ranges."
        ),
        _(
            "What lies outside is left out: savings in other budgets, what happens after the "
            "exit, and changes in the labour market."
        ),
        _("It makes no proposal for a decision; the board does."),
    )


def heavy(scenarios: Iterable[Scenario], words: Words) -> Iterator[str]:
    """Warn of caseloads above what the IPS fidelity scale thinks well of, the largest of each role.

    Parameters
    ----------
    scenarios : those that were run
    """
    most: dict[tuple[str, str], tuple[float, bool]] = {}
    for scenario in scenarios:
        for team, role, caseload, has_norm in heavy_caseloads(scenario):
            most[team, role] = max(most.get((team, role), (0.0, False)), (caseload, not has_norm))
    _ = words._
    for (team, role), (caseload, is_free) in most.items():
        text = _(
            "{team}, {role}: up to {n} participants for each full-time post. The fidelity scale of "
            "IPS gives its best mark up to 20, and 3 of 5 or less above 25."
        )
        said = text.format(team=words.label(team, "teams"), role=role, n=words.number(caseload))
        yield said + (_(" Here they cost no time.") if is_free else "")


def without_cost(teams: Iterable[str], words: Words) -> Iterator[str]:
    """Describe which teams are given no cost."""
    free = [words.label(team, "teams") for team in teams]
    if free:
        text = words._("The scenario gives no cost for: {teams}. Real costs are higher.")
        yield text.format(teams=", ".join(free))


def why_more_than_all(kpi: str, share: str, when: str, words: Words) -> str:
    """State that a share is more than 100 %, and why that can be.

    Parameters
    ----------
    kpi : the figure
    share, when : how much, and in which period, written
    """
    why = next((text for end, text in WHY_MORE.items() if kpi.endswith(end)), "")
    text = words._("Warning: “{figure}” is {share} ({when}), more than all there are.")
    said = text.format(figure=words.kpi(kpi), share=share, when=when)
    return f"{said[:-1]}: {words._(why)}." if why else said


def sureness(paper: ScenarioPaper) -> str:
    """Describe what all this rests on: the most important limitation."""
    assumed = sum(one.mark == "assumed" for one in paper.inputs)
    text = paper._(
        "Limitation: {assumed} of the {n} inputs are assumptions without a source, and the result "
        "is no surer than they are. The model does not show that a measure causes jobs."
    )
    return text.format(assumed=assumed, n=len(paper.inputs))
