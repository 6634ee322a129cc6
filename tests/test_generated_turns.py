"""What no key of the language says by itself is in the generated scenarios too: every rare turn.

`TURNS` are seen in the scenario; what must also come about is seen in the event logs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any

import pytest
from generate import Written, random_scenario

import flowsim
from flowsim.engine.eventlog import EVENTS
from flowsim.scenario.schema import BUILT_IN_EXITS, Distribution, Scenario, Step, Team

N_SCENARIOS = 1000
BACK = [f"back from {name}" for name in BUILT_IN_EXITS]


@cache
def generated() -> tuple[tuple[Written, flowsim.Scenario], ...]:
    written = [random_scenario(Random(seed)) for seed in range(N_SCENARIOS)]
    return tuple((one, one.load()) for one in written)


def distributions(part: Any) -> Iterator[Distribution]:
    """Every distribution in a scenario."""
    if isinstance(part, Distribution):
        yield part
    elif isinstance(part, dict | tuple):
        for entry in part.values() if isinstance(part, dict) else part:
            yield from distributions(entry)
    elif hasattr(part, "model_fields_set"):
        for name in type(part).model_fields:
            yield from distributions(getattr(part, name))


def a_distribution(fits: Callable[[Distribution], bool]) -> Callable[..., bool]:
    return lambda written, scenario: any(map(fits, distributions(scenario)))


def a_step(fits: Callable[[Step, Scenario], bool]) -> Callable[..., bool]:
    return lambda written, scenario: any(fits(s, scenario) for s in scenario.steps.values())


def a_team(fits: Callable[[Team, Scenario], bool]) -> Callable[..., bool]:
    return lambda written, scenario: any(fits(t, scenario) for t in scenario.teams.values())


def a_scenario(fits: Callable[[Scenario], bool]) -> Callable[..., bool]:
    return lambda written, scenario: fits(scenario)


def days(scenario: Scenario) -> int:
    return (scenario.run.until - scenario.run.start).days + 1


def groups_of(step: Step, scenario: Scenario) -> set[str | None]:
    return {scenario.teams[team].per for team in step.team} - {None}


def places_go(pattern: str) -> Callable[..., bool]:
    """Whether the places of a team, year by year inside the run, go from 0 or to it."""

    def fits(team: Team, scenario: Scenario) -> bool:
        years = range(scenario.run.start.year, scenario.run.until.year + 1)
        values = [value for value, _ in team.places.series] if team.places else []
        texts = ["".join(str(min(team.places.at(y, v), 1))[0] for y in years) for v in values]
        return any(pattern in text for text in texts)

    return a_team(fits)


def ends(team: Team, scenario: Scenario) -> bool:
    return team.until is not None and team.until < scenario.run.until


def into_an_ended_team(team: Team, scenario: Scenario) -> bool:
    """Whether a team ends into a step of which a team has ended already, or ends then."""
    if not ends(team, scenario) or team.then not in scenario.steps:
        return False
    others = [scenario.teams[name] for name in scenario.steps[team.then].team]
    return any(ends(other, scenario) and other.until <= team.until for other in others)


def intake(fits: Callable[[Any, Scenario], bool]) -> Callable[..., bool]:
    return a_step(lambda step, scenario: step.intake is not None and fits(step.intake, scenario))


def an_exit(name: str, share: float) -> Callable[..., bool]:
    """Whether some, or all, come back from an exit."""

    def fits(scenario: Scenario) -> bool:
        found = scenario.exits.get(name)
        return bool(found and found.returns and found.returns.share >= share)

    return a_scenario(fits)


def staff_by_year(key: str) -> Callable[..., bool]:
    def fits(team: Team, scenario: Scenario) -> bool:
        numbers = [getattr(line, key) for line in team.staff.values()]
        return any(number is not None and number.years for number in numbers)

    return a_team(fits)


def by_group(*keys: str) -> Callable[..., bool]:
    def fits(scenario: Scenario) -> bool:
        numbers = [getattr(scenario.costs, key) for key in keys]
        return all(number is not None and number.by_group for number in numbers)

    return a_scenario(fits)


def sources(fits: Callable[[Any], bool]) -> Callable[..., bool]:
    return a_scenario(lambda scenario: any(map(fits, scenario.referrals.values())))


def yearly(written: Written, scenario: Scenario) -> bool:
    """Whether days of every year are closed that touch no New Year."""
    closures = [c for team in scenario.teams.values() for c in team.closures or ()]
    return any(isinstance(c.from_, tuple) and c.from_ <= c.until for c in closures)


def lists_with(pattern: str) -> Callable[..., bool]:
    return lambda written, scenario: any(
        re.search(pattern, text) for text in written.lists.values()
    )


def text_with(pattern: str) -> Callable[..., bool]:
    return lambda written, scenario: re.search(pattern, written.text) is not None


TURNS: dict[str, Callable[..., bool]] = {
    "cv 0": text_with(r"cv = 0 "),
    "cv above 1.3": a_distribution(lambda d: (d.cv or 0) > 1.3),
    "zero weights": a_distribution(lambda d: 0 in d.weights),
    "zero shares of a hyperexponential": a_distribution(lambda d: 0 in d.shares),
    "a mode at an end": a_distribution(lambda d: d.mode is not None and d.mode in (d.low, d.high)),
    "a stay of 0 days": a_step(lambda s, _: s.length_of_stay.is_zero),
    "a factor of 0": a_step(lambda s, _: 0 in s.length_of_stay.factors.values()),
    "one-day runs": a_scenario(lambda s: days(s) == 1),
    "over 400 days": a_scenario(lambda s: days(s) > 400),
    "two New Years": a_scenario(lambda s: s.run.until.year - s.run.start.year >= 2),
    "start on a leap day": a_scenario(lambda s: (s.run.start.month, s.run.start.day) == (2, 29)),
    "start on 1 January": a_scenario(lambda s: (s.run.start.month, s.run.start.day) == (1, 1)),
    "a condition on those there at the start": text_with(r'"source=initial_'),
    "no groups": a_scenario(lambda s: not s.groups),
    "four groups": a_scenario(lambda s: len(s.groups) == 4),
    "values with spaces": a_scenario(lambda s: any(" " in v for g in s.groups.values() for v in g)),
    "values with =": a_scenario(lambda s: any("=" in v for g in s.groups.values() for v in g)),
    "values with quotes": a_scenario(lambda s: any('"' in v for g in s.groups.values() for v in g)),
    "zero shares of a group": a_scenario(lambda s: any(0 in g.values() for g in s.groups.values())),
    "zero shares of a route": a_step(lambda s, _: any(r.share == 0 for r in s.next.values())),
    "two groups in one step": a_step(lambda s, scenario: len(groups_of(s, scenario)) == 2),
    "teams by two groups": a_scenario(
        lambda s: len({t.per for t in s.teams.values()} - {None}) == 2
    ),
    "costs by group": by_group("administration", "structural"),
    "budget by group": by_group("budget"),
    "target group by group": a_scenario(
        lambda s: bool(s.population.target_group and s.population.target_group.by_group)
    ),
    "fte by year": staff_by_year("fte"),
    "caseload by year": staff_by_year("caseload"),
    "money by year": staff_by_year("money"),
    "places down to 0": places_go("10"),
    "places up from 0": places_go("01"),
    "places down to 0 and up again": places_go("101"),
    "five teams": a_scenario(lambda s: len(s.teams) == 5),
    "three teams in one step": a_step(lambda s, _: len(s.team) == 3),
    "six steps": a_scenario(lambda s: len(s.steps) == 6),
    "seven routes": a_step(lambda s, _: len(s.next) >= 7),
    "an end into an ended team": a_team(into_an_ended_team),
    "an end on the first day": a_team(lambda t, s: ends(t, s) and t.until == s.run.start),
    "until after the run": a_team(lambda t, s: bool(t.until and t.until > s.run.until)),
    "cut-off longer than every": intake(lambda i, _: bool(i.every) and i.cut_off > i.every),
    "first after the end": intake(lambda i, s: bool(i.first and i.first > s.run.until)),
    "first before the start": intake(lambda i, s: bool(i.first and i.first < s.run.start)),
    "a rest of the year below min": intake(
        lambda i, _: bool(i.max_per_year and i.max_per_year % i.min)
    ),
    "max_per_year over two New Years": intake(
        lambda i, s: bool(i.max_per_year) and s.run.until.year - s.run.start.year >= 2
    ),
    "at_most 0": sources(lambda r: r.at_most == 0),
    "rate 0 at the start": sources(lambda r: r.rate == 0 and any(c.rate for c in r.changes)),
    "a change before the start": a_scenario(
        lambda s: any(c.from_ < s.run.start for r in s.referrals.values() for c in r.changes)
    ),
    "yearly closures inside a year": yearly,
    "all come back": an_exit("work", 1),
    "back from withdrew": an_exit("withdrew", 0.4),
    "back from turned_away": an_exit("turned_away", 0.4),
    "back from interrupted": an_exit("interrupted", 0.4),
    "a list with semicolons": lists_with(r"^[a-z]+;"),
    "a list with quotes": lists_with('""called""'),
    "an empty list": lists_with(r"^[^\n]+\n$"),
    "a list with lines after the end": a_scenario(
        lambda s: any("left out" in notice.message for notice in s.warnings)
    ),
    "keepers": a_step(lambda s, _: s.keeps_place and bool(s.team)),
}


@pytest.mark.proof
def test_every_turn_is_written() -> None:
    """Three times at least, or else a small change of the generator could lose it."""
    counts = {turn: sum(fits(*one) for one in generated()) for turn, fits in TURNS.items()}
    assert not {turn: n for turn, n in counts.items() if n < 3}


@pytest.mark.proof
def test_everything_happens() -> None:
    """Words that are written must also take effect: every event, and what seldom meets."""
    happened: Counter[str] = Counter()
    for seed, (_, scenario) in enumerate(generated()):
        plan = flowsim.compile(scenario)
        log = flowsim.simulate(plan, seed=seed, replication=seed % 4, engine="kernel")
        happened.update({EVENTS[code] for code in log.event} | set(turns_of(log)))
    wanted = {*EVENTS, *BACK, "ended twice", "keeper turned away", "empty meeting"}
    assert not {event: happened[event] for event in wanted if happened[event] < 3}


def turns_of(log: flowsim.EventLog) -> Iterator[str]:
    """What happened to somebody in a log that two rules together bring about."""
    exits, kept, ended = {}, set(), {}
    for at in range(len(log)):
        who, event = (log.source[at], log.participant[at]), EVENTS[log.event[at]]
        if event == "returned" and exits[who] in BUILT_IN_EXITS:
            yield f"back from {exits[who]}"
        elif event == "released":
            kept.add((who, at))
        elif event == "turned_away" and (who, at - 1) in kept:
            yield "keeper turned away"
        elif event == "team_ended" and ended.get(who) == log.time[at]:
            yield "ended twice"
        elif event == "meeting" and log.number[at] == 0:
            yield "empty meeting"
        if event == "exited":
            exits[who] = log.plan.exits[log.name[at]].name
        elif event == "team_ended":
            ended[who] = log.time[at]
