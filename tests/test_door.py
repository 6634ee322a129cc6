"""The Python door: all that the docs use is in it, and what it gives is what the commands give."""

from __future__ import annotations

import ast
import datetime as dt
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from notebooks import cells, executed

import flowsim
from flowsim.errors import ResultsError, ScenarioError
from flowsim.study import results as of_runs
from flowsim.study.results import Results

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
WRITES_THE_DOCS = DOCS / "figure_tables.py"  # for those who build flowsim
NOTEBOOKS = sorted(DOCS.glob("*.ipynb"))
DESK: dict[str, Any] = {
    "scenario": {"title": "A <b>desk</b> & more", "question": 'Who "waits"?'},
    "run": {"start": dt.date(2025, 1, 1), "length": "2 years", "replications": 12},
    "groups": {"age": {"young": 0.5, "old": 0.5}},
    "referrals": {"all": {"to": "desk", "rate": "1 per day"}},
    "teams": {"desk": {"places": 2}},
    "steps": {"desk": {"team": "desk", "length_of_stay": "2 days", "next": {"done": 1}}},
    "exits": {"done": "Done"},
}


@pytest.fixture(scope="module")
def desk() -> flowsim.Scenario:
    return flowsim.Scenario.from_dict(DESK, name="desk")


@pytest.fixture(scope="module")
def results(desk: flowsim.Scenario) -> Results:
    return flowsim.run(desk)


# What is in it


def test_all_is_what_is_imported_for_types_and_what_is_found() -> None:
    tree = ast.parse((ROOT / "flowsim" / "__init__.py").read_text(encoding="utf-8"))
    typed = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for part in tree.body
        if isinstance(part, ast.If)
        for node in part.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert typed == {name: ".".join(home) for name, home in flowsim._HOMES.items()}
    errors = {name for name in dir(flowsim) if name.endswith(("Error", "Fault"))}
    assert set(flowsim.__all__) == set(typed) | errors


def test_old_names_stay() -> None:
    old = "Comparison EventLog Fault FlowsimError Plan Results ResultsError Scenario ScenarioError"
    old += " SimulationError UnstableQueueError compare compile extend load load_experiment loads"
    old += " read_results run run_experiment simulate"
    assert set(old.split()) <= set(flowsim.__all__)


def code_of_docs() -> list[Any]:
    pages = [*DOCS.glob("*.md"), ROOT / "README.md"]
    found = [
        (path.name, block)
        for path in sorted(pages)
        for block in re.findall(r"^```python\n(.*?)^```$", path.read_text("utf-8"), re.M | re.S)
    ]
    scripts = sorted(set(DOCS.glob("*.py")) - {WRITES_THE_DOCS})
    found += [(path.name, path.read_text("utf-8")) for path in scripts]
    found += [(path.name, text) for path in NOTEBOOKS for text in cells(path)]
    return [pytest.param(text, id=f"{name}-{at}") for at, (name, text) in enumerate(found)]


@pytest.mark.parametrize("code", code_of_docs())
def test_the_docs_import_nothing_past_the_door(code: str) -> None:
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith("flowsim.")
        elif isinstance(node, ast.Import):
            assert not any(alias.name.startswith("flowsim.") for alias in node.names)
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "flowsim":
            assert node.attr in flowsim.__all__


# Notebooks


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    shown = executed(path)
    assert len(shown) == len(cells(path))
    told = capsys.readouterr().out
    if path.stem == "board_question":
        assert "claimed: True" in told
        assert "The year costs 329,014 kr more." in told  # half of 658,027 kr
    else:
        assert "theory 7.02 days, simulated " in told


def test_there_are_two_notebooks_with_nothing_run_in_them() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["board_question", "research_study"]
    for path in NOTEBOOKS:
        book = json.loads(path.read_text(encoding="utf-8"))
        assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
        ids = [cell["id"] for cell in book["cells"]]
        assert len(set(ids)) == len(ids)
        for cell in book["cells"]:
            if cell["cell_type"] == "code":
                assert (cell["outputs"], cell["execution_count"]) == ([], None)


