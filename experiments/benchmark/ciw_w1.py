"""W1 in Ciw: a network of one node; waits from its records."""

from __future__ import annotations

import ciw
import figures
from workloads import Queue


def replicate(workload: Queue, seed: int) -> figures.Figures:
    """Run one replication and return its figures."""
    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(workload.arrival_rate)],
        service_distributions=[ciw.dists.Exponential(1.0 / workload.mean_stay)],
        number_of_servers=[workload.places],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(workload.participants, method="Complete")
    return figures.of_queue([record.waiting_time for record in simulation.get_all_records()])
