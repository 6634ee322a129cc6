"""Sensitivity indices of functions whose indices are known, by the way that experiments go.

Seeds are fixed. An index is compared with the known one within 4 of its own standard errors, which
SALib's 95 % interval has 1.96 of on each side.
"""

from __future__ import annotations

from math import ceil, pi, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from flowsim.analysis import kpis as measuring
from flowsim.engine.compiling import compile_plan
from flowsim.engine.engines import simulate
from flowsim.errors import ResultsError
from flowsim.scenario.loading import load
from flowsim.study.experiment.schema import Factor
from flowsim.study.experiment.sensitivity import DUMMY, indices, luck_seeds, sample, unit_design

Floats = NDArray[np.float64]
ANGLES = [Factor(name=name, low=-pi, high=pi) for name in ("a", "b", "c")]
PART = 7.0**2 / 8 + 0.1 * pi**4 / 5 + 0.1**2 * pi**8 / 18 + 0.5  # variance of Ishigami's function
FIRST = {"a": 0.5 * (1 + 0.1 * pi**4 / 5) ** 2 / PART, "b": 7.0**2 / 8 / PART, "c": 0.0}
INTERACTION = 8 * 0.1**2 * pi**8 / 225 / PART  # of a and c
TOTAL = {"a": FIRST["a"] + INTERACTION, "b": FIRST["b"], "c": INTERACTION}


def ishigami(points: pd.DataFrame) -> Floats:
    """Ishigami and Homma (1990), with a = 7 and b = 0.1."""
    a, b, c = (points[name].to_numpy() for name in "abc")
    found: Floats = np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)
    return found


def table_of(design: str, factors: list[Factor], n: int, seed: int, means: Floats) -> pd.DataFrame:
    drawn = unit_design(design, len(factors), n, seed)
    names = [factor.name for factor in factors]
    found = indices(drawn, names, means, np.zeros(len(means)))
    return found.set_index(["factor", "index"])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sobol_gives_the_known_indices_of_ishigami(seed: int) -> None:
    points = sample("sobol", ANGLES, 1024, seed)
    assert len(points) == 1024 * (3 + 1 + 2)
    found = table_of("sobol", ANGLES, 1024, seed, ishigami(points))
    for name in "abc":
        for index, known in (("first", FIRST[name]), ("total", TOTAL[name])):
            one = found.loc[name, index]
            std_error = (one["upper"] - one["lower"]) / 2 / 1.96
            assert abs(one["value"] - known) <= 4 * std_error
            assert std_error < 0.05
    assert found.loc[(DUMMY, "total"), "value"] == 0.0  # no luck, so none is found


@pytest.mark.proof
@pytest.mark.parametrize("n", [64, 256])
def test_sobols_intervals_cover_as_often_as_they_say(n: int) -> None:
    """Each of the six in 95 of 100 designs, less 4 standard errors; a bootstrap covers all."""
    designs, covered = 150, np.zeros(6)
    for seed in range(designs):
        found = table_of("sobol", ANGLES, n, seed, ishigami(sample("sobol", ANGLES, n, seed)))
        for k, (name, index) in enumerate((f, i) for f in "abc" for i in ("first", "total")):
            known = (FIRST if index == "first" else TOTAL)[name]
            covered[k] += (
                found.loc[(name, index), "lower"] <= known <= found.loc[(name, index), "upper"]
            )
    assert covered.min() >= designs * (0.95 - 4 * sqrt(0.95 * 0.05 / designs))
    assert covered.mean() <= designs * 0.98


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_morris_gives_the_coefficients_of_a_line(seed: int) -> None:
    """Over the whole range, with the sign in mu; a line has the same effect everywhere."""
    ranges = {"up": (2.0, 5.0), "down": (0.0, 0.5), "none": (1.0, 9.0)}
    factors = [Factor(name=name, low=low, high=high) for name, (low, high) in ranges.items()]
    points = sample("morris", factors, 6, seed)
    means = 4.0 * points["up"].to_numpy() - 10.0 * points["down"].to_numpy()
    found = table_of("morris", factors, 6, seed, means)
    expected = {"up": 12.0, "down": -5.0, "none": 0.0, DUMMY: 0.0}
    for name, effect in expected.items():
        assert found.loc[(name, "mu"), "value"] == pytest.approx(effect, abs=1e-9)
        assert found.loc[(name, "mu_star"), "value"] == pytest.approx(abs(effect), abs=1e-9)
        assert found.loc[(name, "sigma"), "value"] == pytest.approx(0.0, abs=1e-9)
    above = found["above_luck"].xs("mu_star", level="index")
    assert above.to_dict() == {"up": True, "down": True, "none": False, DUMMY: None}


