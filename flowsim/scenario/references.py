"""Names: how they are written, and that what is referred to exists."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice

from flowsim.language import N_, _
from flowsim.scenario.forms import NAME_PATTERN
from flowsim.scenario.known import Known, NameList, initial_origins, lacking
from flowsim.scenario.quantities import Varying, shown
from flowsim.scenario.schema import COMPARED, Part, Scenario, Step
from flowsim.scenario.source import MOST_NAMED, Findings, KeyPath, some

__all__ = ["check_references"]

CONDITION_WORDS = N_('who, as "group=value"')


def check_references(scenario: Scenario, known: Known, findings: Findings) -> None:
    """Check every name of a scenario."""
    for path, name in chosen_names(scenario):
        check_spelling(path, name, findings)
    check_unique(scenario, known, findings)
    for name, step in scenario.steps.items():
        check_step(("steps", name), step, known, findings)
    check_teams(scenario, known, findings)
    check_referrals(scenario, known, findings)
    check_results(scenario, known, findings)
    check_goals(scenario, known, findings)
    check_varying(scenario, known, findings)


# Names that the user chooses


def chosen_names(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Return every name that the user chose, with its path."""
    for section in ("groups", "referrals", "teams", "steps", "exits", "outcomes", "goals"):
        for name in getattr(scenario, section):
            yield (section, name), name
    for name, team in scenario.teams.items():
        for role, line in team.staff.items():
            yield ("teams", name, "staff", role), role
            if line.paid_by is not None:
                yield ("teams", name, "staff", role, "paid_by"), line.paid_by
        for payer in team.financed_by:
            yield ("teams", name, "financed_by", payer), payer
    for payer in scenario.costs.contributions:
        yield ("costs", "contributions", payer), payer


def check_spelling(path: KeyPath, name: str, findings: Findings) -> None:
    """Check that a name has only small letters, digits and _."""
    if not re.fullmatch(NAME_PATTERN.strip("^$"), name):
        near = suggestion(name)
        words = _("a name of small letters a-z, digits and _, starting with a letter")
        findings.fault(
            path, _("the name {name}").format(name=shown(name)), words, [near] if near else [], name
        )


def suggestion(name: str) -> str:
    """Write a name as names are written.

    Examples
    --------
    >>> suggestion("Gemensam kartläggning")
    'gemensam_kartlaggning'
    """
    plain = unicodedata.normalize("NFKD", name.strip().lower()).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return plain if re.match("[a-z]", plain) else ""


def check_unique(scenario: Scenario, known: Known, findings: Findings) -> None:
    """Check that no step is called like an exit, and that built-in names are left alone."""
    for name in known.steps:
        if name in known.exits:
            where = "exits" if name in scenario.exits else "steps"
            findings.fault(
                (where, name), _("a name that a step and an exit share"), _("another name")
            )
    if "source" in scenario.groups:
        words = _("another name, as source is built in (the referral source)")
        findings.fault(("groups", "source"), _('the name "source"'), words)
    if "sustained" in scenario.outcomes:
        words = _("another name, as outcomes.sustained is built in (exits that held)")
        findings.fault(("outcomes", "sustained"), _('the name "sustained"'), words)
    initial = set(initial_origins(scenario))
    for name in scenario.referrals:
        if name in initial:
            words = _("another name, as this one means who is there at the start")
            findings.fault(
                ("referrals", name), _("the name {name}").format(name=shown(name)), words
            )


# References


def check_step(path: KeyPath, step: Step, known: Known, findings: Findings) -> None:
    """Check the names in a step."""
    for at, team in enumerate(step.team):
        expect(findings.source.entry((*path, "team"), at), team, _("a team"), known.teams, findings)
    for target in step.next:
        expect((*path, "next", target), target, _("a step or exit"), known.ends, findings)
    for condition, routes in step.next_for.items():
        check_condition((*path, "next_for", condition), condition, known, findings)
        for target in routes:
            place = (*path, "next_for", condition, target)
            expect(place, target, _("a step or exit"), known.ends, findings)
    for condition in step.length_of_stay.factors:
        place = (*path, "length_of_stay", "factors", condition)
        check_condition(place, condition, known, findings)
    for at, condition in enumerate(step.priority):
        check_condition((*path, "priority", at), condition, known, findings)
    if step.patience:
        expect((*path, "patience", "exit"), step.patience.exit, _("an exit"), known.exits, findings)
    for at, interruption in enumerate(step.interruption):
        place = findings.source.entry((*path, "interruption"), at)
        expect((*place, "exit"), interruption.exit, _("an exit"), known.exits, findings)


def expect(path: KeyPath, name: str, what: str, names: NameList, findings: Findings) -> None:
    """Check that a name exists."""
    if name not in names:
        findings.unknown(path, name, what, names)


def check_condition(path: KeyPath, condition: str, known: Known, findings: Findings) -> None:
    """Check that a "group=value" exists."""
    group, equals, value = condition.partition("=")
    if not equals:
        findings.fault(path, shown(condition), _(CONDITION_WORDS), known.conditions, condition)
    elif group not in known.groups and group != "source":
        groups = [*known.groups, "source"]
        near = findings.nearest(group, groups)
        known_names = [f"{near}={value}"] if near else []
        words = _("a group ({groups})").format(groups=some(groups))
        findings.fault(
            path, _("the group {group}").format(group=shown(group)), words, known_names, condition
        )
    elif value not in known.values(group):
        near = findings.nearest(value, known.values(group))
        values = [f"{group}={v}" for v in known.values(group)[: MOST_NAMED + 1]]
        words = (
            _("a value of {group} ({values})").format(group=group, values=some(values))
            if values
            else _("a value of {group}").format(group=group)
        )
        findings.fault(
            path, shown(condition), words, [f"{group}={near}"] if near else [], condition
        )


