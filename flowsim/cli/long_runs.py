"""What is not begun unasked: work that is predicted to take longer than an hour here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowsim.language import _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flowsim.scenario.schema import Scenario


def refuse_long(
    scenarios: Iterable[Scenario],
    replications: int | None,
    force: bool,
    *,
    engine: str = "kernel",
    threads: int | None = None,
) -> None:
    """Refuse replications of some scenarios that together take long, unless that is meant.

    Parameters
    ----------
    scenarios : what is run, one after the other
    replications : of each; None: as each says
    force : that it is meant
    engine, threads : what runs them

    Raises
    ------
    ResultsError
        With the predicted time, and what makes it so long.
    """
    if force:
        return
    from flowsim.errors import ResultsError
    from flowsim.study import forecast as study

    told = study.together(
        study.forecast(scenario, replications, engine=engine, threads=threads)
        for scenario in scenarios
    )
    if told.seconds > study.A_LONG_TIME:
        raise ResultsError(
            _(
                "{told}, mostly because of {reason}; allowed: an hour, or with --force as long "
                "as it takes"
            ).format(told=told, reason=told.reason)
        )
