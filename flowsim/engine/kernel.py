"""Everything that is compiled: keyed draws, samplers, and the passes over an event log.

One file, because numba's on-disk cache does not notice a change in another one. Both engines call
these functions, so that both get the same numbers to the last bit; with NUMBA_DISABLE_JIT=1 the
same text runs as plain Python and gives them too. For that, only scalar `math` functions are used
(numpy's `exp` and `log` differ from them in the last bit) and no fast-math.

Call the functions that take words (`philox`, `uniforms`, `arrival_times`) with `numpy.uint64`
throughout: numba compiles a function anew for each mixture of whole-number types.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

from flowsim.engine.eventlog import (
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
    TURNED_AWAY,
    WAS_IN_SERVICE,
    WAS_WAITING,
    WITHDREW,
)

Floats = NDArray[np.float64]
Int32s = NDArray[np.int32]
Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]
Word = int | np.uint64
Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function on its first call, cache it on disk, and free the GIL while it runs.

    A division by zero gives inf or nan, as in C, instead of a test before every division. No
    function here divides by zero, so the uncompiled path never raises where this one does not.
    """
    return cast(Function, njit(cache=True, nogil=True, error_model="numpy")(function))


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
    pair: Any = types.UniTuple(types.uint64, 2)  # type: ignore[no-untyped-call, unused-ignore]

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


@compiled
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


@compiled
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


# Gamma and beta: a search in t = log x (gamma) or t = log(y / (1 - y)) (beta). There the density g
# of t has the simple slopes that `_improve` needs, so that one or two evaluations of the incomplete
# gamma or beta function are enough. `miss` is (u - cdf) / g, free of the density's large and small
# factors; it comes from either tail, so that it is precise in both.

CLOSE = 4e-3  # a miss this small, in widths of the density, leaves less than 1e-15 afterwards
FAR = 0.25  # beyond it the series is of no use


@compiled
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


@compiled
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


@compiled
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


@compiled
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


@compiled
def _gamma_miss(shape: float, lanczos: float, x: float, u: float) -> float:
    """Return (u - P(shape, x)) / g, g = x**shape exp(-x) / gamma(shape), the density of log x.

    lanczos is L(shape).
    """
    offset = shape + (LANCZOS_G - 0.5)
    g = shape * math.sqrt(offset / math.e) / lanczos
    g *= math.exp(shape * math.log(x / offset) + (shape - x))
    if x < 1.0 + shape + math.sqrt(shape):
        return u / g - _gamma_series(shape, x) / shape
    return _gamma_fraction(shape, x) - (1.0 - u) / g


@compiled
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


@compiled
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


@compiled
def _large_gamma_miss(shape: float, x: float, z: float) -> float:
    """Return what `_gamma_miss` returns, for a large shape and x near it, u being Phi(z).

    u - P = Phi(z) - Phi(y) + phi(y) S / sqrt(a), and (Phi(y) - Phi(z)) / phi(y) is the integral
    of exp(y t - t**2 / 2) over 0 < t < y - z, summed as a series in y - z. So no error function
    is needed, and nothing cancels in the tails.
    """
    mu = (x - shape) / shape
    eta = math.copysign(math.sqrt(2.0 * max(mu - math.log1p(mu), 0.0)), mu)
    root = math.sqrt(shape)
    y = eta * root
    d = y - z
    before, term = 0.0, d
    between = d
    for n in range(1, MAX_TERMS):
        before, term = term, d / (n + 1) * (y * term - d * (n - 1) / n * before)
        between += term
        if abs(term) + abs(before) < EPSILON * abs(between):
            break
    total = 0.0
    for k in range(LARGE_TABLE.shape[0] - 1, -1, -1):
        row = 0.0
        for n in range(14 - 2 * k, -1, -1):
            row = row * eta + LARGE_TABLE[k, n]
        total = total / shape + row
    # phi(y) / g = gamma(a) (e / a)**a / sqrt(2 pi), by Stirling's series.
    v = 1.0 / shape
    stirling = 1.0 + v * (1 / 12 + v * (1 / 288 - v * (139 / 51840 + v * 571 / 2488320)))
    return stirling / root * (total / root - between)


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


