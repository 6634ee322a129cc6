"""The folder of an experiment: finished blocks as Parquet parts, to which more can be added.

A part is whole or not there, whenever the program is ended (`store.whole_file`). Its name says the
point and the first replication: parts/<hash of the point>-<first replication>.parquet.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from flowsim.errors import ResultsError
from flowsim.language import N_, _
from flowsim.scenario.user_files import must_be_regular
from flowsim.study import manifest, store
from flowsim.study.experiment.blocks import Block, Gap
from flowsim.study.kinds import KINDS
from flowsim.study.parquet_files import damaged, opened
from flowsim.study.workplaces import NO_LINK, fcntl, is_workplace, refuse_busy, tidy

__all__ = ["ExperimentFolder"]

Floats = NDArray[np.float64]
PARTS, POINTS, SUMMARY = "parts", "points.parquet", "summary.csv"
AGAIN = N_("; delete it, and it is computed again")
LOCK = ".lock"
OF_EARLIER_VERSIONS = re.compile(  # files that were never finished
    r"\.([0-9a-f]+-\d+\.parquet|points\.parquet|summary\.csv|manifest\.json)\.\d+\.tmp"
)


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
            store.tidy_for(self.path)
            refuse_busy(Path(os.path.realpath(self.path)))
            self._refuse_others(name)
            (self.path / PARTS).mkdir(parents=True, exist_ok=True)
            must_be_regular(self.path / LOCK)
            lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT | NO_LINK, 0o666)
        with os.fdopen(lock, "r+"):
            with self._faults():
                self._take(lock)
                self._tidy()
            yield self

    def _take(self, lock: int) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ResultsError(
                _("{path}: another run is writing to it").format(path=self.path)
            ) from None

    def _refuse_others(self, name: str) -> None:
        if self._is_begun():
            return
        store.refuse_others(self.path, KINDS["experiment"])
        held = self._name()
        if held not in (None, name):
            raise ResultsError(
                _("{path}: holds the experiment {held}; name another folder").format(
                    path=self.path, held=held
                )
            )

    def _is_begun(self) -> bool:
        """Whether an experiment was killed here before its manifest was written."""
        if not self.path.is_dir():
            return False
        names = os.listdir(self.path)
        others = (one for one in names if one not in (PARTS, LOCK) and not _is_temporary(one))
        return PARTS in names and next(others, None) is None

    def _name(self) -> object:
        """Return which experiment the folder holds; None: none yet."""
        path = self.path / store.MANIFEST
        return manifest.raw_fields(path).get("experiment") if path.exists() else None

    def _tidy(self) -> None:
        """Take away what a killed run was about to write, and list what is finished."""
        tidy(self.path / PARTS)
        for folder in (self.path, self.path / PARTS):
            for path in folder.iterdir():
                if OF_EARLIER_VERSIONS.fullmatch(path.name):
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
            path = self._path(point, first)
            with opened(path, _(AGAIN)) as part:
                found = part.metadata
            if _points_in(found) != {point}:
                raise damaged(path, _("it holds something else"), _(AGAIN))
            if found.num_rows % n_kpis:
                raise damaged(path, _("its rows are not whole replications"), _(AGAIN))
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
        with store.whole_file(path, replace=True, tidies=False) as hidden:
            writes(hidden)

    def part(self, point: str, first: int, n_kpis: int) -> Floats:
        """Read a part of a point, (n_kpis, count)."""
        with opened(self._path(point, first), _(AGAIN)) as part:
            column = part.read(columns=["value"])["value"].to_numpy()
            values: Floats = column.astype(np.float64).reshape(n_kpis, -1)
        return values

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
                    _("{point}: is missing; run the experiment again").format(
                        point=self._path(point, end)
                    )
                )
            end, upto = first + count, min(first + count, n)
            found[:, first:upto] = self.part(point, first, len(kpis))[at, : upto - first]
        if end < n:
            raise ResultsError(
                _("{point}: is missing; run the experiment again").format(
                    point=self._path(point, end)
                )
            )
        return found

    def _path(self, point: str, first: int) -> Path:
        return self.path / PARTS / f"{point}-{first}.parquet"

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            number = getattr(error, "errno", None)
            reason = os.strerror(number).lower() if number else str(error)
            raise ResultsError(
                _("{path}: cannot be written: {reason}").format(path=self.path, reason=reason)
            ) from None


def _write_table(table: pa.Table, path: Path) -> None:
    with path.open("wb") as file:
        pq.write_table(table, file)


def _is_temporary(name: str) -> bool:
    return is_workplace(name) or OF_EARLIER_VERSIONS.fullmatch(name) is not None


def _repeated(words: Sequence[str], times: int) -> pa.DictionaryArray:
    """Return each word many times, stored once."""
    codes = np.repeat(np.arange(len(words), dtype=np.int32), times)
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(list(words)))


def _points_in(found: pq.FileMetaData) -> set[object]:
    """Describe from the end of a part, without its rows, which points it is about."""
    columns = [found.row_group(group).column(0) for group in range(found.num_row_groups)]
    known = [one.statistics for one in columns if one.path_in_schema == "point" and one.statistics]
    return {end for one in known for end in (one.min, one.max)}
