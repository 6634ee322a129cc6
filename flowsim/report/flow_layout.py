"""Boxes in layers from top to bottom, with few crossings: where each stands and how arrows run.

The steps are those of Sugiyama, Tagawa and Toda (1981), Methods for visual understanding of
hierarchical system structures, IEEE Transactions on Systems, Man, and Cybernetics 11(2): layers by
the longest way from a beginning, a slim place in each layer that an arrow passes, the order within
layers by barycentres, then positions as near to the neighbours as the order allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Box", "Edge", "Layout", "lay_out", "spread_out"]

GAP = 24.0  # between boxes side by side
LAYER_GAP = 72.0
PASSAGE = 14.0  # width of the place that an arrow passes through
SWEEPS = 12
Edge = tuple[str, str]


@dataclass(frozen=True)
class Box:
    """A box: its size, and whether it hangs at the bottom of its layer."""

    width: float
    height: float
    low: bool = False


@dataclass(frozen=True)
class Layout:
    """Where everything is.

    Parameters
    ----------
    left, top : of each box
    bottom : of the layer that each box stands in
    ways : for each edge the boxes and passages that it runs through, first and last included
    passages : (x, top, bottom) of each place that an edge passes
    width, height : of the whole
    """

    left: dict[str, float]
    top: dict[str, float]
    bottom: dict[str, float]
    ways: dict[Edge, tuple[str, ...]]
    passages: dict[str, tuple[float, float, float]]
    width: float
    height: float


def lay_out(boxes: Mapping[str, Box], edges: Sequence[Edge]) -> Layout:
    """Lay out boxes whose edges have no circle; the same input gives the same layout."""
    level = _levels(list(boxes), edges)
    ways, layers = _with_passages(boxes, edges, level)
    links = [link for way in ways.values() for link in pairwise(way)]
    layers = _ordered(layers, links)
    widths = {name: box.width for name, box in boxes.items()}
    middle = _positions(layers, links, widths)
    heights = [max((boxes[n].height for n in layer if n in boxes), default=0.0) for layer in layers]
    tops = [sum(heights[:at]) + LAYER_GAP * at for at in range(len(layers))]
    least = min(middle[n] - widths.get(n, PASSAGE) / 2 for layer in layers for n in layer)
    most = max(middle[n] + widths.get(n, PASSAGE) / 2 for layer in layers for n in layer)
    left, top, bottom, passages = {}, {}, {}, {}
    for layer, begin, height in zip(layers, tops, heights, strict=True):
        for name in layer:
            if name in boxes:
                left[name] = middle[name] - boxes[name].width / 2 - least
                top[name] = begin + (height - boxes[name].height if boxes[name].low else 0.0)
                bottom[name] = begin + height
            else:
                passages[name] = (middle[name] - least, begin, begin + height)
    return Layout(left, top, bottom, ways, passages, most - least, tops[-1] + heights[-1])


def _levels(names: list[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Return each box the length of the longest way to it; beginnings stand just above their ends.

    Examples
    --------
    >>> _levels(["a", "b", "c", "d"], [("a", "b"), ("b", "c"), ("d", "c")])
    {'a': 0, 'b': 1, 'c': 2, 'd': 1}
    """
    level = dict.fromkeys(names, 0)
    for _ in names:
        for source, target in edges:
            level[target] = max(level[target], level[source] + 1)
    entered = {target for _, target in edges}
    for name in names:
        below = [level[target] for source, target in edges if source == name]
        if name not in entered and below:
            level[name] = min(below) - 1
    return level


def _with_passages(
    boxes: Mapping[str, Box], edges: Sequence[Edge], level: Mapping[str, int]
) -> tuple[dict[Edge, tuple[str, ...]], list[list[str]]]:
    """Return the boxes of each layer, and a passage in each layer that an edge goes through."""
    layers: list[list[str]] = [[] for _ in range(max(level.values()) + 1)]
    for name in boxes:
        layers[level[name]].append(name)
    ways = {}
    for source, target in edges:
        between = [f"{source} > {target} {at}" for at in range(level[source] + 1, level[target])]
        for at, name in enumerate(between, level[source] + 1):
            layers[at].append(name)
        ways[source, target] = (source, *between, target)
    return ways, layers


