"""The flow as a whole: who can get where, whether all can leave, whether anybody can start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cache, partial
from graphlib import CycleError, TopologicalSorter

from flowsim.language import _
from flowsim.scenario.capacity import is_ever_open, most_places, values_of
from flowsim.scenario.cost import check_cost, check_sizes
from flowsim.scenario.known import side_exits
from flowsim.scenario.schema import Exit, Route, Scenario, Step
from flowsim.scenario.source import Findings, KeyPath

__all__ = ["check_flow"]

MOST_PLACES = 1_000_000
Graph = dict[str, list[str]]


def check_flow(scenario: Scenario, findings: Findings) -> None:
    """Check the flow of a scenario whose parts are right."""
    if not scenario.steps:
        findings.fault(("steps",), _("no steps"), _("at least one step"))
        return
    if not entries(scenario):
        words = _("a source under [referrals], or a step with initial participants")
        findings.fault(("referrals",), _("nobody who is ever referred"), words)
        return
    check_sizes(scenario, findings)
    if findings.faults:
        return
    check_reachable(scenario, findings)
    check_can_be_left(scenario, findings)
    check_team_ends(scenario, findings)
    check_zero_loops(scenario, findings)
    check_deadlock(scenario, findings)
    check_places(scenario, findings)
    if not findings.faults:
        check_cost(scenario, findings)


# Who can get where


def routes_of(step: Step, group: str = "", value: str = "") -> Iterator[tuple[str, Route]]:
    """Return the routes that participants, or those with a value of a group, may take."""
    for condition, routes in step.next_for.items():
        its_group, _, its_value = condition.partition("=")
        if its_group != group or its_value == value:
            yield from routes.items()
        if group and condition == f"{group}={value}":
            return
    yield from step.next.items()


def ending(scenario: Scenario, step: Step) -> list[str]:
    """Return where the end of the step's teams sends participants."""
    teams = [scenario.teams[team] for team in step.team]
    return [t.then for t in teams if t.then and t.until and t.until < scenario.run.until]


def exits_aside(step: Step) -> list[str]:
    """Return the exits by which a step may be left other than by its routes."""
    return [to for _, to, part in side_exits(step) if getattr(part, "rate", None) != 0]


def entries(scenario: Scenario) -> list[str]:
    """Return the steps at which participants enter."""
    found = [referral.to for referral in scenario.referrals.values()]
    return found + [
        name
        for name, s in scenario.steps.items()
        if s.initial.waiting or s.initial.in_service.count
    ]


def reach(starts: Iterable[str], graph: Graph) -> set[str]:
    """Return everything that can be reached in a graph."""
    seen: set[str] = set()
    todo = list(starts)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += graph.get(name, [])
    return seen


def declared_graph(scenario: Scenario, group: str = "", value: str = "") -> Graph:
    """Return where each step and exit leads, routes with a share of 0 included."""
    graph = {
        name: [to for to, _ in routes_of(step, group, value)]
        + exits_aside(step)
        + ending(scenario, step)
        for name, step in scenario.steps.items()
    }
    returns = {n: [e.returns.to] for n, e in scenario.exits.items() if e.returns}
    return graph | returns


def check_reachable(scenario: Scenario, findings: Findings) -> None:
    """Check that every step can be reached. A route with a share of 0 counts: it was meant."""
    reached = reach(entries(scenario), declared_graph(scenario))
    for name in scenario.steps:
        if name not in reached:
            words = _("a step that a source, a route, a return or then leads to")
            findings.fault(("steps", name), _("a step that nobody can reach"), words)


