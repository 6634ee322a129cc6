"""What commands say to people: warnings, a progress bar, what is of an earlier run."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from flowsim.language import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console
    from rich.progress import Progress as Bar

    from flowsim.scenario.schema import Scenario
    from flowsim.study.replications import Progress
    from flowsim.study.store import NewFolder


def console_of(stderr: bool = False) -> Console:
    """Return the console of standard output, or of standard error."""
    from rich.console import Console

    return Console(stderr=stderr)


def warn(scenario: Scenario, console: Console) -> None:
    """Print the warnings about a scenario."""
    for warning in scenario.warnings:
        _warn(console, str(warning))


def teller(console: Console, quiet: bool) -> Callable[[str], None]:
    """Return what prints a sentence that people should know of while something is running."""
    return (lambda sentence: None) if quiet else partial(_warn, console)


def _warn(console: Console, sentence: str) -> None:
    console.print(sentence, style="yellow", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress_bar(console: Console, quiet: bool) -> Iterator[Progress | None]:
    """A bar with the time left, where somebody is looking; what is there already is no speed."""
    if quiet or not console.is_terminal:
        yield None
    else:
        with _bar(console) as progress:
            yield progress
    if not quiet:
        _complain_of_the_next_start(console)


def _complain_of_the_next_start(console: Console) -> None:
    """Print it if what was compiled cannot be kept; without the engine nothing was."""
    jit = sys.modules.get("flowsim.engine.jit")
    if jit is not None and (reason := jit.why_not_kept()):
        _warn(
            console,
            _("compiled code is not kept, so each start compiles anew: {reason}").format(
                reason=reason
            ),
        )


@contextmanager
def _bar(console: Console) -> Iterator[Progress]:
    """Show a bar, and give what is told how far the work is."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from flowsim.study.first_run import is_due

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    begins = _("compiling the kernel, once on this machine") if is_due() else _("starting")
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        yield _telling(bar, begins)


def _telling(bar: Bar, begins: str) -> Progress:
    """Return what is told how far the work is; its first call says where it begins."""
    task, begun = bar.add_task(begins, total=None), False

    def tell(done: int, total: int) -> None:
        nonlocal begun, task
        if not begun:
            bar.remove_task(task)
            task, begun = bar.add_task(_("replications"), total=total, completed=done), True
        bar.update(task, total=total, completed=done)

    return tell


def tell_earlier(new: NewFolder, language: str) -> None:
    """Print which reports and figures in a folder are of the earlier run."""
    if new.earlier:
        from flowsim.report.words import of_the_earlier_run

        console = console_of(stderr=True)
        text = of_the_earlier_run(new.earlier, language)
        console.print(text, markup=False, highlight=False, soft_wrap=True)