# Order ----------------------------------------------------------------------------------------


def _ordered(layers: list[list[str]], links: Sequence[Edge]) -> list[list[str]]:
    """Sort layers by the barycentres of their neighbours, down and up; keep the best order."""
    best, fewest = layers, _crossings(layers, links)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        layers = [list(layer) for layer in layers]
        sides = [link if down else link[::-1] for link in links]
        for at in range(1, len(layers)) if down else range(len(layers) - 2, -1, -1):
            place = _places(layers[at - 1 if down else at + 1])
            layers[at] = _by_barycentre(layers[at], place, sides)
        if (n := _crossings(layers, links)) < fewest:
            best, fewest = layers, n
    return best


def _places(layer: list[str]) -> dict[str, float]:
    return {name: (at + 0.5) / len(layer) for at, name in enumerate(layer)}


def _by_barycentre(
    layer: list[str], place: Mapping[str, float], sides: Sequence[Edge]
) -> list[str]:
    own = _places(layer)

    def barycentre(name: str) -> float:
        near = [place[a] for a, b in sides if b == name and a in place]
        return sum(near) / len(near) if near else own[name]

    return sorted(layer, key=barycentre)


def _crossings(layers: list[list[str]], links: Sequence[Edge]) -> int:
    """Count pairs of links that cross.

    Examples
    --------
    >>> _crossings([["a", "b"], ["c", "d"]], [("a", "d"), ("b", "c")])
    1
    """
    place = {name: (at, k) for at, layer in enumerate(layers) for k, name in enumerate(layer)}
    found = [(place[a][0], place[a][1], place[b][1]) for a, b in links]
    pairs = ((p, q) for i, p in enumerate(found) for q in found[i + 1 :])
    return sum(p[0] == q[0] and (p[1] - q[1]) * (p[2] - q[2]) < 0 for p, q in pairs)


# Positions ------------------------------------------------------------------------------------


def _positions(
    layers: list[list[str]], links: Sequence[Edge], widths: Mapping[str, float]
) -> dict[str, float]:
    """Put each box near the middle of its neighbours, layer by layer, down and up."""
    middle: dict[str, float] = {}
    for layer in layers:
        places = spread_out([0.0] * len(layer), [widths.get(n, PASSAGE) for n in layer])
        middle.update(zip(layer, places, strict=True))
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            wanted = [_wanted(name, links, middle) for name in layer]
            places = spread_out(wanted, [widths.get(name, PASSAGE) for name in layer])
            middle.update(zip(layer, places, strict=True))
    return middle


def _wanted(name: str, links: Sequence[Edge], middle: Mapping[str, float]) -> float:
    near = [middle[b if a == name else a] for a, b in links if name in (a, b)]
    return sum(near) / len(near) if near else middle[name]


def spread_out(wanted: Sequence[float], widths: Sequence[float]) -> list[float]:
    """Return middles as near as can be to those wanted, in this order and without overlap.

    Least squares under an order: isotonic regression by pooling adjacent violators (Ayer, Brunk,
    Ewing, Reid and Silverman 1955).

    Examples
    --------
    >>> spread_out([0.0, 0.0], [10.0, 10.0])
    [-17.0, 17.0]
    """
    shift, offsets = 0.0, []
    for at, width in enumerate(widths):
        shift += (widths[at - 1] + width) / 2 + GAP if at else 0.0
        offsets.append(shift)
    pools: list[list[float]] = []  # sum and number of those that stand side by side
    for value, offset in zip(wanted, offsets, strict=True):
        pools.append([value - offset, 1.0])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            total, n = pools.pop()
            pools[-1][0] += total
            pools[-1][1] += n
    level = list(_levelled(pools))
    return [base + offset for base, offset in zip(level, offsets, strict=True)]


def _levelled(pools: list[list[float]]) -> Iterator[float]:
    for total, n in pools:
        yield from [total / n] * int(n)
