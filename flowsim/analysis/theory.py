"""Closed forms of queueing theory, to check the engines and the reader's intuition against.

Rates are per day, times in days. Everything is in the long run (stationary) but for
`mg_infinity_mean`. A queue that would grow without bound raises `UnstableQueueError`, a value
outside its domain `ValueError`.

References
----------
Gross, D., Shortle, J. F., Thompson, J. M. and Harris, C. M. (2008), Fundamentals of Queueing
Theory, 4th ed., Wiley.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, exp, inf, isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flowsim.errors import UnstableQueueError

__all__ = [
    "erlang_a",
    "erlang_b",
    "erlang_c",
    "jackson_network",
    "mg1_mean_wait",
    "mg_infinity_mean",
    "mmc",
    "mmc_wait_exceeds",
    "mmck",
    "priority_mean_waits",
]

Floats = NDArray[np.float64]


def erlang_b(load: float, n_servers: int) -> float:
    """Probability that an arrival is lost in an M/G/c/c queue.

    Parameters
    ----------
    load : arrival rate times mean service time, >= 0
    n_servers : number of parallel servers, >= 0

    References
    ----------
    Gross et al., chapter 2; the recursion 1/B(c) = 1 + c/a x 1/B(c-1) is stable for any c.

    Examples
    --------
    >>> round(erlang_b(load=2.0, n_servers=3), 4)
    0.2105
    """
    _check("load", load, at_least=0.0)
    _check("n_servers", n_servers, at_least=0)
    if load == 0.0:
        return 1.0 if n_servers == 0 else 0.0
    lost = 1.0
    for servers in range(1, n_servers + 1):
        lost = load * lost / (servers + load * lost)
    return lost


def erlang_c(arrival_rate: float, service_rate: float, n_servers: int) -> float:
    """Probability that an arrival has to wait in an M/M/c queue.

    Parameters
    ----------
    arrival_rate : mean arrivals [1/day], >= 0
    service_rate : mean completions of one busy server [1/day], > 0
    n_servers : number of parallel servers, >= 1

    Raises
    ------
    UnstableQueueError
        If arrival_rate >= n_servers * service_rate.

    References
    ----------
    Gross et al., chapter 2.

    Examples
    --------
    >>> round(erlang_c(arrival_rate=2.0, service_rate=1.0, n_servers=3), 4)
    0.4444
    """
    _check("arrival_rate", arrival_rate, at_least=0.0)
    _check("service_rate", service_rate, above=0.0)
    _check("n_servers", n_servers, at_least=1)
    load = arrival_rate / service_rate
    _check_stable(load, n_servers)
    lost = erlang_b(load, n_servers)
    return lost / (1 - load / n_servers * (1 - lost))


def mmc(arrival_rate: float, service_rate: float, n_servers: int) -> dict[str, float]:
    """Mean figures of an M/M/c queue.

    Parameters
    ----------
    arrival_rate, service_rate, n_servers : as in `erlang_c`

    Returns
    -------
    p_wait, mean_wait [days], mean_queue, mean_in_system, utilisation

    References
    ----------
    Gross et al., chapter 2.

    Examples
    --------
    >>> {name: round(value, 4) for name, value in mmc(2.0, 1.0, 3).items()}
    {'p_wait': 0.4444, 'mean_wait': 0.4444, 'mean_queue': 0.8889, 'mean_in_system': 2.8889, \
'utilisation': 0.6667}
    """
    p_wait = erlang_c(arrival_rate, service_rate, n_servers)
    mean_wait = p_wait / (n_servers * service_rate - arrival_rate)
    mean_queue = arrival_rate * mean_wait
    load = arrival_rate / service_rate
    return {
        "p_wait": p_wait,
        "mean_wait": mean_wait,
        "mean_queue": mean_queue,
        "mean_in_system": mean_queue + load,
        "utilisation": load / n_servers,
    }


def mmc_wait_exceeds(
    time: float, arrival_rate: float, service_rate: float, n_servers: int
) -> float:
    """Probability that the wait in a first come, first served M/M/c queue is longer than a time.

    Parameters
    ----------
    time : [days], >= 0
    arrival_rate, service_rate, n_servers : as in `erlang_c`

    References
    ----------
    Gross et al., chapter 2 (the conditional wait is exponential).

    Examples
    --------
    >>> round(mmc_wait_exceeds(1.0, arrival_rate=2.0, service_rate=1.0, n_servers=3), 4)
    0.1635
    """
    _check("time", time, at_least=0.0)
    p_wait = erlang_c(arrival_rate, service_rate, n_servers)
    return p_wait * exp(-(n_servers * service_rate - arrival_rate) * time)


def mg1_mean_wait(arrival_rate: float, mean_service: float, cv: float) -> float:
    """Mean wait in an M/G/1 queue (Pollaczek-Khinchine) [days].

    Parameters
    ----------
    arrival_rate : mean arrivals [1/day], >= 0
    mean_service : mean service time [days], > 0
    cv : standard deviation of the service time over its mean, >= 0

    Raises
    ------
    UnstableQueueError
        If arrival_rate * mean_service >= 1.

    References
    ----------
    Gross et al., chapter 5.

    Examples
    --------
    >>> mg1_mean_wait(arrival_rate=0.5, mean_service=1.0, cv=0.0)  # half of M/M/1's
    0.5
    """
    _check("arrival_rate", arrival_rate, at_least=0.0)
    _check("mean_service", mean_service, above=0.0)
    _check("cv", cv, at_least=0.0)
    load = arrival_rate * mean_service
    _check_stable(load, 1)
    return load * mean_service * (1 + cv * cv) / (2 * (1 - load))


def erlang_a(
    arrival_rate: float, service_rate: float, n_servers: int, patience_rate: float
) -> dict[str, float]:
    """Mean figures of an M/M/c+M queue: those who wait give up at a constant rate.

    Parameters
    ----------
    arrival_rate : mean arrivals [1/day], > 0
    service_rate : mean completions of one busy server [1/day], > 0
    n_servers : number of parallel servers, >= 1
    patience_rate : one over the mean patience [1/day], > 0

    Returns
    -------
    p_wait, p_abandon, mean_wait (of all, however it ends), mean_wait_served (of those who
    start, at once or not) [days], mean_queue, utilisation

    References
    ----------
    Palm, C. (1957), Research on telephone traffic carried by full availability groups, Tele 1.
    Mandelbaum, A. and Zeltyn, S. (2007), Service engineering in action: the Palm/Erlang-A queue,
    in Advances in Services Innovations, Springer, 17-45.

    Examples
    --------
    >>> equal = erlang_a(arrival_rate=2.0, service_rate=1.0, n_servers=3, patience_rate=1.0)
    >>> round(equal["p_wait"], 4)  # everybody leaves at rate 1: M/M/infinity, P(N >= 3)
    0.3233
    """
    for name, value in (
        ("arrival_rate", arrival_rate),
        ("service_rate", service_rate),
        ("patience_rate", patience_rate),
    ):
        _check(name, value, above=0.0)
    _check("n_servers", n_servers, at_least=1)
    busy_rate = n_servers * service_rate
    # Beyond this length each more is at most half as likely; 1100 halvings are below a float.
    longest = ceil(max(2 * arrival_rate - busy_rate, 0.0) / patience_rate) + 1100
    rates = busy_rate + patience_rate * np.arange(1, longest + 1)
    shares = _stationary(
        [arrival_rate] * (n_servers + longest),
        np.concatenate([service_rate * np.arange(1, n_servers + 1), rates]),
    )
    queue = np.arange(longest + 1)
    waiting = shares[n_servers:]
    p_wait = float(waiting.sum())
    mean_queue = float(queue @ waiting)
    p_abandon = patience_rate * mean_queue / arrival_rate
    # One who meets k waiting ones starts if it outlasts k + 1 departures ahead of it.
    ahead = busy_rate + patience_rate * queue
    outlasts = busy_rate / (busy_rate + patience_rate * (queue + 1))
    wait_if_served = np.cumsum(1 / (ahead + patience_rate))
    served = float(shares[:n_servers].sum() + waiting @ outlasts)
    mean_wait_served = float((waiting * outlasts) @ wait_if_served) / served
    return {
        "p_wait": p_wait,
        "p_abandon": p_abandon,
        "mean_wait": mean_queue / arrival_rate,
        "mean_wait_served": mean_wait_served,
        "mean_queue": mean_queue,
        "utilisation": arrival_rate * (1 - p_abandon) / busy_rate,
    }


def mmck(
    arrival_rate: float, service_rate: float, n_servers: int, capacity: int
) -> dict[str, float]:
    """Mean figures of an M/M/c/K queue: at most K in the system, others are turned away.

    Parameters
    ----------
    arrival_rate : mean arrivals [1/day], > 0
    service_rate : mean completions of one busy server [1/day], > 0
    n_servers : number of parallel servers, >= 1
    capacity : places to be served and to wait together, >= n_servers

    Returns
    -------
    p_blocked, mean_wait (of those let in) [days], mean_queue, mean_in_system, utilisation

    References
    ----------
    Gross et al., chapter 2.

    Examples
    --------
    >>> round(mmck(2.0, 1.0, 3, capacity=3)["p_blocked"], 4)  # Erlang B
    0.2105
    """
    _check("arrival_rate", arrival_rate, above=0.0)
    _check("service_rate", service_rate, above=0.0)
    _check("n_servers", n_servers, at_least=1)
    _check("capacity", capacity, at_least=n_servers)
    number = np.arange(capacity + 1)
    shares = _stationary(
        [arrival_rate] * capacity, service_rate * np.minimum(number[1:], n_servers)
    )
    let_in = arrival_rate * (1 - float(shares[-1]))
    mean_queue = float(np.maximum(number - n_servers, 0) @ shares)
    return {
        "p_blocked": float(shares[-1]),
        "mean_wait": mean_queue / let_in,
        "mean_queue": mean_queue,
        "mean_in_system": float(number @ shares),
        "utilisation": let_in / (n_servers * service_rate),
    }


def priority_mean_waits(
    arrival_rates: Sequence[float], service_rate: float, n_servers: int
) -> list[float]:
    """Mean wait of each class in an M/M/c queue with non-preemptive priority [days].

    Parameters
    ----------
    arrival_rates : of each class, best first [1/day], each >= 0
    service_rate : mean completions of one busy server, the same for all [1/day], > 0
    n_servers : number of parallel servers, >= 1

    Raises
    ------
    UnstableQueueError
        If all classes together are too many.

    References
    ----------
    Cobham, A. (1954), Priority assignment in waiting line problems, Operations Research 2, 70-76.
    Kella, O. and Yechiali, U. (1985), Waiting times in the non-preemptive priority M/M/c queue,
    Stochastic Models 1, 257-262.

    Examples
    --------
    >>> [round(wait, 4) for wait in priority_mean_waits([0.3, 0.4], 1.0, 1)]
    [1.0, 3.3333]
    """
    for rate in arrival_rates:
        _check("arrival_rates", rate, at_least=0.0)
    total = float(sum(arrival_rates))
    next_free = erlang_c(total, service_rate, n_servers) / (n_servers * service_rate)
    waits, used_by_better, used = [], 0.0, 0.0
    for rate in arrival_rates:
        used = used_by_better + rate / (n_servers * service_rate)
        waits.append(next_free / ((1 - used_by_better) * (1 - used)))
        used_by_better = used
    return waits


def jackson_network(
    outside_rates: Sequence[float],
    routes: ArrayLike,
    service_rates: Sequence[float],
    n_servers: Sequence[int],
) -> list[dict[str, float]]:
    """Mean figures of each node of an open Jackson network; a route back is feedback.

    Parameters
    ----------
    outside_rates : arrivals at each node from outside [1/day], each >= 0
    routes : probability of going from node i to node j after service, rows sum to at most 1
    service_rates : of one busy server of each node [1/day], each > 0
    n_servers : of each node, >= 1

    Returns
    -------
    for each node `mmc`'s figures and its total arrival_rate [1/day]

    Raises
    ------
    UnstableQueueError
        If a node gets more than it can serve.

    References
    ----------
    Jackson, J. R. (1957), Networks of waiting lines, Operations Research 5, 518-521.
    Gross et al., chapter 4.

    Examples
    --------
    >>> node, = jackson_network([1.0], [[0.5]], [4.0], [1])  # each comes twice on average
    >>> round(node["arrival_rate"], 4), round(node["mean_wait"], 4)
    (2.0, 0.25)
    """
    shares = np.asarray(routes, dtype=float)
    n_nodes = len(outside_rates)
    if shares.shape != (n_nodes, n_nodes) or (shares < 0).any():
        raise ValueError(f"routes: must be {n_nodes} x {n_nodes} probabilities")
    if (shares.sum(axis=1) > 1 + 1e-9).any():
        raise ValueError("routes: must be probabilities that sum to at most 1 for each node")
    for rate in outside_rates:
        _check("outside_rates", rate, at_least=0.0)
    leaving = np.eye(n_nodes) - shares.T
    if np.linalg.matrix_rank(leaving) < n_nodes:
        raise UnstableQueueError("routes: nobody who enters ever leaves")
    totals = np.linalg.solve(leaving, np.asarray(outside_rates, dtype=float))
    return [
        {"arrival_rate": float(total), **mmc(float(total), service, servers)}
        for total, service, servers in zip(totals, service_rates, n_servers, strict=True)
    ]


def mg_infinity_mean(time: float, arrival_rate: float, survival: Callable[[float], float]) -> float:
    """Mean number in an M/G/infinity system that starts empty.

    It is Poisson at every instant, also in the long run (time `inf`), where the mean is arrival
    rate times mean service time.

    Parameters
    ----------
    time : since it was empty [days], >= 0, or `inf`
    arrival_rate : mean arrivals [1/day], >= 0
    survival : probability that a service time is longer than its argument [days]

    References
    ----------
    Gross et al., chapter 5 (the M/G/infinity queue).

    Examples
    --------
    >>> from math import exp, inf
    >>> round(mg_infinity_mean(2.0, 3.0, lambda t: exp(-t / 2)), 4)  # 6 (1 - 1/e)
    3.7927
    >>> round(mg_infinity_mean(inf, 3.0, lambda t: exp(-t / 2)), 4)
    6.0
    """
    from scipy import integrate  # a third of a second, which reports need not wait for

    if time != inf:
        _check("time", time, at_least=0.0)
    _check("arrival_rate", arrival_rate, at_least=0.0)
    area, _ = integrate.quad(survival, 0.0, time, limit=500)
    return arrival_rate * float(area)


def _stationary(births: Sequence[float], deaths: ArrayLike) -> Floats:
    """Long-run shares of a birth-death chain, by logarithms so that nothing overflows."""
    steps = np.log(np.asarray(births, dtype=float)) - np.log(np.asarray(deaths, dtype=float))
    logs = np.concatenate([[0.0], np.cumsum(steps)])
    shares = np.exp(logs - logs.max())
    return np.asarray(shares / shares.sum(), dtype=np.float64)


def _check_stable(load: float, n_servers: int) -> None:
    if load >= n_servers:
        raise UnstableQueueError(
            f"load {load:g}: must be below the number of servers, {n_servers}, "
            "or the queue grows without bound"
        )


def _check(
    name: str, value: float, *, at_least: float | None = None, above: float | None = None
) -> None:
    if not isfinite(value) or (at_least is not None and value < at_least):
        raise ValueError(f"{name}: must be a number >= {at_least or 0:g}, got {value}")
    if above is not None and value <= above:
        raise ValueError(f"{name}: must be a number > {above:g}, got {value}")
