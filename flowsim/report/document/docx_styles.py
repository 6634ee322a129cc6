"""What a paper for Word looks like: built-in styles, in a language, on A4.

A board pastes the paper into its own template, whose styles of the same names then take over. So
nothing is formatted but by a style, and only by those that every Word has.
"""

from __future__ import annotations

from docx.document import Document as Word
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from flowsim.report.document.office_file import LANGUAGES

__all__ = ["CELL", "NOTE", "TABLE", "TEXT_HEIGHT", "TEXT_WIDTH", "set_language", "set_styles"]

TABLE, CELL, NOTE = "Light Shading", "No Spacing", "Body Text 3"
MARGIN = 2.5  # [cm]
TEXT_WIDTH, TEXT_HEIGHT = 21.0 - 2 * MARGIN, 29.7 - 2 * MARGIN  # [cm] of A4
INK, BLUE = RGBColor(0x1A, 0x1A, 0x1A), RGBColor(0x1F, 0x3A, 0x5F)
COLOURS = {
    "Title": INK,
    "Subtitle": INK,
    "Heading 1": BLUE,
    "Heading 2": BLUE,
    "Heading 3": BLUE,
    "Caption": INK,
}
"""As Word's own colours of these are too pale to be read by everybody (WCAG 2.1, 1.4.3)."""
SIZES = {"Title": 24.0, "Heading 1": 16.0, CELL: 9.0, NOTE: 9.0, "Caption": 9.5}
KEPT = ("Normal Table", TABLE)
LINES = '<w:insideH {ns} w:val="single" w:sz="4" w:space="0" w:color="BFBFBF"/>'  # between rows


def set_styles(word: Word) -> None:
    """Set the page and the looks of the styles that a paper uses."""
    drop_other_tables(word)
    page = word.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(MARGIN)
    for name, colour in COLOURS.items():
        style_of(word, name).font.color.rgb = colour
    for name, size in SIZES.items():
        style_of(word, name).font.size = Pt(size)
    style_of(word, "Normal").paragraph_format.space_after = Pt(6)
    style_of(word, "Caption").font.bold, style_of(word, "Caption").font.italic = False, True
    style_of(word, "Caption").paragraph_format.space_before = Pt(10)
    style_of(word, "Caption").paragraph_format.space_after = Pt(4)
    style_of(word, NOTE).paragraph_format.space_before = Pt(4)
    for borders in word.styles[TABLE].element.xpath("./w:tblPr/w:tblBorders"):
        borders.append(parse_xml(LINES.format(ns=nsdecls("w"))))


def drop_other_tables(word: Word) -> None:
    """Take out the hundred looks of tables that python-docx brings along; no other is used."""
    for style in list(word.styles):
        if style.type == WD_STYLE_TYPE.TABLE and style.name not in KEPT:
            style.delete()


def style_of(word: Word, name: str) -> ParagraphStyle:
    """Return a style of paragraphs."""
    style = word.styles.get_by_id(word.styles[name].style_id, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(style, ParagraphStyle)
    return style


def set_language(word: Word, language: str) -> None:
    """Say in which language all texts are, so that they are read aloud and checked in it."""
    code = LANGUAGES[language]
    for mark in word.styles.element.iter(qn("w:lang")):
        mark.set(qn("w:val"), code)
    for mark in word.settings.element.iter(qn("w:themeFontLang")):
        mark.set(qn("w:val"), code)
    word.core_properties.language = code
