"""A comparison read back from its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from flowsim.analysis import kpis as measuring
from flowsim.analysis.comparison import Sample
from flowsim.analysis.kpi_names import Kpi, KpiTable
from flowsim.analysis.statistics import Floats
from flowsim.engine.compiling import compile_plan
from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.scenario.schema import Scenario
from flowsim.study import manifest
from flowsim.study.comparison import waiting_lists
from flowsim.study.comparison.folder import VALUES, comparison_hash
from flowsim.study.comparison.results import Comparison
from flowsim.study.comparison.unknown import UnknownDifferences
from flowsim.study.parquet_files import opened
from flowsim.study.store import MANIFEST
from flowsim.study.tables import UNKNOWN
from flowsim.study.unknown.results import PLAYS

__all__ = ["ComparisonRecord", "read"]

COLUMNS = {
    "replication": "int64",
    "kpi": "str",
    "scenario": "str",
    "value": "float64",
    "numerator": "float64",
    "denominator": "float64",
}


class ComparisonRecord(manifest.Manifest):
    """The fields of a comparison's manifest that it is read back from."""

    of_kind = "comparison"

    compared: Annotated[list[str], Field(min_length=2)]
    kpis: Annotated[list[str], Field(min_length=1)]
    period: str
    hash: str
    seed: manifest.Seed
    replications: Annotated[int, Field(ge=1, le=manifest.MOST_REPLICATIONS)]
    engine: manifest.Engine
    wall_time_seconds: manifest.Seconds
    scenarios: dict[str, manifest.ScenarioFields]
    draws: Annotated[int, Field(ge=0)] = 0


def read(folder: str | Path) -> Comparison:
    """Read the figures of a comparison from its folder.

    Parameters
    ----------
    folder : what `Comparison.save` or `flowsim compare` wrote

    Raises
    ------
    ResultsError
        If the folder holds no comparison, is damaged, or its manifest was changed by hand.
    """
    folder = Path(folder)
    record, path = ComparisonRecord.of(folder), folder / MANIFEST
    scenarios = {name: _scenario(path, record, name) for name in record.compared}
    if record.hash != comparison_hash(scenarios, record.seed, record.engine):
        raise ResultsError(
            _(
                "{path}: was changed after the run: its hash is that of other scenarios, another "
                "seed or engine"
            ).format(path=path)
        )
    figures = _figures(path, record, measuring.names(compile_plan(scenarios[record.compared[0]])))
    waiting = folder / waiting_lists.WAITING
    return Comparison(
        scenarios=scenarios,
        kpis=figures,
        samples=_samples(folder / VALUES, record, figures, record.replications),
        period=record.period,
        seed=record.seed,
        engine=record.engine,
        wall_time=record.wall_time_seconds,
        waiting=waiting_lists.read(waiting) if waiting.exists() else None,
        unknown=_unknown(folder, record, scenarios, figures),
    )


def _unknown(
    folder: Path,
    record: ComparisonRecord,
    scenarios: dict[str, Scenario],
    figures: tuple[Kpi, ...],
) -> UnknownDifferences | None:
    """Read the draws of a comparison; None where there were none."""
    if record.draws == 0:
        return None
    plays = _samples(folder / UNKNOWN, record, figures, PLAYS * record.draws)
    return UnknownDifferences(scenarios, plays, record.seed)


def _scenario(path: Path, record: ComparisonRecord, name: str) -> Scenario:
    if name not in record.scenarios:
        raise ResultsError(_("{path}: scenarios: {name} is missing").format(path=path, name=name))
    return manifest.scenario_of(path, record.flowsim, record.scenarios[name])


def _figures(path: Path, record: ComparisonRecord, table: KpiTable) -> tuple[Kpi, ...]:
    unknown = [name for name in record.kpis if name not in table.position]
    if unknown:
        raise ResultsError(
            _("{path}: kpis: found {unknown}: no figure of the base").format(
                path=path, unknown=unknown[0]
            )
        )
    if record.period not in [part.name for part in table.periods]:
        raise ResultsError(
            _("{path}: period: found {period}: no period of the base").format(
                path=path, period=record.period
            )
        )
    return tuple(table[name] for name in record.kpis)


def _samples(
    path: Path, record: ComparisonRecord, figures: tuple[Kpi, ...], replications: int
) -> dict[str, dict[str, Sample]]:
    with opened(path) as file:
        frame = file.read(columns=list(COLUMNS)).to_pandas().astype(COLUMNS)
        by = frame.groupby(["scenario", "kpi"], sort=False)
        found = {key: rows.sort_values("replication") for key, rows in by}
    samples: dict[str, dict[str, Sample]] = {}
    for name in record.compared:
        for kpi in figures:
            rows = found.get((name, kpi.name))
            if rows is None or len(rows) != replications:
                n = 0 if rows is None else len(rows)
                raise ResultsError(
                    _(
                        "{path}: damaged: {name}, {kpi}: found {n} replications; "
                        "expected {replications}"
                    ).format(path=path, name=name, kpi=kpi.name, n=n, replications=replications)
                )
            samples.setdefault(name, {})[kpi.name] = _sample(rows, kpi)
    return samples


def _sample(rows: pd.DataFrame, kpi: Kpi) -> Sample:
    def column(name: str) -> Floats:
        return np.asarray(rows[name], dtype=np.float64)

    if kpi.kind == "ratio":
        return Sample.of(kpi, column("value"), column("numerator"), column("denominator"))
    return Sample.of(kpi, column("value"))
