"""Write the synthetic list of the tour: nobody in it has ever lived.

A run of a small scenario is written as a list, as an association might keep it. Run it from the top
of the checkout: python docs/example_list.py
"""

from __future__ import annotations

import datetime as dt
import runpy
from pathlib import Path

import pandas as pd

import flowsim

HERE = Path(__file__).parent
LIST = HERE / "example_list.csv"
LISTS = HERE.parent / "experiments" / "importing" / "lists.py"
FIRST, LAST = dt.date(2023, 1, 1), dt.date(2025, 12, 31)
COLUMNS = {
    "Id": "Löpnummer",
    "Referral": "Remissdatum",
    "Start": "Startdatum",
    "End": "Slutdatum",
    "Reason": "Avslutsorsak",
}
SCENARIO = """
[scenario]
title = "A synthetic list"
[run]
start = 2016-01-01
until = 2025-12-31
[calendar]
seasonality = [1.1, 1.1, 1.1, 1, 1, 1, 0.3, 0.9, 1.2, 1.1, 1.1, 1]
[referrals]
partners = { to = "coaching", rate = "96 per year" }
[teams.coaches]
places = 76
[steps.coaching]
team = "coaches"
length_of_stay = { distribution = "lognormal", mean = "10 months", cv = 0.75 }
patience = { distribution = "exponential", mean = "8 months" }
next = { arbete = 0.28, studier = 0.12, ater = 0.57, flyttat = 0.015, annat = "rest" }
[exits]
arbete = "Arbete"
studier = "Studier"
ater = "Åter till Arbetsförmedlingen"
flyttat = "Flyttat"
annat = "Annan orsak"
withdrew = "Avbröt väntan"
"""


def text() -> str:
    """Return the list as a text file with semicolons."""
    log = flowsim.simulate(flowsim.compile(flowsim.loads(SCENARIO)), seed=2026, replication=0)
    list_of = runpy.run_path(str(LISTS))["list_of"]
    rows = list_of(log, "active", FIRST, LAST).rename(columns=COLUMNS)
    rows["Löpnummer"] = range(1001, 1001 + len(rows))
    for column in ("Remissdatum", "Startdatum", "Slutdatum"):
        rows[column] = [f"{day:%Y-%m-%d}" if pd.notna(day) else "" for day in rows[column]]
    return rows[list(COLUMNS.values())].to_csv(sep=";", index=False, lineterminator="\n")


if __name__ == "__main__":
    LIST.write_text(text(), encoding="utf-8-sig")
