"""What a vacancy did to the waiting lists of its team, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import numpy as np
from numpy.typing import NDArray

from flowsim.report.run_paper.paper import RunPaper
from flowsim.scenario.workload import loads_of

__all__ = ["recovery"]

MOST = 0.9  # of the courses of events


def recovery(paper: RunPaper) -> Iterator[str]:
    """Tell how long each list with a vacancy takes to be as short as before, and the load."""
    for step in paper.scenario.steps:
        kpi = f"{step}.recovery"
        if kpi in paper.results.table.position:
            times = paper.results.values[:, 0, 0, paper.results.table.position[kpi]]
            known = times[~np.isnan(times)]
            yield recovered(step, known, paper) if len(known) else untold(step, paper)


def untold(step: str, paper: RunPaper) -> str:
    """Say why it is not known how long a list takes to recover."""
    text = paper._(
        "{step}: whether the list recovers from the vacancy is not told, as fewer than 90 days of "
        "the run lie before it, or the run ends first."
    )
    return text.format(step=paper.label(step, "steps"))


def recovered(step: str, times: NDArray[np.float64], paper: RunPaper) -> str:
    """Say within which time a list is as short as before its last vacancy, and how often it is not.

    Parameters
    ----------
    times : of each course of events [days]; infinite where it is not before the run ends
    """
    half, most = np.quantile(times, [0.5, MOST], method="inverted_cdf")
    never = float(np.isinf(times).mean())
    _ = paper._
    if most == 0:
        text = _(
            "{step}: in nine of ten of the simulated courses of events the list is no longer than "
            "before the vacancy already when it ends ({load})."
        )
    elif half == inf:
        text = _(
            "{step}: in {never} of the simulated courses of events the list is not as short again "
            "as before the vacancy until the run ends ({load})."
        )
    elif most == inf:
        text = _(
            "{step}: in half of the simulated courses of events the list is as short again as "
            "before the vacancy within {half} after its end; in {never} it is not until the run "
            "ends ({load})."
        )
    else:
        text = _(
            "{step}: in half of the simulated courses of events the list is as short again as "
            "before the vacancy within {half} after its end, in nine of ten within {most} ({load})."
        )
    return text.format(
        step=paper.label(step, "steps"),
        never=paper.percent(never),
        half=span(float(half), paper),
        most=span(float(most), paper),
        load=load_words(step, paper),
    )


def span(days: float, paper: RunPaper) -> str:
    """Write a time; nought without a decimal."""
    if days == 0:
        return paper._("0 days")
    return str(paper.value("wait", days, "days")) if days < inf else ""


def load_words(step: str, paper: RunPaper) -> str:
    """Name the load of the teams of a step, as a list that grows anyway does not recover."""
    teams = paper.scenario.steps[step].team
    shares = [load.share for load in loads_of(paper.scenario) if load.team in teams]
    return paper._("load {share}").format(share=paper.percent(max(shares, default=0.0)))
