"""kill -9 at random moments: after the next start nothing is lost, half-written or left behind.

    python tests/killing.py [SEED] [NUMBER]

Each time a command is started in a folder with files of the user's own, killed, and started again.
Then the folder must hold what a run without a break gives, to the last bit, and the user's files;
nothing else may lie in it or beside it. Half of the moments are spread over the whole command, the
others over the short time in which folders change places. SEED decides on the commands and moments
(how far a command has come by then is up to the machine); its default is drawn and printed.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from importlib import import_module
from pathlib import Path

from flowsim.analysis.kpis import measure
from flowsim.cli import main
from flowsim.engine import compiled_model
from flowsim.engine.compiling import compile_plan
from flowsim.scenario.loading import loads

DESK = """
scenario.title = "One desk"
run = { start = 2025-01-01, until = 2025-12-31, replications = 40 }
referrals.all = { to = "desk", rate = "2 per week" }
teams.team = { places = 1, cost_per_place = 100000 }
steps.desk = { team = "team", length_of_stay = "2 days", next = { done = 1.0 } }
exits.done = "Done"
"""
PLACES = """
[experiment]
title = "Places"
base = "desk.toml"
design = "grid"
kpis = ["desk.wait.mean"]
replications = 200
[[factors]]
name = "places"
key = "teams.team.places"
values = [1, 2]
"""
COMMANDS = {
    "run": "run desk.toml --quiet --out out",
    "run without a report": "run desk.toml --quiet --out out --no-report --seed 2",
    "extend": "run --extend out --replications 60 --quiet",
    "compare": "compare desk.toml --set teams.team.places=2 --quiet --out out",
    "experiment": "experiment places.toml --quiet --out out",
    "report": "report out --format docx --quiet",
    "figures": "figures out --quiet",
}
BEGIN = {  # what lies there before
    "run": ["run --seed 3"],
    "run without a report": ["run"],
    "extend": ["run", "report"],
    "compare": ["compare --seed 3"],
    "experiment": [],
    "report": ["run"],
    "figures": ["run"],
}
MINE = {"notes.txt": "years of work", "mine/deep/letter.txt": "Dear all", ".hidden": "mine too"}
CHANGES = {"written", "wall_time_seconds"}  # from run to run


def child(words: str, folder: Path) -> int:
    """Start a command in a process of its own, and return its number."""
    process = os.fork()
    if process:
        return process
    os.chdir(folder)
    sys.argv = ["flowsim", *words.split()]
    try:
        main()
    except SystemExit as end:
        sys.stderr.flush()
        os._exit(int(end.code or 0))
    os._exit(0)


def carried_out(words: str, folder: Path) -> float:
    """Let a command come to its end; return how long that took [s]."""
    began_at = time.monotonic()
    _, status = os.waitpid(child(words, folder), 0)
    assert status == 0, f"{words}: ended with {status}"
    return time.monotonic() - began_at


def content(folder: Path) -> dict[str, bytes]:
    """Everything in a folder, without what says when it was written."""
    held = {}
    for path in sorted(folder.rglob("*")):
        name, data = str(path.relative_to(folder)), path.read_bytes() if path.is_file() else b""
        if path.name == "manifest.json":
            fields = json.loads(data)
            data = json.dumps({k: v for k, v in fields.items() if k not in CHANGES}).encode()
        held[name] = data
    return held


def prepared(folder: Path, name: str) -> None:
    """Make a folder in which a command finds what lies there before, and files of the user."""
    folder.mkdir()
    (folder / "desk.toml").write_text(DESK)
    (folder / "places.toml").write_text(PLACES)
    for words in BEGIN[name]:
        first, *more = words.split()
        carried_out(" ".join([COMMANDS[first], *more]), folder)
    if name == "experiment":
        carried_out(f"{COMMANDS[name]} --replications 20", folder)
    for path, text in MINE.items():
        (folder / "out" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "out" / path).write_text(text)


def killed(words: str, folder: Path, moment: float, after_work: bool) -> bool:
    """Kill a command; return whether it was still running.

    Parameters
    ----------
    moment : when to kill it [s]
    after_work : counted not from its start, but from the moment its manifest is there
    """
    process = child(words, folder)
    while after_work and not _is_written(folder):
        if os.waitpid(process, os.WNOHANG) != (0, 0):
            return False
    time.sleep(moment)
    os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    return os.WIFSIGNALED(status)


def _is_written(folder: Path) -> bool:
    places = [*folder.glob(".*.flowsim"), *(folder / "out").glob(".*.flowsim")]
    return any((place / "new" / "manifest.json").exists() for place in places) or any(
        (place / "new").is_file() for place in places
    )


def warm() -> None:
    """Load once what every command needs: what is killed is then the work and not the loading."""
    plan = compile_plan(loads(DESK))
    measure(compiled_model.simulate(plan, seed=1, replication=0))
    for name in (
        *("report.run_paper", "report.comparison_paper", "report.experiment_paper"),
        *(
            "report.document.html",
            "report.document.docx",
            "report.figures",
            "report.document.terminal",
        ),
        *("report.comparison_paper.drawing", "report.documents", "study.reading"),
        *(
            "study.comparison.comparing",
            "study.experiment.running",
            "report.experiment_paper.tornado",
        ),
    ):
        import_module(f"flowsim.{name}")


def study(seed: int, number: int, base: Path) -> Counter[str]:
    """Kill so many commands, and check after each; return how many of each were killed."""
    generator, counts = random.Random(seed), Counter[str]()
    durations, wanted = {}, {}
    warm()
    for name, words in COMMANDS.items():
        prepared(base / name, name)
        shutil.copytree(base / name, base / f"{name}: whole")
        durations[name] = carried_out(words, base / f"{name}: whole")
        wanted[name] = content(base / f"{name}: whole")
        assert {"out/" + path for path in MINE} <= wanted[name].keys(), name
    while counts.total() < number:
        name = generator.choice(list(COMMANDS))
        after_work = generator.random() < 0.5
        moment = generator.uniform(0, 0.03 if after_work else durations[name])
        folder = base / "now"
        shutil.copytree(base / name, folder)
        if killed(COMMANDS[name], folder, moment, after_work):
            counts[name] += 1
            if name == "run":  # one of an earlier seed is there, or the new one
                assert (folder / "out" / "manifest.json").exists()
            if name == "extend" and _is_extended(folder):
                carried_out("report out --format docx --quiet", folder)  # any next start will do
                wanted_now = {**wanted[name], "out/report.docx": b""}
            else:
                carried_out(COMMANDS[name], folder)
                wanted_now = wanted[name]
            _check(name, content(folder), wanted_now)
            print(f"{counts.total()}: {name}", flush=True)
        shutil.rmtree(folder)
    return counts


def _is_extended(folder: Path) -> bool:
    return bool(json.loads((folder / "out" / "manifest.json").read_text())["replications"] == 60)


def _check(name: str, held: dict[str, bytes], wanted: dict[str, bytes]) -> None:
    if name == "experiment":  # whose parts may be cut in other places: the figures must not differ
        held, wanted = ({k: v for k, v in c.items() if "/parts/" not in k} for c in (held, wanted))
    assert held.keys() == wanted.keys(), f"{name}: {sorted(held.keys() ^ wanted.keys())}"
    for path, data in wanted.items():
        assert not data or held[path] == data, f"{name}: {path} differs"


if __name__ == "__main__":
    chosen = int(sys.argv[1]) if len(sys.argv) > 1 else random.SystemRandom().randrange(10**6)
    often = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    print(f"seed {chosen}", flush=True)
    with tempfile.TemporaryDirectory() as base:
        print(f"{often} killed, nothing lost: {dict(study(chosen, often, Path(base)))}")
