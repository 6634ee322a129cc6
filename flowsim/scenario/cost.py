"""What a replication costs before any is run: rows of its event log, memory, and what makes it so.

Rows and bytes are sums over causes, each at the key of the file that asks for it. Bytes are those
that are really written to, as measured; room that is only set aside costs nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import ceil, prod

from flowsim.language import _, digits
from flowsim.scenario.capacity import closures_of, n_lists_of, values_of
from flowsim.scenario.demand import arrivals
from flowsim.scenario.expected_visits import Visits, expected_visits
from flowsim.scenario.posts import days_of_change, posts_on
from flowsim.scenario.schema import Scenario, StaffLine, Team
from flowsim.scenario.source import Findings, KeyPath

__all__ = ["MOST_BYTES", "Cause", "Cost", "amount", "check_cost", "check_sizes", "size"]

MOST_ROWS = 100_000_000
MOST_BYTES = 2 * 10**9
MOST_STEPS, MOST_LISTS, MOST_TEAMS = 1_000, 10_000, 10_000
KEPT_IN_MEMORY = 1_000
"""Replications whose figures are kept in memory at most; those of others go to disk."""

# Bytes; `tests/test_cost.py` compares them with the engine's own arrays and with the process.
PER_ROW = 80  # of the log, and of the visits and episodes that are read from it
PER_PARTICIPANT, PER_DATED, PER_GROUP = 200, 300, 8
PER_POST, PER_TEAM, PER_LIST, PER_SPAN = 700, 1_500, 1_500, 250
PER_NUMBER = 8

# Numbers of a step, a team, and anything else of which there are figures
OF_STEP, OF_TEAM, OF_REST = 27, 6, 30
ROWS_OF_SPELL = 4  # of a person in a post: who comes and who leaves, and the places after each


@dataclass(frozen=True, slots=True)
class Cause:
    """Something in the file that makes a replication large.

    Parameters
    ----------
    path : its key
    what : it in words, such as "about 5e+07 participants"
    rows : that it adds to the event log
    n_bytes : of memory
    """

    path: KeyPath
    what: str
    rows: float = 0.0
    n_bytes: float = 0.0


def amount(number: float) -> str:
    """Write about how many.

    Examples
    --------
    >>> amount(2345), amount(1234567), amount(3.2e9), amount(0.4)
    ('2,300', '1,200,000', '3.2e+09', '0.4')
    """
    if number >= 1e8:
        return digits(f"{number:.3g}")
    if number < 10:
        return digits(f"{number:.2g}")
    places = len(str(int(number))) - 2
    return digits(f"{round(number / 10**places) * 10**places:,}")


def size(n_bytes: float) -> str:
    """Write an amount of memory.

    Examples
    --------
    >>> size(2.34e8), size(2.3e10), size(5e14)
    ('0.23 GB', '23 GB', '5e+05 GB')
    """
    return digits(f"{n_bytes / 1e9:.2g}" if n_bytes < 9.95e10 else f"{n_bytes / 1e9:.3g}") + " GB"


class Cost:
    """What a replication of a scenario costs.

    Parameters
    ----------
    scenario : one whose parts and names are right
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        run = scenario.run
        self.days = (run.until - run.start).days + 1
        self.years = run.until.year - run.start.year + 1
        self.coming = list(arrivals(scenario))
        self.participants = sum(some.count for some in self.coming)

    @cached_property
    def visits(self) -> Visits:
        """How often participants come to each step."""
        return expected_visits(self.scenario)

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """Everything that makes it large."""
        return (
            *self.people(),
            *self.going_round(),
            *self.meetings(),
            *self.posts(),
            *self.calendar(),
            self.lists(),
            self.periods(),
        )

    @property
    def rows(self) -> float:
        """Rows of the event log."""
        return sum(cause.rows for cause in self.causes)

    @property
    def n_bytes(self) -> float:
        """Memory of a thread."""
        return sum(cause.n_bytes for cause in self.causes) + PER_ROW * self.rows

    # Participants -----------------------------------------------------------------------------

    @cached_property
    def once(self) -> float:
        """Rows of a participant who comes to each step at most once."""
        if not self.participants:
            return 0.0
        most = 2.0 + sum(3 * min(n / self.participants, 1) for n in self.visits.joined.values())
        return min(most, 1.0 + self.visits.rows / self.participants)

    def people(self) -> Iterator[Cause]:
        """Return those who come from each source."""
        each = PER_PARTICIPANT + PER_GROUP * len(self.scenario.groups)
        for some in self.coming:
            n_bytes = some.count * (each + (PER_DATED if some.is_dated else 0))
            what = _("about {count} participants").format(count=amount(some.count))
            yield Cause(some.path, what, some.count * self.once, n_bytes)

    def going_round(self) -> Iterator[Cause]:
        """Return the visits of those who come to a step more than once, where those are many."""
        rows = self.participants + self.visits.rows - self.participants * self.once
        if rows <= 0:
            return
        joined = self.visits.joined
        most = max(joined, key=lambda name: joined[name])
        what = _("about {joined} visits to {most}").format(joined=amount(joined[most]), most=most)
        path: KeyPath = ("steps", most, "length_of_stay")
        if rows > self.participants and self.visits.returned:
            stays = sum(expected_visits(self.scenario, with_returns=False).joined.values())
            back = self.visits.returned
            often = max(back, key=lambda name: back[name])
            if 2 * stays < sum(joined.values()) and often in self.scenario.exits:
                what = _("about {back} returns").format(back=amount(back[often]))
                path = ("exits", often, "returns", "after")
        yield Cause(path, what, rows)

    # What goes on by itself -------------------------------------------------------------------

    def meetings(self) -> Iterator[Cause]:
        """Return the meetings of each step."""
        for name, step in self.scenario.steps.items():
            if step.intake is not None and step.intake.every:
                n_lists = n_lists_of(step, self.scenario)
                n = (self.days / step.intake.every + 1) * n_lists
                yield Cause(
                    ("steps", name, "intake", "every"),
                    _("about {n} meetings").format(n=amount(n)),
                    n,
                )

    def posts(self) -> Iterator[Cause]:
        """Return the posts of each team, and the people who come and go in them."""
        numbers = 16 * self.n_periods
        for name, team in self.scenario.teams.items():
            n = self.n_posts(team)
            if n:
                what = _("about {n} posts").format(n=amount(n))
                rows, n_bytes = ROWS_OF_SPELL * n, n * (PER_POST + numbers)
                yield Cause(("teams", name, "staff"), what, rows, n_bytes)
            if n and self.spells(team):
                spells = n * self.spells(team)
                what = _("about {spells} people who leave a post").format(spells=amount(spells))
                yield Cause(("teams", name, "turnover", "leave"), what, ROWS_OF_SPELL * spells)

    def n_posts(self, team: Team) -> float:
        """Return the posts of a team, each for every time that its line's numbers change."""
        values = values_of(team, self.scenario.groups)
        return sum(self.n_in(line, value) for line in team.staff.values() for value in values)

    def n_in(self, line: StaffLine, value: str | None) -> float:
        """Return the posts of a line."""
        run = self.scenario.run
        days = [run.start, *days_of_change(line, run)]
        return float(sum(ceil(posts_on(line, day, value)) for day in days))

    def spells(self, team: Team) -> float:
        """Return how often a person leaves a post in the run."""
        turnover = team.turnover
        if turnover is None or turnover.leave == 0:
            return 0.0
        return self.days / (1 / turnover.leave + turnover.vacancy.average)

    def scans(self) -> float:
        """Return how often a post is looked at to count places, or a list to find who may start."""
        teams = self.scenario.teams
        posts = {name: self.n_posts(team) for name, team in teams.items()}
        looks = sum(2 * n * n * self.spells(teams[name]) for name, n in posts.items())
        lists = dict.fromkeys(teams, 0)
        for step in self.scenario.steps.values():
            for name in step.team:
                lists[name] += n_lists_of(step, self.scenario)
        for name, step in self.scenario.steps.items():
            each = sum(lists[t] / len(values_of(teams[t], self.scenario.groups)) for t in step.team)
            looks += self.visits.started[name] * each
        return looks

    def calendar(self) -> Iterator[Cause]:
        """Return the closures of teams and of the lists that need them, and numbers by year."""
        scenario = self.scenario
        for name, team in scenario.teams.items():
            closures = closures_of(team, scenario)
            yearly = sum(not isinstance(closure.from_, dt.date) for closure in closures)
            spans = len(closures) - yearly + yearly * (self.years + 1)
            needing = [step for step in scenario.steps.values() if name in step.team]
            n = len(values_of(team, scenario.groups))
            n_lists = n + sum(n_lists_of(step, scenario) for step in needing)
            path: KeyPath = ("calendar",) if team.closures is None else ("teams", name)
            what = _("about {spans} closures").format(spans=amount(spans * n_lists))
            if spans:
                yield Cause((*path, "closures"), what, 0.0, PER_SPAN * spans * n_lists)
            by_year = PER_NUMBER * 8 * self.years
            what = _("about {n} teams for {years} years").format(n=amount(n), years=self.years)
            yield Cause(("teams", name), what, 2.0 * n, n * (PER_TEAM + by_year))

    def lists(self) -> Cause:
        """Return all waiting lists."""
        n = sum(n_lists_of(step, self.scenario) for step in self.scenario.steps.values())
        return Cause(
            ("steps",), _("{n} waiting lists").format(n=digits(f"{n:,}")), 0.0, PER_LIST * n
        )

    # Figures ----------------------------------------------------------------------------------

    @property
    def n_months(self) -> int:
        """Return the months of the statistics."""
        run = self.scenario.run
        years = run.until.year - run.report_from.year
        return 12 * years + run.until.month - run.report_from.month + 1

    @property
    def n_periods(self) -> int:
        """Return the months and years of the statistics, and the whole of them twice."""
        return self.n_months + self.scenario.run.until.year - self.scenario.run.report_from.year + 3

    @property
    def n_groups(self) -> int:
        """Return the values of all groups, everybody and the sources included."""
        mixes = self.scenario.groups.values()
        return 1 + sum(len(mix) for mix in mixes) + len(self.coming)

    @property
    def n_kpis(self) -> int:
        """Return the figures of a period."""
        s = self.scenario
        rest = 3 * (len(s.exits) + len(s.outcomes) + len(s.goals)) + OF_REST
        return OF_STEP * len(s.steps) + OF_TEAM * len(s.teams) + rest

    @property
    def figures(self) -> float:
        """Return the figures of a replication, those of months included."""
        n_years = self.n_periods - self.n_months
        of_months = self.n_months * (8 * len(self.scenario.steps) + len(self.scenario.teams) + 8)
        return float(n_years * self.n_groups * self.n_kpis + of_months)

    def periods(self) -> Cause:
        """Return the figures of years and months, with what they are counted in."""
        sizes = [len(mix) for mix in self.scenario.groups.values()] + [len(self.coming)]
        kinds = prod(sizes) if prod(sizes) <= 64 else sum(sizes) + 1
        n_years = self.n_periods - self.n_months
        cells = (
            n_years * (kinds + 2 * self.n_groups) * self.n_kpis + 2 * self.n_months * self.n_kpis
        )
        what = _("figures of {n_groups} groups in {n_periods} months and years").format(
            n_groups=self.n_groups, n_periods=self.n_periods
        )
        is_long = self.n_periods > self.n_groups or not self.scenario.groups
        path = self.until if is_long else ("groups",)
        return Cause(path, what, 0.0, PER_NUMBER * cells)

    @property
    def until(self) -> KeyPath:
        """The key that says how long the run is."""
        given = self.scenario.run.length is not None
        return ("run", "length" if given else "until")

    def kept_bytes(self, replications: int) -> float:
        """Return the memory that the figures of all replications take, however many threads."""
        return PER_NUMBER * self.figures * min(replications, KEPT_IN_MEMORY)


