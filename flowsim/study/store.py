"""Results on disk: one folder for a run, written under a temporary name and then renamed.

A run that is stopped or fails leaves nothing behind, one that is killed outright at most a hidden
folder; a results folder that is there is whole.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flowsim.errors import ResultsError

MANIFEST = "manifest.json"


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a temporary folder that takes the place of `folder` once all is written.

    Raises
    ------
    ResultsError
        If `folder` holds something other than results, or cannot be written.
    """
    _refuse_what_is_not_ours(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise _cannot_write(folder, error) from None
    try:
        yield temporary
        _put_in_place(temporary, folder)
    except OSError as error:
        raise _cannot_write(folder, error) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _refuse_what_is_not_ours(folder: Path) -> None:
    try:
        if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
            raise ResultsError(
                f"{folder}: is a folder with other files in it; "
                "name a new folder, or one with results of flowsim"
            )
        if folder.exists() and not folder.is_dir():
            raise ResultsError(f"{folder}: is a file; name a folder")
    except OSError as error:
        raise _cannot_write(folder, error) from None


def _put_in_place(temporary: Path, folder: Path) -> None:
    """Rename the finished folder; one of an earlier run is set aside until that has worked."""
    temporary.chmod(0o755)
    if not folder.exists():
        temporary.rename(folder)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        folder.rename(aside / "old")
        try:
            temporary.rename(folder)
        except OSError:
            (aside / "old").rename(folder)
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _cannot_write(folder: Path, error: OSError) -> ResultsError:
    reason = os.strerror(error.errno).lower() if error.errno else str(error)
    return ResultsError(f"{folder}: cannot be written: {reason}")


def write_json(path: Path, content: Any) -> None:
    """Write readable JSON."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
