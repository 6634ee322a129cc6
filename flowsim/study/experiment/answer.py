"""The answer of an experiment: words with figures in braces, and what must hold for them.

`{cost.total at more}` stands for a figure of a point, `{difference in cost.total at more}` for its
difference from the base point. A point is `base`, the name of a variant, or values of factors,
`coaches=5.5, stay=12`; factors left out are as in the base point, and of a single factor the value
is enough.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flowsim.scenario.overrides import as_toml
from flowsim.study.experiment.points import Point

__all__ = ["Claim", "Mention", "claim_of", "mention_of", "parts_of", "point_named", "point_names"]

MENTION = re.compile(r"^(difference in )?(\S+) at (.+)$")
CLAIM = re.compile(r"^([^<>]+)([<>])([^<>]+)$")
BASE = "base"


@dataclass(frozen=True)
class Mention:
    """A figure in an answer.

    Parameters
    ----------
    kpi : its name
    point : words for the point
    is_difference : whether the difference from the base point is meant
    """

    kpi: str
    point: str
    is_difference: bool = False


Side = Mention | float


@dataclass(frozen=True)
class Claim:
    """Something that must hold: `lower < higher`, both as means in the figures' own units.

    Parameters
    ----------
    text : as it stands in the file
    lower, higher : figures, or numbers
    """

    text: str
    lower: Side
    higher: Side

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """The figures of it."""
        return tuple(side for side in (self.lower, self.higher) if isinstance(side, Mention))


def mention_of(text: str) -> Mention:
    """Read what stands in braces.

    Raises
    ------
    ValueError
        If it names no figure at a point.

    Examples
    --------
    >>> mention_of("difference in cost.total at more")
    Mention(kpi='cost.total', point='more', is_difference=True)
    """
    found = MENTION.match(" ".join(text.split()))
    if found is None:
        raise ValueError(text)
    return Mention(found[2], found[3].strip(), found[1] is not None)


def parts_of(text: str) -> tuple[str | Mention, ...]:
    """Take an answer apart into words and figures.

    Raises
    ------
    ValueError
        If braces do not match, or do not hold a figure at a point.

    Examples
    --------
    >>> parts_of("It costs {cost.total at more}.")
    ('It costs ', Mention(kpi='cost.total', point='more', is_difference=False), '.')
    """
    parts: list[str | Mention] = []
    for number, part in enumerate(re.split(r"\{([^{}]*)\}", text)):
        if number % 2:
            parts.append(mention_of(part))
        elif "{" in part or "}" in part:
            raise ValueError(part)
        elif part:
            parts.append(part)
    return tuple(parts)


def claim_of(text: str) -> Claim:
    """Read what must hold.

    Raises
    ------
    ValueError
        If it is no comparison of figures and numbers.

    Examples
    --------
    >>> claim_of("mapping.wait.mean at more < 14").higher
    14.0
    """
    found = CLAIM.match(text)
    if found is None:
        raise ValueError(text)
    first, second = side_of(found[1]), side_of(found[3])
    if not isinstance(first, Mention) and not isinstance(second, Mention):
        raise ValueError(text)
    lower, higher = (first, second) if found[2] == "<" else (second, first)
    return Claim(text, lower, higher)


def side_of(text: str) -> Side:
    """Read a number, or a figure at a point."""
    try:
        return float(text)
    except ValueError:
        return mention_of(text)


def point_named(words: str, points: Sequence[Point], base: int) -> int | None:
    """Return the number of the point that words name; None if there is none."""
    if words == BASE:
        return base
    wanted = {name: spelled_level(level) for name, level in points[base].levels.items()}
    for part in words.split(","):
        name, _, level = (piece.strip() for piece in part.rpartition("="))
        name = next(iter(wanted)) if not name and len(wanted) == 1 else name
        if name not in wanted:
            return None
        wanted[name] = spelled_level(level)
    for point in points:
        if {name: spelled_level(level) for name, level in point.levels.items()} == wanted:
            return point.number
    return None


def point_names(points: Sequence[Point], base: int) -> list[str]:
    """Return the words for every point, as short as they can be."""
    own = points[base].levels
    names = [BASE]
    for point in points:
        apart = [
            level if len(own) == 1 else f"{name}={level}"
            for name, level in ((n, spelled_level(v)) for n, v in point.levels.items())
            if level != spelled_level(own[name])
        ]
        if apart:
            names.append(", ".join(apart))
    return names


def spelled_level(level: object) -> str:
    """Write the level of a factor as words for points do.

    Examples
    --------
    >>> spelled_level(4.50), spelled_level("4.50"), spelled_level("more")
    ('4.5', '4.5', 'more')
    """
    if level is None:
        return ""
    if isinstance(level, (int, float, str)) and not isinstance(level, bool):
        try:
            return f"{float(level):.12g}"
        except ValueError:  # a word
            pass
    return level if isinstance(level, str) else as_toml(level)