# What is refused


def check_sizes(scenario: Scenario, findings: Findings) -> None:
    """Check that there are not too many steps, waiting lists and teams to look at one by one."""
    if len(scenario.steps) > MOST_STEPS:
        found = _("{n_steps} steps").format(n_steps=digits(f"{len(scenario.steps):,}"))
        findings.fault(
            ("steps",),
            found,
            _("at most {most_steps} steps").format(most_steps=digits(f"{MOST_STEPS:,}")),
        )
        return
    lists = {name: n_lists_of(step, scenario) for name, step in scenario.steps.items()}
    if sum(lists.values()) > MOST_LISTS:
        most = max(lists, key=lambda name: lists[name])
        groups = dict.fromkeys(scenario.teams[name].per for name in scenario.steps[most].team)
        of = ", ".join(group for group in groups if group is not None)
        found = _("{lists} waiting lists, one for each combination of {of}").format(
            lists=amount(lists[most]), of=of
        )
        findings.fault(
            ("steps", most, "team"),
            found,
            _("at most {most_lists} in all").format(most_lists=digits(f"{MOST_LISTS:,}")),
        )
    teams = {name: len(values_of(team, scenario.groups)) for name, team in scenario.teams.items()}
    if sum(teams.values()) > MOST_TEAMS:
        most = max(teams, key=lambda name: teams[name])
        found = _("{teams} teams, each value counted").format(
            teams=digits(f"{sum(teams.values()):,}")
        )
        findings.fault(
            ("teams", most),
            found,
            _("at most {most_teams}").format(most_teams=digits(f"{MOST_TEAMS:,}")),
        )


