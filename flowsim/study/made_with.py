"""What figures are made with: the code and the libraries that decide them to the last bit."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from flowsim.language import _

__all__ = ["difference", "made_with"]

PACKAGE = Path(__file__).parent.parent
CODE = ("scenario", "engine", "analysis", "study/experiment/blocks.py")  # what a block runs through
LIBRARIES = ("llvmlite", "numba", "numpy", "scipy", "simpy")


@cache
def made_with() -> tuple[str, ...]:
    """Return what this process makes figures with, each with its version.

    Two processes on processors of one kind that return the same give the same figures. The code
    is named by a hash of its text, for between two releases it changes and its version does not.

    Examples
    --------
    >>> [part.split()[0] for part in made_with()]
    ['flowsim', 'code', 'llvmlite', 'numba', 'numpy', 'scipy', 'simpy']
    """
    libraries = (f"{name} {version(name)}" for name in LIBRARIES)
    return (f"flowsim {version('flowsim')}", f"code {_hash_of_code()}", *libraries)


def _hash_of_code() -> str:
    """Return eight characters that stand for the code; how its lines end makes no difference."""
    paths = [path for name in CODE for path in _sources(PACKAGE / name)]
    digest = hashlib.sha256()
    for path in paths:
        text = path.read_text("utf-8")
        digest.update(f"{path.relative_to(PACKAGE).as_posix()}\0{text}\0".encode())
    return digest.hexdigest()[:8]


def _sources(path: Path) -> list[Path]:
    """Return a file, or all files of a folder in an order that every system has."""
    if path.is_file():
        return [path]
    return sorted(path.rglob("*.py"), key=lambda source: source.as_posix())


def difference(theirs: tuple[str, ...], ours: tuple[str, ...]) -> str:
    """Format what differs, as faults are told.

    Examples
    --------
    >>> difference(("flowsim 0.1.0", "numpy 2.3.5"), ("flowsim 0.1.0", "numpy 2.4.6"))
    'found numpy 2.3.5; allowed: numpy 2.4.6, as here'
    """
    found = ", ".join(part for part in theirs if part not in ours)
    allowed = ", ".join(part for part in ours if part not in theirs)
    return _("found {found}; allowed: {allowed}, as here").format(
        found=found or _("less"), allowed=allowed
    )
