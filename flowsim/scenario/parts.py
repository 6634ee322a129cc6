"""What the keys of one table must be to each other: either, or, not both, in order."""

from __future__ import annotations

import re
from itertools import pairwise

from flowsim.language import _
from flowsim.scenario.known import Known
from flowsim.scenario.quantities import nearest, shown
from flowsim.scenario.schema import (
    COMPARED,
    GivenFigure,
    Goal,
    Intake,
    Referral,
    Run,
    Scenario,
    Step,
    Team,
)
from flowsim.scenario.source import Findings, KeyPath
from flowsim.scenario.staff import check_staff
from flowsim.scenario.texts import texts_of

__all__ = ["check_parts"]

LONGEST_RUN = 1_000  # years; as the longest duration


def check_parts(scenario: Scenario, known: Known, findings: Findings) -> None:
    """Check the tables of a scenario one by one."""
    run = checked_run(scenario.run, findings)
    for name, referral in scenario.referrals.items():
        check_referral(("referrals", name), referral, run, findings)
    if scenario.calendar.seasonality is not None:
        check_seasons(("calendar", "seasonality"), scenario.calendar.seasonality, findings)
    for name, team in scenario.teams.items():
        check_team(("teams", name), team, run, known, findings)
    for name, step in scenario.steps.items():
        check_step(("steps", name), step, known, findings)
    for name, goal in scenario.goals.items():
        check_goal(("goals", name), goal, findings)
    for section in COMPARED:
        for period, figures in getattr(scenario, section).items():
            if run is not None:
                check_period((section, period), period, run, findings)
            for kpi, figure in figures.items():
                check_figure((section, period, kpi), figure, known, findings)


def checked_run(run: Run, findings: Findings) -> Run | None:
    """Check the order of the run's dates; None if other dates cannot be held against them."""
    n_faults = len(findings.faults)
    if run.until < run.start:
        key = "length" if run.length else "until"
        findings.fault(
            ("run", key),
            str(run.until),
            _("a date from the start ({start}) on").format(start=run.start),
        )
    elif run.until.year - run.start.year > LONGEST_RUN:
        key = "length" if run.length else "until"
        years = run.until.year - run.start.year
        findings.fault(
            ("run", key),
            _("a run of {years} years").format(years=years),
            _("at most {longest_run} years").format(longest_run=LONGEST_RUN),
        )
    elif not run.start <= run.report_from <= run.until:
        key = "warm_up" if run.warm_up else "report_from"
        words = _("a date inside the run, from {start} to {until}").format(
            start=run.start, until=run.until
        )
        findings.fault(("run", key), str(run.report_from), words)
    dates_known = not findings.is_touched(
        ("run",), "start", "until", "length", "report_from", "warm_up"
    )
    return run if dates_known and len(findings.faults) == n_faults else None


# Referrals


def check_referral(path: KeyPath, referral: Referral, run: Run | None, findings: Findings) -> None:
    """Check how a source says how many come."""
    ways = [key for key in ("rate", "cohort", "file") if getattr(referral, key)]
    if referral.rate is not None and "rate" not in ways:
        ways.insert(0, "rate")
    if not ways and not findings.is_touched(path, "rate", "cohort", "file"):
        findings.fault(path, _("no rate, cohort or file"), _("one of the three"))
    for key in ways[1:]:
        findings.fault(
            (*path, key),
            _("{ways} and {key}").format(ways=ways[0], key=key),
            _("one of rate, cohort and file"),
        )
    if ways and ways[0] != "rate":
        for key in ("from", "until", "changes", "seasonality"):
            if findings.source.at((*path, key)) is not None:
                findings.fault(
                    (*path, key),
                    _("{key} without rate").format(key=key),
                    _("{key} only beside a rate").format(key=key),
                )
    if referral.seasonality is not None:
        check_seasons((*path, "seasonality"), referral.seasonality, findings)
    if findings.in_order(path, referral.from_, referral.until) and run is not None:
        check_referral_dates(path, referral, run, findings)
    for at, (one, other) in enumerate(pairwise(referral.changes), 1):
        if other.from_ <= one.from_:
            words = _("a date after {before}, that of the change before").format(before=one.from_)
            findings.fault((*path, "changes", at, "from"), str(other.from_), words)


