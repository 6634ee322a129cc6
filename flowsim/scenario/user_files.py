"""Files that a user names: which of them are read, and how their names are written.

A name is bytes to the system. Python gives those that are no text in the encoding of the locale as
halves of surrogate pairs, which no file and no terminal takes; `name_of` makes a text of a path for
people, and `path_of` a path of a text, in any locale.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from flowsim.language import N_, _
from flowsim.letters import composed, whole

__all__ = [
    "MOST_BYTES",
    "decoded",
    "fitting",
    "must_be_regular",
    "name_of",
    "path_of",
    "same_name",
]

MOST_BYTES = 5_000_000
LONGEST = 200
"""Bytes of a name that is made of others; systems take some 255, with what is put after it."""
UNREADABLE = N_("a file that cannot be read")
NO_FILE = N_("something that is no regular file")


def decoded(path: Path, most: int = MOST_BYTES) -> str:
    """Read a text file; an error says in plain words why it cannot be read.

    A device or a pipe is not read: it may have no end.

    Parameters
    ----------
    path : of the file
    most : the largest size [bytes]

    Raises
    ------
    ValueError
        If it is missing, no regular file, too large, not allowed to be read, or no UTF-8 text.
    """
    content = content_of(path, most)
    if len(content) > most:
        raise ValueError(_("a file of over {most} MB").format(most=most // 1_000_000))
    if b"\0" in content:
        raise ValueError(_("a binary file"))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            _("a byte that is no UTF-8 text on line {line}").format(line=line)
        ) from None


def content_of(path: Path, most: int) -> bytes:
    """Read the bytes of a regular file, one more than the most at the utmost."""
    if "\0" in str(path):
        raise ValueError(_(UNREADABLE))  # no file can have this name
    try:
        # a pipe that nobody writes to would keep waiting whoever opens it otherwise
        with open(
            os.open(same_name(path_of(str(path))), os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb"
        ) as file:
            check_kind(os.fstat(file.fileno()).st_mode)
            content = file.read(most + 1)
    except FileNotFoundError:
        raise ValueError(_("no such file")) from None
    except IsADirectoryError:
        raise ValueError(_("a folder")) from None
    except PermissionError:
        raise ValueError(_("a file that you may not read")) from None
    except OSError:
        raise ValueError(_(UNREADABLE)) from None
    if content is None:  # a file of the system that has nothing to read yet
        raise ValueError(_(UNREADABLE))
    return content


def same_name(path: Path) -> Path:
    """Return a path as it is on the disk, where its letters may have their marks apart.

    Where there is no such file, the path itself.
    """
    if path.parent == path or str(path).isascii() or path.exists():
        return path
    folder = same_name(path.parent)
    try:
        names = os.listdir(folder)
    except OSError:
        return path
    wanted = composed(path.name)
    return folder / next((name for name in names if composed(name) == wanted), path.name)


def check_kind(mode: int) -> None:
    """Refuse what is no regular file.

    Raises
    ------
    ValueError
        If it is a folder, a device, a pipe or the like.
    """
    if stat.S_ISDIR(mode):
        raise ValueError(_("a folder"))
    if not stat.S_ISREG(mode):
        raise ValueError(_(NO_FILE))


def must_be_regular(path: Path) -> None:
    """Refuse a device or a pipe that a library is about to read; what is missing it says itself.

    Raises
    ------
    ValueError
        If there is something at the path that is no regular file.
    """
    if path.exists():
        check_kind(path.stat().st_mode)


def name_of(path: Path | str) -> str:
    r"""Write a path as a text; bytes that are no UTF-8 become U+FFFD.

    Examples
    --------
    >>> name_of(Path("örebro.toml")), name_of(Path("\udcff.toml"))
    ('örebro.toml', '�.toml')
    """
    return whole(str(path))


def fitting(name: str) -> str:
    """Shorten a name of a file that is made of names of any length; no two become one.

    Examples
    --------
    >>> fitting("orebro-1f2e3d4c"), fitting("ö" * 150)[-12:], len(fitting("ö" * 150).encode())
    ('orebro-1f2e3d4c', 'ööö-082dc8a8', 199)
    """
    content = name_of(name).encode()
    if len(content) <= LONGEST:
        return name
    key = hashlib.sha256(content).hexdigest()[:8]
    return f"{content[: LONGEST - 9].decode('utf-8', 'ignore')}-{key}"


def path_of(name: str) -> Path:
    """Return the path that a text names, also where the locale lacks its letters.

    Examples
    --------
    >>> path_of("örebro.toml").name
    'örebro.toml'
    """
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return Path(os.fsdecode(name_of(name).encode()))
    return Path(name)