def check_can_be_left(scenario: Scenario, findings: Findings) -> None:
    """Check that from every step an exit can be reached, by everybody."""
    told_apart = {c for step in scenario.steps.values() for c in step.next_for}
    stuck: dict[str, str] = {}
    for group, value in [("", ""), *kinds(scenario.groups, told_apart)]:
        graph = {
            name: [to for to, route in routes_of(step, group, value) if route.share > 0]
            + exits_aside(step)
            + ending(scenario, step)
            for name, step in scenario.steps.items()
        }
        inside = reach(entries(scenario), graph) & set(scenario.steps)
        for name in sorted(inside - leaving(graph)):
            stuck.setdefault(
                name,
                _(' by those with "{group}={value}"').format(group=group, value=value)
                if group
                else "",
            )
    for name, who in stuck.items():
        found = _("a step that cannot be left{who}").format(who=who)
        findings.fault(("steps", name, "next"), found, _("routes that lead to an exit in the end"))


def kinds(groups: Mapping[str, Iterable[str]], told_apart: Set[str]) -> Iterator[tuple[str, str]]:
    """Return the values that some routes tell apart, and one that stands for all others of a group.

    Examples
    --------
    >>> list(kinds({"age": ["young", "middle", "old"], "place": ["ale"]}, {"age=old"}))
    [('age', 'young'), ('age', 'old')]
    """
    for group in dict.fromkeys(condition.partition("=")[0] for condition in sorted(told_apart)):
        others = False
        for value in groups.get(group, ()):
            if f"{group}={value}" in told_apart or not others:
                yield group, value
            others |= f"{group}={value}" not in told_apart


def leaving(graph: Graph) -> set[str]:
    """Return the steps from which something that leads no further can be reached."""
    backwards: Graph = {}
    for name, targets in graph.items():
        for to in targets:
            backwards.setdefault(to, []).append(name)
    return reach([name for name in backwards if name not in graph], backwards)


# Circles


def circle(graph: Graph) -> list[str]:
    """Find a circle in a graph; empty if there is none.

    Examples
    --------
    >>> circle({"a": ["b"], "b": ["c"], "c": ["b"]}), circle({"a": ["b"]})
    (['b', 'c'], [])
    """
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        names = error.args[1][:0:-1]
        order = {name: at for at, name in enumerate(graph)}
        at = names.index(min(names, key=order.__getitem__))
        return [*names[at:], *names[:at]]
    return []


def arrows(names: list[str]) -> str:
    """Write a circle."""
    return " -> ".join([*names, names[0]])


def check_team_ends(scenario: Scenario, findings: Findings) -> None:
    """Check that ended teams do not send participants to each other for ever."""
    ended = {
        name: team
        for name, team in scenario.teams.items()
        if team.until and team.then and team.until < scenario.run.until
    }
    graph = {
        name: [
            other
            for other in (scenario.steps[team.then].team if team.then in scenario.steps else ())
            if other in ended
        ]
        for name, team in ended.items()
    }
    if found := circle(graph):
        words = _("an exit, or a step of a team that goes on")
        text = _("ended teams that send participants in a circle ({found})").format(
            found=arrows(found)
        )
        findings.fault(("teams", found[0], "then"), text, words)


def check_zero_loops(scenario: Scenario, findings: Findings) -> None:
    """Check that nobody can go round without any time passing."""
    graph: Graph = {}
    for name, step in scenario.steps.items():
        stands_still = step.intake is not None and step.intake.every is not None
        if takes_no_time(step) and not stands_still:
            at_once = [
                to
                for to, route in routes_of(step)
                if route.share > 0 and (route.after is None or route.after.is_zero)
            ]
            graph[name] = [place for to in at_once for place in without_time(to, scenario.exits)]
    if found := circle(graph):
        text = _("steps that take no time, in a circle ({found})").format(found=arrows(found))
        words = _("a length of stay, or a delay, above 0 somewhere in it")
        findings.fault(("steps", found[0], "length_of_stay"), text, words)


def takes_no_time(step: Step) -> bool:
    """Whether a stay is 0 for everybody, or for those with a factor of 0."""
    return step.length_of_stay.is_zero or 0 in step.length_of_stay.factors.values()


def without_time(target: str, exits: dict[str, Exit]) -> list[str]:
    """Return the step that a route leads to at once, also by way of a return without delay."""
    back = exits[target].returns if target in exits else None
    if back is None:
        return [target]
    return [back.to] if back.share > 0 and back.after.is_zero else []


