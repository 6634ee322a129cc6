"""Parquet files by way of Python's own files, which have any name that the system allows.

pyarrow itself takes only names in UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.scenario.user_files import must_be_regular

__all__ = ["damaged", "opened", "write_frame"]


@contextmanager
def opened(path: Path, advice: str = "") -> Iterator[pq.ParquetFile]:
    """Open a Parquet file; a pipe or a device, which may have no end, is none.

    Parameters
    ----------
    path : the file
    advice : what to do where it is damaged

    Raises
    ------
    ResultsError
        If it is missing or damaged; so is a table that its reader cannot make sense of.
    """
    try:
        must_be_regular(path)
        with path.open("rb") as file, pq.ParquetFile(file) as table:
            yield table
    except FileNotFoundError:
        raise ResultsError(_("{path}: is missing").format(path=path)) from None
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(path, str(error) or type(error).__name__, advice) from None


def damaged(path: Path, reason: str, advice: str = "") -> ResultsError:
    """Return the error of a file that cannot be what it should be."""
    text = _("{path}: damaged: {reason}").format(path=path, reason=reason.splitlines()[0])
    return ResultsError(text + advice)


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a table without its index."""
    with path.open("wb") as file:
        frame.to_parquet(file, index=False)
