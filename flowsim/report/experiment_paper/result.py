"""What the experiment gave: a table for each figure, a row for each point."""

from __future__ import annotations

from collections.abc import Iterator

from flowsim.analysis.kpi_names import Kpi
from flowsim.letters import shown
from flowsim.report.comparison_sentences import Scale
from flowsim.report.document.blocks import Block, Bullets, Section, Table
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.run_paper.sentences import sureness
from flowsim.report.tornado import changes_of
from flowsim.study.experiment.folder import SUMMARY
from flowsim.study.experiment.results import PointFigure

__all__ = ["MOST_ROWS", "figure_table", "in_short", "section"]

MOST_ROWS = 20


def section(paper: ExperimentPaper) -> Section:
    """Return the sentences, and a table for each figure."""
    blocks: list[Block] = [Bullets(in_short(paper))]
    blocks += [figure_table(kpi, paper) for kpi in paper.experiment.kpis]
    return Section("result", paper._("The result"), tuple(blocks))


# Sentences ------------------------------------------------------------------------------------


def in_short(paper: ExperimentPaper) -> tuple[str, ...]:
    """Return a sentence for each figure, and the most important limitation."""
    said = [text for kpi in paper.experiment.kpis for text in reach(kpi, paper)]
    return (*said, *paper.text.precision(), sureness(paper))


def reach(kpi: Kpi, paper: ExperimentPaper) -> Iterator[str]:
    """Say between what a figure lies over the points, and how many differ from the base."""
    known = paper.known(kpi)
    if not known:
        yield paper._("{figure}: no point has a value.").format(figure=label(kpi, paper))
        return
    scale = paper.text.scale(kpi)
    low, high = (choose(known, key=lambda one: one.mean) for choose in (min, max))
    if low.mean == high.mean:
        text = paper._("{figure}: {low} at all points.")
    else:
        text = paper._("{figure}: lowest at {at_low}, {low}; highest at {at_high}, {high}.")
    said = text.format(
        figure=label(kpi, paper),
        low=paper.text.mean(low, scale),
        at_low=at(low, known, paper),
        high=paper.text.mean(high, scale),
        at_high=at(high, known, paper),
    )
    yield f"{said} {clear(known, paper)}".rstrip()


def at(one: PointFigure, known: list[PointFigure], paper: ExperimentPaper) -> str:
    """Name the point of a figure; with how many others, if they have the same one."""
    point = paper.point(one.point)
    same = sum(other.mean == one.mean for other in known) - 1
    if not same:
        return point
    text = paper.ngettext("{point} and {n} other point", "{point} and {n} other points", same)
    return text.format(point=point, n=same)


def clear(figures: list[PointFigure], paper: ExperimentPaper) -> str:
    """Say how many points clearly differ from the base point."""
    apart = [one.difference for one in figures if one.difference is not None]
    if not apart or paper.base is None:
        return ""
    text = paper.ngettext(
        "{clear} of {n} other point differs clearly from {base}.",
        "{clear} of {n} other points differ clearly from {base}.",
        len(apart),
    )
    n_clear = sum(one.is_claimed for one in apart)
    return text.format(clear=n_clear, n=len(apart), base=paper.base)


def label(kpi: Kpi, paper: ExperimentPaper) -> str:
    """Return what a figure is called."""
    return shown(paper.kpi(kpi.name))


# Tables ---------------------------------------------------------------------------------------


def figure_table(kpi: Kpi, paper: ExperimentPaper) -> Table:
    """Return one figure of the points, in their order; of many, the first."""
    _, scale = paper._, paper.text.scale(kpi)
    figures = paper.figures(kpi)
    chosen = figures[:MOST_ROWS]
    if paper.design == "one_at_a_time" and len(figures) > MOST_ROWS:
        chosen = largest_first(kpi, figures, paper)[:MOST_ROWS]
    heads = [_("Point"), _("On average")]
    if paper.base is not None:
        heads.append(_("Difference from {base}").format(base=paper.base))
    note = _("In brackets: intervals of 95 %; those of the differences hold all at once.")
    n = len(figures) - len(chosen)
    if n > 0:
        more = paper.ngettext(
            "{n} more point is in {file} in the results folder.",
            "{n} more points are in {file} in the results folder.",
            n,
        )
        note += " " + more.format(n=paper.number(n), file=SUMMARY)
    align = "lr" + "l" * (len(heads) - 2)
    rows = tuple(row(one, scale, paper) for one in chosen)
    return Table(label(kpi, paper), tuple(heads), rows, align, note)


def row(one: PointFigure, scale: Scale, paper: ExperimentPaper) -> tuple[str, ...]:
    """Write a point."""
    return tuple(paper.text.row(one, scale))


def largest_first(
    kpi: Kpi, figures: list[PointFigure], paper: ExperimentPaper
) -> list[PointFigure]:
    """Return the base point, and the others with what moves the figure most first."""
    order = [change.difference for change in changes_of(paper.results, kpi)]
    places = {id(one): at for at, one in enumerate(order)}
    return sorted(figures, key=lambda one: places.get(id(one.difference), -1))
