"""Ranking and selection on options whose truth is known: are the stated confidences kept?

Each test repeats a whole selection many times (macro-replications) and counts right answers. The
seeds are fixed; a count is compared with its nominal probability less 4 standard errors of a
binomial share, which a procedure that keeps its promise falls below in 3 cases of 100 000.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, sqrt

import numpy as np
import pytest
from numpy.typing import NDArray

from flowsim.analysis.comparison import Sample
from flowsim.analysis.feasibility import Limit, Verdict, binomial_bounds, judge, looks
from flowsim.analysis.screening import compared
from flowsim.analysis.selection import (
    Answer,
    Drawn,
    Selection,
    Task,
    select,
    share_that_keeps_all,
)
from flowsim.errors import ResultsError

Floats = NDArray[np.float64]
MACRO = 400


def least(nominal: float, n: int = MACRO) -> int:
    """The fewest right answers that go with the nominal probability."""
    return ceil(n * nominal - 4 * sqrt(n * nominal * (1 - nominal)))


def normal(means: Floats, n: int, seed: int, shared: float) -> Floats:
    """Normal values (n_options, n) with variance 1, of which a share is luck of all options."""
    draws = np.random.default_rng(seed)
    own = draws.normal(size=(len(means), n))
    return means[:, None] + sqrt(shared) * draws.normal(size=n) + sqrt(1 - shared) * own


def ranked(task: Task, values: Floats) -> Selection:
    return select(task, lambda option, n: Drawn(Sample(values[option, :n])))


@pytest.mark.proof
@pytest.mark.parametrize("shared", [0.0, 0.8])
def test_the_best_of_twenty_is_found_as_often_as_promised(shared: float) -> None:
    """The hardest case: all others are worse by exactly the indifference zone."""
    means = np.array([0.5] * 7 + [0.0] + [0.5] * 12)
    task = Task(20, confidence=0.95, indifference=0.5, n_first=20, most=1280)
    found = [ranked(task, normal(means, task.most, seed, shared)) for seed in range(MACRO)]
    assert sum(one.chosen == (7,) for one in found) >= least(0.95)
    assert all(one.answer is Answer.FOUND for one in found)


def test_shared_luck_needs_fewer_replications() -> None:
    means = np.array([0.5] * 19 + [0.0])
    task = Task(20, confidence=0.95, indifference=0.5, n_first=20, most=2560)
    needed = [
        sum(
            standing.n
            for seed in range(20)
            for standing in ranked(task, normal(means, task.most, seed, shared)).standings
        )
        for shared in (0.0, 0.8)
    ]
    assert needed[1] < 0.5 * needed[0]


@pytest.mark.parametrize("error", [0.05, 0.2])
def test_two_options_are_confused_as_often_as_the_boundary_says(error: float) -> None:
    """At the indifference zone itself the bound is nearly reached, so that it is no mere excess."""
    task = Task(2, confidence=1 - error, indifference=0.3, n_first=10, most=2560)
    means = np.array([0.0, 0.3])
    wrong = 0
    for seed in range(4 * MACRO):
        found = ranked(task, normal(means, task.most, seed, 0.0))
        wrong += found.chosen != (0,)
    n = 4 * MACRO
    assert wrong <= n - least(1 - error, n)
    assert wrong >= 0.3 * n * error


def test_ratios_of_means_are_ranked_by_the_ratio_of_the_means() -> None:
    """Cost per exit 2.0 and 2.4; the mean of the ratios would put them the other way round."""
    draws = np.random.default_rng(3)
    below = draws.choice([1.0, 9.0], size=2000)
    even = draws.normal(10.0, 0.1, size=2000)
    options = [
        Sample(10.0 / below, np.full(2000, 10.0), below),
        Sample(even / 4.2, even, 0 * even + 4.2),
    ]
    assert options[0].values.mean() > options[1].values.mean()
    task = Task(2, indifference=0.1, n_first=50, most=2000)

    def draw(option: int, n: int) -> Drawn:
        one = options[option]
        assert one.above is not None
        assert one.below is not None
        return Drawn(Sample(one.values[:n], one.above[:n], one.below[:n]))

    assert select(task, draw).chosen == (0,)


# Limits


def limited(task: Task, values: Floats) -> Selection:
    return select(task, lambda option, n: Drawn(None, (Sample(values[option, :n]),)))


def test_no_limit_is_misjudged_more_often_than_promised() -> None:
    """Ten options near their limit, at confidence 0.8: any wrong declaration is an error."""
    means = np.array([-0.1, 0.1] * 5)
    limit = Limit(0.0, at_least=False)
    task = Task(10, (limit,), scores=tuple(range(10)), confidence=0.8, n_first=20, most=640)
    right = 0
    for seed in range(MACRO):
        found = limited(task, normal(means, task.most, seed, 0.5))
        wrong = [
            (one.verdict is Verdict.KEPT) != (mean <= 0)
            for one, mean in zip(found.standings, means, strict=True)
            if one.verdict is not Verdict.OPEN
        ]
        right += not any(wrong)
    assert right >= least(0.8)


def test_a_limit_exactly_at_the_mean_is_rarely_declared() -> None:
    """Six looks share the error of one: a mean at its limit is declared in 5 of 100 at most."""
    task = Task(
        1, (Limit(0.0, at_least=True),), scores=(0.0,), confidence=0.95, n_first=20, most=640
    )
    declared = sum(
        limited(task, normal(np.zeros(1), task.most, seed, 0.0)).standings[0].verdict
        is Verdict.KEPT
        for seed in range(MACRO)
    )
    assert len(task.looks) == 6
    assert declared <= MACRO - least(0.95)


def test_a_share_of_the_replications_at_its_limit_is_rarely_declared() -> None:
    limit = Limit(0.0, at_least=True, share=0.5)
    task = Task(1, (limit,), scores=(0.0,), confidence=0.95, n_first=20, most=640)
    declared = sum(
        limited(task, normal(np.zeros(1), task.most, seed, 0.0)).standings[0].verdict
        is Verdict.KEPT
        for seed in range(MACRO)
    )
    assert declared <= MACRO - least(0.95)


def test_the_fewest_that_keep_a_limit_are_found() -> None:
    """Waits fall by 1 for each coach; at most 12.5 is kept from option 4 (12.0) on."""
    means = 16.0 - np.arange(10.0)
    limit = Limit(12.5, at_least=False)
    task = Task(10, (limit,), scores=tuple(range(10)), n_first=50, most=800)
    found = [limited(task, normal(means, task.most, seed, 0.5)) for seed in range(100)]
    assert sum(one.chosen == (4,) for one in found) >= least(0.95, 100)
    assert all(one.standings[9].n == 50 for one in found)  # no more of what cannot be the answer


def test_selection_among_those_that_keep_a_limit() -> None:
    """The cheapest breaks the limit, the second is the answer: in 95 of 100 at least."""
    costs, waits = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.5, -0.5, -0.6, 0.4])
    task = Task(
        4, (Limit(0.0, at_least=False),), confidence=0.95, indifference=0.5, n_first=20, most=1280
    )
    right = 0
    for seed in range(MACRO):
        cost = normal(costs, task.most, 2 * seed, 0.3)
        wait = normal(waits, task.most, 2 * seed + 1, 0.3)
        found = select(
            task, lambda o, n, c=cost, w=wait: Drawn(Sample(c[o, :n]), (Sample(w[o, :n]),))
        )
        right += found.chosen == (1,)
    assert right >= least(0.95)


def test_binomial_bounds_are_those_of_clopper_and_pearson() -> None:
    """Their defining property: at the bound, as extreme a count has exactly the error's chance."""
    from scipy.stats import binom

    lower, upper = binomial_bounds(7, 20, 0.025)
    assert binom.sf(6, 20, lower) == pytest.approx(0.025)
    assert binom.cdf(7, 20, upper) == pytest.approx(0.025)