# Scenarios built in Python


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*.toml")), ids=lambda p: p.stem)
def test_values_of_a_file_give_the_scenario_of_the_file(path: Path) -> None:
    of_file = flowsim.load(path)
    values = of_file._source.tables
    built = flowsim.Scenario.from_dict(values, name=path.stem, lists=of_file.attachments)
    assert built.model_dump() == of_file.model_dump()
    again = flowsim.loads(built.text, name=path.stem, lists=of_file.attachments)
    assert again.model_dump() == built.model_dump()
    assert list(again.steps) == list(of_file.steps)


def test_what_is_built_is_known_by_its_content(desk: flowsim.Scenario, tmp_path: Path) -> None:
    other = flowsim.Scenario.from_dict({**DESK, "teams": {"desk": {"places": 3}}}, name="desk")
    first, second = (flowsim.run(one, replications=2) for one in (desk, other))
    assert first.hash != second.hash
    assert first.hash == flowsim.run(flowsim.Scenario.from_dict(DESK), replications=2).hash
    kept = flowsim.read(first.save(tmp_path / "kept"))
    assert isinstance(kept, Results)
    assert kept.values.tobytes() == first.values.tobytes()
    assert flowsim.verify(tmp_path / "kept").is_identical


def test_values_too_many_or_too_deep_are_refused_as_in_a_file() -> None:
    def nested(times: int) -> object:
        return [nested(times - 1)] if times else 1

    hopeless: object = 1
    for _ in range(50_000):
        hopeless = [hopeless]
    for value, told in (
        (hopeless, "nested too deeply"),
        (nested(100), "over 100 deep"),
        ("a" * 1_000_000, "a text of 10"),
    ):
        with pytest.raises(ScenarioError, match=told):
            flowsim.Scenario.from_dict({**DESK, "sources": {"a": value}})


def test_faults_of_what_is_built_are_those_of_a_file() -> None:
    wrong = {**DESK, "teams": {"desk": {"places": -1}}, "exit": {"done": "Done"}}
    with pytest.raises(ScenarioError) as built:
        flowsim.Scenario.from_dict(wrong)
    text = flowsim.Scenario.from_dict(DESK).text
    text = text.replace("places = 2", "places = -1") + '\n[exit]\ndone = "Done"\n'
    with pytest.raises(ScenarioError) as written:
        flowsim.loads(text)
    told = [(one.path, one.found, one.allowed, one.nearest) for one in built.value.faults]
    assert sorted(told) == sorted(
        (one.path, one.found, one.allowed, one.nearest) for one in written.value.faults
    )
    assert {one.line for one in built.value.faults} == {0}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, "None"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (object(), "a object"),
        ({1, 2}, "a set"),
        ("\ud800", "a text with half a letter"),
    ],
)
def test_what_no_file_can_hold_is_a_fault(value: object, found: str) -> None:
    with pytest.raises(ScenarioError) as error:
        flowsim.Scenario.from_dict({**DESK, "teams": {"desk": {"places": value}}})
    [fault] = error.value.faults
    assert (fault.path, fault.found) == ("teams.desk.places", found)


@pytest.mark.parametrize("letters", ["\\", '"', "\t", "a\nb", "é 漢 \U0001f600", "]", "#"])
def test_any_letter_stands_in_what_is_built(letters: str) -> None:
    built = flowsim.Scenario.from_dict({**DESK, "sources": {f"k{letters}": f"v{letters}"}})
    again = flowsim.loads(built.text)
    assert again.sources == built.sources == {f"k{letters}": f"v{letters}"}


def test_a_letter_that_no_file_may_hold_is_refused_in_what_is_built() -> None:
    with pytest.raises(ScenarioError, match=r"found the character U\+007F"):
        flowsim.Scenario.from_dict({**DESK, "sources": {"k": "v\x7f"}})


def test_numbers_of_numpy_are_numbers() -> None:
    built = flowsim.Scenario.from_dict({**DESK, "teams": {"desk": {"places": np.int64(2)}}})
    assert built.text == flowsim.Scenario.from_dict(DESK).text


# Figures


@pytest.mark.parametrize(
    ("by", "periods", "groups"),
    [
        (None, ["run"], ["all"]),
        ("year", ["2025", "2026"], ["all", "all"]),
        ("group", ["run"] * 4, ["all", "age=young", "age=old", "source=all"]),
    ],
)
def test_a_figure_is_that_of_the_summary(
    results: Results, by: str | None, periods: list[str], groups: list[str]
) -> None:
    table = results.kpi("desk.wait.mean", by=by)
    assert list(table.period) == periods
    assert list(table.group) == groups
    every = results.summary(period=None, group=None)
    for row in table.to_dict("records"):
        here = (every.period == row["period"]) & (every.group == row["group"])
        expected = every[here & (every.kpi == "desk.wait.mean")].iloc[0]
        assert row["mean"] == expected["mean"]
        assert row["upper"] == expected["upper"]