@compiled
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


@compiled
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


@compiled
def _resized(values: Floats, size: int) -> Floats:
    """Return an array of another size that begins with the same values."""
    out = np.empty(size)
    for i in range(min(size, values.size)):
        out[i] = values[i]
    return out


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
    N_PER_STEP,
) = range(27)
IN_USE, PLACE_DAYS, VACANT, N_PER_TEAM = range(4)

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
    at: Floats,
    visit: Int32s,
    episode_at: Floats,
    episode_out: Int32s,
    team_rows: Int32s,
) -> tuple[int, int, int]:
    """Turn rows into visits and episodes; return how many of each, and of team rows.

    Parameters
    ----------
    time ... name : columns of the log, (n_rows,)
    first_participant : int64 (n_sources + 1,)
    keeps_place, counted_in : bool (n_steps,)
    at, visit : float64 (n_rows, 4), int32 (n_rows, 7). Modified in place
    episode_at, episode_out : float64 (n_rows, 4), int32 (n_rows, 4). Modified in place
    team_rows : int32 (n_rows,), rows of teams, posts and meetings. Modified in place
    """
    n_participants = first_participant[-1]
    waits = np.full(n_participants, -1, np.int32)  # the visit whose list it stands on
    stays = np.full(n_participants, -1, np.int32)  # the visit whose places it holds
    latest = np.full(n_participants, -1, np.int32)  # its latest visit
    current = np.full(n_participants, -1, np.int32)  # its episode
    n_visits = 0
    n_episodes = 0
    n_team_rows = 0
    for i in range(len(time)):
        what = event[i]
        if source[i] < 0:
            team_rows[n_team_rows] = i
            n_team_rows += 1
            continue
        row = first_participant[source[i]] + participant[i]
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


@compiled
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


@compiled
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
        _add_waiting(at, visit, years, block, edges, target_wait, first_step, blocks)
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


@compiled
def _find_years(at: Floats, n: int, edges: Floats, years: Int64s) -> None:
    """Give 1 for an instant in the first year, and so on; 0 outside the years or not yet."""
    for v in range(n):
        for column in range(4):
            year = 0
            if at[v, column] >= edges[0] and at[v, column] < edges[-1]:
                year = 1
                while at[v, column] >= edges[year]:
                    year += 1
            years[v, column] = year


@compiled
def _add_waiting(
    at: Floats,
    visit: Int32s,
    years: Int64s,
    block: Int64s,
    edges: Floats,
    target_wait: Floats,
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


@compiled
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


@compiled
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


@compiled
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
    post_days: Floats,
    place_days: Floats,
    cells: Floats,
) -> None:
    """Add up days in post, days of places, and meetings.

    Parameters
    ----------
    edges : float64 (n_years + 1,)
    is_open : bool (1 + n_values, n_teams), whether participants of a value can use a team
    post_days : float64 (1 + n_years, n_posts), zeros. Modified in place
    place_days : float64 (1 + n_years, n_teams), zeros. Modified in place
    cells : float64 (1 + n_years, 1 + n_values, n_slots). Modified in place
    """
    end = edges[-1]
    filled_at = np.full(post_days.shape[1], np.inf)
    places = np.zeros(place_days.shape[1])
    since = np.zeros(place_days.shape[1])
    for k in range(n_team_rows):
        i = team_rows[k]
        which = name[i]
        now = time[i]
        if event[i] == FILLED_POST:
            filled_at[which] = now
        elif event[i] == LEFT_POST:
            _add_days(filled_at[which], now, 1.0, edges, post_days, which)
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
        _add_days(filled_at[post], end, 1.0, edges, post_days, post)
    for team in range(len(places)):
        _add_days(since[team], end, places[team], edges, place_days, team)
    for year in range(1, len(edges)):
        post_days[0] += post_days[year]
        place_days[0] += place_days[year]


