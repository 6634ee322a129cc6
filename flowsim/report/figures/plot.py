"""The charts of a result, by name: `results.plot.waits()`."""

from __future__ import annotations

from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.report.figures import draw
from flowsim.report.figures.drawing import Drawing
from flowsim.study.results import Results

__all__ = ["Plot"]


class Plot:
    """Charts of a run; each has `save`, `svg`, `png`, a sentence `text` and the numbers `table`.

    Parameters
    ----------
    results : of the run

    Examples
    --------
    >>> import flowsim
    >>> results = flowsim.run(flowsim.load("scenarios/orebro.toml"), replications=5)
    >>> results.plot.queue().table.columns[0]
    'step'
    """

    def __init__(self, results: Results) -> None:
        self.results = results

    def queue(self) -> Drawing:
        """Return how many wait for each step, month by month."""
        return self._named("queue")

    def waits(self) -> Drawing:
        """Return how long those waited who started, as distributions."""
        return self._named("waits")

    def curves(self) -> Drawing:
        """Return the share who have started, by the time since they joined."""
        return self._named("curves")

    def places(self) -> Drawing:
        """Return how many places there are and how many are taken, month by month."""
        return self._named("places")

    def exits(self) -> Drawing:
        """Return how participants leave."""
        return self._named("exits")

    def costs(self) -> Drawing:
        """Return what the association costs, year by year."""
        return self._named("costs")

    def _named(self, name: str) -> Drawing:
        for drawing in draw(self.results, only=name):
            return drawing
        raise ResultsError(_("plot.{name}: there is nothing to draw in this run").format(name=name))
