"""Goals, and what was planned or observed, beside what was simulated."""

from __future__ import annotations

from flowsim.letters import shown
from flowsim.report.document.blocks import Block, Prose, Section, Table
from flowsim.report.numbers import MISSING
from flowsim.report.run_paper.paper import Paper

__all__ = ["section"]


def section(paper: Paper) -> Section:
    """Return goals, planned and observed figures; a sentence where there are none."""
    _ = paper._
    blocks: list[Block] = []
    if paper.scenario.goals:
        blocks.append(goals(paper))
    blocks += [
        compared(kind, paper) for kind in ("planned", "observed") if getattr(paper.scenario, kind)
    ]
    if not blocks:
        blocks.append(Prose(_("The scenario has no goals, and no planned or observed figures.")))
    return Section("compared", _("Goals, plan and outcome"), tuple(blocks))


def goals(paper: Paper) -> Table:
    """Return the goals with value and chance."""
    _ = paper._
    rows = []
    for goal, declared in paper.scenario.goals.items():
        kpi = f"goals.{goal}"
        one, met = paper.estimate(kpi), paper.estimate(f"{kpi}.met")
        about = declared.kpi or kpi
        limits = [
            text.format(value=paper.value(about, limit, one.unit))
            for text, limit in (
                (_("at least {value}"), declared.at_least),
                (_("at most {value}"), declared.at_most),
            )
            if limit is not None
        ]
        rows.append(
            (
                paper.label(goal, "goals"),
                ", ".join(limits),
                paper.value(about, one.mean, one.unit),
                paper.between(about, one.low, one.high, one.unit),
                paper.percent(met.mean),
            )
        )
    heads = (
        _("Goal"),
        _("Limit"),
        _("Simulated, on average"),
        _("One course of events"),
        _("Chance that it is met"),
    )
    return Table(_("Goals and the chance that they are met"), heads, tuple(rows), "lrrrr")


def compared(kind: str, paper: Paper) -> Table:
    """Return the planned or observed figures beside the simulated ones."""
    _ = paper._
    captions = {
        "planned": (_("The plan beside what is simulated"), _("Plan")),
        "observed": (_("What was observed beside what is simulated"), _("Observed")),
    }
    caption, head = captions[kind]
    table = paper.results.planned() if kind == "planned" else paper.results.observed()
    rows = []
    for row in table.itertuples():
        period = _("whole run") if row.period == "run" else row.period
        given = paper.value(row.kpi, getattr(row, kind), row.unit)
        between = paper.between(row.kpi, row.low, row.high, row.unit)
        spread = f" ({between})" if "–" in between else ""
        known = row.inside is not None
        rows.append(
            (
                f"{paper.kpi(row.kpi)}, {period}\n{shown(row.source)}",
                given + spread,
                paper.value(row.kpi, row.mean, row.unit),
                paper.between(row.kpi, row.prediction_lower, row.prediction_upper, row.unit),
                (_("yes") if row.inside else _("no")) if known else MISSING,
            )
        )
    heads = (
        _("Figure"),
        head,
        _("Simulated, on average"),
        _("One course of events"),
        _("Within"),
    )
    note = _("Within: whether the figure lies where 95 of 100 simulated courses of events do.")
    return Table(caption, heads, tuple(rows), "lrrrl", note)
