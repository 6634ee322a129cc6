"""The programs that are compared, and how much each is given to do."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

MILLION = 1_000_000


@dataclass(frozen=True)
class Sizes:
    """How much one process does, so that slow programs end in reasonable time.

    Parameters
    ----------
    timed : replications of W2 and W2-lit
    participants : of the one replication of W1
    compared : replications of W2 and W2-lit of which the figures are compared
    compared_queues : replications of W1, shorter ones, of which the figures are compared
    """

    timed: int
    participants: int
    compared: int
    compared_queues: int


@dataclass(frozen=True)
class Program:
    """A simulation package and the modules here that use it.

    Parameters
    ----------
    key : its name in commands
    name : its name in tables
    package : name of the distribution
    modules : the module of each workload
    sizes, quick : how much it does, in earnest and as a trial
    loops : whether the module runs one replication at a time (`replicate`)
    compared : whether it gives figures to compare
    """

    key: str
    name: str
    package: str
    modules: dict[str, str]
    sizes: Sizes
    quick: Sizes
    loops: bool = True
    compared: bool = True

    @property
    def version(self) -> str | None:
        """The installed version, or None."""
        try:
            return version(self.package)
        except PackageNotFoundError:
            return None


def modules(package: str) -> dict[str, str]:
    """Return the modules of a package that has one for each workload."""
    pathway = f"{package}_w2"
    return {"w1": f"{package}_w1", "w2": pathway, "w2_lit": pathway}


BASELINE = "simpy"
FLOWSIM = Sizes(timed=1000, participants=MILLION, compared=400, compared_queues=100)
FLOWSIM_QUICK = Sizes(timed=50, participants=2_000, compared=100, compared_queues=40)
PROGRAMS = {
    program.key: program
    for program in (
        Program(
            "simpy",
            "SimPy",
            "simpy",
            modules("simpy"),
            Sizes(timed=20, participants=MILLION, compared=60, compared_queues=40),
            Sizes(timed=2, participants=2_000, compared=12, compared_queues=40),
        ),
        Program(
            "ciw",
            "Ciw",
            "ciw",
            modules("ciw"),
            Sizes(timed=8, participants=MILLION, compared=30, compared_queues=20),
            Sizes(timed=1, participants=2_000, compared=8, compared_queues=20),
        ),
        Program(
            "salabim",
            "salabim",
            "salabim",
            modules("salabim"),
            Sizes(timed=3, participants=MILLION // 20, compared=10, compared_queues=6),
            Sizes(timed=1, participants=1_000, compared=4, compared_queues=6),
        ),
        Program(
            "flowsim",
            "flowsim (log and KPIs)",
            "flowsim",
            dict.fromkeys(("w1", "w2", "w2_lit"), "flowsim_run"),
            FLOWSIM,
            FLOWSIM_QUICK,
            loops=False,
        ),
        Program(
            "flowsim-engine",
            "flowsim (log only)",
            "flowsim",
            dict.fromkeys(("w1", "w2", "w2_lit"), "flowsim_engine"),
            FLOWSIM,
            FLOWSIM_QUICK,
            loops=False,
            compared=False,
        ),
    )
}
