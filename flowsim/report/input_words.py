"""Keys and values of a scenario file in plain words."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from flowsim.language import N_
from flowsim.report.words import Words
from flowsim.scenario.marking import models_in, told_of
from flowsim.scenario.overrides import as_toml
from flowsim.scenario.quantities import DURATION_PATTERN, RATE_PATTERN
from flowsim.scenario.schema import Scenario
from flowsim.scenario.source import KeyPath
from flowsim.scenario.time_classes import CLASS_PATTERN

__all__ = ["input_words", "value_words"]

NAMES = {  # of groups and of staff, which the user chooses
    "age": N_("age"),
    "case_officer": N_("case officers"),
    "caseworker": N_("case officers"),
    "coach": N_("coaches"),
    "coordinator": N_("coordinators"),
    "officer": N_("case officers"),
    "therapist": N_("therapists"),
    "source": N_("source of referral"),
}
WORDS = {
    "constant": N_("the same for everybody"),
    "exponential": N_("exponential distribution"),
    "lognormal": N_("lognormal distribution"),
    "gamma": N_("gamma distribution"),
    "weibull": N_("Weibull distribution"),
    "erlang": N_("Erlang distribution"),
    "uniform": N_("uniform distribution"),
    "triangular": N_("triangular distribution"),
    "pert": N_("PERT distribution"),
    "empirical": N_("values that occurred"),
    "hyperexponential": N_("hyperexponential distribution"),
    "rest": N_("the rest"),
    "joining": N_("joining the list"),
    "referral": N_("the referral"),
    "association": N_("the association"),
    "members": N_("the members"),
}
UNITS = {
    "day": (N_("day"), N_("days")),
    "week": (N_("week"), N_("weeks")),
    "month": (N_("month"), N_("months")),
    "year": (N_("year"), N_("years")),
}
RUN = {  # keys that mean something else in other tables
    "start": N_("first day"),
    "until": N_("last day"),
    "length": N_("length"),
    "report_from": N_("first day of the statistics"),
    "warm_up": N_("time before the statistics"),
    "replications": N_("number of simulated courses of events"),
    "seed": N_("seed of chance"),
    "precision": N_("wanted precision"),
}
LABELLED = ("steps", "teams", "exits", "outcomes", "referrals", "goals")


def input_words(path: KeyPath, paper: Words) -> str:
    """Return what an input is called: the part's label, and what of it."""
    section, *keys = map(str, path)
    if section in LABELLED and keys:
        first = paper.label(keys.pop(0), section)
    elif section == "groups":
        first = paper._("Participants")
    elif section == "run":
        first = paper._("The run")
        keys = [paper._(RUN[key]) if key in RUN else key for key in keys]
    else:  # or a whole table that was set, such as [costs]
        first = paper._("The association")
    rest = ", ".join(key_words(key, paper) for key in keys if key != "staff")
    return f"{first}: {rest}" if rest else first


def key_words(key: str, paper: Words) -> str:
    """Return a key in words: a known one, a part's label, a condition, or the key as it is."""
    group, equals, value = key.partition("=")
    if equals:
        return f"{key_words(group, paper)} {key_words(value, paper)}"
    if of_times := re.match(CLASS_PATTERN, key):
        low, high = (plain_number(float(of_times[i]), paper) for i in (1, 2))
        return f"{low}–{high}\u00a0{paper._(UNITS[of_times[3]][1])}"
    if words := labels().get(key) or NAMES.get(key):
        return paper._(words)
    return named(key, paper) or key.replace("_", " ")


@cache
def labels() -> dict[str, str]:
    """Return what the keys of a scenario file are called; a key is called the same everywhere."""
    facts = (told_of(model) for model in models_in(Scenario))
    return {key: told.label for keys in facts for key, told in keys.items() if told.label}


def named(name: str, paper: Words) -> str:
    """Return the label of a part of the scenario; empty if there is none of that name."""
    for section in LABELLED:
        if name in getattr(paper.scenario, section):
            return paper.label(name, section)
    return ""


def value_words(value: Any, paper: Words) -> str:
    """Return a value of the file in words."""
    if isinstance(value, bool):
        return paper._("yes") if value else paper._("no")
    if isinstance(value, (int, float)):
        return plain_number(value, paper)
    if isinstance(value, Mapping):
        return "; ".join(entry_words(key, entry, paper) for key, entry in value.items())
    if isinstance(value, list):
        return "; ".join(value_words(entry, paper) for entry in value) or paper._("none")
    if isinstance(value, dt.date):
        return value.isoformat()
    return text_words(value, paper) if isinstance(value, str) else as_toml(value)


def entry_words(key: str, value: Any, paper: Words) -> str:
    """Return a key with its value; the kind of a distribution needs no key."""
    if key == "distribution":
        return value_words(value, paper)
    inner = value_words(value, paper)
    return f"{key_words(key, paper)}: " + (f"({inner})" if isinstance(value, Mapping) else inner)


def text_words(text: str, paper: Words) -> str:
    """Return a text of the file: a duration, a rate, a known word, a name, or as it stands."""
    for pattern, per in ((DURATION_PATTERN, False), (RATE_PATTERN, True)):
        if found := re.match(pattern, text):
            return quantity_words(float(found[1]), found[2], per, paper)
    if text in WORDS:
        return paper._(WORDS[text])
    if "=" in text:
        return key_words(text, paper)
    return named(text, paper) or text


def quantity_words(amount: float, unit: str, per: bool, paper: Words) -> str:
    """Write a duration or a rate."""
    one, many = UNITS[unit]
    written = plain_number(amount, paper)
    if per:
        return paper._("{number} per {unit}").format(number=written, unit=paper._(one))
    return f"{written}\u00a0{paper._(one if amount == 1 else many)}"


def plain_number(value: float, paper: Words) -> str:
    """Write a number with the decimals that it has in the file."""
    text = f"{value:.10g}"
    decimals = len(text.partition(".")[2]) if "e" not in text else 0
    return paper.number(value, decimals)
