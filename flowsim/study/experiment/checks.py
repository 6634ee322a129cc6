"""What no single key of an experiment file can say: the design, its factors, their names."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence

from flowsim.language import N_, _
from flowsim.scenario.forms import NAME_PATTERN
from flowsim.scenario.positions import key_parts
from flowsim.scenario.quantities import shown
from flowsim.scenario.source import Findings, KeyPath, some
from flowsim.study.experiment.designs import n_points
from flowsim.study.experiment.points import choices
from flowsim.study.experiment.schema import SAMPLED_DESIGNS, ExperimentFile, Factor, Variant

__all__ = ["MOST_POINTS", "check_design"]

MOST_POINTS = 100_000
NAME_WORDS = N_(
    "a name of lower-case letters, digits and _ (such as coaches), that begins with one"
)
RESERVED = (
    *("point", "number", "label", "is_base", "seed", "set", "dummy", "variant"),
    *("replication", "kpi", "value", "unit", "period", "mean", "std_error", "lower", "upper", "n"),
    *("difference", "probability_better", "claimed"),
)
KEY_WORDS = N_('the key path of a value, such as "teams.coaching.staff.coach.fte"')
UNITS = re.compile(r"^(days?|weeks?|months?|years?|per (day|week|month|year))$")


def check_design(file: ExperimentFile, findings: Findings) -> None:
    """Check everything that needs no scenario."""
    head = file.experiment
    if head.replications is not None and head.precision is not None:
        findings.fault(
            ("experiment", "precision"), _("replications and precision"), _("one of the two")
        )
    check_keys(("experiment", "set"), head.set, findings)
    check_names("factors", file.factors, findings)
    check_names("variants", file.variants, findings)
    for at, factor in enumerate(file.factors):
        check_target(("factors", at), factor, findings)
        check_unit(("factors", at), factor, findings)
    if findings.is_touched(("experiment",), "design"):
        return
    if head.design == "list":
        check_list(file, findings)
    else:
        check_factors(file, findings)
    check_n(file, findings)


def check_n(file: ExperimentFile, findings: Findings) -> None:
    """Check the size of a drawn design, and the number of points of any."""
    head, path = file.experiment, ("experiment", "n")
    if head.design not in SAMPLED_DESIGNS:
        if head.n is not None:
            drawn = ", ".join(SAMPLED_DESIGNS)
            findings.fault(
                path,
                _("n of the design {design}").format(design=head.design),
                _("n only with {drawn}").format(drawn=drawn),
            )
        count = 1
        for factor in file.factors if head.design == "grid" else ():
            count *= max(len(choices(factor)), 1)
    elif head.n is None:
        findings.fault(
            path,
            _("nothing"),
            _("a whole number, as the design is {design}").format(design=head.design),
        )
        return
    else:
        count = n_points(head.design, head.n, len(file.factors))
        if head.design == "morris" and head.n < 2:
            findings.fault(path, str(head.n), _("at least 2 trajectories, as the design is morris"))
        if head.design == "sobol" and (head.n < 2 or head.n & (head.n - 1)):
            findings.fault(path, str(head.n), _("a power of 2, such as 64, as the design is sobol"))
    if count > MOST_POINTS:
        findings.fault(
            ("experiment", "design"),
            _("{count} points").format(count=count),
            _("at most {most_points}").format(most_points=MOST_POINTS),
        )


def check_list(file: ExperimentFile, findings: Findings) -> None:
    """Check the variants of a list."""
    if file.factors:
        words = _("no factors: the variants of a list say everything")
        findings.fault(("factors",), _("factors in a list"), words)
    if not file.variants and not findings.is_touched((), "variants"):
        findings.fault(("variants",), _("nothing"), _("[[variants]], the first of them the base"))
    first: dict[Hashable, str] = {}
    for at, variant in enumerate(file.variants):
        check_keys(("variants", at, "set"), variant.set, findings)
        settings = frozen(variant.set)
        if settings in first:
            seen = first[settings]
            words = _("settings that differ from those of {seen}").format(seen=seen)
            findings.fault(("variants", at), _("the settings of {seen}").format(seen=seen), words)
        first.setdefault(settings, variant.name)


def check_factors(file: ExperimentFile, findings: Findings) -> None:
    """Check the factors of a design."""
    if file.variants:
        words = _('no variants: they go with design = "list"')
        findings.fault(
            ("variants",), _("variants with {design}").format(design=file.experiment.design), words
        )
    if not file.factors and not findings.is_touched((), "factors"):
        findings.fault(("factors",), _("nothing"), _("[[factors]]: what is varied"))
    set_by: dict[tuple[str, ...], str] = {}
    for at, factor in enumerate(file.factors):
        path = ("factors", at)
        check_values(path, factor, file.experiment.design, findings)
        for key in keys_of(factor):
            other = set_by.setdefault(key_parts(key), factor.name)
            if other != factor.name:
                words = _("a key that {other} does not set").format(other=other)
                findings.fault((*path, "key"), shown(key), words)


def frozen(value: object) -> Hashable:
    """Return what is equal for equal values, and can be looked up.

    Examples
    --------
    >>> frozen({"a": [1, 2]}) == frozen({"a": [1.0, 2]})
    True
    """
    if isinstance(value, Mapping):
        return frozenset((key, frozen(entry)) for key, entry in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(map(frozen, value))
    return value if isinstance(value, Hashable) else repr(value)


def keys_of(factor: Factor) -> list[str]:
    """Return every key path that a factor sets, once."""
    own = [factor.key] if factor.key else []
    levels = [key for level in factor.levels for key in level.set]
    return list(dict.fromkeys([*own, *factor.keys, *levels]))


def check_names(section: str, parts: Sequence[Factor | Variant], findings: Findings) -> None:
    """Check that names are names, none of them twice."""
    seen: set[str] = set()
    for at, name in enumerate(part.name for part in parts):
        path = (section, at, "name")
        if not re.match(NAME_PATTERN, name):
            findings.fault(path, shown(name), _(NAME_WORDS))
        elif section == "factors" and name in RESERVED:
            findings.fault(
                path,
                shown(name),
                _("another name than {reserved}").format(reserved=", ".join(RESERVED)),
            )
        elif name in seen:
            findings.fault(path, _("{name} twice").format(name=shown(name)), _("a name of its own"))
        seen.add(name)


def check_keys(path: KeyPath, settings: Mapping[str, object], findings: Findings) -> None:
    """Check that settings are set by key paths.

    Without quotes TOML reads run.until as a table, which would take the place of all of [run].
    """
    for key, value in settings.items():
        if not key_parts(key):
            wrong(findings, (*path, key), shown(key), _(KEY_WORDS))
        elif len(key_parts(key)) == 1 and isinstance(value, Mapping) and value:
            below = next(iter(value))
            words = _('the whole key path in quotes, such as "{key}.{below}"').format(
                key=key, below=below
            )
            wrong(findings, (*path, key), _("a key path without quotes, or a whole section"), words)


def check_target(path: KeyPath, factor: Factor, findings: Findings) -> None:
    """Check that a factor says what it sets, in one way."""
    ways = [key for key in ("key", "keys", "levels") if getattr(factor, key)]
    if not ways and not findings.is_touched(path, "key", "keys", "levels"):
        findings.fault(path, _("no key, keys or levels"), _("one of the three"))
    for way in ways[1:]:
        findings.fault(
            (*path, way),
            _("{ways} and {way}").format(ways=ways[0], way=way),
            _("one of key, keys and levels"),
        )
    for at, key in enumerate((factor.key,) if factor.key else factor.keys):
        if not key_parts(key):
            place = (*path, "key") if factor.key else (*path, "keys", at)
            wrong(findings, place, shown(key), _(KEY_WORDS))
    for at, level in enumerate(factor.levels):
        check_keys((*path, "levels", at, "set"), level.set, findings)
        if level.name is not None and not re.match(NAME_PATTERN, level.name):
            findings.fault((*path, "levels", at, "name"), shown(level.name), _(NAME_WORDS))


def check_values(path: KeyPath, factor: Factor, design: str, findings: Findings) -> None:
    """Check that a factor has the values that its design needs."""
    if design in SAMPLED_DESIGNS:
        for key in ("values", "levels", "baseline"):
            if getattr(factor, key) not in ((), None):
                findings.fault(
                    (*path, key),
                    _("{key} with {design}").format(key=key, design=design),
                    _("low and high with {design}").format(design=design),
                )
        check_range(path, factor, findings)
        return
    has_range = design == "one_at_a_time" and (factor.low is not None or factor.high is not None)
    listed = [key for key in ("values", "levels") if getattr(factor, key)]
    for key in ("low", "high"):
        if getattr(factor, key) is not None and (design == "grid" or listed):
            findings.fault(
                (*path, key),
                _("{key} with {listed}").format(key=key, listed=listed[0] if listed else design),
                "values",
            )
    if not listed and not has_range and not findings.is_touched(path, "values", "levels"):
        words = _("values or levels") + (
            _(", or low and high") if design == "one_at_a_time" else ""
        )
        findings.fault(path, _("no values"), words)
    if has_range and not listed:
        check_range(path, factor, findings)
    if factor.levels and factor.values:
        findings.fault((*path, "values"), _("levels and values"), _("one of the two"))
    check_distinct(path, factor, design, findings)


def check_distinct(path: KeyPath, factor: Factor, design: str, findings: Findings) -> None:
    """Check that no value stands twice, that the baseline is one, and that the unit is one."""
    levels = [one.level for one in choices(factor)]
    key = "levels" if factor.levels else "values"
    seen: set[Hashable] = set()
    for at, level in enumerate(map(frozen, levels)):
        if level in seen:
            findings.fault(
                (*path, key, at),
                _("{levels} twice").format(levels=shown(levels[at])),
                _("each value once"),
            )
        seen.add(level)
    needs_value = design == "grid" or factor.levels
    if factor.baseline is not None and needs_value and factor.baseline not in levels:
        known = [str(level) for level in levels]
        words = _("one of its values ({known})").format(known=some(known))
        place = (*path, "baseline")
        findings.fault(place, shown(factor.baseline), words, known, str(factor.baseline))


def check_range(path: KeyPath, factor: Factor, findings: Findings) -> None:
    """Check low, high and mode, and what distribution they go with."""
    for key in ("low", "high"):
        if getattr(factor, key) is None and not findings.is_touched(path, key):
            findings.fault((*path, key), _("nothing"), _("low and high, two numbers"))
    if factor.low is None or factor.high is None:
        return
    if factor.low >= factor.high:
        findings.fault(
            (*path, "high"),
            f"{factor.high:g}",
            _("a number > low ({low:g})").format(low=factor.low),
        )
    if factor.distribution == "loguniform" and factor.low <= 0:
        findings.fault((*path, "low"), f"{factor.low:g}", _("a number > 0, as it is loguniform"))
    if (factor.mode is not None) != (factor.distribution == "triangular"):
        found = (
            _("nothing")
            if factor.mode is None
            else _("mode of {distribution}").format(distribution=factor.distribution)
        )
        findings.fault(
            (*path, "mode"), found, _('mode with distribution = "triangular", only there')
        )
    elif factor.mode is not None and not factor.low <= factor.mode <= factor.high:
        words = _("a number from low ({low:g}) to high ({high:g})").format(
            low=factor.low, high=factor.high
        )
        findings.fault((*path, "mode"), f"{factor.mode:g}", words)
    is_whole = factor.low == int(factor.low) and factor.high == int(factor.high)
    if factor.whole and (factor.distribution != "uniform" or not is_whole):
        words = _("whole only with uniform, and with whole numbers as low and high")
        findings.fault((*path, "whole"), "true", words)


def check_unit(path: KeyPath, factor: Factor, findings: Findings) -> None:
    """Check a factor's unit."""
    if factor.unit is not None and not UNITS.match(factor.unit):
        words = _("days, weeks, months, years, or per day, per week, per month, per year")
        wrong(findings, (*path, "unit"), shown(factor.unit), words)


def wrong(findings: Findings, path: KeyPath, found: str, allowed: str) -> None:
    """Add a fault, and say nothing of what follows from it."""
    findings.fault(path, found, allowed)
    findings.silence(path)
