"""flowsim calibrate."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Annotated

import typer

from flowsim.cli.long_runs import refuse_long
from flowsim.cli.options import STOPPED, Force, Json, Quiet, ScenarioFile, Seed, Settings
from flowsim.cli.talking import console_of, progress_bar, warn
from flowsim.language import N_, _


def calibrate(
    scenario: ScenarioFile,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="NAME",
            help=N_(
                "What the files are called: NAME.toml, NAME_draws.csv, NAME.html; default "
                "SCENARIO_calibrated. Example: --out ours"
            ),
        ),
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(help=N_("Draws of the ranges, one replication each. Example: --draws 20000")),
    ] = None,
    seed: Seed = None,
    set_: Settings = None,
    as_json: Json = False,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Find what observed figures tell of uncertain inputs."""
    from flowsim.errors import ResultsError
    from flowsim.report.calibration_paper import tell
    from flowsim.report.document.writers import WRITERS
    from flowsim.scenario.loading import load
    from flowsim.scenario.saving import calibrated
    from flowsim.scenario.user_files import fitting
    from flowsim.study import store
    from flowsim.study.calibrating import DRAWS, rows_of, settings_of
    from flowsim.study.calibrating import calibrate as study
    from flowsim.study.manifest import versions_now

    base = load(scenario, set=set_)
    if not quiet:
        warn(base, console_of(stderr=True))
    name = out or Path(f"{fitting(base.name)}_calibrated")
    paths = [name.with_name(name.name + end) for end in (".toml", "_draws.csv", ".html")]
    for path in paths:
        if path.exists():
            raise ResultsError(_("{path}: exists already; choose another name").format(path=path))
    n = DRAWS if draws is None else draws
    refuse_long([base], 10 * max(n, 1), force)  # a draw is loaded and compiled, like some plays
    try:
        with progress_bar(console_of(stderr=True), quiet) as progress:
            found = study(base, draws=n, seed=seed, progress=progress)
    except KeyboardInterrupt:
        typer.echo(_("stopped; nothing was written"), err=True)
        raise typer.Exit(STOPPED) from None
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(rows_of(found))
    document = tell(found, None, versions_now())
    text = calibrated(base.text, settings_of(found, found.centre), paths[1].name)
    contents = (text.encode(), table.getvalue().encode(), WRITERS["html"](document))
    for path, content in zip(paths, contents, strict=True):
        with store.whole_file(path) as new:
            new.write_bytes(content)
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=2))
    elif not quiet:
        typer.echo(WRITERS["terminal"](document).decode())
        typer.echo(_("Written: {paths}").format(paths=", ".join(map(str, paths))))
