"""A comparison on disk: its tables and manifest.json in one folder."""

from __future__ import annotations

import datetime as dt
import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flowsim.analysis.comparison import Sample
from flowsim.scenario.schema import Scenario
from flowsim.study import store
from flowsim.study.comparison.waiting_lists import WAITING
from flowsim.study.results import LIBRARIES, run_hash, settings

if TYPE_CHECKING:
    from flowsim.study.comparison.results import Comparison

VALUES, TABLE = "comparison.parquet", "comparison.csv"


def write(comparison: Comparison, folder: Path) -> None:
    """Write every value, differences, waiting lists, and what is needed to repeat it."""
    store.write_manifest(folder / store.MANIFEST, "comparison", manifest(comparison))
    comparison.values().to_parquet(folder / VALUES, index=False)
    comparison.to_frame().to_csv(folder / TABLE, index=False)
    if comparison.waiting is not None:
        comparison.waiting.to_parquet(folder / WAITING, index=False)


def manifest(comparison: Comparison) -> dict[str, object]:
    """Return all that is needed to repeat a comparison."""
    seed, engine = comparison.seed, comparison.engine
    return {
        "compared": list(comparison.scenarios),
        "kpis": [kpi.name for kpi in comparison.kpis],
        "period": comparison.period,
        "hash": comparison_hash(comparison.scenarios, seed, engine),
        "seed": seed,
        "replications": comparison.replications,
        "engine": engine,
        "level": comparison.level,
        "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "wall_time_seconds": round(comparison.wall_time, 3),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "libraries": {name: version(name) for name in LIBRARIES},
        "scenarios": {
            name: {
                "scenario": scenario.name,
                "title": scenario.scenario.title,
                "hash": run_hash(scenario, seed, engine),
                "set": settings(scenario),
                "scenario_text": scenario.text,
                "lists": dict(scenario.attachments),
            }
            for name, scenario in comparison.scenarios.items()
        },
    }


def comparison_hash(scenarios: Mapping[str, Scenario], seed: int, engine: str) -> str:
    """Return eight characters that stand for all scenarios as run."""
    parts = [f"{name}:{run_hash(scenario, seed, engine)}" for name, scenario in scenarios.items()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]


def default_folder(scenarios: Mapping[str, Scenario], seed: int, engine: str) -> Path:
    """Return results/compare-<base>-<hash>."""
    base = next(iter(scenarios.values())).name
    return Path("results") / f"compare-{base}-{comparison_hash(scenarios, seed, engine)}"


def tidy(kpi: str, scenario: str, sample: Sample) -> pd.DataFrame:
    """Return one figure of one scenario, a row for each replication."""
    missing = np.full(len(sample.values), np.nan)
    return pd.DataFrame(
        {
            "replication": np.arange(len(sample.values)),
            "kpi": kpi,
            "scenario": scenario,
            "value": sample.values,
            "numerator": missing if sample.above is None else sample.above,
            "denominator": missing if sample.below is None else sample.below,
        }
    )
