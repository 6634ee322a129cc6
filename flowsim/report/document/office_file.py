"""What files for Word and Excel need alike: a language, drawings, the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from functools import cache
from pathlib import Path

__all__ = ["LANGUAGES", "PIXELS_PER_INCH", "ZOOM", "png", "same_bytes", "shortened", "units"]

LANGUAGES = {"sv": "sv-SE", "en": "en-GB"}
PROPERTIES = "docProps/core.xml"
DATES = re.compile(rb"<dcterms:(created|modified)\b[^>]*>[^<]*</dcterms:\1>")
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP file knows
ATTRIBUTES = 0o600 << 16


def same_bytes(file: bytes) -> bytes:
    """Return an Office file without the moment at which it was written.

    No date stands in its properties: the results tell when they were made, and a paper that is
    written again is the same paper.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.create_system, entry.external_attr = 3, ATTRIBUTES  # the same on every machine
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, DATES.sub(b"", part) if name == PROPERTIES else part)
    return out.getvalue()


# Limits of length -----------------------------------------------------------------------------


def units(text: str) -> int:
    """Return how long a text is for an Office program, which counts halves of some letters.

    Examples
    --------
    >>> units("Örebro"), units("✅"), units("😀")
    (6, 1, 2)
    """
    return len(text.encode("utf-16-le")) // 2


def shortened(text: str, most: int) -> str:
    """Cut a text after a word, where it is too long.

    Examples
    --------
    >>> shortened("How long is the wait?", 12), shortened("😀" * 4, 7)
    ('How long is…', '😀😀😀…')
    """
    if units(text) <= most:
        return text
    head = text.encode("utf-16-le")[: 2 * (most - 1)].decode("utf-16-le", "ignore")
    whole, _, _ = head.rpartition(" ") if text[len(head)] != " " else (head, "", "")
    return (whole or head).rstrip(" ,;-") + "…"


# Drawings -----------------------------------------------------------------------------------------


PIXELS_PER_INCH = 96.0  # of CSS, in which an SVG file gives its size
ZOOM = 1.5
"""Dots a side for one of the screen: on A4 some 160 an inch. At 2.0 it takes 1.7 times as long."""
FONT = "DejaVu Sans"
FAMILIES = re.compile('font-family="[^"]*"')
FILES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")


def png(svg: str) -> bytes:
    """Draw an SVG element on white, finer than a screen.

    Its letters are those that come with matplotlib, whatever the machine has: without a font
    resvg would leave texts out, and with the machine's the same run would not give the same bytes.
    """
    import resvg_py

    return resvg_py.svg_to_bytes(
        svg_string=FAMILIES.sub(f'font-family="{FONT}"', svg),  # of another it draws nothing
        background="#ffffff",
        dpi=PIXELS_PER_INCH,
        zoom=ZOOM,
        skip_system_fonts=True,
        font_files=font_files(),
        font_family=FONT,
        sans_serif_family=FONT,
    )


@cache
def font_files() -> list[str]:
    """Return the files of the letters, which come with matplotlib."""
    from matplotlib import get_data_path

    return [str(Path(get_data_path(), "fonts", "ttf", name)) for name in FILES]
