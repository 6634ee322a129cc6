"""Figures of many replications: what goes to disk comes back, and memory stays flat."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from flowsim.analysis import samples
from flowsim.analysis.samples import BLOCK, Samples
from flowsim.errors import ResultsError

SHAPE = (3, 2, 5)


def of(values: np.ndarray) -> Samples:
    sample = Samples(values.shape[1:])
    for figures in values:
        sample.append(figures)
    return sample


@pytest.mark.parametrize("n", [0, 1, BLOCK - 1, 2 * BLOCK, 3 * BLOCK + 7])
def test_what_is_appended_is_read_again(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(n).normal(size=(n, *SHAPE))
    in_memory = of(values)
    monkeypatch.setattr(samples, "MEMORY", 8 * int(np.prod(SHAPE)) * BLOCK)
    on_disk = of(values)
    assert (on_disk._n_on_disk > 0) == (n >= 2 * BLOCK)
    for sample in (in_memory, on_disk, on_disk.copy()):
        assert len(sample) == n
        assert np.array_equal(sample.all(), values)
        assert np.array_equal(sample.figures((1, 0), [4, 2]), values[:, 1, 0][:, [4, 2]])
        assert [first for first, _ in sample.parts(100)] == list(range(0, n, 100))


def test_shortened_samples_forget_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MEMORY", 8 * int(np.prod(SHAPE)) * BLOCK)
    values = np.arange((2 * BLOCK + 3) * 30.0).reshape(-1, *SHAPE)
    sample = of(values)
    sample.shorten(2 * BLOCK + 1)
    assert np.array_equal(sample.all(), values[:-2])


def test_memory_stays_flat() -> None:
    """A sample four times as large as what may be in memory takes no more than that, and a bit."""
    n = 4 * samples.MEMORY // (8 * 10_000)
    tracemalloc.start()
    sample = Samples((10_000,))
    for k in range(n):
        sample.append(np.full(10_000, float(k)))
    assert sample.figures((), [7])[:, 0].tolist() == list(range(n))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2.5 * samples.MEMORY


def test_a_full_folder_of_temporary_files_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MEMORY", 1)
    full = open("/dev/full", "wb", buffering=0)  # noqa: SIM115, as a temporary file it is closed
    monkeypatch.setattr(samples.tempfile, "TemporaryFile", lambda **_: full)
    sample = of(np.zeros((2 * BLOCK - 1, 3)))
    with pytest.raises(ResultsError, match=r"found no room .*: no space left on device; allowed"):
        sample.append(np.zeros(3))
