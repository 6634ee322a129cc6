"""Variants of a scenario: set on its parsed values, checked once, the same as from the file."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flowsim.engine import compiling
from flowsim.errors import ScenarioError
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.scenario import loading, positions
from flowsim.scenario.loading import load, loads
from flowsim.scenario.schema import Scenario
from flowsim.study.comparison.comparing import compare
from flowsim.study.experiment import blocks, plans
from flowsim.study.experiment import loading as experiment_loading
from flowsim.study.experiment.loading import load_experiment, loads_experiment, told_in
from flowsim.study.experiment.running import run_experiment, task_of
from flowsim.study.results import run_hash
from flowsim.study.search.finding import find

ROOT = Path(__file__).parent.parent
OREBRO = ROOT / "scenarios" / "orebro.toml"
COACHES = "teams.coaching.staff.coach.fte.2019"
SETTINGS: dict[str, object] = {COACHES: 5.5, "steps.mapping.length_of_stay.mean": "7 weeks"}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a text is parsed, a scenario checked and a plan compiled."""
    counts: Counter[str] = Counter()

    def count(module: Any, name: str, what: str) -> None:
        original = getattr(module, name)

        def counted(*args: Any, **more: Any) -> Any:
            counts[what] += 1
            return original(*args, **more)

        monkeypatch.setattr(module, name, counted)

    count(loading, "parse", "parses")
    count(experiment_loading, "parse", "parses of experiments")
    count(positions, "key_lines", "parses for lines")
    count(loading, "check_all", "checks")
    count(plans, "compile_plan", "plans")
    count(compiling._Compiler, "plan", "all plans")
    return counts


def test_a_variant_is_what_the_file_with_settings_is() -> None:
    variant, loaded = load(OREBRO).with_(SETTINGS), load(OREBRO, set=SETTINGS)
    assert variant == loaded
    assert variant.overrides == loaded.overrides == SETTINGS
    assert run_hash(variant, 1, "kernel") == run_hash(loaded, 1, "kernel")
    assert variant.warnings == loaded.warnings


def test_a_variant_leaves_its_scenario_alone() -> None:
    base = load(OREBRO)
    before = loads(base.text).model_dump()
    base.with_({"steps.coaching.length_of_stay.mean": "1 year", COACHES: 9})
    assert base.model_dump() == before
    assert base.with_({}) == base
    assert base.overrides == {}


def test_settings_add_up_and_later_ones_take_the_place_of_those_below() -> None:
    stay = {"distribution": "constant", "mean": "5 weeks"}
    whole, deep = "steps.mapping.length_of_stay", "steps.mapping.length_of_stay.mean"
    once = load(OREBRO).with_([f"{deep} = '7 weeks'", f"{COACHES}=5"])
    twice = once.with_({whole: stay})
    assert twice.overrides == {COACHES: 5, whole: stay}
    again = loads(once.text, name="orebro", set=twice.overrides)
    assert twice.model_dump() == again.model_dump()
    assert once.with_({COACHES: 6}).overrides == {deep: "7 weeks", COACHES: 6}


def test_old_and_new_value_of_a_setting_are_in_the_scenario() -> None:
    variant = load(OREBRO).with_({**SETTINGS, "teams.reception.overheads": 3})
    told = [(one.path[-1], one.before, one.value) for one in variant.settings]
    assert told == [
        ("2019", 4.5, 5.5),
        ("mean", "6 weeks", "7 weeks"),
        ("overheads", None, 3),
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {"teams.coachng.places": 3},
        {COACHES: -1, "run.replications": 0},
        {"steps.mapping.next.nowhere": 1.0},
        ["no setting", "steps.mapping = 3"],
    ],
)
def test_faults_of_a_variant_are_those_of_the_file_with_settings(settings: Any) -> None:
    with pytest.raises(ScenarioError) as of_file:
        load(OREBRO, set=settings)
    with pytest.raises(ScenarioError) as of_variant:
        load(OREBRO).with_(settings)
    assert of_variant.value.faults == of_file.value.faults


def test_a_variant_has_the_lists_of_its_scenario(tmp_path: Path) -> None:
    text = """
    scenario.title = "Listed"
    run = { start = 2025-01-01, length = "1 year" }
    referrals.all = { to = "desk", file = "first.csv" }
    steps.desk = { length_of_stay = "1 day", next = { done = 1 } }
    exits.done = "Done"
    """
    (tmp_path / "list.toml").write_text(text, encoding="utf-8")
    (tmp_path / "first.csv").write_text("date\n2025-02-03\n", encoding="utf-8")
    (tmp_path / "second.csv").write_text("date\n2025-02-03\n2025-02-04\n", encoding="utf-8")
    base = load(tmp_path / "list.toml")
    (tmp_path / "first.csv").unlink()
    assert base.with_({"run.seed": 2}).attachments == base.attachments
    other = base.with_({"referrals.all.file": "second.csv"})
    assert list(other.attachments) == ["second.csv"]
    assert len(other.lists["all"]) == 2


