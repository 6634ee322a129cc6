"""What can be said before a run: the load of each team, and warnings that follow from the file.

Load is what comes over what can start: the places, meetings, groups, closures and most in a year of
a list, and not its places alone. Whatever speaks of load reads it here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from math import inf, nan

from flowsim.language import _, digits
from flowsim.scenario.capacity import mean_places, places_on, posts_filled, values_of
from flowsim.scenario.expected_visits import gives_up
from flowsim.scenario.quantities import DAYS_PER_UNIT
from flowsim.scenario.references import varying_in
from flowsim.scenario.schema import Scenario, Team
from flowsim.scenario.source import Findings, KeyPath
from flowsim.scenario.throughflow import Throughflow, ratio

__all__ = ["NEARLY_FULL", "OVERLOADED", "Bound", "Load", "growing_steps", "loads_of", "notice_load"]

DAYS_A_WEEK = 7
YEAR = DAYS_PER_UNIT["year"]
ABOUT_A_YEAR = 366
NEARLY_FULL = 0.9
OVERLOADED = ("grows", "grew", "closed")
MORE = 1 + 1e-9


@dataclass(frozen=True, slots=True)
class Bound:
    """One thing that limits starts, by itself.

    Parameters
    ----------
    kind : "places", "meetings", "max_per_year", or "together": none of them by itself, but places
        that only meetings or groups can take
    step : whose meetings, or most in a year; "" for the places of a team
    most : starts that it allows [1/year]
    load : what comes over that
    """

    kind: str
    step: str
    most: float
    load: float


@dataclass(frozen=True, slots=True)
class Load:
    """What comes to a team on average, or to a step without one, beside what can start.

    Parameters
    ----------
    team : the team; None for a step that has meetings or a most in a year, and no team
    step : that step, else ""
    per, value : where there is one team for each value of a group, the group and value
    coming : participants who come to it, let through by the steps before [1/year]
    most : of whom so many can start, all limits together [1/year]; NaN where nobody comes
    bounds : what limits it, the tightest first; never empty
    needed, places : places that the work would fill, and mean places, vacant posts left out
    late : the load in the last year
    growth : people by which its lists grow in a week in the last year, if nobody gives up
    """

    team: str | None
    step: str
    per: str | None
    value: str | None
    coming: float
    most: float
    bounds: tuple[Bound, ...]
    needed: float
    places: float
    late: float
    growth: float

    @property
    def name(self) -> str:
        """Its team, or its step."""
        return self.team or self.step

    @property
    def share(self) -> float:
        """What comes, over what can start."""
        return 0.0 if self.coming == 0 else ratio(self.coming, self.most)

    @property
    def tight(self) -> tuple[Bound, ...]:
        """The bounds that are exceeded; the tightest one where none is by itself."""
        over = tuple(one for one in self.bounds if one.load > MORE and one.kind != "together")
        return over or self.bounds[:1]

    @property
    def grows(self) -> bool:
        """Whether its lists still grow at the end, when all places have long been filled."""
        return self.growth > 0

    @property
    def verdict(self) -> str:
        """What the load means: "closed", "grows", "grew", "full" or "room"."""
        if (self.coming > 0 and self.most == 0) or (self.team and self.places == 0):
            return "closed"
        if self.grows:
            return "grows"
        if self.share > MORE:
            return "grew"
        return "full" if self.share > NEARLY_FULL else "room"


def loads_of(scenario: Scenario) -> Iterator[Load]:
    """Return the load of each team while it exists, and of each step that only its intake limits.

    Examples
    --------
    >>> from flowsim.scenario.loading import load
    >>> [(one.name, round(one.share, 2)) for one in loads_of(load("scenarios/orebro.toml"))]
    [('reception', 0.9), ('coaching', 1.16), ('work_places', 0.6)]
    """
    run = scenario.run
    flow_in = cache(partial(Throughflow, scenario))
    for name, team in scenario.teams.items():
        first = max(team.from_ or run.start, run.report_from)
        last = min(team.until or run.until, run.until)
        if first > last:
            continue
        flow, end = flow_in(first, last), flow_in(*last_year(first, last))
        for value in values_of(team, scenario.groups):
            if stations := [s for s, _ in flow.users.get((name, value), [])]:
                yield load_of(flow, end, stations, name, value)
    flow = flow_in(run.report_from, run.until)
    end = flow_in(*last_year(run.report_from, run.until))
    for s, station in enumerate(flow.stations):
        if not scenario.steps[station.step].team and flow.limits[s].own < inf:
            yield load_of(flow, end, [s])


def growing_steps(scenario: Scenario) -> frozenset[str]:
    """Return the steps whose lists grow without end: more come in the last year than can start.

    Other lists get longer for a time at most, while an empty start fills up: no fewer can start
    than come, or people leave the list, the more of them the longer it is.
    """
    run = scenario.run
    end = Throughflow(scenario, *last_year(run.report_from, run.until))
    return frozenset(
        station.step
        for s, station in enumerate(end.stations)
        if comes_to(end, [s])[s] > end.through[s] * MORE
        and not gives_up(scenario.steps[station.step])
    )


def last_year(first: dt.date, last: dt.date) -> tuple[dt.date, dt.date]:
    """Return the last year of some days; all of them where they are not half as much again."""
    if (last - first).days < 1.5 * ABOUT_A_YEAR:
        return first, last
    return last - dt.timedelta(days=ABOUT_A_YEAR - 2), last


def load_of(
    flow: Throughflow,
    end: Throughflow,
    stations: list[int],
    team: str | None = None,
    value: str | None = None,
) -> Load:
    """Return the load of a team's stations, or of one without a team; `end`: in the last year."""
    coming, most, bounds = comes_and_starts(flow, stations, team)
    late, late_most, _ = comes_and_starts(end, stations, team)
    needed = sum(some * flow.stays[s].mean for s, some in comes_to(flow, stations).items())
    places, per = 0.0, None
    if team is not None:
        parts = flow.scenario.teams[team]
        per, places = parts.per, mean_places(parts, flow.first, flow.last, value)
        places *= posts_filled(parts)
        if places > 0:
            needed = places * next(one.load for one in bounds if one.kind == "places")
    return Load(
        team=team,
        step="" if team else flow.stations[stations[0]].step,
        per=per,
        value=value,
        coming=YEAR * coming,
        most=YEAR * most,
        bounds=bounds,
        needed=needed,
        places=places,
        late=ratio(late, late_most),
        growth=DAYS_A_WEEK * (late - late_most) if late > late_most * MORE else 0.0,
    )


