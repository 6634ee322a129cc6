"""What is fitted to a list is right, where the plain ways are wrong."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import special, stats

import flowsim
from flowsim.analysis.survival import kaplan_meier
from flowsim.listing.arrivals import Arrivals, arrivals_in
from flowsim.listing.flows import (
    Inside,
    capacity_of,
    inside_today,
    waiting_of,
    with_the_earlier,
)
from flowsim.listing.people import Listed, Window
from flowsim.listing.stays import FAMILIES, Fit, StayFit, Stays, fit_stays, log_likelihood, stays_of

Floats = NDArray[np.float64]
FIRST, LAST = dt.date(2022, 1, 1), dt.date(2024, 12, 31)
MEAN, SIGMA = 335.0, 0.7
MEDIAN = MEAN * math.exp(-(SIGMA**2) / 2)
MONTH = 365.25 / 12


def lognormal(rng: np.random.Generator, n: int) -> Floats:
    return np.exp(math.log(MEDIAN) + SIGMA * rng.standard_normal(n))


def list_of(kind: str, starts: Floats, stays: Floats, referrals: Floats | None = None) -> Listed:
    """The rows that a list of this kind would have of people who started and stayed so long."""
    window = Window(kind, FIRST, LAST)
    start, end = np.floor(starts), np.floor(starts + stays)
    within = {
        "started": (start >= window.begin) & (start < window.end),
        "active": (start < window.end) & (end >= window.begin),
        "closed": (end >= window.begin) & (end < window.end),
    }[kind]
    start, end = start[within], end[within]
    end = np.where(end >= window.end, np.nan, end)
    n = len(start)
    known = np.full(n, np.nan) if referrals is None else np.floor(referrals[within])
    has = frozenset() if referrals is None else frozenset({"referral"})
    return Listed(
        window, np.arange(n), known, start, end, ("",) * n, ("",) * n, {}, has, (), (), 0, {}
    )


def history(rng: np.random.Generator, per_year: float = 90.0, before: float = 12.0) -> Floats:
    """When people start, from so many years before the window on, evenly."""
    window = Window("active", FIRST, LAST)
    n = rng.poisson(per_year * (before + window.years))
    return window.begin + rng.uniform(-before * 365.25, window.end - window.begin, n)


def fitted(found: Listed) -> StayFit:
    return fit_stays(stays_of(found, np.ones(len(found), bool)), found.window)


# One list ---------------------------------------------------------------------------------------


def test_180_rows_with_25_unfinished_tell_the_mean_that_the_ended_ones_do_not() -> None:
    """The naive mean misses by more than three of its own standard errors; ours does not.

    Rows are drawn until exactly 25 of 180 go on at the end, so that no seed is looked for.
    """
    rng = np.random.default_rng(1)
    window = Window("started", FIRST, LAST)
    while True:
        starts = window.begin + rng.uniform(0, window.end - window.begin, 180)
        stays = lognormal(rng, 180) * 0.6
        found = list_of("started", starts, stays)
        if int(np.isnan(found.end).sum()) == 25:
            break
    stay, true = fitted(found), MEAN * 0.6
    assert stay.best is not None
    low, high = stay.mean_range
    assert low < true < high
    assert abs(math.log(stay.best.mean / true)) < 2 * stay.best.error
    ended = (found.end - found.start)[~np.isnan(found.end)]
    error = float(ended.std(ddof=1) / math.sqrt(len(ended)))
    assert stay.naive == pytest.approx(np.maximum(ended, 0.5).mean())
    assert true - stay.naive > 2 * error


@pytest.mark.parametrize("kind", ["started", "active", "closed"])
def test_intervals_hold_the_true_mean_as_often_as_they_say(kind: str) -> None:
    """Of 60 lists at least 51 (a binomial of 0.95 has fewer once in 1,000), for each kind."""
    rng = np.random.default_rng(2)
    n_held, ratios = 0, []
    for _ in range(60):
        starts = history(rng)
        stay = fitted(list_of(kind, starts, lognormal(rng, len(starts))))
        assert stay.best is not None
        low, high = stay.mean_range
        n_held += low <= MEAN <= high
        ratios.append(math.log(stay.best.mean / MEAN))
    assert n_held >= stats.binom(60, 0.95).ppf(0.001)
    assert abs(np.mean(ratios)) < 4 * np.std(ratios, ddof=1) / math.sqrt(60)


def test_a_list_of_the_active_makes_the_plain_ways_too_long() -> None:
    """By more than four standard errors over 30 lists; with late entry the curve is right."""
    rng = np.random.default_rng(3)
    plain, ours, naive = [], [], []
    for _ in range(30):
        starts = history(rng)
        stay = fitted(list_of("active", starts, lognormal(rng, len(starts))))
        plain.append(stay.plain_median - MEDIAN)
        ours.append(stay.median - MEDIAN)
        naive.append(stay.naive)

    def scores(x: list[float]) -> float:
        return float(np.mean(x) / (np.std(x, ddof=1) / math.sqrt(len(x))))

    assert scores(plain) > 4
    assert abs(scores(ours)) < 4


@pytest.mark.parametrize(("kind", "sign"), [("started", -1), ("closed", -1)])
def test_a_young_measure_makes_the_mean_of_the_ended_too_short(kind: str, sign: int) -> None:
    """A measure that began with the window: nobody can have stayed longer than it exists."""
    rng = np.random.default_rng(4)
    naive, ours = [], []
    for _ in range(30):
        starts = history(rng, before=0.0)
        stay = fitted(list_of(kind, starts, lognormal(rng, len(starts))))
        naive.append(stay.naive)
        if stay.best is not None:
            ours.append(math.log(stay.best.mean / MEAN))
    error = np.std(naive, ddof=1) / math.sqrt(len(naive))
    assert sign * (np.mean(naive) - MEAN) > 6 * error
    assert len(ours) >= 20
    assert abs(np.mean(ours)) < 4 * np.std(ours, ddof=1) / math.sqrt(len(ours))


def test_too_short_a_list_keeps_the_default() -> None:
    rng = np.random.default_rng(5)
    window = Window("started", FIRST, LAST)
    found = list_of("started", window.begin + np.arange(29.0) * 9, lognormal(rng, 29))
    stay = fitted(found)
    assert (stay.best, stay.why_not) == (None, "few")


def test_a_flat_list_of_the_closed_tells_no_mean() -> None:
    """Lengths that are even over all that could be listed: any long stay would look so."""
    rng = np.random.default_rng(13)
    window = Window("closed", FIRST, LAST)
    starts = window.begin + rng.uniform(0, 900, 120)
    stays = rng.uniform(0, 1, 120) * (window.end - starts)
    stay = fitted(list_of("closed", starts, stays))
    assert (stay.best, stay.why_not) == (None, "untold")


# Against others ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("lognormal", lambda scale, shape: stats.lognorm(shape, scale=scale)),
        ("gamma", lambda scale, shape: stats.gamma(shape, scale=scale / shape)),
        ("weibull", lambda scale, shape: stats.weibull_min(shape, scale=scale)),
        ("exponential", lambda scale, shape: stats.expon(scale=scale)),
    ],
)
def test_families_are_those_of_scipy(name: str, twin: Callable[[float, float], object]) -> None:
    family = next(one for one in FAMILIES if one.name == name)
    t = np.array([0.5, 3.0, 40.0, 300.0, 900.0])
    for scale, shape in ((30.0, 0.7), (400.0, 1.0), (400.0, 2.5)):
        of = twin(scale, shape)
        assert family.logpdf(t, scale, shape) == pytest.approx(of.logpdf(t), rel=1e-9)  # type: ignore[attr-defined]
        assert family.logsf(t, scale, shape) == pytest.approx(of.logsf(t), rel=1e-7)  # type: ignore[attr-defined]
        mean, cv = family.moments(scale, shape)
        assert (mean, cv) == pytest.approx((of.mean(), of.std() / of.mean()), rel=1e-9)  # type: ignore[attr-defined]


def test_the_fit_of_a_list_of_the_started_is_that_of_scipy() -> None:
    rng = np.random.default_rng(6)
    starts = history(rng, before=0.0)
    found = list_of("started", starts, lognormal(rng, len(starts)))
    stays = stays_of(found, np.ones(len(found), bool))
    data = stats.CensoredData.right_censored(stays.seen, ~stays.ended)
    sigma, _, scale = stats.lognorm.fit(data, floc=0)
    fit = next(one for one in fitted(found).fits if one.family == "lognormal")
    assert np.exp(fit.theta) == pytest.approx((scale, sigma), rel=1e-3)


def test_the_curve_of_a_list_of_the_started_is_that_of_scipy() -> None:
    rng = np.random.default_rng(7)
    starts = history(rng, before=0.0)
    found = list_of("started", starts, lognormal(rng, len(starts)))
    stays = stays_of(found, np.ones(len(found), bool))
    theirs = stats.ecdf(stats.CensoredData.right_censored(stays.seen, ~stays.ended)).sf
    for month, share in fitted(found).curve[1:]:
        assert share == pytest.approx(float(theirs.evaluate(month * MONTH)), abs=0.0051)


def test_late_entries_are_at_risk_from_when_they_enter() -> None:
    """Worked out by hand: at 2 one of {2, 5} leaves, at 5 one of {5, 7}, at 7 the last one."""
    curve = kaplan_meier([2, 5, 7], [True, True, True], [0, 1, 4])
    assert curve.n_at_risk.tolist() == [2, 2, 1]
    assert curve.waiting.tolist() == [0.5, 0.25, 0.0]
    with pytest.raises(ValueError, match="who entered"):
        kaplan_meier([2.0], [True], [3.0])


def test_the_likelihood_of_one_stay_of_each_kind() -> None:
    """Exponential with mean 10, by hand: f / S, and f over what lies between."""
    family = next(one for one in FAMILIES if one.name == "exponential")
    stays = Stays(
        np.array([5.0, 5.0, 5.0]), np.array([True, False, True]), np.array([0.0, 2.0, 2.0]),
        np.array([math.inf, math.inf, 8.0]),
    )  # fmt: skip
    each = [
        math.log(0.1) - 0.5,
        -0.5 + 0.2,
        math.log(0.1) - 0.5 - math.log(math.exp(-0.2) - math.exp(-0.8)),
    ]
    theta = np.array([math.log(10.0)])
    assert log_likelihood(family, theta, stays, np.ones(3)) == pytest.approx(sum(each))


# Who comes --------------------------------------------------------------------------------------


def come(rate: Callable[[dt.date], float], rng: np.random.Generator) -> Arrivals:
    """Those who come at a rate a day, by the day."""
    window = Window("active", FIRST, LAST)
    days = [FIRST + dt.timedelta(days=d) for d in range(int(window.end - window.begin))]
    counts = rng.poisson([rate(day) for day in days])
    at = np.repeat(window.begin + np.arange(len(days)), counts)
    return arrivals_in(at.astype(float), window, None, "referral")


def test_an_even_rate_has_no_months_and_no_change() -> None:
    """Each test errs once in a hundred; of 40 lists more than 4 err once in 10,000 sets."""
    rng = np.random.default_rng(8)
    found = [come(lambda day: 120 / 365.25, rng) for _ in range(40)]
    assert sum(bool(one.months) for one in found) <= 4
    assert sum(bool(one.changes) for one in found) <= 4
    held = sum(one.range[0] <= 120 <= one.range[1] for one in found)
    assert held >= stats.binom(40, 0.95).ppf(0.001)


def test_an_empty_july_is_seen() -> None:
    rng = np.random.default_rng(9)
    found = come(lambda day: (0.1 if day.month == 7 else 1.0) * 200 / 365.25, rng)
    assert found.p_months < 0.001
    assert found.months[6] < 0.4
    assert min(found.months[:6] + found.months[7:]) > 0.5
    assert not found.changes


def test_a_doubled_rate_is_dated() -> None:
    """The largest likelihood finds the day to within a few arrivals; a month here."""
    rng = np.random.default_rng(10)
    change = dt.date(2023, 7, 1)
    found = come(lambda day: (80 if day < change else 160) / 365.25, rng)
    assert len(found.changes) == 1
    day, before, after = found.changes[0]
    assert abs((day - change).days) <= 62
    assert before == pytest.approx(80, abs=4 * math.sqrt(80 * 1.5) / 1.5)
    assert after == pytest.approx(160, abs=4 * math.sqrt(160 * 1.5) / 1.5)
    assert found.per_year == after


def test_jeffreys_interval_of_a_rate_is_that_of_the_gamma() -> None:
    window = Window("active", FIRST, LAST)
    days = window.begin + np.linspace(0, 1095, 60)
    found = arrivals_in(days, window, None, "referral")
    years = window.years
    low, high = (float(special.gammaincinv(60.5, p)) / years for p in (0.025, 0.975))
    assert found.range == pytest.approx((low, high), rel=0.03)  # two digits
    assert found.per_year == pytest.approx(60 / years, rel=0.03)


# Waits and places -------------------------------------------------------------------------------


def test_patience_is_the_time_waited_over_those_who_gave_up() -> None:
    """Exponential patience of 200 days against exponential waits of 50."""
    rng = np.random.default_rng(11)
    n = 600
    window = Window("active", FIRST, LAST)
    referral = np.floor(window.begin + rng.uniform(0, 900, n))
    wait, patience = rng.exponential(50, n), rng.exponential(200, n)
    gave_up = patience < wait
    start = np.where(gave_up, np.nan, np.floor(referral + wait))
    end = np.where(gave_up, np.floor(referral + patience), np.nan)
    found = Listed(
        window, np.arange(n), referral, start, end, ("",) * n, ("",) * n, {},
        frozenset({"referral"}), (), (), 0, {},
    )  # fmt: skip
    waiting = waiting_of(found, np.ones(n, bool))
    n_gave_up = int(gave_up.sum())
    assert waiting.patience == pytest.approx(200, rel=4 / math.sqrt(n_gave_up) + 0.02)
    assert waiting.patience_range[0] < 200 < waiting.patience_range[1]


def test_places_are_the_95_percent_quantile_and_not_the_most() -> None:
    """Twenty inside on all days but for three, on which thirty are."""
    window = Window("active", FIRST, LAST)
    start = np.concatenate([np.full(20, window.begin - 9), np.full(10, window.begin + 50)])
    end = np.concatenate([np.full(20, np.nan), np.full(10, window.begin + 53)])
    found = Listed(
        window, np.arange(30), np.full(30, np.nan), start, end, ("",) * 30, ("",) * 30, {},
        frozenset(), (), (), 0, {},
    )  # fmt: skip
    assert capacity_of(found, np.ones(30, bool), 100.0, 20.0).places == 20


def test_who_is_inside_comes_by_the_time_there() -> None:
    window = Window("active", FIRST, LAST)
    months = np.array([0.5] * 7 + [1.5] * 5 + [5.0] * 3 + [7.0] * 6 + [30.0] * 2)
    start = window.end - months * MONTH
    n = len(months)
    found = Listed(
        window, np.arange(n), np.full(n, np.nan), start, np.full(n, np.nan), ("",) * n,
        ("",) * n, {}, frozenset(), (), (), 0, {},
    )  # fmt: skip
    assert inside_today(found, np.ones(n, bool)).classes == ((0, 1, 7), (1, 2, 5), (2, 9, 11))


def test_who_began_before_a_list_of_the_started_is_expected_by_rate_and_stay() -> None:
    """One a day, exponential with mean 800: of those of day x before, exp(-x / 800) are there."""
    fit = Fit("exponential", 800.0, 1.0, (700.0, 900.0), (1.0, 1.0), 0.0, 0.1, (math.log(800.0),))
    inside = with_the_earlier(Inside(((0, 12, 200), (12, 36, 90))), 1.0, fit, 1000.0)
    expected = [
        800 * (math.exp(-a / 800) - math.exp(-b / 800))
        for a, b in ((1000, 1500), (1500, 2000), (2000, 4000))
    ]
    assert [n for _, _, n in inside.classes[2:]] == [5 * round(n / 5) for n in expected]
    assert [times[:2] for times in inside.classes] == [
        (0, 12),
        (12, 33),
        (33, 49),
        (49, 66),
        (66, 131),
    ]
    assert inside.has_earlier
    assert with_the_earlier(inside, 1.0, None, 1000.0) == inside


def test_a_frame_tells_what_its_file_does() -> None:
    """180 rows through the door, and the scenario that comes of it is checked and runs."""
    rng = np.random.default_rng(12)
    window = Window("started", FIRST, LAST)
    starts = np.floor(window.begin + rng.uniform(0, 1000, 180))
    ends = np.floor(starts + lognormal(rng, 180) * 0.6)

    def date(day: float) -> str:
        return "" if day >= window.end else dt.date.fromordinal(int(day)).isoformat()

    frame = pd.DataFrame(
        {
            "Startdatum": [date(day) for day in starts],
            "Slutdatum": [date(day) for day in ends],
            "Avslutsorsak": rng.choice(["Arbete", "Studier", "Annat"], 180, p=[0.3, 0.2, 0.5]),
        }
    )
    found = flowsim.import_list(frame, "started", FIRST, LAST, title="Test")
    step = found.scenario.steps["measure"]
    assert step.length_of_stay.mean == pytest.approx(MEAN * 0.6, rel=0.3)
    assert found.scenario.referrals["to_measure"].rate * 365.25 == pytest.approx(60, rel=0.1)
    results = flowsim.run(found.scenario, replications=2)
    assert results.summary() is not None
