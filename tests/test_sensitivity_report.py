"""The indices of an experiment as a board reads them, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowsim.errors import ResultsError
from flowsim.language import catalogue
from flowsim.report.experiment_paper.indices import Indices
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.study.experiment.indices import indices_of
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
replications = 10
seed = 1
design = "{design}"
n = {n}

[[factors]]
name = "cost"
label = "Cost of a place"
key = "teams.team.cost_per_place"
low = 90000
high = 110000

[[factors]]
name = "rate"
label = "Referrals"
key = "referrals.all.rate"
unit = "per day"
low = 1.0
high = 2.5
"""


def run(folder: Path, design: str, n: int, language: str = "en") -> ExperimentResults:
    (folder / "desk.toml").write_text(SCENARIO, encoding="utf-8")
    file = folder / "matters.toml"
    file.write_text(EXPERIMENT.format(design=design, n=n, language=language), encoding="utf-8")
    return run_experiment(load_experiment(file), folder / "out")


@pytest.mark.parametrize(("design", "n"), [("morris", 6), ("sobol", 16)])
@pytest.mark.parametrize("language", ["en", "sv"])
def test_what_matters_stands_first_and_luck_last(
    tmp_path: Path, design: str, n: int, language: str
) -> None:
    results = run(tmp_path, design, n, language)
    text = Indices(ExperimentPaper(results), results.experiment.kpis[0])
    assert text.factors() == ["rate", "cost", "dummy"]
    _ = catalogue(language).gettext
    rows = [text.row(name) for name in text.factors()]
    assert [row[0] for row in rows] == [
        "Referrals",
        "Cost of a place",
        _("Chance alone (no input)"),
    ]
    assert [row[-1] for row in rows] == [_("yes"), _("no effect at all"), ""]
    assert any(_("covers") in note for note in text.notes())


def test_points_with_luck_of_their_own_have_their_own_figures(tmp_path: Path) -> None:
    results = run(tmp_path, "morris", 6)
    seeds = [point.seed for point in results.experiment.points]
    assert len({seed for seed in seeds if seed is not None}) == 6
    found = indices_of(results, results.experiment.kpis[0]).set_index(["factor", "index"])
    assert found.loc[("dummy", "mu_star"), "value"] > 0


def test_other_designs_have_no_indices(tmp_path: Path) -> None:
    results = run(tmp_path, "lhs", 4)
    with pytest.raises(ResultsError, match="sobol and morris"):
        indices_of(results, results.experiment.kpis[0])
