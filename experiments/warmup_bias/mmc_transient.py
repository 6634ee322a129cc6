"""The mean wait in M/M/c that starts empty, exactly, at each instant.

The number in the system is a birth-death chain. Its generator, cut off at a length that is never
reached, is similar to a symmetric tridiagonal matrix, whose eigenvalues and eigenvectors give the
chances of each number at any instant (Ledermann, W. and Reuter, G. E. H. (1954), Spectral theory
for the differential equations of simple birth and death processes, Philosophical Transactions of
the Royal Society A 246, 321-369). Arrivals see these chances, as they are Poisson; who finds k
waiting and all c places taken waits for k + 1 departures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal

from flowsim.analysis import theory

LENGTH = 600  # at load 0.9 beyond it with chance 0.9^600 = 4e-28
STEP = 0.25  # days between two instants of the average

Floats = NDArray[np.float64]


def mean_wait(load: float, n_servers: int, at: Floats) -> Floats:
    """Mean wait of who comes so long after the system was empty [days]; the mean stay is 1 day."""
    arrival_rate = load * n_servers
    number = np.arange(LENGTH + 1)
    births = np.full(LENGTH, arrival_rate)
    deaths = np.minimum(number[1:], n_servers).astype(float)
    diagonal = -np.append(births, 0.0) - np.insert(deaths, 0, 0.0)
    values, vectors = eigh_tridiagonal(diagonal, np.sqrt(births * deaths))
    logs = np.concatenate([[0.0], np.cumsum(np.log(births / deaths))])
    wait = np.maximum(number - n_servers + 1, 0) / n_servers
    shape = vectors.T @ (np.exp(logs / 2) * wait) * vectors[0]
    waits: Floats = np.exp(np.outer(at, values)) @ shape
    return waits


def relative_bias(load: float, n_servers: int, first: float, last: float) -> float:
    """Bias of the mean wait of those who come in [first, last) days, as a share of the truth."""
    instants = np.arange(first + STEP / 2, last, STEP)
    truth = theory.mmc(load * n_servers, 1.0, n_servers)["mean_wait"]
    return float(mean_wait(load, n_servers, instants).mean() / truth - 1)
