"""A paper as one HTML page."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from flowsim.language import catalogue
from flowsim.report.document.blocks import Document

__all__ = ["html", "on_paper"]

MOST_ROWS_ON_PAPER = 12
HEAD_OF_SVG = re.compile(r"<svg(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")


def html(document: Document) -> str:
    """Write a paper as one page that needs nothing else: no network and no script.

    Texts are escaped; the same paper gives the same text.
    """
    template = environment(document.language).get_template("report.html")
    return template.render(document=document, most_rows=None)


def on_paper(document: Document) -> str:
    """Write a paper as the page that a PDF is made from.

    What opens on a screen stands open, unless it has more rows than anybody reads on paper; a
    drawing has its text where makers of PDF look for it.
    """
    template = environment(document.language).get_template("report.html")
    return template.render(document=document, most_rows=MOST_ROWS_ON_PAPER)


@lru_cache
def environment(language: str) -> Environment:
    """Return where templates come from, with the words of a language."""
    found = Environment(
        loader=PackageLoader("flowsim.report.document"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    found.filters["safe_svg"] = lambda svg: Markup(cast(str, svg))
    found.filters["titled_svg"] = titled
    found.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    return found


def titled(svg: str, text: str) -> Markup:
    """Return a drawing with a text as its title, which a screen would show under the pointer.

    Examples
    --------
    >>> print(titled('<svg aria-label="1 > 0"><g/></svg>', "a < b"))
    <svg aria-label="1 > 0"><title>a &lt; b</title><g/></svg>
    """
    title = f"<title>{escape(text)}</title>"
    return Markup(HEAD_OF_SVG.sub(lambda head: head[0] + title, svg, count=1))
