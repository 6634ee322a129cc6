"""Where a command has written what it made."""

from __future__ import annotations

from pathlib import Path

from flowsim.letters import escaped
from flowsim.report.catalogues import catalogue

__all__ = ["written_to"]


def written_to(path: Path, language: str) -> str:
    """Say where something was written.

    Examples
    --------
    >>> written_to(Path("results/orebro"), "sv")
    'Sparat i results/orebro'
    """
    _ = catalogue(language).gettext
    return _("Written to {folder}").format(folder=escaped(str(path)))
