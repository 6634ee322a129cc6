"""What a figure of the flow shows: steps with teams and ways out, referrals, and arrows between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowsim.report.numbers import NO_BREAK_SPACE, number, percent
from flowsim.report.words import Words
from flowsim.scenario.capacity import places_on, values_of
from flowsim.scenario.known import side_exits
from flowsim.scenario.schema import Scenario, Step, Team

__all__ = ["Arrow", "Card", "Entry", "FlowGraph", "Way", "flow_graph"]

MONTH, WEEK = 365.25 / 12, 7.0


@dataclass(frozen=True)
class Way:
    """A way on: where to, and how many or why.

    Parameters
    ----------
    label : of the exit or step
    share : in words: a percentage, a span where groups differ, or what sends people there
    part : the share itself, for a bar; 0 where it is not known beforehand
    """

    label: str
    share: str
    part: float


@dataclass(frozen=True)
class Card:
    """A step: its label, its teams with places, how long people stay, and the ways out."""

    name: str
    title: str
    teams: tuple[str, ...]
    stay: str
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class Entry:
    """Where people come from to a step: label and rate of each source."""

    step: str
    sources: tuple[Way, ...]


@dataclass(frozen=True)
class Arrow:
    """From a step to one further on, with the share in words."""

    source: str
    target: str
    share: str


@dataclass(frozen=True)
class FlowGraph:
    """The whole flow."""

    cards: tuple[Card, ...]
    entries: tuple[Entry, ...]
    arrows: tuple[Arrow, ...]


def flow_graph(scenario: Scenario, language: str) -> FlowGraph:
    """Take out of a scenario what a figure of its flow shows, in a language."""
    words = _Words(scenario, language)
    onward = tuple(_forward(scenario))
    cards = tuple(_card(name, scenario, words, onward) for name in scenario.steps)
    arrows = tuple(
        Arrow(source, target, words.span(_shares(scenario.steps[source], target)))
        for source, target in onward
    )
    return FlowGraph(cards, tuple(_entries(scenario, words)), arrows)


class _Words(Words):
    """The words of a scenario in a language, and how a figure of its flow writes numbers."""

    def target(self, name: str) -> str:
        return self.label(name, "steps" if name in self.scenario.steps else "exits")

    def span(self, shares: list[float]) -> str:
        """Write a share, or where groups differ the lowest and the highest."""
        low, high = (percent(share, self.language) for share in (min(shares), max(shares)))
        if low == high:
            return high
        return f"{number(100 * min(shares), self.language)}–{high}"

    def stay(self, days: float) -> str:
        """Write a mean time in the unit that suits it."""
        for size, text in ((MONTH, self._("{n} months")), (WEEK, self._("{n} weeks"))):
            if days >= 2 * size:
                return text.format(n=self._short(days / size))
        return self._("{n} days").format(n=self._short(days))

    def _short(self, value: float) -> str:
        whole = abs(value - round(value)) < 0.05
        return number(value, self.language, 0 if whole else 1)


# Arrows ---------------------------------------------------------------------------------------


def _shares(step: Step, target: str) -> list[float]:
    """Return the share that goes to a target, for everybody and for each group of its own."""
    routes = [*([step.next] if step.next else []), *step.next_for.values()]
    return [table[target].share if target in table else 0.0 for table in routes]


def _targets(step: Step) -> list[str]:
    """Return where a step leads, in the order of the file."""
    return list(dict.fromkeys([*step.next, *(to for t in step.next_for.values() for to in t)]))


def _forward(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Return the ways between steps that do not lead back to where people may have been."""
    state: dict[str, bool] = {}  # True while on the way, False when done
    found: set[tuple[str, str]] = set()

    def visit(name: str) -> None:
        state[name] = True
        for to in _targets(scenario.steps[name]):
            if to in scenario.steps and state.get(to) is not True:
                found.add((name, to))
                if to not in state:
                    visit(to)
        state[name] = False

    for name in [r.to for r in scenario.referrals.values()] + list(scenario.steps):
        if name not in state:
            visit(name)
    for name, step in scenario.steps.items():
        yield from ((name, to) for to in _targets(step) if (name, to) in found)


