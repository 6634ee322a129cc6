"""The one table that a board reads: at most six figures, each option beside the first."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, isfinite, isnan

from flowsim.report.comparison_paper.marginal import marginal_cost
from flowsim.report.comparison_paper.paper import ComparedFigure, ComparisonPaper
from flowsim.report.document.blocks import Cell, Table
from flowsim.report.numbers import MISSING

__all__ = [
    "MOST_ROWS",
    "all_figures",
    "chosen_figures",
    "notes",
    "result_table",
    "step_that_changes_most",
]

MOST_ROWS = 6
LITTLE_GAIN = 2.0  # as many times more courses of events


def result_table(paper: ComparisonPaper) -> Table:
    """Return the difference of each option from the first, and the figures of all."""
    _ = paper._
    differs = _("{option}: difference") if len(paper.others) > 1 else _("Difference")
    heads = [_("Figure"), *(differs.format(option=other) for other in paper.others)]
    heads += paper.options
    rows = [row for figure in chosen_figures(paper) for row in lines(figure)]
    if (further := marginal(paper)) is not None:
        rows = [*rows[: MOST_ROWS - 1], further] if len(rows) >= MOST_ROWS else [*rows, further]
    note = _(
        "Differences are from {base}. Small print: for each option the uncertainty of the average "
        "by chance (95 %); for each difference an interval such that all {n} differences of this "
        "comparison hold at once with a certainty of 95 %. A difference is clear where its "
        "interval leaves out 0."
    ).format(base=paper.base_in_words, n=paper.number(len(paper.comparison.differences)))
    caption = _("The options in figures, on average")
    return Table(caption, tuple(heads), tuple(rows), "l" + "r" * (len(heads) - 1), note)


def lines(figure: ComparedFigure) -> Iterator[tuple[Cell, ...]]:
    """Write a figure: a line, and one more for each option that defines it otherwise."""
    paper, alike = figure.paper, figure.alike
    yield (
        figure.label,
        *(figure.difference_cell(other) for other in paper.others),
        *(figure.cell(one) if one in alike else MISSING for one in paper.options),
    )
    for option in paper.others:
        if option not in alike:
            own = (figure.cell(one) if one == option else MISSING for one in paper.options)
            yield (figure.label_of(option), *(MISSING for _ in paper.others), *own)


def marginal(paper: ComparisonPaper) -> tuple[Cell, ...] | None:
    """Write what a further exit costs with each option; None where no option shows it."""
    costs = [marginal_cost(other, paper) for other in paper.others]
    if not any(costs):
        return None
    label = paper._("Cost per further exit in {outcome}")
    cells = [MISSING if cost is None else cost.with_limits for cost in costs]
    outcome = paper.label(paper.outcome or "", "outcomes")
    return (label.format(outcome=outcome), *cells, *(MISSING for _ in paper.options))


def chosen_figures(paper: ComparisonPaper) -> list[ComparedFigure]:
    """Return at most six figures: what a board asks for first, then what else was compared."""
    found = list(for_board(paper))
    known = {figure.name for figure in found}
    if len(paper.figures) <= MOST_ROWS:  # somebody chose them
        more = [name for name in paper.figures if name not in known and paper.has(name)]
        found += [paper.figure(name) for name in more]
    if not found:
        found = [paper.figure(name) for name in paper.figures]
    return found[:MOST_ROWS]


def for_board(paper: ComparisonPaper) -> Iterator[ComparedFigure]:
    """Return waits, starts in time, exits a year, what each costs, and the whole cost a year."""
    step = step_that_changes_most(paper)
    for kpi in ("time_to_first_start.mean", f"{step}.joined.wait.mean"):
        if paper.has(kpi):
            yield paper.figure(kpi)
    yield from in_time(paper)
    if paper.has(kpi := f"outcomes.{paper.outcome}"):
        yield paper.figure(kpi, a_year=True)
    if paper.has_costs:
        yield from costs(paper)


def step_that_changes_most(paper: ComparisonPaper) -> str | None:
    """Return the step whose mean wait differs most from the base; None where none is compared."""
    changes = {
        step: paper.largest_change(f"{step}.joined.wait.mean")
        for step in paper.scenario.steps
        if paper.has(f"{step}.joined.wait.mean")
    }
    return max(changes, key=lambda step: changes[step], default=None)


def in_time(paper: ComparisonPaper) -> Iterator[ComparedFigure]:
    """Return the share of starts in time, of the step where it differs most."""
    changes = {
        step: paper.largest_change(f"{step}.joined.within_target")
        for step, declared in paper.scenario.steps.items()
        if declared.target_wait is not None and paper.has(f"{step}.joined.within_target")
    }
    if changes:
        step = max(changes, key=lambda one: changes[one])
        yield paper.figure(f"{step}.joined.within_target")


def costs(paper: ComparisonPaper) -> Iterator[ComparedFigure]:
    """Return the cost per exit, or else per participant, and the whole cost a year."""
    for kpi in (f"cost.per.{paper.outcome}", "cost.per_participant"):
        if paper.has(kpi):
            yield paper.figure(kpi)
            break
    if paper.has(whole := "cost.total"):
        yield paper.figure(whole, a_year=True)


def all_figures(paper: ComparisonPaper) -> Iterator[Table]:
    """Return a table of all figures compared for each variant."""
    _ = paper._
    for other in paper.others:
        rows = [row for one in map(paper.figure, paper.figures) for row in full_lines(one, other)]
        heads = (
            _("Figure"),
            paper.base,
            other,
            _("Difference from {base}").format(base=paper.base_in_words),
            _("Chance that it is better"),
            _("Gain from common random numbers"),
        )
        text = _("{option} compared with {base}").format(option=other, base=paper.base_in_words)
        yield Table(text, heads, tuple(rows), "lrrlrr")


def full_lines(figure: ComparedFigure, other: str) -> Iterator[tuple[Cell, ...]]:
    """Write a figure of the base and an option, on two lines where it is two things."""
    before, after = (figure.mean_words(one) for one in (figure.paper.base, other))
    said = figure.sentence(other)
    if other in figure.alike:
        yield (figure.label, before, after, said, figure.chance(other), figure.gain(other))
        return
    yield (figure.label, before, MISSING, said, MISSING, MISSING)
    yield (figure.label_of(other), MISSING, after, said, MISSING, MISSING)


def notes(paper: ComparisonPaper) -> Iterator[str]:
    """Explain intervals, chance, gain and what is needed, where they are told."""
    _, found = paper._, list(paper.comparison.differences.values())
    text = _(
        "In brackets: intervals that hold all {n} differences at once with {level} certainty "
        "(Bonferroni). A difference is clear where its interval leaves out 0."
    )
    yield text.format(n=paper.number(len(found)), level=paper.percent(0.95))
    if not all(isnan(one.probability_better) for one in found):
        text = _(
            "Chance that it is better: the share of simulated courses of events in which the "
            "variant did better than {base} with the same random numbers; ties count half. – where "
            "more or less is neither better nor worse."
        )
        yield text.format(base=paper.base_in_words)
    if any(isfinite(one.variance_reduction) for one in found):
        yield _(
            "Gain from common random numbers: as many times more courses of events would be needed "
            "if each option had random numbers of its own."
        )
        yield from little_gain(paper)
    if not all(isnan(one.detectable) for one in found):
        yield _(
            "Would probably have been shown: a difference of that size is shown by as many courses "
            "of events in 8 cases of 10."
        )
    if not all(isnan(one.most_otherwise) for one in found):
        yield _(
            "No difference: none in any course of events that was simulated. In how many others "
            "there may be one follows from their number, with the same certainty."
        )


def little_gain(paper: ComparisonPaper) -> Iterator[str]:
    """State for which figures common random numbers help little."""
    least = {
        kpi: min(
            (
                paper.difference(kpi, other).variance_reduction
                for other in paper.others
                if isfinite(paper.difference(kpi, other).variance_reduction)
            ),
            default=inf,
        )
        for kpi in paper.figures
    }
    if few := [paper.kpi(kpi) for kpi, times in least.items() if times < LITTLE_GAIN]:
        text = paper._(
            "Common random numbers help little (less than {times} times) for: {figures}. There "
            "only more courses of events make the answer surer."
        )
        yield text.format(times=paper.number(LITTLE_GAIN), figures="; ".join(few))
