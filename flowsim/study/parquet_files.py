"""Parquet files by way of Python's own files, which have any name that the system allows.

pyarrow itself takes only names in UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from flowsim.scenario.user_files import must_be_regular

__all__ = ["opened", "write_frame"]


@contextmanager
def opened(path: Path) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file; a pipe or a device, which may have no end, is none.

    Raises
    ------
    ValueError
        If it is no regular file.
    """
    must_be_regular(path)
    with path.open("rb") as file, pq.ParquetFile(file) as table:
        yield table


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a table without its index."""
    with path.open("wb") as file:
        frame.to_parquet(file, index=False)
