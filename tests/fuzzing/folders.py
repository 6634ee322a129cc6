"""Folders of results that somebody has tampered with, and every command that reads them."""

from __future__ import annotations

import functools
import json
import os
import shutil
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd

from flowsim.report.document.writers import WRITERS
from flowsim.report.documents import document_of_folder
from flowsim.report.exporting import LogFormat, export
from flowsim.scenario.schema import Scenario
from flowsim.study import manifest
from flowsim.study.replications import run
from fuzzing.commands import call
from fuzzing.values import damaged_values, nasty

HERE = Path(__file__).parent
RUN, COMPARISON, EXPERIMENT = "run", "comparison", "experiment"


@functools.cache
def made() -> Path:
    """Make a folder of each kind, once in a process."""
    here = Path(tempfile.mkdtemp())
    small = str(HERE / "small.toml")
    asked = (HERE / "experiments.toml").read_text("utf-8").split("# ---\n")[0]
    (here / "small.toml").write_bytes(Path(small).read_bytes())
    (here / "asked.toml").write_text(asked, encoding="utf-8")
    few = ["--quiet", "--replications", "3"]
    ends = [
        call("run", small, "--events", *few, "--out", str(here / RUN)),
        call("compare", small, "--set", "run.seed=2", *few, "--out", str(here / COMPARISON)),
        call("experiment", str(here / "asked.toml"), *few, "--out", str(here / EXPERIMENT)),
    ]
    assert ends == [0, 0, 0]
    return here


def prepare() -> None:
    """Make what is tampered with."""
    made()


def run_and_tell(scenario: Scenario, rng: Random, folder: Path) -> None:
    """Run a scenario, and write something of it."""
    results = run(scenario, replications=2, events=True)
    results.save(folder / RUN)
    form = rng.choice([*WRITERS, *LogFormat, "figures", "verify"])
    if form in WRITERS:
        WRITERS[form](document_of_folder(folder / RUN))
    elif form in list(LogFormat):
        export(manifest.read(folder / RUN), LogFormat(form), folder / "log")
    else:
        assert call(form, str(folder / RUN)) == 0


def tampered_folder(rng: Random, folder: Path) -> None:
    """Tamper with a folder, and let a command read it."""
    kind = rng.choice([RUN, RUN, RUN, COMPARISON, EXPERIMENT])
    shutil.copytree(made() / kind, folder / kind)
    shutil.copy(made() / "small.toml", folder)
    shutil.copy(made() / "asked.toml", folder)
    os.chdir(folder)
    for _ in range(rng.choice([1, 1, 2])):
        tamper(Path(kind), rng)
    call(*command(kind, rng))


def command(kind: str, rng: Random) -> list[str]:
    """Return a command that reads a folder."""
    report = ["report", kind, "--format", rng.choice(["html", "docx", "xlsx", "json"])]
    if kind == COMPARISON:
        return report
    if kind == EXPERIMENT:
        again = ["experiment", "asked.toml", "--out", kind, "--replications", rng.choice("345")]
        return rng.choice([report, again, again])
    log = ["export", kind, "--format", rng.choice(["parquet", "csv", "xes"]), "--out", "log"]
    more = ["run", "--extend", kind, "--replications", rng.choice(["2", "3", "5"])]
    return rng.choice([report, ["verify", kind], log, ["figures", kind], more, more])


def tamper(folder: Path, rng: Random) -> None:
    """Damage a file of a folder."""
    known = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    data = [path for path in known if path.suffix in (".json", ".parquet")]
    path = rng.choice(data if data and rng.random() < 0.85 else known)
    kind = rng.randrange(10)
    if kind < 3 and path.suffix == ".json":
        change_json(path, rng)
    elif kind < 3 and path.suffix == ".parquet":
        change_table(path, rng)
    elif kind == 3:
        path.unlink()
    elif kind == 4:
        path.write_bytes(path.read_bytes()[: rng.choice([0, 1, 4, 100, path.stat().st_size // 2])])
    elif kind == 5:
        change_bytes(path, rng)
    elif kind == 6:
        other = rng.choice(known)
        content = path.read_bytes()
        path.write_bytes(other.read_bytes())
        other.write_bytes(content)
    else:
        path.unlink()
        rng.choice([path.mkdir, lambda: os.mkfifo(path), lambda: path.symlink_to("/dev/zero")])()


def change_json(path: Path, rng: Random) -> None:
    """Damage the values of a manifest."""
    try:
        content: Any = json.loads(path.read_text("utf-8"))
    except ValueError:
        return
    if isinstance(content, (dict, list)):
        damaged_values(content, rng)
    path.write_text(json.dumps(content, default=str), encoding="utf-8")


def change_table(path: Path, rng: Random) -> None:
    """Damage the columns or rows of a table."""
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError):
        return
    column = rng.choice(list(table.columns))
    kind = rng.randrange(6)
    if kind == 0:
        table = table.drop(columns=column)
    elif kind == 1:
        table = table.astype({column: str})
    elif kind == 2:
        table[column] = str(nasty(rng))[:50].encode("utf-8", "replace").decode()
    elif kind == 3:
        table = table.iloc[: rng.randrange(len(table) + 1)]
    elif kind == 4:
        table = table.sample(frac=1.0, random_state=rng.randrange(1000))
    else:
        table[column] = None
    table.to_parquet(path, index=False)


def change_bytes(path: Path, rng: Random) -> None:
    """Damage some bytes of a file."""
    content = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 10, 100]) if content else 0):
        content[rng.randrange(len(content))] = rng.randrange(256)
    path.write_bytes(bytes(content))
