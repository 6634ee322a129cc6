"""A paper as a file for Word, to be pasted into the template of whoever decides."""

from __future__ import annotations

import io
from typing import assert_never

import docx as word_files
from docx.document import Document as Word
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Length
from docx.text.paragraph import Paragraph

from flowsim.language import catalogue
from flowsim.letters import in_xml
from flowsim.report.document.blocks import (
    Block,
    Bullets,
    Document,
    Facts,
    Heading,
    Picture,
    Prose,
    Table,
)
from flowsim.report.document.docx_tables import (
    TEXT_HEIGHT,
    TEXT_WIDTH,
    add_table,
    set_language,
    set_styles,
)
from flowsim.report.document.office_file import PIXELS_PER_INCH, ZOOM, png, same_bytes, shortened

__all__ = ["MOST_ROWS", "docx"]

MOST_ROWS = 12
"""Of a figure's numbers; longer tables stand in the workbook and the page."""
ROOM_FOR_TEXT = 6.0  # [cm] above and below the tallest figure
LONGEST_PROPERTY = 255  # letters of what the file says of itself; Word takes no more
WORD_PER_INCH = 72  # dots of a picture that does not say how fine it is


def docx(document: Document) -> bytes:
    """Write a paper as a file for Word; the same paper gives the same bytes."""
    word = word_files.Document()
    set_styles(word)
    set_language(word, document.language)
    set_properties(word, document)
    _ = catalogue(document.language).gettext
    word.add_paragraph(in_xml(document.title), "Title")
    word.add_paragraph(_("Simulation as a basis for decisions"), "Subtitle")
    for section in document.sections:
        word.add_paragraph(in_xml(section.title), "Heading 1")
        for block in section.blocks:
            add(word, block, document.language)
    made_by = _(
        "Made by flowsim %(version)s from the results %(hash)s. It makes no proposal for a "
        "decision."
    )
    word.add_paragraph(made_by % {"version": document.version, "hash": document.hash})
    number_pages(word, _("Page {page} of {n}"))
    file = io.BytesIO()
    word.save(file)
    return same_bytes(file.getvalue())


def set_properties(word: Word, document: Document) -> None:
    """Record what the file is; nobody is named as its author."""
    about = word.core_properties
    about.title = shortened(in_xml(document.title), LONGEST_PROPERTY)
    about.author = about.comments = about.last_modified_by = ""
    subject = f"flowsim {document.version}, {document.hash}"
    about.subject = shortened(subject, LONGEST_PROPERTY)
    thumbnails = [
        key for key, part in word.part.package.rels.items() if part.reltype.endswith("thumbnail")
    ]
    for key in thumbnails:
        del word.part.package.rels[key]  # python-docx's picture of an empty paper


def number_pages(word: Word, text: str) -> None:
    """Write the number of the page below each page."""
    paragraph = word.sections[0].footer.paragraphs[0]
    before, rest = text.split("{page}")
    between, after = rest.split("{n}")
    for words, field in ((before, "PAGE"), (between, "NUMPAGES"), (after, "")):
        paragraph.add_run(words)
        if field:
            counted = OxmlElement("w:fldSimple")
            counted.set(qn("w:instr"), field)
            paragraph._p.append(counted)
            shown = OxmlElement("w:r")
            counted.append(shown)
            number = OxmlElement("w:t")
            number.text = "1"
            shown.append(number)


def add(word: Word, block: Block, language: str) -> None:
    """Write a part of the paper."""
    match block:
        case Prose():
            word.add_paragraph(in_xml(block.text))
        case Heading():
            word.add_paragraph(in_xml(block.text), "Heading 2")
        case Bullets():
            for item in block.items:
                word.add_paragraph(in_xml(item), "List Bullet")
        case Facts():
            add_facts(word, block)
        case Table():
            add_table(word, block)
        case Picture():
            add_picture(word, block, language)
        case _:
            assert_never(block)


def add_facts(word: Word, facts: Facts) -> None:
    """Write names, each with its value."""
    for name, value in facts.pairs:
        paragraph = word.add_paragraph(style="List Bullet")
        paragraph.add_run(in_xml(f"{name}:"), "Strong")
        paragraph.add_run(in_xml(f" {value}"))


def add_picture(word: Word, picture: Picture, language: str) -> None:
    """Write a figure with its sentence, its caption and, if they are few, its numbers."""
    word.add_paragraph(in_xml(picture.title), "Heading 2")
    word.add_paragraph(in_xml(picture.text)).paragraph_format.keep_with_next = True
    place = word.add_paragraph()
    place.paragraph_format.keep_with_next = True
    draw(place, picture)
    word.add_paragraph(in_xml(picture.caption), "Caption")
    n = len(picture.table.rows)
    if n <= MOST_ROWS:
        add_table(word, picture.table)
        return
    text = catalogue(language).gettext(
        "The numbers in this figure ({n} rows) stand in the page (html) and in the workbook (xlsx) "
        "of the same results."
    )
    word.add_paragraph(text.format(n=n))


def draw(place: Paragraph, picture: Picture) -> None:
    """Put a figure in a paragraph, at most as wide and high as the page, and say what it shows."""
    drawn = place.add_run().add_picture(io.BytesIO(png(picture.svg)))
    drawn.width, drawn.height = fitted(drawn.width, drawn.height)
    described = drawn._inline.docPr
    described.set("title", in_xml(picture.title))
    described.set("descr", in_xml(picture.text))


def fitted(width: Length, height: Length) -> tuple[Length, Length]:
    """Return the size of a figure as it was drawn, or as much smaller as the page is.

    Examples
    --------
    >>> width, height = fitted(Emu(10_800_000), Emu(5_400_000))
    >>> round(width.cm, 2), round(height.cm, 2)
    (15.0, 7.5)
    """
    room = Cm(TEXT_WIDTH) / width, Cm(TEXT_HEIGHT - ROOM_FOR_TEXT) / height
    scale = min(WORD_PER_INCH / (PIXELS_PER_INCH * ZOOM), *room)
    return Emu(round(width * scale)), Emu(round(height * scale))