def check_cost(scenario: Scenario, findings: Findings) -> None:
    """Check that a replication is no longer and no larger than can be run."""
    cost = Cost(scenario)
    if cost.rows <= MOST_ROWS and cost.n_bytes <= MOST_BYTES:
        return
    words = _("at most {most_rows} rows and {most_bytes} in a replication").format(
        most_rows=digits(f"{MOST_ROWS:,}"), most_bytes=size(MOST_BYTES)
    )
    for what, path, rows, n_bytes in guilty(cost):
        takes = (
            _("which make about {rows} rows of the event log and take about").format(
                rows=amount(rows)
            )
            if rows >= 1
            else _("which take about")
        )
        findings.fault(
            path,
            _("{what}, {takes} {n_bytes} of memory").format(
                what=what, takes=takes, n_bytes=size(n_bytes)
            ),
            words,
        )


def guilty(cost: Cost) -> list[tuple[str, KeyPath, float, float]]:
    """Return each cause that is too much by itself; else the largest, with the sum of all."""
    each = [(one, one.rows, one.n_bytes + PER_ROW * one.rows) for one in cost.causes]
    alone = [
        (one.what, one.path, rows, n_bytes)
        for one, rows, n_bytes in each
        if rows > MOST_ROWS or n_bytes > MOST_BYTES
    ]
    largest = max(each, key=lambda one: one[2])[0]
    return alone or [
        (_("{what} and more").format(what=largest.what), largest.path, cost.rows, cost.n_bytes)
    ]
