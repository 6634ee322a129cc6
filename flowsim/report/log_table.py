"""The event log as a table: Parquet with the names of the scenario file, CSV with its labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from flowsim.engine.plan import Plan
from flowsim.report.log_labels import LogLabels, case, instants
from flowsim.study import csv_tables
from flowsim.study.kept_tables import EVENTS, REAL, TEXT

Booleans = NDArray[np.bool_]
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


def write_csv(path: Path, plan: Plan, frames: Iterable[pd.DataFrame]) -> None:
    """Write logs one below the other, in words: UTF-8, comma, decimal point, one header."""
    labels = LogLabels(plan)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv_tables.write_csv(pd.DataFrame(columns=list(CSV_COLUMNS)), file)
        for frame in frames:
            csv_tables.write_csv(in_words(frame, plan, labels), file, head=False)


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
