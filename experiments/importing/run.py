"""flowsim's own event log, written as a list and imported again, tells the same figures.

python experiments/importing/run.py [--check]

Ten scenarios are run from 2013 on. What happened from 2021 to 2023 is written as a list of each of
the three kinds; each list is imported; and what comes of it for 2024 to 2026 is held against what
the first scenario says of those years. Written to results.json, with a hash of what it rests on.
With --check it is only said whether results.json still rests on it. Exit code 1: too many figures
lie outside their intervals, or the results are out of date.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path

from lists import list_of
from scipy import stats

import flowsim
from flowsim.scenario.quantities import parse_duration, parse_rate
from scenarios import CASES, FIRST, LAST, scenario_of

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
LISTING = Path(flowsim.__file__).parent / "listing"
RESTS_ON = [
    *(HERE / name for name in ("run.py", "lists.py", "scenarios.py")),
    *(
        LISTING / f"{name}.py"
        for name in ("analysing", "arrivals", "blurring", "flows", "people", "stays")
    ),
]
KINDS = ("started", "active", "closed")
SEED, REPLICATIONS = 1, 60
Z = 1.96


def digest() -> str:
    """Return the hash of the scripts and of what fits lists."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in RESTS_ON)).hexdigest()


def means(scenario: flowsim.Scenario) -> dict[str, float]:
    """Return the figures of 2024 to 2026, each the mean of many replications."""
    results = flowsim.run(scenario, replications=REPLICATIONS, seed=SEED)
    table = results.summary()
    run = table[(table.period == "run") & (table.group == "all")]
    return dict(zip(run.kpi, run["mean"], strict=True))


def compared(name: str, kind: str) -> Iterator[dict[str, object]]:
    """Give a row for each figure: the truth, and the interval that the import gives it."""
    scenario = scenario_of(name)
    # another replication for each scenario: with the same one all would share their luck
    at = list(CASES).index(name)
    log = flowsim.simulate(flowsim.compile(scenario), seed=SEED, replication=at)
    first, last = dt.date.fromisoformat(FIRST), dt.date.fromisoformat(LAST)
    frame = list_of(log, kind, first, last)
    found = flowsim.import_list(frame, kind, first, last, keep_duplicates=True)
    truth, ours = means(scenario), means(found.scenario)
    spread: dict[str, list[float]] = {}
    for entry in found.draft.entries:
        yield from inputs(entry, scenario, truth, spread, kind)
    for step in found.steps:
        errors = [*spread.get("rate", []), *spread.get(step.name, [])]
        if step.stay.best is None or found.scenario.steps[step.name].initial.in_service.count == 0:
            continue
        error = math.sqrt(sum(one**2 for one in errors))
        for figure in (f"{step.name}.in_service.mean", f"{step.name}.finished"):
            mean = ours[figure]
            yield row(
                figure, truth[figure], mean * math.exp(-Z * error), mean * math.exp(Z * error)
            )


def inputs(
    entry: object,
    scenario: flowsim.Scenario,
    truth: dict[str, float],
    spread: dict[str, list[float]],
    kind: str,
) -> Iterator[dict[str, object]]:
    """Give the rows of what the list tells directly: rates, mean stays and shares.

    A list of the closed has nobody who gave up: it tells how many start.
    """
    path, low, high = entry.path, entry.low, entry.high  # type: ignore[attr-defined]
    if path[0] == "referrals" and low is not None:
        ends = [parse_rate(rate) * 365.25 for rate in (low, high)]
        spread["rate"] = [math.log(ends[1] / ends[0]) / 2 / Z]
        referral = next(iter(scenario.referrals.values()))
        rates = [referral.rate, *(change.rate for change in referral.changes)]
        true, figure = (rates[-1] or 0.0) * 365.25, "referrals a year"
        if kind == "closed" and scenario.steps[referral.to].patience is not None:
            true, figure = truth[f"{referral.to}.started"] / 3, "starts a year"
        yield row(figure, true, *ends)
    for keys, (_, least, most) in entry.parts.items():  # type: ignore[attr-defined]
        if path[2:] == ("length_of_stay",) and keys == ("mean",):
            ends = [parse_duration(one) for one in (least, most)]
            spread[path[1]] = [math.log(ends[1] / ends[0]) / 2 / Z]
            figure = f"{path[1]}.length_of_stay.mean"
            step = scenario.steps[path[1]]
            yield row(figure, step.length_of_stay.average, *ends)
        elif path[2:] == ("next",):
            routes = scenario.steps[path[1]].next
            names = {way.label or key: key for key, way in scenario.exits.items()}
            known = {flowsim_slug(label): key for label, key in names.items()}
            key = known.get(keys[0], keys[0])
            if key in routes:
                yield row(f"{path[1]}: share of {key}", routes[key].share, least, most)


def flowsim_slug(label: str) -> str:
    """Return what an import calls an exit."""
    from flowsim.listing.columns import slug

    return slug(label)


def row(figure: str, true: float, low: float, high: float) -> dict[str, object]:
    """Return a figure with its truth and its interval, and whether it holds."""
    held = bool(low <= true <= high)
    return {"figure": figure, "true": round(true, 4), "low": round(low, 4), "high": round(high, 4),
            "held": held}  # fmt: skip


def everything() -> dict[str, object]:
    """Compare all scenarios and kinds."""
    rows = [
        {"scenario": name, "kind": kind, **one}
        for name in CASES
        for kind in KINDS
        for one in compared(name, kind)
    ]
    n_held = sum(bool(one["held"]) for one in rows)
    return {"rests_on": digest(), "n": len(rows), "n_held": n_held, "rows": rows}


def is_enough(found: dict[str, object]) -> bool:
    """Whether as many figures lie inside as 95 % intervals allow; fewer would once in 1,000."""
    return int(found["n_held"]) >= stats.binom(int(found["n"]), 0.95).ppf(0.001)  # type: ignore[call-overload]


def main() -> int:
    """Run it, or check that the results still rest on what they did."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        return int(json.loads(RESULTS.read_text())["rests_on"] != digest())
    found = everything()
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    print(f"{found['n_held']} of {found['n']} figures lie in their 95 % intervals")
    return int(not is_enough(found))


if __name__ == "__main__":
    sys.exit(main())
