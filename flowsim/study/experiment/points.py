"""The points of a design: which settings each one has, and which of them is the base."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from flowsim.language import N_, catalogue, digits
from flowsim.scenario.loading import data_with
from flowsim.scenario.overrides import as_toml
from flowsim.scenario.proportional import in_proportion, share_at
from flowsim.scenario.schema import Scenario
from flowsim.scenario.source import KeyPath
from flowsim.study.experiment.designs import between
from flowsim.study.experiment.schema import ExperimentFile, Factor
from flowsim.study.experiment.sensitivity import luck_seeds, unit_design

__all__ = [
    "MISSING",
    "Choice",
    "Point",
    "base_point",
    "choices",
    "has_range",
    "points",
    "spoken",
    "tables_of",
]

UNITS = frozenset(  # as a file writes them
    (
        *(N_("day"), N_("days"), N_("week"), N_("weeks"), N_("month"), N_("months")),
        *(N_("year"), N_("years")),
        *(N_("per day"), N_("per week"), N_("per month"), N_("per year")),
    )
)
QUANTITY = re.compile(r"^([0-9.]+) ((?:per )?(?:day|week|month|year)s?)$")
MISSING = None
"""The level of a factor that a point leaves as it is in the base scenario."""


@dataclass(frozen=True)
class Choice:
    """One value of a factor.

    Parameters
    ----------
    level : what stands in points.parquet: the value, or the name of a level
    settings : by key path of the scenario
    label : what people see of a level or a variant; empty for a value
    """

    level: object
    settings: Mapping[str, object]
    label: str = ""


@dataclass(frozen=True)
class Point:
    """One scenario of an experiment.

    Parameters
    ----------
    number : its place in the design, from 0
    label : what people see
    levels : by factor, or the name of the variant
    settings : by key path of the scenario, those common to all included
    seed : where the point shall have luck of its own; None: that of the experiment
    """

    number: int
    label: str
    levels: Mapping[str, object]
    settings: Mapping[str, object]
    seed: int | None = None


Row = Mapping[str, Choice]  # by factor


def points(file: ExperimentFile, base: Scenario, seed: int = 1) -> tuple[Point, ...]:
    """List the points of a design that has no faults.

    Parameters
    ----------
    file : of the experiment
    base : the scenario with what is set in all points; shares are moved in what it has
    seed : key of drawn designs
    """
    design = file.experiment.design
    if design == "list":
        rows: list[Row] = [
            {"variant": Choice(one.name, one.set, one.label or one.name)} for one in file.variants
        ]
    else:
        rows = list(ROWS[design](file, base, seed))
    seeds = _seeds(file, seed, len(rows))
    return tuple(
        replace(_point(file, base, number, row), seed=own)
        for number, (row, own) in enumerate(zip(rows, seeds, strict=True))
    )


def _seeds(file: ExperimentFile, seed: int, n_points: int) -> list[int | None]:
    """Return the seeds of the points that have one of their own: of sobol and morris, some."""
    head = file.experiment
    if head.design not in ("sobol", "morris"):
        return [None] * n_points
    luck = unit_design(head.design, len(file.factors), head.n or 0, seed).luck
    return [None if own == seed else own for own in luck_seeds(luck, seed)]


def base_point(file: ExperimentFile) -> int | None:
    """Return the number of the point that all others are compared with; None: drawn designs."""
    design = file.experiment.design
    if design in ("list", "one_at_a_time"):
        return 0
    if design != "grid":
        return None
    number = 0
    for factor in file.factors:
        levels = [choice.level for choice in choices(factor)]
        at = 0 if factor.baseline is None else levels.index(factor.baseline)
        number = number * len(levels) + at
    return number


def choices(factor: Factor) -> list[Choice]:
    """List the values of a factor; of one with low and high, these two."""
    if factor.levels:
        return [Choice(one.name or one.label, one.set, one.label) for one in factor.levels]
    values = factor.values or tuple(v for v in (factor.low, factor.high) if v is not None)
    return [choice(factor, value) for value in values]


def choice(factor: Factor, value: object) -> Choice:
    """Return a choice: a factor with a value.

    Examples
    --------
    >>> choice(Factor(name="stay", key="steps.a.length_of_stay", unit="months"), 3.0)
    Choice(level=3.0, settings={'steps.a.length_of_stay': '3 months'}, label='')
    """
    if factor.levels:
        return next(one for one in choices(factor) if one.level == value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    written = f"{_written(value)} {factor.unit}" if factor.unit and is_number else value
    keys = factor.keys or (factor.key or "",)
    return Choice(value, dict.fromkeys(keys, written))


def spoken(one: Choice, factor: Factor, language: str) -> str:
    """Write a choice as people of a language do.

    Examples
    --------
    >>> stay = Factor(name="stay", key="steps.a.length_of_stay", unit="months")
    >>> spoken(choice(stay, 1.5), stay, "sv"), spoken(choice(stay, 1.5), stay, "en")
    ('1,5 månader', '1.5 months')
    >>> spoken(Choice("2 years", {}), stay, "sv")
    '2 år'
    """
    value = one.level
    if one.label:
        return one.label
    if isinstance(value, str) and (found := QUANTITY.match(value)):
        return spoken(
            Choice(float(found[1]), {}), factor.model_copy(update={"unit": found[2]}), language
        )
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value if isinstance(value, str) else as_toml(value)
    decimals = next((d for d in range(6) if round(value, d) == value), 6)
    number = f"{value:{',' if abs(value) >= 10_000 else ''}.{decimals}f}"
    unit = factor.unit or ""
    known = catalogue(language).gettext(unit) if unit in UNITS else unit
    return f"{digits(number, language)} {known}".rstrip()


def _written(value: object) -> str:
    """Write a number so that it is read again to the last bit, without a needless point."""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else repr(value)


def _point(file: ExperimentFile, base: Scenario, number: int, row: Mapping[str, Choice]) -> Point:
    factors = {factor.name: factor for factor in file.factors}
    language = file.experiment.language or "en"
    chosen = [
        f"{factors[name].label or name}: {spoken(one, factors[name], language)}"
        if name in factors
        else one.label
        for name, one in row.items()
    ]
    straight, moved = dict(file.experiment.set), dict[str, object]()
    for name, one in row.items():
        in_range = name in factors and has_range(factors[name])
        (moved if in_range else straight).update(one.settings)
    settings = straight
    if moved:
        settings = {**straight, **in_proportion(data_with(base._source, straight), moved)}
    names = ["variant"] if file.experiment.design == "list" else list(factors)
    levels = {name: row[name].level if name in row else MISSING for name in names}
    return Point(number, ", ".join(chosen), levels, settings)


def has_range(factor: Factor) -> bool:
    """Whether a factor lies between low and high; then it moves shares in proportion."""
    return factor.low is not None and not factor.values and not factor.levels


def _grid(file: ExperimentFile, _base: Scenario, _seed: int) -> Iterator[Row]:
    """All combinations; the last factor varies fastest."""
    names = [factor.name for factor in file.factors]
    for row in product(*map(choices, file.factors)):
        yield dict(zip(names, row, strict=True))


def _one_at_a_time(file: ExperimentFile, _base: Scenario, _seed: int) -> Iterator[Row]:
    """The base, and then each factor alone away from it."""
    base = {
        factor.name: choice(factor, factor.baseline)
        for factor in file.factors
        if factor.baseline is not None
    }
    yield base
    for factor in file.factors:
        for one in choices(factor):
            if factor.baseline is None or one.level != factor.baseline:
                yield {**base, factor.name: one}


def _sampled(file: ExperimentFile, base: Scenario, seed: int) -> Iterator[Row]:
    """Points drawn in the unit cube, each factor then by its distribution.

    Of two shares of one table the later is drawn from what the earlier leaves.
    """
    head, factors = file.experiment, file.factors
    cube = unit_design(head.design, len(factors), head.n or 0, seed).unit
    tables = {factor.name: tables_of(factor, base) for factor in factors}
    room: dict[KeyPath, float] = {}
    for factor in factors:
        for table in tables[factor.name]:
            room[table] = room.get(table, 1.0) - (factor.low or 0.0)
    for row in cube[:, : len(factors)]:
        left, chosen = dict(room), dict[str, Choice]()
        for factor, u in zip(factors, row, strict=True):
            own = tables[factor.name]
            value = _within(factor, float(u), [left[one] / own.count(one) for one in own])
            for table in own:
                left[table] -= value - (factor.low or 0.0)
            chosen[factor.name] = choice(factor, value)
        yield chosen


def tables_of(factor: Factor, base: Scenario) -> list[KeyPath]:
    """Return the table of each share that a factor moves."""
    keys = factor.keys or (factor.key or "",)
    found = (share_at(base._source.data, key) for key in keys)
    return [at[0] for at in found if at is not None]


def _within(factor: Factor, u: float, left: Sequence[float]) -> float:
    """Return a factor's value at a quantile, its range cut off where no more is left."""
    low, high = factor.low or 0.0, factor.high or 0.0
    most = min((low + max(0.0, one) for one in left), default=high)
    if most >= high:
        return between(factor, u)
    if most <= low:
        return low
    mode = None if factor.mode is None else min(factor.mode, most)
    return between(factor.model_copy(update={"high": most, "mode": mode}), u)


ROWS: dict[str, Callable[[ExperimentFile, Scenario, int], Iterator[Row]]] = {
    "grid": _grid,
    "one_at_a_time": _one_at_a_time,
    "lhs": _sampled,
    "sobol": _sampled,
    "morris": _sampled,
}
