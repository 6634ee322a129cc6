"""A comparison on disk: what its folder and files are called, and how a table is laid out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from flowsim.analysis.comparison import Sample
from flowsim.scenario.schema import Scenario
from flowsim.scenario.user_files import fitting, path_of
from flowsim.study.manifest import run_hash

VALUES, TABLE = "comparison.parquet", "comparison.csv"


def comparison_hash(scenarios: Mapping[str, Scenario], seed: int, engine: str) -> str:
    """Return eight characters that stand for all scenarios as run."""
    parts = [f"{name}:{run_hash(scenario, seed, engine)}" for name, scenario in scenarios.items()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]


def default_folder(scenarios: Mapping[str, Scenario], seed: int, engine: str) -> Path:
    """Return results/compare-<base>-<hash>."""
    base = next(iter(scenarios.values())).name
    key = comparison_hash(scenarios, seed, engine)
    return Path("results") / path_of(f"compare-{fitting(base)}-{key}")


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
