"""flowsim app."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowsim.language import N_, _, spoken

if TYPE_CHECKING:
    from flowsim.scenario.schema import Scenario

LOOPBACK = "127.0.0.1"
PORT = 8765


def app(
    scenario: Annotated[
        Path | None,
        typer.Argument(
            help=N_("The scenario that the page opens with. Example: scenarios/orebro.toml")
        ),
    ] = None,
    port: Annotated[
        int,
        typer.Option(
            min=0, max=65535, help=N_("Port of the page; 0: a free one. Example: --port 0")
        ),
    ] = PORT,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help=N_(
                "Where it listens; only this machine reaches the default. Example: --host 0.0.0.0"
            ),
        ),
    ] = LOOPBACK,
    name: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST",
            help=N_(
                "A name under which others reach the page, beside localhost; may be given many "
                "times. Example: --name flowsim.example.org"
            ),
        ),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help=N_("Do not open a browser. Example: --no-browser"))
    ] = False,
) -> None:
    """Serve the page on which what-ifs are tried."""
    from flowsim.errors import ResultsError
    from flowsim.scenario.loading import load

    try:
        from flowsim.app.serving import serve
    except ImportError as error:
        raise ResultsError(
            _("app: {library} is not installed (pip install 'flowsim[app]')").format(
                library=error.name
            )
        ) from None
    first = load(scenario) if scenario is not None else _new()
    serve(first, host, port, tuple(name or ()), opens_browser=not no_browser)


def _new() -> Scenario:
    """Return the scenario that `flowsim new` writes, in the language that is spoken."""
    from importlib.resources import files

    from flowsim.scenario.loading import loads

    template = files("flowsim.scenario").joinpath(f"new_scenario_{spoken()}.toml")
    return loads(template.read_text("utf-8"), name="new")
