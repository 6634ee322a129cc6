"""The figures of many replications, in memory or, when there are very many, on disk."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator, Sequence
from typing import IO

import numpy as np
from numpy.typing import NDArray

from flowsim.errors import ResultsError
from flowsim.language import _

Floats = NDArray[np.float64]
MEMORY = 64 * 2**20  # bytes of one sample that are kept in memory
BLOCK = 500  # replications that are written to disk together


class Samples:
    """Figures of replications 0, 1, 2, ...: a row of figures each, appended one by one.

    Beyond `MEMORY` bytes, whole blocks of replications go to a temporary file, each block figure
    by figure, so that reading some figures of all replications takes little memory and time.

    Parameters
    ----------
    shape : of the figures of one replication

    Examples
    --------
    >>> sample = Samples((2, 3))
    >>> sample.append(np.arange(6.0).reshape(2, 3))
    >>> sample.append(np.zeros((2, 3)))
    >>> sample.figures((1,), [0, 2]).tolist()
    [[3.0, 5.0], [0.0, 0.0]]
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self._recent: list[Floats] = []
        self._file: IO[bytes] | None = None
        self._n_on_disk = 0
        self._stacked: Floats = np.empty((0, 0))  # those in memory, once more than one call asks
        self._asked_with = -1  # replications there were at the last call
        self._size = int(np.prod(shape))

    def __len__(self) -> int:
        return self._n_on_disk + len(self._recent)

    def append(self, figures: Floats) -> None:
        """Add the figures of one more replication."""
        self._stacked = self._stacked[:0]
        self._recent.append(np.asarray(figures, dtype=np.float64).reshape(self._size))
        if 8 * self._size * len(self._recent) >= MEMORY and len(self._recent) >= 2 * BLOCK:
            self._to_disk()

    def _to_disk(self) -> None:
        try:
            self._write_blocks()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ResultsError(
                _(
                    "{tempfile}: found no room for temporary files: {reason}; "
                    "allowed: another folder by TMPDIR, or fewer replications"
                ).format(tempfile=tempfile.gettempdir(), reason=reason)
            ) from None

    def _write_blocks(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
            weakref.finalize(self, self._file.close)
        file = self._file
        file.seek(8 * self._size * self._n_on_disk)
        while len(self._recent) >= BLOCK:
            block = memoryview(np.stack(self._recent[:BLOCK], axis=1).tobytes())
            while block:  # a disk that fills up takes a part, and says so at the next
                block = block[file.write(block) :]
            self._recent, self._n_on_disk = self._recent[BLOCK:], self._n_on_disk + BLOCK

    def shorten(self, n: int) -> None:
        """Forget the last replications, of those still in memory, so that n are left."""
        self._stacked = self._stacked[:0]
        del self._recent[n - self._n_on_disk :]

    def figures(self, place: tuple[int, ...], last: Sequence[int]) -> Floats:
        """Return some figures of all replications.

        Parameters
        ----------
        place : indices on all axes of a replication but the last
        last : indices on its last axis

        Returns
        -------
        (n_replications, len(last))
        """
        first = np.ravel_multi_index((*place, 0), self.shape)
        columns = first + np.asarray(last, dtype=np.int64)
        found = np.empty((len(self), len(columns)))
        for block in range(self._n_on_disk // BLOCK):
            rows = slice(block * BLOCK, (block + 1) * BLOCK)
            for k, column in enumerate(columns):
                found[rows, k] = self._read(block * self._size * BLOCK + column * BLOCK, BLOCK)
        if self._asked_with == len(self) and self._recent:  # asked again: worth the copy
            if len(self._stacked) != len(self._recent):
                self._stacked = np.stack(self._recent)
            found[self._n_on_disk :] = self._stacked[:, columns]
        else:
            for at, figures in enumerate(self._recent, start=self._n_on_disk):
                found[at] = figures[columns]
        self._asked_with = len(self)
        return found

    def _read(self, first: int, n: int) -> Floats:
        assert self._file is not None
        self._file.seek(8 * first)
        return np.frombuffer(self._file.read(8 * n))

    def parts(self, most: int = 100) -> Iterator[tuple[int, Floats]]:
        """Return all replications a few at a time: the number of the first, (n, *shape).

        Parameters
        ----------
        most : replications at a time; divides BLOCK
        """
        for block in range(self._n_on_disk // BLOCK):
            whole = self._read(block * self._size * BLOCK, self._size * BLOCK)
            rows = whole.reshape(self._size, BLOCK).T
            for begin in range(0, BLOCK, most):
                yield block * BLOCK + begin, rows[begin : begin + most].reshape(-1, *self.shape)
        for begin in range(0, len(self._recent), most):
            some = np.stack(self._recent[begin : begin + most])
            yield self._n_on_disk + begin, some.reshape(-1, *self.shape)

    def copy(self) -> Samples:
        """Return the same replications, to which others may be added."""
        same = Samples(self.shape)
        for _number, part in self.parts():
            for figures in part:
                same.append(figures)
        return same

    def all(self) -> Floats:
        """Return everything, (n_replications, *shape); this takes as much memory as it needs."""
        return np.concatenate(
            [np.empty((0, *self.shape)), *(part for _number, part in self.parts())]
        )
