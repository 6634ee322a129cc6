"""flowsim figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowsim.cli.options import STOPPED, Quiet, ResultsFolder
from flowsim.language import N_, _

if TYPE_CHECKING:
    from flowsim.report.figures import Drawing


def figures(
    results_dir: ResultsFolder,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help=N_(
                "svg (the default), png or pdf; may be given many times. Example: --format png"
            ),
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help=N_(
                "Folder for the figures; default RESULTS_DIR/figures. Example: --out my_figures"
            ),
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Draw the figures of a run from its results folder."""
    from flowsim.study.reading import read

    kinds = _checked(formats)
    results = read(results_dir, "flowsim figures")
    folder = out or results_dir / "figures"
    from flowsim.report.figures import draw
    from flowsim.study import store

    try:
        with store.whole_folder(folder, "figures") as new:
            index = [_write(drawing, new.path, kinds) for drawing in draw(results)]
            store.write_manifest(new.path / store.MANIFEST, "figures", {"figures": index})
    except KeyboardInterrupt:
        typer.echo(_("stopped; nothing was written"), err=True)
        raise typer.Exit(STOPPED) from None
    if not quiet:
        from flowsim.report.words import written_to

        typer.echo(written_to(folder, results.scenario.scenario.language))


def _checked(formats: list[str] | None) -> list[str]:
    """Return the formats asked for, once each; one that is none is refused."""
    from flowsim.errors import FlowsimError
    from flowsim.report.figures.drawing import FORMATS

    kinds = list(dict.fromkeys(formats or ["svg"]))
    for kind in kinds:
        if kind not in FORMATS:
            raise FlowsimError(
                _('--format: found "{kind}"; allowed: {formats}').format(
                    kind=kind, formats=", ".join(FORMATS)
                )
            )
    return kinds


def _write(drawing: Drawing, folder: Path, kinds: list[str]) -> dict[str, object]:
    """Write a figure and its numbers, and return what an index says of it."""
    from flowsim.study.csv_tables import write_csv

    for kind in kinds:
        drawing.save(folder / f"{drawing.name}.{kind}")
    write_csv(drawing.table, folder / f"{drawing.name}.csv")
    return {
        "name": drawing.name,
        "title": drawing.title,
        "caption": drawing.caption,
        "text": drawing.text,
        "files": [f"{drawing.name}.{kind}" for kind in (*kinds, "csv")],
    }
