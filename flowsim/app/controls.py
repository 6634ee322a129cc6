"""What can be changed on the page: a control for each amount of a scenario that people ask about.

The form is the state of the page. Each control is a field of it, whose name is a key path (or one
of the few names here), and whose value is a number in the unit that the file writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor
from typing import Any

from flowsim.report.input_words import input_words
from flowsim.report.words import Words
from flowsim.scenario.provenance import Input, inputs_of
from flowsim.scenario.quantities import DURATION_PATTERN, RATE_PATTERN
from flowsim.scenario.schema import Scenario
from flowsim.scenario.share_tables import share_table
from flowsim.scenario.source import KeyPath, spelled
from flowsim.study.experiment.assumptions import amounts, assumed_amounts

__all__ = ["REFERRALS", "Control", "controls_of", "settings_of"]

REFERRALS = "referrals"
"""The field that makes all referrals more or fewer, in percent."""
MOST_FIRST = 8
"""Controls that stand open; the others are folded away."""
QUANTITIES = ((re.compile(DURATION_PATTERN), ""), (re.compile(RATE_PATTERN), "per "))


@dataclass(frozen=True)
class Control:
    """A number that can be changed.

    Parameters
    ----------
    name : of its field: the key path that it sets, or `REFERRALS`
    label : what people see
    value : what the scenario has
    low, high, step : what the slider takes; low and value lie whole steps apart
    unit : as the file writes it after the number, such as "weeks" or "per year"; "" for none
    mark : "stated", "derived" or "assumed"; "" where that is not said
    note : where it comes from, or why it is assumed; perhaps empty
    scale : of caseloads: whether the IPS scale says something of it
    """

    name: str
    label: str
    value: float
    low: float
    high: float
    step: float
    unit: str = ""
    mark: str = ""
    note: str = ""
    scale: bool = False

    def written(self, number: float) -> str:
        """Write a number for the form, without a needless point."""
        return f"{number:.10g}"

    def reads(self, text: str) -> float | None:
        """Read a field; None where it holds no number that the slider takes."""
        try:
            number = float(text.strip().replace(",", ".").replace("\N{MINUS SIGN}", "-"))
        except ValueError:
            return None
        return number if self.low <= number <= self.high else None


def controls_of(scenario: Scenario, language: str) -> tuple[list[Control], list[Control]]:
    """List the controls of a scenario: those that stand open, and all others.

    Posts, referrals, stays and caseloads come first; then what they cost, and whatever is assumed.
    """
    words, told = Words(scenario, language), inputs_of(scenario)
    usual = [
        *referrals_of(scenario, words),
        *_controls(posts_of(scenario), words, told),
        *_controls(stays_of(scenario), words, told),
        *_controls(caseloads_of(scenario), words, told),
    ]
    known = {one.name for one in usual}
    rest = [*costs_of(scenario), *assumed_amounts(scenario)]
    free = [(path, value) for path, value in rest if not share_table(path)]
    more = [one for one in _controls(free, words, told) if one.name not in known]
    unique = list({one.name: one for one in more}.values())
    return usual[:MOST_FIRST], [*usual[MOST_FIRST:], *unique]


def settings_of(
    scenario: Scenario, controls: list[Control], form: Mapping[str, str]
) -> tuple[dict[str, object], list[str]]:
    """Return what a form sets otherwise than the scenario, and the fields that hold no number.

    A field that has the scenario's own value sets nothing: the key keeps the text that it has.
    """
    settings: dict[str, object] = {}
    wrong = []
    for control in controls:
        text = form.get(control.name, "")
        if not text.strip():
            continue
        number = control.reads(text)
        if number is None:
            wrong.append(control.label)
        elif number != control.value:
            settings.update(_setting(scenario, control, number))
    return settings, wrong


def _setting(scenario: Scenario, control: Control, number: float) -> dict[str, object]:
    if control.name == REFERRALS:
        return dict(_referrals_times(scenario, 1 + number / 100))
    whole = int(number) if number == int(number) else number
    return {control.name: f"{whole} {control.unit}" if control.unit else whole}


# What there is to change ------------------------------------------------------------------------

Place = tuple[KeyPath, Any]


def rates_of(scenario: Scenario) -> Iterator[Place]:
    """List the rates of referral, later ones too, with what the file has."""
    source = scenario._source
    for name in scenario.referrals:
        table = source.at((REFERRALS, name))
        if "rate" in table:
            yield (REFERRALS, name, "rate"), table["rate"]
        for at, change in enumerate(table.get("changes", ())):
            yield (REFERRALS, name, "changes", at, "rate"), change["rate"]


def referrals_of(scenario: Scenario, words: Words) -> Iterator[Control]:
    """Return the control of all referrals together, where any come at a rate."""
    if any(True for _ in rates_of(scenario)):
        label = words._("Referrals, more or fewer")
        yield Control(REFERRALS, label, 0.0, -50.0, 100.0, 5.0, "%")


def _referrals_times(scenario: Scenario, by: float) -> Iterator[tuple[str, object]]:
    for path, text in rates_of(scenario):
        amount, rest = str(text).split(" ", 1)
        yield spelled(path), f"{float(Decimal(amount) * Decimal(str(by))):.10g} {rest}"


def posts_of(scenario: Scenario) -> Iterator[Place]:
    """List the posts that give places: of numbers by year the last one."""
    for path, table in _roles(scenario):
        if "caseload" in table and "fte" in table:
            yield from _last_numbers((*path, "fte"), table["fte"])


def caseloads_of(scenario: Scenario) -> Iterator[Place]:
    """List how many participants a post has."""
    for path, table in _roles(scenario):
        if "caseload" in table:
            yield from _last_numbers((*path, "caseload"), table["caseload"])


def costs_of(scenario: Scenario) -> Iterator[Place]:
    """List what a post costs a year."""
    for path, table in _roles(scenario):
        if "cost_per_fte" in table:
            yield from _last_numbers((*path, "cost_per_fte"), table["cost_per_fte"])


def stays_of(scenario: Scenario) -> Iterator[Place]:
    """List the mean stays, in places of teams first; their shape stays as it is."""
    steps = sorted(scenario.steps, key=lambda name: not scenario.steps[name].team)
    for name in steps:
        path: KeyPath = ("steps", name, "length_of_stay")
        value = scenario._source.at(path)
        yield from amounts(path, value)


def _roles(scenario: Scenario) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    for team in scenario.teams:
        for role in scenario.teams[team].staff:
            path: KeyPath = ("teams", team, "staff", role)
            yield path, scenario._source.at(path)


def _last_numbers(path: KeyPath, value: Any) -> Iterator[Place]:
    """Return the number in force at the end, of each value of a group."""
    if isinstance(value, Mapping):
        years = [key for key in value if str(key).isdecimal()]
        if len(years) == len(value):
            yield (*path, max(years, key=int)), value[max(years, key=int)]
        else:
            for key, entry in value.items():
                yield from _last_numbers((*path, key), entry)
    elif isinstance(value, (int, float)):
        yield path, value


# Controls ---------------------------------------------------------------------------------------


def _controls(
    places: Iterator[Place] | list[Place], words: Words, told: tuple[Input, ...]
) -> Iterator[Control]:
    for path, value in places:
        parts = number_and_unit(value)
        if parts is None:
            continue
        number, unit = parts
        low, high, step = slider(number, "fte" if "fte" in path else str(path[-1]))
        one = next((one for one in told if path[: len(one.path)] == one.path), None)
        yield Control(
            name=spelled(path),
            label=input_words(path, words),
            value=number,
            low=low,
            high=high,
            step=step,
            unit=unit,
            mark=one.mark if one else "",
            note=one.note if one else "",
            scale="caseload" in path,
        )


def number_and_unit(value: object) -> tuple[float, str] | None:
    """Take an amount of a file apart; None of what is none.

    Examples
    --------
    >>> number_and_unit("6 weeks"), number_and_unit("120 per year"), number_and_unit(4.5)
    ((6.0, 'weeks'), (120.0, 'per year'), (4.5, ''))
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value), ""
    if not isinstance(value, str):
        return None
    for pattern, per in QUANTITIES:
        if found := pattern.match(value):
            return float(found[1]), per + found[2] + ("" if per else "s")
    return None


def slider(value: float, key: str) -> tuple[float, float, float]:
    """Return the least, the most and the step of a slider, such that the value is on a step.

    Examples
    --------
    >>> slider(4.5, "fte"), slider(12.0, "caseload"), slider(641673.0, "cost_per_fte")
    ((0.0, 9.0, 0.5), (1.0, 24.0, 1.0), (321673.0, 1291673.0, 10000.0))
    """
    decimals = max(-int(Decimal(f"{value:.10g}").normalize().as_tuple().exponent), 0)
    step = 10.0**-decimals
    if key == "fte":
        step = 0.5 if value % 0.5 == 0 else min(step, 0.5)
        return 0.0, max(2 * value, value + 4 * step), step
    if value >= 1000:
        step = 10.0 ** (len(str(int(value))) - 2)
        return value - step * floor(value / 2 / step), value + step * ceil(value / step), step
    n_below = floor(value / 2 / step) if value >= 20 * step else ceil(value / step) - 1
    low = value - step * max(n_below, 0)
    return round(low, 10), round(value + step * max(ceil(value / step), 3), 10), step
