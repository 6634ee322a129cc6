"""Everything that is compiled: keyed draws, samplers, the event loop, the passes over a log.

Both engines call these functions, so that both get the same numbers to the last bit; with
NUMBA_DISABLE_JIT=1 the same text runs as plain Python and gives them too. For that, only scalar
`math` functions are used (numpy's `exp` and `log` differ from them in the last bit) and no
fast-math.

Call the functions that take words (`philox`, `uniforms`, `arrival_times`) with `numpy.uint64`
throughout: numba compiles a function anew for each mixture of whole-number types.
"""

from __future__ import annotations

import hashlib
import math
import operator
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from llvmlite import ir
from numba import carray, types
from numba.core.datamodel import models
from numba.core.imputils import lower_builtin, lower_getattr_generic, lower_setattr_generic
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    infer_getattr,
    infer_global,
)
from numba.core.typing.templates import signature as typing_signature
from numba.extending import intrinsic, overload, register_model
from numpy.typing import NDArray

from flowsim.engine.eventlog import (
    COLUMNS,
    EXITED,
    FILLED_POST,
    FINISHED,
    INTERRUPTED,
    JOINED,
    LEFT_POST,
    MEETING,
    PLACES,
    REFERRED,
    RELEASED,
    RETURNED,
    STARTED,
    SUSTAINED,
    TEAM_ENDED,
    TURNED_AWAY,
    WAS_IN_SERVICE,
    WAS_WAITING,
    WITHDREW,
)
from flowsim.engine.jit import compiled, inner
from flowsim.engine.plan import WAITING

Floats = NDArray[np.float64]
Int32s = NDArray[np.int32]
Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]
Word = int | np.uint64


# Keyed draws ----------------------------------------------------------------------------------

# Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, SC11,
# doi:10.1145/2063384.2063405: multipliers of Philox4x64, and the Weyl constants of its keys.
PHILOX_M0 = np.uint64(0xD2E7470EE14C6C93)
PHILOX_M1 = np.uint64(0xCA5A826395121157)
PHILOX_W0 = np.uint64(0x9E3779B97F4A7C15)
PHILOX_W1 = np.uint64(0xBB67AE8584CAA73B)
PHILOX_ROUNDS = 10
ONE_WORD = 2**64
TWELVE_BITS = np.uint64(12)
FOUR = np.uint64(4)
ZERO = np.uint64(0)
GRID = 2.0**-52  # distance between neighbouring uniforms


