"""Limits on figures as people write them: "mapping.wait.p90 <= 2 weeks in 9 of 10 runs"."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from flowsim.analysis.feasibility import Limit
from flowsim.analysis.kpi_names import KpiTable
from flowsim.errors import ResultsError
from flowsim.language import N_, _
from flowsim.scenario.quantities import nearest, parse_duration, shown

FORM = N_(
    '"KPI <= NUMBER" or "KPI >= NUMBER", such as "mapping.wait.p90 <= 14", '
    'with "in 0.9 of runs" behind it for a share of the replications'
)
LIMIT = re.compile(
    r"\s*(?P<kpi>[^\s<>=]+)\s*(?P<sign><=|>=)\s*(?P<value>[^<>=]+?)"
    r"(?:\s+in\s+(?P<share>[^\s]+(?:\s*%)?|\d+\s+of\s+\d+)(?:\s+of)?\s+runs)?\s*"
)
IS_MET = 0.5  # between a goal that is missed (0) and one that is met (1)


@dataclass(frozen=True, slots=True)
class NamedLimit:
    """A limit on a figure.

    Parameters
    ----------
    text : as it was written
    kpi : name of the figure
    limit : what it shall keep
    """

    text: str
    kpi: str
    limit: Limit


def read_limits(texts: Iterable[str], table: KpiTable) -> tuple[NamedLimit, ...]:
    """Read limits on the figures of a scenario.

    Raises
    ------
    ResultsError
        With one line for each text that is no limit or names no figure.

    Examples
    --------
    >>> import flowsim
    >>> from flowsim.analysis.kpis import names
    >>> table = names(flowsim.compile(flowsim.load("scenarios/orebro.toml")))
    >>> text = "mapping.wait.within_target >= 80 % in 9 of 10 runs"
    >>> [limit] = read_limits([text], table)
    >>> limit.limit
    Limit(threshold=0.8, at_least=True, share=0.9)
    """
    found, faults = [], []
    for text in texts:
        try:
            found.append(_read(text, table))
        except ResultsError as error:
            faults.append(str(error))
    if faults:
        raise ResultsError("\n".join(faults))
    return tuple(found)


def _read(text: str, table: KpiTable) -> NamedLimit:
    match = LIMIT.fullmatch(text)
    if match is None:
        raise _fault(text, _(FORM))
    name = match["kpi"]
    if name not in table.position:
        near = nearest(name, table.names)
        raise _fault(
            name,
            _("a figure of the scenario"),
            _('; did you mean "{near}"?').format(near=near) if near else "",
        )
    threshold = _value(match["value"], table[name].unit)
    if threshold is None:
        raise _fault(text, _(FORM))
    limit = Limit(threshold, match["sign"] == ">=")
    if match["share"] is not None:
        limit = replace(limit, share=_share(match["share"], text))
    elif name.startswith("goals.") and name.endswith(".met"):
        limit = _of_goal(limit, text)
    return NamedLimit(text.strip(), name, limit)


def _of_goal(limit: Limit, text: str) -> Limit:
    """Return a limit on the chance that a goal is met as one on a share of the replications.

    So it is judged by exact binomial bounds: 20 replications that all meet it prove little.
    """
    share = limit.threshold if limit.at_least else 1 - limit.threshold
    if not 0 < share < 1:
        raise _fault(text, _("a chance above 0 and below 1"))
    return Limit(IS_MET, limit.at_least, share)


def _value(text: str, unit: str) -> float | None:
    """Read a threshold: a number, a percentage of a share, a duration of a figure in days."""
    number = _number(text, unit == "share")
    if number is None and unit == "days":
        try:
            return parse_duration(text.strip())
        except ValueError:
            return None
    return number


def _number(text: str, may_be_percent: bool = True) -> float | None:
    text = text.strip()
    divisor = 1.0
    if text.endswith("%") and may_be_percent:
        text, divisor = text.removesuffix("%").strip(), 100.0
    if not re.fullmatch(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", text):
        return None
    return float(text) / divisor if math.isfinite(float(text)) else None


def _share(text: str, whole: str) -> float:
    kept, of, runs = text.partition(" of ")
    above, below = _number(kept), _number(runs) if of else 1.0
    if above is None or not below or not 0 < above / below < 1:
        raise _fault(whole, _("a share of the runs above 0 and below 1, such as in 0.9 of runs"))
    return above / below


def _fault(found: str, allowed: str, more: str = "") -> ResultsError:
    return ResultsError(
        _("--subject-to: found {found}; allowed: {allowed}{more}").format(
            found=shown(found), allowed=allowed, more=more
        )
    )
