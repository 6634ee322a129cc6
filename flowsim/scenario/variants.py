"""A variant of a scenario as one text: "Five coaches: teams.coaching.staff.coach.fte=5"."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.errors import Fault, ScenarioError
from flowsim.language import N_, _
from flowsim.letters import is_blank, unfit
from flowsim.scenario.overrides import FORM, read_override
from flowsim.scenario.quantities import shown

VARIANT_FORM = N_('"NAME: KEY=VALUE, KEY=VALUE", such as "Six: teams.coaching.staff.coach.fte=6"')
OPENING, CLOSING, QUOTES = "[{(", "]})", "\"'"


def read_variant(text: str) -> tuple[str, list[str]]:
    """Split a variant into its name and its settings, each as --set takes it.

    Raises
    ------
    ScenarioError
        If there is no name, or a part is no setting; with every fault.

    Examples
    --------
    >>> read_variant("Six: teams.coaching.staff.coach.fte=6, run.seed = 2")
    ('Six', ['teams.coaching.staff.coach.fte=6', 'run.seed = 2'])
    """
    name, colon, rest = text.partition(":")
    settings = [part.strip() for part in parts_of(rest)]
    faults = []
    if not colon or is_blank(name) or unfit(name) or not rest.strip() or "=" in name:
        faults.append(Fault("--variant", 0, "", shown(text), _(VARIANT_FORM)))
    else:
        faults += [
            Fault("--variant", 0, name.strip(), shown(part), _(FORM))
            for part in settings
            if read_override(part) is None
        ]
    if faults:
        raise ScenarioError(faults)
    return name.strip(), settings


def parts_of(text: str) -> Iterator[str]:
    """Split a text at the commas that stand in no quotes, list or table of TOML.

    Examples
    --------
    >>> list(parts_of('a=[1, 2], b."x,y"=3'))
    ['a=[1, 2]', ' b."x,y"=3']
    """
    depth, quote, begin = 0, "", 0
    for at, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in QUOTES:
            quote = letter
        elif letter in OPENING:
            depth += 1
        elif letter in CLOSING:
            depth -= 1
        elif letter == "," and depth <= 0:
            yield text[begin:at]
            begin = at + 1
    yield text[begin:]
