"""A paper as one HTML page."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from flowsim.report.board.blocks import Section
from flowsim.report.board.paper import Paper
from flowsim.report.catalogues import catalogue
from flowsim.report.terminal import shown

__all__ = ["page"]


def page(paper: Paper, sections: tuple[Section, ...]) -> str:
    """Write sections as a page; every text of the scenario is escaped."""
    template = environment(paper.language).get_template("report.html")
    return template.render(
        language=paper.language,
        title=shown(paper.scenario.scenario.title),
        sections=sections,
        version=paper.versions.get("flowsim", ""),
        hash=paper.results.hash,
    )


@lru_cache
def environment(language: str) -> Environment:
    """Return where templates come from, with the words of a language."""
    found = Environment(
        loader=PackageLoader("flowsim.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    found.filters["safe_svg"] = lambda svg: Markup(cast(str, svg))
    found.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    return found
