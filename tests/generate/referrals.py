"""Referrals of a generated scenario: by a rate, in cohorts, or by a list."""

from __future__ import annotations

from generate.draft import Draft
from generate.written import Table, csv_text

SEASONS = [
    [1, 1, 1, 1, 1, 1, 0, 1, 1, 2, 1, 0.5],
    [0, 3, 0, 0, 1, 1, 1, 1, 1, 0, 2, 1.5],
]


def referral(draft: Draft, i: int) -> Table:
    """A source; the first leads to the first step, from which all are reached."""
    name = draft.source_names[i]
    table: Table = {"to": draft.step_names[0] if i == 0 else draft.rng.choice(draft.step_names)}
    if draft.groups and draft.chance(0.35):
        table["groups"] = {group: draft.mix(group) for group in draft.some([*draft.groups], 2)}
    way = draft.rng.random()
    if way < 0.2:
        table["file"] = f"{name}.csv"
        draft.lists[table["file"]] = referral_list(draft)
    elif way < (0.8 if draft.grid else 0.45):
        table["cohort"] = [
            {"date": draft.day(0, draft.days - 1), "count": draft.rng.randint(1, 6)}
            for _ in range(draft.rng.randint(1, 12))
        ]
    else:
        by_rate(draft, table)
    draft.maybe(0.15, table, "at_most", lambda: draft.rng.choice([0, 1, 5, 30]))
    draft.maybe(0.2, table, "label", lambda: f"Source {i}")
    return table


def by_rate(draft: Draft, table: Table) -> None:
    """A rate that may be 0 at first, begin and end inside the run or outside, and change."""
    per_year = draft.rng.choice([0, 50, 120, 300, 500]) / draft.slowness
    table["rate"] = draft.rate(per_year)
    draft.maybe(0.3, table, "from", lambda: draft.day(-10, draft.days // 3))
    draft.maybe(0.3, table, "until", lambda: draft.day(draft.days // 3, draft.days + 10))
    if per_year == 0 or draft.chance(0.3):
        days = sorted({draft.rng.randint(-9, draft.days + 9) for _ in range(3)})
        rates = [draft.rate(draft.rng.choice([0, 50, 450]) / draft.slowness) for _ in days]
        pairs = zip(days, rates, strict=True)
        table["changes"] = [{"from": draft.date(day), "rate": rate} for day, rate in pairs]
    draft.maybe(0.3, table, "seasonality", lambda: draft.rng.choice(SEASONS))


def referral_list(draft: Draft) -> str:
    """Lines in any order, some after the end; groups are given for all, for some, or not at all."""
    groups = draft.rng.sample(list(draft.groups), draft.rng.randint(0, len(draft.groups)))
    columns = draft.rng.sample(["date", *groups], 1 + len(groups))
    rows = [columns]
    for _ in range(draft.rng.randint(0, 25)):
        values = {group: draft.rng.choice(["", *draft.values(group)]) for group in groups}
        values["date"] = str(draft.day(0, draft.days + 3))
        rows.append([values[column] for column in columns])
    return csv_text(rows, draft.rng.choice(",;"))