def check_deadlock(scenario: Scenario, findings: Findings) -> None:
    """Check that participants cannot hold, for ever, the places that others of them wait for."""
    graph: Graph = {}
    keepers: dict[tuple[str, str], str] = {}
    for name, step in scenario.steps.items():
        if not step.keeps_place:
            continue
        for to, route in routes_of(step):
            needs = scenario.steps[to].team if to in scenario.steps and route.share > 0 else ()
            for held in step.team:
                for team in set(needs) - set(step.team):
                    graph.setdefault(held, []).append(team)
                    keepers.setdefault((held, team), name)
    if found := circle(graph):
        step_name = keepers[found[0], (*found[1:], found[0])[0]]
        text = _("teams that wait for each other's kept places ({found})").format(
            found=arrows(found)
        )
        words = _("no such circle: it can stand still for ever")
        findings.fault(("steps", step_name, "keeps_place"), text, words)


# Places


def check_places(scenario: Scenario, findings: Findings) -> None:
    """Check that every team that is needed has places, and enough for a group."""
    steps_of: dict[str, list[str]] = {}
    for step, parts in scenario.steps.items():
        for name in parts.team:
            steps_of.setdefault(name, []).append(step)
    reached_by = cache(partial(reached, scenario))
    for name, team in scenario.teams.items():
        for value in values_of(team, scenario.groups):
            by_somebody = reached_by(team.per or "", value)
            users = [step for step in steps_of.get(name, ()) if step in by_somebody]
            if not users:
                continue
            most = most_places(team, scenario.run, value)
            whose = (
                _(' for "{per}={value}"').format(per=team.per, value=value)
                if value is not None
                else ""
            )
            if most > MOST_PLACES:
                text = _("{most} places{whose}").format(most=most, whose=whose)
                findings.fault(
                    ("teams", name),
                    text,
                    _("at most {most_places} places").format(most_places=MOST_PLACES),
                )
            if most == 0:
                text = _("a team that never has a place{whose}, needed by {users}").format(
                    whose=whose, users=users[0]
                )
                findings.fault(
                    ("teams", name), text, _("places, or staff with a caseload, in the run")
                )
                break
            if not is_ever_open(team, scenario, value):
                text = _("closed on all its days{whose}, though {users} needs it")
                findings.notice(("teams", name), text.format(whose=whose, users=users[0]), "load")
            for step in users:
                check_group(step, name, most, whose, scenario, findings)


def reached(scenario: Scenario, group: str, value: str | None) -> set[str]:
    """Return what somebody, or somebody with a value of a group, can reach."""
    starts = entries(scenario)
    if value is not None:
        if not shares_of(group, value, scenario):
            return set()
        starts = [
            r.to
            for r in scenario.referrals.values()
            if r.groups.get(group, scenario.groups[group]).get(value, 0) > 0
        ]
        starts += [
            n for n, s in scenario.steps.items() if s.initial.waiting or s.initial.in_service.count
        ]
    return reach(starts, declared_graph(scenario, group, value or ""))


def shares_of(group: str, value: str, scenario: Scenario) -> bool:
    """Whether anybody has a value of a group."""
    mixes = [
        scenario.groups[group],
        *(r.groups.get(group, {}) for r in scenario.referrals.values()),
    ]
    return any(mix.get(value, 0) > 0 for mix in mixes) or bool(scenario._source.lists)


def check_group(
    step: str, team: str, most: int, whose: str, scenario: Scenario, findings: Findings
) -> None:
    """Check that a step's smallest group fits into the places of a team."""
    intake = scenario.steps[step].intake
    if intake is not None and intake.min > most:
        path: KeyPath = ("steps", step, "intake", "min")
        words = _("at most {most}, the most places that {team} ever has{whose}").format(
            most=most, team=team, whose=whose
        )
        findings.fault(path, str(intake.min), words)
