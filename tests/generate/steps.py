"""Steps of a generated scenario: stays, routes, waiting, intakes and the initial situation."""

from __future__ import annotations

from typing import Any

from generate.draft import Draft
from generate.teams import teams_of
from generate.written import Table


def step(draft: Draft, i: int) -> Table:
    table: Table = {}
    needed = needed_teams(draft)
    if needed:
        table["team"] = needed[0] if len(needed) == 1 and draft.chance(0.8) else needed
    table["length_of_stay"] = stay(draft)
    routes(draft, table, i)
    draft.maybe(0.4, table, "patience", lambda: patience(draft))
    draft.maybe(0.3, table, "interruption", lambda: interruption(draft))
    draft.maybe(0.3, table, "priority", lambda: priority(draft))
    if draft.chance(0.35):
        table |= {"intake": intake(draft, needed), "cost_per_group": draft.rng.choice([0, 100])}
    if draft.chance(0.25):
        table["max_waiting"] = draft.rng.choice([0, 1, 3])
    if i in draft.initial:
        table["initial"] = draft.initial[i]
    if draft.chance(0.3):
        table |= {"cost_per_participant": 500, "target_wait": draft.span(7)}
    draft.maybe(0.2, table, "label", lambda: f"Step {i}")
    return table


def needed_teams(draft: Draft) -> list[str]:
    n = draft.rng.choice([0, 1, 1, 1, 1, 2, 3])
    return draft.rng.sample(draft.team_names, min(n, len(draft.team_names)))


def stay(draft: Draft) -> Any:
    """A stay, now and then of no time, for everybody or for some."""
    length = draft.rng.choice(["0 days", {"mean": "0 days"}])
    if not draft.chance(0.1):
        length = draft.duration(1, 12)
    if draft.chance(0.3):
        factors = {who: draft.rng.choice([0, 0.5, 1, 2, 3]) for who in draft.conditions(3)}
        length = draft.as_table(length) | {"factors": factors}
    return length


def takes_no_time(table: Table) -> bool:
    """Whether a stay is 0 for some; routes from there lead to later steps only: no circle."""
    length = table["length_of_stay"]
    if isinstance(length, str):
        return length == "0 days"
    return length.get("mean") == "0 days" or 0 in length.get("factors", {}).values()


def priority(draft: Draft) -> list[str]:
    conditions = draft.conditions(3)
    draft.rng.shuffle(conditions)
    return conditions


# Routes


def routes(draft: Draft, table: Table, i: int) -> None:
    """Later steps, the next one always, back where a stay takes time, and exits."""
    names = draft.step_names
    targets = names[i + 1 : i + 2]
    targets += [name for name in names[i + 2 :] if draft.chance(0.4)]
    if not takes_no_time(table):
        targets += [name for name in names[: i + 1] if draft.chance(0.2)]
    table["next"] = shares(draft, targets)
    if draft.chance(0.3):
        table["next_for"] = {who: shares(draft, targets) for who in draft.conditions(3)}
    elif draft.groups and draft.chance(0.15):  # everybody has routes of their own
        group = draft.rng.choice(list(draft.groups))
        everybody = [f"{group}={value}" for value in draft.values(group)]
        table["next_for"] = {who: shares(draft, targets) for who in everybody}
        del table["next"]


def shares(draft: Draft, steps: list[str]) -> Table:
    """Shares of some steps and exits, in any order; one exit always has a good part."""
    exits = draft.some(draft.exit_names, 3)
    places = [*steps, *exits[1:]]
    if draft.chance(0.5):
        part = 0.2 if len(places) <= 4 else 0.1
        table: Table = {name: draft.rng.choice([part, part, 0]) for name in places}
        table[exits[0]] = "rest"
    else:
        table = {name: draft.rng.choice([0, 1, 1, 2]) for name in places} | {exits[0]: 5}
    order = draft.rng.sample(list(table), len(table))
    return {name: delayed(draft, table[name]) for name in order}


def delayed(draft: Draft, share: Any) -> Any:
    if draft.chance(0.75):
        return share
    return {"share": share} | ({"after": draft.duration(0, 9)} if draft.chance(0.8) else {})