# Ends


def test_nothing_keeps_the_limit() -> None:
    task = Task(3, (Limit(-5.0, at_least=False),), scores=(0, 1, 2), n_first=50, most=200)
    found = limited(task, normal(np.zeros(3), 200, 1, 0.0))
    assert (found.answer, found.chosen, found.open) == (Answer.NONE, (), ())


def test_what_cannot_be_told_apart_is_left_open() -> None:
    """The first is exactly at its limit, the second keeps it: whether the first does is open."""
    values = normal(np.array([0.0, -1.0]), 400, 1, 0.0)
    values[0] -= values[0].mean()
    task = Task(2, (Limit(0.0, at_least=False),), scores=(0, 1), n_first=50, most=400)
    found = limited(task, values)
    assert found.answer is Answer.UNDECIDED
    assert found.chosen == ()
    assert found.open == (0, 1)
    assert [one.n for one in found.standings] == [400, 50]


def test_too_small_an_indifference_zone_for_the_replications_is_left_open() -> None:
    values = normal(np.array([0.0, 0.01]), 100, 1, 0.0)
    found = ranked(Task(2, indifference=0.01, n_first=50, most=100), values)
    assert (found.answer, found.open) == (Answer.UNDECIDED, (0, 1))


def test_options_that_are_exactly_alike_are_all_best() -> None:
    values = normal(np.array([0.0, 0.0, 1.0]), 200, 1, 1.0)
    found = ranked(Task(3, indifference=0.5, n_first=50, most=200), values)
    assert (found.answer, found.chosen) == (Answer.FOUND, (0, 1))


def test_a_figure_that_varies_needs_an_indifference_zone() -> None:
    with pytest.raises(ResultsError, match="indifference"):
        ranked(Task(2, n_first=50, most=100), normal(np.array([0.0, 1.0]), 100, 1, 0.0))


NEAR = 0.07  # standard deviations from the limit: seen with 2000 replications, at z = 3.1
LADDER = NEAR * np.array([-9.0, -7.0, -5.0, -3.0, -1.0, 1.0, 3.0, 5.0, 7.0, 9.0])  # more is better


