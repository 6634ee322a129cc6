"""Runs for the page: each once, as many at a time as there are cores, the others in a queue."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

__all__ = ["Progress", "TooLongError", "Workshop"]

Progress = Callable[[int, int], None]
MOST_KEPT = 64
MOST_SECONDS = 60.0
"""After which a run is given up, whatever was predicted."""


class TooLongError(Exception):
    """A run took longer than a page may."""


class Workshop:
    """Does work once for all who ask for it, and keeps the latest results.

    Nothing is kept of who asks: what is asked for is the whole key.

    Parameters
    ----------
    workers : that work at the same time; default: one for each core
    most_kept : results that are kept, the least recently asked for are let go
    most_seconds : of one piece of work

    Examples
    --------
    >>> shop = Workshop(workers=1)
    >>> shop.asked("six", lambda progress: 6).result()
    6
    >>> shop.place_of("six")
    0
    """

    def __init__(
        self,
        workers: int | None = None,
        most_kept: int = MOST_KEPT,
        most_seconds: float = MOST_SECONDS,
    ) -> None:
        self.workers = workers or os.cpu_count() or 1
        self._most_kept = most_kept
        self.most_seconds = most_seconds
        self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="flowsim")
        self._lock = threading.Lock()
        self._known: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._waiting: list[Hashable] = []

    def asked(self, key: Hashable, work: Callable[[Progress], Any]) -> Future[Any]:
        """Return what will hold the result of some work, which is done unless it was before.

        Parameters
        ----------
        key : equal for equal work
        work : is given a progress, which ends it with `TooLongError` when its time is over
        """
        with self._lock:
            known = self._known.get(key)
            if known is not None and not (known.done() and known.exception() is not None):
                self._known.move_to_end(key)
                return known
            self._waiting.append(key)
            future = self._pool.submit(self._do, key, work)
            self._known[key] = future
            self._forget()
            return future

    def place_of(self, key: Hashable) -> int:
        """Return how many pieces of work come before, one's own included; 0: it has begun."""
        with self._lock:
            return self._waiting.index(key) + 1 if key in self._waiting else 0

    def close(self) -> None:
        """End at once: what waits is not begun any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _do(self, key: Hashable, work: Callable[[Progress], Any]) -> Any:
        with self._lock:
            self._waiting.remove(key)
        ends_at = time.monotonic() + self.most_seconds

        def progress(_done: int, _total: int) -> None:
            if time.monotonic() > ends_at:
                raise TooLongError

        return work(progress)

    def _forget(self) -> None:
        """Let go of the oldest results; work that is not done is never let go."""
        done = [key for key, future in self._known.items() if future.done()]
        for key in done[: max(len(self._known) - self._most_kept, 0)]:
            del self._known[key]
