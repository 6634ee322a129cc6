"""The forms that a paper can be written down in; each loads what it needs only when it is used."""

from __future__ import annotations

from collections.abc import Callable

from flowsim.report.document.blocks import Document

__all__ = ["FORMS"]


def as_html(document: Document) -> bytes:
    """Write a paper as one page."""
    from flowsim.report.document.html import html

    return html(document).encode()


def as_docx(document: Document) -> bytes:
    """Write a paper as a file for Word."""
    from flowsim.report.document.docx import docx

    return docx(document)


def as_pdf(document: Document) -> bytes:
    """Write a paper as a tagged PDF."""
    from flowsim.report.document.pdf import pdf

    return pdf(document)


FORMS: dict[str, Callable[[Document], bytes]] = {
    "html": as_html,
    "docx": as_docx,
    "pdf": as_pdf,
}
"""What writes a paper down, by the ending of the file."""
