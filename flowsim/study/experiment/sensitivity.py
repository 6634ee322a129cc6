"""Which inputs matter: Morris' screening and Sobol's indices, with what luck alone would give.

Points are drawn, and indices worked out, by SALib, in the unit cube: a factor's coordinate is the
quantile at which its distribution is read (`designs.between`), so that an elementary effect
is the change over a factor's whole range.

All points are run with the same luck, so a factor's effect holds no noise that both of its ends
share. One more input, `DUMMY`, enters no scenario; it alone chooses the luck. Where only it moved,
the point is run with luck of its own, and so its indices show how large an effect mere luck has
when it is not shared: an upper bound for the other inputs. Its first-order index, and its mean
effect mu, are 0 in truth, so that their intervals have to cover 0; its total index is the
variance of luck relative to that of the figure over the points.

References
----------
Iwanaga, T., Usher, W. and Herman, J. (2022), Toward SALib 2.0: Advancing the accessibility and
    interpretability of global sensitivity analyses, Socio-Environmental Systems Modelling 4, 18155.
Khorashadi Zadeh, F. et al. (2017), Comparison of variance-based and moment-independent global
    sensitivity analysis approaches by application to the SWAT model, Environmental Modelling and
    Software 91, 210-222 (the dummy parameter).
Saltelli, A. et al. (2010), Variance based sensitivity analysis of model output, Computer Physics
    Communications 181, 259-270.
Owen, A. B. (1997), Scrambled net variance for integrals of smooth functions, Annals of Statistics
    25, 1541-1562 (independent scrambles tell the error; section 1).
Miller, R. G. (1974), The jackknife: a review, Biometrika 61, 1-15.
Campolongo, F., Cariboni, J. and Saltelli, A. (2007), An effective screening design for sensitivity
    analysis of large models, Environmental Modelling and Software 22, 1509-1518.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special
from scipy.stats import qmc

from flowsim.analysis.statistics import LEVEL, within
from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.study.experiment.designs import MORRIS_LEVELS, between
from flowsim.study.experiment.schema import Factor

__all__ = ["DUMMY", "UnitDesign", "indices", "luck_seeds", "sample", "unit_design"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
DUMMY = "dummy"
LUCK = "luck"
RESAMPLES = 1000
MOST_SCRAMBLES = 8
LIMITS = {"total": (0.0, np.inf), "mu_star": (0.0, np.inf)}
"""Below what no index falls, nor its estimate; that of a first-order index may, being rough."""
LARGEST_SEED = 2**31 - 1  # that SALib takes


@dataclass(frozen=True, eq=False)
class UnitDesign:
    """Points in the unit cube.

    Parameters
    ----------
    design : "lhs", "sobol" or "morris"
    unit : (n_points, n_factors), of "sobol" and "morris" with the dummy as one more column, last;
        in the order that SALib takes
    luck : (n_points,) 0: the luck of all; else a number of its own
    seed : key of the draws
    """

    design: str
    unit: Floats
    luck: Whole
    seed: int


def unit_design(design: str, n_factors: int, n: int, seed: int) -> UnitDesign:
    """Draw the points of a design.

    Parameters
    ----------
    design : "lhs", "sobol" or "morris"
    n_factors : number of factors, the dummy not among them
    n : points ("lhs"), base sample size, a power of 2 from 4 ("sobol"), or trajectories ("morris")
    seed : key of the draws

    Returns
    -------
    n points of "lhs", n (n_factors + 3) of "sobol", n (n_factors + 2) of "morris"

    Examples
    --------
    >>> [len(unit_design(design, 3, 8, seed=1).unit) for design in ("lhs", "sobol", "morris")]
    [8, 48, 40]
    """
    if design == "lhs":
        cube = qmc.LatinHypercube(n_factors, rng=np.random.default_rng(seed)).random(n)
        return UnitDesign(design, cube, np.zeros(n, dtype=np.int64), seed)
    if design not in ("sobol", "morris"):
        raise ResultsError(
            _('design: found "{design}"; allowed: lhs, sobol, morris').format(design=design)
        )
    if design == "sobol" and (n < 4 or n & (n - 1)):
        text = _("n: found {n}; allowed: a power of 2 from 4, such as 64")
        raise ResultsError(text.format(n=n))
    if design == "morris" and n < 2:
        raise ResultsError(_("n: found {n}; allowed: at least 2 trajectories").format(n=n))
    unit = _sobol(n_factors, n, seed) if design == "sobol" else _morris(n_factors, n, seed)
    return UnitDesign(design, unit, _luck(design, unit), seed)


def _problem(n_inputs: int) -> dict[str, Any]:
    names = [str(k) for k in range(n_inputs)]
    return {"num_vars": n_inputs, "names": names, "bounds": [[0.0, 1.0]] * n_inputs}


def _sobol(n_factors: int, n: int, seed: int) -> Floats:
    """Draw several short sequences, each scrambled anew, instead of a long one.

    The points of one sequence hang together, and no resampling of them tells how well they
    determine an index: only other scrambles do.
    """
    from SALib.sample import sobol

    rng = np.random.default_rng(seed)
    problem, times = _problem(n_factors + 1), n_scrambles(n)
    parts = [
        sobol.sample(problem, n // times, calc_second_order=False, seed=rng) for _ in range(times)
    ]
    return np.concatenate(parts)


def n_scrambles(n: int) -> int:
    """Return into how many scrambled sequences n base points are divided.

    Examples
    --------
    >>> [n_scrambles(n) for n in (4, 16, 32, 64, 1024)]
    [2, 4, 8, 8, 8]
    """
    return max(2, min(MOST_SCRAMBLES, n // 4))


def _morris(n_factors: int, n: int, seed: int) -> Floats:
    from SALib.sample import morris

    problem = _problem(n_factors + 1)
    found: Floats = morris.sample(problem, n, num_levels=MORRIS_LEVELS, seed=_salib_seed(seed))
    return found


def _luck(design: str, unit: Floats) -> Whole:
    """Number the points that have luck of their own.

    Of "sobol" that is the row of A in which only the dummy is from B; of "morris" the points of a
    trajectory after the dummy has moved, all with the same luck.
    """
    n_inputs = unit.shape[1]
    size = n_inputs + (2 if design == "sobol" else 1)
    ways = unit[:, -1].reshape(-1, size)
    numbers = np.arange(1, len(ways) + 1)[:, None]
    is_own = np.arange(size)[None, :] == n_inputs if design == "sobol" else ways != ways[:, :1]
    return np.where(is_own, numbers, 0).astype(np.int64).ravel()


def luck_seeds(luck: Whole, seed: int) -> tuple[int, ...]:
    """Return the seed with which each point is run: that of the experiment, or one of its own.

    Examples
    --------
    >>> seeds = luck_seeds(np.array([0, 1, 0, 2]), seed=7)
    >>> seeds[0], seeds[2], len(set(seeds))
    (7, 7, 3)
    """
    own = np.random.SeedSequence([seed, 1]).generate_state(int(luck.max(initial=0)), np.uint64) >> 2
    return tuple(seed if number == 0 else int(own[number - 1]) for number in luck)


def sample(design: str, factors: Sequence[Factor], n: int, seed: int) -> pd.DataFrame:
    """Draw the points of a design as values of the factors.

    Returns
    -------
    a column for each factor; of "sobol" and "morris" also `dummy`; `luck`, see `luck_seeds`

    Examples
    --------
    >>> coaches = Factor(name="coaches", low=3.0, high=5.0)
    >>> sample("morris", [coaches], 2, seed=1).shape
    (6, 3)
    """
    drawn = unit_design(design, len(factors), n, seed)
    columns: dict[str, object] = {
        factor.name: [between(factor, float(u)) for u in drawn.unit[:, k]]
        for k, factor in enumerate(factors)
    }
    if drawn.unit.shape[1] > len(factors):
        columns[DUMMY] = drawn.unit[:, -1]
    return pd.DataFrame({**columns, LUCK: drawn.luck})


def indices(
    drawn: UnitDesign,
    names: Sequence[str],
    means: Floats,
    std_errors: Floats,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Work out the indices of a figure.

    Parameters
    ----------
    drawn : the points, of "sobol" or "morris"
    names : of the factors, the dummy not among them
    means, std_errors : of the figure over replications (n_points,), none missing
    level : of the intervals

    Returns
    -------
    factor (the dummy last), index, value, lower, upper, above_luck (whether the interval lies above
    the dummy's, that of mere luck; None where it is not to be compared), luck (the mean squared
    standard error over the variance of the means, of the points with the luck of all; the same in
    all rows).
    Of "sobol" the indices are first and total [shares of the variance], of "morris" mu_star, mu
    and sigma [the figure's unit], the effects of going from a factor's lowest to its highest value.

    Sobol's intervals are Student's t with the jackknife over the scrambled sequences, that of
    mu_star is SALib's bootstrap over the trajectories, that of mu Student's t, and sigma has none
    (NaN). They tell how well the design, with the luck that was drawn, determines an index.

    Raises
    ------
    ResultsError
        If the design has no indices, a mean is missing, or all are the same.
    """
    if drawn.design not in ("sobol", "morris"):
        raise ResultsError(
            _("{design}: has no indices; use the design sobol or morris").format(
                design=drawn.design
            )
        )
    if len(means) != len(drawn.luck):
        raise ResultsError(
            _("{n_means} points, but the design has {n_luck}: no indices").format(
                n_means=len(means), n_luck=len(drawn.luck)
            )
        )
    if np.isnan(means).any():
        n = int(np.isnan(means).sum())
        raise ResultsError(
            _("the figure is missing in {n} of {n_means} points: no indices").format(
                n=n, n_means=len(means)
            )
        )
    if np.ptp(means[drawn.luck == 0]) == 0:
        raise ResultsError(_("the figure is the same in all points: no indices"))
    all_names = [*names, DUMMY]
    if drawn.design == "sobol":
        table = _sobol_indices(drawn, all_names, means, level)
    else:
        table = _morris_indices(drawn, all_names, means, level)
    table["above_luck"] = _above_luck(table)
    shared = drawn.luck == 0
    table["luck"] = float(np.mean(std_errors[shared] ** 2) / means[shared].var())
    return table


