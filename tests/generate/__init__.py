"""Random scenarios that use every word of the language together, for the tests.

`random_scenario(rng)` writes a whole scenario: its file, and its lists. It takes any
`random.Random`: a seeded one for plain loops, or one that hypothesis makes, which then shrinks a
failing scenario (`scenarios`). `test_generate.py` and `test_generated_turns.py` find what it does
not write.
"""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

from generate import association, referrals, steps, teams, uncertain
from generate.draft import Draft
from generate.texts import in_both
from generate.written import Table, Written, toml

__all__ = ["Written", "random_scenario", "scenarios", "single_step_scenario"]


def random_scenario(rng: Random) -> Written:
    """Write a scenario that passes every check."""
    draft = Draft(rng)
    draft.teams = {name: teams.team(draft, name) for name in draft.team_names}
    draft.initial = steps.initial(draft)
    for i, name in enumerate(draft.step_names):
        draft.steps[name] = steps.step(draft, i)
    teams.endings(draft)
    steps.keeping(draft)
    draft.exits = association.exits(draft)
    for i, name in enumerate(draft.source_names):
        draft.referrals[name] = referrals.referral(draft, i)
    tables = flow(draft) | beside(draft)
    tables["uncertain"] = uncertain.ranges(draft, tables)
    return Written(toml(in_both(tables, draft)), draft.lists)


def flow(draft: Draft) -> Table:
    return {
        "scenario": association.heading(draft),
        "run": association.run(draft),
        "groups": draft.groups,
        "calendar": association.calendar(draft),
        "referrals": draft.referrals,
        "teams": draft.teams,
        "steps": draft.steps,
        "exits": draft.exits,
    }


def beside(draft: Draft) -> Table:
    per = [table["per"] for table in draft.teams.values() if "per" in table]
    return {
        "outcomes": association.outcomes(draft),
        "goals": association.goals(draft),
        "population": association.population(draft, per),
        "costs": association.costs(draft, per),
        "observed": association.figures(draft, is_observed=True),
        "planned": association.figures(draft),
        "payers": association.payers(draft),
        "sources": {"plan": "Plan of the year"},
        "provenance": association.provenance(draft),
    }


def scenarios() -> st.SearchStrategy[Written]:
    """Scenarios for hypothesis, which shrinks the choices behind them."""
    return st.randoms(use_true_random=False).map(random_scenario)


def single_step_scenario(rng: Random) -> Written:
    """One step in which more places can only help: no patience, priority, stop, min, interruption.

    Its team is `team0`, with a plain number of places, so that a test can override it.
    """
    draft = Draft(rng)
    draft.step_names, draft.team_names = ["step0"], ["team0"]
    draft.teams = {"team0": {"places": rng.randint(1, 4), "closures": draft.closures(2)}}
    step: Table = {"team": "team0", "length_of_stay": draft.duration(1, 15)}
    if draft.chance(0.4):
        step["intake"] = {"every": f"{rng.choice([2, 7])} days"}
        draft.maybe(0.5, step["intake"], "max", lambda: rng.randint(1, 3))
    step["next"] = {name: "rest" if i == 0 else 0.2 for i, name in enumerate(draft.exit_names)}
    draft.steps = {"step0": step}
    draft.exits = {name: {"label": name} for name in draft.exit_names}
    for i, name in enumerate(draft.source_names):
        draft.referrals[name] = referrals.referral(draft, i)
    return Written(toml(flow(draft)), draft.lists)
