"""Teams of a generated scenario: their life, places, staff and costs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from generate.draft import Draft
from generate.written import Table

PAYERS = ["association", "members", "state"]


def team(draft: Draft, name: str) -> Table:
    """A team that has places for some time; how many at least is kept in `draft.secure`."""
    table: Table = life(draft)
    if draft.groups and draft.chance(0.3):
        table["per"] = draft.rng.choice(list(draft.groups))
    draft.secure[name] = places = draft.rng.choice([1, 1, 2, 3, 5])
    year = secure_year(draft, table)
    if draft.chance(0.4):
        table["staff"] = staff(draft, table, places, year)
        draft.maybe(0.4, table, "turnover", lambda: turnover(draft))
    else:
        table["places"] = secured(draft, table.get("per"), places, year, "places")
        draft.maybe(0.15, table, "staff", lambda: {"boss": boss(draft, table)})
    costs(draft, table)
    draft.maybe(0.4, table, "closures", lambda: draft.closures(3))
    draft.maybe(0.2, table, "label", lambda: f"The {name}")
    return table


def life(draft: Draft) -> Table:
    """First and last day; some teams outlast the run, and one may end on the day it begins."""
    table: Table = {}
    last = draft.days - 1
    first = 0
    if draft.chance(0.15):
        first = draft.rng.randint(-5, last // 2)
        table["from"] = draft.date(first)
    if draft.chance(0.3):
        lasts = [max(first, 0), draft.rng.randint(max(first, 0), last), last, last + 9]
        table["until"] = draft.date(draft.rng.choice([lasts[0], *lasts[1:2] * 4, *lasts[2:]]))
    return table


def secure_year(draft: Draft, table: Table) -> int:
    """A year in which the team lives inside the run."""
    first = max(table.get("from", draft.start), draft.start).year
    last = min(table.get("until", draft.date(draft.days - 1)), draft.date(draft.days - 1)).year
    return draft.rng.randint(first, last)


def secured(draft: Draft, per: str | None, least: float, year: int, key: str) -> Any:
    """A number that is `least` or more in a year; in others it may be anything, 0 too."""

    def one() -> Any:
        if draft.chance(0.2):
            return by_date(draft, key, [least, least + 1, least + 2])
        if draft.chance(0.5):
            return least + draft.rng.randint(0, 1)
        if draft.chance(0.3):  # up and down, year after year
            return {str(other): least * ((year - other) % 2 == 0) for other in draft.years}
        years = draft.years if draft.chance(0.5) else draft.rng.sample([*draft.years, year + 1], 2)
        numbers = {str(other): draft.rng.choice([0, 0, 1, 2, 4]) for other in years}
        return numbers | {str(year): least}

    if per is None or draft.chance(0.4):
        return one()
    return {value: one() for value in draft.values(per)}


# Staff


def staff(draft: Draft, team: Table, places: int, year: int) -> Table:
    per = team.get("per")
    main: Table = {"fte": 1, "caseload": places, "cost_per_fte": draft.number([600000, 0], per)}
    if draft.chance(0.3):
        main["caseload"] = secured(draft, per, places, year, "caseload")
    elif draft.chance(0.4):
        main["fte"] = secured(draft, per, 1, year, "fte")
    draft.maybe(0.2, main, "takes_on", lambda: draft.rate(draft.rng.choice([12, 24, 400])))
    draft.maybe(0.2, main, "caseload_norm", lambda: caseload_norm(draft))
    lines: Table = {"main": main}
    others = {"hired": hired, "extra": extra, "varying": varying, "bought": bought, "boss": boss}
    for role, line in others.items():
        draft.maybe(0.3, lines, role, lambda line=line: line(draft, team))
    return lines


def extra(draft: Draft, team: Table) -> Table:
    """A line of some days, perhaps outside the run or the life of its team."""
    first = draft.rng.randint(-5, draft.days + 5)
    table: Table = {"fte": 0.75, "caseload": 3, "from": draft.date(first)}
    draft.maybe(0.7, table, "until", lambda: draft.day(first, draft.days + 20))
    draft.maybe(0.3, table, "takes_on", lambda: draft.rate(12 * draft.rng.randint(1, 3)))
    if draft.chance(0.2):
        del table["from"]
    return table


def varying(draft: Draft, team: Table) -> Table:
    per = team.get("per")
    fte = draft.number([0, 0.5, 1.5, 2], per)
    table = {"fte": fte, "caseload": draft.number([0, 2, 2.5], per)}
    return table | ({"takes_on": draft.rate(24)} if draft.chance(0.3) else {})


def hired(draft: Draft, team: Table) -> Table:
    """A role whose numbers change by date, perhaps beside one by year, with vacancies."""
    per = team.get("per")

    def changing(key: str, amounts: list[Any]) -> Any:
        if per is None or draft.chance(0.4):
            return by_date(draft, key, amounts)
        return {value: by_date(draft, key, amounts) for value in draft.values(per)}

    table: Table = {"fte": changing("fte", [0, 0.5, 1, 1.5, 2, 3.25]), "caseload": 2}
    if draft.chance(0.4):
        table["caseload"] = draft.number([0, 1, 3], per)
    elif draft.chance(0.4):
        table["caseload"] = changing("caseload", [0, 1, 2.5])
    draft.maybe(0.4, table, "cost_per_fte", lambda: changing("cost_per_fte", [600000, 650000]))
    draft.maybe(0.5, table, "takes_on", lambda: draft.rate(draft.rng.choice([6, 12, 24, 400])))
    draft.maybe(0.6, table, "vacant", lambda: vacancies(draft, team, table))
    return table


def by_date(draft: Draft, key: str, amounts: list[Any]) -> list[Table]:
    """A number that changes on some days, a few of them outside the run."""
    days = sorted({draft.rng.randint(-3, draft.days + 3) for _ in range(draft.rng.randint(0, 3))})
    later = [{"from": draft.date(day), key: draft.rng.choice(amounts)} for day in days]
    return [{key: draft.rng.choice(amounts)}, *later]


def vacancies(draft: Draft, team: Table, line: Table) -> list[Table]:
    """Vacancies one after another, each of what persons in post make up on its first day."""
    first = max(0, (team.get("from", draft.start) - draft.start).days)
    last = (team.get("until", draft.date(draft.days + 5)) - draft.start).days
    entries: list[Table] = []
    for value in draft.values(team["per"]) if "per" in team else [None]:
        begin = draft.rng.randint(first, max(first, last - 1))
        for _ in range(draft.rng.randint(0, 2)):
            end = begin + draft.rng.choice([0, 1, 5, 30])
            fte = fte_on(line, draft.date(begin), value)
            new_year = max(dt.date(draft.date(end).year, 1, 1), draft.date(begin))
            if end > last or not fte or fte_on(line, new_year, value) != fte:
                break
            whole = draft.rng.randint(1 if fte % 1 == 0 or fte > 1 else 0, int(fte))
            amount = whole + (fte % 1 if not whole or draft.chance(0.5) else 0)
            entry: Table = {"fte": amount, "from": draft.date(begin), "until": draft.date(end)}
            entries.append(entry | ({} if value is None else {"in": value}))
            begin = end + draft.rng.choice([1, 1, 7])
    return entries


def fte_on(line: Table, day: dt.date, value: str | None) -> float:
    """The posts of a line whose fte is a list by date, or one for each value."""
    fte = line["fte"] if isinstance(line["fte"], list) else line["fte"][value]
    return float([one["fte"] for one in fte if one.get("from", day) <= day][-1])


def caseload_norm(draft: Draft) -> Table:
    norm: Table = {"at": draft.rng.choice([0.5, 1, 2.5]), "stay": draft.rng.choice([1, 1.05, 1.5])}
    draft.maybe(0.3, norm, "source", lambda: "plan, page 3")
    return norm


def bought(draft: Draft, team: Table) -> Table:
    per = team.get("per")
    table = {
        "money": draft.number([0, 150000, 800000], per),
        "cost_per_fte": draft.number([600000, 640000], per),
        "caseload": draft.number([0, 8], per),
    }
    if draft.chance(0.2):
        table["cost_per_fte"] = by_date(draft, "cost_per_fte", [600000, 640000])
    return table | ({"paid_by": draft.rng.choice(PAYERS)} if draft.chance(0.7) else {})


def boss(draft: Draft, team: Table) -> Table:
    table: Table = {"fte": 0.5, "cost_per_fte": draft.number([700000, 720000], team.get("per"))}
    draft.maybe(0.5, table, "needed", lambda: {"places": draft.rng.choice([0.5, 0.29, 0.75, 1])})
    if "needed" in table and draft.chance(0.5):
        table["fte"] = [{"fte": 0.5}]
        draft.maybe(0.8, table, "vacant", lambda: vacancies(draft, team, table))
    return table


def turnover(draft: Draft) -> Table:
    leave = draft.rng.choice([0, 1, 6, 20]) / draft.slowness
    return {"leave": draft.rate(leave), "vacancy": draft.duration(0, 20)}


def costs(draft: Draft, table: Table) -> None:
    per = table.get("per")
    draft.maybe(0.3, table, "cost_per_place", lambda: draft.number([0, 1000, 2500], per))
    draft.maybe(0.3, table, "overheads", lambda: draft.number([0, 5000, 7000], per))
    draft.maybe(0.3, table, "financed_by", lambda: draft.parts(draft.some(PAYERS, 3)))


# Ends of teams


def endings(draft: Draft) -> None:
    """Say where the people of ended teams go: to an exit, or to a step, perhaps of an ended team.

    Ended teams send their people only to such that stand later in some order: no circle.
    """
    last = draft.date(draft.days - 1)
    ended = [n for n, t in draft.teams.items() if "until" in t and t["until"] < last]
    draft.rng.shuffle(ended)
    if draft.chance(0.8):  # into steps of teams that have ended before
        ended.sort(key=lambda name: draft.teams[name]["until"], reverse=True)
    for i, name in enumerate(ended):
        steps = [step for step in draft.steps if not set(teams_of(draft, step)) & {*ended[: i + 1]}]
        late = [step for step in steps if set(teams_of(draft, step)) & {*ended}]
        draft.teams[name]["then"] = draft.rng.choice([*draft.exit_names, *steps, *(4 * late)])
    for table in draft.teams.values():
        if "until" in table and "then" not in table and draft.chance(0.5):
            table["then"] = draft.rng.choice(draft.exit_names)


def teams_of(draft: Draft, step: str) -> list[str]:
    team = draft.steps[step].get("team", [])
    return [team] if isinstance(team, str) else team