def test_a_variant_parses_nothing(calls: Counter[str]) -> None:
    base = load(OREBRO)
    for fte in (5, 6, 7):
        base.with_({COACHES: fte})
    assert (calls["parses"], calls["checks"]) == (1, 4)
    assert calls["parses for lines"] <= 1


@pytest.mark.parametrize(
    ("name", "n_points", "n_checks"),
    [
        ("coaches.toml", 3, 1 + 3),
        ("q16_meetings.toml", 5, 1 + 4),  # its first point is the base as it is
        ("orebro_tornado.toml", 9, 1 + 8),
        ("orebro_factorial.toml", 54, 2 + 54),  # what it sets for all points is checked too
    ],
)
def test_an_experiment_parses_once_and_checks_each_point_once(
    calls: Counter[str], name: str, n_points: int, n_checks: int
) -> None:
    """Also where it is run: the plans are at hand then."""
    experiment = load_experiment(ROOT / "experiments" / name)
    assert len(experiment.points) == n_points
    assert (calls["parses"], calls["parses of experiments"]) == (1, 1)
    assert calls["checks"] == n_checks
    for point in experiment.points:
        assert experiment.scenario_of(point).overrides == point.settings
    assert calls["checks"] == n_checks
    assert calls["plans"] <= n_points + 1


def test_threads_run_the_plans_at_hand(
    calls: Counter[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = load_experiment(ROOT / "experiments" / "coaches.toml")
    tasks = [task_of(experiment, point, "kernel") for point in experiment.points]
    expected = [blocks.run_block(blocks.Block(task, 0, 3)).figures for task in tasks]
    monkeypatch.setattr(blocks, "loads", None)
    before = calls.copy()
    results = run_experiment(experiment, tmp_path / "kept", replications=3)
    assert calls == before
    for number, figures in enumerate(expected):
        names = results.kept_names
        kept = results.folder.figures(results.hashes[number], names, names, 3)
        assert kept.tobytes() == figures.tobytes()


def test_a_value_that_no_point_has_is_checked_too() -> None:
    """Of a drawn design, whose ends may never be drawn."""
    text = """
    [experiment]
    title = "Drawn"
    base = "orebro.toml"
    kpis = ["participants"]
    design = "lhs"
    n = 2
    [[factors]]
    name = "share"
    key = "exits.studies.sustained.share"
    low = 0.5
    high = 1.5
    """
    base = load(OREBRO)
    with pytest.raises(ScenarioError, match=r"high|exits\.studies"):
        loads_experiment(text, base)


def test_no_plan_is_compiled_for_a_language(calls: Counter[str], tmp_path: Path) -> None:
    experiment = load_experiment(ROOT / "experiments" / "q16_meetings.toml", "sv")
    results = run_experiment(experiment, tmp_path / "kept", replications=2)
    before = calls.copy()
    english = told_in(experiment, "en")
    papers = [ExperimentPaper(results, language, {}) for language in ("sv", "en")]
    assert calls == before
    assert (
        english.points == load_experiment(ROOT / "experiments" / "q16_meetings.toml", "en").points
    )
    assert [paper.scenario.scenario.language for paper in papers] == ["sv", "en"]
    assert papers[1].point(0) == "Start when there is a place"
    assert replace(english, points=()).title.startswith("What does it mean")


def test_a_comparison_and_a_search_parse_once(calls: Counter[str]) -> None:
    found = find(
        OREBRO,
        over=["teams.reception.staff.caseworker.fte=2:3:1"],
        minimise="teams.reception.staff.caseworker.fte",
        subject_to=["mapping.wait.mean <= 100 weeks"],
        max_replications=20,
    )
    assert len(found.options) == 2
    assert (calls["parses"], calls["checks"]) == (1, 3)
    base: Scenario = found.base
    comparison = compare(
        base, {"more": base.with_(SETTINGS)}, kpis=["participants"], replications=2
    )
    compiled = calls["all plans"]
    assert set(comparison.plans) == {"orebro", "more"}
    assert comparison.plans is comparison.plans
    assert calls["all plans"] - compiled == 2
    assert calls["parses"] == 1
