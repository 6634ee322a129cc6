"""A drawing of lines and letters as one of dots, for files that take nothing else."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

__all__ = ["PIXELS_PER_INCH", "ZOOM", "png"]

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
