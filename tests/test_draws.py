"""Keyed draws: Philox against numpy's and the authors', uniforms, choices, arrivals."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from flowsim.engine import kernel

# Two-sided: a correct generator fails a test at this level once in 10,000 seeds, and seeds are
# fixed.
SIGNIFICANCE = 1e-4
LAST_WORD = 2**64 - 1
words = st.one_of(st.integers(0, LAST_WORD), st.sampled_from([0, 1, LAST_WORD]))


def block(*key_and_counter: int) -> tuple[int, ...]:
    return tuple(int(word) for word in kernel.philox(*map(np.uint64, key_and_counter)))


def luck(*key_and_counter: int) -> tuple[float, ...]:
    return kernel.uniforms(*map(np.uint64, key_and_counter))


def by_numpy(key: tuple[int, ...], counter: tuple[int, ...]) -> tuple[int, ...]:
    """The same block from numpy, which adds 1 to its 256-bit counter before each block."""
    number = sum(word << 64 * i for i, word in enumerate(counter)) - 1
    before = [(number >> 64 * i) & LAST_WORD for i in range(4)]
    generator = np.random.Philox(
        key=np.array(key, dtype=np.uint64), counter=np.array(before, dtype=np.uint64)
    )
    return tuple(int(word) for word in generator.random_raw(4))


# Known answers of the authors' own library (Random123, tests/kat_vectors): zeros, ones, digits
# of pi.
@pytest.mark.parametrize(
    ("key", "counter", "expected"),
    [
        (
            (0, 0),
            (0, 0, 0, 0),
            (0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B),
        ),
        (
            (LAST_WORD,) * 2,
            (LAST_WORD,) * 4,
            (0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0),
        ),
        (
            (0x452821E638D01377, 0xBE5466CF34E90C6C),
            (0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89),
            (0xA528F45403E61D95, 0x38C72DBD566E9788, 0xA5A1610E72FD18B5, 0x57BD43B5E52B7FE6),
        ),
    ],
    ids=["zeros", "ones", "pi"],
)
def test_philox_gives_the_known_answers(
    key: tuple[int, ...], counter: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    assert block(*key, *counter) == expected


@given(key=st.tuples(words, words), counter=st.tuples(words, words, words, words))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_philox_equals_numpy(key: tuple[int, ...], counter: tuple[int, ...]) -> None:
    assert block(*key, *counter) == by_numpy(key, counter)


@pytest.mark.parametrize(
    "counter", [(0, 0, 0, 0), (0, 1, 0, 0), (0, 0, 7, 0), (0, 0, 0, 9), (0, LAST_WORD, 0, 1)]
)
def test_philox_equals_numpy_where_its_counter_carries(counter: tuple[int, ...]) -> None:
    assert block(3, 5, *counter) == by_numpy((3, 5), counter)


@given(key=st.tuples(words, words), counter=st.tuples(words, words, words, words))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_uniforms_are_the_middles_of_a_grid(key: tuple[int, ...], counter: tuple[int, ...]) -> None:
    expected = tuple(((word >> 12) + 0.5) / 2**52 for word in by_numpy(key, counter))
    drawn = luck(*key, *counter)
    assert drawn == expected
    # Odd multiples of 2**-53: inside (0, 1), and 1 - u is exact.
    assert all(0 < u * 2**53 < 2**53 and u * 2**53 % 2 == 1 for u in drawn)


@pytest.fixture(scope="module")
def drawn() -> NDArray[np.float64]:
    """Four lanes of 20,000 successive ordinals, which is how participants draw."""
    return np.array([luck(1, 2, 3, ordinal, 5, 64) for ordinal in range(20_000)])


def test_uniforms_have_the_moments_of_a_uniform(drawn: NDArray[np.float64]) -> None:
    n = len(drawn)
    # Standard errors sqrt(1/12 / n) and sqrt((1/80 - 1/144) / n); 4.3 of them for 4 lanes.
    assert drawn.mean(axis=0) == pytest.approx(1 / 2, abs=4.3 * (1 / 12 / n) ** 0.5)
    assert drawn.var(axis=0) == pytest.approx(1 / 12, abs=4.3 * (1 / 180 / n) ** 0.5)
    for lane in drawn.T:
        assert stats.kstest(lane, "uniform").pvalue > SIGNIFICANCE


def test_lanes_and_neighbours_are_uncorrelated(drawn: NDArray[np.float64]) -> None:
    n = len(drawn) - 1
    both = np.corrcoef(drawn[:-1].T, drawn[1:].T)
    off_diagonal = both[~np.eye(8, dtype=bool)]
    # 28 different coefficients, each with standard error 1 / sqrt(n).
    assert np.abs(off_diagonal).max() < 4.7 / n**0.5


@pytest.mark.parametrize("changed", range(6))
def test_every_word_of_the_key_matters(changed: int) -> None:
    key = [1, 2, 3, 4, 5, 6]
    other = key.copy()
    other[changed] += 1
    assert set(luck(*key)).isdisjoint(luck(*other))


def test_name_hash_is_the_head_of_sha_256() -> None:
    assert kernel.name_hash("step", "mapping") == 2906695344551488688
    digest = hashlib.sha256("step:kartläggning".encode()).digest()
    assert kernel.name_hash("step", "kartläggning") == int(np.frombuffer(digest, "<u8")[0])
    assert kernel.name_hash("exit", "mapping") != kernel.name_hash("step", "mapping")


@pytest.mark.parametrize(
    ("u", "index"),
    [(0.1, 0), (0.25, 1), (np.nextafter(0.25, 0), 0), (0.3, 1), (0.75, 3), (0.99, 3), (1.0, 3)],
)
def test_choose_takes_the_first_sum_above_u(u: float, index: int) -> None:
    # The third has no share; sums that fall short of 1 leave the rest to the last.
    assert kernel.choose(np.array([0.25, 0.75, 0.75, 0.95]), u) == index


# Arrivals -------------------------------------------------------------------------------------

MONTHS = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365], dtype=float)
RATES = np.array([0.1, 4.0, 0.0, 0.0, 0.05, 9.0, 0.5, 0.0, 2.0, 2.0, 0.0, 1.0])


def arrivals(
    seed: int, starts: NDArray[np.float64], rates: NDArray[np.float64], end: float, at_most: int
) -> NDArray[np.float64]:
    key = map(np.uint64, (seed, 0, 11, 12))
    return kernel.arrival_times(*key, starts, rates, end, at_most)


def test_arrivals_at_a_constant_rate_are_sums_of_exponentials() -> None:
    times = arrivals(7, np.array([10.0]), np.array([3.0]), 1010.0, -1)
    u = np.array([u for ordinal in range(800) for u in luck(7, 0, 11, ordinal, 12, 0)])
    expected = 10.0 + np.cumsum(-np.log1p(-u)) / 3.0
    expected = expected[expected < 1010.0]
    # About 3,000, so the array has grown six times.
    assert len(times) == len(expected)
    np.testing.assert_allclose(times, expected, rtol=1e-12)


@pytest.fixture(scope="module")
def years() -> list[NDArray[np.float64]]:
    return [arrivals(seed, MONTHS[:-1], RATES, 365.0, -1) for seed in range(3_000)]


def test_arrivals_of_each_month_agree_with_its_rate(years: list[NDArray[np.float64]]) -> None:
    # Per month, never the total: thinning faults move arrivals between months (style.md).
    counts = np.array([np.histogram(times, MONTHS)[0] for times in years])
    assert sum(map(len, years)) == counts.sum()
    expected = RATES * np.diff(MONTHS)
    busy = expected > 0
    assert not counts[:, ~busy].any()
    counts, expected = counts[:, busy], expected[busy]

    # Independent Poisson counts: squared standard scores of the sums are chi-square, one degree
    # of freedom each; dispersions likewise, one less than replications each.
    n = len(years)
    scores = ((counts.sum(axis=0) - n * expected) ** 2 / (n * expected)).sum()
    assert SIGNIFICANCE / 2 < stats.chi2.sf(scores, len(expected)) < 1 - SIGNIFICANCE / 2
    for month, mean in zip(counts.T, expected, strict=True):
        dispersion = ((month - month.mean()) ** 2).sum() / mean
        # Variance of a dispersion: (n - 1) (2 + 1 / mean), more than chi-square's for small means.
        limit = 4.5 * ((n - 1) * (2 + 1 / mean)) ** 0.5
        assert dispersion == pytest.approx(n - 1, abs=limit)
    between = np.corrcoef(counts.T)[np.triu_indices(len(expected), 1)]
    assert np.abs(between).max() < 4.5 / n**0.5


def test_arrivals_are_spread_evenly_within_a_piece(years: list[NDArray[np.float64]]) -> None:
    times = np.concatenate(years[:300])
    piece = np.searchsorted(MONTHS, times, side="right") - 1
    within = (times - MONTHS[piece]) / np.diff(MONTHS)[piece]
    assert stats.kstest(within, "uniform").pvalue > SIGNIFICANCE


@pytest.mark.parametrize("at_most", [0, 1, 4, 5, 100])
def test_at_most_keeps_the_first(at_most: int) -> None:
    everybody = arrivals(1, MONTHS[:-1], RATES, 365.0, -1)
    assert arrivals(1, MONTHS[:-1], RATES, 365.0, at_most).tolist() == everybody[:at_most].tolist()
    assert arrivals(1, MONTHS[:-1], RATES, 365.0, 10**9).tolist() == everybody.tolist()


def test_a_later_rate_moves_no_earlier_arrival() -> None:
    changed = RATES.copy()
    changed[8:] *= 3.0
    before, after = (arrivals(1, MONTHS[:-1], rates, 365.0, -1) for rates in (RATES, changed))
    n = int(np.sum(before < MONTHS[8]))
    assert n > 200
    assert after[:n].tolist() == before[:n].tolist()
    assert after[n] < before[n]


def test_without_a_rate_nobody_comes() -> None:
    assert arrivals(1, MONTHS[:-1], 0.0 * RATES, 365.0, -1).size == 0
    assert arrivals(1, np.array([]), np.array([]), 365.0, -1).size == 0


@given(
    lengths=st.lists(st.sampled_from([1e-9, 0.01, 1.0, 365.0]), min_size=1, max_size=8),
    levels=st.lists(st.sampled_from([0.0, 0.0, 0.1, 3.0, 1e10]), min_size=8, max_size=8),
    start=st.sampled_from([0.0, 1e5 / 3]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_arrivals_stay_in_pieces_with_a_rate(
    lengths: list[float], levels: list[float], start: float, seed: int
) -> None:
    bounds = start + np.cumsum([0.0, *lengths])
    rates = np.array(levels[: len(lengths)])
    times = arrivals(seed, bounds[:-1], rates, float(bounds[-1]), 50)
    assert np.all(np.diff(times) >= 0)
    assert np.all((times >= bounds[0]) & (times < bounds[-1]))
    assert np.all(rates[np.searchsorted(bounds, times, side="right") - 1] > 0)