def test_a_figure_by_month_is_the_mean_over_replications(results: Results) -> None:
    table = results.kpi("desk.waiting.end", by="month")
    assert len(table) == 24
    series = results.series[results.series.kpi == "desk.waiting.end"]
    for row in table.to_dict("records"):
        values = series[series.period == row["period"]]["value"]
        assert row["mean"] == pytest.approx(values.mean(), rel=1e-12)
        assert row["n"] == 12


@pytest.mark.parametrize(
    ("name", "by", "told"),
    [
        ("desk.wait.maen", None, 'did you mean "desk.wait.mean"'),
        ("desk.wait.p90", "month", "a figure of the run that makes sense month by month"),
        ("desk.wait.p90", "week", 'by: found "week"; allowed: None, "year", "month" or "group"'),
    ],
)
def test_a_wrong_figure_is_told(results: Results, name: str, by: str | None, told: str) -> None:
    with pytest.raises(ResultsError, match=re.escape(told)):
        results.kpi(name, by=by)


def test_xarray_has_the_same_figures(results: Results) -> None:
    cube = results.to_xarray()
    assert cube.kpis.dims == ("replication", "period", "group", "kpi")
    assert cube.kpis.values.tobytes() == results.values.tobytes()
    one = cube.kpis.sel(kpi="desk.wait.mean", period="2026", group="age=old")
    tidy = results.kpis
    here = (tidy.kpi == "desk.wait.mean") & (tidy.period == "2026") & (tidy.group == "age=old")
    np.testing.assert_array_equal(one.values, tidy[here]["value"])
    month = cube.series.sel(monthly_kpi="desk.waiting.end", month="2025-03")
    series = results.series
    here = (series.kpi == "desk.waiting.end") & (series.period == "2025-03")
    np.testing.assert_array_equal(month.values, series[here]["value"])
    assert cube.unit.sel(kpi="desk.wait.mean").item() == "days"


def test_without_xarray_it_is_told(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(of_runs, "import_module", missing)
    with pytest.raises(ResultsError, match=r"pip install 'flowsim\[xarray\]'"):
        results.to_xarray()


@pytest.mark.parametrize("name", ["queue", "waits", "curves", "places", "exits"])
def test_a_chart_is_the_one_that_is_drawn(results: Results, name: str) -> None:
    drawn = getattr(results.plot, name)()
    [same] = [one for one in flowsim.draw(results) if one.name == name]
    assert (drawn.name, drawn.text) == (name, same.text)
    pd.testing.assert_frame_equal(drawn.table, same.table)
    assert drawn.svg() == same.svg()


def test_a_chart_of_nothing_is_told(results: Results) -> None:
    with pytest.raises(ResultsError, match=r"plot\.costs: there is nothing to draw"):
        results.plot.costs()


# In a notebook


def test_what_a_notebook_shows_is_escaped(
    desk: flowsim.Scenario, results: Results, tmp_path: Path
) -> None:
    text = """
    [experiment]
    title = "Places"
    base = "desk.toml"
    kpis = ["participants"]
    design = "list"
    [[variants]]
    name = "a"
    label = "<script>a</script>"
    """
    experiment = flowsim.loads_experiment(text, desk)
    shown = {
        "scenario": desk._repr_html_(),
        "run": results._repr_html_(),
        "comparison": flowsim.compare(
            desk, {"<script>b</script>": desk.with_({"run.seed": 2})}, replications=2
        )._repr_html_(),
        "experiment": flowsim.run_experiment(
            experiment, tmp_path / "kept", replications=2
        )._repr_html_(),
    }
    for page in shown.values():
        assert "<table" in page
        assert "<script>" not in page
    assert "A &lt;b&gt;desk&lt;/b&gt; &amp; more" in shown["scenario"]
    assert "Who &quot;waits&quot;?" in shown["scenario"]
    assert "&lt;script&gt;b&lt;/script&gt;" in shown["comparison"]
    assert "&lt;script&gt;a&lt;/script&gt;" in shown["experiment"]
