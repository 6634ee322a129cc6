"""The reverse question as a form: the least that is enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flowsim.app.computing import Progress
from flowsim.app.controls import REFERRALS, Control
from flowsim.app.telling import DRAWING, Told
from flowsim.report.document.blocks import Prose
from flowsim.report.words import Words
from flowsim.scenario.schema import Scenario
from flowsim.study.search.finding import find

__all__ = ["SHARES", "Wanted", "default", "found", "steps_of", "wanted"]

SHARES = ("0.5", "0.8", "0.9")
MOST_OPTIONS, MOST_REPLICATIONS = 12, 400


@dataclass(frozen=True)
class Wanted:
    """What is looked for.

    Parameters
    ----------
    control : the name of what may be more or less
    low, high, step : between what it is looked for
    step_name : the step whose wait is limited
    weeks : the most that nine in ten wait
    share : of the courses of events in which that shall hold
    """

    control: str
    low: float
    high: float
    step: float
    step_name: str
    weeks: float
    share: str

    @property
    def over(self) -> str:
        """What may be chosen, as `find` reads it."""
        return f"{self.control}={self.low:g}:{self.high:g}:{self.step:g}"

    @property
    def limit(self) -> str:
        """What has to hold, as `find` reads it."""
        return f"{self.step_name}.joined.wait.p90 <= {self.weeks:g} weeks in {self.share} of runs"


def steps_of(scenario: Scenario, language: str) -> list[tuple[str, str]]:
    """Return the steps that people wait for, each with its label."""
    words = Words(scenario, language)
    return [
        (name, words.label(name, "steps")) for name, step in scenario.steps.items() if step.team
    ]


def choosable(controls: list[Control]) -> list[Control]:
    """Return what may be chosen: plain numbers, such as posts and caseloads."""
    return [one for one in controls if one.name != REFERRALS and not one.unit]


def default(scenario: Scenario, controls: list[Control]) -> Wanted | None:
    """Return what the form begins with; None where there is nothing to choose, or to wait for."""
    choices, steps = choosable(controls), steps_of(scenario, "en")
    if not choices or not steps:
        return None
    posts = [one for one in choices if ".fte" in one.name] or choices
    return of_control(posts[-1], steps[-1][0], 6.0, "0.9")


def of_control(control: Control, step_name: str, weeks: float, share: str) -> Wanted:
    """Return a search over the steps of a slider, at most a dozen, around what there is."""
    low = max(control.low, control.value - MOST_OPTIONS // 3 * control.step)
    high = min(control.high, low + (MOST_OPTIONS - 1) * control.step)
    if ".fte" in control.name:
        low = max(low, control.step)
    return Wanted(control.name, low, high, control.step, step_name, weeks, share)


def wanted(
    scenario: Scenario, controls: list[Control], form: Mapping[str, str]
) -> tuple[Wanted | None, list[str]]:
    """Read the form; None where nothing is asked yet."""
    if "control" not in form:
        return None, []
    control = next((one for one in choosable(controls) if one.name == form["control"]), None)
    step = form.get("step", "")
    share = form.get("share", "")
    try:
        weeks = float(form.get("weeks", "").replace(",", "."))
    except ValueError:
        weeks = -1.0
    if (
        control is None
        or step not in scenario.steps
        or share not in SHARES
        or not 0 <= weeks <= 520
    ):
        return None, ["?"]
    return of_control(control, step, weeks, share), []


def found(scenario: Scenario, what: Wanted, language: str, progress: Progress) -> Told:
    """Look for the least that is enough, and tell it."""
    from flowsim.report.documents import document_of

    finding = find(
        scenario,
        over=[what.over],
        minimise=what.control,
        subject_to=[what.limit],
        max_replications=MOST_REPLICATIONS,
        progress=progress,
    )
    with DRAWING:
        sections = document_of(finding, language=language, is_short=True).sections
    text = next((one.text for one in sections[0].blocks if isinstance(one, Prose)), "")
    return Told(sections, text)
