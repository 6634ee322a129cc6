"""manifest.json, which every results folder has: how it is written, and what it is read back as."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flowsim.errors import ResultsError, ScenarioError
from flowsim.language import N_, _
from flowsim.scenario.loading import loads
from flowsim.scenario.overrides import as_toml
from flowsim.scenario.schema import Scenario
from flowsim.scenario.user_files import decoded
from flowsim.study.kinds import KINDS, MOST_BYTES, Kind, kind_in
from flowsim.study.store import MANIFEST, tidy_for, write_manifest

MOST_REPLICATIONS = 1_000_000
Fields = TypeVar("Fields", bound=BaseModel)
LIBRARIES = ("numpy", "numba", "pandas", "pyarrow", "scipy", "simpy")
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Engine = Literal["kernel", "simpy"]
Seconds = Annotated[float, Field(ge=0)]


class Manifest(BaseModel):
    """The fields that every manifest is read back from; others may stand beside them.

    What a kind needs beside these is in the class that it is read as, which names it in `of_kind`.
    """

    model_config = ConfigDict(strict=True, extra="ignore")
    of_kind: ClassVar[str] = ""

    flowsim: str
    kind: str = ""
    python: str
    machine: str
    libraries: dict[str, str]

    @property
    def versions(self) -> dict[str, str]:
        """What it was made with, by name: flowsim, python, machine, and the libraries."""
        own = {"flowsim": self.flowsim, "python": self.python, "machine": self.machine}
        return {**own, **self.libraries}

    @property
    def changes(self) -> tuple[Change, ...]:
        """What it was made with and is another now."""
        return changes(self.versions)

    @classmethod
    def of(cls, folder: str | Path, needed_by: str = N_("what was asked for")) -> Self:
        """Read the manifest of a folder.

        Parameters
        ----------
        folder : whose manifest it is
        needed_by : what cannot be done with a folder of another kind

        Raises
        ------
        ResultsError
            If the folder is none of flowsim's or of another kind, or its manifest is damaged; one
            line per fault.
        """
        if cls.of_kind:
            must_be(folder, (cls.of_kind,), needed_by)
        return checked(Path(folder) / MANIFEST, content(Path(folder)), cls)


class ScenarioFields(BaseModel):
    """What a scenario was, word for word."""

    model_config = ConfigDict(strict=True, extra="ignore")

    scenario: str
    set: list[str]
    scenario_text: str
    lists: dict[str, str]


class RunManifest(Manifest, ScenarioFields):
    """The fields that a run is read back from."""

    of_kind = "run"

    hash: str
    seed: Seed
    replications: Annotated[int, Field(ge=1, le=MOST_REPLICATIONS)]
    engine: Engine
    wall_time_seconds: Seconds
    draws: Annotated[int, Field(ge=0)] = 0


# Writing ---------------------------------------------------------------------------------------


def write(path: Path, kind: str, content: Mapping[str, object]) -> None:
    """Write the manifest of a results folder: its head, and what its kind tells.

    Parameters
    ----------
    path : of the manifest
    kind : a name of `kinds.KINDS`
    content : what is needed to repeat what is in the folder
    """
    versions = versions_now()
    head = {
        "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "python": versions["python"],
        "machine": versions["machine"],
        "libraries": {name: versions[name] for name in LIBRARIES},
    }
    write_manifest(path, kind, {**head, **content})


def scenario_fields(scenario: Scenario) -> dict[str, object]:
    """Return what a scenario is loaded again from, see `ScenarioFields`."""
    return {
        "scenario": scenario.name,
        "title": scenario.scenario.title,
        "set": settings(scenario),
        "scenario_text": scenario.text,
        "lists": dict(scenario.attachments),
    }


def settings(scenario: Scenario) -> list[str]:
    """Return what was set from outside, in the form of --set."""
    return [f"{key}={as_toml(value)}" for key, value in scenario.overrides.items()]


def run_hash(scenario: Scenario, seed: int, engine: str) -> str:
    """Return eight characters that stand for a scenario as run."""
    parts = [scenario.text, settings(scenario), dict(scenario.attachments), seed, engine]
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


# Reading ---------------------------------------------------------------------------------------


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
    draws : of the uncertain inputs
    """

    folder: Path
    scenario: Scenario
    seed: int
    engine: str
    replications: int
    hash: str
    wall_time: float
    versions: dict[str, str]
    draws: int = 0

    @property
    def is_unchanged(self) -> bool:
        """Whether the hash is still that of the text, settings, lists, seed and engine."""
        return self.hash == run_hash(self.scenario, self.seed, self.engine)

    def changes(self) -> tuple[Change, ...]:
        """Return what the run was made with and is another now."""
        return changes(self.versions)


def changes(versions: Mapping[str, str]) -> tuple[Change, ...]:
    """Return what was another version than is here now."""
    now = {name: _version_now(name) for name in versions}
    return tuple(
        Change(name, then, now[name]) for name, then in versions.items() if then != now[name]
    )


