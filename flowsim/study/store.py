"""Results on disk: files and folders that are whole or not there, whenever a program is ended.

All that flowsim writes is written in a hidden workplace beside its place (`workplaces.py`), flushed
to the disk, and put in place in one step. A folder takes the place only of an empty one or of an
earlier one of its own kind, and what lies there and is not flowsim's is kept.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from itertools import count
from pathlib import Path

from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.study.kinds import KINDS, MANIFEST, Kind, kind_of_folder
from flowsim.study.renaming import exchange, rename_to_new
from flowsim.study.workplaces import (
    Workplace,
    begin,
    is_workplace,
    tidy,
    workplace,
)

__all__ = [
    "MANIFEST",
    "NewFolder",
    "refuse_others",
    "tidy_for",
    "whole_file",
    "whole_folder",
    "write_file",
    "write_json",
    "write_manifest",
]


@dataclass
class NewFolder:
    """A folder that is being written.

    Parameters
    ----------
    path : where, until it is put in place
    earlier : reports and figures of the earlier run that are kept; known once it is in place
    """

    path: Path
    earlier: tuple[str, ...] = ()


# Folders ----------------------------------------------------------------------------------------


@contextmanager
def whole_folder(folder: Path, kind: str) -> Iterator[NewFolder]:
    """Return a hidden folder that takes the place of `folder` once all is written.

    Parameters
    ----------
    folder : may be there already, if it is empty or of the same kind
    kind : a name of `kinds.KINDS`

    Raises
    ------
    ResultsError
        If `folder` holds something other than results of this kind, is in use, or cannot be
        written.
    """
    target = Path(os.path.realpath(folder))
    with _faults(folder):
        target.parent.mkdir(parents=True, exist_ok=True)
        tidy_for(target)
        _refuse(folder, KINDS[kind])
        with workplace(target, KINDS[kind]) as place:
            new = NewFolder(begin(place))
            yield new
            new.earlier = _put_in_place(place, folder, KINDS[kind])


def tidy_for(folder: Path) -> None:
    """Finish what killed runs have left of a folder, beside it and in it."""
    folder = Path(os.path.realpath(folder))
    tidy(folder.parent)
    tidy(folder)


def refuse_others(folder: Path, kind: Kind) -> None:
    """Refuse a folder that is neither empty nor of a kind.

    Raises
    ------
    ResultsError
        With the first name in it that is foreign there.
    OSError
        If it cannot be read.
    """
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise ResultsError(_("{folder}: is a file; name a folder").format(folder=folder))
    names = [name for name in os.listdir(folder) if not is_workplace(name)]
    held = kind_of_folder(folder)
    if not names or held == kind:
        return
    names.sort(key=lambda name: (name in kind.replaced, name.startswith("."), name))
    first = MANIFEST if held is None and MANIFEST in names else names[0]
    what = (
        _("is a folder with other files in it")
        if held is None
        else _("holds {noun}").format(noun=_(held.noun))
    )
    raise ResultsError(
        _(
            "{folder}: {what}, such as {first}; name a new folder, or one with {noun} of flowsim"
        ).format(folder=folder, what=what, first=first, noun=_(kind.noun))
    )


def _refuse(folder: Path, kind: Kind) -> None:
    """Refuse a folder that others need, that has to stay, or of which not all can be moved."""
    refuse_others(folder, kind)
    if not os.path.lexists(folder):
        return
    if os.path.samefile(folder, os.curdir):
        raise ResultsError(
            _("{folder}: is the working folder, which cannot be replaced from within").format(
                folder=folder
            )
        )
    if os.path.ismount(folder):
        raise ResultsError(
            _("{folder}: is where a disk begins; name a folder in it").format(folder=folder)
        )
    for name in sorted(os.listdir(folder)):
        _refuse_immovable(folder / name, kind)


def _refuse_immovable(path: Path, kind: Kind) -> None:
    """Refuse a folder within a folder that has a file's name, or has to stay where it is."""
    if path.is_symlink() or not path.is_dir():
        return
    if path.name in kind.replaced:
        raise ResultsError(
            _("{path}: is a folder, where flowsim has a file; name a new folder").format(path=path)
        )
    if os.path.ismount(path) or not os.access(path, os.W_OK | os.X_OK):
        raise ResultsError(
            _("{path}: cannot be moved into new results; name a new folder").format(path=path)
        )


