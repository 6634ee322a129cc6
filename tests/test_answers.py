"""The answer of an experiment: figures in its words, what must hold for them, both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from flowsim.errors import ScenarioError
from flowsim.report.document.blocks import Facts, Prose
from flowsim.report.documents import document_of
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.experiment_paper.result import answer_section, answer_text
from flowsim.report.numbers import NO_BREAK_SPACE
from flowsim.study.experiment.answer import point_named, point_names
from flowsim.study.experiment.loading import load_experiment
from flowsim.study.experiment.results import ExperimentResults
from flowsim.study.experiment.running import run_experiment

DESK = """
[scenario]
title = "Desk"
language = "sv"
[run]
start = 2025-01-01
length = "200 days"
replications = 40
[referrals]
all = { to = "desk", rate = "0.8 per day" }
[teams.clerks]
staff.clerk = { fte = 1, caseload = 1, cost_per_fte = 100000 }
[steps.desk]
team = "clerks"
length_of_stay = { distribution = "exponential", mean = "1 day" }
next = { done = 1 }
[exits]
done = "Klar"
[outcomes]
completed = ["done"]
"""
QUESTION = """
[experiment]
title = { sv = "Hur många?", en = "How many?" }
base = "desk.toml"
kpis = ["desk.wait.mean", "cost.total"]
design = "list"
[[variants]]
name = "now"
label = { sv = "Som nu", en = "As now" }
[[variants]]
name = "more"
label = { sv = "En till", en = "One more" }
set = { "teams.clerks.staff.clerk.fte" = 2 }
[answer]
text.sv = "{desk.wait.mean at base}, {desk.wait.mean at more}; {difference in cost.total at more}."
text.en = "{desk.wait.mean at base}, {desk.wait.mean at more}; {difference in cost.total at more}."
holds = [
    "desk.wait.mean at more < desk.wait.mean at now",
    "difference in cost.total at more > 50000",
]
[answer.rests_on]
stated = [{ sv = "en post", en = "one post" }]
assumed = ["rate"]
"""


def written(tmp_path: Path, text: str = QUESTION) -> Path:
    (tmp_path / "desk.toml").write_text(DESK, "utf-8")
    path = tmp_path / "question.toml"
    path.write_text(text, "utf-8")
    return path


def run_of(path: Path) -> ExperimentResults:
    return run_experiment(load_experiment(path), path.parent / "out")


def told(results: ExperimentResults, path: Path, language: str) -> ExperimentPaper:
    return ExperimentPaper(replace(results, experiment=load_experiment(path, language)))


def test_an_answer_has_the_figures_of_the_table(tmp_path: Path) -> None:
    path = written(tmp_path)
    results = run_of(path)
    table = results.summary().set_index(["label", "kpi"])
    swedish = answer_text(told(results, path, "sv")).replace(NO_BREAK_SPACE, " ")
    wait = table.loc[("Som nu", "desk.wait.mean"), "mean"]
    assert swedish.startswith(f"{wait:.1f} dagar (".replace(".", ","))
    # one clerk more for 200 of 365 days
    assert f"{200 / 365 * 100:.1f} tkr högre".replace(".", ",") in swedish
    english = answer_text(told(results, path, "en")).replace(NO_BREAK_SPACE, " ")
    assert english.startswith(f"{wait:.1f} days (")
    assert re.sub(r"\D", "", swedish) == re.sub(r"\D", "", english)


def test_one_text_is_read_of_two(tmp_path: Path) -> None:
    path = written(tmp_path)
    swedish, english = load_experiment(path), load_experiment(path, "en")
    assert (swedish.title, english.title) == ("Hur många?", "How many?")
    assert [point.label for point in english.points] == ["As now", "One more"]
    assert [point.label for point in swedish.points] == ["Som nu", "En till"]
    assert swedish.file.answer.rests_on.stated == ("en post",)
    assert english.file.answer.rests_on.assumed == ("rate",)


def test_the_lines_tell_what_it_rests_on(tmp_path: Path) -> None:
    path = written(tmp_path)
    results = run_of(path)
    section = answer_section(told(results, path, "sv"))
    assert section is not None
    assert section.blocks[1] == Facts((("Angivet", "en post"), ("Antaget", "rate")))


def test_words_that_do_not_fit_the_figures_are_not_told(tmp_path: Path) -> None:
    """One more clerk shortens the wait; an answer that says otherwise is not shown."""
    path = written(tmp_path, QUESTION.replace("at more < desk", "at more > desk"))
    results = run_of(path)
    assert results.broken_claims() == ("desk.wait.mean at more > desk.wait.mean at now",)
    section = answer_section(told(results, path, "en"))
    assert section is not None
    (line,) = section.blocks
    assert isinstance(line, Prose)
    assert "does not fit" in line.text
    assert "desk.wait.mean at more > desk.wait.mean at now" in line.text


def test_no_answer_no_lines(tmp_path: Path) -> None:
    path = written(tmp_path, QUESTION[: QUESTION.index("[answer]")])
    assert answer_section(told(run_of(path), path, "sv")) is None


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("{desk.wait.mean at more}", "{desk.wait.meen at more}", 'did you mean "desk.wait.mean"'),
        ("{desk.wait.mean at more}", "{desk.wait.mean at mor}", 'did you mean "more"'),
        ("{desk.wait.mean at more}", "{desk.wait.mean}", "words with figures in braces"),
        ("{desk.wait.mean at base}", "desk.wait.mean at base}", "words with figures in braces"),
        ('cost.total at more}."\ntext', 'cost.total at base}."\ntext', "another point"),
        ("at more > 50000", "at more = 50000", "a comparison with < or >"),
        ("desk.wait.mean at now", "desk.wait.mean at then", "answer.holds.0"),
        (
            '{ sv = "Hur många?", en = "How many?" }',
            '{ sv = "Hur många?" }',
            "one in each language",
        ),
        ('{ sv = "Hur många?", en = "How many?" }', '{ sv = 1, en = "x" }', "one in each language"),
        ('stated = [{ sv = "en post", en = "one post" }]', "given = []", "answer.rests_on.given"),
    ],
)
def test_faults_are_told(tmp_path: Path, old: str, new: str, found: str) -> None:
    assert old in QUESTION
    with pytest.raises(ScenarioError) as caught:
        load_experiment(written(tmp_path, QUESTION.replace(old, new)))
    assert found in str(caught.value), str(caught.value)


def test_points_by_their_factors(tmp_path: Path) -> None:
    text = QUESTION[: QUESTION.index("[[variants]]")].replace('"list"', '"grid"')
    text += """
