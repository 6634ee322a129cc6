"""The commands: parse, call, print, exit code. Nothing is worked out here."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowsim.errors import FlowsimError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from flowsim.scenario.schema import Scenario
    from flowsim.study.replications import Progress
    from flowsim.study.results import Results

STOPPED = 130  # as shells report a program ended by Ctrl-C

app = typer.Typer(
    name="flowsim",
    help="Simulate how people are referred, wait, are coached and leave, from a scenario file.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ScenarioFile = Annotated[
    Path,
    typer.Argument(metavar="SCENARIO", help="The scenario file. Example: scenarios/orebro.toml"),
]


@app.command()
def run(
    scenario: ScenarioFile,
    replications: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1_000_000,
            help="How many times to run it; more gives narrower intervals. "
            "Example: --replications 1000",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Another seed gives another draw of luck. Example: --seed 7"),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Change a value for this run; may be given many times. "
            "Example: --set teams.coaching.staff.coach.fte=6",
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            help="kernel (compiled, fast) or simpy (readable, slow); both give the same figures. "
            "Example: --engine simpy"
        ),
    ] = "kernel",
    events: Annotated[
        bool, typer.Option("--events", help="Keep every event as well. Example: --events")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder for the results; default results/NAME-HASH. Example: --out my_run",
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print the figures as one JSON object instead. Example: --json"
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print nothing but errors. Example: --quiet")
    ] = False,
) -> None:
    """Run a scenario: waiting times, throughput and cost, with intervals.

    Example: flowsim run scenarios/orebro.toml --set teams.coaching.staff.coach.fte=6
    """
    from flowsim.scenario.loading import load

    loaded = load(scenario, set=set_)
    errors = _console(stderr=True)
    if not quiet:
        _warn(loaded, errors)
    from flowsim.study import replications as study
    from flowsim.study import store
    from flowsim.study.results import default_folder

    key = loaded.run.seed if seed is None else seed
    folder = out or default_folder(loaded, key, engine)
    try:
        with store.whole_folder(folder) as open_folder, _progress(errors, quiet) as progress:
            results = study.run(
                loaded,
                replications=replications,
                seed=key,
                engine=engine,
                events=events,
                progress=progress,
            )
            results.write(open_folder)
    except KeyboardInterrupt:
        typer.echo("stopped; nothing was written", err=True)
        raise typer.Exit(STOPPED) from None
    _print(results, folder, as_json, quiet)


def _print(results: Results, folder: Path, as_json: bool, quiet: bool) -> None:
    if as_json:
        typer.echo(json.dumps(results.to_json(), indent=2, ensure_ascii=False))
    elif not quiet:
        from flowsim.report.terminal import show
        from flowsim.report.words import words

        console = _console()
        show(results, console)
        written = words(results.scenario.scenario.language)["written_to"]
        console.print(written.format(folder=folder), markup=False, highlight=False)


@app.command()
def check(
    scenarios: Annotated[
        list[Path],
        typer.Argument(metavar="SCENARIO...", help="Scenario files. Example: scenarios/*.toml"),
    ],
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Change a value first. Example: --set run.replications=100",
        ),
    ] = None,
) -> None:
    """Check scenario files: every fault and warning, with its line. Nothing is run.

    Example: flowsim check scenarios/orebro.toml
    """
    from flowsim.errors import ScenarioError
    from flowsim.scenario.loading import load

    faulty = 0
    for path in scenarios:
        try:
            loaded = load(path, set=set_)
        except ScenarioError as error:
            typer.echo(str(error), err=True)
            faulty += 1
            continue
        for warning in loaded.warnings:
            typer.echo(str(warning))
        typer.echo(f"{path}: no faults, {_counted(len(loaded.warnings), 'warning')}")
    if faulty:
        raise typer.Exit(2)


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


@app.command()
def schema(
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write it to a file. Example: --out flowsim.schema.json"),
    ] = None,
) -> None:
    """Print the JSON Schema of scenario files, with which editors complete and check them.

    Example: flowsim schema --out scenarios/flowsim.schema.json
    """
    from flowsim.scenario.schema import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    if out is None:
        typer.echo(text, nl=False)
    else:
        _write_new(out, text, replace=True)


@app.command()
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the scenario. Example: my_association")
    ],
) -> None:
    """Write NAME.toml: a commented scenario of a reception and a coaching team, to start from.

    Example: flowsim new my_association
    """
    from importlib.resources import files

    from flowsim.errors import ResultsError

    if not Path(name).name.removesuffix(".toml").strip("."):
        raise ResultsError(f'"{name}": is no name for a file')
    path = Path(name if name.endswith(".toml") else f"{name}.toml")
    template = files("flowsim.scenario").joinpath("new_scenario.toml").read_text(encoding="utf-8")
    _write_new(path, template, replace=False)
    typer.echo(f"{path}: written. Change its numbers, then: flowsim run {path}")


def _write_new(path: Path, text: str, *, replace: bool) -> None:
    """Write a file under another name and rename it, so that it is whole or not there."""
    from flowsim.errors import ResultsError

    if path.exists() and not replace:
        raise ResultsError(f"{path}: exists already; choose another name")
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise ResultsError(f"{path}: cannot be written: {reason}") from None


# Talking to people ------------------------------------------------------------------------------


def _console(stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr)


def _warn(scenario: Scenario, console: Console) -> None:
    for warning in scenario.warnings:
        console.print(str(warning), style="yellow", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _progress(console: Console, quiet: bool) -> Iterator[Progress | None]:
    """A bar with the time left, where somebody is looking."""
    if quiet or not console.is_terminal:
        yield None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("starting (the first run on a machine compiles the engine)", total=None)
        yield lambda done, total: bar.update(
            task, description="replications", completed=done, total=total
        )


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


if __name__ == "__main__":
    main()