def name_hash(kind: str, name: str = "") -> int:
    """Return the number of a name: the first 8 bytes, little-endian, of SHA-256 of "kind:name".

    What there is only one of has no name, and is hashed as "kind".

    Examples
    --------
    >>> name_hash("step", "mapping")
    2906695344551488688
    """
    text = f"{kind}:{name}" if name else kind
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def multiply_words(a: Word, b: Word) -> tuple[np.uint64, np.uint64]:
    """Return the high and the low word of a product of two words."""
    product = int(a) * int(b)
    return np.uint64(product // ONE_WORD), np.uint64(product % ONE_WORD)


def add_words(a: Word, b: Word) -> np.uint64:
    """Return the sum of two words modulo 2**64 (numpy's scalars would warn)."""
    return np.uint64((int(a) + int(b)) % ONE_WORD)


# The compiled twins of the two functions above. One 64 x 64 -> 128 bit multiplication is a single
# instruction, which numba offers no name for: 30 ns a block, against 90 ns with 32-bit halves.
def _type_and_code(typing_context: Any, a: Any, b: Any) -> Any:
    pair: Any = types.UniTuple(types.uint64, 2)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word, double = ir.IntType(64), ir.IntType(128)
        product = builder.mul(*(builder.zext(argument, double) for argument in arguments))
        high = builder.trunc(builder.lshr(product, ir.Constant(double, 64)), word)
        return context.make_tuple(builder, pair, (high, builder.trunc(product, word)))

    return pair(types.uint64, types.uint64), generate


_multiply_words: Any = intrinsic(_type_and_code)


@overload(multiply_words, strict=False)
def _compiled_multiply_words(a: Any, b: Any) -> Any:
    return lambda a, b: _multiply_words(a, b)


@overload(add_words, strict=False)
def _compiled_add_words(a: Any, b: Any) -> Any:
    return lambda a, b: a + b


@compiled
def philox(
    key0: Word, key1: Word, c0: Word, c1: Word, c2: Word, c3: Word
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the block of Philox4x64-10 for a key and a counter: four random words.

    Equal to numpy.random.Philox, which adds one to its counter before each block.

    References
    ----------
    Salmon et al. (2011), see above.
    """
    k0, k1 = np.uint64(key0), np.uint64(key1)
    x0, x1, x2, x3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    for _ in range(PHILOX_ROUNDS):
        high0, low0 = multiply_words(PHILOX_M0, x0)
        high1, low1 = multiply_words(PHILOX_M1, x2)
        x0, x1, x2, x3 = high1 ^ x1 ^ k0, low1, high0 ^ x3 ^ k1, low0
        k0, k1 = add_words(k0, PHILOX_W0), add_words(k1, PHILOX_W1)
    return x0, x1, x2, x3


@compiled
def uniforms(
    key0: Word, key1: Word, c0: Word, c1: Word, c2: Word, c3: Word
) -> tuple[float, float, float, float]:
    """Return the four uniforms of a key (seed, replication) and a counter.

    Each is an odd multiple of 2**-53: never 0 nor 1, and 1 - u is exact.

    Parameters
    ----------
    key0, key1 : seed, replication
    c0, c1, c2, c3 : hash of the source, ordinal, hash of the object, 64 x visit + block
    """
    x0, x1, x2, x3 = philox(key0, key1, c0, c1, c2, c3)
    return (
        (float(x0 >> TWELVE_BITS) + 0.5) * GRID,
        (float(x1 >> TWELVE_BITS) + 0.5) * GRID,
        (float(x2 >> TWELVE_BITS) + 0.5) * GRID,
        (float(x3 >> TWELVE_BITS) + 0.5) * GRID,
    )


@compiled
def choose(cumulative: Floats, u: float) -> int:
    """Return the first index with u < cumulative, the last one otherwise.

    Parameters
    ----------
    cumulative : running sums of the shares, shape (n,), n >= 1
    u : uniform
    """
    last = cumulative.size - 1
    for i in range(last):
        if u < cumulative[i]:
            return i
    return last


# Samplers -------------------------------------------------------------------------------------
#
# Every variate is the inverse cdf of one uniform, gamma and pert included: one draw is one lane,
# a change of a parameter moves each participant's luck smoothly, and more luck is a longer stay.

(
    CONSTANT,
    EXPONENTIAL,
    LOGNORMAL,
    GAMMA,
    WEIBULL,
    UNIFORM,
    TRIANGULAR,
    PERT,
    EMPIRICAL,
    HYPEREXPONENTIAL,
) = range(10)

EPSILON = 2.0**-52
TINY = 2.0**-1022
MAX_STEPS = 100  # of a bracketed search; 2 are usual, bisection alone needs about 60
MAX_TERMS = 10_000  # of a series; 10 to 60 are usual


@compiled
def quantile(kind: int, a: float, b: float, c: float, table: Floats, u: float) -> float:
    """Return the variate of a distribution for a uniform u.

    =================  =================================================================
    kind               parameters
    =================  =================================================================
    CONSTANT           a value
    EXPONENTIAL        a mean
    LOGNORMAL          a mean, b standard deviation of the logarithm
    GAMMA, WEIBULL     a shape, b scale (erlang: a gamma with a whole shape)
    UNIFORM            a low, b high
    TRIANGULAR, PERT   a low, b mode, c high (pert: the beta of shapes 1 + 4 (b - a) / (c - a)
                       and 1 + 4 (c - b) / (c - a), stretched)
    EMPIRICAL          table (2, n): cumulative probabilities, the last 1; values
    HYPEREXPONENTIAL   table (2, n): cumulative shares, the last 1; means of the branches
    =================  =================================================================

    Increasing in u (to within rounding), but for the hyperexponential, which spends u first on
    the branch and then what is left of it within the branch. Parameters that are not named are
    ignored; an unknown kind gives nan.
    """
    if kind == EXPONENTIAL:
        return exponential_quantile(a, u)
    if kind == LOGNORMAL:
        return math.exp(a + b * normal_quantile(u))
    if kind == CONSTANT:
        return a
    if kind == GAMMA:
        return b * gamma_quantile(a, u)
    if kind == WEIBULL:
        return b * math.pow(-math.log1p(-u), 1.0 / a)
    if kind == UNIFORM:
        return a + u * (b - a)
    if kind == TRIANGULAR:
        return triangular_quantile(a, b, c, u)
    if kind == PERT:
        return pert_quantile(a, b, c, False, u)
    if kind == EMPIRICAL:
        return float(table[1, choose(table[0], u)])
    if kind == HYPEREXPONENTIAL:
        branch, left = choose_and_reuse(table[0], u)
        return exponential_quantile(table[1, branch], left)
    return math.nan


@compiled
def length_biased_quantile(
    kind: int, a: float, b: float, c: float, table: Floats, u: float
) -> float:
    """Return the variate of the length-biased distribution, with density x f(x) / mean.

    The whole stay of somebody whom one finds in service in a stationary system. Parameters as in
    `quantile`.

    References
    ----------
    Cox (1962), Renewal theory, section 5.4.
    """
    if kind == EXPONENTIAL:
        return a * gamma_quantile(2.0, u)
    if kind == LOGNORMAL:
        return math.exp(a + b * b + b * normal_quantile(u))
    if kind == CONSTANT:
        return a
    if kind == GAMMA:
        return b * gamma_quantile(a + 1.0, u)
    if kind == WEIBULL:
        return b * math.pow(gamma_quantile(1.0 + 1.0 / a, u), 1.0 / a)
    if kind == UNIFORM:
        return math.sqrt(a * a + u * (b - a) * (b + a))
    if kind == TRIANGULAR:
        return length_biased_triangular_quantile(a, b, c, u)
    if kind == PERT:
        return pert_quantile(a, b, c, True, u)
    if kind == EMPIRICAL:
        branch, left = choose_by_length(table, u)
        return float(table[1, branch])
    if kind == HYPEREXPONENTIAL:
        branch, left = choose_by_length(table, u)
        return float(table[1, branch]) * gamma_quantile(2.0, left)
    return math.nan


@compiled
def quantile_beyond(
    kind: int, a: float, b: float, c: float, table: Floats, past: float, u: float
) -> float:
    """Return the variate of a distribution given that it is longer than `past`, >= 0.

    The quantile at F(past) + u (1 - F(past)), F being the cdf, from the upper tail where that is
    precise; `past` itself where nothing is longer. Parameters as in `quantile`.
    """
    if kind == EXPONENTIAL:
        return past + exponential_quantile(a, u)
    if kind == HYPEREXPONENTIAL:
        branch, left = choose_beyond(kind, table, past, u)
        return past + exponential_quantile(table[1, branch], left)
    if kind == EMPIRICAL:
        branch, left = choose_beyond(kind, table, past, u)
        return past if branch < 0 else float(table[1, branch])
    if kind == WEIBULL:
        x = past
        if past <= 0.0 or a * math.log(past / b) < 600.0:  # beyond, nothing is left of the tail
            x = b * math.pow(math.pow(past / b, a) - math.log1p(-u), 1.0 / a)
    elif kind == LOGNORMAL and past > 0.0:
        x = math.exp(a - b * normal_quantile(_tail(normal_beyond((math.log(past) - a) / b), u)))
    elif kind == GAMMA and past > 0.0:
        x = b * gamma_quantile(a, _below(gamma_beyond(a, past / b), u))
    elif kind == UNIFORM:
        x = max(a, past) + u * (b - max(a, past))
    elif kind == TRIANGULAR and past >= b:
        x = c - math.sqrt(1.0 - u) * (c - past)
    elif kind == TRIANGULAR and past > a:
        x = triangular_quantile(
            a, b, c, _below(1.0 - (past - a) / (c - a) * ((past - a) / (b - a)), u)
        )
    elif kind == PERT and a < past < c:
        x = pert_quantile(a, b, c, False, _below(pert_beyond(a, b, c, past), u))
    else:
        x = quantile(kind, a, b, c, table, u)
    return max(x, past)


@inner
def _tail(beyond: float, u: float) -> float:
    """Return a share of the tail, 1 - u of it, kept off 0 and 1, where a quantile is infinite."""
    return min(max(beyond * (1.0 - u), TINY), 1.0 - 0.5 * GRID)


@inner
def _below(beyond: float, u: float) -> float:
    """Return the uniform that leaves 1 - u of the tail above it, kept off 0 and 1."""
    return min(max(1.0 - beyond * (1.0 - u), 0.5 * GRID), 1.0 - 0.5 * GRID)


@inner
def choose_beyond(kind: int, table: Floats, past: float, u: float) -> tuple[int, float]:
    """Choose a column among what may be longer than `past`; -1 if nothing is.

    By probability where the values are lengths, by probability x exp(-past / mean) where they are
    means. Returned is also what is left of u.
    """
    n = table.shape[1]
    total, before, least = 0.0, 0.0, _least_hazard(table) if kind == HYPEREXPONENTIAL else 0.0
    for i in range(n):
        total += (table[0, i] - before) * _share_beyond(kind, table[1, i], past, least)
        before = table[0, i]
    target, below, before, chosen, left = u * total, 0.0, 0.0, -1, u
    for i in range(n):
        weight = (table[0, i] - before) * _share_beyond(kind, table[1, i], past, least)
        before = table[0, i]
        if weight > 0.0:
            chosen, left = i, _uniform_within(target - below, weight)
            if target < below + weight:
                break
        below += weight
    return chosen, left


@inner
def _share_beyond(kind: int, value: float, past: float, least: float) -> float:
    """Return the chance of being longer than `past`, times exp(least x past)."""
    if kind == HYPEREXPONENTIAL:
        return math.exp((least - 1.0 / value) * past)
    return 1.0 if value > past else 0.0


@inner
def _least_hazard(table: Floats) -> float:
    """Return 1 / the largest mean that has a share, so that exp never leaves nothing of all."""
    largest, before = 0.0, 0.0
    for i in range(table.shape[1]):
        if table[0, i] > before:
            largest = max(largest, table[1, i])
        before = table[0, i]
    return 1.0 / largest


@compiled
def exponential_quantile(mean: float, u: float) -> float:
    """Return the exponential variate; log1p(-u) keeps both tails, for 1 - u is exact."""
    return -mean * math.log1p(-u)


@compiled
def choose_and_reuse(cumulative: Floats, u: float) -> tuple[int, float]:
    """Return the index that `choose` returns, and what is left of u as a fresh uniform."""
    chosen = choose(cumulative, u)
    below = cumulative[chosen - 1] if chosen > 0 else 0.0
    return chosen, _uniform_within(u - below, cumulative[chosen] - below)


@compiled
def choose_by_length(table: Floats, u: float) -> tuple[int, float]:
    """Choose a column by probability x value; return its index and what is left of u.

    Parameters
    ----------
    table : cumulative probabilities and values, shape (2, n)
    """
    n = table.shape[1]
    total, before = 0.0, 0.0
    for i in range(n):
        total += (table[0, i] - before) * table[1, i]
        before = table[0, i]
    # Rounding may leave the target at the total: then it is the last column that weighs anything.
    target, below, before, chosen, left = u * total, 0.0, 0.0, 0, u
    for i in range(n):
        weight = (table[0, i] - before) * table[1, i]
        before = table[0, i]
        if weight > 0.0:
            chosen, left = i, _uniform_within(target - below, weight)
            if target < below + weight:
                break
        below += weight
    return chosen, left


@inner
def _uniform_within(part: float, whole: float) -> float:
    """Return part / whole, kept off 0 and 1, where a quantile may be infinite."""
    if whole <= 0.0:
        return 0.5
    return min(max(part / whole, 0.5 * GRID), 1.0 - 0.5 * GRID)


# Coefficients of a numerator and a denominator, the highest power first (Wichura, below).
# fmt: off
NORMAL_CENTRE = np.array(
    (
        (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
         4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
         1.3314166789178437745e2, 3.3871328727963666080e0),
        (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4,
         2.1213794301586595867e4, 5.3941960214247511077e3, 6.8718700749205790830e2,
         4.2313330701600911252e1, 1.0),
    )
)
NORMAL_SIDES = np.array(
    (
        (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
         1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0,
         4.63033784615654529590e0, 1.42343711074968357734e0),
        (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
         1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0,
         2.05319162663775882187e0, 1.0),
    )
)
NORMAL_TAILS = np.array(
    (
        (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
         2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0,
         5.46378491116411436990e0, 6.65790464350110377720e0),
        (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
         7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
         5.99832206555887937690e-1, 1.0),
    )
)
# fmt: on


@inner
def _ratio(coefficients: Floats, x: float) -> float:
    """Return the ratio of two polynomials, (2, n) coefficients, the highest power first."""
    above, below = 0.0, 0.0
    for i in range(coefficients.shape[1]):
        above = above * x + coefficients[0, i]
        below = below * x + coefficients[1, i]
    return above / below


@compiled
def normal_quantile(u: float) -> float:
    """Return the standard normal quantile, relative error about 1e-16.

    References
    ----------
    Wichura (1988), Algorithm AS 241: the percentage points of the normal distribution, Applied
    Statistics 37, 477-484; routine PPND16.
    """
    q = u - 0.5
    if abs(q) <= 0.425:
        return q * _ratio(NORMAL_CENTRE, 0.180625 - q * q)
    r = math.sqrt(-math.log(u if q < 0.0 else 1.0 - u))
    size = _ratio(NORMAL_SIDES, r - 1.6) if r <= 5.0 else _ratio(NORMAL_TAILS, r - 5.0)
    return math.copysign(size, q)


@inner
def normal_beyond(z: float) -> float:
    """Return the chance that a standard normal variate is larger than z."""
    return 0.5 * math.erfc(z * math.sqrt(0.5))


# Gamma and beta: a search in t = log x (gamma) or t = log(y / (1 - y)) (beta). There the density g
# of t has the simple slopes that `_improve` needs, so that one or two evaluations of the incomplete
# gamma or beta function are enough. `miss` is (u - cdf) / g, free of the density's large and small
# factors; it comes from either tail, so that it is precise in both.

CLOSE = 4e-3  # a miss this small, in widths of the density, leaves less than 1e-15 afterwards
FAR = 0.25  # beyond it the series is of no use


@inner
def _improve(miss: float, h: float, h1: float, h2: float, h3: float) -> tuple[float, bool]:
    """Return the change of t that makes up for a miss, and whether it is as good as exact.

    The Taylor series of the inverse function, from t' = exp(-log g) differentiated four times
    more, h being the slope of log g and h1, h2, h3 its derivatives. For a large miss: what would
    be right if log g were straight, at most 3.
    """
    width = abs(miss) * max(1.0, abs(h), math.sqrt(abs(h1)))
    if width < FAR:
        c3 = 2.0 * h * h - h1
        c4 = h * (7.0 * h1 - 6.0 * h * h) - h2
        c5 = h * (h * (24.0 * h * h - 46.0 * h1) + 11.0 * h2) + 7.0 * h1 * h1 - h3
        series = c3 / 6.0 + miss * (c4 / 24.0 + miss * c5 / 120.0)
        return miss * (1.0 + miss * (-h / 2.0 + miss * series)), width < CLOSE
    change = math.copysign(3.0, miss)
    if abs(h * miss) < 0.01:
        change = miss
    elif h * miss > -0.99:
        change = math.log1p(h * miss) / h
    return min(max(change, -3.0), 3.0), False


# gamma(a + 1) = L(a) ((a + G - 1/2) / e)**(a - 1/2): Lanczos' approximation with 13 terms, of
# Godfrey and Maddock (Boost.Math, lanczos13m53). L is a ratio of polynomials, the lower one being
# (a + 1) (a + 2) ... (a + 11).
LANCZOS_G = 6.024680040776729583740234375
# fmt: off
LANCZOS = np.array(
    (
        (0.006061842346248906525783753964555936883222, 0.5098416655656676188125178644804694509993,
         19.51992788247617482847860966235652136208, 449.9445569063168119446858607650988409623,
         6955.999602515376140356310115515198987526, 75999.29304014542649875303443598909137092,
         601859.6171681098786670226533699352302507, 3481712.15498064590882071018964774556468,
         14605578.08768506808414169982791359218571, 43338889.32467613834773723740590533316085,
         86363131.28813859145546927288977868422342, 103794043.1163445451906271053616070238554,
         56906521.91347156388090791033559122686859),
        (0.0, 1.0, 66.0, 1925.0, 32670.0, 357423.0, 2637558.0, 13339535.0, 45995730.0,
         105258076.0, 150917976.0, 120543840.0, 39916800.0),
    )
)
# fmt: on


@inner
def _gamma_of_next(a: float) -> float:
    """Return gamma(a + 1), a > 0."""
    return _ratio(LANCZOS, a) * math.pow((a + (LANCZOS_G - 0.5)) / math.e, a - 0.5)


@compiled
def gamma_quantile(shape: float, u: float) -> float:
    """Return the quantile of the gamma distribution with scale 1.

    Relative error about 1e-15 (1e-14 / shape for shapes below 1); 0 where it is below the
    smallest float.

    References
    ----------
    DiDonato, Morris (1986), Computation of the incomplete gamma function ratios and their
    inverse, ACM TOMS 12, 377-393. Temme (1979), SIAM J. Math. Anal. 10, 757-766.
    """
    z = normal_quantile(u) if shape > 1.25 else 0.0
    if shape > 1.25 and z > -0.66 * shape:
        x = _gamma_start_from_normal(shape, z)
    else:
        next_gamma = _gamma_of_next(shape)
        power = math.pow(u * next_gamma, 1.0 / shape)
        if power < 1e-9:
            return power * (1.0 + power / (shape + 1.0))  # the next term is below 1e-18
        x = _gamma_start_from_power(shape, power, next_gamma / shape, u)
    lanczos = _ratio(LANCZOS, shape)
    low, high = 0.0, math.inf
    for _ in range(MAX_STEPS):
        if shape >= LARGE_SHAPE and abs(x - shape) < LARGE_RANGE * shape:
            miss = _large_gamma_miss(shape, x, z)
        else:
            miss = _gamma_miss(shape, lanczos, x, u)
        if miss > 0.0:
            low = x
        else:
            high = x
        change, exact = _improve(miss, shape - x, -x, -x, -x)
        new = x * math.exp(change)
        if exact or new == x:
            return new
        x = new if low < new < high else 0.5 * (low + high)
    return x


@inner
def _gamma_start_from_normal(shape: float, z: float) -> float:
    """Return a first guess from the normal quantile z.

    Cornish-Fisher expansion of the cube root, whose first three terms are Wilson and Hilferty's
    (1931, PNAS 17, 684-688).
    """
    d = 1.0 / math.sqrt(shape)
    q = z * z
    c3 = z * (1.0 / 108.0 - q / 324.0)
    c4 = ((q + 4.0) * q - 7.0) / 1215.0
    c5 = -z * (q * (q / 7776.0 + 5.0 / 2916.0) + 5.0 / 2592.0)
    root = 1.0 + d * (z / 3.0 + d * (-1.0 / 9.0 + d * (c3 + d * (c4 + d * c5))))
    root = max(root, 0.1)
    return shape * root * root * root


@inner
def _gamma_start_from_power(shape: float, power: float, gamma: float, u: float) -> float:
    """Return a first guess from power = (u gamma(shape + 1))**(1 / shape) and gamma(shape).

    Below, P(a, x) is nearly (p (1 - exp(-b x)) / b)**a, whose p and b are fitted to its power
    series (exact for shape 1, and of Alzer's form: 1997, Math. Comp. 66, 771-778); above, Q(a, x)
    is nearly x**(a-1) exp(-x) (1 + (a - 1) / (x + 1)) / gamma(a).
    """
    b = 2.0 / (shape + 1.0)
    if b * power < 0.7 or u < 0.5:
        return -math.log1p(-min(b * power, 0.95)) / b
    v = -math.log((1.0 - u) * gamma)
    less = shape - 1.0
    x = v + less * math.log(v)
    x = v + less * math.log(x) + math.log1p(less / (x + 1.0))
    return max(x, 0.5 * v)


@inner
def _gamma_miss(shape: float, lanczos: float, x: float, u: float) -> float:
    """Return (u - P(shape, x)) / g, g = x**shape exp(-x) / gamma(shape), the density of log x.

    lanczos is L(shape).
    """
    g = _gamma_density(shape, lanczos, x)
    if x < 1.0 + shape + math.sqrt(shape):
        return u / g - _gamma_series(shape, x) / shape
    return _gamma_fraction(shape, x) - (1.0 - u) / g


@inner
def _gamma_density(shape: float, lanczos: float, x: float) -> float:
    """Return g = x**shape exp(-x) / gamma(shape), the density of log x; lanczos is L(shape)."""
    offset = shape + (LANCZOS_G - 0.5)
    g = shape * math.sqrt(offset / math.e) / lanczos
    return g * math.exp(shape * math.log(x / offset) + (shape - x))


@compiled
def gamma_beyond(shape: float, x: float) -> float:
    """Return the chance that a gamma variate with scale 1 is larger than x > 0."""
    if shape >= LARGE_SHAPE and abs(x - shape) < LARGE_RANGE * shape:
        eta, root = _large_gamma_eta(shape, x), math.sqrt(shape)
        y = eta * root
        density = math.exp(-0.5 * y * y) / math.sqrt(2.0 * math.pi)
        return normal_beyond(y) + density * _large_gamma_sum(shape, eta) / root
    g = _gamma_density(shape, _ratio(LANCZOS, shape), x)
    if x < 1.0 + shape + math.sqrt(shape):
        return 1.0 - g * _gamma_series(shape, x) / shape
    return g * _gamma_fraction(shape, x)


@inner
def _gamma_series(shape: float, x: float) -> float:
    """Return shape P(shape, x) / g, a series of positive terms.

    References
    ----------
    NIST Digital Library of Mathematical Functions, 8.11.4.
    """
    term, total, n = 1.0, 1.0, shape
    for _ in range(MAX_TERMS):
        n += 1.0
        term *= x / n
        total += term
        if term < 0.5 * EPSILON * total:
            break
    return total


@inner
def _gamma_fraction(shape: float, x: float) -> float:
    """Return Q(shape, x) / g, Legendre's continued fraction, forwards.

    References
    ----------
    NIST Digital Library of Mathematical Functions, 8.9.2, contracted; Press et al. (2007),
    Numerical Recipes, 3rd ed., section 6.2.
    """
    above0, above1 = 0.0, 1.0
    below0, below1 = 1.0, x + 1.0 - shape
    value = above1 / below1
    for n in range(1, MAX_TERMS):
        a = n * (shape - n)
        b = x + 1.0 - shape + 2.0 * n
        above0, above1 = above1, b * above1 + a * above0
        below0, below1 = below1, b * below1 + a * below0
        old, value = value, above1 / below1
        if abs(value - old) <= EPSILON * value:
            break
        if below1 > 1e200:
            above0, above1 = above0 * 1e-200, above1 * 1e-200
            below0, below1 = below0 * 1e-200, below1 * 1e-200
    return value


# For large shapes Temme's expansion replaces the series, whose length grows. With
# eta**2 / 2 = mu - log(1 + mu), mu = x / a - 1, y = eta sqrt(a), and Phi, phi the normal cdf and
# density: P(a, x) = Phi(y) - phi(y) S(eta) / sqrt(a), S the sum over k and n of
# LARGE_TERMS[k][n] eta**n / a**k (NIST Digital Library of Mathematical Functions, 8.12.7-8.12.12;
# a test derives the numbers again). Kept are the terms above 2e-17 in the range below.
LARGE_SHAPE = 64.0
LARGE_RANGE = 0.4  # of |mu|
# fmt: off
LARGE_TERMS = (
    (-0.3333333333333333, 0.08333333333333333, -0.014814814814814815,
     0.0011574074074074073, 0.0003527336860670194, -0.0001787551440329218,
     3.919263178522438e-05, -2.185448510679992e-06, -1.85406221071516e-06,
     8.296711340953087e-07, -1.7665952736826078e-07, 6.707853543401498e-09,
     1.0261809784240309e-08, -4.382036018453353e-09, 9.14769958223679e-10),
    (-0.001851851851851852, -0.003472222222222222, 0.0026455026455026454,
     -0.0009902263374485596, 0.00020576131687242798, -4.018775720164609e-07,
     -1.8098550334489977e-05, 7.64916091608111e-06, -1.6120900894563446e-06,
     4.647127802807434e-09, 1.378633446915721e-07, -5.752545603517705e-08,
     1.1951628599778148e-08),
    (0.004133597883597883, -0.0026813271604938273, 0.0007716049382716049,
     2.0093878600823047e-06, -0.0001073665322636516, 5.2923448829120125e-05,
     -1.2760635188618728e-05, 3.423578734096138e-08, 1.3721957309062934e-06,
     -6.298992138380055e-07, 1.4280614206064242e-07),
    (0.0006494341563786008, 0.00022947209362139917, -0.0004691894943952557,
     0.00026772063206283885, -7.561801671883977e-05, -2.396505113867297e-07,
     1.1082654115347302e-05, -5.6749528269915965e-06, 1.4230900732435883e-06),
    (-0.0008618882909167117, 0.0007840392217200666, -0.0002990724803031902,
     -1.4638452578843418e-06, 6.641498215465122e-05, -3.968365047179435e-05,
     1.1375726970678419e-05),
    (-0.00033679855336635813, -6.972813758365857e-05, 0.0002772753244959392,
     -0.00019932570516188847, 6.797780477937208e-05),
    (0.0005313079364639922, -0.0005921664373536939, 0.0002708782096718045),
)
# fmt: on
LARGE_TABLE = np.array([row + (0.0,) * (15 - len(row)) for row in LARGE_TERMS])


@inner
def _large_gamma_miss(shape: float, x: float, z: float) -> float:
    """Return what `_gamma_miss` returns, for a large shape and x near it, u being Phi(z).

    u - P = Phi(z) - Phi(y) + phi(y) S / sqrt(a), and (Phi(y) - Phi(z)) / phi(y) is the integral
    of exp(y t - t**2 / 2) over 0 < t < y - z, summed as a series in y - z. So no error function
    is needed, and nothing cancels in the tails.
    """
    eta, root = _large_gamma_eta(shape, x), math.sqrt(shape)
    y = eta * root
    d = y - z
    before, term = 0.0, d
    between = d
    for n in range(1, MAX_TERMS):
        before, term = term, d / (n + 1) * (y * term - d * (n - 1) / n * before)
        between += term
        if abs(term) + abs(before) < EPSILON * abs(between):
            break
    # phi(y) / g = gamma(a) (e / a)**a / sqrt(2 pi), by Stirling's series.
    v = 1.0 / shape
    stirling = 1.0 + v * (1 / 12 + v * (1 / 288 - v * (139 / 51840 + v * 571 / 2488320)))
    return stirling / root * (_large_gamma_sum(shape, eta) / root - between)


@inner
def _large_gamma_eta(shape: float, x: float) -> float:
    """Return eta, of the sign of x - shape."""
    mu = (x - shape) / shape
    return math.copysign(math.sqrt(2.0 * max(mu - math.log1p(mu), 0.0)), mu)


@inner
def _large_gamma_sum(shape: float, eta: float) -> float:
    """Return S(eta)."""
    total = 0.0
    for k in range(LARGE_TABLE.shape[0] - 1, -1, -1):
        row = 0.0
        for n in range(14 - 2 * k, -1, -1):
            row = row * eta + LARGE_TABLE[k, n]
        total = total / shape + row
    return total


# Triangular and pert ----------------------------------------------------------------------------


@compiled
def triangular_quantile(low: float, mode: float, high: float, u: float) -> float:
    """Return the quantile of the triangular distribution."""
    width, left, right = high - low, mode - low, high - mode
    if width <= 0.0:
        return low
    if u * width < left:
        return low + math.sqrt(u * width * left)
    # high - root, written so that nothing cancels where that is near 0.
    root = math.sqrt((1.0 - u) * width * right)
    return mode + right * (u * width - left) / (right + root)


@compiled
def length_biased_triangular_quantile(low: float, mode: float, high: float, u: float) -> float:
    """Return the quantile of the length-biased triangular distribution, low >= 0.

    Its cdf is a cubic on each side of the mode. It is solved in the distance from the nearest end
    of the side, so that nothing cancels.
    """
    width, left, right = high - low, mode - low, high - mode
    if width <= 0.0:
        return low
    # Integrals of x times the density, over a common factor: up to the mode, and beyond it.
    common = (low + mode + high) * width / 6.0
    below = left * (low / 2.0 + left / 3.0)
    above = right * (high / 2.0 - right / 3.0)
    if u * common < below:
        return low + _cubic_root(0.0, low / 2.0, 1.0 / 3.0, u * common * left, left)
    if (1.0 - u) * common < 0.5 * above:
        return high - _cubic_root(0.0, high / 2.0, -1.0 / 3.0, (1.0 - u) * common * right, right)
    target = (u * common - below) * right
    return mode + _cubic_root(mode * right, high / 2.0 - mode, -1.0 / 3.0, target, right)


@inner
def _cubic_root(c1: float, c2: float, c3: float, target: float, top: float) -> float:
    """Return x in [0, top] with c1 x + c2 x**2 + c3 x**3 = target, where that increases.

    Bracketed Newton, from the smallest x at which one positive term alone reaches the target.
    """
    x = top
    if c1 > 0.0:
        x = min(x, target / c1)
    if c2 > 0.0:
        x = min(x, math.sqrt(target / c2))
    if c3 > 0.0:
        x = min(x, math.pow(target / c3, 1.0 / 3.0))
    low, high = 0.0, top
    for _ in range(MAX_STEPS):
        excess = x * (c1 + x * (c2 + x * c3)) - target
        if excess < 0.0:
            low = x
        else:
            high = x
        slope = c1 + x * (2.0 * c2 + 3.0 * c3 * x)
        new = x - excess / slope if slope > 0.0 else low
        if not low <= new <= high:
            new = 0.5 * (low + high)
        if abs(new - x) <= EPSILON * x:
            return new
        x = new
    return x


@compiled
def pert_quantile(low: float, mode: float, high: float, by_length: bool, u: float) -> float:
    """Return the quantile of the pert distribution, or of the length-biased one.

    The stretched variable y = (x - low) / (high - low) is beta(alpha, beta), alpha + beta = 6.
    By length it is a mixture of beta(alpha, beta) and beta(alpha + 1, beta), and of those
    I_y(alpha + 1, beta) = I_y(alpha, beta) - y**alpha (1 - y)**beta / (alpha B(alpha, beta)).
    The search is in t, the log of the odds r = y / (1 - y).

    References
    ----------
    Malcolm, Roseboom, Clark, Fazar (1959), Operations Research 7, 646-669. NIST Digital Library
    of Mathematical Functions, 8.17.8 and 8.17.20.
    """
    width = high - low
    if width <= 0.0:
        return low
    alpha = 1.0 + 4.0 * (mode - low) / width
    beta = 1.0 + 4.0 * (high - mode) / width
    mean = (low + 4.0 * mode + high) / 6.0
    stay = low / mean if by_length else 1.0  # share of the first beta in the mixture
    # 1 / B(alpha, beta), from gamma(a) = gamma(a + 1) / a and gamma(6) = 120.
    scale = 120.0 * alpha / _gamma_of_next(alpha)
    scale *= beta / _gamma_of_next(beta)
    t = _log_odds_from_normal(alpha + 1.0 - stay, beta, normal_quantile(u))
    least, most = -math.inf, math.inf
    for _ in range(MAX_STEPS):
        r = math.exp(t)
        y, rest = r / (1.0 + r), 1.0 / (1.0 + r)
        g = scale * math.exp(alpha * t - 6.0 * math.log1p(r))
        if y < 0.5:
            miss = u / g - (stay + _beta_series(alpha, y)) / alpha
        else:
            miss = (1.0 + _beta_series(beta, rest)) / beta + (1.0 - stay) / alpha - (1.0 - u) / g
        # log g has the slope alpha - 6 y. By length, g is to be multiplied by x / mean, x being
        # (low + high r) / (1 + r): so its log has the further slope w - y, w as below.
        w, n = 0.0, 6.0
        if by_length:
            w, n = high * r / (low + high * r), 7.0
            miss *= mean * (1.0 + r) / (low + high * r)
        if miss > 0.0:
            least = t
        else:
            most = t
        v, s = w * (1.0 - w), y * rest
        h1 = v - n * s
        h2 = v * (1.0 - 2.0 * w) - n * s * (rest - y)
        h3 = v * (1.0 - 6.0 * v) - n * s * (1.0 - 6.0 * s)
        h = alpha + w - n * y
        change, exact = _improve(miss, h, h1, h2, h3)
        new = t + change
        if exact or new == t:
            t = new
            break
        t = new if least < new < most else 0.5 * (least + most)
    r = math.exp(t)
    return low + width * (r / (1.0 + r))


@compiled
def pert_beyond(low: float, mode: float, high: float, x: float) -> float:
    """Return the chance that a pert variate is larger than x, low < x < high."""
    width = high - low
    alpha = 1.0 + 4.0 * (mode - low) / width
    beta = 1.0 + 4.0 * (high - mode) / width
    scale = 120.0 * alpha / _gamma_of_next(alpha)
    scale *= beta / _gamma_of_next(beta)
    y, rest = (x - low) / width, (high - x) / width
    g = scale * math.pow(y, alpha) * math.pow(rest, beta)
    if y < 0.5:
        return 1.0 - g * (1.0 + _beta_series(alpha, y)) / alpha
    return g * (1.0 + _beta_series(beta, rest)) / beta


@inner
def _log_odds_from_normal(alpha: float, beta: float, z: float) -> float:
    """Return a first guess of log(y / (1 - y)), y a beta quantile, from the normal quantile z.

    References
    ----------
    Abramowitz, Stegun (1964), Handbook of mathematical functions, 26.5.22.
    """
    a, b = 1.0 / (2.0 * alpha - 1.0), 1.0 / (2.0 * beta - 1.0)
    h = 2.0 / (a + b)
    curve = (z * z - 3.0) / 6.0
    w = z * math.sqrt(h + curve) / h + (b - a) * (curve + 5.0 / 6.0 - 2.0 / (3.0 * h))
    return math.log(alpha / beta) + 2.0 * w


@inner
def _beta_series(alpha: float, y: float) -> float:
    """Return alpha I_y(alpha, 6 - alpha) / g - 1, a series of positive terms, for y <= 1/2."""
    term, total, n = 1.0, 0.0, 0.0
    for _ in range(MAX_TERMS):
        term *= (6.0 + n) / (alpha + 1.0 + n) * y
        n += 1.0
        total += term
        if term < 0.5 * EPSILON * total:
            break
    return total


# Arrivals -------------------------------------------------------------------------------------


@compiled
def arrival_times(
    key0: Word,
    key1: Word,
    source_hash: Word,
    arrival_hash: Word,
    starts: Floats,
    rates: Floats,
    end: float,
    at_most: int,
) -> Floats:
    """Return the instants of a Poisson process whose rate is constant in pieces.

    Arrival n comes where the integrated rate first exceeds the sum of n + 1 unit exponentials
    (no thinning); the exponential of arrival n is lane n % 4 of the block of ordinal n // 4.

    Parameters
    ----------
    key0, key1, source_hash, arrival_hash : of the draws, as words
    starts : instants at which the pieces begin, increasing [day] (n,)
    rates : their rates, >= 0 [1/day] (n,)
    end : end of the last piece [day]
    at_most : number of arrivals to stop after, none if negative

    Returns
    -------
    Increasing instants in [starts[0], end) [day]

    References
    ----------
    Cinlar (1975), Introduction to stochastic processes, section 4.7.
    """
    times = np.empty(64)
    count = 0
    target = 0.0  # sum of the exponentials so far
    before = 0.0  # rate integrated up to the present piece
    block = (0.0, 0.0, 0.0, 0.0)
    piece = 0
    while piece < starts.size and count != at_most:
        if count % 4 == 0:
            ordinal = np.uint64(count // 4)
            block = uniforms(key0, key1, source_hash, ordinal, arrival_hash, ZERO)
        target += exponential_quantile(1.0, block[count % 4])
        while piece < starts.size:
            until = starts[piece + 1] if piece + 1 < starts.size else end
            within = rates[piece] * (until - starts[piece])
            if within > 0.0 and target < before + within:
                break
            before += max(within, 0.0)
            piece += 1
        if piece == starts.size:
            break
        # Rounding must not move an arrival into another piece, whose rate may be 0.
        time = starts[piece] + (target - before) / rates[piece]
        time = min(max(time, starts[piece]), np.nextafter(until, -math.inf))
        if count == times.size:
            times = _resized(times, 2 * count)
        times[count] = time
        count += 1
    return _resized(times, count)


@inner
def _resized(values: Floats, size: int) -> Floats:
    """Return an array of another size that begins with the same values."""
    out = np.empty(size)
    for i in range(min(size, values.size)):
        out[i] = values[i]
    return out


# Caseloads ------------------------------------------------------------------------------------


@compiled
def caseload_factor(at: float, stay: float, in_use: int, fte: float) -> float:
    """Return how much longer a stay is that begins where each has more participants than a norm.

    Parameters
    ----------
    at : the norm: participants for each full-time post in post, above which stays are longer
    stay : the factor on a stay for each participant above it
    in_use : places of the team in use, with this start
    fte : full-time posts that are filled; where there are none, nobody has too many
    """
    if fte <= 0.0 or in_use <= at * fte:
        return 1.0
    return float(stay ** (in_use / fte - at))


# The event loop -------------------------------------------------------------------------------
#
# Whatever will happen at a known instant is a *node* of the calendar: each participant has one (the
# next thing that happens to them: an arrival, the end of patience, the end of a stay), and so has
# each post, team, station. A *lane* is the part of a waiting list that is served first come, first
# served: those of one rank who hold the same places (a *queue* has one lane for each rank).
#
# Order within an instant (the one place where it is written down):
#
# 1. in a round, by class: CAPACITY, ENDS, PATIENCE, ARRIVALS, by (team or step, participant)
# 2. then meetings, groups, and single starts; places given up here are free in the next round
# 3. then those who joined a list that is too long in this round are turned away
#
# A participant's number is its row in the log's table, so numbers stand in the order of
# (source, ordinal).


# The plan as arrays ---------------------------------------------------------------------------
#
# Pairs X, X_END are a range of rows of another array. -1 means "none".

(
    STATION,  # the first one
    PER,  # range of `per`
    PER_END,
    STAY,  # a variate
    FACTORS,
    FACTORS_END,
    PRIORITY,
    PRIORITY_END,
    ROUTES,
    ROUTES_END,
    ROUTES_FOR,
    ROUTES_FOR_END,
    PATIENCE,  # a variate
    SINCE_REFERRAL,
    PATIENCE_EXIT,
    INTERRUPTIONS,
    INTERRUPTIONS_END,
    KEEPS_PLACE,
    MAX_WAITING,
    STEP_VISITS,  # column of `visits`; -1: nobody comes twice
    N_STEP,
) = range(21)
(
    STEP,
    TEAMS,
    TEAMS_END,
    QUEUES,
    QUEUES_END,
    CLOSED,
    CLOSED_END,
    PAUSES,
    PAUSES_END,
    KIND,
    MIN,
    MAX,
    MAX_PER_YEAR,
    N_STATION,
) = range(14)
SINGLE, MEETINGS, GROUPS = range(3)  # kinds of stations
EVERY, FIRST_MEETING, CUT_OFF, N_STATION_TIME = range(4)
QUEUE_HOLDS, FIRST_LANE, LANES_END, N_QUEUE = range(4)  # holds: the station whose places are kept
(
    STATIONS,
    STATIONS_END,
    POSTS,
    POSTS_END,
    CHANGES,  # of places
    CHANGES_END,
    TIMES,  # when places may change
    TIMES_END,
    FROM_CASELOADS,
    ENDS_TO,
    NEEDED,  # range of `needed`
    NEEDED_END,
    N_TEAM,
) = range(13)
FROM_AT, UNTIL_AT, NORM_AT, NORM_STAY, N_TEAM_FIGURE = range(5)  # norm of 1.0: none
POST_TEAM, PERSON, VACANCY, SETTLED, PLANS, PLANS_END, N_POST = range(7)
TAKES_ON, MOST_CASELOAD, MEAN_IN_POST, N_POST_FIGURE = range(4)
PLAN_AT, IN_FORCE_THEN, AWAY_THEN, FTE_THEN, CASELOAD_THEN, N_PLAN = range(6)
RETURNS_TO, RETURN_DELAY, EXIT_VISITS, N_EXIT = range(4)
SUSTAINED_SHARE, HOLD_TIME, RETURN_SHARE, N_SHARE = range(4)
SOURCE_KIND, SOURCE_TO, WAITED, GIVEN, ELAPSED, ELAPSED_END, N_SOURCE = range(7)
UP_TO, LEAST, MOST, N_ELAPSED = range(4)  # a class: up to which ordinal, and its times
VARIATE_KIND, TABLE, TABLE_LENGTH, N_VARIATE = range(4)
NO_LIMIT = 2**31 - 1
LEAST_FACTOR = 1e-9  # of the stay of somebody inside already; below, it is over at once
A_MONTH = 365.25 / 12  # [day]


# The state of a run ---------------------------------------------------------------------------

(
    SOURCE,
    ORDINAL,
    EPISODE,
    STATE,
    AT,  # the station waited for, stayed in, or last left
    HOLDS,  # the station whose teams' places are held
    VISIT,
    TARGET,  # where an arrival, a return or a delay leads: a step, or -1 - exit
    LANE,
    RANK,
    BEFORE,  # neighbours on the lane
    AFTER,
    CUT_BY,  # exit of the interruption that ends the stay, -1: it is finished
    JOINED_IN,  # number of the last round in which it joined a list
    N_PERSON,
) = range(15)
REFERRING, RETURNING, UNDER_WAY, IN_LIST, INSIDE, GONE = range(6)  # states
(
    LISTED_AT,
    REFERRED_AT,
    STAY_U,
    PATIENCE_U,
    ROUTE_U,
    INTERRUPTION_U,
    N_FIGURE,
) = range(7)
HEAD, TAIL, LATEST, N_LANE_STATE = range(4)  # latest: where somebody was put in last
(
    N_WAITING,
    IS_CLOSED,
    FLAGGED,  # somebody may be able to start
    N_THIS_YEAR,
    COUNTED_YEAR,
    NEXT_CLOSURE,
    NEXT_PAUSE,
    N_MEETING,
    N_STATION_STATE,
) = range(9)
IN_FORCE, FREE, FREE_NEXT, ENDED, CHANGED, NEXT_TIME, N_TEAM_STATE = range(7)
(
    FILLED,
    HAS_PERSON,  # in a vacancy too, though the post is not filled then
    SPELL,
    NEXT_PLAN,
    TAKING_ON,  # whether the person has been in post for too short a time to have all
    MONTHS,  # full ones in post, as long as that matters
    N_POST_STATE,
) = range(7)
TURNS_AT, CAME_AT, VACANCY_U, PLACES_NOW, FTE_NOW, N_POST_NUMBER = range(6)
NEXT, PREVIOUS = range(2)  # links of a node; in the heap, NEXT is the position
NOWHERE, IN_HEAP, IN_BATCH = -1, -2, -3  # values of PREVIOUS; from BUCKET_0 down: first of a bucket
BUCKET_0 = -4


# Memory ---------------------------------------------------------------------------------------
#
# All functions below are handed one thing, a world, and read and write `world.people[p, STATE]`.
# Uncompiled, a world is an object with NumPy arrays. Compiled, it is an address: that of 64-bit
# slots, one for each of FIELDS, which hold numbers or the addresses of the arrays. NumPy arrays as
# numba knows them would be counted references, at every access, and 56 bytes of arguments each, at
# every call: twenty times the run time and ten times the compilation.


class Table(types.Type):
    """The type of an array of a world: kind of its numbers as NumPy names it, numbers in a row."""

    def __init__(self, kind: str, width: int = 1) -> None:
        self.kind, self.width = kind, width
        self.item = {"f8": types.float64, "u8": types.uint64}.get(kind, types.int64)
        super().__init__(name=f"Table({kind}, {width})")


FIELDS: dict[str, Any] = {
    # The plan, made by `flowsim.engine.arrays.pack`; never changed
    "report_from": "f8",  # [day]
    "end": "f8",  # [day]
    "horizon": "f8",  # where playing on after the end ends at the latest [day]
    "n_sought": "i8",
    "sought": Table("i4"),  # the steps to which everyone referred is followed
    "ahead": Table("i4"),  # whether a way leads from a step to another
    "turned_away": "i8",  # the exit
    "yearly_groups": "i8",  # whether a group waits for a new calendar year
    "norms": "i8",  # whether stays are longer with a higher caseload
    "sleepers": "i8",  # whether a group has a cut-off
    "n_steps": "i8",
    "n_stations": "i8",
    "n_teams": "i8",
    "n_posts": "i8",
    "n_sources": "i8",
    "n_groups": "i8",  # the source included
    "n_lanes": "i8",
    "n_visited": "i8",  # columns of `visits`
    "steps": Table("i4", N_STEP),
    "step_hash": Table("u8"),
    "per": Table("i4"),  # groups by which a step's stations are split
    "factors": Table("i4", 2),  # group, value
    "factor": Table("f8"),
    "priority": Table("i4", 2),  # group, value
    "routes": Table("i4", 2),  # target, delay (a variate)
    "cumulative": Table("f8"),  # of the routes
    "routes_for": Table("i4", 4),  # group, value, range of routes
    "interruptions": Table("i4", 2),  # variate, exit
    "stations": Table("i4", N_STATION),
    "station_times": Table("f8", N_STATION_TIME),
    "station_teams": Table("i4"),
    "intervals": Table("f8", 2),  # closures and pauses [from, until)
    "queues": Table("i4", N_QUEUE),
    "teams": Table("i4", N_TEAM),
    "team_figures": Table("f8", N_TEAM_FIGURE),
    "team_stations": Table("i4"),
    "team_posts": Table("i4"),
    "changes": Table("f8", 2),  # instant, places
    "times": Table("f8"),
    "posts": Table("i4", N_POST),
    "post_hash": Table("u8"),
    "post_figures": Table("f8", N_POST_FIGURE),
    "post_plans": Table("f8", N_PLAN),  # what the file says of a post, from each instant on
    "needed": Table(
        "i4", 2
    ),  # posts of a role of which one must be filled: range of `needed_posts`
    "needed_share": Table("f8"),  # of the places, while none is
    "needed_posts": Table("i4"),
    "turnover_hash": "u8",
    "exits": Table("i4", N_EXIT),
    "exit_hash": Table("u8"),
    "exit_figures": Table("f8", N_SHARE),
    "sources": Table("i4", N_SOURCE),
    "source_hash": Table("u8"),
    "elapsed": Table("f8", N_ELAPSED),  # classes of those inside at the start
    "given": Table("i4"),  # of those in lists, a value of each group but the source; -1: drawn
    "group_hash": Table("u8"),
    "group_sizes": Table("i4"),
    "mixes": Table("i4", 3),  # range of `mix`, the value that all have or -1; by source and group
    "mix": Table("f8"),  # cumulative shares
    "variates": Table("i4", N_VARIATE),
    "parameters": Table("f8", 3),
    "tables": Table("f8"),  # of the variates, each (2, n)
    "year_starts": Table("f8"),  # an infinite one after the last
    # The replication
    "key0": "u8",  # seed
    "key1": "u8",  # replication
    "n_people": "i8",
    "first": Table("i8"),  # number of the first participant of each source, and n_people
    "arrivals": Table("f8"),  # when each participant is referred
    # What changes during a run
    "n_rows": "i8",
    "n_rows_before": "i8",  # those before the end
    "n_settled": "i8",  # participants of whom playing on has nothing left to tell
    "last": "f8",  # the last instant played on [day]; -1: none
    "bucket": "i8",  # the current one
    "n_heap": "i8",
    "n_candidates": "i8",
    "n_groups_flagged": "i8",
    "n_joined": "i8",
    "n_freed": "i8",
    "n_changed": "i8",
    "year": "i8",
    "round": "i8",
    "lost": "i8",  # a participant whom the ends of teams send round in a circle, -1: none
    "n_buckets": "i8",
    "buckets_per_day": "f8",
    "buckets": Table("i4"),  # the first node of each
    "due": Table("f8"),  # by node
    "links": Table("i4", 2),  # by node
    "heap_due": Table("f8"),
    "heap": Table("i4"),
    "batch": Table("i8"),  # the nodes due in this round
    "leaving": Table("i8"),  # participants to sort and to send away
    "people": Table("i4", N_PERSON),
    "figures": Table("f8", N_FIGURE),
    "values": Table("i4"),  # of each group, by participant
    "visits": Table("i4"),  # by participant
    "joined": Table("i4"),  # who joined a list in this round
    "chosen": Table("i4"),  # who starts at an intake
    "lanes": Table("i4", N_LANE_STATE),
    "cursors": Table("i4"),  # by queue
    "station_state": Table("i4", N_STATION_STATE),
    "candidates": Table("i4"),  # stations where somebody may be able to start
    "team_state": Table("i4", N_TEAM_STATE),
    "post_state": Table("i4", N_POST_STATE),
    "post_numbers": Table("f8", N_POST_NUMBER),
    # The log; rows beyond n_rows_room are counted and not written
    "n_rows_room": "i8",
    "most_rows": "i8",
    **{f"log_{name}": Table(np.dtype(kind).str[1:]) for name, kind in COLUMNS.items()},
}


class World:
    """A world, uncompiled: each of FIELDS as a number or an array."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...


class WorldType(types.Type):
    """What numba knows a world as."""

    def __init__(self) -> None:
        super().__init__(name="World")


register_model(Table)(models.OpaqueModel)
register_model(WorldType)(models.OpaqueModel)
WORLD_TYPE = WorldType()
SLOTS = {name: position for position, name in enumerate(FIELDS)}
LLVM_TYPES = {
    "f8": ir.DoubleType(),
    "u8": ir.IntType(64),
    "i8": ir.IntType(64),
    "i4": ir.IntType(32),
    "i1": ir.IntType(8),
}


def open_world(world: Any) -> World:
    """Return the world of an array of slots; uncompiled, it is a world already."""
    return cast(World, world)


@overload(open_world, strict=False)
def _compiled_open_world(world: Any) -> Any:
    return lambda world: _address_of(world)


@intrinsic
def _address_of(typing_context: Any, slots: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.bitcast(array.data, context.get_value_type(WORLD_TYPE))

    return WORLD_TYPE(slots), generate


def part(table: Any, begin: int, n: int) -> Floats:
    """Return 2 n numbers of a table as an array (2, n)."""
    return cast(Floats, table[begin : begin + 2 * n].reshape(2, n))


@overload(part, strict=False)
def _compiled_part(table: Any, begin: Any, n: Any) -> Any:
    return lambda table, begin, n: carray(_pointer_to(table, begin), (2, n))


@intrinsic
def _pointer_to(typing_context: Any, table: Any, begin: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _pointer(builder, "f8", arguments[0], arguments[1])

    return types.CPointer(types.float64)(table, types.int64), generate


def _pointer(builder: Any, kind: str, address: Any, position: Any) -> Any:
    """Return the pointer to a number at a position of an array."""
    return builder.gep(builder.bitcast(address, LLVM_TYPES[kind].as_pointer()), [position])


def _mark(builder: Any, access: Any, name: str) -> None:
    """Tell LLVM that a field or an array overlaps with none of another name."""
    module = builder.module
    root = module.add_metadata([ir.MetaDataString(module, "flowsim world")])
    offset = ir.Constant(ir.IntType(64), 0)
    kind = module.add_metadata([ir.MetaDataString(module, name), root, offset])
    access.set_metadata("tbaa", module.add_metadata([kind, kind, offset]))


@infer_getattr
class _WorldFields(AttributeTemplate):
    key = WorldType

    def generic_resolve(self, world: Any, name: str) -> Any:
        field = FIELDS[name]
        if isinstance(field, Table):
            return field
        return types.float64 if field == "f8" else types.uint64 if field == "u8" else types.int64


def _slot(builder: Any, world: Any, name: str) -> Any:
    field = FIELDS[name]
    kind = "u8" if isinstance(field, Table) else field
    return _pointer(builder, kind, world, ir.Constant(ir.IntType(64), SLOTS[name]))


@lower_getattr_generic(WorldType)
def _read_field(context: Any, builder: Any, world_type: Any, world: Any, name: str) -> Any:
    value = builder.load(_slot(builder, world, name))
    if isinstance(FIELDS[name], Table):
        value.set_metadata("invariant.load", builder.module.add_metadata([]))
        return builder.inttoptr(value, context.get_value_type(FIELDS[name]))
    _mark(builder, value, name)
    return value


@lower_setattr_generic(WorldType)
def _write_field(context: Any, builder: Any, signature: Any, arguments: Any, name: str) -> None:
    world, value = arguments
    _mark(builder, builder.store(value, _slot(builder, world, name)), name)


@infer_global(operator.getitem)
class _TableItems(AbstractTemplate):
    def generic(self, arguments: Any, keywords: Any) -> Any:
        table, _ = arguments
        if isinstance(table, Table):
            return typing_signature(table.item, table, _index_type(table))
        return None


@infer_global(operator.setitem)
class _TableStores(AbstractTemplate):
    def generic(self, arguments: Any, keywords: Any) -> Any:
        table, _, _ = arguments
        if isinstance(table, Table):
            return typing_signature(types.none, table, _index_type(table), table.item)
        return None


def _index_type(table: Table) -> Any:
    return types.intp if table.width == 1 else types.UniTuple(types.intp, 2)


def _item_pointer(builder: Any, table: Table, address: Any, index: Any) -> Any:
    if table.width > 1:
        row, column = (builder.extract_value(index, i) for i in range(2))
        width = ir.Constant(ir.IntType(64), table.width)
        index = builder.add(builder.mul(row, width, flags=["nsw"]), column, flags=["nsw"])
    return _pointer(builder, table.kind, address, index)


def _read_item(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    table = signature.args[0]
    value = builder.load(_item_pointer(builder, table, *arguments))
    _mark(builder, value, str(table))
    return builder.sext(value, ir.IntType(64)) if table.kind in ("i4", "i1") else value


def _write_item(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    table = signature.args[0]
    address, index, value = arguments
    if table.kind in ("i4", "i1"):
        value = builder.trunc(value, LLVM_TYPES[table.kind])
    store = builder.store(value, _item_pointer(builder, table, address, index))
    _mark(builder, store, str(table))
    return context.get_dummy_value()


for _index in (types.Integer, types.UniTuple):
    lower_builtin(operator.getitem, Table, _index)(_read_item)
    lower_builtin(operator.setitem, Table, _index, types.Any)(_write_item)


# Writing rows ---------------------------------------------------------------------------------


@inner
def write(w: World, at: float, p: int, step: int, event: int, name: int, number: int) -> None:
    """Append a row about a participant."""
    write_row(
        w,
        at,
        w.people[p, SOURCE],
        w.people[p, ORDINAL],
        w.people[p, EPISODE],
        step,
        event,
        name,
        number,
    )


@inner
def note(w: World, at: float, step: int, event: int, name: int, number: int) -> None:
    """Append a row about a team, a post or a meeting."""
    write_row(w, at, -1, -1, 0, step, event, name, number)


@inner
def write_row(
    w: World,
    at: float,
    source: int,
    participant: int,
    episode: int,
    step: int,
    event: int,
    name: int,
    number: int,
) -> None:
    """Append a row to the log; beyond its room, only count it."""
    row = w.n_rows
    w.n_rows = row + 1
    if row < w.n_rows_room:
        w.log_time[row] = at
        w.log_source[row] = source
        w.log_participant[row] = participant
        w.log_episode[row] = episode
        w.log_step[row] = step
        w.log_event[row] = event
        w.log_name[row] = name
        w.log_number[row] = number


# Draws ----------------------------------------------------------------------------------------


@inner
def block(
    w: World, p: int, thing: np.uint64, visit: int, number: int
) -> tuple[float, float, float, float]:
    """Return the four uniforms of a block of a participant's draws for a step, exit or group."""
    return uniforms(
        w.key0,
        w.key1,
        w.source_hash[w.people[p, SOURCE]],
        np.uint64(w.people[p, ORDINAL]),
        thing,
        np.uint64(64 * visit + number),
    )


@inner
def pick(lanes: tuple[float, float, float, float], lane: int) -> float:
    """Return one of four uniforms; numba's tuples of floats are indexed by constants only."""
    if lane == 0:
        return lanes[0]
    if lane == 1:
        return lanes[1]
    return lanes[2] if lane == 2 else lanes[3]


@inner
def step_luck(w: World, p: int, number: int, lane: int) -> float:
    """Return a uniform of a later block of the participant's present visit."""
    step = w.stations[w.people[p, AT], STEP]
    return pick(block(w, p, w.step_hash[step], w.people[p, VISIT], number), lane)


@inner
def sample(w: World, variate: int, u: float) -> float:
    """Return the quantile of a variate of the plan."""
    return quantile(
        w.variates[variate, VARIATE_KIND],
        w.parameters[variate, 0],
        w.parameters[variate, 1],
        w.parameters[variate, 2],
        table_of(w, variate),
        u,
    )


@inner
def table_of(w: World, variate: int) -> Floats:
    """Return the table (2, n) of a variate, n = 0 for those without one."""
    return part(w.tables, w.variates[variate, TABLE], w.variates[variate, TABLE_LENGTH])


# The calendar ---------------------------------------------------------------------------------
#
# The run is cut into equal buckets, each a linked list of its nodes; only those of the current
# bucket stand in a heap. So putting in and taking out cost the same for ten nodes and a million.


@inner
def schedule(w: World, node: int, at: float) -> None:
    """Put a node that is nowhere into the calendar; what lies beyond it never happens."""
    if not at < w.horizon:
        return
    w.due[node] = at
    bucket = min(int(at * w.buckets_per_day), w.n_buckets - 1)
    if bucket <= w.bucket:
        push(w, node, at)
        return
    following = w.buckets[bucket]
    w.links[node, NEXT] = following
    w.links[node, PREVIOUS] = BUCKET_0 - bucket
    if following >= 0:
        w.links[following, PREVIOUS] = node
    w.buckets[bucket] = node


@inner
def cancel(w: World, node: int) -> None:
    """Take a node out of wherever it is."""
    previous = w.links[node, PREVIOUS]
    if previous == NOWHERE:
        return
    if previous == IN_HEAP:
        take_from_heap(w, w.links[node, NEXT])
    elif previous != IN_BATCH:
        following = w.links[node, NEXT]
        if previous >= 0:
            w.links[previous, NEXT] = following
        else:
            w.buckets[BUCKET_0 - previous] = following
        if following >= 0:
            w.links[following, PREVIOUS] = previous
    w.links[node, PREVIOUS] = NOWHERE


@inner
def push(w: World, node: int, at: float) -> None:
    """Put a node into the heap."""
    place = w.n_heap
    w.n_heap = place + 1
    w.links[node, PREVIOUS] = IN_HEAP
    rise(w, place, node, at)


@inner
def rise(w: World, place: int, node: int, at: float) -> None:
    """Move a node from a free place of the heap towards the top, to where it belongs."""
    while place > 0:
        above = (place - 1) >> 1
        if w.heap_due[above] <= at:
            break
        put(w, place, w.heap[above], w.heap_due[above])
        place = above
    put(w, place, node, at)


@inner
def put(w: World, place: int, node: int, at: float) -> None:
    """Put a node into a place of the heap."""
    w.heap[place] = node
    w.heap_due[place] = at
    w.links[node, NEXT] = place


@inner
def sink(w: World, place: int, node: int, at: float) -> None:
    """Move a node from a free place of the heap away from the top, to where it belongs."""
    size = w.n_heap
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and w.heap_due[below + 1] < w.heap_due[below]:
            below += 1
        if w.heap_due[below] >= at:
            break
        put(w, place, w.heap[below], w.heap_due[below])
        place = below
    put(w, place, node, at)


@inner
def take_from_heap(w: World, place: int) -> None:
    """Fill a place of the heap with its last node."""
    last = w.n_heap - 1
    w.n_heap = last
    if place == last:
        return
    node, at = w.heap[last], w.heap_due[last]
    if place > 0 and at < w.heap_due[(place - 1) >> 1]:
        rise(w, place, node, at)
    else:
        sink(w, place, node, at)


@inner
def next_instant(w: World) -> float:
    """Return when the next node is due, -1 if none is."""
    while w.n_heap == 0:
        bucket = w.bucket + 1
        while bucket < w.n_buckets and w.buckets[bucket] < 0:
            bucket += 1
        if bucket >= w.n_buckets:
            return -1.0
        w.bucket = bucket
        node = w.buckets[bucket]
        while node >= 0:
            following = w.links[node, NEXT]
            push(w, node, w.due[node])
            node = following
    return w.heap_due[0]


@inner
def take_due(w: World, at: float) -> int:
    """Move what is due now from the calendar to the batch, in the order of a round."""
    n = 0
    while w.n_heap > 0 and w.heap_due[0] == at:
        node = w.heap[0]
        take_from_heap(w, 0)
        w.links[node, PREVIOUS] = IN_BATCH
        w.batch[n] = node
        n += 1
    if n > 1:
        order_batch(w, n)
    return n


CLASS_SHIFT, PLACE_SHIFT = 60, 32
NODE_MASK = 2**PLACE_SHIFT - 1
CAPACITY, ENDS, PATIENCES, ARRIVALS, STARTS = range(5)  # classes


@inner
def order_batch(w: World, n: int) -> None:
    """Sort what is due by (class, team or step, participant)."""
    for i in range(n):
        w.batch[i] = batch_key(w, w.batch[i])
    sort(w.batch, n)
    for i in range(n):
        w.batch[i] &= NODE_MASK


@inner
def batch_key(w: World, node: int) -> int:
    """Return a number that sorts as the events of a round are ordered."""
    if node < w.n_people:
        situation = w.people[node, STATE]
        if situation == INSIDE:
            rank, place = ENDS, int(w.stations[w.people[node, AT], STEP])
        elif situation == IN_LIST:
            rank, place = PATIENCES, int(w.stations[w.people[node, AT], STEP])
        else:
            rank, place = ARRIVALS, int(w.people[node, TARGET])
            if place < 0:  # a delayed exit stands where it comes from
                place = int(w.stations[w.people[node, AT], STEP])
    else:
        kind, thing = timer(w, node)
        rank, place = CAPACITY, 0
        if kind == POST:
            place = int(w.posts[thing, POST_TEAM])
        elif kind == TEAM_END or kind == TEAM_TIME:
            place = thing
        elif kind == MEETING_TIME or kind == WAKING:
            rank, place = STARTS, thing if kind == MEETING_TIME else 0
    return (rank << CLASS_SHIFT) | (place << PLACE_SHIFT) | node


# Nodes after the participants: posts, then teams twice, stations twice, the year, and, where a
# group has a cut-off, once more each participant.
POST, TEAM_TIME, TEAM_END, DOOR, MEETING_TIME, NEW_YEAR, WAKING = range(7)


@inner
def timer(w: World, node: int) -> tuple[int, int]:
    """Return what a node beyond the participants stands for: its kind, and which of them."""
    rest = node - w.n_people
    for kind, n in (
        (POST, w.n_posts),
        (TEAM_TIME, w.n_teams),
        (TEAM_END, w.n_teams),
        (DOOR, w.n_stations),
        (MEETING_TIME, w.n_stations),
        (NEW_YEAR, 1),
    ):
        if rest < n:
            return kind, rest
        rest -= n
    return WAKING, rest


@inner
def timer_node(w: World, kind: int, thing: int) -> int:
    """Return the node of a post, team, station, year or sleeper."""
    node = w.n_people + thing
    for before, n in (
        (POST, w.n_posts),
        (TEAM_TIME, w.n_teams),
        (TEAM_END, w.n_teams),
        (DOOR, w.n_stations),
        (MEETING_TIME, w.n_stations),
        (NEW_YEAR, 1),
    ):
        if before < kind:
            node += n
    return node


@inner
def sort(numbers: Any, n: int) -> None:
    """Sort the first n of whole numbers, by Shell's method.

    References
    ----------
    Gonnet, Baeza-Yates (1991), Handbook of algorithms and data structures: the steps.
    """
    gap = n
    while gap > 1:
        gap = max((5 * gap - 1) // 11, 1)
        for i in range(gap, n):
            number, place = numbers[i], i
            while place >= gap and numbers[place - gap] > number:
                numbers[place] = numbers[place - gap]
                place -= gap
            numbers[place] = number


# Waiting lists --------------------------------------------------------------------------------


@inner
def earlier(w: World, p: int, q: int) -> bool:
    """Whether p comes before q among those of one rank."""
    if w.figures[p, LISTED_AT] != w.figures[q, LISTED_AT]:
        return w.figures[p, LISTED_AT] < w.figures[q, LISTED_AT]
    if w.figures[p, REFERRED_AT] != w.figures[q, REFERRED_AT]:
        return w.figures[p, REFERRED_AT] < w.figures[q, REFERRED_AT]
    return p < q


@inner
def better(w: World, p: int, q: int) -> bool:
    """Whether p starts before q."""
    if w.people[p, RANK] != w.people[q, RANK]:
        return w.people[p, RANK] < w.people[q, RANK]
    return earlier(w, p, q)


@inner
def enqueue(w: World, lane: int, p: int) -> None:
    """Put a participant into its place on a lane: nearly always the last."""
    before = w.lanes[lane, TAIL]
    if before >= 0 and not earlier(w, before, p):
        before = search(w, lane, p)
    after = w.people[before, AFTER] if before >= 0 else w.lanes[lane, HEAD]
    w.people[p, LANE] = lane
    w.people[p, BEFORE] = before
    w.people[p, AFTER] = after
    if before >= 0:
        w.people[before, AFTER] = p
    else:
        w.lanes[lane, HEAD] = p
    if after >= 0:
        w.people[after, BEFORE] = p
    else:
        w.lanes[lane, TAIL] = p
    w.lanes[lane, LATEST] = p


@inner
def search(w: World, lane: int, p: int) -> int:
    """Return after whom p belongs, -1 for the head.

    From where somebody was put in last: several who join at one instant come in few ascending
    runs, and each run is walked through once.
    """
    before = w.lanes[lane, LATEST]
    while before >= 0 and not earlier(w, before, p):
        before = w.people[before, BEFORE]
    if before < 0:
        return -1
    after = w.people[before, AFTER]
    while after >= 0 and earlier(w, after, p):
        before, after = after, w.people[after, AFTER]
    return before


@inner
def dequeue(w: World, p: int) -> None:
    """Take a participant out of its waiting list."""
    lane = w.people[p, LANE]
    before, after = w.people[p, BEFORE], w.people[p, AFTER]
    if before >= 0:
        w.people[before, AFTER] = after
    else:
        w.lanes[lane, HEAD] = after
    if after >= 0:
        w.people[after, BEFORE] = before
    else:
        w.lanes[lane, TAIL] = before
    if w.lanes[lane, LATEST] == p:
        w.lanes[lane, LATEST] = before if before >= 0 else after
    w.station_state[w.people[p, AT], N_WAITING] -= 1


@inner
def head(w: World, queue: int) -> int:
    """Return the first of a queue, -1 if it is empty."""
    for lane in range(w.queues[queue, FIRST_LANE], w.queues[queue, LANES_END]):
        if w.lanes[lane, HEAD] >= 0:
            return w.lanes[lane, HEAD]
    return -1


@inner
def queue_of(w: World, station: int, holds: int) -> int:
    """Return the queue of a station for those who hold a station's places (-1: none)."""
    queue = w.stations[station, QUEUES]
    while w.queues[queue, QUEUE_HOLDS] != holds:
        queue += 1
    return queue


# Places ---------------------------------------------------------------------------------------


@inner
def flag(w: World, station: int) -> None:
    """Remember that somebody may be able to start at a station now, if anybody waits there."""
    if w.station_state[station, FLAGGED] or w.station_state[station, N_WAITING] == 0:
        return
    kind = w.stations[station, KIND]
    if kind == SINGLE:
        w.candidates[w.n_candidates] = station
        w.n_candidates += 1
    elif kind == GROUPS:
        w.n_groups_flagged += 1
    else:
        return
    w.station_state[station, FLAGGED] = 1


@inner
def free(w: World, team: int, n: int) -> None:
    """Give places of a team back, and see who may start."""
    w.team_state[team, FREE] += n
    if w.team_state[team, FREE] > 0:
        for i in range(w.teams[team, STATIONS], w.teams[team, STATIONS_END]):
            flag(w, w.team_stations[i])


@inner
def free_later(w: World, team: int) -> None:
    """Give a place of a team back in the next round."""
    w.team_state[team, FREE_NEXT] += 1
    w.n_freed += 1


@inner
def free_what_was_given_up(w: World) -> None:
    """Give back the places that starts and intake stops of the last round gave up."""
    w.n_freed = 0
    for team in range(w.n_teams):
        n = w.team_state[team, FREE_NEXT]
        if n > 0:
            w.team_state[team, FREE_NEXT] = 0
            free(w, team, n)


@inner
def give_up_all(w: World, p: int, later: bool) -> int:
    """Give up all places a participant holds; return how many."""
    station = w.people[p, HOLDS]
    if station < 0:
        return 0
    w.people[p, HOLDS] = -1
    for i in range(w.stations[station, TEAMS], w.stations[station, TEAMS_END]):
        if later:
            free_later(w, w.station_teams[i])
        else:
            free(w, w.station_teams[i], 1)
    return w.stations[station, TEAMS_END] - w.stations[station, TEAMS]


@inner
def release(w: World, now: float, p: int, later: bool) -> None:
    """Give up the places that somebody on a list has kept, if any."""
    station = w.people[p, HOLDS]
    if station >= 0:
        n = give_up_all(w, p, later)
        write(w, now, p, w.stations[station, STEP], RELEASED, -1, n)


@inner
def has_team(w: World, station: int, team: int) -> bool:
    """Whether a station (-1: none) needs a team."""
    if station >= 0:
        for i in range(w.stations[station, TEAMS], w.stations[station, TEAMS_END]):
            if w.station_teams[i] == team:
                return True
    return False


@inner
def lacks_nothing(w: World, station: int, holds: int) -> bool:
    """Whether the places are free that one lacks at a station."""
    for i in range(w.stations[station, TEAMS], w.stations[station, TEAMS_END]):
        team = w.station_teams[i]
        if w.team_state[team, FREE] <= 0 and not has_team(w, holds, team):
            return False
    return True


@inner
def team_ended(w: World, station: int) -> int:
    """Return the first of a station's teams that has ended, -1 if none has."""
    for i in range(w.stations[station, TEAMS], w.stations[station, TEAMS_END]):
        if w.team_state[w.station_teams[i], ENDED]:
            return w.station_teams[i]
    return -1


# Moving on ------------------------------------------------------------------------------------

STAYS = -(2**31)  # no step and no exit: the participant has got somewhere


@inner
def station_of(w: World, p: int, step: int) -> int:
    """Return where a participant waits for a step: the station of its own values."""
    index = 0
    for i in range(w.steps[step, PER], w.steps[step, PER_END]):
        group = w.per[i]
        index = index * w.group_sizes[group] + w.values[p * w.n_groups + group]
    return w.steps[step, STATION] + index


@inner
def rank_of(w: World, p: int, step: int) -> int:
    """Return the position of the first priority that a participant matches."""
    first, last = w.steps[step, PRIORITY], w.steps[step, PRIORITY_END]
    for i in range(first, last):
        if w.values[p * w.n_groups + w.priority[i, 0]] == w.priority[i, 1]:
            return i - first
    return last - first


@inner
def count_visit(w: World, p: int, column: int) -> int:
    """Return how often a participant has been there before, and count this time."""
    if column < 0:
        return 0
    visit = w.visits[p * w.n_visited + column]
    w.visits[p * w.n_visited + column] = visit + 1
    return visit


@inner
def move(w: World, now: float, p: int, to: int) -> None:
    """Let a participant join a step (to >= 0) or leave by an exit (-1 - to), and what follows."""
    hops = 0
    while to >= 0:
        to = join(w, now, p, to)
        hops += 1
        if hops > w.n_stations:  # from one ended team to the next, in a circle
            w.lost = p
            return
    if to != STAYS:
        leave(w, now, p, -1 - to)


@inner
def join(w: World, now: float, p: int, step: int) -> int:
    """Let a participant join a waiting list; return where it goes instead, or STAYS."""
    station = station_of(w, p, step)
    w.people[p, AT] = station
    w.people[p, VISIT] = count_visit(w, p, w.steps[step, STEP_VISITS])
    w.figures[p, LISTED_AT] = now
    write(w, now, p, step, JOINED, -1, 0)
    ended = team_ended(w, station)
    if ended >= 0:
        release(w, now, p, False)
        write(w, now, p, step, TEAM_ENDED, -1, 0)
        return w.teams[ended, ENDS_TO]
    draw_luck(w, p, step)
    if w.steps[step, SINCE_REFERRAL] and w.people[p, HOLDS] < 0 and (expiry(w, p, step) < now):
        write(w, now, p, step, WITHDREW, -1, 0)
        return -1 - w.steps[step, PATIENCE_EXIT]
    wait(w, p, station)
    if w.people[p, JOINED_IN] != w.round:
        w.people[p, JOINED_IN] = w.round
        w.joined[w.n_joined] = p
        w.n_joined += 1
    flag(w, station)
    return STAYS


@inner
def draw_luck(w: World, p: int, step: int) -> None:
    """Draw a visit's first block: stay, patience, route, first interruption."""
    visit = w.people[p, VISIT]
    stay, patience, route, cut = block(w, p, w.step_hash[step], visit, 0)
    w.figures[p, STAY_U] = stay
    w.figures[p, PATIENCE_U] = patience
    w.figures[p, ROUTE_U] = route
    w.figures[p, INTERRUPTION_U] = cut


@inner
def expiry(w: World, p: int, step: int) -> float:
    """Return when the patience of somebody who has joined a list runs out."""
    since = LISTED_AT if not w.steps[step, SINCE_REFERRAL] else REFERRED_AT
    patience = sample(w, w.steps[step, PATIENCE], w.figures[p, PATIENCE_U])
    return w.figures[p, since] + patience


@inner
def wait(w: World, p: int, station: int) -> None:
    """Put a participant on the list of a station."""
    rank = rank_of(w, p, w.stations[station, STEP])
    queue = queue_of(w, station, w.people[p, HOLDS])
    w.people[p, RANK] = rank
    w.people[p, STATE] = IN_LIST
    enqueue(w, w.queues[queue, FIRST_LANE] + rank, p)
    w.station_state[station, N_WAITING] += 1
    if w.stations[station, KIND] == GROUPS and w.station_times[station, CUT_OFF] > 0.0:
        sleep(w, p, station)


@inner
def sleep(w: World, p: int, station: int) -> None:
    """Look again whether a group can form when somebody has waited long enough for it."""
    node = timer_node(w, WAKING, p)
    cancel(w, node)
    at = w.figures[p, LISTED_AT] + w.station_times[station, CUT_OFF]
    if at >= 0.0:
        schedule(w, node, at)


@inner
def leave(w: World, now: float, p: int, way: int) -> None:
    """Let a participant exit, and draw whether the exit holds and whether it comes back."""
    step = w.stations[w.people[p, AT], STEP]
    write(w, now, p, step, EXITED, way, 0)
    w.people[p, STATE] = GONE
    held, back = w.exit_figures[way, SUSTAINED_SHARE], w.exit_figures[way, RETURN_SHARE]
    if held <= 0.0 and back <= 0.0:
        return
    visit = count_visit(w, p, w.exits[way, EXIT_VISITS])
    holding, returning, luck, _ = block(w, p, w.exit_hash[way], visit, 0)
    delay = np.inf
    if returning < back:
        delay = sample(w, w.exits[way, RETURN_DELAY], luck)
    if holding < held and not delay < w.exit_figures[way, HOLD_TIME]:
        write(w, now, p, step, SUSTAINED, way, 0)
    if returning < back:
        w.people[p, STATE] = RETURNING
        w.people[p, TARGET] = w.exits[way, RETURNS_TO]
        schedule(w, p, now + delay)


# What happens to a participant ----------------------------------------------------------------


@inner
def happen(w: World, now: float, p: int) -> None:
    """Do what is due for a participant, and all that it brings about at once."""
    situation = w.people[p, STATE]
    if situation == INSIDE:
        if w.people[p, CUT_BY] >= 0:
            to = interrupt(w, now, p)
        else:
            to = finish(w, now, p)
    elif situation == IN_LIST:
        to = withdraw(w, now, p)
    else:
        to = arrive(w, now, p)
    if to != STAYS:
        move(w, now, p, to)


@inner
def arrive(w: World, now: float, p: int) -> int:
    """A referral, a return, or the end of a delay."""
    to = w.people[p, TARGET]
    if w.people[p, STATE] == REFERRING:
        w.figures[p, REFERRED_AT] = now
        write(w, now, p, to, REFERRED, -1, 0)
    elif w.people[p, STATE] == RETURNING:
        w.people[p, EPISODE] += 1
        write(w, now, p, to, RETURNED, -1, 0)
    return to


@inner
def withdraw(w: World, now: float, p: int) -> int:
    """Patience has run out."""
    station = w.people[p, AT]
    step = w.stations[station, STEP]
    dequeue(w, p)
    if w.stations[station, KIND] == GROUPS:
        flag(w, station)  # one who would have taken places is gone
    write(w, now, p, step, WITHDREW, -1, 0)
    return -1 - w.steps[step, PATIENCE_EXIT]


@inner
def interrupt(w: World, now: float, p: int) -> int:
    """A stay is cut short."""
    give_up_all(w, p, False)
    write(w, now, p, w.stations[w.people[p, AT], STEP], INTERRUPTED, -1, 0)
    return -1 - w.people[p, CUT_BY]


@inner
def finish(w: World, now: float, p: int) -> int:
    """A stay is over: choose the route, and keep or give up the place."""
    step = w.stations[w.people[p, AT], STEP]
    write(w, now, p, step, FINISHED, -1, 0)
    route = choose_route(w, p, step)
    to = w.routes[route, 0]
    if to < 0 or not w.steps[step, KEEPS_PLACE]:
        give_up_all(w, p, False)
    if w.routes[route, 1] < 0:
        return to
    delay = sample(w, w.routes[route, 1], step_luck(w, p, 1, 0))
    w.people[p, STATE] = UNDER_WAY
    w.people[p, TARGET] = to
    schedule(w, p, now + delay)
    return STAYS


@inner
def choose_route(w: World, p: int, step: int) -> int:
    """Return the route after a step: of the first conditions that hold, or the usual ones."""
    route, last = w.steps[step, ROUTES], w.steps[step, ROUTES_END] - 1
    for i in range(w.steps[step, ROUTES_FOR], w.steps[step, ROUTES_FOR_END]):
        if w.values[p * w.n_groups + w.routes_for[i, 0]] == w.routes_for[i, 1]:
            route, last = w.routes_for[i, 2], w.routes_for[i, 3] - 1
            break
    u = w.figures[p, ROUTE_U]
    while route < last and not u < w.cumulative[route]:
        route += 1
    return route


# Starts ---------------------------------------------------------------------------------------


@inner
def start(w: World, now: float, p: int) -> None:
    """Let somebody on a list start: take the places it lacks, give up those it does not need."""
    station, kept = w.people[p, AT], w.people[p, HOLDS]
    dequeue(w, p)
    cancel(w, p)
    write(w, now, p, w.stations[station, STEP], STARTED, -1, 0)
    for i in range(w.stations[station, TEAMS], w.stations[station, TEAMS_END]):
        team = w.station_teams[i]
        if not has_team(w, kept, team):
            w.team_state[team, FREE] -= 1
    if kept >= 0:
        give_up_the_rest(w, now, p, station)
    stay_inside(w, p, station, now, now + draw_stay(w, p, station))


@inner
def give_up_the_rest(w: World, now: float, p: int, station: int) -> None:
    """Give up the kept places that a station does not need."""
    kept, n = w.people[p, HOLDS], 0
    for i in range(w.stations[kept, TEAMS], w.stations[kept, TEAMS_END]):
        team = w.station_teams[i]
        if not has_team(w, station, team):
            free_later(w, team)
            n += 1
    if n > 0:
        write(w, now, p, w.stations[kept, STEP], RELEASED, -1, n)


@inner
def draw_stay(w: World, p: int, station: int) -> float:
    """Return a length of stay, with the participant's factors."""
    step = w.stations[station, STEP]
    stay = sample(w, w.steps[step, STAY], w.figures[p, STAY_U])
    stay = with_factors(w, p, step, stay)
    return at_caseload(w, station, stay) if w.norms else stay


@inner
def at_caseload(w: World, station: int, stay: float) -> float:
    """Return a length of stay, longer where those in post have more than their norm."""
    for i in range(w.stations[station, TEAMS], w.stations[station, TEAMS_END]):
        team = w.station_teams[i]
        norm = w.team_figures[team, NORM_STAY]
        if norm > 1.0:
            in_use = w.team_state[team, IN_FORCE] - w.team_state[team, FREE]
            at = w.team_figures[team, NORM_AT]
            stay *= caseload_factor(at, norm, in_use, in_post(w, team))
    return stay


@inner
def in_post(w: World, team: int) -> float:
    """Return the full-time posts with a caseload that are filled."""
    total = 0.0
    for i in range(w.teams[team, POSTS], w.teams[team, POSTS_END]):
        total += w.post_numbers[w.team_posts[i], FTE_NOW]
    return total


@inner
def with_factors(w: World, p: int, step: int, stay: float) -> float:
    """Return a length of stay times the factors of the participant, in file order."""
    for i in range(w.steps[step, FACTORS], w.steps[step, FACTORS_END]):
        if w.values[p * w.n_groups + w.factors[i, 0]] == w.factors[i, 1]:
            stay *= w.factor[i]
    return stay


@inner
def stay_inside(w: World, p: int, station: int, since: float, end: float) -> None:
    """Hold the station's places until the stay ends or is interrupted.

    Parameters
    ----------
    since : when the interruption clocks start
    end : the end of the stay, before pauses
    """
    needs_team = w.stations[station, TEAMS] < w.stations[station, TEAMS_END]
    w.people[p, STATE] = INSIDE
    w.people[p, HOLDS] = station if needs_team else -1
    w.people[p, CUT_BY] = -1
    pauses = w.stations[station, PAUSES] < w.stations[station, PAUSES_END]
    if pauses:
        end = after_pauses(w, station, since, end)
    step = w.stations[station, STEP]
    first, last = w.steps[step, INTERRUPTIONS], w.steps[step, INTERRUPTIONS_END]
    for i in range(first, last):
        cut = since + draw_interruption(w, p, i, i - first)
        if pauses:
            cut = after_pauses(w, station, since, cut)
        if cut < end:
            end = cut
            w.people[p, CUT_BY] = w.interruptions[i, 1]
    schedule(w, p, end)


@inner
def draw_interruption(w: World, p: int, i: int, number: int) -> float:
    """Return how long after the start an interruption strikes; `number` counts from 0."""
    if number == 0:
        u = w.figures[p, INTERRUPTION_U]
    elif number == 1:
        u = step_luck(w, p, 1, 3)
    else:
        u = step_luck(w, p, 2 + (number - 2) // 4, (number - 2) % 4)
    return sample(w, w.interruptions[i, 0], u)


@inner
def after_pauses(w: World, station: int, since: float, at: float) -> float:
    """Move an instant past the pauses that begin before it; `since` never lies in a pause."""
    last = w.stations[station, PAUSES_END]
    pause = w.station_state[station, NEXT_PAUSE]
    while pause < last and w.intervals[pause, 1] <= since:
        pause += 1
    w.station_state[station, NEXT_PAUSE] = pause
    while pause < last and w.intervals[pause, 0] < at:
        at += w.intervals[pause, 1] - w.intervals[pause, 0]
        pause += 1
    return at


@inner
def start_singles(w: World, now: float) -> None:
    """One participant at a time: the best of all whose lacking places are free.

    During a round places only get fewer here, so a station where nobody can start is done with.
    """
    while w.n_candidates > 0:
        best, i = -1, 0
        while i < w.n_candidates:
            station = w.candidates[i]
            found = first_able(w, station)
            if found < 0:
                last = w.n_candidates - 1
                w.n_candidates = last
                w.candidates[i] = w.candidates[last]
                w.station_state[station, FLAGGED] = 0
                continue
            if best < 0 or better(w, found, best):
                best = found
            i += 1
        if best >= 0:
            start(w, now, best)


@inner
def first_able(w: World, station: int) -> int:
    """Return the first on a station's list whose lacking places are free, -1 if there is none."""
    best = -1
    if w.station_state[station, IS_CLOSED]:
        return best
    for queue in range(w.stations[station, QUEUES], w.stations[station, QUEUES_END]):
        p = head(w, queue)
        if p >= 0 and lacks_nothing(w, station, w.queues[queue, QUEUE_HOLDS]):
            if best < 0 or better(w, p, best):
                best = p
    return best


# Meetings and groups --------------------------------------------------------------------------


@inner
def meet(w: World, now: float, station: int) -> None:
    """Hold a meeting, unless it is dropped, and plan the next."""
    w.station_state[station, N_MEETING] += 1
    number = w.station_state[station, N_MEETING]
    following = w.station_times[station, FIRST_MEETING] + number * w.station_times[station, EVERY]
    schedule(w, timer_node(w, MEETING_TIME, station), following)
    if not w.station_state[station, IS_CLOSED] and all_alive(w, station, now):
        start_group(w, now, station)


@inner
def all_alive(w: World, station: int, now: float) -> bool:
    """Whether all teams of a station have begun and none has ended."""
    for i in range(w.stations[station, TEAMS], w.stations[station, TEAMS_END]):
        team = w.station_teams[i]
        if w.team_state[team, ENDED] or now < w.team_figures[team, FROM_AT]:
            return False
    return True


@inner
def start_groups(w: World, now: float) -> None:
    """Form groups, step by step, group after group."""
    for station in range(w.n_stations):
        if w.stations[station, KIND] == GROUPS and w.station_state[station, FLAGGED]:
            w.station_state[station, FLAGGED] = 0
            if not w.station_state[station, IS_CLOSED]:
                while start_group(w, now, station) > 0:
                    pass
    w.n_groups_flagged = 0


@inner
def start_group(w: World, now: float, station: int) -> int:
    """Start those at the head of a list who can start together; return how many.

    A meeting is logged even if nobody starts, a group only if somebody does.
    """
    n = gather(w, now, station)
    if n == 0 and w.stations[station, KIND] == GROUPS:
        return 0
    first = w.stations[station, TEAMS]
    team = w.station_teams[first] if first < w.stations[station, TEAMS_END] else -1
    note(w, now, w.stations[station, STEP], MEETING, team, n)
    for i in range(n):
        start(w, now, w.chosen[i])
    w.station_state[station, N_THIS_YEAR] += n
    return n


@inner
def gather(w: World, now: float, station: int) -> int:
    """Walk down a list and choose who starts together; return how many, 0 if too few."""
    least, most = w.stations[station, MIN], left_to_start(w, now, station)
    if most < least or w.station_state[station, N_WAITING] < least:
        return 0
    first, last = w.stations[station, QUEUES], w.stations[station, QUEUES_END]
    for queue in range(first, last):
        lane = w.queues[queue, FIRST_LANE]
        candidate = first_in_time(w, now, station, queue, lane)
        w.cursors[queue] = candidate
    n = 0
    while n < most:
        queue = best_queue(w, station)
        if queue < 0:
            break
        p = w.cursors[queue]
        w.chosen[n] = p
        n += 1
        take(w, station, w.queues[queue, QUEUE_HOLDS], 1)
        following = w.people[p, AFTER]
        if following < 0 or too_late(w, now, station, following):
            lane = w.people[p, LANE] + 1
            following = first_in_time(w, now, station, queue, lane)
        w.cursors[queue] = following
    for i in range(n):
        take(w, station, w.people[w.chosen[i], HOLDS], -1)
    return n if n >= least else 0


@inner
def left_to_start(w: World, now: float, station: int) -> int:
    """Return how many may start at an intake: `max` and what is left of `max_per_year`."""
    year = w.year
    while w.year_starts[year + 1] <= now:
        year += 1
    w.year = year
    if w.station_state[station, COUNTED_YEAR] != year:
        w.station_state[station, COUNTED_YEAR] = year
        w.station_state[station, N_THIS_YEAR] = 0
    left = w.stations[station, MAX_PER_YEAR] - w.station_state[station, N_THIS_YEAR]
    return min(w.stations[station, MAX], left)


@inner
def too_late(w: World, now: float, station: int, p: int) -> bool:
    """Whether somebody has joined too late for an intake held now."""
    return w.figures[p, LISTED_AT] + w.station_times[station, CUT_OFF] > now


@inner
def first_in_time(w: World, now: float, station: int, queue: int, lane: int) -> int:
    """Return the first, from a lane on, who joined in time for an intake, -1 if nobody has.

    Nobody further down a lane has joined before its first one.
    """
    for at in range(lane, w.queues[queue, LANES_END]):
        p = w.lanes[at, HEAD]
        if p >= 0 and not too_late(w, now, station, p):
            return p
    return -1


@inner
def best_queue(w: World, station: int) -> int:
    """Return the queue whose next one comes first of all who find the places they lack.

    Places get fewer during the walk: a queue whose next one does not find them is done with.
    """
    best = -1
    for queue in range(w.stations[station, QUEUES], w.stations[station, QUEUES_END]):
        p = w.cursors[queue]
        if p < 0:
            continue
        if not lacks_nothing(w, station, w.queues[queue, QUEUE_HOLDS]):
            w.cursors[queue] = -1
        elif best < 0 or better(w, p, w.cursors[best]):
            best = queue
    return best


@inner
def take(w: World, station: int, holds: int, n: int) -> None:
    """Take n places of each team that those who hold a station's places lack."""
    for i in range(w.stations[station, TEAMS], w.stations[station, TEAMS_END]):
        team = w.station_teams[i]
        if not has_team(w, holds, team):
            w.team_state[team, FREE] -= n


# Those who have joined in this round ----------------------------------------------------------


@inner
def settle(w: World, now: float) -> None:
    """After the starts: turn away those whom a list has no room for; patience of the others.

    Patience is drawn here, not at joining, because most who start at once need none: the draw is
    the same, and whatever it brings about falls in a later round either way.
    """
    n = w.n_joined
    w.n_joined = 0
    for i in range(n):
        p = w.joined[i]
        if w.people[p, STATE] == IN_LIST:
            step = w.stations[w.people[p, AT], STEP]
            if w.steps[step, MAX_WAITING] >= 0:
                if w.station_state[w.people[p, AT], N_WAITING] > w.steps[step, MAX_WAITING]:
                    turn_away_too_many(w, now, n)
                if w.people[p, STATE] != IN_LIST:
                    continue
            if w.steps[step, PATIENCE] >= 0 and w.people[p, HOLDS] < 0:
                schedule(w, p, expiry(w, p, step))


@inner
def turn_away_too_many(w: World, now: float, n: int) -> None:
    """Stop the intake of every list that is too long: the last of this round's joiners go."""
    found = 0
    for i in range(n):
        p = w.joined[i]
        if w.people[p, STATE] == IN_LIST:
            w.leaving[found] = (np.int64(w.people[p, AT]) << PLACE_SHIFT) | (
                NODE_MASK - np.int64(p)
            )
            found += 1
    sort(w.leaving, found)
    for i in range(found):
        p = NODE_MASK - (w.leaving[i] & NODE_MASK)
        station = w.people[p, AT]
        step = w.stations[station, STEP]
        if w.people[p, STATE] == IN_LIST and (
            0 <= w.steps[step, MAX_WAITING] < w.station_state[station, N_WAITING]
        ):
            cancel(w, p)
            dequeue(w, p)
            if w.stations[station, KIND] == GROUPS:
                flag(w, station)
            release(w, now, p, True)
            write(w, now, p, step, TURNED_AWAY, -1, 0)
            leave(w, now, p, w.turned_away)


# Teams and posts ------------------------------------------------------------------------------


@inner
def change_capacity(w: World, now: float, node: int) -> None:
    """Do what is due for a post, a team, a station or the year."""
    kind, thing = timer(w, node)
    if kind == POST:
        change_post(w, now, thing, node)
    elif kind == TEAM_TIME:
        mark_changed(w, thing)
        plan_next_change(w, thing)
    elif kind == TEAM_END:
        end_team(w, now, thing)
    elif kind == DOOR:
        open_or_close(w, now, thing, node)
    elif kind == MEETING_TIME:
        if w.n_changed > 0:
            count_places(w, now)
        meet(w, now, thing)
    elif kind == NEW_YEAR:
        begin_year(w, now, node)
    elif w.people[thing, STATE] == IN_LIST:  # WAKING
        flag(w, w.people[thing, AT])


@inner
def mark_changed(w: World, team: int) -> None:
    """Remember to count a team's places when all changes of this round are made."""
    w.team_state[team, CHANGED] = 1
    w.n_changed += 1


@inner
def change_post(w: World, now: float, post: int, node: int) -> None:
    """Do what is due for a post: somebody comes or leaves, its part changes, or a month is full."""
    mark_changed(w, w.posts[post, POST_TEAM])
    turns = w.post_numbers[post, TURNS_AT] == now
    was_in_force = in_force(w, post)
    follow_plan(w, now, post)
    if in_force(w, post) != was_in_force:
        if was_in_force:
            go(w, post, np.inf)
        else:
            come(w, now, post)
    elif turns and w.post_state[post, HAS_PERSON]:
        go(w, post, now + sample(w, w.posts[post, VACANCY], w.post_numbers[post, VACANCY_U]))
    elif turns:
        come(w, now, post)
    show_post(w, now, post)
    schedule(w, node, next_change(w, post))


@inner
def in_force(w: World, post: int) -> bool:
    """Whether a post exists now, filled or not."""
    at = w.post_state[post, NEXT_PLAN] - 1
    return at >= w.posts[post, PLANS] and w.post_plans[at, IN_FORCE_THEN] > 0.0


@inner
def is_away(w: World, post: int) -> bool:
    """Whether a vacancy leaves a post empty now."""
    return w.post_plans[w.post_state[post, NEXT_PLAN] - 1, AWAY_THEN] > 0.0


@inner
def follow_plan(w: World, now: float, post: int) -> None:
    """Go on to what the file says of a post from now on."""
    at = w.post_state[post, NEXT_PLAN]
    if at < w.posts[post, PLANS_END] and w.post_plans[at, PLAN_AT] == now:
        w.post_state[post, NEXT_PLAN] = at + 1


@inner
def come(w: World, now: float, post: int) -> None:
    """Somebody comes to a post, seen or not."""
    w.post_state[post, HAS_PERSON] = 1
    w.post_numbers[post, TURNS_AT] = now + time_in_post(w, post)


@inner
def go(w: World, post: int, back_at: float) -> None:
    """Whoever has a post leaves it, seen or not."""
    if w.post_state[post, HAS_PERSON]:
        w.post_state[post, HAS_PERSON] = 0
        w.post_state[post, SPELL] += 1
    w.post_numbers[post, TURNS_AT] = back_at


@inner
def show_post(w: World, now: float, post: int) -> None:
    """Write that a post has been filled or left; note what it gives from now on."""
    filled = 1 if w.post_state[post, HAS_PERSON] and not is_away(w, post) else 0
    if filled != w.post_state[post, FILLED]:
        w.post_state[post, FILLED] = filled
        note(w, now, -1, FILLED_POST if filled else LEFT_POST, post, 0)
        at_first = now == w.post_plans[w.posts[post, PLANS], PLAN_AT]
        settled = at_first and w.posts[post, SETTLED]
        w.post_state[post, TAKING_ON] = 1 if filled and not settled else 0
        w.post_state[post, MONTHS] = 0
        w.post_numbers[post, CAME_AT] = now
    elif full_month(w, post) == now:
        w.post_state[post, MONTHS] += 1
    w.post_numbers[post, PLACES_NOW] = w.post_numbers[post, FTE_NOW] = 0.0
    if filled:
        at = w.post_state[post, NEXT_PLAN] - 1
        part, caseload = w.post_plans[at, FTE_THEN], w.post_plans[at, CASELOAD_THEN]
        if caseload > 0.0:
            w.post_numbers[post, FTE_NOW] = part
        if w.post_state[post, TAKING_ON]:
            caseload = min(caseload, taken_on(w, post))
        w.post_numbers[post, PLACES_NOW] = part * caseload


@inner
def taken_on(w: World, post: int) -> float:
    """Return how many a whole person who came so long ago has room for."""
    return w.post_figures[post, TAKES_ON] * (1 + w.post_state[post, MONTHS])


@inner
def full_month(w: World, post: int) -> float:
    """Return when the next month in post is full, as long as that gives more places."""
    if not w.post_state[post, TAKING_ON]:
        return np.inf
    if taken_on(w, post) >= w.post_figures[post, MOST_CASELOAD]:
        return np.inf
    return w.post_numbers[post, CAME_AT] + (w.post_state[post, MONTHS] + 1) * A_MONTH


@inner
def next_change(w: World, post: int) -> float:
    """Return when something is due for a post again."""
    at = min(w.post_numbers[post, TURNS_AT], full_month(w, post))
    plan = w.post_state[post, NEXT_PLAN]
    if plan < w.posts[post, PLANS_END]:
        at = min(at, w.post_plans[plan, PLAN_AT])
    return at


@inner
def time_in_post(w: World, post: int) -> float:
    """Draw how long a person stays, and the luck of the vacancy that follows."""
    mean = w.post_figures[post, MEAN_IN_POST]
    if mean == np.inf:
        return mean
    leaving, vacancy, _, _ = uniforms(
        w.key0,
        w.key1,
        w.post_hash[post],
        np.uint64(w.posts[post, PERSON]),
        w.turnover_hash,
        np.uint64(64 * w.post_state[post, SPELL]),
    )
    w.post_numbers[post, VACANCY_U] = vacancy
    return exponential_quantile(mean, leaving)


@inner
def plan_next_change(w: World, team: int) -> None:
    """Look at a team's places again when they may change."""
    at = w.team_state[team, NEXT_TIME]
    if at < w.teams[team, TIMES_END]:
        w.team_state[team, NEXT_TIME] = at + 1
        schedule(w, timer_node(w, TEAM_TIME, team), w.times[at])


@inner
def open_or_close(w: World, now: float, station: int, node: int) -> None:
    """A closure of a station begins or ends."""
    closure = w.station_state[station, NEXT_CLOSURE]
    if now < w.intervals[closure, 1]:
        w.station_state[station, IS_CLOSED] = 1
        schedule(w, node, w.intervals[closure, 1])
        return
    w.station_state[station, IS_CLOSED] = 0
    w.station_state[station, NEXT_CLOSURE] = closure + 1
    if closure + 1 < w.stations[station, CLOSED_END]:
        schedule(w, node, w.intervals[closure + 1, 0])
    flag(w, station)


@inner
def begin_year(w: World, now: float, node: int) -> None:
    """Groups whose yearly number was used up may form again."""
    for station in range(w.n_stations):
        if w.stations[station, KIND] == GROUPS:
            flag(w, station)
    following = 0
    while w.year_starts[following] <= now:
        following += 1
    schedule(w, node, w.year_starts[following])


@inner
def end_team(w: World, now: float, team: int) -> None:
    """A team ceases to exist: who waits for or is inside its steps goes where it says."""
    w.team_state[team, ENDED] = 1
    mark_changed(w, team)
    n = 0
    for p in range(w.n_people):
        situation = w.people[p, STATE]
        if (situation == IN_LIST or situation == INSIDE) and (has_team(w, w.people[p, AT], team)):
            step = np.int64(w.stations[w.people[p, AT], STEP])
            w.leaving[n] = (step << PLACE_SHIFT) | p
            n += 1
    sort(w.leaving, n)
    for i in range(n):
        p = w.leaving[i] & NODE_MASK
        cancel(w, p)
        if w.people[p, STATE] == IN_LIST:
            dequeue(w, p)
            release(w, now, p, False)
        else:
            give_up_all(w, p, False)
        step = w.stations[w.people[p, AT], STEP]
        write(w, now, p, step, TEAM_ENDED, -1, 0)
        move(w, now, p, w.teams[team, ENDS_TO])


@inner
def count_places(w: World, now: float) -> None:
    """When all changes of a round are made: one row for each team whose places have changed."""
    w.n_changed = 0
    at_first = w.round == 1
    for team in range(w.n_teams):
        if w.team_state[team, CHANGED]:
            w.team_state[team, CHANGED] = 0
            places = places_of(w, now, team)
            change = places - w.team_state[team, IN_FORCE]
            if change != 0 or at_first:
                note(w, now, -1, PLACES, team, places)
                w.team_state[team, IN_FORCE] = places
                free(w, team, change)


@inner
def places_of(w: World, now: float, team: int) -> int:
    """Return a team's places now; a share of them while a role that it needs is empty."""
    if w.team_state[team, ENDED]:
        return 0
    places, share = all_places(w, now, team), 1.0
    for i in range(w.teams[team, NEEDED], w.teams[team, NEEDED_END]):
        if w.needed_share[i] < share and is_empty(w, w.needed[i, 0], w.needed[i, 1]):
            share = w.needed_share[i]
    return places if share == 1.0 else int(np.floor(share * places + 1e-6))


@inner
def is_empty(w: World, first: int, last: int) -> bool:
    """Whether none of some posts is filled."""
    n_filled = 0
    for i in range(first, last):
        n_filled += w.post_state[w.needed_posts[i], FILLED]
    return n_filled == 0


@inner
def all_places(w: World, now: float, team: int) -> int:
    """Return the places that are dated, or the whole ones that a team's staff in post give."""
    if w.teams[team, FROM_CASELOADS]:
        total = 0.0
        for i in range(w.teams[team, POSTS], w.teams[team, POSTS_END]):
            total += w.post_numbers[w.team_posts[i], PLACES_NOW]
        return int(np.floor(total + 1e-6))
    places = 0
    for i in range(w.teams[team, CHANGES], w.teams[team, CHANGES_END]):
        if w.changes[i, 0] <= now:
            places = int(w.changes[i, 1])
    return places


# The beginning --------------------------------------------------------------------------------


@inner
def set_up(w: World) -> None:
    """Make the state of a new run, and plan all that is known to come."""
    w.n_rows = w.bucket = w.n_heap = w.n_candidates = w.n_groups_flagged = 0
    w.n_joined = w.n_freed = w.n_changed = w.year = 0
    w.n_settled = 0
    w.round = 1
    w.lost = -1
    for i in range(w.n_buckets):
        w.buckets[i] = -1
    for i in range(w.n_people * w.n_visited):
        w.visits[i] = 0
    for node in range(w.n_people, timer_node(w, WAKING, w.n_people if w.sleepers else 0)):
        w.links[node, PREVIOUS] = NOWHERE
    for source in range(w.n_sources):
        enter(w, source)
        for group in range(w.n_groups - 1):
            draw_values(w, source, group)
    plan_teams(w)
    plan_stations(w)


@inner
def enter(w: World, source: int) -> None:
    """Give every participant of a source its row, and its arrival if it comes later."""
    comes = w.sources[source, SOURCE_KIND] < WAITING
    to = w.sources[source, SOURCE_TO]
    for p in range(w.first[source], w.first[source + 1]):
        w.people[p, SOURCE] = source
        w.people[p, ORDINAL] = p - w.first[source]
        w.people[p, EPISODE] = 1
        w.people[p, STATE] = REFERRING
        w.people[p, HOLDS] = -1
        w.people[p, JOINED_IN] = 0
        w.people[p, TARGET] = to
        w.links[p, PREVIOUS] = NOWHERE
        w.values[p * w.n_groups + w.n_groups - 1] = source
        if comes:
            schedule(w, p, w.arrivals[p])


@inner
def draw_values(w: World, source: int, group: int) -> None:
    """Give every participant of a source its value of a group: listed, or drawn from the mix."""
    row = source * (w.n_groups - 1) + group
    low, last, sure = w.mixes[row, 0], w.mixes[row, 1] - 1, w.mixes[row, 2]
    first, given = w.first[source], w.sources[source, GIVEN]
    for p in range(first, w.first[source + 1]):
        value = sure
        if given >= 0:
            listed = w.given[(given + p - first) * (w.n_groups - 1) + group]
            value = listed if listed >= 0 else sure
        if value < 0:
            u = block(w, p, w.group_hash[group], 0, 0)[0]
            at = low
            while at < last and not u < w.mix[at]:
                at += 1
            value = at - low
        w.values[p * w.n_groups + group] = value


@inner
def plan_teams(w: World) -> None:
    """Plan when posts are filled, places change and teams end."""
    for post in range(w.n_posts):
        for i in range(N_POST_STATE):
            w.post_state[post, i] = 0
        w.post_state[post, NEXT_PLAN] = w.posts[post, PLANS]
        w.post_numbers[post, TURNS_AT] = np.inf
        w.post_numbers[post, PLACES_NOW] = w.post_numbers[post, FTE_NOW] = 0.0
        schedule(w, timer_node(w, POST, post), next_change(w, post))
    for team in range(w.n_teams):
        for i in range(N_TEAM_STATE):
            w.team_state[team, i] = 0
        mark_changed(w, team)
        w.team_state[team, NEXT_TIME] = w.teams[team, TIMES]
        plan_next_change(w, team)
        node = timer_node(w, TEAM_END, team)
        schedule(w, node, max(w.team_figures[team, UNTIL_AT], 0.0))


@inner
def plan_stations(w: World) -> None:
    """Plan closures, meetings and, where a group waits for it, the next calendar year."""
    for lane in range(w.n_lanes):
        for i in range(N_LANE_STATE):
            w.lanes[lane, i] = -1
    for station in range(w.n_stations):
        for i in range(N_STATION_STATE):
            w.station_state[station, i] = 0
        w.station_state[station, NEXT_PAUSE] = w.stations[station, PAUSES]
        closure = w.stations[station, CLOSED]
        w.station_state[station, NEXT_CLOSURE] = closure
        if closure < w.stations[station, CLOSED_END]:
            node = timer_node(w, DOOR, station)
            schedule(w, node, w.intervals[closure, 0])
        if w.stations[station, KIND] == MEETINGS:
            plan_first_meeting(w, station)
    if w.yearly_groups:
        schedule(w, timer_node(w, NEW_YEAR, 0), w.year_starts[1])


@inner
def plan_first_meeting(w: World, station: int) -> None:
    """Plan the first meeting that does not lie before the run."""
    first, every = w.station_times[station, FIRST_MEETING], w.station_times[station, EVERY]
    number = max(int(-first / every) - 1, 0)
    while first + number * every < 0.0:
        number += 1
    w.station_state[station, N_MEETING] = number
    node = timer_node(w, MEETING_TIME, station)
    schedule(w, node, first + number * every)


@inner
def place_initial(w: World, source: int) -> None:
    """Put those on lists and in service who are there at the start of the run."""
    step = w.sources[source, SOURCE_TO]
    for p in range(w.first[source], w.first[source + 1]):
        w.people[p, AT] = station_of(w, p, step)
        w.people[p, VISIT] = count_visit(w, p, w.steps[step, STEP_VISITS])
        draw_luck(w, p, step)
        if w.sources[source, SOURCE_KIND] == WAITING:
            joined = -draw_waited(w, p, source)
            w.figures[p, LISTED_AT] = joined
            w.figures[p, REFERRED_AT] = joined
            write(w, joined, p, step, WAS_WAITING, -1, 0)
        else:
            place_in_service(w, p, step)
    if w.sources[source, SOURCE_KIND] == WAITING:
        place_waiting(w, w.first[source], w.first[source + 1], step)


@inner
def draw_waited(w: World, p: int, source: int) -> float:
    """Return how long somebody has waited when the run begins."""
    variate = w.sources[source, WAITED]
    return sample(w, variate, step_luck(w, p, 1, 1)) if variate >= 0 else 0.0


@inner
def place_waiting(w: World, first: int, last: int, step: int) -> None:
    """Put initial participants on their lists, those first who have waited longest."""
    for i in range(order_waiting(w, first, last)):
        p = w.leaving[i] & NODE_MASK
        station = w.people[p, AT]
        wait(w, p, station)
        flag(w, station)
        if w.steps[step, PATIENCE] >= 0:
            patience = sample(w, w.steps[step, PATIENCE], w.figures[p, PATIENCE_U])
            since = w.figures[p, REFERRED_AT] if w.steps[step, SINCE_REFERRAL] else 0.0
            schedule(w, p, max(since + patience, 0.0))


@inner
def order_waiting(w: World, first: int, last: int) -> int:
    """Sort initial participants, nearly: by joining to 2**-30 of the longest wait, by number.

    Only so that their lists are not searched through for each: those decide on the order.
    """
    longest = 0.0
    for p in range(first, last):
        longest = max(longest, -w.figures[p, LISTED_AT])
    for p in range(first, last):
        share = 1.0 + w.figures[p, LISTED_AT] / longest if longest > 0.0 else 0.0
        w.leaving[p - first] = (np.int64(share * 2**30) << PLACE_SHIFT) | p
    sort(w.leaving, last - first)
    return last - first


@inner
def place_in_service(w: World, p: int, step: int) -> None:
    """Put somebody into a step with a residual life of the stay."""
    station, u = w.people[p, AT], step_luck(w, p, 1, 2)
    source = w.people[p, SOURCE]
    if w.sources[source, ELAPSED] < w.sources[source, ELAPSED_END]:
        past = draw_elapsed(w, p, source, u)
        begun, end = -past, length_beyond(w, p, step, past) - past
    else:
        length = length_found(w, p, step)
        end = length * u
        begun = end - length
    w.figures[p, LISTED_AT] = begun
    w.figures[p, REFERRED_AT] = begun
    write(w, begun, p, step, WAS_IN_SERVICE, -1, 0)
    for i in range(w.stations[station, TEAMS], w.stations[station, TEAMS_END]):
        w.team_state[w.station_teams[i], FREE] -= 1
    stay_inside(w, p, station, 0.0, end)


@inner
def length_found(w: World, p: int, step: int) -> float:
    """Return the stay of somebody whom one finds inside in a stationary system."""
    variate = w.steps[step, STAY]
    length = length_biased_quantile(
        w.variates[variate, VARIATE_KIND],
        w.parameters[variate, 0],
        w.parameters[variate, 1],
        w.parameters[variate, 2],
        table_of(w, variate),
        w.figures[p, STAY_U],
    )
    return with_factors(w, p, step, length)


@inner
def draw_elapsed(w: World, p: int, source: int, u: float) -> float:
    """Return how long somebody has been inside when the run begins: even within its class."""
    at = w.sources[source, ELAPSED]
    while w.people[p, ORDINAL] >= w.elapsed[at, UP_TO]:
        at += 1
    return w.elapsed[at, LEAST] + u * (w.elapsed[at, MOST] - w.elapsed[at, LEAST])


@inner
def length_beyond(w: World, p: int, step: int, past: float) -> float:
    """Return the stay of somebody who has been inside for some time, at least that."""
    variate, factor = w.steps[step, STAY], with_factors(w, p, step, 1.0)
    if factor < LEAST_FACTOR:
        return past
    length = quantile_beyond(
        w.variates[variate, VARIATE_KIND],
        w.parameters[variate, 0],
        w.parameters[variate, 1],
        w.parameters[variate, 2],
        table_of(w, variate),
        past / factor,
        w.figures[p, STAY_U],
    )
    return max(factor * length, past)


# The loop -------------------------------------------------------------------------------------

DONE, ENDLESS_INSTANT, ENDLESS_WAY, TOO_MANY_ROWS = range(4)  # how a run ends
MOST_ROUNDS = 10_000


@inner
def hold_round(w: World, now: float, n: int) -> None:
    """Hold one round: the n nodes of the batch, then starts, then intake stops."""
    if w.n_freed > 0:
        free_what_was_given_up(w)
    for i in range(n):
        node = w.batch[i]
        if w.links[node, PREVIOUS] != IN_BATCH:
            continue  # something earlier in this round has taken it away
        w.links[node, PREVIOUS] = NOWHERE
        if node >= w.n_people:
            change_capacity(w, now, node)
        else:
            if w.n_changed > 0:
                count_places(w, now)
            happen(w, now, node)
    if w.n_changed > 0:
        count_places(w, now)
    if w.n_groups_flagged > 0:
        start_groups(w, now)
    start_singles(w, now)
    if w.n_joined > 0:
        settle(w, now)


@inner
def hold_instant(w: World, now: float) -> int:
    """Hold rounds until nothing more is due at this instant; return how the run goes on."""
    rounds = 0
    while True:
        n = take_due(w, now)
        if n == 0 and w.n_freed == 0 and w.round > 1:
            return DONE
        rounds += 1
        if rounds > MOST_ROUNDS:
            w.n_joined = n
            return ENDLESS_INSTANT
        hold_round(w, now, n)
        if w.lost >= 0:
            return ENDLESS_WAY
        w.round += 1


@inner
def hold_counted_instant(w: World, now: float) -> int:
    """Hold an instant; return how the run goes on."""
    ended = hold_instant(w, now)
    if ended == DONE and w.n_rows > w.most_rows:
        return TOO_MANY_ROWS
    return ended


@compiled
def run(world: Any) -> int:
    """Run one replication; return how it has ended: DONE, or why it cannot go on.

    Parameters
    ----------
    world : the slots of a world, one for each of FIELDS (uint64), uncompiled the world itself;
        modified in place
    """
    w = open_world(world)
    set_up(w)
    for source in range(w.n_sources):
        if w.sources[source, SOURCE_KIND] >= WAITING:
            place_initial(w, source)
    now = 0.0
    ended = DONE
    while 0.0 <= now < w.end and ended == DONE:
        ended = hold_counted_instant(w, now)
        now = next_instant(w)
    w.n_rows_before = w.n_rows
    w.last = -1.0
    while now >= w.end and ended == DONE and somebody_is_open(w):
        w.last = now
        ended = hold_counted_instant(w, now)
        now = next_instant(w)
    return ended


# Playing on after the end ---------------------------------------------------------------------


@inner
def somebody_is_open(w: World) -> bool:
    """Whether playing on has something left to tell of anybody; who is settled stays so."""
    while w.n_settled < w.n_people:
        if is_open(w, w.n_settled):
            return True
        w.n_settled += 1
    return False


@inner
def is_open(w: World, p: int) -> bool:
    """Whether somebody waits on a list joined in the window, or may come to a step sought."""
    situation = w.people[p, STATE]
    if (
        situation == IN_LIST
        and w.people[p, JOINED_IN] > 0
        and in_window(w, w.figures[p, LISTED_AT])
    ):
        return True
    if w.n_sought == 0 or w.sources[w.people[p, SOURCE], SOURCE_KIND] >= WAITING:
        return False
    if situation == REFERRING or situation == GONE or w.people[p, EPISODE] > 1:
        return False
    if situation == RETURNING or not in_window(w, w.figures[p, REFERRED_AT]):
        return False
    n_to_come = 0
    for i in range(w.n_sought):
        n_to_come += may_start(w, p, w.sought[i])
    return n_to_come > 0


@inner
def in_window(w: World, at: float) -> bool:
    """Whether an instant lies in the window of the statistics."""
    return w.report_from <= at < w.end


@inner
def may_start(w: World, p: int, step: int) -> bool:
    """Whether somebody in its first episode waits for a step for the first time, or may yet."""
    here = w.stations[w.people[p, AT], STEP]
    if here == step and w.people[p, STATE] == IN_LIST:
        return w.people[p, VISIT] == 0
    column = w.steps[step, STEP_VISITS]
    if column >= 0 and w.visits[p * w.n_visited + column] > 0:
        return False
    return w.ahead[here * w.n_steps + step] > 0


# Passes over an event log ---------------------------------------------------------------------

# Every figure comes from these passes.
#
# `reconstruct` turns rows into visits and episodes, `tally` adds them up in cells (period, group,
# slot), `take_quantiles` takes the quantiles, and `divide` makes the KPIs: each is
# one slot over another. Public functions elsewhere allocate; these only fill `out` arrays.
#
# A *visit* is one coming to a step: waiting list, stay, and the time it keeps its place after that.
# An *episode* is what lies between a referral (or return) and the exit.
# Cells are (1 + n_years, 1 + n_values, n_slots): row 0 is the whole run, column 0 is everybody.

# Columns of a visit: instants [days], NaN where it did not (yet) happen; and whole numbers.
JOINED_AT, STARTED_AT, FINISHED_AT, LEFT_AT = range(4)
VISIT_ROW, VISIT_EPISODE, VISIT_STEP, VISIT_END, VISIT_FIRST, VISIT_INITIAL, VISIT_BEFORE = range(7)
# Columns of an episode.
ENTERED_AT, FIRST_START_AT, ENROLLED_AT, EXITED_AT = range(4)
EPISODE_ROW, EPISODE_NUMBER, EPISODE_EXIT, EPISODE_HELD = range(4)

# Slots of a cell: the first ones are there once, then one block for each step.
(
    ONE,
    DAYS,
    ALL_REFERRED,
    ALL_RETURNED,
    ALL_OPENING,
    ALL_NEW,
    ALL_PARTICIPANTS,
    ALL_LEFT,
    ALL_CLOSING,
    FIRST_START_SUM,
    FIRST_START_N,
    SYSTEM_SUM,
    SYSTEM_N,
    ALL_EXITS,
    HELD,
    N_ONCE,
) = range(16)
(
    N_JOINED,
    N_STARTED,
    N_FINISHED,
    N_INTERRUPTED,
    N_WITHDREW,
    N_TURNED_AWAY,
    WAIT_SUM,
    WITHIN_TARGET,
    LISTED_SUM,
    LISTED_N,
    TO_START_SUM,
    TO_START_N,
    WAITING_AREA,
    WAITING_END,
    STILL_SUM,
    STAY_AREA,
    BLOCKED_AREA,
    OPENING,
    PARTICIPANTS,
    N_LEFT,
    CLOSING,
    STAY_SUM,
    N_MEETINGS,
    N_EMPTY,
    WAIT_MEDIAN,
    WAIT_P90,
    KM_MEDIAN,
    FIRST_WAIT_SUM,
    N_FIRST,
    OTHERS_WAIT_SUM,
    N_OTHERS,
    N_OVER_60,
    AWAITED,  # of those who joined in the period, followed after the end: how many they are,
    AWAITED_LEFT,
    AWAITED_OPEN,
    AWAITED_STARTED,
    AWAITED_WITHIN,
    AWAITED_SUM,
    AWAITED_N,  # waits in the sum: of those who started, and so far of the open ones
    AWAITED_P90,
    SOUGHT,  # of those referred in the period: the same, of their first start
    SOUGHT_OPEN,
    SOUGHT_STARTED,
    SOUGHT_SUM,
    SOUGHT_N,
    SOUGHT_P90,
    N_PER_STEP,
) = range(47)
IN_USE, PLACE_DAYS, VACANT, IN_POST, N_PER_TEAM = range(5)
LONG_WAIT = 60.0  # [day]; from then on somebody has waited long

# How a slot of the run follows from those of the years.
SUM, FIRST, LAST = range(3)


@compiled
def reconstruct(
    time: Floats,
    source: Int32s,
    participant: Int64s,
    episode: Int32s,
    step: Int32s,
    event: NDArray[np.int8],
    name: Int32s,
    first_participant: Int64s,
    keeps_place: Bools,
    counted_in: Bools,
    n_visits: int,
    n_episodes: int,
    carried: Int32s,
    at: Floats,
    visit: Int32s,
    episode_at: Floats,
    episode_out: Int32s,
    team_rows: Int32s,
) -> tuple[int, int, int]:
    """Turn rows into visits and episodes; return how many of each, and of team rows.

    Parameters
    ----------
    time ... name : columns of the log, (n_rows,); of nobody but its participants, others are
        passed over
    first_participant : int64 (n_sources + 1,)
    keeps_place, counted_in : bool (n_steps,)
    n_visits, n_episodes : found in earlier rows
    carried : int32 (4, n_participants), what is known of each from earlier rows: the visit whose
        list it stands on, the visit whose places it holds, its latest visit, its episode; -1: none.
        Modified in place
    at, visit : float64 (n_rows, 4), int32 (n_rows, 7). Modified in place
    episode_at, episode_out : float64 (n_rows, 4), int32 (n_rows, 4). Modified in place
    team_rows : int32 (n_rows,), rows of teams, posts and meetings. Modified in place
    """
    waits, stays, latest, current = carried[0], carried[1], carried[2], carried[3]
    n_team_rows = 0
    for i in range(len(time)):
        what = event[i]
        if source[i] < 0:
            team_rows[n_team_rows] = i
            n_team_rows += 1
            continue
        row = first_participant[source[i]] + participant[i]
        if row >= first_participant[source[i] + 1]:
            continue
        now = time[i]
        if what in (JOINED, WAS_WAITING, WAS_IN_SERVICE):
            if what != JOINED:
                current[row] = n_episodes
                _open_episode(n_episodes, np.nan, row, 1, episode_at, episode_out)
                n_episodes += 1
            v = n_visits
            n_visits += 1
            for column in range(4):
                at[v, column] = np.nan
            visit[v, VISIT_ROW] = row
            visit[v, VISIT_EPISODE] = current[row]
            visit[v, VISIT_STEP] = step[i]
            visit[v, VISIT_END] = -1
            visit[v, VISIT_FIRST] = 0
            visit[v, VISIT_INITIAL] = what != JOINED
            visit[v, VISIT_BEFORE] = latest[row]
            latest[row] = v
            if what == WAS_IN_SERVICE:
                # Whoever was there at the start began before it, also after a stay of nought.
                begun = min(now, -5e-324)
                at[v, STARTED_AT] = begun
                visit[v, VISIT_FIRST] = 1
                stays[row] = v
                episode_at[current[row], FIRST_START_AT] = begun
                if counted_in[step[i]]:
                    episode_at[current[row], ENROLLED_AT] = begun
            else:
                at[v, JOINED_AT] = now
                waits[row] = v
        elif what == STARTED:
            v = waits[row]
            waits[row] = -1
            if stays[row] >= 0:  # its kept places become this step's, or are given up
                at[stays[row], LEFT_AT] = now
            stays[row] = v
            at[v, STARTED_AT] = now
            visit[v, VISIT_FIRST] = _is_first(v, at, visit)
            e = current[row]
            if np.isnan(episode_at[e, FIRST_START_AT]):
                episode_at[e, FIRST_START_AT] = now
            if counted_in[step[i]] and np.isnan(episode_at[e, ENROLLED_AT]):
                episode_at[e, ENROLLED_AT] = now
        elif what == FINISHED:
            v = stays[row]
            at[v, FINISHED_AT] = now
            visit[v, VISIT_END] = FINISHED
            if not keeps_place[step[i]]:
                at[v, LEFT_AT] = now
                stays[row] = -1
        elif what == RELEASED:
            v = stays[row]
            if v >= 0 and not np.isnan(at[v, FINISHED_AT]):  # else the start before it has said so
                at[v, LEFT_AT] = now
                stays[row] = -1
        elif what == EXITED:
            v = stays[row]
            if v >= 0:  # a step that keeps its place does not on the way to an exit
                at[v, LEFT_AT] = at[v, FINISHED_AT]
                stays[row] = -1
            e = current[row]
            episode_at[e, EXITED_AT] = now
            episode_out[e, EPISODE_EXIT] = name[i]
        elif what in (REFERRED, RETURNED):
            current[row] = n_episodes
            _open_episode(n_episodes, now, row, episode[i], episode_at, episode_out)
            n_episodes += 1
        elif what == SUSTAINED:
            episode_out[current[row], EPISODE_HELD] = 1
        else:  # withdrew, turned away, interrupted, team ended
            v = waits[row]
            if v >= 0:
                waits[row] = -1
            else:
                v = stays[row]
                stays[row] = -1
            at[v, LEFT_AT] = now
            visit[v, VISIT_END] = what
    return n_visits, n_episodes, n_team_rows


@inner
def _open_episode(
    e: int,
    entered_at: float,
    row: int,
    number: int,
    episode_at: Floats,
    episode_out: Int32s,
) -> None:
    for column in range(4):
        episode_at[e, column] = np.nan
    episode_at[e, ENTERED_AT] = entered_at
    episode_out[e, EPISODE_ROW] = row
    episode_out[e, EPISODE_NUMBER] = number
    episode_out[e, EPISODE_EXIT] = -1
    episode_out[e, EPISODE_HELD] = 0


@inner
def _is_first(v: int, at: Floats, visit: Int32s) -> int:
    """Whether a start is the first of its step in its episode."""
    before = visit[v, VISIT_BEFORE]
    while before >= 0 and visit[before, VISIT_EPISODE] == visit[v, VISIT_EPISODE]:
        same_step = visit[before, VISIT_STEP] == visit[v, VISIT_STEP]
        if same_step and not np.isnan(at[before, STARTED_AT]):
            return 0
        before = visit[before, VISIT_BEFORE]
    return 1


@compiled
def tally(
    n_visits: int,
    n_episodes: int,
    at: Floats,
    visit: Int32s,
    episode_at: Floats,
    episode_out: Int32s,
    blocks_of: Int64s,
    edges: Floats,
    target_wait: Floats,
    priority_of: Int64s,
    goes_first: Bools,
    tags: Bools,
    goal_step: Int64s,
    goal_within: Floats,
    goal_exits: Bools,
    first_step: int,
    first_exit: int,
    first_tag: int,
    first_goal: int,
    blocks: Floats,
) -> None:
    """Add visits and episodes to blocks of cells, by year and kind of participant.

    Parameters
    ----------
    blocks_of : int64 (n_participants, n_each), the blocks that a participant adds to
    edges : float64 (n_years + 1,), where the years begin and the last one ends [days]
    target_wait : float64 (n_steps,) [days]
    priority_of : int64 (n_steps,), the column of `goes_first`; -1: the step has no priority
    goes_first : bool (n_participants, n_steps with priority), who starts before others
    tags, goal_exits : bool (n_tags or n_goals, n_exits), the exits that count
    goal_step, goal_within : int64, float64 (n_goals,), the step and the time to follow [days]
    first_step, first_exit, first_tag, first_goal : where their slots begin
    blocks : float64 (n_blocks x (1 + n_years), n_slots), zeros; row 0 of a block is for what lies
        outside the years. Modified in place
    """
    n_years = len(edges) - 1
    years = np.empty((n_visits, 4), np.int64)
    _find_years(at, n_visits, edges, years)
    episode_years = np.empty((n_episodes, 4), np.int64)
    _find_years(episode_at, n_episodes, edges, episode_years)
    for each in range(blocks_of.shape[1]):
        block = blocks_of[:, each] * (1 + n_years)
        _add_waiting(
            at,
            visit,
            years,
            block,
            edges,
            target_wait,
            priority_of,
            goes_first,
            first_step,
            blocks,
        )
        _add_stays(at, visit, years, block, edges, first_step, blocks)
        _add_first_starts(
            at,
            visit,
            years,
            episode_at,
            episode_out,
            block,
            edges,
            goal_step,
            goal_within,
            goal_exits,
            first_step,
            first_goal,
            blocks,
        )
        _add_episodes(
            episode_at,
            episode_out,
            episode_years,
            block,
            edges,
            tags,
            first_exit,
            first_tag,
            blocks,
        )


@inner
def _find_years(at: Floats, n: int, edges: Floats, years: Int64s) -> None:
    """Give 1 for an instant in the first year, and so on; 0 outside the years or not yet.

    Instants of a visit lie near those of the one before, so each search begins there.
    """
    near = 1
    for v in range(n):
        for column in range(4):
            instant = at[v, column]
            years[v, column] = 0
            if instant >= edges[0] and instant < edges[-1]:
                while instant >= edges[near]:
                    near += 1
                while instant < edges[near - 1]:
                    near -= 1
                years[v, column] = near


@inner
def _add_waiting(
    at: Floats,
    visit: Int32s,
    years: Int64s,
    block: Int64s,
    edges: Floats,
    target_wait: Floats,
    priority_of: Int64s,
    goes_first: Bools,
    first_step: int,
    blocks: Floats,
) -> None:
    n_years = len(edges) - 1
    for v in range(len(years)):
        joined_at = at[v, JOINED_AT]
        if np.isnan(joined_at):
            continue
        row = block[visit[v, VISIT_ROW]]
        s = visit[v, VISIT_STEP]
        slot = first_step + s * N_PER_STEP
        if not visit[v, VISIT_INITIAL]:
            blocks[row + years[v, JOINED_AT], slot + N_JOINED] += 1.0
        starts = not np.isnan(at[v, STARTED_AT])
        column = STARTED_AT if starts else LEFT_AT
        until, last = at[v, column], years[v, column]
        long_at = joined_at + LONG_WAIT
        if not until <= long_at and edges[0] <= long_at < edges[n_years]:
            year = max(years[v, JOINED_AT], 1)
            while long_at >= edges[year]:
                year += 1
            blocks[row + year, slot + N_OVER_60] += 1.0
        if np.isnan(until):
            until, last = np.inf, n_years
        else:
            to = row + last
            wait = until - joined_at
            blocks[to, slot + LISTED_SUM] += wait
            blocks[to, slot + LISTED_N] += 1.0
            if starts:
                blocks[to, slot + N_STARTED] += 1.0
                blocks[to, slot + WAIT_SUM] += wait
                if wait <= target_wait[s]:
                    blocks[to, slot + WITHIN_TARGET] += 1.0
                if priority_of[s] >= 0:
                    is_first = goes_first[visit[v, VISIT_ROW], priority_of[s]]
                    blocks[to, slot + (FIRST_WAIT_SUM if is_first else OTHERS_WAIT_SUM)] += wait
                    blocks[to, slot + (N_FIRST if is_first else N_OTHERS)] += 1.0
            elif visit[v, VISIT_END] == WITHDREW:
                blocks[to, slot + N_WITHDREW] += 1.0
            elif visit[v, VISIT_END] == TURNED_AWAY:
                blocks[to, slot + N_TURNED_AWAY] += 1.0
        for year in range(max(years[v, JOINED_AT], 1), last + 1):
            to = row + year
            end = edges[year]
            blocks[to, slot + WAITING_AREA] += min(until, end) - max(joined_at, edges[year - 1])
            if until >= end:
                blocks[to, slot + WAITING_END] += 1.0
                blocks[to, slot + STILL_SUM] += end - joined_at


@inner
def _add_stays(
    at: Floats,
    visit: Int32s,
    years: Int64s,
    block: Int64s,
    edges: Floats,
    first_step: int,
    blocks: Floats,
) -> None:
    n_years = len(edges) - 1
    for v in range(len(years)):
        started_at = at[v, STARTED_AT]
        if np.isnan(started_at):
            continue
        row = block[visit[v, VISIT_ROW]]
        slot = first_step + visit[v, VISIT_STEP] * N_PER_STEP
        until, last = at[v, LEFT_AT], years[v, LEFT_AT]
        if np.isnan(until):
            until, last = np.inf, n_years
        else:
            to = row + last
            blocks[to, slot + N_LEFT] += 1.0
            blocks[to, slot + STAY_SUM] += until - started_at
            if visit[v, VISIT_END] == INTERRUPTED:
                blocks[to, slot + N_INTERRUPTED] += 1.0
        for year in range(max(years[v, STARTED_AT], 1), last + 1):
            to = row + year
            begin, end = edges[year - 1], edges[year]
            blocks[to, slot + STAY_AREA] += min(until, end) - max(started_at, begin)
            if started_at < begin:
                blocks[to, slot + OPENING] += 1.0
            if until >= end:
                blocks[to, slot + CLOSING] += 1.0
        finished_at = at[v, FINISHED_AT]
        if not np.isnan(finished_at):
            blocks[row + years[v, FINISHED_AT], slot + N_FINISHED] += 1.0
            if until > finished_at:
                for year in range(max(years[v, FINISHED_AT], 1), last + 1):
                    kept = min(until, edges[year]) - max(finished_at, edges[year - 1])
                    blocks[row + year, slot + BLOCKED_AREA] += kept


@inner
def _add_first_starts(
    at: Floats,
    visit: Int32s,
    years: Int64s,
    episode_at: Floats,
    episode_out: Int32s,
    block: Int64s,
    edges: Floats,
    goal_step: Int64s,
    goal_within: Floats,
    goal_exits: Bools,
    first_step: int,
    first_goal: int,
    blocks: Floats,
) -> None:
    """Add what is measured at the first start of a step in an episode."""
    for v in range(len(years)):
        if not visit[v, VISIT_FIRST] or np.isnan(at[v, JOINED_AT]):
            continue
        e = visit[v, VISIT_EPISODE]
        row = block[visit[v, VISIT_ROW]]
        started_at = at[v, STARTED_AT]
        entered_at = episode_at[e, ENTERED_AT]
        if episode_out[e, EPISODE_NUMBER] == 1 and not np.isnan(entered_at):
            to = row + years[v, STARTED_AT]
            slot = first_step + visit[v, VISIT_STEP] * N_PER_STEP
            blocks[to, slot + TO_START_SUM] += started_at - entered_at
            blocks[to, slot + TO_START_N] += 1.0
        for k in range(len(goal_step)):
            if goal_step[k] != visit[v, VISIT_STEP]:
                continue
            until = started_at + goal_within[k]
            if until < edges[0] or until >= edges[-1]:
                continue
            year = 1
            while until >= edges[year]:
                year += 1
            to = row + year
            blocks[to, first_goal + 2 * k + 1] += 1.0
            if episode_at[e, EXITED_AT] <= until and goal_exits[k, episode_out[e, EPISODE_EXIT]]:
                blocks[to, first_goal + 2 * k] += 1.0


@inner
def _add_episodes(
    episode_at: Floats,
    episode_out: Int32s,
    years: Int64s,
    block: Int64s,
    edges: Floats,
    tags: Bools,
    first_exit: int,
    first_tag: int,
    blocks: Floats,
) -> None:
    n_years = len(edges) - 1
    for e in range(len(years)):
        row = block[episode_out[e, EPISODE_ROW]]
        entered_at = episode_at[e, ENTERED_AT]
        exited_at = episode_at[e, EXITED_AT]
        if not np.isnan(entered_at):
            to = row + years[e, ENTERED_AT]
            if episode_out[e, EPISODE_NUMBER] > 1:
                blocks[to, ALL_RETURNED] += 1.0
            else:
                blocks[to, ALL_REFERRED] += 1.0
                if not np.isnan(episode_at[e, FIRST_START_AT]):
                    to = row + years[e, FIRST_START_AT]
                    blocks[to, FIRST_START_SUM] += episode_at[e, FIRST_START_AT] - entered_at
                    blocks[to, FIRST_START_N] += 1.0
        last = n_years
        if not np.isnan(exited_at):
            last = years[e, EXITED_AT]
            to = row + last
            way_out = episode_out[e, EPISODE_EXIT]
            blocks[to, first_exit + way_out] += 1.0
            blocks[to, ALL_EXITS] += 1.0
            for tag in range(len(tags)):
                if tags[tag, way_out]:
                    blocks[to, first_tag + tag] += 1.0
            if episode_out[e, EPISODE_HELD]:
                blocks[to, HELD] += 1.0
            if not np.isnan(entered_at):
                blocks[to, SYSTEM_SUM] += exited_at - entered_at
                blocks[to, SYSTEM_N] += 1.0
        enrolled_at = episode_at[e, ENROLLED_AT]
        if np.isnan(enrolled_at):
            continue
        blocks[row + years[e, ENROLLED_AT], ALL_NEW] += 1.0
        if not np.isnan(exited_at):
            blocks[row + last, ALL_LEFT] += 1.0
        for year in range(max(years[e, ENROLLED_AT], 1), last + 1):
            if enrolled_at < edges[year - 1]:
                blocks[row + year, ALL_OPENING] += 1.0
            if not exited_at < edges[year]:
                blocks[row + year, ALL_CLOSING] += 1.0


@compiled
def tally_teams(
    n_team_rows: int,
    team_rows: Int32s,
    time: Floats,
    step: Int32s,
    event: NDArray[np.int8],
    name: Int32s,
    number: Int32s,
    edges: Floats,
    is_open: Bools,
    first_step: int,
    first_stretch: Int64s,
    stretch_times: Floats,
    post_days: Floats,
    place_days: Floats,
    cells: Floats,
) -> None:
    """Add up days in post, days of places, and meetings.

    Parameters
    ----------
    first_stretch : int64 (n_posts + 1,), row of a post's first stretch, and how many there are
    stretch_times : float64 (n_stretches, 2), from and until
    edges : float64 (n_years + 1,)
    is_open : bool (1 + n_values, n_teams), whether participants of a value can use a team
    post_days : float64 (1 + n_years, n_stretches), zeros. Modified in place
    place_days : float64 (1 + n_years, n_teams), zeros. Modified in place
    cells : float64 (1 + n_years, 1 + n_values, n_slots). Modified in place
    """
    end = edges[-1]
    filled_at = np.full(len(first_stretch) - 1, np.inf)
    places = np.zeros(place_days.shape[1])
    since = np.zeros(place_days.shape[1])
    for k in range(n_team_rows):
        i = team_rows[k]
        which = name[i]
        now = time[i]
        if event[i] == FILLED_POST:
            filled_at[which] = now
        elif event[i] == LEFT_POST:
            _add_spell(filled_at, now, edges, first_stretch, stretch_times, post_days, which)
            filled_at[which] = np.inf
        elif event[i] == PLACES:
            _add_days(since[which], now, places[which], edges, place_days, which)
            since[which] = now
            places[which] = number[i]
        elif event[i] == MEETING:
            year = _year_of(now, edges)
            slot = first_step + step[i] * N_PER_STEP
            if year > 0:
                for column in range(len(is_open)):
                    if which < 0 or is_open[column, which]:
                        cells[year, column, slot + N_MEETINGS] += 1.0
                        if number[i] == 0:
                            cells[year, column, slot + N_EMPTY] += 1.0
    for post in range(len(filled_at)):
        _add_spell(filled_at, end, edges, first_stretch, stretch_times, post_days, post)
    for team in range(len(places)):
        _add_days(since[team], end, places[team], edges, place_days, team)
    for year in range(1, len(edges)):
        post_days[0] += post_days[year]
        place_days[0] += place_days[year]


@inner
def _add_spell(
    filled_at: Floats,
    end: float,
    edges: Floats,
    first_stretch: Int64s,
    stretch_times: Floats,
    days: Floats,
    post: int,
) -> None:
    """Add the days of one spell in a post to each stretch of it."""
    for row in range(first_stretch[post], first_stretch[post + 1]):
        start = max(filled_at[post], stretch_times[row, 0])
        _add_days(start, min(end, stretch_times[row, 1]), 1.0, edges, days, row)


@inner
def _year_of(instant: float, edges: Floats) -> int:
    """Return 1 for the first year, ..., or 0 where the instant lies outside all years."""
    if instant < edges[0]:
        return 0
    for year in range(1, len(edges)):
        if instant < edges[year]:
            return year
    return 0


@inner
def _add_days(
    start: float,
    end: float,
    amount: float,
    edges: Floats,
    days: Floats,
    column: int,
) -> None:
    for year in range(1, len(edges)):
        inside = min(end, edges[year]) - max(start, edges[year - 1])
        if inside > 0.0:
            days[year, column] += amount * inside


@compiled
def fold(
    how: NDArray[np.int8],
    blocks: Floats,
    columns_of: Int64s,
    step_team: Int64s,
    team_of: Int64s,
    is_open: Bools,
    stretch_team: Int64s,
    stretch_fte: Floats,
    due_days: Floats,
    post_days: Floats,
    place_days: Floats,
    days: Floats,
    first_step: int,
    first_team: int,
    cells: Floats,
) -> None:
    """Fill the cells of everybody and of the whole run, and those that follow from others.

    Parameters
    ----------
    how : int8 (n_slots,), SUM, FIRST or LAST
    blocks : float64 (n_blocks x (1 + n_years), n_slots), see `tally`
    columns_of : int64 (n_blocks, n_most), the columns that a block belongs to; -1: no more
    step_team : int64 (n_pairs, 2), which step uses which declared team
    team_of : int64 (n_teams,), the declared team of each
    stretch_team, stretch_fte : int64, float64 (n_stretches,), of the posts
    due_days : float64 (1 + n_years, n_stretches), days on which the post exists
    days : float64 (1 + n_years,)
    cells : float64 (1 + n_years, 1 + n_values, n_slots). Modified in place
    """
    n_periods, n_columns, n_slots = cells.shape
    for b in range(len(columns_of)):
        for column in columns_of[b]:
            if column >= 0:
                for year in range(1, n_periods):
                    for slot in range(n_slots):
                        cells[year, column, slot] += blocks[b * n_periods + year, slot]
    last = n_periods - 1
    for column in range(n_columns):
        for year in range(1, n_periods):
            for slot in range(n_slots):
                cells[0, column, slot] += cells[year, column, slot]
        for slot in range(n_slots):
            if how[slot] == FIRST:
                cells[0, column, slot] = cells[1, column, slot]
            elif how[slot] == LAST:
                cells[0, column, slot] = cells[last, column, slot]
    for period in range(n_periods):
        for column in range(n_columns):
            cell = cells[period, column]
            cell[ONE] = 1.0
            cell[DAYS] = days[period]
            cell[ALL_PARTICIPANTS] = cell[ALL_OPENING] + cell[ALL_NEW]
            for slot in range(first_step, first_team, N_PER_STEP):
                cell[slot + PARTICIPANTS] = cell[slot + OPENING] + cell[slot + N_STARTED]
            for pair in range(len(step_team)):
                used = cell[first_step + step_team[pair, 0] * N_PER_STEP + STAY_AREA]
                cell[first_team + step_team[pair, 1] * N_PER_TEAM + IN_USE] += used
            for team in range(len(team_of)):
                if is_open[column, team]:
                    slot = first_team + team_of[team] * N_PER_TEAM + PLACE_DAYS
                    cell[slot] += place_days[period, team]
            for row in range(len(stretch_team)):
                team = stretch_team[row]
                if is_open[column, team]:
                    slot = first_team + team_of[team] * N_PER_TEAM + VACANT
                    vacant = due_days[period, row] - post_days[period, row]
                    cell[slot] += stretch_fte[row] * vacant
                    slot = first_team + team_of[team] * N_PER_TEAM + IN_POST
                    cell[slot] += stretch_fte[row] * post_days[period, row]


@compiled
def take_quantiles(
    n_visits: int,
    at: Floats,
    visit: Int32s,
    values: Int32s,
    first_value: Int64s,
    edges: Floats,
    first_step: int,
    n_steps: int,
    cells: Floats,
) -> None:
    """Fill WAIT_MEDIAN and WAIT_P90, interpolated linearly (NumPy's default), and KM_MEDIAN.

    The times of each step are sorted once and then dealt out, which keeps them sorted.
    """
    visits, times, uses = _times_on_the_list(n_visits, at, visit, edges)
    n_columns = cells.shape[1]
    size = n_columns * n_steps
    waits_until, n_waits = _room_for(cells, first_step, n_steps, N_STARTED)
    joined_until, n_joined = _room_for(cells, first_step, n_steps, N_JOINED)
    waits = np.empty(n_waits)
    joined = np.empty(n_joined, np.int64)
    for k in _order(visits, times, visit, n_steps):
        v = visits[k]
        use = uses[k]
        started_in = _year_of(at[v, STARTED_AT], edges) * size if use & HAS_STARTED else 0
        joined_in = _year_of(at[v, JOINED_AT], edges) * size if use & JOINED_IN_YEAR else 0
        for group in range(-1, len(first_value)):
            place = int(visit[v, VISIT_STEP])
            if group >= 0:
                place += (first_value[group] + values[visit[v, VISIT_ROW], group]) * n_steps
            if use & HAS_STARTED:
                waits[waits_until[place]] = times[k]
                waits_until[place] += 1
                waits[waits_until[place + started_in]] = times[k]
                waits_until[place + started_in] += 1
            if use & JOINED_IN_RUN:
                joined[joined_until[place]] = k
                joined_until[place] += 1
            if use & JOINED_IN_YEAR:
                joined[joined_until[place + joined_in]] = k
                joined_until[place + joined_in] += 1
    first_wait = 0
    first_joined = 0
    for place in range(len(waits_until)):
        cell = cells[place // size, place % size // n_steps]
        slot = first_step + place % n_steps * N_PER_STEP
        cell[slot + WAIT_MEDIAN] = _quantile(waits, first_wait, waits_until[place], 0, 0.5)
        cell[slot + WAIT_P90] = _quantile(waits, first_wait, waits_until[place], 0, 0.9)
        cell[slot + KM_MEDIAN] = _km_median(times, uses, joined, first_joined, joined_until[place])
        first_wait = waits_until[place]
        first_joined = joined_until[place]


@inner
def _room_for(cells: Floats, first_step: int, n_steps: int, slot: int) -> tuple[Int64s, int]:
    """Where those that a slot counts begin, by period, column and step; and how many they are."""
    n_periods, n_columns, _ = cells.shape
    begin = np.empty(n_periods * n_columns * n_steps, np.int64)
    total = 0
    for period in range(n_periods):
        for column in range(n_columns):
            for s in range(n_steps):
                begin[(period * n_columns + column) * n_steps + s] = total
                total += int(cells[period, column, first_step + s * N_PER_STEP + slot])
    return begin, total


# What a time on the list is used for. One that does not end with a start is censored.
HAS_STARTED, JOINED_IN_RUN, JOINED_IN_YEAR = 1, 2, 4


@inner
def _times_on_the_list(
    n_visits: int, at: Floats, visit: Int32s, edges: Floats
) -> tuple[Int64s, Floats, Int64s]:
    """Return visits, their times from joining on, and what each time is used for.

    A visit that outlasts the year in which it joined has two: to the end of that year as well.
    """
    visits = np.empty(2 * n_visits, np.int64)
    times = np.empty(2 * n_visits)
    uses = np.empty(2 * n_visits, np.int64)
    n = 0
    for v in range(n_visits):
        joined_at = at[v, JOINED_AT]
        if np.isnan(joined_at):
            continue
        starts = at[v, STARTED_AT] >= edges[0]
        use = HAS_STARTED if starts else 0
        until = at[v, STARTED_AT] if starts else min(at[v, LEFT_AT], edges[-1])
        if np.isnan(until):
            until = edges[-1]
        if joined_at >= edges[0] and not visit[v, VISIT_INITIAL]:
            use |= JOINED_IN_RUN
            end = edges[_year_of(joined_at, edges)]
            if until < end or end == edges[-1]:
                use |= JOINED_IN_YEAR
            else:
                visits[n] = v
                times[n] = end - joined_at
                uses[n] = JOINED_IN_YEAR
                n += 1
        if use:
            visits[n] = v
            times[n] = until - joined_at
            uses[n] = use
            n += 1
    return visits[:n], times[:n], uses[:n]


@inner
def _km_median(times: Floats, uses: Int64s, joined: Int64s, start: int, end: int) -> float:
    """Return the first time by which half have started, by the product-limit estimate.

    Infinite where half never have; NaN where nobody joined.

    joined[start:end] are in the order of times. Who is censored at a time is at risk until then.
    Kaplan, E. L. & Meier, P., Journal of the American Statistical Association 53 (1958) 457-481.
    """
    waiting = 1.0
    k = start
    while k < end:
        time: float = times[joined[k]]
        n_at_risk = end - k
        n_starts = 0
        while k < end and times[joined[k]] == time:
            n_starts += uses[joined[k]] & HAS_STARTED
            k += 1
        waiting *= 1.0 - n_starts / n_at_risk
        if waiting <= 0.5 + 1e-12:  # with the rounding of the product
            return time
    return np.inf if end > start else np.nan


CROWD = 50  # so many waits in one bucket: another method sorts faster


@inner
def _order(starts: Int64s, waits: Floats, visit: Int32s, n_steps: int) -> Int64s:
    """Return an order in which the waits of each step increase.

    A bucket sort, with as many buckets of equal width for a step as it has waits and one for
    its waits of nought (Knuth, The Art of Computer Programming 3, section 5.2): linear time
    unless a few waits are far longer than the rest.
    """
    n = len(waits)
    count = np.zeros(n_steps, np.int64)
    longest = np.zeros(n_steps)
    for k in range(n):
        s = visit[starts[k], VISIT_STEP]
        count[s] += 1
        longest[s] = max(longest[s], waits[k])
    first = np.zeros(n_steps + 1, np.int64)
    for s in range(n_steps):
        first[s + 1] = first[s] + count[s] + 2
    bucket = np.empty(n, np.int64)
    until = np.zeros(first[n_steps] + 1, np.int64)
    for k in range(n):
        s = visit[starts[k], VISIT_STEP]
        bucket[k] = first[s]
        if waits[k] > 0.0:
            bucket[k] += 1 + int(waits[k] / longest[s] * count[s])
        until[bucket[k] + 1] += 1
    for s in range(n_steps):
        for b in range(first[s] + 1, first[s + 1]):
            if until[b + 1] > CROWD:
                return np.argsort(waits)
    for b in range(len(until) - 1):
        until[b + 1] += until[b]
    order = np.empty(n, np.int64)
    for k in range(n):
        order[until[bucket[k]]] = k
        until[bucket[k]] += 1
    for k in range(1, n):
        moved = order[k]
        place = k
        while (
            place > 0
            and bucket[order[place - 1]] == bucket[moved]
            and waits[order[place - 1]] > waits[moved]
        ):
            order[place] = order[place - 1]
            place -= 1
        order[place] = moved
    return order


@inner
def _quantile(dealt: Floats, start: int, end: int, n_open: int, share: float) -> float:
    """Return a quantile of dealt[start:end], which increases, and of n_open infinite values."""
    n = end - start + n_open
    if n == 0:
        return np.nan
    position = share * (n - 1)
    below = int(position)
    part = position - below
    above = below if part <= (1e-9 if n_open > 0 else 0.0) else below + 1
    if start + above >= end:
        return np.inf
    low: float = dealt[start + below]
    high: float = dealt[start + above]
    if part >= 0.5:  # as numpy does, so that the last bit agrees
        return high - (high - low) * (1.0 - part)
    return low + (high - low) * part


@compiled
def follow(
    n_visits: int,
    n_episodes: int,
    at: Floats,
    visit: Int32s,
    episode_at: Floats,
    episode_out: Int32s,
    latest: Int32s,
    values: Int32s,
    first_value: Int64s,
    blocks_of: Int64s,
    columns_of: Int64s,
    edges: Floats,
    horizon: float,
    target_wait: Floats,
    is_sought: Bools,
    ahead: Bools,
    first_step: int,
    blocks: Floats,
    cells: Floats,
) -> None:
    """Fill AWAITED to SOUGHT_P90: of those who joined, or were referred, in each period.

    Parameters
    ----------
    n_visits ... episode_out : as `reconstruct` left them, those of playing on included
    latest : int32 (n_participants,), the latest visit of each
    values : int32 (n_participants, n_groups)
    blocks_of, columns_of : see `tally` and `fold`
    edges : float64 (n_years + 1,)
    horizon : how long the open ones are taken to wait [day]
    target_wait : float64 (n_steps,) [days]
    is_sought : bool (n_steps,), the steps to which those referred are followed
    ahead : bool (n_steps, n_steps), whether a way leads from one step to another
    blocks : float64 (n_blocks x (1 + n_years), n_steps x N_PER_STEP), zeros. Modified in place
    cells : float64 (1 + n_years, 1 + n_values, n_slots). Modified in place
    """
    starts = np.empty(n_visits, np.int64)
    waits = np.empty(n_visits)
    firsts = np.empty(n_visits, np.int64)
    times = np.empty(n_visits)
    n_starts = n_firsts = 0
    n_periods = len(edges)
    for v in range(n_visits):
        s = visit[v, VISIT_STEP]
        slot = s * N_PER_STEP
        started_at = at[v, STARTED_AT]
        has_started = not np.isnan(started_at)
        joined_in = _year_of(at[v, JOINED_AT], edges) if not visit[v, VISIT_INITIAL] else 0
        if joined_in > 0:
            wait = (started_at if has_started else horizon) - at[v, JOINED_AT]
            for each in range(blocks_of.shape[1]):
                to = blocks_of[visit[v, VISIT_ROW], each] * n_periods + joined_in
                blocks[to, slot + AWAITED] += 1.0
                if not has_started and not np.isnan(at[v, LEFT_AT]):
                    blocks[to, slot + AWAITED_LEFT] += 1.0
                    continue
                blocks[to, slot + AWAITED_SUM] += wait
                blocks[to, slot + AWAITED_N] += 1.0
                blocks[to, slot + (AWAITED_STARTED if has_started else AWAITED_OPEN)] += 1.0
                if has_started and wait <= target_wait[s]:
                    blocks[to, slot + AWAITED_WITHIN] += 1.0
            if has_started:
                starts[n_starts] = v
                waits[n_starts] = wait
                n_starts += 1
        e = visit[v, VISIT_EPISODE]
        if is_sought[s] and visit[v, VISIT_FIRST] and episode_out[e, EPISODE_NUMBER] == 1:
            referred_in = _year_of(episode_at[e, ENTERED_AT], edges)
            if referred_in > 0:
                firsts[n_firsts] = v
                times[n_firsts] = started_at - episode_at[e, ENTERED_AT]
                for each in range(blocks_of.shape[1]):
                    to = blocks_of[visit[v, VISIT_ROW], each] * n_periods + referred_in
                    blocks[to, slot + SOUGHT_STARTED] += 1.0
                    blocks[to, slot + SOUGHT_SUM] += times[n_firsts]
                    blocks[to, slot + SOUGHT_N] += 1.0
                n_firsts += 1
    for e in range(n_episodes):
        referred_in = _year_of(episode_at[e, ENTERED_AT], edges)
        if referred_in == 0 or episode_out[e, EPISODE_NUMBER] > 1:
            continue
        row = episode_out[e, EPISODE_ROW]
        here = visit[latest[row], VISIT_STEP]
        has_left = not np.isnan(episode_at[e, EXITED_AT])
        for s in range(len(is_sought)):
            if not is_sought[s]:
                continue
            slot = s * N_PER_STEP
            may_start = not has_left and (here == s or ahead[here, s])
            if may_start:
                may_start = not _has_waited(s, latest[row], e, at, visit)
            for each in range(blocks_of.shape[1]):
                to = blocks_of[row, each] * n_periods + referred_in
                blocks[to, slot + SOUGHT] += 1.0
                if may_start:
                    blocks[to, slot + SOUGHT_OPEN] += 1.0
                    if here == s:
                        blocks[to, slot + SOUGHT_SUM] += horizon - episode_at[e, ENTERED_AT]
                        blocks[to, slot + SOUGHT_N] += 1.0
    for b in range(len(columns_of)):
        for column in columns_of[b]:
            if column >= 0:
                for year in range(1, n_periods):
                    for s in range(len(is_sought)):
                        for k in range(s * N_PER_STEP + AWAITED, (s + 1) * N_PER_STEP):
                            cells[year, column, first_step + k] += blocks[b * n_periods + year, k]
                            cells[0, column, first_step + k] += blocks[b * n_periods + year, k]
    _deal(
        starts[:n_starts], waits[:n_starts], at, visit, episode_at, False, values, first_value,
        edges, first_step, len(is_sought), cells,
    )  # fmt: skip
    _deal(
        firsts[:n_firsts], times[:n_firsts], at, visit, episode_at, True, values, first_value,
        edges, first_step, len(is_sought), cells,
    )  # fmt: skip


@inner
def _has_waited(s: int, latest: int, e: int, at: Floats, visit: Int32s) -> bool:
    """Whether somebody has been on the list of a step in an episode, and is no longer."""
    v = latest
    while v >= 0 and visit[v, VISIT_EPISODE] == e:
        if visit[v, VISIT_STEP] == s:
            if not (np.isnan(at[v, STARTED_AT]) and np.isnan(at[v, LEFT_AT])):
                return True
        v = visit[v, VISIT_BEFORE]
    return False


@inner
def _deal(
    visits: Int64s,
    times: Floats,
    at: Floats,
    visit: Int32s,
    episode_at: Floats,
    by_referral: bool,
    values: Int32s,
    first_value: Int64s,
    edges: Floats,
    first_step: int,
    n_steps: int,
    cells: Floats,
) -> None:
    """Fill AWAITED_P90 or SOUGHT_P90: times in order, dealt out to periods and groups."""
    counted = SOUGHT_STARTED if by_referral else AWAITED_STARTED
    still_open = SOUGHT_OPEN if by_referral else AWAITED_OPEN
    p90 = SOUGHT_P90 if by_referral else AWAITED_P90
    size = cells.shape[1] * n_steps
    until, n = _room_for(cells, first_step, n_steps, counted)
    dealt = np.empty(n)
    for k in _order(visits, times, visit, n_steps):
        v = visits[k]
        since = episode_at[visit[v, VISIT_EPISODE], ENTERED_AT] if by_referral else at[v, JOINED_AT]
        year = _year_of(since, edges) * size
        for group in range(-1, len(first_value)):
            place = int(visit[v, VISIT_STEP])
            if group >= 0:
                place += (first_value[group] + values[visit[v, VISIT_ROW], group]) * n_steps
            dealt[until[place]] = times[k]
            until[place] += 1
            dealt[until[place + year]] = times[k]
            until[place + year] += 1
    first = 0
    for place in range(len(until)):
        cell = cells[place // size, place % size // n_steps]
        slot = first_step + place % n_steps * N_PER_STEP
        n_open = int(cell[slot + still_open])
        cell[slot + p90] = _quantile(dealt, first, until[place], n_open, 0.9)
        first = until[place]


@compiled
def divide(cells: Floats, numerator: Int64s, denominator: Int64s, out: Floats) -> None:
    """Make KPIs: slot over slot, NaN over nought.

    Parameters
    ----------
    cells : float64 (n_periods, n_columns, n_slots)
    numerator, denominator : int64 (n_kpis,), slots; -1: filled elsewhere
    out : float64 (n_periods, n_columns, n_kpis). Modified in place
    """
    for period in range(cells.shape[0]):
        for column in range(cells.shape[1]):
            cell = cells[period, column]
            for k in range(len(numerator)):
                if numerator[k] < 0 or cell[denominator[k]] == 0.0:
                    out[period, column, k] = np.nan
                else:
                    out[period, column, k] = cell[numerator[k]] / cell[denominator[k]]
