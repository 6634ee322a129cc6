"""What may be said of one difference, in plain words: "shorter by 2.1 weeks (1.4 to 2.8)"."""

from __future__ import annotations

from math import ceil, floor, isfinite, isnan, log10

from flowsim.analysis.comparison import Difference
from flowsim.report.catalogues import N_, catalogue
from flowsim.report.numbers import MISSING, NO_BREAK_SPACE, number, percent
from flowsim.report.words import Scale, Value

__all__ = ["chance", "decimals_of", "difference_cell", "gain", "sentence"]

MOST_REPLICATIONS = 1_000_000
CHANGES = {  # what less and more of a kind is called
    ("time", "less"): N_("shorter by {amount}{range}"),
    ("time", "more"): N_("longer by {amount}{range}"),
    ("count", "less"): N_("{amount} fewer{range}"),
    ("count", "more"): N_("{amount} more{range}"),
    ("level", "less"): N_("lower by {amount}{range}"),
    ("level", "more"): N_("higher by {amount}{range}"),
}


def sentence(found: Difference, scale: Scale, base: str, language: str) -> str:
    """Say what may be said of a difference.

    Parameters
    ----------
    found : the difference
    scale : how it is told
    base : what the base is called
    language : "sv" or "en"

    Examples
    --------
    >>> less = Difference(-14.7, 2.5, -19.6, -9.8, 400, 0.97, 12.0, float("nan"))
    >>> sentence(less, Scale(7.0, "weeks", "time"), "A", "en").replace(NO_BREAK_SPACE, " ")
    'shorter by 2.1 weeks (1.4 to 2.8)'
    >>> same = Difference(-1.0, 1.0, -3.0, 1.0, 400, 0.5, 2.0, 2914.0)
    >>> sentence(same, Scale(1.0, "", "count"), "A", "sv").replace(NO_BREAK_SPACE, " ")
    'går inte att skilja från A med 400 replikationer (mellan 3,0 färre och 1,0 fler); \
omkring 3 000 skulle behövas'
    """
    _ = catalogue(language).gettext
    n = number(found.n, language)
    if found.sign is None and isnan(found.mean):
        return _("nothing to compare: no replication in which both have it")
    if found.sign:
        text = _(
            "longer: in some replications it is not reached, but more often longer than shorter"
        )
        if found.sign < 0:
            text = _("shorter: in some replications it is not reached, but more often shorter than "
                     "longer")  # fmt: skip
        return text
    if found.sign is not None:
        return _(
            "cannot be told from {base} with {n} replications: in some it is not reached"
        ).format(base=base, n=n)
    if isnan(found.lower):
        return _("cannot be told from {base}: too few replications ({n})").format(base=base, n=n)
    if found.is_constant:
        if found.mean == 0:
            return _("no difference in any of the {n} replications").format(n=n)
        return _signed(found.mean, scale, language) + _(
            ", the same in all {n} replications"
        ).format(n=n)
    if found.is_claimed:
        return _signed(found.mean, scale, language, (found.lower, found.upper))
    decimals = decimals_of(found, scale)
    lower, upper = (
        _signed(bound, scale, language, decimals=decimals) for bound in (found.lower, found.upper)
    )
    needed = _needed(found.replications_needed, language)
    return _(
        "cannot be told from {base} with {n} replications (between {lower} and {upper}); {needed}"
    ).format(base=base, n=n, lower=lower, upper=upper, needed=needed)


def decimals_of(found: Difference, scale: Scale) -> int:
    """Return as many decimals as the width of the interval bears, so that no claim reads as 0.

    Examples
    --------
    >>> decimals_of(Difference(-14.7, 2.5, -19.6, -9.8, 400, 1.0, 1.0, 0.0), Scale(7.0, "", "time"))
    1
    """
    half = (found.upper - found.lower) / 2 / scale.size
    if half > 0:
        decimals = -floor(log10(half / 2.5))
        nearest = min(abs(found.lower), abs(found.upper)) / scale.size
        if found.is_claimed:
            decimals = max(decimals, ceil(-log10(2 * nearest)))
    else:
        size = abs(found.mean) / scale.size
        decimals = 1 if size == 0 or size >= 10 else 1 - floor(log10(size))
        decimals = 0 if size == round(size) else decimals
    return min(max(decimals, 0), 6)


