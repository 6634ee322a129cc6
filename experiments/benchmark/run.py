"""Compare flowsim with SimPy, Ciw and salabim: first the figures, then the speed.

python experiments/benchmark/run.py

Exit code 1: a program's figures differ from SimPy's by more than luck; nothing is timed then.
Exit code 2: a program ended with an error, or the command line has a fault.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import agreement
import measuring
import table
from one_process import Task
from programs import BASELINE, MILLION, PROGRAMS, Program, Sizes
from workloads import WORKLOADS

PARTICIPANTS_COMPARED = 20_000
PARTICIPANTS_COMPARED_QUICK = 2_000
SEED = 1
SEEDS_TO_TIME = 1_000_000  # away from those of the comparison
COMPILED = "flowsim"  # the one of them that starts differently with an empty compile cache


class Benchmark:
    """What was asked for, and what has been measured so far."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.rounds = 1 if options.quick else options.rounds
        self.quick: bool = options.quick
        self.seed: int = options.seed
        self.workloads: list[str] = options.workloads
        self.asked = [k for k in PROGRAMS if k == BASELINE or k in options.only]
        self.programs = [PROGRAMS[key] for key in self.asked if PROGRAMS[key].version]
        self.sections: list[str] = []
        self.record: dict[str, object] = {}

    def say(self, text: str) -> None:
        print(f"{text}\n", flush=True)
        self.sections.append(text)

    def machine(self) -> None:
        load = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
        self.say(
            f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, "
            f"{os.cpu_count()} cores{load}; medians of {self.rounds} rounds in alternation"
            f"{', quick sizes: a trial, not a result' if self.quick else ''}."
        )
        self.say(table.versions(self.asked))
        versions = {program.key: program.version for program in self.programs}
        self.record |= {"python": platform.python_version(), "versions": versions}

    # The figures ------------------------------------------------------------------------------

    def compare(self) -> bool:
        """Compare the figures of all programs; return whether they agree."""
        self.events: dict[str, float] = {}
        rows: list[agreement.Comparison] = []
        for workload in self.workloads:
            found = {p.key: self.figures(p, workload) for p in self.programs if p.compared}
            self.events[workload] = self.events_of(workload, found[BASELINE])
            rows += agreement.compare(workload, found, BASELINE)
        self.record["agreement"] = [asdict(row) for row in rows]
        if rows:
            self.say(table.agreement(rows))
        faults = agreement.disagreements(rows)
        for row in faults:
            print(f"{row.workload}: {row.program} disagrees on {row.figure}", file=sys.stderr)
        return not faults

    def figures(self, program: Program, workload: str) -> list[dict[str, float]]:
        """Run the replications to compare; of W1, as whole runs with their own seeds."""
        sizes = self.sizes(program)
        n = sizes.compared_queues if workload == "w1" else sizes.compared
        people = PARTICIPANTS_COMPARED_QUICK if self.quick else PARTICIPANTS_COMPARED
        task = Task(program.key, workload, self.seed, n, people, cores=2, warm_up=False)
        return measuring.run_process(task).figures

    def events_of(self, workload: str, found: list[dict[str, float]]) -> float:
        """Return the events of one replication, of W1 of a million participants."""
        return 2.0 * MILLION if workload == "w1" else table.mean_events(found)

    # The speed --------------------------------------------------------------------------------

    def sizes(self, program: Program) -> Sizes:
        return program.quick if self.quick else program.sizes

    def task(self, program: Program, workload: str, **changes: int | bool) -> Task:
        sizes = self.sizes(program)
        n = 1 if workload == "w1" else sizes.timed
        task = Task(program.key, workload, self.seed + SEEDS_TO_TIME, n, sizes.participants)
        return Task(**{**asdict(task), **changes})

    def time(self, workload: str) -> dict[int, table.Samples]:
        """Time all programs; of W2 on one core and on two, in one alternation."""
        both = workload == "w2" and (os.cpu_count() or 1) > 1
        tasks = [
            self.task(program, workload, cores=cores)
            for program in self.programs
            for cores in ((1, 2) if both else (1,))
        ]
        found: dict[int, dict[str, list[measuring.Sample]]] = {}
        for sample in measuring.alternate(tasks, self.rounds):
            of_cores = found.setdefault(sample.task.cores, {})
            of_cores.setdefault(sample.task.program, []).append(sample)
        for cores, of_programs in found.items():
            self.note(f"{workload}, cores: {cores}", of_programs)
        return dict(found)

    def note(self, title: str, found: dict[str, list[measuring.Sample]]) -> None:
        """Keep samples for --json, without the figures of each replication."""
        self.record[title] = {key: [plain(s) for s in samples] for key, samples in found.items()}

    def speed(self) -> None:
        for workload in self.workloads:
            found = self.time(workload)
            self.say(table.speed(workload, found[1], self.events[workload]))
            if 2 in found:
                self.say(table.two_cores(found[1], found[2]))

    def start_up(self) -> None:
        tasks = {
            program.key: self.task(program, "w2", replications=1, warm_up=False)
            for program in self.programs
        }
        warm = {key: measuring.starts(task, self.rounds, cold=False) for key, task in tasks.items()}
        cold = {
            key: measuring.starts(task, 1, cold=True)
            for key, task in tasks.items()
            if key == COMPILED and not self.quick
        }
        self.note("start, warm", warm)
        self.note("start, cold", cold)
        self.say(table.start_up(warm, cold))


def plain(sample: measuring.Sample) -> dict[str, object]:
    """Return a sample without the figures of each replication."""
    return {key: value for key, value in asdict(sample).items() if key != "figures"}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="times that each is timed; 5")
    parser.add_argument("--quick", action="store_true", help="one round of small sizes: a trial")
    parser.add_argument(
        "--only", nargs="+", choices=list(PROGRAMS), default=list(PROGRAMS), metavar="PROGRAM",
        help=f"some of {', '.join(PROGRAMS)}; {BASELINE} is always run",
    )  # fmt: skip
    parser.add_argument(
        "--workloads", nargs="+", choices=list(WORKLOADS), default=list(WORKLOADS),
        metavar="WORKLOAD", help=f"some of {', '.join(WORKLOADS)}",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the draws; {SEED}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all samples")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error(f"--rounds: found {options.rounds}; allowed: a whole number from 1")
    return options


def run(benchmark: Benchmark) -> bool:
    """Run the parts one after another; return whether the figures agree."""
    benchmark.machine()
    if not benchmark.compare():
        return False
    benchmark.speed()
    if "w2" in benchmark.workloads:
        benchmark.start_up()
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return the exit code."""
    options = parse(arguments)
    benchmark = Benchmark(options)
    try:
        agrees = run(benchmark)
    except measuring.ProgramFailedError as error:
        print(f"stopped: {error}", file=sys.stderr)
        return 2
    if options.json:
        options.json.write_text(json.dumps(benchmark.record, indent=1) + "\n", encoding="utf-8")
    if options.markdown and agrees:
        table.write(options.markdown, "\n\n".join(benchmark.sections) + "\n")
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(main())