def comes_and_starts(
    flow: Throughflow, stations: list[int], team: str | None
) -> tuple[float, float, tuple[Bound, ...]]:
    """Return what comes to some stations, and of it can start [1/day], and what limits that."""
    coming, starts = sum(comes_to(flow, stations).values()), starts_in(flow, stations, team)
    bounds = tuple(sorted(bounds_of(flow, stations, team), key=lambda one: -one.load))
    if coming > starts * MORE:
        return coming, starts, bounds
    return coming, coming / bounds[0].load if bounds[0].load > 0 else nan, bounds


def comes_to(flow: Throughflow, stations: list[int]) -> dict[int, float]:
    """Return what comes to some stations while their teams exist [1/day]."""
    return {s: float(flow.coming[s] * (1 - flow.limits[s].ended)) for s in stations}


def starts_in(flow: Throughflow, stations: list[int], team: str | None) -> float:
    """Return what can start of what comes [1/day], as far as intakes and one team limit it."""
    comes = {s: min(some, flow.limits[s].own) for s, some in comes_to(flow, stations).items()}
    total = sum(comes.values())
    if team is None:
        return total
    load = sum(ratio(some, flow.limits[s].together[team]) for s, some in comes.items())
    return total / max(load, 1.0)


def bounds_of(flow: Throughflow, stations: list[int], team: str | None) -> Iterator[Bound]:
    """Return what limits some stations: the places of their team, and the intake of each step."""
    comes = comes_to(flow, stations)
    if team is not None:
        for kind in ("places", "together"):
            limits = {s: getattr(flow.limits[s], kind)[team] for s in stations}
            load = sum(ratio(some, limits[s]) for s, some in comes.items())
            only = limits[stations[0]] if len(stations) == 1 else nan
            yield Bound(kind, "", YEAR * (sum(comes.values()) / load if load > 0 else only), load)
    for step in dict.fromkeys(flow.stations[s].step for s in stations):
        its = [s for s in stations if flow.stations[s].step == step]
        for kind in ("meetings", "max_per_year"):
            most = sum(getattr(flow.limits[s], kind) for s in its)
            if most < inf:
                load = max(ratio(comes[s], getattr(flow.limits[s], kind)) for s in its)
                yield Bound(kind, step, YEAR * most, load)


def notice_load(scenario: Scenario, findings: Findings) -> None:
    """Add the warnings about load, start and groups."""
    notice_overload(scenario, findings)
    notice_empty_start(scenario, findings)
    notice_full_start(scenario, findings)
    notice_groups(scenario, findings)


def notice_overload(scenario: Scenario, findings: Findings) -> None:
    """Warn of teams and steps to which on average more come than can start."""
    for load in loads_of(scenario):
        if load.coming > 0 and load.verdict in OVERLOADED:
            findings.notice(path_of(load), overload_words(load), "load")