def _put_in_place(place: Workplace, folder: Path, kind: Kind) -> tuple[str, ...]:
    """Let a finished folder take the place of an earlier one; where it cannot, it is kept beside.

    Returns
    -------
    reports and figures of the earlier run that were not written anew
    """
    _flush(place.new)
    try:
        _refuse(folder, kind)  # somebody may have put something there meanwhile
        return _exchanged(place, kind)
    except (ResultsError, OSError) as error:
        if not place.is_unfinished():
            raise
        told = error if isinstance(error, ResultsError) else _fault(folder, error)
        raise ResultsError(
            _("{told}; the results are in {place}").format(
                told=told, place=_put_beside(place, folder)
            )
        ) from None


def _exchanged(place: Workplace, kind: Kind) -> tuple[str, ...]:
    if not os.path.lexists(place.target):
        rename_to_new(place.new, place.target)
        return ()
    there = [name for name in kind.later if os.path.lexists(place.target / name)]
    earlier = tuple(name for name in there if not os.path.lexists(place.new / name))
    shutil.copymode(place.target, place.new)
    if not exchange(place.new, place.target):
        _rename_twice(place)
    return earlier


def _rename_twice(place: Workplace) -> None:
    """Exchange where the system cannot: for a moment no folder has the name, see `settle`."""
    os.rename(place.target, place.old)
    try:
        rename_to_new(place.new, place.target)
    except OSError:
        rename_to_new(place.old, place.target)
        raise


def _put_beside(place: Workplace, folder: Path) -> Path:
    """Keep a finished folder under another name."""
    for number in count(2):
        name = f"{place.target.name}-{number}"
        try:
            rename_to_new(place.new, place.target.with_name(name))
        except FileExistsError:
            continue
        return folder.with_name(name)
    raise AssertionError("numbers do not end")


def _flush(folder: Path) -> None:
    """Let all files of a new folder reach the disk, before what was there goes."""
    for path in folder.iterdir():
        if path.is_file():
            _flush_file(path)


def _flush_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


@contextmanager
def _faults(path: Path, more: type[Exception] = OSError) -> Iterator[None]:
    try:
        yield
    except (OSError, more) as error:
        raise _fault(path, error) from None


def _fault(path: Path, error: Exception) -> ResultsError:
    number = error.errno if isinstance(error, OSError) else None
    reason = os.strerror(number).lower() if number else str(error)
    return ResultsError(_("{path}: cannot be written: {reason}").format(path=path, reason=reason))


# Files ------------------------------------------------------------------------------------------


@contextmanager
def whole_file(path: Path, *, replace: bool = False, tidies: bool = True) -> Iterator[Path]:
    """Return a hidden path that takes the place of `path` once all is written.

    Parameters
    ----------
    path : the file
    replace : whether one that is there is replaced; else it is refused
    tidies : whether what killed runs left beside it is cleared away first

    Raises
    ------
    ResultsError
        If `path` must not be replaced, or cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with whole_file(Path(folder) / "log.txt") as hidden:
    ...         _ = hidden.write_text("all of it")
    ...     [path.name for path in Path(folder).iterdir()]
    ['log.txt']
    """
    with _faults(path, ValueError):  # a name that no file can have
        if "\0" in str(path):
            raise ValueError("embedded null byte")
        if not path.name or (path.exists() and not replace):
            raise ResultsError(_("{path}: exists already; choose another name").format(path=path))
        if path.exists() and not path.is_file():
            raise ResultsError(_("{path}: is no file; choose another name").format(path=path))
        if tidies:
            tidy(path.parent)
        with workplace(path, None) as place:
            yield place.new
            _flush_file(place.new)
            if not replace:
                rename_to_new(place.new, path)
            else:
                if path.exists():
                    shutil.copymode(path, place.new)
                os.replace(place.new, path)


def write_file(path: Path, content: str | bytes, *, replace: bool = False) -> None:
    """Write a file of which all is known, see `whole_file`."""
    with whole_file(path, replace=replace) as hidden:
        hidden.write_bytes(content if isinstance(content, bytes) else content.encode())


def write_json(path: Path, content: object) -> None:
    """Write readable JSON."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_manifest(path: Path, kind: str, content: Mapping[str, object]) -> None:
    """Write what a folder holds: its kind, the version of flowsim, and what the kind tells."""
    head = {"kind": KINDS[kind].name, "flowsim": version("flowsim")}
    write_json(path, {**head, **content})