def read(folder: str | Path, needed_by: str = N_("what was asked for")) -> RunRecord:
    """Read the manifest of a run; nothing outside its folder is read.

    Parameters
    ----------
    folder : of the run
    needed_by : what cannot be done with a folder of another kind

    Raises
    ------
    ResultsError
        If the folder is none of flowsim's, its manifest is damaged, or this version of flowsim
        cannot load the scenario; one line per fault.
    """
    folder = Path(folder)
    path = folder / MANIFEST
    fields = RunManifest.of(folder, needed_by)
    return RunRecord(
        folder=folder,
        scenario=scenario_of(path, fields.flowsim, fields),
        seed=fields.seed,
        engine=fields.engine,
        replications=fields.replications,
        hash=fields.hash,
        wall_time=fields.wall_time_seconds,
        versions=fields.versions,
        draws=fields.draws,
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
            what = _("is a file; name a folder") if folder.exists() else _("no such folder")
            raise ResultsError(f"{folder}: {what}")
        if not (folder / MANIFEST).exists():
            raise ResultsError(
                _("{folder}: no results of flowsim: there is no {manifest} in it").format(
                    folder=folder, manifest=MANIFEST
                )
            )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ResultsError(
            _("{folder}: cannot be read: {reason}").format(folder=folder, reason=reason.lower())
        ) from None
    return json_text(folder / MANIFEST)


def json_text(path: Path) -> str:
    """Return the text of a manifest that is there.

    Raises
    ------
    ResultsError
        If it cannot be read.
    """
    try:
        return decoded(path, MOST_BYTES)
    except ValueError as error:
        raise ResultsError(_("{path}: damaged: {error}").format(path=path, error=error)) from None


def raw_fields(path: Path) -> dict[str, object]:
    """Return the fields of a manifest that is there; none where it is no manifest."""
    try:
        fields = json.loads(json_text(path))
    except (ResultsError, ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def kind_of(folder: str | Path) -> Kind:
    """Return the kind of a results folder.

    A manifest that no kind would have counts as a run's: reading it says what is wrong.

    Raises
    ------
    ResultsError
        If there is no manifest, or it cannot be read.
    """
    try:
        return kind_in(json.loads(content(Path(folder)))) or KINDS["run"]
    except (ValueError, RecursionError):
        return KINDS["run"]


def must_be(folder: str | Path, kinds: tuple[str, ...], needed_by: str) -> str:
    """Return the name of a folder's kind, which must be one of some.

    Raises
    ------
    ResultsError
        If it is of another one; the message says which one, and who needs which.
    """
    kind = kind_of(folder)
    if kind.name not in kinds:
        *others, last = (_(KINDS[name].noun) for name in kinds)
        needed = (
            _("{others} or {last}").format(others=", ".join(others), last=last) if others else last
        )
        what = (
            _("is {noun}").format(noun=_(kind.noun))
            if kind.noun.startswith("a")
            else _("holds {noun}").format(noun=_(kind.noun))
        )
        raise ResultsError(
            _("{folder}: {what}; {needed_by} needs {needed}").format(
                folder=folder, what=what, needed_by=_(needed_by), needed=needed
            )
        )
    return kind.name


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
        raise ResultsError(_("{path}: damaged: no JSON").format(path=path)) from None


def _fault(place: tuple[int | str, ...], message: str) -> str:
    """Describe what is wrong with a field of the manifest.

    Examples
    --------
    >>> _fault(("libraries", "numpy"), "Input should be a valid string")
    'libraries.numpy: should be a valid string'
    >>> _fault(("seed",), "Field required")
    'seed: is missing'
    """
    where = ".".join(str(key) for key in place)
    said = _("is missing") if message == "Field required" else message.removeprefix("Input ")
    return f"{where}: {said}" if where else _("damaged: no manifest of flowsim")


def scenario_of(path: Path, flowsim: str, fields: ScenarioFields) -> Scenario:
    """Load a scenario from what a manifest has of it.

    Parameters
    ----------
    path : of the manifest
    flowsim : version that wrote it
    fields : the scenario file, what was set from outside, and CSV lists

    Raises
    ------
    ResultsError
        If this version of flowsim cannot load it.
    """
    try:
        return loads(fields.scenario_text, name=fields.scenario, set=fields.set, lists=fields.lists)
    except ScenarioError as error:
        first, *others = error.faults
        more = _(" (and {n_others} more)").format(n_others=len(others)) if others else ""
        raise ResultsError(
            _(
                "{path}: the scenario of flowsim {flowsim} cannot be loaded by flowsim "
                "{ours}: {first}{more}"
            ).format(path=path, flowsim=flowsim, ours=version("flowsim"), first=first, more=more)
        ) from None


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
