"""Intervals over replications: against SciPy, textbook examples, and their own coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import flowsim
from flowsim.analysis.kpi_names import Kpi, KpiTable, Period
from flowsim.analysis.samples import Samples
from flowsim.analysis.statistics import (
    chance_interval,
    mean_interval,
    prediction_interval,
    ratio_interval,
    summary,
)


def test_mean_interval_is_students() -> None:
    values = np.random.default_rng(1).normal(5.0, 2.0, size=(12, 3))
    found = mean_interval(values)
    lower, upper = stats.t.interval(0.95, 11, values.mean(axis=0), stats.sem(values, axis=0))
    np.testing.assert_allclose(found.std_error, stats.sem(values, axis=0))
    np.testing.assert_allclose(found.lower, lower)
    np.testing.assert_allclose(found.upper, upper)


def test_missing_values_are_left_out() -> None:
    values = np.array([[1.0, np.nan, np.nan], [3.0, 4.0, np.nan], [np.nan, np.nan, np.nan]])
    found = mean_interval(values)
    assert found.n.tolist() == [2, 1, 0]
    np.testing.assert_equal(found.mean, [2.0, 4.0, np.nan])
    np.testing.assert_equal(found.std_error, [1.0, np.nan, np.nan])
    assert np.isnan(found.lower[1:]).all()


def test_jackknife_of_a_ratio_by_hand() -> None:
    above, below = np.array([4.0, 6.0, 5.0, 9.0]), np.array([2.0, 2.0, 1.0, 3.0])
    without = [(24 - a) / (8 - b) for a, b in zip(above, below, strict=True)]
    deviations = np.array(without) - np.mean(without)
    found = ratio_interval(above, below)
    assert found.mean == pytest.approx(3.0)
    assert found.std_error == pytest.approx(np.sqrt(3 / 4 * (deviations**2).sum()))
    assert found.upper - found.mean == pytest.approx(stats.t.ppf(0.975, 3) * found.std_error)


def test_ratio_over_a_constant_is_a_mean() -> None:
    above = np.random.default_rng(2).normal(10.0, 1.0, size=30)
    ratio, mean = ratio_interval(above, np.full(30, 4.0)), mean_interval(above / 4)
    for name in ("mean", "std_error", "lower", "upper"):
        assert getattr(ratio, name) == pytest.approx(getattr(mean, name))


def test_jackknife_interval_covers_the_ratio() -> None:
    """Of 2000 intervals 95 % must cover; 4 binomial standard errors are 0.02."""
    rng = np.random.default_rng(3)
    below = rng.poisson(27, size=(50, 2000)).astype(float)
    above = 2.0 * below + rng.normal(0.0, 5.0, size=below.shape)
    found = ratio_interval(above, below)
    assert np.mean((found.lower <= 2.0) & (found.upper >= 2.0)) == pytest.approx(0.95, abs=0.014)


def test_a_ratio_with_nothing_below_is_missing() -> None:
    found = ratio_interval(np.array([1.0, 2.0]), np.zeros(2))
    assert np.isnan(found.mean)
    assert np.isnan(found.std_error)


def test_few_replications_predict_by_students_t() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0])
    low, high = prediction_interval(values)
    half = stats.t.ppf(0.975, 3) * values.std(ddof=1) * np.sqrt(1.25)
    assert (low, high) == (pytest.approx(2.5 - half), pytest.approx(2.5 + half))


def test_many_replications_predict_by_quantiles() -> None:
    values = np.random.default_rng(4).poisson(3.0, size=(200, 2)).astype(float)
    values[:50, 1] = np.nan
    low, high = prediction_interval(values)
    for k, rows in enumerate((slice(0, None), slice(50, None))):
        assert low[k] == pytest.approx(np.quantile(values[rows, k], 0.025, method="weibull"))
        assert high[k] == pytest.approx(np.quantile(values[rows, k], 0.975, method="weibull"))


@pytest.mark.parametrize("n", [20, 400])
def test_prediction_interval_holds_a_new_value(n: int) -> None:
    """Of 4000 new normal values 95 % lie inside; 4 standard errors are 0.014."""
    rng = np.random.default_rng(5)
    low, high = prediction_interval(rng.normal(size=(n, 4000)))
    new = rng.normal(size=4000)
    assert np.mean((low <= new) & (new <= high)) == pytest.approx(0.95, abs=0.02)


TABLE = KpiTable(
    kpis=(
        Kpi("cost.total", "SEK", "money", by_group=False),
        Kpi("outcomes.completed", "count", "count"),
        Kpi(
            "cost.per.completed",
            "SEK",
            "ratio",
            numerator=("cost.total",),
            denominator=("outcomes.completed",),
            by_group=False,
        ),
        Kpi("step.started", "count", "count"),
        Kpi("step.wait.within_target", "share", "ratio", denominator=("step.started",)),
    ),
    periods=(Period("run", 0.0, 1.0, 1.0, False),),
    groups=("all", "age=young"),
)


def test_summary() -> None:
    values = np.full((3, 1, 2, 5), np.nan)
    values[:, 0, 0] = [
        [100.0, 2.0, 50.0, 10.0, 0.5],
        [110.0, 0.0, np.nan, 0.0, np.nan],  # nobody completed: its cost still counts
        [90.0, 4.0, 22.5, 30.0, 0.9],
    ]
    values[:, 0, 1, 1] = [1.0, 0.0, 2.0]
    samples = Samples(values.shape[1:])
    for figures in values:
        samples.append(figures)
    table = summary(TABLE, samples)
    everybody = table[table["group"] == "all"].set_index("kpi")
    assert everybody.loc["cost.total", "mean"] == 100.0
    assert everybody.loc["cost.per.completed", "mean"] == 300 / 6
    assert everybody.loc["cost.per.completed", "n"] == 2
    assert everybody.loc["step.wait.within_target", "mean"] == pytest.approx(32 / 40)
    assert everybody.loc["step.wait.within_target", "unit"] == "share"
    never_negative = ["outcomes.completed", "step.started", "cost.per.completed"]
    assert everybody.loc[never_negative, "prediction_lower"].tolist() == [0.0, 0.0, 0.0]
    young = table[table["group"] == "age=young"].set_index("kpi")
    assert "cost.total" not in young.index
    assert young.loc["outcomes.completed", "mean"] == 1.0


# Chances --------------------------------------------------------------------------------------


def test_wilsons_interval_of_a_chance() -> None:
    """The worked example of Newcombe (1998, Statistics in Medicine 17, 857-872): 81 of 263."""
    found = chance_interval(np.repeat([1.0, 0.0], [81, 263 - 81]))
    assert float(found.mean) == pytest.approx(81 / 263)
    assert round(float(found.lower), 4) == 0.2553
    assert round(float(found.upper), 4) == 0.3662


def test_a_goal_met_in_every_replication_is_not_certain() -> None:
    always, never = (chance_interval(np.full(30, value)) for value in (1.0, 0.0))
    assert (float(always.upper), float(never.lower)) == (1.0, 0.0)
    assert float(always.lower) == pytest.approx(1 - float(never.upper))
    assert 0.88 < float(always.lower) < 0.89
    alone = chance_interval(np.ones(1))
    assert np.isnan(alone.lower)
    assert np.isnan(alone.upper)


def test_goals_of_a_run_have_wilsons_interval() -> None:
    text = """
scenario.title = "Goal"
run = { start = 2025-01-01, length = "100 days", replications = 30 }
referrals.all = { to = "desk", rate = "1 per day" }
teams.team.places = 50
exits.done = "Done"
outcomes.completed = ["done"]
goals.some = { kpi = "outcomes.completed", at_least = 1 }
[steps.desk]
team = "team"
length_of_stay = "1 day"
next = { done = 1.0 }
"""
    table = flowsim.run(flowsim.loads(text)).summary().set_index("kpi")
    met = table.loc["goals.some.met"]
    expected = chance_interval(np.ones(30))
    assert (met["mean"], met["upper"]) == (1.0, 1.0)
    assert met["lower"] == float(expected.lower)


@pytest.mark.parametrize("n", [100, 101, 400])
def test_prediction_limits_that_assume_no_shape_hold_what_they_say(n: int) -> None:
    """The chance between two order statistics is known: k / (n + 1) lies below the k-th."""
    rng = np.random.default_rng(n)
    low, high = prediction_interval(rng.uniform(size=(n, 20_000)))  # the chance is high - low
    held = high - low
    assert abs(held.mean() - 0.95) < 4 * held.std() / np.sqrt(len(held))