def amount(value: float, scale: Scale, language: str, decimals: int) -> str:
    """Write the size of a value with its unit."""
    text = number(abs(value) / scale.size, language, decimals)
    return f"{text}{NO_BREAK_SPACE}{scale.unit}" if scale.unit else text


def _signed(
    value: float,
    scale: Scale,
    language: str,
    bounds: tuple[float, float] | None = None,
    decimals: int | None = None,
) -> str:
    """Write a value as more or less of something, with the bounds in brackets, nearest 0 first."""
    _ = catalogue(language).gettext
    if decimals is None:
        lower, upper = bounds or (value, value)
        decimals = decimals_of(_as_difference(value, lower, upper), scale)
    within = ""
    if bounds is not None:
        near, far = sorted(abs(bound) / scale.size for bound in bounds)
        limits = {
            "lower": number(near, language, decimals),
            "upper": number(far, language, decimals),
        }
        within = _(" ({lower} to {upper})").format(**limits)
    direction = "less" if value < 0 else "more"
    told = amount(value, scale, language, decimals)
    return _(CHANGES[scale.kind, direction]).format(amount=told, range=within)


def _as_difference(mean: float, lower: float, upper: float) -> Difference:
    missing = float("nan")
    return Difference(mean, missing, lower, upper, 0, missing, missing, missing)


def _needed(replications: float, language: str) -> str:
    """Say how many replications would do, rounded up to two digits."""
    _ = catalogue(language).gettext
    if isnan(replications):
        return _("the mean difference is 0")
    if replications > MOST_REPLICATIONS:
        return _("a million would not be enough")
    step = 10 ** max(floor(log10(replications)) - 1, 0)
    return _("about {needed} would be needed").format(
        needed=number(ceil(replications / step) * step, language)
    )


# Cells of a table -----------------------------------------------------------------------------


def difference_cell(found: Difference, scale: Scale, language: str, unit: str) -> Value:
    """Write a difference, in small print its interval, and whether it is clear.

    Parameters
    ----------
    found, scale, language : as for `sentence`
    unit : of the figure
    """
    _ = catalogue(language).gettext
    numbers = (found.mean, found.lower, found.upper)
    if found.sign is None and isnan(found.mean):
        return Value(MISSING, unit, *numbers)
    if found.sign is not None:
        text = _("no clear difference")
        if found.sign:
            text = _("clearly longer") if found.sign > 0 else _("clearly shorter")
        return Value(f"{text}\n" + _("not reached in some"), unit, *numbers)
    if found.is_constant and found.mean == 0:
        return Value(_("no difference"), unit, *numbers)
    decimals = decimals_of(found, scale)
    ends = [_with_sign(value / scale.size, language, decimals) for value in numbers]
    lines = [f"{ends[0]}{NO_BREAK_SPACE}{scale.unit}" if scale.unit else ends[0]]
    if found.is_constant:
        lines.append(_("the same in all {n}").format(n=number(found.n, language)))
    elif not isnan(found.lower):
        lines.append(_("{lower} to {upper}").format(lower=ends[1], upper=ends[2]))
    lines.append(_("clear difference") if found.is_claimed else _("no clear difference"))
    return Value("\n".join(lines), unit, *numbers)


def _with_sign(value: float, language: str, decimals: int) -> str:
    text = number(value, language, decimals)
    return f"+{text}" if value > 0 and any(digit in text for digit in "123456789") else text


def chance(found: Difference, language: str) -> Value:
    """Write the chance that a variant is better; never 0 or 100 % unless it is."""
    share = found.probability_better
    return Value(percent(share, language), "share", share)


def gain(found: Difference, language: str) -> Value:
    """Write how many times the variance fell by pairing."""
    factor = found.variance_reduction
    if not isfinite(factor):
        return Value(MISSING, "count", factor)
    text = number(factor, language, 0 if factor >= 10 else 1)
    return Value(f"{text}{NO_BREAK_SPACE}×", "count", factor)
