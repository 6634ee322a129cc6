"""Ten scenarios whose event logs are written as lists."""

from __future__ import annotations

import flowsim

START, FIRST, LAST, END = "2013-01-01", "2021-01-01", "2023-12-31", "2026-12-31"

ONE = """
[scenario]
title = "{name}"
[run]
start = {start}
until = {end}
report_from = 2024-01-01
[referrals]
partners = {{ to = "measure", rate = "{rate} per year"{more} }}
[teams.team]
places = {places}
[steps.measure]
label = "Measure"
team = "team"
length_of_stay = {stay}
{step}
next = {{ work = 0.3, studies = 0.15, ordinary = "rest" }}
[exits]
work = "Work"
studies = "Studies"
ordinary = "Ordinary services"
"""
TWO = """
[scenario]
title = "{name}"
[run]
start = {start}
until = {end}
report_from = 2024-01-01
[referrals]
partners = {{ to = "mapping", rate = "{rate} per year" }}
[teams.reception]
places = {first}
[teams.coaching]
places = {places}
[steps.mapping]
label = "Mapping"
team = "reception"
length_of_stay = {{ distribution = "lognormal", mean = "8 weeks", cv = 0.6 }}
next = {{ coaching = 0.45, ordinary = "rest" }}
[steps.coaching]
label = "Coaching"
team = "coaching"
length_of_stay = {stay}
next = {{ work = 0.4, ordinary = "rest" }}
[exits]
work = "Work"
ordinary = "Ordinary services"
"""


def text_of(name: str, **more: object) -> str:
    """Fill in a scenario; what is left out is usual."""
    usual = {"name": name, "start": START, "end": END, "rate": 90, "places": 120, "more": "",
             "step": "", "stay": stay("lognormal", "11 months", 0.8)}  # fmt: skip
    template = TWO if "first" in more else ONE
    return template.format(**{**usual, **more})


def stay(distribution: str, mean: str, cv: float | None = None) -> str:
    """Write a distribution."""
    varied = "" if cv is None else f", cv = {cv}"
    return f'{{ distribution = "{distribution}", mean = "{mean}"{varied} }}'


GIVES_UP = 'patience = { distribution = "exponential", mean = "6 months" }'
SUMMER = ", seasonality = [1, 1, 1, 1, 1, 1, 0.2, 0.8, 1.2, 1, 1, 1]"
CASES = {
    "lognormal": text_of("lognormal"),
    "wide_lognormal": text_of("wide", stay=stay("lognormal", "9 months", 1.1)),
    "narrow_gamma": text_of("narrow", stay=stay("gamma", "8 months", 0.4)),
    "exponential": text_of("exponential", stay=stay("exponential", "7 months")),
    "weibull": text_of("weibull", stay=stay("weibull", "10 months", 0.6)),
    "full_with_patience": text_of("full", places=70, step=GIVES_UP),
    "summer": text_of("summer", rate=150, places=200, more=SUMMER),
    "growth": text_of("growth", more=', changes = [{ from = 2022-07-01, rate = "150 per year" }]'),
    "two_teams": text_of("two", first=40, rate=190, places=90),
    "small": text_of("small", rate=40, places=40, stay=stay("gamma", "6 months", 0.7)),
}


def scenario_of(name: str) -> flowsim.Scenario:
    """Return a scenario by name."""
    return flowsim.loads(CASES[name], name)
