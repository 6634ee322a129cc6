"""Whether the answer of an experiment names figures and points that there are."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.language import N_, _
from flowsim.scenario.quantities import shown
from flowsim.scenario.source import Findings, KeyPath
from flowsim.study.experiment.answer import (
    Mention,
    claim_of,
    parts_of,
    point_named,
    point_names,
)
from flowsim.study.experiment.points import Point, base_point
from flowsim.study.experiment.schema import ExperimentFile

__all__ = ["AnswerCheck"]

TEXT_WORDS = N_(
    'words with figures in braces, such as "{cost.total at base}" or '
    '"{difference in cost.total at more}"'
)
CLAIM_WORDS = N_('a comparison with < or >, such as "cost.total at more < 5e6"')


class AnswerCheck:
    """Checks `[answer]`.

    Parameters
    ----------
    file : the experiment file
    points : all of its points
    findings : where faults go
    """

    def __init__(self, file: ExperimentFile, points: tuple[Point, ...], findings: Findings) -> None:
        self.file = file
        self.points = points
        self.findings = findings
        self.base = base_point(file)

    def check(self) -> None:
        """Find every figure or point that does not exist."""
        for path, mention in self.mentions():
            self.check_mention(path, mention)

    def mentions(self) -> Iterator[tuple[KeyPath, Mention]]:
        """Return the figures with their places; tell what cannot be read."""
        answer, path = self.file.answer, ("answer", "text")
        try:
            parts = parts_of(answer.text)
        except ValueError as error:
            self.findings.fault(path, shown(str(error)), _(TEXT_WORDS))
        else:
            yield from ((path, part) for part in parts if isinstance(part, Mention))
        for number, text in enumerate(answer.holds):
            place: KeyPath = ("answer", "holds", number)
            try:
                claim = claim_of(text)
            except ValueError as error:
                self.findings.fault(place, shown(str(error)), _(CLAIM_WORDS))
            else:
                yield from ((place, mention) for mention in claim.mentions)

    def check_mention(self, path: KeyPath, mention: Mention) -> None:
        """Check one figure."""
        kpis = self.file.experiment.kpis
        if mention.kpi not in kpis:
            self.findings.unknown(path, mention.kpi, _("one of the kpis of the experiment"), kpis)
        if self.base is None:
            design = self.file.experiment.design
            self.findings.fault(
                path,
                _("a figure of a {design}").format(design=design),
                _("figures of grid, list, one_at_a_time: other points have no names"),
            )
            return
        at = point_named(mention.point, self.points, self.base)
        if at is None:
            known = point_names(self.points, self.base)
            self.findings.unknown(path, mention.point, _("a point"), known)
        elif mention.is_difference and at == self.base:
            self.findings.fault(
                path, _("the difference of the base point from itself"), _("another point")
            )
