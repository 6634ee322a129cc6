"""What the model does not say."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.report.document.blocks import Bullets, Section
from flowsim.report.document.wording import Wording
from flowsim.report.run_paper.paper import Paper

__all__ = ["always", "section"]


def section(paper: Paper) -> Section:
    """Return the limits that hold always, and those of this run."""
    items = (*always(paper), *of_this_run(paper))
    return Section("limits", paper._("What the model does not say"), (Bullets(items),))


def always(paper: Wording) -> tuple[str, ...]:
    """Give what holds for every scenario."""
    _ = paper._
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
            "The intervals show luck and the number of simulated courses of events. They do not "
            "show that an input may be wrong."
        ),
        _(
            "What lies outside is left out: savings in other budgets, what happens after the "
            "exit, and changes in the labour market."
        ),
        _("It makes no proposal for a decision; that stays with people."),
    )


def of_this_run(paper: Paper) -> Iterator[str]:
    """Give what follows from this run's figures."""
    yield from still_waiting(paper)
    yield from without_cost(paper)
    yield from outside(paper)


def still_waiting(paper: Paper) -> Iterator[str]:
    """Say how many are not in the mean waits, as they had not started when the run ended."""
    for step in paper.scenario.steps:
        end = paper.estimate(f"{step}.waiting.end")
        if end.mean >= 1 and paper.has(f"{step}.still_waiting.mean"):
            text = paper._(
                "{step}: on average {n} people still wait when the run ends, since {time} so far. "
                "They are not part of the mean wait, which is therefore too short if the list "
                "grows."
            )
            kpi = f"{step}.still_waiting.mean"
            yield text.format(
                step=paper.label(step, "steps"),
                n=paper.number(end.mean, 1),
                time=paper.value(kpi, paper.estimate(kpi).mean, "days"),
            )


def without_cost(paper: Paper) -> Iterator[str]:
    """Say which teams cost nothing here."""
    free = [
        paper.label(team, "teams")
        for team in paper.scenario.teams
        if not paper.estimate(f"cost.team.{team}").mean > 0
    ]
    if free:
        text = paper._("The scenario gives no cost for: {teams}. Real costs are higher.")
        yield text.format(teams=", ".join(free))


def outside(paper: Paper) -> Iterator[str]:
    """Say which observed figures the model does not give."""
    whole = paper._("whole run")
    wrong = [
        f"{paper.kpi(row.kpi)} ({whole if row.period == 'run' else row.period})"
        for row in paper.results.observed().itertuples()
        if row.inside is not None and not row.inside
    ]
    if wrong:
        text = paper._("These observed figures lie outside what the model gives: {figures}.")
        yield text.format(figures="; ".join(wrong))
