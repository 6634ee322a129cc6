"""The options of a search: every combination of the values that some keys may have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice, product
from math import prod

from flowsim.errors import Fault, ResultsError, ScenarioError
from flowsim.language import N_, _
from flowsim.scenario.overrides import as_toml, read_value
from flowsim.scenario.positions import key_parts
from flowsim.scenario.quantities import shown
from flowsim.scenario.schema import Scenario
from flowsim.scenario.variants import parts_of

MOST_OPTIONS = 500
MOST_DIGITS = 16
FORM = N_(
    '"KEY=FROM:TO:STEP" or "KEY=VALUE, VALUE", such as "teams.coaching.staff.coach.fte=3:8:0.5"'
)

Values = Mapping[str, Sequence[object]]
Load = Callable[[Mapping[str, object]], Scenario]


@dataclass(frozen=True, eq=False)
class Option:
    """One combination.

    Parameters
    ----------
    values : what is set, by key
    scenario : with these values
    """

    values: Mapping[str, object]
    scenario: Scenario

    @property
    def name(self) -> str:
        """What is set, in the form of --set."""
        return _name(self.values)


def names_of(values: Values) -> list[str]:
    """Return what each combination is called, the last key changing fastest."""
    return [_name(dict(zip(values, chosen, strict=True))) for chosen in product(*values.values())]


def _name(values: Mapping[str, object]) -> str:
    return ", ".join(f"{key}={as_toml(value)}" for key, value in values.items())


def read_ranges(texts: Iterable[str]) -> dict[str, tuple[object, ...]]:
    """Read which values each key may have.

    Raises
    ------
    ResultsError
        With one line for each text that is no range or list, and each key that stands twice.

    Examples
    --------
    >>> read_ranges(["teams.a.places=2:4:1", "teams.b.staff.coach.fte=0.5, 1.5"])
    {'teams.a.places': (2, 3, 4), 'teams.b.staff.coach.fte': (0.5, 1.5)}
    """
    found: dict[str, tuple[object, ...]] = {}
    faults = []
    for text in texts:
        key, _equals, rest = text.partition("=")
        key, values = key.strip(), read_values(rest.strip())
        if not key_parts(key) or not values:
            faults.append(
                _("--over: found {text}; allowed: {form}").format(text=shown(text), form=_(FORM))
            )
        elif key in found:
            faults.append(_("--over: found {key} twice; allowed: each key once").format(key=key))
        else:
            found[key] = values
    if not found and not faults:
        faults = [_("--over: found nothing; allowed: {form}").format(form=_(FORM))]
    if faults:
        raise ResultsError("\n".join(faults))
    return found


def read_values(text: str) -> tuple[object, ...]:
    """Read a range or a list; empty if it is neither.

    A range is counted in decimals, so that 0.1 steps hit their end.

    Examples
    --------
    >>> read_values("0.1:0.3:0.1"), read_values("1, 2.5"), read_values("3:1:1")
    ((0.1, 0.2, 0.3), (1, 2.5), ())
    """
    ends = text.split(":")
    if len(ends) == 3:
        try:
            first, last, step = (Decimal(end.strip()) for end in ends)
        except InvalidOperation:
            return ()
        if not all(is_usable(end) for end in (first, last, step)) or step <= 0 or last < first:
            return ()
        n = int(min((last - first) / step, Decimal(MOST_OPTIONS))) + 1
        return tuple(_plain(first + k * step) for k in range(n))
    parts = (part.strip() for part in parts_of(text) if part.strip())
    values = [read_value(part) for part in islice(parts, MOST_OPTIONS + 1)]
    return tuple(value for k, value in enumerate(values) if value not in values[:k])


def n_options(values: Values) -> int:
    """Return how many combinations there are."""
    return prod(len(some) for some in values.values())


def is_usable(end: Decimal) -> bool:
    """Whether a number is one that a scenario may hold, and can be counted with."""
    return end.is_finite() and (end == 0 or -MOST_DIGITS < end.adjusted() < MOST_DIGITS)


def options_of(values: Values, load: Load) -> tuple[Option, ...]:
    """Return all combinations, the last key changing fastest.

    Parameters
    ----------
    values : which values each key may have
    load : gives the scenario with some values set

    Raises
    ------
    ResultsError
        If there are too many.
    ScenarioError
        With every fault of every option, each once.
    """
    n = n_options(values)
    if n > MOST_OPTIONS:
        raise ResultsError(
            _(
                "--over: found {n} combinations or more; allowed: {most_options}; take a larger "
                "step or fewer keys"
            ).format(n=n, most_options=MOST_OPTIONS)
        )
    options: list[Option] = []
    faults: list[Fault] = []
    for combination in product(*values.values()):
        chosen = dict(zip(values, combination, strict=True))
        try:
            options.append(Option(chosen, load(chosen)))
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(list(dict.fromkeys(faults)))
    return tuple(options)


def _plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
