"""The flow of a scenario as a figure: referrals, steps with teams and places, shares, ways out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from flowsim.language import catalogue
from flowsim.report.flow_boxes import INK, LINE, Drawn, card_box, entry_box, text_width
from flowsim.report.flow_graph import FlowGraph, flow_graph
from flowsim.report.flow_layout import Box, Edge, Layout, lay_out
from flowsim.scenario.schema import Scenario

__all__ = ["flow_diagram"]

MARGIN = 8.0


def flow_diagram(scenario: Scenario, language: str) -> str:
    """Draw the flow of a scenario as an SVG element; the same scenario gives the same text.

    Parameters
    ----------
    scenario : what to draw
    language : `sv` or `en`
    """
    graph, _ = flow_graph(scenario, language), catalogue(language).gettext
    drawn: dict[str, Drawn] = {
        **{f"to {entry.step}": entry_box(entry, _) for entry in graph.entries},
        **{card.name: card_box(card, _) for card in graph.cards},
    }
    edges = [(f"to {entry.step}", entry.step) for entry in graph.entries]
    edges += [(arrow.source, arrow.target) for arrow in graph.arrows]
    layout = lay_out({name: one.box for name, one in drawn.items()}, edges)
    shares = {(arrow.source, arrow.target): arrow.share for arrow in graph.arrows}
    boxes = {name: one.box for name, one in drawn.items()}
    body = [*arrows(layout, boxes, shares), *_placed(layout, drawn)]
    return _svg(layout, body, _("The flow"), in_words(graph, language))


def _placed(layout: Layout, drawn: dict[str, Drawn]) -> Iterator[str]:
    for name, one in drawn.items():
        x, y = layout.left[name], layout.top[name]
        yield f'<g transform="translate({x:.1f} {y:.1f})">{one.svg}</g>'


def _svg(layout: Layout, body: list[str], title: str, text: str) -> str:
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-MARGIN:g} {-MARGIN:g} {width:.0f} {height:.0f}" role="img" '
        'aria-labelledby="flow-drawing-title flow-drawing-text" font-size="13" '
        "font-family=\"system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif\">"
    )
    about = (
        f'<title id="flow-drawing-title">{escape(title)}</title>'
        f'<desc id="flow-drawing-text">{escape(text)}</desc>'
    )
    return "".join([head, about, *body, "</svg>"])


def in_words(graph: FlowGraph, language: str) -> str:
    """Describe what the figure shows, for those who cannot see it."""
    _ = catalogue(language).gettext
    title = {card.name: card.title for card in graph.cards}
    parts: list[str] = []
    for entry in graph.entries:
        sources = ", ".join(f"{way.label} ({way.share})" for way in entry.sources)
        parts.append(
            _("To {step} come: {sources}.").format(step=title[entry.step], sources=sources)
        )
    for arrow in graph.arrows:
        text = _("From {source} to {target}: {share}.")
        names = {"source": title[arrow.source], "target": title[arrow.target]}
        parts.append(text.format(share=arrow.share, **names))
    return " ".join(parts)


# Arrows, with the share who go each way -----------------------------------------------------------


HEAD = 8.0
PLACES = (0.5, 0.36, 0.64, 0.24, 0.76)  # along an arrow, where its label may stand
LABEL_HEIGHT = 18.0


@dataclass(frozen=True)
class Bend:
    """From one point to another below it, beginning and ending straight downwards."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def path(self) -> str:
        """As the rest of an SVG path."""
        middle = (self.y0 + self.y1) / 2
        return (
            f"C {self.x0:.1f} {middle:.1f} {self.x1:.1f} {middle:.1f} {self.x1:.1f} {self.y1:.1f}"
        )

    def at(self, t: float) -> tuple[float, float]:
        """Return a point of it; t from 0 to 1."""
        x = self.x0 + (self.x1 - self.x0) * t * t * (3 - 2 * t)
        middle = (self.y0 + self.y1) / 2
        s = 1 - t
        y = s**3 * self.y0 + 3 * s * t * (s + t) * middle + t**3 * self.y1
        return x, y


def arrows(layout: Layout, boxes: Mapping[str, Box], shares: Mapping[Edge, str]) -> Iterator[str]:
    """Return the arrows, and above them their labels where no other label is."""
    bends = {edge: list(_bends(edge, layout, boxes)) for edge in layout.ways}
    for edge, parts in bends.items():
        straight = [f"L {one.x1:.1f} {two.y0:.1f} " for one, two in pairwise(parts)]
        path = "".join(a.path + " " + b for a, b in zip(parts, [*straight, ""], strict=True))
        begin = layout.top[edge[0]] + boxes[edge[0]].height
        path = f"M {parts[0].x0:.1f} {begin:.1f} V {parts[0].y0:.1f} {path.strip()}"
        yield f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1.6"/>'
        yield _head(parts[-1].x1, parts[-1].y1)
    taken: list[tuple[float, float, float]] = []
    for edge, share in shares.items():
        yield _label(bends[edge][0], share, taken)


def _bends(edge: Edge, layout: Layout, boxes: Mapping[str, Box]) -> Iterator[Bend]:
    way = layout.ways[edge]
    source, target = way[0], way[-1]
    x = _port(edge, layout, boxes, down=True)
    y = layout.bottom[source]
    for name in way[1:-1]:
        middle, top, bottom = layout.passages[name]
        yield Bend(x, y, middle, top)
        x, y = middle, bottom
    yield Bend(x, y, _port(edge, layout, boxes, down=False), layout.top[target] - HEAD)


def _port(edge: Edge, layout: Layout, boxes: Mapping[str, Box], down: bool) -> float:
    """Return where an arrow leaves a box or comes to it: side by side with the others there."""
    own = edge[0 if down else 1]
    others = [one for one in layout.ways if one[0 if down else 1] == own]

    def place(one: Edge) -> float:
        near = layout.ways[one][1 if down else -2]
        if near in layout.passages:
            return layout.passages[near][0]
        return layout.left[near] + boxes[near].width / 2

    others.sort(key=place)
    part = (others.index(edge) + 1) / (len(others) + 1)
    return layout.left[own] + boxes[own].width * part


def _head(x: float, y: float) -> str:
    half = HEAD * 0.6
    return (
        f'<path d="M {x - half:.1f} {y - 1:.1f} h {2 * half:.1f} l {-half:.1f} {HEAD:.1f} Z" '
        f'fill="{LINE}"/>'
    )


def _label(bend: Bend, share: str, taken: list[tuple[float, float, float]]) -> str:
    """Write a share on its arrow, at the first place where no other label stands."""
    width = text_width(share, 13.0, bold=True) + 10.0

    def is_free(x: float, y: float) -> bool:
        return all(
            abs(x - other) > (width + wide) / 2 or abs(y - down) > LABEL_HEIGHT
            for other, down, wide in taken
        )

    spots = [bend.at(t) for t in PLACES]
    x, y = next((spot for spot in spots if is_free(*spot)), spots[0])
    taken.append((x, y, width))
    return (
        f'<rect x="{x - width / 2:.1f}" y="{y - LABEL_HEIGHT / 2:.1f}" width="{width:.1f}" '
        f'height="{LABEL_HEIGHT:g}" rx="4" fill="#fff"/>'
        f'<text x="{x:.1f}" y="{y + 4.5:.1f}" text-anchor="middle" font-weight="700" '
        f'fill="{INK}">{escape(share)}</text>'
    )
