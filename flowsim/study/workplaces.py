"""Hidden folders in which something is written until it is whole, and what killed runs leave.

A workplace lies beside what it is for, under a name that nobody can foresee:
`.<name>.<kind>-<token>.flowsim` for a folder, `.file-<token>.flowsim` for a file. In it are

- `lock`, which its process holds as long as it lives; its text is the inode of the `new` folder,
- `new`, what is being written; once exchanged with the folder of an earlier run, that one,
- `old`, the earlier folder, where the two cannot be exchanged in one step.

Whatever the moment at which a process is killed, `settle` brings all to a good end: an earlier
folder is never left without a successor, and what is not flowsim's goes back to where it was. Only
files with names known to be flowsim's are ever deleted.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

from flowsim.language import N_, _
from flowsim.study.kinds import KINDS, Kind
from flowsim.study.renaming import rename_to_new

fcntl: ModuleType | None
try:
    fcntl = import_module("fcntl")
except ImportError:  # a system without it: nothing is known to be in use
    fcntl = None

__all__ = [
    "NO_LINK",
    "Workplace",
    "begin",
    "fcntl",
    "is_workplace",
    "refuse_busy",
    "tidy",
    "workplace",
]

_FOLDERS = "|".join(map(re.escape, KINDS))
_NAME = re.compile(
    rf"\.(?:(?P<target>.+)\.(?P<kind>{_FOLDERS})|file)-[0-9a-f]{{16}}\.flowsim", re.DOTALL
)
_TRIES, _PAUSE = 8, 0.2  # [s]: of two that begin at the same moment one goes on
IN_USE = N_("another run is writing to it")
NO_LINK = getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True)
class Workplace:
    """A hidden folder beside what is written.

    Parameters
    ----------
    path : the hidden folder
    target : the folder that is written; of a file the folder that it goes to
    kind : of the folder; None: a file is written
    """

    path: Path
    target: Path
    kind: Kind | None

    @property
    def new(self) -> Path:
        """What is being written."""
        return self.path / "new"

    @property
    def old(self) -> Path:
        """What was there, where it cannot be exchanged in one step."""
        return self.path / "old"

    @property
    def lock(self) -> Path:
        """What its process holds."""
        return self.path / "lock"

    def is_unfinished(self) -> bool:
        """Whether `new` is still the folder that was begun, and no earlier one."""
        with suppress(OSError, ValueError):
            return self.new.stat().st_ino == int(self.lock.read_text("ascii"))
        return False


def is_workplace(name: str) -> bool:
    """Whether a name is that of a workplace."""
    return _NAME.fullmatch(name) is not None


def _of(path: Path) -> Workplace | None:
    """Return the workplace that a path is; None if it is none of this user's."""
    parts = _NAME.fullmatch(path.name)
    if parts is None:
        return None
    with suppress(OSError):
        state = path.lstat()
        is_own = not hasattr(os, "geteuid") or state.st_uid == os.geteuid()
        if stat.S_ISDIR(state.st_mode) and is_own:
            kind = KINDS[parts["kind"]] if parts["kind"] else None
            return Workplace(path, path.parent / (parts["target"] or ""), kind)
    return None


# Making one -------------------------------------------------------------------------------------


@contextmanager
def workplace(target: Path, kind: Kind | None) -> Iterator[Workplace]:
    """Return a workplace beside a folder or file, locked as long as it is used, and settle it.

    Parameters
    ----------
    target : the folder or file that is to be written
    kind : of the folder; None: a file

    Raises
    ------
    OSError
        If somebody else is writing to the same folder, or it cannot be made.
    """
    place, lock = _alone(target, kind)
    try:
        yield place
    except BaseException:
        with suppress(OSError):
            settle(place)
        raise
    else:
        settle(place)
    finally:
        os.close(lock)


def _alone(target: Path, kind: Kind | None) -> tuple[Workplace, int]:
    """Make a workplace; of two for the same folder one gives way."""
    for _time in range(_TRIES):
        place, lock = _made(target, kind)
        if kind is None or target.name not in _busy(target.parent, place):
            return place, lock
        settle(place)
        os.close(lock)
        time.sleep(secrets.SystemRandom().uniform(0, _PAUSE))
    raise OSError(_(IN_USE))


