"""Experiment file -> Experiment, with every fault at once: line, key path, nearest name.

That a value suits the scenario is not checked a second time here: the base is varied by the
settings of each point, and what the scenario has against a value is told on its factor's line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from flowsim.analysis import kpis as measuring
from flowsim.analysis.kpi_names import Kpi, KpiTable
from flowsim.engine.plan import Plan
from flowsim.errors import Fault, ScenarioError
from flowsim.language import N_, _
from flowsim.scenario import texts
from flowsim.scenario.contents import check_contents
from flowsim.scenario.loading import data_with, in_order, load
from flowsim.scenario.positions import KeyLines
from flowsim.scenario.proportional import ROUNDING, in_proportion, others_of, share_at
from flowsim.scenario.quantities import nearest, shown
from flowsim.scenario.schema import Scenario
from flowsim.scenario.source import Findings, KeyPath, Source, has, spelled
from flowsim.scenario.toml_reading import parse
from flowsim.scenario.user_files import decoded, name_of, path_of
from flowsim.study.experiment.answer_checks import AnswerCheck
from flowsim.study.experiment.checks import check_design
from flowsim.study.experiment.file import read_values
from flowsim.study.experiment.plans import FEW_POINTS, Plans
from flowsim.study.experiment.points import (
    Point,
    base_point,
    choice,
    choices,
    has_range,
    points,
)
from flowsim.study.experiment.schema import (
    GIVEN_DESIGNS,
    ExperimentFile,
    ExperimentHeading,
    Factor,
    StopRule,
)

__all__ = ["Experiment", "load_experiment", "loads_experiment", "told_in"]

FILE_WORDS = N_("an experiment file, which is TOML text in UTF-8")
SCENARIO_WORDS = N_("an experiment file, with [experiment]; a scenario is run by flowsim run")
NO_KEY = (N_("no such table"), N_("a value that is no table"), N_("unknown key"))
FROM_OUTSIDE = N_(" (set from outside)")


@dataclass(frozen=True, eq=False)
class Experiment:
    """An experiment file, checked.

    Parameters
    ----------
    name : the file's name without its ending
    text, tables : the file, word for word, and its values
    file : what it says
    plans : the base scenario, and the plans of what settings make of it
    points : what is run, in the order of the design
    base_point : number of the point that the others are compared with; None: none
    kpis : the figures that are kept
    seed, replications : of every point
    """

    name: str
    text: str
    tables: Mapping[str, object]
    file: ExperimentFile
    plans: Plans
    points: tuple[Point, ...]
    base_point: int | None
    kpis: tuple[Kpi, ...]
    seed: int
    replications: int

    @property
    def base(self) -> Scenario:
        """The base scenario as it is in its file."""
        return self.plans.base

    @property
    def plan(self) -> Plan:
        """The plan of the base with the settings of all points."""
        return self.plans.of(self.file.experiment.set)

    @property
    def scenario(self) -> Scenario:
        """The base with the settings of all points."""
        return self.plan.scenario

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

    @property
    def table(self) -> KpiTable:
        """All figures that the base has with the settings of all points."""
        return measuring.names(self.plan)

    def scenario_of(self, point: Point) -> Scenario:
        """Return the scenario of a point."""
        return self.plans.of(point.settings).scenario


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
        raise ScenarioError([Fault(name_of(path), 0, "", str(error), _(FILE_WORDS))]) from None
    source = Source(text=text, name=name_of(path.stem), file=name_of(path), path=path)
    try:
        return _read(source, path.parent, language)
    except RecursionError:
        fault = Fault(source.file, 0, "", _("tables or lists nested too deeply"), _(FILE_WORDS))
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
    source.data = source.tables = parse(source, FILE_WORDS)
    source.lines = KeyLines(source.mended or source.text)
    findings = Findings(source)
    if "scenario" in source.data and "experiment" not in source.data:
        findings.fault(("scenario",), _("a scenario file"), _(SCENARIO_WORDS))
        raise ScenarioError(findings.faults)
    file = read_values(source.data, findings)
    check_contents(source.data, findings)
    if file is not None:
        check_design(file, findings)
    base = None if file is None else _base(file, base_at, findings)
    found = None
    if file is not None and base is not None:
        language = language or file.experiment.language or base.scenario.language
        file = _file_in(language, file)
        found = Against(source, file, base, findings).experiment()
    if findings.faults or found is None:
        raise ScenarioError(in_order(findings.faults, source.file))
    return found


def told_in(experiment: Experiment, language: str) -> Experiment:
    """Return an experiment with its texts in a language: `sv` or `en`."""
    if experiment.language == language:
        return experiment
    file = _file_in(language, experiment.file)
    return replace(experiment, file=file, points=points(file, experiment.scenario, experiment.seed))


def _file_in(language: str, file: ExperimentFile) -> ExperimentFile:
    """Return the file with its texts in a language."""
    told = texts.told_in(file, language)
    heading = told.experiment.model_copy(update={"language": language})
    return told.model_copy(update={"experiment": heading})


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
        head = file.experiment
        self.plans = Plans(base, [*head.kpis, *([head.precision.kpi] if head.precision else [])])
        self.findings = findings

    @property
    def common(self) -> Mapping[str, object]:
        """Settings of all points; none where they are faulty already."""
        is_faulty = self.findings.is_touched(("experiment",), "set")
        return {} if is_faulty else self.file.experiment.set

    def experiment(self) -> Experiment | None:
        """Check settings, figures and points; None if there is a fault."""
        head = self.file.experiment
        plan = self.varied(self.common, ("experiment", "set"))
        if plan is None:
            return None
        table, run = measuring.names(plan), plan.scenario.run
        self.check_figures(table)
        if self.findings.faults:
            self.check_levels()
            return None
        seed = run.seed if head.seed is None else head.seed
        self.check_shares(plan.scenario)
        if self.findings.faults:
            return None
        all_points = points(self.file, plan.scenario, seed)
        if self.check_points(all_points, table):
            AnswerCheck(self.file, all_points, self.findings).check()
        if self.findings.faults:
            return None
        return Experiment(
            name=self.source.name,
            text=self.source.text,
            tables=self.source.tables,
            file=self.file,
            plans=self.plans,
            points=all_points,
            base_point=base_point(self.file),
            kpis=tuple(table[name] for name in dict.fromkeys(head.kpis)),
            seed=seed,
            replications=head.replications or run.replications,
        )

    def varied(self, settings: Mapping[str, object], path: KeyPath) -> Plan | None:
        """Vary the base by settings; its faults are told at the place of the settings."""
        try:
            return self.plans.of(settings)
        except ScenarioError as error:
            for fault in error.faults:
                at = self.nearer(path, fault)
                what = fault.found.removesuffix(_(FROM_OUTSIDE))
                is_plain = at[-1] == fault.path or not fault.path
                self.add(at, what if is_plain else f"{fault.path}: {what}", fault)
        return None

    def check_shares(self, base: Scenario) -> None:
        """Check the shares that factors move between low and high, each alone and all together."""
        data = base._source.data
        lows: dict[KeyPath, float] = {}
        moved: dict[KeyPath, set[str | int]] = {}
        for at, factor in enumerate(self.file.factors):
            found = [share_at(data, key) for key in factor.keys or (factor.key or "",)]
            for table, share in (one for one in found if one and has_range(factor)):
                self.check_share(("factors", at), factor)
                is_alone = self.file.experiment.design in GIVEN_DESIGNS
                lows[table] = (0.0 if is_alone else lows.get(table, 0.0)) + (factor.low or 0.0)
                moved[table] = {share} | (set() if is_alone else moved.get(table, set()))
                if lows[table] > 1 + ROUNDING:
                    total = round(lows[table], 6)
                    words = _("lows of shares of one table that sum to at most 1")
                    low = _("lows that sum to {total:g}").format(total=total)
                    self.findings.fault(("factors", at, "low"), low, words)
                if not others_of(data, table, moved[table]) > 0:
                    what = _("nothing left of {table} beside what is moved")
                    words = _("shares of which at least one other, above 0, can give way")
                    self.findings.fault(("factors", at), what.format(table=spelled(table)), words)

    def check_share(self, path: KeyPath, factor: Factor) -> None:
        """Check that a share lies between 0 and 1."""
        for key, value in (("low", factor.low), ("high", factor.high)):
            if value is not None and not 0 <= value <= 1:
                self.findings.fault((*path, key), shown(value), _("a share from 0 to 1"))

    def nearer(self, path: KeyPath, fault: Fault) -> KeyPath:
        """Return the place of the key that a fault is about, if it is not about the value."""
        if has(self.source.at(path), fault.path):
            return (*path, fault.path)
        if path[0] != "factors" or fault.found.removesuffix(_(FROM_OUTSIDE)) not in map(_, NO_KEY):
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

    def check_levels(self) -> None:
        """Vary the base by each value of each factor alone, and by each variant."""
        common = self.common
        for at, factor in enumerate(self.file.factors):
            path: KeyPath = ("factors", at)
            if self.findings.is_touched(path, "unit", "key", "keys", "levels", "values"):
                continue
            for number, one in enumerate(choices(factor)):
                place = self.place_of(path, number)
                self.varied(self.set_together(common, factor, one.settings), place)
            if factor.baseline is not None and not factor.levels:
                base = choice(factor, factor.baseline).settings
                self.varied({**common, **base}, (*path, "baseline"))
        for at, variant in enumerate(self.file.variants):
            self.varied({**common, **variant.set}, ("variants", at, "set"))

    def set_together(
        self, common: Mapping[str, object], factor: Factor, own: Mapping[str, object]
    ) -> Mapping[str, object]:
        """Return the settings of one value of a factor; in a range a share moves the others."""
        if not has_range(factor):
            return {**common, **own}
        data = data_with(self.plans.base._source, common)
        return {**common, **in_proportion(data, own, Findings(Source()))}

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
            self.findings.unknown(("experiment", "period"), head.period, _("a period"), known)

    def check_kpi(self, path: KeyPath, name: str, table: KpiTable) -> None:
        """Check that a figure exists."""
        if name not in table.position:
            self.findings.fault(path, shown(name), _("a figure of the base"), table.names, name)

    def check_points(self, all_points: tuple[Point, ...], table: KpiTable) -> bool:
        """Check every point, if there are not very many; tell whether each value is right.

        A point's fault is that of a value where one is faulty by itself. Where some values are in
        no point (of a drawn design, or of very many points), each is looked at by itself as well.
        """
        are_few = len(all_points) <= FEW_POINTS
        faults = [fault for one in all_points if are_few for fault in self.faults_of(one, table)]
        if faults or not are_few or self.file.experiment.design not in GIVEN_DESIGNS:
            self.check_levels()
        if self.findings.faults:
            return False
        for path, found, fault in faults:
            self.add(path, found, fault)
        return True

    def faults_of(self, point: Point, table: KpiTable) -> Iterator[tuple[KeyPath, str, Fault]]:
        """Return what a point has against its settings, and figures that it lacks."""
        path: KeyPath = ("variants", point.number) if self.file.variants else ("factors",)
        try:
            plan = self.plans.of(point.settings)
        except ScenarioError as error:
            for fault in error.faults:
                what = fault.found.removesuffix(_(FROM_OUTSIDE))
                where = f"{fault.path}: " if fault.path else ""
                yield path, f"{point.label}: {where}{what}", fault
            return
        for name in missing_figures(plan, self.file.experiment):
            near = nearest(name, table.names)
            fault = Fault("", 0, "", "", _("points that all have the figures"), near)
            yield (
                path,
                _("{label}: no figure {name}").format(label=point.label, name=shown(name)),
                fault,
            )


def missing_figures(plan: Plan, head: ExperimentHeading) -> list[str]:
    """Name the figures, and the period, that a point does not have."""
    table = measuring.names(plan)
    lacking = [name for name in head.kpis if name not in table.position]
    known = [period.name for period in table.periods]
    return lacking + ([head.period] if head.period not in known else [])