@compiled
def _year_of(instant: float, edges: Floats) -> int:
    """Return 1 for the first year, ..., or 0 where the instant lies outside all years."""
    if instant < edges[0]:
        return 0
    for year in range(1, len(edges)):
        if instant < edges[year]:
            return year
    return 0


@compiled
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
    post_team: Int64s,
    post_fte: Floats,
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
    post_team, post_fte : int64, float64 (n_posts,)
    due_days : float64 (1 + n_years, n_posts), days on which the post exists
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
            for post in range(len(post_team)):
                team = post_team[post]
                if is_open[column, team]:
                    slot = first_team + team_of[team] * N_PER_TEAM + VACANT
                    vacant = due_days[period, post] - post_days[period, post]
                    cell[slot] += post_fte[post] * vacant


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
    """Fill WAIT_MEDIAN and WAIT_P90, interpolated linearly (NumPy's default).

    The waits of each step are sorted once and then dealt out, which keeps them sorted.
    """
    starts, waits = _waits_of_starts(n_visits, at, edges)
    order = _order(starts, waits, visit, n_steps)
    n_periods = cells.shape[0]
    n_columns = cells.shape[1]
    size = n_columns * n_steps
    begin = np.empty(n_periods * size, np.int64)
    total = 0
    for period in range(n_periods):
        for column in range(n_columns):
            for s in range(n_steps):
                begin[period * size + column * n_steps + s] = total
                total += int(cells[period, column, first_step + s * N_PER_STEP + N_STARTED])
    dealt = np.empty(total)
    for k in order:
        v = starts[k]
        s = visit[v, VISIT_STEP]
        year = 1
        while at[v, STARTED_AT] >= edges[year]:
            year += 1
        for group in range(-1, len(first_value)):
            place = s
            if group >= 0:
                row = visit[v, VISIT_ROW]
                place = (first_value[group] + values[row, group]) * n_steps + s
            dealt[begin[place]] = waits[k]
            begin[place] += 1
            place += year * size
            dealt[begin[place]] = waits[k]
            begin[place] += 1
    total = 0
    for period in range(n_periods):
        for column in range(n_columns):
            for s in range(n_steps):
                slot = first_step + s * N_PER_STEP
                until = begin[period * size + column * n_steps + s]
                cells[period, column, slot + WAIT_MEDIAN] = _quantile(dealt, total, until, 0.5)
                cells[period, column, slot + WAIT_P90] = _quantile(dealt, total, until, 0.9)
                total = until


@compiled
def _waits_of_starts(n_visits: int, at: Floats, edges: Floats) -> tuple[Int64s, Floats]:
    starts = np.empty(n_visits, np.int64)
    waits = np.empty(n_visits)
    n = 0
    for v in range(n_visits):
        if at[v, STARTED_AT] >= edges[0] and not np.isnan(at[v, JOINED_AT]):
            starts[n] = v
            waits[n] = at[v, STARTED_AT] - at[v, JOINED_AT]
            n += 1
    return starts[:n], waits[:n]


CROWD = 50  # so many waits in one bucket: another method sorts faster


@compiled
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


@compiled
def _quantile(dealt: Floats, start: int, end: int, share: float) -> float:
    """Return a quantile of dealt[start:end], which increases."""
    if start == end:
        return np.nan
    position = share * (end - start - 1)
    below = int(position)
    low: float = dealt[start + below]
    high: float = dealt[min(start + below + 1, end - 1)]
    part = position - below
    if part >= 0.5:  # as numpy does, so that the last bit agrees
        return high - (high - low) * (1.0 - part)
    return low + (high - low) * part


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
