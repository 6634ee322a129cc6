"""What no single key can say: names, order, routes, places, load, provenance.

Checked in two parts. First each table and each name, always. Then the flow as a whole (who can get
where, whether everybody can leave, whether there are places), as soon as the parts that it is made
of are right.
"""

from __future__ import annotations

from flowsim.errors import Notice, ScenarioError
from flowsim.scenario.flow import check_flow
from flowsim.scenario.known import Known
from flowsim.scenario.parts import check_parts
from flowsim.scenario.provenance import check_provenance, notice_without_provenance
from flowsim.scenario.references import check_references
from flowsim.scenario.schema import Scenario
from flowsim.scenario.source import Findings
from flowsim.scenario.staff import check_vacant_amounts, notice_caseloads
from flowsim.scenario.uncertain import DRAWS
from flowsim.scenario.uncertain_checks import UncertainCheck
from flowsim.scenario.workload import notice_load

__all__ = ["check", "check_all"]

FLOW_SECTIONS = ("run", "groups", "calendar", "referrals", "teams", "steps", "exits")


def check(scenario: Scenario) -> list[Notice]:
    """Check a scenario as a whole, and give its warnings.

    A scenario that comes from `load` has been checked already; this repeats it.

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    findings = Findings(scenario._source)
    draws = scenario.uncertain.get(DRAWS)
    check_all(scenario, findings, scenario.attachments.get(draws.file or "") if draws else None)
    if findings.faults:
        raise ScenarioError(sorted(findings.faults, key=lambda fault: fault.line))
    return findings.notices


def check_all(scenario: Scenario, findings: Findings, draws_text: str | None = None) -> None:
    """Check a scenario as far as its parts are right.

    Parameters
    ----------
    draws_text : of the file of draws of uncertain inputs, if there is one
    """
    known = Known.of(scenario)
    check_parts(scenario, known, findings)
    check_references(scenario, known, findings)
    check_provenance(scenario, known, findings)
    UncertainCheck(scenario, known, findings).check(draws_text)
    if not findings.are_sound(*FLOW_SECTIONS):
        return
    n_faults = len(findings.faults)
    check_vacant_amounts(scenario, findings)
    check_flow(scenario, findings)
    if len(findings.faults) == n_faults:
        notice_load(scenario, findings)
        notice_caseloads(scenario, findings)
        notice_without_provenance(scenario, findings)