def check_teams(scenario: Scenario, known: Known, findings: Findings) -> None:
    """Check the names in teams."""
    for name, team in scenario.teams.items():
        if team.then is not None:
            expect(("teams", name, "then"), team.then, _("a step or exit"), known.ends, findings)
        if team.per is not None:
            expect(("teams", name, "per"), team.per, _("a group"), NameList(known.groups), findings)


def check_referrals(scenario: Scenario, known: Known, findings: Findings) -> None:
    """Check the names in referrals."""
    for name, referral in scenario.referrals.items():
        expect(("referrals", name, "to"), referral.to, _("a step"), known.steps, findings)
        for group, mix in referral.groups.items():
            path: KeyPath = ("referrals", name, "groups", group)
            expect(path, group, _("a group"), NameList(known.groups), findings)
            raw = findings.source.at(path)
            for value in mix if group in known.groups else ():
                place = path if isinstance(raw, str) else (*path, value)
                expect(
                    place,
                    value,
                    _("a value of {group}").format(group=group),
                    known.groups[group],
                    findings,
                )


def check_results(scenario: Scenario, known: Known, findings: Findings) -> None:
    """Check the names in exits, outcomes, population, observed, planned and run."""
    for name, way_out in scenario.exits.items():
        if way_out.returns:
            expect(
                ("exits", name, "returns", "to"),
                way_out.returns.to,
                _("a step"),
                known.steps,
                findings,
            )
    for name, outcome in scenario.outcomes.items():
        path: KeyPath = ("outcomes", name)
        path = path if isinstance(findings.source.at(path), list) else (*path, "exits")
        for at, exit_name in enumerate(outcome.exits):
            expect((*path, at), exit_name, _("an exit"), known.exits, findings)
    for at, step in enumerate(scenario.population.counted_in or ()):
        expect(("population", "counted_in", at), step, _("a step"), known.steps, findings)
    for section in COMPARED:
        for period, figures in getattr(scenario, section).items():
            for kpi in figures:
                check_kpi((section, period, kpi), kpi, scenario, known, findings)
    for payer in scenario.payers:
        expect(("payers", payer), payer, _("somebody who pays"), known.labelled, findings)
    if scenario.run.precision:
        kpi = scenario.run.precision.kpi
        check_kpi(("run", "precision", "kpi"), kpi, scenario, known, findings)


def check_goals(scenario: Scenario, known: Known, findings: Findings) -> None:
    """Check the names in goals."""
    for name, goal in scenario.goals.items():
        if goal.kpi is not None:
            check_kpi(("goals", name, "kpi"), goal.kpi, scenario, known, findings)
            if goal.kpi.split(".")[0] == "goals":
                words = _("a figure that is no goal itself")
                findings.fault(("goals", name, "kpi"), shown(goal.kpi), words)
        if goal.outcome is not None:
            path: KeyPath = ("goals", name, "outcome")
            expect(path, goal.outcome, _("an outcome"), known.outcomes, findings)
        if goal.of is not None:
            expect(("goals", name, "of"), goal.of, _("a step"), known.steps, findings)


def check_kpi(
    path: KeyPath, kpi: str, scenario: Scenario, known: Known, findings: Findings
) -> None:
    """Check that a figure exists, and that the scenario has what it needs."""
    if kpi not in known.kpis:
        words = _('the name of a figure, such as "participants" or "mapping.wait.mean"')
        findings.fault(path, shown(kpi), words, tuple(known.kpis), kpi)
    elif needed := lacking(*known.kpis[kpi], scenario):
        findings.fault(
            path,
            shown(kpi),
            _("a figure that this scenario has; this one needs {needed}").format(needed=needed),
        )


# Numbers by value of a group


def check_varying(scenario: Scenario, known: Known, findings: Findings) -> None:
    """Check that numbers by value of a group stand where they may, for every value."""
    for name, team in scenario.teams.items():
        groups = [team.per] if team.per else []
        for path, number in varying_in(("teams", name), team):
            check_values(path, number, groups, known, findings)
    groups = list(dict.fromkeys(team.per for team in scenario.teams.values() if team.per))
    for section in ("population", "costs"):
        for path, number in varying_in((section,), getattr(scenario, section)):
            check_values(path, number, groups, known, findings)


def varying_in(path: KeyPath, part: Part) -> Iterator[tuple[KeyPath, Varying]]:
    """Return every number of a table that may vary, with its path."""
    for key, field in type(part).model_fields.items():
        value = getattr(part, key)
        if isinstance(value, Varying):
            yield (*path, field.alias or key), value
        elif isinstance(value, Mapping):
            for name, entry in value.items():
                if isinstance(entry, Part):
                    yield from varying_in((*path, key, name), entry)


def check_values(
    path: KeyPath, number: Varying, groups: list[str], known: Known, findings: Findings
) -> None:
    """Check the values of the group that a number is by."""
    if not number.by_group:
        return
    if not groups:
        words = _("a number or a table by year, as no team here has the key per")
        findings.fault(
            (*path, number.by_group[0]),
            _("the value {by_group}").format(by_group=shown(number.by_group[0])),
            words,
        )
        return
    given = set(number.by_group)
    fitting = min(groups, key=lambda group: len(given ^ known.values(group).all))
    values = known.values(fitting)
    for value in number.by_group:
        if value not in values:
            findings.unknown(
                (*path, value), value, _("a value of {fitting}").format(fitting=fitting), values
            )
    if given < values.all:
        lacking = islice((shown(value) for value in values if value not in given), MOST_NAMED + 1)
        words = _("a number for every value of {fitting}").format(fitting=fitting)
        findings.fault(
            path, _("no number for {lacking}").format(lacking=some(list(lacking))), words
        )
