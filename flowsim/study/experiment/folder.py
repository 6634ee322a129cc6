"""The folder of an experiment: finished blocks as Parquet parts, to which more can be added.

A part is written under another name, flushed to the disk and renamed, so that it is whole or not
there, whenever the program is ended. Its name says the point and the first replication:
parts/<hash of the point>-<first replication>.parquet.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from flowsim.errors import ResultsError
from flowsim.scenario.user_files import must_be_regular
from flowsim.study import manifest, store
from flowsim.study.experiment.blocks import Block, Gap
from flowsim.study.parquet_files import opened

__all__ = ["ExperimentFolder"]

Floats = NDArray[np.float64]
PARTS, POINTS, SUMMARY = "parts", "points.parquet", "summary.csv"
TEMPORARY = ".tmp"


class ExperimentFolder:
    """Finished blocks, by point.

    Parameters
    ----------
    path : the folder
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._firsts: dict[str, list[int]] = {}
        self._counts: dict[tuple[str, int], int] = {}

    @contextmanager
    def opened(self, name: str) -> Iterator[ExperimentFolder]:
        """Keep the folder for oneself while it is written to.

        Parameters
        ----------
        name : of the experiment; a folder of another one is refused

        Raises
        ------
        ResultsError
            If it holds other files, is in use, or cannot be written.
        """
        with self._faults():
            self._refuse_others(name)
            (self.path / PARTS).mkdir(parents=True, exist_ok=True)
            must_be_regular(self.path / ".lock")
            lock = (self.path / ".lock").open("w")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ResultsError(f"{self.path}: another run is writing to it") from None
            with self._faults():
                self._tidy()
            yield self

    def _refuse_others(self, name: str) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise ResultsError(f"{self.path}: is a file; name a folder")
        found = self._manifest()
        held = found.get("experiment")
        begun = {PARTS, ".lock"}  # killed before its manifest was written
        others = self.path.is_dir() and {path.name for path in self.path.iterdir()} - begun
        if held is None and others and not all(one.endswith(TEMPORARY) for one in others):
            raise ResultsError(
                f"{self.path}: is a folder with other files in it; "
                "name a new folder, or one of this experiment"
            )
        if held not in (None, name):
            raise ResultsError(f"{self.path}: holds the experiment {held}; name another folder")

    def _manifest(self) -> dict[str, object]:
        path = self.path / store.MANIFEST
        if not path.exists():
            return {}
        try:
            found = json.loads(manifest.json_text(path))
        except (ValueError, RecursionError):
            raise ResultsError(f"{path}: damaged: no JSON") from None
        return found if isinstance(found, dict) else {}

    def _tidy(self) -> None:
        """Take away what a killed run was about to write, and list what is finished."""
        for path in [*self.path.glob(f"*{TEMPORARY}"), *(self.path / PARTS).glob(f"*{TEMPORARY}")]:
            path.unlink()
        self.list_parts()

    def list_parts(self) -> None:
        """Take note of what is finished; nothing is written."""
        self._firsts.clear()
        for path in (self.path / PARTS).glob("*.parquet"):
            point, _, first = path.stem.rpartition("-")
            if point and first.isdecimal():
                self._firsts.setdefault(point, []).append(int(first))

    # Parts ------------------------------------------------------------------------------------

    def kept(self, point: str, n_kpis: int) -> list[Gap]:
        """Return the replications of a point that are there, in order."""
        firsts = sorted(self._firsts.get(point, ()))
        return [(first, self._count(point, first, n_kpis)) for first in firsts]

    def _count(self, point: str, first: int, n_kpis: int) -> int:
        """Return how many replications a part holds."""
        if (point, first) not in self._counts:
            with self._damages(point, first) as path, opened(path) as part:
                found = part.metadata
            if _points_in(found) != {point}:
                raise self._damaged(path, "it holds something else")
            if found.num_rows % n_kpis:
                raise self._damaged(path, "its rows are not whole replications")
            self._counts[point, first] = found.num_rows // n_kpis
        return self._counts[point, first]

    def add(self, block: Block, figures: Floats) -> None:
        """Write a finished block, (n_kpis, count): whole or not at all."""
        n_kpis, count = figures.shape
        point = block.task.hash
        table = pa.table(
            {
                "point": _repeated([point], n_kpis * count),
                "replication": np.tile(np.arange(block.first, block.first + count), n_kpis),
                "kpi": _repeated(block.task.kpis, count),
                "value": pa.array(figures.ravel()),
            }
        )
        self.write(self._path(point, block.first), partial(_write_table, table))
        self._firsts.setdefault(point, []).append(block.first)
        self._counts[point, block.first] = count

    def write(self, path: Path, writes: Callable[[Path], None]) -> None:
        """Let a file be written under another name, and rename it once it is on the disk."""
        temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
        with self._faults():
            writes(temporary)
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(path)

    def figures(self, point: str, kpis: Sequence[str], which: Sequence[str], n: int) -> Floats:
        """Read figures of the first n replications of a point, (n_which, n).

        Parameters
        ----------
        point : its hash
        kpis : the figures of its parts, in their order
        which : those to read
        """
        at, found, end = [kpis.index(name) for name in which], np.empty((len(which), n)), 0
        for first, count in self.kept(point, len(kpis)):
            if end >= n:
                break
            if first != end:
                raise ResultsError(
                    f"{self._path(point, end)}: is missing; run the experiment again"
                )
            with self._damages(point, first) as path:
                with opened(path) as part:
                    column = part.read(columns=["value"])["value"].to_numpy()
                values = column.astype(np.float64).reshape(len(kpis), count)
            end, upto = first + count, min(first + count, n)
            found[:, first:upto] = values[at, : upto - first]
        if end < n:
            raise ResultsError(f"{self._path(point, end)}: is missing; run the experiment again")
        return found

    def _path(self, point: str, first: int) -> Path:
        return self.path / PARTS / f"{point}-{first}.parquet"

    @contextmanager
    def _damages(self, point: str, first: int) -> Iterator[Path]:
        """Turn what a damaged part makes the reader say into one line."""
        path = self._path(point, first)
        try:
            yield path
        except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
            raise self._damaged(
                path, (str(error) or type(error).__name__).splitlines()[0]
            ) from None

    @staticmethod
    def _damaged(path: Path, reason: str) -> ResultsError:
        return ResultsError(f"{path}: damaged: {reason}; delete it, and it is computed again")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            number = getattr(error, "errno", None)
            reason = os.strerror(number).lower() if number else str(error)
            raise ResultsError(f"{self.path}: cannot be written: {reason}") from None


def _write_table(table: pa.Table, path: Path) -> None:
    with path.open("wb") as file:
        pq.write_table(table, file)


def _repeated(words: Sequence[str], times: int) -> pa.DictionaryArray:
    """Return each word many times, stored once."""
    codes = np.repeat(np.arange(len(words), dtype=np.int32), times)
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(list(words)))


def _points_in(found: pq.FileMetaData) -> set[object]:
    """Tell from the end of a part, without its rows, which points it is about."""
    columns = [found.row_group(group).column(0) for group in range(found.num_row_groups)]
    known = [one.statistics for one in columns if one.path_in_schema == "point" and one.statistics]
    return {end for one in known for end in (one.min, one.max)}
