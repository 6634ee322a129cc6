"""The columns of a workbook that say how figures differ from those of a base."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import nan

from flowsim.analysis.comparison import Difference
from flowsim.report.document.scenario_paper import ScenarioPaper
from flowsim.report.scenario_sheets import formats_of
from flowsim.report.workbook import NUMBER, SHARE, WHOLE, Formats

__all__ = ["difference_columns", "difference_formats", "difference_words"]


def difference_columns(
    found: Sequence[Difference | None], said: Sequence[str], paper: ScenarioPaper
) -> dict[str, list[str] | list[float]]:
    """Return the columns by their heads; a row without a difference has empty cells.

    Parameters
    ----------
    found : the difference in each row; None: of the base itself
    said : the same in words, row by row
    """
    _ = paper._
    return {
        _("Difference"): numbers(found, "mean"),
        _("Difference, from"): numbers(found, "lower"),
        _("Difference, to"): numbers(found, "upper"),
        _("Clear difference"): [verdict(one, paper) for one in found],
        _("Chance that it is better"): numbers(found, "probability_better"),
        _("The difference in words"): list(said),
        _("Replications compared"): numbers(found, "n"),
        _("Gain of shared luck"): numbers(found, "variance_reduction"),
        _("Replications needed"): numbers(found, "replications_needed"),
    }


def numbers(found: Iterable[Difference | None], name: str) -> list[float]:
    """Return a number of each difference; NaN where there is none."""
    return [nan if one is None else float(getattr(one, name)) for one in found]


def verdict(found: Difference | None, paper: ScenarioPaper) -> str:
    """Say whether a difference is clear; nothing where there is none to tell."""
    if found is None or found.mean != found.mean:
        return ""
    return paper._("yes") if found.is_claimed else paper._("no")


def difference_formats(units: Iterable[str], paper: ScenarioPaper) -> dict[str, Formats]:
    """Return how the numbers of these columns are written, from the unit of each row."""
    _ = paper._
    heads = (_("Difference"), _("Difference, from"), _("Difference, to"))
    return {
        **formats_of(units, heads),
        _("Chance that it is better"): SHARE,
        _("Replications compared"): WHOLE,
        _("Gain of shared luck"): NUMBER,
        _("Replications needed"): WHOLE,
    }


def difference_words(base: str, paper: ScenarioPaper) -> str:
    """Explain how the numbers of these columns are read."""
    text = paper._(
        "A difference is the figure less that of {base}, taken in each course of events and then "
        "averaged. The intervals of all differences in this workbook hold at once with a "
        "confidence of 95 %; a difference is clear where its interval leaves out 0. Differences "
        "between shares are in percentage points. Chance that it is better: the share of the "
        "courses of events in which it did better than {base}, ties count half; empty where "
        "neither more nor less is better. Gain of shared luck: as many times more replications "
        "would be needed if each had luck of its own. Replications needed: enough to tell the "
        "difference in 8 cases of 10, if it is as large as it looks here."
    )
    return text.format(base=base)
