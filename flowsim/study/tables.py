"""The Parquet tables of a results folder, written and read a few replications at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from flowsim.analysis import kpis
from flowsim.analysis.kpi_names import KpiTable
from flowsim.analysis.samples import Samples
from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.study.parquet_files import opened

KPIS = "kpis.parquet"
SERIES = "series.parquet"
EVENTS = "events.parquet"
UNKNOWN = "unknown.parquet"
AT_ONCE = 100  # replications


def write(path: Path, frames: Iterable[pd.DataFrame]) -> None:
    """Write tables of one form below each other, so that memory holds one at a time."""
    tables = (pa.Table.from_pandas(frame, preserve_index=False) for frame in frames)
    first = next(tables, None)
    if first is None:
        return
    with path.open("wb") as file, pq.ParquetWriter(file, first.schema) as writer:
        for rows in chain([first], tables):
            writer.write_table(rows)


def frames(table: KpiTable, samples: Samples) -> Iterator[pd.DataFrame]:
    """Lay samples out as tidy tables, see `kpis.frame`."""
    for first, values in samples.parts(AT_ONCE):
        yield kpis.frame(table, values, range(first, first + len(values)))


def read_samples(path: Path, table: KpiTable, n: int) -> Samples:
    """Read back what `write(path, frames(table, samples))` wrote.

    Parameters
    ----------
    path : the file
    table : which figures it holds
    n : number of replications that it must hold

    Figures that do not exist (money by group) are NaN.

    Raises
    ------
    ResultsError
        If the file is not there, is damaged, or holds other figures.
    """
    exists = kpis.existing(table)
    samples = Samples(table.shape)
    with opened(path) as file:
        if file.metadata.num_rows != n * exists.sum():
            raise ResultsError(
                _("{path}: holds other figures than the manifest says").format(path=path)
            )
        for batch in file.iter_batches(AT_ONCE * int(exists.sum()), columns=["value"]):
            values = batch["value"].to_numpy(zero_copy_only=False).astype(np.float64)
            for row in values.reshape(-1, exists.sum()):
                figures = np.full(table.shape, np.nan)
                figures[exists] = row
                samples.append(figures)
    return samples
