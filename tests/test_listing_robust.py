"""Whatever a list holds, it is imported or refused in words; what is written is a scenario."""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import flowsim
from flowsim.listing.importing import Imported, import_list
from flowsim.report.document.writers import WRITERS
from flowsim.scenario.positions import key_parts
from flowsim.scenario.ranges import ranges_of

FIRST, LAST = dt.date(2022, 1, 1), dt.date(2024, 12, 31)
DAYS = st.dates(dt.date(2019, 1, 1), dt.date(2026, 1, 1))
ANY_CELL = st.one_of(
    st.none(), DAYS, DAYS.map(str), st.text(max_size=12), st.integers(-10, 10**12),
    st.floats(allow_infinity=True, allow_nan=True), st.booleans(), st.just("2024-13-01"),
)  # fmt: skip
STRANGE = [
    "Arbete", "arbete ", "Work", "withdrew", "interrupted", "other", "Övrigt", "å" * 300,
    "measure", "rest", "1", '"; drop', "<b>", "a\nb", "= 3", "\u202e", "insats",
]  # fmt: skip
LABELS = st.one_of(st.sampled_from(STRANGE), st.text(max_size=6))
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(frame: pd.DataFrame, kind: str, **more: Any) -> Imported | None:
    try:
        return import_list(frame, kind, FIRST, LAST, keep_duplicates=True, **more)
    except flowsim.ScenarioError:
        return None


@given(
    st.lists(st.tuples(ANY_CELL, ANY_CELL, ANY_CELL), max_size=12),
    st.sampled_from(["started", "active", "closed"]),
)
@QUIET
def test_any_cells_are_read_or_refused(rows: list[tuple[Any, ...]], kind: str) -> None:
    frame = pd.DataFrame(rows, columns=["Start", "Slut", "Orsak"], dtype=object)
    read(frame, kind, drop=["bad-date", "end-before-start"])


@st.composite
def sensible(draw: st.DrawFn) -> pd.DataFrame:
    """A list with dates in order, of any size, and labels that nobody would think of."""
    n = draw(st.integers(1, 60))
    starts = draw(st.lists(DAYS, min_size=n, max_size=n))
    stays = draw(st.lists(st.integers(0, 900), min_size=n, max_size=n))
    waits = draw(st.lists(st.integers(0, 90), min_size=n, max_size=n))
    kinds = draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    labels = draw(st.lists(LABELS, min_size=1, max_size=4))
    steps = draw(st.lists(LABELS, min_size=1, max_size=2))
    rows = []
    for i, (start, stay, wait, what) in enumerate(zip(starts, stays, waits, kinds, strict=True)):
        end = start + dt.timedelta(days=stay) if what > 1 else None
        began = start if what > 0 else None
        referral = start - dt.timedelta(days=wait)
        rows.append((i // 2, referral, began, end, labels[i % len(labels)], steps[i % len(steps)]))
    return pd.DataFrame(rows, columns=["Id", "Remiss", "Start", "Slut", "Orsak", "Steg"])


@given(sensible(), st.sampled_from(["started", "active", "closed"]), st.sampled_from(["sv", "en"]))
@QUIET
def test_what_is_written_is_a_scenario_and_a_report(
    frame: pd.DataFrame, kind: str, language: str
) -> None:
    found = read(frame, kind, language=language)
    if found is not None:
        assert flowsim.loads(found.text).steps
        assert not [one for one in found.scenario.warnings if one.kind == "provenance"]
        WRITERS["html"](found.document("sv"))


@pytest.mark.parametrize("language", ["sv", "en"])
def test_each_range_stands_in_the_scenario(language: str) -> None:
    """About a key of the file; the largest share of each table is what the others leave."""
    start = [FIRST + dt.timedelta(days=7 * i) for i in range(140)]
    frame = pd.DataFrame({"Remiss": [day - dt.timedelta(days=20) for day in start], "Start": start})
    frame["Slut"] = [day + dt.timedelta(days=40 + 5 * (i % 50)) for i, day in enumerate(start)]
    frame["Orsak"] = [("Arbete", "Studier", "Åter")[i % 3] for i in range(140)]
    found = import_list(frame, "active", FIRST, LAST, language=language)
    tables = tomllib.loads(found.text)
    entries = tables["uncertain"]
    assert len(entries) >= 4
    assert [one.name for one in ranges_of(flowsim.loads(found.text))] == [*entries]
    for key, entry in entries.items():
        at: Any = tables
        for part in key_parts(key):
            at = at[part]
        assert at == entry["mode"]
        assert entry["why"]
        assert set(entry) == {"low", "mode", "high", "why"}
        if isinstance(at, float):
            assert entry["low"] <= at <= entry["high"]
    assert not any("95 %:" in text for text in tables["provenance"].values())