[[factors]]
name = "clerks"
key = "teams.clerks.staff.clerk.fte"
values = [1, 2]
[[factors]]
name = "rate"
key = "referrals.all.rate"
values = [0.5, 0.8]
baseline = 0.8
unit = "per day"
"""
    found = load_experiment(written(tmp_path, text))
    base = found.base_point
    assert base is not None
    assert [point_named(words, found.points, base) for words in ("base", "rate=0.5")] == [1, 0]
    assert point_named("clerks=2, rate=0.50", found.points, base) == 2
    assert point_named("clerks=2", found.points, base) == 3
    assert point_named("2", found.points, base) is None, "of two factors a value is not enough"
    names = point_names(found.points, base)
    assert names == ["base", "rate=0.5", "clerks=2, rate=0.5", "clerks=2"]


def test_drawn_points_have_no_names(tmp_path: Path) -> None:
    text = QUESTION[: QUESTION.index("[[variants]]")].replace('"list"', '"lhs"\nn = 3')
    text += """
[[factors]]
name = "clerks"
key = "teams.clerks.staff.clerk.fte"
low = 1
high = 3
[answer]
text = "{cost.total at base}"
"""
    with pytest.raises(ScenarioError, match="a figure of a lhs"):
        load_experiment(written(tmp_path, text))


def test_the_report_tells_the_answer(tmp_path: Path) -> None:
    """After the question; words that the figures do not bear out stay away."""
    path = written(tmp_path)
    results = run_of(path)
    sections = {one.name: one for one in document_of(results, {}, "en").sections}
    answer = told(results, path, "en")
    assert sections["answer"].blocks == (
        Prose(answer_text(answer)),
        Facts((("Stated", "one post"), ("Assumed", "rate"))),
    )
    wrong = written(tmp_path, QUESTION.replace("at more < desk", "at more > desk"))
    found = replace(results, experiment=load_experiment(wrong))
    sections = {one.name: one for one in document_of(found, {}, "en").sections}
    (said,) = sections["answer"].blocks
    assert isinstance(said, Prose)
    assert said.text.endswith("desk.wait.mean at more > desk.wait.mean at now")
    assert answer_text(answer) not in said.text
