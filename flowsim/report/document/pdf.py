"""A paper as a tagged PDF: what the HTML page says, on A4, for those who read it aloud too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowsim.errors import ResultsError
from flowsim.report.document.blocks import Document
from flowsim.report.document.html import on_paper
from flowsim.report.document.pdf_tags import mend

if TYPE_CHECKING:
    from types import ModuleType

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
            "a PDF needs WeasyPrint, which is not installed: pip install 'flowsim[pdf]'"
        ) from None
    except OSError as error:  # how it says that Pango cannot be loaded
        missing = str(error).partition(":")[0]
        raise ResultsError(
            f"a PDF needs Pango, which WeasyPrint did not find ({missing}): install it "
            "(Debian and Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 "
            "libharfbuzz-subset0; others: https://doc.courtbouillon.org/weasyprint/)"
        ) from None
    found: ModuleType = weasyprint
    return found
