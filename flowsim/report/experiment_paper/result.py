"""What the experiment gave: a table for each figure, and the answer of its file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flowsim.analysis.kpi_names import Kpi
from flowsim.letters import shown
from flowsim.report.document.blocks import Block, Bullets, Cell, Facts, Prose, Section, Table
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.experiment_paper.tornado import changes_of
from flowsim.report.sections.assumptions import MARKS
from flowsim.report.sections.limits import sureness
from flowsim.study.experiment.answer import Mention, parts_of
from flowsim.study.experiment.folder import SUMMARY
from flowsim.study.experiment.results import PointFigure

__all__ = ["MOST_ROWS", "answer_section", "answer_text", "figure_table", "in_short", "section"]

MOST_ROWS = 20
ALONE = "one_at_a_time"


def section(paper: ExperimentPaper, folder: Path | None = None) -> Section:
    """Return the sentences, and a table for each figure.

    Parameters
    ----------
    folder : where all points are; None: the paper lies there itself
    """
    blocks: list[Block] = [Bullets(in_short(paper))]
    if folder is not None and len(paper.experiment.points) > MOST_ROWS and paper.design != ALONE:
        blocks.append(points_table(paper, str(folder / SUMMARY)))
    else:
        rest = SUMMARY if folder is None else str(folder / SUMMARY)
        blocks += [figure_table(kpi, paper, rest) for kpi in paper.experiment.kpis]
    return Section("result", paper._("The result"), tuple(blocks))


# Sentences ------------------------------------------------------------------------------------


def in_short(paper: ExperimentPaper) -> tuple[str, ...]:
    """Return a sentence for each figure, and the most important limitation."""
    said = [text for kpi in paper.experiment.kpis for text in reach(kpi, paper)]
    return (*said, sureness(paper))


def reach(kpi: Kpi, paper: ExperimentPaper) -> Iterator[str]:
    """Describe between what a figure lies over the points, and how many differ from the base."""
    known = paper.known(kpi)
    if not known:
        yield paper._("{figure}: no point has a value.").format(figure=paper.kpi(kpi.name))
        return
    low, high = (choose(known, key=lambda one: one.mean) for choose in (min, max))
    if low.mean == high.mean:
        text = paper._("{figure}: {low} at all points.")
    else:
        text = paper._("{figure}: lowest at {at_low}, {low}; highest at {at_high}, {high}.")
    said = text.format(
        figure=paper.kpi(kpi.name),
        low=paper.of_point(low).cell,
        at_low=at(low, known, paper),
        high=paper.of_point(high).cell,
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
    """Describe how many points clearly differ from the base point."""
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


# Tables ---------------------------------------------------------------------------------------


def figure_table(kpi: Kpi, paper: ExperimentPaper, rest: str = SUMMARY) -> Table:
    """Return one figure of the points with what is varied beside it; of many, the first.

    The base point is always among them, so that it is seen what the others are compared with.

    Parameters
    ----------
    rest : the file that has all points
    """
    _, figures = paper._, paper.figures(kpi)
    if paper.design == ALONE and len(figures) > MOST_ROWS:
        chosen = largest_first(kpi, figures, paper)[:MOST_ROWS]
    else:
        chosen = [figures[number] for number in first_points(paper)]
    heads = [*columns(paper), _("On average")]
    if paper.base is not None:
        heads.append(_("Difference from {base}").format(base=paper.base_in_tables))
    n_told = len(columns(paper))
    align = "l" * n_told + "r" + "l" * (len(heads) - n_told - 1)
    rows = tuple(row(one, paper) for one in chosen)
    note = notes(paper, len(figures) - len(chosen), rest)
    return Table(paper.kpi(kpi.name), tuple(heads), rows, align, note)


def points_table(paper: ExperimentPaper, rest: str) -> Table:
    """Return all figures of the first points, what is varied beside them, in one table.

    Parameters
    ----------
    rest : the file that has all points
    """
    _, kpis = paper._, paper.experiment.kpis
    heads = (*columns(paper), *(paper.kpi(kpi.name) for kpi in kpis))
    figures = [paper.figures(kpi) for kpi in kpis]
    chosen = first_points(paper)
    rows = tuple(
        (*about(number, paper), *(paper.of_point(of_all[number]).cell for of_all in figures))
        for number in chosen
    )
    note = _("In brackets: the 95 % interval of each point alone.")
    note += left_out(paper, len(paper.experiment.points) - len(chosen), rest)
    align = "l" * len(columns(paper)) + "r" * len(kpis)
    return Table(_("The points"), heads, rows, align, note)


def first_points(paper: ExperimentPaper) -> list[int]:
    """Return the numbers of the points that a table has: the first ones, and the base point."""
    numbers = list(range(len(paper.experiment.points)))[:MOST_ROWS]
    base = paper.experiment.base_point
    return numbers if base is None or base in numbers else [base, *numbers[:-1]]


def notes(paper: ExperimentPaper, n_left_out: int, rest: str) -> str:
    """Describe what the intervals are, and where the points are that are not shown."""
    _ = paper._
    note = _("In brackets: the 95 % interval of each point alone.")
    if paper.base is not None:
        text = _(
            "Difference: paired, replication by replication; in brackets intervals that hold all "
            "{n} differences at once with a confidence of 95 % (Bonferroni). A difference is "
            "claimed only where 0 lies outside."
        )
        n = (len(paper.experiment.points) - 1) * len(paper.experiment.kpis)
        note += " " + text.format(n=paper.number(n))
    return note + left_out(paper, n_left_out, rest)


def left_out(paper: ExperimentPaper, n: int, rest: str) -> str:
    """Describe where the points are that a table does not show; empty where it shows all."""
    text = paper.ngettext(
        "{n} more point, and all that is known of each: {file}.",
        "{n} more points, and all that is known of each: {file}.",
        n,
    )
    return " " + text.format(n=paper.number(n), file=rest) if n > 0 else ""


def columns(paper: ExperimentPaper) -> list[str]:
    """Return the heads that say which point a row is about: its number, and what is varied."""
    if paper.design == "list":
        return [paper._("Point")]
    return [paper._("Point"), *map(paper.factor, paper.experiment.file.factors)]


def row(one: PointFigure, paper: ExperimentPaper) -> tuple[Cell, ...]:
    """Write a point."""
    apart = () if paper.base is None else (paper.difference(one, paper.base_in_tables),)
    return (*about(one.point, paper), paper.of_point(one).cell, *apart)


def about(number: int, paper: ExperimentPaper) -> tuple[str, ...]:
    """Describe which point a row is about."""
    if paper.design == "list":
        return (paper.point(number),)
    levels = paper.experiment.points[number].levels
    factors = paper.experiment.file.factors
    return (paper.number(number), *(paper.level_of(one, levels.get(one.name)) for one in factors))


def largest_first(
    kpi: Kpi, figures: list[PointFigure], paper: ExperimentPaper
) -> list[PointFigure]:
    """Return the base point, and the others with what moves the figure most first."""
    order = [change.difference for change in changes_of(paper.results, kpi)]
    places = {id(one): at for at, one in enumerate(order)}
    return sorted(figures, key=lambda one: places.get(id(one.difference), -1))


# The answer ----------------------------------------------------------------------------------


def answer_section(paper: ExperimentPaper) -> Section | None:
    """Return what the experiment file answers, with its figures; None where it has no answer.

    Words that the figures do not bear out are not told.
    """
    _, answer = paper._, paper.experiment.file.answer
    if not answer.text:
        return None
    broken = paper.results.broken_claims()
    if broken:
        said = _(
            "The answer in the file does not fit these figures and is not shown. What does not "
            "hold: {claims}"
        )
        blocks: tuple[Block, ...] = (Prose(said.format(claims=shown("; ".join(broken)))),)
    else:
        blocks = (Prose(shown(answer_text(paper))), *rests_on(paper))
    return Section("answer", _("The answer"), blocks)


def rests_on(paper: ExperimentPaper) -> tuple[Facts, ...]:
    """Return the inputs that the answer rests on, by mark."""
    found = paper.experiment.file.answer.rests_on
    named = [(mark, getattr(found, mark)) for mark in ("stated", "derived", "assumed")]
    pairs = tuple(
        (paper._(MARKS[mark]), shown("; ".join(inputs))) for mark, inputs in named if inputs
    )
    return (Facts(pairs),) if pairs else ()


def answer_text(paper: ExperimentPaper) -> str:
    """Write the answer with its figures; empty where the file gives none."""
    return "".join(
        part if isinstance(part, str) else mentioned(part, paper)
        for part in parts_of(paper.experiment.file.answer.text)
    )


def mentioned(mention: Mention, paper: ExperimentPaper) -> str:
    """Write a figure of an answer with its interval, or a difference in words."""
    one = paper.results.figure(mention)
    if mention.is_difference and one.difference is not None:
        return paper.difference(one)
    return paper.of_point(one).cell
