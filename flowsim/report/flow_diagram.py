"""The flow of a scenario as a figure: referrals, steps with teams and places, shares, ways out."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from flowsim.report.catalogues import catalogue
from flowsim.report.flow_arrows import arrows
from flowsim.report.flow_boxes import Drawn, card_box, entry_box
from flowsim.report.flow_graph import FlowGraph, flow_graph
from flowsim.report.flow_layout import Layout, lay_out
from flowsim.scenario.schema import Scenario

__all__ = ["flow_diagram", "in_words"]

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
    """Say what the figure shows, for those who cannot see it."""
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
