"""flowsim: discrete-event simulation of coordinated rehabilitation.

>>> import flowsim
>>> scenario = flowsim.load("scenarios/orebro.toml", set={"run.replications": 20})
>>> results = flowsim.run(scenario)
>>> table = results.summary()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from flowsim.errors import (
    Fault,
    FlowsimError,
    ResultsError,
    ScenarioError,
    SimulationError,
    UnstableQueueError,
)

if TYPE_CHECKING:
    from flowsim.engine.compiling import compile_plan as compile  # noqa: A004
    from flowsim.engine.engines import simulate
    from flowsim.engine.eventlog import EventLog
    from flowsim.engine.plan import Plan
    from flowsim.scenario.loading import load, loads
    from flowsim.scenario.schema import Scenario
    from flowsim.study.comparison.comparing import compare
    from flowsim.study.comparison.results import Comparison
    from flowsim.study.experiment.loading import load_experiment
    from flowsim.study.experiment.running import run_experiment
    from flowsim.study.reading import read as read_results
    from flowsim.study.replications import extend, run
    from flowsim.study.results import Results

__all__ = [
    "Comparison",
    "EventLog",
    "Fault",
    "FlowsimError",
    "Plan",
    "Results",
    "ResultsError",
    "Scenario",
    "ScenarioError",
    "SimulationError",
    "UnstableQueueError",
    "compare",
    "compile",
    "extend",
    "load",
    "load_experiment",
    "loads",
    "read_results",
    "run",
    "run_experiment",
    "simulate",
]

# Imported when first asked for, so that `import flowsim` stays light.
_HOMES = {
    "Comparison": ("flowsim.study.comparison.results", "Comparison"),
    "EventLog": ("flowsim.engine.eventlog", "EventLog"),
    "Plan": ("flowsim.engine.plan", "Plan"),
    "Results": ("flowsim.study.results", "Results"),
    "Scenario": ("flowsim.scenario.schema", "Scenario"),
    "compare": ("flowsim.study.comparison.comparing", "compare"),
    "compile": ("flowsim.engine.compiling", "compile_plan"),
    "extend": ("flowsim.study.replications", "extend"),
    "load": ("flowsim.scenario.loading", "load"),
    "load_experiment": ("flowsim.study.experiment.loading", "load_experiment"),
    "loads": ("flowsim.scenario.loading", "loads"),
    "read_results": ("flowsim.study.reading", "read"),
    "run": ("flowsim.study.replications", "run"),
    "run_experiment": ("flowsim.study.experiment.running", "run_experiment"),
    "simulate": ("flowsim.engine.engines", "simulate"),
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("flowsim")
    if name not in _HOMES:
        raise AttributeError(f"module 'flowsim' has no attribute {name!r}")
    module, member = _HOMES[name]
    return getattr(import_module(module), member)


def __dir__() -> list[str]:
    return __all__
