"""Figures of a run: what each shows is in a module of its own."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.report.figures import costs, curves, exits, places, queue, waits
from flowsim.report.figures.drawing import FORMATS, Drawing
from flowsim.report.figures.material import MOST_SIMULATED_AGAIN, Material
from flowsim.report.figures.style import styled
from flowsim.study.results import Results

__all__ = ["FORMATS", "MOST_SIMULATED_AGAIN", "NAMES", "Drawing", "draw"]

_MODULES = (queue, waits, curves, places, exits, costs)
NAMES = tuple(module.NAME for module in _MODULES)


def draw(
    results: Results,
    again: int = MOST_SIMULATED_AGAIN,
    has_captions: bool = True,
    only: str | None = None,
) -> Iterator[Drawing]:
    """Draw the figures of a run, in the order in which a board reads them.

    Parameters
    ----------
    results : of `flowsim.run`, or read from a folder
    again : how many replications are simulated once more, for the figures that show visits one by
        one (`waits` and `curves`); their captions say so
    has_captions : whether captions are drawn below figures; a page writes them as text of its own
    only : the name of one of them, see `NAMES`; None: all

    A figure that would be empty (of costs, where nothing has a cost) is left out.
    """
    material = Material(results, again, has_captions)
    for module in _MODULES:
        if only not in (None, module.NAME):
            continue
        with styled():
            drawing = module.draw(material)
        if drawing is not None:
            yield drawing
