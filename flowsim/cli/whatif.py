"""flowsim whatif."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowsim.cli.long_runs import refuse_long
from flowsim.cli.options import STOPPED, Force, Quiet, ScenarioFile, Settings
from flowsim.cli.talking import console_of, progress_bar, warn
from flowsim.language import N_, _

DRAWS = 128
REPLICATIONS = 200
MOST_BYTES = 1_000_000


def whatif(
    scenario: ScenarioFile,
    over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=LOW:HIGH:STEP",
            help=N_(
                "What can be moved on the page: a range, or values with commas between; up to "
                "four times. Example: --over teams.coaching.staff.coach.fte=3:8:0.5"
            ),
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(metavar="FILE", help=N_("The file to write. Example: --out our_page.html")),
    ] = Path("whatif.html"),
    replications: Annotated[
        int, typer.Option(min=2, help=N_("Runs of each combination. Example: --replications 400"))
    ] = REPLICATIONS,
    draws: Annotated[
        int,
        typer.Option(
            min=0,
            help=N_(
                "Draws of the inputs in [uncertain] at each combination; 0 for none. "
                "Example: --draws 0"
            ),
        ),
    ] = DRAWS,
    language: Annotated[
        str | None,
        typer.Option(metavar="sv|en", help=N_("Language of the page. Example: --language en")),
    ] = None,
    set_: Settings = None,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Write a page that can be mailed."""
    from flowsim.errors import ResultsError
    from flowsim.language import LANGUAGES, catalogue
    from flowsim.report.words import in_language
    from flowsim.scenario.loading import load
    from flowsim.study import store
    from flowsim.whatif.grid import compared, grid_of
    from flowsim.whatif.page import Texts, blocks_of, page

    base = load(scenario, set=set_)
    told_in = language or base.scenario.language
    if told_in not in LANGUAGES:
        raise ResultsError(_("--language: found {found}; allowed: sv or en").format(found=told_in))
    if not quiet:
        warn(base, console_of(stderr=True))
    base = in_language(base, told_in)
    grid = grid_of(base, over or (), told_in)
    plays = replications + 12 * draws  # a draw is loaded and compiled, which costs like six plays
    refuse_long([base], plays * len(grid.options), force)
    name = catalogue(told_in).gettext("The proposal")
    if out.exists():  # before minutes of work
        raise ResultsError(_("{path}: exists already; choose another name").format(path=out))
    texts, first = Texts(), None
    try:
        with progress_bar(console_of(stderr=True), quiet) as progress:
            for result in compared(grid, name, replications, draws, progress):
                first = first or result
                texts.add(blocks_of(result, told_in))
    except KeyboardInterrupt:
        typer.echo(_("stopped; nothing was written"), err=True)
        raise typer.Exit(STOPPED) from None
    content = page(grid, first, texts, told_in).encode()  # type: ignore[arg-type]
    with store.whole_file(out) as new:
        new.write_bytes(content)
    if not quiet:
        typer.echo(_("Written to {path}").format(path=out))
        if len(content) > MOST_BYTES:
            text = _("{path}: {size} kB; mail may refuse it: take fewer values")
            typer.echo(text.format(path=out, size=round(len(content) / 1000)), err=True)