def check_referral_dates(path: KeyPath, referral: Referral, run: Run, findings: Findings) -> None:
    """Check that a source's dates touch the run."""
    inside = _("inside the run, from {start} to {until}").format(start=run.start, until=run.until)
    if referral.from_ and referral.from_ > run.until:
        findings.fault(
            (*path, "from"), str(referral.from_), _("a date {inside}").format(inside=inside)
        )
    if referral.until and referral.until < run.start:
        findings.fault(
            (*path, "until"), str(referral.until), _("a date {inside}").format(inside=inside)
        )
    for at, cohort in enumerate(referral.cohort):
        if not run.start <= cohort.date <= run.until:
            findings.fault(
                (*path, "cohort", at, "date"),
                str(cohort.date),
                _("a date {inside}").format(inside=inside),
            )


def check_seasons(path: KeyPath, months: tuple[float, ...], findings: Findings) -> None:
    """Check that some month has referrals."""
    if not any(months):
        findings.fault(path, _("twelve zeros"), _("at least one month above 0"))


# Teams


def check_team(
    path: KeyPath, team: Team, run: Run | None, known: Known, findings: Findings
) -> None:
    """Check a team's places, staff and life."""
    caseloads = [role for role, line in team.staff.items() if line.caseload is not None]
    if team.places is not None and caseloads:
        words = _("either places or a caseload (staff.{caseloads} has one)").format(
            caseloads=caseloads[0]
        )
        findings.fault((*path, "places"), _("places together with caseloads"), words)
    for number in team.places.numbers if team.places else ():
        if number != int(number):
            findings.fault((*path, "places"), f"{number:g}", _("whole numbers of places"))
    if team.turnover and not team.staff:
        findings.fault(
            (*path, "turnover"), _("turnover without staff"), _("turnover of a team with staff")
        )
    check_staff(path, team, known, findings)
    findings.in_order(path, team.from_, team.until)
    ends_early = team.until is not None and run is not None and team.until < run.until
    if ends_early and team.then is None and not findings.is_touched(path, "then"):
        words = _("then beside it: the step or exit to which participants go from there")
        findings.fault((*path, "until"), _("until without then"), words)
    if team.then is not None and team.until is None:
        findings.fault((*path, "then"), _("then without until"), _("then only beside until"))


# Steps


def check_step(path: KeyPath, step: Step, known: Known, findings: Findings) -> None:
    """Check a step's routes, interruptions, intake and costs."""
    check_routes(path, step, known, findings)
    for at, interruption in enumerate(step.interruption):
        place = findings.source.entry((*path, "interruption"), at)
        if interruption.rate is None and interruption.after is None:
            if not findings.is_touched(place, "rate", "after"):
                findings.fault(place, _("no rate and no after"), _("one of the two"))
        elif interruption.rate is not None and interruption.after is not None:
            findings.fault((*place, "after"), _("rate and after"), _("one of the two"))
    if step.intake is not None:
        check_intake((*path, "intake"), step.intake, findings)
    elif step.cost_per_group and not findings.is_touched(path, "intake"):
        words = _("cost_per_group only beside intake")
        findings.fault((*path, "cost_per_group"), _("cost_per_group without intake"), words)


def check_routes(path: KeyPath, step: Step, known: Known, findings: Findings) -> None:
    """Check that everybody who has been in a step goes somewhere."""
    if step.next or findings.is_touched(path, "next", "next_for"):
        return
    if not step.next_for:
        findings.fault(
            (*path, "next"), _("nothing"), _("shares of steps and exits, as it is needed")
        )
        return
    listed = [condition.partition("=")[::2] for condition in step.next_for]
    for group in dict.fromkeys(group for group, _value in listed):
        if {*known.values(group)} <= {value for one, value in listed if one == group}:
            return
    words = _("next for all others, or next_for for every value of a group")
    findings.fault((*path, "next"), _("participants who match no route"), words)


