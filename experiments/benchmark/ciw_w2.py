"""W2 in Ciw: reception, coaching, and a node with unlimited servers for those who will return.

Ciw's priority classes hold at every node, but only coaching has priority. Age is therefore a
customer class without priority, and coaching has a service discipline of its own.
"""

from __future__ import annotations

import random

import ciw
import figures
from workloads import Pathway, lognormal

RECEPTION, COACHING, AWAY, LEFT = 1, 2, 3, -1
NAMES = {RECEPTION: "reception", COACHING: "coaching"}


def young_first(waiting: list[ciw.Individual], _: float) -> ciw.Individual:
    """Return who starts next: they stand in the order in which they joined."""
    return next((one for one in waiting if one.customer_class == "young"), waiting[0])


class Routing(ciw.routing.NodeRouting):
    """The way on from a node; it records exits, as Ciw has only one."""

    def __init__(self, workload: Pathway, records: figures.Records) -> None:
        self.workload, self.records = workload, records

    def leave(self, exit_: str) -> ciw.Node:
        self.records.exits[exit_].append(self.simulation.current_time)
        returns = random.random() < self.workload.returning
        return self.simulation.nodes[AWAY if returns else LEFT]


class FromReception(Routing):
    """To coaching, or out."""

    def next_node(self, _: ciw.Individual) -> ciw.Node:
        u, to_coaching = random.random(), self.workload.to_coaching
        if u < to_coaching:
            return self.simulation.nodes[COACHING]
        ordinary = u < to_coaching + self.workload.to_ordinary
        return self.leave("ordinary" if ordinary else "no_action")


class FromCoaching(Routing):
    """Out, by the outcome or because patience ran out."""

    def next_node(self, _: ciw.Individual) -> ciw.Node:
        u, to_work = random.random(), self.workload.to_work
        if u < to_work:
            return self.leave("work")
        return self.leave("studies" if u < to_work + self.workload.to_studies else "other")

    def next_node_for_jockeying(self, _: ciw.Individual) -> ciw.Node:
        return self.leave("withdrew")


class Back(Routing):
    """From the node of those who return."""

    def next_node(self, _: ciw.Individual) -> ciw.Node:
        self.records.returned.append(self.simulation.current_time)
        return self.simulation.nodes[RECEPTION]


def network(workload: Pathway, records: figures.Records) -> ciw.network.Network:
    """Return the network of one replication."""
    shares = {"young": workload.young, "older": 1.0 - workload.young}
    service = [
        ciw.dists.Lognormal(*lognormal(workload.reception_stay, workload.reception_cv)),
        ciw.dists.Lognormal(*lognormal(workload.coaching_stay, workload.coaching_cv)),
        ciw.dists.Exponential(1.0 / workload.time_to_return),
    ]
    patience = [None, ciw.dists.Exponential(1.0 / workload.patience), None]
    routers = [kind(workload, records) for kind in (FromReception, FromCoaching, Back)]
    return ciw.create_network(
        arrival_distributions={
            age: [
                ciw.dists.Exponential(share * workload.reception_rate),
                ciw.dists.Exponential(share * workload.coaching_rate),
                None,
            ]
            for age, share in shares.items()
        },
        service_distributions=dict.fromkeys(shares, service),
        reneging_time_distributions=dict.fromkeys(shares, patience),
        routing=dict.fromkeys(shares, ciw.routing.NetworkRouting(routers)),
        number_of_servers=[workload.reception_places, workload.coaching_places, float("inf")],
        service_disciplines=[ciw.disciplines.FIFO, young_first, ciw.disciplines.FIFO],
    )


def gather(simulation: ciw.Simulation, records: figures.Records) -> None:
    """Copy Ciw's records; those of participants still inside have no end yet."""
    for row in simulation.get_all_records(include_incomplete=True):
        if row.node == AWAY:
            continue
        visits: figures.Visits = getattr(records, NAMES[row.node])
        visits.joined.append(row.arrival_date)
        if row.record_type == "renege":
            visits.withdrew.append(row.exit_date)
        elif row.service_start_date is not None:
            visits.started.append(row.service_start_date)
            visits.waits.append(row.waiting_time)
            if row.record_type == "service":
                visits.finished.append(row.exit_date)


def replicate(workload: Pathway, seed: int) -> figures.Figures:
    """Run one replication and return its figures."""
    ciw.seed(seed)
    records = figures.Records()
    simulation = ciw.Simulation(network(workload, records))
    simulation.simulate_until_max_time(workload.weeks)
    gather(simulation, records)
    n_came = simulation.nodes[0].number_of_individuals
    records.referred.extend([0.0] * n_came)  # only their number is asked for
    return figures.of_pathway(records, workload)
