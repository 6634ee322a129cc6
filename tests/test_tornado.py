"""The tornado of a small experiment whose order is known: what it shows, says and lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowsim.errors import ResultsError
from flowsim.language import catalogue
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.experiment_paper.tornado import Tornado, changes_of, tornado
from flowsim.report.figures.drawing import Drawing
from flowsim.study.experiment.loading import load_experiment
from flowsim.study.experiment.results import ExperimentResults
from flowsim.study.experiment.running import run_experiment

SCENARIO = """
scenario.title = "One desk"
run = { start = 2000-01-01, length = "1 year" }
referrals.all = { to = "desk", rate = "1.5 per day" }
teams.team = { places = 3, cost_per_place = 100000 }
exits.done = "Done"
[steps.desk]
team = "team"
length_of_stay = { distribution = "exponential", mean = "1 day" }
next = { done = 1.0 }
"""
EXPERIMENT = """
[experiment]
title = "What matters?"
language = "{language}"
base = "desk.toml"
kpis = ["desk.wait.mean"]
replications = 40
seed = 1
design = "{design}"

[[factors]]
name = "cost"
label = "Cost of a place"
key = "teams.team.cost_per_place"
values = [90000, 110000]
baseline = 100000

[[factors]]
name = "places"
label = "Places"
key = "teams.team.places"
values = [2, 3, 4]
baseline = 3
"""


ALMOST_NOTHING = """
[[factors]]
name = "rate"
label = "Referrals"
key = "referrals.all.rate"
values = [1.5001, 1.4999]
baseline = 1.5
unit = "per day"
"""


def run(
    folder: Path,
    language: str = "en",
    design: str = "one_at_a_time",
    extra: str = "",
    replications: int = 40,
) -> ExperimentResults:
    (folder / "desk.toml").write_text(SCENARIO, encoding="utf-8")
    file = folder / "matters.toml"
    text = EXPERIMENT.format(language=language, design=design) + extra
    if design == "grid":
        text = text.replace("100000\n", "90000\n")
    file.write_text(text, encoding="utf-8")
    return run_experiment(
        load_experiment(file),
        folder / f"out-{language}-{design}{len(extra)}",
        replications=replications,
    )


def told(results: ExperimentResults) -> Tornado:
    return Tornado(ExperimentPaper(results), results.experiment.kpis[0])


def drawn(results: ExperimentResults) -> Drawing:
    return tornado(results, results.experiment.kpis[0])


def test_the_factor_that_does_most_is_on_top(tmp_path: Path) -> None:
    """Fewer places lengthen the wait, more shorten it by less; what a place costs does nothing."""
    results = run(tmp_path)
    changes = changes_of(results, results.experiment.kpis[0])
    assert [one.factor for one in changes] == ["Places"] * 2 + ["Cost of a place"] * 2
    assert [one.value for one in changes] == ["2", "4", "90,000", "110,000"]
    fewer, more, *costs = (one.difference for one in changes)
    assert fewer.lower > 0 > more.upper
    assert all(one.mean == 0 for one in costs)


@pytest.mark.parametrize("language", ["en", "sv"])
def test_text_and_table_say_what_is_drawn(tmp_path: Path, language: str) -> None:
    results = run(tmp_path, language)
    drawing = drawn(results)
    _ = catalogue(language).gettext
    figure = drawing.title.partition(": ")[2]
    assert drawing.title == _("What matters most for: {figure}").format(figure=figure)
    assert drawing.table.shape == (4, 6)
    assert drawing.table[_("Claimed")].tolist() == [_("yes")] * 2 + [_("no")] * 2
    for one in told(results).changes:
        assert f"{one.factor} {one.value}: " in drawing.text
    svg = drawing.svg()
    assert svg == drawn(results).svg()  # the same run, the same file
    assert drawing.text[:40] in svg


def test_bars_are_told_apart_without_colour(tmp_path: Path) -> None:
    results = run(tmp_path)
    panel = drawn(results).figure.axes[0]
    fills = [bar.get_facecolor() for bar in panel.patches]
    assert all(red == green == blue for red, green, blue, _ in fills)
    assert len(set(fills)) == 1, "both are claimed"
    few = run(tmp_path, extra=ALMOST_NOTHING, replications=3)
    changes = told(few).changes
    panel = drawn(few).figure.axes[0]
    for bar, change in zip(panel.patches, changes, strict=True):
        is_filled = bar.get_facecolor() == fills[0]
        assert is_filled == change.difference.is_claimed, change.factor
    assert not all(change.difference.is_claimed for change in changes), "some are hollow"


def test_what_does_nothing_is_named_and_not_drawn(tmp_path: Path) -> None:
    results = run(tmp_path)
    text = told(results)
    assert text.still == ("Cost of a place",)
    assert {one.factor for one in text.changes} == {"Places"}
    drawing = drawn(results)
    assert len(drawing.figure.axes[0].patches) == 2
    assert "No difference in any replication, and not drawn: Cost of a place." in drawing.text
    assert len(drawing.table) == 4, "its numbers are in the table"


def test_other_designs_have_no_tornado(tmp_path: Path) -> None:
    results = run(tmp_path, design="grid")
    with pytest.raises(ResultsError, match="one_at_a_time"):
        drawn(results)
