"""What figures are drawn from: the figures of a run, and visits simulated once more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flowsim.analysis.survival import Followed, joined_within
from flowsim.analysis.visits import Reconstruction, reconstruct
from flowsim.engine import kernel as compiled
from flowsim.engine.engines import simulate
from flowsim.letters import shown
from flowsim.report.document.wording import Wording
from flowsim.study.results import Results

Floats = NDArray[np.float64]
WEEK = 7.0
MOST_SIMULATED_AGAIN = 100
MISSING = float("nan")
MOST_NAMED = 3  # steps in the sentences of a figure; of the others their number is said


class Figure(NamedTuple):
    """A KPI over replications: mean, 95 % interval of the mean, 95 % interval of one more run."""

    mean: float
    lower: float
    upper: float
    low: float
    high: float


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


class Material:
    """What figures are drawn from.

    Parameters
    ----------
    results : of a run
    again : how many of its replications may be simulated once more, for visits one by one
    has_captions : whether captions are drawn below figures
    """

    def __init__(
        self, results: Results, again: int = MOST_SIMULATED_AGAIN, has_captions: bool = True
    ) -> None:
        self.results = results
        self.has_captions = has_captions
        self.plan = results.plan
        self.scenario = results.scenario
        self.language = self.scenario.scenario.language
        self.wording = Wording(self.scenario, self.language)
        self._ = self.wording._
        self.n_again = min(again, results.replications)

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """Every figure of the whole run and everybody."""
        columns = ["mean", "lower", "upper", "prediction_lower", "prediction_upper"]
        table = self.results.summary()
        values = table[columns].to_numpy(dtype=float)
        return {
            str(kpi): Figure(*row.tolist()) for kpi, row in zip(table["kpi"], values, strict=True)
        }

    @cached_property
    def months(self) -> tuple[str, ...]:
        """The months of the run, such as 2019-03."""
        return tuple(period.name for period in self.results.month_table.periods[1:])

    @cached_property
    def _monthly(self) -> Floats:
        return self.results.series_values

    def monthly(self, kpi: str) -> Floats:
        """Return a monthly figure (n_replications, n_months)."""
        values: Floats = self._monthly[:, 1:, 0, self.results.month_table.position[kpi]]
        return values

    @property
    def waited_for(self) -> list[str]:
        """Names of the steps for which anybody waited, in any replication."""
        return [
            step.name
            for step in self.plan.steps
            if self.figures[f"{step.name}.waiting.mean"].mean > 0.0
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

    # Words ------------------------------------------------------------------------------------

    def label(self, name: str, section: str = "") -> str:
        """Return the label of a part of the scenario, on one line, beginning with a capital."""
        return self.wording.label(name, section)

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number as the language does."""
        return self.wording.number(value, decimals)

    def percent(self, share: float) -> str:
        """Write a share as a percentage."""
        return self.wording.percent(share)

    @property
    def bands_how(self) -> str:
        """How bands over replications are to be read."""
        return self._(
            "The solid line is the median over replications; half of them lie in the dark band, "
            "nine of ten in the pale one."
        )

    def caption(self, how: str, n_replications: int | None = None) -> str:
        """Return how a figure is to be read, and what it comes from."""
        n = self.results.replications if n_replications is None else n_replications
        of_all = self._("{how} {title}. {n} replications, seed\u00a0{seed}.")
        of_some = self._("{how} {title}. The first {n} of {all} replications, seed\u00a0{seed}.")
        return (of_all if n == self.results.replications else of_some).format(
            how=how,
            title=shown(self.scenario.scenario.title),
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
