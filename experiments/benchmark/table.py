"""The tables: agreement, speed on one core and on two, start-up. Markdown, also on the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, median

from agreement import ONE_FIGURE, Comparison, limit
from measuring import Sample
from programs import BASELINE, MILLION, PROGRAMS

TITLES = {
    "w1": "W1: M/M/5 at load 0.9; a replication is a million participants",
    "w2": "W2: reception and coaching, 780 weeks",
    "w2_lit": "W2-lit: W2 with an overloaded reception",
}
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
Samples = Mapping[str, Sequence[Sample]]


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table with aligned columns: the first to the left, numbers to the right."""
    columns = list(zip(head, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = []
    for row in (head, rule, *rows):
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def number(value: float) -> str:
    """Return a number with three figures that matter; large ones whole."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def versions(keys: Sequence[str]) -> str:
    """Return which programs there are; those that are not installed are said to be so."""
    rows = [(PROGRAMS[key].name, PROGRAMS[key].version or "not installed") for key in keys]
    return grid(("program", "version"), rows)


def agreement(rows: Sequence[Comparison]) -> str:
    """Return the figures of all programs, and how far they are from the baseline's."""
    head = ("workload, figure", PROGRAMS[BASELINE].name, "program", "its mean", "z")
    body = [
        (
            f"{row.workload} {row.figure}",
            number(row.baseline_mean),
            PROGRAMS[row.program].name,
            number(row.mean),
            f"{row.z:+.1f}{'*' if abs(row.z) > ONE_FIGURE else ''}",
        )
        for row in rows
    ]
    said = (
        f"z: difference in standard errors; * beyond {ONE_FIGURE:g}, the limit for one figure. "
        f"With {len(rows)} figures the limit is {limit(len(rows)):.2f}."
    )
    return f"{grid(head, body)}\n\n{said}"


def rate(sample: Sample) -> float:
    """Return replications a second; of W1, those of a million participants."""
    task = sample.task
    done = task.participants / MILLION if task.workload == "w1" else task.replications
    return done / sample.seconds


def rates(samples: Sequence[Sample]) -> float:
    """Return the median rate."""
    return median(map(rate, samples))


def done(sample: Sample) -> str:
    """Say how much one process did."""
    task = sample.task
    return f"{task.participants:,} people" if task.workload == "w1" else f"{task.replications:,}"


def speed(workload: str, one_core: Samples, events: float) -> str:
    """Return speed and memory on one core; `events` are those of a replication."""
    head = ("program", "replications/s", "events/s", "ratio", "lowest to highest",
            "ms per replication", "whole process", "of", "peak MiB")  # fmt: skip
    base = rates(one_core[BASELINE])
    rows = []
    for key, samples in one_core.items():
        ratios = [rate(sample) / base for sample in samples]
        middle = rates(samples)
        rows.append(
            (
                PROGRAMS[key].name,
                number(middle),
                number(middle * events),
                f"{number(middle / base)}x",
                f"{number(min(ratios))} to {number(max(ratios))}",
                number(1000.0 / middle),
                f"{median(s.whole for s in samples):.1f} s",
                done(samples[0]),
                f"{median(s.peak for s in samples):.0f}",
            )
        )
    return f"{TITLES[workload]}; {number(events)} events\n\n{grid(head, rows)}"


def two_cores(one_core: Samples, both: Samples) -> str:
    """Return speed on two cores, and how many times that on one."""
    head = ("program", "replications/s", "ratio", "two cores against one")
    base = rates(both[BASELINE])
    rows = [
        (
            PROGRAMS[key].name,
            number(rates(samples)),
            f"{number(rates(samples) / base)}x",
            f"{rates(samples) / rates(one_core[key]):.2f}x",
        )
        for key, samples in both.items()
    ]
    return f"W2 on two cores\n\n{grid(head, rows)}"


def start_up(warm: Samples, cold: Samples) -> str:
    """Return the time of a process that runs one replication."""
    head = ("program", "warm s", "cold s")
    rows = [
        (
            PROGRAMS[key].name,
            f"{median(s.whole for s in samples):.2f}",
            f"{median(s.whole for s in cold[key]):.1f}" if key in cold else "as warm",
        )
        for key, samples in warm.items()
    ]
    return f"One replication of W2, from the start of the process to its end\n\n{grid(head, rows)}"


def mean_events(samples: Sequence[dict[str, float]]) -> float:
    """Return the events of a mean replication."""
    return fmean(one["events"] for one in samples)


def write(path: Path, text: str) -> None:
    """Write tables to a file; in one that has the two marks, between them."""
    if path.exists():
        before, begin, rest = path.read_text("utf-8").partition(BEGIN)
        _, end, after = rest.partition(END)
        if begin and end:
            text = f"{before}{BEGIN}\n\n{text.strip()}\n\n{END}{after}"
    path.write_text(text, encoding="utf-8")
