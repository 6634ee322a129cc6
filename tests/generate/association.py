"""What a generated scenario says beside its flow: exits, counts, money, where figures come from."""

from __future__ import annotations

from typing import Any

from flowsim.scenario.schema import BUILT_IN_EXITS
from generate.draft import Draft
from generate.referrals import SEASONS
from generate.steps import takes_no_time
from generate.teams import PAYERS
from generate.written import Table

FIGURES = ["participants", "time_in_system.mean", "cost.total", "step0.wait.mean"]


def heading(draft: Draft) -> Table:
    table: Table = {"title": "generated"}
    draft.maybe(0.2, table, "question", lambda: "Do the engines agree?")
    draft.maybe(0.2, table, "language", lambda: draft.rng.choice(["sv", "en"]))
    draft.maybe(0.2, table, "currency", lambda: "EUR")
    return table


def run(draft: Draft) -> Table:
    table: Table = dict(draft.run)
    draft.maybe(0.2, table, "seed", lambda: draft.rng.randint(0, 2**63 - 1))
    if draft.chance(0.2):
        table["replications"] = draft.rng.randint(1, 50)
    elif draft.chance(0.2):
        table["precision"] = {"kpi": draft.rng.choice(FIGURES), "relative_half_width": 0.1}
        draft.maybe(0.5, table["precision"], "max", lambda: 20)
    return table


def calendar(draft: Draft) -> Table:
    table: Table = {}
    draft.maybe(0.4, table, "closures", lambda: draft.closures(2))
    draft.maybe(0.2, table, "seasonality", lambda: draft.rng.choice(SEASONS))
    return table


# Exits


def exits(draft: Draft) -> Table:
    names = [*draft.exit_names, "lost", "fired", *(n for n in BUILT_IN_EXITS if draft.chance(0.4))]
    return {name: exit_(draft, name) for name in names}


def exit_(draft: Draft, name: str) -> Any:
    if draft.chance(0.2):
        return name.title()
    table: Table = {}
    draft.maybe(0.5, table, "label", name.title)
    if draft.chance(0.4):
        share = draft.rng.choice([0, 0.5, 0.5, 1])
        table["sustained"] = {"after": draft.span(draft.rng.randint(0, 20)), "share": share}
    draft.maybe(0.4, table, "returns", lambda: returns(draft))
    return table


def returns(draft: Draft) -> Table:
    """Some who come back, or none, or all: these not so soon that they go round all the time.

    No circle without time: a return at once leads to a step that takes some.
    """
    to = draft.rng.choice(draft.step_names)
    share = draft.rng.choice([0, 0.4, 0.4, 0.4, 1])
    soonest = 1 if takes_no_time(draft.steps[to]) else 0
    soonest = soonest if share < 1 else 5 + draft.days // 10
    return {"share": share, "after": draft.duration(soonest, soonest + 20), "to": to}


def outcomes(draft: Draft) -> Table:
    table: Table = {"good": [draft.exit_names[0]]}
    draft.maybe(0.4, table, "completed", lambda: {"exits": [*draft.exit_names]})
    draft.maybe(0.3, table, "over", lambda: {"label": "Over", "exits": ["lost", "withdrew"]})
    return table


def goals(draft: Draft) -> Table:
    table: Table = {}
    draft.maybe(0.3, table, "figure", lambda: {"kpi": draft.rng.choice(FIGURES), "at_most": 9})
    if draft.chance(0.4):
        of = draft.rng.choice(draft.step_names)
        goal: Table = {"outcome": "good", "of": of, "within": draft.span(draft.rng.randint(0, 40))}
        draft.maybe(0.3, goal, "label", lambda: "In time")
        table["in_time"] = goal | {"at_least": 0.2}
    return table


# Money and counts


def population(draft: Draft, per: list[str]) -> Table:
    table: Table = {}
    draft.maybe(0.4, table, "target_group", lambda: number(draft, [0, 100, 120], per))
    draft.maybe(0.4, table, "counted_in", lambda: draft.some(draft.step_names, 3))
    return table


def costs(draft: Draft, per: list[str]) -> Table:
    table: Table = {}
    for key in ("administration", "structural", "budget"):
        draft.maybe(0.4, table, key, lambda: number(draft, [0, 500000, 700000], per))
    draft.maybe(0.3, table, "contributions", lambda: draft.parts(draft.some(PAYERS, 3)))
    draft.maybe(0.3, table, "opening_equity", lambda: draft.rng.choice([-1000, 0, 250000.5]))
    draft.maybe(0.3, table, "equity_ceiling", lambda: 0.2)
    draft.costs = table
    return table


def payers(draft: Draft) -> Table:
    """What those who pay are called; only who pays may have a label."""
    paying = {"association", *draft.costs.get("contributions", ())}
    for team in draft.teams.values():
        paying |= {*team.get("financed_by", ())}
        paying |= {line["paid_by"] for line in team.get("staff", {}).values() if "paid_by" in line}
    return {name: name.title() for name in sorted(paying) if name != "state"}


def number(draft: Draft, amounts: list[Any], per: list[str]) -> Any:
    """A number that may be by the values of a group that teams are by."""
    return draft.number(amounts, draft.rng.choice(per) if per else None)


# Where figures come from


def figures(draft: Draft, is_observed: bool = False) -> Table:
    """Observed or planned figures of the run and of its last year."""
    if draft.chance(0.7):
        return {}
    periods = [period for period in ("run", str(draft.years[-1])) if draft.chance(0.7)]
    return {period: given(draft, is_observed) for period in periods}


def given(draft: Draft, is_observed: bool) -> Table:
    value = draft.rng.randint(0, 50)
    figure: Table = {"value": value}
    if is_observed and draft.chance(0.5):
        figure["use"] = draft.rng.choice(["fit", "check", "input"])
    if draft.chance(0.5):
        figure |= {"low": value - 2, "high": value + 2.5, "source": "plan, page 3"}
    return dict.fromkeys(draft.some(FIGURES, 2), figure)


def provenance(draft: Draft) -> Table:
    marks = ["assumed", "assumed: as elsewhere", "stated: plan, page 2", "derived: plan, halved"]
    paths = ["run.start", "steps.step0.length_of_stay", "referrals.from0"]
    return {path: draft.rng.choice(marks) for path in paths if draft.chance(0.3)}
