"""Options that several commands share, each with its help and an example."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from flowsim.cli import STOPPED as STOPPED
from flowsim.errors import ResultsError
from flowsim.language import N_, _

_SCENARIO = typer.Argument(
    metavar="SCENARIO", help=N_("The scenario file. Example: scenarios/orebro.toml")
)
ScenarioFile = Annotated[Path, _SCENARIO]
ScenarioFileOrNone = Annotated[Path | None, _SCENARIO]
ResultsFolder = Annotated[
    Path,
    typer.Argument(
        metavar="RESULTS_DIR", help=N_("Folder of a run. Example: results/orebro-1f2e3d4c")
    ),
]
FolderOfAnyKind = Annotated[
    Path,
    typer.Argument(
        metavar="RESULTS_DIR",
        help=N_(
            "Folder of a run, a comparison, an experiment, a search or a warm-up. "
            "Example: results/orebro-1f2e3d4c"
        ),
    ),
]
Replications = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=1_000_000,
        help=N_(
            "How many times to run it; more gives narrower intervals. Example: --replications 1000"
        ),
    ),
]
Draws = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=100_000,
        help=N_(
            "How many draws of the inputs in [uncertain] are played besides, each twice: what we "
            "do not know; default 500, 0 for none. Example: --draws 2000"
        ),
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        min=0, max=2**63 - 1, help=N_("Another seed gives another draw of luck. Example: --seed 7")
    ),
]
Precision = Annotated[
    str | None,
    typer.Option(
        metavar="KPI=SHARE",
        help=N_(
            "Run until the 95 % interval of this figure is within that share of it, at most "
            "--replications (default 5000) times. Example: --precision mapping.wait.mean=0.05"
        ),
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help=N_(
            "Change a value for this run; may be given many times. "
            "Example: --set teams.coaching.staff.coach.fte=6"
        ),
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        help=N_(
            "kernel (compiled, fast) or simpy (readable, slow); both give the same figures. "
            "Example: --engine simpy"
        )
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help=N_("Folder for the results; default results/NAME-HASH. Example: --out my_run"),
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json", help=N_("Print the figures as one JSON object instead. Example: --json")
    ),
]
NoReport = Annotated[
    bool,
    typer.Option(
        "--no-report",
        help=N_(
            "Leave out report.html, the report for a board; the command then ends a little "
            "sooner. Example: --no-report"
        ),
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", help=N_("Print nothing but errors. Example: --quiet"))
]
Force = Annotated[
    bool,
    typer.Option(
        "--force", help=N_("Begin although it is predicted to take over an hour. Example: --force")
    ),
]


def form_of_file(out: Path | None, form: str | None, allowed: Sequence[str]) -> str | None:
    """Return the form of a file: as asked for, or as its ending says.

    Raises
    ------
    ResultsError
        If the ending is that of another form, or of none.

    Examples
    --------
    >>> form_of_file(Path("board.PDF"), None, ["html", "pdf"])
    'pdf'
    """
    ending = "" if out is None else out.suffix.removeprefix(".").lower()
    if out is None or ending == form or (not ending and form):
        return form
    if ending not in allowed:
        endings = ", ".join(f".{one}" for one in allowed)
        raise ResultsError(
            _("--out: found {out}; allowed: a file that ends in {endings}").format(
                out=out, endings=endings
            )
        )
    if form is not None:
        raise ResultsError(
            _("--out: found {out} with --format {form}; allowed: --format {ending}").format(
                out=out, form=form, ending=ending
            )
        )
    return ending


def draws_asked(draws: int | None) -> int:
    """Return how many draws are played."""
    from flowsim.study.unknown import playing

    return playing.DRAWS if draws is None else draws