def path_of(load: Load) -> KeyPath:
    """Return the key that limits the starts most."""
    bound = load.tight[0]
    if bound.step:
        return ("steps", bound.step, "intake")
    return ("teams", load.team or "")


def overload_words(load: Load) -> str:
    """Describe how much more comes than can start, what limits it, and what follows."""
    whose = _(' for "{per}={value}"').format(per=load.per, value=load.value) if load.value else ""
    coming = f"{load.coming:.0f}"
    if load.verdict == "closed":
        return _("{n} a year come{whose} and nobody can start").format(n=coming, whose=whose)
    text = _("load {share} %{whose}: {n} a year come and {most} can start ({bounds})").format(
        share=f"{100 * load.share:.0f}",
        whose=whose,
        n=coming,
        most=f"{load.most:.0f}",
        bounds=_(" and ").join(bound_words(bound, load) for bound in load.tight),
    )
    if load.verdict == "grew":
        return _("{load}; in the last year no more come than can start").format(load=text)
    if load.share <= MORE:
        late = f"{100 * load.late:.0f}"
        text = _("{load}; in the last year {late} %").format(load=text, late=late)
    return _("{load}, so the list grows unless people give up").format(load=text)


def bound_words(bound: Bound, load: Load) -> str:
    """Describe what limits starts."""
    most = f"{bound.most:.0f}"
    if bound.kind == "places":
        return _("on average {needed} places are needed and {places} are there").format(
            needed=digits(f"{load.needed:.1f}"), places=digits(f"{load.places:.1f}")
        )
    if bound.kind == "meetings":
        return _("the meetings of {step} take {most} a year").format(step=bound.step, most=most)
    if bound.kind == "max_per_year":
        return _("{step} takes at most {most} a year").format(step=bound.step, most=most)
    return _("meetings or groups find too few places free at times")


def is_steady(scenario: Scenario) -> bool:
    """Whether nothing in a scenario changes from year to year: no dates, no numbers by year."""
    for referral in scenario.referrals.values():
        dated = referral.from_ or referral.until or referral.changes
        if referral.rate is None or dated or referral.at_most is not None:
            return False
    for name, team in scenario.teams.items():
        staff = team.staff.values()
        if team.from_ or team.until or any(s.from_ or s.until or s.vacant for s in staff):
            return False
        if any(number.years or number.days for _, number in varying_in(("teams", name), team)):
            return False
    closures = [c for team in scenario.teams.values() for c in team.closures or ()]
    closures += scenario.calendar.closures
    return not any(isinstance(closure.from_, dt.date) for closure in closures)


def notice_empty_start(scenario: Scenario, findings: Findings) -> None:
    """Warn of a run that starts empty although nothing in it changes over time."""
    run = scenario.run
    begun = any(s.initial.waiting or s.initial.in_service.count for s in scenario.steps.values())
    dated = scenario.observed or scenario.planned
    if run.report_from == run.start and not begun and not dated and is_steady(scenario):
        findings.notice(
            ("run",),
            _(
                "starts empty and has no warm_up, though nothing in the file changes from year to "
                "year; if the run is meant as steady, add warm_up (how long: flowsim warmup FILE), "
                "or initial participants"
            ),
            "start",
        )


def notice_full_start(scenario: Scenario, findings: Findings) -> None:
    """Warn of more participants in a step at the start than its team has places."""
    for name, team in scenario.teams.items():
        inside = [
            key
            for key, s in scenario.steps.items()
            if name in s.team and s.initial.in_service.count
        ]
        n_inside = sum(scenario.steps[key].initial.in_service.count for key in inside)
        n_places = places_at_start(team, scenario)
        if n_inside > n_places:
            findings.notice(
                ("steps", inside[0], "initial", "in_service"),
                _(
                    "{n_inside} participants are in {name} at the start, which has {n_places} "
                    "places; nobody starts there until enough have left"
                ).format(n_inside=n_inside, name=name, n_places=n_places),
                "initial",
            )


def places_at_start(team: Team, scenario: Scenario) -> int:
    """Return the places of a team, or of all its likes, on the first day."""
    values = values_of(team, scenario.groups)
    return sum(places_on(team, scenario.run.start, value) for value in values)


def notice_groups(scenario: Scenario, findings: Findings) -> None:
    """Warn of groups that need several places at once of a team that others use too."""
    for name, step in scenario.steps.items():
        if step.intake is None or step.intake.min < 2:
            continue
        for team in step.team:
            others = [key for key, s in scenario.steps.items() if team in s.team and key != name]
            if others:
                findings.notice(
                    ("steps", name, "intake", "min"),
                    _(
                        "a group needs {min} places of {team} at once, and "
                        "{others} may take each as it gets free: the group may never start"
                    ).format(min=step.intake.min, team=team, others=", ".join(others)),
                    "group",
                )
