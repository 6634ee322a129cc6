"""The commands: parse, call, print, exit code. Nothing is worked out here.

This file is the first that a start reads, and it imports little, so that Ctrl-C ends cleanly also
while everything else is still being loaded.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

STOPPED = 130  # as shells report a program ended by Ctrl-C
TRACEBACK = "FLOWSIM_TRACEBACK"  # set: a fault of flowsim's own is shown with its place


def main() -> None:
    """Run a command; a fault is one line per fault and exit code 2, Ctrl-C is 130."""
    try:
        _make_ready()
        sys.exit(_run())
    except KeyboardInterrupt:
        _stop_at_once()
    except SystemExit as end:
        if end.code == STOPPED:
            _stop_at_once()
        raise
    except Exception as error:
        _end(error)


def _run() -> int:
    """Run the command that the words ask for, and return its exit code."""
    from flowsim.language import of_environment, speak, start

    start(of_environment(os.environ))
    if (language := _asked_for(sys.argv[1:])) is not None:
        speak(language)
    from flowsim.cli import usage
    from flowsim.cli.commands import app

    try:
        return usage.translated(app)(standalone_mode=False) or 0
    except usage.UsageError as error:
        usage.show(error)
        return int(error.exit_code)


def _asked_for(words: list[str]) -> str | None:
    """Return the language that the words of a command ask for; None if they ask for none.

    It is looked for before the words are read, so that also what is wrong with them is told in it.

    Examples
    --------
    >>> _asked_for(["report", "results/a", "--language", "sv"]), _asked_for(["--language=en"])
    ('sv', 'en')
    >>> _asked_for(["report", "--language", "de"])
    """
    from flowsim.language import LANGUAGES

    text = " ".join(words).replace("--language=", "--language ")
    after = [one.split(" ")[0] for one in text.split("--language ")[1:]]
    return after[-1] if after and after[-1] in LANGUAGES else None


def _make_ready() -> None:
    """Make the streams take any letter, and let a request to end tidy up."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed before the start
            stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, stream)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without a letter shows a "?"
    os.environ["MPLBACKEND"] = "agg"  # commands draw into files, whatever stands there
    for ending in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(ending, _end_cleanly)


def _end(error: Exception) -> None:
    """Print in one line what went wrong, and end with exit code 2; 1 if flowsim is at fault."""
    import errno

    from flowsim.errors import FlowsimError
    from flowsim.language import _

    if isinstance(error, FlowsimError):
        _complain(str(error))
    elif isinstance(error, MemoryError):
        _complain(_("out of memory: nothing was written; fewer replications take less"))
    elif isinstance(error, OSError) and error.filename is None:  # files are named, streams not
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno == errno.EPIPE:
            sys.exit(0)
        _complain(
            _("standard output: cannot be written: {strerror}").format(strerror=error.strerror)
        )
    elif isinstance(error, OSError):
        _complain(f"{error.filename}: {(error.strerror or str(error)).lower()}")
    else:
        if os.environ.get(TRACEBACK):
            raise error
        _complain(
            _(
                "flowsim: a fault of its own: {name}: {error}\n"
                "Please report it, with what is shown when {traceback}=1 is set"
            ).format(name=type(error).__name__, error=error, traceback=TRACEBACK)
        )
        sys.exit(1)
    sys.exit(2)


def _complain(text: str) -> None:
    with suppress(OSError, ValueError):  # if nobody can be told, the exit code has to do
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def _stop_at_once() -> None:
    """End without waiting for replications, or a compilation, that other threads are busy with."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(STOPPED)


def _end_cleanly(signal_number: int, _: object) -> None:
    sys.exit(128 + signal_number)  # as SystemExit it passes through what tidies up
