"""The boxes of a figure of the flow, as pieces of SVG with their sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from flowsim.report.flow_graph import Card, Entry, Way
from flowsim.report.flow_layout import Box

__all__ = ["INK", "LINE", "Drawn", "card_box", "entry_box", "text_width", "wrapped"]

INK, SOFT, LINE = "#1a1a1a", "#4a4a4a", "#5f6b76"
BLUE, PALE_BLUE, BAR, PALE = "#004f8a", "#e4eef7", "#7fb3dc", "#f0f1f3"
CARD_WIDTH, ENTRY_WIDTH = 248.0, 208.0
PAD, ROW, SIZE = 11.0, 17.0, 13.0
NARROW, WIDE = set("ijlt.,:;'|!()[]/ -–fr"), set("mwMW%@")


@dataclass(frozen=True)
class Drawn:
    """A box, and what stands in it, from its upper left corner on."""

    box: Box
    svg: str


def text_width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Return about how wide a text is [px], rather too wide: fonts differ between machines."""

    def em(letter: str) -> float:
        if letter in NARROW:
            return 0.38
        if letter in WIDE:
            return 0.92
        return 0.72 if letter.isupper() else 0.61

    return sum(map(em, text)) * size * (1.08 if bold else 1.0)


def wrapped(text: str, width: float, size: float = SIZE, bold: bool = False) -> list[str]:
    """Break a text into lines of a width; a word that is too long is broken too.

    Examples
    --------
    >>> wrapped("Ordinarie verksamhet", 90.0)
    ['Ordinarie', 'verksamhet']
    """
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}".strip()
        if text_width(joined, size, bold) <= width:
            lines[-1] = joined
            continue
        lines += [word] if lines[-1] else []
        lines[-1] = lines[-1] or word
        while text_width(lines[-1], size, bold) > width and len(lines[-1]) > 1:
            lines += _broken(lines.pop(), width, size, bold)
    return lines


def _broken(word: str, width: float, size: float, bold: bool) -> list[str]:
    """Break a word where the width ends."""
    end = len(word) - 1
    while end > 1 and text_width(word[:end] + "-", size, bold) > width:
        end -= 1
    return [f"{word[:end]}-", word[end:]]


# Boxes ----------------------------------------------------------------------------------------


def card_box(card: Card, _: Callable[[str], str]) -> Drawn:
    """Draw a step: a head with its label, then teams and stay, then the ways out."""
    inner = CARD_WIDTH - 2 * PAD
    parts: list[str] = []
    y = PAD + SIZE
    for line in wrapped(card.title, inner, 14.0, bold=True):
        parts.append(_text(PAD, y, line, INK, 'font-size="14" font-weight="700"'))
        y += 18.0
    head = y - SIZE + 5.0
    y += 9.0
    for text in (*card.teams, *([card.stay] if card.stay else ())):
        for line in wrapped(text, inner):
            parts.append(_text(PAD, y, line, SOFT))
            y += ROW
    if card.ways:
        rows, y = _ways(card.ways, y, inner, _("Leave from here:"))
        parts += rows
    height = y - ROW + 9.0 + (SIZE - 9.0)
    frame = (
        f'<rect width="{CARD_WIDTH:g}" height="{height:g}" rx="6" fill="#fff" stroke="{BLUE}" '
        'stroke-width="1.5"/>'
        f'<path d="M 0.75 {head:g} V 6 a 5.25 5.25 0 0 1 5.25 -5.25 H {CARD_WIDTH - 6:g} '
        f'a 5.25 5.25 0 0 1 5.25 5.25 V {head:g} Z" fill="{PALE_BLUE}"/>'
    )
    return Drawn(Box(CARD_WIDTH, height), frame + "".join(parts))


def _ways(ways: tuple[Way, ...], y: float, inner: float, title: str) -> tuple[list[str], float]:
    """Draw the ways out, each with its share and a bar as long as it."""
    rule = f'<path d="M {PAD:g} {y - 8:g} h {inner:g}" stroke="{LINE}" stroke-width="0.75"/>'
    y += 10.0
    parts = [rule, _text(PAD, y, title, SOFT, 'font-size="12"')]
    y += ROW + 1.0
    for way in ways:
        rows, y = _row(way, y, inner)
        parts += rows
        if way.part > 0:
            length = max(way.part * inner, 1.0)
            parts.append(
                f'<rect x="{PAD:g}" y="{y - 11:g}" width="{length:.1f}" height="3.5" fill="{BAR}"/>'
            )
        y += 8.0
    return parts, y


def _row(way: Way, y: float, inner: float) -> tuple[list[str], float]:
    """Write a label, wrapped, and at the right its share."""
    room = inner - text_width(way.share) - 12.0
    widest = max(map(text_width, way.label.split(" ")))
    if room < widest or room < inner * 0.4:  # then the share stands on a line of its own
        lines = wrapped(way.label, inner)
        parts = [_text(PAD, y + ROW * k, line, INK) for k, line in enumerate(lines)]
        below = y + ROW * len(lines)
        parts.append(_text(PAD + inner, below, way.share, SOFT, 'text-anchor="end"'))
        return parts, below + ROW
    lines = wrapped(way.label, room)
    parts = [_text(PAD, y + ROW * k, line, INK) for k, line in enumerate(lines)]
    parts.append(_text(PAD + inner, y, way.share, INK, 'text-anchor="end"'))
    return parts, y + ROW * len(lines)


def entry_box(entry: Entry, _: Callable[[str], str]) -> Drawn:
    """Draw those who are referred to a step."""
    inner = ENTRY_WIDTH - 2 * PAD
    y = PAD + 12.0
    parts = [_text(PAD, y, _("Referred:"), SOFT, 'font-size="12"')]
    y += ROW + 1.0
    for way in entry.sources:
        rows, y = _row(way, y, inner)
        parts += rows
        y += 4.0
    height = y - ROW + 8.0
    frame = (
        f'<rect width="{ENTRY_WIDTH:g}" height="{height:g}" rx="14" fill="{PALE}" '
        f'stroke="{LINE}" stroke-width="1" stroke-dasharray="4 3"/>'
    )
    return Drawn(Box(ENTRY_WIDTH, height, low=True), frame + "".join(parts))


def _text(x: float, y: float, text: str, colour: str, more: str = "") -> str:
    extra = f" {more}" if more else ""
    return f'<text x="{x:g}" y="{y:g}" fill="{colour}"{extra}>{escape(text)}</text>'
