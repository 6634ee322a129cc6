"""Renaming as only the kernel can: two names that change places, and a name that must be new.

Python has no call for either. Linux has: renameat2(2), in glibc since 2.28.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

__all__ = ["exchange", "rename_to_new"]

_HERE = -100  # AT_FDCWD: relative names are those of the working folder
_MUST_BE_NEW, _EXCHANGE = 1, 2  # RENAME_NOREPLACE, RENAME_EXCHANGE
_CANNOT = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}  # this file system


@cache
def _renameat2() -> Callable[..., int] | None:
    """Return the function of the C library; None where it has none."""
    try:
        return ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return None


def _renamed(one: Path, other: Path, flag: int) -> bool:
    """Rename in the kernel's way; return whether this system can.

    Raises
    ------
    OSError
        If it can, and does not.
    """
    function, paths = _renameat2(), (os.fsencode(one), os.fsencode(other))
    if any(b"\0" in path for path in paths):
        raise ValueError("embedded null byte")  # where C would take the path to end
    if function is None:
        return False
    if function(_HERE, paths[0], _HERE, paths[1], ctypes.c_uint(flag)) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


def exchange(one: Path, other: Path) -> bool:
    """Let two names change places in one step; return whether this system can."""
    return _renamed(one, other, _EXCHANGE)


def rename_to_new(path: Path, new: Path) -> None:
    """Rename a file or folder to a name that nothing has.

    Raises
    ------
    FileExistsError
        If something has it.
    """
    if _renamed(path, new, _MUST_BE_NEW):
        return
    if os.path.lexists(new):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new))
    os.rename(path, new)
