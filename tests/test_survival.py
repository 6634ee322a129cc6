"""Kaplan-Meier and Aalen-Johansen: worked by hand, and against an independent package."""

from __future__ import annotations

from math import isnan, log, sqrt

import numpy as np
import pytest

from flowsim.analysis.survival import aalen_johansen, kaplan_meier

# Remission of leukaemia on 6-mercaptopurine [weeks]: Freireich, E. J. et al., Blood 21 (1963)
# 699-716; the first nine ended, the others were censored.
ENDED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
CENSORED_AT = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
WEEKS = ENDED + CENSORED_AT
DID_END = [True] * len(ENDED) + [False] * len(CENSORED_AT)
# KaplanMeierFitter of lifelines 0.30.3: estimate, lower and upper 95 % (log-log).
FREIREICH = {
    6: (0.857143, 0.619718, 0.951552),
    7: (0.806723, 0.563147, 0.922809),
    10: (0.752941, 0.503200, 0.889362),
    13: (0.690196, 0.431610, 0.849066),
    16: (0.627451, 0.367511, 0.804912),
    22: (0.537815, 0.267779, 0.746791),
    23: (0.448179, 0.188052, 0.680143),
}
# AalenJohansenFitter of lifelines 0.30.3, ties broken by a jitter of 1e-12.
TIMES = [1, 2, 2, 3, 4, 4, 5, 6, 7, 8, 9, 10]
CAUSES = [1, 1, 2, 0, 1, 3, 2, 1, 0, 2, 1, 0]
INCIDENCE = {
    1: [0.08333333, 0.16666667, 0.26041667, 0.26041667, 0.35416667, 0.35416667, 0.47916667],
    2: [0.0, 0.08333333, 0.08333333, 0.17708333, 0.17708333, 0.30208333, 0.30208333],
    3: [0.0, 0.0, 0.09375, 0.09375, 0.09375, 0.09375, 0.09375],
}


def test_kaplan_meier_agrees_with_lifelines() -> None:
    curve = kaplan_meier(WEEKS, DID_END)
    found = np.stack([curve.waiting, curve.lower, curve.upper], axis=1)
    assert curve.time.tolist() == list(FREIREICH)
    np.testing.assert_allclose(found, list(FREIREICH.values()), atol=5e-7)
    assert curve.n_at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert curve.median == 23


def test_greenwood_by_hand() -> None:
    """Of 4, one ends at 1; of the 3 left, one at 2 and one is censored: 3/4, then 3/4 x 2/3."""
    curve = kaplan_meier([1, 2, 2, 3], [True, True, False, False])
    np.testing.assert_allclose(curve.waiting, [3 / 4, 1 / 2])
    first, both = 1 / (4 * 3), 1 / (4 * 3) + 1 / (3 * 2)
    np.testing.assert_allclose(curve.variance, [(3 / 4) ** 2 * first, (1 / 2) ** 2 * both])
    shift = 1.959963984540054 * sqrt(both) / log(2)
    np.testing.assert_allclose(curve.upper[1], 0.5 ** np.exp(-shift))
    np.testing.assert_allclose(curve.lower[1], 0.5 ** np.exp(shift))
    assert curve.median == 2


def test_without_censoring_it_is_the_empirical_share() -> None:
    """And Greenwood's variance is the binomial one, p (1 - p) / n."""
    curve = kaplan_meier([5, 3, 3, 8, 1], [True] * 5)
    np.testing.assert_allclose(curve.waiting, [0.8, 0.4, 0.2, 0.0])
    np.testing.assert_allclose(curve.variance[:3], [0.032, 0.048, 0.032])
    assert isnan(curve.variance[3])
    assert isnan(curve.lower[3])
    assert curve.at([0, 1, 2.9, 3, 7.9, 8, 99]).tolist() == pytest.approx(
        [1, 0.8, 0.8, 0.4, 0.2, 0, 0]
    )


@pytest.mark.parametrize("n", [2, 6, 10, 14, 22, 98, 1022])
def test_the_median_is_not_missed_by_rounding(n: int) -> None:
    """Without censoring half have started at the n/2-th time, though the product may be off."""
    assert kaplan_meier(np.arange(1, n + 1), np.ones(n)).median == n / 2


def test_aalen_johansen_agrees_with_lifelines() -> None:
    curves = aalen_johansen(TIMES, CAUSES)
    assert curves.causes.tolist() == [1, 2, 3]
    assert curves.time.tolist() == [1, 2, 4, 5, 6, 8, 9]
    np.testing.assert_allclose(curves.incidence, np.transpose(list(INCIDENCE.values())), atol=5e-9)


def test_competing_risks_make_one() -> None:
    curves = aalen_johansen(TIMES, CAUSES)
    np.testing.assert_allclose(curves.incidence.sum(axis=1) + curves.waiting, 1.0)
    everything = kaplan_meier(TIMES, np.array(CAUSES) > 0)
    np.testing.assert_allclose(curves.waiting, everything.waiting)


def test_a_competing_risk_taken_as_censored_makes_too_much_of_the_others() -> None:
    """1 - Kaplan-Meier is never below the cumulative incidence (Andersen et al. 2012)."""
    curves = aalen_johansen(TIMES, CAUSES)
    alone = kaplan_meier(TIMES, np.array(CAUSES) == 1)
    assert (1 - alone.at(curves.time) >= curves.at(1, curves.time) - 1e-15).all()
    assert 1 - alone.waiting[-1] > curves.incidence[-1, 0] + 0.1


def test_curves_of_nobody() -> None:
    curve = kaplan_meier([], [])
    assert len(curve.time) == 0
    assert isnan(curve.median)
    assert curve.at([0, 5]).tolist() == [1, 1]
    nothing = aalen_johansen([3.0, 4.0], [0, 0])
    assert nothing.at(1, [5]).tolist() == [0]


def test_bad_times_are_refused() -> None:
    with pytest.raises(ValueError, match="of one length"):
        kaplan_meier([1, 2], [True])
    with pytest.raises(ValueError, match="none missing"):
        kaplan_meier([1, float("nan")], [True, True])
    with pytest.raises(ValueError, match="0 or more"):
        aalen_johansen([-1], [1])


def test_censoring_by_the_end_leaves_the_median_right() -> None:
    """Exponential waits of mean 10 cut off at uniform times: the median is 10 ln 2.

    Tolerance: 4 standard errors, Greenwood's over the density at the median.
    """
    draws = np.random.default_rng(1)
    wait, seen_for = draws.exponential(10, 20_000), draws.uniform(0, 20, 20_000)
    curve = kaplan_meier(np.minimum(wait, seen_for), wait < seen_for)
    place = int(np.searchsorted(curve.time, curve.median))
    se = sqrt(curve.variance[place]) / (0.5 / 10)
    assert curve.median == pytest.approx(10 * log(2), abs=4 * se)
    assert np.median(wait[wait < seen_for]) < 10 * log(2) - 4 * se  # those who started, alone