def _sobol_indices(
    drawn: UnitDesign, names: Sequence[str], means: Floats, level: float
) -> pd.DataFrame:
    times = n_scrambles(len(means) // (len(names) + 2))
    sequences = means.reshape(times, -1)
    value = _first_and_total(names, means)
    without = np.stack(
        [_first_and_total(names, np.delete(sequences, k, axis=0).ravel()) for k in range(times)]
    )
    std_error = np.sqrt(without.var(axis=0) * (times - 1))
    half = float(special.stdtrit(times - 1, (1 + level) / 2)) * std_error
    parts = [_part(names, name, value[k], half[k]) for k, name in enumerate(("first", "total"))]
    return pd.concat(parts, ignore_index=True)


def _first_and_total(names: Sequence[str], means: Floats) -> Floats:
    """Return Sobol's first-order and total indices, (2, n_inputs)."""
    from SALib.analyze import sobol

    problem = _problem(len(names))
    found = sobol.analyze(problem, means, calc_second_order=False, num_resamples=2, seed=1)
    return np.array([found["S1"], found["ST"]])


def _morris_indices(
    drawn: UnitDesign, names: Sequence[str], means: Floats, level: float
) -> pd.DataFrame:
    from SALib.analyze import morris

    found = morris.analyze(
        _problem(len(names)),
        drawn.unit,
        np.asarray(means, dtype=np.float64),
        num_resamples=RESAMPLES,
        conf_level=level,
        num_levels=MORRIS_LEVELS,
        seed=_salib_seed(drawn.seed),
    )
    n = len(means) // (len(names) + 1)
    sigma = np.asarray(found["sigma"], dtype=np.float64)
    half = float(special.stdtrit(n - 1, (1 + level) / 2)) * sigma / np.sqrt(n)
    parts = [
        _part(names, "mu_star", found["mu_star"], found["mu_star_conf"]),
        _part(names, "mu", found["mu"], half),
        _part(names, "sigma", sigma, np.full(len(names), np.nan)),
    ]
    return pd.concat(parts, ignore_index=True)


def _part(names: Sequence[str], index: str, values: object, half: object) -> pd.DataFrame:
    """Lay one index out, with its interval."""
    value, width = (np.asarray(x, dtype=np.float64) for x in (values, half))
    columns = {"factor": names, "index": index, "value": value}
    lower, upper = within(LIMITS.get(index, (-np.inf, np.inf)), value - width, value + width)
    return pd.DataFrame({**columns, "lower": lower, "upper": upper})


def _above_luck(table: pd.DataFrame) -> list[bool | None]:
    """Return which of the indices that cannot be negative lie above the dummy's."""
    of_luck = table[table["factor"] == DUMMY].set_index("index")["upper"]
    return [
        bool(row.lower > max(of_luck[row.index_], 0.0))
        if row.index_ in ("total", "mu_star") and row.factor != DUMMY
        else None
        for row in table.rename(columns={"index": "index_"}).itertuples()
    ]


def _salib_seed(seed: int) -> int:
    """Return a seed above 0 that SALib takes: it reads 0 as none."""
    return 1 + seed % (LARGEST_SEED - 1)