def check_intake(path: KeyPath, intake: Intake, findings: Findings) -> None:
    """Check that an intake can let somebody in."""
    if not intake.model_fields_set and not findings.source.at(path):
        findings.fault(path, _("an empty table"), _("every (meetings) or min (a group)"))
    if intake.max is not None and intake.min > intake.max:
        findings.fault(
            (*path, "min"),
            _("{min}, above max").format(min=intake.min),
            _("at most max ({max})").format(max=intake.max),
        )
    if intake.max_per_year is not None and intake.min > intake.max_per_year:
        words = _("at least min ({min})").format(min=intake.min)
        findings.fault(
            (*path, "max_per_year"),
            _("{max_per_year}, below min").format(max_per_year=intake.max_per_year),
            words,
        )
    if intake.every == 0:
        findings.fault((*path, "every"), _("no time between meetings"), _("a duration above 0"))
    for key in ("cut_off", "first"):
        given = key in intake.model_fields_set
        if given and intake.every is None and not findings.is_touched(path, "every"):
            findings.fault(
                (*path, key),
                _("{key} without every").format(key=key),
                _("{key} only beside every").format(key=key),
            )


# Goals, observed and planned figures


def check_goal(path: KeyPath, goal: Goal, findings: Findings) -> None:
    """Check that a goal is about a figure with a limit, or an outcome in time."""
    has_limit = goal.at_least is not None or goal.at_most is not None
    if goal.kpi is not None:
        for key in ("outcome", "within", "of"):
            if getattr(goal, key) is not None:
                findings.fault(
                    (*path, key),
                    _("kpi and {key}").format(key=key),
                    _("kpi with at_least or at_most only"),
                )
                break
    elif goal.outcome is None:
        if not findings.is_touched(path, "kpi", "outcome"):
            findings.fault(path, _("no kpi and no outcome"), _("one of the two"))
    else:
        for key in ("within", "of"):
            if getattr(goal, key) is None and not findings.is_touched(path, key):
                findings.fault(
                    path,
                    _("outcome without {key}").format(key=key),
                    _("outcome, within, of and at_least"),
                )
    if not has_limit and not findings.is_touched(path, "at_least", "at_most"):
        findings.fault(path, _("no at_least and no at_most"), _("at least one of the two"))
    if goal.at_least is not None and goal.at_most is not None and goal.at_least > goal.at_most:
        words = _("at most at_most ({at_most:g})").format(at_most=goal.at_most)
        findings.fault((*path, "at_least"), f"{goal.at_least:g}", words)


def check_period(path: KeyPath, period: str, run: Run, findings: Findings) -> None:
    """Check that a period is a year of the statistics, or the run."""
    first, last = run.report_from.year, run.until.year
    is_year = re.fullmatch("[0-9]{4}", period) is not None
    if period == "run" or (is_year and first <= int(period) <= last):
        return
    years = (
        _("the year {first}").format(first=first)
        if first == last
        else _("a year from {first} to {last}").format(first=first, last=last)
    )
    near = nearest(period, ["run"])
    known = ["run"] if near else []
    words = _('{years}, or "run" for the whole run').format(years=years)
    findings.fault(
        path, _("the period {period}").format(period=shown(period)), words, known, period
    )


def check_figure(path: KeyPath, figure: GivenFigure, known: Known, findings: Findings) -> None:
    """Check the limits and the source of an observed or planned figure."""
    low = figure.value if figure.low is None else figure.low
    high = figure.value if figure.high is None else figure.high
    if not low <= figure.value <= high:
        words = _("a number from low ({low:g}) to high ({high:g})").format(low=low, high=high)
        findings.fault((*path, "value"), f"{figure.value:g}", words)
    if figure.source is not None:
        keys = {text.partition(",")[0].strip() for text in texts_of(figure.source)}
        for key in sorted(keys - known.sources.all):
            findings.unknown((*path, "source"), key, _("a key of [sources]"), known.sources)
