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
from flowsim.study import charts

if TYPE_CHECKING:
    from flowsim.analysis.survival import aalen_johansen, kaplan_meier
    from flowsim.engine.compiling import compile_plan as compile  # noqa: A004
    from flowsim.engine.engines import simulate
    from flowsim.engine.eventlog import EventLog
    from flowsim.engine.plan import Plan
    from flowsim.listing.importing import Imported, import_list
    from flowsim.report.document.writers import WRITERS
    from flowsim.report.documents import document_of
    from flowsim.report.experiment_paper.tornado import tornado
    from flowsim.report.figures import draw
    from flowsim.scenario.loading import load, loads
    from flowsim.scenario.schema import Scenario
    from flowsim.study.comparison.comparing import compare
    from flowsim.study.comparison.results import Comparison
    from flowsim.study.executors import Pool
    from flowsim.study.experiment.indices import indices_of
    from flowsim.study.experiment.loading import Experiment, load_experiment, loads_experiment
    from flowsim.study.experiment.results import ExperimentResults
    from flowsim.study.experiment.running import run_experiment
    from flowsim.study.opening import read
    from flowsim.study.reading import read as read_results
    from flowsim.study.replications import extend, run
    from flowsim.study.results import Results
    from flowsim.study.search.finding import find
    from flowsim.study.search.found import Finding
    from flowsim.study.verifying.verification import Verification
    from flowsim.study.verifying.verify import verify
    from flowsim.study.warmup import WarmUp, examine

__all__ = [
    "WRITERS",
    "Comparison",
    "EventLog",
    "Experiment",
    "ExperimentResults",
    "Fault",
    "Finding",
    "FlowsimError",
    "Imported",
    "Plan",
    "Pool",
    "Results",
    "ResultsError",
    "Scenario",
    "ScenarioError",
    "SimulationError",
    "UnstableQueueError",
    "Verification",
    "WarmUp",
    "aalen_johansen",
    "compare",
    "compile",
    "document_of",
    "draw",
    "examine",
    "extend",
    "find",
    "import_list",
    "indices_of",
    "kaplan_meier",
    "load",
    "load_experiment",
    "loads",
    "loads_experiment",
    "read",
    "read_results",
    "run",
    "run_experiment",
    "simulate",
    "tornado",
    "verify",
]

# Imported when first asked for, so that `import flowsim` stays light.
_HOMES = {
    "Comparison": ("flowsim.study.comparison.results", "Comparison"),
    "EventLog": ("flowsim.engine.eventlog", "EventLog"),
    "Experiment": ("flowsim.study.experiment.loading", "Experiment"),
    "ExperimentResults": ("flowsim.study.experiment.results", "ExperimentResults"),
    "Finding": ("flowsim.study.search.found", "Finding"),
    "Imported": ("flowsim.listing.importing", "Imported"),
    "Plan": ("flowsim.engine.plan", "Plan"),
    "Pool": ("flowsim.study.executors", "Pool"),
    "Results": ("flowsim.study.results", "Results"),
    "Scenario": ("flowsim.scenario.schema", "Scenario"),
    "Verification": ("flowsim.study.verifying.verification", "Verification"),
    "WRITERS": ("flowsim.report.document.writers", "WRITERS"),
    "WarmUp": ("flowsim.study.warmup", "WarmUp"),
    "aalen_johansen": ("flowsim.analysis.survival", "aalen_johansen"),
    "compare": ("flowsim.study.comparison.comparing", "compare"),
    "compile": ("flowsim.engine.compiling", "compile_plan"),
    "document_of": ("flowsim.report.documents", "document_of"),
    "draw": ("flowsim.report.figures", "draw"),
    "examine": ("flowsim.study.warmup", "examine"),
    "extend": ("flowsim.study.replications", "extend"),
    "find": ("flowsim.study.search.finding", "find"),
    "import_list": ("flowsim.listing.importing", "import_list"),
    "indices_of": ("flowsim.study.experiment.indices", "indices_of"),
    "kaplan_meier": ("flowsim.analysis.survival", "kaplan_meier"),
    "load": ("flowsim.scenario.loading", "load"),
    "load_experiment": ("flowsim.study.experiment.loading", "load_experiment"),
    "loads": ("flowsim.scenario.loading", "loads"),
    "loads_experiment": ("flowsim.study.experiment.loading", "loads_experiment"),
    "read": ("flowsim.study.opening", "read"),
    "read_results": ("flowsim.study.reading", "read"),
    "run": ("flowsim.study.replications", "run"),
    "run_experiment": ("flowsim.study.experiment.running", "run_experiment"),
    "simulate": ("flowsim.engine.engines", "simulate"),
    "tornado": ("flowsim.report.experiment_paper.tornado", "tornado"),
    "verify": ("flowsim.study.verifying.verify", "verify"),
}


def _plot(results: Results) -> object:
    from flowsim.report.figures.plot import Plot

    return Plot(results)


charts.lend(_plot)


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
