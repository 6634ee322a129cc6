"""An event log as the list that somebody would keep of it."""

from __future__ import annotations

import datetime as dt

import pandas as pd

import flowsim

STARTS = ("started", "was_in_service")
ENDS = ("finished", "interrupted", "team_ended")


def list_of(log: flowsim.EventLog, kind: str, first: dt.date, last: dt.date) -> pd.DataFrame:
    """Write a log as a list: a row for each visit to a step, dates as whole days.

    Parameters
    ----------
    kind : whom the list has: those who started, were active or closed between the two days
    first, last : the days; what happens later is not known to who keeps the list
    """
    labels = {name: step.label or name for name, step in log.plan.scenario.steps.items()}
    exits = {name: way.label or name for name, way in log.plan.scenario.exits.items()}
    visits: list[dict[str, object]] = []
    current: dict[tuple[str, int, int], dict[str, object]] = {}
    for row in log.to_frame().itertuples(index=False):
        if not isinstance(row.source, str):
            continue
        who = (row.source, row.participant, row.episode)
        if row.event in ("joined", "was_waiting", "was_in_service"):
            if who in current and row.event == "joined":
                current[who]["reason"] = labels[row.step]
            name = f"{who[0]}-{who[1]}-{who[2]}"
            current[who] = {"id": name, "step": labels[row.step], "referral": row.time}
            visits.append(current[who])
        if row.event in STARTS:
            current[who]["start"] = row.time
        elif row.event in ENDS or row.event == "withdrew":
            current[who]["end"] = row.time
        elif row.event == "exited":
            current[who]["reason"] = exits.get(row.name, row.name)
    frame = pd.DataFrame(visits, columns=["id", "step", "referral", "start", "end", "reason"])
    return _cut(frame, log.plan.start, kind, first, last)


def _cut(
    frame: pd.DataFrame, start: dt.date, kind: str, first: dt.date, last: dt.date
) -> pd.DataFrame:
    """Keep the rows that such a list has, and of them what is known on the last day."""
    begin, end = (first - start).days, (last - start).days + 1
    known = frame["referral"] < end
    began = frame["start"].notna() & (frame["start"] < end)
    over = frame["end"].notna() & (frame["end"] < end)
    since = frame["start"].where(began, frame["referral"])
    chosen = {
        "started": known & (since >= begin),
        "active": known & ~(over & (frame["end"] < begin)),
        "closed": known & began & over & (frame["end"] >= begin),
    }[kind]
    kept = pd.DataFrame({"Id": frame["id"], "Step": frame["step"]})
    for column, is_known in (("referral", known), ("start", began), ("end", over)):
        days = frame[column].where(is_known)
        kept[column.capitalize()] = [
            None if pd.isna(day) else start + dt.timedelta(days=int(day // 1)) for day in days
        ]
    kept["Reason"] = frame["reason"].where(over, "")
    return kept[chosen].reset_index(drop=True)
