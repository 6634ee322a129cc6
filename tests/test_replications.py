"""Running many times: how many, in which order, and what is kept."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import flowsim
from flowsim.report.sections.question import precision
from flowsim.report.words import Words
from flowsim.study import reading
from flowsim.study.replications import extend

QUEUE = """
scenario.title = "M/M/1"
run = { start = 2025-01-01, length = "2 years" }
referrals.all = { to = "desk", rate = "3 per week" }
teams.team.places = 1
steps.desk.team = "team"
steps.desk.length_of_stay = { distribution = "exponential", mean = "1 day" }
steps.desk.next = { done = 1.0 }
exits.done = "Done"
outcomes.completed = ["done"]
observed.run."referred" = { value = 313 }
observed.2025."desk.wait.mean" = { value = 900 }
"""


@pytest.fixture(scope="module")
def results() -> flowsim.Results:
    return flowsim.run(flowsim.loads(QUEUE), replications=20, seed=5, events=True)


def test_a_replication_is_the_same_whatever_is_run_with_it(results: flowsim.Results) -> None:
    fewer = flowsim.run(flowsim.loads(QUEUE), replications=3, seed=5)
    assert np.array_equal(fewer.values, results.values[:3], equal_nan=True)
    assert np.array_equal(fewer.series_values, results.series_values[:3], equal_nan=True)


def test_kpis_are_long_and_tidy(results: flowsim.Results) -> None:
    kpis = results.kpis
    assert list(kpis.columns) == ["replication", "period", "group", "kpi", "value"]
    assert set(kpis["period"]) == {"run", "2025", "2026"}
    assert set(kpis["group"]) == {"all", "source=all"}
    rows = kpis[(kpis["kpi"] == "referred") & (kpis["group"] == "all")]
    by_year = rows[rows["period"] != "run"].groupby("replication")["value"].sum()
    whole = rows[rows["period"] == "run"].set_index("replication")["value"]
    assert (by_year == whole).all()


def test_months_add_up_to_the_run(results: flowsim.Results) -> None:
    series = results.series
    rows = series[series["kpi"] == "desk.started"]
    months = rows[rows["period"] != "run"]
    assert months["period"].nunique() == 24
    assert months["period"].astype(str).min() == "2025-01"
    whole = rows[rows["period"] == "run"].set_index("replication")["value"]
    assert (months.groupby("replication")["value"].sum() == whole).all()


def test_observed_figures_stand_beside_their_prediction_interval(
    results: flowsim.Results,
) -> None:
    observed = results.observed().set_index(["period", "kpi"])
    assert observed.loc[("run", "referred"), "inside"]
    assert not observed.loc[("2025", "desk.wait.mean"), "inside"]


def test_a_summary_covers_what_theory_says(results: flowsim.Results) -> None:
    """Arrivals are Poisson: 3 a week for 730 days, each figure within four standard errors."""
    summary = results.summary().set_index("kpi")
    referred = summary.loc["referred"]
    expected = 3 / 7 * 730
    assert abs(referred["mean"] - expected) < 4 * np.sqrt(expected / 20)
    assert referred["lower"] < referred["mean"] < referred["upper"]
    assert referred["n"] == 20


def test_events_are_those_of_simulate(results: flowsim.Results) -> None:
    plan = flowsim.compile(flowsim.loads(QUEUE))
    log = flowsim.simulate(plan, seed=5, replication=7).to_frame()
    kept = results.events
    kept = kept[kept["replication"] == 7].drop(columns="replication").reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, log)


def test_a_precision_stops_as_soon_as_it_is_reached() -> None:
    text = QUEUE.replace(
        'length = "2 years"',
        'length = "2 years", precision = { kpi = "referred", relative_half_width = 0.02 }',
    )
    results = flowsim.run(flowsim.loads(text))
    assert results.replications % 10 == 0
    assert results.replications < 5000
    referred = results.summary().set_index("kpi").loc["referred"]
    half_width = (referred["upper"] - referred["lower"]) / 2 / referred["mean"]
    assert results.reached == pytest.approx(half_width)
    assert half_width <= 0.02 / 1.02
    before = results.values[: results.replications - 10, 0, 0, 0]
    spread = before.std(ddof=1) / np.sqrt(len(before)) / before.mean()
    assert len(before) < 50 or 2 * spread > 0.02 / 1.02  # ten fewer were too few


def test_a_precision_is_not_looked_at_before_50_replications() -> None:
    """A wide one is reached at once; an interval of ten values is now and then far too narrow."""
    rule = 'length = "2 years", precision = { kpi = "referred", relative_half_width = 0.9 }'
    assert flowsim.run(flowsim.loads(QUEUE.replace('length = "2 years"', rule))).replications == 50


@pytest.mark.parametrize("kpi", ["desk.withdrew", "desk.wait.within_target"])
def test_a_figure_that_never_varies_has_no_precision(kpi: str) -> None:
    """Nobody may withdraw, and everybody starts within ten years: 500 times the same."""
    rule = f'length = "2 years", precision = {{ kpi = "{kpi}", relative_half_width = 0.05 }}'
    text = QUEUE.replace('length = "2 years"', rule) + 'steps.desk.target_wait = "10 years"\n'
    results = flowsim.run(flowsim.loads(text))
    assert results.replications == 500
    assert np.isnan(results.reached)
    assert results.manifest()["precision"]["reached"] is None
    (told,) = precision(results.precision, results, Words(results.scenario, "en"))
    assert "the same, or missing, in all 500" in told
    assert "at most 0.6% of years" in told  # 1 - 0.05^(1/500) = 0.0060
    assert "raise" not in told


def test_a_precision_that_cannot_be_reached_stops_at_its_maximum() -> None:
    text = QUEUE.replace(
        'length = "2 years"',
        'length = "2 years", precision = '
        '{ kpi = "desk.wait.mean", relative_half_width = 0.0001, max = 20 }',
    )
    results = flowsim.run(flowsim.loads(text))
    assert results.replications == 20
    assert results.reached > 0.0001


def test_a_saved_run_can_be_repeated_from_its_manifest(tmp_path: Path) -> None:
    changes = {"run.until": dt.date(2025, 12, 31), "scenario.title": 'A "title"'}
    scenario = flowsim.loads(QUEUE.replace('length = "2 years"', "until = 2026-12-31"), set=changes)
    results = flowsim.run(scenario, replications=4, seed=9, events=True)
    folder = results.save(tmp_path / "out")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    again = flowsim.run(
        flowsim.loads(manifest["scenario_text"], set=manifest["set"]),
        replications=manifest["replications"],
        seed=manifest["seed"],
        engine=manifest["engine"],
    )
    saved = pd.read_parquet(folder / "kpis.parquet")
    assert again.scenario.scenario.title == 'A "title"'
    pd.testing.assert_series_equal(saved["value"], again.kpis["value"])
    assert len(pd.read_parquet(folder / "events.parquet")) == len(results.events)


@pytest.mark.parametrize(
    ("faulty", "message"),
    [
        ({"replications": 0}, "replications: found 0"),
        ({"seed": -1}, "seed: found -1"),
        ({"engine": "fast"}, 'engine: found "fast"'),
    ],
)
def test_faulty_calls_say_what_is_allowed(faulty: dict[str, object], message: str) -> None:
    with pytest.raises(flowsim.SimulationError, match=message):
        flowsim.run(flowsim.loads(QUEUE), **faulty)  # type: ignore[arg-type]


def test_a_result_shows_itself_as_a_table_in_a_notebook(results: flowsim.Results) -> None:
    html = results._repr_html_()
    assert html.startswith("<table")
    assert "desk.wait.mean" in html


def test_an_extended_run_is_the_run_at_once(tmp_path: Path) -> None:
    scenario = flowsim.loads(QUEUE)
    folder = flowsim.run(scenario, replications=3, events=True).save(tmp_path / "out")
    some = reading.read(folder)
    more = extend(some, 7, events=True)
    at_once = flowsim.run(scenario, replications=7, events=True)
    assert some.replications == 3
    assert np.array_equal(more.values, at_once.values, equal_nan=True)
    assert np.array_equal(more.series_values, at_once.series_values, equal_nan=True)
    pd.testing.assert_frame_equal(more.events, at_once.events)
    pd.testing.assert_frame_equal(more.summary(), at_once.summary())
    with pytest.raises(flowsim.SimulationError, match="from 4 to"):
        extend(some, 3)


def test_a_folder_whose_figures_do_not_fit_is_refused(tmp_path: Path) -> None:
    folder = flowsim.run(flowsim.loads(QUEUE), replications=2).save(tmp_path / "out")
    kpis = folder / "kpis.parquet"
    whole = kpis.read_bytes()
    kpis.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(flowsim.ResultsError, match=r"kpis\.parquet: damaged"):
        reading.read(folder)
    pd.read_parquet(folder / "series.parquet").to_parquet(kpis)
    with pytest.raises(flowsim.ResultsError, match="holds other figures"):
        reading.read(folder)
    kpis.unlink()
    with pytest.raises(flowsim.ResultsError, match="is missing"):
        reading.read(folder)
