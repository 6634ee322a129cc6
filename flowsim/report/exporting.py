"""The event log of a run, written to one file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from flowsim.report.log_table import write_csv, write_parquet
from flowsim.report.xes import write_xes
from flowsim.study.kept_logs import KeptLogs
from flowsim.study.manifest import RunRecord
from flowsim.study.store import whole_file

Progress = Callable[[int, int], None]
T = TypeVar("T")


class LogFormat(StrEnum):
    """What an event log can be written as."""

    PARQUET = "parquet"
    CSV = "csv"
    XES = "xes"


def export(
    record: RunRecord,
    form: LogFormat,
    out: Path,
    replication: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Write the event log of a run to a file, which is whole or not there.

    Parameters
    ----------
    record : from `manifest.read`
    out : the file, which must not be there
    replication : the number of one replication; None: all of them
    progress : called with (replications written, all replications)

    Returns
    -------
    number of rows that the format has no place for

    Raises
    ------
    ResultsError
        If there is no such replication, a kept log is damaged, or the file cannot be written.
    """
    kept = KeptLogs(record, replication)
    n = len(kept.wanted)
    with whole_file(out) as path:
        if form == LogFormat.XES:
            return write_xes(path, kept.plan, _counted(kept.logs(), n, progress))
        frames = _counted(kept.frames(), n, progress)
        if form == LogFormat.CSV:
            write_csv(path, kept.plan, frames)
        else:
            write_parquet(path, frames)
    return 0


def _counted(replications: Iterable[T], n: int, progress: Progress | None) -> Iterator[T]:
    for done, one in enumerate(replications, 1):
        yield one
        if progress is not None:
            progress(done, n)
