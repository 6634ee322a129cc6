"""Where compiled code is kept on disk: in a folder of the user's own, never inside the package.

Each text that code was compiled from has a folder of its own, named by a hash of all that the code
depends on, so that no start ever loads the code of another one. Code is executed: it is only read
from folders that nobody else can write to, and only if its digest says that it is whole.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

__all__ = ["folder_of", "read", "write"]

UNUSED_DAYS = 30  # after which the folder of another text is deleted
DIGEST = hashlib.sha256
DIGEST_SIZE = DIGEST().digest_size


def folder_of(key: str) -> Path | None:
    """Return the folder of all code with a key, made if need be.

    The first that will do of: flowsim's in NUMBA_CACHE_DIR, if that is set; flowsim's in the user's
    cache folder (`~/.cache/flowsim`, or as the system has it); one among temporary files. None if
    none of them can be written, or others can write to them: then nothing is kept.

    Parameters
    ----------
    key : hexadecimal digits that stand for all that the code depends on
    """
    for parent in _parents():
        folder = parent / f"code-{key}"
        if not _is_safe(parent):
            continue
        if folder.is_dir() and os.access(folder, os.R_OK | os.X_OK):
            _note_use(folder)
            return folder
        try:
            folder.mkdir(mode=0o700)
        except OSError:
            continue
        _tidy(parent, folder)
        return folder
    return None


def _parents() -> list[Path]:
    """Return the folders that may hold those of code, the best first."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return [Path(chosen) / "flowsim"]
    from platformdirs import user_cache_path

    mine = [user_cache_path("flowsim", appauthor=False)]
    if hasattr(os, "getuid"):
        mine.append(Path(tempfile.gettempdir()) / f"flowsim-{os.getuid()}")
    return mine


def _is_safe(folder: Path) -> bool:
    """Return whether a folder is there, or could be made, and only this user (or root) writes."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        pass
    try:
        found = folder.lstat()
    except OSError:
        return False
    if not stat.S_ISDIR(found.st_mode):
        return False
    return not hasattr(os, "getuid") or (
        found.st_uid in (0, os.getuid()) and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )


def _note_use(folder: Path) -> None:
    try:
        os.utime(folder)
    except OSError:  # one that is only read, such as root's
        return


def _tidy(parent: Path, new: Path) -> None:
    """Delete folders of other texts that no start has used for a while."""
    oldest = time.time() - UNUSED_DAYS * 86400
    for folder in parent.glob("code-*"):
        try:
            if folder != new and folder.lstat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


def read(path: Path) -> bytes | None:
    """Return what `write` wrote; None if it is not there, cut short or changed."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, data = content[:DIGEST_SIZE], content[DIGEST_SIZE:]
    return data if DIGEST(data).digest() == digest else None


def write(path: Path, data: bytes) -> None:
    """Write a file with its digest: whole or not at all.

    Raises
    ------
    OSError
        If it cannot be written.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "run"
    ...     write(path, b"code")
    ...     whole = read(path)
    ...     _ = path.write_bytes(path.read_bytes()[:-1])
    ...     cut = read(path)
    >>> whole, cut
    (b'code', None)
    """
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(DIGEST(data).digest() + data)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
