"""A server for the page, until Ctrl-C."""

from __future__ import annotations

import socket
import threading
import webbrowser

import typer
import uvicorn

from flowsim.app.pages import Site
from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.scenario.schema import Scenario

__all__ = ["serve"]


def serve(
    scenario: Scenario, host: str, port: int, names: tuple[str, ...], *, opens_browser: bool
) -> None:
    """Serve the page of a scenario.

    Parameters
    ----------
    host, port : where it listens; port 0 is a free one
    names : under which others reach it, beside those of this machine

    Raises
    ------
    ResultsError
        If the port is in use, or may not be listened at.
    """
    try:
        listener = socket.create_server((host, port), reuse_port=False)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ResultsError(
            _("--port: found {port}: {reason}; allowed: a free port").format(
                port=port, reason=reason
            )
        ) from None
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0") else host
    address = f"http://{shown}:{listener.getsockname()[1]}/"
    typer.echo(_("The page is at {address} (Ctrl-C ends it)").format(address=address))
    site = Site(scenario, names)
    if opens_browser:
        threading.Timer(0.5, webbrowser.open, [address]).start()
    config = uvicorn.Config(
        site.app, log_level="warning", server_header=False, timeout_graceful_shutdown=2
    )
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        site.workshop.close()