def _made(target: Path, kind: Kind | None) -> tuple[Workplace, int]:
    what = "file" if kind is None else f"{target.name}.{kind.name}"
    while True:
        path = target.parent / f".{what}-{secrets.token_hex(8)}.flowsim"
        place = Workplace(path, target if kind is not None else target.parent, kind)
        with suppress(FileExistsError):
            path.mkdir(0o700)
            with suppress(FileNotFoundError):  # somebody took it for one that was left behind
                lock = os.open(place.lock, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
                if _is_taken(lock, place) is not False:
                    return place, lock
                os.close(lock)
                with suppress(OSError):
                    settle(place)


def _is_taken(lock: int, place: Workplace) -> bool | None:
    """Take a lock; return whether it is ours now, None where that cannot be known."""
    try:
        if fcntl is None:
            return None
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in (errno.EWOULDBLOCK, errno.EACCES) else None
    try:
        return os.path.samestat(os.fstat(lock), place.lock.lstat())
    except FileNotFoundError:
        return False


def begin(place: Workplace) -> Path:
    """Make the folder to write in, and note which one it is."""
    place.new.mkdir()  # with the rights that the user's umask leaves
    place.lock.write_text(str(place.new.stat().st_ino), "ascii")
    return place.new


# What was left behind ---------------------------------------------------------------------------


def tidy(folder: Path) -> None:
    """Settle what killed runs have left in a folder; what is in use is left alone."""
    for place in _in(folder):
        with suppress(OSError), _held(place) as is_held:
            if is_held:
                settle(place)


def refuse_busy(target: Path) -> None:
    """Refuse a folder that somebody is writing to.

    Raises
    ------
    OSError
        If it is in use.
    """
    if target.name in _busy(target.parent):
        raise OSError(_(IN_USE))


def _busy(folder: Path, own: Workplace | None = None) -> set[str]:
    """Return the names of the folders that somebody else is writing to."""
    names = set()
    for place in _in(folder):
        if place.kind is not None and (own is None or place.path != own.path):
            with suppress(OSError), _held(place) as is_held:
                if is_held is False:
                    names.add(place.target.name)
    return names


def _in(folder: Path) -> list[Workplace]:
    try:
        names = [name for name in os.listdir(folder) if is_workplace(name)]
    except OSError:
        return []
    return [place for name in sorted(names) if (place := _of(folder / name))]


@contextmanager
def _held(place: Workplace) -> Iterator[bool | None]:
    """Take the lock of a workplace for a moment.

    Gives True if nobody else has it, False if somebody has, None where that cannot be known.
    """
    try:
        lock = os.open(place.lock, os.O_RDWR | NO_LINK)
    except FileNotFoundError:
        place.path.rmdir()  # killed before it had a lock; one that is not empty stays
        yield None
        return
    try:
        yield _is_taken(lock, place)
    finally:
        os.close(lock)


def settle(place: Workplace) -> None:
    """Bring a workplace to its end, whatever the moment at which its process stopped.

    Raises
    ------
    OSError
        If something cannot be moved; it then stays where it is.
    """
    if place.kind is None:
        place.new.unlink(missing_ok=True)
    else:
        _finish_two_renames(place)
        _clear(place.new, place.target, place.kind, place.is_unfinished())
        _clear(place.old, place.target, place.kind, False)
    place.lock.unlink(missing_ok=True)
    place.path.rmdir()


def _finish_two_renames(place: Workplace) -> None:
    """Give the folder back its name, where a process was stopped while none had it."""
    if not _is_folder(place.old):
        return
    if not os.path.lexists(place.target):
        rename_to_new(place.new if _is_folder(place.new) else place.old, place.target)
    elif _is_folder(place.new):  # somebody else has taken the name: two results are kept
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(place.target))


def _clear(folder: Path, target: Path, kind: Kind, is_unfinished: bool) -> None:
    """Take away flowsim's files, and give back to the folder in use what is not flowsim's."""
    if not _is_folder(folder):
        return
    tidy(folder)
    for name in sorted(os.listdir(folder)):
        path, is_later = folder / name, name in kind.later
        is_double = is_later and os.path.lexists(target / name)
        if is_double and _is_folder(path) and _is_folder(target / name):
            _clear(path, target / name, KINDS["figures"], is_unfinished)
        elif not _is_folder(path) and (
            name in kind.replaced or is_double or (is_later and is_unfinished)
        ):
            path.unlink()
        else:
            _give_back(path, target)
    folder.rmdir()


def _give_back(path: Path, target: Path) -> None:
    """Move something into the folder in use; where its name is taken, under one beside it."""
    target.mkdir(exist_ok=True)
    number = 1
    while True:
        name = path.name if number == 1 else f"{path.stem} ({number}){path.suffix}"
        try:
            rename_to_new(path, target / name)
        except FileExistsError:
            number += 1
        else:
            return


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
