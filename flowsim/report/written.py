"""Where a command has written what it made, and what it has left there of an earlier run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flowsim.report.catalogues import catalogue

__all__ = ["of_the_earlier_run", "written_to"]


def written_to(path: Path, language: str) -> str:
    """Say where something was written.

    Examples
    --------
    >>> written_to(Path("results/orebro"), "sv")
    'Sparat i results/orebro'
    """
    _ = catalogue(language).gettext
    return _("Written to {folder}").format(folder=path)


def of_the_earlier_run(names: Sequence[str], language: str) -> str:
    """Format which reports and figures in a folder do not show what was written now.

    Examples
    --------
    >>> of_the_earlier_run(["report.docx", "figures"], "en")
    'Kept, but of the earlier run: report.docx, figures'
    """
    _ = catalogue(language).gettext
    return _("Kept, but of the earlier run: {names}").format(names=", ".join(names))
