"""Experiment file -> Experiment, with every fault at once: line, key path, nearest name.

That a value suits the scenario is not checked a second time here: the base is loaded with each
value of each factor set, and what the scenario has against it is told on the factor's line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from flowsim.analysis import kpis as measuring
from flowsim.analysis.kpi_names import Kpi, KpiTable
from flowsim.engine.compiling import compile_plan
from flowsim.errors import Fault, ScenarioError
from flowsim.scenario.contents import check_contents
from flowsim.scenario.loading import in_order, load, loads
from flowsim.scenario.positions import key_lines
from flowsim.scenario.quantities import nearest, shown
from flowsim.scenario.schema import Scenario
from flowsim.scenario.source import Findings, KeyPath, Source, has, spelled
from flowsim.scenario.toml_text import parse
from flowsim.scenario.user_files import decoded, name_of, path_of
from flowsim.study.experiment.answer_checks import AnswerCheck
from flowsim.study.experiment.checks import check_design
from flowsim.study.experiment.file import read_values
from flowsim.study.experiment.points import Point, base_point, choice, choices, points
from flowsim.study.experiment.schema import LANGUAGES, ExperimentFile, StopRule

__all__ = ["Experiment", "load_experiment", "loads_experiment"]

FILE_WORDS = "an experiment file, which is TOML text in UTF-8"
SCENARIO_WORDS = "an experiment file, with [experiment]; a scenario is run by flowsim run"
NO_KEY = ("no such table", "a value that is no table", "unknown key")
FEW_POINTS = 200
"""Up to so many points, each is loaded before anything is run."""


@dataclass(frozen=True, eq=False)
class Experiment:
    """An experiment file, checked.

    Parameters
    ----------
    name : the file's name without its ending
    text : the file, word for word
    file : what it says
    base : the base scenario as it is in its file
    scenario : the base with the settings of all points
    points : what is run, in the order of the design
    base_point : number of the point that the others are compared with; None: none
    kpis : the figures that are kept
    seed, replications : of every point
    """

    name: str
    text: str
    file: ExperimentFile
    base: Scenario
    scenario: Scenario
    points: tuple[Point, ...]
    base_point: int | None
    kpis: tuple[Kpi, ...]
    seed: int
    replications: int

    @property
    def title(self) -> str:
        """The question in words."""
        return self.file.experiment.title

    @property
    def language(self) -> str:
        """The language of reports."""
        return self.file.experiment.language or self.base.scenario.language

    @property
    def period(self) -> str:
        """The period of the figures."""
        return self.file.experiment.period

    @property
    def precision(self) -> StopRule | None:
        """The precision that decides the number of replications, if one does."""
        return self.file.experiment.precision

    @property
    def most_replications(self) -> int:
        """The replications of each point, or the most with a precision."""
        return self.replications if self.precision is None else self.precision.max

    @cached_property
    def table(self) -> KpiTable:
        """All figures that the base has with the settings of all points."""
        return measuring.names(compile_plan(self.scenario))

    def scenario_of(self, point: Point) -> Scenario:
        """Load the scenario of a point."""
        return with_settings(self.base, point.settings)


def load_experiment(path: str | Path, language: str | None = None) -> Experiment:
    """Read an experiment file, and the scenario that it is about.

    Parameters
    ----------
    path : of the file
    language : `sv` or `en`; as the file says if left out

    Raises
    ------
    ScenarioError
        With every fault found, in the file and in the scenario.

    Examples
    --------
    >>> found = load_experiment("experiments/coaches.toml")
    >>> [point.label for point in found.points]
    ['Coacher 2019: 3,5', 'Coacher 2019: 4,5', 'Coacher 2019: 5,5']
    """
    path = Path(path)
    try:
        text = decoded(path)
    except ValueError as error:
        raise ScenarioError([Fault(name_of(path), 0, "", str(error), FILE_WORDS)]) from None
    source = Source(text=text, name=name_of(path.stem), file=name_of(path), path=path)
    try:
        return _read(source, path.parent, language)
    except RecursionError:
        fault = Fault(source.file, 0, "", "tables or lists nested too deeply", FILE_WORDS)
        raise ScenarioError([fault]) from None


def loads_experiment(
    text: str, base: Scenario, name: str = "experiment", language: str | None = None
) -> Experiment:
    """Read the text of an experiment file whose base is at hand, such as from a manifest.

    Parameters
    ----------
    text : of the file
    base : the scenario that it is about, whatever file the text names
    name : of the experiment
    language : `sv` or `en`; as the text says if left out

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    return _read(Source(text=text, name=name, file=name), base, language)


