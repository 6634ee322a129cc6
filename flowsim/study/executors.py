"""Who computes: threads of this machine, or the workers of a Dask cluster.

Both are a `concurrent.futures.Executor`; nothing above knows which of them it has.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from flowsim.errors import FlowsimError, ResultsError
from flowsim.language import _
from flowsim.scenario.quantities import shown
from flowsim.study.made_with import difference, made_with

__all__ = ["Pool", "cluster", "threads"]

CONNECT_SECONDS = 20
WAIT_HOURS = 6  # for workers of a cluster that has lost all of them


@dataclass(frozen=True)
class Pool:
    """An executor, and what has to be known of it.

    Parameters
    ----------
    executor : runs functions
    size : returns how many it runs at the same time, at this moment; asked again and again, it
        raises a ResultsError once there is no hope that anything is run
    name : what people see
    shares_memory : whether what is at hand here is at hand there
    """

    executor: Executor
    size: Callable[[], int]
    name: str
    shares_memory: bool = False


@contextmanager
def threads(workers: int | None = None) -> Iterator[Pool]:
    """Compute on this machine; the compiled engine lets threads run beside each other.

    Parameters
    ----------
    workers : number of threads; default: one for each core
    """
    n = workers or os.cpu_count() or 1
    executor = ThreadPoolExecutor(n, thread_name_prefix="flowsim")
    try:
        yield Pool(executor, lambda: n, f"{n} threads", shares_memory=True)
    finally:  # all done; or stopped, and then nobody waits for what is under way
        executor.shutdown(wait=False, cancel_futures=True)


def _to_stderr(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


@contextmanager
def cluster(address: str, tell: Callable[[str], None] = _to_stderr) -> Iterator[Pool]:
    """Compute on a Dask cluster; blocks of a worker that is lost are run by another one.

    Parameters
    ----------
    address : of the scheduler, such as "tcp://192.0.2.1:8786"; it sends pickles, which can run
        anything here: use no cluster that you do not trust
    tell : called with a sentence when all workers are gone, and when there are some again

    Raises
    ------
    ResultsError
        If distributed is not installed, nobody answers, a worker has another flowsim, or the
        cluster is lost on the way.
    """
    try:
        distributed = import_module("distributed")
    except ImportError:
        raise ResultsError(
            _("--dask: distributed is not installed (pip install 'flowsim[cluster]')")
        ) from None
    with _unlogged():
        client = _connected(distributed, address)
        try:
            _check_versions(client, address)
            yield Pool(
                client.get_executor(pure=False),
                _Workers(client, address, tell).count,
                f"cluster {address}",
            )
        except FlowsimError:
            raise
        except Exception as error:  # of Dask, or of a worker that cannot run what it is sent
            raise ResultsError(
                _(
                    "--dask: {address}: the cluster was lost ({error}); what is finished is "
                    "kept: run it again to go on"
                ).format(address=address, error=_reason(error))
            ) from None
        finally:
            with suppress(OSError, CancelledError):
                client.close(timeout=5)


class _Workers:
    """The workers of a cluster, which may come and go.

    Parameters
    ----------
    client, address : of the cluster
    tell : called with a sentence when all are gone, and when there are some again
    """

    def __init__(self, client: Any, address: str, tell: Callable[[str], None]) -> None:
        self.client = client
        self.address = address
        self.tell = tell
        self.gone_at: float | None = None

    def count(self) -> int:
        """Return how many threads they have, and at least 1: what waits is run by who comes.

        Raises
        ------
        ResultsError
            If all have been gone for WAIT_HOURS.
        """
        n = sum(map(int, self.client.nthreads().values()))
        if n:
            if self.gone_at is not None:
                self.tell(
                    _("--dask: {address}: there are workers again").format(address=self.address)
                )
            self.gone_at = None
        elif self.gone_at is None:
            self.gone_at = time.monotonic()
            self.tell(
                _(
                    "--dask: {address}: all workers are gone; waiting {wait_hours} hours for "
                    "others (dask worker {address}); after Ctrl-C what is finished is kept"
                ).format(address=self.address, wait_hours=WAIT_HOURS)
            )
        elif time.monotonic() - self.gone_at >= WAIT_HOURS * 3600:
            raise ResultsError(
                _(
                    "--dask: {address}: no workers for {wait_hours} hours; what is finished is "
                    "kept: run it again to go on"
                ).format(address=self.address, wait_hours=WAIT_HOURS)
            )
        return max(n, 1)


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep back what distributed logs: tracebacks of what is raised as an error anyhow."""
    handlers = logging.getLogger("distributed").handlers
    levels = [handler.level for handler in handlers]
    for handler in handlers:
        handler.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for handler, level in zip(handlers, levels, strict=True):
            handler.setLevel(level)


def _connected(distributed: Any, address: str) -> Any:
    """Return a client; who is there is asked first, for a client that is half made hangs."""
    asking = ThreadPoolExecutor(1)  # a loop of its own: that of a notebook runs already
    try:
        who = asking.submit(asyncio.run, _identity(distributed, address)).result()
        if who["type"] != "Scheduler":
            raise ConnectionError(_("{what} of Dask, no scheduler").format(what=who["type"]))
        return distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except Exception as error:  # of many kinds, by what the address lacks and who answers there
        raise ResultsError(
            _(
                "--dask: {address}: no scheduler of Dask answers ({error}); allowed: "
                "the address that dask scheduler prints, such as tcp://10.0.0.5:8786"
            ).format(address=shown(address), error=_reason(error))
        ) from None
    finally:
        asking.shutdown(wait=False)


async def _identity(distributed: Any, address: str) -> dict[str, Any]:
    """Ask a part of a Dask cluster what it is."""
    security = distributed.Security().get_connection_args("client")
    async with distributed.rpc(address, connection_args=security) as remote:
        told: dict[str, Any] = await asyncio.wait_for(remote.identity(), CONNECT_SECONDS)
        return told


def _reason(error: Exception) -> str:
    """Return the first line of what an error says, or its name."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _check_versions(client: Any, address: str) -> None:
    """Refuse workers whose figures would be those of another flowsim."""
    if not client.nthreads():
        raise ResultsError(
            _("--dask: {address}: the scheduler has no workers").format(address=address)
        )
    for worker, theirs in client.run(made_with, on_error="return").items():
        if isinstance(theirs, BaseException):
            theirs = (_("no flowsim that says its version"),)
        if theirs != made_with():
            raise ResultsError(f"--dask: {worker}: {difference(theirs, made_with())}")