def judged(means: Floats, seed: int, *, is_ordered: bool) -> Selection:
    """At least 0 is enough; option 0 is the cheapest."""
    limit = Limit(0.0, at_least=True)
    scores = tuple(map(float, range(len(means))))
    task = Task(len(means), (limit,), scores=scores, is_ordered=is_ordered)
    return limited(task, normal(means, task.most, seed, 0.5))


def test_options_in_an_order_are_told_apart_nearer_to_the_limit() -> None:
    """One bound of 2.3 standard errors instead of 3.4: the fifth and the sixth are both declared.

    Expected are 0.80 against 0.40 for each of the two, with normal means.
    """
    found = {
        is_ordered: sum(
            judged(LADDER, seed, is_ordered=is_ordered).answer is Answer.FOUND for seed in range(60)
        )
        for is_ordered in (True, False)
    }
    assert found[True] > 60 * 0.64 - 4 * sqrt(60 * 0.64 * 0.36)
    assert found[True] > 1.5 * found[False]


def test_declarations_in_an_order_are_right_together() -> None:
    """As often as the confidence says, also where more does not help at all."""
    for means in (LADDER, np.array([-0.03, 0.2, -0.03, 0.02, -0.02, 0.01])):
        right = sum(
            all(
                one.verdict is Verdict.OPEN or (one.verdict is Verdict.KEPT) == (mean >= 0)
                for one, mean in zip(found.standings, means, strict=True)
            )
            for found in (judged(means, seed, is_ordered=True) for seed in range(200))
        )
        assert right >= least(0.95, 200)


def test_an_order_that_does_not_hold_is_left_where_options_are_clear_by_themselves() -> None:
    found = judged(np.array([-1.0, 1.0, -1.0, 1.0]), 1, is_ordered=True)
    verdicts = [one.verdict for one in found.standings]
    assert verdicts == [Verdict.BROKEN, Verdict.KEPT, Verdict.BROKEN, Verdict.KEPT]
    assert found.chosen == (1,)


def test_a_figure_that_does_not_vary_needs_none() -> None:
    values = np.repeat([[3.0], [2.0], [2.5]], 50, axis=1)
    assert ranked(Task(3, n_first=50, most=100), values).chosen == (1,)


def test_missing_values_are_left_out() -> None:
    """Where nobody joined there is no statement: neither for a limit nor against it."""
    values = np.array([1.0] * 40 + [0.0] * 20 + [np.nan] * 40)
    of_mean = judge(Limit(0.5, at_least=True), Sample(values), 0.01)
    of_share = judge(Limit(0.5, at_least=True, share=0.9), Sample(values), 0.01)
    assert of_mean.value == of_share.value == pytest.approx(40 / 60)
    assert of_share.verdict is Verdict.BROKEN
    limits = (Limit(0.5, at_least=True), Limit(2.0, at_least=False))
    samples = (Sample(values), Sample(np.full(100, 1.0)))
    assert share_that_keeps_all(limits, samples) == pytest.approx(40 / 60)
    nobody = judge(Limit(0.5, at_least=True, share=0.9), Sample(np.full(9, np.nan)), 0.01)
    assert nobody.verdict is Verdict.OPEN


def test_what_is_not_reached_is_longer_than_any_limit() -> None:
    """A median that a quarter of the years does not reach was "kept": those years were dropped."""
    values = np.array([10.0] * 100 + [np.inf] * 300)
    at_most = Limit(50.0, at_least=False)
    assert judge(at_most, Sample(values), 0.01).verdict is Verdict.BROKEN
    of_share = judge(Limit(50.0, at_least=False, share=0.9), Sample(values), 0.01)
    assert of_share.value == 0.25
    assert of_share.verdict is Verdict.BROKEN


def test_the_error_is_divided_and_adds_up() -> None:
    limits = (Limit(0.0, at_least=True), Limit(1.0, at_least=False, share=0.9))
    task = Task(5, limits, confidence=0.9, most=1000)
    all_looks = 5 * 2 * sum(map(task.error_of_a_look, looks(50, 1000)))
    assert all_looks + 4 * task.error_of_a_pair == pytest.approx(0.1)
    ordered = replace(task, scores=(1.0, 2.0, 3.0, 4.0, 5.0), is_ordered=True)
    of_order = 2 * 2 * sum(map(ordered.error_of_a_look, ordered.looks))
    of_each = 5 * 2 * sum(ordered.error_of_a_look(n, alone=True) for n in ordered.looks)
    assert of_order + of_each == pytest.approx(0.1)
    known = Task(5, limits, scores=(1, 2, 3, 4, 5), confidence=0.9, most=1000)
    assert known.error_of_limits == pytest.approx(0.1)


def test_a_comparison_waits_for_the_first_stage() -> None:
    few = Sample(np.arange(10.0))
    assert compared(few, few, n_first=20, indifference=1.0, error=0.05) is None
