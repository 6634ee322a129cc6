"""The commands, called as the command line calls them, in this process or in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from typer.testing import CliRunner

from flowsim.cli.commands import app
from flowsim.errors import FlowsimError
from flowsim.letters import escaped

KNOWN_ENDS = (0, 1, 2)


def call(*words: str) -> int:
    """Call a command here; return how it ended.

    Raises
    ------
    Exception
        If it ended in one that a user would see as a traceback.
    """
    ended = CliRunner().invoke(app, list(words))
    error = ended.exception
    if isinstance(error, FlowsimError):
        text = str(error)
        assert text.strip(), "an error without a word"
        assert text == escaped(text), f"a message that a terminal obeys: {text!r}"
        return 2
    if error is not None and not isinstance(error, SystemExit):
        raise error
    assert ended.exit_code in KNOWN_ENDS, f"ended with {ended.exit_code}: {ended.output}"
    return ended.exit_code


def call_apart(*words: str | bytes, environment: Mapping[str, str] | None = None) -> str:
    """Call a command in a process of its own; return what it says on standard error."""
    ended = subprocess.run(
        [sys.executable, "-m", "flowsim.cli", *words],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        timeout=60,
        check=False,
    )
    told = ended.stderr.decode("utf-8", "replace")
    assert ended.returncode in KNOWN_ENDS, f"ended with {ended.returncode}: {told}"
    assert "Traceback" not in told, told
    assert ended.returncode != 2 or told.strip(), "a fault without a word"
    return told
