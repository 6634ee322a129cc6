"""flowsim compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowsim.cli.long_runs import refuse_long
from flowsim.cli.options import (
    STOPPED,
    Draws,
    Engine,
    Force,
    Json,
    NoReport,
    Quiet,
    Replications,
    Seed,
    draws_asked,
)
from flowsim.cli.reporting import leave_report, print_result
from flowsim.cli.talking import console_of, progress_bar, tell_earlier, warn
from flowsim.language import N_, _

if TYPE_CHECKING:
    from flowsim.scenario.schema import Scenario
    from flowsim.study.comparison.results import Comparison

Scenarios = dict[str, "Scenario"]


def compare(
    base: Annotated[
        Path,
        typer.Argument(
            metavar="BASE",
            help=N_("What all others are compared with. Example: scenarios/orebro.toml"),
        ),
    ],
    others: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="OTHER...",
            help=N_("Scenario files to compare with it. Example: scenarios/sofint.toml"),
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help=N_(
                "Without OTHER: all of them together make one variant of the base. With OTHER: "
                "they change every scenario, the base too. "
                "Example: --set teams.coaching.staff.coach.fte=6"
            ),
        ),
    ] = None,
    variant: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME: KEY=VALUE, ...",
            help=N_(
                "A variant of the base with a name; may be given many times. "
                "Example: --variant 'Six coaches: teams.coaching.staff.coach.fte=6'"
            ),
        ),
    ] = None,
    kpi: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help=N_(
                "A figure to compare; may be given many times. Default: waits, outcomes, cost "
                "and goals. Example: --kpi coaching.wait.mean"
            ),
        ),
    ] = None,
    period: Annotated[
        str, typer.Option(help=N_("run, or a calendar year. Example: --period 2019"))
    ] = "run",
    replications: Replications = None,
    seed: Seed = None,
    engine: Engine = "kernel",
    draws: Draws = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help=N_(
                "Folder for the results; default results/compare-BASE-HASH. "
                "Example: --out my_comparison"
            ),
        ),
    ] = None,
    no_report: NoReport = False,
    as_json: Json = False,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Compare scenarios run with the same luck."""
    first, variants = _loaded(base, others or [], set_ or [], variant or [])
    errors = console_of(stderr=True)
    if not quiet:
        for scenario in (first, *variants.values()):
            warn(scenario, errors)
        if set_ and others:
            typer.echo(_("--set: changes every scenario, the base too"), err=True)
    from flowsim.study import store
    from flowsim.study.comparison import comparing as study
    from flowsim.study.comparison.folder import default_folder
    from flowsim.study.forecast import most_replications

    scenarios = study.named(first, variants)
    key = first.run.seed if seed is None else seed
    for notice in [] if quiet else study.notices(scenarios, key):
        typer.echo(str(notice), err=True)
    refuse_long(scenarios.values(), replications or most_replications(first), force, engine=engine)
    folder = out or default_folder(scenarios, key, engine)
    try:
        with (
            store.whole_folder(folder, "comparison") as new,
            progress_bar(errors, quiet) as progress,
        ):
            comparison = study.compare(
                first,
                variants,
                kpis=kpi,
                period=period,
                replications=replications,
                seed=key,
                engine=engine,
                progress=progress,
                draws=draws_asked(draws),
            )
            comparison.write(new.path)
            _draw(comparison, new.path)
            if not no_report:
                leave_report(comparison, new.path)
    except KeyboardInterrupt:
        typer.echo(_("stopped; nothing was written"), err=True)
        raise typer.Exit(STOPPED) from None
    print_result(comparison, folder, as_json, quiet)
    if not quiet:
        tell_earlier(new, first.scenario.language)


def _loaded(
    base: Path, others: list[Path], settings: list[str], variants: list[str]
) -> tuple[Scenario, Scenarios]:
    """Load everything; every fault of every scenario comes at once."""
    from flowsim.errors import Fault, ScenarioError
    from flowsim.scenario.loading import load
    from flowsim.scenario.user_files import name_of
    from flowsim.scenario.variants import read_variant

    common = settings if others else []
    wanted: list[tuple[str, Path, list[str]]] = [
        (name_of(path.stem), path, []) for path in (base, *others)
    ]
    if settings and not others:
        wanted.append((", ".join(settings), base, settings))
    faults: list[Fault] = []
    for text in variants:
        try:
            name, own = read_variant(text)
            wanted.append((name, base, own))
        except ScenarioError as error:
            faults += error.faults
    loaded: list[Scenario] = []
    files: dict[Path, Scenario] = {}
    for _name, path, own in wanted:
        try:
            if own and path in files:
                loaded.append(files[path].with_(own))
            else:
                loaded.append(load(path, set=[*common, *own]))
                files.update({} if own else {path: loaded[-1]})
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(list(dict.fromkeys(faults)))
    names = _distinct([name for name, _, _ in wanted], [name_of(path) for _, path, _ in wanted])
    return loaded[0], dict(zip(names[1:], loaded[1:], strict=True))


def _distinct(names: list[str], paths: list[str]) -> list[str]:
    """Return names of which none stands twice: with the path, and then with a number.

    Examples
    --------
    >>> _distinct(["a", "a", "b", "a"], ["a.toml", "x/a.toml", "b", "a"])
    ['a', 'x/a.toml', 'b', 'a (2)']
    """
    found: list[str] = []
    for name, path in zip(names, paths, strict=True):
        known = set(found)
        choices = [name, path] if Path(path).stem == name and path != name else [name]
        choices += [f"{name} ({number})" for number in range(2, len(names) + 2)]
        found.append(next(choice for choice in choices if choice not in known))
    return found


def _draw(comparison: Comparison, folder: Path) -> None:
    from flowsim.report.comparison_paper.drawing import differences_drawing
    from flowsim.report.comparison_paper.paper import ComparisonPaper

    drawing = differences_drawing(ComparisonPaper(comparison))
    for kind in ("svg", "png"):
        drawing.save(folder / f"comparison.{kind}")
