"""The command `flowsim`, as tests give it: in this process, as its own start takes seconds.

What needs a process of its own (signals, limits of memory, other encodings, what is imported)
starts one: `separate`.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from flowsim.cli import main
from flowsim.language import speaking

__all__ = ["Ended", "flowsim_command", "separate"]

Ended = subprocess.CompletedProcess[str]
ENDINGS = (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))


def flowsim_command(*words: object, cwd: Path | None = None, **environment: str) -> Ended:
    """Give a command by the function that the program `flowsim` calls.

    Parameters
    ----------
    words : of the command, without `flowsim`
    cwd : where it is given; None: here
    environment : what it finds in the environment beside what is there
    """
    line = ["flowsim", *map(str, words)]
    out, error = _stream(), _stream()
    with (
        speaking(),
        _as_given(line, cwd, environment),
        redirect_stdout(out),
        redirect_stderr(error),
    ):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return subprocess.CompletedProcess(line, code, _text(out), _text(error))


def separate(*words: object, cwd: Path | None = None, **environment: str) -> Ended:
    """Give a command in a process of its own; the parameters are those of `flowsim_command`."""
    return subprocess.run(
        [sys.executable, "-m", "flowsim.cli", *map(str, words)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        errors="replace",  # a stream may be in another encoding
        timeout=300,
        check=False,
    )


@contextmanager
def _as_given(line: list[str], cwd: Path | None, environment: dict[str, str]) -> Iterator[None]:
    """Make the words, the folder and the environment those of a command, and all as it was."""
    kept = sys.argv, Path.cwd(), dict(os.environ), [signal.getsignal(n) for n in ENDINGS]
    sys.argv = line
    os.chdir(cwd or kept[1])
    os.environ.update(environment)
    try:
        yield
    finally:
        sys.argv = kept[0]
        os.chdir(kept[1])
        os.environ.clear()
        os.environ.update(kept[2])
        for number, handler in zip(ENDINGS, kept[3], strict=True):
            signal.signal(number, handler)


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8")
