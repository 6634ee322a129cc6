"""The event log of a run, written to one file: Parquet, CSV with labels, or XES."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from flowsim.engine.plan import Plan
from flowsim.report.log_labels import LogLabels, case, instants
from flowsim.report.xes import write_xes
from flowsim.study import csv_tables
from flowsim.study.kept_logs import KeptLogs
from flowsim.study.kept_tables import EVENTS, REAL, TEXT
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
    csv_form: csv_tables.CsvForm = csv_tables.PLAIN,
) -> int:
    """Write the event log of a run to a file, which is whole or not there.

    Parameters
    ----------
    record : from `manifest.read`
    out : the file, which must not be there
    replication : the number of one replication; None: all of them
    progress : called with (replications written, all replications)
    csv_form : of a CSV file

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
            write_csv(path, kept.plan, frames, csv_form)
        else:
            write_parquet(path, frames)
    return 0


def _counted(replications: Iterable[T], n: int, progress: Progress | None) -> Iterator[T]:
    for done, one in enumerate(replications, 1):
        yield one
        if progress is not None:
            progress(done, n)


# As a table ---------------------------------------------------------------------------------


Booleans = NDArray[np.bool_]
SECONDS = len("2025-03-30T12:00:00")
CSV_COLUMNS = (
    "replication",
    "time",
    "day",
    "case",
    "source",
    "participant",
    "episode",
    "step",
    "event",
    "name",
    "number",
)


def write_parquet(path: Path, frames: Iterable[pd.DataFrame]) -> None:
    """Write logs one below the other, in the form of events.parquet."""
    types = {TEXT: pa.string(), REAL: pa.float64()}
    schema = pa.schema([(column, types.get(kind, pa.int64())) for column, kind in EVENTS.items()])
    with path.open("wb") as file, pq.ParquetWriter(file, schema) as writer:
        for frame in frames:
            texts = frame.astype({c: object for c, kind in EVENTS.items() if kind == TEXT})
            writer.write_table(pa.Table.from_pandas(texts, schema=schema, preserve_index=False))


def write_csv(
    path: Path,
    plan: Plan,
    frames: Iterable[pd.DataFrame],
    form: csv_tables.CsvForm = csv_tables.PLAIN,
) -> None:
    """Write logs one below the other, in words, with one header."""
    labels = LogLabels(plan)
    with path.open("w", encoding=form.encoding, newline="") as file:
        csv_tables.write_csv(pd.DataFrame(columns=list(CSV_COLUMNS)), file, form=form)
        for frame in frames:
            told = in_words(frame, plan, labels)
            if form != csv_tables.PLAIN:  # no Excel takes an instant with its zone for a time
                told["time"] = told["time"].str.slice(0, SECONDS).str.replace("T", " ")
            csv_tables.write_csv(told, file, head=False, form=form)


def in_words(frame: pd.DataFrame, plan: Plan, labels: LogLabels) -> pd.DataFrame:
    """Return a log with labels for names, dates beside days, and a name for each participant.

    Rows of teams, posts and meetings have no case, source, participant and episode.
    """
    texts = frame.astype({c: object for c, kind in EVENTS.items() if kind == TEXT})
    somebody = (texts["participant"] >= 0).to_numpy()
    columns = {
        "replication": texts["replication"],
        "time": instants(plan.start, texts["time"].to_numpy()),
        "day": texts["time"],
        "case": _cases(texts, somebody),
        "source": _labelled(texts["source"], labels.sources),
        "participant": texts["participant"].astype("Int64").where(somebody),
        "episode": texts["episode"].astype("Int64").where(somebody),
        "step": _labelled(texts["step"], labels.steps),
        "event": _labelled(texts["event"], labels.events),
        "name": _names(texts, labels),
        "number": texts["number"],
    }
    return pd.DataFrame(columns)[list(CSV_COLUMNS)]


def _cases(texts: pd.DataFrame, somebody: Booleans) -> list[str]:
    columns = (texts[column] for column in ("replication", "source", "participant"))
    rows = zip(*columns, somebody.tolist(), strict=True)
    return [case(number, source, who) if there else "" for number, source, who, there in rows]


def _labelled(names: pd.Series, labels: Mapping[str, str]) -> pd.Series:
    """Put labels for names; one without a label (a post) stays as it is."""
    codes, known = pd.factorize(names)
    told = np.array([*(labels.get(name, name) for name in known), np.nan], dtype=object)
    return pd.Series(told[codes], index=names.index)  # code -1, missing: the last one


def _names(texts: pd.DataFrame, labels: LogLabels) -> pd.Series:
    """Label the column `name`: an exit, a team or a post, depending on the event."""
    exits = texts["event"].isin(["exited", "sustained"])
    teams = texts["event"].isin(["places", "meeting"])
    named = texts["name"].mask(exits, _labelled(texts["name"], labels.exits))
    return named.mask(teams, _labelled(texts["name"], labels.teams))
