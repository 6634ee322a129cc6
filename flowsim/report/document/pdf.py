"""A paper as a tagged PDF: what the HTML page says, on A4, for those who read it aloud too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.report.document.blocks import Document
from flowsim.report.document.html import on_paper

if TYPE_CHECKING:
    from types import ModuleType

    from pydyf import PDF
    from pydyf import Dictionary as Element

__all__ = ["pdf"]

VARIANT = "pdf/ua-1"
"""PDF for everybody, ISO 14289-1: every text has a place in a tree of headings, tables, figures."""


def pdf(document: Document) -> bytes:
    """Write a paper as a tagged PDF with its fonts inside.

    Nothing is fetched, whatever the paper names; the same paper gives the same bytes with the
    same WeasyPrint and fonts, as no date is written.

    Raises
    ------
    ResultsError
        If WeasyPrint, or a library of the system that it needs, is missing.
    """
    weasyprint = writer()
    from weasyprint.urls import URLFetcher

    only_what_is_inside = URLFetcher(allowed_protocols=("data",))
    page = weasyprint.HTML(string=on_paper(document), url_fetcher=only_what_is_inside)
    return bytes(page.write_pdf(pdf_variant=VARIANT, finisher=lambda _, file: mend(file)))


def writer() -> ModuleType:
    """Return WeasyPrint, which is loaded for a PDF only.

    Raises
    ------
    ResultsError
        If it, or a library of the system that it needs, is missing.
    """
    try:
        import weasyprint
    except ImportError:
        raise ResultsError(
            _("a PDF needs WeasyPrint, which is not installed: pip install 'flowsim[pdf]'")
        ) from None
    except OSError as error:  # how it says that Pango cannot be loaded
        missing = str(error).partition(":")[0]
        raise ResultsError(
            _(
                "a PDF needs Pango, which WeasyPrint did not find ({missing}): install it "
                "(Debian and Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 "
                "libharfbuzz-subset0; others: https://doc.courtbouillon.org/weasyprint/)"
            ).format(missing=missing)
        ) from None
    found: ModuleType = weasyprint
    return found


# The tree of tags -----------------------------------------------------------------------------
# WeasyPrint writes heads of tables without the direction that they are for, and a list of names
# with values as a list whose parts are no list items; ISO 32000-1 (14.8.4 and 14.8.5.7) asks for
# both.


def mend(file: PDF) -> None:
    """Put right the tree of a PDF that is about to be written. Modified in place."""
    elements = elements_of(file)
    for element in elements.values():
        if element["S"] == "/TH":
            say_direction(element)
        elif element["S"] == "/TD":
            element["A"].pop("Headers", None)
        elif element["S"] == "/L":
            for group in kids(element, elements):
                if group["S"] == "/Div":
                    as_list_item(group, elements)


def elements_of(file: PDF) -> dict[int, Element]:
    """Return the parts of the tree by the number that others name them by."""
    from pydyf import Dictionary

    objects = [one for one in file.objects if isinstance(one, Dictionary)]
    return {one.number: one for one in objects if one.get("Type") == "/StructElem"}


def say_direction(head: Element) -> None:
    """Mark whether a table's head is for its column or its row.

    WeasyPrint names it by table, row and column, and its cells by these names, but leaves out the
    index of names that a reader would find them with; a direction needs none.
    """
    _, row, _ = head.pop("ID").string.split("-")
    head["A"]["Scope"] = "/Column" if row == "0" else "/Row"


def as_list_item(group: Element, elements: dict[int, Element]) -> None:
    """Make a name with its value a list item: what it is called, and its body."""
    group["S"] = "/LI"
    name, value = kids(group, elements)
    for part, tag in ((name, "/Lbl"), (value, "/LBody")):
        part["S"] = tag
        for inner in kids(part, elements):
            if inner["S"] == "/LBody":
                inner["S"] = "/Span"


def kids(element: Element, elements: dict[int, Element]) -> Iterator[Element]:
    """Return the elements below one, without what is not an element: texts, places of links."""
    for kid in element["K"]:
        if isinstance(kid, bytes) and (number := int(kid.split()[0])) in elements:
            yield elements[number]
