"""Who computes: threads of this machine, or the workers of a Dask cluster.

Both are a `concurrent.futures.Executor`; nothing above knows which of them it has.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Any

from flowsim.errors import ResultsError

__all__ = ["Pool", "cluster", "threads"]

CONNECT_SECONDS = 20
TRIES = 5  # of a block whose worker was lost


@dataclass(frozen=True)
class Pool:
    """An executor, and what has to be known of it.

    Parameters
    ----------
    executor : runs functions
    size : returns how many it runs at the same time, at this moment
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


@contextmanager
def cluster(address: str) -> Iterator[Pool]:
    """Compute on a Dask cluster; blocks of a worker that is lost are run by another one.

    Parameters
    ----------
    address : of the scheduler, such as "tcp://192.0.2.1:8786"

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
            "--dask: distributed is not installed (pip install 'flowsim[cluster]')"
        ) from None
    with _unlogged():
        client = _connected(distributed, address)
        try:
            _check_versions(client, address)
            executor = client.get_executor(pure=False, retries=TRIES)
            yield Pool(executor, lambda: _n_threads(client), f"cluster {address}")
        except (distributed.KilledWorker, CancelledError, OSError) as error:
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise ResultsError(
                f"--dask: {address}: the cluster was lost ({reason}); what is finished is kept: "
                "run it again to go on"
            ) from None
        finally:
            with suppress(OSError, CancelledError):
                client.close(timeout=5)


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
    try:
        return distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, ImportError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ResultsError(f"--dask: {address}: no scheduler of Dask answers: {reason}") from None


def _n_threads(client: Any) -> int:
    return max(sum(map(int, client.nthreads().values())), 1)


def _check_versions(client: Any, address: str) -> None:
    """Refuse workers whose figures would be those of another flowsim."""
    if not client.nthreads():
        raise ResultsError(f"--dask: {address}: the scheduler has no workers")
    ours = version("flowsim")
    for worker, theirs in client.run(_version_there, on_error="return").items():
        if theirs != ours:
            found = theirs if isinstance(theirs, str) else "none"
            raise ResultsError(f"--dask: {worker}: found flowsim {found}; allowed: {ours}, as here")


def _version_there() -> str:
    """Return the version of a worker, where this is run."""
    return version("flowsim")
