"""Closed forms beside the simulation: for which steps they hold, and what they say there.

A closed form is for one list before equal places that stay as they are, in the long run. Most steps
are not that simple, which is why one simulates; the first assumption that fails is then named.

References
----------
Burke, P. J. (1956), The output of a queuing system, Operations Research 4, 699-704.
Mirasol, N. M. (1963), The output of an M/G/infinity queuing system is Poisson, Operations Research
11, 282-284.
Allen, A. O. (1990), Probability, Statistics, and Queueing Theory with Computer Science
Applications, 2nd ed., Academic Press (the approximation of Allen and Cunneen).
Odoni, A. R. and Roth, E. (1983), An empirical investigation of the transient behavior of stationary
queueing systems, Operations Research 31, 432-455.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import sqrt

from flowsim.analysis import theory
from flowsim.scenario.capacity import change_days, closures_of, places_on
from flowsim.scenario.demand import Demand
from flowsim.scenario.distributions import Distribution
from flowsim.scenario.marking import set_keys
from flowsim.scenario.schema import Part, Referral, Scenario, Step, Team

__all__ = [
    "Sanity",
    "allen_cunneen",
    "coefficient_of_variation",
    "relaxation_times",
    "sanity_values",
]


@dataclass(frozen=True, slots=True)
class Failing:
    """The first assumption that a step does not meet.

    Parameters
    ----------
    reason : a key of the schema that has a value, or of the report's words, such as "meets"
    details : what goes into the words: days, the name of a step
    why : of a key, what the schema says of it
    """

    reason: str
    details: dict[str, float | str] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True)
class Sanity:
    """What theory says of a step, or why it says nothing.

    Parameters
    ----------
    step : its name
    model : "mmc" (Erlang C), "mg1" (Pollaczek-Khinchine), "erlang_a", or "allen_cunneen", which is
        an approximation; None where an assumption fails
    p_wait : chance that one has to wait; NaN without a model
    mean_wait : of those who start, at once or not [days]; NaN without a model
    failing : the assumption that fails, None with a model
    relaxation_time : see `relaxation_times` [days]; NaN without a model, and with patience
    """

    step: str
    model: str | None = None
    p_wait: float = float("nan")
    mean_wait: float = float("nan")
    failing: Failing | None = None
    relaxation_time: float = float("nan")


def sanity_values(scenario: Scenario) -> tuple[Sanity, ...]:
    """Return the long-run waits of each step that has a team, where a closed form holds.

    Examples
    --------
    >>> import flowsim
    >>> scenario = flowsim.load("tests/theory_scenarios/mmc.toml")
    >>> [(one.model, round(one.p_wait, 3), round(one.mean_wait, 3)) for one in
    ...     sanity_values(scenario)]
    [('mmc', 0.554, 0.554)]
    """
    from_start = scenario.run.report_from == scenario.run.start
    return tuple(
        Sanity(one.step, failing=Failing("from_start")) if from_start and one.model else one
        for one in _in_the_long_run(scenario)
    )


def relaxation_times(scenario: Scenario) -> dict[str, float]:
    """Return how long lists remember how they began, where a closed form without patience holds.

    The time [days] in which the distance from the long run falls to 1/e, in the end: in M/M/1
    1 / (mu (1 - sqrt rho)^2) exactly; with c places and other stays about
    (1 + cv^2) / (2 c mu (1 - sqrt rho)^2). With patience a list forgets sooner.

    References
    ----------
    Odoni and Roth (1983), whose fitted constant is 1.4 times shorter.

    Examples
    --------
    >>> import flowsim
    >>> scenario = flowsim.load("tests/theory_scenarios/mmc.toml")
    >>> relaxation_times(scenario)["talk"] > 1
    True
    """
    return {
        one.step: one.relaxation_time
        for one in _in_the_long_run(scenario)
        if one.relaxation_time == one.relaxation_time
    }


def _in_the_long_run(scenario: Scenario) -> Iterator[Sanity]:
    demand = Demand(scenario, scenario.run.report_from, scenario.run.until)
    return (_judged(scenario, name, demand) for name, s in scenario.steps.items() if s.team)


def _judged(scenario: Scenario, name: str, demand: Demand) -> Sanity:
    failing = next(_failing(scenario, name), None)
    if failing is not None:
        return Sanity(name, failing=failing)
    step = scenario.steps[name]
    n_places = places_on(scenario.teams[step.team[0]], scenario.run.start)
    return _by_theory(name, step, demand.starts(name), n_places)


def _by_theory(name: str, step: Step, arrival_rate: float, n_places: int) -> Sanity:
    """Apply the closed form that fits the stay and the patience of a step that is simple."""
    stay = step.length_of_stay
    rate = 1 / stay.average
    if step.patience is not None:
        found = theory.erlang_a(arrival_rate, rate, n_places, 1 / step.patience.average)
        return Sanity(name, "erlang_a", found["p_wait"], found["mean_wait_served"])
    load = arrival_rate * stay.average / n_places
    if load >= 1:
        return Sanity(name, failing=Failing("overloaded", {"load": load}))
    p_wait = theory.erlang_c(arrival_rate, rate, n_places)
    cv = coefficient_of_variation(stay)
    memory = (1 + cv * cv) / (2 * n_places * rate * (1 - sqrt(load)) ** 2)
    if stay.distribution == "exponential":
        wait = theory.mmc(arrival_rate, rate, n_places)["mean_wait"]
        return Sanity(name, "mmc", p_wait, wait, relaxation_time=memory)
    if n_places == 1:
        wait = theory.mg1_mean_wait(arrival_rate, stay.average, cv)
        return Sanity(name, "mg1", load, wait, relaxation_time=memory)
    wait = allen_cunneen(arrival_rate, stay.average, n_places, cv)
    return Sanity(name, "allen_cunneen", p_wait, wait, relaxation_time=memory)


def allen_cunneen(arrival_rate: float, mean_stay: float, n_places: int, cv: float) -> float:
    """Approximate the mean wait with Poisson arrivals and any stays: Allen and Cunneen [days].

    It is Erlang C's wait times (1 + cv^2) / 2: exact for exponential stays and for one place.

    Parameters
    ----------
    arrival_rate : mean arrivals [1/day], >= 0
    mean_stay : [days], > 0
    n_places : >= 1
    cv : standard deviation of the stay over its mean, >= 0

    Raises
    ------
    UnstableQueueError
        If arrival_rate * mean_stay >= n_places.

    References
    ----------
    Allen (1990), chapter 5.

    Examples
    --------
    >>> from flowsim.analysis import theory
    >>> allen_cunneen(0.5, 1.0, 1, cv=0.5) == theory.mg1_mean_wait(0.5, 1.0, cv=0.5)
    True
    """
    wait = theory.mmc(arrival_rate, 1 / mean_stay, n_places)["mean_wait"]
    return wait * (1 + cv * cv) / 2


def coefficient_of_variation(distribution: Distribution) -> float:
    """Standard deviation of a distribution over its mean; 0 where the mean is 0.

    Examples
    --------
    >>> coefficient_of_variation(Distribution(distribution="erlang", mean="1 week", shape=4))
    0.5
    """
    mean = distribution.average
    return sqrt(max(_variance(distribution), 0.0)) / mean if mean > 0 else 0.0


def _variance(d: Distribution) -> float:
    """Variance [days^2]."""
    mean, low, mode, high = d.average, d.low or 0.0, d.mode or 0.0, d.high or 0.0
    match d.distribution:
        case "constant":
            return 0.0
        case "exponential":
            return mean**2
        case "erlang":
            return mean**2 / (d.shape or 1)
        case "uniform":
            return (high - low) ** 2 / 12
        case "triangular":
            return ((high - low) ** 2 - (mode - low) * (high - mode)) / 18
        case "pert":  # a beta distribution whose two shapes sum to 6
            return (mean - low) * (high - mean) / 7
        case "empirical":
            weights = d.weights or (1.0,) * len(d.values)
            squares = sum(w * v**2 for w, v in zip(weights, d.values, strict=True))
            return squares / sum(weights) - mean**2
        case "hyperexponential":
            squares = sum(p * 2 * m**2 for p, m in zip(d.shares, d.means, strict=True))
            return squares / sum(d.shares) - mean**2
    return (mean * (d.cv or 0.0)) ** 2  # lognormal, gamma, weibull


# The assumptions --------------------------------------------------------------------------------


def _failing(scenario: Scenario, name: str) -> Iterator[Failing]:
    """Return the assumptions that a step does not meet, the most telling first."""
    step = scenario.steps[name]
    yield from _failing_intake(step)
    yield from _failing_stay(scenario, step)
    if len(step.team) != 1:
        yield Failing("several_teams")
        return
    yield from _failing_team(scenario, name, scenario.teams[step.team[0]])
    yield from _failing_patience(step)
    yield from _failing_arrivals(scenario, name, seen=())


def _failing_set(part: Part, where: str) -> Iterator[Failing]:
    """Find the keys that have a value, and of which the schema says that theory allows none."""
    return (Failing(key, why=told.breaks) for key, told, _ in set_keys(part) if told.where == where)


def _failing_intake(step: Step) -> Iterator[Failing]:
    if step.intake is not None:
        if step.intake.every is not None:
            yield Failing("meets", {"days": step.intake.every})
        yield Failing("intake")
    yield from _failing_set(step, "list")


def _failing_stay(scenario: Scenario, step: Step) -> Iterator[Failing]:
    if step.keeps_place and any(to in scenario.steps for to in _targets(step)):
        yield Failing("keeps_place")
    yield from _failing_set(step, "stay")
    yield from _failing_set(step.length_of_stay, "stay")
    if step.length_of_stay.is_zero:
        yield Failing("no_stay")


def _failing_team(scenario: Scenario, name: str, team: Team) -> Iterator[Failing]:
    run, team_name = scenario.run, scenario.steps[name].team[0]
    if team.per:
        yield Failing("per", {"group": team.per})
        return
    others = [s for s, step in scenario.steps.items() if team_name in step.team and s != name]
    if others:
        yield Failing("shared", {"step": others[0]})
    yield from _failing_set(team, "team")
    for line in team.staff.values():
        yield from _failing_set(line, "team")
    days = [*change_days(team, run.start, run.until), run.start, run.until]
    if len({places_on(team, day) for day in days}) > 1:
        yield Failing("places_change")
    if closures_of(team, scenario):
        yield Failing("closures")


def _failing_patience(step: Step) -> Iterator[Failing]:
    patience = step.patience
    if patience is None:
        return
    if patience.distribution != "exponential" or patience.since != "joining":
        yield Failing("patience")
    elif step.length_of_stay.distribution != "exponential":
        yield Failing("patience_and_stay")


def _failing_arrivals(scenario: Scenario, name: str, seen: tuple[str, ...]) -> Iterator[Failing]:
    """Arrivals at random at a constant rate: referrals, or the output of a step that keeps them so.

    The output of M/M/c (Burke 1956) and of a step without a team (Mirasol 1963) is Poisson.
    """
    sources = [source for source in scenario.referrals.values() if source.to == name]
    for source in sources:
        yield from _failing_referrals(scenario, source)
    back = [end for end in scenario.exits.values() if end.returns and end.returns.to == name]
    if back or name in seen:
        yield Failing("returns")
        return
    for other, step in scenario.steps.items():
        if name in _targets(step) and not _has_poisson_output(scenario, other, (*seen, name)):
            yield Failing("from_step", {"step": other})
    if not sources and not any(name in _targets(step) for step in scenario.steps.values()):
        yield Failing("nobody_comes")


def _failing_referrals(scenario: Scenario, source: Referral) -> Iterator[Failing]:
    run = scenario.run
    begun = source.from_ is None or source.from_ <= run.start
    goes_on = source.until is None or source.until >= run.until
    if source.rate is None:
        yield Failing("dates_given")
    elif source.changes or source.at_most is not None or not (begun and goes_on):
        yield Failing("rate_changes")
    elif source.rate == 0:
        yield Failing("nobody_comes")
    seasons = scenario.calendar.seasonality if source.seasonality is None else source.seasonality
    if len(set(seasons or ())) > 1:
        yield Failing("seasons")


def _has_poisson_output(scenario: Scenario, name: str, seen: tuple[str, ...]) -> bool:
    """Whether those who leave a step come at random at a constant rate, in the long run."""
    step = scenario.steps[name]
    if step.next_for or any(_failing_arrivals(scenario, name, seen)):
        return False
    if not step.team:
        return not any(_failing_intake(step))
    is_simple = (
        len(step.team) == 1
        and step.length_of_stay.distribution == "exponential"
        and step.patience is None
    )
    if not is_simple:
        return False
    team = scenario.teams[step.team[0]]
    fails = (
        *_failing_intake(step),
        *_failing_stay(scenario, step),
        *_failing_team(scenario, name, team),
    )
    demand = Demand(scenario, scenario.run.report_from, scenario.run.until)
    return not fails and demand.needed(name) < places_on(team, scenario.run.start)


def _targets(step: Step) -> set[str]:
    """Steps and exits that one can go to from a step."""
    return {to for routes in (step.next, *step.next_for.values()) for to in routes}
