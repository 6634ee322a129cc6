"""The engines by name. Above this floor nobody knows which of them ran."""

from __future__ import annotations

from typing import Any

from flowsim.engine.eventlog import EventLog
from flowsim.engine.plan import Plan
from flowsim.errors import SimulationError
from flowsim.language import _

ENGINES = ("kernel", "simpy")
DEFAULT_ENGINE = "kernel"


def simulate(
    plan: Plan,
    *,
    seed: int = 1,
    replication: int = 0,
    engine: str = DEFAULT_ENGINE,
    keep: bool = True,
) -> EventLog:
    """Run one replication of a plan.

    Parameters
    ----------
    plan : what to simulate, from `flowsim.compile`
    seed : key of the draws, a whole number >= 0; scenarios run with one seed share their luck
    replication : number of the replication, from 0
    engine : "kernel" (compiled) or "simpy" (readable); their logs are equal to the last bit
    keep : False where the log is of no use after the next call in this thread, which may
        write into the same memory

    Raises
    ------
    SimulationError
        If the engine is unknown, the seed is no whole number >= 0, an instant never ends, or a
        replication gets too long or too large.

    Examples
    --------
    >>> import flowsim
    >>> scenario = flowsim.load("scenarios/orebro.toml")
    >>> log = flowsim.simulate(flowsim.compile(scenario), seed=1, replication=0)
    >>> log.to_frame()["event"].head(3).tolist()
    ['filled_post', 'filled_post', 'filled_post']
    """
    if engine not in ENGINES:
        raise SimulationError(
            _('engine: found "{engine}"; allowed: {engines}').format(
                engine=engine, engines=", ".join(ENGINES)
            )
        )
    for name, key in (("seed", seed), ("replication", replication)):
        whole_number(name, key, 0, 2**63 - 1)
    if engine == "simpy":
        from flowsim.engine import simpy_model

        return simpy_model.simulate(plan, seed=seed, replication=replication)
    from flowsim.engine import compiled_model

    return compiled_model.simulate(plan, seed=seed, replication=replication, keep=keep)


def whole_number(name: str, found: Any, low: int, high: int) -> int:
    """Return a whole number within limits.

    Raises
    ------
    SimulationError
        If it is none.

    Examples
    --------
    >>> whole_number("seed", -1, 0, 100)
    Traceback (most recent call last):
    ...
    flowsim.errors.SimulationError: seed: found -1; allowed: a whole number from 0 to 100
    """
    whole = hasattr(found, "__index__") and not isinstance(found, bool)
    if not whole or not low <= int(found) <= high:
        raise SimulationError(
            _("{name}: found {found}; allowed: a whole number from {low} to {high}").format(
                name=name, found=found, low=low, high=high
            )
        )
    return int(found)
