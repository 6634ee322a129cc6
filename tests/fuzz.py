"""Bad input never breaks it: thousands of damaged files, settings and folders.

    python tests/fuzz.py --texts 20000 --files 200 --folders 140

Whatever comes in, only a `FlowsimError` may come out, whose text a terminal shows as it stands, and
nothing may take more than `SECONDS` of processor time, or `MEMORY`. Each case is known by its kind
and number, and written anew from these and the seed; `--only KIND NUMBER` repeats one.

A scenario that is right after all, but predicted to take seconds a replication, is only checked.
"""

from __future__ import annotations

import argparse
import faulthandler
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

SECONDS = 10
MEMORY = 2 * 1024**3
STUCK = 60 * SECONDS
"""After so long by the clock a process that waits, or that hears no alarm, is ended."""
ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(Path(__file__).parent))

Case = tuple[str, int]


class TooLongError(BaseException):
    """A case took longer than it may."""


def cases(texts: int, files: int, folders: int) -> Iterator[Case]:
    """Give the kind and number of every case."""
    shares = {"scenario": 0.6, "experiment": 0.15, "setting": 0.15, "list": 0.1}
    for kind, share in shares.items():
        yield from ((kind, number) for number in range(round(texts * share)))
    yield from (("file", number) for number in range(files))
    yield from (("folder", number) for number in range(folders))


def failure_of(case: Case, seed: int) -> str:
    """Carry out a case; return what went wrong, empty if nothing did."""
    from fuzzing.kinds import KINDS

    kind, number = case
    begun = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        with tempfile.TemporaryDirectory() as folder:
            KINDS[kind](Random(f"{seed} {kind} {number}"), Path(folder))
    except TooLongError:
        return f"over {SECONDS} s\n{traceback.format_exc(limit=-16)}"
    except (Exception, SystemExit):
        return traceback.format_exc(limit=-12)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    spent = time.process_time() - begun
    return f"{spent:.1f} s" if spent > SECONDS else ""


def ready() -> None:
    """Load everything, and only then limit what a process may take."""
    from fuzzing import kinds

    kinds.prepare()

    def ring(*_: object) -> None:
        raise TooLongError

    signal.signal(signal.SIGPROF, ring)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))


def work(pipe: Connection, seed: int, many: list[Case]) -> None:
    """Carry out cases one after the other, and tell of each."""
    faulthandler.enable()
    ready()
    for case in many:
        faulthandler.dump_traceback_later(STUCK, exit=True)
        pipe.send((case, failure_of(case, seed)))
        faulthandler.cancel_dump_traceback_later()
    pipe.send(None)


def failures(seed: int, many: list[Case], workers: int) -> Iterator[tuple[Case, str]]:
    """Carry out cases in some processes; a process that dies is one more failure."""
    context = multiprocessing.get_context("spawn")
    shares = [many[place::workers] for place in range(workers)]
    running: dict[Connection, tuple[multiprocessing.process.BaseProcess, list[Case]]] = {}

    def start(share: list[Case]) -> None:
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(there, seed, share))
        process.start()
        there.close()
        running[here] = process, share

    for share in filter(None, shares):
        start(share)
    while running:
        for pipe in multiprocessing.connection.wait(list(running)):
            assert isinstance(pipe, Connection)
            process, share = running[pipe]
            try:
                news = pipe.recv()
            except EOFError:
                del running[pipe]
                process.join()
                yield share[0], f"the process ended with {process.exitcode}"
                if share[1:]:
                    start(share[1:])
                continue
            if news is None:
                del running[pipe]
                process.join()
                continue
            case, failure = news
            running[pipe] = process, share[1:]
            n_left = sum(len(left) for _, left in running.values())
            if n_left % 1000 == 0:
                print(f"{n_left} cases are left", file=sys.stderr, flush=True)
            if failure:
                yield case, failure


def main() -> None:
    """Carry out all cases, and end with 1 if any failed."""
    parser = argparse.ArgumentParser(description="Bad input never breaks it.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--folders", type=int, default=140)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", nargs=2, metavar=("KIND", "NUMBER"))
    asked = parser.parse_args()
    os.chdir(ROOT)
    many = list(cases(asked.texts, asked.files, asked.folders))
    if asked.only:
        many = [(asked.only[0], int(asked.only[1]))]
    begun, n_failed = time.monotonic(), 0
    for (kind, number), failure in failures(asked.seed, many, asked.workers):
        n_failed += 1
        print(f"{kind} {number}: {failure}", flush=True)
    spent = time.monotonic() - begun
    print(f"{len(many)} cases of seed {asked.seed} in {spent:.0f} s: {n_failed} failed")
    sys.exit(n_failed > 0)


if __name__ == "__main__":
    main()