def _read(source: Source, base_at: Path | Scenario, language: str | None) -> Experiment:
    findings = Findings(source)
    source.data = parse(source, FILE_WORDS)
    source.lines = key_lines(source.text.removeprefix("\ufeff"))
    if "scenario" in source.data and "experiment" not in source.data:
        findings.fault(("scenario",), "a scenario file", SCENARIO_WORDS)
        raise ScenarioError(findings.faults)
    file = read_values(source.data, findings, LANGUAGES[0])
    check_contents(source.data, findings)
    if file is not None:
        check_design(file, findings)
    base = None if file is None else _base(file, base_at, findings)
    found = None
    if file is not None and base is not None:
        file = _told_in(
            language or file.experiment.language or base.scenario.language, file, source
        )
        found = Against(source, file, base, findings).experiment()
    if findings.faults or found is None:
        raise ScenarioError(in_order(findings.faults, source.file))
    return found


def _told_in(language: str, file: ExperimentFile, source: Source) -> ExperimentFile:
    """Return the file with its texts in a language."""
    is_read = language == LANGUAGES[0]
    found = file if is_read else read_values(source.data, Findings(source), language) or file
    heading = found.experiment.model_copy(update={"language": language})
    return found.model_copy(update={"experiment": heading})


def _base(file: ExperimentFile, at: Path | Scenario, findings: Findings) -> Scenario | None:
    """Load the base from a folder, if it is not there; its faults are those of its own file."""
    if isinstance(at, Scenario):
        return at
    path: KeyPath = ("experiment", "base")
    if findings.is_touched(("experiment",), "base"):
        return None
    try:
        return load(at / path_of(file.experiment.base))
    except ScenarioError as error:
        for fault in error.faults:
            if fault.line or fault.path:
                findings.tell(fault)
            else:
                found = f"{fault.found} ({shown(file.experiment.base)})"
                findings.fault(path, found, fault.allowed)
    return None


