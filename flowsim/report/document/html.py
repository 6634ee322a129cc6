"""A paper as one HTML page."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from flowsim.report.catalogues import catalogue
from flowsim.report.document.blocks import Document

__all__ = ["html"]


def html(document: Document) -> str:
    """Write a paper as one page that needs nothing else: no network and no script.

    Texts are escaped; the same paper gives the same text.
    """
    template = environment(document.language).get_template("report.html")
    return template.render(document=document)


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
    found.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    return found
