"""The benchmark: its programs agree, it finds one that does not, and it says what is missing."""

from __future__ import annotations

import datetime as dt
import json
import math
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import stats

import flowsim

ROOT = Path(__file__).parent.parent
BENCHMARK = ROOT / "experiments" / "benchmark"


@pytest.fixture
def module_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Import a module of the benchmark, which is a folder of scripts and no package.

    Other folders have scripts of the same names, such as run.py.
    """
    names = [path.stem for path in BENCHMARK.glob("*.py")]
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(BENCHMARK))
    yield import_module
    for name in names:
        sys.modules.pop(name, None)


@pytest.mark.proof
def test_a_quick_run_agrees_and_is_written(tmp_path: Path) -> None:
    record, tables = tmp_path / "record.json", tmp_path / "tables.md"
    command = [sys.executable, str(BENCHMARK / "run.py"), "--quick", "--workloads", "w2"]
    command += ["--only", "simpy", "flowsim", "--json", str(record), "--markdown", str(tables)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(record.read_text("utf-8"))
    figures = {row["figure"] for row in found["agreement"]}
    assert {"coaching.wait.mean", "reception.waiting.mean", "exits.withdrew"} <= figures
    assert {"coaching.in_service.mean", "coaching.finished", "cost.per_exit"} <= figures
    timed = found["w2, cores: 1"]
    assert all(timed[program][0]["seconds"] > 0 for program in ("simpy", "flowsim"))
    assert all(timed[program][0]["peak"] > 10 for program in ("simpy", "flowsim"))
    assert tables.read_text("utf-8").strip() in done.stdout


def test_a_wrong_stay_is_found(module_of: Callable[[str], Any]) -> None:
    """SimPy against SimPy with stays that are 10 % longer, over 300 weeks.

    12 replications: coaching's throughput falls by a tenth, some seven standard errors.
    """
    simpy_w2, agreement = module_of("simpy_w2"), module_of("agreement")
    right = replace(module_of("workloads").W2, weeks=400.0, report_from=100.0)
    wrong = replace(right, coaching_stay=1.1 * right.coaching_stay)
    found = {
        "simpy": [simpy_w2.replicate(right, seed) for seed in range(12)],
        "wrong": [simpy_w2.replicate(wrong, seed) for seed in range(12, 24)],
    }
    rows = agreement.compare("w2", found, "simpy")
    assert "coaching.finished" in {row.figure for row in agreement.disagreements(rows)}


def test_disagreement_ends_with_1_and_nothing_is_timed(
    module_of: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, measuring = module_of("run"), module_of("measuring")
    luck = np.random.default_rng(1)

    def process(task: Any, environment: None = None) -> Any:
        assert not task.warm_up, "it goes on to the speed"
        mean = 10.0 if task.program == "simpy" else 12.0
        figures = [{"wait.mean": w, "events": 1.0} for w in luck.normal(mean, 1.0, 30).tolist()]
        return measuring.Sample(task, 1.0, 1.0, 1.0, 1.0, figures)

    monkeypatch.setattr(measuring, "run_process", process)
    assert run.main(["--quick", "--workloads", "w2", "--only", "flowsim"]) == 1


def test_a_peer_that_is_not_installed_is_said_to_be_so(
    module_of: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    programs, table = module_of("programs"), module_of("table")
    ciw = replace(programs.PROGRAMS["ciw"], package="a-package-that-nobody-has")
    monkeypatch.setitem(programs.PROGRAMS, "ciw", ciw)
    lines = table.versions(list(programs.PROGRAMS)).splitlines()
    assert [line for line in lines if "Ciw" in line and "not installed" in line]
    assert not [line for line in lines if "SimPy" in line and "not installed" in line]


def test_pinned_versions(module_of: Callable[[str], Any]) -> None:
    pinned = {
        line.partition("==")[0]
        for line in (BENCHMARK / "requirements.txt").read_text("utf-8").splitlines()
        if not line.startswith("#")
    }
    packages = {program.package for program in module_of("programs").PROGRAMS.values()}
    assert pinned == packages - {"flowsim"}


@pytest.mark.parametrize("key", ["w2", "w2_lit"])
def test_scenario_and_numbers_of_the_pathway(key: str, module_of: Callable[[str], Any]) -> None:
    """What the peers read from `workloads` is what flowsim reads from the scenario file."""
    numbers = module_of("workloads").WORKLOADS[key]
    read = tomllib.loads(numbers.scenario.read_text("utf-8"))
    assert read["run"]["start"] == numbers.start
    assert read["run"]["length"] == f"{numbers.weeks:g} weeks"
    weeks_left_out = dt.timedelta(weeks=numbers.report_from)
    assert read["run"]["report_from"] == numbers.start + weeks_left_out
    assert read["groups"]["age"]["young"] == numbers.young
    sources = {"a": ("reception", numbers.reception_rate), "b": ("coaching", numbers.coaching_rate)}
    assert read["referrals"] == {
        name: {"to": to, "rate": f"{rate:g} per week"} for name, (to, rate) in sources.items()
    }
    for team in ("reception", "coaching"):
        stay = read["steps"][team]["length_of_stay"]
        assert stay["mean"] == f"{getattr(numbers, f'{team}_stay'):g} weeks"
        assert stay["cv"] == getattr(numbers, f"{team}_cv")
        assert read["teams"][team]["places"] == getattr(numbers, f"{team}_places")
        assert read["teams"][team]["cost_per_place"] == getattr(numbers, f"{team}_place_cost")
    routes = read["steps"]["reception"]["next"]
    assert (routes["coaching"], routes["ordinary"]) == (numbers.to_coaching, numbers.to_ordinary)
    outcomes = read["steps"]["coaching"]["next"]
    assert (outcomes["work"], outcomes["studies"]) == (numbers.to_work, numbers.to_studies)
    assert read["steps"]["coaching"]["patience"]["mean"] == f"{numbers.patience:g} weeks"
    after = {"distribution": "exponential", "mean": f"{numbers.time_to_return:g} weeks"}
    back = {"returns": {"share": numbers.returning, "after": after, "to": "reception"}}
    assert read["exits"] == dict.fromkeys(module_of("workloads").EXITS, back)


def test_scenario_and_numbers_of_the_queue(module_of: Callable[[str], Any]) -> None:
    numbers = module_of("workloads").W1
    read = tomllib.loads(numbers.scenario.read_text("utf-8"))
    source = {"to": "service", "rate": f"{numbers.arrival_rate:g} per day"}
    assert read["referrals"]["all"] == source | {"at_most": numbers.participants}
    assert read["teams"]["servers"]["places"] == numbers.places
    assert read["steps"]["service"]["length_of_stay"]["mean"] == f"{numbers.mean_stay:g} day"


def test_cost_is_that_of_flowsim(module_of: Callable[[str], Any]) -> None:
    numbers = module_of("workloads").W2
    results = flowsim.run(flowsim.load(numbers.scenario), replications=1)
    rows = results.kpis
    rows = rows[(rows["kpi"] == "cost.total") & (rows["period"] == "run")]
    assert rows["value"].item() == pytest.approx(numbers.cost, rel=1e-12)


@pytest.mark.parametrize("freedom", [8.0, 38.0, 400.0])
@pytest.mark.parametrize("t", [-6.0, -1.0, 0.5, 3.0, 4.5])
def test_student_as_normal(t: float, freedom: float, module_of: Callable[[str], Any]) -> None:
    """Wallace's approximation against SciPy's distributions."""
    expected = -stats.norm.ppf(stats.t.sf(t, freedom))
    assert module_of("agreement").as_normal(t, freedom) == pytest.approx(expected, abs=0.02)


def test_welch(module_of: Callable[[str], Any]) -> None:
    agreement = module_of("agreement")
    luck = np.random.default_rng(2)
    ours, theirs = luck.normal(1.0, 1.0, 40).tolist(), luck.normal(1.5, 3.0, 300).tolist()
    p_value = stats.ttest_ind(ours, theirs, equal_var=False).pvalue
    assert 2.0 * stats.norm.sf(abs(agreement.welch(ours, theirs))) == pytest.approx(
        p_value, rel=0.02
    )
    assert agreement.welch([60.0] * 9, [60.0 + 1e-12] * 9) == 0.0
    assert agreement.welch([60.0] * 9, [59.0] * 9) == math.inf


def test_limit_keeps_the_chance_of_a_false_alarm(module_of: Callable[[str], Any]) -> None:
    limit = module_of("agreement").limit
    assert limit(1) == pytest.approx(3.0)
    alarm = 2.0 * stats.norm.sf(limit(50))
    assert 1.0 - (1.0 - alarm) ** 50 == pytest.approx(2.0 * stats.norm.sf(3.0), rel=1e-6)


def test_figures_by_hand(module_of: Callable[[str], Any]) -> None:
    """Three people, a window [10, 20): areas and counts worked out by hand."""
    figures = module_of("figures")
    visits = figures.Visits(
        joined=[5.0, 12.0, 18.0],
        started=[8.0, 14.0],
        waits=[3.0, 2.0],
        finished=[15.0],
        withdrew=[19.0],
    )
    found = figures.of_step("step", visits, 10.0, 20.0)
    assert found["step.wait.mean"] == 2.0
    assert found["step.waiting.mean"] == pytest.approx((2.0 + 1.0) / 10.0)
    assert found["step.in_service.mean"] == pytest.approx((5.0 + 6.0) / 10.0)
    assert found["step.finished"] == 1.0
    assert figures.quantile([3.0, 1.0, 2.0], 0.75) == 2.5


def test_tables_replace_what_stands_between_the_marks(
    tmp_path: Path, module_of: Callable[[str], Any]
) -> None:
    table = module_of("table")
    page = tmp_path / "page.md"
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n", encoding="utf-8")
    table.write(page, "new\n")
    expected = f"before\n{table.BEGIN}\n\nnew\n\n{table.END}\nafter\n"
    assert page.read_text("utf-8") == expected
