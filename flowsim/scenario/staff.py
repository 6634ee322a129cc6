"""What the keys of a team's staff must be to each other: posts, vacancies, needed roles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import combinations

from flowsim.language import _
from flowsim.scenario.known import Known
from flowsim.scenario.pathway import StaffLine, Team, Vacancy
from flowsim.scenario.posts import amounts_vacant, begins_line, days_of_change, persons_of, posts_on
from flowsim.scenario.posts import vacated as leaving
from flowsim.scenario.schema import Run, Scenario
from flowsim.scenario.source import Findings, KeyPath
from flowsim.scenario.texts import texts_of

__all__ = ["check_staff", "check_vacant_amounts", "heavy_caseloads", "notice_caseloads"]

MOST_FTE = 100_000
HEAVY = 25  # participants for each post; the IPS fidelity scale gives 3 of 5 or less above it


def check_staff(path: KeyPath, team: Team, known: Known, findings: Findings) -> None:
    """Check the staff of a team, role by role."""
    for role, line in team.staff.items():
        here = (*path, "staff", role)
        check_numbers(here, line, findings)
        findings.in_order(here, line.from_, line.until)
        check_takes_on(here, line, findings)
        check_vacancies(here, line, team, known, findings)
    check_norms(path, team, known, findings)


def check_numbers(path: KeyPath, line: StaffLine, findings: Findings) -> None:
    """Check how a kind of staff says how many there are."""
    hidden = findings.is_touched(path, "fte", "money", "cost_per_fte")
    if line.fte is None and line.money is None and not hidden:
        findings.fault(path, _("no fte and no money"), _("one of the two"))
    if line.fte is not None and line.money is not None:
        findings.fault((*path, "money"), _("fte and money"), _("one of the two"))
    elif line.money is not None and not hidden:
        if line.cost_per_fte is None:
            findings.fault(
                (*path, "money"), _("money without cost_per_fte"), _("cost_per_fte beside it")
            )
        elif 0 in line.cost_per_fte.numbers:
            findings.fault(
                (*path, "cost_per_fte"), "0", _("a number > 0, as money is divided by it")
            )
        elif max(line.money.numbers) / min(line.cost_per_fte.numbers) > MOST_FTE:
            findings.fault(
                (*path, "money"), _("money for over 100000 fte"), _("at most 100000 fte")
            )
    if line.fte is not None and max(line.fte.numbers) > MOST_FTE:
        findings.fault((*path, "fte"), f"{max(line.fte.numbers):g}", _("at most 100000 fte"))


def check_takes_on(path: KeyPath, line: StaffLine, findings: Findings) -> None:
    """Check that somebody new takes on participants, of a caseload."""
    if line.takes_on is None:
        return
    if line.caseload is None and not findings.is_touched(path, "caseload"):
        words = _("takes_on only beside a caseload")
        findings.fault((*path, "takes_on"), _("takes_on without caseload"), words)
    elif line.takes_on == 0:
        findings.fault(
            (*path, "takes_on"), "0", _('a rate above 0, such as "4 per month"; or leave it out')
        )


# Vacancies


def check_vacancies(
    path: KeyPath, line: StaffLine, team: Team, known: Known, findings: Findings
) -> None:
    """Check that vacancies lie in the life of their line, one at a time, in a known team."""
    for at, vacancy in enumerate(line.vacant):
        here = (*path, "vacant", at)
        check_where(here, vacancy, team, known, findings)
        if findings.in_order(here, vacancy.from_, vacancy.until):
            check_inside(here, vacancy, line, team, findings)
    for (_at, one), (at, other) in combinations(enumerate(line.vacant), 2):
        apart = one.until < other.from_ or other.until < one.from_
        if one.in_ == other.in_ and not apart:
            words = _("a vacancy outside the one from {first} to {last}; or one with both amounts")
            findings.fault(
                (*path, "vacant", at, "from"),
                str(other.from_),
                words.format(first=one.from_, last=one.until),
            )


def check_where(
    path: KeyPath, vacancy: Vacancy, team: Team, known: Known, findings: Findings
) -> None:
    """Check that a vacancy says in which of some teams it is, and only then."""
    if team.per is None and vacancy.in_ is not None and not findings.is_touched(path[:2], "per"):
        words = _("in only where the team is per a group")
        findings.fault((*path, "in"), _("in without per"), words)
    elif team.per is not None and vacancy.in_ is None and not findings.is_touched(path, "in"):
        words = _("in: the value of {group} whose team has the vacancy").format(group=team.per)
        findings.fault(path, _("a vacancy without in"), words)
    elif team.per is not None and vacancy.in_ is not None:
        values = known.values(team.per)
        if vacancy.in_ not in values:
            what = _("a value of {fitting}").format(fitting=team.per)
            findings.unknown((*path, "in"), vacancy.in_, what, values)


def check_inside(
    path: KeyPath, vacancy: Vacancy, line: StaffLine, team: Team, findings: Findings
) -> None:
    """Check that a vacancy lies in the life of its line."""
    firsts = [day for day in (team.from_, line.from_) if day is not None]
    lasts = [day for day in (team.until, line.until) if day is not None]
    if firsts and vacancy.from_ < max(firsts):
        words = _("a date from {first} on, when the posts begin").format(first=max(firsts))
        findings.fault((*path, "from"), str(vacancy.from_), words)
    elif lasts and vacancy.until > min(lasts):
        words = _("a date until {last}, when the posts end").format(last=min(lasts))
        findings.fault((*path, "until"), str(vacancy.until), words)


def check_vacant_amounts(scenario: Scenario, findings: Findings) -> None:
    """Check that some persons in post make up what is vacant, of a scenario that is right else."""
    for name, team in scenario.teams.items():
        for role, line in team.staff.items():
            for at, vacancy in enumerate(line.vacant):
                path = ("teams", name, "staff", role, "vacant", at, "fte")
                check_amount(path, vacancy, line, scenario.run, findings)


def check_amount(
    path: KeyPath, vacancy: Vacancy, line: StaffLine, run: Run, findings: Findings
) -> None:
    """Check that some persons in post make up a vacancy, in each line that it falls in."""
    for day in first_days(vacancy, line, run):
        parts = list(persons_of(posts_on(line, day, vacancy.in_)))
        if leaving(parts, vacancy.fte) is None:
            amounts = [f"{amount:g}" for amount in amounts_vacant(parts)]
            words = _("what persons in post make up on {day}: {amounts}").format(
                day=day, amounts=", ".join(amounts) or _("nobody is")
            )
            findings.fault(path, f"{vacancy.fte:g}", words)
            return


def first_days(vacancy: Vacancy, line: StaffLine, run: Run) -> Iterator[dt.date]:
    """Find the first day of a vacancy in the run, and of each line to which it is handed on."""
    first = max(vacancy.from_, run.start)
    if first <= min(vacancy.until, run.until):
        yield first
    for day in days_of_change(line, run):
        if first < day <= vacancy.until and begins_line(line, day, vacancy.in_):
            yield day


# Norms


def check_norms(path: KeyPath, team: Team, known: Known, findings: Findings) -> None:
    """Check that a team has one norm at most, and a caseload that it is about."""
    first = ""
    for role, line in team.staff.items():
        norm, here = line.caseload_norm, (*path, "staff", role, "caseload_norm")
        if norm is None:
            continue
        if line.caseload is None and not findings.is_touched(here[:-1], "caseload"):
            words = _("a norm only beside a caseload")
            findings.fault(here, _("caseload_norm without caseload"), words)
        elif first:
            words = _("one norm in a team (staff.{role} has one)").format(role=first)
            findings.fault(here, _("a second caseload_norm"), words)
        first = first or role
        for key in sorted({text.partition(",")[0].strip() for text in texts_of(norm.source or "")}):
            if norm.source and key not in known.sources:
                findings.unknown((*here, "source"), key, _("a key of [sources]"), known.sources)


# Caseloads


def heavy_caseloads(scenario: Scenario) -> Iterator[tuple[str, str, float, bool]]:
    """Find the roles with more participants each than the IPS fidelity scale thinks well of.

    Yields
    ------
    the team, the role, its largest caseload, and whether a norm says what that costs in time
    """
    for name, team in scenario.teams.items():
        for role, line in team.staff.items():
            most = max(line.caseload.numbers) if line.caseload is not None else 0.0
            if most > HEAVY:
                yield name, role, most, line.caseload_norm is not None


def notice_caseloads(scenario: Scenario, findings: Findings) -> None:
    """Warn of caseloads above 25."""
    for team, role, most, has_norm in heavy_caseloads(scenario):
        text = _(
            "{n} participants for each full-time post; the fidelity scale of IPS gives its best "
            "mark up to 20, and 3 of 5 or less above 25"
        )
        if not has_norm:
            text += _("; here they cost no time, as there is no caseload_norm")
        message = text.format(n=f"{most:g}")
        findings.notice(("teams", team, "staff", role, "caseload"), message, "caseload")
