"""The engines by name. Above this floor nobody knows which of them ran."""

from __future__ import annotations

from flowsim.engine.eventlog import EventLog
from flowsim.engine.plan import Plan
from flowsim.errors import SimulationError

ENGINES = ("kernel", "simpy")
DEFAULT_ENGINE = "kernel"


def simulate(
    plan: Plan, *, seed: int = 1, replication: int = 0, engine: str = DEFAULT_ENGINE
) -> EventLog:
    """Run one replication of a plan.

    Parameters
    ----------
    plan : what to simulate, from `flowsim.compile`
    seed : key of the draws, a whole number >= 0; scenarios run with one seed share their luck
    replication : number of the replication, from 0
    engine : "kernel" (compiled) or "simpy" (readable); their logs are equal to the last bit

    Raises
    ------
    SimulationError
        If the engine is unknown, the seed is no whole number >= 0, or an instant never ends.

    Examples
    --------
    >>> import flowsim
    >>> scenario = flowsim.load("scenarios/orebro.toml")
    >>> log = flowsim.simulate(flowsim.compile(scenario), seed=1, replication=0)
    >>> log.to_frame()["event"].head(3).tolist()
    ['filled_post', 'filled_post', 'filled_post']
    """
    if engine not in ENGINES:
        raise SimulationError(f'engine: found "{engine}"; allowed: {", ".join(ENGINES)}')
    for name, key in (("seed", seed), ("replication", replication)):
        if not 0 <= key < 2**63:
            raise SimulationError(f"{name}: found {key}; allowed: a whole number >= 0")
    if engine == "simpy":
        from flowsim.engine import simpy_model

        return simpy_model.simulate(plan, seed=seed, replication=replication)
    from flowsim.engine import compiled_model

    return compiled_model.simulate(plan, seed=seed, replication=replication)
