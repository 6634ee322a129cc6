"""The commands: parse, call, print, exit code. Nothing is worked out here."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys

import typer

from flowsim.cli.compare import compare
from flowsim.cli.experiment import experiment
from flowsim.cli.export import export
from flowsim.cli.figures import figures
from flowsim.cli.files import check, new, schema
from flowsim.cli.find import find
from flowsim.cli.options import STOPPED
from flowsim.cli.report import report
from flowsim.cli.running import run
from flowsim.cli.verify import verify
from flowsim.cli.warmup import warmup
from flowsim.errors import FlowsimError

app = typer.Typer(
    name="flowsim",
    help="Simulate how people are referred, wait, are coached and leave, from a scenario file.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for _command in (
    run,
    check,
    schema,
    new,
    verify,
    export,
    warmup,
    compare,
    figures,
    experiment,
    find,
    report,
):
    app.command()(_command)


def main() -> None:
    """Run a command; a fault is one line per fault and exit code 2, Ctrl-C is 130."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a letter gets a "?"
    for ending in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(ending, _end_cleanly)
    try:
        app()
    except FlowsimError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)
    except MemoryError:
        typer.echo("out of memory: nothing was written; fewer replications take less", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        _stop_at_once()
    except SystemExit as end:
        if end.code == STOPPED:
            _stop_at_once()
        raise
    except OSError as error:  # what is printed cannot be written: a closed pipe, a full disk
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno == errno.EPIPE:
            sys.exit(0)
        typer.echo(f"standard output: cannot be written: {error.strerror}", err=True)
        sys.exit(2)


def _stop_at_once() -> None:
    """End without waiting for replications, or a compilation, that other threads are busy with."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(STOPPED)


def _end_cleanly(signal_number: int, _: object) -> None:
    sys.exit(128 + signal_number)  # as SystemExit it passes through what tidies up
