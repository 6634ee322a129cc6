"""What `flowsim verify` found, in words, in the two languages a report can have."""

from __future__ import annotations

from flowsim.study.comparison.differences import Comparison, Difference
from flowsim.study.verifying import Verification

ENGLISH = {
    "identical": "identical: {figures} figures of {replications} replications",
    "identical_events": "identical: {figures} figures and {events} events "
    "of {replications} replications",
    "different": "different: {folder} cannot be repeated to the bit",
    "kpis": "kpis.parquet: {n} of {all} figures differ{by}",
    "series": "series.parquet: {n} of {all} monthly figures differ{by}",
    "events": "events.parquet: {n} of {all} events differ",
    "by": ", by at most {largest} of their size",
    "first": "  first: {place}: {kept} in the folder, {repeated} now",
    "replication": "replication",
    "period": "period",
    "group": "group",
    "kpi": "figure",
    "row": "row",
    "column": "column",
    "no_row": "no such row",
    "missing": "missing",
    "changed": "manifest.json has been changed by hand: its hash is not that of its scenario, "
    "settings, lists, seed and engine",
    "another": "{name}: {then} in the manifest, {now} now",
    "nothing_else": "flowsim, Python and the libraries are those of the manifest",
}

SWEDISH = {
    "identical": "identiskt: {figures} mått i {replications} replikationer",
    "identical_events": "identiskt: {figures} mått och {events} händelser "
    "i {replications} replikationer",
    "different": "olika: {folder} kan inte upprepas exakt",
    "kpis": "kpis.parquet: {n} av {all} mått skiljer sig{by}",
    "series": "series.parquet: {n} av {all} månadsmått skiljer sig{by}",
    "events": "events.parquet: {n} av {all} händelser skiljer sig",
    "by": ", med som mest {largest} av sin storlek",
    "first": "  först: {place}: {kept} i mappen, {repeated} nu",
    "replication": "replikation",
    "period": "period",
    "group": "grupp",
    "kpi": "mått",
    "row": "rad",
    "column": "kolumn",
    "no_row": "ingen sådan rad",
    "missing": "saknas",
    "changed": "manifest.json har ändrats för hand: dess hash är inte den som scenariot, "
    "inställningarna, listorna, fröet och motorn ger",
    "another": "{name}: {then} i manifestet, {now} nu",
    "nothing_else": "flowsim, Python och biblioteken är desamma som i manifestet",
}

LANGUAGES = {"en": ENGLISH, "sv": SWEDISH}


def lines(verification: Verification) -> list[str]:
    """Tell what repeating a run gave: a verdict, what differs, and what may be the cause.

    Values are written in full, as Python writes them, so that two that look alike are alike.
    """
    language = verification.record.scenario.scenario.language
    known = LANGUAGES[language]
    told = [_verdict(verification, known)]
    for comparison in verification.comparisons:
        if comparison.n_different:
            told += _comparison(comparison, known)
    return told + _causes(verification, known)


def _verdict(verification: Verification, known: dict[str, str]) -> str:
    record = verification.record
    if not verification.is_identical:
        return known["different"].format(folder=record.folder)
    events = [one.n_compared for one in verification.comparisons if one.table == "events"]
    return known["identical_events" if events else "identical"].format(
        figures=verification.n_figures,
        events=sum(events),
        replications=record.replications,
    )


def _comparison(comparison: Comparison, known: dict[str, str]) -> list[str]:
    by = "" if comparison.largest is None else known["by"].format(largest=_size(comparison.largest))
    counted = known[comparison.table].format(
        n=comparison.n_different, all=comparison.n_compared, by=by
    )
    return [counted] if comparison.first is None else [counted, _first(comparison.first, known)]


def _size(largest: float) -> str:
    """Write a relative difference.

    Examples
    --------
    >>> _size(0.25), _size(1.5e-16)
    ('0.25', '1.5e-16')
    """
    return f"{largest:.2g}"


def _first(difference: Difference, known: dict[str, str]) -> str:
    place = ", ".join(f"{known[what]} {which}" for what, which in difference.place)
    kept, repeated = (_shown(value, known) for value in (difference.kept, difference.repeated))
    return known["first"].format(place=place, kept=kept, repeated=repeated)


def _shown(value: object, known: dict[str, str]) -> str:
    if value is None:
        return known["no_row"]
    if isinstance(value, float) and value != value:
        return known["missing"]
    return str(value)


def _causes(verification: Verification, known: dict[str, str]) -> list[str]:
    record = verification.record
    changes = [
        known["another"].format(name=change.name, then=change.then, now=change.now)
        for change in record.changes()
    ]
    if not record.is_unchanged:
        changes.insert(0, known["changed"])
    if not changes and not verification.is_identical:
        return [known["nothing_else"]]
    return changes
