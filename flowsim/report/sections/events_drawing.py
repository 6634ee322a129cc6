"""A small figure of what happens to a participant, and what is counted between which events."""

from __future__ import annotations

from html import escape

from flowsim.report.document.blocks import Picture, Table
from flowsim.report.words import Words

__all__ = ["events_picture"]

WIDTH, HEIGHT, LINE = 640, 190, 48
PLACES = (50, 185, 320, 455, 590)
INK, BLUE = "#1a1a1a", "#005a9c"


def events_picture(paper: Words) -> Picture:
    """Draw referral, joined list, start, end and exit on a line, with the spans between them."""
    _ = paper._
    events = (_("referral"), _("joined the list"), _("start"), _("end of the stay"), _("exit"))
    spans = (
        (1, 2, _("wait")),
        (2, 3, _("time in the step")),
        (0, 2, _("from referral to the first start")),
        (0, 4, _("from referral to exit")),
    )
    title = _("The events of a participant")
    text = _(
        "A line from left to right with five events: referral, joined the list, start, end of "
        "the stay, exit. Brackets below show between which events each time is counted."
    )
    rows = tuple((name, events[first], events[last]) for first, last, name in spans)
    table = Table(_("Times and their events"), (_("Time"), _("From"), _("To")), rows, "lll")
    caption = _(
        "Whoever goes on to another step joins its list, and the middle of the line begins anew."
    )
    return Picture(drawing(events, spans, title, text), title, caption, text, table)


def drawing(
    events: tuple[str, ...], spans: tuple[tuple[int, int, str], ...], title: str, text: str
) -> str:
    """Return the drawing as an SVG element."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-labelledby="events-title events-text" '
        'font-size="13">',
        f'<title id="events-title">{escape(title)}</title>',
        f'<desc id="events-text">{escape(text)}</desc>',
        f'<path d="M {PLACES[0]} {LINE} H {PLACES[-1]}" stroke="{INK}" stroke-width="2"/>',
    ]
    for at, event in zip(PLACES, events, strict=True):
        parts.append(f'<circle cx="{at}" cy="{LINE}" r="6" fill="{INK}"/>')
        parts.append(_text(at, LINE - 18, event, INK, "600"))
    for level, (first, last, name) in enumerate(spans):
        down = LINE + 38 + 34 * max(level - 1, 0)
        parts += _bracket(PLACES[first], PLACES[last], down, name)
    return "".join([*parts, "</svg>"])


def _bracket(left: int, right: int, down: int, name: str) -> list[str]:
    path = f"M {left} {down - 10} V {down} H {right} V {down - 10}"
    return [
        f'<path d="{path}" fill="none" stroke="{BLUE}" stroke-width="1.5"/>',
        _text((left + right) / 2, down + 15, name, INK, "400"),
    ]


def _text(x: float, y: float, text: str, colour: str, weight: str) -> str:
    return (
        f'<text x="{x:g}" y="{y}" text-anchor="middle" fill="{colour}" '
        f'font-weight="{weight}">{escape(text)}</text>'
    )
