"""What `flowsim verify` found, in words."""

from __future__ import annotations

from collections.abc import Callable

from flowsim.language import N_, catalogue
from flowsim.study.verifying.differences import Comparison, Difference
from flowsim.study.verifying.verification import Verification

Translate = Callable[[str], str]
TABLES = {
    "kpis": N_("kpis.parquet: {n} of {all} figures differ{by}"),
    "series": N_("series.parquet: {n} of {all} monthly figures differ{by}"),
    "events": N_("events.parquet: {n} of {all} events differ"),
    "unknown": N_("unknown.parquet: {n} of {all} figures differ{by}"),
}
FILES = {"parts": "parts"}  # others are named after their table
PLACES = {
    "replication": N_("replication"),
    "period": N_("period"),
    "group": N_("group"),
    "kpi": N_("figure"),
    "row": N_("row"),
    "column": N_("column"),
    "scenario": N_("scenario"),
    "option": N_("option"),
    "point": N_("point"),
    "step": N_("step"),
    "month": N_("month"),
    "part": N_("column"),
    "series": N_("series"),
    "measure": N_("measure"),
    "at": N_("number"),
}


def lines(verification: Verification) -> list[str]:
    """Describe what repeating a run gave: a verdict, what differs, and what may be the cause.

    Values are written in full, as Python writes them, so that two that look alike are alike.
    """
    _ = catalogue(verification.language).gettext
    told = [_verdict(verification, _)]
    for comparison in verification.comparisons:
        if comparison.n_different:
            told += _comparison(comparison, _)
    return told + _causes(verification, _)


def _verdict(verification: Verification, _: Translate) -> str:
    if not verification.is_identical:
        different = _("different: {folder} cannot be repeated to the bit")
        return different.format(folder=verification.folder)
    events = [one.n_compared for one in verification.comparisons if one.table == "events"]
    return (
        _("identical: {figures} figures and {events} events of {replications} replications")
        if events
        else _("identical: {figures} figures of {replications} replications")
    ).format(
        figures=verification.n_figures,
        events=sum(events),
        replications=verification.replications,
    )


def _comparison(comparison: Comparison, _: Translate) -> list[str]:
    by = (
        ""
        if comparison.largest is None
        else _(", by at most {largest} of their size").format(largest=_size(comparison.largest))
    )
    figures = N_("{file}: {n} of {all} figures differ{by}")
    counted = _(TABLES.get(comparison.table, figures)).format(
        file=FILES.get(comparison.table, f"{comparison.table}.parquet"),
        n=comparison.n_different,
        all=comparison.n_compared,
        by=by,
    )
    return [counted] if comparison.first is None else [counted, _first(comparison.first, _)]


def _size(largest: float) -> str:
    """Write a relative difference.

    Examples
    --------
    >>> _size(0.25), _size(1.5e-16)
    ('0.25', '1.5e-16')
    """
    return f"{largest:.2g}"


def _first(difference: Difference, _: Translate) -> str:
    place = ", ".join(f"{_(PLACES[what])} {which}" for what, which in difference.place)
    kept, repeated = (_shown(value, _) for value in (difference.kept, difference.repeated))
    return _("  first: {place}: {kept} in the folder, {repeated} now").format(
        place=place, kept=kept, repeated=repeated
    )


def _shown(value: object, _: Translate) -> str:
    if value is None:
        return _("no such row")
    if isinstance(value, float) and value != value:
        return _("missing")
    return str(value)


def _causes(verification: Verification, _: Translate) -> list[str]:
    changes = [
        _("{name}: {then} in the manifest, {now} now").format(
            name=change.name, then=change.then, now=change.now
        )
        for change in verification.changes
    ]
    if not verification.is_unchanged:
        changes.insert(
            0,
            _(
                "manifest.json has been changed by hand: its hash is not that of its "
                "scenario, settings, lists, seed and engine"
            ),
        )
    if not changes and not verification.is_identical:
        return [_("flowsim, Python and the libraries are those of the manifest")]
    return changes
