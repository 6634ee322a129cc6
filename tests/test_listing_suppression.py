"""Nothing that is written holds, or lets one work out, a number about fewer than five people."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import re
import tomllib
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowsim.cli import main
from flowsim.listing.blurring import FEWEST, OTHER, blurred, grouped, merged_classes, two_decimals
from flowsim.listing.counts import import_counts
from flowsim.listing.importing import Imported, import_list
from flowsim.report.document.writers import WRITERS

FIRST, LAST = dt.date(2022, 1, 1), dt.date(2024, 12, 31)
RARE = ("Avliden", "Flyttat utomlands", "Föräldraledig")


def made(
    counts: dict[str, int], n_going_on: int, seed: int, kommuner: dict[str, int]
) -> pd.DataFrame:
    """A list with so many ends for each reason, and so many that go on."""
    rng = np.random.default_rng(seed)
    rows = []
    for reason, n in counts.items():
        for _ in range(n):
            start = FIRST + dt.timedelta(days=int(rng.integers(0, 900)))
            stay = int(rng.integers(20, (LAST - start).days))
            rows.append((start, start + dt.timedelta(days=stay), reason))
    for _ in range(n_going_on):
        rows.append((LAST - dt.timedelta(days=int(rng.integers(1, 900))), None, ""))
    frame = pd.DataFrame(rows, columns=["Start", "Slut", "Avslutsorsak"])
    frame["Remiss"] = [start - dt.timedelta(days=int(rng.integers(1, 60))) for start in frame.Start]
    values = [name for name, n in kommuner.items() for _ in range(n)]
    frame["Kommun"] = (values * (len(frame) // max(len(values), 1) + 1))[: len(frame)]
    return frame


def found_in(frame: pd.DataFrame, kind: str = "active") -> Imported:
    return import_list(frame, kind, FIRST, LAST, language="sv", keep_duplicates=True)


def everything_written(found: Imported) -> str:
    """The scenario, and the report in all forms and both languages."""
    texts = [found.text]
    for language in ("sv", "en"):
        document = found.document(language)
        texts += [WRITERS[form](document).decode() for form in ("html", "json", "terminal")]
    return "\n".join(texts)


LISTS = [
    ({"Arbete": 60, "Studier": 20, "Avliden": 1, "Flyttat utomlands": 3}, 25),
    ({"Arbete": 60, "Avliden": 4}, 4),
    ({"Arbete": 5, "Avliden": 1}, 30),
    ({"Arbete": 40, "Studier": 5, "Avliden": 2, "Föräldraledig": 2}, 3),
    ({"Avliden": 1, "Flyttat utomlands": 1, "Föräldraledig": 1}, 40),
]


@pytest.mark.parametrize("kind", ["started", "active", "closed"])
@pytest.mark.parametrize("which", range(len(LISTS)))
def test_rare_reasons_are_nowhere(which: int, kind: str) -> None:
    counts, n_going_on = LISTS[which]
    frame = made(counts, n_going_on, which, {"Ale": 60, "Kungälv": 30, "Öckerö": 1})
    if kind == "closed":
        frame = frame[frame.Slut.notna()]
        if len(frame) < FEWEST:
            return
    found = found_in(frame, kind)
    text = everything_written(found)
    for reason in RARE:
        assert reason not in text
        assert found.text.count("avliden") == 0
    if frame.Kommun.tolist().count("Öckerö") < FEWEST:
        assert "Öckerö" not in text


@pytest.mark.parametrize("which", range(len(LISTS)))
def test_every_count_stands_for_five_people_at_least(which: int) -> None:
    """Counts of the file, and shares times any number of people that the file lets one think of."""
    counts, n_going_on = LISTS[which]
    frame = made(counts, n_going_on, which, {"Ale": 60, "Kungälv": 30, "Öckerö": 1})
    tables = tomllib.loads(found_in(frame).text)
    (step,) = tables["steps"].values()
    initial = step.get("initial", {})
    inside = initial.get("in_service", {})
    assert all(n >= FEWEST for n in inside.values())
    assert sum(inside.values()) in (0, n_going_on)
    assert initial.get("waiting", FEWEST) >= FEWEST
    n_ended = sum(counts.values())
    if len(step["next"]) > 1:
        for share in step["next"].values():
            assert share * n_ended >= FEWEST - 0.005 * n_ended - 1e-9
    for team in tables["teams"].values():
        assert team["places"] >= FEWEST
    for number in re.findall(r"about (\d+)|omkring (\d+)", found_in(frame).text):
        assert int("".join(number)) % 5 == 0


def test_one_person_a_class_leaves_no_class() -> None:
    """Four people who have been there for very different times: nothing is said of them."""
    frame = made({"Arbete": 50}, 0, 1, {"Ale": 1})
    for days in (10, 100, 300, 900):
        start = LAST - dt.timedelta(days=days)
        frame.loc[len(frame)] = [start, None, "", start, "Ale"]
    assert "in_service" not in found_in(frame).text
    frame.loc[len(frame)] = [LAST - dt.timedelta(days=500), None, "", LAST, "Ale"]
    (step,) = tomllib.loads(found_in(frame).text)["steps"].values()
    assert list(step["initial"]["in_service"].values()) == [5]


def test_the_curve_falls_by_five_people_at_least() -> None:
    frame = made({"Arbete": 60}, 20, 3, {"Ale": 1})
    (step,) = found_in(frame, "started").steps
    days = (pd.to_datetime(frame.Slut) - pd.to_datetime(frame.Start)).dt.days.dropna().to_numpy()
    knots = step.stay.curve[:, 0] * 365.25 / 12
    n_between = np.histogram(days, knots)[0]
    assert len(knots) > 3
    assert (n_between >= FEWEST).all()


def test_a_step_that_few_went_through_is_not_named() -> None:
    frame = made({"Arbete": 60}, 20, 3, {"Ale": 1})
    frame["Insats"] = ["Coachning"] * 76 + ["Hemlig insats"] * 4
    found = found_in(frame)
    text = everything_written(found)
    assert "hemlig" not in text.lower()
    assert "Steg som färre än fem personer har gått igenom." in text


def test_a_rate_after_a_change_is_not_one_of_a_few() -> None:
    """Sixty in the first year and three in the two years after it: one rate, of all of them."""
    days = [FIRST + dt.timedelta(days=6 * i) for i in range(60)]
    days += [dt.date(2023, 5, 1), dt.date(2024, 2, 1), dt.date(2024, 8, 1)]
    frame = pd.DataFrame({"Start": days})
    frame["Slut"] = [day + dt.timedelta(days=30 + i) for i, day in enumerate(days)]
    arrivals = found_in(frame, "started").steps[0].arrivals
    assert arrivals is not None
    assert not arrivals.changes
    assert arrivals.p_change < 0.001
    assert arrivals.per_year == pytest.approx(65 / 3, abs=0.5)


def test_months_with_few_people_share_their_factor() -> None:
    """Two in July, none in August: neither month can be read off."""
    days = [f"{year}-{month:02d}-{day:02d}" for year in (2022, 2023, 2024) for month in range(1, 13)
            if month not in (7, 8) for day in range(1, 15)]  # fmt: skip
    days += ["2022-07-05", "2023-07-09"]
    frame = pd.DataFrame({"Start": days})
    frame["Slut"] = pd.to_datetime(frame.Start) + pd.to_timedelta(
        np.arange(len(days)) % 90 + 5, "D"
    )
    (referral,) = found_in(frame, "started").scenario.referrals.values()
    months = referral.seasonality
    assert months is not None
    july, august, others = months[6], months[7], (*months[:6], *months[8:])
    assert july == august
    mean = len(days) / 36
    assert (
        july * mean * 3 * sum(m == july for m in months) >= FEWEST or july == 0 or len(others) == 10
    )


def test_the_terminal_tells_no_rare_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts, n_going_on = LISTS[0]
    made(counts, n_going_on, 0, {"Ale": 1}).to_csv(tmp_path / "list.csv", sep=";", index=False)
    monkeypatch.chdir(tmp_path)
    words = "flowsim import list.csv --kind active --keep-duplicates --language sv"
    monkeypatch.setattr("sys.argv", [*words.split(), "--from", f"{FIRST}", "--until", f"{LAST}"])
    out = io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
        pytest.raises(SystemExit),
    ):
        main()
    written = [path.read_text() for path in tmp_path.iterdir() if path.name != "list.csv"]
    assert len(written) == 2
    for text in (out.getvalue(), *written):
        assert not any(reason in text for reason in RARE)


def test_exits_that_were_counted_are_put_together_too() -> None:
    answers = {"year": "2024", "new": "90", "left": "85", "inside": "80", "Arbete": "60",
               "Studier": "22", "Avliden": "3"}  # fmt: skip
    found = import_counts(answers)
    assert "Avliden" not in everything_written(found)
    assert tomllib.loads(found.text)["steps"]["measure"]["next"] == {"arbete": 0.71, "other": 0.29}


# The rules themselves ---------------------------------------------------------------------------


names = st.text("abcdefgh", min_size=1, max_size=3)


@given(st.dictionaries(names, st.integers(0, 40), max_size=9))
@settings(max_examples=300, deadline=None)
def test_what_is_grouped_has_five_or_is_not_there(counts: dict[str, int]) -> None:
    result = grouped(Counter(counts))
    total = sum(counts.values())
    assert sum(result.values()) == (total if total >= FEWEST else 0)
    assert all(n >= FEWEST for n in result.values())
    for name, n in result.items():
        assert name == OTHER or counts[name] == n
    if result:
        shares = two_decimals({name: n / total for name, n in result.items()})
        assert sum(shares.values()) == pytest.approx(1)
        assert all(
            abs(shares[name] - n / total) <= 0.005 + 0.01 * len(shares)
            for name, n in result.items()
        )


@given(st.lists(st.integers(0, 12), min_size=1, max_size=16), st.integers(5, 9))
@settings(max_examples=300, deadline=None)
def test_every_class_has_five(counts: list[int], fewest: int) -> None:
    edges = list(range(len(counts) + 1))
    classes = merged_classes(counts, edges, fewest)
    assert sum(n for _, _, n in classes) == (sum(counts) if classes else 0)
    assert all(n >= fewest for _, _, n in classes)
    assert bool(classes) == (max(np.cumsum(counts)) >= fewest)
    for (_, end, _), (begin, _, _) in pairwise(classes):
        assert end == begin


@given(st.integers(0, 10**6))
def test_counts_are_blurred_to_the_nearest_five(n: int) -> None:
    assert blurred(n) % 5 == 0
    assert (blurred(n) == 0) == (n < FEWEST)
    assert n < FEWEST or abs(blurred(n) - n) <= 2.5