def keeping(draft: Draft) -> None:
    """Steps keep their place only towards teams later in the file: no deadlock."""
    rank = draft.team_names.index
    for name, table in draft.steps.items():
        own = teams_of(draft, name)
        targets = {to for routes in all_routes(table) for to in routes if to in draft.steps}
        needed = {team for to in targets for team in teams_of(draft, to)} - {*own}
        in_order = all(rank(held) < rank(team) for held in own for team in needed)
        if (targets or draft.chance(0.2)) and in_order:
            draft.maybe(0.7, table, "keeps_place", lambda: draft.chance(0.9))


def all_routes(table: Table) -> list[Table]:
    return [table.get("next", {}), *table.get("next_for", {}).values()]


# Waiting and interruption


def patience(draft: Draft) -> Any:
    patience = draft.duration(0, 25)
    if draft.chance(0.6):
        patience = draft.as_table(patience)
        draft.maybe(0.6, patience, "since", lambda: draft.rng.choice(["referral", "joining"]))
        draft.maybe(0.5, patience, "exit", lambda: "lost")
    return patience


def interruption(draft: Draft) -> Any:
    first: Table = {"rate": draft.rate(draft.rng.choice([0, 5, 5]))}
    second: Table = {"after": draft.duration(1, 30), "exit": "fired"}
    many = [{"after": draft.duration(5, 60), "exit": "fired"} for _ in range(6)]
    choices = [first, second, [first, second], [second, {"after": "7 days"}], [*many, first]]
    return draft.rng.choice(choices)


# Intake


def intake(draft: Draft, needed: list[str]) -> Table:
    """Meetings, or groups; of `max_per_year` a part may be left that is below `min`."""
    most = min((draft.secure[name] for name in needed), default=3)
    smallest = draft.rng.randint(1, min(most, 3))
    table: Table = meetings(draft) if not needed or draft.chance(0.6) else {}
    if not table or draft.chance(0.5):
        table["min"] = smallest
    draft.maybe(0.4, table, "max", lambda: smallest + draft.rng.randint(0, 2))
    if draft.chance(0.3):
        table["max_per_year"] = smallest + draft.rng.choice([0, 1, 2, 5, 15])
    return table


def meetings(draft: Draft) -> Table:
    """Meetings, which may be held before their first day too; a cut-off may reach back further."""
    seldom = [days for days in (0.7, 1, 3, 7, 14, 30) if days >= draft.days / 120]
    every = draft.rng.choice(seldom)
    table: Table = {"every": draft.span(every) if every >= 1 else f"{every} days"}
    draft.maybe(0.5, table, "first", lambda: draft.day(-10, draft.rng.choice([10, draft.days + 9])))
    draft.maybe(0.4, table, "cut_off", lambda: draft.span(draft.rng.choice([0, 1, 2, 4, 10, 35])))
    return table


# The initial situation


def initial(draft: Draft) -> dict[int, Table]:
    """Who is there at the start, by step; their sources may be named in conditions."""
    found: dict[int, Table] = {}
    for i, name in enumerate(draft.step_names):
        if draft.chance(0.25):
            found[i] = initial_of(draft)
            kinds = [kind for kind in ("waiting", "in_service") if found[i].get(kind)]
            draft.origins += [f"initial_{name}_{kind}" for kind in kinds]
    return found


def initial_of(draft: Draft) -> Table:
    table: Table = {}
    if draft.chance(0.7):
        table["waiting"] = draft.rng.randint(0, 4)
        draft.maybe(0.7, table, "waited", lambda: draft.duration(0, 20))
    if not table or draft.chance(0.5):
        table["in_service"] = inside(draft)
    return table


def inside(draft: Draft) -> Any:
    """How many are inside, or how many by how long they have been there, some of them very long."""
    if draft.chance(0.5):
        return draft.rng.randint(1, 5)
    classes = ["0-1 days", "1-2.5 weeks", "17.5-40 days", "2-6 months", "0.5-3 years"]
    chosen = draft.some(classes, 3)
    return {name: draft.rng.randint(0, 3) for name in chosen} | {chosen[0]: draft.rng.randint(1, 4)}
