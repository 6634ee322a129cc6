"""Files that are none, or not what they seem: each kind in each place where a file is named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from random import Random

from fuzzing.commands import call, call_apart

SMALL = (Path(__file__).parent / "small.toml").read_bytes()
APART = 0.05


def sparse(path: Path) -> None:
    """Make a file of 100 GB that takes no room."""
    with path.open("wb") as file:
        file.truncate(100 * 1024**3)


def loop(path: Path) -> None:
    """Make a link that leads to itself."""
    path.symlink_to(path.name)


def not_allowed(path: Path) -> None:
    """Make a file that nobody may read, but who may do all."""
    path.write_bytes(SMALL)
    path.chmod(0)


def content(what: bytes) -> Callable[[Path], None]:
    """Return what makes a file of some bytes."""

    def make(path: Path) -> None:
        path.write_bytes(what)

    return make


def link(to: str) -> Callable[[Path], None]:
    """Return what makes a link."""
    return lambda path: path.symlink_to(to)


MAKERS: tuple[Callable[[Path], object], ...] = (
    content(b""),
    content(b"\n \t\n"),
    Path.mkdir,
    os.mkfifo,
    link("/dev/zero"),
    link("/dev/null"),
    link("/dev/full"),
    link("/dev/tty"),
    link("/proc/self/mem"),
    link("/proc/kmsg"),
    link("nowhere"),
    loop,
    not_allowed,
    sparse,
    lambda path: None,
    content(b"\xef\xbb\xbf" + SMALL),
    content(SMALL.decode().encode("utf-16")),
    content(SMALL.decode().encode("utf-32-be")),
    content(SMALL + b"\x00"),
    content(b"\x00" * 4096),
    content(SMALL.replace(b"\n", b"\r\n")),
    content(SMALL.replace(b"\n", b"\r")),
    content(b"a = '" + b"x" * 900_000 + b"'\n"),
    content(b"x" * 11_000_000),
    content(b"a = [" + b"1," * 400_000 + b"]"),
    content(b"a" + b".a" * 100_000 + b" = 1"),
    content(b"a = " + b"[" * 100_000),
    content(b"\xff" + SMALL),
    content(SMALL.replace(b"Small", "Små".encode("latin-1"))),
    content(SMALL.replace(b"Small", b"\xed\xa0\x80")),
    content(SMALL.replace(b"Small", b"\x1b[31m")),
    content(b"\x7fELF" + bytes(range(256)) * 9),
    content(b"PK\x03\x04" + bytes(range(256)) * 9),
    content(b"date,age\n2020-01-01,young\n"),
    content(b"date" + b",x" * 100_000),
    content(b'date\n"' + b"2020-01-01\n" * 50_000),
    content(b"date\n" + b"2020-01-01\n" * 900_000),
)
NAMES = (
    b"a.toml", b"\xff\xfe.toml", "å ä ö.toml".encode(), b"\x1b[31mred.toml", b"a\nb.toml", b"-rf",
    b"=1+1.toml", b"[bold]x.toml", b"'.toml", b"x" * 200 + b".toml", "\u202egnp.toml".encode(),
    b"%s{}$x.toml", b"a.toml.toml", b".toml", b" .toml",
)  # fmt: skip


def special_file(rng: Random, folder: Path) -> None:
    """Name a special file where a command, a scenario or an experiment names one."""
    os.chdir(folder)
    name = os.fsdecode(rng.choice(NAMES) if rng.random() < 0.5 else NAMES[0])
    path = Path(name)
    rng.choice(MAKERS)(path)
    words = command(rng, path)
    if rng.random() < APART:
        call_apart(*words)
    else:
        call(*words)


def command(rng: Random, path: Path) -> list[str]:
    """Return a command that comes to read a file, and write what leads it there."""
    kind = rng.randrange(9)
    file = os.fsencode(path).decode("utf-8", "replace")
    if kind in (0, 1):
        return ["check", "--", str(path)]
    if kind == 2:
        return ["run", "--no-report", "--replications", "2", "--", str(path)]
    if kind in (3, 4):
        listed = SMALL.replace(b'rate = "60 per year"', b"file = " + quoted(file).encode())
        Path("listed.toml").write_bytes(listed)
        return ["check", "listed.toml"]
    if kind in (5, 6):
        Path("asked.toml").write_text(
            f'experiment = {{ title = "x", base = {quoted(file)}, kpis = ["referred"], '
            'design = "list", replications = 2 }\nvariants = [{ name = "a" }]\n',
            encoding="utf-8",
        )
        return ["check", "asked.toml"]
    if kind == 7:
        return ["experiment", "--no-report", "--", str(path)]
    return [rng.choice(["report", "verify", "figures"]), "--", str(path)]


def quoted(name: str) -> str:
    """Write a name as TOML."""
    return '"' + "".join(f"\\U{ord(letter):08x}" for letter in name) + '"'
