"""A log of flowsim's own, written as a list, tells when imported what it came from."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from scipy import stats

import flowsim

FOLDER = Path(__file__).parent.parent / "experiments" / "importing"
NAMES = ("run", "lists", "scenarios")


@pytest.fixture
def module_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Import a script of the experiment; other folders have scripts of the same names."""
    for name in NAMES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(FOLDER))
    yield import_module
    for name in NAMES:
        sys.modules.pop(name, None)


def test_the_results_rest_on_the_code(module_of: Callable[[str], ModuleType]) -> None:
    """If not: python experiments/importing/run.py"""
    run = module_of("run")
    results = json.loads((FOLDER / "results.json").read_text())
    assert results["rests_on"] == run.digest()
    assert results["n"] == len(results["rows"]) > 150
    assert results["n_held"] == sum(row["held"] for row in results["rows"])
    told = f"{results['n']} figures {results['n_held']} lie in their"
    for page in (FOLDER / "README.md", FOLDER.parent.parent / "docs" / "import.md"):
        assert told in page.read_text("utf-8")
    assert results["n_held"] >= stats.binom(results["n"], 0.95).ppf(0.001)
    assert {(row["scenario"], row["kind"]) for row in results["rows"]} == {
        (name, kind) for name in module_of("scenarios").CASES for kind in run.KINDS
    }


@pytest.mark.parametrize("kind", ["started", "active", "closed"])
def test_one_of_the_comparisons(kind: str, module_of: Callable[[str], ModuleType]) -> None:
    """The rows that a quick scenario gives today are those of the results."""
    run = module_of("run")
    results = json.loads((FOLDER / "results.json").read_text())
    rows = [
        {key: value for key, value in row.items() if key not in ("scenario", "kind")}
        for row in results["rows"]
        if (row["scenario"], row["kind"]) == ("small", kind)
    ]
    ours = list(run.compared("small", kind))
    assert [row["figure"] for row in ours] == [row["figure"] for row in rows]
    for mine, kept in zip(ours, rows, strict=True):
        for key in ("true", "low", "high"):
            assert mine[key] == pytest.approx(kept[key], rel=1e-3)


@pytest.mark.parametrize("has_ids", [True, False])
def test_who_goes_on_to_another_step(has_ids: bool, module_of: Callable[[str], ModuleType]) -> None:
    """Followed by a number, or, without one, by the reason that names the next step.

    Nobody comes to coaching from outside; 45 % of those mapped go on to it.
    """
    scenarios = module_of("scenarios")
    first, last = (dt.date.fromisoformat(day) for day in (scenarios.FIRST, scenarios.LAST))
    plan = flowsim.compile(scenarios.scenario_of("two_teams"))
    log = flowsim.simulate(plan, seed=1, replication=8)
    frame = module_of("lists").list_of(log, "active", first, last)
    if not has_ids:
        frame = frame.drop(columns="Id")
    found = flowsim.import_list(frame, "active", first, last, keep_duplicates=True)
    mapping, coaching = found.steps
    assert (mapping.name, coaching.name) == ("mapping", "coaching")
    assert coaching.arrivals is None
    low, high = mapping.routing.ranges["Coaching"]
    assert low <= 0.45 <= high
    assert set(found.scenario.steps["mapping"].next) == {"coaching", "ordinary_services"}
    low, high = mapping.arrivals.range
    assert low <= 190 <= high


def test_the_list_is_what_happened(module_of: Callable[[str], ModuleType]) -> None:
    """Three people, one place, ten days each; whoever waits fifteen gives up: by hand."""
    text = """
    scenario.title = "Three people, one place"
    run = { start = 2025-01-01, until = 2025-01-31 }
    referrals.clinic = { to = "mapping", cohort = [{ date = 2025-01-02, count = 3 }] }
    teams.reception.places = 1
    steps.mapping.team = "reception"
    steps.mapping.length_of_stay = "10 days"
    steps.mapping.patience = "15 days"
    steps.mapping.next = { plan = 1 }
    exits.plan = "A plan"
    """
    log = flowsim.simulate(flowsim.compile(flowsim.loads(text)), seed=1, replication=0)
    list_of = module_of("lists").list_of
    first, last = dt.date(2025, 1, 1), dt.date(2025, 1, 20)
    rows = list_of(log, "active", first, last).fillna("").to_numpy().tolist()
    day = lambda n: dt.date(2025, 1, n)  # noqa: E731
    assert [row[1:] for row in rows] == [
        ["mapping", day(2), day(2), day(12), "A plan"],
        ["mapping", day(2), day(12), "", ""],
        ["mapping", day(2), "", day(17), "withdrew"],
    ]
    assert len(list_of(log, "closed", first, last)) == 1
    assert len(list_of(log, "started", day(5), last)) == 1