def with_luck(points: pd.DataFrame, means: Floats, size: float, seed: int) -> Floats:
    """Add to each point the luck that it is run with: the same number, the same luck."""
    luck = np.random.default_rng(seed).normal(0.0, size, points["luck"].max() + 1)
    return means + luck[points["luck"]]


@pytest.mark.proof
@pytest.mark.parametrize(("design", "n", "index"), [("sobol", 64, "first"), ("morris", 12, "mu")])
def test_the_interval_of_the_dummy_covers_0(design: str, n: int, index: str) -> None:
    """In 95 of 100 designs, less 4 standard errors of that share and what a bootstrap lacks."""
    covered = 0
    for seed in range(100):
        points = sample(design, ANGLES, n, seed)
        means = with_luck(points, ishigami(points), 2.0, 1000 + seed)
        one = table_of(design, ANGLES, n, seed, means).loc[DUMMY, index]
        covered += one["lower"] <= 0 <= one["upper"]
    assert covered >= ceil(100 * 0.93 - 4 * sqrt(100 * 0.93 * 0.07))


def test_luck_that_all_points_share_is_no_effect() -> None:
    points = sample("morris", ANGLES[:2], 8, 5)
    line = points["a"].to_numpy()
    found = table_of("morris", ANGLES[:2], 8, 5, with_luck(points, line, 50.0, 9))
    assert found.loc[("a", "mu_star"), "value"] == pytest.approx(2 * pi)
    assert found.loc[("b", "mu_star"), "value"] == pytest.approx(0.0, abs=1e-9)
    assert not found.loc[("a", "mu_star"), "above_luck"]  # the dummy shows what luck would do


def test_the_total_index_of_the_dummy_is_the_size_of_luck() -> None:
    """Half the mean squared difference of two draws of luck, over the variance of the figure."""
    points = sample("sobol", ANGLES, 2048, 4)
    means = with_luck(points, ishigami(points), 2.0, 8)
    common = np.random.default_rng(8).normal(0.0, 2.0, 1)[0]
    one = table_of("sobol", ANGLES, 2048, 4, means).loc[DUMMY, "total"]
    shared = means[points["luck"] == 0]
    expected = (2.0**2 + common**2) / 2 / shared.var()
    assert abs(one["value"] - expected) <= 4 * (one["upper"] - one["lower"]) / 2 / 1.96


