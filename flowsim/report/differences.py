"""What may be said of one difference, in plain words: "2.1 weeks shorter (1.4 to 2.8)"."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isfinite, isnan, log10

from flowsim.analysis.comparison import Difference
from flowsim.language import N_, catalogue
from flowsim.report.numbers import MISSING, NO_BREAK_SPACE, number, percent
from flowsim.report.words import Scale, Value

__all__ = [
    "chance",
    "chance_words",
    "decimals_of",
    "difference_cell",
    "gain",
    "line_decimals",
    "sentence",
    "signed_span",
]

MOST_DECIMALS = 6
CHANGES = {  # what less and more of a kind is called
    ("time", "less"): N_("{amount} shorter{range}"),
    ("time", "more"): N_("{amount} longer{range}"),
    ("count", "less"): N_("{amount} fewer{range}"),
    ("count", "more"): N_("{amount} more{range}"),
    ("level", "less"): N_("{amount} lower{range}"),
    ("level", "more"): N_("{amount} higher{range}"),
}

BY_SIGN = {  # of a figure that is infinite in some replications
    -1: N_("shorter: in some courses of events it is not reached, but more often shorter"),
    0: N_("no clear difference: in some courses of events it is not reached"),
    1: N_("longer: in some courses of events it is not reached, but more often longer"),
}


def sentence(found: Difference, scale: Scale, language: str, decimals: int | None = None) -> str:
    """Describe what may be said of a difference.

    Parameters
    ----------
    found : the difference
    scale : how it is told
    language : "sv" or "en"
    decimals : with which all its numbers are written; default: as its interval bears

    Examples
    --------
    >>> less = Difference(-14.7, 2.5, -19.6, -9.8, 400, 0.97, 12.0, float("nan"))
    >>> sentence(less, Scale(7.0, "weeks", "time"), "en").replace(NO_BREAK_SPACE, " ")
    '2.1 weeks shorter (1.4 to 2.8)'
    >>> same = Difference(-1.0, 1.0, -3.0, 1.0, 400, 0.5, 2.0, 2.8)
    >>> sentence(same, Scale(1.0, "", "count"), "sv").replace(NO_BREAK_SPACE, " ")
    'ingen säker skillnad (mellan 3,0 färre och 1,0 fler); en på 2,8 skulle troligen ha visats'
    """
    _ = catalogue(language).gettext
    if found.sign is None and isnan(found.mean):
        return _("nothing to compare: no course of events in which both have it")
    if found.sign is not None:
        return _(BY_SIGN[found.sign])
    decimals = decimals_of(found, scale) if decimals is None else decimals
    if isnan(found.lower):
        n = number(found.n, language)
        return _("no clear difference: too few simulated courses of events ({n})").format(n=n)
    if found.is_constant and found.mean == 0:
        text = _(
            "no difference in any of {n}; in at most {share} of courses of events there is one"
        )
        return text.format(n=number(found.n, language), share=_otherwise(found, language))
    if found.is_constant:
        return _signed(found.mean, scale, language, decimals)
    if found.is_claimed:
        return _signed(found.mean, scale, language, decimals, (found.lower, found.upper))
    lower, upper = (
        _signed(bound, scale, language, decimals) for bound in (found.lower, found.upper)
    )
    text = _(
        "no clear difference (between {lower} and {upper}); one of {size} would probably have been "
        "shown"
    )
    size = amount(found.detectable, scale, language, decimals)
    return text.format(lower=lower, upper=upper, size=size)


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
    return min(max(decimals, 0), MOST_DECIMALS)


def line_decimals(found: Sequence[Difference], means: Sequence[float], scale: Scale) -> int:
    """Return with how many decimals a line is written: values, differences and their intervals.

    As many as the widest known interval of a difference bears, one digit of half its width, and no
    more than the values have elsewhere; but so many that no claim reads as 0, and no difference of
    values as written lies outside its interval as written.

    Parameters
    ----------
    found : the differences of the line
    means : the values that they are differences from and of, those of the base first
    scale : how the line is told

    Examples
    --------
    >>> found = Difference(-0.68, 0.1, -0.92, -0.44, 100, 0.9, 2.0, float("nan"))
    >>> line_decimals([found], [1.28, 0.6], Scale(1.0, "days", "time"))
    1
    >>> found = Difference(-0.17, 0.02, -0.22, -0.12, 100, 0.9, 2.0, float("nan"))
    >>> line_decimals([found], [16.9, 16.73], Scale(7.0, "weeks", "time"))
    2
    >>> found = Difference(-0.02, 0.01, -0.04, 0.03, 100, 0.5, 2.0, float("nan"))
    >>> line_decimals([found], [12.66, 12.64], Scale(1.0, "", "count"))
    2
    """
    known = [mean for mean in means if not isnan(mean)]
    most = scale.decimals(max(known, key=abs, default=0.0))
    halves = [(one.upper - one.lower) / 2 / scale.size for one in found]
    bears = [max(-floor(log10(half)), 0) for half in halves if half > 0]
    decimals = min(max(bears), most) if bears else most
    while decimals < MOST_DECIMALS and any(
        (one.is_claimed and _reads_as_nothing(one, means[0], scale, decimals))
        or _reads_as_outside(one, (means[0], mean), scale, decimals)
        for one, mean in zip(found, means[1:], strict=True)
    ):
        decimals += 1
    return decimals


def _reads_as_nothing(found: Difference, base: float, scale: Scale, decimals: int) -> bool:
    nearest = min(abs(found.lower), abs(found.upper)) / scale.size
    before, after = base / scale.size, (base + found.mean) / scale.size
    is_lost = round(before, decimals) == round(after, decimals)
    return is_lost or round(nearest, decimals) == 0


def _reads_as_outside(
    found: Difference, means: tuple[float, float], scale: Scale, decimals: int
) -> bool:
    """Whether two means as written differ by what lies outside the interval as written."""
    base, mean = (round(one / scale.size, decimals) for one in means)
    lower, upper = (round(end / scale.size, decimals) for end in (found.lower, found.upper))
    apart = round(mean - base, decimals)
    return not found.is_constant and (apart < lower or apart > upper)


def amount(value: float, scale: Scale, language: str, decimals: int) -> str:
    """Write the size of a value with its unit."""
    return scale.counted(number(abs(value) / scale.size, language, decimals))


def _signed(
    value: float,
    scale: Scale,
    language: str,
    decimals: int,
    bounds: tuple[float, float] | None = None,
) -> str:
    """Write a value as more or less of something, with the bounds in brackets, nearest 0 first."""
    _ = catalogue(language).gettext
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


def _otherwise(found: Difference, language: str) -> str:
    """Write in how large a share there may be a difference although none was seen, rounded up."""
    share = found.most_otherwise
    step = 10.0 ** (floor(log10(share)) - 1)
    return percent(min(ceil(share / step) * step, 1.0), language)


# Cells of a table -----------------------------------------------------------------------------


def difference_cell(
    found: Difference, scale: Scale, language: str, unit: str, decimals: int | None = None
) -> Value:
    """Write a difference, in small print its interval, and whether it is clear.

    Parameters
    ----------
    found, scale, language, decimals : as for `sentence`
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
        text = _("no difference") + "\n" + _("in at most {share} there is one")
        return Value(text.format(share=_otherwise(found, language)), unit, *numbers)
    decimals = decimals_of(found, scale) if decimals is None else decimals
    ends = [_with_sign(value / scale.size, language, decimals) for value in numbers]
    lines = [scale.counted(ends[0])]
    if not (found.is_constant or isnan(found.lower)):
        lines.append(_("{lower} to {upper}").format(lower=ends[1], upper=ends[2]))
    lines.append(_("clear difference") if found.is_claimed else _("no clear difference"))
    return Value("\n".join(lines), unit, *numbers)


def signed_span(ends: tuple[float, float], scale: Scale, language: str, decimals: int) -> str:
    """Write between what a difference lies, with signs and unit."""
    lower, upper = (_with_sign(end / scale.size, language, decimals) for end in ends)
    text = catalogue(language).gettext("{lower} to {upper}")
    return text.format(lower=lower, upper=scale.counted(upper))


def chance_words(share: float, language: str) -> str:
    """Write a share of draws; never 0 or 100 % unless it is."""
    return percent(share, language)


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
