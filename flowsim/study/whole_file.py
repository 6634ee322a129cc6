"""A file that is written little by little, and is whole or not there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flowsim.errors import ResultsError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that takes its place once all is written.

    Raises
    ------
    ResultsError
        If `path` is there already, or cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with whole_file(Path(folder) / "log.txt") as temporary:
    ...         _ = temporary.write_text("all of it")
    ...     [path.name for path in Path(folder).iterdir()]
    ['log.txt']
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}") if path.name else path
    try:
        if path.exists() or not path.name:
            raise ResultsError(f"{path}: exists already; choose another name")
        yield temporary
        temporary.replace(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ResultsError(f"{path}: cannot be written: {reason.lower()}") from None
    finally:
        _remove(temporary, path)


def _remove(temporary: Path, path: Path) -> None:
    """Take away what was half written; a name that no file can have left nothing."""
    if temporary != path:
        try:
            temporary.unlink(missing_ok=True)
        except (OSError, ValueError):
            return
