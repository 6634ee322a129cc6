"""What may be said of real people: no count below five, and none that can be worked out.

Counts under FEWEST are put together with others. The number of people is given to the nearest five,
shares have two decimals, ranges are rounded like their values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, isfinite, log10

__all__ = [
    "FEWEST",
    "OTHER",
    "around",
    "blurred",
    "grouped",
    "merged_classes",
    "rounded",
    "two_decimals",
]

FEWEST = 5
OTHER = "other"
STEP = 5


def blurred(count: float) -> int:
    """Return a count to the nearest five; below five there is nothing to say.

    Examples
    --------
    >>> blurred(3), blurred(5), blurred(182), blurred(183)
    (0, 5, 180, 185)
    """
    return 0 if count < FEWEST else max(FEWEST, STEP * floor(count / STEP + 0.5))


def rounded(value: float, digits: int = 2) -> float:
    """Return a number with so many significant digits.

    Examples
    --------
    >>> rounded(334.7), rounded(0.0877), rounded(12.04), rounded(0.0)
    (330.0, 0.088, 12.0, 0.0)
    """
    if not value or not isfinite(value):
        return value
    places = digits - 1 - floor(log10(abs(value)))
    return float(round(value, places))


def around(low: float, value: float, high: float) -> tuple[float, float]:
    """Return the ends of a range, as coarse as the value, rounded away from it.

    Examples
    --------
    >>> around(73.3, 91.0, 111.7), around(9.2, 11.0, 14.03), around(0.0871, 0.1, 0.1129)
    ((73.0, 112.0), (9.0, 14.5), (0.085, 0.115))
    """
    if not value or not (isfinite(low) and isfinite(high)):
        return min(low, value), max(high, value)
    places = 1 - floor(log10(abs(value)))
    grain = 10.0**-places
    if value < 19.95 * grain:  # where a step would be more than a twentieth
        grain, places = grain / 2, places + 1
    ends = floor(round(low / grain, 6)) * grain, ceil(round(high / grain, 6)) * grain
    return min(round(ends[0], places), value), max(round(ends[1], places), value)


def two_decimals(shares: Mapping[str, float]) -> dict[str, float]:
    """Return shares with two decimals whose sum is 1: the largest takes what rounding leaves.

    Examples
    --------
    >>> two_decimals({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3})
    {'a': 0.34, 'b': 0.33, 'c': 0.33}
    """
    found = {name: round(share, 2) for name, share in shares.items()}
    largest = max(found, key=lambda name: found[name])
    found[largest] = round(found[largest] + 1 - sum(found.values()), 2)
    return found


def grouped(counts: Mapping[str, int], other: str = OTHER) -> dict[str, int]:
    """Put what has fewer than five into `other`; if that stays below five, the next smallest too.

    Of nothing is nothing made: where all together are fewer than five the result is empty.

    Examples
    --------
    >>> grouped({"work": 40, "studies": 9, "moved": 3, "died": 1})
    {'work': 40, 'other': 13}
    >>> grouped({"work": 40, "studies": 9, "moved": 3, "died": 2})
    {'work': 40, 'studies': 9, 'other': 5}
    """
    if sum(counts.values()) < FEWEST:
        return {}
    large = {name: n for name, n in counts.items() if n >= FEWEST and name != other}
    rest = sum(n for name, n in counts.items() if name not in large)
    while 0 < rest < FEWEST:
        smallest = min(large, key=lambda name: large[name])
        rest += large.pop(smallest)
    return {**large, other: rest} if rest else large


def merged_classes(
    counts: Sequence[int], edges: Sequence[float], fewest: int = FEWEST
) -> list[tuple[float, float, int]]:
    """Put neighbouring classes together until each has enough people.

    The few beyond the last class join it, and its end stays where it is: drawn out to their times,
    it would make everybody in it stay far too long.

    Parameters
    ----------
    counts : of the classes
    edges : where they begin and end, one more than the counts
    fewest : in each of the result

    Examples
    --------
    >>> merged_classes([3, 4, 20, 2], [0, 1, 3, 9, 18])
    [(0, 3, 7), (3, 9, 22)]
    >>> merged_classes([2, 1], [0, 1, 3])
    []
    """
    found: list[tuple[float, float, int]] = []
    begin, n = 0, 0
    for at, count in enumerate(counts):
        n += count
        if n >= fewest:
            found.append((edges[begin], edges[at + 1], n))
            begin, n = at + 1, 0
    if n and found:
        low, high, before = found.pop()
        found.append((low, high, before + n))
    return found
