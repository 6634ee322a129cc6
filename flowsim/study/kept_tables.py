"""The Parquet tables of a results folder, read a few replications at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa

from flowsim.engine.eventlog import COLUMNS
from flowsim.errors import ResultsError
from flowsim.language import N_, _
from flowsim.study.parquet_files import damaged, opened

ROWS_AT_A_TIME = 65_536
WHOLE, REAL, TEXT = N_("whole numbers"), N_("numbers"), N_("texts")
FIGURES = {"replication": WHOLE, "period": TEXT, "group": TEXT, "kpi": TEXT, "value": REAL}
_NAMED = ("source", "step", "event", "name")
EVENTS = {
    "replication": WHOLE,
    **{
        column: TEXT if column in _NAMED else REAL if column == "time" else WHOLE
        for column in COLUMNS
    },
}


class KeptTable:
    """A table whose rows stand in the order of replications; read from the front, once.

    Parameters
    ----------
    path : the Parquet file
    columns : what each column must hold

    Raises
    ------
    ResultsError
        If it is missing, damaged or another table.
    """

    def __init__(self, path: Path, columns: Mapping[str, str]) -> None:
        self.path = path
        self.columns = list(columns)
        self._batches = self._read(columns)
        self._waiting = next(self._batches)  # empty, with the columns; what is damaged shows here

    def rows(self, begin: int, end: int) -> pd.DataFrame:
        """Return the rows of the replications begin to end - 1."""
        parts = [self._waiting]
        while parts[-1].empty or parts[-1]["replication"].iloc[-1] < end:
            batch = next(self._batches, None)
            if batch is None:
                break
            parts.append(batch)
        rows = pd.concat([part for part in parts if not part.empty] or parts, ignore_index=True)
        if not rows["replication"].is_monotonic_increasing:
            raise self._damaged(_("its rows are not in the order of the replications"))
        first, last = rows["replication"].searchsorted([begin, end])
        if first:
            raise self._damaged(
                _("replication {number} stands twice").format(number=rows["replication"].iloc[0])
            )
        self._waiting = rows.iloc[last:]
        return rows.iloc[:last]

    def must_hold(self, rows: pd.DataFrame, begin: int, end: int) -> None:
        """Refuse a table in which one of the replications begin to end - 1 has no rows."""
        missing = sorted(set(range(begin, end)) - set(rows["replication"].unique()))
        if missing:
            raise self._damaged(
                _("it has no replication {missing}, of which manifest.json tells").format(
                    missing=missing[0]
                )
            )

    def must_end(self) -> None:
        """Refuse a table that holds more than has been read."""
        batch = self._waiting if len(self._waiting) else next(self._batches, None)
        if batch is not None and len(batch):
            more = batch["replication"].iloc[0]
            raise self._damaged(
                _("it has a replication {more}, of which manifest.json does not tell").format(
                    more=more
                )
            )

    def _read(self, columns: Mapping[str, str]) -> Iterator[pd.DataFrame]:
        with opened(self.path) as file:
            schema = file.schema_arrow
            for column, kind in columns.items():
                if column not in schema.names or not _holds(schema.field(column).type, kind):
                    raise self._damaged(
                        _("no column {column} of {kind}").format(column=column, kind=_(kind))
                    )
            # what pandas left beside the schema is not needed, and may be damaged as well
            yield schema.empty_table().select(self.columns).to_pandas(ignore_metadata=True)
            for batch in file.iter_batches(ROWS_AT_A_TIME, columns=self.columns):
                if batch.column("replication").null_count:
                    raise self._damaged(_("a row without its replication"))
                yield batch.to_pandas(ignore_metadata=True)

    def _damaged(self, reason: str) -> ResultsError:
        return damaged(self.path, reason)


def _holds(found: pa.DataType, kind: str) -> bool:
    """Whether an Arrow type is one of whole numbers, of numbers, or of texts.

    Examples
    --------
    >>> _holds(pa.dictionary(pa.int8(), pa.string()), TEXT), _holds(pa.float32(), REAL)
    (True, False)
    """
    if kind == WHOLE:
        return bool(pa.types.is_integer(found))
    if kind == REAL:
        return bool(pa.types.is_float64(found))
    plain = found.value_type if pa.types.is_dictionary(found) else found
    return bool(pa.types.is_string(plain) or pa.types.is_large_string(plain))