class Against:
    """Holds an experiment file against its base scenario.

    Parameters
    ----------
    source, file : the experiment file, as a text and as values
    base : the scenario
    findings : where faults go
    """

    def __init__(
        self, source: Source, file: ExperimentFile, base: Scenario, findings: Findings
    ) -> None:
        self.source = source
        self.file = file
        self.base = base
        self.findings = findings

    @property
    def common(self) -> Mapping[str, object]:
        """Settings of all points; none where they are faulty already."""
        is_faulty = self.findings.is_touched(("experiment",), "set")
        return {} if is_faulty else self.file.experiment.set

    def experiment(self) -> Experiment | None:
        """Check settings, figures and points; None if there is a fault."""
        head = self.file.experiment
        common = self.loaded(self.common, ("experiment", "set"))
        if common is None:
            return None
        table = measuring.names(compile_plan(common))
        self.check_figures(table)
        if not (self.check_levels() and not self.findings.faults):
            return None
        seed = common.run.seed if head.seed is None else head.seed
        all_points = points(self.file, seed)
        self.check_points(all_points, table)
        AnswerCheck(self.file, all_points, self.findings).check()
        if self.findings.faults:
            return None
        return Experiment(
            name=self.source.name,
            text=self.source.text,
            file=self.file,
            base=self.base,
            scenario=common,
            points=all_points,
            base_point=base_point(self.file),
            kpis=tuple(table[name] for name in dict.fromkeys(head.kpis)),
            seed=seed,
            replications=head.replications or common.run.replications,
        )

    def loaded(self, settings: Mapping[str, object], path: KeyPath) -> Scenario | None:
        """Load the base with settings; its faults are told at the place of the settings."""
        try:
            return with_settings(self.base, settings)
        except ScenarioError as error:
            for fault in error.faults:
                at = self.nearer(path, fault)
                what = fault.found.removesuffix(" (set from outside)")
                is_plain = at[-1] == fault.path or not fault.path
                self.add(at, what if is_plain else f"{fault.path}: {what}", fault)
        return None

    def nearer(self, path: KeyPath, fault: Fault) -> KeyPath:
        """Return the place of the key that a fault is about, if it is not about the value."""
        if has(self.source.at(path), fault.path):
            return (*path, fault.path)
        if path[0] != "factors" or fault.found.removesuffix(" (set from outside)") not in NO_KEY:
            return path
        factor = path[:2]
        for key in ("key", "keys"):
            if self.source.at((*factor, key)) is not None:
                return (*factor, key)
        return path

    def add(self, path: KeyPath, found: str, fault: Fault) -> None:
        """Add a fault of the scenario at a place of the experiment file."""
        if self.findings.is_silenced(path):
            return
        line = self.source.line(path)
        one = Fault(self.source.file, line, spelled(path), found, fault.allowed, fault.nearest)
        self.findings.tell(one)

    def check_levels(self) -> bool:
        """Load the base with each value of each factor, and with each variant."""
        common, is_right = self.common, True
        for at, factor in enumerate(self.file.factors):
            path: KeyPath = ("factors", at)
            if self.findings.is_touched(path, "unit", "key", "keys", "levels", "values"):
                continue
            for number, one in enumerate(choices(factor)):
                place = self.place_of(path, number)
                is_right &= self.loaded({**common, **one.settings}, place) is not None
            if factor.baseline is not None and not factor.levels:
                base = choice(factor, factor.baseline).settings
                is_right &= self.loaded({**common, **base}, (*path, "baseline")) is not None
        for at, variant in enumerate(self.file.variants):
            found = self.loaded({**common, **variant.set}, ("variants", at, "set"))
            is_right &= found is not None
        return is_right

    def place_of(self, path: KeyPath, number: int) -> KeyPath:
        """Return where a value of a factor stands."""
        for key in ("levels", "values"):
            if has(self.source.at((*path, key)), number):
                return (*path, key, number, "set") if key == "levels" else (*path, key, number)
        return (*path, ("low", "high")[number])

    def check_figures(self, table: KpiTable) -> None:
        """Check the names of figures and of the period."""
        head = self.file.experiment
        for at, name in enumerate(head.kpis):
            self.check_kpi(("experiment", "kpis", at), name, table)
        if head.precision is not None:
            self.check_kpi(("experiment", "precision", "kpi"), head.precision.kpi, table)
        known = [period.name for period in table.periods]
        if head.period not in known:
            self.findings.unknown(("experiment", "period"), head.period, "a period", known)

    def check_kpi(self, path: KeyPath, name: str, table: KpiTable) -> None:
        """Check that a figure exists."""
        if name not in table.position:
            self.findings.fault(path, shown(name), "a figure of the base", table.names, name)

    def check_points(self, all_points: tuple[Point, ...], table: KpiTable) -> None:
        """Load every point, if there are not very many, and check that it has the figures."""
        for point in all_points if len(all_points) <= FEW_POINTS else ():
            path: KeyPath = ("variants", point.number) if self.file.variants else ("factors",)
            try:
                scenario = with_settings(self.base, point.settings)
            except ScenarioError as error:
                for fault in error.faults:
                    what = fault.found.removesuffix(" (set from outside)")
                    where = f"{fault.path}: " if fault.path else ""
                    self.add(path, f"{point.label}: {where}{what}", fault)
                continue
            lacking = missing_figures(scenario, self.file.experiment.kpis, self.file.experiment)
            for name in lacking:
                near = nearest(name, table.names)
                found = f"{point.label}: no figure {shown(name)}"
                self.findings.add(path, found, "points that all have the figures", near)


def with_settings(base: Scenario, settings: Mapping[str, object]) -> Scenario:
    """Load a scenario again from its text, with other values set from outside."""
    return loads(base.text, name=base.name, set=settings, lists=base.attachments)


def missing_figures(scenario: Scenario, kpis: tuple[str, ...], head: Any) -> list[str]:
    """Name the figures, and the period, that a point does not have."""
    table = measuring.names(compile_plan(scenario))
    lacking = [name for name in kpis if name not in table.position]
    known = [period.name for period in table.periods]
    return lacking + ([head.period] if head.period not in known else [])
