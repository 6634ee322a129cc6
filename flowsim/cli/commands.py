"""All commands of `flowsim`, put together."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import typer

from flowsim.cli.compare import compare
from flowsim.cli.experiment import experiment
from flowsim.cli.export import export
from flowsim.cli.figures import figures
from flowsim.cli.files import check, new, schema
from flowsim.cli.find import find
from flowsim.cli.import_ import import_
from flowsim.cli.report import report
from flowsim.cli.running import run
from flowsim.cli.verify import verify
from flowsim.cli.warmup import warmup

app = typer.Typer(
    name="flowsim",
    help="Simulate how people are referred, wait, are coached and leave, from a scenario file.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _without_abort(command: Callable[..., None]) -> Callable[..., None]:
    """Let no file that ends too early pass for Ctrl-D, which typer answers with "Aborted!"."""

    @wraps(command)
    def called(*words: Any, **options: Any) -> None:
        try:
            command(*words, **options)
        except EOFError as error:
            raise RuntimeError(f"EOFError: {error}") from error

    called.__name__ = command.__name__.rstrip("_")  # `import` is a word of Python's
    return called


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
    import_,
):
    app.command()(_without_abort(_command))
