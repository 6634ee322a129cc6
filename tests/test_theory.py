"""Closed forms against printed values, definitions, and chains solved as linear equations."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import exp, inf

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from flowsim.analysis.theory import (
    erlang_a,
    erlang_b,
    erlang_c,
    jackson_network,
    mg1_mean_wait,
    mg_infinity_mean,
    mmc,
    mmc_wait_exceeds,
    mmck,
    priority_mean_waits,
)
from flowsim.errors import UnstableQueueError


def solved(n: int, rates: Callable[[int], dict[int, float]]) -> NDArray[np.float64]:
    """Long-run shares of a Markov chain on 0 ... n - 1: pi Q = 0, by linear algebra."""
    generator = np.zeros((n, n))
    for i in range(n):
        for j, rate in rates(i).items():
            if j < n:
                generator[i, j] += rate
                generator[i, i] -= rate
    equations = np.vstack([generator.T, np.ones(n)])
    return np.linalg.lstsq(equations, np.append(np.zeros(n), 1.0), rcond=None)[0]


def queue(arrivals: float, service: float, servers: int, patience: float, n: int):
    return solved(
        n,
        lambda i: (
            {
                i + 1: arrivals,
                i - 1: min(i, servers) * service + max(i - servers, 0) * patience,
            }
            if i
            else {1: arrivals}
        ),
    )


@pytest.mark.parametrize(("load", "n"), [(4, 10), (12, 20), (9, 3), (84, 100), (480, 500)])
def test_erlang_b_is_its_definition(load: int, n: int) -> None:
    """a^c / c! over the sum of a^k / k!, in whole numbers without rounding."""
    terms = [Fraction(1)]
    for k in range(1, n + 1):
        terms.append(terms[-1] * load / k)
    assert erlang_b(load, n) == pytest.approx(float(terms[-1] / sum(terms)), rel=1e-12)


def test_erlang_b_of_nobody() -> None:
    assert erlang_b(0.0, 3) == 0.0
    assert erlang_b(2.0, 0) == 1.0


# Problems 23.14 and 24.6 of Bronson (1982), Operations Research, McGraw-Hill, with the answers
# quoted at http://web.ist.utl.pt/mcasquilho/compute/or/Fx-queuevars.php
@pytest.mark.parametrize(
    ("arrivals", "service", "servers", "queue_length", "wait", "in_system"),
    [(30.0, 40.0, 1, 2.25, 4.5 / 60, 3.0), (300.0, 182.5, 3, 0.352, 0.001175, 1.996)],
)
def test_mmc_of_a_textbook(
    arrivals: float,
    service: float,
    servers: int,
    queue_length: float,
    wait: float,
    in_system: float,
) -> None:
    figures = mmc(arrivals, service, servers)
    assert figures["mean_queue"] == pytest.approx(queue_length, rel=2e-3)
    assert figures["mean_wait"] == pytest.approx(wait, rel=2e-3)
    assert figures["mean_in_system"] == pytest.approx(in_system, rel=2e-3)


def test_one_server_is_mm1() -> None:
    assert mmc(0.8, 1.0, 1)["mean_wait"] == pytest.approx(0.8 / 0.2)
    assert mmc_wait_exceeds(3.0, 0.8, 1.0, 1) == pytest.approx(0.8 * exp(-0.6))


@pytest.mark.parametrize("n_servers", [2, 7, 30])
def test_mmc_is_the_solved_chain(n_servers: int) -> None:
    shares = queue(0.7 * n_servers, 1.0, n_servers, 0.0, 60 + 5 * n_servers)
    number = np.arange(len(shares))
    figures = mmc(0.7 * n_servers, 1.0, n_servers)
    assert figures["p_wait"] == pytest.approx(shares[n_servers:].sum(), rel=1e-6)
    assert figures["mean_in_system"] == pytest.approx(number @ shares, rel=1e-6)


def test_many_servers_tend_to_halfin_and_whitt() -> None:
    """Halfin and Whitt (1981), Operations Research 29: P(wait) -> 1 / (1 + b Phi(b) / phi(b))."""
    servers, slack = 40_000, 0.5
    limit = 1 / (1 + slack * stats.norm.cdf(slack) / stats.norm.pdf(slack))
    found = erlang_c(servers * (1 - slack / servers**0.5), 1.0, servers)
    assert found == pytest.approx(limit, abs=2e-3)


def test_waits_integrate_to_their_mean() -> None:
    times = np.linspace(0.0, 200.0, 400_001)
    tail = np.array([mmc_wait_exceeds(0.0, 2.5, 1.0, 3) * exp(-0.5 * t) for t in times])
    assert np.trapezoid(tail, times) == pytest.approx(mmc(2.5, 1.0, 3)["mean_wait"], rel=1e-6)


def test_mg1() -> None:
    assert mg1_mean_wait(0.8, 1.0, 1.0) == pytest.approx(mmc(0.8, 1.0, 1)["mean_wait"])
    # Erlang-2 service (cv^2 = 1/2), rho 0.8: three quarters of M/M/1's wait
    assert mg1_mean_wait(0.8, 1.0, 0.5**0.5) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("arrivals", "servers", "patience"), [(3.0, 3, 0.2), (9.0, 4, 1.5), (2.0, 5, 0.01)]
)
def test_erlang_a_is_the_solved_chain(arrivals: float, servers: int, patience: float) -> None:
    shares = queue(arrivals, 1.0, servers, patience, 260)
    waiting = np.maximum(np.arange(260) - servers, 0) @ shares
    figures = erlang_a(arrivals, 1.0, servers, patience)
    assert figures["p_wait"] == pytest.approx(shares[servers:].sum(), rel=1e-8)
    assert figures["mean_queue"] == pytest.approx(waiting, rel=1e-8)
    assert figures["p_abandon"] == pytest.approx(patience * waiting / arrivals, rel=1e-8)
    busy = np.minimum(np.arange(260), servers) @ shares
    assert figures["utilisation"] == pytest.approx(busy / servers, rel=1e-8)


def test_erlang_a_wait_of_the_served() -> None:
    """By following one who finds k waiting, step by step, as a chain that ends."""
    arrivals, servers, patience, n = 4.0, 3, 0.5, 200
    shares = queue(arrivals, 1.0, servers, patience, n)
    starts, weighted = shares[:servers].sum(), 0.0
    start_of, time_of = 1.0, 0.0  # of one with k ahead: P(starts), E[wait; starts]
    for k in range(n - servers):
        total = servers + k * patience + patience
        onward = (servers + k * patience) / total
        time_of = onward * (start_of / total + time_of)
        start_of *= onward
        starts += shares[servers + k] * start_of
        weighted += shares[servers + k] * time_of
    found = erlang_a(arrivals, 1.0, servers, patience)
    assert found["mean_wait_served"] == pytest.approx(weighted / starts, rel=1e-9)
    assert 1 - found["p_abandon"] == pytest.approx(starts, rel=1e-9)


def test_erlang_a_without_impatience_is_erlang_c() -> None:
    patient, limit = erlang_a(2.0, 1.0, 3, 1e-7), mmc(2.0, 1.0, 3)
    assert patient["p_wait"] == pytest.approx(limit["p_wait"], rel=1e-5)
    assert patient["mean_wait_served"] == pytest.approx(limit["mean_wait"], rel=1e-5)


def test_mmck() -> None:
    shares = queue(3.0, 1.0, 2, 0.0, 6)
    figures = mmck(3.0, 1.0, 2, capacity=5)
    number = np.arange(6)
    assert figures["p_blocked"] == pytest.approx(shares[5])
    assert figures["mean_queue"] == pytest.approx(np.maximum(number - 2, 0) @ shares)
    assert figures["mean_wait"] == pytest.approx(figures["mean_queue"] / (3 * (1 - shares[5])))
    # one server at load 1: all four states are alike
    assert mmck(1.0, 1.0, 1, capacity=3)["p_blocked"] == pytest.approx(0.25)


def test_priority_classes_share_the_common_wait() -> None:
    """The wait weighted by arrivals is that without classes (Kleinrock's conservation law)."""
    waits = priority_mean_waits([1.0, 1.6], 1.0, 3)
    together = mmc(2.6, 1.0, 3)["mean_wait"]
    assert (1.0 * waits[0] + 1.6 * waits[1]) / 2.6 == pytest.approx(together)
    assert waits[0] < together < waits[1]


def test_priority_is_the_solved_chain() -> None:
    """Two classes at two servers: states (all busy or fewer, best waiting, others waiting)."""
    first, second, servers, most = 0.5, 0.8, 2, 40
    index = {("idle", k): k for k in range(servers)}
    for i in range(most):
        for j in range(most):
            index[i, j] = len(index)
    generator = np.zeros((len(index), len(index)))

    def move(a: tuple, b: tuple, rate: float) -> None:
        if b in index:
            generator[index[a], index[b]] += rate
            generator[index[a], index[a]] -= rate

    for k in range(servers):
        move(("idle", k), ("idle", k + 1) if k + 1 < servers else (0, 0), first + second)
        if k:
            move(("idle", k), ("idle", k - 1), k * 1.0)
    for i in range(most):
        for j in range(most):
            move((i, j), (i + 1, j), first)
            move((i, j), (i, j + 1), second)
            after = (i - 1, j) if i else (0, j - 1) if j else ("idle", servers - 1)
            move((i, j), after, servers * 1.0)
    generator[:, 0] = 1.0  # in place of one equation: shares sum to one
    shares = np.linalg.solve(generator.T, np.eye(len(index))[0])
    pairs = [(i, j) for i in range(most) for j in range(most)]
    queues = [sum(shares[index[pair]] * pair[c] for pair in pairs) for c in (0, 1)]
    waits = priority_mean_waits([first, second], 1.0, servers)
    assert queues[0] / first == pytest.approx(waits[0], rel=1e-5)
    assert queues[1] / second == pytest.approx(waits[1], rel=1e-5)


def test_jackson_network_with_feedback() -> None:
    """Two nodes; half go on to the second, a fifth of those return to the first."""
    nodes = jackson_network([1.0, 0.0], [[0.0, 0.5], [0.2, 0.0]], [2.0, 1.0], [1, 2])
    # r1 = 1 + 0.2 r2, r2 = 0.5 r1: r1 = 10/9, r2 = 5/9
    assert [node["arrival_rate"] for node in nodes] == pytest.approx([10 / 9, 5 / 9])
    assert nodes[0]["mean_wait"] == pytest.approx(mmc(10 / 9, 2.0, 1)["mean_wait"])
    assert nodes[1]["mean_queue"] == pytest.approx(mmc(5 / 9, 1.0, 2)["mean_queue"])


def test_mg_infinity() -> None:
    # constant stays of 2: 3 t until then, 6 afterwards
    constant = lambda t: 1.0 if t < 2.0 else 0.0  # noqa: E731
    assert mg_infinity_mean(1.0, 3.0, constant) == pytest.approx(3.0)
    assert mg_infinity_mean(5.0, 3.0, constant) == pytest.approx(6.0, rel=1e-6)
    assert mg_infinity_mean(inf, 3.0, lambda t: (1 + t) * exp(-t)) == pytest.approx(6.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: erlang_c(3.0, 1.0, 3),
        lambda: mmc(4.0, 1.0, 3),
        lambda: mg1_mean_wait(1.0, 1.0, 0.5),
        lambda: priority_mean_waits([1.0, 1.0], 1.0, 2),
        lambda: jackson_network([1.0], [[0.5]], [2.0], [1]),
        lambda: jackson_network([1.0], [[1.0]], [2.0], [1]),
    ],
)
def test_unstable_queues_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(UnstableQueueError):
        call()


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: erlang_b(-1.0, 3), "load"),
        (lambda: erlang_c(1.0, 0.0, 3), "service_rate"),
        (lambda: erlang_c(1.0, 1.0, 0), "n_servers"),
        (lambda: erlang_c(float("nan"), 1.0, 1), "arrival_rate"),
        (lambda: mg1_mean_wait(0.5, 1.0, -1.0), "cv"),
        (lambda: erlang_a(1.0, 1.0, 1, 0.0), "patience_rate"),
        (lambda: mmck(1.0, 1.0, 3, 2), "capacity"),
        (lambda: jackson_network([1.0], [[1.5]], [2.0], [1]), "routes"),
    ],
)
def test_values_outside_the_domain_are_named(call: Callable[[], object], name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}: must"):
        call()
