"""Reading manifest.json back: a run again, from its folder alone."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Literal, Protocol, TypeVar, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flowsim.errors import ResultsError, ScenarioError
from flowsim.scenario.loading import loads
from flowsim.scenario.schema import Scenario
from flowsim.study.kinds import kind_in
from flowsim.study.results import LIBRARIES, run_hash
from flowsim.study.store import MANIFEST, tidy_for

MOST_REPLICATIONS = 1_000_000
Fields = TypeVar("Fields", bound=BaseModel)
Kind = Literal["run", "comparison", "experiment"]


class _Manifest(BaseModel):
    """The fields that are needed to repeat a run; others may stand beside them."""

    model_config = ConfigDict(strict=True, extra="ignore")

    flowsim: str
    scenario: str
    hash: str
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    replications: Annotated[int, Field(ge=1, le=MOST_REPLICATIONS)]
    engine: Literal["kernel", "simpy"]
    python: str
    machine: str
    libraries: dict[str, str]
    wall_time_seconds: Annotated[float, Field(ge=0)]
    set: list[str]
    scenario_text: str
    lists: dict[str, str]


class MadeWith(Protocol):
    """A manifest's fields that say what its results were made with."""

    flowsim: str
    python: str
    machine: str
    libraries: dict[str, str]


@dataclass(frozen=True)
class Change:
    """Something that a run was made with, and what stands in its place now."""

    name: str
    then: str
    now: str


@dataclass(frozen=True, eq=False)
class RunRecord:
    """A run as its manifest tells of it.

    Parameters
    ----------
    folder : where the results lie
    scenario : read from the manifest's text, settings and lists
    seed, engine, replications : how it was run
    hash : as the manifest has it
    wall_time : how long it took [s]
    versions : what it was run with, by name: flowsim, python, machine, and the libraries
    """

    folder: Path
    scenario: Scenario
    seed: int
    engine: str
    replications: int
    hash: str
    wall_time: float
    versions: dict[str, str]

    @property
    def is_unchanged(self) -> bool:
        """Whether the hash is still that of the text, settings, lists, seed and engine."""
        return self.hash == run_hash(self.scenario, self.seed, self.engine)

    def changes(self) -> tuple[Change, ...]:
        """Return what the run was made with and is another now."""
        now = {name: _version_now(name) for name in self.versions}
        return tuple(
            Change(name, then, now[name])
            for name, then in self.versions.items()
            if then != now[name]
        )


def read(folder: str | Path) -> RunRecord:
    """Read the manifest of a results folder; nothing outside it is read.

    Raises
    ------
    ResultsError
        If the folder is none of flowsim's, its manifest is damaged, or this version of flowsim
        cannot load the scenario; one line per fault.
    """
    folder = Path(folder)
    path = folder / MANIFEST
    fields = checked(path, content(folder), _Manifest)
    return RunRecord(
        folder=folder,
        scenario=scenario_of(
            path, fields.flowsim, fields.scenario_text, fields.scenario, fields.set, fields.lists
        ),
        seed=fields.seed,
        engine=fields.engine,
        replications=fields.replications,
        hash=fields.hash,
        wall_time=fields.wall_time_seconds,
        versions=versions_of(fields),
    )


def content(folder: Path) -> str:
    """Return the text of a folder's manifest.

    Raises
    ------
    ResultsError
        If there is none, or it cannot be read.
    """
    try:
        tidy_for(folder)  # a run that was killed may have left it half exchanged
        if not folder.is_dir():
            what = "is a file; name a folder" if folder.exists() else "no such folder"
            raise ResultsError(f"{folder}: {what}")
        return (folder / MANIFEST).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ResultsError(
            f"{folder}: no results of flowsim: there is no {MANIFEST} in it"
        ) from None
    except UnicodeDecodeError:
        raise ResultsError(f"{folder / MANIFEST}: damaged: no UTF-8 text") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ResultsError(f"{folder}: cannot be read: {reason.lower()}") from None


def kind_of(folder: str | Path) -> Kind:
    """Tell a run's folder from that of a comparison or an experiment.

    A manifest that none of them would have counts as a run's: reading it says what is wrong.

    Raises
    ------
    ResultsError
        If there is no manifest, it cannot be read, or the folder is of another kind.
    """
    try:
        kind = kind_in(json.loads(content(Path(folder))))
    except (ValueError, RecursionError):
        return "run"
    if kind is None:
        return "run"
    for name in get_args(Kind):
        if kind.name == name:
            return cast(Kind, name)
    raise ResultsError(
        f"{folder}: found {kind.noun}; allowed: a run, a comparison or an experiment"
    )


def checked(path: Path, text: str, fields: type[Fields]) -> Fields:
    """Read the fields of a manifest.

    Parameters
    ----------
    path, text : of the manifest
    fields : the model of the fields that are needed

    Raises
    ------
    ResultsError
        With a line for each that is missing or damaged.
    """
    try:
        return fields.model_validate(json.loads(text))
    except ValidationError as error:
        faults = [f"{path}: {_fault(detail['loc'], detail['msg'])}" for detail in error.errors()]
        raise ResultsError("\n".join(faults)) from None
    except (ValueError, RecursionError):
        raise ResultsError(f"{path}: damaged: no JSON") from None


def _fault(place: tuple[int | str, ...], message: str) -> str:
    """Say what is wrong with a field of the manifest.

    Examples
    --------
    >>> _fault(("libraries", "numpy"), "Input should be a valid string")
    'libraries.numpy: should be a valid string'
    >>> _fault(("seed",), "Field required")
    'seed: is missing'
    """
    where = ".".join(str(key) for key in place)
    said = "is missing" if message == "Field required" else message.removeprefix("Input ")
    return f"{where}: {said}" if where else "damaged: no manifest of flowsim"


def scenario_of(
    path: Path, flowsim: str, text: str, name: str, settings: list[str], lists: dict[str, str]
) -> Scenario:
    """Load a scenario from what a manifest has of it.

    Parameters
    ----------
    path : of the manifest
    flowsim : version that wrote it
    text, name, settings, lists : the scenario file, what was set from outside, and CSV lists

    Raises
    ------
    ResultsError
        If this version of flowsim cannot load it.
    """
    try:
        return loads(text, name=name, set=settings, lists=lists)
    except ScenarioError as error:
        first, *others = error.faults
        more = f" (and {len(others)} more)" if others else ""
        raise ResultsError(
            f"{path}: the scenario of flowsim {flowsim} cannot be loaded by flowsim "
            f"{version('flowsim')}: {first}{more}"
        ) from None


def versions_of(fields: MadeWith) -> dict[str, str]:
    """Return what results were made with, by name: flowsim, python, machine, and the libraries."""
    own = {"flowsim": fields.flowsim, "python": fields.python, "machine": fields.machine}
    return {**own, **fields.libraries}


def versions_now() -> dict[str, str]:
    """Return what a run is made with here and now, as `RunRecord.versions` has it."""
    return {name: _version_now(name) for name in ("flowsim", "python", "machine", *LIBRARIES)}


def _version_now(name: str) -> str:
    if name == "python":
        return platform.python_version()
    if name == "machine":
        return f"{platform.system()} {platform.machine()}"
    try:
        return version(name)
    except (PackageNotFoundError, ValueError):
        return "not installed"
