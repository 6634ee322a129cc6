"""The names that exist in a scenario, and the figures that can be asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any

from flowsim.language import _
from flowsim.scenario import figures
from flowsim.scenario.figures import Figure
from flowsim.scenario.marking import Told, set_keys, told_of
from flowsim.scenario.schema import BUILT_IN_EXITS, Scenario, Step
from flowsim.scenario.source import Source

__all__ = [
    "Known",
    "NameList",
    "better",
    "figure_of",
    "figures_of",
    "lacking",
    "leading_to",
    "names_of",
    "payers",
    "side_exits",
]

TOGETHER = ("step", "team", "exit", "goal")  # all figures of one of these stand side by side


class NameList(tuple[str, ...]):
    """Names in the order of the file, of which one is found at once however many there are.

    Examples
    --------
    >>> "b" in NameList(["a", "b"])
    True
    """

    def __contains__(self, name: object) -> bool:
        return name in self.all

    @cached_property
    def all(self) -> frozenset[str]:
        """The names, in no order."""
        return frozenset(self)


@dataclass(frozen=True)
class Known:
    """The names that a scenario's keys may refer to, in the order of the file.

    Names of tables that are faulty are among them, so that a reference to one is no second fault.
    """

    steps: NameList
    exits: NameList
    teams: NameList
    groups: dict[str, NameList]
    origins: NameList  # values of the built-in group `source`
    outcomes: NameList
    goals: NameList
    payers: NameList
    budget: NameList  # who pays it
    sources: NameList

    @classmethod
    def of(cls, scenario: Scenario) -> Known:
        """Collect the names of a scenario and of the file it came from."""
        source = scenario._source
        return cls(
            steps=names("steps", scenario.steps, source),
            exits=NameList(
                dict.fromkeys((*names("exits", scenario.exits, source), *BUILT_IN_EXITS))
            ),
            teams=names("teams", scenario.teams, source),
            groups={
                group: values(scenario.groups.get(group, {}), source.at(("groups", group)))
                for group in names("groups", scenario.groups, source)
            },
            origins=NameList(
                dict.fromkeys(
                    (*names("referrals", scenario.referrals, source), *initial_origins(scenario))
                )
            ),
            outcomes=names("outcomes", scenario.outcomes, source),
            goals=names("goals", scenario.goals, source),
            payers=payers(scenario),
            budget=NameList(scenario.costs.contributions),
            sources=names("sources", scenario.sources, source),
        )

    @cached_property
    def labelled(self) -> NameList:
        """Everybody who pays for teams, or the budget."""
        return NameList(dict.fromkeys((*self.payers, *self.budget)))

    @cached_property
    def ends(self) -> NameList:
        """Where a route may lead: steps and exits."""
        return NameList(dict.fromkeys((*self.steps, *self.exits)))

    @cached_property
    def kpis(self) -> dict[str, tuple[Figure, str]]:
        """Every figure that the scenario has: what the registry says of it, and whose it is."""
        return {name: (figure, whose) for name, figure, whose in figures_of(names_of(self))}

    @cached_property
    def conditions(self) -> NameList:
        """Every "group=value" that there is."""
        return NameList(f"{g}={v}" for g in (*self.groups, "source") for v in self.values(g))

    def values(self, group: str) -> NameList:
        """The values of a group, the built-in one included."""
        return self.origins if group == "source" else self.groups.get(group, NameList())


def names(section: str, parts: Iterable[str], source: Source) -> NameList:
    """Return the names of a section: those of the file, or those read."""
    return NameList(dict.fromkeys((*source.table(section), *parts)))


def values(mix: Iterable[str], raw: object) -> NameList:
    """Return the values of a group: those of the file, or those read."""
    return NameList(raw if isinstance(raw, dict) else [raw] if isinstance(raw, str) else mix)


def initial_origins(scenario: Scenario) -> list[str]:
    """Return what the built-in group `source` has for those who are there at the start."""
    return [
        f"initial_{name}_{where}"
        for name, step in scenario.steps.items()
        for where in ("waiting", "in_service")
        if getattr(step.initial, where)
    ]


def payers(scenario: Scenario) -> NameList:
    """Return everybody who pays."""
    found = ["association"]
    for team in scenario.teams.values():
        found += team.financed_by
        found += [line.paid_by for line in team.staff.values() if line.paid_by]
    return NameList(dict.fromkeys(found))


def names_of(parts: Scenario | Known) -> dict[str, list[str]]:
    """Return the names that there are figures for, by what they are names of."""
    return {
        "": [""],
        "step": list(parts.steps),
        "team": list(parts.teams),
        "exit": list(dict.fromkeys((*parts.exits, *BUILT_IN_EXITS))),
        "outcome": list(parts.outcomes),
        "payer": list(payers(parts) if isinstance(parts, Scenario) else parts.payers),
        "goal": list(parts.goals),
    }


def figures_of(names: Mapping[str, list[str]]) -> Iterator[tuple[str, Figure, str]]:
    """Find every figure with its name, what the registry says of it, and whose it is.

    Parameters
    ----------
    names : as from `names_of`

    Examples
    --------
    >>> [kpi for kpi, _, _ in figures_of({"step": ["desk"]})][:2]
    ['desk.joined.wait.mean', 'desk.joined.wait.p90']
    """
    for of, block in groupby(figures.FIGURES, key=lambda figure: figure.of):
        same, own = list(block), names.get(of, [])
        if of in TOGETHER:
            pairs = [(figure, name) for name in own for figure in same]
        else:
            pairs = [(figure, name) for figure in same for name in own]
        for figure, name in pairs:
            yield figure.pattern.replace(f"<{of}>", name), figure, name


def figure_of(kpi: str, scenario: Scenario) -> tuple[Figure, str]:
    """Return what the registry says of a figure, and whose it is.

    Raises
    ------
    KeyError
        If a scenario of these names has no such figure.

    Examples
    --------
    >>> import flowsim
    >>> figure, step = figure_of("mapping.wait.p90", flowsim.load("scenarios/orebro.toml"))
    >>> figure.pattern, step
    ('<step>.wait.p90', 'mapping')
    """
    known = by_pattern(figures.FIGURES)
    parts = kpi.split(".")
    for of, own in names_of(scenario).items():
        for place, name in enumerate(parts):
            if of and name in own:
                pattern = ".".join([*parts[:place], f"<{of}>", *parts[place + 1 :]])
                if pattern in known:
                    return known[pattern], name
    return known[kpi], ""


@lru_cache(maxsize=2)
def by_pattern(registry: tuple[Figure, ...]) -> dict[str, Figure]:
    """Return the figures of a registry by their patterns."""
    return {figure.pattern: figure for figure in registry}


def lacking(figure: Figure, name: str, scenario: Scenario) -> str:
    """Return the key that a figure needs and a scenario does not have; empty if it has all.

    Parameters
    ----------
    name : of the step, team, exit ... whose figure it is
    """
    if figure.of == "exit":
        return leading_to(name, scenario)
    if figure.needs == figures.A_VACANCY:
        return "" if has_vacancy(name, scenario) else figure.needs
    path = figure.needs.replace(f"<{figure.of}>", name)
    section, _, rest = path.partition(".")
    value: object = getattr(scenario, section) if section else ""
    for key in rest.split(".") if rest else ():
        if isinstance(value, Mapping):
            value = value.get(key, "" if key == name else None)  # a faulty part is no second fault
        elif value != "":
            value = getattr(value, key)
    return path if value is None or value == () else ""


def has_vacancy(step: str, scenario: Scenario) -> bool:
    """Whether a team of a step has a vacancy; of a faulty part it is not said."""
    if step not in scenario.steps:
        return True
    teams = [scenario.teams.get(team) for team in scenario.steps[step].team]
    return any(team is None or any(s.vacant for s in team.staff.values()) for team in teams)


def leading_to(exit_: str, scenario: Scenario) -> str:
    """Return what would lead to an exit; empty where it is declared, or something does."""
    if exit_ in scenario.exits or exit_ not in BUILT_IN_EXITS:
        return ""
    if any(exit_ == to for step in scenario.steps.values() for _, to, _ in side_exits(step)):
        return ""
    key = next(key for key, told in told_of(Step).items() if told.leads_to == exit_)
    return _("a step with {key}").format(key=key)


def side_exits(step: Step) -> Iterator[tuple[Told, str, Any]]:
    """Find the exits of a step that no share leads to.

    Yields
    ------
    what is known of the key that leads there, the exit, and the value of the key
    """
    for _key, told, value in set_keys(step):
        for part in value if isinstance(value, tuple) else (value,):
            if told.leads_to:
                yield told, getattr(part, "exit", told.leads_to), part


def better(kpi: str, scenario: Scenario) -> int:
    """Return 1 if a higher figure is better, -1 if a lower one is, 0 if neither.

    Parameters
    ----------
    kpi : its name, as in docs/language.md
    scenario : which tells steps from other names, and what a goal wants

    Examples
    --------
    >>> import flowsim
    >>> scenario = flowsim.load("scenarios/orebro.toml")
    >>> [better(kpi, scenario) for kpi in ("coaching.wait.mean", "coverage", "referred")]
    [-1, 1, 0]
    """
    figure, name = figure_of(kpi, scenario)
    if figure.of == "exit":
        return figures.LOWER if name in BUILT_IN_EXITS else figures.NEITHER
    if figure.pattern != "goals.<goal>":
        return figure.better
    goal = scenario.goals[name]
    if goal.outcome is not None:
        return figures.HIGHER
    if (goal.at_least is None) == (goal.at_most is None):
        return figures.NEITHER
    return figures.HIGHER if goal.at_most is None else figures.LOWER
