"""The page: native sliders, texts worked out before, and a script that only looks them up."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from flowsim.language import catalogue
from flowsim.report.comparison_paper import answer as of_comparison
from flowsim.report.comparison_paper.document import load_table
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.document.blocks import Block, Bullets, Prose, Table
from flowsim.report.document.html import environment as of_reports
from flowsim.report.document.html import titled
from flowsim.report.documents import document_of
from flowsim.report.run_paper import answer as of_run
from flowsim.report.run_paper.paper import RunPaper
from flowsim.report.sections import drivers
from flowsim.study.comparison.results import Comparison
from flowsim.study.results import Results
from flowsim.whatif.grid import Grid

__all__ = ["Texts", "page"]

KEPT = ("flow", "limits", "assumptions", "definitions")
"""Sections of the scenario's own report that stand below."""


class Texts:
    """What the page says at each place, each text kept once.

    Examples
    --------
    >>> texts = Texts()
    >>> texts.add([Prose("a"), Prose("b"), Prose("a")])
    >>> texts.strings, texts.places
    (['a', 'b'], [[0, 1, 0]])
    """

    def __init__(self) -> None:
        self.strings: list[str] = []
        self.places: list[list[Any]] = []
        self._known: dict[str, int] = {}

    def add(self, blocks: Iterable[Block]) -> None:
        """Add what is said at one more place."""
        self.places.append([one for block in blocks for one in self._kept(block)])

    def _number(self, text: str) -> int:
        if text not in self._known:
            self._known[text] = len(self.strings)
            self.strings.append(text)
        return self._known[text]

    def _kept(self, block: Block) -> list[Any]:
        if isinstance(block, Prose):
            return [self._number(block.text)]
        if isinstance(block, Bullets):
            return [self._number(text) for text in block.items]
        if isinstance(block, Table):
            heads = [self._number(head) for head in block.heads]
            rows = [[self._number(str(cell)) for cell in row] for row in block.rows]
            return [
                {"c": self._number(block.caption), "h": heads, "r": rows, "a": block.align}
                | ({"n": self._number(block.note)} if block.note else {})
            ]
        return []


def blocks_of(result: Results | Comparison, language: str) -> list[Block]:
    """Return what the page says of a result: the answer of its report, and the loads."""
    if isinstance(result, Results):
        paper = RunPaper(result, language)
        return [*of_run.section(paper).blocks, drivers.load_table(paper)]
    compared = ComparisonPaper(result, language)
    return [*of_comparison.section(compared).blocks, load_table(compared)]


def page(grid: Grid, base: Results, texts: Texts, language: str) -> str:
    """Write the page.

    Parameters
    ----------
    grid : what can be moved
    base : the scenario as it is written
    texts : at place 0 what is said of it, then of each option
    language : `sv` or `en`
    """
    script = files("flowsim.whatif").joinpath("templates/whatif.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    data = json.dumps(
        {
            "strings": texts.strings,
            "places": texts.places,
            "sizes": [len(one.values) for one in grid.levers],
            "start": [one.start for one in grid.levers],
            "hasOwn": all(one.has_own for one in grid.levers),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
    document = document_of(base, language=language)
    return (
        environment(language)
        .get_template("whatif.html")
        .render(
            language=language,
            title=document.title,
            levers=grid.levers,
            data=data.replace("<", "\\u003c"),
            script=script,
            digest=digest,
            first=blocks_of(base, language),
            sections=[one for one in document.sections if one.name in KEPT],
            replications=base.replications,
            hash=document.hash,
            most_rows=None,
        )
    )


@lru_cache
def environment(language: str) -> Environment:
    """Return where the page's template comes from; those of reports are below it."""
    reports = of_reports(language)
    assert reports.loader is not None
    found = Environment(
        loader=ChoiceLoader([PackageLoader("flowsim.whatif"), reports.loader]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    found.filters["safe_svg"] = lambda svg: Markup(str(svg))
    found.filters["titled_svg"] = titled
    found.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    return found
