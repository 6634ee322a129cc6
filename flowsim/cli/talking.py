"""What commands say to people: warnings, a progress bar; and the files that they write."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from flowsim.scenario.schema import Scenario
    from flowsim.study.replications import Progress


def console_of(stderr: bool = False) -> Console:
    """Return the console of standard output, or of standard error."""
    from rich.console import Console

    return Console(stderr=stderr)


def warn(scenario: Scenario, console: Console) -> None:
    """Print the warnings about a scenario."""
    for warning in scenario.warnings:
        console.print(str(warning), style="yellow", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress_bar(console: Console, quiet: bool) -> Iterator[Progress | None]:
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
    from flowsim.study.first_run import is_due

    begins = "compiling the kernel, once on this machine" if is_due() else "starting"
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(begins, total=None)
        yield lambda done, total: bar.update(
            task, description="replications", completed=done, total=total
        )


def write_new(path: Path, text: str, *, replace: bool) -> None:
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