def test_only_points_that_differ_in_the_dummy_have_their_own_luck() -> None:
    points = sample("sobol", ANGLES, 8, 3)
    names = [factor.name for factor in ANGLES]
    own = points[points["luck"] > 0]
    assert own["luck"].tolist() == list(range(1, 9))
    first = points.iloc[::6]
    assert np.array_equal(own[names].to_numpy(), first[names].to_numpy())
    assert (own["dummy"].to_numpy() != first["dummy"].to_numpy()).all()
    for _, way in sample("morris", ANGLES, 8, 3).groupby(np.arange(40) // 5):
        moved = way["dummy"].to_numpy() != way["dummy"].iloc[0]
        assert np.array_equal(moved, way["luck"].to_numpy() > 0)
        assert moved.any()


def test_seeds_are_those_of_the_luck() -> None:
    luck = sample("morris", ANGLES, 20, 3)["luck"].to_numpy()
    seeds = np.array(luck_seeds(luck, 3))
    assert (seeds[luck == 0] == 3).all()
    assert len(set(seeds)) == len(set(luck)) == 21
    assert (seeds < 2**63).all()


def test_lhs_has_one_point_in_each_slice() -> None:
    points = sample("lhs", ANGLES, 16, 2)
    for name in "abc":
        slices = np.floor((points[name] + pi) / (2 * pi) * 16)
        assert sorted(slices) == list(range(16))
    assert DUMMY not in points
    assert (points["luck"] == 0).all()


def test_the_same_seed_gives_the_same_points() -> None:
    for design in ("lhs", "sobol", "morris"):
        same = [sample(design, ANGLES, 8, seed) for seed in (5, 5, 6)]
        assert same[0].equals(same[1])
        assert not same[0].equals(same[2])


def test_the_noise_is_reported() -> None:
    points = sample("sobol", ANGLES, 64, 1)
    means = ishigami(points)
    drawn = unit_design("sobol", 3, 64, 1)
    found = indices(drawn, list("abc"), means, np.full(len(means), 0.5))
    shared = means[points["luck"] == 0]
    assert found["luck"].unique() == pytest.approx([0.25 / shared.var()])


@pytest.mark.parametrize(
    ("design", "n", "means", "message"),
    [
        ("sobol", 12, None, "a power of 2"),
        ("morris", 1, None, "at least 2"),
        ("grid", 8, None, "lhs, sobol, morris"),
        ("lhs", 8, np.arange(8.0), "has no indices"),
        ("morris", 2, np.arange(8.0), "8 points, but the design has 10"),
        ("morris", 2, np.ones(10), "the same in all points"),
        ("morris", 2, np.array([1.0] * 9 + [np.nan]), "missing in 1 of 10"),
    ],
)
def test_what_cannot_be_answered_is_said(
    design: str, n: int, means: Floats | None, message: str
) -> None:
    def answer() -> pd.DataFrame:
        drawn = unit_design(design, 3, n, 1)
        values = np.empty(0) if means is None else means
        return indices(drawn, list("abc"), values, np.zeros(len(values)))

    with pytest.raises(ResultsError, match=message):
        answer()


def test_on_a_scenario(tmp_path: Path) -> None:
    """The rate of referrals moves a wait, what a place costs does not."""
    path = tmp_path / "desk.toml"
    path.write_text(
        """
scenario.title = "One desk"
run = { start = 2000-01-01, length = "1 year" }
referrals.all = { to = "desk", rate = "1 per day" }
teams.team = { places = 3, cost_per_place = 100000 }
exits.done = "Done"
[steps.desk]
team = "team"
length_of_stay = { distribution = "exponential", mean = "1 day" }
next = { done = 1.0 }
""",
        encoding="utf-8",
    )
    factors = [
        Factor(name="rate", low=1.0, high=2.5, key="referrals.all.rate", unit="per day"),
        Factor(name="cost", low=1e5, high=2e5, key="teams.team.cost_per_place"),
    ]
    points = sample("morris", factors, 6, 1)
    seeds = luck_seeds(points["luck"].to_numpy(), 1)
    waits = np.array(
        [wait(path, row, seed) for row, seed in zip(points.itertuples(), seeds, strict=True)]
    )
    means, errors = waits.mean(axis=1), waits.std(axis=1, ddof=1) / np.sqrt(waits.shape[1])
    drawn = unit_design("morris", 2, 6, 1)
    found = indices(drawn, ["rate", "cost"], means, errors).set_index(["factor", "index"])
    assert found.loc[("rate", "mu_star"), "above_luck"]
    assert found.loc[("rate", "mu"), "lower"] > 0
    assert found.loc[("cost", "mu_star"), "value"] == 0.0
    assert found.loc[(DUMMY, "mu_star"), "value"] > 0.0
    assert found.loc[(DUMMY, "mu"), "lower"] < 0 < found.loc[(DUMMY, "mu"), "upper"]


def wait(path: Path, row: object, seed: int) -> Floats:
    """Mean waits of ten replications."""
    rate, cost = row.rate, row.cost  # type: ignore[attr-defined]
    plan = compile_plan(
        load(path, set={"referrals.all.rate": f"{rate} per day", "teams.team.cost_per_place": cost})
    )
    at = measuring.names(plan).position["desk.wait.mean"]
    logs = (simulate(plan, seed=seed, replication=n, keep=False) for n in range(10))
    return np.array([measuring.measure(log)[0, 0, at] for log in logs])
