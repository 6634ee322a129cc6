"""All commands of `flowsim`, put together."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import typer

from flowsim.cli.app import app as app_
from flowsim.cli.calibrate import calibrate
from flowsim.cli.compare import compare
from flowsim.cli.experiment import experiment
from flowsim.cli.export import export
from flowsim.cli.figures import figures
from flowsim.cli.files import check, new, schema
from flowsim.cli.find import find
from flowsim.cli.import_ import import_
from flowsim.cli.report import report
from flowsim.cli.running import run
from flowsim.cli.usage import Command, Commands
from flowsim.cli.verify import verify
from flowsim.cli.warmup import warmup
from flowsim.cli.whatif import whatif
from flowsim.language import N_

app = typer.Typer(
    name="flowsim",
    cls=Commands,
    help=N_("Simulate how people are referred, wait, are coached and leave, from a scenario file."),
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


_COMMANDS: dict[Callable[..., None], str] = {
    run: N_(
        "Run a scenario: waiting times, throughput and cost, with intervals.\n\n"
        "Example: flowsim run scenarios/orebro.toml --set teams.coaching.staff.coach.fte=6"
    ),
    check: N_(
        "Check scenario and experiment files: every fault and warning, with its line, without"
        " a run.\n\n"
        "Example: flowsim check scenarios/orebro.toml"
    ),
    schema: N_(
        "Print the JSON Schema of scenario files, with which editors complete and check "
        "them.\n\n"
        "Example: flowsim schema --out scenarios/flowsim.schema.json"
    ),
    new: N_(
        "Write NAME.toml: a commented scenario of a reception and a coaching team, to start "
        "from.\n\n"
        "Example: flowsim new my_association"
    ),
    verify: N_(
        "Repeat what a folder holds, from it alone, and compare every figure to the last "
        "bit.\n\n"
        "A run, a comparison, an experiment (also one that is not finished), a search or a "
        "warm-up.\n\n"
        "Ends with 0 if all is identical, 1 if anything differs, 2 if the folder cannot be "
        "read.\n\n"
        "Example: flowsim verify results/orebro-1f2e3d4c"
    ),
    export: N_(
        "Write the event log of a run: who was referred, waited, started and left, and "
        "when.\n\n"
        "A log that was not kept with --events is simulated again from the folder.\n\n"
        "Example: flowsim export results/orebro-1f2e3d4c --format xes --replication 0"
    ),
    warmup: N_(
        "Find how long a steady-state run should warm up, by MSER-5 and Welch's "
        "procedure.\n\n"
        "Example: flowsim warmup my_association.toml --length '20 years'"
    ),
    compare: N_(
        "Compare scenarios run with the same luck: which differences are there, and how sure "
        "are they.\n\n"
        "Example: flowsim compare scenarios/orebro.toml --set "
        "teams.coaching.staff.coach.fte=6"
    ),
    figures: N_(
        "Draw the figures of a run from its results folder, each with its numbers and a "
        "sentence.\n\n"
        "Example: flowsim figures results/orebro-1f2e3d4c --format png"
    ),
    experiment: N_(
        "Run an experiment file: a question, and the scenarios that answer it.\n\n"
        "It may be stopped at any moment: run again, it goes on where it was. More points or "
        "replications later: only what is new is run.\n\n"
        "Example: flowsim experiment experiments/coaches.toml --replications 1000"
    ),
    find: N_(
        "Find the best option that keeps its limits, with a stated confidence.\n\n"
        "Example: flowsim find scenarios/orebro.toml --over "
        "teams.reception.staff.caseworker.fte=2:4:0.5 --minimise "
        "teams.reception.staff.caseworker.fte --subject-to 'mapping.wait.mean <= 2 weeks'"
    ),
    report: N_(
        "Write what a results folder holds as a report for a board: one file.\n\n"
        "The same results give the same file.\n\n"
        "Example: flowsim report results/orebro-1f2e3d4c --language sv"
    ),
    app_: N_(
        "Serve the page on which a board tries its own what-ifs, on this machine alone.\n\n"
        "Example: flowsim app scenarios/orebro.toml"
    ),
    calibrate: N_(
        "Find what observed figures tell of the inputs in [uncertain], and what they "
        "cannot tell.\n\n"
        "Example: flowsim calibrate scenarios/orebro.toml"
    ),
    whatif: N_(
        "Write a page that can be mailed: sliders that look up what was run before; no server.\n\n"
        "Example: flowsim whatif scenarios/orebro.toml --over "
        "teams.coaching.staff.coach.fte.2019=3:6:0.5"
    ),
    import_: N_(
        "Make a scenario of a local list: what it tells, with ranges, and what has to be "
        "assumed.\n\n"
        "Personal data are refused before anything is read; no row of the list is kept.\n\n"
        "Example: flowsim import list.xlsx --kind active --from 2022-01-01 --until 2024-12-31"
    ),
}
for _command, _help in _COMMANDS.items():
    _name = _command.__name__.rstrip("_")
    app.command(_name, cls=Command, help=_help)(_without_abort(_command))
