"""A warm-up on disk: the averaged series, from which all that is said of it follows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from flowsim.analysis.levels import MEASURES
from flowsim.engine.compiling import compile_plan
from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.scenario.schema import Scenario
from flowsim.study import manifest
from flowsim.study.parquet_files import opened
from flowsim.study.store import MANIFEST
from flowsim.study.warmup import AVERAGES, WarmUp, concluded, from_the_start
from flowsim.study.warmup_series import KEYS, Averages, grid_for

__all__ = ["WarmUpRecord", "kept_frame", "read", "scenario_of"]

Floats = NDArray[np.float64]


class WarmUpRecord(manifest.Manifest, manifest.ScenarioFields):
    """The fields of a warm-up's manifest that it is read back from."""

    of_kind = "warm-up"

    seed: manifest.Seed
    replications: Annotated[int, Field(ge=2, le=manifest.MOST_REPLICATIONS)]
    engine: manifest.Engine


def read(folder: str | Path) -> WarmUp:
    """Read a warm-up from its folder; nothing is run again.

    Parameters
    ----------
    folder : what `WarmUp.save` or `flowsim warmup` wrote

    Raises
    ------
    ResultsError
        If the folder holds no warm-up, or is damaged.
    """
    folder = Path(folder)
    record = WarmUpRecord.of(folder)
    scenario = scenario_of(folder, record)
    return concluded(scenario, _averages(folder, record, scenario), record.seed, record.engine)


def scenario_of(folder: Path, record: WarmUpRecord) -> Scenario:
    """Return the scenario of a warm-up, with the statistics of its file."""
    return manifest.scenario_of(folder / MANIFEST, record.flowsim, record)


def kept_frame(folder: Path) -> pd.DataFrame:
    """Read the averaged series of a folder, as `Averages.to_frame` gives them."""
    with opened(folder / AVERAGES) as file:
        table = file.read(columns=[*KEYS, "value"]).to_pandas()
        return table.astype({"at": np.int64, "value": np.float64})


def _averages(folder: Path, record: WarmUpRecord, scenario: Scenario) -> Averages:
    """Put the series of a folder together; all of them must be there, whole."""
    plan = compile_plan(from_the_start(scenario), ())
    n_spans, n_steps = grid_for(plan.scenario, plan.end).n, len(plan.steps)
    table = kept_frame(folder)
    found = {}
    for name, length in (("mean", n_spans), ("error", n_spans), ("slope", record.replications)):
        values = table.loc[table["series"] == name, "value"].to_numpy()
        if len(values) != len(MEASURES) * n_steps * length:
            raise ResultsError(
                _(
                    "{folder}: damaged: found {n_values} values of {name}; expected {n_measures}"
                ).format(
                    folder=folder / AVERAGES,
                    n_values=len(values),
                    name=name,
                    n_measures=len(MEASURES) * n_steps * length,
                )
            )
        found[name] = values.reshape(len(MEASURES), n_steps, length)
    return Averages(found["mean"], found["error"], np.moveaxis(found["slope"], -1, 0))
