"""What is done with damaged input of each kind; a `FlowsimError` is as good an end as none."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from flowsim.analysis.kpi_names import KpiTable
from flowsim.analysis.kpis import names
from flowsim.engine.compiling import compile_plan
from flowsim.engine.engines import simulate
from flowsim.errors import FlowsimError
from flowsim.letters import escaped
from flowsim.scenario.loading import load, loads
from flowsim.scenario.provenance import inputs_of
from flowsim.scenario.schema import Scenario
from flowsim.scenario.variants import read_variant
from flowsim.scenario.workload import loads_of
from flowsim.study.experiment.file import is_experiment
from flowsim.study.experiment.loading import load_experiment, loads_experiment
from flowsim.study.forecast import forecast
from flowsim.study.search.limits import read_limits
from flowsim.study.search.option_grid import read_ranges
from fuzzing import files, folders
from fuzzing.values import damaged_text, damaged_values, file_of, nasty, written

ROOT = Path(__file__).parent.parent.parent
SIMULATED = 0.1
REPORTED = 0.005
LONGEST_MESSAGE = 5_000_000
MOST_SECONDS = 2.0  # of a replication, as predicted: what takes longer is only checked


@contextmanager
def only_flowsim_errors() -> Iterator[None]:
    """Let an error of flowsim pass, if people can read what it says."""
    try:
        yield
    except FlowsimError as error:
        text = str(error)
        assert text.strip(), "an error without a word"
        assert text == escaped(text), f"a message that a terminal obeys: {text!r}"
        assert len(text) < LONGEST_MESSAGE, f"a message of {len(text)} characters"
        text.encode()


@functools.cache
def scenarios() -> list[str]:
    """Read the scenarios that are damaged."""
    where = [*(ROOT / "scenarios").glob("*.toml"), *(ROOT / "tests" / "traces").glob("*.toml")]
    return [path.read_text("utf-8") for path in sorted(where)]


@functools.cache
def experiments() -> list[str]:
    """Read the experiments that are damaged: short ones of each design, on a small base."""
    return (Path(__file__).parent / "experiments.toml").read_text("utf-8").split("# ---\n")


@functools.cache
def small() -> Scenario:
    """Load the base of the short experiments."""
    return load(Path(__file__).parent / "small.toml")


@functools.cache
def figures() -> KpiTable:
    """Return the figures that the base of the short experiments has."""
    return names(compile_plan(small()))


def prepare() -> None:
    """Read and load what all cases need."""
    scenarios()
    experiments()
    compile_plan(small())
    simulate(compile_plan(small()), seed=1, replication=0)
    folders.prepare()


def damaged(content: str, rng: Random) -> str:
    """Damage a file by its values or by its text."""
    if rng.random() < 0.6:
        data = tomllib.loads(content)
        damaged_values(data, rng)
        return file_of(data)
    return damaged_text(content, rng)


def scenario(rng: Random, folder: Path) -> None:
    """Check a damaged scenario; run a part of those that are right after all."""
    content = damaged(rng.choice(scenarios()), rng)
    with only_flowsim_errors():
        if rng.random() < 0.1:
            path = folder / "a.toml"
            path.write_bytes(content.encode("utf-8", "replace"))
            checked = load(path)
        else:
            checked = loads(content, lists={})
        use(checked, rng, folder)


def use(checked: Scenario, rng: Random, folder: Path) -> None:
    """Do with a scenario what `check` does, and with some what `run` and `report` do."""
    [str(warning) for warning in checked.warnings]
    inputs_of(checked)
    list(loads_of(checked))
    if forecast(checked, replications=1).seconds > MOST_SECONDS:
        return
    if rng.random() < SIMULATED:
        simulate(compile_plan(checked), seed=1, replication=0)
    if rng.random() < REPORTED:
        folders.run_and_tell(checked, rng, folder)


def experiment(rng: Random, folder: Path) -> None:
    """Check a damaged experiment."""
    content = damaged(rng.choice(experiments()), rng)
    with only_flowsim_errors():
        if rng.random() < 0.1:
            path = folder / "a.toml"
            path.write_bytes(content.encode("utf-8", "replace"))
            is_experiment(path)
            load_experiment(path)
        else:
            loads_experiment(content, small())


def setting(rng: Random, folder: Path) -> None:
    """Set a value from outside, as --set, --variant, --over and --subject-to do."""
    del folder
    content = rng.choice(scenarios()[:8]) if rng.random() < 0.2 else small().text
    key, value = setting_of(content, rng)
    with only_flowsim_errors():
        kind = rng.random()
        if kind < 0.6:
            loads(content, set=[f"{key}={value}"], lists={})
        elif kind < 0.7:
            loads(content, set={key: nasty(rng)}, lists={})
        elif kind < 0.8:
            _, settings = read_variant(f"{nasty(rng)}: {key}={value}, {key}={value}")
            loads(content, set=settings, lists={})
        elif kind < 0.9:
            ends = [written(nasty(rng))[:200] for _ in range(rng.choice([1, 2, 3, 3, 3]))]
            for own, values in read_ranges([f"{key}={':'.join(ends)}"]).items():
                loads(content, set={own: values[0]}, lists={})
        else:
            read_limits([f"{key} {rng.choice('<>=')}= {value}"], figures())


def setting_of(content: str, rng: Random) -> tuple[str, str]:
    """Return a key path of a file, perhaps damaged, and a value for it."""
    data = tomllib.loads(content)
    key = ""
    for _ in range(rng.choice([1, 2, 3, 4, 5])):
        if not isinstance(data, dict) or not data:
            break
        name = rng.choice(list(data))
        data, key = data[name], f"{key}.{name}" if key else name
    if rng.random() < 0.3:
        key = damaged_text(key, rng)
    value = nasty(rng)
    text = str(value) if rng.random() < 0.3 else written(value)
    return key[:5000], damaged_text(text, rng) if rng.random() < 0.2 else text


def referrals(rng: Random, folder: Path) -> None:
    """Read a damaged list."""
    del folder
    rows = [
        f"{rng.randint(2019, 2022)}-{rng.randint(1, 13):02}-{rng.randint(1, 28):02},"
        f"{rng.choice(['young', 'old', '', 'x'])}"
        for _ in range(rng.choice([0, 1, 5, 50]))
    ]
    content = "\n".join([rng.choice(["date,age", "date,age", "date;age", "age,date"]), *rows])
    if rng.random() < 0.8:
        content = damaged_text(content, rng)
    if rng.random() < 0.1:
        content = content.replace("\n", rng.choice(["\r\n", "\r", "\u2028", "\x0b"]))
    with only_flowsim_errors():
        loads(LISTED, lists={"list.csv": content})


LISTED = """
scenario = { title = "A list" }
run = { start = 2020-01-01, until = 2020-12-31 }
groups.age = { young = 0.5, old = 0.5 }
referrals.partners = { to = "talk", file = "list.csv" }
steps.talk = { length_of_stay = "1 week", next = { out = 1 } }
exits.out = "Out"
"""
KINDS: dict[str, Callable[[Random, Path], None]] = {
    "scenario": scenario,
    "experiment": experiment,
    "setting": setting,
    "list": referrals,
    "file": files.special_file,
    "folder": folders.tampered_folder,
}
