"""What figures are drawn from: the figures of a run, and visits simulated once more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from flowsim.analysis.survival import Followed, joined_within
from flowsim.analysis.visits import Reconstruction, reconstruct
from flowsim.engine import kernel as compiled
from flowsim.engine.engines import simulate
from flowsim.report.run_paper.paper import RunPaper
from flowsim.report.words import WEEK
from flowsim.study.results import Results

__all__ = [
    "LEAST",
    "MOST_NAMED",
    "MOST_SIMULATED_AGAIN",
    "WEEK",
    "Floats",
    "Material",
    "StepVisits",
]

Floats = NDArray[np.float64]
MOST_SIMULATED_AGAIN = 100
LEAST = 0.5  # people waiting, on average: below, a list is none that anybody would notice
MOST_NAMED = 3  # steps in the sentences of a figure; of the others their number is said


@dataclass(frozen=True, eq=False, slots=True)
class StepVisits:
    """Visits to a step, of several replications.

    Parameters
    ----------
    waits : of those who started, of all replications together [days]
    followed : who joined within the run, for each replication
    """

    waits: Floats
    followed: tuple[Followed, ...]

    @property
    def pooled(self) -> Followed:
        """Those of all replications together."""
        return Followed(
            np.concatenate([one.time for one in self.followed]),
            np.concatenate([one.cause for one in self.followed]),
        )


class Material(RunPaper):
    """What figures are drawn from, and the words for it.

    Parameters
    ----------
    results : of a run
    again : how many of its replications may be simulated once more, for visits one by one
    has_captions : whether captions are drawn below figures
    """

    def __init__(
        self, results: Results, again: int = MOST_SIMULATED_AGAIN, has_captions: bool = True
    ) -> None:
        super().__init__(results)
        self.has_captions = has_captions
        self.n_again = min(again, results.replications)

    @cached_property
    def all_months(self) -> tuple[str, ...]:
        """The months of the run, such as 2019-03."""
        return tuple(period.name for period in self.results.month_table.periods[1:])

    @cached_property
    def waited_for(self) -> list[str]:
        """Names of the steps with a list that anybody would notice in some month."""
        return [
            step.name
            for step in self.plan.steps
            if self.monthly(f"{step.name}.waiting.mean").mean(axis=0).max() >= LEAST
        ]

    @property
    def hardly_waited_for(self) -> list[str]:
        """Names of the other steps that anybody started: a sentence says enough of them."""
        return [
            step.name
            for step in self.plan.steps
            if step.name not in self.waited_for and self.figure(f"{step.name}.started").mean > 0
        ]

    @cached_property
    def visits(self) -> dict[str, StepVisits]:
        """Visits to each step that is waited for, in the first `n_again` replications."""
        found: list[Reconstruction] = []
        for replication in range(self.n_again):
            log = simulate(self.plan, seed=self.results.seed, replication=replication)
            found.append(reconstruct(log))
        position = {step.name: s for s, step in enumerate(self.plan.steps)}
        return {name: self._visits_to(position[name], found) for name in self.waited_for}

    def _visits_to(self, step: int, found: list[Reconstruction]) -> StepVisits:
        window = self.plan.report_from, float(self.plan.end)
        return StepVisits(
            np.concatenate([_waits(one, step, *window) for one in found]),
            tuple(joined_within(one, step, *window) for one in found),
        )

    # Words ----------------------------------------------------------------------------------

    @property
    def bands_how(self) -> str:
        """How bands over replications are to be read."""
        return self._(
            "The solid line is the mean over the courses of events; half of them lie in the dark "
            "band, nine of ten in the pale one."
        )

    def caption(self, how: str, n_replications: int | None = None) -> str:
        """Return how a figure is to be read, and what it comes from."""
        n = self.results.replications if n_replications is None else n_replications
        of_all = self._("{how} {title}. {n} courses of events, seed\u00a0{seed}.")
        of_some = self._(
            "{how} {title}. The first {n} of {all} courses of events, seed\u00a0{seed}."
        )
        return (of_all if n == self.results.replications else of_some).format(
            how=how,
            title=self.title,
            n=self.number(n),
            all=self.number(self.results.replications),
            seed=self.results.seed,
        )

    def drawn(self, caption: str) -> str:
        """Return what of a caption is to be drawn: all of it, or nothing."""
        return caption if self.has_captions else ""


def _waits(found: Reconstruction, step: int, start: float, end: float) -> Floats:
    """Waits of those who started a step within a window [days]."""
    at, visit = found.at[: found.n_visits], found.visit[: found.n_visits]
    started_at = at[:, compiled.STARTED_AT]
    waits: Floats = (started_at - at[:, compiled.JOINED_AT])[
        (visit[:, compiled.VISIT_STEP] == step) & (started_at >= start) & (started_at < end)
    ]
    return waits[~np.isnan(waits)]