# Cards ----------------------------------------------------------------------------------------


def _card(
    name: str, scenario: Scenario, words: _Words, onward: tuple[tuple[str, str], ...]
) -> Card:
    step = scenario.steps[name]
    teams = tuple(_team(team, scenario, words) for team in step.team)
    stay = step.length_of_stay.average
    staying = words._("stay {time} on average").format(time=words.stay(stay)) if stay else ""
    ways = [
        Way(_back(to, scenario, words), words.span(shares), max(shares))
        for to in _targets(step)
        if (name, to) not in onward
        for shares in [_shares(step, to)]
    ]
    ways += _side_ways(step, scenario, words)
    unlimited = (words._("no limit of places"),)
    return Card(name, words.label(name, "steps"), teams or unlimited, staying, tuple(ways))


def _back(target: str, scenario: Scenario, words: _Words) -> str:
    """Return the label of a way that no arrow shows: an exit, or a step that is gone back to."""
    label = words.target(target)
    if target in scenario.steps:
        return words._("back to {step}").format(step=label)
    declared = scenario.exits.get(target)
    if declared is None or declared.returns is None or declared.returns.share == 0:
        return label
    text = words._("{exit} ({share} come back to {step})")
    share = percent(declared.returns.share, words.language)
    return text.format(exit=label, share=share, step=words.target(declared.returns.to))


def _side_ways(step: Step, scenario: Scenario, words: _Words) -> Iterator[Way]:
    """Return the ways out that no share says beforehand."""
    for told, exit_, _ in side_exits(step):
        yield Way(words.target(exit_), words._(told.way), 0.0)
    for name in step.team:
        team = scenario.teams[name]
        if team.then and team.until and team.until < scenario.run.until:
            text = words._("after {day}").format(day=team.until)
            yield Way(words.target(team.then), text, 0.0)


def _team(name: str, scenario: Scenario, words: _Words) -> str:
    team = scenario.teams[name]
    found = _places(team, scenario)
    low, high = (number(value, words.language) for value in (min(found), max(found)))
    places = words.ngettext("{n} place", "{n} places", max(found))
    written = places.format(n=high if low == high else f"{low}–{high}")
    text = f"{words.label(name, 'teams')}: {written.replace(' ', NO_BREAK_SPACE)}"
    n_teams = len(values_of(team, scenario.groups))
    if team.per:
        together = words._("in {n} teams").format(n=n_teams)
        text += " " + together.replace(" ", NO_BREAK_SPACE)
    return text


def _places(team: Team, scenario: Scenario) -> list[int]:
    """Return the places of all teams of a name at the end of each year in which they exist."""
    run, found = scenario.run, []
    for year in range(run.report_from.year, run.until.year + 1):
        last = run.until.replace(year=year, month=12, day=31)
        day = min(run.until, last, team.until or last)
        if day >= max(run.report_from, team.from_ or day) and day.year == year:
            found.append(sum(places_on(team, day, v) for v in values_of(team, scenario.groups)))
    return found or [0]


# Entries --------------------------------------------------------------------------------------


def _entries(scenario: Scenario, words: _Words) -> Iterator[Entry]:
    """Return the sources of each step, in the order of the file."""
    for step in dict.fromkeys(referral.to for referral in scenario.referrals.values()):
        sources = [
            Way(words.label(name, "referrals"), _rate(name, scenario, words), 0.0)
            for name, referral in scenario.referrals.items()
            if referral.to == step
        ]
        yield Entry(step, tuple(sources))


def _rate(name: str, scenario: Scenario, words: _Words) -> str:
    """Write how many a source refers."""
    referral = scenario.referrals[name]
    if referral.rate is not None:
        rates = [365.25 * rate for rate in (referral.rate, *(c.rate for c in referral.changes))]
        low, high = (number(rate, words.language) for rate in (min(rates), max(rates)))
        text = high if low == high else f"{low}–{high}"
        return words._("{n} a year").format(n=text)
    if referral.cohort:
        n = sum(group.count for group in referral.cohort)
        return words._("{n} in all").format(n=number(n, words.language))
    return words._("by a list")
