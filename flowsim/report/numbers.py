"""Numbers as readers of each language write them.

Swedish: a no-break space between thousands and before units, a decimal comma, a true minus sign
(Myndigheternas skrivregler, Ds 2009:38). English: a comma between thousands, a decimal point.
"""

from __future__ import annotations

from math import isinf, isnan

NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"
MISSING = "–"


def number(value: float, language: str, decimals: int = 0) -> str:
    """Write a number; a missing one (NaN) is a dash.

    Examples
    --------
    >>> number(1234567.25, "sv", 1).replace(NO_BREAK_SPACE, " ")
    '1 234 567,2'
    >>> number(-1234.5, "en", 1)
    '−1,234.5'
    >>> number(float("nan"), "sv")
    '–'
    """
    if isnan(value):
        return MISSING
    if isinf(value):
        return "∞"
    text = f"{abs(value):,.{decimals}f}"
    if language == "sv":
        text = text.replace(",", NO_BREAK_SPACE).replace(".", ",")
    is_negative = value < 0 and any(digit in "123456789" for digit in text)
    return MINUS + text if is_negative else text


def percent(share: float, language: str, decimals: int | None = None) -> str:
    """Write a share of 1 as a percentage.

    Parameters
    ----------
    decimals : default: as `share_decimals` says

    Examples
    --------
    >>> percent(0.225, "sv", 1).replace(NO_BREAK_SPACE, " "), percent(0.225, "en")
    ('22,5 %', '22%')
    >>> percent(0.0225, "en"), percent(0.05, "en"), percent(0.9975, "en")
    ('2.2%', '5%', '99.8%')
    """
    if isnan(share):
        return MISSING
    if decimals is None:
        decimals = share_decimals(share)
    space = NO_BREAK_SPACE if language == "sv" else ""
    return f"{number(share * 100, language, decimals)}{space}%"


def share_decimals(share: float) -> int:
    """Return how many decimals a percentage needs: one below 10 %, and where 100 % is not true."""
    size = abs(share * 100)
    is_rough = 9.95 <= size < 99.5 or size >= 100 or (size + 1e-9) % 1 < 2e-9
    return 0 if is_rough else 1


def span(lower: str, upper: str) -> str:
    """Write an interval of two written numbers.

    Examples
    --------
    >>> span("1.4", "2.8"), span("–", "–")
    ('1.4–2.8', '–')
    """
    return MISSING if MISSING in (lower, upper) else f"{lower}–{upper}"
