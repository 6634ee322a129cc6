"""flowsim check, schema and new: about files, without a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from flowsim.language import N_, _, ngettext, speaking, spoken

if TYPE_CHECKING:
    from flowsim.scenario.schema import Scenario


def check(
    scenarios: Annotated[
        list[Path],
        typer.Argument(
            metavar="SCENARIO...",
            help=N_("Scenario files, or experiment files. Example: scenarios/*.toml"),
        ),
    ],
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help=N_("Change a value first. Example: --set run.replications=100"),
        ),
    ] = None,
) -> None:
    """Check scenario and experiment files."""
    from flowsim.errors import ScenarioError
    from flowsim.letters import escaped
    from flowsim.study.experiment.file import is_experiment

    faulty = 0
    for path in scenarios:
        try:
            with speaking():  # each file in its own language
                told = _experiment(path, set_) if is_experiment(path) else _scenario(path, set_)
                typer.echo(escaped(_("{path}: no faults, {told}").format(path=path, told=told)))
        except ScenarioError as error:
            typer.echo(str(error), err=True)
            faulty += 1
    if faulty:
        raise typer.Exit(2)


def _scenario(path: Path, settings: list[str] | None) -> str:
    """Check a scenario, print its warnings and loads, and say how many warnings there are."""
    from flowsim.letters import escaped
    from flowsim.report.sections.drivers import load_line
    from flowsim.report.words import Words
    from flowsim.scenario.loading import load
    from flowsim.scenario.workload import loads_of
    from flowsim.study.forecast import forecast

    scenario = load(path, set=settings)
    for warning in scenario.warnings:
        typer.echo(str(warning))
    words = Words(scenario)
    for one in loads_of(scenario):
        typer.echo(escaped(load_line(one, words)))
    typer.echo(str(forecast(scenario)))
    typer.echo(_assumed(scenario))
    n = len(scenario.warnings)
    return ngettext("{n} warning", "{n} warnings", n).format(n=n)


def _assumed(scenario: Scenario) -> str:
    """Say how many amounts are assumed, and how many of those have a range."""
    from flowsim.study.experiment.assumptions import assumed_with_ranges

    n, with_range = assumed_with_ranges(scenario)
    told = ngettext("{n} amount assumed", "{n} amounts assumed", n).format(n=n)
    words = _("{told}, of which {m} with a range in [uncertain]")
    return words.format(told=told, m=with_range)


def _experiment(path: Path, settings: list[str] | None) -> str:
    """Check an experiment, and say how many points it has."""
    from flowsim.errors import ResultsError
    from flowsim.study.experiment.loading import load_experiment
    from flowsim.study.forecast import forecast

    if settings:
        raise ResultsError(
            _("--set: {path} is an experiment; write it in its key set").format(path=path)
        )
    experiment = load_experiment(path)
    n = len(experiment.points)
    typer.echo(str(forecast(experiment.scenario, n * experiment.most_replications)))
    return ngettext("{n} point", "{n} points", n).format(n=n)


def schema(
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=N_("Write it to a file. Example: --out flowsim.schema.json")
        ),
    ] = None,
    experiment: Annotated[
        bool,
        typer.Option("--experiment", help=N_("That of experiment files. Example: --experiment")),
    ] = False,
) -> None:
    """Print the JSON Schema of scenario files, with which editors complete and check them."""
    if experiment:
        from flowsim.study.experiment.schema import json_schema
    else:
        from flowsim.scenario.schema import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    if out is None:
        typer.echo(text, nl=False)
    else:
        from flowsim.study.store import write_file

        write_file(out, text, replace=True)


def new(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help=N_("Name of the scenario. Example: my_association")),
    ],
    language: Annotated[
        Literal["sv", "en"] | None,
        typer.Option(
            help=N_("Swedish or English; default: as your computer. Example: --language sv")
        ),
    ] = None,
) -> None:
    """Write a commented scenario to start from."""
    from importlib.resources import files

    from flowsim.errors import ResultsError
    from flowsim.letters import escaped
    from flowsim.study.store import write_file

    if not Path(name).name.removesuffix(".toml").strip("."):
        raise ResultsError(_('"{name}": is no name for a file').format(name=name))
    path = Path(name if name.endswith(".toml") else f"{name}.toml")
    template = files("flowsim.scenario").joinpath(f"new_scenario_{language or spoken()}.toml")
    write_file(path, template.read_text(encoding="utf-8"))
    typer.echo(
        escaped(
            _("{path}: written. Change its numbers, then: flowsim run {path}").format(path=path)
        )
    )
